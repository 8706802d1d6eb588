"""Labels on a map without overlap."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from corridor.show.plots.figure_style import GREY, FigureStyle, as_written

DIRECTIONS = ((1, 0.5), (-1, 0.5), (1, -0.7), (-1, -0.7), (0, 1), (0, -1.2), (1, 1.4), (-1, 1.4), (1, -1.8), (-1, -1.8))
LINE = 30  # characters; longer names are wrapped
NEAR, REACHES = 0.7, (1.0, 2.2, 3.6, 5.4, 8.0)  # of the text size: distance from the place, larger where space is taken


@dataclass(frozen=True)
class Label:
    """A name at a place in degrees; with `must` it is always shown, with a line to its place where needed."""

    lon: float
    lat: float
    text: str
    must: bool = False


Box = tuple[float, float, float, float]  # left, bottom, right, top in pixels


def write_labels(style: FigureStyle, labels: Sequence[Label]) -> int:
    """Write labels, mandatory ones first, and omit those without space; return how many are shown.

    The result is deterministic: the positions around a place are tried in a fixed order.
    """
    axes, figure = style.axes, style.axes.figure
    as_written(figure)
    figure.draw_without_rendering()  # sets the position of the axes
    pixels = figure.dpi / 72
    frame = axes.get_window_extent()
    inside = [x for x in labels if _within(axes.transData.transform((x.lon, x.lat)), frame)]
    taken = [_around(axes.transData.transform((x.lon, x.lat)), 0.35 * style.points * pixels) for x in inside]
    legend = axes.get_legend()
    if legend is not None:
        taken.append(_bounds(legend.get_window_extent()))
    shown = 0
    size = 0.9 * style.points
    wrapped = [replace(x, text=textwrap.fill(x.text, LINE)) for x in inside]
    for label in sorted(wrapped, key=lambda x: not x.must):
        point = axes.transData.transform((label.lon, label.lat))
        found = _free_box(point, _extent(style, label.text, size), size * pixels, taken, _bounds(frame), label.must)
        if found is not None:
            taken.append(found)
            shown += 1
            _write(style, label, found, point, size)
    return shown


def _free_box(
    point: Any, extent: tuple[float, float], size: float, taken: Sequence[Box], frame: Box, must: bool
) -> Box | None:
    """Return the nearest free box for a name; for a mandatory one the box with the least overlap."""
    width, height = extent
    best: tuple[float, Box] | None = None
    for reach in REACHES if must else REACHES[:2]:
        for across, up in DIRECTIONS:
            x = point[0] + across * reach * NEAR * size - (width if across < 0 else width / 2 if across == 0 else 0)
            y = point[1] + up * reach * NEAR * size - height / 2
            box = (x, y, x + width, y + height)
            outside = width * height - _overlap(box, frame)
            covered = sum(_overlap(box, t) for t in taken) + 5 * outside
            if covered < 1e-6:
                return box
            if must and (best is None or covered < best[0]):
                best = (covered, box)
    return None if best is None else best[1]


def _write(style: FigureStyle, label: Label, box: Box, point: Any, size: float) -> None:
    axes = style.axes
    pixels = axes.figure.dpi / 72
    offset = ((box[0] - point[0]) / pixels, ((box[1] + box[3]) / 2 - point[1]) / pixels)
    middle = ((box[0] + box[2]) / 2 - point[0], (box[1] + box[3]) / 2 - point[1])
    gap = math.hypot(max(abs(middle[0]) - (box[2] - box[0]) / 2, 0), max(abs(middle[1]) - (box[3] - box[1]) / 2, 0))
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
        arrowprops=arrow if gap > 1.3 * size * pixels else None,
        bbox={
            "boxstyle": "square,pad=0.15" if label.must else "square,pad=0.08",
            "facecolor": "white",
            "edgecolor": GREY if label.must else "none",
            "linewidth": 0.5 * style.line,
            "alpha": 0.9 if label.must else 0.75,
        },
    )


def _extent(style: FigureStyle, text: str, size: float) -> tuple[float, float]:
    """Return width and height of a text in pixels, with a margin."""
    text_artist = style.axes.text(0, 0, text, fontsize=size, parse_math=False)
    box = text_artist.get_window_extent()
    text_artist.remove()
    margin = 0.25 * size * style.axes.figure.dpi / 72
    return box.width + margin, box.height + margin


def _around(point: Any, half: float) -> Box:
    return point[0] - half, point[1] - half, point[0] + half, point[1] + half


def _bounds(box: Any) -> Box:
    return box.x0, box.y0, box.x1, box.y1


def _within(point: Any, frame: Any) -> bool:
    return bool(frame.x0 <= point[0] <= frame.x1 and frame.y0 <= point[1] <= frame.y1)


def _overlap(a: Box, b: Box) -> float:
    across, up = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return across * up if across > 0 and up > 0 else 0.0
