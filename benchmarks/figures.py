"""What was measured: each figure with all of its samples, from which every table and picture is made."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

OURS = "ImageDistribution"
CRHELPER = "crhelper, boto3 bundled"
PROVIDER = "Provider, isComplete"
AWS_CUSTOM_RESOURCE = "AwsCustomResource"
WAYS = (OURS, CRHELPER, PROVIDER, AWS_CUSTOM_RESOURCE)

Value = Sequence[float] | str


@dataclass(frozen=True)
class Figure:
    """One row of the table.

    Attributes:
        part: What is measured: `asset`, `lag` and so on.
        what: The row's name.
        unit: `bytes`, `MiB`, `s`, `ms`, `ratio` or nothing for a number of things.
        values: For each way its samples, in the order of measuring, or why there are none.
    """

    part: str
    what: str
    unit: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def median(self, way: str) -> float:
        """The median of a way's samples.

        Raises:
            KeyError: This way was not measured.
        """
        value = self.values[way]
        if isinstance(value, str):
            raise KeyError(f"{way} has no samples of {self.what}: {value}")
        return statistics.median(value)

    def shown(self, way: str) -> str:
        """Return a cell of the table: the median, and minimum and maximum where they differ."""
        value = self.values.get(way, "")
        if isinstance(value, str):
            return value
        low, middle, high = (self._number(of(value)) for of in (min, statistics.median, max))
        return middle if low == high else f"{middle} ({low} to {high})"

    def _number(self, value: float) -> str:
        digits = {"s": 2, "ms": 1, "MiB": 1, "ratio": 2}.get(self.unit, 0)
        return f"{value:,.{digits}f}"
