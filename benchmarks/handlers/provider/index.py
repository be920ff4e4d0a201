"""The same job with CDK's Provider: start on create, and say whether it is done when its state machine asks."""

from typing import Any

import boto3

image_builder = boto3.client("imagebuilder")


def on_event(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Start the distribution; an update or a delete does nothing."""
    if event["RequestType"] != "Create":
        return {"PhysicalResourceId": event["PhysicalResourceId"]}
    properties = event["ResourceProperties"]
    answer = image_builder.distribute_image(
        sourceImage=properties["SourceImage"],
        distributionConfigurationArn=properties["DistributionConfigurationArn"],
        executionRole=properties["ExecutionRole"],
        clientToken=event["RequestId"],
    )
    return {"PhysicalResourceId": answer["imageBuildVersionArn"]}


def is_complete(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Look whether it is done."""
    if event["RequestType"] != "Create":
        return {"IsComplete": True}
    arn = event["PhysicalResourceId"]
    status = image_builder.get_image(imageBuildVersionArn=arn)["image"]["state"]["status"]
    return {"IsComplete": status == "AVAILABLE", "Data": {"ImageArn": arn} if status == "AVAILABLE" else {}}
