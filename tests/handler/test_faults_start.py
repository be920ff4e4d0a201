"""Faults 3, 8, 9 and 17: lost answers, late starts, late deliveries, and IAM that propagates slowly."""

from __future__ import annotations

import pytest

from local_aws.image_builder import Outcome
from simulated_aws import PROPERTIES, SimulatedAccount

from .steps import created, deleted, is_clean, update, updated, wait_request

REFUSALS = [
    "CallRateLimitExceededException",
    "ResourceInUseException",
    "IdempotentParameterMismatchException",
    "AccessDeniedException",
    "ServiceUnavailableException",
    "ServiceQuotaExceededException",
]


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("tag_lag", [0, 40])
def test_image_of_a_lost_answer_is_removed_by_the_delete(account: SimulatedAccount, code: str, tag_lag: int) -> None:
    """DistributeImage was carried out, its answer is lost, and every later attempt is refused."""
    account.tags.lag = tag_lag
    account.fail("DistributeImage", lost=True, times=1)
    account.fail("DistributeImage", code, times=None)
    create = account.request("Create")
    answer = account.operate(create)
    assert answer["Status"] == "FAILED"
    assert len(account.images) == 1
    account.heal()
    deleted(account, answer["PhysicalResourceId"], "ROLLBACK_IN_PROGRESS")
    assert is_clean(account)


@pytest.mark.parametrize("code", REFUSALS)
def test_image_of_an_updates_lost_answer_is_removed_by_the_rollback(account: SimulatedAccount, code: str) -> None:
    """The sibling: an Update's lost answer leaves an image that CloudFormation never names."""
    old = created(account)
    account.fail("DistributeImage", lost=True, times=1)
    account.fail("DistributeImage", code, times=None)
    assert update(account, old, {"Revision": "2"}, {})["Status"] == "FAILED"
    assert len(account.images) == 2
    account.heal()
    assert updated(account, old, {}, {"Revision": "2"}, "UPDATE_ROLLBACK_IN_PROGRESS") == old
    assert account.images == [old]


def test_lost_answer_is_repeated_and_starts_nothing_twice(account: SimulatedAccount) -> None:
    """A later attempt with the same token gets the image of the first."""
    account.fail("DistributeImage", lost=True, times=2)
    arn = created(account)
    assert account.images == [arn]


@pytest.mark.parametrize("delay", [0, 5, 200, 600])
@pytest.mark.parametrize("tag_lag", [0, 30])
def test_create_that_was_given_up_starts_nothing(account: SimulatedAccount, delay: int, tag_lag: int) -> None:
    """The Delete of a cancelled Create comes within seconds; the Create's delivery may come minutes after it."""
    account.tags.lag = tag_lag
    account.fail("DistributeImage", seconds=20)
    create = account.request("Create")
    account.simulation.at(account.now + delay, lambda: account.function.send(create))
    account.settle(2)
    # What the Create answers from now on is ignored.
    account.on_answer = lambda answer: None
    account.stack.set_status("ROLLBACK_IN_PROGRESS")
    deleted(account, "Golden-Distribution830FAC52-1A2B3C4D", "ROLLBACK_IN_PROGRESS")
    account.settle(1200)
    assert is_clean(account)


def test_create_that_is_throttled_until_it_is_given_up_starts_nothing(account: SimulatedAccount) -> None:
    """Image Builder throttles the start for minutes, and CloudFormation gives the Create up meanwhile."""
    account.fail("DistributeImage", "TooManyRequestsException", until=account.now + 200, times=None)
    account.deliver(account.request("Create"))
    account.settle(30)
    account.stack.set_status("ROLLBACK_IN_PROGRESS")
    deleted(account, "Golden-Distribution830FAC52-1A2B3C4D", "ROLLBACK_IN_PROGRESS")
    account.settle(1200)
    assert is_clean(account)
    assert account.calls("DistributeImage") == []


def test_update_that_was_given_up_starts_nothing(account: SimulatedAccount) -> None:
    """The sibling: an Update is delivered after its rollback has begun."""
    old = created(account)
    late = account.request(
        "Update",
        PhysicalResourceId=old,
        ResourceProperties={**PROPERTIES, "Revision": "2"},
        OldResourceProperties=dict(PROPERTIES),
    )
    account.simulation.at(account.now + 300, lambda: account.function.send(late))
    assert updated(account, old, {}, {"Revision": "2"}, "UPDATE_ROLLBACK_IN_PROGRESS") == old
    account.settle(1200)
    assert len(account.calls("DistributeImage")) == 1
    assert account.images == [old]


def test_create_of_a_stack_that_is_gone_starts_nothing_and_says_so(account: SimulatedAccount) -> None:
    """DescribeStackResource answers that the stack does not exist: after a minute that is no lag."""
    create = account.request("Create")
    account.fail("DescribeStackResource", "ValidationError", message="Stack with id x does not exist", times=None)
    answer = account.operate(create)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Nothing was distributed: CloudFormation gave up this Create")
    assert account.attempts("DistributeImage") == []


def test_image_that_was_held_is_not_removed_while_the_tagging_api_lags(account: SimulatedAccount) -> None:
    """The tagging API still shows `held: no`; GetImage shows the tag as it is."""
    account.fail("DistributeImage", lost=True)
    account.fail("DistributeImage", "ResourceInUseException", times=None)
    account.operate(account.request("Create"))
    account.heal()
    (unnamed,) = account.images
    live = created(account)
    account.settle(60)
    account.tags.lag = 30
    account.builder.store.images[unnamed].tags["cdk-image-distribution:held"] = "yes"
    account.settle(1)
    updated(account, live, {"Revision": "2"}, {})
    assert unnamed in account.images


