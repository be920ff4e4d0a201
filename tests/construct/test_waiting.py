"""The resources that wait: how many, how long each, and which AMI ids they answer."""

from __future__ import annotations

import itertools
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution

from .stacks import AMI_ID, CONFIGURATION_ARN

TYPE = "Custom::ImageDistributionWait"


def declare(stack: cdk.Stack, **arguments: Any) -> ImageDistribution:
    """Declare a distribution with these arguments."""
    return ImageDistribution(
        stack, "Distribution", source_image=AMI_ID, distribution_configuration=CONFIGURATION_ARN, **arguments
    )


def waits(stack: cdk.Stack) -> dict[str, Any]:
    """Return the wait resources by their logical ids, the first part first."""
    found = Template.from_stack(stack).find_resources(TYPE)
    return dict(sorted(found.items(), key=lambda item: int(item[1]["Properties"]["Segment"])))


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [
        (cdk.Duration.minutes(1), ["60"]),
        (cdk.Duration.minutes(55), ["3300"]),
        (None, ["3300"]),
        (cdk.Duration.minutes(56), ["1680"] * 2),
        (cdk.Duration.hours(12), ["3086"] * 14),
    ],
)
def test_a_timeout_is_cut_into_parts_that_cloudformation_waits_for(
    stack: cdk.Stack, timeout: cdk.Duration | None, seconds: list[str]
) -> None:
    """A part lasts 55 minutes at most and leaves CloudFormation five more, for a late delivery and the answer."""
    declare(stack, timeout=timeout)
    found = [resource["Properties"] for resource in waits(stack).values()]
    assert [part["Seconds"] for part in found] == seconds
    assert {part["ServiceTimeout"] for part in found} == {"3600"}
    assert [part["Segment"] for part in found] == [str(i + 1) for i in range(len(seconds))]
    assert {part["Segments"] for part in found} == {str(len(seconds))}


def test_each_part_comes_after_the_one_before(stack: cdk.Stack) -> None:
    """A chain by DependsOn to the last part; the first part refers to the distribution."""
    declare(stack, timeout=cdk.Duration.hours(2))
    found = waits(stack)
    ids = list(found)
    for before, part in itertools.pairwise(ids):
        assert before in found[part]["DependsOn"]
    assert found[ids[0]]["Properties"]["ImageArn"] == {"Fn::GetAtt": ["Distribution830FAC52", "ImageArn"]}


def test_without_waiting_there_is_no_wait(stack: cdk.Stack) -> None:
    """`wait=False`: the stack completes when the distribution has started."""
    distribution = declare(stack, wait=False)
    Template.from_stack(stack).resource_count_is(TYPE, 0)
    assert stack.resolve(distribution.image_arn) == {"Fn::GetAtt": ["Distribution830FAC52", "ImageArn"]}
    with pytest.raises(ValueError, match=r"wait must be True for ami_id\(\)"):
        distribution.ami_id("eu-west-1")


def test_only_the_amis_asked_for_travel_and_only_in_the_last_part(stack: cdk.Stack) -> None:
    """Each pair is an attribute; the same pair twice is one."""
    distribution = declare(stack, timeout=cdk.Duration.hours(2))
    asked = [
        distribution.ami_id("eu-west-1"),
        distribution.ami_id("us-east-1", "210987654321"),
        distribution.ami_id("eu-west-1", "123456789012"),
    ]
    *parts, last = waits(stack).items()
    assert all("AmiIds" not in part["Properties"] for _, part in parts)
    assert last[1]["Properties"]["AmiIds"] == {
        "AmiId.eu-west-1": {"Region": "eu-west-1"},
        "AmiId.us-east-1.210987654321": {"Region": "us-east-1", "Account": "210987654321"},
    }
    assert [stack.resolve(token)["Fn::GetAtt"] for token in asked] == [
        [last[0], "AmiId.eu-west-1"],
        [last[0], "AmiId.us-east-1.210987654321"],
        [last[0], "AmiId.eu-west-1"],
    ]


def test_a_region_that_is_a_token_is_an_attribute_too() -> None:
    """In a stack without an environment `self.region` is AWS::Region, filled in by CloudFormation."""
    stack = cdk.Stack(cdk.App(), "Stack")
    distribution = declare(stack)
    token = stack.resolve(distribution.ami_id(stack.region, stack.account))
    (wait,) = waits(stack).values()
    assert wait["Properties"]["AmiIds"] == {token["Fn::GetAtt"][1]: {"Region": {"Ref": "AWS::Region"}}}


def test_no_more_amis_than_fit_into_a_response(stack: cdk.Stack) -> None:
    """CloudFormation takes 4,096 bytes; the message says what else to do."""
    distribution = declare(stack)
    for number in range(43):
        distribution.ami_id("ap-southeast-1", f"{number:012}")
    with pytest.raises(ValueError, match=r"response of 4,096 bytes, got \d+, one too many"):
        for number in range(43, 90):
            distribution.ami_id("ap-southeast-1", f"{number:012}")


@pytest.mark.parametrize(
    ("region", "account", "message"),
    [
        ("Ireland", None, "region must be a Region of AWS, got 'Ireland'"),
        ("eu-west-1", "42", "account must be an account id of 12 digits, got '42'"),
    ],
)
def test_what_cannot_be_a_place_is_refused(stack: cdk.Stack, region: str, account: str | None, message: str) -> None:
    """A typing error is found at synth, not after an hour's copying."""
    with pytest.raises(ValueError, match=message):
        declare(stack).ami_id(region, account)
