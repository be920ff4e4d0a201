"""What a user changes between two deployments of the lifecycle machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .lifecycle_template import SOURCES, Declared

CHANGES = [
    *["revision"] * 3,
    *["back", "source", "role", "team", "auto_delete", "retain", "wait", "asks", "add", "remove", "rename"],
    *["auto_delete and source", "role and source", "role and source", "nothing"],
]


def changed(declared: list[Declared], change: str, place: int, number: int) -> list[Declared]:
    """Return what a user declares after a change."""
    if change == "add" or not declared:
        return [*declared, Declared(f"Added{number}", auto_delete=bool(number % 2))]
    before = declared[place]
    others = [*declared[:place], *declared[place + 1 :]]
    if change == "remove":
        return others
    changes: dict[str, Callable[[], dict[str, Any]]] = {
        "revision": lambda: {"revision": number + 10},
        "back": lambda: {"revision": 1},
        "source": lambda: {"source": _next(SOURCES, before.source)},
        "role": lambda: {"role": _next(("", "UserA", "UserB"), before.role)},
        "team": lambda: {"team": _next(("", "a", "b"), before.team)},
        "auto_delete": lambda: {"auto_delete": not before.auto_delete},
        "retain": lambda: {"retain": not before.retain},
        "wait": lambda: {"parts": (before.parts + 1) % 3},
        "asks": lambda: {"asks": not before.asks},
        "rename": lambda: {"name": f"{before.name.partition('R')[0]}R{number}"},
        "auto_delete and source": lambda: {"auto_delete": not before.auto_delete, "revision": number + 10},
        "role and source": lambda: {"role": _next(("", "UserA", "UserB"), before.role), "revision": number + 10},
        "nothing": dict,
    }
    return [*others[:place], replace(before, **changes[change]()), *others[place:]]


def _next(values: tuple[str, ...], value: str) -> str:
    return values[(values.index(value) + 1) % len(values)]
