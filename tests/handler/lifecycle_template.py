"""The templates that the lifecycle machine deploys: distributions with their waits, roles, policies and siblings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulated_aws import (
    DISTRIBUTION,
    POLICY,
    PROPERTIES,
    SIBLING,
    WAIT,
    GetAtt,
    Resource,
    function_policy,
    own_role,
    pass_role_policy,
)

#: Sources of the same AMI and of others. The third is disabled, the fourth deprecated and of another account.
SOURCES = (
    "ami-0123456789abcdef0",
    "ssm:/golden/ami",
    "ami-00000000000000d15",
    "ami-0000000000000dec0",
)


#: How long a part of a wait lasts, a fifth of what the construct gives it to save polls.
PART_SECONDS = 600
#: How much longer CloudFormation waits, as long as in the construct. A request delivered so late may time out.
LATE_SECONDS = 300


@dataclass(frozen=True)
class Declared:
    """One distribution as a user declares it.

    Attributes:
        role: A role of the user's, or empty for one that the construct makes.
        parts: How many wait resources there are; 0 for wait=False.
        retries: How often a failed distribution is retried.
        asks: Whether ami_id() asks for an AMI.
    """

    name: str
    revision: int = 1
    source: str = SOURCES[0]
    role: str = ""
    team: str = ""
    auto_delete: bool = False
    retain: bool = False
    parts: int = 1
    retries: int = 0
    asks: bool = False


def template(
    stack_id: str, distributions: Sequence[Declared], siblings: Mapping[str, str], policy_lag: float
) -> dict[str, Resource]:
    """Return a template as the construct writes it.

    Args:
        stack_id: Of the stack.
        distributions: What it declares.
        siblings: Properties of a sibling.
        policy_lag: Seconds until IAM has propagated a policy.
    """
    resources = {"FunctionPolicy": _policy(function_policy(stack_id), policy_lag)}
    for declared in distributions:
        role = f"arn:aws:iam::123456789012:role/{declared.role}" if declared.role else own_role(declared.name)
        needs = ["FunctionPolicy"]
        if declared.role:
            # Named by the role, so that the old one's policy stands until the old image is deleted.
            name = f"Pass{declared.role}"
            needs.append(name)
            resources[name] = _policy(pass_role_policy(role), policy_lag)
        timeout = 1800.0 if declared.auto_delete else 1200.0
        resources[declared.name] = Resource(
            DISTRIBUTION, _properties(declared, role), tuple(needs), timeout, declared.retain
        )
        resources |= _waits(declared)
    if siblings:
        resources["Sibling"] = Resource(SIBLING, siblings)
    return resources


def _policy(document: Mapping[str, Any], lag: float) -> Resource:
    return Resource(POLICY, {"Document": document, "Lag": lag})


def _properties(declared: Declared, role: str) -> dict[str, Any]:
    properties = {
        **PROPERTIES,
        "SourceImage": declared.source,
        "ExecutionRole": role,
        "Revision": str(declared.revision),
    }
    if declared.team:
        properties["Tags"] = {"Team": declared.team}
    if declared.auto_delete:
        # The user's role for both: the policy for it must outlive the old image.
        lifecycle_role = role if declared.role else own_role(f"{declared.name}-lifecycle")
        properties |= {"AutoDeleteAmis": "true", "LifecycleRole": lifecycle_role}
    return properties


def _waits(declared: Declared) -> dict[str, Resource]:
    waits = {}
    before = declared.name
    for part in range(1, declared.parts + 1):
        name = f"{declared.name}Wait{declared.parts - part}"
        properties: dict[str, Any] = {
            "ImageArn": GetAtt(before, "ImageArn"),
            "Segment": str(part),
            "Segments": str(declared.parts),
            "Seconds": str(PART_SECONDS),
            "Distribution": declared.name,
        }
        if declared.retries:
            properties["Retries"] = str(declared.retries)
            properties |= {"Retried": GetAtt(before, "Retried")} if part > 1 else {}
        if declared.asks and part == declared.parts:
            properties["AmiIds"] = {"AmiId.us-east-1": {"Region": "us-east-1"}}
        # The waits need the policy too, and must be deleted before it.
        waits[name] = Resource(WAIT, properties, ("FunctionPolicy",), PART_SECONDS + LATE_SECONDS)
        before = name
    return waits
