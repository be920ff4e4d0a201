"""The chart of the benchmark: a panel for each question, a bar for each implementation, linear scales."""

from __future__ import annotations

from tools.svg import Picture

from .figures import OURS, WAYS, Figure
from .results import Results

#: Title and row of each panel.
PANELS = (
    ("Seconds from AVAILABLE until CloudFormation continues", "delay after AVAILABLE"),
    ("Lambda invocations in 30 minutes", "invocations, 30 minutes"),
    ("Lambda code, bytes zipped", "Lambda code, zipped"),
    ("Resources in the template", "resources, 1 distribution"),
)
_WIDTH, _HEIGHT, _NAMES, _BARS = 470, 150, 165, 190


def draw(results: Results) -> str:
    """Return the chart as SVG; the same results give the same text."""
    picture = Picture(2 * _WIDTH, 20 + 2 * _HEIGHT, "The four implementations compared; shorter bars are better")
    for number, (title, what) in enumerate(PANELS):
        _panel(picture, 20 + number % 2 * _WIDTH, 20 + number // 2 * _HEIGHT, title, results.figure(what))
    return picture.svg()


def label(figure: Figure, way: str) -> str:
    """Return the text next to a bar: the median, or why there is no bar."""
    return figure.shown(way).partition(" (")[0] or "not measured"


def _panel(picture: Picture, x: int, y: int, title: str, figure: Figure) -> None:
    picture.text(x, y + 16, title, "title")
    measured = {way: figure.median(way) for way in WAYS if not isinstance(figure.values.get(way, ""), str)}
    longest = max(measured.values())
    for row, way in enumerate(WAYS):
        top = y + 30 + 26 * row
        picture.text(x, top + 13, way, "small")
        length = _BARS * measured.get(way, 0) / longest
        picture.bar(x + _NAMES, top, length, 18, "ours" if way == OURS else "bar")
        picture.text(x + _NAMES + int(length) + 6, top + 13, label(figure, way), "small")
