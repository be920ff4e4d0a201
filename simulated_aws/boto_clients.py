"""boto3 clients that the current account answers in the process. botocore still checks every parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from .faults import AnswerLost, Refused, Unreachable

#: Takes an operation and its parameters. Raises Refused, Unreachable or AnswerLost.
Answer = Callable[[str, dict[str, Any]], Mapping[str, Any]]

REGION = "eu-west-1"


@cache
def client(service: str, answer: Callable[[str, str, dict[str, Any]], Mapping[str, Any]]) -> Any:
    """Return the process's client of a service: making one takes longer than a thousand calls.

    Args:
        service: Such as `events`.
        answer: Takes the service, the operation and its parameters.
    """
    made = boto3.client(  # type: ignore[call-overload]  # a service by its name
        service,
        region_name=REGION,
        aws_access_key_id="simulated",
        aws_secret_access_key="simulated",
        # botocore puts its own user agent together anew for each call, which takes a tenth of the time.
        config=Config(retries={"total_max_attempts": 1}, user_agent="simulated"),
    )
    # It resolves the endpoint anew for each call, which takes as long, and no call goes there.
    made._ruleset_resolver = None
    answer_with(made, lambda operation, parameters: answer(service, operation, parameters))
    return made


def answer_with(client: Any, answer: Answer) -> None:
    """Let a function answer every call of a client, once botocore has checked the parameters."""

    def keep(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        context["parameters"] = dict(params)

    def respond(model: Any, context: dict[str, Any], **_: object) -> tuple[Any, Mapping[str, Any]]:
        url = client.meta.endpoint_url
        try:
            parsed = {**answer(model.name, context["parameters"]), "ResponseMetadata": {"HTTPStatusCode": 200}}
        except Refused as refused:
            error = {"Code": refused.code, "Message": refused.message}
            parsed = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": refused.status}}
        except Unreachable as unreachable:
            raise EndpointConnectionError(endpoint_url=url) from unreachable
        except AnswerLost as lost:
            raise ConnectionClosedError(endpoint_url=url) from lost
        return SimpleNamespace(status_code=parsed["ResponseMetadata"]["HTTPStatusCode"]), parsed

    client.meta.events.register("provide-client-params", keep)
    client.meta.events.register("before-call", respond)
