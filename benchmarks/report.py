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

# Figures that the page leaves out: a reader compares the ways without them. `print_all` prints them.
LEFT_OUT = frozenset(
    {
        "Lambda code, unpacked",
        "cold start: handler imported",
        "cold start: peak memory",
        "cold start, boto3 from the runtime: handler imported",
        "cold start, boto3 from the runtime: peak memory",
        "cold start, boto3 1.35.0 from the runtime: handler imported",
        "cold start, boto3 1.35.0 from the runtime: clients created",
        "cold start, boto3 1.35.0 from the runtime: peak memory",
        "invocations, 1 minute",
        "invocations, 1 minute, polling every minute",
        "AWS API calls, 1 minute",
        "invocations, 300 minutes, polling every minute",
        "AWS API calls, 300 minutes",
        "resources, 10 distributions",
        "template size, 10 distributions",
        "synthesis of each further distribution, up to 100",
        "synthesis of each further distribution, up to 200",
        "synthesis of each further distribution, up to 200, relative to AwsCustomResource",
        "jsii calls for each further distribution",
        "concurrent waits, 1: time for each",
        "concurrent waits, 50: time for each",
        "concurrent waits, 200: time for each",
        "concurrent waits, 200: total time",
        "concurrent waits, 200: calls",
        "concurrent waits, 200: errors",
        "concurrent waits, 200: peak memory with the simulated AWS",
    }
)


def write(results: Results) -> None:
    """Write the tables and the chart into the page."""
    for part in parts(results):
        _place(PAGE, part, of_part(results, part))
    _place(PAGE, "environment", where(results) + "\n")
    PICTURE.write_text(draw(results))


def parts(results: Results) -> list[str]:
    """Return the parts that the page shows."""
    return list(dict.fromkeys(figure.part for figure in results.figures if figure.what not in LEFT_OUT))


def of_part(results: Results, part: str) -> str:
    """Return the table of one part, as the page shows it."""
    return markdown([figure for figure in results.figures if figure.part == part and figure.what not in LEFT_OUT])


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
