"""Answers without members that the API model marks as optional."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from local_aws.image_builder.model import service_model


def optional_members(operation: str, answer: Mapping[str, Any]) -> list[str]:
    """Return the paths of the members of an answer of Image Builder that its model does not require.

    A path names the members from the outside in, such as `image.state.status`; lists have no part in it.
    """
    shape = service_model().operation_model(operation).output_shape
    return sorted(set(_optional(shape, answer, ""))) if shape else []


def without(answer: Mapping[str, Any], paths: Collection[str]) -> dict[str, Any]:
    """Return an answer without the members of these paths."""
    parts = [path.split(".") for path in paths]
    above = {".".join(names[:length]) for names in parts for length in range(1, len(names))}
    kept: dict[str, Any] = _without(answer, frozenset(paths), above, "") if paths else dict(answer)
    return kept


def _optional(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if name in value:
                inner = f"{path}.{name}" if path else name
                if name not in shape.required_members:
                    yield inner
                yield from _optional(member, value[name], inner)
    elif isinstance(shape, ListShape):
        for item in value:
            yield from _optional(shape.member, item, path)


def _without(value: Any, paths: Collection[str], above: Collection[str], path: str) -> Any:
    if isinstance(value, list):
        return [_without(item, paths, above, path) for item in value]
    if not isinstance(value, Mapping):
        return value
    kept = {}
    for name, held in value.items():
        inner = f"{path}.{name}" if path else name
        if inner not in paths:
            kept[name] = _without(held, paths, above, inner) if inner in above else held
    return kept
