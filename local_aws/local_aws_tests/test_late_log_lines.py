"""The log group of a stack is gone with it, although the last answer of its function comes before its last log line."""

import os
import subprocess
import time
from pathlib import Path

import pytest

import local_aws
from local_aws import LocalAws
from local_aws.environment import without_foreign
from local_aws.server_python import server_python
from local_aws_tests.stacks import Function

# Longer than a log line takes from the end of its invocation.
LATE = 0.5


def test_late_log_line_creates_no_group_that_was_deleted(aws: LocalAws, function: Function) -> None:
    """A function that logs afterwards does not create again the group that its LoggingConfig names."""
    logs = aws.client("logs")
    (group,) = {
        configuration["LoggingConfig"]["LogGroup"]
        for configuration in aws.client("lambda").list_functions()["Functions"]
        if configuration["FunctionArn"] == function.arn
    }
    described = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    logs.delete_log_group(logGroupName=group)
    aws.client("lambda").invoke(FunctionName=function.arn, Payload=b"{}")
    time.sleep(LATE)
    left = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    logs.create_log_group(logGroupName=group)

    assert [len(described), len(left)] == [1, 0]


# CloudFormation deletes the group after the patch has looked for it, and before ministack writes to it.
_DELETED_MEANWHILE = """
from ministack.services import cloudwatch_logs, lambda_svc
from local_aws.patches import late_log_lines_create_no_group
groups, write = cloudwatch_logs._log_groups, lambda_svc._emit_lambda_logs
def deleted_meanwhile(*arguments, **options):
    groups.pop("/golden")
    write(*arguments, **options)
    print("written", "/golden" in groups)
lambda_svc._emit_lambda_logs = deleted_meanwhile
late_log_lines_create_no_group.install()
groups["/golden"] = {"streams": {}, "subscriptionFilters": {}}
function = {"FunctionName": "golden", "LoggingConfig": {"LogGroup": "/golden"}}
lambda_svc._emit_lambda_logs(function, "request", "Answered Delete", False, 1)
print("left", "/golden" in groups)
"""


@pytest.mark.e2e
def test_group_that_is_deleted_before_the_line_is_written_is_not_left() -> None:
    """Ministack makes it again, and the patch deletes it."""
    environment = {**without_foreign(dict(os.environ)), "PYTHONPATH": str(Path(local_aws.__file__).parents[1])}
    command = [str(server_python()), "-c", _DELETED_MEANWHILE]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.stdout.split() == ["written", "True", "left", "False"], run.stderr
