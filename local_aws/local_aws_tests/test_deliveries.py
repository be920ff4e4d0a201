"""How requests reach the function of a custom resource, and what becomes of its answers."""

import time

from local_aws import Delivery, LocalAws, RefusedAnswer
from local_aws_tests.stacks import Function, Stack
from local_aws_tests.waiting import eventually

MINUTE = 60


def test_request_is_delivered_late_and_twice(aws: LocalAws, function: Function, stack: Stack) -> None:
    """The first answer counts."""
    aws.script(deliveries=[Delivery("Create", delays=(MINUTE, 2 * MINUTE))])
    began = time.monotonic()
    assert stack.create({"A": function.custom("a")}) == "CREATE_COMPLETE"

    assert time.monotonic() - began > 1
    assert eventually(lambda: len(function.requests(stack, "A")) == 2)
    stack.delete()
    assert [request[0] for request in function.requests(stack, "A")] == ["Create", "Create", "Delete"]


def test_lost_request_times_out(aws: LocalAws, function: Function, stack: Stack) -> None:
    """The resource fails after its ServiceTimeout, without a request to the function."""
    aws.script(deliveries=[Delivery("Create", delays=())])
    assert stack.create({"A": function.custom("a", ServiceTimeout=MINUTE)}) == "ROLLBACK_COMPLETE"

    assert [request[0] for request in function.requests(stack, "A")] == ["Delete"]
    assert any("did not receive a response" in event.get("ResourceStatusReason", "") for event in stack.events())


def test_refused_answer_does_not_count(aws: LocalAws, function: Function, stack: Stack) -> None:
    """The function sees the HTTP status, and may answer again."""
    aws.script(refused_answers=[RefusedAnswer(503)])
    assert stack.create({"A": function.custom("a", Persistent="yes")}) == "CREATE_COMPLETE"
    assert function.refused(stack, "A") == [("Create", 503)]

    aws.script(refused_answers=[RefusedAnswer(500)])
    timed = function.custom("a-2", ServiceTimeout=MINUTE)
    assert stack.update({"A": timed}) == "UPDATE_ROLLBACK_COMPLETE"


def test_refused_answer_may_count_all_the_same(aws: LocalAws, function: Function, stack: Stack) -> None:
    """A 500 does not say that the answer was lost."""
    aws.script(refused_answers=[RefusedAnswer(500, takes_effect=True)])

    assert stack.create({"A": function.custom("a", ServiceTimeout=MINUTE)}) == "CREATE_COMPLETE"


def test_function_that_fails_is_invoked_again(function: Function, stack: Stack) -> None:
    """Twice, after one minute and two more."""
    assert stack.create({"A": function.custom("a", Crash="Create")}) == "CREATE_COMPLETE"

    assert eventually(lambda: [request[0] for request in function.requests(stack, "A")] == ["Create"] * 3)


def test_unknown_function_is_refused(function: Function, stack: Stack) -> None:
    """Its resource fails, and nothing is invoked."""
    unknown = {**function.custom("a")["Properties"], "ServiceToken": function.arn + "-none"}
    assert stack.create({"A": {"Type": "Custom::Thing", "Properties": unknown}}) == "ROLLBACK_COMPLETE"

    assert function.requests(stack, "A") == []
