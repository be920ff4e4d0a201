"""Update of a distribution: which image is wanted now, and what is left over from before."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .clients import ec2, image_builder, tagging
from .distribution_request import DistributionRequest
from .explaining import Failure, Passing, doing
from .image import Image, look_at
from .marks import FINGERPRINT, REPLACES, find, fingerprint, retag
from .removing import Removal

logger = logging.getLogger(__name__)


def decide(event: Mapping[str, Any], start: Callable[[], str]) -> tuple[str, list[str]]:
    """Return the image that the Update wants, and the images that nobody will ever delete otherwise.

    Nothing is started when the image, or the one that it replaced, is what is wanted: that is how a roll-back
    returns to the old image without a second copy of everything.

    Args:
        event: The operation.
        start: Starts a new distribution and returns its image's ARN.

    Raises:
        Failure: AWS refused a call.
    """
    wanted = DistributionRequest.from_properties(event["ResourceProperties"])
    former = DistributionRequest.from_properties(event["OldResourceProperties"])
    current: str = event["PhysicalResourceId"]
    with doing(f"Looking at {current}"):
        image = look_at(image_builder(), current)
        if fingerprint(wanted) == fingerprint(former):
            # Who distributes, where it logs, how it is tagged: no reason to copy anything.
            if image is not None:
                retag(image_builder(), image, wanted.tags)
            return current, []
        before = image.tags.get(REPLACES) if image is not None else None
        candidates = [image, look_at(image_builder(), before) if before else None]
    started = _started_instead_of(event, {current, *([before] if before else [])})
    candidates += [look_at(image_builder(), arn) for arn, replaced in started.items() if replaced == current]
    found = next((candidate for candidate in candidates if _is_wanted(candidate, wanted)), None)
    if found is None:
        logger.info("Neither %s nor what it replaced, %s, is there and what is wanted.", current, before)
        answer = start()
        # What came before the old image is not this update's business.
        started = {arn: replaced for arn, replaced in started.items() if replaced == current}
    else:
        answer = found.arn
        logger.info("Nothing is distributed: %s is what is wanted.", answer)
        with doing(f"Tagging {answer}"):
            retag(image_builder(), found, wanted.tags)
    return answer, [arn for arn in started if arn not in (answer, current)]


def sweep(event: dict[str, Any], *, overdue: bool) -> bool:
    """Remove what is left over, as far as that goes now, and return whether it is done.

    It never fails an Update: what cannot be removed is named in the log.
    """
    removal = Removal(image_builder(), ec2(), event)
    left = []
    for arn in event["State"]["Images"]:
        try:
            if not removal.step(arn):
                left.append(arn)
        except Passing as error:
            logger.warning("Will be tried again: %s", error)
            left.append(arn)
        except Failure as error:
            logger.error("%s is left over from an earlier operation: %s", arn, error)
    event["State"]["Images"] = left
    if left and overdue:
        logger.error("Left over from an earlier operation, remove them by hand: %s", ", ".join(left))
    return overdue or not left


def _is_wanted(image: Image | None, wanted: DistributionRequest) -> bool:
    return image is not None and image.alive and image.tags.get(FINGERPRINT) == fingerprint(wanted)


def _started_instead_of(event: Mapping[str, Any], replaced: set[str]) -> dict[str, str]:
    """Return the images that were started to replace one of these, each with the one that it was to replace."""
    try:
        found = find(tagging(), event)
    except (ClientError, BotoCoreError) as error:
        logger.warning("Images that were started without an answer were not looked for: %s", error)
        return {}
    return {arn: tags[REPLACES] for arn, tags in found.items() if tags.get(REPLACES) in replaced}
