"""The life of an image and of a lifecycle execution over time, as plans: what is due, and when."""

from collections.abc import Iterable
from dataclasses import dataclass

from local_aws.image_builder.outcome import Outcome, RegionFailure

# Creation ends in one of these. Source: Image Builder API reference, ImageState.
TERMINAL = frozenset({"AVAILABLE", "FAILED", "CANCELLED", "DEPRECATED", "DELETED", "DISABLED"})

# A distribution goes through these, and ends AVAILABLE or FAILED.
RUNNING = ("PENDING", "DISTRIBUTING", "INTEGRATING")

# The states from which an image may go to another. Source: Image Builder user guide,
# StartResourceStateUpdate.
STATE_UPDATES = {
    "DELETED": frozenset({"AVAILABLE", "DEPRECATED", "DISABLED", "FAILED", "CANCELLED"}),
    "DEPRECATED": frozenset({"AVAILABLE", "DISABLED"}),
    "DISABLED": frozenset({"AVAILABLE", "DEPRECATED"}),
    "AVAILABLE": frozenset({"DEPRECATED", "DISABLED"}),
}

RETRYABLE = frozenset({"FAILED", "CANCELLED"})


@dataclass(frozen=True)
class Target:
    """One copy that a distribution makes: an account in a Region."""

    region: str
    account: str


@dataclass(frozen=True)
class Due:
    """One thing that happens at a time: the copying of a target begins or ends, or else the status changes.

    Attributes:
        begins: The target whose copying begins, `ends` when it will end.
        copy: The target whose copying ends.
    """

    at: float
    status: str = ""
    begins: Target | None = None
    ends: float = 0.0
    copy: Target | None = None


def distribution_plan(outcome: Outcome, targets: Iterable[Target], account: str, now: float) -> tuple[Due, ...]:
    """All that a distribution will do, in order, which starts in PENDING now.

    A copy that fails is not part of it. One that fails at a later step is: its AMI was made before.
    """
    failed = {(failure.region, failure.account or account): failure for failure in outcome.failures}
    made = [target for target in targets if _is_copied(failed.get((target.region, target.account)))]
    starts = now + outcome.pending
    ends = starts + outcome.distributing
    plan = [Due(starts, "DISTRIBUTING")]
    copied = [(starts + outcome.distributing * place / len(made), target) for place, target in enumerate(made, start=1)]
    plan += [Due(starts, begins=target, ends=at) for at, target in copied]
    plan += [Due(at, copy=target) for at, target in copied]
    if failed and not any(failure.step for failure in failed.values()):
        plan.append(Due(ends, "FAILED"))
    else:
        end = "FAILED" if failed else "AVAILABLE"
        plan += [Due(ends, "INTEGRATING"), Due(ends + outcome.integrating, end)]
    return _until(outcome.hang, plan)


def cancellation_plan(outcome: Outcome, now: float) -> tuple[Due, ...]:
    """What is due once a cancellation was accepted."""
    return (Due(now + outcome.cancelling, "CANCELLED"),)


def lifecycle_plan(outcome: Outcome, fails: bool, now: float) -> tuple[Due, ...]:
    """What a lifecycle execution will do, which starts in PENDING now."""
    end = "FAILED" if fails else "SUCCESS"
    return (Due(now + outcome.lifecycle, "IN_PROGRESS"), Due(now + 2 * outcome.lifecycle, end))


def _is_copied(failure: RegionFailure | None) -> bool:
    return failure is None or bool(failure.step)


def _until(hang: str, plan: list[Due]) -> tuple[Due, ...]:
    status, kept = "PENDING", []
    for due in plan:
        # The copies of a distribution that hangs while DISTRIBUTING are still made.
        if status == hang and due.status:
            break
        status = due.status or status
        kept.append(due)
    return tuple(kept)
