"""Delete: whatever state the image is in, it ends with no image, no rule and, if wanted, no AMI."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Fault, Outcome, RegionFailure
from simulated_aws import START, SimulatedAccount

HANGING = Outcome(hang="DISTRIBUTING")


def create(account: SimulatedAccount, outcome: Outcome | None = None, **properties: Any) -> dict[str, Any]:
    """Create a distribution that goes as scripted and return its Create, with the id that it was answered."""
    if outcome is not None:
        account.builder.script.outcomes.append(outcome)
    sent = account.request("Create")
    sent["ResourceProperties"] |= properties
    answer = account.operate(sent)
    assert answer["Status"] == "SUCCESS"
    return {**sent, "PhysicalResourceId": answer["PhysicalResourceId"]}


def delete_of(account: SimulatedAccount, created: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return the Delete of what a Create made."""
    properties = created["ResourceProperties"]
    return account.request(
        "Delete", ResourceProperties=properties, PhysicalResourceId=created["PhysicalResourceId"], **fields
    )


def test_an_available_image_goes_and_its_amis_stay(account: SimulatedAccount, caplog: pytest.LogCaptureFixture) -> None:
    """The record is deleted, as with the native AWS::ImageBuilder::Image; the log names what stays."""
    created = create(account)
    account.settle(10)
    answer = account.operate(delete_of(account, created), within=1)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]
    assert account.images == []
    assert len(account.copies) == 3
    assert f"Removed {created['PhysicalResourceId']}; its AMIs stay: eu-west-1 ami-" in caplog.text
    assert account.event_bridge.made == []


@pytest.mark.parametrize("sends_events", [True, False])
def test_a_running_image_is_cancelled_then_deleted(account: SimulatedAccount, sends_events: bool) -> None:
    """CANCELLED comes later; it is told by its event, or asked for each minute."""
    created = create(account, Outcome(hang="DISTRIBUTING", cancelling=20, sends_events=sends_events))
    before = account.now
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert account.now - before <= (21 if sends_events else 61)
    assert account.images == []
    account.settle()
    assert account.event_bridge.rules == {}


def test_the_rule_is_gone_before_the_delete_is_answered(
    account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the answer CloudFormation goes on to remove the function's policy: after it nothing may be left to do."""
    created = create(account, HANGING)
    rules_at_answer: list[int] = []
    accept = account.answers.accept

    def count_rules(url: str, body: bytes) -> None:
        rules_at_answer.append(len(account.event_bridge.rules))
        accept(url, body)

    monkeypatch.setattr(account.answers, "accept", count_rules)
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert account.event_bridge.made
    assert rules_at_answer == [0]


def test_a_cancellation_that_comes_too_late_is_no_failure(account: SimulatedAccount) -> None:
    """It races with completion: whatever the image ends as, it is deleted."""
    created = create(account, Outcome(distributing=30, cancel_loses=True))
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert account.images == []


def test_a_refused_cancellation_is_looked_at_again(account: SimulatedAccount) -> None:
    """Refused since the image was done a moment before: the next look deletes it."""
    created = create(account, Outcome(distributing=30))
    account.builder.script.faults.append(
        Fault("CancelImageCreation", "InvalidRequestException", "It is done.", times=1)
    )
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert account.images == []


@pytest.mark.parametrize(
    "outcome", [Outcome(failures=(RegionFailure("us-east-1", "No."),)), Outcome(hang="PENDING", cancelling=0.1)]
)
def test_a_failed_or_cancelled_image_goes(account: SimulatedAccount, outcome: Outcome) -> None:
    """The roll-back of a create that failed finds its image in a final state."""
    created = create(account, outcome)
    if outcome.hang:
        arn = created["PhysicalResourceId"]
        account.builder.call("CancelImageCreation", imageBuildVersionArn=arn, clientToken="console")
    account.settle(10)
    assert account.operate(delete_of(account, created), within=1)["Status"] == "SUCCESS"
    assert account.images == []


def test_an_image_that_is_gone_is_no_failure(account: SimulatedAccount) -> None:
    """Deleted by hand: the stack can still be deleted, and so a second time."""
    created = create(account)
    account.settle(10)
    account.builder.call("DeleteImage", imageBuildVersionArn=created["PhysicalResourceId"])
    assert account.operate(delete_of(account, created), within=1)["Status"] == "SUCCESS"
    assert account.operate(delete_of(account, created), within=1)["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceNotFoundException", "The resource was not there."),
        ("InvalidRequestException", "The image build version does not exist."),
    ],
)
def test_gone_is_understood_in_each_way_of_saying_it(account: SimulatedAccount, code: str, message: str) -> None:
    """The error for an image that does not exist is undocumented."""
    created = create(account)
    account.settle(10)
    account.builder.script.faults.append(Fault("DeleteImage", code, message))
    assert account.operate(delete_of(account, created), within=1)["Status"] == "SUCCESS"


