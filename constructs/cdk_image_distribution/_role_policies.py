"""The policies that a distribution waits for: those that the app gives to its roles."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Dependable, DependencyGroup, IConstruct, IDependable

from ._resource_graph import leads_to

#: The type of what starts a distribution. The type of a wait begins with it.
DISTRIBUTION_TYPE = "Custom::ImageDistribution"


def policies_of(role: iam.IRole) -> IDependable:
    """Return the policies that the app gives to a role, for a dependency on all of them at synthesis.

    What a user grants to a role may become a resource of its own, which nothing else makes a distribution wait for.
    A policy that depends on a distribution of the stack is none of them: the dependency would be a cycle.
    """
    group = DependencyGroup()
    Dependable.implement(group, _PoliciesOf(role))
    return group


class _PoliciesOf(Dependable):
    """The policies below a role at synthesis."""

    def __init__(self, role: iam.IRole) -> None:
        super().__init__()
        self._role = role

    @property
    def dependency_roots(self) -> list[IConstruct]:
        return [
            child
            for child in self._role.node.find_all()
            if isinstance(child, iam.CfnPolicy | iam.CfnManagedPolicy) and not leads_to(child, DISTRIBUTION_TYPE)
        ]
