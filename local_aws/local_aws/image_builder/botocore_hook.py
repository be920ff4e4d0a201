"""Answering a boto3 client from a stand-in in the same process, with nothing on the wire."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError

from local_aws.image_builder.errors import AnswerLost
from local_aws.image_builder.service import ImageBuilder


class _Raw:
    """The body of an answer, as botocore reads it from a connection."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, amount: int = 1, decode_content: bool = True) -> list[bytes]:
        return [self._body]


def answer_client(client: Any, image_builder: ImageBuilder) -> None:
    """Let a boto3 `imagebuilder` client be answered by a stand-in; serializing, retries and parsing stay botocore's.

    A lost answer shows as botocore's ConnectionClosedError, which it retries as it does for a broken
    connection.
    """

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        url = urlsplit(str(request.url))
        body: Any = request.body or b""
        try:
            status, headers, content = image_builder.handle(
                str(request.method),
                url.path,
                parse_qs(url.query, keep_blank_values=True),
                {key.lower(): _text(value) for key, value in request.headers.items()},
                body.encode() if isinstance(body, str) else body,
            )
        except AnswerLost as lost:
            raise ConnectionClosedError(endpoint_url=str(request.url)) from lost
        return AWSResponse(str(request.url), status, HTTPHeaders.from_dict(headers), _Raw(content))

    client.meta.events.register("before-send.imagebuilder", answer)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
