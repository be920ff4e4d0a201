"""The loop of `watch`: wait for the operation to begin, then show each round until every distribution has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from .progress import Progress, State

if TYPE_CHECKING:
    from .clock import Clock

# Image Builder's quotas are per account, and deployments need them too.
_IMAGES_PER_SECOND = 5


class View(Protocol):
    """Shows the progress."""

    def show(self, progress: Progress) -> None:
        """Show one round."""


def watch(
    observe: Callable[[], Progress],
    clock: Clock,
    view: View,
    *,
    interval: float,
    start_within: float,
    next_operation: bool = False,
) -> Progress:
    """Show a stack until its distributions have ended, and return the last round.

    Args:
        observe: Reads one round.
        clock: The clock.
        view: Shows each round.
        interval: Seconds between two rounds; more if many images run.
        start_within: How many seconds to wait for the stack, or for its next operation, to begin.
        next_operation: Whether to wait for an operation that begins from now on.
    """
    progress = observe()
    began, first = clock.now(), progress
    while not _has_begun(progress, first, next_operation):
        view.show(progress)
        if clock.now() - began >= start_within:
            return progress
        clock.sleep(interval)
        progress = observe()
    view.show(progress)
    while not progress.has_ended:
        running = sum(item.state is State.DISTRIBUTING for item in progress.distributions)
        clock.sleep(max(interval, running / _IMAGES_PER_SECOND))
        progress = observe()
        view.show(progress)
    return progress


def _has_begun(progress: Progress, first: Progress, next_operation: bool) -> bool:
    if not progress.has_begun:
        return False
    return not next_operation or progress.in_progress or progress.began != first.began
