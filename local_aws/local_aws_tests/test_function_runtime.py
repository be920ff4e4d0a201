"""A function on the local AWS: its logs, and its time."""

import json
import time

import pytest

from local_aws import LocalAws
from local_aws.function_runtime.scaled_clock import scale_clock
from local_aws_tests.stacks import Stack
from local_aws_tests.waiting import eventually

_FUNCTION = """
import json, logging, threading, time
from datetime import datetime, timezone

logger = logging.getLogger("mine")
logger.setLevel(logging.INFO)

def handler(event, context):
    logger.debug("too fine")
    logger.info("told at info")
    logging.getLogger("other").info("below the level of the root")
    times = time.time(), time.monotonic(), context.get_remaining_time_in_millis() / 1000
    time.sleep(event["seconds"])
    left = times[2] - context.get_remaining_time_in_millis() / 1000
    return {
        "wall": time.time() - times[0],
        "monotonic": time.monotonic() - times[1],
        "left": left,
        "now": time.time(),
        "signed": datetime.now(timezone.utc).timestamp(),
    }
"""
_TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
SECONDS_IN_ONE = 60


@pytest.fixture(scope="module")
def function(aws: LocalAws) -> str:
    """The name of a function that logs and sleeps."""
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [_TRUST]}}}
    properties = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": "Role.Arn"},
        "Code": {"ZipFile": _FUNCTION},
        "Timeout": 300,
    }
    stack = Stack(aws)
    stack.create({"Role": role, "Function": {"Type": "AWS::Lambda::Function", "Properties": properties}})
    return stack.physical_id("Function")


def invoke(aws: LocalAws, function: str, seconds: float) -> dict[str, float]:
    """Let the function sleep, and return what it measured."""
    answer = aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"seconds": seconds}))
    measured: dict[str, float] = json.loads(answer["Payload"].read())
    return measured


def test_function_sleeps_at_the_scale_of_a_minute(aws: LocalAws, function: str) -> None:
    """A minute takes a second here, and the function cannot tell: its clocks and its deadline agree."""
    invoke(aws, function, 0)
    began = time.monotonic()
    measured = invoke(aws, function, 2 * SECONDS_IN_ONE)

    assert 2 <= time.monotonic() - began < 2 * SECONDS_IN_ONE
    for clock in ("wall", "monotonic", "left"):
        assert 2 * SECONDS_IN_ONE <= measured[clock] < 10 * SECONDS_IN_ONE, clock


def test_clock_goes_on_between_invocations(aws: LocalAws, function: str) -> None:
    """A deadline set by one invocation holds in the next one."""
    first = invoke(aws, function, 0)
    time.sleep(1)
    second = invoke(aws, function, 0)

    assert SECONDS_IN_ONE <= second["now"] - first["now"] < 10 * SECONDS_IN_ONE


def test_request_is_signed_in_real_time(aws: LocalAws, function: str) -> None:
    """`datetime` is not scaled."""
    assert abs(invoke(aws, function, 0)["signed"] - time.time()) < 30


def test_info_line_is_in_the_log_of_its_invocation(aws: LocalAws, function: str) -> None:
    """In Lambda's form; what is below a logger's level is not."""
    logs, group = aws.client("logs"), f"/aws/lambda/{function}"

    def lines() -> list[str]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]

    before = len(lines()) if invoke(aws, function, 0) else 0
    invoke(aws, function, 0)
    assert eventually(lambda: len(lines()) > before)
    start, told, *rest = lines()[before:]

    assert start.startswith("START RequestId: ")
    assert told.startswith("[INFO]\t20") and told.endswith("Z\ttold at info")
    assert [line.partition(" ")[0] for line in rest] == ["END", "REPORT"]


def test_scaled_clock_keeps_its_clocks_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sleeping, wall clock and monotonic clock have one scale, from a common origin."""
    for name in ("sleep", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"):
        monkeypatch.setattr(time, name, getattr(time, name))
    real, origin = time.monotonic, time.time()
    began = real()
    scale_clock(100, origin)
    now, monotonic = time.time(), time.monotonic()
    time.sleep(10)
    slept = real() - began

    assert 0.1 <= slept < 5
    assert 10 <= time.time() - now < 500
    assert 10 <= time.monotonic() - monotonic < 500
    assert time.time_ns() / 1e9 == pytest.approx(time.time(), abs=50)
    assert time.time() >= origin
