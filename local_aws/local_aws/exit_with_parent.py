"""Runs a command for as long as the process that started it lives: `python exit_with_parent.py <command> …`.

Whoever starts it holds the other end of its standard input and writes nothing. Standing for itself, it imports
nothing of this package.
"""

import os
import signal
import subprocess
import sys
import threading


def main() -> int:
    """Run the command, which is in a process group with this process alone.

    Returns:
        The exit code of the command.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # What this process inherited is for the command.
    return subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, close_fds=False, check=False).returncode


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
