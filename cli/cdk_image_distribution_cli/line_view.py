"""The output of `watch` that is not a terminal's: one line for each change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone

from .durations import elapsed_text
from .progress import Copy, CopyState, Distribution, Progress, State

# A copy's progress is worth a line at each quarter.
_STEP = 25


class LineView:
    """Prints a line for each change: `<time> <distribution> [<Region>[/<account>]] <state>`.

    Args:
        write: Prints a line.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._last: dict[tuple[str, ...], str] = {}

    def show(self, progress: Progress) -> None:
        """Print what changed since the last round."""
        moment = datetime.fromtimestamp(progress.time, timezone.utc).strftime("%H:%M:%SZ")
        for key, line in _lines(progress):
            if self._last.get(key) != line:
                self._last[key] = line
                self._write(f"{moment} {line}")


def _lines(progress: Progress) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what can change, each with the key of what it is about."""
    status = progress.stack_status if progress.has_begun else "waiting for the deployment to begin"
    yield ("",), f"{progress.stack_name} {status}"
    for distribution in progress.distributions:
        key = (distribution.stack_id, distribution.logical_id)
        yield key, _state(distribution)
        for copy in distribution.copies:
            yield (*key, copy.target.region, copy.target.account), f"{distribution.name} {_copy(distribution, copy)}"
    for note in progress.notes:
        yield ("note", note), f"not read: {note}"


def _state(distribution: Distribution) -> str:
    text = f"{distribution.name} {distribution.state.value}"
    if distribution.state is not State.DISTRIBUTING and distribution.elapsed is not None:
        text += f" after {elapsed_text(distribution.elapsed, None)}"
    return text + _why(distribution.reason, distribution.remedy)


def _copy(distribution: Distribution, copy: Copy) -> str:
    place = copy.target.region
    if copy.target.account != distribution.home_account:
        place += f"/{copy.target.account}"
    text = f"{place} {copy.state.value}"
    if copy.state is CopyState.COPYING and copy.percent is not None:
        text += f" {copy.percent // _STEP * _STEP}%"
    return text + (f" {copy.ami_id}" if copy.ami_id else "") + _why(copy.reason, copy.remedy)


def _why(reason: str, remedy: str) -> str:
    return (f": {reason}" if reason else "") + (f" {remedy}" if reason and remedy else "")
