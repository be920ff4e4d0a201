"""A boto3 client whose calls are answered in the process: parameters stay checked by botocore, nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import EndpointConnectionError

Answer = Callable[[str, dict[str, Any]], Mapping[str, Any]]


class Refused(Exception):
    """An AWS service refuses a call."""

    def __init__(self, code: str, message: str = "Injected by a test.", status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Unreachable(Exception):
    """An AWS service cannot be reached."""


def answer_with(client: Any, answer: Answer) -> None:
    """Let `answer(operation, parameters)` answer every call of a client; it raises `Refused` or `Unreachable`."""

    def keep(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        context["parameters"] = dict(params)

    def respond(model: Any, context: dict[str, Any], **_: object) -> tuple[Any, Mapping[str, Any]]:
        try:
            parsed = {**answer(model.name, context["parameters"]), "ResponseMetadata": {"HTTPStatusCode": 200}}
        except Refused as refused:
            error = {"Code": refused.code, "Message": refused.message}
            parsed = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": refused.status}}
        except Unreachable as unreachable:
            raise EndpointConnectionError(endpoint_url=client.meta.endpoint_url) from unreachable
        return type("Http", (), {"status_code": parsed["ResponseMetadata"]["HTTPStatusCode"]}), parsed

    client.meta.events.register("provide-client-params", keep)
    client.meta.events.register("before-call", respond)
