"""A figure shows the median of its samples, and how far they spread."""

from __future__ import annotations

import pytest

from benchmarks.figures import CRHELPER, OURS, PROVIDER, Figure


@pytest.mark.parametrize(
    ("unit", "samples", "shown"),
    [
        ("s", [0.3, 0.1, 0.2], "0.20 (0.10 to 0.30)"),
        ("s", [0.201, 0.199, 0.2], "0.20"),
        ("ms", [12.34], "12.3"),
        ("ratio", [0.876], "0.88"),
        ("bytes", [18_615_355], "18,615,355"),
        ("", [8], "8"),
        ("MiB", [44.04, 45.06], "44.5 (44.0 to 45.1)"),
    ],
)
def test_a_cell_is_the_median_and_the_spread(unit: str, samples: list[float], shown: str) -> None:
    """The spread only where it shows in the digits."""
    assert Figure("part", "what", unit, {OURS: samples}).shown(OURS) == shown


def test_a_way_without_samples_says_why() -> None:
    """It has no median; one that was not measured at all is an empty cell."""
    figure = Figure("lag", "seconds", "s", {OURS: [1], PROVIDER: "asks only"})
    assert (figure.shown(PROVIDER), figure.shown(CRHELPER)) == ("asks only", "")
    with pytest.raises(KeyError, match="asks only"):
        figure.median(PROVIDER)
