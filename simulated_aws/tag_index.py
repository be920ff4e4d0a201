"""The Resource Groups Tagging API: what it knows of images, which is late in both directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .faults import Refused

Tags = Mapping[str, Mapping[str, str]]


@dataclass
class TagIndex:
    """An index of the images' tags.

    Attributes:
        clock: Seconds since the epoch.
        lag: Seconds until a new image or a changed tag is known.
        remembers: For how many seconds a deleted image is still listed; for other services AWS does so for an hour.
    """

    clock: Callable[[], float]
    lag: float = 0.0
    remembers: float = 0.0
    _history: list[tuple[float, Tags]] = field(default_factory=list)

    def note(self, tags: Tags) -> None:
        """Take the tags of all images as they are now, by ARN."""
        copied = {arn: dict(held) for arn, held in tags.items()}
        if not self._history or self._history[-1][1] != copied:
            self._history.append((self.clock(), copied))

    def answer(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer one call."""
        if operation != "GetResources" or parameters.get("ResourceTypeFilters") != ["imagebuilder:image"]:
            raise Refused("InvalidParameterException", f"{operation} of {parameters} is not simulated.")
        found = {
            arn: tags
            for arn, tags in self._known().items()
            if all(
                wanted["Key"] in tags and tags[wanted["Key"]] in (wanted.get("Values") or [tags[wanted["Key"]]])
                for wanted in parameters.get("TagFilters", [])
            )
        }
        return {
            "PaginationToken": "",
            "ResourceTagMappingList": [
                {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
                for arn, tags in found.items()
            ],
        }

    def _known(self) -> Tags:
        latest = self.clock() - self.lag
        known: dict[str, Mapping[str, str]] = {}
        for time, tags in reversed(self._history):
            if time > latest:
                continue
            for arn, held in tags.items():
                known.setdefault(arn, held)
            # What this entry lists was there until the next one; older entries are of no interest after that.
            if time <= latest - self.remembers:
                break
        return known
