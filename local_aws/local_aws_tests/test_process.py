"""The server as a process: how it starts, what it says when it cannot, and that nothing of it stays."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from local_aws import CdkFailed, LocalAws, LocalAwsError
from local_aws.environment import without_foreign
from local_aws_tests.waiting import eventually

pytestmark = pytest.mark.e2e

# A program that starts a local AWS, tells its folder and its port, and stays.
_PARENT = """
import time
from local_aws import LocalAws
with LocalAws() as aws:
    print(aws.folder, aws.environment["AWS_ENDPOINT_URL"].rpartition(":")[2], flush=True)
    time.sleep(60)
"""


def answers(port: int) -> bool:
    """Whether something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def port_of(aws: LocalAws) -> int:
    """The port of a local AWS."""
    return int(aws.environment["AWS_ENDPOINT_URL"].rpartition(":")[2])


def test_it_is_an_aws(aws: LocalAws) -> None:
    """boto3 reaches it over TLS, in the account and with every Region."""
    assert aws.client("sts").get_caller_identity()["Account"] == aws.account
    assert aws.client("ec2", "ap-south-1").meta.region_name == "ap-south-1"


def test_it_takes_one_port(aws: LocalAws) -> None:
    """On 127.0.0.1, and not 443 as well, which ministack would take where it may."""
    log = (aws.folder / "server.log").read_text()
    listening = {line.split("Running on ")[1].split()[0] for line in log.splitlines() if "Running on " in line}

    assert listening == {f"https://127.0.0.1:{port_of(aws)}"}


def test_nothing_stays() -> None:
    """At the end, folder and port are free again, whatever happened in between."""
    with pytest.raises(ZeroDivisionError), LocalAws() as aws:
        folder, port = aws.folder, port_of(aws)
        assert folder.exists()
        assert answers(port)
        raise ZeroDivisionError

    assert not folder.exists()
    assert not answers(port)


def test_it_ends_with_its_parent() -> None:
    """Even when that is killed and can clean up nothing."""
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with parent:
        assert parent.stdout is not None
        folder, port = parent.stdout.readline().split()
        parent.kill()

    assert eventually(lambda: not Path(folder).exists())
    assert eventually(lambda: not answers(int(port)))


def test_the_cdk_cli_ends_with_its_parent(tmp_path: Path) -> None:
    """And so does the app that it runs, when the parent is killed and can clean up nothing."""
    told = tmp_path / "pid"
    app = f"echo $$ > {told}; exec sleep 60"
    program = f"from local_aws import LocalAws\nwith LocalAws() as aws:\n aws.cdk('list', app={app!r})"
    with subprocess.Popen([sys.executable, "-c", program], start_new_session=True) as parent:
        assert eventually(lambda: told.exists() and told.read_text() != "", seconds=30)
        parent.kill()

    assert eventually(lambda: not (Path("/proc") / told.read_text().strip()).exists())


