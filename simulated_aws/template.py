"""What a stack declares: custom resources, policies of the function's role, and siblings that may fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

#: A policy of the function's role. Properties: `Document`, and `Lag`, the seconds until IAM has propagated it.
POLICY = "AWS::IAM::Policy"
#: Any other resource. Properties: `Seconds` that each operation on it takes, and `Fails`, such as `Create,Update`.
SIBLING = "Test::Sibling"


@dataclass(frozen=True)
class GetAtt:
    """A reference to an attribute of another resource of the stack."""

    logical_id: str
    attribute: str


@dataclass(frozen=True)
class Resource:
    """One resource of a template.

    Attributes:
        depends_on: Logical ids; those that properties refer to are added.
        service_timeout: Seconds until CloudFormation gives up waiting for an answer.
        retain: DeletionPolicy and UpdateReplacePolicy are Retain.
    """

    type: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    service_timeout: float = 3600.0
    retain: bool = False

    def needs(self) -> set[str]:
        """Return the logical ids that must be there before this resource."""
        return {*self.depends_on, *(reference.logical_id for reference in _references(self.properties))}


#: Resources by logical id.
Template = Mapping[str, Resource]


def resolve(value: Any, attributes: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return a property with the attributes that it refers to.

    Raises:
        KeyError: A resource has no such attribute.
    """
    if isinstance(value, GetAtt):
        return attributes[value.logical_id][value.attribute]
    if isinstance(value, Mapping):
        return {key: resolve(held, attributes) for key, held in value.items()}
    return value


def _references(value: Any) -> Iterator[GetAtt]:
    if isinstance(value, GetAtt):
        yield value
    elif isinstance(value, Mapping):
        for held in value.values():
            yield from _references(held)
