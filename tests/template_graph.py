"""The graph of a template: what refers to what, and whether CloudFormation could make it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_PSEUDO = "AWS::"


def problems(template: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each name of what is not there, and one for a cycle of references."""
    known = {*template.get("Resources", {}), *template.get("Parameters", {})}
    dangling = [
        f"{section}.{name} refers to {target}, which is not in the template"
        for section in ("Resources", "Outputs")
        for name, item in template.get(section, {}).items()
        for target in sorted(set(references(item)) - known)
    ]
    names = {
        f"{section}.{name} names {used} of {kind}, which is not in the template"
        for section in ("Resources", "Outputs", "Conditions")
        for name, item in template.get(section, {}).items()
        for kind, used in _named_elsewhere(item)
        if used not in template.get(kind, {})
    }
    cycle = _cycle(_edges(template))
    return [*dangling, *sorted(names), *([f"cycle: {' -> '.join(cycle)}"] if cycle else [])]


def everything_before(template: Mapping[str, Any], logical_id: str) -> set[str]:
    """Return the logical ids of the resources that CloudFormation makes before a resource because of its references."""
    edges, found, open_ids = _edges(template), set[str](), [logical_id]
    while open_ids:
        new = edges[open_ids.pop()] - found
        found |= new
        open_ids += new
    return found


def references(value: Any) -> Iterator[str]:
    """Yield the logical ids that a part of a template refers to by Ref, Fn::GetAtt, Fn::Sub and DependsOn."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _named(key, item)
            yield from references(item)


def _named(key: str, value: Any) -> Iterator[str]:
    if key == "Ref" and isinstance(value, str) and not value.startswith(_PSEUDO):
        yield value
    elif key == "Fn::GetAtt":
        yield value.split(".")[0] if isinstance(value, str) else value[0]
    elif key == "DependsOn":
        yield from [value] if isinstance(value, str) else value
    elif key == "Fn::Sub":
        text, own = value if isinstance(value, list) else (value, {})
        names = {name.split(".")[0] for name in re.findall(r"\$\{([^!}][^}]*)\}", text)}
        yield from sorted(name for name in names if name not in own and not name.startswith(_PSEUDO))


def _named_elsewhere(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the section and the name of each condition and each mapping that a part of a template uses."""
    if isinstance(value, list):
        for item in value:
            yield from _named_elsewhere(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key == "Fn::If":
                yield "Conditions", item[0]
            elif key == "Condition" and isinstance(item, str):
                yield "Conditions", item
            elif key == "Fn::FindInMap" and isinstance(item[0], str):
                yield "Mappings", item[0]
            yield from _named_elsewhere(item)


def _edges(template: Mapping[str, Any]) -> dict[str, set[str]]:
    resources = template.get("Resources", {})
    return {id: set(references(resource)) & resources.keys() for id, resource in resources.items()}


def _cycle(edges: Mapping[str, set[str]]) -> list[str]:
    """Return the logical ids of a cycle, the first one again at the end; none without a cycle."""
    done: set[str] = set()

    def visit(id: str, path: list[str]) -> list[str]:
        if id in path:
            return [*path[path.index(id) :], id]
        if id in done:
            return []
        for target in sorted(edges[id]):
            found = visit(target, [*path, id])
            if found:
                return found
        done.add(id)
        return []

    return next((cycle for id in edges if (cycle := visit(id, []))), [])
