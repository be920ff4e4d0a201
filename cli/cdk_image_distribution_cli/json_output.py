"""The output for scripts. docs/command-line.md has its schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from .progress import Copy, Distribution, Progress


class JsonView:
    """Prints `watch` as one line of JSON for each change.

    Args:
        write: Prints a line.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._last: Progress | None = None

    def show(self, progress: Progress) -> None:
        """Print a round if it differs from the last one in more than the time."""
        timeless = _without_time(progress)
        if timeless != self._last:
            self._last = timeless
            self._write(json.dumps(progress_object(progress)))


def progress_object(progress: Progress) -> dict[str, Any]:
    """Return a round of `watch`."""
    return {
        "time": iso(progress.time),
        "stack": progress.stack_name,
        "stackStatus": progress.stack_status or None,
        "ended": progress.has_ended,
        "distributions": [_distribution(item) for item in progress.distributions],
        "notRead": list(progress.notes),
    }


def iso(seconds: float | None) -> str | None:
    """Return a moment in ISO 8601, UTC, None for none."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat() if seconds else None


def _distribution(item: Distribution) -> dict[str, Any]:
    return {
        "stackId": item.stack_id,
        "logicalId": item.logical_id,
        "name": item.name,
        "state": item.state.value,
        "imageArn": item.image_arn or None,
        "imageStatus": item.status or None,
        "started": iso(item.started),
        "elapsedSeconds": round(item.elapsed) if item.elapsed is not None else None,
        "timeoutSeconds": round(item.timeout) if item.timeout is not None else None,
        "reason": item.reason or None,
        "remedy": item.remedy or None,
        "copies": [_copy(copy) for copy in item.copies],
    }


def _copy(copy: Copy) -> dict[str, Any]:
    return {
        "region": copy.target.region,
        "account": copy.target.account,
        "state": copy.state.value,
        "amiId": copy.ami_id or None,
        "percent": copy.percent,
        "reason": copy.reason or None,
        "remedy": copy.remedy or None,
    }


def _without_time(progress: Progress) -> Progress:
    distributions = tuple(replace(item, elapsed=None) for item in progress.distributions)
    return replace(progress, time=0.0, distributions=distributions)
