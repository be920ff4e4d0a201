"""What `watch` shows: a stack's distributions, and for each the copies in Regions and accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class State(str, Enum):
    """The state of a distribution."""

    NOT_STARTED = "not started"
    STARTING = "starting"
    DISTRIBUTING = "distributing"
    AVAILABLE = "available"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    CANCELLED = "cancelled"
    DELETED = "deleted"
    UNKNOWN = "unknown"

    @property
    def has_ended(self) -> bool:
        """Whether it does not change any more."""
        return self not in (State.NOT_STARTED, State.STARTING, State.DISTRIBUTING, State.UNKNOWN)

    @property
    def is_bad(self) -> bool:
        """Whether the distribution ended without its AMIs."""
        return self.has_ended and self is not State.AVAILABLE


#: The state of each ImageStatus. A status that a later version of the API adds counts as distributing.
STATES: Mapping[str, State] = {
    "PENDING": State.DISTRIBUTING,
    "CREATING": State.DISTRIBUTING,
    "BUILDING": State.DISTRIBUTING,
    "TESTING": State.DISTRIBUTING,
    "DISTRIBUTING": State.DISTRIBUTING,
    "INTEGRATING": State.DISTRIBUTING,
    "AVAILABLE": State.AVAILABLE,
    "DEPRECATED": State.AVAILABLE,
    "DISABLED": State.AVAILABLE,
    "FAILED": State.FAILED,
    "CANCELLED": State.CANCELLED,
    "DELETED": State.DELETED,
}


class CopyState(str, Enum):
    """The state of an AMI in a Region and account."""

    WAITING = "waiting"
    COPYING = "copying"
    AVAILABLE = "available"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Target:
    """A Region and account that gets an AMI."""

    region: str
    account: str


@dataclass(frozen=True)
class Copy:
    """The AMI of a target.

    Attributes:
        ami_id: Its id, empty before it has one.
        percent: How much of its snapshots is copied, None if EC2 does not say.
        reason: Why it failed or is not known.
        remedy: What to do about a failure, empty if its cause is not known.
    """

    target: Target
    state: CopyState
    ami_id: str = ""
    percent: int | None = None
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Distribution:
    """A distribution of the stack.

    Attributes:
        name: Its path of construct ids in the stack, or its logical id.
        image_arn: ARN of its image, empty before it started.
        status: The image's status, empty before it started.
        started: When the image was started, seconds since the epoch, None if that is not known.
        elapsed: Seconds that it has run or ran, None if that is not known.
        timeout: Seconds that the deployment waits, None if it does not wait.
        copies: Its AMIs, one for each target.
        reason: Why it failed or is not known.
        remedy: What to do about a failure.
        is_current: Whether the stack's operation has come to it.
    """

    stack_id: str
    logical_id: str
    name: str
    state: State
    image_arn: str = ""
    status: str = ""
    started: float | None = None
    elapsed: float | None = None
    timeout: float | None = None
    copies: tuple[Copy, ...] = ()
    reason: str = ""
    remedy: str = ""
    is_current: bool = True

    @property
    def home_account(self) -> str:
        """The account of the stack."""
        return self.stack_id.split(":")[4]


@dataclass(frozen=True)
class Progress:
    """A stack at one moment.

    Attributes:
        time: The moment, seconds since the epoch.
        stack_name: The stack.
        stack_status: Its status, empty if it does not exist.
        began: When its last operation began, seconds since the epoch, 0 if it does not exist.
        in_progress: Whether that operation goes on.
        is_leaving: Whether the stack rolls back or goes, so that nothing starts any more.
        notes: What could not be read.
    """

    time: float
    stack_name: str
    stack_status: str = ""
    began: float = 0.0
    in_progress: bool = False
    is_leaving: bool = False
    distributions: tuple[Distribution, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def has_begun(self) -> bool:
        """Whether there is a stack with resources."""
        return self.stack_status not in ("", "REVIEW_IN_PROGRESS")

    @property
    def has_ended(self) -> bool:
        """Whether no distribution will change any more by the stack's operation."""
        if not self.has_begun:
            return False
        if self.in_progress and not self.is_leaving:
            found = self.distributions
            return bool(found) and all(item.state.has_ended and item.is_current for item in found)
        running = (State.DISTRIBUTING, State.STARTING)
        return not any(item.state in running for item in self.distributions)
