"""The life cycle of `Custom::ImageDistributionWait`, which owns nothing: create and update wait, delete stops it.

Its physical id is the stack's name and its logical id. A wait longer than 55 minutes is a chain of such resources: all
but the last succeed when their time is up.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import image as images
from . import notification, ownership_tags, polling_rule, retry_image, stack
from .failure_report import distribution_log, distribution_reason
from .image import Image, Phase
from .operation import Done, Failure, Pending, Transient
from .retry_policy import is_worth_waiting

if TYPE_CHECKING:
    from .aws import Aws
    from .clock import Clock
    from .operation import Request
    from .operation_states import WaitDeleteState, WaitState

logger = logging.getLogger(__name__)

#: The id of an AMI in a rollback to an image whose record is gone.
UNKNOWN_AMI = "unknown"


def wait_seconds(properties: Mapping[str, Any]) -> float:
    """Return how long this part of the wait lasts."""
    return float(properties["Seconds"])


def wait(request: Request[WaitState], aws: Aws, clock: Clock) -> Done | Pending[WaitState]:
    """Answer when the distribution is done, fail when it will not be."""
    image_arn: str = request.properties["ImageArn"]
    image: Image | None = None
    try:
        image = images.get(aws, image_arn)
        if image is not None:
            ownership_tags.hold(image, request.stack_id, aws)
    except Failure as error:
        if request.overdue and _goes_on(request):
            return _done(request, {})
        may_pass = isinstance(error, Transient) or is_worth_waiting(error, request, clock)
        if (request.overdue or not may_pass) and _rolls_back(request, aws, clock):
            logger.warning("The stack rolls back, so this does not fail it: %s", error)
            return _done(request, _known(image, request))
        raise
    if image is not None and image.status != request.state.get("status"):
        logger.info("%s is %s; AMIs so far: %s", image_arn, image.status, image.ami_list)
    failed = image is not None and image.phase is Phase.FAILED
    retries = retry_image.step(image, request, aws, clock) if image is not None and failed else None
    try:
        ami_ids = _outcome(image, request, clock, is_retried=retries is not None)
    except Failure as failure:
        # A rollback restores what was: there is nothing to wait for, and nothing to fail for.
        if _rolls_back(request, aws, clock):
            logger.warning("The stack rolls back, so this does not fail it: %s", failure)
            return _done(request, _known(image, request))
        raise
    if ami_ids is not None:
        if image is not None and _is_news(image, request, aws, clock):
            notification.put(aws, notification.of(notification.AVAILABLE, request, image_arn, image))
        return _done(request, ami_ids)
    assert image is not None
    if retries is None and retry_image.count(request):
        retries = {"retried": retry_image.count(request)}
    return Pending({"status": image.status, **(retries or {})}, watch=[image_arn])


def delete(request: Request[WaitDeleteState], aws: Aws, clock: Clock) -> Done:
    """Stop whatever waits for the image."""
    try:
        polling_rule.remove_waits_of(aws, request)
    except Failure as error:
        if is_worth_waiting(error, request, clock):
            raise
        logger.warning("The polling rules of %s may be left.", request.logical_id, exc_info=True)
    return Done(request.physical_id, {})


def _is_news(image: Image, request: Request[WaitState], aws: Aws, clock: Clock) -> bool:
    """Return whether the stack has waited for the image to be AVAILABLE, and not returned to it by a rollback."""
    is_new = request.old_properties.get("ImageArn") != image.arn
    return is_new and image.phase is Phase.AVAILABLE and not _goes_on(request) and not _rolls_back(request, aws, clock)


def _rolls_back(request: Request[WaitState], aws: Aws, clock: Clock) -> bool:
    return request.type == "Update" and stack.is_rolling_back(request, aws, clock, if_unknown=False)


def _outcome(
    image: Image | None, request: Request[WaitState], clock: Clock, *, is_retried: bool
) -> Mapping[str, str] | None:
    """Return the ids of the AMIs that are asked for when the wait is over, None while it goes on.

    Raises:
        Failure: The distribution failed, the image is gone, an AMI was not made, or the time is up.
    """
    if image is None:
        return {} if _goes_on(request) else _without_image(request)
    if image.phase is Phase.AVAILABLE:
        return _found(image, request)
    if image.phase is Phase.RETIRED and (_goes_on(request) or request.type == "Update"):
        # The distribution was done once, and its AMIs exist.
        return _found(image, request)
    if image.phase is not Phase.RUNNING and not is_retried:
        logger.error("%s", distribution_log(image))
        reason = distribution_reason(image)
        end = notification.CANCELLED if image.status == "CANCELLED" else notification.FAILED
        raise _failure(end, request, image, reason)
    if not request.overdue:
        return None
    if _goes_on(request):
        logger.info("Still %s; the next part of the wait goes on.", image.status)
        return {}
    if clock.now() < request.deadline:
        raise Failure("A polling rule cannot carry so many AMI ids. Ask ami_id() for fewer Regions and accounts.")
    minutes = round(int(request.properties["Segments"]) * wait_seconds(request.properties) / 60)
    duration = "1 minute" if minutes == 1 else f"{minutes} minutes"
    remedy = "Raise timeout= of the ImageDistribution (12 hours at most) if that is too short."
    reason = f"Still {image.status} after {duration}. {remedy} AMIs so far: {image.ami_list}."
    raise _failure(notification.TIMED_OUT, request, image, reason, remedy)


def _failure(
    detail_type: str, request: Request[WaitState], image: Image | None, reason: str, remedy: str = ""
) -> Failure:
    told = notification.of(detail_type, request, request.properties["ImageArn"], image, reason, remedy)
    return Failure(reason, told)


def _without_image(request: Request[WaitState]) -> Mapping[str, str]:
    image_arn = request.properties["ImageArn"]
    if request.old_properties.get("ImageArn") != image_arn:
        reason = f"{image_arn} was deleted during its distribution. Deploy again."
        raise _failure(notification.CANCELLED, request, None, reason)
    if _asked(request):
        raise Failure(
            f"{image_arn} was deleted, so the AMI ids that ami_id() needs are unknown. Change revision= to distribute "
            "again."
        )
    return {}


def _found(image: Image, request: Request[WaitState]) -> Mapping[str, str]:
    known = _known(image, request)
    missing = [
        f"{location['Region']} in account {location.get('Account') or image.account}"
        for attribute, location in _asked(request).items()
        if known[attribute] == UNKNOWN_AMI
    ]
    if missing:
        raise Failure(
            f"No AMI was made in {', '.join(missing)}, which ami_id() needs: name another Region or account, or add it "
            f"to the distribution configuration. Made: {image.ami_list}."
        )
    return known


def _known(image: Image | None, request: Request[WaitState]) -> dict[str, str]:
    made = {(ami.region, ami.account): ami.id for ami in image.amis} if image is not None else {}
    own_account = request.properties["ImageArn"].split(":")[4]
    return {
        attribute: made.get((location["Region"], location.get("Account") or own_account), UNKNOWN_AMI)
        for attribute, location in _asked(request).items()
    }


def _asked(request: Request[WaitState]) -> Mapping[str, Mapping[str, str]]:
    asked: Mapping[str, Mapping[str, str]] = request.properties.get("AmiIds", {})
    return asked


def _goes_on(request: Request[WaitState]) -> bool:
    return int(request.properties["Segment"]) < int(request.properties["Segments"])


def _done(request: Request[WaitState], ami_ids: Mapping[str, str]) -> Done:
    physical_id = f"{request.stack_name}-{request.logical_id}"
    attributes = {"ImageArn": request.properties["ImageArn"], **ami_ids}
    if _goes_on(request) and "Retries" in request.properties:
        attributes["Retried"] = str(retry_image.count(request))
    return Done(physical_id, attributes)
