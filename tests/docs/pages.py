"""The documents of this repository, parsed: their snippets, links, headings and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Fence:
    """A block of code in a page.

    Attributes:
        place: Page and line, for a test's id and a traceback.
        line: The line in the page on which its code begins.
    """

    place: str
    line: int
    language: str
    code: str

    @property
    def file(self) -> str:
        """The name of the file that it shows, as its first line has it; empty for any other block."""
        named = re.match(r"# (\S+\.(?:py|toml))\n", self.code)
        return named[1] if named else ""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        heading: The heading that it stands under.
        first: The heading of its first column.
        rows: Its cells, without the row of headings.
    """

    heading: str
    first: str
    rows: list[list[SyntaxTreeNode]]


@dataclass(frozen=True)
class Page:
    """A document."""

    path: Path

    @property
    def name(self) -> str:
        """Its path in the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def tree(self) -> SyntaxTreeNode:
        """The document as GitHub reads it, tables included."""
        return SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(self.path.read_text("utf-8")))

    @property
    def fences(self) -> list[Fence]:
        """Its blocks of code."""
        return [
            Fence(f"{self.name}:{node.map[0] + 1}", node.map[0] + 2, node.info.strip(), node.content)
            for node in self.tree.walk()
            if node.type == "fence" and node.map is not None
        ]

    @property
    def links(self) -> list[str]:
        """The targets of its links."""
        return [str(node.attrs["href"]) for node in self.tree.walk() if node.type == "link"]

    @property
    def code(self) -> list[str]:
        """What stands between back-ticks in its text."""
        return [node.content for node in self.tree.walk() if node.type == "code_inline"]

    @property
    def anchors(self) -> set[str]:
        """What a link can point at: its headings, spelt as GitHub does."""
        found: set[str] = set()
        for node in self.tree.walk():
            if node.type == "heading":
                slug = anchor = re.sub(r"[^\w\- ]", "", text(node).lower()).replace(" ", "-")
                number = 0
                while anchor in found:
                    number += 1
                    anchor = f"{slug}-{number}"
                found.add(anchor)
        return found

    @property
    def tables(self) -> list[Table]:
        """Its tables."""
        heading, found = "", []
        for node in self.tree.children:
            if node.type == "heading":
                heading = text(node)
            if node.type == "table":
                head, *rows = (row.children for part in node.children for row in part.children)
                found.append(Table(heading, text(head[0]), rows))
        return found

    def table(self, heading: str) -> Table:
        """Return the one table under a heading."""
        (found,) = (table for table in self.tables if table.heading == heading)
        return found


def text(node: SyntaxTreeNode) -> str:
    """Return what a reader sees of a node."""
    return "".join(part.content for part in node.walk() if part.type in ("text", "code_inline"))


def codes(node: SyntaxTreeNode) -> list[str]:
    """Return what stands between back-ticks in a node."""
    return [part.content for part in node.walk() if part.type == "code_inline"]


@cache
def pages() -> list[Page]:
    """Return every document for users and contributors."""
    names = ("README.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md")
    return [Page(ROOT / name) for name in names] + [Page(path) for path in sorted((ROOT / "docs").glob("**/*.md"))]


def page(name: str) -> Page:
    """Return one document by its path in the repository."""
    (found,) = (page for page in pages() if page.name == name)
    return found


def fences(language: str) -> list[Fence]:
    """Return every block of code in a language."""
    return [fence for page in pages() for fence in page.fences if fence.language == language]


def commands() -> Iterator[tuple[str, str]]:
    """Yield each command line for a shell: where it stands, and what it is."""
    for fence in fences("sh"):
        joined = fence.code.replace("\\\n", " ")
        yield from ((fence.place, line) for line in joined.splitlines() if line and not line.startswith("#"))
