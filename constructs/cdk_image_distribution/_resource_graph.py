"""What the resources of a stack depend on, before CDK writes the template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from aws_cdk import CfnResource, Stack
from constructs import IConstruct

from ._environment import stack_of

_REFERENCE = re.compile(r'"Ref": "(\w+)|"Fn::GetAtt": \[?"(\w+)|\$\{(\w+)')


def leads_to(policy: CfnResource, resource_types: str) -> bool:
    """Return whether a policy depends on certain resources, by references and dependencies of any length.

    It sees what is in properties, not in overrides, and only the resources of the stack. The policy's role is left
    out: whatever waits for the policy waits for its role, too.

    Args:
        policy: The policy.
        resource_types: What the types of those resources begin with.
    """
    stack = stack_of(policy)
    open_ends = [*_references(stack, policy._cfn_properties["policyDocument"]), *_ordered(policy, 2)]
    found: set[IConstruct] = set()
    while open_ends:
        resource = open_ends.pop()
        if resource in found:
            continue
        found.add(resource)
        # Only a resource without a class of its own can be of another type than CDK's.
        if type(resource) is CfnResource and resource.cfn_resource_type.startswith(resource_types):
            return True
        open_ends += [*_references(stack, resource._cfn_properties), *_ordered(resource)]
    return False


def _references(stack: Stack, value: Any) -> Iterator[CfnResource]:
    """Yield the resources that a part of the stack's template refers to."""
    names = {name for match in _REFERENCE.findall(json.dumps(stack.resolve(value))) for name in match if name}
    for logical_id in names:
        yield from _resources_of(stack).by_logical_id(logical_id)


def _ordered(resource: CfnResource, levels: int | None = None) -> Iterator[CfnResource]:
    """Yield what CloudFormation makes before a resource because of a dependency without a reference.

    A construct's dependencies are those of every resource below it.

    Args:
        resource: The resource.
        levels: How many constructs to consider, from the resource itself upwards. Default: all below the stack.
    """
    yield from (target for target in resource.obtain_dependencies() if isinstance(target, CfnResource))
    for scope in resource.node.scopes[::-1][:levels]:
        if isinstance(scope, Stack):
            break
        for root in scope.node.dependencies:
            yield from (child for child in root.node.find_all() if isinstance(child, CfnResource))


@cache
def _resources_of(stack: Stack) -> _Resources:
    return _Resources(stack)


class _Resources:
    """The resources of a stack by their logical ids, each of which is a round trip to jsii's kernel."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._named: set[IConstruct] = set()
        self._by_id: dict[str, list[CfnResource]] = {}

    def by_logical_id(self, logical_id: str) -> list[CfnResource]:
        """Return the resource, several if nested stacks have the same id, none for a parameter."""
        if logical_id not in self._by_id:
            self._name_new()
        # A later resource does not get the id of a parameter.
        return self._by_id.setdefault(logical_id, [])

    def _name_new(self) -> None:
        resources = (child for child in self._stack.node.find_all() if isinstance(child, CfnResource))
        new = [resource for resource in resources if resource not in self._named]
        self._named.update(new)
        for resource, logical_id in zip(new, self._stack.resolve([item.logical_id for item in new]), strict=True):
            self._by_id.setdefault(logical_id, []).append(resource)
