"""The figures in docs/ that the code decides are measured again."""

from __future__ import annotations

from itertools import count

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution

from .pages import page, text

_CONFIGURATION = "arn:aws:imagebuilder:eu-west-1:123456789012:distribution-configuration/golden"


def rows(name: str, heading: str) -> list[list[str]]:
    """Return a table as its reader sees it."""
    return [[text(cell) for cell in row] for row in page(name).table(heading).rows]


def minutes(shown: str) -> int:
    """Return the minutes of `30 minutes` or `2 hours`."""
    number, unit = shown.split()[:2]
    return int(number) * (60 if unit.startswith("hour") else 1)


def distribution(**arguments: object) -> ImageDistribution:
    """Declare a distribution in a stack of its own."""
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    return ImageDistribution(
        stack,
        "Distribution",
        source_image="ami-0123456789abcdef0",
        distribution_configuration=_CONFIGURATION,
        **arguments,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("row", rows("docs/waiting.md", "Timeouts"), ids=lambda row: str(row[0]))
def test_a_timeout_is_cut_into_the_parts_that_the_page_says(row: list[str]) -> None:
    """Number of resources, seconds of each, ServiceTimeout of each."""
    stack = cdk.Stack.of(distribution(timeout=cdk.Duration.minutes(minutes(row[0]))))
    found = Template.from_stack(stack).find_resources("Custom::ImageDistributionWait").values()
    parts = {(resource["Properties"]["Seconds"], resource["Properties"]["ServiceTimeout"]) for resource in found}
    assert [str(len(found)), *next(iter(parts))] == row[1:]
    assert len(parts) == 1


def test_as_many_amis_can_be_asked_for_as_the_page_says() -> None:
    """In the worst case: long names, and an account for each."""
    declared = distribution()
    fits = 0
    with pytest.raises(ValueError, match="one too many"):
        for fits in count():
            declared.ami_id("ap-southeast-1", f"{fits:012}")
    for name in ("docs/waiting.md", "README.md"):
        assert f"t least {fits}" in page(name).path.read_text()
