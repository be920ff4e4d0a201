"""IAM for Image Builder: ministack allows whatever it does not know, so it is told the actions and the resources.

Source of the resources: Service Authorization Reference, EC2 Image Builder.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from ministack.core import iam_actions

from local_aws.image_builder.model import Parameters, route
from local_aws.patching import existing, replace

_SERVICE = "imagebuilder"
_ARN_PARAMETERS = ("imageBuildVersionArn", "resourceArn", "distributionConfigurationArn")


def resource(method: str, path: str, query: Mapping[str, Any], body: bytes, region: str, account: str) -> str:
    """The ARN that a request to Image Builder is authorized on."""
    found = route(method, path)
    if found is None:
        return "*"
    operation, parameters = found
    prefix = f"arn:aws:imagebuilder:{region}:{account}:"
    if operation.name == "DistributeImage":
        # The image has no name yet, so only a policy on every image can match.
        return prefix + "image/*"
    parameters = {**_document(body), **parameters, **{name: _first(value) for name, value in query.items()}}
    if operation.name == "GetLifecycleExecution":
        return f"{prefix}lifecycle-execution/{parameters.get('lifecycleExecutionId')}"
    if operation.name == "CreateDistributionConfiguration":
        return f"{prefix}distribution-configuration/{str(parameters.get('name')).lower()}"
    return next((unquote(str(parameters[name])) for name in _ARN_PARAMETERS if name in parameters), "*")


def install() -> None:
    """Name Image Builder's actions and resources to IAM."""
    existing(iam_actions, "SERVICE_TO_IAM_NAMESPACE")[_SERVICE] = _SERVICE
    existing(iam_actions, "_BOTOCORE_SERVICE_MAP")[_SERVICE] = [_SERVICE]

    def wrap(original: Callable[..., str]) -> Callable[..., str]:
        def extract_resource_arn(service: str, *request: Any) -> str:
            if service != _SERVICE:
                return original(service, *request)
            method, path, _, body, query, region, account = request
            return resource(method, path, query, body, region, account)

        return extract_resource_arn

    replace(iam_actions, "extract_resource_arn", wrap)


def _document(body: bytes) -> Parameters:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value
