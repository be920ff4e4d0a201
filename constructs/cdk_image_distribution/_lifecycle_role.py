"""The roles that Image Builder deletes AMIs with: of the distribution's account, and of a target account."""

from __future__ import annotations

from typing import Any

import jsii
from aws_cdk import Aws, IStableAnyProducer, Lazy
from aws_cdk import aws_iam as iam
from constructs import Construct

from . import _argument_types as types
from ._acknowledgements import acknowledge, managed_policy, wildcards
from ._distribution_configuration import DistributionConfiguration
from ._environment import stack_of
from ._limits import check_account
from ._made_role import MadeRole, Trust, check_is_made
from ._written_values import named

#: Image Builder assumes a role of exactly this name in each target account.
LIFECYCLE_TARGET_ROLE_NAME = "Ec2ImageBuilderCrossAccountLifecycleAccess"

_POLICY = "service-role/EC2ImageBuilderLifecycleExecutionPolicy"

# IAM takes 10,240 characters of inline policies in a role; each account takes about 90 in a template.
_NAMED_ACCOUNTS = 100


def make_lifecycle_role(scope: Construct, id: str, trust: Trust, configuration: DistributionConfiguration) -> iam.Role:
    """Make a role to delete AMIs and snapshots with; AWS's policy knows only those that Image Builder made.

    Args:
        scope: Where the role goes.
        id: Its id there.
        trust: What the stack's roles have in common.
        configuration: The configuration, whose target accounts have AMIs too.

    Raises:
        ValueError: `iam.Role.customize_roles()` replaced the role.
    """
    role = MadeRole(scope, id, trust=trust, policy=_POLICY)
    check_is_made("lifecycle_role", role.role_arn)
    if configuration.resource is not None:
        resource = role.node.default_child
        assert isinstance(resource, iam.CfnRole)
        # cdk-nag cannot read a list that is left out when it is empty.
        resource.policies = Lazy.any(_TargetAccounts(role, configuration))
        reason = "Accounts are '*' only if they are more than a policy holds, or another template's to name."
        acknowledge(scope, role, lambda: dict.fromkeys(wildcards(role, [_role_arn("*")]), reason))
    return role


@jsii.implements(IStableAnyProducer)
class _TargetAccounts:
    """The inline policy to assume the roles of target accounts, none without such accounts.

    AWS's guide has Image Builder itself assume them, and says of no permission here. Whether it acts with the lifecycle
    role is undocumented.
    """

    def __init__(self, role: iam.Role, configuration: DistributionConfiguration) -> None:
        self._role = role
        self._configuration = configuration

    def produce(self) -> list[dict[str, Any]]:
        own = stack_of(self._role).account
        found = (account for item in self._configuration.distributions() for account in item.target_accounts)
        accounts = [account for account in dict.fromkeys(found) if isinstance(account, str) and account != own]
        if not accounts:
            return []
        if len(accounts) > _NAMED_ACCOUNTS:
            accounts = ["*"]
        arns = [_role_arn(named(account)) for account in accounts]
        statement = iam.PolicyStatement(actions=["sts:AssumeRole"], resources=arns)
        return [
            {"policyName": "TargetAccounts", "policyDocument": iam.PolicyDocument(statements=[statement]).to_json()}
        ]


class LifecycleTargetRole(iam.Role):
    """The role `Ec2ImageBuilderCrossAccountLifecycleAccess`, with which `auto_delete_amis` deletes AMIs there.

    Image Builder requires that name. An account therefore has the role once, for all Regions and for one source
    account.

    Args:
        scope: A stack of the target account.
        id: The role's id there.
        source_account: The account that distributes, 12 digits.

    Raises:
        TypeError: An argument has another type.
        ValueError: An account that cannot be one.

    Source: Image Builder user guide, lifecycle management prerequisites.
    """

    def __init__(self, scope: Construct, id: str, *, source_account: str) -> None:
        types.SCOPE.check("scope", scope)
        types.TEXT.check("id", id)
        types.ACCOUNT.check("source_account", source_account)
        check_account("source_account", source_account)
        conditions = {
            "StringEquals": {"aws:SourceAccount": source_account},
            "ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:imagebuilder:*:*:image/*/*/*"},
        }
        super().__init__(
            scope,
            id,
            role_name=LIFECYCLE_TARGET_ROLE_NAME,
            assumed_by=iam.ServicePrincipal("imagebuilder.amazonaws.com", conditions=conditions),
            description=f"EC2 Image Builder of account {source_account} deletes its AMIs in this one with this role.",
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_POLICY)],
        )
        reason = "Image Builder's user guide asks for this policy."
        acknowledge(scope, self, lambda: {managed_policy(_POLICY): reason})


def _role_arn(account: str) -> str:
    return f"arn:{Aws.PARTITION}:iam::{account}:role/{LIFECYCLE_TARGET_ROLE_NAME}"
