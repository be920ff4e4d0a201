"""Waits while AWS throttles, fails, denies or cannot be reached, and while the function itself is killed."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import SimulatedAccount

from .steps import create, created, wait, wait_request, waited

DENIAL = "User: x is not authorized to perform: {}"


def started(account: SimulatedAccount, seconds: float) -> str:
    """Start a distribution of so many seconds and return its image's ARN."""
    account.builder.script.outcomes.append(Outcome(distributing=seconds))
    return created(account)


def test_wait_whose_poll_is_killed_is_answered_by_the_next(account: SimulatedAccount) -> None:
    """An invocation that runs into the function's timeout says nothing to CloudFormation."""
    request = wait_request(account, started(account, 90))
    account.deliver(request)
    account.fail("GetImage", seconds=400)
    account.settle(320)
    assert [invocation.outcome for invocation in account.function.invocations].count("timed out") == 1
    assert {answer["Status"] for answer in account.answers_to(request)} == {"SUCCESS"}
    account.settle()
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("operation", ["RemoveTargets", "DeleteRule"])
def test_wait_killed_after_its_answer_leaves_no_rule(account: SimulatedAccount, operation: str) -> None:
    """The next poll repeats the answer, which CloudFormation ignores, and deletes the rule."""
    request = wait_request(account, started(account, 90))
    account.deliver(request)
    account.fail(operation, seconds=400)
    account.settle(600)
    first, *others = account.answers_to(request)
    assert first["Status"] == "SUCCESS"
    assert all(answer == first for answer in others)
    assert account.event_bridge.rules == {}


def test_wait_killed_between_rule_and_target_leaves_no_rule(account: SimulatedAccount) -> None:
    """Lambda delivers the request again, which puts the same rule."""
    request = wait_request(account, started(account, 700))
    account.fail("PutTargets", seconds=400)
    assert account.operate(request)["Status"] == "SUCCESS"
    account.settle()
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize(
    "fault",
    [
        {"code": "CallRateLimitExceededException"},
        {"code": "ServiceUnavailableException"},
        {"lost": True},
        {"unreachable": True},
    ],
)
def test_wait_outlasts_half_an_hour_without_getimage(account: SimulatedAccount, fault: dict[str, Any]) -> None:
    """Throttling, a 5xx and broken connections pass; only the deadline fails a wait."""
    arn = started(account, 300)
    account.fail("GetImage", times=None, until=account.now + 1800, **fault)
    waited(account, arn)
    account.settle(1)
    assert account.event_bridge.rules == {}


def test_wait_without_getimage_to_the_end_fails_in_words_of_aws(account: SimulatedAccount) -> None:
    """When the time is up, the reason is why nothing could be seen."""
    arn = started(account, 300)
    account.fail("GetImage", "ServiceUnavailableException", message="Down.", times=None)
    answer = wait(account, arn, properties={"Seconds": "600"})
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "Reading the image: ServiceUnavailableException: Down."
    account.settle()
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("operation", ["GetImage", "TagResource"])
@pytest.mark.parametrize("code", ["ServiceUnavailableException", "CallRateLimitExceededException"])
def test_wait_part_that_cannot_read_the_image_leaves_it_to_the_next(
    account: SimulatedAccount, operation: str, code: str
) -> None:
    """An error at the end of a part does not end the chain."""
    arn = started(account, 6000)
    account.fail(operation, code, times=None)
    assert waited(account, arn, properties={"Segments": "2", "Seconds": "600"}) == {"ImageArn": arn}


