"""The generated tables of the documents are those of the code, and every public name is documented."""

from __future__ import annotations

import pytest

import cdk_image_distribution
from tools.diagrams import pictures
from tools.page_tables import pages as pages_with_tables
from tools.page_tables import tables, with_tables

from .pages import pages


@pytest.mark.parametrize("path", pages_with_tables(), ids=lambda path: path.name)
def test_generated_tables_are_up_to_date(path: object) -> None:
    """`python -m tools.page_tables` writes them."""
    known = tables()
    (text,) = (page.path.read_text("utf-8") for page in pages() if page.path == path)
    assert with_tables(text, known.__getitem__) == text


def test_diagrams_are_up_to_date() -> None:
    """`python -m tools.diagrams` writes them."""
    for path, content in pictures().items():
        assert path.read_text("utf-8") == content, f"{path} is out of date"


@pytest.mark.parametrize("name", cdk_image_distribution.__all__)
def test_public_name_is_documented(name: str) -> None:
    """Each name of the package stands in a page."""
    assert any(name in code for page in pages() for code in [*page.code, *(fence.code for fence in page.fences)])
