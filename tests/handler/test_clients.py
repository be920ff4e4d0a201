"""Retries are botocore's, of every code that means "slower", and bounded in time."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ClientError

from cdk_image_distribution_handler import clients

FUNCTION_TIMEOUT = 300


class Refusal(AWSResponse):
    """An HTTP answer with an error of Image Builder's."""

    def __init__(self, code: str, status: int) -> None:
        headers = HeadersDict({"x-amzn-ErrorType": code})
        super().__init__("https://imagebuilder.test", status, cast(Any, headers), None)
        self._content = b'{"message": "Slower."}'


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("CallRateLimitExceededException", 429),
        ("TooManyRequestsException", 429),
        ("ThrottlingException", 400),
        ("ServiceException", 500),
        ("ServiceUnavailableException", 503),
    ],
)
def test_throttling_and_server_errors_are_retried_within_bounds(
    monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    """Six attempts, and the waits between them leave time for each attempt's own time-outs."""
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    client = clients.session().client("imagebuilder", config=clients.RETRIES)
    calls: list[str] = []

    def refuse(request: object, **_: object) -> Any:
        calls.append(code)
        return Refusal(code, status)

    client.meta.events.register("before-send", refuse)
    with pytest.raises(ClientError, match=code):
        client.delete_image(imageBuildVersionArn="arn:aws:imagebuilder:eu-west-1:123456789012:image/a/1.0.0/1")
    assert len(calls) == 6
    assert len(waits) == 5
    longest_waits = sum(2**attempt for attempt in range(5))
    assert sum(waits) <= longest_waits
    config: Any = clients.RETRIES
    longest = longest_waits + 6 * (config.connect_timeout + config.read_timeout)
    assert longest < FUNCTION_TIMEOUT
