"""Whether a role of the app trusts Image Builder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aws_cdk import aws_iam as iam

from ._environment import stack_of

_SERVICE = "imagebuilder.amazonaws.com"


def trust_errors(argument: str, role: iam.IRole | None) -> Iterator[str]:
    """Yield a sentence if a role is made in the app and Image Builder cannot assume it."""
    resource = role.node.default_child if isinstance(role, iam.Role) else None
    if not isinstance(resource, iam.CfnRole):
        return
    document = stack_of(resource).resolve(resource.assume_role_policy_document)
    principals = [
        principal
        for statement in document.get("Statement", [])
        if statement.get("Effect") == "Allow" and "sts:AssumeRole" in _items(statement.get("Action"))
        for principal in _principals(statement.get("Principal"))
    ]
    # What only CloudFormation knows may be the service.
    if any(not isinstance(principal, str) or principal in ("*", _SERVICE) for principal in principals):
        return
    yield (
        f"{argument} must be a role that trusts {_SERVICE}, got {resource.node.path} with trust in "
        f"{', '.join(sorted(principals)) or 'nobody'}. Make it with "
        f"assumed_by=aws_iam.ServicePrincipal({_SERVICE!r}), or add that to its trust policy."
    )


def _principals(principal: Any) -> list[Any]:
    if not isinstance(principal, dict) or "Ref" in principal or any(key.startswith("Fn::") for key in principal):
        return _items(principal)
    return [item for value in principal.values() for item in _items(value)]


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
