"""What may be right or wrong is a warning, which can be acknowledged."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from cdk_image_distribution import DistributionTargetRole, LifecycleTargetRole

from .stacks import KEY_ARN, OTHER_ACCOUNT
from .test_preflight import ACCOUNT, DATED, declare, problems, to, warnings

LIFECYCLE_TARGET_ROLE = "Ec2ImageBuilderCrossAccountLifecycleAccess"
TARGET_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"


def test_a_target_account_without_a_role_in_the_app_is_warned_of(stack: cdk.Stack) -> None:
    """The warning names the accounts, the role, the construct that makes it, and how to acknowledge it."""
    declare(stack, to(TargetAccountIds=[ACCOUNT, OTHER_ACCOUNT, "345678901234"]))
    DistributionTargetRole(
        cdk.Stack(stack, "Target", env=cdk.Environment(account="345678901234")), "Role", source_account=ACCOUNT
    )
    assert warnings(stack) == [
        f"Target accounts need the role {TARGET_ROLE}, and this app has none that trusts this account for "
        f"{OTHER_ACCOUNT}. Put a DistributionTargetRole into a stack of each, or acknowledge this if the roles come "
        "from elsewhere. [ack: cdk-image-distribution:targetRole]"
    ]


def test_a_warning_names_five_accounts_and_counts_the_rest(stack: cdk.Stack) -> None:
    """An organisation has hundreds of accounts."""
    declare(stack, to(TargetAccountIds=[f"{number:012}" for number in range(7)]))
    (warning,) = warnings(stack)
    assert "000000000003, 000000000004 and 2 more. Put" in warning


def test_an_acknowledged_warning_is_silent(stack: cdk.Stack) -> None:
    """By its id, as any of CDK's."""
    distribution, _ = declare(stack, to(TargetAccountIds=[OTHER_ACCOUNT]))
    cdk.Annotations.of(distribution).acknowledge_warning("cdk-image-distribution:targetRole", "Made by hand.")
    assert warnings(stack) == []


def plain_role(stack: cdk.Stack, account: str | None) -> None:
    """Make a plain role of the name that Image Builder looks for, in a stack of an account or of none."""
    target = cdk.Stack(stack, "Target", env=cdk.Environment(account=account) if account else None)
    iam.Role(target, "Role", role_name=TARGET_ROLE, assumed_by=iam.AccountPrincipal(ACCOUNT))


def role_for(stack: cdk.Stack, source_account: str) -> None:
    """Make the role in the other account, for distributions from one account."""
    target = cdk.Stack(stack, "Target", env=cdk.Environment(account=OTHER_ACCOUNT))
    DistributionTargetRole(target, "Role", source_account=source_account)


def stack_set(stack: cdk.Stack, role_name: str) -> None:
    """Make a StackSet with a role."""
    cdk.CfnStackSet(
        stack,
        "Roles",
        stack_set_name="roles",
        permission_model="SERVICE_MANAGED",
        template_body=json.dumps({"Resources": {"Role": {"Properties": {"RoleName": role_name}}}}),
    )


@pytest.mark.parametrize(
    ("make", "of", "is_served"),
    [
        (plain_role, OTHER_ACCOUNT, True),
        (plain_role, "345678901234", False),
        (plain_role, None, True),
        (role_for, ACCOUNT, True),
        (role_for, "999999999999", False),
        (stack_set, TARGET_ROLE, True),
        (stack_set, "Another", False),
    ],
)
def test_a_role_by_other_means_is_a_role(stack: cdk.Stack, make: Any, of: str | None, is_served: bool) -> None:
    """A plain role of that name, one in a stack that can go to any account, a StackSet: each may serve."""
    declare(stack, to(TargetAccountIds=[OTHER_ACCOUNT]))
    make(stack, of)
    assert (warnings(stack) == []) is is_served


def test_amis_that_deletion_does_not_reach_are_warned_of(stack: cdk.Stack) -> None:
    """Image Builder deletes the AMIs of a target account with a role there, which this app lacks."""
    distribution, _ = declare(stack, to(TargetAccountIds=[ACCOUNT, OTHER_ACCOUNT]), auto_delete_amis=True)
    cdk.Annotations.of(distribution).acknowledge_warning("cdk-image-distribution:targetRole", "Not now.")
    assert warnings(stack) == [
        f"auto_delete_amis needs the role {LIFECYCLE_TARGET_ROLE} in target accounts, and this app has none that "
        f"trusts this account for {OTHER_ACCOUNT}, so that the AMIs there stay. Put a LifecycleTargetRole into a stack "
        "of each, or acknowledge this if the roles come from elsewhere. [ack: cdk-image-distribution:copiesStay]"
    ]


