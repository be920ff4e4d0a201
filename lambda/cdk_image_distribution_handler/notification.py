"""Events on the default bus that tell how a distribution began and how it ended. Docs: "Events and alarms"."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from .failure_report import remedy_for

if TYPE_CHECKING:
    from .aws import Aws
    from .image import Image
    from .operation import Request

logger = logging.getLogger(__name__)

SOURCE = "cdk-image-distribution"
STARTED = "Image Distribution Started"
AVAILABLE = "Image Distribution Available"
FAILED = "Image Distribution Failed"
TIMED_OUT = "Image Distribution Timed Out"
REFUSED = "Image Distribution Refused"
CANCELLED = "Image Distribution Cancelled"

# EventBridge takes 256 KB for an event; an AMI takes 80 bytes of it, a failure up to 1,500.
_MOST_AMIS = 1000
_MOST_FAILURES = 100


@dataclass(frozen=True)
class Notification:
    """One event: its detail type, its detail, and the ARNs that it is about."""

    detail_type: str
    detail: Mapping[str, Any]
    resources: Sequence[str]


def of(
    detail_type: str,
    request: Request[Any],
    image_arn: str,
    image: Image | None = None,
    reason: str = "",
    remedy: str = "",
) -> Notification:
    """Return the event for what became of a distribution.

    Args:
        detail_type: One of the constants above.
        request: What found it out: a request of the distribution, or of its wait.
        image_arn: ARN of the image, empty if none was started.
        image: The image as it is, if it is known.
        reason: Why the distribution did not succeed.
        remedy: What the user does about it, if the reason's cause does not say.
    """
    failures = _failures(image) if image is not None else []
    remedies = [*(failure["remedy"] for failure in failures), remedy_for(reason)]
    return Notification(
        detail_type,
        {
            "stack-id": request.stack_id,
            "stack-name": request.stack_name,
            "logical-resource-id": request.properties.get("Distribution", request.logical_id),
            "image-arn": image_arn,
            "status": image.status if image is not None else "",
            "amis": _amis(image) if image is not None else [],
            "reason": reason,
            "remedy": remedy or next(filter(None, remedies), ""),
            "failures": failures,
        },
        [image_arn] if image_arn else [],
    )


def _amis(image: Image) -> list[Mapping[str, str]]:
    return [{"region": ami.region, "account": ami.account, "image": ami.id} for ami in image.amis[:_MOST_AMIS]]


def _failures(image: Image) -> list[Mapping[str, str]]:
    return [
        {
            "region": failure.get("region", ""),
            "account": failure.get("targetAccountId") or image.account,
            "step": failure.get("imageConfigurationStep", ""),
            "status": failure.get("status", ""),
            "reason": failure.get("errorMessage", ""),
            "remedy": remedy_for(failure.get("errorMessage", "")),
        }
        for failure in image.failure.get("regionFailures", [])[:_MOST_FAILURES]
    ]


def put(aws: Aws, notification: Notification) -> None:
    """Put an event on the default bus in one attempt of at most three seconds. What fails is only logged."""
    logger.info("%s: %s", notification.detail_type, notification.detail["image-arn"])
    try:
        answer = aws.impatient_events.put_events(
            Entries=[
                {
                    "Source": SOURCE,
                    "DetailType": notification.detail_type,
                    "Detail": json.dumps(notification.detail),
                    "Resources": notification.resources,
                }
            ]
        )
        if answer.get("FailedEntryCount"):
            logger.warning("EventBridge did not take the event: %s", answer.get("Entries"))
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        logger.warning("The event was not put: %s", error)
