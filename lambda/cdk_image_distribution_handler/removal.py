"""Removal of an image, a step for each call: cancel it, delete its AMIs if the user asked for that, delete it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from . import image as images
from .aws_errors import calling, is_denied, is_gone, is_transient
from .image import Image, Phase
from .operation import Denied, Failure

if TYPE_CHECKING:
    from mypy_boto3_imagebuilder.type_defs import StartResourceStateUpdateRequestTypeDef

    from .aws import Aws
    from .operation import Request

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AmiDeletion:
    """How an image's AMIs are deleted with it.

    Attributes:
        lifecycle_role: The role that Image Builder deletes them with.
        source_image: The property SourceImage; the AMI that it names is kept.
        execution: Id of the lifecycle execution that deletes them, empty before it started.
    """

    lifecycle_role: str
    source_image: str
    execution: str


@dataclass(frozen=True)
class Removal:
    """How far a removal is.

    Attributes:
        is_complete: Whether the image is gone.
        execution: Id of the lifecycle execution that deletes its AMIs, empty for none.
        cancelled: The image, if this call cancelled its distribution.
    """

    is_complete: bool
    execution: str = ""
    cancelled: Image | None = None


def step(arn: str, request: Request[Any], aws: Aws, amis: AmiDeletion | None = None) -> Removal:
    """Do what can be done now to remove an image.

    Args:
        arn: The image.
        request: The request that removes it.
        aws: AWS.
        amis: How its AMIs are deleted; None keeps them.

    Raises:
        Failure: Image Builder refused, or the AMIs could not be deleted.
    """
    image = images.get(aws, arn)
    if image is None:
        return Removal(is_complete=True)
    execution = ""
    try:
        if image.phase is Phase.RUNNING:
            return Removal(is_complete=False, cancelled=image if _cancel(image, request, aws) else None)
        if amis is not None and image.phase is not Phase.DELETED:
            execution, is_complete = _delete_amis(image, request, aws, amis)
            if not is_complete:
                return Removal(is_complete=False, execution=execution)
        _delete_record(image, aws)
    except Denied:
        # The permission depends on the image's tags, so a denial may mean that it has none any more: it is gone.
        if images.get(aws, arn) is not None:
            raise
    logger.info("Removed %s%s", arn, f". AMIs kept: {image.ami_list}" if amis is None else " with its AMIs")
    return Removal(is_complete=True)


def _cancel(image: Image, request: Request[Any], aws: Aws) -> bool:
    with calling("Cancelling the distribution"):
        try:
            aws.image_builder.cancel_image_creation(
                imageBuildVersionArn=image.arn, clientToken=request.token_for(f"cancel {image.arn}")
            )
        except ClientError as error:
            if is_transient(error) or is_denied(error):
                raise
            # The distribution ended first; the next call finds out how.
            logger.info("Not cancelled: %s", error)
            return False
    return True


def _delete_amis(image: Image, request: Request[Any], aws: Aws, amis: AmiDeletion) -> tuple[str, bool]:
    execution = amis.execution or _start_deletion(image, request, aws, amis)
    if not amis.execution:
        return execution, False
    with calling("Reading the deletion of the AMIs"):
        answer = aws.image_builder.get_lifecycle_execution(lifecycleExecutionId=execution)
    state = answer.get("lifecycleExecution", {}).get("state", {})
    if state.get("status") in ("FAILED", "CANCELLED"):
        raise Failure(
            f"Deleting the AMIs {state['status']}: {state.get('reason', 'Image Builder gives no reason')} "
            f"Fix the cause and delete again. ({execution}, {image.arn})"
        )
    return execution, state.get("status") == "SUCCESS"


def _start_deletion(image: Image, request: Request[Any], aws: Aws, amis: AmiDeletion) -> str:
    parameters: StartResourceStateUpdateRequestTypeDef = {
        "resourceArn": image.arn,
        "state": {"status": "DELETED"},
        "executionRole": amis.lifecycle_role,
        "includeResources": {"amis": True, "snapshots": True},
        "clientToken": request.token_for(f"delete AMIs {image.arn}"),
    }
    if not _has_only_copies_at_home(image, aws, amis):
        logger.warning("AMIs in %s are kept: the source AMI is among them, or may be.", image.region)
        parameters["exclusionRules"] = {"amis": {"regions": [image.region]}}
        # With other parameters the same token would be refused.
        parameters["clientToken"] = request.token_for(f"delete AMIs elsewhere {image.arn}")
    logger.info("Deleting AMIs, but for those kept: %s", image.ami_list)
    with calling("Deleting the AMIs"):
        try:
            return aws.image_builder.start_resource_state_update(**parameters).get("lifecycleExecutionId", "")
        except ClientError as error:
            # The deletion that an earlier Delete started goes on.
            if error.response["Error"].get("Code") != "ResourceInUseException":
                raise
            return ""


def _has_only_copies_at_home(image: Image, aws: Aws, amis: AmiDeletion) -> bool:
    """Return whether the AMIs in the image's own Region are known to be copies, none of them the source AMI.

    Whether GetImage lists the source as that Region's AMI is undocumented.
    """
    listed = [ami.id for ami in image.amis if ami.region == image.region]
    if not listed or not image.lists_all_amis:
        return False
    with calling("Telling the source AMI from copies"):
        described = aws.ec2.describe_images(
            Filters=[{"Name": "image-id", "Values": listed}], IncludeDisabled=True, IncludeDeprecated=True
        ).get("Images", [])
    sources = _source_amis(aws, amis.source_image, image.region)
    known: Mapping[str, Any] = {ami.get("ImageId", ""): ami for ami in described}
    return all(_is_copy(id, known.get(id, {}), image, sources) for id in listed)


def _is_copy(id: str, described: Mapping[str, Any], image: Image, sources: Sequence[str]) -> bool:
    created = images.seconds(described.get("CreationDate", ""))
    # EC2 counts in whole seconds.
    began = int(image.created)
    if sources:
        return id not in sources and not 0 < created < began
    # The source may carry the image's ARN too, so that the tag alone does not tell.
    is_tagged = {"Key": "Ec2ImageBuilderArn", "Value": image.arn} in described.get("Tags", [])
    return is_tagged and created >= began > 0


def _source_amis(aws: Aws, source_image: str, region: str) -> list[str]:
    if source_image.startswith("ami-"):
        return [source_image]
    if images.is_image_arn(source_image):
        source = images.get(aws, source_image)
        return [ami.id for ami in source.amis if ami.region == region] if source is not None else []
    return []


def _delete_record(image: Image, aws: Aws) -> None:
    with calling("Deleting the image"):
        try:
            aws.image_builder.delete_image(imageBuildVersionArn=image.arn)
        except ClientError as error:
            if error.response["Error"].get("Code") == "ResourceDependencyException":
                raise Failure(
                    "Deleting the image: ResourceDependencyException: it is shared or in use. Stop sharing it in AWS "
                    f"RAM, delete what was made of it, then delete again. ({image.arn})"
                ) from error
            if not is_gone(error, image.arn):
                raise
