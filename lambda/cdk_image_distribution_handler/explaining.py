"""What a user reads at two in the morning: the stack event, at most 256 characters, cause first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

#: Longest reason we send; crhelper would keep the last 240 characters of a longer one and lose the cause.
LONGEST_REASON = 256
_REST_IN_LOG = " […] (whole text in the log)"


class Failure(Exception):
    """A failure in the words that the stack event shows."""


# In a denial, `assumed-role/<role>/<session>`: the session is the function's name again, and with both at their
# 64 characters the action that was denied would not fit.
_SESSION = re.compile(r"(:assumed-role/[^/\s]+)/[^\s]+")


def fit(reason: str) -> str:
    """Shorten a reason to what a stack event shows, keeping its beginning."""
    if len(reason) > LONGEST_REASON:
        reason = _SESSION.sub(r"\1", reason)
    if len(reason) <= LONGEST_REASON:
        return reason
    return reason[: LONGEST_REASON - len(_REST_IN_LOG)] + _REST_IN_LOG


def words(error: ClientError | BotoCoreError) -> str:
    """Return AWS's own words: the error's code and message, without boto3's preamble."""
    if isinstance(error, ClientError):
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return str(error)


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Prefix what AWS says with what we were doing when it said it.

    Raises:
        Failure: An AWS call in the block failed.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Failure(f"{what}: {words(error)}") from error
