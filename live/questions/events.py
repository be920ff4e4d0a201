"""Events of Image Builder, and how long the answer takes."""

from __future__ import annotations

from ..assumptions import Answer, Assumption, Topic

_WAIT = "tests/handler/test_wait.py::"
_TESTS = "tests/handler/test_assumptions.py::"
_BY_EVENT = f"{_WAIT}test_wait_is_answered_by_the_event_of_completion"
_BY_SCHEDULE = f"{_WAIT}test_wait_without_events_is_answered_within_a_minute"
_ANY_ORDER = f"{_TESTS}test_wait_is_answered_whichever_events_arrive"

TOPIC = Topic(
    "events",
    "Events",
    (
        Assumption(
            "event-states",
            "Which state changes send an event?",
            (
                Answer(
                    "all",
                    "Each state that `GetImage` showed, in the same order.",
                    "The event of the last state ends the wait.",
                    (_BY_EVENT,),
                ),
                Answer(
                    "last",
                    "The last state, but not each one before, or in another order.",
                    "Each event makes the function read the image. The last one ends the wait.",
                    (_ANY_ORDER,),
                ),
                Answer("none", "Not the last state.", "The schedule ends the wait within a minute.", (_BY_SCHEDULE,)),
            ),
        ),
        Assumption(
            "event-lag",
            "How late does the event of the last state arrive?",
            (
                Answer("within-15-s", "Within 15 seconds.", "The event ends the wait.", (_BY_EVENT,)),
                Answer("later", "Later.", "The event or the schedule ends the wait.", (_ANY_ORDER,)),
            ),
        ),
        Assumption(
            "answer-lag",
            "How long after the last state does the wait end?",
            (
                Answer("within-15-s", "Within 15 seconds.", "The event ends the wait.", (_BY_EVENT,)),
                Answer("within-90-s", "Within 90 seconds.", "The schedule ends the wait.", (_BY_SCHEDULE,)),
            ),
        ),
        Assumption(
            "answer-lag-without-events",
            "How long after the last state does the wait end if no event arrives?",
            (Answer("within-90-s", "Within 90 seconds.", "The schedule ends the wait.", (_BY_SCHEDULE,)),),
        ),
    ),
)
