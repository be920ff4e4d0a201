"""How many distributions fit into a stack, and how many AMI ids into a response."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution

# Limits of IAM, in characters, and of CloudFormation.
_SIZES = {"AWS::IAM::Policy": 10_240, "AWS::IAM::ManagedPolicy": 6_144}
_MANAGED_POLICIES = 10
_RESOURCES = 500

_CONFIGURATION = "arn:aws:imagebuilder:eu-west-1:123456789012:distribution-configuration/golden"
_LONGEST_TEXT = "x" * 100


def stack_with(number: int, *, shares_role: bool = False, **arguments: Any) -> Mapping[str, Any]:
    """Return the resources of a stack with so many distributions."""
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    if shares_role:
        arguments["execution_role"] = iam.Role.from_role_name(stack, "Role", "distribution")
    for index in range(number):
        ImageDistribution(
            stack,
            f"Image{index}",
            source_image="ami-0123456789abcdef0",
            distribution_configuration=_CONFIGURATION,
            **arguments,
        )
    resources: Mapping[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    return resources


def longest(value: Any) -> Any:
    """Return a policy document in which every reference is as long as an ARN can be."""
    if isinstance(value, list):
        return [longest(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(longest(parts))
    if any(key == "Ref" or key.startswith("Fn::") for key in value):
        return _LONGEST_TEXT
    return {key: longest(item) for key, item in value.items()}


@pytest.mark.parametrize(("shares_role", "expected"), [(False, 3), (True, 2)])
def test_distribution_adds_few_resources(shares_role: bool, expected: int) -> None:
    """Both custom resources, and a role unless `execution_role` is shared. The function takes six more."""
    one, two = (len(stack_with(number, shares_role=shares_role)) for number in (1, 2))
    assert two - one == expected
    # The policy that lets the function pass the shared role is one more.
    assert one - expected == 6 + shares_role


@pytest.mark.parametrize(
    ("number", "shares_role", "auto_delete_amis"), [(164, False, False), (246, True, False), (123, False, True)]
)
def test_stack_holds_as_many_distributions_as_cloudformation_allows(
    number: int, shares_role: bool, auto_delete_amis: bool
) -> None:
    """IAM accepts the policies of so many; one more exceeds the resources of a template."""
    resources = stack_with(number, shares_role=shares_role, auto_delete_amis=auto_delete_amis)
    policies = [resource for resource in resources.values() if resource["Type"] in _SIZES]
    assert policies
    for policy in policies:
        document = json.dumps(longest(policy["Properties"]["PolicyDocument"]), separators=(",", ":"))
        assert len(document) <= _SIZES[policy["Type"]]
    assert sum(resource["Type"] == "AWS::IAM::ManagedPolicy" for resource in resources.values()) <= _MANAGED_POLICIES
    one, two = (len(stack_with(few, shares_role=shares_role, auto_delete_amis=auto_delete_amis)) for few in (1, 2))
    assert len(resources) <= _RESOURCES < len(resources) + two - one


def test_response_has_room_for_43_ami_ids() -> None:
    """In the worst case: long Region names, and an account for each."""
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    distribution = ImageDistribution(
        stack, "Distribution", source_image="ami-0123456789abcdef0", distribution_configuration=_CONFIGURATION
    )
    fits = 0
    with pytest.raises(ValueError, match="one too many"):
        for fits in count():
            distribution.ami_id("ap-southeast-1", f"{fits:012}")
    assert fits == 43
