"""Findings of security checks that this package accepts for its users, each with its reason beside the resource."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

from ._environment import stack_of
from ._synthesis import at_synthesis

#: The reasons for the inline policies of roles and functions that this package makes, which some packs do not want.
INLINE_POLICIES = {
    f"{pack}-IAMNoInlinePolicy": "The policy is for this one role and is deleted with it; nothing else may use it."
    for pack in ("HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321")
}


def acknowledge(scope: IConstruct, construct: IConstruct, reasons: Callable[[], Mapping[str, str]]) -> None:
    """Record at synthesis why rules are broken at a construct and below, where cdk-nag 3 looks.

    Args:
        scope: A construct of the same stack.
        construct: Where the rules are broken.
        reasons: Returns the reason by the rule's id, such as `AwsSolutions-L1`.
    """
    at_synthesis(scope, lambda: _record(construct, reasons))


def _record(construct: IConstruct, reasons: Callable[[], Mapping[str, str]]) -> None:
    # To an app without cdk-nag the reasons are of no use, and they take time. An aws-cdk-lib without `Validations` is
    # too old for a cdk-nag that would look.
    if "cdk_nag" in sys.modules and hasattr(cdk, "Validations"):
        rules = [cdk.Acknowledgment(id=rule, reason=reason) for rule, reason in reasons().items()]
        cdk.Validations.of(construct).acknowledge(*rules)


def managed_policy(name: str) -> str:
    """Return the id of cdk-nag's finding that a role has an AWS managed policy."""
    return f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{name}]"


def wildcards(scope: IConstruct, resources: Iterable[str]) -> list[str]:
    """Return the ids of cdk-nag's findings for those of a policy's resources that have a wildcard."""
    found = (_flat(stack_of(scope).resolve(resource)) for resource in resources)
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
