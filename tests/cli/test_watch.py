"""The loop of `watch`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cdk_image_distribution_cli.progress import Distribution, Progress, State
from cdk_image_distribution_cli.watch import watch

from .conftest import FakeClock
from .fake_aws import START

STACK_ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/Golden/1"
ABSENT = Progress(START, "Golden")
RUNNING = Progress(
    START, "Golden", "CREATE_IN_PROGRESS", START, True, False, (Distribution(STACK_ID, "D", "D", State.DISTRIBUTING),)
)
DONE = replace(RUNNING, distributions=(replace(RUNNING.distributions[0], state=State.AVAILABLE),))
OLD = replace(DONE, stack_status="UPDATE_COMPLETE", in_progress=False)


@dataclass
class Recorder:
    """A view that keeps what it shows."""

    shown: list[Progress] = field(default_factory=list)

    def show(self, progress: Progress) -> None:
        """Keep a round."""
        self.shown.append(progress)


def run(rounds: list[Progress], clock: FakeClock, *, next_operation: bool = False) -> tuple[Progress, Recorder]:
    """Watch a stack that goes through these rounds."""
    left, view = list(rounds), Recorder()
    last = watch(
        lambda: left.pop(0) if len(left) > 1 else left[0],
        clock,
        view,
        interval=5,
        start_within=60,
        next_operation=next_operation,
    )
    return last, view


def test_watch_ends_when_every_distribution_has_ended(clock: FakeClock) -> None:
    """The stack may go on with other resources."""
    last, view = run([RUNNING, RUNNING, DONE], clock)
    assert last == DONE
    assert view.shown == [RUNNING, RUNNING, DONE]
    assert clock.sleeps == [5, 5]


def test_watch_waits_for_a_stack_that_does_not_exist_yet(clock: FakeClock) -> None:
    """`cdk deploy` in another shell has just begun."""
    assert run([ABSENT, ABSENT, RUNNING, DONE], clock)[0] == DONE


def test_watch_gives_up_when_no_stack_appears(clock: FakeClock) -> None:
    """After the minutes of --start-within."""
    assert run([ABSENT], clock)[0] == ABSENT
    assert sum(clock.sleeps) == 60


def test_watch_of_a_stack_at_rest_ends_at_once(clock: FakeClock) -> None:
    """It shows what is there."""
    assert run([OLD], clock)[0] == OLD
    assert clock.sleeps == []


def test_next_waits_for_the_operation_that_begins_later(clock: FakeClock) -> None:
    """What the last deployment left is not taken for the next one's."""
    updated = replace(RUNNING, stack_status="UPDATE_IN_PROGRESS", began=START + 9)
    done = replace(DONE, began=START + 9)
    assert run([OLD, OLD, updated, done], clock, next_operation=True)[0] == done


def test_next_notices_an_operation_that_ended_between_two_rounds(clock: FakeClock) -> None:
    """An update without changes of distributions takes seconds."""
    later = replace(OLD, began=START + 9)
    assert run([OLD, later], clock, next_operation=True)[0] == later
    assert clock.sleeps == [5]


def test_many_running_images_are_read_less_often(clock: FakeClock) -> None:
    """Five images a second at most, since Image Builder's quota is the account's."""
    many = replace(RUNNING, distributions=RUNNING.distributions * 200)
    run([many, DONE], clock)
    assert clock.sleeps == [40]
