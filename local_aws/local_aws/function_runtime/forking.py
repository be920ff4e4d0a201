"""Starting the process of a Python function by forking one that has imported the AWS SDK (`fork_server.py`).

Importing it takes most of a cold start. What cannot be forked starts as a Python of its own, and imports it then.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

_FORK_SERVER = Path(__file__).with_name("fork_server.py")
# The exit code of a process is known to its parent alone.
_ENDED = -1


class ForkedProcess:
    """What ministack uses of a `subprocess.Popen`."""

    def __init__(self, descriptor: int, stdin: TextIO, stdout: TextIO, stderr: TextIO) -> None:
        """Stand for the process of a descriptor, with the other ends of its standard streams."""
        self._descriptor = descriptor
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr

    def __del__(self) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)

    def poll(self) -> int | None:
        """None while it runs."""
        return _ENDED if self._ends_within(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Return when it has ended.

        Raises:
            TimeoutExpired: It has not, after so many seconds.
        """
        if not self._ends_within(timeout):
            raise subprocess.TimeoutExpired("a function", timeout or 0)
        return _ENDED

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def _ends_within(self, seconds: float | None) -> bool:
        ended = select.poll()
        ended.register(self._descriptor, select.POLLIN)
        return bool(ended.poll(None if seconds is None else seconds * 1000))

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, number)


class ForkingSubprocess:
    """Takes the place of `subprocess` in ministack: its `Popen` forks Python functions, and starts all else."""

    def __init__(self) -> None:
        """Start nothing yet: a server without functions needs none."""
        self._lock = threading.Lock()
        self._requests: socket.socket | None = None

    def __getattr__(self, name: str) -> Any:
        """The rest of `subprocess`."""
        return getattr(subprocess, name)

    def Popen(self, command: list[str], **options: Any) -> "ForkedProcess | subprocess.Popen[str]":
        """Start a process with pipes as its standard streams."""
        if command[0] == sys.executable and _has_pidfds():
            # It fails if the process to fork from has ended; the next function gets another one.
            with suppress(OSError):
                return self._forked(command, options)
        return subprocess.Popen(command, **options)

    def _forked(self, command: list[str], options: dict[str, Any]) -> ForkedProcess:
        request = {"script": command[1], "folder": options["cwd"], "environment": options["env"]}
        (stdin, to_stdin), (from_stdout, stdout), (from_stderr, stderr) = os.pipe(), os.pipe(), os.pipe()
        ours = os.fdopen(to_stdin, "w", buffering=1), os.fdopen(from_stdout), os.fdopen(from_stderr)
        theirs = [stdin, stdout, stderr]
        try:
            return ForkedProcess(self._ask_for_fork(request, theirs), *ours)
        finally:
            for stream in theirs:
                os.close(stream)

    def _ask_for_fork(self, request: dict[str, Any], streams: list[int]) -> int:
        with self._lock:
            requests, self._requests = self._requests or _started(), None
            socket.send_fds(requests, [json.dumps(request).encode()], streams)
            _, descriptors, _, _ = socket.recv_fds(requests, 1, 1)
            if not descriptors:
                raise ConnectionResetError("the process to fork from has ended")
            self._requests = requests
            return descriptors[0]


def _has_pidfds() -> bool:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


def _started() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, str(_FORK_SERVER), str(theirs.fileno())]
        subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
    return ours
