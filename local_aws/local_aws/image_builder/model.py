"""EC2 Image Builder's own service model, as botocore ships it: the authority on every request and answer."""

import re
from functools import cache
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

Parameters = dict[str, Any]


@cache
def service_model() -> ServiceModel:
    """The model of the botocore that is installed beside this code.

    Only botocore's built-in folder is read, so that an `AWS_DATA_PATH` set for a Lambda under test changes
    nothing.
    """
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    return ServiceModel(loader.load_service_model("imagebuilder", "service-2"))


@cache
def known_regions() -> frozenset[str]:
    """The Regions in which botocore knows CloudFormation, of every partition."""
    session = botocore.session.Session()
    partitions = session.get_available_partitions()
    # These are the Regions of EC2, whose model takes botocore twenty times as long to read.
    found = (session.get_available_regions("cloudformation", partition) for partition in partitions)
    return frozenset(region for regions in found for region in regions)


@cache
def _routes() -> tuple[tuple[str, re.Pattern[str], OperationModel], ...]:
    model = service_model()
    routes = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        literals = re.split(r"\{(\w+)\}", operation.http["requestUri"])
        # Odd places of the split are the names of labels; the SDK percent-encodes what they hold.
        pattern = "".join(f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(literals))
        routes.append((operation.http["method"], re.compile(f"^{pattern}/?$"), operation))
    return tuple(routes)


def route(method: str, path: str) -> tuple[OperationModel, Parameters] | None:
    """The operation that a method and a path ask for, with the parameters in the path, or None."""
    for operation_method, pattern, operation in _routes():
        found = pattern.match(path)
        if found and operation_method == method:
            return operation, {name: unquote(value) for name, value in found.groupdict().items()}
    return None


def http_status(code: str) -> int:
    """The HTTP status of one of the API's error codes, 400 for a code that the model does not know."""
    model = service_model()
    if code not in model.shape_names:
        return 400
    return int(model.shape_for(code).metadata.get("error", {}).get("httpStatusCode", 400))
