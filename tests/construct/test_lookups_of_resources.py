"""AMIs, roles, keys and VPCs that CDK looks up: nothing is checked before, everything after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from cdk_image_distribution import (
    ImageDistributionProvider,
    SourceImage,
)

from .stacks import AMI_ID, OTHER_ACCOUNT
from .test_lookups import ACCOUNT, Declare, distribute, distribute_to, synthesise, target_role


@pytest.mark.parametrize(
    "source",
    [
        lambda stack: ec2.MachineImage.lookup(name="golden-*"),
        lambda stack: ec2.MachineImage.lookup(name="golden-*").get_image(stack).image_id,
        lambda stack: SourceImage.from_ami_id(ec2.MachineImage.lookup(name="golden-*").get_image(stack).image_id),
        lambda stack: ec2.MachineImage.latest_amazon_linux2023(cached_in_context=True),
        lambda stack: ec2.MachineImage.from_ssm_parameter("/golden", cached_in_context=True),
    ],
)
def test_ami_is_checked_once_it_is_looked_up(source: Callable[[cdk.Stack], Any]) -> None:
    """By any of CDK's lookups of an AMI, as a machine image or by its id."""

    def declare(stack: cdk.Stack) -> None:
        distribute(stack, source_image=source(stack))

    _, (key,) = synthesise(declare)
    assert AMI_ID in str(synthesise(declare, {key: AMI_ID})[0])
    with pytest.raises(ValueError, match=r"source_image must be 'ami-' and 8 or 17 hexadecimal digits"):
        synthesise(declare, {key: "ami-12345"})


@pytest.mark.parametrize(
    "arguments",
    [{"execution_role": True}, {"lifecycle_role": True, "auto_delete_amis": True}],
    ids=lambda a: next(iter(a)),
)
@pytest.mark.parametrize("options", [{}, {"mutable": False}], ids=["mutable", "immutable"])
def test_account_of_a_role_is_checked_once_it_is_looked_up(arguments: dict[str, Any], options: dict[str, Any]) -> None:
    """CDK's placeholder for a role is in another account."""
    argument = next(iter(arguments))

    def declare(stack: cdk.Stack) -> None:
        role = iam.Role.from_lookup(stack, "Role", role_name="golden", **options)
        distribute(stack, **{**arguments, argument: role})

    template, (key,) = synthesise(declare)
    assert ":role/DUMMY_ARN" in str(template)
    arn = f"arn:aws:iam::{ACCOUNT}:role/golden"
    assert arn in str(synthesise(declare, {key: [{"Arn": arn}]})[0])
    with pytest.raises(
        ValueError, match=f"{argument} must be in the stack's account, {ACCOUNT}, got one in {OTHER_ACCOUNT}"
    ):
        synthesise(declare, {key: [{"Arn": arn.replace(ACCOUNT, OTHER_ACCOUNT)}]})


def _key_of_a_configuration(stack: cdk.Stack, region: str = "eu-west-1") -> None:
    key = kms.Key.from_lookup(stack, "Key", alias_name="alias/golden")
    distribute_to(stack, region=region, ami={"KmsKeyId": key.key_arn})


def _key_of_a_target_role(stack: cdk.Stack) -> None:
    target_role(stack, kms_keys=[kms.Key.from_lookup(stack, "Key", alias_name="alias/golden")])


def _vpc_of_a_provider(stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_lookup(stack, "Vpc", is_default=True)
    group = ec2.SecurityGroup.from_lookup_by_id(stack, "Group", "sg-0123456789abcdef0")
    role = iam.Role.from_lookup(stack, "Role", role_name="golden")
    provider = ImageDistributionProvider(stack, "Provider", vpc=vpc, security_groups=[group], role=role)
    distribute(stack, provider=provider)


@pytest.mark.parametrize("declare", [_key_of_a_configuration, _key_of_a_target_role, _vpc_of_a_provider])
def test_other_lookups_pass_at_the_first_synthesis(declare: Declare) -> None:
    """Their placeholders break no rule."""
    assert synthesise(declare)[1]


def test_key_that_is_not_looked_up_yet_is_of_the_stacks_region() -> None:
    """The Region is known at the first synthesis: CDK looks up keys in the Region of the stack alone."""
    with pytest.raises(RuntimeError, match=r"KmsKeyId must be a key of that Region, got one of eu-west-1"):
        synthesise(lambda stack: _key_of_a_configuration(stack, "us-east-1"))


def test_what_resembles_a_placeholder_is_checked(stack: cdk.Stack) -> None:
    """An AMI id that begins as CDK's placeholder does is no placeholder."""
    with pytest.raises(ValueError, match="8 or 17 hexadecimal digits, got 'ami-12345'"):
        distribute(stack, source_image="ami-12345")
