"""Policies of the function's role: for what users bring, and all of them on a role of another stack."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsii
from aws_cdk import Aws, Fn, Token
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct, IValidation

from ._environment import stack_of
from ._warnings import warn

# IAM takes 10,240 characters of inline policies in a role, white space not counted. The function's own policy takes
# 4,100 of them at most, and a name that CloudFormation makes 95.
_ROOM = 10_240 - 4_100
_UNKNOWN_NAME = "x" * 95

# A reference to anything but a pseudo parameter.
_REFERENCE = re.compile(r'"(?:Ref": "(?!AWS::)|Fn::GetAtt": )')


@jsii.implements(IValidation)
class AttachedPolicies:
    """A policy for each role and parameter, apart from the function's own policy, so that no dependency is a cycle.

    Attributes:
        role_is_own: Whether the provider's stack makes the role.

    Args:
        scope: The provider.
        role: The function's role.
    """

    def __init__(self, scope: Construct, role: iam.IRole) -> None:
        self._scope = scope
        self._role = role
        # An imported role is no iam.Role, and its stack is the one that imports it.
        self.role_is_own = isinstance(role, iam.Role) and stack_of(role).node.path == stack_of(scope).node.path
        self._policies: dict[str, iam.Policy] = {}
        scope.node.add_validation(self)

    def allow(
        self,
        action: str,
        resource: str,
        *,
        told_apart_by: IConstruct,
        conditions: Mapping[str, Any] | None = None,
    ) -> iam.Policy:
        """Return the policy that allows an action on a resource, the same one for the same resource.

        Its logical id derives from the resource. So a change of the resource is a new policy, and CloudFormation
        deletes the old one after every custom resource that the same update deletes.

        Args:
            action: The action.
            resource: The resource's ARN.
            told_apart_by: What the id derives from if the ARN refers to a resource: a construct that is another one
                for another resource.
            conditions: The statement's conditions.
        """
        key = _identity(self._scope, resource) or told_apart_by.node.addr
        id = f"{action.partition(':')[2]}{hashlib.sha256(key.encode()).hexdigest()[:8]}"
        if id not in self._policies:
            statement = iam.PolicyStatement(actions=[action], resources=[resource], conditions=conditions)
            self._policies[id] = self.attach(id, [statement])
        return self._policies[id]

    def attach(self, id: str, statements: Sequence[iam.PolicyStatement]) -> iam.Policy:
        """Return a new policy of the role.

        Args:
            id: The policy's id below the provider.
            statements: What it allows.
        """
        policy = iam.Policy(self._scope, id, statements=statements, policy_name=self._name(id))
        # Not `roles`, which would attach it to a role that takes no updates, too.
        self._role.attach_inline_policy(policy)
        return policy

    def _name(self, id: str) -> str | None:
        if self.role_is_own:
            return None
        # CDK's name is the logical id. A stack with the same ids may use the same role: IAM would replace the policy.
        stack_uuid = Fn.select(2, Fn.split("/", Aws.STACK_ID))
        return f"{id}-{self._scope.node.addr[-8:]}-{stack_uuid}"

    def validate(self) -> list[str]:
        """Put the warnings on the provider; there are no errors."""
        for doubt in self._doubts():
            warn(self._scope, "functionPolicy", doubt)
        return []

    def _doubts(self) -> Iterator[str]:
        # Most have less than 300 characters; to measure them takes time.
        if len(self._policies) * 300 <= _ROOM:
            return
        size = sum(_size(stack_of(policy).resolve(policy.document.to_json())) for policy in self._policies.values())
        if size > _ROOM:
            yield (
                f"The function's role has {len(self._policies)} policies for roles and SSM parameters of users, "
                "probably more than IAM takes: share an execution_role, or make another ImageDistributionProvider"
            )


def _identity(scope: IConstruct, arn: str) -> str | None:
    """Return the resolved ARN, None if it refers to a resource: two stacks may have the same ids."""
    if not Token.is_unresolved(arn):
        return arn
    resolved = json.dumps(stack_of(scope).resolve(arn), sort_keys=True)
    return None if _REFERENCE.search(resolved) else resolved


def _size(document: Any) -> int:
    return len(json.dumps(_longest(document), separators=(",", ":")))


def _longest(value: Any) -> Any:
    if isinstance(value, list):
        return [_longest(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(str(_longest(part)) for part in parts)
    if "Ref" in value:
        return "x" * 20
    if any(key.startswith("Fn::") for key in value):
        return _UNKNOWN_NAME
    return {key: _longest(item) for key, item in value.items()}
