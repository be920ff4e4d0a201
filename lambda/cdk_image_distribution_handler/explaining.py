"""What a user reads at two in the morning: the stack event, at most 256 characters, cause first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

#: Longest reason we send; crhelper would keep the last 240 characters of a longer one and lose the cause.
LONGEST_REASON = 256
_REST_IN_LOG = " […] (whole text in the log)"

# In a denial, `assumed-role/<role>/<session>`: the session is the function's name again, and with both at their
# 64 characters the action that was denied would not fit.
_SESSION = re.compile(r"(:assumed-role/[^/\s]+)/[^\s]+")

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "ForbiddenException"})


class Failure(Exception):
    """A failure in the words that the stack event shows."""


class Passing(Failure):
    """A failure that may pass by itself: AWS was slow, busy or out of reach, and retries did not help yet."""


class Denied(Failure):
    """A refusal of IAM's; while a role or a policy is new, it may pass by itself."""


def fit(reason: str, room: int = LONGEST_REASON) -> str:
    """Shorten a reason to `room` characters, keeping its beginning."""
    if len(reason) > room:
        reason = _SESSION.sub(r"\1", reason)
    if len(reason) <= room:
        return reason
    return reason[: room - len(_REST_IN_LOG)] + _REST_IN_LOG


def words(error: ClientError | BotoCoreError) -> str:
    """Return AWS's own words: the error's code and message, without boto3's preamble."""
    if isinstance(error, ClientError):
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return str(error)


def is_passing(error: ClientError | BotoCoreError) -> bool:
    """Tell an error that a later attempt may not meet from one that it will: time-outs, throttling, 5xx."""
    if isinstance(error, BotoCoreError):
        return True
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return status == 429 or status >= 500 or "Throttling" in error.response["Error"]["Code"]


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Prefix what AWS says with what we were doing when it said it.

    Raises:
        Passing: An AWS call in the block failed and may succeed later.
        Denied: IAM refused a call in the block.
        Failure: An AWS call in the block failed otherwise.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        reason = f"{what}: {words(error)}"
        if is_passing(error):
            raise Passing(reason) from error
        if isinstance(error, ClientError) and error.response["Error"]["Code"] in DENIED:
            raise Denied(reason) from error
        raise Failure(reason) from error
