"""Faults of AWS's services, by operation: refusals, lost answers and services that cannot be reached."""

from __future__ import annotations

from dataclasses import dataclass, field

from local_aws.image_builder.model import http_status


class Refused(Exception):
    """A service answers a call with an error.

    Attributes:
        code: Such as `ThrottlingException`.
        message: What went wrong.
        status: The HTTP status.
    """

    def __init__(self, code: str, message: str = "Injected by a test.", status: int = 0) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status or http_status(code)


class Unreachable(Exception):
    """A service cannot be reached."""


class AnswerLost(Exception):
    """A service carried out a call, and its answer is lost."""


@dataclass
class CallFault:
    """What happens to calls of one operation instead of success.

    Attributes:
        operation: Such as `DistributeImage`; `PutAnswer` for the answers to CloudFormation; `*` for every operation.
        code: The error code to answer with.
        message: The error message.
        status: The HTTP status; by default the one that Image Builder's model has for the code, else 400.
        times: How many calls; None for every call.
        after: How many calls succeed first.
        lost: The call is carried out, and its answer is lost.
        unreachable: The service cannot be reached, and nothing is carried out.
        partial: EventBridge answers 200 with a failed entry of this code.
        service: The service of the operation, where its name is not enough, such as `events`.
        start: Calls before this time succeed, in seconds since the epoch.
        until: Calls from this time on succeed.
        seconds: How long each call takes.
    """

    operation: str
    code: str = ""
    message: str = "Injected by a test."
    status: int = 0
    times: int | None = 1
    after: int = 0
    lost: bool = False
    unreachable: bool = False
    partial: bool = False
    service: str = ""
    start: float = float("-inf")
    until: float = float("inf")
    seconds: float = 0.0


@dataclass
class Faults:
    """The faults that are in force, used up as calls arrive.

    Attributes:
        scripted: The first that matches a call applies to it.
    """

    scripted: list[CallFault] = field(default_factory=list)

    def next(self, service: str, operation: str, now: float) -> CallFault | None:
        """Return the fault of a call that arrives now, or None."""
        for fault in self.scripted:
            if fault.operation not in (operation, "*") or fault.service not in (service, ""):
                continue
            if not fault.start <= now < fault.until:
                continue
            if fault.after:
                fault.after -= 1
                return None
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.scripted.remove(fault)
            return fault
        return None

    def clear(self, operation: str = "") -> None:
        """Remove the faults of one operation, or all."""
        self.scripted = [fault for fault in self.scripted if operation and fault.operation != operation]
