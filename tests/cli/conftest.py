"""What the tests of the command line share: an AWS and a clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from cdk_image_distribution_cli.aws import Aws
from cdk_image_distribution_cli.observer import Observer

from .fake_aws import START, FakeAws


@dataclass
class FakeClock:
    """A clock that a sleep moves.

    Attributes:
        time: Seconds since the epoch.
        sleeps: How long each sleep was.
        on_sleep: What happens in the sleeps, one after the other.
    """

    time: float = START
    sleeps: list[float] = field(default_factory=list)
    on_sleep: list[Callable[[], None]] = field(default_factory=list)

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        assert len(self.sleeps) < 1000, "the loop does not end"
        self.time += seconds
        self.sleeps.append(seconds)
        if self.on_sleep:
            self.on_sleep.pop(0)()


@pytest.fixture
def fake() -> FakeAws:
    """An account with nothing in it."""
    return FakeAws()


@pytest.fixture
def aws(fake: FakeAws) -> Aws:
    """The command line's AWS, which the account answers."""
    return Aws(fake.session())


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still between sleeps."""
    return FakeClock()


@pytest.fixture
def observer(aws: Aws, clock: FakeClock) -> Observer:
    """An observer of the stack Golden."""
    return Observer(aws, "Golden", clock)
