"""`python -m tools.demo_recording`: record `make demo` as an animated SVG, docs/images/demo.svg.

A terminal emulator reads what the demo prints. A picture of the terminal begins at each change; pauses are cut short.
"""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fcntl import ioctl
from html import escape
from pathlib import Path
from select import select
from termios import TIOCSWINSZ

import pyte

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "images" / "demo.svg"

_COLUMNS, _ROWS = 126, 32
_SAMPLE_SECONDS = 0.5
_LONGEST_PAUSE = 1.2
_LAST_PICTURE_SECONDS = 6.0

_FONT_SIZE, _CHARACTER, _LINE = 13, 7.83, 17
_MARGIN = 14
_BACKGROUND, _FOREGROUND, _DIM = "#0d1117", "#e6edf3", "#8b949e"
_COLORS = {
    "red": "#ff7b72",
    "green": "#3fb950",
    "brown": "#d29922",
    "yellow": "#d29922",
    "cyan": "#39c5cf",
    "blue": "#58a6ff",
    "magenta": "#bc8cff",
}

# Words with no more than one space between them.
_WORDS = re.compile(r"\S+(?: \S+)*").finditer

#: A piece of a line: its first column, its text and its color.
Run = tuple[int, str, str]
#: One line of the terminal.
Line = tuple[Run, ...]


@dataclass(frozen=True)
class Picture:
    """What the terminal showed from a time on, in seconds."""

    begins: float
    lines: Sequence[Line]


def main() -> None:
    """Record the demo and write the picture."""
    TARGET.write_text(svg(shortened(list(recorded([sys.executable, "-m", "tools.demo"])))), encoding="utf-8")


def recorded(command: Sequence[str]) -> Iterator[Picture]:
    """Run a command in a terminal and yield each picture that differs from the one before.

    Raises:
        CalledProcessError: The command failed.
    """
    screen = pyte.Screen(_COLUMNS, _ROWS)
    stream = pyte.ByteStream(screen)
    leader, follower = pty.openpty()
    ioctl(follower, TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(_COLUMNS), "LINES": str(_ROWS)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    began, last = time.monotonic(), None
    is_open = True
    while is_open:
        sample_ends = time.monotonic() + _SAMPLE_SECONDS
        while is_open and (left := sample_ends - time.monotonic()) > 0:
            if select([leader], [], [], left)[0]:
                try:
                    stream.feed(os.read(leader, 65536))
                except OSError:
                    # The command has ended and closed its terminal.
                    is_open = False
        lines = [_line(screen, row) for row in range(_ROWS)]
        if lines != last:
            yield Picture(time.monotonic() - began, lines)
            last = lines
    os.close(leader)
    if process.wait() != 0:
        raise subprocess.CalledProcessError(process.returncode, command)


def shortened(pictures: Sequence[Picture]) -> list[Picture]:
    """Return the pictures with no pause longer than `_LONGEST_PAUSE`."""
    now, before, kept = 0.0, pictures[0].begins, []
    for picture in pictures:
        now += min(picture.begins - before, _LONGEST_PAUSE)
        before = picture.begins
        kept.append(Picture(now, picture.lines))
    return kept


def svg(pictures: Sequence[Picture]) -> str:
    """Return an SVG that shows the pictures one after the other, for ever. It needs neither scripts nor fonts."""
    duration = pictures[-1].begins + _LAST_PICTURE_SECONDS
    width = round(_COLUMNS * _CHARACTER + 2 * _MARGIN)
    height = _ROWS * _LINE + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img">',
        "<title>make demo: a stack is deployed, its AMI is copied to three Regions, and the stack is destroyed</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{_BACKGROUND}"/>',
        f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="{_FONT_SIZE}" '
        f'fill="{_FOREGROUND}">',
    ]
    for (row, line), spans in _spans(pictures, duration).items():
        baseline = _MARGIN + row * _LINE + _FONT_SIZE
        texts = "".join(_text(run, baseline) for run in line)
        parts.append(f"<g>{texts}{_animation(spans, duration)}</g>")
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _line(screen: pyte.Screen, row: int) -> Line:
    runs: list[Run] = []
    text, color, first = "", "", 0
    for column in range(_COLUMNS):
        cell = screen.buffer[row][column]
        cell_color = _COLORS.get(cell.fg, "#" + cell.fg if len(cell.fg) == 6 else _FOREGROUND)
        if text and cell_color == color:
            text += cell.data
            continue
        runs.append((first, text, color))
        text, color, first = cell.data, cell_color, column
    runs.append((first, text, color))
    # An SVG shows several spaces as one.
    return tuple((first + word.start(), word.group(), color) for first, text, color in runs for word in _WORDS(text))


def _spans(pictures: Sequence[Picture], duration: float) -> dict[tuple[int, Line], list[tuple[float, float]]]:
    """Return when each line is seen in its row: the same line in consecutive pictures is one element."""
    spans: dict[tuple[int, Line], list[tuple[float, float]]] = {}
    ends = [*(picture.begins for picture in pictures[1:]), duration]
    for picture, end in zip(pictures, ends, strict=True):
        for row, line in enumerate(picture.lines):
            if not line:
                continue
            seen = spans.setdefault((row, line), [])
            if seen and seen[-1][1] == picture.begins:
                seen[-1] = (seen[-1][0], end)
            else:
                seen.append((picture.begins, end))
    return spans


def _text(run: Run, baseline: int) -> str:
    column, text, color = run
    fill = f' fill="{color}"' if color != _FOREGROUND else ""
    left, length = _MARGIN + column * _CHARACTER, len(text) * _CHARACTER
    return f'<text x="{left:.1f}" y="{baseline}"{fill} textLength="{length:.1f}">{escape(text)}</text>'


def _animation(spans: Sequence[tuple[float, float]], duration: float) -> str:
    values, times = ["hidden"], [0.0]
    for begin, end in spans:
        values += ["visible", "hidden"]
        times += [begin / duration, end / duration]
    if times[1] == 0.0:
        values, times = values[1:], times[1:]
    if times[-1] == 1.0:
        values, times = values[:-1], times[:-1]
    if len(values) == 1:
        return ""
    key_times = ";".join(f"{moment:.4f}" for moment in times)
    return (
        f'<animate attributeName="visibility" values="{";".join(values)}" keyTimes="{key_times}" '
        f'dur="{duration:.1f}s" calcMode="discrete" repeatCount="indefinite"/>'
    )


if __name__ == "__main__":
    main()
