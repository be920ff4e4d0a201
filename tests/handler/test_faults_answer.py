"""Faults 1, 16 and 19: the answer reaches CloudFormation, the rule is deleted, the reason says what matters."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import DISTRIBUTION, PROPERTIES, WAIT, SimulatedAccount

from .steps import WAIT_PROPERTIES, create, created, deleted, is_clean, wait_request

REFUSALS: dict[str, dict[str, Any]] = {
    "503 once": {"status": 503, "times": 1},
    "500 twice": {"status": 500, "times": 2},
    "connection dropped": {"unreachable": True, "times": 1},
    "accepted, but the status is lost": {"lost": True, "times": 1},
    "503 for two minutes": {"status": 503, "times": None, "seconds": 1},
}
KINDS = ["Create", "Update", "Delete", "wait"]


def request_of(account: SimulatedAccount, kind: str) -> dict[str, Any]:
    """Return a request of each kind; the wait and the Delete are polled."""
    if kind == "Create":
        return account.request("Create")
    account.builder.script.outcomes.append(Outcome(distributing=100, cancelling=70))
    arn = created(account)
    if kind == "wait":
        return wait_request(account, arn)
    changed = {**PROPERTIES, "Revision": "2"}
    if kind == "Update":
        return account.request(
            "Update", PhysicalResourceId=arn, ResourceProperties=changed, OldResourceProperties=dict(PROPERTIES)
        )
    return account.request("Delete", PhysicalResourceId=arn)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("refusal", REFUSALS)
def test_answer_that_is_refused_is_repeated(account: SimulatedAccount, kind: str, refusal: str) -> None:
    """Whatever the response URL does for a while, CloudFormation gets the answer, and no rule is left."""
    request = request_of(account, kind)
    fault = dict(REFUSALS[refusal])
    if fault["times"] is None:
        fault["until"] = account.now + 300
    account.fail("PutAnswer", **fault)
    assert account.operate(request, within=900)["Status"] == "SUCCESS"
    account.settle(300)
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("kind", ["Create", "wait"])
def test_rule_is_deleted_only_after_the_accepted_answer(account: SimulatedAccount, kind: str) -> None:
    """A poll repeats the answer of a polled Create or wait until it is accepted, so its rule stays until then."""
    if kind == "Create":
        account.fail("DistributeImage", "ServiceUnavailableException", until=account.now + 90, times=None)
    account.fail("PutAnswer", status=503, until=account.now + 400, times=None)
    request = request_of(account, kind) if kind == "wait" else account.request("Create")
    account.answers.bodies.clear()
    account.deliver(request)
    account.run_until(lambda: bool(account.attempts("PutAnswer")), within=300)
    while not account.answers_to(request):
        assert len(account.event_bridge.rules) == 1
        account.settle(5)
    account.settle(120)
    assert account.event_bridge.rules == {}


def test_rule_of_a_delete_is_deleted_before_the_answer(account: SimulatedAccount) -> None:
    """With the answer to a Delete, CloudFormation goes on to delete the policy that the function needs for its rule."""
    request = request_of(account, "Delete")
    account.operate(request)
    order = [call.operation for call in account.services.calls if call.operation in ("DeleteRule", "PutAnswer")]
    assert order[-2:] == ["DeleteRule", "PutAnswer"]


def test_answer_that_is_never_accepted_ends_with_the_rule_deleted(account: SimulatedAccount) -> None:
    """An expired ResponseURL must not leave a rule that polls for ever."""
    request = request_of(account, "wait")
    account.fail("PutAnswer", status=403, times=None)
    account.deliver(request)
    account.settle(3300 + 300)
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("operation", ["DeleteRule", "RemoveTargets"])
@pytest.mark.parametrize("kind", ["wait", "Delete"])
@pytest.mark.parametrize("minutes", [1, 6])
@pytest.mark.parametrize("code", ["ThrottlingException", "InternalException"])
def test_rule_is_deleted_in_the_end(
    account: SimulatedAccount, operation: str, kind: str, minutes: int, code: str
) -> None:
    """EventBridge refuses for a minute, or for longer than an invocation lasts: no rule is left, nothing fails."""
    request = request_of(account, kind)
    account.fail(
        operation,
        code,
        status=500 if code == "InternalException" else 400,
        until=account.now + 60 * minutes + 100,
        times=None,
    )
    assert account.operate(request)["Status"] == "SUCCESS"
    account.settle(600)
    assert account.event_bridge.rules == {}


def test_rule_is_not_left_without_a_target(account: SimulatedAccount) -> None:
    """A rule whose target was removed calls nothing, so that nothing would ever delete it."""
    request = request_of(account, "wait")
    account.fail("DeleteRule", "ThrottlingException", until=account.now + 400, times=None)
    account.deliver(request)
    account.run_until(lambda: bool(account.answers_to(request)))
    while account.event_bridge.rules:
        last = account.attempts("DeleteRule")[-1].time
        assert account.now - last < 120 or all(rule.target for rule in account.event_bridge.rules.values())
        account.settle(10)


def test_rule_left_by_an_update_is_deleted_with_the_image(account: SimulatedAccount) -> None:
    """The Delete of an image deletes the rules of every request about it: a sibling of the rules of its waits."""
    arn = created(account)
    account.fail("DistributeImage", "ServiceUnavailableException", until=account.now + 100, times=None)
    account.fail("RemoveTargets", "ThrottlingException", until=account.now + 400, times=None)
    request = account.request(
        "Update",
        PhysicalResourceId=arn,
        ResourceProperties={**PROPERTIES, "Revision": "2"},
        OldResourceProperties=dict(PROPERTIES),
    )
    new = account.operate(request)["PhysicalResourceId"]
    account.heal()
    assert account.event_bridge.rules
    deleted(account, arn, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert account.event_bridge.rules == {}
    deleted(account, new)
    account.settle(400)
    assert is_clean(account)


LONG_ROLE = f"arn:aws:sts::123456789012:assumed-role/{'r' * 64}/{'f' * 64}"


@pytest.mark.parametrize(
    ("operation", "action", "code"),
    [
        ("DistributeImage", "imagebuilder:DistributeImage", "AccessDeniedException"),
        ("DistributeImage", "iam:PassRole", "ForbiddenException"),
        ("GetImage", "imagebuilder:GetImage", "AccessDeniedException"),
        ("PutRule", "events:PutRule", "AccessDeniedException"),
        ("CancelImageCreation", "imagebuilder:CancelImageCreation", "AccessDeniedException"),
    ],
)
def test_reason_names_the_denied_action_and_the_code(
    account: SimulatedAccount, operation: str, action: str, code: str
) -> None:
    """The rollback deletes the log group, so the 256 characters of the reason are all that the user has."""
    account.builder.script.outcomes.append(Outcome(distributing=1000))
    message = (
        f"User: {LONG_ROLE} is not authorized to perform: {action} on resource: arn:aws:imagebuilder:eu-west-1:"
        f"123456789012:image/{'i' * 128}/1.0.0/1 because no identity-based policy allows the {action} action"
    )
    if operation == "DistributeImage":
        account.fail(operation, code, message=message, times=None)
        answer = create(account)
    else:
        arn = created(account)
        account.fail(operation, code, message=message, times=None)
        kind, resource = ("Delete", DISTRIBUTION) if operation.startswith("Cancel") else ("Create", WAIT)
        properties = PROPERTIES if kind == "Delete" else {**WAIT_PROPERTIES, "ImageArn": arn}
        answer = account.operate(
            account.request(kind, resource, PhysicalResourceId=arn, ResourceProperties=dict(properties))
        )
    assert answer["Status"] == "FAILED"
    assert len(answer["Reason"]) <= 256
    assert action in answer["Reason"]
    assert code in answer["Reason"]


def test_reason_of_a_failed_region_names_the_denied_action(account: SimulatedAccount) -> None:
    """What the execution role may not do is said before its name, which may fill the reason."""
    from local_aws.image_builder import RegionFailure

    message = f"User: {LONG_ROLE} is not authorized to perform: ec2:ModifyImageAttribute on resource: arn:aws:ec2:x"
    account.builder.script.outcomes.append(Outcome(failures=(RegionFailure("us-east-1", message),)))
    answer = account.operate(wait_request(account, created(account)))
    assert answer["Status"] == "FAILED"
    assert "ec2:ModifyImageAttribute is denied" in answer["Reason"]
    assert answer["Reason"].startswith("us-east-1 FAILED")
    assert len(answer["Reason"]) <= 256
