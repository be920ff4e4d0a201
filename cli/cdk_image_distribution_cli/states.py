"""The state of a distribution and of its copies, derived from what CloudFormation, Image Builder and EC2 say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .configuration import RegionPlan
from .copies import FoundAmi
from .errors import Unread
from .image import Image
from .progress import STATES, Copy, CopyState, State, Target
from .remedies import remedy_for
from .stack import Member, Stack

#: The state and, if there is one, the reason.
Verdict = tuple[State, str]

# A poll may come a minute before the deadline.
_POLL = 60

_LISTED_STATES = {"AVAILABLE": CopyState.AVAILABLE, "FAILED": CopyState.FAILED, "CANCELLED": CopyState.FAILED}


def without_image(member: Member, stack: Stack, reasons: Mapping[str, str]) -> Verdict:
    """Return the state of a distribution that has no image.

    Args:
        member: The distribution.
        stack: The stack that is watched.
        reasons: Why resources of the stack failed, by logical id.
    """
    resource = member.resource
    reason = reasons.get(member.logical_id, "")
    if resource is not None and resource.failed:
        reason = resource.reason or reason or resource.status
    if reason:
        return (State.CANCELLED if "cancelled" in reason.lower() else State.FAILED), reason
    starts = resource is not None and resource.status.endswith("_IN_PROGRESS")
    return (State.STARTING if starts and stack.in_progress and not stack.is_leaving else State.NOT_STARTED), ""


def with_image(image: Image, member: Member, stack: Stack, elapsed: float) -> Verdict:
    """Return the state of a distribution whose image exists.

    Args:
        image: The image.
        member: The distribution.
        stack: The stack that is watched.
        elapsed: For how many seconds the distribution has run.
    """
    state = STATES.get(image.status, State.DISTRIBUTING)
    if state is not State.DISTRIBUTING:
        return state, image.reason if state is not State.AVAILABLE else ""
    # After the operation the image may go on, or be retried, whatever became of the wait.
    failed = [wait for wait in member.waits if wait.failed and wait.updated >= stack.began]
    if failed and stack.in_progress:
        timed_out = member.timeout is not None and elapsed >= member.timeout - _POLL
        return (State.TIMED_OUT if timed_out else State.FAILED), failed[-1].reason
    return state, ""


def after_image(member: Member, reasons: Mapping[str, str]) -> Verdict:
    """Return the state of a distribution whose image is gone."""
    of_member = [member.logical_id, *member.wait_ids]
    reason = next((reasons[logical_id] for logical_id in of_member if logical_id in reasons), "")
    return (State.FAILED, reason) if reason else (State.DELETED, "The image was deleted.")


def targets_of(plan: Iterable[RegionPlan], home_account: str, image: Image | None) -> list[Target]:
    """Return the Regions and accounts of a distribution: those of the configuration, and those that the image names."""
    planned = [
        Target(region.region, account)
        for region in plan
        if region.region
        for account in region.accounts or (home_account,)
    ]
    named: list[Target] = []
    if image is not None:
        named += [Target(ami.region, ami.account) for ami in image.amis]
        named += [Target(failure.region, failure.account) for failure in image.failures if failure.region]
    return list(dict.fromkeys([*planned, *named]))


def copy_of(target: Target, image: Image, state: State, found: FoundAmi | Unread | None) -> Copy:
    """Return the copy of an image in a target.

    Args:
        target: Region and account.
        image: The image.
        state: The distribution's state.
        found: The AMI that EC2 shows there, why it could not be read, or None if there is none.
    """
    failure = next(
        (item for item in image.failures if (item.region, item.account) == (target.region, target.account)), None
    )
    listed = next((ami for ami in image.amis if (ami.region, ami.account) == (target.region, target.account)), None)
    ami_id = listed.id if listed else ""
    if failure is not None:
        step = f" at {failure.step}" if failure.step else ""
        reason = f"{failure.status}{step}: {failure.message}"
        return Copy(target, CopyState.FAILED, ami_id, reason=reason, remedy=remedy_for(failure.message))
    if isinstance(found, FoundAmi):
        percent = 100 if found.state is CopyState.AVAILABLE else found.percent
        return Copy(target, found.state, found.id, percent, found.reason, remedy_for(found.reason))
    if listed is not None:
        # Before botocore had a state for each AMI, an AMI was listed when it was there.
        listed_state = _LISTED_STATES.get(listed.status, CopyState.COPYING if listed.status else CopyState.AVAILABLE)
        if state is State.AVAILABLE:
            listed_state = CopyState.AVAILABLE
        return Copy(target, listed_state, ami_id, 100 if listed_state is CopyState.AVAILABLE else None)
    if isinstance(found, Unread):
        return Copy(target, CopyState.UNKNOWN, reason=str(found))
    if state.has_ended:
        return Copy(target, CopyState.UNKNOWN, reason="Image Builder lists no AMI.")
    return Copy(target, CopyState.WAITING)
