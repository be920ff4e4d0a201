"""Whether the policies of the construct suffice, and what IAM checks for DistributeImage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from .. import stacks
from ..lab import Lab
from ..results import Finding
from .probe import Probe, described

# Service Authorization Reference, EC2 Image Builder, DistributeImage.
_DOCUMENTED = frozenset(
    {
        "ec2:DescribeImages",
        "iam:PassRole",
        "imagebuilder:DistributeImage",
        "imagebuilder:GetDistributionConfiguration",
        "imagebuilder:GetImage",
        "imagebuilder:TagResource",
        "ssm:GetParameter",
    }
)
_ACTION = re.compile(r"(?:perform:? |action )([a-z0-9-]+:[A-Za-z]+)")


def dependent_actions(lab: Lab) -> Iterator[Finding]:
    """Begin without permissions and add each action that is denied, until the distribution starts."""
    checked: dict[str, list[str]] = {}
    evidence: list[Any] = []
    for kind, source in (
        ("AMI id", lab.source_ami),
        ("parameter", f"ssm:{lab.base['Parameter']}"),
        ("image ARN", lab.observation.arn),
    ):
        checked[kind], errors = _actions_for(lab, source)
        evidence += errors
    details = "; ".join(f"{kind}: {', '.join(actions)}" for kind, actions in checked.items())
    is_documented = _DOCUMENTED.issuperset(action for actions in checked.values() for action in actions)
    yield Finding("dependent-actions", "documented" if is_documented else "more", details, {"denials": evidence})


def _actions_for(lab: Lab, source: str) -> tuple[list[str], list[Any]]:
    allowed: list[str] = []
    errors: list[Any] = []
    for _ in range(3 * len(_DOCUMENTED)):
        # A policy without an action is not valid.
        statement = {"Effect": "Allow", "Action": allowed or ["sts:GetCallerIdentity"], "Resource": "*"}
        client = lab.account.restricted(lab.base["Caller"], [statement])
        try:
            lab.distribute("Elsewhere", source=source, client=client)
            return allowed, errors
        except ClientError as error:
            errors.append(described(error))
            named = _ACTION.search(str(error))
            if named is None:
                raise
            if named[1] in allowed:
                # IAM has not propagated the role's own policy yet.
                lab.account.sleep(10)
            else:
                allowed.append(named[1])
    raise RuntimeError(f"Denied for ever: {errors[-1]}")


def product(lab: Lab) -> Iterator[Finding]:
    """Deploy the construct with each kind of source."""
    sources = {
        "policy-for-ami": lab.source_ami,
        "policy-for-parameter": f"ssm:{lab.base['Parameter']}",
        "policy-for-image": lab.observation.arn,
    }
    names = {id: lab.run.prefix + id.removeprefix("policy-for-").title() for id in sources}
    lab.deploy(
        {name: stacks.distribution(sources[id], lab.run.regions, lab.tags) for id, name in names.items()},
        "--no-rollback",
    )
    distributed: list[tuple[str, str, dict[str, Any]]] = []
    for id, name in names.items():
        events = lab.stack_events(name)
        answer, reason, evidence = _came_to(events, "Custom::ImageDistribution")
        yield Finding(id, answer, reason, evidence)
        if answer == "suffices":
            distributed.append(_came_to(events, "Custom::ImageDistributionWait"))
    if not distributed:
        yield Finding("execution-role", "", "No distribution started.")
        return
    answer, reason, evidence = min(distributed, key=lambda item: item[0] == "suffices")
    yield Finding("execution-role", answer, f"{len(distributed)} distributions started. {reason}", evidence)


def _came_to(events: list[dict[str, Any]], resource_type: str) -> tuple[str, str, dict[str, Any]]:
    """Return the answer, the reason and the stack events of a resource."""
    own = [event for event in events if event["ResourceType"] == resource_type]
    if any(event["ResourceStatus"] == "CREATE_COMPLETE" for event in own):
        return "suffices", "CREATE_COMPLETE", {"stack events": own}
    failed = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    reason = next(
        (event.get("ResourceStatusReason", "") for event in own + failed if event in failed), "no stack event"
    )
    is_denied = "not authorized" in reason or "Denied" in reason or "Unauthorized" in reason
    return "denied" if is_denied else "failed otherwise", reason, {"stack events": failed}


PROBES = (
    Probe(dependent_actions, ("dependent-actions",)),
    Probe(product, ("policy-for-ami", "policy-for-parameter", "policy-for-image", "execution-role")),
)
