"""Checking the parameters of a request against the constraints that the service model states."""

import re
from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.image_builder.errors import ServiceError

_TYPES: dict[str, tuple[type[Any], ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "timestamp": (int, float, str),
}


def validate(shape: Shape | None, parameters: dict[str, Any]) -> None:
    """Refuse parameters that break a constraint of the model: type, required member, length, pattern, enum, range.

    botocore itself checks types and required members alone, so a request that passes there may be refused
    here, as it would be by AWS.

    Raises:
        ServiceError: InvalidRequestException, naming every broken constraint.
    """
    problems = list(_problems(shape, parameters, "")) if shape else []
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        raise ServiceError("InvalidRequestException", count + "; ".join(problems))


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not _has_type(shape, value):
        yield f"Value at '{path}' failed to satisfy constraint: Member must be a {shape.type_name}"
    elif isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, MapShape):
        yield from _size(shape, value, path)
        for key, held in value.items():
            yield from _problems(shape.key, key, f"{path}.key")
            yield from _problems(shape.value, held, f"{path}.{key}")
    elif isinstance(shape, ListShape):
        yield from _size(shape, value, path)
        for place, held in enumerate(value, start=1):
            yield from _problems(shape.member, held, f"{path}.{place}.member")
    elif shape.type_name == "string":
        yield from _string(shape, value, path)
    elif shape.type_name == "integer":
        yield from _size(shape, value, path)


def _has_type(shape: Shape, value: Any) -> bool:
    return isinstance(value, _TYPES[shape.type_name])


def _structure(shape: StructureShape, value: dict[str, Any], path: str) -> Iterator[str]:
    prefix = f"{path}." if path else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{prefix}{name}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _problems(member, value[name], f"{prefix}{name}")


def _string(shape: Shape, value: str, path: str) -> Iterator[str]:
    yield from _size(shape, value, path)
    pattern = shape.metadata.get("pattern")
    if pattern and not re.search(pattern, value):
        yield _broken(value, path, f"Member must satisfy regular expression pattern: {pattern}")
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield _broken(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")


def _size(shape: Shape, value: Any, path: str) -> Iterator[str]:
    size, what = (value, "value") if isinstance(value, int) else (len(value), "length")
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _broken(value, path, f"Member must have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield _broken(value, path, f"Member must have {what} less than or equal to {most}")


def _broken(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"
