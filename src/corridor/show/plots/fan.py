"""The fan chart of a branch: what the model gives by year, beside what was counted, claimed and aimed at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from corridor.show.plots.figure_style import BLUE, GREY, ORANGE, SKY, VERMILLION, FigureStyle, matplotlib, source_line

if TYPE_CHECKING:
    from corridor.study.throughput import Throughput

# Counts are filled, what is derived from them is open; claims and targets are no observations and look like none.
KINDS: dict[str, dict[str, Any]] = {
    "counted": {"marker": "o", "label": "counted"},
    "derived": {"marker": "o", "label": "derived from counts", "markerfacecolor": "white"},
    "claim": {"marker": "x", "label": "claimed", "color": ORANGE, "markeredgewidth": 1.8},
    "target": {"marker": "*", "label": "aimed at", "color": VERMILLION},
}
FIRST_YEAR = 2019
ABOUT_A_YEAR = 330  # days: what was counted over less is no volume of a year


def draw_throughput(t: Throughput, style: FigureStyle) -> Any:
    """Draw the years of a branch: above all of it with the targets, below the part in which it lies; return the axes.

    Given axes of the caller's get the one part with the targets.
    """
    axes = style.axes
    _series(t, style)
    _observed(t, style)
    alone = len(axes.figure.axes) == 1 and axes.get_subplotspec() is not None
    low, high = _limits(t)
    if alone and high > 2.5 * low:
        grid = axes.get_subplotspec().subgridspec(2, 1, height_ratios=(1, 1.7))
        axes.set_subplotspec(grid[0])
        below = FigureStyle(axes.figure.add_subplot(grid[1], sharex=axes), style.points)
        _series(t, below)
        _observed(t, below)
        _finish(t, below, low)
        axes.tick_params(labelbottom=False)
        _finish(t, style, high)
        axes.set_xlabel("")
        source_line(below, *_rests_on(t))
        below.axes.legend(fontsize=0.85 * style.points, loc="upper left", ncols=2, framealpha=0.9)
    else:
        _finish(t, style, high)
        axes.legend(fontsize=0.85 * style.points, loc="upper left", framealpha=0.9)
        source_line(style, *_rests_on(t))
    axes.set_title(t.branch_name[:1].upper() + t.branch_name[1:], fontsize=style.points, wrap=True)
    return axes


def _rests_on(t: Throughput) -> list[object]:
    f = t.forecast
    drawn = "" if f is None else f"{f.draws:,} draws, seed {f.seed}{', calibrated' if f.calibrated else ''}"
    return [t.network, t.data_version, *t.scenarios, drawn]


def _series(t: Throughput, style: FigureStyle) -> None:
    axes, line = style.axes, style.line
    years = [y.year for y in t.years]
    if t.forecast is not None:
        likely = t.forecast.years
        low, high = [y.p10_mt for y in likely], [y.p90_mt for y in likely]
        axes.fill_between(years, low, high, color=SKY, alpha=0.45, linewidth=0, label="P10 to P90 of the draws")
        middle = [y.p50_mt for y in likely]
        axes.plot(years, middle, color=BLUE, linestyle="--", linewidth=1.2 * line, label="P50 of the draws")
    mark = "o" if len(years) == 1 else None
    central = [y.throughput_mt for y in t.years]
    axes.plot(years, central, color=BLUE, linewidth=2.2 * line, marker=mark, label="model, central case")
    unlimited = [y.unconstrained_mt for y in t.years]
    axes.plot(
        years, unlimited, color=GREY, linestyle=":", linewidth=1.2 * line, label="model, if nothing were ever full"
    )
    if t.target_mt is not None:
        axes.axhline(t.target_mt, color=VERMILLION, linestyle=(0, (4, 3)), linewidth=line)
        axes.annotate(
            f"asked: {t.target_mt:g} Mt",
            (FIRST_YEAR, t.target_mt),
            xytext=(2, -2),
            textcoords="offset points",
            va="top",
            fontsize=0.85 * style.points,
            color=VERMILLION,
            annotation_clip=True,
        )


def observations(t: Throughput) -> list[tuple[int, str, Mapping[str, str]]]:
    """Return year, Mt and row of what was said of the branch's own cargo over a year."""
    found = []
    for row in t.observed:
        start, end = dt.date.fromisoformat(row["start"]), dt.date.fromisoformat(row["end"])
        whole = (end - start).days > ABOUT_A_YEAR
        if row["scope"] == "branch" and row["direction"] == "both" and row["screenline"] == t.screenlines[0] and whole:
            found.append((start.year, row["value_mt"], row))
    return found


def _observed(t: Throughput, style: FigureStyle) -> None:
    said = set()
    for year, mt, row in observations(t):
        marks = {"color": "#222222", **KINDS[row["kind"]]}
        marks["label"] = marks["label"] if row["kind"] not in said else None
        said.add(row["kind"])
        if row["low_mt"] and row["high_mt"]:
            ends = [float(row["low_mt"]), float(row["high_mt"])]
            style.axes.plot([year, year], ends, color=marks["color"], linewidth=style.line, zorder=5)
        size = (0.95 if row["kind"] == "target" else 0.6) * style.points
        style.axes.plot([year], [float(mt)], linestyle="", markersize=size, zorder=6, clip_on=True, **marks)


def _limits(t: Throughput) -> tuple[float, float]:
    """Return the top of what the model and the counts give, and of all that is drawn, in Mt."""
    model = [y.unconstrained_mt for y in t.years] + [y.throughput_mt for y in t.years]
    model += [y.p90_mt for y in t.forecast.years] if t.forecast is not None else []
    rows = observations(t)
    counted = [float(r["high_mt"] or mt) for _, mt, r in rows if r["kind"] in ("counted", "derived", "claim")]
    low = max([*model, *counted, 1e-9])
    aims = [float(mt) for _, mt, r in rows if r["kind"] == "target"]
    return 1.12 * low, 1.12 * max([low, *aims, t.target_mt or 0.0])


def _finish(t: Throughput, style: FigureStyle, top: float) -> None:
    axes = style.axes
    axes.set_ylim(0, top)
    first = min([FIRST_YEAR, *(y for y, _, _ in observations(t))])
    axes.set_xlim(first - 0.5, max(t.years[-1].year, 2030) + 0.5)
    axes.set_ylabel("Mt a year", fontsize=style.points)
    axes.tick_params(labelsize=0.95 * style.points)
    axes.xaxis.set_major_locator(matplotlib().ticker.MaxNLocator(integer=True, nbins=14))  # whole years
    axes.grid(axis="y", color="#E3E3E3", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
