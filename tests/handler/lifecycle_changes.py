"""What users of the lifecycle machine declare, what they change, and how long they wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from .lifecycle_template import SOURCES, Declared

#: A sibling that makes a deployment fail, soon or later.
FAILING = st.sampled_from([{"Seconds": seconds, "Fails": "Create,Update"} for seconds in ("3", "40")])
SIBLINGS: st.SearchStrategy[dict[str, str]] = st.one_of(st.just({}), st.just({}), FAILING)
SHAPES = st.builds(
    Declared,
    name=st.just(""),
    source=st.sampled_from(SOURCES),
    role=st.sampled_from(["", "UserA"]),
    auto_delete=st.booleans(),
    retain=st.sampled_from([False, False, True]),
    parts=st.sampled_from([0, 1, 1, 2]),
    retries=st.sampled_from([0, 0, 1, 2]),
)
#: In the place of seconds: until the deployment has ended.
TO_THE_END = -1
SECONDS = st.sampled_from([1, 3, 10, 30, 61, 130, *[TO_THE_END] * 6])

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
