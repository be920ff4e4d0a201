"""The place where custom resources PUT their answers, and which of them CloudFormation takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_LARGEST = 4096


@dataclass
class Answers:
    """The answers, in their order.

    Attributes:
        bodies: Each answer that was accepted with a status of 2xx. CloudFormation takes the first to a request.
        urls: The URL of each, in the same order.
        on_answer: Called with the first accepted answer to each request.
        report: Called with each thing that an answer must not do.
    """

    on_answer: Callable[[dict[str, Any]], None]
    report: Callable[[str], None]
    bodies: list[dict[str, Any]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    _first: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def only(self) -> dict[str, Any]:
        """The one answer there is."""
        (body,) = self.bodies
        return body

    def first(self, request_id: str) -> dict[str, Any] | None:
        """Return the answer that CloudFormation takes, or None so far."""
        return self._first.get(request_id)

    def accept(self, url: str, body: bytes) -> None:
        """Take one answer."""
        answer = json.loads(body)
        self.urls.append(url)
        self.bodies.append(answer)
        self._check(answer, len(body))
        if answer["RequestId"] not in self._first:
            self._first[answer["RequestId"]] = answer
            self.on_answer(answer)

    def _check(self, answer: dict[str, Any], size: int) -> None:
        if size > _LARGEST:
            self.report(f"CloudFormation takes {_LARGEST:,} bytes at most, got {size:,}")
        if answer["Status"] not in ("SUCCESS", "FAILED"):
            self.report(f"an answer has no status: {answer}")
        if not 0 < len(answer.get("PhysicalResourceId") or "") <= 1024 or answer["PhysicalResourceId"] == "None":
            self.report(f"an answer has no physical id, or too long a one: {answer}")
        if answer["Status"] == "FAILED" and not answer.get("Reason"):
            self.report(f"a failure has no reason: {answer}")
        if len(answer.get("Reason") or "") > 256:
            self.report(f"a reason is longer than 256 characters: {answer['Reason']}")
