"""Running the real CDK CLI."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess

from local_aws.cdk_process import CdkProcess, CdkSession
from local_aws.errors import CdkFailed
from local_aws.tools import cdk_cli

_NODE_SCRIPT = b"#!/usr/bin/env node\n"


def run_cdk(
    arguments: Sequence[str],
    *,
    environment: dict[str, str],
    cwd: Path,
    output: Path,
    app: str | None = None,
    context: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
    timeout: float = 600.0,
    check: bool = True,
    sessions: "CdkSessions | None" = None,
) -> "CompletedProcess[str]":
    """Run one command of the CDK CLI to its end.

    Args:
        arguments: The command and what belongs to it, such as `["deploy", "--all"]`.
        environment: All of its environment variables.
        cwd: Where it runs; its `cdk.json` names the app unless `app` does.
        output: Where it writes the cloud assembly.
        app: The command that synthesises.
        context: Values for `--context`.
        on_line: Called with every line as it is printed.
        timeout: Seconds after which it is killed.
        check: Whether an exit code other than 0 raises.
        sessions: Processes that ran commands before; a process of its own when None.

    Returns:
        The completed process; its `stdout` holds the error output too, in the order in which it was printed.

    Raises:
        CdkFailed: It ended with an error, and `check` is set.
    """
    program = cdk_cli(cwd)
    options = [*arguments, "--no-notices", "--no-color", "--output", str(output)]
    if app is not None:
        options += ["--app", app]
    for name, value in (context or {}).items():
        options += ["--context", f"{name}={value}"]
    # A package manager may have made a shell script that runs the CLI.
    if sessions is not None and program.read_bytes().startswith(_NODE_SCRIPT):
        code, printed = sessions.run(program.resolve(), options, environment, cwd, on_line, timeout)
    else:
        code, printed = CdkProcess([str(program), *options], environment, cwd).read(on_line, timeout)
    if check and code != 0:
        raise CdkFailed(f"cdk {' '.join(arguments)}", code, printed)
    return CompletedProcess([str(program), *options], code, printed, "")


class CdkSessions:
    """Sessions of the CDK CLI: as many as there are commands at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[Path, CdkSession]] = []

    def run(
        self,
        program: Path,
        arguments: Sequence[str],
        environment: dict[str, str],
        cwd: Path,
        on_line: Callable[[str], None] | None,
        timeout: float,
    ) -> tuple[int, str]:
        """Run a command in an idle session, or in a new one, and return its exit code and what it printed."""
        session = self._take(program) or CdkSession(program, environment)
        session.begin(arguments, environment, cwd)
        result = session.read(on_line, timeout)
        if session.is_alive:
            with self._lock:
                self._idle.append((program, session))
        return result

    def end(self) -> None:
        """End those that are idle."""
        with self._lock:
            for _, session in self._idle:
                session.end()
            self._idle.clear()

    def _take(self, program: Path) -> CdkSession | None:
        with self._lock:
            for index, (of, session) in enumerate(self._idle):
                if of == program:
                    del self._idle[index]
                    return session
        return None
