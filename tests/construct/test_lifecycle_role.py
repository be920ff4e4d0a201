"""The roles that Image Builder deletes AMIs with: made, the user's own, and those of target accounts."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_image_distribution import ImageDistribution, LifecycleTargetRole
from tests.template_graph import everything_before, problems

from .stacks import AMI_ID, CONFIGURATION_ARN, OTHER_ACCOUNT
from .test_preflight import ACCOUNT, to
from .test_preflight import declare as declare_to

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


@pytest.mark.parametrize("argument", ["execution_role", "lifecycle_role"])
@pytest.mark.parametrize(
    "names", [{}, {"Stack/Distribution/ExecutionRole": "one", "Stack/Distribution/LifecycleRole": "two"}]
)
def test_roles_that_cdk_replaces_must_be_passed(argument: str, names: dict[str, str]) -> None:
    """The function could not use them; passed, they serve."""
    app = cdk.App()
    iam.Role.customize_roles(app, use_precreated_roles={"Stack/ImageDistributionProvider/Role": "function", **names})
    stack = cdk.Stack(app, "Stack")
    mine = iam.Role.from_role_name(stack, "Mine", "mine")
    roles: dict[str, Any] = {name: mine for name in ("execution_role", "lifecycle_role") if name != argument}
    with pytest.raises(ValueError, match=rf"^{argument} must be given with iam\.Role\.customize_roles\(\)"):
        declare(stack, auto_delete_amis=True, **roles)
    other = ImageDistribution(
        stack,
        "Other",
        source_image=AMI_ID,
        distribution_configuration=CONFIGURATION_ARN,
        auto_delete_amis=True,
        execution_role=mine,
        lifecycle_role=mine,
    )
    assert other.execution_role is mine


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
    with pytest.raises(ValueError, match="auto_delete_amis must be True with lifecycle_role, got False"):
        declare(stack, lifecycle_role=role)


def test_lifecycle_role_with_an_arn_that_no_role_has_is_refused(stack: cdk.Stack) -> None:
    """Image Builder would refuse it when the AMIs are deleted."""
    role = iam.Role.from_role_arn(stack, "Mine", "arn:aws:iam::123456789012:role/a b")
    with pytest.raises(ValueError, match="lifecycle_role must be a role with an ARN"):
        declare(stack, auto_delete_amis=True, lifecycle_role=role)


def role_in(account: str) -> dict[str, Any]:
    """Return the ARN of the role of a target account."""
    parts = ["arn:", {"Ref": "AWS::Partition"}, f":iam::{account}:role/Ec2ImageBuilderCrossAccountLifecycleAccess"]
    return {"Fn::Join": ["", parts]}


def policies(stack: cdk.Stack) -> list[Any]:
    """Return the inline policies of the distribution's lifecycle role."""
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role")
    (role,) = (found for id, found in roles.items() if "LifecycleRole" in id)
    return list(role["Properties"].get("Policies", []))


def test_lifecycle_role_may_assume_the_roles_of_target_accounts(stack: cdk.Stack) -> None:
    """Each is named once, and the own account not at all."""
    declare_to(stack, to(TargetAccountIds=[ACCOUNT, OTHER_ACCOUNT, OTHER_ACCOUNT]), auto_delete_amis=True)
    (policy,) = policies(stack)
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement == {"Action": "sts:AssumeRole", "Effect": "Allow", "Resource": role_in(OTHER_ACCOUNT)}


@pytest.mark.parametrize("accounts", [[], [ACCOUNT]])
def test_lifecycle_role_of_one_account_assumes_no_role(stack: cdk.Stack, accounts: list[str]) -> None:
    """It has AWS's managed policy alone."""
    declare_to(stack, to(TargetAccountIds=accounts), auto_delete_amis=True)
    assert policies(stack) == []


def test_accounts_become_a_wildcard_if_they_are_more_than_a_policy_holds(stack: cdk.Stack) -> None:
    """A role's inline policies hold 10,240 characters."""
    declare_to(stack, to(TargetAccountIds=[f"{number:012}" for number in range(101)]), auto_delete_amis=True)
    (policy,) = policies(stack)
    assert policy["PolicyDocument"]["Statement"][0]["Resource"] == role_in("*")


def test_target_account_that_is_a_reference_is_named_by_it(stack: cdk.Stack) -> None:
    """Such as a parameter of the template."""
    account = cdk.CfnParameter(stack, "Account").value_as_string
    declare_to(stack, to(TargetAccountIds=[account]), auto_delete_amis=True)
    (policy,) = policies(stack)
    resource = policy["PolicyDocument"]["Statement"][0]["Resource"]
    assert resource["Fn::Join"][1][3] == {"Ref": "Account"}


def test_role_of_a_target_account_is_what_image_builders_guide_asks_for(stack: cdk.Stack) -> None:
    """Exactly this name, this managed policy, and trust in Image Builder for the images of one account."""
    LifecycleTargetRole(stack, "TargetRole", source_account=ACCOUNT)
    (role,) = Template.from_stack(stack).to_json()["Resources"].values()
    partition = {"Ref": "AWS::Partition"}
    arn = {"Fn::Join": ["", ["arn:", partition, ":imagebuilder:*:*:image/*/*/*"]]}
    policy = {
        "Fn::Join": ["", ["arn:", partition, ":iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy"]]
    }
    assert role["Properties"] == {
        "RoleName": "Ec2ImageBuilderCrossAccountLifecycleAccess",
        "Description": f"EC2 Image Builder of account {ACCOUNT} deletes its AMIs in this one with this role.",
        "AssumeRolePolicyDocument": {
            "Statement": [
                {
                    "Action": "sts:AssumeRole",
                    "Effect": "Allow",
                    "Principal": {"Service": "imagebuilder.amazonaws.com"},
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": ACCOUNT},
                        "ArnLike": {"aws:SourceArn": arn},
                    },
                }
            ],
            "Version": "2012-10-17",
        },
        "ManagedPolicyArns": [policy],
    }


def test_source_account_that_is_none_is_refused(stack: cdk.Stack) -> None:
    """The role would trust nobody."""
    with pytest.raises(ValueError, match="source_account must be an account id of 12 digits, got '42'"):
        LifecycleTargetRole(stack, "TargetRole", source_account="42")
