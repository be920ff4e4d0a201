"""IAM: the policies of the function's role, how they change over time, and what each API call needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from .boto_clients import REGION
from .requests import ACCOUNT

#: An IAM policy document.
Document = Mapping[str, Any]

# Names as long as IAM and Lambda allow.
ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/Golden-HandlerRole-{'r' * 46}/Golden-Handler-{'f' * 49}"

_CODES = {"cloudformation": "AccessDenied", "ec2": "UnauthorizedOperation"}
_IMAGE_BUILDER = "imagebuilder.amazonaws.com"


@dataclass(frozen=True)
class Needed:
    """One permission that a call needs.

    Attributes:
        action: Such as `imagebuilder:GetImage`.
        resource: Its ARN, or `*`.
        context: The values of condition keys; a list for a key with many values.
    """

    action: str
    resource: str
    context: Mapping[str, str | list[str]] = field(default_factory=dict)


class _Policy:
    """A policy that is in force for a time, in seconds since the epoch."""

    def __init__(self, name: str, document: Document, start: float) -> None:
        self.name = name
        self.start, self.end = start, float("inf")
        self._document = document
        self._about: dict[str, list[Mapping[str, Any]]] = {}

    def allows(self, needed: Needed) -> bool:
        """Return whether a statement allows what is needed."""
        if needed.action not in self._about:
            statements = self._document["Statement"]
            self._about[needed.action] = [found for found in statements if _is_about(found, needed.action)]
        return any(_allows(statement, needed) for statement in self._about[needed.action])


@dataclass
class Permissions:
    """The policies of the function's role. Without any, every call is allowed.

    Attributes:
        clock: Seconds since the epoch.
    """

    clock: Callable[[], float]
    _policies: list[_Policy] = field(default_factory=list)

    def put(self, name: str, document: Document, after: float = 0.0) -> None:
        """Attach a policy, or replace the one of that name, in force after so many seconds."""
        self.remove(name, after)
        self._policies.append(_Policy(name, document, self.clock() + after))

    def remove(self, name: str, after: float = 0.0) -> None:
        """Remove a policy, out of force after so many seconds."""
        end = self.clock() + after
        for policy in self._policies:
            if policy.name == name and policy.end == float("inf"):
                policy.end = end

    def denial(self, needed: Needed) -> str | None:
        """Return IAM's message if a permission is missing, else None."""
        now = self.clock()
        in_force = (policy for policy in self._policies if policy.start <= now < policy.end)
        if not self._policies or any(policy.allows(needed) for policy in in_force):
            return None
        return (
            f"User: {ROLE} is not authorized to perform: {needed.action} on resource: {needed.resource} "
            f"because no identity-based policy allows the {needed.action} action"
        )


def denial_code(service: str) -> str:
    """Return the error code with which a service denies a call."""
    return _CODES.get(service, "AccessDeniedException")


def needed_for(
    service: str, operation: str, parameters: Mapping[str, Any], tags_of: Callable[[str], Mapping[str, str]]
) -> Iterator[Needed]:
    """Yield the permissions that a call needs.

    Source: Service Authorization Reference.

    Args:
        service: botocore's name of the service.
        operation: Such as `DistributeImage`.
        parameters: Of the call.
        tags_of: Returns the tags of an image by its ARN.
    """
    if service == "imagebuilder":
        yield from _image_builder(operation, parameters, tags_of)
    elif operation == "PutEvents":
        for entry in parameters["Entries"]:
            bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{entry.get('EventBusName', 'default')}"
            yield Needed("events:PutEvents", bus, {"events:source": [entry["Source"]]})
    elif service == "events":
        name = parameters.get("Rule") or parameters.get("Name")
        yield Needed(f"events:{operation}", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}" if name else "*")
    elif service == "cloudformation":
        yield Needed(f"cloudformation:{operation}", parameters["StackName"])
    elif service == "ec2":
        yield Needed(f"ec2:{operation}", "*")
    elif service == "resourcegroupstaggingapi":
        yield Needed(f"tag:{operation}", "*")


def _image_builder(
    operation: str, parameters: Mapping[str, Any], tags_of: Callable[[str], Mapping[str, str]]
) -> Iterator[Needed]:
    prefix = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}"
    requested = {f"aws:RequestTag/{key}": value for key, value in parameters.get("tags", {}).items()}
    if operation == "DistributeImage":
        for action in ("DistributeImage", *(["TagResource"] if requested else [])):
            yield Needed(f"imagebuilder:{action}", f"{prefix}:image/new/1.0.0/1", requested)
        yield Needed("imagebuilder:GetDistributionConfiguration", parameters["distributionConfigurationArn"])
    elif operation == "GetLifecycleExecution":
        yield Needed(f"imagebuilder:{operation}", f"{prefix}:lifecycle-execution/{parameters['lifecycleExecutionId']}")
    else:
        arn = parameters.get("imageBuildVersionArn") or parameters.get("resourceArn") or "*"
        held = {f"aws:ResourceTag/{key}": value for key, value in tags_of(arn).items()}
        yield Needed(f"imagebuilder:{operation}", arn, {**held, **requested})
    role = parameters.get("executionRole")
    if role:
        arn = role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:role/{role}"
        yield Needed("iam:PassRole", arn, {"iam:PassedToService": _IMAGE_BUILDER})


def _is_about(statement: Mapping[str, Any], action: str) -> bool:
    assert statement.get("Effect", "Allow") == "Allow", "only Allow is simulated"
    # IAM compares actions without case, ARNs with it.
    return any(fnmatchcase(action.lower(), named.lower()) for named in _list(statement["Action"]))


def _allows(statement: Mapping[str, Any], needed: Needed) -> bool:
    return any(_matches(needed.resource, resource) for resource in _list(statement["Resource"])) and all(
        _holds(operator, key, _list(values), needed.context)
        for operator, conditions in statement.get("Condition", {}).items()
        for key, values in conditions.items()
    )


def _holds(operator: str, key: str, values: list[str], context: Mapping[str, str | list[str]]) -> bool:
    # For a key without a value ForAllValues holds.
    if operator == "ForAllValues:StringEquals":
        return all(found in values for found in _list(context.get(key, [])))
    if operator not in ("StringEquals", "StringLike", "ArnLike", "ArnEquals"):
        raise ValueError(f"The condition operator {operator} is not simulated.")
    found = context.get(key)
    if not isinstance(found, str):
        return False
    return found in values if operator == "StringEquals" else any(_matches(found, value) for value in values)


_matches = lru_cache(maxsize=10_000)(fnmatchcase)


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
