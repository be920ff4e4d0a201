"""What a further distribution of a stack costs."""

from __future__ import annotations

from pathlib import Path

from benchmarks.figures import OURS
from benchmarks.stacks import app_of, template_in


def test_further_distribution_takes_2_000_bytes_of_template_at_most(tmp_path: Path) -> None:
    """With a configuration by its ARN, an execution role that is made, a wait and an output."""
    sizes = []
    for distributions in (5, 6):
        folder = tmp_path / str(distributions)
        app_of(OURS, distributions, folder).synth()
        sizes.append(template_in(folder)[1])
    assert sizes[1] - sizes[0] <= 2_000
