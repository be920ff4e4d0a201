"""The tags that say whose an image is: written at its start, read when CloudFormation does not name it."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .aws_errors import calling
from .operation import Denied, Failure, Transient

if TYPE_CHECKING:
    from .aws import Aws
    from .image import Image
    from .operation import Request

logger = logging.getLogger(__name__)

PREFIX = "cdk-image-distribution:"
STACK_ID = PREFIX + "stack-id"
LOGICAL_ID = PREFIX + "logical-id"
#: The client token of the request that started the image.
OPERATION = PREFIX + "operation"
#: Digest of what is distributed where.
FINGERPRINT = PREFIX + "fingerprint"
#: The image before it, on an Update.
REPLACES = PREFIX + "replaces"
#: `yes` as soon as CloudFormation has named the image, `no` before.
HELD = PREFIX + "held"


def fingerprint(properties: Mapping[str, Any]) -> str:
    """Digest what is distributed where: 64 hexadecimal digits, from source, configuration and revision."""
    content = [properties["SourceImage"], properties["DistributionConfigurationArn"], properties.get("Revision")]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def for_start(request: Request[Any], replaces: str) -> dict[str, str]:
    """Return the tags of the image that a request starts.

    Args:
        request: A Create or an Update.
        replaces: ARN of the image before it, empty if there is none.
    """
    tags = {
        STACK_ID: request.stack_id,
        LOGICAL_ID: request.logical_id,
        OPERATION: request.token,
        FINGERPRINT: fingerprint(request.properties),
        HELD: "no",
    }
    return {**tags, REPLACES: replaces} if replaces else tags


def is_own(image: Image, request: Request[Any]) -> bool:
    """Return whether an image was started for the request's resource, as its tags say."""
    return image.tags.get(STACK_ID) == request.stack_id and image.tags.get(LOGICAL_ID) == request.logical_id


def find(request: Request[Any], aws: Aws, more: Mapping[str, str]) -> list[str]:
    """Return the ARNs of the images that were started for the request's resource.

    The tagging API may list an image late, and may list a deleted one.

    Args:
        request: The request.
        aws: AWS.
        more: Tags that the images have as well.

    Raises:
        Failure: The tagging API refused.
    """
    tags = {STACK_ID: request.stack_id, LOGICAL_ID: request.logical_id, **more}
    with calling("Finding images by their tags"):
        pages = aws.tagging.get_paginator("get_resources").paginate(
            ResourceTypeFilters=["imagebuilder:image"],
            TagFilters=[{"Key": key, "Values": [value]} for key, value in tags.items()],
        )
        return [resource["ResourceARN"] for page in pages for resource in page.get("ResourceTagMappingList", [])]


def hold(image: Image, stack_id: str, aws: Aws) -> None:
    """Record on an image of the stack that CloudFormation has named it, so that it is never swept.

    Raises:
        Transient: Image Builder did not take the tag now.
        Denied: The same. An Update must not go on: a later one might take a retained image for one left over.
    """
    if image.tags.get(STACK_ID) != stack_id or image.tags.get(HELD) != "no":
        return
    try:
        with calling("Tagging the image as held"):
            aws.image_builder.tag_resource(resourceArn=image.arn, tags={STACK_ID: stack_id, HELD: "yes"})
    except (Transient, Denied):
        raise
    except Failure as error:
        # The image stays protected by its physical id.
        logger.warning("%s", error)


def update_user_tags(image: Image, request: Request[Any], aws: Aws) -> None:
    """Change the user's tags on an image of the stack to those of an Update; tags of others stay.

    Raises:
        Failure: Image Builder refused.
    """
    if image.tags.get(STACK_ID) != request.stack_id:
        return
    wanted, before = request.properties.get("Tags", {}), request.old_properties.get("Tags", {})
    removed = [key for key in before if key not in wanted and key in image.tags and not key.startswith(PREFIX)]
    changed = {key: value for key, value in wanted.items() if image.tags.get(key) != value}
    with calling("Changing the image's tags"):
        if removed:
            aws.image_builder.untag_resource(resourceArn=image.arn, tagKeys=removed)
        if changed:
            # The function may tag only with its stack's own tag in the request.
            aws.image_builder.tag_resource(resourceArn=image.arn, tags={**changed, STACK_ID: request.stack_id})
