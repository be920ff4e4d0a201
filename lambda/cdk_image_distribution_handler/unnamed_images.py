"""Images that CloudFormation never named: started, but the answer was lost or came too late."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from . import image as images
from . import ownership_tags, stack
from .image import Image
from .operation import Failure, Transient
from .retry_policy import is_worth_waiting

if TYPE_CHECKING:
    from .aws import Aws
    from .clock import Clock
    from .operation import Request

logger = logging.getLogger(__name__)

# An image that CloudFormation never named belongs to a request of the last minutes. One that is older is left alone.
_YOUNG = 24 * 3600

# So many seconds after its start CloudFormation shows an image, however a read lags.
_SHOWN_AFTER = 30

# A Delete looks for so many seconds for the image of a Create that has no ARN, longer than one attempt to start it (25)
# and the delay of the tagging API together. It sleeps itself: a rule of a repeated delivery could outlive the function.
_SEARCH = 90
_SEARCH_PAUSE = 10
_TOKEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def left_over(request: Request[Any], aws: Aws, clock: Clock, kept: set[str]) -> list[str]:
    """Return the images of earlier requests, which nothing else removes.

    What cannot be found out is left to the next Update or Delete.

    Args:
        request: An Update, or the Delete of an image.
        aws: AWS.
        clock: The clock.
        kept: ARNs that are not left over.

    Raises:
        Transient: AWS cannot be asked now.
        Denied: The same.
    """
    try:
        shown = stack.resource(request, aws)
        if request.type == "Delete" and shown.physical_id == request.physical_id and not shown.is_being_deleted:
            # A read that lags: the live image may be another one, which is not known yet.
            raise Transient("CloudFormation does not show this Delete yet.")
        return _find(request, aws, clock, shown, kept)
    except Failure as error:
        if is_worth_waiting(error, request, clock):
            raise
        logger.warning("Images left over from earlier requests were not looked for: %s", error)
        return []


def search(request: Request[Any], aws: Aws, clock: Clock) -> list[str]:
    """Return the images of a Create that CloudFormation has no ARN of.

    The id of a failed Create is the token that its image carries. An id that CloudFormation invented says nothing, so
    that every image is meant that CloudFormation never named.
    """
    until = clock.now() + _SEARCH
    while True:
        is_last = clock.now() >= until
        if _TOKEN.fullmatch(request.physical_id):
            found = _started_by(request.physical_id, request, aws)
        else:
            found = _unnamed(request, aws, clock, is_last)
        if found or is_last:
            logger.info("Images of %s: %s", request.physical_id, found or "none")
            return found
        clock.sleep(_SEARCH_PAUSE)


def _started_by(token: str, request: Request[Any], aws: Aws) -> list[str]:
    found = (images.get(aws, arn) for arn in ownership_tags.find(request, aws, {ownership_tags.OPERATION: token}))
    return [
        image.arn
        for image in found
        if image is not None
        and ownership_tags.is_own(image, request)
        and image.tags.get(ownership_tags.OPERATION) == token
    ]


def _unnamed(request: Request[Any], aws: Aws, clock: Clock, is_last: bool) -> list[str]:
    try:
        shown = stack.resource(request, aws)
        if not shown.is_being_deleted and not is_last:
            # The resource lives on with another image. A read that lags may not show that one yet.
            return []
        return _find(request, aws, clock, shown, set())
    except Failure as error:
        if isinstance(error, Transient) and not is_last:
            return []
        if is_worth_waiting(error, request, clock) or (isinstance(error, Transient) and not request.overdue):
            raise
        # Without CloudFormation's word the image of a resource that lives on cannot be told from one left over.
        logger.warning("Images of %s were not looked for: %s", request.physical_id, error)
        return []


def _find(request: Request[Any], aws: Aws, clock: Clock, shown: stack.Resource, kept: set[str]) -> list[str]:
    found = ownership_tags.find(request, aws, {ownership_tags.HELD: "no"})
    others = (images.get(aws, arn) for arn in found if arn not in {*kept, shown.physical_id})
    unheld = [image for image in others if image is not None and _may_be_left_over(image, request, clock)]
    if not shown.is_being_deleted:
        # A later image is that of a later request, if this one is delivered again or was given up.
        unheld = [image for image in unheld if image.created <= request.began]
        if any(image.created > clock.now() - _SHOWN_AFTER for image in unheld):
            raise Transient("CloudFormation may not show an image yet.")
    if not unheld:
        return []
    # Without a wait nothing tags an image as held, so CloudFormation's own record is read too.
    named = stack.named_images(request, aws, since=min(image.created for image in unheld))
    return [image.arn for image in unheld if image.arn not in named]


def _may_be_left_over(image: Image, request: Request[Any], clock: Clock) -> bool:
    # The tagging API may lag; GetImage has the tags as they are.
    if not ownership_tags.is_own(image, request) or image.tags.get(ownership_tags.HELD) != "no":
        return False
    if image.created < clock.now() - _YOUNG:
        logger.warning("Left alone, since it is older than a day; delete it if nothing uses it: %s", image.arn)
        return False
    return True