def test_functions_end_with_it(tmp_path: Path) -> None:
    """One that runs does not go on on its own."""
    told = tmp_path / "pid"
    code = f"import os, time\ndef handler(e, c):\n open({str(told)!r}, 'w').write(str(os.getpid()))\n time.sleep(60)"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", code)
    with LocalAws() as aws:
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = aws.client("iam").create_role(RoleName="sleeper", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        functions = aws.client("lambda")
        functions.create_function(
            FunctionName="sleeper",
            Runtime="python3.13",
            Handler="index.handler",
            Role=role,
            Timeout=120,
            Code={"ZipFile": packed.getvalue()},
        )
        functions.invoke(FunctionName="sleeper", InvocationType="Event")
        assert eventually(lambda: told.exists() and told.read_text() != "")
        process = Path("/proc") / told.read_text()
        assert process.exists()

    assert eventually(lambda: not process.exists() or "State:\tZ" in (process / "status").read_text())


def test_its_death_is_told_with_its_log() -> None:
    """Whoever uses it next reads the end of its log instead of a refused connection."""
    with pytest.raises(LocalAwsError, match=r"ended by itself with code -9\n(.|\n)*Running on"), LocalAws() as aws:
        assert aws._server is not None
        aws._server._process.kill()
        aws._server._process.wait()
        aws.calls()

    assert not aws.folder.exists()


def test_a_taken_port_is_refused() -> None:
    """The message says which, and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalAwsError, match=rf"port must be free on 127\.0\.0\.1, got {port}: .*Name another"):
            LocalAws(port=port).__enter__()


def test_the_port_that_was_asked_for_is_taken() -> None:
    """A user may need to know it beforehand."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with LocalAws(port=port) as aws:
        assert port_of(aws) == port


def test_a_missing_ministack_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And no folder is left."""
    monkeypatch.setenv("LOCAL_AWS_PYTHON", str(tmp_path / "python"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(LocalAwsError, match="LOCAL_AWS_PYTHON must name a Python interpreter that has ministack"):
        LocalAws().__enter__()

    assert list(tmp_path.iterdir()) == []


def test_a_server_that_cannot_start_shows_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as an interpreter without ministack."""
    monkeypatch.setenv("LOCAL_AWS_PYTHON", sys.executable)
    with pytest.raises(LocalAwsError, match=r"ended by itself with code 1\n(.|\n)*No module named 'ministack'"):
        LocalAws().__enter__()


def test_a_missing_node_is_told(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the CDK CLI is run."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LocalAwsError, match=r"needs Node\.js 20 or newer"):
        aws.cdk("list")


def test_a_missing_cdk_cli_is_told(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variable that names it."""
    monkeypatch.setenv("LOCAL_AWS_CDK", "/nowhere/cdk")
    with pytest.raises(LocalAwsError, match="LOCAL_AWS_CDK must name the CDK CLI, got /nowhere/cdk"):
        aws.cdk("list")


def test_a_failed_cdk_command_carries_its_output(aws: LocalAws, tmp_path: Path) -> None:
    """Every line comes as it is printed, and the exception has them all; unchecked, the result has them."""
    lines: list[str] = []
    with pytest.raises(CdkFailed, match="cdk list ended with code 1") as failure:
        aws.cdk("list", app="echo synthesising; exit 3", cwd=tmp_path, on_line=lines.append)
    result = aws.cdk("list", app="exit 3", cwd=tmp_path, check=False)

    assert "synthesising" in lines
    assert failure.value.output.splitlines() == lines
    assert result.returncode == 1


def test_a_cdk_command_that_hangs_is_killed(aws: LocalAws, tmp_path: Path) -> None:
    """A test does not wait for ever."""
    began = time.monotonic()
    result = aws.cdk("list", app="exec sleep 60", cwd=tmp_path, timeout=3, check=False)

    assert result.returncode == -signal.SIGKILL
    assert result.stdout.endswith("(killed after 3 s)\n")
    assert time.monotonic() - began < 30


def test_environment_of_the_user_redirects_nothing() -> None:
    """Neither another AWS nor a proxy reaches a program that talks to this one."""
    kept = {"PATH": "/bin", "HOME": "/root", "CDK_VALIDATION": "false"}
    foreign = {
        "AWS_PROFILE": "work",
        "AWS_ENDPOINT_URL_S3": "x",
        "CDK_OUTDIR": "y",
        "HTTPS_PROXY": "z",
        "no_proxy": "a",
    }

    assert without_foreign({**kept, **foreign}) == {**kept, "no_proxy": "a"}


def test_the_shell_command_runs_until_it_is_interrupted() -> None:
    """It prints what to paste: a shell that does so reaches the AWS. SIGTERM ends it, and nothing stays."""
    command = [sys.executable, "-m", "local_aws", "--region", "eu-west-2"]
    environment = {**os.environ, "AWS_PROFILE": "work"}
    check = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'], boto3.Session().region_name)"
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    with process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("#"):
                break
        script = "".join(lines) + f'{sys.executable} -c "{check}"; echo "$CDK_HOME"\n'
        shell = subprocess.run(["sh", "-ec", script], env=environment, capture_output=True, text=True, check=False)
        process.terminate()

    assert process.returncode == 0, shell.stderr
    assert shell.stdout.splitlines()[0] == "123456789012 eu-west-2", shell.stderr
    assert not Path(shell.stdout.splitlines()[1]).parent.exists()
    assert "npx cdk deploy -c sourceImage=ami-" in lines[-1]


def test_the_shell_command_says_what_is_wrong() -> None:
    """In one line, without a traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "local_aws", "--port", str(taken.getsockname()[1])]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)

    assert finished.returncode == 1
    assert finished.stderr.startswith("port must be free")
    assert finished.stderr.count("\n") == 1
