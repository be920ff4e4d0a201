"""The Region of what a configuration names, by its ARN or by a reference to a resource of the app."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnResource, Reference, Tokenization
from aws_cdk import aws_kms as kms

from ._environment import environment_of, stack_of
from ._literal import is_literal

# The value of a parameter, or of a custom resource, may name what is in any Region.
_REGIONAL = ("AWS::KMS::", "AWS::EC2::LaunchTemplate", "AWS::SSM::Parameter")


def region_of(value: Any) -> str | None:
    """Return the Region of a key, a launch template or an SSM parameter; None if it is not known at synthesis."""
    if not isinstance(value, str):
        return None
    if value.startswith("arn:") and value.count(":") >= 5:
        region = value.split(":")[3]
    else:
        region = "" if is_literal(value) else _region_referred_to(value)
    return region if region and is_literal(region) else None


def _region_referred_to(value: str) -> str:
    token = Tokenization.reverse(value, fail_concat=False)
    if not isinstance(token, Reference) or not isinstance(token.target, CfnResource):
        return ""
    resource = token.target
    if not resource.cfn_resource_type.startswith(_REGIONAL) or _is_of_many_regions(resource, token.display_name):
        return ""
    return environment_of(stack_of(resource)).region


def _is_of_many_regions(resource: CfnResource, attribute: str) -> bool:
    # Of a key and its replicas in other Regions, the id is the same; the ARN is not.
    if attribute == "Arn":
        return False
    return isinstance(resource, kms.CfnReplicaKey) or (isinstance(resource, kms.CfnKey) and bool(resource.multi_region))
