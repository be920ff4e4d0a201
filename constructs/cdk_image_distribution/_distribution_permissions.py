"""What Image Builder needs to distribute, beyond AWS's managed policies, which name only what is Image Builder's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import ArnFormat, Aws, Reference, Tokenization
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from ._configuration_content import Distribution
from ._environment import stack_of
from ._literal import is_literal, is_placeholder
from ._parameter_arn import parameter_arn_for
from ._written_values import Value, has_any_value, named

#: Image Builder assumes a role of exactly this name in each target account.
TARGET_ROLE_NAME = "EC2ImageBuilderDistributionCrossAccountRole"

# IAM takes 10,240 characters of inline policies in a role, white space not counted.
_LARGEST = 9_500

# What is named takes under 150 characters, a key twice that.
_SURE_TO_FIT = 30

_DEFAULT_KEY = "alias/aws/ebs"


def statements_for(
    scope: IConstruct, distributions: Sequence[Distribution], source_ami: str | None
) -> list[iam.PolicyStatement]:
    """Return what the execution role needs for these distributions.

    Args:
        scope: A construct of the stack that distributes.
        distributions: What goes where.
        source_ami: Id of the source AMI, "*" if only Image Builder will know it, None for an image of Image Builder.

    Each resource is named. Only if they are more than a role's inline policies hold, Regions and target accounts
    become "*". What only the template of another stack can name is "*", too.
    """
    sharing = list(_sharing_statements(scope, distributions, source_ami))
    statements = [*sharing, *_statements(scope, distributions, is_named=True)]
    if _size(statements) <= _LARGEST:
        return statements
    return [*sharing, *_statements(scope, distributions, is_named=False)]


def is_widened(scope: IConstruct, distributions: Sequence[Distribution]) -> bool:
    """Return whether the statements for these distributions have "*" for Regions and accounts."""
    count = sum(
        1 + len(item.target_accounts) + len(item.launch_templates) + len(item.ssm_parameters) for item in distributions
    )
    if count <= _SURE_TO_FIT:
        return False
    sharing = _sharing_statements(scope, distributions, "*")
    return _size([*sharing, *_statements(scope, distributions, is_named=True)]) > _LARGEST


def key_statements(
    key_arns: Sequence[str], conditions: Mapping[str, Any] | None = None
) -> Iterator[iam.PolicyStatement]:
    """Yield what EBS does with the keys of encrypted AMIs; grants for AWS's own services only."""
    if not key_arns:
        return
    yield iam.PolicyStatement(
        actions=[
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        ],
        resources=list(key_arns),
        conditions=conditions,
    )
    yield iam.PolicyStatement(
        actions=["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
        resources=list(key_arns),
        conditions={**(conditions or {}), "Bool": {"kms:GrantIsForAWSResource": "true"}},
    )


def ssm_parameter_statements(parameter_arns: Sequence[str], *, looked_up: bool) -> Iterator[iam.PolicyStatement]:
    """Yield what writing AMI ids to SSM parameters takes; SSM looks up the AMI of a parameter of its image type."""
    if parameter_arns:
        yield iam.PolicyStatement(actions=["ssm:PutParameter"], resources=list(parameter_arns))
    if parameter_arns and looked_up:
        yield iam.PolicyStatement(actions=["ec2:DescribeImages"], resources=["*"])


def launch_template_statements(template_arns: Sequence[str]) -> Iterator[iam.PolicyStatement]:
    """Yield what a new default version of launch templates takes."""
    if not template_arns:
        return
    yield iam.PolicyStatement(
        actions=["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"], resources=list(template_arns)
    )
    yield iam.PolicyStatement(
        actions=["ec2:CreateTags"],
        resources=list(template_arns),
        conditions={"StringEquals": {"aws:RequestTag/CreatedBy": "EC2 Image Builder"}},
    )
    yield iam.PolicyStatement(
        actions=["ec2:DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplates"], resources=["*"]
    )


def accounts_elsewhere(scope: IConstruct, distribution: Distribution) -> list[str]:
    """Return the accounts that a distribution is known to need the target role in."""
    accounts = [
        *distribution.target_accounts,
        *(template.account for template in distribution.launch_templates),
        *(parameter.account for parameter in distribution.ssm_parameters),
    ]
    known = dict.fromkeys(account for account in accounts if is_literal(account))
    return [account for account in known if account != stack_of(scope).account]


def _statements(
    scope: IConstruct, distributions: Sequence[Distribution], *, is_named: bool
) -> list[iam.PolicyStatement]:
    stack = stack_of(scope)

    def arn(service: str, region: Value, resource: str, name: Value) -> str:
        return stack.format_arn(
            service=service,
            region=named(region) if is_named else "*",
            resource=resource,
            resource_name=named(name),
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )

    def is_own(account: Value) -> bool:
        return not is_literal(account) or account == stack.account or not is_literal(stack.account)

    parameters = [
        (item.region, parameter)
        for item in distributions
        for parameter in item.ssm_parameters
        if isinstance(parameter.name, str) and is_own(parameter.account)
    ]
    templates = [
        arn("ec2", item.region, "launch-template", template.id)
        for item in distributions
        for template in item.launch_templates
        if isinstance(template.id, str) and is_own(template.account)
    ]
    accounts = _unique(account for item in distributions for account in accounts_elsewhere(scope, item))
    return [
        *_target_role_statements(accounts if is_named or not accounts else ["*"]),
        *_key_statements(distributions, arn),
        *ssm_parameter_statements(
            [
                parameter_arn_for(scope, named(name), named(region) if is_named else "*")
                # Branches of one entry have its parameters in common.
                for region, name in dict.fromkeys((region, parameter.name) for region, parameter in parameters)
            ],
            looked_up=any(parameter.is_looked_up for _, parameter in parameters),
        ),
        *launch_template_statements(_unique(templates)),
    ]


def _size(statements: Sequence[iam.PolicyStatement]) -> int:
    return len(json.dumps([statement.to_statement_json() for statement in statements], separators=(",", ":")))


def _sharing_statements(
    scope: IConstruct, distributions: Sequence[Distribution], source_ami: str | None
) -> Iterator[iam.PolicyStatement]:
    """Yield what sharing the source AMI takes: AWS's managed policy covers only AMIs that Image Builder made."""
    if source_ami is None or not any(_shares_source(scope, item) for item in distributions):
        return
    stack = stack_of(scope)
    place = f"arn:{Aws.PARTITION}:ec2:{stack.region}:"
    own = {"StringEquals": {"ec2:Owner": stack.account}}
    yield iam.PolicyStatement(
        actions=["ec2:ModifyImageAttribute"],
        resources=[f"{place}:image/{source_ami}"],
        conditions=own if source_ami == "*" else None,
    )
    # An AMI does not tell its snapshots before the deployment.
    yield iam.PolicyStatement(
        actions=["ec2:ModifySnapshotAttribute"], resources=[f"{place}:snapshot/*"], conditions=own
    )


def _shares_source(scope: IConstruct, item: Distribution) -> bool:
    stack = stack_of(scope)
    if any(not is_literal(account) or account != stack.account for account in item.target_accounts):
        return True
    # In another Region, launch permissions go to a copy, which Image Builder makes.
    may_be_here = not is_literal(item.region) or not is_literal(stack.region) or item.region == stack.region
    return bool(item.launch_permissions) and may_be_here


def _target_role_statements(accounts: Sequence[str]) -> Iterator[iam.PolicyStatement]:
    if accounts:
        yield iam.PolicyStatement(
            actions=["sts:AssumeRole"],
            resources=[f"arn:{Aws.PARTITION}:iam::{account}:role/{TARGET_ROLE_NAME}" for account in accounts],
        )


def _key_statements(
    distributions: Sequence[Distribution], arn: Callable[[str, Value, str, Value], str]
) -> Iterator[iam.PolicyStatement]:
    keys = []
    for item in distributions:
        key = item.kms_key
        if not isinstance(key, str) or is_default_key(key):
            continue
        if has_any_value(key):
            yield from _keys_by_ec2(item.region, arn)
        elif _is_key_arn(key):
            keys.append(key)
        elif "alias/" in key and not is_placeholder(key):
            # IAM knows a key by its own ARN only; its aliases are a condition.
            place, name = key.split("alias/", 1)
            alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{name}"}}
            yield from key_statements([f"{place}key/*" if place else arn("kms", item.region, "key", "*")], alias)
        elif is_literal(key):
            keys.append(arn("kms", item.region, "key", key))
        else:
            # It may be an alias or an id, which is no ARN, and which key that is cannot be known here.
            yield from _keys_by_ec2(item.region, arn)
    yield from key_statements(_unique(keys))


def _keys_by_ec2(region: Value, arn: Callable[[str, Value, str, Value], str]) -> Iterator[iam.PolicyStatement]:
    """Yield what EBS does with any key of a Region, by way of EC2 only."""
    operator = "StringLike" if has_any_value(region) else "StringEquals"
    service = {operator: {"kms:ViaService": f"ec2.{named(region)}.{Aws.URL_SUFFIX}"}}
    yield from key_statements([arn("kms", region, "key", "*")], service)


def is_default_key(key: Value) -> bool:
    """Return whether a KMS key is known to be the one that AWS manages for EBS."""
    return isinstance(key, str) and (key == _DEFAULT_KEY or key.endswith(f":{_DEFAULT_KEY}"))


def _is_key_arn(key: str) -> bool:
    if is_literal(key):
        return key.startswith("arn:") and ":key/" in key
    if ":key/" in key:
        return True
    token = Tokenization.reverse(key, fail_concat=False)
    return isinstance(token, Reference) and token.display_name == "Arn"


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
