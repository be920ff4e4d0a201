"""The role that a target account needs, for Image Builder to copy an AMI into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aws_cdk import ArnFormat
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from . import _argument_types as types
from ._acknowledgements import acknowledge, managed_policy, wildcards
from ._distribution_permissions import (
    TARGET_ROLE_NAME,
    key_statements,
    launch_template_statements,
    ssm_parameter_statements,
)
from ._environment import stack_of
from ._limits import check_account, check_key_arn, check_launch_template_id
from ._parameter_name import check_parameter_name

_POLICY = "Ec2ImageBuilderCrossAccountDistributionAccess"


class DistributionTargetRole(iam.Role):
    """The role `EC2ImageBuilderDistributionCrossAccountRole`, which a target account needs.

    Image Builder requires that name. An account therefore has the role once, for all Regions and for one source
    account. Deploy it with a stack for each account, or with a StackSet that deploys to one Region.

    Args:
        scope: A stack of the target account.
        id: The role's id there.
        source_account: The account that distributes, 12 digits.
        kms_keys: The keys of encrypted AMIs, or their ARNs: those of the source account and of this account. The
            key policies of the source account must allow this account.
        ssm_parameters: Names of SSM parameters in this account that a distribution writes AMI ids to.
        launch_templates: Ids of launch templates in this account that a distribution makes new versions of.

    Raises:
        TypeError: An argument has another type.
        ValueError: An account, an ARN, a name or an id that cannot be one.

    Source: Image Builder user guide, Set up cross-account AMI distribution.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source_account: str,
        kms_keys: Sequence[kms.IKey | str] = (),
        ssm_parameters: Sequence[str] = (),
        launch_templates: Sequence[str] = (),
    ) -> None:
        types.SCOPE.check("scope", scope)
        types.TEXT.check("id", id)
        types.ACCOUNT.check("source_account", source_account)
        types.KEYS.check("kms_keys", kms_keys)
        types.TEXTS.check("ssm_parameters", ssm_parameters)
        types.TEXTS.check("launch_templates", launch_templates)
        check_account("source_account", source_account)
        for parameter in ssm_parameters:
            check_parameter_name("ssm_parameters", parameter)
        for template in launch_templates:
            check_launch_template_id("launch_templates", template)
        statements = [
            *key_statements(_key_arns(kms_keys)),
            *ssm_parameter_statements(
                [_arn(scope, "ssm", "parameter", name.removeprefix("/")) for name in ssm_parameters], looked_up=True
            ),
            *launch_template_statements([_arn(scope, "ec2", "launch-template", name) for name in launch_templates]),
        ]
        super().__init__(
            scope,
            id,
            role_name=TARGET_ROLE_NAME,
            assumed_by=iam.AccountPrincipal(source_account),
            description=f"EC2 Image Builder of account {source_account} distributes AMIs to this one with this role.",
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_POLICY)],
            inline_policies={"Distribution": iam.PolicyDocument(statements=statements)} if statements else None,
        )
        acknowledge(scope, self, lambda: self._reasons(statements))

    def _reasons(self, statements: Iterable[iam.PolicyStatement]) -> dict[str, str]:
        resources = [resource for statement in statements for resource in statement.resources]
        reason = "The role serves every Region, and descriptions take no narrower resource than '*'."
        return {
            managed_policy(_POLICY): "Image Builder's user guide asks for this policy.",
            **dict.fromkeys(wildcards(self, resources), reason),
        }


def _key_arns(keys: Sequence[kms.IKey | str]) -> list[str]:
    arns = [key if isinstance(key, str) else key.key_arn for key in keys]
    for arn in arns:
        check_key_arn("kms_keys", arn)
    return arns


def _arn(scope: Construct, service: str, resource: str, name: str) -> str:
    # The role is for every Region that AMIs go to.
    return stack_of(scope).format_arn(
        service=service,
        region="*",
        resource=resource,
        resource_name=name,
        arn_format=ArnFormat.SLASH_RESOURCE_NAME,
    )
