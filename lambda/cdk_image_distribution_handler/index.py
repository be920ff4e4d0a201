"""The function's entry: which code answers which CloudFormation request."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from . import custom_resource, deleting, replacing, rules
from .clients import events, image_builder
from .custom_resource import CustomResource
from .distribution_request import DistributionRequest
from .explaining import Denied, Failure, Passing, doing
from .image import look_at
from .marks import marks
from .starting import client_token, refused, start
from .waiting import Wait

logger = logging.getLogger(__name__)


def handler(event: dict[str, Any], context: Any) -> None:
    """Answer one CloudFormation request at its ResponseURL, now or when a rule calls again."""
    RESOURCES[event["ResourceType"]](event, context)


def distribution_resource() -> CustomResource:
    """Return what answers for `Custom::ImageDistribution`."""
    resource = CustomResource(
        kind="d",
        subject=lambda event: str(event["PhysicalResourceId"]),
        patience=deleting.patience,
        polled_properties=frozenset({"AutoDeleteAmis", "LifecycleRole"}),
    )

    def answer(image_arn: str) -> str:
        resource.Data["ImageArn"] = image_arn
        return image_arn

    def start_image(event: Mapping[str, Any], replaces: str | None = None) -> str:
        request = DistributionRequest.from_properties(event["ResourceProperties"])
        token = client_token(event)
        try:
            with doing(f"Distributing {request.source_image}"):
                arn = start(image_builder(), request, token, marks(event, request, token, replaces))
        except Failure as failure:
            resource.started_nothing = refused(failure.__cause__)
            raise
        logger.info("Distributing %s: %s", request.source_image, arn)
        return arn

    def create(event: dict[str, Any], context: Any) -> str:
        return answer(start_image(event))

    def update(event: dict[str, Any], context: Any) -> str | None:
        state = event["State"]
        if "Answer" not in state:
            try:
                state["Answer"], state["Images"] = replacing.decide(
                    event, lambda: start_image(event, replaces=event["PhysicalResourceId"])
                )
            except (Passing, Denied) as failure:
                # The tags, which do not fit a rule's target, would be missing at another try.
                raise Failure(*failure.args) from failure
        return answer(state["Answer"]) if replacing.sweep(event, overdue=resource.overdue) else None

    def delete(event: dict[str, Any], context: Any) -> str | None:
        gone = deleting.delete(event, custom_resource.clock, overdue=resource.overdue)
        return str(event["PhysicalResourceId"]) if gone else None

    resource.create(create)
    resource.update(update)
    resource.poll_update(update)
    resource.delete(delete)
    resource.poll_delete(delete)
    return resource


def wait_resource() -> CustomResource:
    """Return what answers for `Custom::ImageDistributionWait`."""
    resource = CustomResource(
        kind="w",
        subject=lambda event: str(event["ResourceProperties"]["ImageArn"]),
        patience=lambda event: float(event["ResourceProperties"].get("Seconds", 0)),
        polled_properties=frozenset({"ImageArn", "Segment", "Segments", "Seconds", "AmiIds"}),
    )

    def look(event: dict[str, Any], context: Any) -> str | None:
        state = event["State"]
        if "WasDone" not in state:
            # A poll is not told the old properties.
            former = event.get("OldResourceProperties", {}).get("ImageArn")
            state["WasDone"] = former == event["ResourceProperties"]["ImageArn"]
        wait = Wait.from_event(event)
        state["Images"] = [wait.image_arn]
        try:
            with doing(f"Looking at {wait.image_arn}"):
                image = look_at(image_builder(), wait.image_arn)
        except Passing:
            if not (resource.overdue and wait.goes_on):
                raise
            attributes: Mapping[str, str] | None = wait.to_be_continued
        else:
            if image is not None and state.get("Status") != image.status:
                state["Status"] = image.status
                logger.info("%s is %s; AMIs so far: %s", image.arn, image.status, image.copies)
            attributes = wait.outcome(image, overdue=resource.overdue)
        if attributes is None:
            return None
        resource.Data.update(attributes)
        return resource.generate_physical_id(event)

    def delete(event: dict[str, Any], context: Any) -> None:
        rules.remove_waits(events(), event["StackId"], event["ResourceProperties"]["ImageArn"])

    for operation in (resource.create, resource.poll_create, resource.update, resource.poll_update):
        operation(look)
    resource.delete(delete)
    return resource


RESOURCES = {
    "Custom::ImageDistribution": distribution_resource(),
    "Custom::ImageDistributionWait": wait_resource(),
}
