"""A distribution as it was watched from its start to its end."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .journal import TAG

if TYPE_CHECKING:
    from .lab import Lab

#: Image statuses in which nothing happens any more.
ENDED = ("AVAILABLE", "FAILED", "CANCELLED")


@dataclass
class Observation:
    """What GetImage, the tagging API and EventBridge showed of one image.

    Attributes:
        arn: The image.
        began: When it was started, seconds since the epoch.
        statuses: Each status, with the time at which it was first seen.
        outputs: Each list of output AMIs, with the time at which it was first seen.
        listed_at: When the tagging API listed it, 0 if it did not.
        events: Events: the time of arrival, and the status.
        image: The last answer of GetImage.
    """

    arn: str
    began: float
    statuses: list[tuple[float, str]] = field(default_factory=list)
    outputs: list[tuple[float, Sequence[Mapping[str, Any]]]] = field(default_factory=list)
    listed_at: float = 0.0
    events: list[tuple[float, str]] = field(default_factory=list)
    image: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """The last status."""
        return self.statuses[-1][1] if self.statuses else ""

    @property
    def ended_at(self) -> float:
        """When the last status was first seen."""
        return self.statuses[-1][0] if self.statuses else 0.0

    @property
    def amis(self) -> Sequence[Mapping[str, Any]]:
        """The last list of output AMIs."""
        return self.outputs[-1][1] if self.outputs else ()

    def note(self, now: float, image: Mapping[str, Any]) -> None:
        """Take one answer of GetImage."""
        self.image = image
        status = image["state"]["status"]
        if status != self.status:
            self.statuses.append((now, status))
        amis = image.get("outputResources", {}).get("amis", [])
        if list(amis) != list(self.amis):
            self.outputs.append((now, amis))

    def evidence(self) -> dict[str, Any]:
        """Return what was seen, with times in seconds since the start."""
        return {
            "statuses": [[round(at - self.began, 1), status] for at, status in self.statuses],
            "events": [[round(at - self.began, 1), status] for at, status in self.events],
            "outputResources": [[round(at - self.began, 1), amis] for at, amis in self.outputs],
        }


def observe(lab: Lab) -> Observation:
    """Start a distribution to all Regions, and watch it until its end."""
    lab.messages.receive()
    began = time.time()
    arn = lab.distribute("Home")
    lab.say(f"Watching {arn}")
    observation = Observation(arn, began)
    tagging = lab.account.client("resourcegroupstaggingapi")

    def look() -> bool | None:
        image = lab.image(arn)
        now = time.time()
        if not observation.listed_at:
            found = tagging.get_resources(
                ResourceTypeFilters=["imagebuilder:image"], TagFilters=[{"Key": TAG, "Values": [lab.run.id]}]
            )
            if arn in [resource["ResourceARN"] for resource in found["ResourceTagMappingList"]]:
                observation.listed_at = now
        if image is not None:
            observation.note(now, image)
        return True if observation.status in ENDED else None

    lab.account.until(look, minutes=90, every=2)
    lab.account.until(
        lambda: True if observation.status in [status for _, status in lab.messages.of_image(arn)] else None, minutes=2
    )
    observation.events = lab.messages.of_image(arn)
    return observation
