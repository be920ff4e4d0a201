"""CloudFormation's side of a custom resource: the events it sends and where it takes the answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

STACK_ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/Golden/6c1f4f30-1d1e-11ef-a5b1-0242ac120002"
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:Golden-Handler-AbC"
CONFIGURATION_ARN = "arn:aws:imagebuilder:eu-west-1:123456789012:distribution-configuration/golden"
ROLE_ARN = "arn:aws:iam::123456789012:role/Distribution"
IMAGE_ARN = "arn:aws:imagebuilder:eu-west-1:123456789012:image/golden/1.0.0/1"

PROPERTIES: dict[str, Any] = {
    "ServiceToken": FUNCTION_ARN,
    "SourceImage": "ami-0123456789abcdef0",
    "DistributionConfigurationArn": CONFIGURATION_ARN,
    "ExecutionRole": ROLE_ARN,
}


class Context:
    """What the Lambda runtime tells a handler about its invocation."""

    function_name = "Golden-Handler-AbC"
    invoked_function_arn = FUNCTION_ARN
    aws_request_id = "c0ffee00-0000-4000-8000-000000000000"

    def __init__(self, seconds: float = 300.0, clock: Callable[[], float] = lambda: 0.0) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function's time-out."""
        return int((self._end - self._clock()) * 1000)


@dataclass
class Answers:
    """The bodies that were PUT to the ResponseURL, in their order."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    @property
    def only(self) -> dict[str, Any]:
        """The one answer there is."""
        (body,) = self.bodies
        return body

    def connection(self, host: str, context: object) -> Answers:
        """Stand in for http.client.HTTPSConnection."""
        return self

    def request(self, *, method: str, url: str, body: str, headers: object) -> None:
        """Take one answer."""
        assert method == "PUT"
        assert len(body.encode()) <= 4096, "CloudFormation takes 4,096 bytes at most"
        self.urls.append(url)
        self.bodies.append(json.loads(body))

    def getresponse(self) -> Any:
        """Return what S3 says to the PUT."""
        return type("Response", (), {"status": 200, "reason": "OK"})


def event(request_type: str, *, request_id: str = "request-1", **fields: Any) -> dict[str, Any]:
    """Return an event as CloudFormation sends it; its ResponseURL carries a secret."""
    return {
        "RequestType": request_type,
        "RequestId": request_id,
        "StackId": STACK_ID,
        "ResponseURL": "https://cloudformation.example.com/answer?X-Amz-Signature=secret",
        "ResourceType": "Custom::ImageDistribution",
        "LogicalResourceId": "Distribution830FAC52",
        "ResourceProperties": dict(PROPERTIES),
        **fields,
    }
