"""Delete: whatever state the image is in, it ends with no image, no rule and, if wanted, no AMI."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_image_distribution_handler import deleting, index
from local_aws.image_builder import Fault, Outcome, RegionFailure

from .cloudformation import Context
from .world import SOURCE_AMI, START, WAIT, World

LIFECYCLE_ROLE = "arn:aws:iam::123456789012:role/Lifecycle"
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


def test_a_delete_of_a_refused_create_looks_for_nothing(world: World) -> None:
    """The id that the refused create answered says that there is no image."""
    world.builder.script.faults.append(Fault("DistributeImage", "InvalidRequestException", "No.", times=None))
    sent = world.request("Create")
    failed = world.operate(sent)
    calls = len(world.builder.calls)
    answer = world.operate(delete_of(world, {**sent, "PhysicalResourceId": failed["PhysicalResourceId"]}), within=1)
    assert answer["Status"] == "SUCCESS"
    assert len(world.builder.calls) == calls


@pytest.mark.parametrize("tag_lag", [0.0, 30.0])
@pytest.mark.parametrize("outcome", [HANGING, Outcome()])
def test_a_create_that_was_cut_off_is_found_by_its_tags(world: World, outcome: Outcome, tag_lag: float) -> None:
    """CloudFormation invents an id; the image is found though the tagging API learns of it late."""
    created = create(world, outcome)
    world.tag_lag = tag_lag
    invented = {**created, "PhysicalResourceId": "Golden-Distribution830FAC52-1ABCDEFGHIJKL"}
    assert world.operate(delete_of(world, invented))["Status"] == "SUCCESS"
    assert world.images == []
    world.settle()
    assert world.event_bridge.rules == {}


def test_a_create_that_starts_after_its_delete_came_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off at the worst moment: the Delete arrives first, the create's DistributeImage a minute later."""
    late = world.request("Create")
    delete = delete_of(world, {**late, "PhysicalResourceId": "Golden-Distribution830FAC52-1ABCDEFGHIJKL"})

    def sleep(seconds: float) -> None:
        world.sleep(seconds)
        if START + 50 <= world.now < START + 60:
            # Another container of the function, with a state of its own.
            index.distribution_resource()(late, Context())

    monkeypatch.setattr(deleting, "sleep", sleep)
    assert world.operate(delete)["Status"] == "SUCCESS"
    assert len(world.answers_to(late)) == 1
    assert world.images == []
    world.settle()
    assert world.event_bridge.rules == {}


def test_a_repeated_delete_of_a_cut_off_create_leaves_no_rule(world: World) -> None:
    """The second delivery finds nothing any more, and may outlive the function: it makes no rule."""
    created = create(world)
    world.settle(10)
    invented = delete_of(world, {**created, "PhysicalResourceId": "Golden-Distribution830FAC52-1ABCDEFGHIJKL"})
    world.deliver(invented)
    world.deliver(invented)
    assert [answer["Status"] for answer in world.answers_to(invented)] == ["SUCCESS", "SUCCESS"]
    assert world.event_bridge.made == []


def test_a_create_whose_answer_was_lost_is_removed(world: World) -> None:
    """Every answer of DistributeImage is lost: the create fails, and its Delete finds what it did start."""
    world.builder.script.faults.append(Fault("DistributeImage", lost=True, times=None))
    sent = world.request("Create")
    failed = world.operate(sent)
    assert failed["Status"] == "FAILED"
    assert len(world.images) == 1
    answer = world.operate(delete_of(world, {**sent, "PhysicalResourceId": failed["PhysicalResourceId"]}))
    assert answer["Status"] == "SUCCESS"
    assert world.images == []


def test_an_image_that_was_retained_is_not_taken_for_one_cut_off(world: World) -> None:
    """A distribution of the same logical id was there before and its image kept: it is older than a day."""
    retained = create(world)
    world.now += 2 * 86_400
    late = create(world, HANGING)
    invented = {**late, "PhysicalResourceId": "Golden-Distribution830FAC52-1ABCDEFGHIJKL"}
    assert world.operate(delete_of(world, invented))["Status"] == "SUCCESS"
    assert world.images == [retained["PhysicalResourceId"]]


