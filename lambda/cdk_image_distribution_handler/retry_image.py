"""RetryImage: a failed distribution whose cause may pass runs again, under the same ARN and with what was copied."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from . import image as images
from . import stack
from .aws_errors import calling
from .failure_report import may_pass
from .image import Image, Phase
from .operation import Denied, Failure, Transient
from .retry_policy import is_worth_waiting

if TYPE_CHECKING:
    from .aws import Aws
    from .clock import Clock
    from .operation import Request
    from .operation_states import RetryState

logger = logging.getLogger(__name__)

# RetryImage is asynchronous: for so many seconds after it GetImage may still show the failure.
_LINGERS = 60.0


def count(request: Request[Any]) -> int:
    """Return how often the image was retried so far, in this part of the wait and in those before."""
    retried: int = request.state.get("retried", int(request.properties.get("Retried", 0)))
    return retried


def step(image: Image, request: Request[Any], aws: Aws, clock: Clock) -> RetryState | None:
    """Retry a failed image if a retry is left, and return what the wait keeps; None if the failure is final.

    Raises:
        Transient: Image Builder could not be asked to retry now.
        Denied: The same.
    """
    done = count(request)
    retried_at: float = request.state.get("retried_at", 0.0)
    if image.status == "FAILED" and clock.now() < retried_at + _LINGERS:
        return {"retried": done, "retried_at": retried_at}
    is_left = done < int(request.properties.get("Retries", 0)) and not request.overdue
    if image.status != "FAILED" or not is_left or not may_pass(image):
        return None
    try:
        # A late poll must not start again what CloudFormation has given up.
        doubt = stack.doubt_about_start(request, aws, clock, request.state.get("retry_doubt"))
        if doubt is not None:
            return {"retried": done, "retry_doubt": doubt}
        _retry(image, request, aws, done + 1)
    except Failure as error:
        if isinstance(error, Transient) or (isinstance(error, Denied) and is_worth_waiting(error, request, clock)):
            raise
        latest = images.get(aws, image.arn)
        # Otherwise the answer to an earlier call was lost.
        if latest is None or latest.phase is not Phase.RUNNING:
            logger.warning("%s is not retried: %s", image.arn, error)
            return None
    return {"retried": done + 1, "retried_at": clock.now()}


def _retry(image: Image, request: Request[Any], aws: Aws, number: int) -> None:
    logger.warning("%s FAILED and is retried, %d of %s", image.arn, number, request.properties["Retries"])
    with calling("Retrying the distribution"):
        aws.image_builder.retry_image(
            imageBuildVersionArn=image.arn, clientToken=request.token_for(f"retry {image.arn} {number}")
        )
