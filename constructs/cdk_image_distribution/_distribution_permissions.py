"""What Image Builder needs to distribute, beyond AWS's managed policies, which name only what is Image Builder's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import ArnFormat, Aws, Stack, Token
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from ._configuration_content import Distribution, Value

#: Image Builder assumes a role of exactly this name in each target account.
TARGET_ROLE_NAME = "EC2ImageBuilderDistributionCrossAccountRole"

# IAM takes 10,240 characters of inline policies in a role, white space not counted.
_LARGEST = 9_500

# What is named takes under 150 characters, a key twice that.
_SURE_TO_FIT = 30

_DEFAULT_KEY = "alias/aws/ebs"


def statements_for(scope: IConstruct, distributions: Sequence[Distribution]) -> list[iam.PolicyStatement]:
    """Return what the execution role needs for these distributions.

    Each resource is named. Only if they are more than a role's inline policies hold, Regions and target accounts
    become "*".
    """
    statements = _statements(scope, distributions, named=True)
    return statements if _size(statements) <= _LARGEST else _statements(scope, distributions, named=False)


def is_widened(scope: IConstruct, distributions: Sequence[Distribution]) -> bool:
    """Return whether the statements for these distributions have "*" for Regions and accounts."""
    named = sum(
        1 + len(item.target_accounts) + len(item.launch_templates) + len(item.ssm_parameters) for item in distributions
    )
    return named > _SURE_TO_FIT and _size(_statements(scope, distributions, named=True)) > _LARGEST


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
    named = [
        *distribution.target_accounts,
        *(template.account for template in distribution.launch_templates),
        *(parameter.account for parameter in distribution.ssm_parameters),
    ]
    known = dict.fromkeys(account for account in named if isinstance(account, str))
    return [account for account in known if account != Stack.of(scope).account]


def _statements(scope: IConstruct, distributions: Sequence[Distribution], *, named: bool) -> list[iam.PolicyStatement]:
    stack = Stack.of(scope)

    def arn(service: str, region: Value, resource: str, name: Value) -> str:
        return stack.format_arn(
            service=service,
            region=_text(region) if named else "*",
            resource=resource,
            resource_name=_text(name).removeprefix("/"),
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )

    def is_own(account: Value) -> bool:
        return account is None or account == stack.account or Token.is_unresolved(stack.account)

    parameters = [
        (item.region, parameter)
        for item in distributions
        for parameter in item.ssm_parameters
        if is_own(parameter.account)
    ]
    templates = [
        arn("ec2", item.region, "launch-template", template.id)
        for item in distributions
        for template in item.launch_templates
        if is_own(template.account)
    ]
    accounts = _unique(account for item in distributions for account in accounts_elsewhere(scope, item))
    return [
        *_target_role_statements(accounts if named or not accounts else ["*"]),
        *_key_statements(distributions, arn),
        *ssm_parameter_statements(
            _unique(arn("ssm", region, "parameter", parameter.name) for region, parameter in parameters),
            looked_up=any(parameter.is_looked_up for _, parameter in parameters),
        ),
        *launch_template_statements(_unique(templates)),
    ]


def _size(statements: Sequence[iam.PolicyStatement]) -> int:
    return len(json.dumps([statement.to_statement_json() for statement in statements], separators=(",", ":")))


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
        if key is None or is_default_key(key):
            continue
        if _is_key_arn(key):
            keys.append(_text(key))
        elif isinstance(key, str) and "alias/" in key:
            # IAM knows a key by its own ARN only; its aliases are a condition.
            place, name = key.split("alias/", 1)
            alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{name}"}}
            yield from key_statements([f"{place}key/*" if place else arn("kms", item.region, "key", "*")], alias)
        elif isinstance(key, str):
            keys.append(arn("kms", item.region, "key", key))
        else:
            # A reference to an alias or an id is no ARN, and to which key nobody can tell here.
            service = {"StringEquals": {"kms:ViaService": f"ec2.{_text(item.region)}.{Aws.URL_SUFFIX}"}}
            yield from key_statements([arn("kms", item.region, "key", "*")], service)
    yield from key_statements(_unique(keys))


def is_default_key(key: Value) -> bool:
    """Return whether a KMS key is known to be the one that AWS manages for EBS."""
    return isinstance(key, str) and (key == _DEFAULT_KEY or key.endswith(f":{_DEFAULT_KEY}"))


def _is_key_arn(key: Value) -> bool:
    if isinstance(key, str):
        return key.startswith("arn:") and ":key/" in key
    if isinstance(key, Mapping) and "Fn::Join" in key:
        return any(isinstance(part, str) and ":key/" in part for part in key["Fn::Join"][1])
    return isinstance(key, Mapping) and "Fn::GetAtt" in key and key["Fn::GetAtt"][-1] == "Arn"


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _text(value: Value) -> str:
    return value if isinstance(value, str) else Token.as_string(value)
