"""Commands of the CDK CLI share the start of a process, and notice nothing of each other."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from local_aws.cdk_cli import CdkSessions, run_cdk

# Prints which process runs it, and where; its first argument is a statement.
_PROGRAM = """#!/usr/bin/env node
globalThis.starts = (globalThis.starts ?? 0) + 1;
console.log(`${process.pid} ${globalThis.starts} ${process.cwd()} ${process.env.NAME}`);
eval(process.argv[2]);
"""

RunCommand = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunCommand]:
    """Runs a statement of JavaScript as a command of the CDK CLI."""
    program = tmp_path / "cdk"
    program.write_text(_PROGRAM)
    program.chmod(0o755)
    monkeypatch.setenv("LOCAL_AWS_CDK", str(program))
    sessions = CdkSessions()

    def run(statement: str, *, cwd: Path = tmp_path, name: str = "", timeout: float = 60) -> "CompletedProcess[str]":
        environment = {"PATH": os.environ["PATH"], "NAME": name}
        return run_cdk(
            [statement],
            environment=environment,
            cwd=cwd,
            output=tmp_path,
            timeout=timeout,
            check=False,
            sessions=sessions,
        )

    yield run
    sessions.end()


def test_commands_run_in_one_process(run: RunCommand, tmp_path: Path) -> None:
    """Each in its own folder, with its own environment and exit code."""
    other = tmp_path / "other"
    other.mkdir()

    first = run("process.exitCode = 3", name="first")
    second = run("", cwd=other, name="second")

    process, *told = first.stdout.split()
    assert (first.returncode, told) == (3, ["1", str(tmp_path), "first"])
    assert (second.returncode, second.stdout.split()) == (0, [process, "2", str(other), "second"])


def test_output_without_a_line_feed_is_complete(run: RunCommand) -> None:
    """Also what is printed when nothing else is left to do."""
    result = run("setTimeout(() => process.stdout.write('the end'), 10)")

    assert result.stdout.splitlines()[1:] == ["the end"]


def test_commands_at_the_same_time_have_a_process_each(run: RunCommand) -> None:
    """One does not wait for the other."""
    results: list[CompletedProcess[str]] = []
    waits = "setTimeout(() => {}, 1500)"
    threads = [threading.Thread(target=lambda: results.append(run(waits))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({result.stdout.split()[0] for result in results}) == 2


@pytest.mark.parametrize(("statement", "code"), [("process.exit(4)", 4), ("setTimeout(() => { throw 1 }, 1)", 1)])
def test_command_may_end_the_process(run: RunCommand, statement: str, code: int) -> None:
    """The next one gets another."""
    ended = run(statement)
    after = run("")

    assert ended.returncode == code
    assert after.returncode == 0
    assert after.stdout.split()[:2] != [ended.stdout.split()[0], "2"]


def test_killed_command_takes_its_process_along(run: RunCommand) -> None:
    """The next one gets another."""
    killed = run("setInterval(() => {}, 1000)", timeout=2)
    after = run("")

    assert killed.stdout.endswith("(killed after 2 s)\n")
    assert after.stdout.split()[1] == "1"


def test_command_that_is_killed_at_once_says_so(run: RunCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the timer may end before anything else happens."""

    class Expired(threading.Timer):
        def start(self) -> None:
            self.function()

    monkeypatch.setattr(threading, "Timer", Expired)
    assert run("setInterval(() => {}, 1000)", timeout=60).stdout.endswith("(killed after 60 s)\n")


@pytest.mark.parametrize(("poll", "short"), [(2000, 400), (5000, 500)])
def test_cli_polls_more_often(run: RunCommand, poll: int, short: int) -> None:
    """The CLI looks at CloudFormation after short pauses; in each command, the first ten are shorter."""
    statement = (
        "for (let pause = 0; pause < 12; pause++) {"
        f" const timer = setTimeout(() => {{}}, {poll}); console.log(timer._idleTimeout); clearTimeout(timer) }}"
    )
    for _ in range(2):
        pauses = [int(line) for line in run(statement).stdout.splitlines()[1:]]
        assert pauses == [*[short] * 10, 2 * short, 2 * short]


def test_connections_are_kept_and_do_not_hold_up_the_end(run: RunCommand) -> None:
    """The CLI's own agents would connect anew for each call."""
    connections = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            connections.append(self.client_address)

        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        began = time.monotonic()
        result = run(
            "const http = require('http'); const agent = new http.Agent({ keepAlive: false });"
            f"const get = (then) => http.get('http://127.0.0.1:{server.server_port}', {{ agent }}, (answer) => {{"
            "answer.resume(); answer.on('end', () => setTimeout(then, 10)) });"
            "get(() => get(() => console.log('done')))"
        )
        took = time.monotonic() - began
        server.shutdown()

    assert result.stdout.splitlines()[1:] == ["done"]
    assert len(connections) == 1
    # Node.js keeps an idle connection for 4 s at least.
    assert took < 4


def test_shell_script_runs(run: RunCommand, tmp_path: Path) -> None:
    """A package manager may have made one that runs the CLI."""
    (tmp_path / "cdk").write_text("#!/bin/sh\necho shell $1\n")

    assert run("list").stdout == "shell list\n"
