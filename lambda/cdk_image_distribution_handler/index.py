"""The function's entry: which code answers which CloudFormation request."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from .clients import image_builder
from .custom_resource import CustomResource
from .distribution_request import DistributionRequest
from .explaining import doing
from .marks import fingerprint, marks
from .removing import delete_record, is_image_arn
from .starting import client_token, start

logger = logging.getLogger(__name__)
distribution = CustomResource()


def handler(event: dict[str, Any], context: Any) -> None:
    """Answer one CloudFormation request at its ResponseURL."""
    distribution(event, context)


def _start(event: Mapping[str, Any], replaces: str | None = None) -> str:
    request = DistributionRequest.from_properties(event["ResourceProperties"])
    token = client_token(event)
    with doing(f"Distributing {request.source_image}"):
        image_arn = start(image_builder(), request, token, marks(event, request, token, replaces))
    logger.info("Started the distribution of %s: %s", request.source_image, image_arn)
    return image_arn


def _answer(image_arn: str) -> str:
    distribution.Data["ImageArn"] = image_arn
    return image_arn


@distribution.create
def create(event: Mapping[str, Any], context: Any) -> str:
    """Start a distribution and return its image's ARN as the physical id."""
    return _answer(_start(event))


@distribution.update
def update(event: Mapping[str, Any], context: Any) -> str:
    """Start a new distribution if what is distributed where has changed, else keep the image."""
    wanted = DistributionRequest.from_properties(event["ResourceProperties"])
    former = DistributionRequest.from_properties(event["OldResourceProperties"])
    current: str = event["PhysicalResourceId"]
    if fingerprint(wanted) == fingerprint(former):
        logger.info("Nothing is distributed anew: %s", current)
        return _answer(current)
    return _answer(_start(event, replaces=current))


@distribution.delete
def delete(event: Mapping[str, Any], context: Any) -> None:
    """Delete the image's record; an id that is not an image's ARN names nothing to delete."""
    image_arn = event["PhysicalResourceId"]
    if not is_image_arn(image_arn):
        logger.info("Nothing to delete for %s", image_arn)
        return
    with doing(f"Deleting {image_arn}"):
        delete_record(image_builder(), image_arn)
    logger.info("Deleted %s", image_arn)
