"""Names on a map that do not lie on each other."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from corridor.show.plots.figure_style import GREY, FigureStyle, as_written

DIRECTIONS = ((1, 0.5), (-1, 0.5), (1, -0.7), (-1, -0.7), (0, 1), (0, -1.2), (1, 1.4), (-1, 1.4), (1, -1.8), (-1, -1.8))
LINE = 30  # letters; longer names are broken
NEAR, REACHES = 0.7, (1.0, 2.2, 3.6, 5.4, 8.0)  # of the text's size: from the place, and farther where there is no room


@dataclass(frozen=True)
class Label:
    """A name at a place in degrees; `must` be shown, with a line to its place if need be."""

    lon: float
    lat: float
    text: str
    must: bool = False


Box = tuple[float, float, float, float]  # left, bottom, right, top in pixels


def write_labels(style: FigureStyle, labels: Sequence[Label]) -> int:
    """Write names, those that must be shown first, and leave out what has no room; return how many are shown.

    The same names at the same places always come out alike: every place around is tried
    in turn.
    """
    axes, figure = style.axes, style.axes.figure
    as_written(figure)
    figure.draw_without_rendering()  # where the axes lie is known only now
    pixels = figure.dpi / 72
    frame = axes.get_window_extent()
    inside = [x for x in labels if _within(axes.transData.transform((x.lon, x.lat)), frame)]
    taken = [_around(axes.transData.transform((x.lon, x.lat)), 0.35 * style.points * pixels) for x in inside]
    legend = axes.get_legend()
    if legend is not None:
        taken.append(_bounds(legend.get_window_extent()))
    shown = 0
    size = 0.9 * style.points
    broken = [replace(x, text=textwrap.fill(x.text, LINE)) for x in inside]
    for label in sorted(broken, key=lambda x: not x.must):
        where = axes.transData.transform((label.lon, label.lat))
        found = _room(where, _extent(style, label.text, size), size * pixels, taken, _bounds(frame), label.must)
        if found is not None:
            taken.append(found)
            shown += 1
            _write(style, label, found, where, size)
    return shown


def _room(
    where: Any, extent: tuple[float, float], size: float, taken: Sequence[Box], frame: Box, must: bool
) -> Box | None:
    """Return the nearest free box for a name; for one that must be shown the least covered."""
    width, height = extent
    best: tuple[float, Box] | None = None
    for reach in REACHES if must else REACHES[:2]:
        for across, up in DIRECTIONS:
            x = where[0] + across * reach * NEAR * size - (width if across < 0 else width / 2 if across == 0 else 0)
            y = where[1] + up * reach * NEAR * size - height / 2
            box = (x, y, x + width, y + height)
            outside = width * height - _overlap(box, frame)
            covered = sum(_overlap(box, t) for t in taken) + 5 * outside
            if covered < 1e-6:
                return box
            if must and (best is None or covered < best[0]):
                best = (covered, box)
    return None if best is None else best[1]


def _write(style: FigureStyle, label: Label, box: Box, where: Any, size: float) -> None:
    axes = style.axes
    pixels = axes.figure.dpi / 72
    offset = ((box[0] - where[0]) / pixels, ((box[1] + box[3]) / 2 - where[1]) / pixels)
    middle = ((box[0] + box[2]) / 2 - where[0], (box[1] + box[3]) / 2 - where[1])
    far = math.hypot(max(abs(middle[0]) - (box[2] - box[0]) / 2, 0), max(abs(middle[1]) - (box[3] - box[1]) / 2, 0))
    arrow = {"arrowstyle": "-", "color": GREY, "linewidth": 0.6 * style.line, "shrinkA": 0, "shrinkB": 1}
    axes.annotate(
        label.text,
        (label.lon, label.lat),
        xytext=offset,
        textcoords="offset points",
        ha="left",
        va="center",
        fontsize=size,
        parse_math=False,
        zorder=8 if label.must else 7,
        arrowprops=arrow if far > 1.3 * size * pixels else None,
        bbox={
            "boxstyle": "square,pad=0.15" if label.must else "square,pad=0.08",
            "facecolor": "white",
            "edgecolor": GREY if label.must else "none",
            "linewidth": 0.5 * style.line,
            "alpha": 0.9 if label.must else 0.75,
        },
    )


def _extent(style: FigureStyle, text: str, size: float) -> tuple[float, float]:
    """Return width and height of a text in pixels, with a little air."""
    made = style.axes.text(0, 0, text, fontsize=size, parse_math=False)
    box = made.get_window_extent()
    made.remove()
    air = 0.25 * size * style.axes.figure.dpi / 72
    return box.width + air, box.height + air


def _around(point: Any, half: float) -> Box:
    return point[0] - half, point[1] - half, point[0] + half, point[1] + half


def _bounds(box: Any) -> Box:
    return box.x0, box.y0, box.x1, box.y1


def _within(point: Any, frame: Any) -> bool:
    return bool(frame.x0 <= point[0] <= frame.x1 and frame.y0 <= point[1] <= frame.y1)


def _overlap(a: Box, b: Box) -> float:
    across, up = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return across * up if across > 0 and up > 0 else 0.0
