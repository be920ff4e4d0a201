"""The output of `retry`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .retry import Retry


def lines(retries: Sequence[Retry]) -> Iterator[str]:
    """Yield a line for each distribution."""
    for item in retries:
        if item.problem:
            yield f"{item.name}: not retried. {item.problem}"
        elif item.retried:
            yield f"{item.name}: retried, was {item.status}"
        else:
            yield f"{item.name}: nothing to retry, {item.status}"


def report(retries: Sequence[Retry]) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "distributions": [
            {
                "name": item.name,
                "imageArn": item.image_arn or None,
                "imageStatus": item.status or None,
                "retried": item.retried,
                "problem": item.problem or None,
            }
            for item in retries
        ]
    }
