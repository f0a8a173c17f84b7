"""A line chart on logarithmic axes as SVG text, which a browser draws without any script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

# Okabe and Ito's colours, which the colour-blind can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")

_WIDTH, _HEIGHT = 316, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 12, 26, 34

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class _Scale:
    """Maps values to places: by logarithms, unless the values have names."""

    low: float
    high: float
    start: float
    end: float
    names: Mapping[float, str] | None = None

    def place(self, value: float) -> float:
        at = math.log10(value) if self.names is None else value
        return self.start + (at - self.low) / (self.high - self.low) * (self.end - self.start)

    def name(self, value: float) -> str:
        return f"{value:.4g}" if self.names is None else self.names[value]

    def ticks(self) -> list[float]:
        """Give the powers of ten within, or the ends where there are fewer than two."""
        if self.names is not None:
            return list(self.names)
        powers = [10.0**power for power in range(math.ceil(self.low), math.floor(self.high) + 1)]
        powers = powers[:: -(-len(powers) // 5) or 1]
        return powers if len(powers) > 1 else [10**self.low, 10**self.high]


def chart(
    title: str,
    lines: Mapping[str, Points],
    x_label: str,
    unit: str,
    x_names: Mapping[float, str] | None = None,
) -> str:
    """Draw lines.

    Parameters
    ----------
    title : str
        Above the chart.
    lines : mapping of str to points
        Each line's name, and its points of positive numbers in the order of x.
    x_label, unit : str
        Of the axes.
    x_names : mapping of float to str, optional
        Names of all values of x, which are spaced evenly then.

    Returns
    -------
    str
        An ``svg`` element.
    """
    everything = [point for points in lines.values() for point in points]
    if x_names is None:
        x = _scale([point[0] for point in everything], _LEFT, _WIDTH - _RIGHT)
    else:
        x = _Scale(min(x_names) - 0.5, max(x_names) + 0.5, _LEFT, _WIDTH - _RIGHT, x_names)
    y = _scale([point[1] for point in everything], _HEIGHT - _BOTTOM, _TOP)
    parts = [f'<text class="title" x="{_LEFT}" y="14">{escape(title)}</text>', *_axes(x, y, x_label)]
    for (name, points), colour in zip(
        lines.items(), COLOURS * (1 + len(lines) // len(COLOURS)), strict=False
    ):
        places = " ".join(f"{x.place(at):.1f},{y.place(value):.1f}" for at, value in points)
        parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x.place(at):.1f}" cy="{y.place(value):.1f}" r="3" fill="{colour}">'
            f"<title>{escape(name)}: {quantity(value, unit)} at {x.name(at)}</title></circle>"
            for at, value in points
        ]
    labels = [
        f'<text x="{_LEFT - 4}" y="{y.place(tick) + 3:.1f}" text-anchor="end">{quantity(tick, unit)}</text>'
        for tick in y.ticks()
    ]
    inside = "".join(parts + labels)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img">{inside}</svg>'
    )


def legend(lines: Mapping[str, str]) -> str:
    """Name the lines of a chart in their colours.

    Parameters
    ----------
    lines : mapping of str to str
        By a line's name, in the chart's order, what to say of it.

    Returns
    -------
    str
        Text with marks.
    """
    colours = COLOURS * (1 + len(lines) // len(COLOURS))
    return "; ".join(
        f'<span style="color:{colour}"><b>{escape(name)}</b> {escape(text)}</span>'
        for (name, text), colour in zip(lines.items(), colours, strict=False)
    )


def quantity(value: float, unit: str) -> str:
    """Write a value with its unit, seconds and bytes in a fitting multiple."""
    steps = {
        "seconds": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")),
        "bytes": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
    }.get(unit, ((1.0, unit),))
    size, name = next((step for step in steps if value >= step[0]), steps[-1])
    return f"{value / size:.3g} {name}".strip()


def _scale(values: Sequence[float], start: float, end: float) -> _Scale:
    low, high = math.log10(min(values)), math.log10(max(values))
    # A tenth of a power of ten is the least that is shown: noise does not fill the chart.
    room = max(0.05 * (high - low), 0.05)
    return _Scale(low - room, high + room, start, end)


def _axes(x: _Scale, y: _Scale, x_label: str) -> list[str]:
    grid = [
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y.place(tick):.1f}" '
        f'y2="{y.place(tick):.1f}"/>'
        for tick in y.ticks()
    ]
    below = f'y="{_HEIGHT - _BOTTOM + 14}" text-anchor="middle"'
    marks = [f'<text x="{x.place(tick):.1f}" {below}>{x.name(tick)}</text>' for tick in x.ticks()]
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    return [
        *grid,
        *marks,
        f'<text x="{middle}" y="{_HEIGHT - 4}" text-anchor="middle">{escape(x_label)}</text>',
    ]
