"""What AWS did not tell, as exceptions with a reason for the user."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

_DENIAL = re.compile(r"not authorized to perform:? ?(?P<action>[\w-]+:\w+)")
_NOT_FOUND = re.compile(r"NotFound|NoSuchEntity|does not exist|cannot be found", re.IGNORECASE)
_DENIED_CODES = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "ForbiddenException")


class Unread(Exception):
    """AWS did not answer a read; the message says which and why."""


class NotFound(Unread):
    """What was read does not exist."""


class Denied(Unread):
    """The caller may not read it."""


class Unreachable(Unread):
    """The account is another one, and no role to read it with was given or could be assumed."""


class UsageError(Exception):
    """The command line asks for something that cannot be."""


@contextmanager
def reading(purpose: str) -> Iterator[None]:
    """Turn errors of botocore into `Unread`.

    Args:
        purpose: What is read, as the beginning of the message.
    """
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        message = str(error.response.get("Error", {}).get("Message", ""))
        if code in _DENIED_CODES:
            denial = _DENIAL.search(message)
            what = f"{denial['action']} is denied" if denial else message
            raise Denied(f"{purpose}: {code}: {what}") from error
        kind = NotFound if _NOT_FOUND.search(f"{code} {message}") else Unread
        raise kind(f"{purpose}: {code}: {message}") from error
    except BotoCoreError as error:
        raise Unread(f"{purpose}: {error}") from error
