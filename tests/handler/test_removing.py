"""Delete: whatever state the image is in, it ends with no image, no rule and, if wanted, no AMI."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Fault, Outcome, RegionFailure

from .world import START, World

HANGING = Outcome(hang="DISTRIBUTING")


def create(world: World, outcome: Outcome | None = None, **properties: Any) -> dict[str, Any]:
    """Create a distribution that goes as scripted and return its Create, with the id that it was answered."""
    if outcome is not None:
        world.builder.script.outcomes.append(outcome)
    sent = world.request("Create")
    sent["ResourceProperties"] |= properties
    answer = world.operate(sent)
    assert answer["Status"] == "SUCCESS"
    world.own[sent["LogicalResourceId"]] = answer["PhysicalResourceId"]
    return {**sent, "PhysicalResourceId": answer["PhysicalResourceId"]}


def delete_of(world: World, created: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return the Delete of what a Create made."""
    properties = created["ResourceProperties"]
    return world.request(
        "Delete", ResourceProperties=properties, PhysicalResourceId=created["PhysicalResourceId"], **fields
    )


def test_an_available_image_goes_and_its_amis_stay(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """The record is deleted, as with the native AWS::ImageBuilder::Image; the log names what stays."""
    created = create(world)
    world.settle(10)
    answer = world.operate(delete_of(world, created), within=1)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]
    assert world.images == []
    assert len(world.amis) == 3
    assert f"Removed {created['PhysicalResourceId']}; its AMIs stay: eu-west-1 ami-" in caplog.text
    assert world.event_bridge.made == []


@pytest.mark.parametrize("sends_events", [True, False])
def test_a_running_image_is_cancelled_then_deleted(world: World, sends_events: bool) -> None:
    """CANCELLED comes later; it is told by its event, or asked for each minute."""
    created = create(world, Outcome(hang="DISTRIBUTING", cancelling=20, sends_events=sends_events))
    before = world.now
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert world.now - before <= (21 if sends_events else 61)
    assert world.images == []
    world.settle()
    assert world.event_bridge.rules == {}


def test_the_rule_is_gone_before_the_delete_is_answered(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the answer CloudFormation goes on to remove the function's policy: after it nothing may be left to do."""
    created = create(world, HANGING)
    rules_at_answer: list[int] = []
    taken = world.answers.request

    def request(**parameters: Any) -> None:
        rules_at_answer.append(len(world.event_bridge.rules))
        taken(**parameters)

    monkeypatch.setattr(world.answers, "request", request)
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert world.event_bridge.made
    assert rules_at_answer == [0]


def test_a_cancellation_that_comes_too_late_is_no_failure(world: World) -> None:
    """It races with completion: whatever the image ends as, it is deleted."""
    created = create(world, Outcome(distributing=30, cancel_loses=True))
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert world.images == []


def test_a_refused_cancellation_is_looked_at_again(world: World) -> None:
    """Refused since the image was done a moment before: the next look deletes it."""
    created = create(world, Outcome(distributing=30))
    world.builder.script.faults.append(Fault("CancelImageCreation", "InvalidRequestException", "It is done.", times=1))
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert world.images == []


@pytest.mark.parametrize(
    "outcome", [Outcome(failures=(RegionFailure("us-east-1", "No."),)), Outcome(hang="PENDING", cancelling=0.1)]
)
def test_a_failed_or_cancelled_image_goes(world: World, outcome: Outcome) -> None:
    """The roll-back of a create that failed finds its image in a final state."""
    created = create(world, outcome)
    if outcome.hang:
        arn = created["PhysicalResourceId"]
        world.builder.call("CancelImageCreation", imageBuildVersionArn=arn, clientToken="console")
    world.settle(10)
    assert world.operate(delete_of(world, created), within=1)["Status"] == "SUCCESS"
    assert world.images == []


def test_an_image_that_is_gone_is_no_failure(world: World) -> None:
    """Deleted by hand: the stack can still be deleted, and so a second time."""
    created = create(world)
    world.settle(10)
    world.builder.call("DeleteImage", imageBuildVersionArn=created["PhysicalResourceId"])
    assert world.operate(delete_of(world, created), within=1)["Status"] == "SUCCESS"
    assert world.operate(delete_of(world, created), within=1)["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceNotFoundException", "The resource was not there."),
        ("InvalidRequestException", "The image build version does not exist."),
    ],
)
def test_gone_is_understood_in_each_way_of_saying_it(world: World, code: str, message: str) -> None:
    """The error for an image that does not exist is undocumented."""
    created = create(world)
    world.settle(10)
    world.builder.script.faults.append(Fault("DeleteImage", code, message))
    assert world.operate(delete_of(world, created), within=1)["Status"] == "SUCCESS"


def test_a_shared_image_says_what_to_do(world: World) -> None:
    """ResourceDependencyException: the user reads how to go on."""
    created = create(world, Outcome(shared=True))
    world.settle(10)
    answer = world.operate(delete_of(world, created), within=1)
    assert answer["Status"] == "FAILED"
    assert "Stop sharing it in AWS RAM" in answer["Reason"]
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]


@pytest.mark.parametrize("action", ["GetImage", "CancelImageCreation", "DeleteImage"])
def test_a_denied_action_is_named_with_the_role(world: World, action: str) -> None:
    """Each single action that is missing in the policy is named; the image stays and can be deleted later."""
    created = create(world, HANGING if action == "CancelImageCreation" else None)
    world.settle(10)
    message = (
        f"User: arn:aws:sts::123456789012:assumed-role/Handler/f is not authorized to perform: imagebuilder:{action}"
    )
    world.builder.script.faults.append(Fault(action, "AccessDeniedException", message, times=None))
    answer = world.operate(delete_of(world, created))
    assert answer["Status"] == "FAILED"
    assert "assumed-role/Handler" in answer["Reason"]
    assert f"imagebuilder:{action}" in answer["Reason"]
    world.builder.script.faults.clear()
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert world.images == []


@pytest.mark.parametrize("operation", ["GetImage", "CancelImageCreation", "DeleteImage"])
@pytest.mark.parametrize("code", ["CallRateLimitExceededException", "ServiceException"])
def test_a_delete_outlasts_throttling_and_server_errors(world: World, operation: str, code: str) -> None:
    """More than botocore's own retries: the next poll goes on."""
    created = create(world, HANGING)
    world.builder.script.faults.append(Fault(operation, code, times=14))
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert world.images == []
    world.settle()
    assert world.event_bridge.rules == {}


@pytest.mark.parametrize("operation", ["ListRules", "PutRule", "PutTargets", "GetResources", "DescribeStackResource"])
@pytest.mark.parametrize("fault", ["down", "AccessDeniedException"])
def test_a_delete_depends_on_image_builder_alone(world: World, operation: str, fault: str) -> None:
    """EventBridge, the tagging API or CloudFormation down: the image is cancelled and deleted all the same."""
    created = create(world, Outcome(hang="DISTRIBUTING", cancelling=40))
    world.faults[operation] = fault
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert world.images == []


def test_an_image_that_never_ends_fails_its_delete_in_time(world: World) -> None:
    """The answer comes before CloudFormation's own time-out, and a later Delete goes on."""
    created = create(world, Outcome(hang="DISTRIBUTING", cancel_loses=True))
    answer = world.operate(delete_of(world, created))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Still being removed after 15 minutes")
    assert 900 <= world.now - START < 20 * 60
    world.settle()
    assert world.event_bridge.rules == {}
