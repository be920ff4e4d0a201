"""The result of a check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..errors import Denied, Unreachable, Unread


class Outcome(str, Enum):
    """How a check ended."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Result:
    """What a check found out about one thing.

    Attributes:
        check: The check, such as `source AMI`.
        subject: What it looked at, such as an AMI and its Region.
        outcome: Pass, fail, or unknown if AWS did not tell.
        message: What it found.
        remedy: What to do about it, empty for a pass.
    """

    check: str
    subject: str
    outcome: Outcome
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Subject:
    """What a check looks at. Makes its results."""

    check: str
    name: str

    def passes(self, message: str) -> Result:
        """Return a pass."""
        return Result(self.check, self.name, Outcome.PASS, message)

    def fails(self, message: str, remedy: str) -> Result:
        """Return a failure."""
        return Result(self.check, self.name, Outcome.FAIL, message, remedy)

    def unknown(self, message: object, remedy: str) -> Result:
        """Return that AWS did not tell."""
        return Result(self.check, self.name, Outcome.UNKNOWN, str(message), remedy)

    def unread(self, problem: Unread, allow: str) -> Result:
        """Return that AWS did not tell.

        Args:
            problem: Why.
            allow: What to allow if it was denied.
        """
        if isinstance(problem, Denied):
            return self.unknown(problem, f"Allow {allow}.")
        if isinstance(problem, Unreachable):
            return self.unknown(problem, "Check that account by hand.")
        return self.unknown(problem, "Try again, or check it by hand.")
