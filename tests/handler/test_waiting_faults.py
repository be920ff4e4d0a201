"""Waiting while AWS throttles, fails, denies or cannot be reached, and while the function itself dies."""

from __future__ import annotations

import pytest

from local_aws.image_builder import Fault, Outcome
from simulated_aws import START, SimulatedAccount

from .test_waiting import started, wait_for


def test_a_poll_that_runs_into_the_functions_time_out_stays_silent(account: SimulatedAccount) -> None:
    """Crhelper would fail the deployment; the next poll answers."""
    arn = started(account, Outcome(distributing=90))
    wait = wait_for(account, arn)
    account.deliver(wait)
    account.fail("GetImage", seconds=1.5)
    account.function.timeout = 0.6
    account.settle(61)
    assert account.answers_to(wait) == []
    account.function.timeout = 300.0
    account.settle()
    assert {answer["Status"] for answer in account.answers_to(wait)} == {"SUCCESS"}


def test_a_crash_after_the_answer_heals_itself(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before the rule was removed: the next poll repeats the answer, which nobody minds, and removes it."""
    arn = started(account, Outcome(distributing=90))
    wait = wait_for(account, arn)
    account.deliver(wait)
    account.fail("RemoveTargets", unreachable=True, times=None)
    account.settle(100)
    assert len(account.event_bridge.rules) == 1
    first, *_ = account.answers_to(wait)
    account.heal("RemoveTargets")
    account.settle()
    assert account.event_bridge.rules == {}
    assert all(answer == first for answer in account.answers_to(wait))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GetImage", "CallRateLimitExceededException", times=30),
        Fault("GetImage", "ServiceUnavailableException", times=30),
        Fault("GetImage", lost=True, times=30),
    ],
)
def test_getimage_failing_for_a_while_does_not_fail_the_wait(account: SimulatedAccount, fault: Fault) -> None:
    """Throttling, 5xx and broken connections pass; only the deadline fails a wait."""
    arn = started(account, Outcome(distributing=300))
    account.builder.script.faults.append(fault)
    answer = account.operate(wait_for(account, arn))
    assert answer["Status"] == "SUCCESS"
    assert account.event_bridge.rules == {}


def test_getimage_failing_to_the_end_fails_with_awss_words(account: SimulatedAccount) -> None:
    """When the time is up, the reason is why nothing could be seen."""
    arn = started(account, Outcome(distributing=300))
    account.builder.script.faults.append(Fault("GetImage", "ServiceUnavailableException", "Down.", times=None))
    answer = account.operate(wait_for(account, arn, Seconds="600"))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"Looking at {arn}: ServiceUnavailableException: Down.")


def test_a_part_that_cannot_look_leaves_it_to_the_next(account: SimulatedAccount) -> None:
    """A moment's failure at the end of a part does not end the chain."""
    arn = started(account, Outcome(distributing=6000))
    account.builder.script.faults.append(Fault("GetImage", "ServiceUnavailableException", times=None))
    answer = account.operate(wait_for(account, arn, Segments="2", Seconds="600"))
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"ImageArn": arn})


def test_a_denial_that_lasts_fails_within_minutes(account: SimulatedAccount) -> None:
    """A policy made seconds ago may need some; a missing one does not cost an hour."""
    arn = started(account, Outcome(distributing=3000))
    message = "User: … is not authorized to perform: imagebuilder:GetImage"
    account.builder.script.faults.append(Fault("GetImage", "AccessDeniedException", message, times=None))
    answer = account.operate(wait_for(account, arn))
    assert "imagebuilder:GetImage" in answer["Reason"]
    assert 100 < account.now - START < 300


@pytest.mark.parametrize("operation", ["PutRule", "PutTargets"])
def test_a_denied_rule_names_the_action(account: SimulatedAccount, operation: str) -> None:
    """Without the permission to make its rule a wait fails, and leaves no half of one."""
    arn = started(account, Outcome(distributing=3000))
    account.fail(operation, "AccessDeniedException", f"not authorized to perform: events:{operation}", times=None)
    answer = account.operate(wait_for(account, arn))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Waiting by an EventBridge rule: AccessDeniedException: ")
    assert operation in answer["Reason"]
    assert account.now - START < 300
    assert account.event_bridge.rules == {}


def test_a_rule_that_cannot_be_made_at_first_is_made_later(account: SimulatedAccount) -> None:
    """EventBridge is throttled for a while: the function itself looks meanwhile."""
    arn = started(account, Outcome(distributing=20))
    account.fail("PutRule", unreachable=True, times=None)
    answer = account.operate(wait_for(account, arn))
    assert answer["Status"] == "SUCCESS"