@pytest.mark.parametrize("operation", ["GetImage", "TagResource"])
def test_wait_that_is_denied_fails_after_two_minutes(account: SimulatedAccount, operation: str) -> None:
    """A policy may take seconds to propagate; a permission that is missing does not cost an hour."""
    arn = started(account, 3000)
    account.fail(operation, "AccessDeniedException", message=DENIAL.format(f"imagebuilder:{operation}"), times=None)
    began = account.now
    answer = wait(account, arn)
    assert answer["Status"] == "FAILED"
    assert f"imagebuilder:{operation} is denied" in answer["Reason"]
    assert 120 <= account.now - began < 300
    account.settle()
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("operation", ["PutRule", "PutTargets"])
def test_wait_without_permission_for_its_rule_fails_and_leaves_none(account: SimulatedAccount, operation: str) -> None:
    """The reason names the action, and no half of a rule is left."""
    arn = started(account, 3000)
    account.fail(operation, "AccessDeniedException", message=DENIAL.format(f"events:{operation}"), times=None)
    began = account.now
    answer = wait(account, arn)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (f"Polling by an EventBridge rule: AccessDeniedException: events:{operation} is denied")
    assert account.now - began < 300
    account.settle()
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("operation", ["PutRule", "PutTargets"])
@pytest.mark.parametrize("partial", [False, True])
def test_wait_whose_rule_is_throttled_polls_itself_and_leaves_none(
    account: SimulatedAccount, operation: str, partial: bool
) -> None:
    """The distribution ends before EventBridge takes the rule, or only its first half."""
    arn = started(account, 20)
    account.fail(operation, "ThrottlingException", times=None, partial=partial and operation == "PutTargets")
    waited(account, arn)
    account.heal()
    account.settle(600)
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_wait_whose_half_rule_cannot_be_deleted_at_once_leaves_none(account: SimulatedAccount, code: str) -> None:
    """EventBridge takes PutRule and then refuses everything for a while, longer than the distribution lasts."""
    arn = started(account, 20)
    for operation in ("PutTargets", "DeleteRule", "RemoveTargets"):
        account.fail(operation, code, times=None, until=account.now + 60)
    waited(account, arn)
    account.settle(600)
    assert account.event_bridge.rules == {}


def test_wait_whose_rule_is_throttled_for_minutes_is_polled_by_it_later(account: SimulatedAccount) -> None:
    """The function polls itself meanwhile."""
    arn = started(account, 1000)
    account.fail("PutRule", "ThrottlingException", times=None, until=account.now + 200)
    waited(account, arn)
    account.settle()
    assert account.event_bridge.rules == {}


def test_wait_without_a_rule_to_the_end_of_the_function_is_delivered_again(account: SimulatedAccount) -> None:
    """An invocation that ends without rule and answer raises, so that Lambda delivers the request again."""
    arn = started(account, 400)
    account.fail("PutRule", "ThrottlingException", times=None)
    waited(account, arn)
    outcomes = [invocation.outcome for invocation in account.function.invocations]
    assert outcomes[1:] == ["raised", "returned"]


@pytest.mark.parametrize("seconds", [0, 5])
def test_wait_that_cannot_reach_eventbridge_fails_with_the_reason(account: SimulatedAccount, seconds: float) -> None:
    """In a VPC without its endpoint nothing changes until CloudFormation gives up, an hour later."""
    arn = started(account, 3000)
    account.fail("*", unreachable=True, service="events", times=None, seconds=seconds)
    began = account.now
    answer = wait(account, arn)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Polling by an EventBridge rule: Could not connect to the endpoint URL")
    assert 120 <= account.now - began < 300


def test_create_that_reaches_neither_image_builder_nor_eventbridge_fails_with_the_reason(
    account: SimulatedAccount,
) -> None:
    """The same for a VPC without any endpoint but CloudFormation's."""
    for service in ("events", "imagebuilder"):
        account.fail("*", unreachable=True, service=service, times=None, seconds=5)
    began = account.now
    answer = create(account)
    assert answer["Status"] == "FAILED"
    assert "Could not connect to the endpoint URL" in answer["Reason"]
    assert account.now - began < 300


def test_wait_fails_after_two_minutes_if_no_rule_can_be_created(account: SimulatedAccount) -> None:
    """The account has as many rules as EventBridge allows. The reason has EventBridge's code."""
    arn = started(account, 1800)
    account.fail("PutRule", "LimitExceededException", times=None)
    began = account.now
    answer = wait(account, arn)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Polling by an EventBridge rule: LimitExceededException: ")
    assert 115 <= account.now - began <= 130
