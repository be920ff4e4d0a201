"""Whether a configuration names, by an ARN or by a reference to a resource of the app, what is in another Region."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnResource, Reference, Tokenization
from aws_cdk import aws_kms as kms

from ._environment import environment_of, stack_of
from ._literal import is_literal

# A reference to these is in the Region of their stack. One to a custom resource may name what is in any Region.
_REGIONAL = ("AWS::KMS::", "AWS::EC2::LaunchTemplate", "AWS::SSM::Parameter")


def other_region(value: Any, region: Any) -> str | None:
    """Return the Region of a key, a launch template or an SSM parameter if it is known to be another one.

    Args:
        value: An ARN, an id or a name, or a token for one.
        region: Where it should be; a token may be any Region.
    """
    found = _region_of(value) if isinstance(value, str) else ""
    return found if found and is_literal(found) and is_literal(region) and found != region else None


def _region_of(value: str) -> str:
    if value.startswith("arn:") and value.count(":") >= 5:
        return value.split(":")[3]
    return "" if is_literal(value) else _region_referred_to(value)


def _region_referred_to(value: str) -> str:
    token = Tokenization.reverse(value, fail_concat=False)
    if not isinstance(token, Reference) or not isinstance(token.target, CfnResource):
        return ""
    resource = token.target
    if not resource.cfn_resource_type.startswith(_REGIONAL) or _is_of_many_regions(resource, token.display_name):
        return ""
    return environment_of(stack_of(resource)).region


def _is_of_many_regions(resource: CfnResource, attribute: str) -> bool:
    # A key and its replicas have one id, and each Region may have an alias of a name; an ARN is of one Region.
    if attribute == "Arn":
        return False
    is_primary = isinstance(resource, kms.CfnKey) and bool(resource.multi_region)
    return is_primary or isinstance(resource, kms.CfnReplicaKey | kms.CfnAlias)
