"""Whether conditions on tags hold."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from ..lab import Lab
from ..results import Finding
from .errors import kind_of, missing_arn
from .probe import Probe, is_denied, outcome

_KEY = "Stack"
_OWN, _FOREIGN = {_KEY: "own"}, {_KEY: "foreign"}


def _allow(actions: list[str], **condition: str) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return {**statement, "Condition": {"StringEquals": condition}} if condition else statement


def resource_tags(lab: Lab) -> Iterator[Finding]:
    """Cancel, change and delete images with and without the tag that a session policy asks for."""
    own, other, foreign = (lab.distribute("Elsewhere", tags=tags) for tags in (_OWN, _OWN, _FOREIGN))
    actions = [f"imagebuilder:{name}" for name in ("CancelImageCreation", "DeleteImage", "StartResourceStateUpdate")]
    client = lab.account.restricted(lab.base["Caller"], [_allow(actions, **{f"aws:ResourceTag/{_KEY}": "own"})])

    def compare(id: str, call: Any, parameter: str, allowed: str, **more: Any) -> Finding:
        refused_answer, refusal = outcome(call, **{parameter: foreign}, **more)
        _, own_error = outcome(call, **{parameter: allowed}, **more)
        if is_denied(own_error):
            answer = "an image with the tag is denied too"
        else:
            answer = "enforced" if is_denied(refusal) else "ignored"
        evidence = {"without the tag": refusal or refused_answer, "with the tag": own_error or "allowed"}
        return Finding(id, answer, f"Without the tag: {refusal.get('code', 'allowed')}", evidence)

    yield compare("condition-cancel", client.cancel_image_creation, "imageBuildVersionArn", own)
    for arn in (own, other, foreign):
        outcome(lab.image_builder.cancel_image_creation, imageBuildVersionArn=arn)
    for arn in (own, other, foreign):
        lab.ended(arn)
    yield compare(
        "condition-state-update",
        client.start_resource_state_update,
        "resourceArn",
        own,
        state={"status": "DELETED"},
        clientToken=str(uuid.uuid4()),
    )
    yield compare("condition-delete", client.delete_image, "imageBuildVersionArn", other)

    arn = missing_arn(lab)
    _, error = outcome(client.delete_image, imageBuildVersionArn=arn)
    kind = kind_of(error, arn) if error else "success"
    answer = {"message": "not-found"}.get(kind, kind)
    yield Finding("condition-missing", answer, f"{error.get('code')}: {error.get('message')}", error)


def request_tags(lab: Lab) -> Iterator[Finding]:
    """Start distributions with and without the tag that a session policy asks for."""
    statements = [
        _allow(["imagebuilder:DistributeImage", "imagebuilder:TagResource"], **{f"aws:RequestTag/{_KEY}": "own"}),
        _allow(["imagebuilder:Get*", "iam:PassRole", "ec2:DescribeImages", "ssm:GetParameter"]),
    ]
    client = lab.account.restricted(lab.base["Caller"], statements)
    errors = {
        name: outcome(lambda tags: {"arn": lab.distribute("Elsewhere", client=client, tags=tags)}, tags=tags)[1]
        for name, tags in (("without the tag", _FOREIGN), ("with the tag", _OWN))
    }
    if is_denied(errors["with the tag"]):
        answer = "a start with the tag is denied too"
    else:
        answer = "enforced" if is_denied(errors["without the tag"]) else "ignored"
    details = f"Without the tag: {errors['without the tag'].get('code', 'allowed')}"
    yield Finding("condition-request-tag", answer, details, errors)


PROBES = (
    Probe(resource_tags, ("condition-cancel", "condition-state-update", "condition-delete", "condition-missing")),
    Probe(request_tags, ("condition-request-tag",)),
)
