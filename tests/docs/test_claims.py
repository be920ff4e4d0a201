"""A test that the documents name as a proof exists, where they say."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from .pages import Page, pages, text


@cache
def names_in(path: Path) -> set[str]:
    """Return the names of the tests in a file."""
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def claims(source: Page) -> list[tuple[str, Path]]:
    """Return the tests that a page names, each with the file that it links to."""
    return [
        (text(node), (source.path.parent / str(node.attrs["href"])).resolve())
        for node in source.tree.walk()
        if node.type == "link" and text(node).startswith("test_")
    ]


@pytest.mark.parametrize("source", pages(), ids=lambda page: page.name)
def test_every_test_that_is_named_exists(source: Page) -> None:
    """A name without its file, or one that was renamed, fails here."""
    named = claims(source)
    assert [name for name, path in named if name not in names_in(path)] == []
    assert {code for code in source.code if code.startswith("test_")} == {name for name, _ in named}
