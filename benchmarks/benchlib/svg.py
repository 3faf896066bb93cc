"""Small charts as SVG, which look like those of the HTML report, in light and in dark."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 640.0, 56.0, 20.0, 40.0, 44.0
_STYLE = """
svg { --page: #ffffff; --ink: #15181e; --dim: #545b67; --faint: #e2e5ea;
  --c0: #0068a8; --c1: #c04a00; --c2: #00795a; --c3: #a5417c; }
@media (prefers-color-scheme: dark) { svg { --page: #12151a; --ink: #e8ebf0; --dim: #a4acb9;
  --faint: #363d48; --c0: #56b4e9; --c1: #f0803c; --c2: #2fc394; --c3: #e09ac4; } }
.page { fill: var(--page); }
text { fill: var(--dim); font: 12px system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
.title { fill: var(--ink); font-size: 14px; font-weight: 600; }
.name { fill: var(--ink); }
.grid { stroke: var(--faint); }
.due { stroke: var(--dim); stroke-dasharray: 4 4; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.thin { fill: none; stroke-width: 1.3; stroke-dasharray: 5 3; }
.c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); }
.c3 { stroke: var(--c3); }
.f0 { fill: var(--c0); } .f1 { fill: var(--c1); } .f2 { fill: var(--c2); } .f3 { fill: var(--c3); }
.dot { fill-opacity: .75; }
"""


@dataclass(frozen=True)
class Axis:
    """Maps values to places.

    Attributes:
        low, high: the values at its ends.
        start, end: the places of its ends.
        ticks: the values of its marks.
        write: what a mark says.
    """

    low: float
    high: float
    start: float
    end: float
    ticks: Sequence[float]
    write: Callable[[float], str]

    def at(self, value: float) -> float:
        """Return the place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def across(low: float, high: float, ticks: Sequence[float], left: float = LEFT) -> Axis:
    """Return a horizontal axis of percentages."""
    return Axis(low, high, left, WIDTH - RIGHT, ticks, percent)


def percent(value: float) -> str:
    """Write a fraction in percent."""
    return f"{100 * value:.4g} %"


@dataclass
class Chart:
    """A chart that is drawn piece by piece.

    Attributes:
        title: what it shows.
        height: of the whole.
        parts: SVG elements so far.
    """

    title: str
    height: float
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> None:
        """Write words."""
        css = f' class="{kind}"' if kind else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{css}>{escape(words)}</text>'
        )

    def line(self, points: Sequence[tuple[float, float]], kind: str) -> None:
        """Draw a line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline class="{kind}" points="{path}"/>')

    def dot(self, x: float, y: float, colour: int, radius: float = 3.5) -> None:
        """Draw a dot."""
        self.parts.append(
            f'<circle class="dot f{colour}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>'
        )

    def bar(self, x: float, y: float, width: float, height: float, colour: int) -> None:
        """Draw a bar."""
        self.parts.append(
            f'<rect class="f{colour}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
            f' height="{height:.1f}" rx="2"/>'
        )

    def interval(self, axis: Axis, ends: tuple[float, float], y: float, colour: int) -> None:
        """Draw a horizontal interval with its ends."""
        low, high = (axis.at(end) for end in ends)
        self.line([(low, y), (high, y)], f"line c{colour}")
        for x in (low, high):
            self.line([(x, y - 4), (x, y + 4)], f"line c{colour}")

    def horizontal(self, axis: Axis, words: str = "") -> None:
        """Draw the grid and the marks of a horizontal axis."""
        bottom = self.height - BOTTOM
        for tick in axis.ticks:
            x = axis.at(tick)
            self.line([(x, TOP), (x, bottom)], "grid")
            self.text(x, bottom + 16, axis.write(tick), "middle")
        self.text((axis.start + axis.end) / 2, self.height - 8, words, "middle")

    def vertical(self, axis: Axis) -> None:
        """Draw the grid and the marks of a vertical axis."""
        for tick in axis.ticks:
            y = axis.at(tick)
            self.line([(LEFT, y), (WIDTH - RIGHT, y)], "grid")
            self.text(LEFT - 6, y + 4, axis.write(tick), "end")

    def legend(self, words: Sequence[str], x: float, y: float, *, step: float = 18) -> None:
        """Write names beside their colours, below each other."""
        for colour, word in enumerate(words):
            self.dot(x, y + step * colour - 4, colour, 4.5)
            self.text(x + 10, y + step * colour, word)

    def svg(self) -> str:
        """Return the whole as a document."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {self.height:g}"'
            f' role="img" aria-label="{escape(self.title)}">'
        )
        page = f'<rect class="page" width="{WIDTH:g}" height="{self.height:g}"/>'
        title = f'<text class="title" x="12" y="22">{escape(self.title)}</text>'
        return "\n".join([head, f"<style>{_STYLE}</style>", page, title, *self.parts, "</svg>", ""])
