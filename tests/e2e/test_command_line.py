"""The command line on the local AWS, beside a deployment with the real CDK CLI."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local_aws import LocalAws
from local_aws.image_builder import Outcome, RegionFailure

from .deployment import Deployment
from .stacks import golden


class Watch:
    """A `watch` that has begun."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        self._first = process.stdout.readline()

    def end(self) -> tuple[int, list[Any], str]:
        """Wait for its end and return exit code, rounds and errors."""
        output, errors = self._process.communicate(timeout=120)
        return self._process.returncode, [json.loads(line) for line in (self._first + output).splitlines()], errors


class CommandLine:
    """The command line with the environment of the local AWS."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "cdk_image_distribution_cli", *arguments],
            env={**self._aws.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def watch(self, stack: str) -> Watch:
        """Watch a stack, and return when the first round is printed."""
        return Watch(self.start("watch", stack, "--interval", "1", "--json"))

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command to its end and return exit code, output and errors."""
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=240)
        return process.returncode, output, errors

    def json(self, *arguments: str) -> tuple[int, list[Any]]:
        """Run a command and return its exit code and each line of its JSON."""
        code, output, errors = self.run(*arguments, "--json")
        assert output, errors
        return code, [json.loads(line) for line in output.splitlines()]


@pytest.fixture
def command_line(aws: LocalAws) -> CommandLine:
    """The command line."""
    return CommandLine(aws)


def test_watch_follows_a_deployment_from_before_the_stack_exists(
    deployment: Deployment, command_line: CommandLine
) -> None:
    """It ends with 0 when every AMI is there, and names each."""
    # Long enough for a round of the watch, however busy the machine is.
    deployment.script(outcomes=[Outcome(distributing=12)])
    watching = command_line.watch(deployment.name)
    deployment.deploy(golden(deployment.source_ami))
    code, rounds, errors = watching.end()
    assert code == 0, errors
    assert rounds[0]["stackStatus"] is None
    states = [item["state"] for it in rounds for item in it["distributions"]]
    assert states[-1] == "available"
    assert "distributing" in states
    copies = rounds[-1]["distributions"][0]["copies"]
    assert {(copy["region"], copy["state"]) for copy in copies} == {
        ("eu-west-1", "available"),
        ("us-east-1", "available"),
    }


def test_watch_shows_why_a_region_failed(deployment: Deployment, command_line: CommandLine) -> None:
    """Also when the rollback has deleted the image, and with exit code 1."""
    deployment.script(default=Outcome(failures=(RegionFailure("us-east-1", "The KMS key is not accessible."),)))
    watching = command_line.watch(deployment.name)
    deployment.deploy(golden(deployment.source_ami), check=False)
    code, rounds, errors = watching.end()
    assert code == 1, errors
    (last,) = rounds[-1]["distributions"]
    assert last["state"] == "failed"
    assert "The KMS key is not accessible." in json.dumps(last)
    assert "by its key policy" in json.dumps(last)


def test_list_retry_and_watch_repair_a_distribution(deployment: Deployment, command_line: CommandLine) -> None:
    """A distribution with wait=False fails, is retried in place, and becomes available."""
    deployment.script(default=Outcome(failures=(RegionFailure("us-east-1", "Throttled."),)))
    deployment.deploy(golden(deployment.source_ami, wait=False))
    code, _ = command_line.json("watch", deployment.name, "--interval", "1")
    assert code == 1
    listed = [item for item in command_line.json("list")[1][0]["images"] if item["stack"] == deployment.name]
    assert [(item["imageStatus"], item["held"]) for item in listed] == [("FAILED", True)]
    deployment.script()
    code, (report,) = command_line.json("retry", deployment.name)
    assert (code, [item["retried"] for item in report["distributions"]]) == (0, [True])
    code, rounds = command_line.json("watch", deployment.name, "--interval", "1")
    assert code == 0
    assert rounds[-1]["distributions"][0]["imageArn"] == listed[0]["imageArn"]


def test_check_finds_a_source_ami_that_does_not_exist(
    deployment: Deployment, command_line: CommandLine, tmp_path: Path
) -> None:
    """The same app passes with one that does."""
    for source, expected in ((deployment.source_ami, "pass"), ("ami-00000000000000000", "fail")):
        folder = deployment.synthesise(golden(source))
        _, (report,) = command_line.json("check", str(folder))
        (found,) = (item for item in report["checks"] if item["check"] == "source AMI")
        assert found["outcome"] == expected, report
