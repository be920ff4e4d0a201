"""Running the real CDK CLI against a local AWS."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from local_aws.errors import CdkFailed
from local_aws.tools import cdk_cli

_EXIT_WITH_PARENT = Path(__file__).with_name("exit_with_parent.py")


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
) -> "subprocess.CompletedProcess[str]":
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

    Returns:
        The completed process; its `stdout` holds the error output too, in the order in which it was printed.

    Raises:
        CdkFailed: It ended with an error, and `check` is set.
    """
    command = [str(cdk_cli(cwd)), *arguments, "--no-notices", "--no-color", "--output", str(output)]
    if app is not None:
        command += ["--app", app]
    for name, value in (context or {}).items():
        command += ["--context", f"{name}={value}"]
    with subprocess.Popen(
        # In a group of its own with all that it starts, which ends when this process does.
        [sys.executable, "-I", str(_EXIT_WITH_PARENT), *command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        killer = threading.Timer(timeout, _kill, [process])
        killer.start()
        lines = []
        give_up = time.monotonic() + timeout
        try:
            for line in process.stdout or ():
                lines.append(line)
                if on_line is not None:
                    on_line(line.rstrip("\n"))
        except BaseException:
            _kill(process)
            raise
        finally:
            killer.cancel()
    if time.monotonic() >= give_up:
        lines.append(f"(killed after {timeout:.0f} s)\n")
    printed = "".join(lines)
    if check and process.returncode != 0:
        raise CdkFailed(f"cdk {' '.join(arguments)}", process.returncode, printed)
    return subprocess.CompletedProcess(command, process.returncode, printed, "")


def _kill(process: "subprocess.Popen[str]") -> None:
    # The app and its Node.js are children in the same group, and would hold the output open.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
