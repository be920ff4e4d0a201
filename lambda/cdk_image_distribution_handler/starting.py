"""Starting a distribution, once for each CloudFormation operation."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .distribution_request import DistributionRequest

if TYPE_CHECKING:
    from mypy_boto3_imagebuilder import ImagebuilderClient
    from mypy_boto3_imagebuilder.type_defs import DistributeImageRequestTypeDef

_NAMESPACE = uuid.UUID("7d2a4f0e-5c1b-5d5e-9a51-0c9f6a0e7c11")


def client_token(event: Mapping[str, Any]) -> str:
    """Derive DistributeImage's idempotency key, 36 characters, from the CloudFormation operation.

    A retried delivery of the same operation carries the same RequestId and so gets the image it already
    started. Stack and logical id alone would not do: an update would be refused for its other parameters, and
    a resource removed and added again would get the ARN of a deleted image.
    """
    operation = "|".join((event["StackId"], event["LogicalResourceId"], event["RequestId"]))
    return str(uuid.uuid5(_NAMESPACE, operation))


def start(image_builder: ImagebuilderClient, request: DistributionRequest, token: str, marks: Mapping[str, str]) -> str:
    """Start one distribution and return the ARN of the image that tracks it.

    Args:
        image_builder: A client of the Region that the source image and the configuration are in.
        request: What to distribute where.
        token: Idempotency key, 1 to 64 characters. A repeat starts nothing and returns the same ARN.
        marks: Tags of ours, beside those that the request asks for.

    Raises:
        ClientError: Image Builder refused; its own words reach the stack event.

    Source: Image Builder API reference, DistributeImage.
    """
    parameters: DistributeImageRequestTypeDef = {
        "sourceImage": request.source_image,
        "distributionConfigurationArn": request.distribution_configuration_arn,
        "executionRole": request.execution_role,
        "clientToken": token,
        "tags": {**request.tags, **marks},
    }
    if request.log_group_name is not None:
        parameters["loggingConfiguration"] = {"logGroupName": request.log_group_name}
    return image_builder.distribute_image(**parameters)["imageBuildVersionArn"]
