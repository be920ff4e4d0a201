"""Delete of a distribution: which images it means, and removing them until none is left."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from . import rules
from .clients import cloudformation, ec2, events, image_builder, tagging
from .explaining import Failure, doing
from .image import is_image_arn, look_at
from .marks import REPLACES, find
from .removing import Removal, moment

logger = logging.getLogger(__name__)
sleep = time.sleep

# An image that a create was cut off from is minutes old. One that is older and has the same tags was left behind on
# purpose, by RemovalPolicy.RETAIN, when the distribution of that logical id was there before.
_RECENT = timedelta(days=1)


# A create that was cut off may start its image after its Delete has come, and the tagging API may learn of it late.
# The function itself looks for so many seconds, with such a pause: a rule would stay if the delivery is a repeated one
# and the function goes meanwhile.
_LOOKING = 150
_PAUSE = 10


def patience(event: Mapping[str, Any]) -> float:
    """Return for how many seconds a Delete may take; the construct's ServiceTimeout leaves five minutes more."""
    return 25 * 60 if event["ResourceProperties"].get("AutoDeleteAmis") == "true" else 15 * 60


def delete(event: dict[str, Any], clock: Callable[[], float], *, overdue: bool) -> bool:
    """Do what can be done now, and return whether everything that the Delete means is gone.

    Args:
        event: The operation; which images are left is kept in its State.
        clock: Tells seconds since the epoch.
        overdue: Whether the operation's time is up.

    Raises:
        Failure: An image could not be removed, or not in time.
    """
    physical_id: str = event["PhysicalResourceId"]
    if physical_id.endswith("-not-started"):
        return True
    state = event["State"]
    if not state.get("Images"):
        state["Images"] = _named(event) if is_image_arn(physical_id) else _cut_off(event, clock)
        for arn in state["Images"]:
            rules.remove_waits(events(), event["StackId"], arn)
    removal = Removal(image_builder(), ec2(), event)
    state["Images"] = [arn for arn in state["Images"] if not removal.step(arn)]
    if not state["Images"]:
        return True
    if overdue:
        raise Failure(
            f"Still being removed after {patience(event) / 60:.0f} minutes: {', '.join(state['Images'])}. Delete again."
        )
    return False


def _named(event: Mapping[str, Any]) -> list[str]:
    return [event["PhysicalResourceId"], *_unanswered(event)]


def _cut_off(event: Mapping[str, Any], clock: Callable[[], float]) -> list[str]:
    """Return the images of a create that CloudFormation has no ARN of."""
    until = clock() + _LOOKING
    while True:
        latest = datetime.fromtimestamp(clock(), timezone.utc) - _RECENT
        with doing("Looking for an image by its tags"):
            images = [look_at(image_builder(), arn) for arn in find(tagging(), event)]
        found = [image.arn for image in images if image is not None and moment(image.created) > latest]
        if found or clock() >= until:
            logger.info("Images of %s: %s", event["PhysicalResourceId"], found or "none")
            return found
        sleep(_PAUSE)


def _unanswered(event: Mapping[str, Any]) -> list[str]:
    """Return images that an Update started in place of this one and that CloudFormation never learned of.

    An image that replaces this one and is the stack's own is none of them, so CloudFormation is asked which one it
    takes for its own. What cannot be found out is left alone: the Delete does not depend on it.
    """
    physical_id = event["PhysicalResourceId"]
    try:
        started = [arn for arn, tags in find(tagging(), event).items() if tags.get(REPLACES) == physical_id]
        if not started:
            return []
        own = cloudformation().describe_stack_resource(
            StackName=event["StackId"], LogicalResourceId=event["LogicalResourceId"]
        )["StackResourceDetail"]["PhysicalResourceId"]
    except (ClientError, BotoCoreError, KeyError) as error:
        logger.warning("Images that replace %s without an answer were not looked for: %s", physical_id, error)
        return []
    return started if own == physical_id else []
