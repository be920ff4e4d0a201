"""What must always be true of the answer to a request of CloudFormation's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simulated_aws import DISTRIBUTION, WAIT, Sent, Stack

from .lifecycle_template import LATE_SECONDS

if TYPE_CHECKING:
    from .lifecycle_rules import Witness

ROLLBACK = "UPDATE_ROLLBACK_IN_PROGRESS"
_CONTENT = ("SourceImage", "DistributionConfigurationArn", "Revision")


def content_of(properties: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what properties distribute where."""
    return tuple(properties.get(key) for key in _CONTENT)


def problems_of(witness: Witness, sent: Sent, stack: Stack) -> Iterator[str]:
    """Yield what is wrong with the answer to a request, or with its absence."""
    kind, name = sent.event["RequestType"], sent.event["LogicalResourceId"]
    what = f"{kind} of {name} in {sent.phase}"
    is_excused = witness.excused or _came_too_late(witness, sent) or _was_stopped(witness, sent)
    if sent.outcome == "timed out" and not is_excused:
        yield f"{what}: not answered before its ServiceTimeout"
    if sent.answer is None:
        return
    if kind != "Delete":
        yield from _told(witness, sent, what)
    if sent.outcome == "FAILED":
        yield from _reason(witness, sent, what)
        if sent.phase == ROLLBACK and not witness.excused:
            yield f"{what}: a rollback failed: {sent.answer['Reason']}"
    elif sent.event["ResourceType"] == DISTRIBUTION and kind != "Delete":
        yield from _answer(witness, sent, stack, what)
    elif kind != "Delete" and int(sent.event["ResourceProperties"]["Segment"]) == int(
        sent.event["ResourceProperties"]["Segments"]
    ):
        for asked in sent.event["ResourceProperties"].get("AmiIds", {}):
            if asked not in sent.answer["Data"]:
                yield f"{what}: answers without {asked}"


def _came_too_late(witness: Witness, sent: Sent) -> bool:
    """Tell whether a part of a wait was delivered so late that its time is longer than CloudFormation's."""
    request = sent.event["RequestId"]
    first = (call for call in witness.account.function.invocations if call.event.get("RequestId") == request)
    started = next((invocation.started for invocation in first), float("inf"))
    return sent.event["ResourceType"] == WAIT and started > sent.at + LATE_SECONDS - 100


def _was_stopped(witness: Witness, sent: Sent) -> bool:
    """Tell whether an earlier Delete of that name was delivered again: it deletes the request's polling rule."""
    deletes = {
        other.event["RequestId"]
        for stack in witness.stacks
        for other in stack.sent
        if other.event["RequestType"] == "Delete"
        and other.event["LogicalResourceId"] == sent.event["LogicalResourceId"]
        and other.at < sent.at
    }
    return any(
        invocation.event.get("RequestId") in deletes and invocation.started > sent.at
        for invocation in witness.account.function.invocations
    )


def _told(witness: Witness, sent: Sent, what: str) -> Iterator[str]:
    """Every failure is told, and every image that was started or became AVAILABLE for the stack."""
    calls = witness.calls_by_cause[sent.event["RequestId"]]
    told = {
        call.parameters["Entries"][0]["DetailType"].removeprefix("Image Distribution ")
        for call in calls
        if call.operation == "PutEvents"
    }
    bad = told & {"Failed", "Timed Out", "Refused"}
    if sent.outcome == "FAILED" and not told & {"Failed", "Timed Out", "Refused", "Cancelled"}:
        yield f"{what}: its failure is not told"
    if sent.outcome == "SUCCESS" and bad and len(witness.account.answers_to(sent.event)) == 1:
        yield f"{what}: it succeeded, and {bad} is told"
    started = any(call.operation == "DistributeImage" and call.outcome == "ok" for call in calls)
    if sent.outcome == "SUCCESS" and started and "Started" not in told:
        yield f"{what}: its start is not told"
    if "Available" in told and (sent.event["ResourceType"] != WAIT or sent.phase == ROLLBACK):
        yield f"{what}: completion is told, and nothing was waited for"


def _reason(witness: Witness, sent: Sent, what: str) -> Iterator[str]:
    assert sent.answer is not None
    calls = witness.calls_by_cause[sent.event["RequestId"]]
    refused = [call for call in calls if call.outcome in ("AccessDeniedException",)]
    others = [call for call in calls if call.service != "answers" and call.operation != "PutEvents"]
    if refused and refused[-1] is others[-1]:
        reason = sent.answer["Reason"]
        action = "PassRole" if "PassRole" in reason else refused[-1].operation
        if action not in reason or "AccessDenied" not in reason:
            yield f"{what}: the reason names neither action nor code: {reason}"


def _answer(witness: Witness, sent: Sent, stack: Stack, what: str) -> Iterator[str]:
    assert sent.answer is not None
    answered, current = sent.answer["PhysicalResourceId"], sent.event.get("PhysicalResourceId", "")
    content, made = contents(witness), content_of(sent.event["ResourceProperties"])
    if sent.phase == ROLLBACK:
        before = stack.before[sent.event["LogicalResourceId"]].physical_id
        if answered != before and not witness.forged:
            yield f"{what}: returns to {answered}, not to {before}"
    elif current not in content or content[current][0] != made:
        if answered not in content or content[answered][1] != sent.event["RequestId"]:
            same = made == content_of(sent.event.get("OldResourceProperties", {}))
            if not (same and answered == current):
                yield f"{what}: answers {answered}, which it did not start"
    elif answered != current:
        yield f"{what}: {current} is what is wanted, yet it answers {answered}"


def contents(witness: Witness) -> dict[str, tuple[tuple[Any, ...], str]]:
    """Return what each image distributes, and the request that started it."""
    events = {sent.event["RequestId"]: sent.event for stack in witness.stacks for sent in stack.sent}
    by_token = {token: request for request, token in witness.started.items()}
    found = {}
    for token, (_, answer) in _answers(witness).items():
        request = by_token.get(token)
        if request is not None and request in events:
            found[answer["imageBuildVersionArn"]] = (content_of(events[request]["ResourceProperties"]), request)
    return found


def _answers(witness: Witness) -> Mapping[str, Any]:
    store = witness.account.builder.store
    return {token: known for (operation, token), known in store.answers.items() if operation == "DistributeImage"}
