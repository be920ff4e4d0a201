"""How many calls of AWS's APIs the commands make for many distributions."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdk_image_distribution_cli.aws import Aws
from cdk_image_distribution_cli.images import started_images
from cdk_image_distribution_cli.observer import Observer

from .conftest import FakeClock
from .fake_aws import FakeAws
from .healthy import healthy, region, run, stack_template, write
from .rollout import Rollout

REGIONS = ("eu-west-1", "eu-central-1", "us-east-1")


@pytest.mark.parametrize(("number", "first", "later"), [(1, 11, 9), (50, 61, 59), (200, 214, 212)])
def test_calls_of_a_round_of_watch(
    number: int, first: int, later: int, fake: FakeAws, aws: Aws, clock: FakeClock
) -> None:
    """One for each image that runs, one for each hundred resources, two for each Region."""
    names = [f"D{index}" for index in range(number)]
    rollout = Rollout.begin(fake, names, regions=REGIONS)
    rollout.start()
    for name in names:
        for place in REGIONS:
            rollout.copy(place, "10%", name)
    observer = Observer(aws, "Golden", clock)
    counts = []
    for _ in range(2):
        fake.calls.clear()
        observer.observe()
        counts.append(sum(fake.operations.values()) - fake.operations["GetCallerIdentity"])
    assert counts == [first, later]


@pytest.mark.parametrize(("number", "calls"), [(1, 14), (50, 14), (200, 14)])
def test_calls_of_check(number: int, calls: int, tmp_path: Path) -> None:
    """Their number follows from the Regions, not from the distributions, if these have the source in common."""
    fake = healthy()
    template = stack_template([region(name) for name in ("eu-west-1", "us-east-1", "af-south-1")], number=number)
    run(fake, write(tmp_path, {"Golden": template}))
    assert sum(fake.operations.values()) == calls


def test_check_reads_many_source_amis_in_one_call(tmp_path: Path) -> None:
    """A filter of EC2 takes 200."""
    fake = healthy()
    template = stack_template([region()], number=200)
    for index in range(200):
        template["Resources"][f"Distribution{index}"]["Properties"]["SourceImage"] = f"ami-{index:017x}"
    run(fake, write(tmp_path, {"Golden": template}))
    assert len([1 for _, name, _, asked in fake.calls if name == "DescribeImages" and "Filters" in asked]) == 1


@pytest.mark.parametrize(("number", "calls"), [(1, 3), (50, 53), (200, 207)])
def test_calls_of_list(number: int, calls: int, fake: FakeAws, aws: Aws) -> None:
    """One for each image, one for each hundred in the tagging API and for each hundred resources of a stack."""
    rollout = Rollout.begin(fake, [f"D{index}" for index in range(number)], regions=REGIONS)
    rollout.start()
    started_images(aws)
    assert sum(fake.operations.values()) == calls
