"""What no event says: is this request still wanted, is the stack rolling back, and to which image."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import image as images
from . import ownership_tags
from .aws_errors import calling
from .image import Image, is_image_arn
from .operation import Denied, Failure
from .retry_policy import DENIED_LASTS, is_worth_waiting

if TYPE_CHECKING:
    from .aws import Aws
    from .clock import Clock
    from .operation import Request
    from .operation_states import Doubt

logger = logging.getLogger(__name__)

# For how many seconds a doubt lasts. A read may lag behind the request, and IAM may not have propagated the policy.
_DOUBT_LASTS = {"unwanted": 60.0, "unreachable": 60.0, "denied": DENIED_LASTS, "rolling back": 30.0}


@dataclass(frozen=True)
class Resource:
    """What DescribeStackResource shows of the request's resource.

    Attributes:
        status: Its ResourceStatus.
        physical_id: Its physical id, empty before it has one.
    """

    status: str
    physical_id: str

    @property
    def is_being_deleted(self) -> bool:
        """Whether the resource itself goes, not only an image that it had."""
        return self.status.startswith("DELETE_")


def resource(request: Request[Any], aws: Aws) -> Resource:
    """Return what CloudFormation shows of the request's resource.

    Raises:
        Failure: CloudFormation cannot be asked, or the resource is not there.
    """
    with calling("Reading the stack's resource"):
        detail = aws.cloudformation.describe_stack_resource(
            StackName=request.stack_id, LogicalResourceId=request.logical_id
        )["StackResourceDetail"]
    return Resource(detail["ResourceStatus"], detail.get("PhysicalResourceId", ""))


def is_rolling_back(request: Request[Any], aws: Aws, clock: Clock, *, if_unknown: bool) -> bool:
    """Return whether the stack rolls an update back.

    Args:
        request: The request.
        aws: AWS.
        clock: The clock.
        if_unknown: What to return if CloudFormation cannot be asked.

    Raises:
        Transient: CloudFormation cannot be asked, and the request is younger than a minute.
        Denied: The same, two minutes.
    """
    try:
        return _status(request, aws) == "UPDATE_ROLLBACK_IN_PROGRESS"
    except Failure as error:
        if is_worth_waiting(error, request, clock):
            raise
        logger.warning("Whether the stack rolls back is unknown: %s", error)
        return if_unknown


def named_images(request: Request[Any], aws: Aws, since: float) -> set[str]:
    """Return every physical id that CloudFormation's events name for the request's resource.

    Args:
        request: The request.
        aws: AWS.
        since: How far back, seconds since the epoch.

    Raises:
        Failure: CloudFormation cannot be asked.
    """
    named = set()
    with calling("Reading the stack's events"):
        for page in aws.cloudformation.get_paginator("describe_stack_events").paginate(StackName=request.stack_id):
            events = page["StackEvents"]
            named |= {
                event.get("PhysicalResourceId", "")
                for event in events
                if event.get("LogicalResourceId") == request.logical_id
            }
            # The newest come first.
            if events and events[-1]["Timestamp"].timestamp() < since:
                break
    return named


def doubt_about_start(request: Request[Any], aws: Aws, clock: Clock, before: Doubt | None) -> Doubt | None:
    """Return why the request should not start a distribution yet, None if it may start one now.

    Args:
        request: A Create or an Update.
        aws: AWS.
        clock: The clock.
        before: The doubt at the last call.

    Raises:
        Failure: CloudFormation has not waited for the request for a minute: it was given up.
    """
    reason = _reason_against_start(request, aws)
    if not reason:
        return None
    doubt = doubt_since(reason, clock, before)
    if doubt_lasts(doubt, clock):
        return doubt
    if reason == "unwanted":
        raise Failure(
            f"Nothing was distributed: CloudFormation gave up this {request.type} before it could start. Deploy again."
        )
    # CloudFormation cannot be asked. The request is wanted in nearly every case.
    return None


def doubt_since(reason: str, clock: Clock, before: Doubt | None) -> Doubt:
    """Return a doubt with the time of its beginning: that of the doubt before, if it had the same reason."""
    since = before["since"] if before is not None and before["reason"] == reason else clock.now()
    return {"reason": reason, "since": since}


def doubt_lasts(doubt: Doubt, clock: Clock) -> bool:
    """Return whether CloudFormation has to be asked again before the answer is believed."""
    return clock.now() < doubt["since"] + _DOUBT_LASTS[doubt["reason"]]


def _reason_against_start(request: Request[Any], aws: Aws) -> str:
    try:
        wanted = resource(request, aws).status == f"{request.type.upper()}_IN_PROGRESS" and _status(request, aws) in (
            "CREATE_IN_PROGRESS",
            "UPDATE_IN_PROGRESS",
        )
    except Denied:
        return "denied"
    except Failure as error:
        # A stack or a resource that "does not exist" is no longer there, or a read that lags.
        return "unwanted" if "ValidationError" in str(error) else "unreachable"
    return "" if wanted else "unwanted"


def _status(request: Request[Any], aws: Aws) -> str:
    with calling("Reading the stack"):
        (stack,) = aws.cloudformation.describe_stacks(StackName=request.stack_id)["Stacks"]
    return stack["StackStatus"]


@dataclass(frozen=True)
class Predecessor:
    """The image that a rollback returns to: no ARN if there is none, no image if its record is gone."""

    arn: str = ""
    image: Image | None = None


def predecessor(image: Image | None, wanted: str, request: Request[Any], aws: Aws) -> Predecessor:
    """Follow the tag `replaces` to the first image with the wanted fingerprint, whatever its status is."""
    passed: set[str] = set()
    while image is not None and ownership_tags.is_own(image, request) and image.arn not in passed:
        passed.add(image.arn)
        arn = image.tags.get(ownership_tags.REPLACES, "")
        if not is_image_arn(arn):
            break
        image = images.get(aws, arn)
        if image is None:
            # Its fingerprint is unknown, but a rollback returns to what the current image replaced.
            return Predecessor(arn)
        if _is_wanted(image, wanted, request):
            return Predecessor(arn, image)
    return Predecessor()


def named_predecessor(wanted: str, request: Request[Any], aws: Aws, clock: Clock, since: float) -> Predecessor:
    """Return the newest image with the wanted fingerprint that CloudFormation's events name.

    It is the predecessor of an image that is gone, and with it the tag `replaces`.

    Args:
        wanted: The fingerprint.
        request: The Update of a rollback.
        aws: AWS.
        clock: The clock.
        since: How far back, seconds since the epoch.

    Raises:
        Transient: AWS cannot be asked now.
        Denied: The same.
    """
    try:
        named = filter(is_image_arn, named_images(request, aws, since))
        found = [image for image in (images.get(aws, arn) for arn in named) if image is not None]
    except Failure as error:
        if is_worth_waiting(error, request, clock):
            raise
        logger.warning("The image before the update is unknown: %s", error)
        return Predecessor()
    own = [image for image in found if _is_wanted(image, wanted, request)]
    newest = max(own, key=lambda image: image.created, default=None)
    return Predecessor(newest.arn, newest) if newest is not None else Predecessor()


def _is_wanted(image: Image, wanted: str, request: Request[Any]) -> bool:
    return ownership_tags.is_own(image, request) and image.tags.get(ownership_tags.FINGERPRINT) == wanted
