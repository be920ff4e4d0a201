"""Operations: functions of a request, AWS and a clock that return `Done` or `Pending`, or raise."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from .aws import Aws
    from .clock import Clock
    from .notification import Notification

_NAMESPACE = uuid.UUID("7d2a4f0e-5c1b-5d5e-9a51-0c9f6a0e7c11")

#: What an operation keeps between its calls: a TypedDict of its own. It is empty at the first call.
State = TypeVar("State", bound=Mapping[str, Any])


@dataclass(frozen=True)
class Request(Generic[State]):
    """One request of CloudFormation's, at one of the calls of its operation.

    Attributes:
        type: Create, Update or Delete.
        stack_id: ARN of the stack; in a nested stack, of that one.
        logical_id: The resource's logical id.
        request_id: The same for every delivery of the request.
        physical_id: The id that CloudFormation names, empty on a Create.
        properties: The resource's properties, every value a string.
        old_properties: Its properties before an Update.
        state: What the operation kept at its last call.
        began: When the request came, seconds since the epoch.
        deadline: Seconds since the epoch by which the operation ends.
        overdue: Whether this is the last call.
        has_rule: Whether a polling rule calls again.
    """

    type: str
    stack_id: str
    logical_id: str
    request_id: str
    physical_id: str
    properties: Mapping[str, Any]
    old_properties: Mapping[str, Any]
    state: State
    began: float
    deadline: float
    overdue: bool
    has_rule: bool

    @property
    def stack_name(self) -> str:
        """The stack's name."""
        return self.stack_id.split("/")[1]

    @property
    def token(self) -> str:
        """Identify the request: the client token of its DistributeImage, a UUID.

        Every delivery of one request has the same token, so that all of them get the image that the first started.
        """
        return self.token_for("")

    def token_for(self, purpose: str) -> str:
        """Return the client token of another call that this request makes, a UUID."""
        return str(uuid.uuid5(_NAMESPACE, "|".join((self.stack_id, self.logical_id, self.request_id, purpose))))


@dataclass(frozen=True)
class Done:
    """The answer to CloudFormation: success, with the resource's physical id and its attributes."""

    physical_id: str
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Pending(Generic[State]):
    """The operation has to be called again.

    Attributes:
        state: What the next call gets.
        watch: ARNs of images. A state change of one calls the operation at once, a schedule each minute. Without
            them the operation is called again within seconds.
    """

    state: State
    watch: Sequence[str] = ()


class Failure(Exception):
    """The answer to CloudFormation: failure, with the reason that the stack event shows.

    Attributes:
        notification: The event that tells of it, if it is not the one of its operation.
    """

    def __init__(self, reason: str, notification: Notification | None = None) -> None:
        super().__init__(reason)
        self.notification = notification


class Transient(Failure):
    """A failure that may pass: throttling, a 5xx, no connection. The operation is called again."""


class Denied(Failure):
    """A refusal by IAM, which may pass while IAM has not propagated a new role or policy yet."""


@dataclass(frozen=True)
class Operation:
    """How one request type of one resource type is answered.

    Attributes:
        function: Does it.
        seconds: Returns how long it may take, from the properties.
        reads: The properties that the function reads. A polled call gets no others.
        reads_old: The same of the properties before an Update.
        rule: Returns the part of a polling rule's name that says what it polls for, see `polling_rule`.
        failed: The detail type of the event that tells of a failure, see `notification`; empty for none.
    """

    function: Callable[[Request[Any], Aws, Clock], Done | Pending[Any]]
    seconds: Callable[[Mapping[str, Any]], float]
    reads: frozenset[str]
    reads_old: frozenset[str]
    rule: Callable[[Request[Any]], str]
    failed: str = ""
