"""The one definition each of a transient error, a denial, and an image that is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
from botocore.parsers import ResponseParserError

from .failure_report import aws_reason
from .operation import Denied, Failure, Transient

_TRANSIENT_CODE = re.compile(r"Throttl|TooManyRequests|RateExceeded|RateLimit|RequestLimit|ConcurrentModification")
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "ForbiddenException", "UnauthorizedOperation"})
_UNUSABLE_ROLE = re.compile(r"\brole\b", re.IGNORECASE)
_NONEXISTENT = re.compile(r"does not exist|(?:not|cannot be|could not be) found", re.IGNORECASE)


def is_transient(error: Exception) -> bool:
    """Return whether a call may succeed later: throttling, a 5xx, no connection, an answer that is no answer."""
    if not isinstance(error, ClientError):
        return isinstance(error, (ConnectionError, HTTPClientError, ResponseParserError))
    status = _status(error)
    return status == 429 or status >= 500 or bool(_TRANSIENT_CODE.search(_code(error)))


def is_denied(error: Exception) -> bool:
    """Return whether IAM refused a call, or the service cannot use a role, as long as IAM propagates it.

    Which error Image Builder gives for a role that it cannot use yet is undocumented: every 400 that speaks of a role
    counts.
    """
    if not isinstance(error, ClientError):
        return False
    unusable = _status(error) == 400 and _UNUSABLE_ROLE.search(error.response["Error"].get("Message", ""))
    return _code(error) in _DENIED or bool(unusable)


def is_gone(error: Exception, arn: str) -> bool:
    """Return whether Image Builder says that an image does not exist.

    The code for it is undocumented, so a message that names the ARN and says so counts too. What is said of a role, a
    key or a parameter does not.
    """
    if not isinstance(error, ClientError):
        return False
    message = error.response["Error"].get("Message", "")
    named = 400 <= _status(error) < 500 and arn in message and _NONEXISTENT.search(message)
    return _code(error) == "ResourceNotFoundException" or bool(named)


@contextmanager
def calling(purpose: str) -> Iterator[None]:
    """Give the errors of the AWS calls in a block the type that the retry policy knows.

    Args:
        purpose: What the calls are for, at most 60 characters: the beginning of the reason.

    Raises:
        Transient: A call may succeed later.
        Denied: IAM refused a call.
        Failure: A call failed otherwise.
    """
    try:
        yield
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        reason = aws_reason(purpose, error)
        if is_transient(error):
            raise Transient(reason) from error
        if is_denied(error):
            raise Denied(reason) from error
        raise Failure(reason) from error


def is_answered(error: Failure) -> bool:
    """Return whether the service answered the call that failed; `calling` raised the error."""
    return isinstance(error.__cause__, ClientError)


def _code(error: ClientError) -> str:
    return error.response["Error"].get("Code", "")


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