def test_target_account_with_both_roles_is_not_warned_of(stack: cdk.Stack) -> None:
    """One role to distribute, one to delete."""
    declare(stack, to(TargetAccountIds=[ACCOUNT, OTHER_ACCOUNT]), auto_delete_amis=True)
    target = cdk.Stack(stack, "Target", env=cdk.Environment(account=OTHER_ACCOUNT))
    DistributionTargetRole(target, "Distribution", source_account=ACCOUNT)
    LifecycleTargetRole(target, "Lifecycle", source_account=ACCOUNT)
    assert warnings(stack) == []


def test_copies_stay_without_a_word_if_none_are_deleted(stack: cdk.Stack) -> None:
    """Who keeps all AMIs need not hear of some."""
    distribution, _ = declare(stack, to(TargetAccountIds=[ACCOUNT, OTHER_ACCOUNT]))
    cdk.Annotations.of(distribution).acknowledge_warning("cdk-image-distribution:targetRole", "Not now.")
    assert warnings(stack) == []


def with_target_role(stack: cdk.Stack) -> None:
    """Make the role in the other account, so that nothing is said of it."""
    target = cdk.Stack(stack, "Target", env=cdk.Environment(account=OTHER_ACCOUNT, region="eu-west-1"))
    DistributionTargetRole(target, "Role", source_account=ACCOUNT)


TARGETS = [ACCOUNT, OTHER_ACCOUNT]
TEMPLATE = "lt-0123456789abcdef0"


@pytest.mark.parametrize(
    ("distributions", "warning"),
    [
        (
            [{"region": "eu-west-1", "ami_distribution_configuration": {"Name": DATED}}],
            "distribution_configuration, Region eu-west-1: the entry has no amiDistributionConfiguration. CDK drops "
            "keys that it does not know, such as those in snake_case. Write amiDistributionConfiguration in a dict, or "
            "acknowledge this. [ack: cdk-image-distribution:amiPart]",
        ),
        (
            [to(TargetAccountIDs=TARGETS)],
            "distribution_configuration, Region eu-west-1: CloudFormation may not know the key TargetAccountIDs of "
            "AmiDistributionConfiguration. Write TargetAccountIds, or acknowledge this if the key is new. "
            "[ack: cdk-image-distribution:unknownKey]",
        ),
        (
            [to(LaunchPermissionConfiguration={"UserId": [OTHER_ACCOUNT]})],
            "distribution_configuration, Region eu-west-1: CloudFormation may not know the key UserId of "
            "AmiDistributionConfiguration. Write UserIds, or acknowledge this if the key is new. "
            "[ack: cdk-image-distribution:unknownKey]",
        ),
        (
            [to(Zzz=1)],
            "distribution_configuration, Region eu-west-1: CloudFormation may not know the key Zzz of "
            "AmiDistributionConfiguration. Remove it, or acknowledge this if the key is new. "
            "[ack: cdk-image-distribution:unknownKey]",
        ),
        *[
            (
                [to(KmsKeyId=key, TargetAccountIds=TARGETS)],
                f"distribution_configuration, Region eu-west-1: a target account looks for KmsKeyId '{key}' among its "
                "own keys. Write the ARN of the key or of its alias, or acknowledge this. "
                "[ack: cdk-image-distribution:keyId]",
            )
            for key in ("01234567-89ab-cdef-0123-456789abcdef", "alias/golden")
        ],
        (
            [to("us-east-1", TargetAccountIds=TARGETS)],
            "Image Builder distributes to other accounts only with an AMI entry for the source Region, eu-west-1. Add "
            "one to the configuration, or acknowledge this. [ack: cdk-image-distribution:sourceRegion]",
        ),
        (
            [
                {
                    **to(),
                    "launchTemplateConfigurations": [{"launchTemplateId": TEMPLATE, "accountId": OTHER_ACCOUNT}],
                }
            ],
            f"distribution_configuration, Region eu-west-1: a launch template of account {OTHER_ACCOUNT} gets the id "
            "of this account's AMI. Let an SSM parameter there (amiAccountId) have the id, and the launch template "
            "resolve it, or acknowledge this. [ack: cdk-image-distribution:launchTemplateAccount]",
        ),
        (
            [to(), to("eu-west-9")],
            "Neither botocore nor aws-cdk-lib knows the Region eu-west-9. Correct it, upgrade one of the two, or "
            "acknowledge this if the Region is new. [ack: cdk-image-distribution:newRegion]",
        ),
    ],
)
def test_a_doubt_is_a_warning(stack: cdk.Stack, distributions: list[Any], warning: str) -> None:
    """One warning for one doubt: what is doubted, what to write, the id. The synthesis goes on."""
    with_target_role(stack)
    declare(stack, *distributions)
    assert (problems(stack), warnings(stack)) == ([], [warning])


