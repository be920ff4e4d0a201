"""What one account's Image Builder holds in one Region."""

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from local_aws.image_builder.backend import Backend
from local_aws.image_builder.errors import does_not_exist
from local_aws.image_builder.faults import Script
from local_aws.image_builder.model import Parameters
from local_aws.image_builder.outcome import Outcome
from local_aws.image_builder.states import Due, Target

Headers = Mapping[str, str]


@dataclass
class Image:
    """An image that tracks a distribution.

    Attributes:
        request: The parameters of the DistributeImage that started it.
        role: The ARN of the execution role.
        source: The AMI that is copied.
        configuration: The distribution configuration as it was when the image started.
        plan: What is still due.
        pending: The id of each AMI that is being copied.
        copies: One entry per AMI that is copied, in the form of GetImage's outputResources.
        copy_tags: The tags of each AMI by its id.
    """

    arn: str
    request: Parameters
    role: str
    source: str
    configuration: Parameters
    outcome: Outcome
    created: float
    tags: dict[str, str]
    status: str = "PENDING"
    reason: str = ""
    failure: Parameters = field(default_factory=dict)
    plan: tuple[Due, ...] = ()
    pending: dict[Target, str] = field(default_factory=dict)
    copies: list[Parameters] = field(default_factory=list)
    copy_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    lifecycle_execution: str = ""


@dataclass
class LifecycleExecution:
    """A change of an image's state, with what it takes along.

    Attributes:
        amis: Whether the AMIs are taken along, `snapshots` theirs.
        spared: The exclusion rules for AMIs.
        failure: Why it will fail; it will succeed when empty.
    """

    identifier: str
    arn: str
    status_wanted: str
    amis: bool
    snapshots: bool
    spared: Parameters
    started: float
    failure: str = ""
    status: str = "PENDING"
    ended: float = 0.0
    plan: tuple[Due, ...] = ()


@dataclass
class Store:
    """All of it, with the clock and the backend that operations need.

    Attributes:
        removed: When each image was removed, and its tags.
    """

    account: str
    region: str
    clock: Callable[[], float]
    backend: Backend
    script: Callable[[], Script]
    images: dict[str, Image] = field(default_factory=dict)
    removed: dict[str, tuple[float, dict[str, str]]] = field(default_factory=dict)
    configurations: dict[str, Parameters] = field(default_factory=dict)
    executions: dict[str, LifecycleExecution] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[Parameters, Parameters]] = field(default_factory=dict)
    events: list[tuple[float, str, str, str]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def arn(self, resource: str) -> str:
        """The ARN of a resource of this Region and account."""
        return f"arn:aws:imagebuilder:{self.region}:{self.account}:{resource}"

    def image(self, arn: str) -> Image:
        """An image by its ARN, or the latest build by the ARN of its version.

        Raises:
            ServiceError: ResourceNotFoundException.
        """
        if arn in self.images:
            return self.images[arn]
        builds = [image for image in self.images.values() if image.arn.rpartition("/")[0] == arn]
        if not builds:
            raise does_not_exist(arn)
        return max(builds, key=lambda image: image.created)

    def remove(self, image: Image) -> None:
        """Remove an image."""
        del self.images[image.arn]
        self.removed[image.arn] = self.clock(), image.tags

    def configuration(self, arn: str) -> Parameters:
        """A distribution configuration by its ARN.

        Raises:
            ServiceError: ResourceNotFoundException.
        """
        if arn not in self.configurations:
            raise does_not_exist(arn)
        return self.configurations[arn]

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of an image or of a distribution configuration, to read and to change.

        Raises:
            ServiceError: ResourceNotFoundException.
        """
        if arn in self.configurations:
            tags: dict[str, str] = self.configurations[arn].setdefault("tags", {})
            return tags
        return self.image(arn).tags


def iso(seconds: float, separator: str = ":") -> str:
    """A time as Image Builder writes dates, such as `2026-01-31T10:00:00.000Z`."""
    moment = datetime.fromtimestamp(seconds, tz=timezone.utc)
    return moment.strftime(f"%Y-%m-%dT%H{separator}%M{separator}%S.") + f"{moment.microsecond // 1000:03d}Z"


def new_identifier() -> str:
    """A UUID, for names that AWS makes up."""
    return str(uuid.uuid4())


def without_empty(document: dict[str, Any]) -> dict[str, Any]:
    """A document without the members that hold nothing, as AWS answers it."""
    return {name: value for name, value in document.items() if value not in ("", None, {}, [])}
