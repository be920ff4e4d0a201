"""The fixtures for other people's tests."""

from __future__ import annotations

import logging
from typing import Literal

import pytest
from botocore.exceptions import ClientError

from local_aws import Fault, LocalAws
from local_aws.image_builder import Outcome
from local_aws.image_builder.stepped import SteppedImageBuilder
from local_aws.pytest_plugin import pytest_runtest_makereport
from local_aws.server import is_no_ended_connection


@pytest.fixture(scope="session")
def local_aws_session(aws: LocalAws) -> LocalAws:
    """The server that these tests have anyway."""
    return aws


def test_a_test_begins_without_the_script_and_the_calls_of_another(
    aws: LocalAws, request: pytest.FixtureRequest
) -> None:
    """Though the AWS is one for all of them."""
    aws.script(faults=[Fault("ListImages", "ForbiddenException", times=None)])
    client = aws.client("imagebuilder")
    with pytest.raises(ClientError):
        client.list_images()
    began: LocalAws = request.getfixturevalue("local_aws")
    assert began.calls() == []
    client.list_images()
    assert [(call.operation, call.outcome) for call in began.calls()] == [("ListImages", "ok")]


@pytest.mark.parametrize("outcome", ["failed", "passed"])
def test_a_failed_test_shows_the_log(
    aws: LocalAws, request: pytest.FixtureRequest, outcome: Literal["failed", "passed"]
) -> None:
    """Once, although two fixtures are the same AWS."""
    request.getfixturevalue("local_aws")
    report = pytest.TestReport(request.node.nodeid, ("", 0, ""), {}, outcome, None, "call")
    hook = pytest_runtest_makereport(request.node)
    next(hook)
    with pytest.raises(StopIteration):
        hook.send(report)
    assert [title for title, text in report.sections if text] == ["Log of the local AWS"] * (outcome == "failed")


def test_an_aws_that_does_not_run_has_no_log() -> None:
    """A report of a failed test has no empty section for it."""
    assert LocalAws().log_tail() == ""


@pytest.mark.parametrize(
    ("error", "is_kept"),
    [(TimeoutError("SSL shutdown timed out"), False), (TimeoutError("another"), True), (ValueError("x"), True)],
)
def test_log_leaves_out_connections_that_ended(error: Exception, is_kept: bool) -> None:
    """A filter of asyncio's logger, without which their tracebacks fill the end of the log."""
    record = logging.LogRecord("asyncio", logging.ERROR, "", 1, "Unhandled", None, (type(error), error, None))
    assert is_no_ended_connection(record) == is_kept


def test_time_stands_still_without_a_server(local_image_builder: SteppedImageBuilder) -> None:
    """A distribution goes on when the test lets time pass, and not before."""
    local_image_builder.script.outcomes.append(Outcome(pending=60, distributing=600))
    client = local_image_builder.client()
    configuration = client.create_distribution_configuration(name="golden", distributions=[{"region": "eu-west-1"}])
    image = client.distribute_image(
        sourceImage="ami-0123456789abcdef0",
        distributionConfigurationArn=configuration["distributionConfigurationArn"],
        executionRole="arn:aws:iam::111122223333:role/distribution",
    )["imageBuildVersionArn"]
    seen = []
    for seconds in (0, 59, 2, 600):
        local_image_builder.let_pass(seconds)
        seen.append(client.get_image(imageBuildVersionArn=image)["image"]["state"]["status"])
    assert seen == ["PENDING", "PENDING", "DISTRIBUTING", "AVAILABLE"]


def test_a_fault_shows_at_once_without_a_server(local_image_builder: SteppedImageBuilder) -> None:
    """The client does not retry, and a slow answer takes its seconds from the clock that the test moves."""
    fault = Fault("ListImages", "ServiceUnavailableException", delay=2)
    local_image_builder.script.faults.append(fault)
    began = local_image_builder.now
    with pytest.raises(ClientError, match="ServiceUnavailableException"):
        local_image_builder.client().list_images()
    assert local_image_builder.now == began + 2
    assert len(local_image_builder.calls) == 1