def test_update_decides_once_while_it_removes_what_is_left_over(account: SimulatedAccount) -> None:
    """An image left over takes minutes to cancel; the polls meanwhile start and decide nothing."""
    live = created(account)
    account.builder.script.outcomes.append(Outcome(hang="DISTRIBUTING", cancelling=200))
    account.fail("DistributeImage", lost=True)
    account.fail("DistributeImage", "ResourceInUseException", times=None)
    assert update(account, live, {"Revision": "2"}, {})["Status"] == "FAILED"
    account.heal()
    account.settle(30)
    before = len(account.attempts("DistributeImage"))
    new = updated(account, live, {"Revision": "3"}, {})
    assert len(account.attempts("DistributeImage")) == before + 1
    assert sorted(account.images) == sorted([live, new])


@pytest.mark.parametrize("lag", [5, 40])
def test_lagging_read_does_not_fail_a_good_create(account: SimulatedAccount, lag: int) -> None:
    """DescribeStackResource may not know the resource yet: the start waits for it, a minute at most."""
    account.stacks.lag = lag
    assert created(account)
    account.settle(120)
    assert account.event_bridge.rules == {}
    assert len(account.calls("DistributeImage")) == 1


@pytest.mark.parametrize("operation", ["DescribeStacks", "DescribeStackResource"])
@pytest.mark.parametrize("code", ["Throttling", "AccessDenied", ""])
def test_distribution_starts_when_cloudformation_cannot_be_asked(
    account: SimulatedAccount, operation: str, code: str
) -> None:
    """Without an answer for one minute, or two of denials, the request is taken for wanted."""
    began = account.now
    account.fail(operation, code, status=403 if code == "AccessDenied" else 400, unreachable=not code, times=None)
    assert created(account)
    assert 60 <= account.now - began <= 200
    account.settle(120)
    assert account.event_bridge.rules == {}


@pytest.mark.parametrize("segments", ["1", "3"])
@pytest.mark.parametrize("late", [150, 240])
def test_late_delivery_of_a_wait_does_not_fail_it(account: SimulatedAccount, segments: str, late: int) -> None:
    """A part that is delivered late still answers before its ServiceTimeout of an hour."""
    account.builder.script.outcomes.append(Outcome(hang="DISTRIBUTING"))
    arn = created(account)
    request = wait_request(account, arn, properties={"Segments": segments})
    sent = account.now
    account.deliver_next(after=late)
    account.function.send(request)
    assert account.run_until(lambda: bool(account.answers_to(request)), within=3600)
    assert account.now - sent < 3600
    (answer,) = account.answers_to(request)
    assert (answer["Status"] == "SUCCESS") == (segments == "3")
    assert segments == "3" or answer["Reason"].startswith("Still DISTRIBUTING after 55 minutes. Raise timeout=")


def test_wait_answers_with_its_stack_and_logical_id(account: SimulatedAccount) -> None:
    """Its physical id is the same at each Update, so that nothing is replaced."""
    arn = created(account)
    answer = account.operate(wait_request(account, arn))
    assert answer["PhysicalResourceId"] == "Golden-Wait9A9B7B98"


def test_wait_that_is_delivered_late_sees_a_good_distribution(account: SimulatedAccount) -> None:
    """The single wait of the default timeout, 150 s late: a distribution of 54 minutes succeeds."""
    account.builder.script.outcomes.append(Outcome(distributing=54 * 60))
    arn = created(account)
    request = wait_request(account, arn)
    account.deliver_next(after=150)
    account.function.send(request)
    assert account.run_until(lambda: bool(account.answers_to(request)), within=3600)
    assert account.answers_to(request)[0]["Status"] == "SUCCESS"


ALL = ["DistributeImage", "GetImage", "TagResource", "PutRule", "PutTargets", "DescribeStacks", "GetResources", "*"]


@pytest.mark.parametrize("operation", ALL)
@pytest.mark.parametrize("seconds", [30, 119])
def test_denials_of_the_first_two_minutes_do_not_fail_a_deployment(
    account: SimulatedAccount, operation: str, seconds: int
) -> None:
    """IAM has not propagated the function's policy yet."""
    service = {"*": "imagebuilder"}.get(operation, "")
    code = "UnauthorizedOperation" if operation == "DescribeImages" else "AccessDeniedException"
    account.fail(
        operation,
        code,
        status=403,
        service=service,
        until=account.now + seconds,
        times=None,
        message="User: x is not authorized to perform: y:z",
    )
    account.builder.script.outcomes.append(Outcome(distributing=300))
    arn = created(account)
    answer = account.operate(wait_request(account, arn))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert len({call.parameters["clientToken"] for call in account.calls("DistributeImage")}) == 1
    account.settle(120)
    assert account.event_bridge.rules == {}


def test_role_that_image_builder_does_not_know_yet_is_tried_again(account: SimulatedAccount) -> None:
    """The execution role was created seconds ago, and Image Builder cannot assume it for a while."""
    account.fail(
        "DistributeImage",
        "InvalidRequestException",
        message="The role Golden cannot be assumed.",
        times=None,
        until=account.now + 100,
    )
    assert created(account)


def test_denial_that_lasts_fails_with_its_action(account: SimulatedAccount) -> None:
    """After two minutes a denial is one."""
    began = account.now
    account.fail(
        "DistributeImage",
        "AccessDeniedException",
        status=403,
        times=None,
        message="User: x is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/R",
    )
    answer = account.operate(account.request("Create"))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Starting the distribution: AccessDeniedException: iam:PassRole is denied")
    assert 120 <= account.now - began < 240
