"""The output of `check`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from .checks import Outcome, Result

_COLORS = {Outcome.PASS: "green", Outcome.FAIL: "bold red", Outcome.UNKNOWN: "yellow"}


def table(results: Sequence[Result]) -> Table:
    """Return the results as a table; the remedy stands below the message."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", caption=summary(results), caption_justify="left")
    for heading in ("Result", "Check", "Subject", "Found"):
        made.add_column(heading, overflow="fold")
    for result in results:
        found = Text(result.message)
        if result.remedy:
            found.append(f"\n→ {result.remedy}", "bold")
        outcome = Text(result.outcome.value, _COLORS[result.outcome])
        made.add_row(outcome, Text(result.check), Text(result.subject), found)
    return made


def lines(results: Sequence[Result]) -> Iterator[str]:
    """Yield a line for each result, and one that counts them."""
    for result in results:
        remedy = f" {result.remedy}" if result.remedy else ""
        yield f"{result.outcome.value:<7} {result.check}: {result.subject}: {result.message}{remedy}"
    yield summary(results)


def report(results: Sequence[Result]) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "outcome": _worst(results).value,
        "checks": [
            {
                "check": result.check,
                "subject": result.subject,
                "outcome": result.outcome.value,
                "message": result.message,
                "remedy": result.remedy or None,
            }
            for result in results
        ],
    }


def summary(results: Sequence[Result]) -> str:
    """Return how many results there are of each outcome."""
    outcomes = [result.outcome for result in results]
    words = {Outcome.PASS: "passed", Outcome.FAIL: "failed", Outcome.UNKNOWN: "unknown"}
    return ", ".join(f"{outcomes.count(outcome)} {word}" for outcome, word in words.items())


def _worst(results: Sequence[Result]) -> Outcome:
    outcomes = {result.outcome for result in results}
    return next((outcome for outcome in (Outcome.FAIL, Outcome.UNKNOWN) if outcome in outcomes), Outcome.PASS)
