"""Waiting for a distribution: what an image's status means for the stack."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .explaining import Failure
from .failures import explain, explain_all
from .image import LOST, READY, RETIRED, Image, account_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wait:
    """What a `Custom::ImageDistributionWait` waits for.

    Attributes:
        image_arn: The image.
        segment: Which part of the wait this is, from 1.
        segments: How many parts there are, each by a resource of its own.
        seconds: How long this part lasts at the most.
        ami_ids: Region and account by the attribute that an AMI's id is asked for under.
        is_update: Whether an Update waits, perhaps for an image that was distributed long ago: the one that stays,
            or the one that a roll-back returns to. It cannot be told from a new one, so that what is retired counts
            as done for each.
        was_done: Whether the wait for this very image was over before this Update.
    """

    image_arn: str
    segment: int
    segments: int
    seconds: float
    ami_ids: Mapping[str, tuple[str, str]]
    is_update: bool
    was_done: bool

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Wait:
        """Read the property contract in this package's docstring, and what the operation's State has.

        Raises:
            KeyError: A required property is absent: the template was not written by the construct.
        """
        properties = event["ResourceProperties"]
        image_arn = properties["ImageArn"]
        return cls(
            image_arn=image_arn,
            segment=int(properties["Segment"]),
            segments=int(properties["Segments"]),
            seconds=float(properties["Seconds"]),
            ami_ids={
                attribute: (place["Region"], place.get("Account") or account_of(image_arn))
                for attribute, place in properties.get("AmiIds", {}).items()
            },
            is_update=event["RequestType"] == "Update",
            was_done=event["State"]["WasDone"],
        )

    @property
    def goes_on(self) -> bool:
        """Whether another part of the wait comes after this one."""
        return self.segment < self.segments

    @property
    def to_be_continued(self) -> dict[str, str]:
        """The attributes of a part that ended before the distribution did."""
        return {"ImageArn": self.image_arn}

    def outcome(self, image: Image | None, *, overdue: bool) -> dict[str, str] | None:
        """Return the attributes if the wait is over, None if it goes on.

        Args:
            image: The image as it is now.
            overdue: Whether this part's time is up.

        Raises:
            Failure: The distribution failed, or the last part's time is up.
        """
        if self.goes_on and (image is None or image.status in RETIRED):
            # This part may be new, since the time-out was raised after all was done: the last part knows.
            return self.to_be_continued
        if image is None:
            return self._without_image()
        if image.status in READY or (self.is_update and image.status in RETIRED):
            return {"ImageArn": self.image_arn, **self._ids(image)}
        if image.status in LOST:
            logger.error("%s", explain_all(image))
            raise Failure(explain(image))
        if not overdue:
            return None
        if self.goes_on:
            logger.info("Still %s; the next part of the wait goes on.", image.status)
            return self.to_be_continued
        minutes = round(self.segments * self.seconds / 60)
        duration = "1 minute" if minutes == 1 else f"{minutes} minutes"
        raise Failure(
            f"Still {image.status} after {duration}. Raise timeout= of the ImageDistribution "
            f"(12 hours at most) if that is too short. AMIs so far: {image.copies}."
        )

    def _without_image(self) -> dict[str, str]:
        if not self.was_done:
            raise Failure(f"{self.image_arn} is gone: it was deleted while its distribution was waited for.")
        if self.ami_ids:
            raise Failure(
                f"{self.image_arn} was deleted, and nothing else knows the ids of its AMIs, which ami_id() asks for. "
                "Change revision= to distribute again."
            )
        return {"ImageArn": self.image_arn}

    def _ids(self, image: Image) -> dict[str, str]:
        missing = [place for place in self.ami_ids.values() if place not in image.amis]
        if missing:
            wanted = ", ".join(f"{region} in account {account}" for region, account in missing)
            raise Failure(
                f"No AMI was made for {wanted}, which ami_id() asks for: ask for another, or add it to the "
                f"distribution configuration. Made: {image.copies}."
            )
        return {attribute: image.amis[place] for attribute, place in self.ami_ids.items()}
