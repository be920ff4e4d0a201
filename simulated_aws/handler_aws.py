"""What the handler calls AWS with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from . import boto_clients
from .faults import AnswerLost, Refused, Unreachable
from .services import Services


class SimulatedAws:
    """The handler's `Aws`: boto3 clients that the account answers, and the PUT of an answer.

    The clients are shared by all accounts of the process, and the account that was made last answers them.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        _current[:] = [services]

    @cached_property
    def image_builder(self) -> Any:
        """The Image Builder client."""
        return boto_clients.client("imagebuilder", _answer_current)

    @cached_property
    def events(self) -> Any:
        """The EventBridge client."""
        return boto_clients.client("events", _answer_current)

    @property
    def impatient_events(self) -> Any:
        """The EventBridge client that gives up early: the account answers every call in no time."""
        return self.events

    @cached_property
    def tagging(self) -> Any:
        """The client of the Resource Groups Tagging API."""
        return boto_clients.client("resourcegroupstaggingapi", _answer_current)

    @cached_property
    def cloudformation(self) -> Any:
        """The CloudFormation client."""
        return boto_clients.client("cloudformation", _answer_current)

    @cached_property
    def ec2(self) -> Any:
        """The EC2 client."""
        return boto_clients.client("ec2", _answer_current)

    def call(self, service: str, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """Call a service that has no client here, as `answer_with` does for a client of one's own."""
        return self._services.call(service, operation, parameters)

    def put_answer(self, url: str, body: bytes) -> int:
        """PUT an answer and return the HTTP status.

        Raises:
            OSError: The connection failed.
        """
        try:
            self.call("answers", "PutAnswer", {"url": url, "body": body})
        except Refused as refused:
            return refused.status
        except (Unreachable, AnswerLost) as error:
            raise ConnectionError("Injected by a test.") from error
        return 200


_current: list[Services] = []


def _answer_current(service: str, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
    return _current[0].call(service, operation, parameters)
