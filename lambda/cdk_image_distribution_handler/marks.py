"""The tags of ours on every image: how it is found again when CloudFormation does not know its ARN."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from .distribution_request import DistributionRequest

PREFIX = "cdk-image-distribution:"
STACK_ID = PREFIX + "stack-id"
LOGICAL_ID = PREFIX + "logical-id"
FINGERPRINT = PREFIX + "fingerprint"
OPERATION = PREFIX + "operation"
REPLACES = PREFIX + "replaces"


def fingerprint(request: DistributionRequest) -> str:
    """Digest what is distributed where: 64 hexadecimal digits, the same for the same distribution."""
    what_and_where = [request.source_image, request.distribution_configuration_arn, request.revision]
    return hashlib.sha256(json.dumps(what_and_where).encode()).hexdigest()


def marks(
    event: Mapping[str, Any], request: DistributionRequest, token: str, replaces: str | None = None
) -> dict[str, str]:
    """Return our tags for the image that one CloudFormation operation starts.

    Args:
        event: The operation: its stack and its logical id.
        request: What is distributed where.
        token: The client token of the operation.
        replaces: On an update the ARN of the image before it.
    """
    tags = {
        STACK_ID: event["StackId"],
        LOGICAL_ID: event["LogicalResourceId"],
        FINGERPRINT: fingerprint(request),
        OPERATION: token,
    }
    return tags if replaces is None else {**tags, REPLACES: replaces}
