"""The messages that the construct and the handler can produce, read from their source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from .pages import ROOT

# What says a message besides `raise`: a step's name, a list of problems, a remedy, an answer.
_SAYING = frozenset({"doing", "append", "_cause", "_send"})

# Of a message that is hardly more than its gaps anything would be an example.
_SHORTEST = 8

_SOURCES = ("constructs/cdk_image_distribution", "lambda/cdk_image_distribution_handler")


@dataclass(frozen=True)
class Message:
    """A message with its gaps.

    Attributes:
        place: File and line.
        parts: Its literal parts; between two of them stands a value.
    """

    place: str
    parts: tuple[str, ...]

    def matches(self, example: str) -> bool:
        """Tell whether an example is this message with values in its gaps."""
        return re.fullmatch(".*".join(map(re.escape, self.parts)), example, re.DOTALL) is not None


@cache
def messages() -> list[Message]:
    """Return every message: what is raised, what a step is called, and what a check or a remedy says."""
    found = []
    for folder in _SOURCES:
        for path in sorted((ROOT / folder).glob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            made = [Message(f"{path.name}:{text.lineno}", _parts(text, ending)) for text, ending in _texts(tree)]
            found += [
                message
                for message in made
                if " " in "".join(message.parts).strip() and len("".join(message.parts)) >= _SHORTEST
            ]
    return found


def _texts(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Yield the expressions that are messages, each with what is added to it later."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from ((value, "") for value in node.exc.args)
        elif isinstance(node, ast.Call) and node.args and _name(node.func) in _SAYING:
            # What AWS says comes behind what we were doing.
            yield node.args[-1], ": " if _name(node.func) == "doing" else ""
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.List):
            yield from ((value, "") for value in node.value.elts)
        elif isinstance(node, ast.Yield) and node.value is not None:
            yield node.value, ""
        if isinstance(node, ast.Assign) and [_name(target) for target in node.targets] == ["cause"]:
            yield node.value, ""


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _parts(text: ast.expr, ending: str) -> tuple[str, ...]:
    parts = [""]
    for value in text.values if isinstance(text, ast.JoinedStr) else [text]:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            parts[-1] += value.value
        else:
            parts.append("")
    if ending:
        parts[-1] += ending
        parts.append("")
    return tuple(parts)
