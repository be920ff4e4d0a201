"""The tables and the chart of docs/alternatives.md, from the results file."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from .figures import WAYS, Figure
from .picture import draw
from .results import Results

_ROOT = Path(__file__).parent.parent
PAGE = _ROOT / "docs" / "alternatives.md"
PICTURE = _ROOT / "docs" / "images" / "benchmark.svg"


def write(results: Results) -> None:
    """Write the tables and the chart into the page."""
    for part in dict.fromkeys(figure.part for figure in results.figures):
        _place(PAGE, part, of_part(results, part))
    _place(PAGE, "environment", where(results) + "\n")
    PICTURE.write_text(draw(results))


def of_part(results: Results, part: str) -> str:
    """Return the table of one part."""
    return markdown([figure for figure in results.figures if figure.part == part])


def where(results: Results) -> str:
    """Return what the figures depend on, in a sentence."""
    cores, *packages = results.environment.items()
    return f"Measured on {cores[1]} cores with {', '.join(' '.join(package) for package in packages)}."


def markdown(figures: Sequence[Figure]) -> str:
    """Return a Markdown table with a column for each way."""
    table = Table("", *WAYS, box=MARKDOWN)
    for figure in figures:
        unit = f", {figure.unit}" if figure.unit else ""
        table.add_row(figure.what + unit, *(figure.shown(way) or "-" for way in WAYS))
    written = io.StringIO()
    Console(file=written, width=1000).print(table)
    return "\n".join(line.strip() for line in written.getvalue().splitlines() if line.strip()) + "\n"


def shown_in(page: Path, part: str) -> str:
    """Return what a page shows of a part, between its markers."""
    match = _between(part).search(page.read_text())
    if match is None:
        raise ValueError(f"{page.name} must have the markers of the part {part!r}: <!-- bench:{part} --> and its end")
    return match["content"]


def _place(page: Path, part: str, content: str) -> None:
    shown_in(page, part)
    page.write_text(_between(part).sub(lambda match: match["start"] + content + match["end"], page.read_text()))


def _between(part: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<start><!-- bench:{part} -->\n)(?P<content>.*?)(?P<end><!-- /bench:{part} -->)", re.S)


def print_all(results: Results) -> None:
    """Print every figure as one table."""
    print(where(results), markdown(results.figures), sep="\n\n")
