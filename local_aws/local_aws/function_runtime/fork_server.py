"""Forks the processes of Python functions. It has imported the AWS SDK, which takes most of a cold start.

It runs in a process of its own and uses nothing of this package. A request names a script, its folder and its
environment, and comes with the three standard streams. The answer is a file descriptor of the process (`pidfd_open`).
"""

import json
import os
import runpy
import socket
import sys
from pathlib import Path
from typing import Any

_LARGEST_REQUEST = 1 << 18
_STREAMS = 3
# Python and the C library read these once, when a process starts.
_READ_AT_START = ("LANG", "LC_", "LD_", "PYTHON", "TZ")


def main() -> None:
    """Serve until the other end of the socket is closed, or, in a process that was forked, run its script."""
    # This folder, of which a function must import nothing.
    sys.path.pop(0)
    clock = runpy.run_path(str(Path(__file__).with_name("scaled_clock.py")), run_name="__main__")
    import boto3  # noqa: F401
    import botocore.handlers  # noqa: F401

    with socket.socket(fileno=int(sys.argv[1])) as requests:
        request = _forked(requests)
    if request is not None:
        _run(**request, already_set=clock["SCALE"])


def _forked(requests: socket.socket) -> dict[str, Any] | None:
    """The request that this process was forked for; None in the process that forks."""
    while True:
        message, streams, _, _ = socket.recv_fds(requests, _LARGEST_REQUEST, _STREAMS)
        if not message:
            return None
        _collect_ended()
        process = os.fork()
        if process == 0:
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            found: dict[str, Any] = json.loads(message)
            return found
        descriptor = os.pidfd_open(process)
        socket.send_fds(requests, [b"1"], [descriptor])
        for each in (descriptor, *streams):
            os.close(each)


def _collect_ended() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


def _run(script: str, folder: str, environment: dict[str, str], *, already_set: str) -> None:
    os.chdir(folder)
    if _needs_a_new_python(folder, environment):
        os.execve(sys.executable, [sys.executable, script], environment)
    # Or the script would scale the clock again.
    environment.pop(already_set, None)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [script]
    sys.path.insert(0, os.path.dirname(script))
    runpy.run_path(script, run_name="__main__")


def _needs_a_new_python(folder: str, environment: dict[str, str]) -> bool:
    """Whether the function has a layer, brings a module that is imported already, or sets what is read at the start."""
    brought = {name.partition(".")[0] for name in os.listdir(folder)}
    return (
        "_LAMBDA_LAYERS_DIRS" in environment
        or not brought.isdisjoint(sys.modules)
        or _read_at_start(environment) != _read_at_start(os.environ)
    )


def _read_at_start(environment: Any) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_START)}


if __name__ == "__main__":
    main()
