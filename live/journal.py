"""The journal: what a run creates, written before it is created, so that nothing is lost in a crash."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Resource:
    """Something that a run creates.

    Attributes:
        kind: A key of `removers.REMOVERS`.
        id: Its name, id or ARN.
        region: Where it is.
        owner: `first` or `second`: the account.
    """

    kind: str
    id: str
    region: str
    owner: str = "first"

    def __str__(self) -> str:
        where = self.region if self.owner == "first" else f"{self.region}, second account"
        return f"{self.kind} {self.id} ({where})"


@dataclass(frozen=True)
class Leftover:
    """Something that could not be removed.

    Attributes:
        resource: What it is.
        reason: Why, in AWS's words.
    """

    resource: Resource
    reason: str

    def __str__(self) -> str:
        return f"{self.resource}: {self.reason}"


@dataclass(frozen=True)
class Run:
    """The run that a journal belongs to.

    Attributes:
        id: 8 hexadecimal digits; part of every name, and the value of the tag `cdk-image-distribution-live`.
        accounts: The account ids, by owner.
        regions: All Regions that the run uses, the home Region first.
        began: Seconds since the epoch.
    """

    id: str
    accounts: dict[str, str]
    regions: list[str]
    began: float

    @property
    def prefix(self) -> str:
        """What the names of the run's stacks begin with."""
        return f"ImageDistributionLive{self.id}"


#: The tag of everything that can carry tags. Its value is the run's id.
TAG = "cdk-image-distribution-live"


class Journal:
    """A file with one line for each event: the run, a resource that will be created, a resource that is gone."""

    def __init__(self, file: Path) -> None:
        """Read the journal if there is one.

        Args:
            file: Where it is.
        """
        self._file = file
        self.run: Run | None = None
        self._resources: dict[Resource, bool] = {}
        for line in file.read_text("utf-8").splitlines() if file.exists() else ():
            self._apply(line)

    @property
    def exists(self) -> bool:
        """Whether a run has not cleaned up."""
        return self.run is not None

    @property
    def left(self) -> list[Resource]:
        """What is not known to be gone, newest first: later stacks use functions of earlier ones."""
        return [resource for resource, gone in reversed(self._resources.items()) if not gone]

    def begin(self, run: Run) -> None:
        """Start the journal of a run."""
        self._write("run", asdict(run))
        self.run = run

    def will_create(self, resource: Resource) -> None:
        """Record a resource, before it is created if its id is known by then."""
        if self._resources.get(resource) is not False:
            self._write("resource", asdict(resource))
            self._resources[resource] = False

    def removed(self, resource: Resource) -> None:
        """Record that a resource is gone."""
        self._write("removed", asdict(resource))
        self._resources[resource] = True

    def end(self) -> None:
        """Remove the journal: nothing is left."""
        self._file.unlink(missing_ok=True)
        self.run = None
        self._resources.clear()

    def _write(self, event: str, content: dict[str, Any]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({event: content}) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _apply(self, line: str) -> None:
        try:
            ((event, content),) = json.loads(line).items()
        except ValueError:
            # The process was killed while it wrote the last line.
            return
        if event == "run":
            self.run = Run(**content)
        else:
            self._resources[Resource(**content)] = event == "removed"
