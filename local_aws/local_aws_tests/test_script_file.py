"""Outcomes and faults from a file, as `python -m local_aws` takes them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws, LocalAwsError, Outcome, RegionFailure
from local_aws.__main__ import read_script, shell_lines


def script(tmp_path: Path, **content: object) -> Path:
    """A file with a script."""
    file = tmp_path / "script.json"
    file.write_text(json.dumps(content))
    return file


def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the command."""
    environment = {**os.environ, "LOCAL_AWS_FOLDER": "", **variables}
    command = [sys.executable, "-m", "local_aws", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_script_file_has_outcomes(tmp_path: Path) -> None:
    """With the members of the classes."""
    failure = {"region": "us-east-1", "message": "The quota is used up."}
    read = read_script(script(tmp_path, outcomes=[{"failures": [failure]}]))

    assert read.outcomes == [Outcome(failures=(RegionFailure("us-east-1", "The quota is used up."),))]


@pytest.mark.parametrize("content", ["{", "[]", '{"faults": [{"operationn": "GetImage"}]}'])
def test_file_that_is_no_script_is_refused(tmp_path: Path, content: str) -> None:
    """With its name."""
    file = tmp_path / "wrong.json"
    file.write_text(content)
    with pytest.raises(LocalAwsError, match=r"wrong\.json must be a script in JSON: "):
        read_script(file)


def test_command_changes_the_script_while_the_local_aws_runs(aws: LocalAws, tmp_path: Path) -> None:
    """In a shell with the printed variables; without them it says what is missing."""
    aws.script()
    file = script(tmp_path, faults=[{"operation": "ListImages", "error": "ForbiddenException", "message": "told"}])
    folder = next(line for line in shell_lines(aws) if line.startswith("export LOCAL_AWS_FOLDER=")).partition("=")[2]

    without = run("script", str(file))
    assert (without.returncode, "LOCAL_AWS_FOLDER must name a running local AWS" in without.stderr) == (1, True)
    aws.client("imagebuilder").list_images()
    assert run("script", str(file), LOCAL_AWS_FOLDER=folder).returncode == 0
    with pytest.raises(ClientError, match="told"):
        aws.client("imagebuilder").list_images()