def test_a_stack_deleted_during_its_create_leaves_no_rule(world: World) -> None:
    """No Delete is sent for the wait then; the image's own removes its rule."""
    created = create(world, HANGING)
    arn = created["PhysicalResourceId"]
    properties = {"ImageArn": arn, "Segment": "1", "Segments": "1", "Seconds": "3480"}
    world.deliver(world.request("Create", WAIT, ResourceProperties=properties))
    assert len(world.event_bridge.rules) == 1
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    world.settle()
    assert world.event_bridge.rules == {}
    assert world.images == []


# auto_delete_amis

DELETE_AMIS: dict[str, Any] = {"AutoDeleteAmis": "true", "LifecycleRole": LIFECYCLE_ROLE}


@pytest.mark.parametrize("removes_record", [True, False])
def test_amis_go_with_the_image_when_wanted(world: World, removes_record: bool) -> None:
    """The lifecycle execution is waited for; whether it removes the record too is undocumented."""
    created = create(world, Outcome(lifecycle=20, lifecycle_removes_record=removes_record), **DELETE_AMIS)
    world.settle(10)
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert world.images == []
    assert world.amis == []
    (call,) = world.calls("StartResourceStateUpdate")
    assert call.parameters["includeResources"] == {"amis": True, "snapshots": True}
    assert call.parameters["executionRole"] == LIFECYCLE_ROLE
    assert "exclusionRules" not in call.parameters
    world.settle()
    assert world.event_bridge.rules == {}


@pytest.mark.parametrize(
    "outcome", [Outcome(hang="INTEGRATING"), Outcome(failures=(RegionFailure("eu-west-1", "No."),))]
)
def test_amis_of_an_unfinished_distribution_go_too(world: World, outcome: Outcome) -> None:
    """What a failed or cancelled distribution had already copied costs money for years."""
    created = create(world, outcome, **DELETE_AMIS)
    world.settle(10)
    assert world.amis
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert (world.images, world.amis) == ([], [])


def test_the_source_ami_never_goes(world: World) -> None:
    """GetImage may list the source: an AMI older than the distribution is no copy, however the source was named."""
    created = create(world, Outcome(lists_source=True), **DELETE_AMIS)
    world.settle(10)
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    (call,) = world.calls("StartResourceStateUpdate")
    assert call.parameters["exclusionRules"] == {"amis": {"regions": ["eu-west-1"]}}
    assert world.builder.store.surroundings.ami_exists(SOURCE_AMI)
    assert len(world.amis) == 1, "the copy in the source's own Region stays with it, and the log says so"


def test_amis_are_not_deleted_while_the_source_is_unknown(world: World) -> None:
    """Without ec2:DescribeImages nothing is risked: the Delete fails and names the action."""
    created = create(world, **DELETE_AMIS)
    world.settle(10)
    world.faults["DescribeImages"] = "UnauthorizedOperation"
    answer = world.operate(delete_of(world, created))
    assert answer["Status"] == "FAILED"
    assert "DescribeImages" in answer["Reason"]
    assert world.calls("StartResourceStateUpdate") == []
    assert len(world.amis) == 3


def test_a_failed_lifecycle_execution_fails_the_delete_and_trying_again_works(world: World) -> None:
    """The reason is Image Builder's; the second Delete starts a second execution."""
    created = create(world, Outcome(lifecycle_failures=("An AMI is in use.",)), **DELETE_AMIS)
    world.settle(10)
    answer = world.operate(delete_of(world, created))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Deleting the AMIs FAILED: An AMI is in use. Delete again")
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert (world.images, world.amis) == ([], [])


def test_a_delete_after_an_impatient_one_goes_on_with_its_execution(world: World) -> None:
    """The first Delete's execution still runs: the second waits for it instead of failing."""
    created = create(world, Outcome(lifecycle=1000), **DELETE_AMIS)
    world.settle(10)
    answer = world.operate(delete_of(world, created))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Still being removed after 25 minutes")
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert (world.images, world.amis) == ([], [])


@pytest.mark.parametrize("operation", ["StartResourceStateUpdate", "GetLifecycleExecution"])
def test_a_crash_or_throttling_starts_no_second_execution(world: World, operation: str) -> None:
    """The call's token is the operation's, so a repeat whose first answer was lost is the same execution."""
    created = create(world, Outcome(lifecycle=100), **DELETE_AMIS)
    world.settle(10)
    world.builder.script.faults.append(Fault(operation, lost=True, times=8))
    assert world.operate(delete_of(world, created))["Status"] == "SUCCESS"
    assert len(world.builder.store.executions) == 1
    assert (world.images, world.amis) == ([], [])
