"""What the exit code of a command means. docs/command-line.md lists them."""

from __future__ import annotations

from enum import IntEnum

from .progress import Progress, State


class ExitCode(IntEnum):
    """The exit code of a command."""

    #: All distributions are available; all checks passed; the command did what it should.
    OK = 0
    #: A distribution ended without its AMIs; a check failed; a retry was refused.
    FAILED = 1
    #: The command line is wrong.
    USAGE = 2
    #: AWS did not tell: no credentials, a read that is denied, a stack that does not exist.
    UNKNOWN = 3
    #: Ctrl-C.
    INTERRUPTED = 130


def of_progress(progress: Progress) -> ExitCode:
    """Return the exit code of `watch` after its last round."""
    if not progress.has_begun or not progress.distributions:
        return ExitCode.UNKNOWN
    states = [item.state for item in progress.distributions]
    if any(state.is_bad or state is State.NOT_STARTED for state in states):
        return ExitCode.FAILED
    return ExitCode.OK if all(state is State.AVAILABLE for state in states) else ExitCode.UNKNOWN


def of_outcomes(failed: bool, unknown: bool) -> ExitCode:
    """Return the exit code of a command that reports what failed and what AWS did not tell."""
    if failed:
        return ExitCode.FAILED
    return ExitCode.UNKNOWN if unknown else ExitCode.OK
