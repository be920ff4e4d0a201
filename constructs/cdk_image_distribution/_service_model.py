"""The part of botocore's Image Builder model that the handler needs: its operations and their shapes."""

from __future__ import annotations

from typing import Any

#: What the handler calls. The function's policy allows these, and its model knows no others.
OPERATIONS = (
    "CancelImageCreation",
    "DeleteImage",
    "DistributeImage",
    "GetImage",
    "GetLifecycleExecution",
    "StartResourceStateUpdate",
    "TagResource",
    "UntagResource",
)


def reduce_model(model: dict[str, Any]) -> dict[str, Any]:
    """Return a service model with `OPERATIONS` only, the shapes that they reach, and nothing that botocore ignores."""
    operations = {name: model["operations"][name] for name in OPERATIONS}
    shapes: dict[str, Any] = {}
    _collect_shapes(model["shapes"], operations, shapes)
    reduced: dict[str, Any] = _used({**model, "operations": operations, "shapes": shapes})
    return reduced


def _collect_shapes(all_shapes: dict[str, Any], part: Any, found: dict[str, Any]) -> None:
    if isinstance(part, list):
        for item in part:
            _collect_shapes(all_shapes, item, found)
    elif isinstance(part, dict):
        name = part.get("shape")
        if isinstance(name, str) and name not in found:
            found[name] = all_shapes[name]
            _collect_shapes(all_shapes, found[name], found)
        for item in part.values():
            _collect_shapes(all_shapes, item, found)


def _used(part: Any) -> Any:
    # Documentation and patterns: botocore checks lengths, not patterns. A shape may have a member of such a name;
    # that is a structure, the thing itself a string.
    if isinstance(part, dict):
        return {
            key: _used(value)
            for key, value in part.items()
            if not (key in ("documentation", "pattern") and isinstance(value, str))
        }
    if isinstance(part, list):
        return [_used(item) for item in part]
    return part
