"""Reports the versions of a Lambda runtime, and which service model the handler's client uses."""

import platform
from importlib import import_module
from typing import Any

import boto3
import botocore
import botocore.session


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Return what the runtime bundles and what the handler uses."""
    bundled = botocore.session.Session().get_service_model("imagebuilder")
    # The package's name in the asset.
    used = import_module("handler.aws").Aws().image_builder.meta.service_model
    return {
        "python": platform.python_version(),
        "boto3": boto3.__version__,
        "botocore": botocore.__version__,
        "bundled": "DistributeImage" in bundled.operation_names,
        "used": "DistributeImage" in used.operation_names,
        "operations": len(used.operation_names),
        "bundled_operations": len(bundled.operation_names),
    }
