"""What a further distribution of a stack costs."""

from __future__ import annotations

from pathlib import Path

from benchmarks.figures import AWS_CUSTOM_RESOURCE, OURS
from benchmarks.stacks import app_of, template_in
from benchmarks.synth import counted_synth


def test_further_distribution_takes_2_000_bytes_of_template_at_most(tmp_path: Path) -> None:
    """With a configuration by its ARN, an execution role that is made, a wait and an output."""
    sizes = []
    for distributions in (5, 6):
        folder = tmp_path / str(distributions)
        app_of(OURS, distributions, folder).synth()
        sizes.append(template_in(folder)[1])
    assert sizes[1] - sizes[0] <= 2_000


def test_further_distribution_takes_no_more_round_trips_than_one_by_aws_custom_resource(tmp_path: Path) -> None:
    """Each message to jsii's kernel takes a third of a millisecond; `make bench` measures the time itself."""
    messages = {
        way: [counted_synth(way, number, tmp_path / f"{way}{number}")["messages"] for number in (2, 3)]
        for way in (OURS, AWS_CUSTOM_RESOURCE)
    }
    further = {way: more - fewer for way, (fewer, more) in messages.items()}
    assert 0 < further[OURS] <= further[AWS_CUSTOM_RESOURCE]
