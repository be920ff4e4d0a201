"""REST-JSON on the wire: a request becomes an operation and its parameters, a result or an error becomes an answer."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.model import OperationModel

from local_aws.image_builder.errors import ServiceError
from local_aws.image_builder.model import Parameters, route

Answer = tuple[int, dict[str, str], bytes]
Query = Mapping[str, str | Sequence[str]]


def parse(method: str, path: str, query: Query, body: bytes) -> tuple[OperationModel, Parameters]:
    """The operation and the parameters of a request, each taken from where the model places it.

    Members that the model does not know are left out, as AWS does.

    Raises:
        ServiceError: No such operation, or a body that is not a JSON object.
    """
    found = route(method, path)
    if found is None:
        raise ServiceError("InvalidRequestException", f"Image Builder has no operation at {method} {path}", 404)
    operation, parameters = found
    members = operation.input_shape.members if operation.input_shape else {}
    document = _document(body)
    for name, member in members.items():
        location, wire_name = member.serialization.get("location"), member.serialization.get("name", name)
        if location == "querystring" and wire_name in query:
            parameters[name] = _from_query(member.type_name, query[wire_name])
        elif location is None and document.get(wire_name) is not None:
            parameters[name] = document[wire_name]
    return operation, parameters


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError as problem:
        raise ServiceError("InvalidRequestException", f"The body is not JSON: {problem}") from problem
    if not isinstance(document, dict):
        raise ServiceError("InvalidRequestException", "The body is not a JSON object")
    return document


def _from_query(type_name: str, value: str | Sequence[str]) -> Any:
    values = [value] if isinstance(value, str) else list(value)
    if type_name == "list":
        return values
    return {"true": True, "false": False}[values[0]] if type_name == "boolean" else values[0]


def encode(result: Parameters) -> Answer:
    """The answer to an operation that was carried out."""
    return 200, {"Content-Type": "application/json"}, json.dumps(result).encode()


def encode_error(error: ServiceError) -> Answer:
    """The answer to an operation that was refused, in the form from which botocore takes code and message."""
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
    return error.status, headers, json.dumps({"message": error.message}).encode()
