"""The handler's clients make one attempt for each call and are made when they are needed; the PUT of an answer."""

from __future__ import annotations

import http.client
import subprocess
import sys
from collections.abc import Callable
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ClientError

from cdk_image_distribution_handler import aws
from cdk_image_distribution_handler.aws import Aws
from cdk_image_distribution_handler.retry_policy import CALL_SECONDS, OPERATION_SECONDS, PAUSES
from simulated_aws import IMAGE_ARN

FUNCTION_TIMEOUT = 300
SERVICES = ["image_builder", "events", "tagging", "cloudformation", "ec2"]

COLD_START = """
from botocore.session import Session
made = []
make = Session.create_client
Session.create_client = lambda session, *service, **options: made.append(service) or make(session, *service, **options)
from cdk_image_distribution_handler import index
print(made)
index.handler._aws.events
print(made)
"""


class Refusal(AWSResponse):
    """An HTTP answer with an error of Image Builder's."""

    def __init__(self, code: str, status: int) -> None:
        headers = HeadersDict({"x-amzn-ErrorType": code})
        super().__init__("https://imagebuilder.test", status, cast(Any, headers), None)
        self._content = b'{"message": "Slower."}'


class Connection:
    """Stands in for http.client.HTTPSConnection.

    Attributes:
        made: All of them.
        fault: Raised instead of an answer.
    """

    made: list[Connection]
    fault: Exception | None

    def __init__(self, host: str, timeout: float) -> None:
        self.host, self.timeout, self.closed = host, timeout, False
        self.sent: tuple[Any, ...] = ()
        self.made.append(self)

    def request(self, *sent: Any) -> None:
        """Take a request."""
        self.sent = sent

    def getresponse(self) -> Any:
        """Return an answer with status 503."""
        if self.fault:
            raise self.fault
        return type("Response", (), {"status": 503})

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Connection]:
    """Return the HTTPS connections that are made from now on."""
    Connection.made, Connection.fault = [], None
    monkeypatch.setattr(aws, "HTTPSConnection", Connection)
    return Connection.made


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
def test_client_makes_one_attempt(code: str, status: int) -> None:
    """The only retry policy is the handler's own: botocore repeats nothing."""
    client = Aws().image_builder
    attempts: list[object] = []

    def refuse(request: object, **_: object) -> Any:
        attempts.append(request)
        return Refusal(code, status)

    client.meta.events.register("before-send", refuse)
    with pytest.raises(ClientError, match=code):
        client.delete_image(imageBuildVersionArn=IMAGE_ARN)
    assert len(attempts) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_client_of_each_service_makes_one_attempt_within_its_time(service: str) -> None:
    """The retry policy takes CALL_SECONDS for the time that one call takes at most."""
    config = getattr(Aws(), service).meta.config
    assert config.retries["total_max_attempts"] == 1
    assert config.connect_timeout + config.read_timeout <= CALL_SECONDS


def test_retry_policy_fits_into_the_functions_timeout() -> None:
    """An invocation has time for one operation with its retries and for an answer."""
    assert OPERATION_SECONDS + sum(PAUSES) + CALL_SECONDS < FUNCTION_TIMEOUT


def test_client_of_image_builder_has_the_model_of_the_asset() -> None:
    """The Lambda runtime's boto3 may not know DistributeImage; the model is packed with the handler."""
    loader: Callable[..., Any] = Aws()._session._session.get_component
    assert str(aws.MODELS) in loader("data_loader").search_paths


def test_clients_are_made_when_they_are_first_needed() -> None:
    """A client costs more time than the handler's whole code; crhelper alone would make three."""
    printed = subprocess.run([sys.executable, "-c", COLD_START], check=True, capture_output=True, text=True).stdout
    assert printed.splitlines() == ["[]", "[('events',)]"]


def test_client_is_made_once() -> None:
    """The invocations of one container share it."""
    made = Aws()
    assert made.events is made.events


def test_answer_is_put_to_its_url_with_an_empty_content_type(connections: list[Connection]) -> None:
    """The URL is signed for an empty content type, and its query is the signature."""
    assert Aws().put_answer("https://s3.example.com/path%7C1?X-Amz-Signature=a%2Fb", b"{}") == 503
    (connection,) = connections
    assert connection.host == "s3.example.com"
    assert connection.sent == ("PUT", "/path%7C1?X-Amz-Signature=a%2Fb", b"{}", {"content-type": ""})
    assert connection.timeout <= CALL_SECONDS
    assert connection.closed


@pytest.mark.parametrize(
    "fault", [ConnectionResetError("reset"), TimeoutError("late"), http.client.RemoteDisconnected("gone")]
)
def test_answer_without_a_connection_raises_oserror(connections: list[Connection], fault: Exception) -> None:
    """The retry policy takes this for a failure that may pass."""
    Connection.fault = fault
    with pytest.raises(OSError):
        Aws().put_answer("https://s3.example.com/path?query", b"{}")
    assert connections[0].closed


def test_answer_without_an_http_status_raises_oserror_without_the_url(connections: list[Connection]) -> None:
    """An HTTPException's text may contain what was sent."""
    Connection.fault = http.client.BadStatusLine("https://s3.example.com/?X-Amz-Signature=secret")
    with pytest.raises(OSError, match=r"^BadStatusLine$"):
        Aws().put_answer("https://s3.example.com/path?query", b"{}")
