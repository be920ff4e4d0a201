"""A probe: a function that answers questions, and what all probes use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ..lab import Lab
from ..results import Finding


@dataclass(frozen=True)
class Probe:
    """Answers some questions.

    Attributes:
        function: Yields findings.
        answers: The ids of its questions.
    """

    function: Callable[[Lab], Iterator[Finding]]
    answers: tuple[str, ...]


def described(error: ClientError) -> dict[str, Any]:
    """Return an error as evidence."""
    return {
        "code": error.response["Error"].get("Code", ""),
        "message": error.response["Error"].get("Message", ""),
        "status": error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0),
    }


def outcome(call: Callable[..., Any], **parameters: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Call an operation and return its answer and its error; one of them is empty."""
    try:
        answer = call(**parameters)
    except ClientError as error:
        return {}, described(error)
    answer.pop("ResponseMetadata", None)
    return answer, {}


def is_denied(error: dict[str, Any]) -> bool:
    """Return whether an error is a denial."""
    return error.get("status") == 403 or "not authorized" in error.get("message", "")
