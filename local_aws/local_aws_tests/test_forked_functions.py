"""Functions are forked from a process that has imported the AWS SDK, or start as a Python of their own."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local_aws import LocalAws
from local_aws.function_runtime.forking import ForkingSubprocess
from local_aws_tests.on_server import made_role
from local_aws_tests.waiting import eventually

_FUNCTION = """
import os, random, sys, time
LOADED = "boto3" in sys.modules
import boto3

def handler(event, context):
    if "seconds" in event:
        print(f"process {os.getpid()}")
        time.sleep(event["seconds"] * 60)
    return {
        "loaded": LOADED,
        "sdk": boto3.__file__,
        "from": os.getppid(),
        "optimize": sys.flags.optimize,
        "random": random.random(),
        "setting": os.environ.get("SETTING"),
        "account": boto3.client("sts").get_caller_identity()["Account"],
    }
"""
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
_OWN_SDK = """
class client:
    def __init__(self, service): pass
    def get_caller_identity(self): return {"Account": "its own"}
"""


def archive(files: dict[str, str]) -> bytes:
    """A function's code: module -> text."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        for name, text in files.items():
            opened.writestr(f"{name}.py", text)
    return content.getvalue()


@pytest.fixture(scope="module")
def role(aws: LocalAws) -> str:
    """The ARN of a role for the functions."""
    return made_role(aws, "forked-functions", trust=_TRUST)


class Function:
    """A function of its own."""

    def __init__(self, aws: LocalAws, role: str, files: dict[str, str] | None = None, **settings: Any) -> None:
        """Create it; of `files`, one named `index` is its code."""
        self._lambda = aws.client("lambda")
        self._name = f"forked-{uuid4()}"
        self._lambda.create_function(
            FunctionName=self._name,
            Runtime="python3.13",
            Handler="index.handler",
            Role=role,
            Code={"ZipFile": archive({"index": _FUNCTION, **(files or {})})},
            **settings,
        )

    def invoke(self, **event: Any) -> dict[str, Any]:
        """Its answer."""
        answer = self._lambda.invoke(FunctionName=self._name, Payload=json.dumps(event))
        told: dict[str, Any] = json.loads(answer["Payload"].read())
        return told

    def log(self, aws: LocalAws) -> str:
        """What it has logged."""
        pages = aws.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{self._name}")
        return "\n".join(event["message"] for page in pages for event in page["events"])


def test_functions_are_forked_from_one_process(aws: LocalAws, role: str) -> None:
    """The SDK is there before they import it; settings, credentials and random numbers are their own."""
    functions = [Function(aws, role, Environment={"Variables": {"SETTING": setting}}) for setting in ("one", "two")]
    told = [function.invoke() for function in functions]

    assert [each["loaded"] for each in told] == [True, True]
    assert told[0]["from"] == told[1]["from"]
    assert [each["setting"] for each in told] == ["one", "two"]
    assert [each["account"] for each in told] == ["123456789012"] * 2
    assert told[0]["random"] != told[1]["random"]


def test_function_with_an_sdk_of_its_own_gets_that_one(aws: LocalAws, role: str) -> None:
    """It starts as a Python of its own."""
    told = Function(aws, role, {"boto3": _OWN_SDK}).invoke()

    assert [told["loaded"], told["account"]] == [False, "its own"]


def test_variable_that_python_reads_at_its_start_counts(aws: LocalAws, role: str) -> None:
    """It starts as a Python of its own."""
    told = Function(aws, role, Environment={"Variables": {"PYTHONOPTIMIZE": "2"}}).invoke()

    assert [told["loaded"], told["optimize"]] == [False, 2]


def test_function_with_a_layer_can_import_it(aws: LocalAws, role: str) -> None:
    """Also an SDK that is in the layer."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        opened.writestr("python/boto3.py", _OWN_SDK)
    layer = aws.client("lambda").publish_layer_version(
        LayerName=f"sdk-{uuid4()}", Content={"ZipFile": content.getvalue()}
    )
    told = Function(aws, role, Layers=[layer["LayerVersionArn"]]).invoke()

    assert told["account"] == "its own"


@pytest.mark.parametrize("files", [{}, {"boto3": _OWN_SDK}], ids=["forked", "started"])
def test_function_that_takes_too_long_is_ended(aws: LocalAws, role: str, files: dict[str, str]) -> None:
    """Its process is gone, and the next invocation gets another one."""
    function = Function(aws, role, files, Timeout=1)
    told = function.invoke(seconds=600)
    assert "Task timed out after 1.00 seconds" in told["errorMessage"]

    assert eventually(lambda: "process " in function.log(aws))
    process = int(function.log(aws).split("process ")[1].split()[0])
    assert eventually(lambda: not alive(process))
    assert function.invoke()["setting"] is None


def test_function_whose_code_cannot_be_loaded_says_so(aws: LocalAws, role: str) -> None:
    """Other functions are forked after it."""
    told = Function(aws, role, {"index": "import nothing_like_this"}).invoke()

    assert "nothing_like_this" in told["errorMessage"]
    assert Function(aws, role).invoke()["loaded"] is True


def test_function_starts_after_the_process_to_fork_from_has_ended(aws: LocalAws, role: str) -> None:
    """Then as a Python of its own; the next one is forked from another process."""
    ended = Function(aws, role).invoke()["from"]
    os.kill(ended, signal.SIGKILL)
    assert eventually(lambda: not alive(ended))
    told = [Function(aws, role).invoke() for _ in range(2)]

    assert [each["loaded"] for each in told] == [False, True]
    assert told[1]["from"] != ended


def test_function_is_started_where_a_process_has_no_descriptor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other operating systems lack `pidfd_open`; an old kernel, or a container, refuses it."""
    script = tmp_path / "script.py"
    script.write_text("print(input(), end='')")

    def refuse(process: int) -> int:
        raise OSError(errno.ENOSYS, "refused")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    started = ForkingSubprocess().Popen([sys.executable, str(script)], cwd=tmp_path, env={}, text=True, **pipes)

    assert isinstance(started, subprocess.Popen)
    assert started.communicate("started") == ("started", "")


def alive(process: int) -> bool:
    """Whether a process runs; one that has ended may not have been collected yet."""
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return os.path.exists(f"/proc/{process}")
