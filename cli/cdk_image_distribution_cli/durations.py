"""Durations as text."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Return a duration in its two largest units: `45 s`, `12 min 5 s`, `3 h 20 min`, `2 d 4 h`."""
    whole = max(0, int(seconds))
    parts = [(whole // 86400, "d"), (whole // 3600 % 24, "h"), (whole // 60 % 60, "min"), (whole % 60, "s")]
    first = next((index for index, (number, _) in enumerate(parts) if number), 3)
    shown = [f"{number} {unit}" for number, unit in parts[first : first + 2] if number]
    return " ".join(shown) or "0 s"


def elapsed_text(elapsed: float | None, timeout: float | None) -> str:
    """Return the elapsed time and, if there is one, the timeout: `12 min 5 s of 55 min`; nothing without a time."""
    if elapsed is None:
        return ""
    return duration(elapsed) + (f" of {duration(timeout)}" if timeout is not None else "")
