"""Every link inside the repository leads somewhere."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from .pages import ROOT, Page, page, pages

_ELSEWHERE = ("https://", "mailto:")


def problem(source: Page, target: str) -> str | None:
    """Say what is wrong with a link, if anything is."""
    path, _, anchor = unquote(target).partition("#")
    file = (source.path.parent / path).resolve() if path else source.path
    if not file.is_relative_to(ROOT):
        return f"{target} leads out of the repository"
    if not file.exists():
        return f"{target} does not exist"
    if anchor and file.suffix == ".md" and anchor not in Page(file).anchors:
        return f"{target}: no heading is spelt so in {file.name}"
    return None


@pytest.mark.parametrize("source", pages(), ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(source: Page) -> None:
    """Files by their path, headings by GitHub's spelling of them."""
    inside = [target for target in source.links if not target.startswith(_ELSEWHERE)]
    assert [found for target in inside if (found := problem(source, target))] == []


def test_every_page_is_linked_from_the_readme() -> None:
    """A page that nothing leads to is not read."""
    linked = {target.partition("#")[0] for target in page("README.md").links}
    assert {page.name for page in pages()} - {"README.md"} <= linked
