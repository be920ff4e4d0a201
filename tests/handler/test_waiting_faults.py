"""Waiting while AWS throttles, fails, denies or cannot be reached, and while the function itself dies."""

from __future__ import annotations

import threading

import pytest

from local_aws.image_builder import Fault, Outcome

from .test_waiting import started, wait_for
from .world import START, World


def test_a_poll_that_runs_into_the_functions_time_out_stays_silent(world: World) -> None:
    """Crhelper would fail the deployment; the next poll answers."""
    arn = started(world, Outcome(distributing=90))
    wait = wait_for(world, arn)
    world.deliver(wait)
    world.builder.script.faults.append(Fault("GetImage", delay=1.5))

    def slow(seconds: float) -> None:
        world.sleep(seconds)
        threading.Event().wait(0.3)  # the time-out is a real thread's

    world.builder._wait = slow
    world.function_timeout = 0.6
    for _ in world.pass_time(61):
        pass
    assert world.answers_to(wait) == []
    world.function_timeout = 300.0
    world.settle()
    assert {answer["Status"] for answer in world.answers_to(wait)} == {"SUCCESS"}


def test_a_crash_after_the_answer_heals_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before the rule was removed: the next poll repeats the answer, which nobody minds, and removes it."""
    arn = started(world, Outcome(distributing=90))
    wait = wait_for(world, arn)
    world.deliver(wait)
    world.faults["RemoveTargets"] = "down"
    for _ in world.pass_time(100):
        pass
    assert len(world.event_bridge.rules) == 1
    first, *_ = world.answers_to(wait)
    del world.faults["RemoveTargets"]
    world.settle()
    assert world.event_bridge.rules == {}
    assert all(answer == first for answer in world.answers_to(wait))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GetImage", "CallRateLimitExceededException", times=30),
        Fault("GetImage", "ServiceUnavailableException", times=30),
        Fault("GetImage", lost=True, times=30),
    ],
)
def test_getimage_failing_for_a_while_does_not_fail_the_wait(world: World, fault: Fault) -> None:
    """Throttling, 5xx and broken connections pass; only the deadline fails a wait."""
    arn = started(world, Outcome(distributing=300))
    world.builder.script.faults.append(fault)
    answer = world.operate(wait_for(world, arn))
    assert answer["Status"] == "SUCCESS"
    assert world.event_bridge.rules == {}


def test_getimage_failing_to_the_end_fails_with_awss_words(world: World) -> None:
    """When the time is up, the reason is why nothing could be seen."""
    arn = started(world, Outcome(distributing=300))
    world.builder.script.faults.append(Fault("GetImage", "ServiceUnavailableException", "Down.", times=None))
    answer = world.operate(wait_for(world, arn, Seconds="600"))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"Looking at {arn}: ServiceUnavailableException: Down.")


def test_a_part_that_cannot_look_leaves_it_to_the_next(world: World) -> None:
    """A moment's failure at the end of a part does not end the chain."""
    arn = started(world, Outcome(distributing=6000))
    world.builder.script.faults.append(Fault("GetImage", "ServiceUnavailableException", times=None))
    answer = world.operate(wait_for(world, arn, Segments="2", Seconds="600"))
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"ImageArn": arn})


def test_a_denial_that_lasts_fails_within_minutes(world: World) -> None:
    """A policy made seconds ago may need some; a missing one does not cost an hour."""
    arn = started(world, Outcome(distributing=3000))
    message = "User: … is not authorized to perform: imagebuilder:GetImage"
    world.builder.script.faults.append(Fault("GetImage", "AccessDeniedException", message, times=None))
    answer = world.operate(wait_for(world, arn))
    assert "imagebuilder:GetImage" in answer["Reason"]
    assert 100 < world.now - START < 300


@pytest.mark.parametrize("operation", ["PutRule", "PutTargets"])
def test_a_denied_rule_names_the_action(world: World, operation: str) -> None:
    """Without the permission to make its rule a wait fails, and leaves no half of one."""
    arn = started(world, Outcome(distributing=3000))
    world.faults[operation] = "AccessDeniedException"
    answer = world.operate(wait_for(world, arn))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("Waiting by an EventBridge rule: AccessDeniedException: ")
    assert operation in answer["Reason"]
    assert world.now - START < 300
    assert world.event_bridge.rules == {}


def test_a_rule_that_cannot_be_made_at_first_is_made_later(world: World) -> None:
    """EventBridge is throttled for a while: the function itself looks meanwhile."""
    arn = started(world, Outcome(distributing=20))
    world.faults["PutRule"] = "down"
    answer = world.operate(wait_for(world, arn))
    assert answer["Status"] == "SUCCESS"
