"""Starting a distribution, once for each CloudFormation operation."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from .distribution_request import DistributionRequest
from .explaining import DENIED

if TYPE_CHECKING:
    from mypy_boto3_imagebuilder import ImagebuilderClient
    from mypy_boto3_imagebuilder.type_defs import DistributeImageRequestTypeDef

logger = logging.getLogger(__name__)
sleep = time.sleep

_NAMESPACE = uuid.UUID("7d2a4f0e-5c1b-5d5e-9a51-0c9f6a0e7c11")

# A role made seconds ago may be unknown still: IAM is eventually consistent. What Image Builder says then is
# undocumented; anything that speaks of a role it cannot use counts. Seconds between the attempts:
_PAUSES = (2, 4, 8, 16)
_UNKNOWN_ROLE = re.compile(r"\brole\b", re.IGNORECASE)


def client_token(event: Mapping[str, Any], purpose: str = "") -> str:
    """Derive an idempotency key, 36 characters, from the CloudFormation operation.

    A retried delivery of the same operation carries the same RequestId and so gets the image it already
    started. Stack and logical id alone would not do: an update would be refused for its other parameters, and
    a resource removed and added again would get the ARN of a deleted image.

    Args:
        event: The operation.
        purpose: Tells one call of an operation from another; none for DistributeImage.
    """
    operation = "|".join((event["StackId"], event["LogicalResourceId"], event["RequestId"], purpose))
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
    for pause in _PAUSES:
        try:
            return image_builder.distribute_image(**parameters)["imageBuildVersionArn"]
        except ClientError as error:
            if not _may_pass(error):
                raise
            logger.warning("Again in %d seconds, since IAM may not know a new role or policy yet: %s", pause, error)
            sleep(pause)
    return image_builder.distribute_image(**parameters)["imageBuildVersionArn"]


def refused(error: BaseException | None) -> bool:
    """Tell whether an error means that nothing was started: Image Builder's own refusal of the request."""
    if not isinstance(error, ClientError):
        return False
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    return 400 <= status < 500


def _may_pass(error: ClientError) -> bool:
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    return code in DENIED or (code != "ResourceNotFoundException" and bool(_UNKNOWN_ROLE.search(message)))
