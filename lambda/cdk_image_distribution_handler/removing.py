"""Removing an image step by step: cancel it, delete its AMIs if the user wants that, delete its record."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from .explaining import DENIED, Failure, doing, is_passing
from .image import RUNNING, Image, is_gone, look_at
from .starting import client_token

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_imagebuilder import ImagebuilderClient
    from mypy_boto3_imagebuilder.type_defs import StartResourceStateUpdateRequestTypeDef

logger = logging.getLogger(__name__)


@dataclass
class Removal:
    """One operation's removal of images.

    Attributes:
        image_builder: The Image Builder client.
        ec2: The EC2 client.
        event: The operation; ids of lifecycle executions are kept in its State.
    """

    image_builder: ImagebuilderClient
    ec2: EC2Client
    event: Mapping[str, Any]

    def step(self, arn: str) -> bool:
        """Do what can be done now, and return whether the image is gone.

        Raises:
            Failure: Image Builder refused, or the AMIs could not be deleted.
        """
        with doing(f"Removing {arn}"):
            image = look_at(self.image_builder, arn)
            if image is None:
                return True
            if image.status in RUNNING:
                self._cancel(image)
                return False
            if self._delete_amis and image.status != "DELETED" and not self._amis_are_deleted(image):
                return False
            self._delete_record(image)
        if not self._delete_amis:
            logger.info("Removed %s; its AMIs stay: %s", arn, image.copies)
        return True

    @property
    def _delete_amis(self) -> bool:
        return bool(self.event["ResourceProperties"].get("AutoDeleteAmis") == "true")

    def _cancel(self, image: Image) -> None:
        try:
            self.image_builder.cancel_image_creation(
                imageBuildVersionArn=image.arn, clientToken=client_token(self.event, f"cancel {image.arn}")
            )
        except ClientError as error:
            # Refused, since it was done first: the next look shows how it ended.
            if is_passing(error) or error.response["Error"]["Code"] in DENIED:
                raise
            logger.info("Not cancelled, it is looked at again: %s", error)

    def _amis_are_deleted(self, image: Image) -> bool:
        executions: dict[str, str] = self.event["State"].setdefault("LifecycleExecutions", {})
        if image.arn not in executions:
            try:
                executions[image.arn] = self._start_deletion(image)
            except ClientError as error:
                # The deletion that an earlier, impatient Delete began goes on.
                if error.response["Error"]["Code"] != "ResourceInUseException":
                    raise
            return False
        answer = self.image_builder.get_lifecycle_execution(lifecycleExecutionId=executions[image.arn])
        state = answer["lifecycleExecution"].get("state", {})
        if state.get("status") in ("FAILED", "CANCELLED"):
            reason = state.get("reason", "Image Builder gives no reason")
            raise Failure(
                f"Deleting the AMIs {state['status']}: {reason} Delete again when that is mended. "
                f"({executions[image.arn]}, {image.arn})"
            )
        return state.get("status") == "SUCCESS"

    def _start_deletion(self, image: Image) -> str:
        parameters: StartResourceStateUpdateRequestTypeDef = {
            "resourceArn": image.arn,
            "state": {"status": "DELETED"},
            "executionRole": self.event["ResourceProperties"]["LifecycleRole"],
            "includeResources": {"amis": True, "snapshots": True},
            "clientToken": client_token(self.event, f"delete AMIs {image.arn}"),
        }
        spared = self._older_than(image)
        if spared:
            region = image.arn.split(":")[3]
            logger.warning("AMIs in %s stay: %s is older than the distribution, so no copy.", region, spared)
            parameters["exclusionRules"] = {"amis": {"regions": [region]}}
        return self.image_builder.start_resource_state_update(**parameters)["lifecycleExecutionId"]

    def _older_than(self, image: Image) -> list[str]:
        """Return the AMIs that were there before the distribution: the source, however it was named.

        Whether GetImage lists the source among the copies is undocumented. A source is in the image's own Region.
        """
        region = image.arn.split(":")[3]
        listed = [ami for place, ami in image.listed if place == region]
        if not listed:
            return []
        with doing("Telling the source AMI from its copies"):
            found = self.ec2.describe_images(Filters=[{"Name": "image-id", "Values": listed}])["Images"]
        # EC2 counts in whole seconds. An AMI of unknown age is spared.
        began = moment(image.created).replace(microsecond=0)
        return [ami["ImageId"] for ami in found if "CreationDate" not in ami or moment(ami["CreationDate"]) < began]

    def _delete_record(self, image: Image) -> None:
        try:
            self.image_builder.delete_image(imageBuildVersionArn=image.arn)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceDependencyException":
                raise Failure(
                    f"Deleting {image.arn}: it is shared or in use. Stop sharing it in AWS RAM and delete what was "
                    f"made of it, then delete again. {error.response['Error']['Message']}"
                ) from error
            if not is_gone(error):
                raise


def moment(iso: str) -> datetime:
    """Return the time that AWS writes as ISO 8601."""
    return datetime.fromisoformat(iso.replace("Z", "+00:00"))
