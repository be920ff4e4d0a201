"""Replacing a function of ministack, with a clear message when another version does not have it."""

from collections.abc import Callable
from types import ModuleType
from typing import Any


class MinistackChanged(Exception):
    """ministack has no such name any more: the patch that replaces it has to be written anew."""


def replace(module: ModuleType | type, name: str, wrap: Callable[[Any], Any]) -> None:
    """Put what `wrap` makes of an attribute of a module or a class in its place.

    Raises:
        MinistackChanged: The module has no such attribute.
    """
    setattr(module, name, wrap(existing(module, name)))


def existing(module: ModuleType | type, name: str) -> Any:
    """An attribute of a module or a class.

    Raises:
        MinistackChanged: The module has no such attribute.
    """
    if not hasattr(module, name):
        raise MinistackChanged(
            f"{module.__name__} has no {name}: local_aws was written for ministack 1.5.33; "
            "install that version, or change the file of local_aws that replaces it"
        )
    return getattr(module, name)
