"""Delete of a distribution: whatever the image's status is, neither image nor rule is left."""

from __future__ import annotations

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import SimulatedAccount

from .requests import FAILING, HANGING, delete_request, update_request
from .steps import created, delete, deleted, is_clean, updated, wait_request


def available(account: SimulatedAccount) -> str:
    """Create a distribution and return its image, which is AVAILABLE."""
    arn = created(account)
    account.settle(10)
    return arn


def running(account: SimulatedAccount, outcome: Outcome = HANGING) -> str:
    """Create a distribution that goes so and return its image."""
    account.builder.script.outcomes.append(outcome)
    return created(account)


def test_delete_of_an_available_image_keeps_its_amis(
    account: SimulatedAccount, caplog: pytest.LogCaptureFixture
) -> None:
    """The record goes at once, as with the native AWS::ImageBuilder::Image; the log names the AMIs that stay."""
    arn = available(account)
    began = account.now
    answer = delete(account, arn)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", arn)
    assert account.now == began
    assert account.images == []
    assert len(account.copies) == 3
    assert f"Removed {arn}. AMIs kept: eu-west-1 ami-" in caplog.text
    assert account.event_bridge.made == []


@pytest.mark.parametrize(("sends_events", "seconds"), [(True, 22), (False, 62)])
def test_delete_of_a_running_image_cancels_it_first(
    account: SimulatedAccount, sends_events: bool, seconds: float
) -> None:
    """CANCELLED comes later: its event calls the function at once, the schedule within a minute."""
    arn = running(account, Outcome(hang="DISTRIBUTING", cancelling=20, sends_events=sends_events))
    began = account.now
    deleted(account, arn)
    assert account.now - began <= seconds
    account.settle()
    assert is_clean(account)


def test_delete_deletes_its_rule_before_it_answers(account: SimulatedAccount) -> None:
    """With the answer CloudFormation goes on to remove the function's policy, so nothing may be left to do."""
    arn = running(account)
    rules_at_answer: list[int] = []
    account.on_answer = lambda answer: rules_at_answer.append(len(account.event_bridge.rules))
    deleted(account, arn)
    assert account.event_bridge.made
    assert rules_at_answer == [0]


@pytest.mark.parametrize("seconds", [5, 40])
def test_delete_whose_rule_was_made_without_an_answer_deletes_it_before_it_answers(
    account: SimulatedAccount, seconds: float
) -> None:
    """PutTargets is carried out, its answer is lost, and the image ends before it is called again."""
    arn = running(account, Outcome(hang="DISTRIBUTING", cancelling=seconds, sends_events=False))
    rules_at_answer: list[int] = []
    account.on_answer = lambda answer: rules_at_answer.append(len(account.event_bridge.rules))
    account.fail("PutTargets", lost=True, times=None)
    deleted(account, arn)
    assert rules_at_answer == [0]


def test_delete_whose_cancellation_comes_too_late_succeeds(account: SimulatedAccount) -> None:
    """The cancellation races with the end of the distribution: whatever the image ends as, it is deleted."""
    deleted(account, running(account, Outcome(distributing=30, cancel_loses=True)))
    assert is_clean(account)


def test_delete_whose_cancellation_is_refused_succeeds(account: SimulatedAccount) -> None:
    """A refusal means that the image ended a moment before: the next poll deletes it."""
    arn = running(account, Outcome(distributing=30))
    account.fail("CancelImageCreation", "InvalidRequestException", message="It is done.")
    deleted(account, arn)
    assert is_clean(account)


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "DEPRECATED", "DISABLED", "DELETED"])
def test_delete_of_an_image_in_each_final_status_succeeds_at_once(account: SimulatedAccount, status: str) -> None:
    """A rollback finds its image failed; a lifecycle policy retires or deletes one after months."""
    arn = available(account)
    account.builder.store.images[arn].status = status
    began = account.now
    deleted(account, arn)
    assert account.now == began
    assert is_clean(account)


def test_delete_of_a_failed_distribution_removes_the_image(account: SimulatedAccount) -> None:
    """The rollback of a create that failed."""
    arn = running(account, FAILING)
    account.settle(10)
    assert account.status_of(arn) == "FAILED"
    deleted(account, arn)
    assert is_clean(account)


def test_delete_of_an_image_that_is_gone_succeeds(account: SimulatedAccount) -> None:
    """Deleted by hand: the stack can still be deleted, also by a second Delete."""
    arn = available(account)
    account.builder.call("DeleteImage", imageBuildVersionArn=arn)
    deleted(account, arn)
    deleted(account, arn)


def test_delete_of_an_image_that_vanishes_meanwhile_succeeds(account: SimulatedAccount) -> None:
    """The message that names the ARN and says that it does not exist means gone, whatever the code is."""
    arn = available(account)
    account.fail("DeleteImage", "InvalidRequestException", message=f"The image '{arn}' does not exist.")
    deleted(account, arn)


def test_delete_of_a_shared_image_fails_with_the_remedy(account: SimulatedAccount) -> None:
    """ResourceDependencyException: the reason says how to go on."""
    arn = running(account, Outcome(shared=True))
    account.settle(10)
    answer = delete(account, arn)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", arn)
    assert "ResourceDependencyException" in answer["Reason"]
    assert "Stop sharing it in AWS RAM" in answer["Reason"]


