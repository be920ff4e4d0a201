"""Values in batches, since AWS takes only so many in one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

#: How many values a filter of EC2 takes.
EC2_FILTER = 200


def batches(values: Iterable[str], size: int = EC2_FILTER) -> Iterator[list[str]]:
    """Yield the different values, so many at a time."""
    unique = list(dict.fromkeys(values))
    for start in range(0, len(unique), size):
        yield unique[start : start + size]
