"""The picture of the performance page: a panel for each question, a bar for each way."""

from __future__ import annotations

import io

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from .figures import OURS, WAYS, Figure
from .results import Results

_OURS, _OTHERS, _TEXT = "#2463b4", "#b9bfc7", "#333333"

#: Title and row of each panel, and whether its scale is logarithmic.
PANELS = (
    ("Lambda code, zipped bytes (log)", "Lambda code, zipped", True),
    ("Cold start, seconds to the clients of a first wait", "cold start: clients of a first wait ready", False),
    ("Seconds from AVAILABLE to CREATE_COMPLETE", "AVAILABLE to CREATE_COMPLETE", False),
    ("The same, event lost", "AVAILABLE to CREATE_COMPLETE, event lost", False),
    ("Function invocations in 30 minutes (log)", "function invocations, 30 minutes", True),
    ("Resources in the template, 1 distribution", "resources, 1 distribution", False),
)


def draw(results: Results) -> str:
    """Return the picture as SVG; the same results give the same text."""
    with mpl.rc_context({"svg.hashsalt": "performance", "svg.fonttype": "none", "font.size": 9}):
        drawing = Drawing(figsize=(10, 7), layout="constrained", facecolor="white")
        panels = drawing.subplots(3, 2)
        for axes, (title, what, is_logarithmic) in zip(panels.flat, PANELS, strict=True):
            _panel(axes, title, results.figure(what), is_logarithmic)
        written = io.StringIO()
        drawing.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def label(figure: Figure, way: str) -> str:
    """Return what stands beside a bar: the median, or why there is no bar."""
    return figure.shown(way).partition(" (")[0] or "not measured"


def _panel(axes: Axes, title: str, figure: Figure, is_logarithmic: bool) -> None:
    measured = {way: not isinstance(figure.values.get(way, ""), str) for way in WAYS}
    nothing = 1 if is_logarithmic else 0
    lengths = [figure.median(way) if measured[way] else nothing for way in WAYS]
    colours = [_OURS if way == OURS else _OTHERS for way in WAYS]
    bars = axes.barh(WAYS, lengths, color=colours, height=0.6)
    axes.bar_label(bars, [label(figure, way) for way in WAYS], padding=4, color=_TEXT)
    if is_logarithmic:
        axes.set_xscale("log")
    axes.set_xlim(nothing, max(lengths) * (30 if is_logarithmic else 1.3))
    axes.invert_yaxis()
    axes.set_title(title, loc="left", fontsize=9, fontweight="bold", color=_TEXT)
    axes.tick_params(length=0, colors=_TEXT)
    axes.xaxis.set_visible(False)
    axes.spines[:].set_visible(False)
