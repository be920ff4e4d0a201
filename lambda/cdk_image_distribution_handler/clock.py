"""The clock of the handler, an argument of every operation."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Time as the handler sees it."""

    def now(self) -> float:
        """Return the seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""


class SystemClock:
    """The clock of the Lambda runtime."""

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        time.sleep(seconds)
