"""The clock of the handler, an argument of every operation."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Time as the handler sees it."""

    def now(self) -> float:
        """Return the seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
