"""Start and wait with CDK's Provider: say whether it is done when its state machine asks; no update, no delete."""

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
    state = image_builder.get_image(imageBuildVersionArn=arn)["image"]["state"]
    if state["status"] in ("FAILED", "CANCELLED", "DELETED"):
        raise RuntimeError(f"{arn} is {state['status']}: {state.get('reason', '')}")
    if state["status"] != "AVAILABLE":
        return {"IsComplete": False}
    return {"IsComplete": True, "Data": {"ImageArn": arn}}