def test_a_shared_image_says_what_to_do(account: SimulatedAccount) -> None:
    """ResourceDependencyException: the user reads how to go on."""
    created = create(account, Outcome(shared=True))
    account.settle(10)
    answer = account.operate(delete_of(account, created), within=1)
    assert answer["Status"] == "FAILED"
    assert "Stop sharing it in AWS RAM" in answer["Reason"]
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]


@pytest.mark.parametrize("action", ["GetImage", "CancelImageCreation", "DeleteImage"])
def test_a_denied_action_is_named_with_the_role(account: SimulatedAccount, action: str) -> None:
    """Each single action that is missing in the policy is named; the image stays and can be deleted later."""
    created = create(account, HANGING if action == "CancelImageCreation" else None)
    account.settle(10)
    message = (
        f"User: arn:aws:sts::123456789012:assumed-role/Handler/f is not authorized to perform: imagebuilder:{action}"
    )
    account.builder.script.faults.append(Fault(action, "AccessDeniedException", message, times=None))
    answer = account.operate(delete_of(account, created))
    assert answer["Status"] == "FAILED"
    assert "assumed-role/Handler" in answer["Reason"]
    assert f"imagebuilder:{action}" in answer["Reason"]
    account.builder.script.faults.clear()
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert account.images == []


@pytest.mark.parametrize("operation", ["GetImage", "CancelImageCreation", "DeleteImage"])
@pytest.mark.parametrize("code", ["CallRateLimitExceededException", "ServiceException"])
def test_a_delete_outlasts_throttling_and_server_errors(account: SimulatedAccount, operation: str, code: str) -> None:
    """More than botocore's own retries: the next poll goes on."""
    created = create(account, HANGING)
    account.builder.script.faults.append(Fault(operation, code, times=14))
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert account.images == []
    account.settle()
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("operation", ["ListRules", "PutRule", "PutTargets", "GetResources", "DescribeStackResource"])
@pytest.mark.parametrize("fault", [{"unreachable": True}, {"code": "AccessDeniedException"}])
def test_a_delete_depends_on_image_builder_alone(
    account: SimulatedAccount, operation: str, fault: dict[str, Any]
) -> None:
    """EventBridge, the tagging API or CloudFormation down: the image is cancelled and deleted all the same."""
    created = create(account, Outcome(hang="DISTRIBUTING", cancelling=40))
    account.fail(operation, times=None, **fault)
    assert account.operate(delete_of(account, created))["Status"] == "SUCCESS"
    assert account.images == []


def test_an_image_that_never_ends_fails_its_delete_in_time(account: SimulatedAccount) -> None:
    """The answer comes before CloudFormation's own time-out, and a later Delete goes on."""
    created = create(account, Outcome(hang="DISTRIBUTING", cancel_loses=True))
    answer = account.operate(delete_of(account, created))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Still being removed after 15 minutes")
    assert 900 <= account.now - START < 20 * 60
    account.settle()
    assert account.event_bridge.rules == {}
