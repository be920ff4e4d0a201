"""The tags of ours on every image: how it is found again when CloudFormation does not know its ARN."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .distribution_request import DistributionRequest

if TYPE_CHECKING:
    from mypy_boto3_imagebuilder import ImagebuilderClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient

    from .image import Image

PREFIX = "cdk-image-distribution:"
STACK_ID = PREFIX + "stack-id"
LOGICAL_ID = PREFIX + "logical-id"
FINGERPRINT = PREFIX + "fingerprint"
OPERATION = PREFIX + "operation"
REPLACES = PREFIX + "replaces"


def fingerprint(request: DistributionRequest) -> str:
    """Digest what is distributed where: 64 hexadecimal digits, the same for the same distribution."""
    what_and_where = [request.source_image, request.distribution_configuration_arn, request.revision]
    return hashlib.sha256(json.dumps(what_and_where).encode()).hexdigest()


def marks(
    event: Mapping[str, Any], request: DistributionRequest, token: str, replaces: str | None = None
) -> dict[str, str]:
    """Return our tags for the image that one CloudFormation operation starts.

    Args:
        event: The operation: its stack and its logical id.
        request: What is distributed where.
        token: The client token of the operation.
        replaces: On an update the ARN of the image before it.
    """
    tags = {
        STACK_ID: event["StackId"],
        LOGICAL_ID: event["LogicalResourceId"],
        FINGERPRINT: fingerprint(request),
        OPERATION: token,
    }
    return tags if replaces is None else {**tags, REPLACES: replaces}


def find(tagging: ResourceGroupsTaggingAPIClient, event: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the tags of every image that was started for this stack and logical id, by the image's ARN.

    Raises:
        ClientError: The tagging API refused.
    """
    pages = tagging.get_paginator("get_resources").paginate(
        ResourceTypeFilters=["imagebuilder:image"],
        TagFilters=[
            {"Key": STACK_ID, "Values": [event["StackId"]]},
            {"Key": LOGICAL_ID, "Values": [event["LogicalResourceId"]]},
        ],
    )
    return {
        resource["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}
        for page in pages
        for resource in page["ResourceTagMappingList"]
    }


def retag(image_builder: ImagebuilderClient, image: Image, wanted: Mapping[str, str]) -> None:
    """Give an image the user's tags as they are wanted now, in place; ours and AWS's stay as they are.

    Raises:
        ClientError: Image Builder refused.
    """
    theirs = {key: value for key, value in image.tags.items() if not key.startswith((PREFIX, "aws:"))}
    superfluous = [key for key in theirs if key not in wanted]
    if superfluous:
        image_builder.untag_resource(resourceArn=image.arn, tagKeys=superfluous)
    changed = {key: value for key, value in wanted.items() if theirs.get(key) != value}
    if changed:
        image_builder.tag_resource(resourceArn=image.arn, tags=changed)
