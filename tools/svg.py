"""Draw diagrams as SVG that is legible on light and dark pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

# A picture has its own background, so that it is legible on a page whose scheme differs from the system's.
_STYLE = """
:root { --page: #ffffff; --ink: #1f2933; --soft: #52606d; --line: #7b8794; --fill: #f1f4f8; --accent: #1f5fb4;
  --accent-fill: #dbe8fa; --other: #9fb3c8; --bad: #b42318; }
@media (prefers-color-scheme: dark) {
  :root { --page: #161b22; --ink: #e6edf3; --soft: #a9b4c0; --line: #7d8896; --fill: #212833; --accent: #79b8ff;
    --accent-fill: #1c3557; --other: #5b6b7d; --bad: #ff8f85; } }
text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink); }
.small { font-size: 12px; fill: var(--soft); } .title { font-weight: 600; }
.page { fill: var(--page); } .box { fill: var(--fill); stroke: var(--line); } .accent { fill: var(--accent-fill);
  stroke: var(--accent); } .group { fill: none; stroke: var(--line); stroke-dasharray: 5 4; }
.edge { fill: none; stroke: var(--soft); stroke-width: 1.5; } .head { fill: var(--soft); }
.bad { fill: none; stroke: var(--bad); stroke-width: 1.5; } .bar { fill: var(--other); } .ours { fill: var(--accent); }
""".strip()


@dataclass
class Picture:
    """A drawing.

    Attributes:
        width: Its width in pixels.
        height: Its height.
        title: What it shows, for screen readers.
    """

    width: int
    height: int
    title: str
    _parts: list[str] = field(default_factory=list)

    def box(self, x: int, y: int, width: int, height: int, *lines: str, kind: str = "box") -> None:
        """Draw a box with centred lines of text, the first of them bold."""
        self._parts.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>')
        top = y + height / 2 - 9 * (len(lines) - 1) + 5
        for number, line in enumerate(lines):
            self.text(x + width // 2, int(top + 18 * number), line, "small" if number else "title", anchor="middle")

    def group(self, x: int, y: int, width: int, height: int, name: str) -> None:
        """Draw a dashed frame with a name in its corner."""
        self._parts.append(f'<rect class="group" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>')
        self.text(x + 12, y + 22, name, "title")

    def text(self, x: int, y: int, content: str, kind: str = "", anchor: str = "start") -> None:
        """Write a line of text."""
        self._parts.append(f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(content)}</text>')

    def arrow(self, *points: tuple[int, int], label: str = "", at: tuple[int, int] | None = None) -> None:
        """Draw an arrow through points, with a label where `at` says."""
        path = " ".join(f"{'L' if number else 'M'}{x} {y}" for number, (x, y) in enumerate(points))
        self._parts.append(f'<path class="edge" d="{path}" marker-end="url(#head)"/>')
        if label and at is not None:
            self.text(*at, label, "small", anchor="middle")

    def bar(self, x: int, y: int, width: float, height: int, kind: str = "bar") -> None:
        """Draw a bar of a chart."""
        self._parts.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{width:.1f}" height="{height}" rx="2"/>')

    def svg(self) -> str:
        """Return the file's content."""
        head = (
            '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            '<path class="head" d="M0 0L8 4L0 8z"/></marker>'
        )
        size = f'viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}"'
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>',
            f"<title>{escape(self.title)}</title>",
            f"<style>{_STYLE}</style>",
            f"<defs>{head}</defs>",
            f'<rect class="page" width="{self.width}" height="{self.height}" rx="8"/>',
            *self._parts,
            "</svg>",
        ]
        return "\n".join(parts) + "\n"
