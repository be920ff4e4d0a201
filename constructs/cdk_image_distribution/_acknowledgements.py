"""Findings of security checks that this package accepts for its users, each with its reason beside the resource."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

#: The reasons for the inline policies of roles and functions that this package makes, which some packs do not want.
INLINE_POLICIES = {
    f"{pack}-IAMNoInlinePolicy": "The policy is for this one role and is deleted with it; nothing else may use it."
    for pack in ("HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321")
}


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Record why rules are broken at a construct and below, where cdk-nag 3 and CDK's own validation look.

    Args:
        construct: Where the rules are broken.
        reasons: The reason by the rule's id, such as `AwsSolutions-L1`.
    """
    # An aws-cdk-lib without it is too old for a cdk-nag that would look.
    if hasattr(cdk, "Validations"):
        rules = [cdk.Acknowledgment(id=rule, reason=reason) for rule, reason in reasons.items()]
        cdk.Validations.of(construct).acknowledge(*rules)


def managed_policy(name: str) -> str:
    """Return the id of cdk-nag's finding that a role has an AWS managed policy."""
    return f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{name}]"


def wildcards(scope: IConstruct, resources: Iterable[str]) -> list[str]:
    """Return the ids of cdk-nag's findings for those of a policy's resources that have a wildcard."""
    found = (_flat(cdk.Stack.of(scope).resolve(resource)) for resource in resources)
    return [f"AwsSolutions-IAM5[Resource::{resource}]" for resource in found if "*" in resource]


def _flat(value: Any) -> str:
    # cdk-nag names a finding by the resolved value, flattened so.
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(_flat(part) for part in parts)
    if "Fn::GetAtt" in value:
        return f"<{'.'.join(value['Fn::GetAtt'])}>"
    if "Ref" in value:
        return f"<{value['Ref']}>"
    return json.dumps(value, separators=(",", ":"))
