"""What may be right or wrong is a warning, which can be acknowledged."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from cdk_image_distribution import DistributionTargetRole, LifecycleTargetRole

from .stacks import OTHER_ACCOUNT
from .test_preflight import ACCOUNT, declare, to, warnings

LIFECYCLE_TARGET_ROLE = "Ec2ImageBuilderCrossAccountLifecycleAccess"
TARGET_ROLE = "EC2ImageBuilderDistributionCrossAccountRole"


def test_a_target_account_without_a_role_in_the_app_is_warned_of(stack: cdk.Stack) -> None:
    """The warning names the accounts, the role, the construct that makes it, and how to acknowledge it."""
    declare(stack, to(TargetAccountIds=[ACCOUNT, OTHER_ACCOUNT, "345678901234"]))
    DistributionTargetRole(
        cdk.Stack(stack, "Target", env=cdk.Environment(account="345678901234")), "Role", source_account=ACCOUNT
    )
    assert warnings(stack) == [
        f"Target accounts need the role {TARGET_ROLE}, and this app has none for {OTHER_ACCOUNT}: put a "
        "DistributionTargetRole into a stack of each, or acknowledge this if the roles come from elsewhere "
        "[ack: cdk-image-distribution:targetRole]"
    ]


def test_a_warning_names_five_accounts_and_counts_the_rest(stack: cdk.Stack) -> None:
    """An organisation has hundreds of accounts."""
    declare(stack, to(TargetAccountIds=[f"{number:012}" for number in range(7)]))
    (warning,) = warnings(stack)
    assert "000000000003, 000000000004 and 2 more: put" in warning


def test_an_acknowledged_warning_is_silent(stack: cdk.Stack) -> None:
    """By its id, as any of CDK's."""
    distribution, _ = declare(stack, to(TargetAccountIds=[OTHER_ACCOUNT]))
    cdk.Annotations.of(distribution).acknowledge_warning("cdk-image-distribution:targetRole", "Made by hand.")
    assert warnings(stack) == []


def plain_role(stack: cdk.Stack, account: str | None) -> None:
    """Make a plain role of the name that Image Builder looks for, in a stack of an account or of none."""
    target = cdk.Stack(stack, "Target", env=cdk.Environment(account=account) if account else None)
    iam.Role(target, "Role", role_name=TARGET_ROLE, assumed_by=iam.AccountPrincipal(ACCOUNT))


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
        f"auto_delete_amis needs the role {LIFECYCLE_TARGET_ROLE} in target accounts, and this app has none for "
        f"{OTHER_ACCOUNT}, so that the AMIs there stay: put a LifecycleTargetRole into a stack of each, or acknowledge "
        "this if the roles come from elsewhere [ack: cdk-image-distribution:copiesStay]"
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
