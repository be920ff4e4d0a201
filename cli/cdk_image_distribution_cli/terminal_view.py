"""The live view of `watch` on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .durations import elapsed_text
from .progress import Copy, CopyState, Distribution, Progress, State

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console, RenderableType

_COLORS = {
    State.NOT_STARTED: "dim",
    State.STARTING: "yellow",
    State.DISTRIBUTING: "cyan",
    State.AVAILABLE: "green",
    State.UNKNOWN: "yellow",
}
_COPY_COLORS = {
    CopyState.WAITING: "dim",
    CopyState.COPYING: "cyan",
    CopyState.AVAILABLE: "green",
    CopyState.FAILED: "red",
    CopyState.UNKNOWN: "yellow",
}
_SIGNS = {
    State.AVAILABLE: "✓",
    State.DISTRIBUTING: "●",
    State.STARTING: "●",
    State.NOT_STARTED: "○",
    State.UNKNOWN: "?",
}
# The title, the notes and the prompt.
_OTHER_LINES = 4


class TerminalView:
    """Shows each round in the place of the one before. A context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> TerminalView:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, progress: Progress) -> None:
        """Show one round; the last one may be longer than the terminal."""
        lines = None if progress.has_ended else self._console.height - _OTHER_LINES
        self._live.update(render(progress, lines), refresh=True)


def render(progress: Progress, lines: int | None = None) -> RenderableType:
    """Return what the terminal shows of a round.

    Args:
        progress: The round.
        lines: How many lines there are for the distributions. If they are too few, a distribution takes one line; if
            that is still too much, those that are available are counted only.
    """
    return Group(
        _title(progress),
        *_distributions(progress.distributions, lines),
        *(Text(f"Not read: {note}", style="yellow") for note in progress.notes[:3]),
    )


def _title(progress: Progress) -> Text:
    if not progress.has_begun:
        return Text(f"Waiting for the deployment of {progress.stack_name} to begin", style="dim")
    return Text.assemble((progress.stack_name, "bold"), f"  {progress.stack_status}")


def _distributions(distributions: Sequence[Distribution], lines: int | None) -> Iterator[RenderableType]:
    full = [_full(item) for item in distributions]
    if lines is None or sum(len(parts) for parts in full) <= lines:
        yield from (part for parts in full for part in parts)
        return
    shown = list(distributions)
    if len(shown) > lines:
        shown = [item for item in shown if item.state is not State.AVAILABLE]
        # What failed is what the user acts on.
        shown.sort(key=lambda item: (not item.state.is_bad, item.state is not State.DISTRIBUTING))
        shown = shown[: max(1, lines - 1)]
    table = Table.grid(padding=(0, 2, 0, 0))
    for item in shown:
        table.add_row(_header(item), *_total(item.copies))
    yield table
    left_out = [item.state for item in distributions if item not in shown]
    counts = [f"{left_out.count(state)} {state.value}" for state in State if state in left_out]
    if counts:
        yield Text(f"and {', '.join(counts)}", style="dim")


def _full(distribution: Distribution) -> list[RenderableType]:
    parts: list[RenderableType] = [_header(distribution)]
    parts += [_copy(distribution, copy) for copy in distribution.copies]
    shown = {copy.reason for copy in distribution.copies}
    if distribution.reason and distribution.reason not in shown:
        parts.append(Text(f"  {distribution.reason}", style="red" if distribution.state.is_bad else "yellow"))
        if distribution.remedy:
            parts.append(Text(f"  → {distribution.remedy}", style="bold"))
    for copy in distribution.copies:
        if copy.state is CopyState.FAILED:
            parts.append(Text(f"  {_place(distribution, copy)}: {copy.reason}", style="red"))
            if copy.remedy:
                parts.append(Text(f"  → {copy.remedy}", style="bold"))
    return parts


def _header(distribution: Distribution) -> Text:
    state = distribution.state
    color = _COLORS.get(state, "red")
    text = Text.assemble((f"{_SIGNS.get(state, '✗')} ", color), (distribution.name, "bold"), "  ", (state.value, color))
    if state is State.DISTRIBUTING and distribution.status not in ("", "DISTRIBUTING"):
        text.append(f" ({distribution.status})", "dim")
    elapsed = elapsed_text(distribution.elapsed, distribution.timeout)
    return text.append(f"  {elapsed}", "dim") if elapsed else text


def _copy(distribution: Distribution, copy: Copy) -> Table:
    row = Table.grid(padding=(0, 2, 0, 0))
    for width in (2, 30, 24, 4, 10):
        row.add_column(width=width, no_wrap=True)
    row.add_column(no_wrap=True)
    color = _COPY_COLORS[copy.state]
    percent = f"{copy.percent}%" if copy.percent is not None else ""
    row.add_row("", _place(distribution, copy), _bar(copy), percent, Text(copy.state.value, color), copy.ami_id)
    return row


def _bar(copy: Copy) -> RenderableType:
    if copy.state is CopyState.UNKNOWN or (copy.state is CopyState.COPYING and copy.percent is None):
        return Text("·" * 24, style="dim")
    color = "red" if copy.state is CopyState.FAILED else "cyan"
    return ProgressBar(100, copy.percent or 0, width=24, complete_style=color, finished_style="green")


def _total(copies: Sequence[Copy]) -> tuple[RenderableType, str]:
    if not copies:
        return Text(), ""
    done = sum(copy.percent or 0 for copy in copies) / len(copies)
    available = sum(copy.state is CopyState.AVAILABLE for copy in copies)
    return ProgressBar(100, done, width=24, finished_style="green"), f"{available} of {len(copies)} AMIs"


def _place(distribution: Distribution, copy: Copy) -> str:
    return (
        copy.target.region
        if copy.target.account == distribution.home_account
        else "/".join((copy.target.region, copy.target.account))
    )
