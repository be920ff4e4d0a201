"""One round of reading AWS for `watch`. What has ended is remembered and not read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import configuration, copies, image, states
from .aws import call_each
from .configuration import RegionPlan
from .copies import Found, Wanted
from .errors import Denied, Unread
from .image import Image
from .progress import Copy, CopyState, Distribution, Progress, State, Target
from .remedies import remedy_for
from .stack import Member, Stack, StackReader

if TYPE_CHECKING:
    from .aws import Aws
    from .clock import Clock

# How many rounds may fail in a row before what they read counts as unknown.
_PATIENCE = 5


@dataclass
class _Followed:
    """What the rounds before found out about a distribution.

    Attributes:
        image_arn: Its image.
        image: The image when it was last read.
        seen_running: Whether a round found it running, so that the round which finds it ended knows how long it ran.
        failures: How many rounds in a row could not read it.
        ended: The distribution, once it has ended.
    """

    image_arn: str = ""
    image: Image | None = None
    seen_running: bool = False
    failures: int = 0
    ended: Distribution | None = None


class Observer:
    """Reads a stack's distributions, one round after the other.

    Args:
        aws: AWS.
        stack_name: Name or ARN of the stack.
        clock: The clock.
    """

    def __init__(self, aws: Aws, stack_name: str, clock: Clock) -> None:
        self._aws = aws
        self._name = stack_name
        self._clock = clock
        self._reader = StackReader(aws)
        self._stack: Stack | None = None
        self._members: Sequence[Member] = ()
        self._followed: dict[tuple[str, str], _Followed] = {}
        self._plans: dict[str, tuple[RegionPlan, ...] | Unread] = {}
        self._reasons: dict[tuple[str, str], Mapping[str, str]] = {}
        self._failures = 0
        self._notes: list[str] = []

    def observe(self) -> Progress:
        """Read what may have changed, and return the stack as it is now.

        Raises:
            Unread: CloudFormation did not answer, for several rounds if it did before.
        """
        self._notes = []
        self._read_stack()
        if self._stack is None:
            return Progress(self._clock.now(), self._name, notes=tuple(self._notes))
        stack = self._stack
        reasons = self._failure_reasons(stack)
        running = self._read_images(stack)
        self._read_plans(running)
        found = self._read_copies(running)
        return Progress(
            time=self._clock.now(),
            stack_name=stack.name,
            stack_status=stack.status,
            began=stack.began,
            in_progress=stack.in_progress,
            is_leaving=stack.is_leaving,
            distributions=tuple(self._distribution(member, stack, reasons, found) for member in self._members),
            notes=tuple(self._notes),
        )

    def _read_stack(self) -> None:
        try:
            stack = self._reader.stack(self._stack.id if self._stack else self._name)
            if stack is not None:
                self._members = self._reader.members(stack) if stack.exists else ()
                self._stack = stack
            elif self._stack is not None:
                # A change set that is deleted before it is executed takes its stack along: no deployment began.
                self._stack = replace(self._stack, status="DELETE_COMPLETE") if self._stack.exists else None
            self._failures = 0
        except Unread as error:
            self._failures += 1
            if self._stack is None or self._failures > _PATIENCE:
                raise
            self._notes.append(str(error))

    def _failure_reasons(self, stack: Stack) -> Mapping[str, str]:
        failed = stack.is_leaving or stack.status.endswith("_FAILED")
        key = (stack.id, stack.status)
        if failed and key not in self._reasons:
            try:
                self._reasons[key] = self._reader.failure_reasons(stack)
            except Unread as error:
                self._notes.append(str(error))
        return self._reasons.get(key, {})

    def _read_images(self, stack: Stack) -> dict[str, Member]:
        """Read the images that may change, and return the distributions of those that run."""
        wanted: dict[str, Member] = {}
        for member in self._members:
            followed = self._of(member)
            # A rollback names the image before again; what became of this one is what the user wants to see.
            if (
                member.image_arn
                and member.image_arn != followed.image_arn
                and not (stack.is_leaving and followed.image_arn)
            ):
                followed = _Followed(member.image_arn)
                self._followed[member.stack_id, member.logical_id] = followed
            if followed.image_arn and followed.ended is None:
                wanted[followed.image_arn] = member
        answers = image.read_all(self._aws, wanted)
        for arn, answer in answers.items():
            followed = self._of(wanted[arn])
            if isinstance(answer, Unread):
                followed.failures = _PATIENCE if isinstance(answer, Denied) else followed.failures + 1
                self._notes.append(str(answer))
            else:
                followed.failures = 0
                followed.image = answer
        return {
            arn: member
            for arn, member in wanted.items()
            if (known := self._of(member).image) is not None
            and states.with_image(known, member, stack, 0)[0] is State.DISTRIBUTING
        }

    def _read_plans(self, members: Mapping[str, Member]) -> None:
        missing = [
            member.configuration_arn
            for member in members.values()
            if member.configuration_arn
            and member.configuration_arn not in self._plans
            and not self._plan_in_image(member)
        ]
        self._plans |= call_each(lambda arn: configuration.read(self._aws, arn), missing)

    def _read_copies(self, members: Mapping[str, Member]) -> Mapping[Target, Found | Unread]:
        wanted: dict[Target, list[Wanted]] = {}
        for arn, member in members.items():
            known = self._of(member).image
            if known is None:
                continue
            ids = {Target(ami.region, ami.account): ami.id for ami in known.amis}
            names = {region.region: region.ami_name for region in self._plan(member)}
            for target in states.targets_of(self._plan(member), known.account, known):
                wanted.setdefault(target, []).append(
                    Wanted(arn, known.created, ids.get(target, ""), names.get(target.region, ""))
                )
        return copies.find(self._aws, wanted)

    def _distribution(
        self,
        member: Member,
        stack: Stack,
        reasons: Mapping[str, str],
        found: Mapping[Target, Found | Unread],
    ) -> Distribution:
        followed = self._of(member)
        is_current = member.resource is not None and member.resource.updated >= stack.began
        if followed.ended is not None:
            return replace(followed.ended, is_current=is_current)
        now, known = self._clock.now(), followed.image
        elapsed = now - known.created if known is not None and known.created else None
        if followed.failures >= _PATIENCE:
            state, reason = State.UNKNOWN, self._notes[-1] if self._notes else "The image cannot be read."
        elif followed.image_arn and known is not None:
            state, reason = states.with_image(known, member, stack, elapsed or 0)
        elif followed.image_arn and followed.failures == 0:
            state, reason = states.after_image(member, reasons)
        elif followed.image_arn:
            state, reason = State.DISTRIBUTING, ""
        else:
            state, reason = states.without_image(member, stack, reasons)
        followed.seen_running |= state is State.DISTRIBUTING
        distribution = Distribution(
            stack_id=member.stack_id,
            logical_id=member.logical_id,
            name=member.name,
            state=state,
            image_arn=followed.image_arn,
            status=known.status if known is not None else "",
            started=known.created or None if known is not None else None,
            elapsed=elapsed if followed.seen_running else None,
            timeout=member.timeout,
            copies=self._copies(member, state, found),
            reason=reason,
            remedy=remedy_for(reason),
            is_current=is_current,
        )
        if state.has_ended and followed.image_arn:
            followed.ended = distribution
        return distribution

    def _copies(self, member: Member, state: State, found: Mapping[Target, Found | Unread]) -> tuple[Copy, ...]:
        known = self._of(member).image
        targets = states.targets_of(self._plan(member), member.stack_id.split(":")[4], known)
        if known is None:
            return tuple(Copy(target, CopyState.WAITING) for target in targets)
        of_image = {
            target: there if isinstance(there, Unread) else there.get(known.arn) for target, there in found.items()
        }
        return tuple(states.copy_of(target, known, state, of_image.get(target)) for target in targets)

    def _of(self, member: Member) -> _Followed:
        return self._followed.setdefault((member.stack_id, member.logical_id), _Followed())

    def _plan_in_image(self, member: Member) -> tuple[RegionPlan, ...]:
        known = self._of(member).image
        return known.plan if known is not None else ()

    def _plan(self, member: Member) -> tuple[RegionPlan, ...]:
        plan = self._plan_in_image(member) or self._plans.get(member.configuration_arn, ())
        return () if isinstance(plan, Unread) else plan
