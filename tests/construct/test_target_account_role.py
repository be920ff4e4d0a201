"""The role of a target account."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from cdk_image_distribution import DistributionTargetRole

from .stacks import KEY_ARN, OTHER_ACCOUNT
from .test_distribution_permissions import FOR_AWS, GRANTS, USE, allow, arn

SOURCE = "123456789012"


def properties(stack: cdk.Stack) -> dict[str, Any]:
    """Return the properties of the stack's one resource, a role."""
    resources = Template.from_stack(stack).to_json()["Resources"]
    (role,) = resources.values()
    assert role["Type"] == "AWS::IAM::Role"
    found: dict[str, Any] = role["Properties"]
    return found


def test_the_role_is_what_image_builders_guide_asks_for(stack: cdk.Stack) -> None:
    """Exactly this name, this managed policy, and trust in one account; nothing more."""
    DistributionTargetRole(stack, "TargetRole", source_account=SOURCE)
    assert properties(stack) == {
        "RoleName": "EC2ImageBuilderDistributionCrossAccountRole",
        "Description": f"EC2 Image Builder of account {SOURCE} distributes AMIs to this one with this role.",
        "AssumeRolePolicyDocument": {
            "Statement": [
                {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"AWS": arn(f"iam::{SOURCE}:root")}}
            ],
            "Version": "2012-10-17",
        },
        "ManagedPolicyArns": [arn("iam::aws:policy/Ec2ImageBuilderCrossAccountDistributionAccess")],
    }


def test_keys_parameters_and_launch_templates_are_granted_by_name(stack: cdk.Stack) -> None:
    """Keys by ARN or as constructs; parameters and launch templates of this account, in any Region."""
    key = kms.Key.from_key_arn(stack, "Key", KEY_ARN.replace(SOURCE, OTHER_ACCOUNT))
    DistributionTargetRole(
        stack,
        "TargetRole",
        source_account=SOURCE,
        kms_keys=[KEY_ARN, key],
        ssm_parameters=["/golden/linux", "golden"],
        launch_templates=["lt-0123456789abcdef0"],
    )
    (policy,) = properties(stack)["Policies"]
    keys = [KEY_ARN, KEY_ARN.replace(SOURCE, OTHER_ACCOUNT)]
    template = arn("ec2:*:123456789012:launch-template/lt-0123456789abcdef0")
    assert policy["PolicyDocument"]["Statement"] == [
        allow(USE, keys),
        allow(GRANTS, keys, FOR_AWS),
        allow(
            "ssm:PutParameter",
            [arn("ssm:*:123456789012:parameter/golden/linux"), arn("ssm:*:123456789012:parameter/golden")],
        ),
        allow("ec2:DescribeImages", "*"),
        allow(["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"], template),
        allow("ec2:CreateTags", template, {"StringEquals": {"aws:RequestTag/CreatedBy": "EC2 Image Builder"}}),
        allow(["ec2:DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplates"], "*"),
    ]


def test_it_is_a_role_as_any_other(stack: cdk.Stack) -> None:
    """Whatever takes a role takes it; a grant to it is a policy of its own."""
    role: iam.IRole = DistributionTargetRole(stack, "TargetRole", source_account=SOURCE)
    kms.Key(stack, "Key").grant_decrypt(role)
    Template.from_stack(stack).resource_count_is("AWS::IAM::Policy", 1)


def test_the_template_goes_to_any_account_by_a_stack_set() -> None:
    """Without an account, an asset or a parameter, as a StackSet's template must be."""
    stack = cdk.Stack(
        cdk.App(), "Target", synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
    )
    DistributionTargetRole(stack, "TargetRole", source_account=SOURCE, kms_keys=[KEY_ARN], ssm_parameters=["/golden"])
    template = Template.from_stack(stack).to_json()
    assert list(template) == ["Resources"]
    assert "cdk-" not in json.dumps(template)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source_account": "42"}, "source_account must be an account id of 12 digits, got '42'"),
        (
            {"kms_keys": ["alias/mine"]},
            r"kms_keys must be KMS keys or their ARNs \(arn:aws:kms:.*\), got 'alias/mine'",
        ),
        ({"ssm_parameters": ["a b"]}, "ssm_parameters must be a parameter's name of 1 to 1,011 letters.*'a b'"),
        ({"launch_templates": ["golden"]}, "launch_templates must be 'lt-' and 17 lower case letters.*'golden'"),
    ],
)
def test_a_bad_argument_is_named_with_its_value_and_the_rule(
    stack: cdk.Stack, arguments: dict[str, Any], message: str
) -> None:
    """The user reads what to change before CloudFormation would say less."""
    with pytest.raises(ValueError, match=message):
        DistributionTargetRole(stack, "TargetRole", **{"source_account": SOURCE, **arguments})


def test_tokens_pass(stack: cdk.Stack) -> None:
    """What CloudFormation fills in is not judged at synthesis."""
    value = cdk.CfnParameter(stack, "Any").value_as_string
    DistributionTargetRole(
        stack, "TargetRole", source_account=value, kms_keys=[value], ssm_parameters=[value], launch_templates=[value]
    )
    Template.from_stack(stack).resource_count_is("AWS::IAM::Role", 1)