@pytest.mark.parametrize("action", ["GetImage", "CancelImageCreation", "DeleteImage"])
def test_delete_that_is_denied_can_be_repeated(account: SimulatedAccount, action: str) -> None:
    """The denied action is named, the image stays, and a Delete with the permission removes it."""
    arn = running(account) if action == "CancelImageCreation" else available(account)
    message = f"User: arn:aws:sts::123456789012:assumed-role/H/f is not authorized to perform: imagebuilder:{action}"
    account.fail(action, "AccessDeniedException", message=message, times=None)
    answer = delete(account, arn)
    assert answer["Status"] == "FAILED"
    assert f"imagebuilder:{action} is denied" in answer["Reason"]
    account.settle()
    assert account.images == [arn]
    account.heal()
    deleted(account, arn)
    account.settle()
    assert is_clean(account)


@pytest.mark.parametrize("operation", ["GetImage", "CancelImageCreation", "DeleteImage", "TagResource"])
@pytest.mark.parametrize(("code", "status"), [("CallRateLimitExceededException", 429), ("ServiceException", 500)])
def test_delete_outlasts_minutes_of_throttling_and_errors(
    account: SimulatedAccount, operation: str, code: str, status: int
) -> None:
    """The next poll goes on, until the Delete's deadline."""
    arn = running(account)
    account.fail(operation, code, status=status, times=None, until=account.now + 600)
    deleted(account, arn)
    account.settle()
    assert is_clean(account)


@pytest.mark.parametrize("operation", ["ListRules", "PutRule", "PutTargets", "GetResources", "DescribeStackResource"])
@pytest.mark.parametrize("fault", ["unreachable", "AccessDeniedException", "ThrottlingException"])
def test_delete_needs_only_image_builder(account: SimulatedAccount, operation: str, fault: str) -> None:
    """EventBridge, the tagging API or CloudFormation fails all the time: the running image is removed all the same."""
    arn = running(account, Outcome(hang="DISTRIBUTING", cancelling=40))
    account.fail(
        operation, fault if fault != "unreachable" else "", unreachable=fault == "unreachable", times=None, status=400
    )
    deleted(account, arn)
    assert account.images == []
    account.heal()
    account.settle(1200)
    assert account.event_bridge.rules == {}


def test_delete_of_an_image_that_never_ends_fails_before_its_service_timeout(account: SimulatedAccount) -> None:
    """The answer comes before CloudFormation's own, which has no reason; no rule is left."""
    arn = running(account, Outcome(hang="DISTRIBUTING", cancel_loses=True))
    began = account.now
    answer = delete(account, arn)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Still being removed after 15 minutes")
    assert 900 <= account.now - began < 1200
    account.settle()
    assert account.event_bridge.rules == {}


def test_delete_deletes_the_rules_of_the_waits_for_its_image(account: SimulatedAccount) -> None:
    """A stack that is deleted during its create sends no Delete for the wait."""
    arn = running(account)
    account.deliver(wait_request(account, arn))
    assert len(account.event_bridge.rules) == 1
    deleted(account, arn)
    account.settle()
    assert is_clean(account)


def test_delete_keeps_the_rules_of_the_waits_for_other_images(account: SimulatedAccount) -> None:
    """Another distribution of the stack is still waited for."""
    other = running(account)
    wait = wait_request(account, other)
    account.deliver(wait)
    arn = account.operate(account.request("Create", LogicalResourceId="Other"))["PhysicalResourceId"]
    account.operate(account.request("Delete", LogicalResourceId="Other", PhysicalResourceId=arn))
    assert len(account.event_bridge.rules) == 1
    account.builder.call("CancelImageCreation", imageBuildVersionArn=other, clientToken="console")
    account.settle(5)
    assert len(account.answers_to(wait)) == 1


def test_delete_delivered_twice_answers_the_same(account: SimulatedAccount) -> None:
    """Lambda delivers at least once: the second finds nothing to do."""
    request = delete_request(account, running(account))
    account.deliver_next(copies=2, apart=1)
    account.function.send(request)
    account.settle()
    answers = account.answers_to(request)
    assert answers
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["Status"] == "SUCCESS"
    assert is_clean(account)


@pytest.mark.parametrize("minutes", [4, 8])
@pytest.mark.parametrize("cancelling", [0.1, 70])
def test_delete_whose_answer_is_refused_for_minutes_is_answered(
    account: SimulatedAccount, minutes: int, cancelling: float
) -> None:
    """Its rule is deleted before the answer, so Lambda has to deliver the request again."""
    arn = running(account, Outcome(hang="DISTRIBUTING", cancelling=cancelling))
    account.fail("PutAnswer", status=503, times=None, until=account.now + cancelling + 60 * minutes)
    deleted(account, arn)
    account.settle()
    assert is_clean(account)


def test_delete_of_the_replaced_image_keeps_the_new_one(account: SimulatedAccount) -> None:
    """The clean-up after a good update, while the new image names the old one in its tag."""
    old = available(account)
    new = updated(account, old, {"Revision": "2"}, {})
    deleted(account, old, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert account.images == [new]


@pytest.mark.parametrize("fault", ["", "AccessDenied"])
def test_delete_without_the_word_of_cloudformation_removes_only_the_image_it_names(
    account: SimulatedAccount, fault: str
) -> None:
    """If CloudFormation does not say which image is live, no other is removed."""
    old = available(account)
    new = account.operate(update_request(account, old, {"Revision": "2"}))["PhysicalResourceId"]
    account.fail("DescribeStackResource", fault, unreachable=not fault, times=None)
    deleted(account, old, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert account.images == [new]
