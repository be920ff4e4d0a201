"""Start and wait with crhelper as it comes, polling each minute; no update, no delete. What people would begin with."""

import os
from typing import Any

import boto3
from crhelper import CfnResource

helper = CfnResource(polling_interval=1, log_level="INFO", sleep_on_delete=0)
image_builder = boto3.client("imagebuilder", region_name=os.environ["AWS_REGION"])


@helper.create
def create(event: dict[str, Any], context: Any) -> None:
    """Start the distribution."""
    properties = event["ResourceProperties"]
    answer = image_builder.distribute_image(
        sourceImage=properties["SourceImage"],
        distributionConfigurationArn=properties["DistributionConfigurationArn"],
        executionRole=properties["ExecutionRole"],
        clientToken=event["RequestId"],
    )
    helper.Data["ImageArn"] = answer["imageBuildVersionArn"]


@helper.poll_create
def poll_create(event: dict[str, Any], context: Any) -> str | None:
    """Look whether it is done."""
    arn: str = helper.Data["ImageArn"]
    state = image_builder.get_image(imageBuildVersionArn=arn)["image"]["state"]
    if state["status"] in ("FAILED", "CANCELLED", "DELETED"):
        raise RuntimeError(f"{arn} is {state['status']}: {state.get('reason', '')}")
    return arn if state["status"] == "AVAILABLE" else None


def handler(event: dict[str, Any], context: Any) -> None:
    """Answer CloudFormation."""
    helper(event, context)
