"""The committed results: what the documents show of them, what they promise, and what can be measured again at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import asset, invocations, report, results
from benchmarks.figures import CRHELPER, OURS
from benchmarks.picture import draw
from benchmarks.stacks import app_of, template_in
from cdk_image_distribution._handler_asset import assemble

LOADED = results.load()


def median(what: str, way: str = OURS) -> float:
    """Return the median of a figure by its name."""
    return LOADED.figure(what).median(way)


def test_page_shows_the_results() -> None:
    """`python -m benchmarks --write-only` writes tables and chart from the results file."""
    for part in report.parts(LOADED):
        assert report.shown_in(report.PAGE, part) == report.of_part(LOADED, part)
    assert report.shown_in(report.PAGE, "environment") == report.where(LOADED) + "\n"
    assert report.PICTURE.read_text("utf-8") == draw(LOADED)


def test_each_figure_that_the_page_leaves_out_exists() -> None:
    """A renamed figure would come back to the page."""
    assert {figure.what for figure in LOADED.figures} >= report.LEFT_OUT


def test_the_targets_were_met() -> None:
    """At the last `make bench`: what this project promises of its own cost."""
    assert median("cold start: handler imported") <= median("cold start: handler imported", CRHELPER) / 2
    assert median("delay after AVAILABLE") <= 2
    assert median("invocations, 300 minutes") <= 5 * 65
    assert median("resources, 1 distribution") <= 9
    assert median("resources, 10 distributions") - median("resources, 1 distribution") <= 9 * 3
    assert median("synthesis of each further distribution, up to 200, relative to AwsCustomResource") <= 1


def test_many_waits_did_cost_as_many_times_as_much_as_fewer() -> None:
    """At the last `make bench`: no error, and each of 200 took about as long as each of 50, a straight line."""
    few, many = (median(f"concurrent waits, {waits}: time for each") for waits in (50, 200))
    assert many <= 1.5 * few
    assert LOADED.figure("concurrent waits, 200: errors").values[OURS] == [0, 0, 0]


def test_the_invocations_are_still_these() -> None:
    """Counted again, for every way: the clock is simulated, so that they are the same on any machine."""
    counted = {figure.what: figure for figure in invocations.figures()}
    assert counted == {figure.what: figure for figure in LOADED.figures if figure.part == "invocations"}


@pytest.mark.parametrize("distributions", [1, 10])
def test_the_template_is_still_of_this_size(tmp_path: Path, distributions: int) -> None:
    """As many resources and about as many bytes; a new aws-cdk-lib may write it a little differently."""
    app_of(OURS, distributions, tmp_path).synth()
    template, size = template_in(tmp_path)
    name = "1 distribution" if distributions == 1 else f"{distributions} distributions"
    assert len(template["Resources"]) == median(f"resources, {name}")
    assert size == pytest.approx(median(f"template size, {name}"), rel=0.05)


def test_the_asset_is_still_of_this_size() -> None:
    """Within a twentieth: a new botocore may describe Image Builder in other words."""
    assert asset.zipped_bytes(assemble()) == pytest.approx(median("Lambda code, zipped"), rel=0.05)
    assert asset.unpacked_bytes(assemble()) == pytest.approx(median("Lambda code, unpacked"), rel=0.05)