@pytest.mark.parametrize(
    "distributions",
    [
        [to(KmsKeyId=KEY_ARN, TargetAccountIds=TARGETS)],
        [to(KmsKeyId="alias/golden", TargetAccountIds=[ACCOUNT])],
        [to(KmsKeyId=KEY_ARN.replace("key/", "alias/"), TargetAccountIds=TARGETS)],
        [to(), to("us-east-1", TargetAccountIds=TARGETS)],
        [to("us-east-1", TargetAccountIds=[ACCOUNT])],
        [to("us-east-1")],
        [{**to(), "launchTemplateConfigurations": [{"launchTemplateId": TEMPLATE, "accountId": ACCOUNT}]}],
        [to(LaunchPermissionConfiguration={"UserIds": [OTHER_ACCOUNT]}, AmiTags={"a": "b"}, Description="d")],
    ],
)
def test_what_is_right_is_no_doubt(stack: cdk.Stack, distributions: list[Any]) -> None:
    """The neighbours of the doubts."""
    with_target_role(stack)
    declare(stack, *distributions)
    assert (problems(stack), warnings(stack)) == ([], [])


def test_what_only_cloudformation_knows_is_no_doubt() -> None:
    """Neither tokens nor a stack without an account and a Region."""
    stack = cdk.Stack(cdk.App(), "Stack")
    value = cdk.CfnParameter(stack, "Any").value_as_string
    templates = [{"launchTemplateId": value, "accountId": value}, {"launchTemplateId": value, "accountId": ACCOUNT}]
    distribution, _ = declare(
        stack,
        {**to(value, KmsKeyId=value, TargetAccountIds=[value]), "launchTemplateConfigurations": templates},
        {**to("us-east-1", KmsKeyId="alias/golden", TargetAccountIds=[ACCOUNT])},
    )
    distribution.ami_id(value)
    assert (problems(stack), warnings(stack)) == ([], [])


def test_a_policy_with_wildcards_is_warned_of(stack: cdk.Stack) -> None:
    """A few hundred accounts cannot be named in a role's inline policies."""
    accounts = [ACCOUNT, *(f"{number:012}" for number in range(200))]
    distribution, _ = declare(stack, to(TargetAccountIds=accounts))
    cdk.Annotations.of(distribution).acknowledge_warning("cdk-image-distribution:targetRole", "Made by hand.")
    assert warnings(stack) == [
        "The execution role's policy has '*' for Regions and accounts, since naming all of them takes more than the "
        "10,240 characters of a role's inline policies. Use several configurations, pass execution_role, or "
        "acknowledge this. [ack: cdk-image-distribution:widePolicy]"
    ]


@pytest.mark.parametrize("count", [2, 40])
def test_a_policy_without_wildcards_is_not_warned_of(stack: cdk.Stack, count: int) -> None:
    """Neither if it is small, nor if it is just small enough."""
    distribution, _ = declare(stack, to(TargetAccountIds=[ACCOUNT, *(f"{number:012}" for number in range(count))]))
    cdk.Annotations.of(distribution).acknowledge_warning("cdk-image-distribution:targetRole", "Made by hand.")
    assert warnings(stack) == []


def test_the_policy_of_the_users_own_role_is_not_ours(stack: cdk.Stack) -> None:
    """A role that is passed gets no permissions from the construct."""
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com"))
    accounts = [ACCOUNT, *(f"{number:012}" for number in range(200))]
    distribution, _ = declare(stack, to(TargetAccountIds=accounts), execution_role=role)
    cdk.Annotations.of(distribution).acknowledge_warning("cdk-image-distribution:targetRole", "Made by hand.")
    assert warnings(stack) == []
