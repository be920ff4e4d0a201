"""How a distribution goes: part of a script."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class RegionFailure:
    """One Region and account in which a distribution fails.

    Attributes:
        region: Such as `us-east-1`.
        message: The errorMessage that GetImage reports.
        account: The target account; the image's own when empty.
        step: The imageConfigurationStep; empty for the copying itself, of which no AMI remains.
        status: FAILED, CANCELLED or TIMED_OUT.
    """

    region: str
    message: str
    account: str = ""
    step: str = ""
    status: str = "FAILED"


@dataclass(frozen=True)
class Outcome:
    """How one distribution goes. All times are in seconds.

    Attributes:
        times: How many distributions go so; None for every one from here on.
        pending: How long it is PENDING.
        distributing: How long it is DISTRIBUTING; the AMIs appear one by one over that time.
        integrating: How long it is INTEGRATING.
        failures: Where it fails; it is AVAILABLE in the end when there are none.
        hang: The status in which it stays until it is cancelled.
        sends_events: False loses every state change event.
        event_delay: From a state change to its event.
        cancelling: From CancelImageCreation to CANCELLED.
        retry_lag: From the RetryImage that it is the outcome of to its PENDING: GetImage shows the failure until then.
        cancel_keeps: The AMIs that stay after a cancellation: those that are complete, `all`, or `none`. AWS documents
            only that AMIs which exist stay.
        cancel_loses: The cancellation is accepted, yet the distribution ends as if it had come too late.
        lists_source: `first` or `last`: GetImage lists the source AMI too, before or after the copies. AWS does not
            document whether it may.
        lists_at_end: GetImage lists no AMI while the distribution runs.
        shared: DeleteImage is refused since other accounts use the image.
        lifecycle: How long each of PENDING and IN_PROGRESS lasts in a lifecycle execution.
        lifecycle_failures: The reasons of the first lifecycle executions, which fail; later ones succeed.
        lifecycle_removes_record: A lifecycle execution to DELETED removes the image as well as its AMIs. AWS
            does not document whether it does, so both are offered.
    """

    times: int | None = 1
    pending: float = 0.2
    distributing: float = 1.0
    integrating: float = 0.3
    failures: tuple[RegionFailure, ...] = ()
    hang: str = ""
    sends_events: bool = True
    event_delay: float = 0.0
    cancelling: float = 0.5
    retry_lag: float = 0.0
    cancel_keeps: Literal["complete", "all", "none"] = "complete"
    cancel_loses: bool = False
    lists_source: Literal["", "first", "last"] = ""
    lists_at_end: bool = False
    shared: bool = False
    lifecycle: float = 0.3
    lifecycle_failures: tuple[str, ...] = ()
    lifecycle_removes_record: bool = False

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Outcome":
        """The outcome whose members `dataclasses.asdict` gave."""
        failures = tuple(RegionFailure(**failure) for failure in document.get("failures", ()))
        reasons = tuple(document.get("lifecycle_failures", ()))
        return cls(**{**document, "failures": failures, "lifecycle_failures": reasons})
