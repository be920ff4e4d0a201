"""The requests that CloudFormation sends for the two custom resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"
STACK_ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/Golden/6c1f4f30-1d1e-11ef-a5b1-0242ac120002"
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:Golden-Handler-AbC"
CONFIGURATION_ARN = "arn:aws:imagebuilder:eu-west-1:123456789012:distribution-configuration/golden"
ROLE_ARN = "arn:aws:iam::123456789012:role/Distribution"
IMAGE_ARN = "arn:aws:imagebuilder:eu-west-1:123456789012:image/golden/1.0.0/1"
SOURCE_AMI = "ami-0123456789abcdef0"

DISTRIBUTION, WAIT = "Custom::ImageDistribution", "Custom::ImageDistributionWait"
LOGICAL_IDS = {DISTRIBUTION: "Distribution830FAC52", WAIT: "Wait9A9B7B98"}

PROPERTIES: Mapping[str, Any] = {
    "ServiceToken": FUNCTION_ARN,
    "SourceImage": SOURCE_AMI,
    "DistributionConfigurationArn": CONFIGURATION_ARN,
    "ExecutionRole": ROLE_ARN,
}


def event(request_type: str, *, request_id: str = "request-1", **fields: Any) -> dict[str, Any]:
    """Return a request as CloudFormation sends it; `fields` replace its members. Its ResponseURL holds a secret."""
    return {
        "RequestType": request_type,
        "RequestId": request_id,
        "StackId": STACK_ID,
        "ResponseURL": f"https://cloudformation.example.com/{request_id}?X-Amz-Signature=secret",
        "ResourceType": DISTRIBUTION,
        "LogicalResourceId": LOGICAL_IDS[DISTRIBUTION],
        "ResourceProperties": dict(PROPERTIES),
        **fields,
    }
