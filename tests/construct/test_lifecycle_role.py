"""The role that Image Builder deletes AMIs with: made, or the user's own."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution
from tests.template_graph import everything_before, problems

from .stacks import AMI_ID, CONFIGURATION_ARN

TYPE = "Custom::ImageDistribution"


def declare(stack: cdk.Stack, **arguments: Any) -> ImageDistribution:
    """Declare a distribution."""
    return ImageDistribution(
        stack, "Distribution", source_image=AMI_ID, distribution_configuration=CONFIGURATION_ARN, **arguments
    )


def test_own_lifecycle_role_is_passed_and_not_touched(stack: cdk.Stack) -> None:
    """The function may pass it by a policy of its own, which stands for as long as the distribution does."""
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"))
    declare(stack, auto_delete_amis=True, lifecycle_role=role)
    template = Template.from_stack(stack)
    arn = stack.resolve(role.role_arn)
    template.has_resource_properties(TYPE, {"LifecycleRole": arn})
    (policy,) = (id for id in template.find_resources("AWS::IAM::Policy") if "PassRole" in id)
    document = template.to_json()["Resources"][policy]["Properties"]["PolicyDocument"]
    assert document["Statement"][0]["Resource"] == arn
    (resource,) = template.find_resources(TYPE)
    assert policy in everything_before(template.to_json(), resource)
    roles = template.find_resources("AWS::IAM::Role")
    assert not any("LifecycleRole" in id for id in roles)
    assert "Policies" not in roles[arn["Fn::GetAtt"][0]]["Properties"]


def test_one_role_may_distribute_and_delete(stack: cdk.Stack) -> None:
    """The function then has one policy for it."""
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/Mine")
    declare(stack, auto_delete_amis=True, execution_role=role, lifecycle_role=role)
    template = Template.from_stack(stack)
    assert len([id for id in template.find_resources("AWS::IAM::Policy") if "PassRole" in id]) == 1
    assert problems(template.to_json()) == []


def test_what_the_app_grants_to_the_role_is_there_before_the_deletion(stack: cdk.Stack) -> None:
    """A policy of the role is made before the distribution, so that it is deleted after it."""
    role = iam.Role(stack, "Mine", assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"))
    declare(stack, auto_delete_amis=True, lifecycle_role=role)
    role.add_to_policy(iam.PolicyStatement(actions=["ec2:DeregisterImage"], resources=["*"]))
    template = Template.from_stack(stack).to_json()
    (policy,) = (id for id in template["Resources"] if id.startswith("MineDefaultPolicy"))
    (resource,) = Template.from_stack(stack).find_resources(TYPE)
    assert policy in everything_before(template, resource)


def test_lifecycle_role_without_deletion_is_refused(stack: cdk.Stack) -> None:
    """It would never be used."""
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/Mine")
    with pytest.raises(ValueError, match="lifecycle_role needs auto_delete_amis=True, got False"):
        declare(stack, lifecycle_role=role)


def test_lifecycle_role_with_an_arn_that_no_role_has_is_refused(stack: cdk.Stack) -> None:
    """Image Builder would refuse it when the AMIs are deleted."""
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/a b")
    with pytest.raises(ValueError, match="lifecycle_role must be a role with an ARN"):
        declare(stack, auto_delete_amis=True, lifecycle_role=role)
