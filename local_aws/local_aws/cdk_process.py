"""A process of the CDK CLI: in a group of its own, which ends when this process does."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

_EXIT_WITH_PARENT = Path(__file__).with_name("exit_with_parent.py")
_SESSION = Path(__file__).with_name("cdk_session.js")
_END_OF_COMMAND = "\x1eend of command "


class CdkProcess:
    """One command, or a session that takes one after the other.

    Attributes:
        is_alive: Whether it takes another command.
    """

    def __init__(
        self, command: Sequence[str], environment: dict[str, str], cwd: Path, pass_fds: Sequence[int] = ()
    ) -> None:
        """Start it.

        Args:
            command: The program and its arguments.
            environment: All of its environment variables.
            cwd: Where it runs.
            pass_fds: File descriptors that it inherits.
        """
        self.is_alive = True
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(_EXIT_WITH_PARENT), *command],
            cwd=cwd,
            env=environment,
            # Its end tells the process that this one has ended.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=pass_fds,
        )

    def read(self, on_line: Callable[[str], None] | None, timeout: float) -> tuple[int, str]:
        """Read what a command prints, to its end.

        Args:
            on_line: Called with every line as it is printed.
            timeout: Seconds after which it is killed, with the session.

        Returns:
            Its exit code, and all that it printed.
        """
        was_killed = threading.Event()

        def kill() -> None:
            was_killed.set()
            self._kill()

        killer = threading.Timer(timeout, kill)
        killer.start()
        lines = []
        code = None
        try:
            for line in self._process.stdout or ():
                text, mark, number = line.partition(_END_OF_COMMAND)
                if text:
                    lines.append(text)
                    if on_line is not None:
                        on_line(text.rstrip("\n"))
                if mark:
                    code = int(number)
                    break
        except BaseException:
            self._kill()
            self._close()
            raise
        finally:
            killer.cancel()
        if code is None:
            code = self._close()
            if was_killed.is_set():
                lines.append(f"(killed after {timeout:.0f} s)\n")
        return code, "".join(lines)

    def end(self) -> None:
        """End it, whatever it does."""
        self._kill()
        self._close()

    def _close(self) -> int:
        self.is_alive = False
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        return self._process.wait()

    def _kill(self) -> None:
        # The app and its Node.js are children in the same group, and would hold the output open.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


class CdkSession(CdkProcess):
    """A process that runs one command after the other, which spares all but the first the start of the CLI.

    It asks CloudFormation for news more often than the CLI does by itself, and keeps its connections.
    """

    def __init__(self, program: Path, environment: dict[str, str]) -> None:
        """Start it.

        Args:
            program: The CDK CLI, a script for Node.js.
            environment: What Node.js reads at its start; each command brings its own.
        """
        commands, write_end = os.pipe()
        self._commands = os.fdopen(write_end, "w")
        try:
            command = ["node", str(_SESSION), str(commands), str(program)]
            super().__init__(command, environment, program.parent, pass_fds=[commands])
        finally:
            os.close(commands)

    def begin(self, arguments: Sequence[str], environment: dict[str, str], cwd: Path) -> None:
        """Begin a command."""
        command = json.dumps({"arguments": list(arguments), "environment": environment, "cwd": str(cwd)})
        # If the process has ended, what it printed says why.
        with suppress(BrokenPipeError):
            print(command, file=self._commands, flush=True)

    def _close(self) -> int:
        with suppress(BrokenPipeError):
            self._commands.close()
        return super()._close()
