"""A handler that does no more than the simulation needs to be tested: it waits inside of the function."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from simulated_aws import DISTRIBUTION, SimulatedAws, Simulation

_PREFIX = "cdk-image-distribution:"
_RUNNING = ("PENDING", "DISTRIBUTING", "INTEGRATING")


class ReferenceHandler:
    """What one container of the Lambda function holds."""

    def __init__(self, *, aws: SimulatedAws, clock: Simulation) -> None:
        self._aws, self._clock = aws, clock

    def __call__(self, event: Mapping[str, Any], context: object) -> None:
        """Answer one request of CloudFormation."""
        subject = "distribution" if event["ResourceType"] == DISTRIBUTION else "wait"
        operation = getattr(self, f"_{event['RequestType'].lower()}_{subject}")
        try:
            physical_id, attributes = operation(event)
            status, reason = "SUCCESS", ""
        except (ClientError, RuntimeError) as error:
            physical_id, attributes = event.get("PhysicalResourceId", "failed"), {}
            status, reason = "FAILED", str(error)[:256]
        answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
        answer |= {"Status": status, "Reason": reason, "PhysicalResourceId": physical_id, "Data": attributes}
        if self._aws.put_answer(event["ResponseURL"], json.dumps(answer).encode()) >= 300:
            raise RuntimeError("The answer was not accepted.")

    def _create_distribution(self, event: Mapping[str, Any], replaces: str = "") -> tuple[str, dict[str, str]]:
        properties = event["ResourceProperties"]
        tags = {"stack-id": event["StackId"], "logical-id": event["LogicalResourceId"], "replaces": replaces}
        arn = self._aws.image_builder.distribute_image(
            sourceImage=properties["SourceImage"],
            distributionConfigurationArn=properties["DistributionConfigurationArn"],
            executionRole=properties["ExecutionRole"],
            clientToken=str(uuid.uuid5(uuid.NAMESPACE_URL, event["RequestId"])),
            tags={_PREFIX + key: value for key, value in tags.items() if value},
        )["imageBuildVersionArn"]
        return arn, {"ImageArn": arn}

    def _update_distribution(self, event: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        current = event["PhysicalResourceId"]
        (stack,) = self._aws.cloudformation.describe_stacks(StackName=event["StackId"])["Stacks"]
        if stack["StackStatus"] == "UPDATE_ROLLBACK_IN_PROGRESS":
            before = self._image(current)["tags"].get(_PREFIX + "replaces", current)
            return before, {"ImageArn": before}
        return self._create_distribution(event, current)

    def _delete_distribution(self, event: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        physical_id = event["PhysicalResourceId"]
        for arn in [physical_id] if physical_id.startswith("arn:") else self._without_answer(event):
            if self._image(arn)["state"]["status"] in _RUNNING:
                self._aws.image_builder.cancel_image_creation(imageBuildVersionArn=arn, clientToken=str(uuid.uuid4()))
                self._clock.sleep(5)
            self._aws.image_builder.delete_image(imageBuildVersionArn=arn)
        return physical_id, {}

    def _create_wait(self, event: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        arn = event["ResourceProperties"]["ImageArn"]
        while (status := self._image(arn)["state"]["status"]) in _RUNNING:
            self._clock.sleep(5)
        if status != "AVAILABLE":
            raise RuntimeError(f"The image is {status}.")
        return "wait", {"ImageArn": arn}

    _update_wait = _create_wait

    def _delete_wait(self, event: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        return "wait", {}

    def _image(self, arn: str) -> Any:
        return self._aws.image_builder.get_image(imageBuildVersionArn=arn)["image"]

    def _without_answer(self, event: Mapping[str, Any]) -> list[str]:
        self._clock.sleep(30)
        found = self._aws.tagging.get_resources(
            ResourceTypeFilters=["imagebuilder:image"],
            TagFilters=[{"Key": f"{_PREFIX}stack-id", "Values": [event["StackId"]]}],
        )
        return [resource["ResourceARN"] for resource in found["ResourceTagMappingList"]]
