"""The fan chart of a branch: modelled volumes by year, with observed, derived, stated and target volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corridor.show.plots.figure_style import BLUE, GREY, ORANGE, SKY, VERMILLION, FigureStyle, matplotlib, source_line

if TYPE_CHECKING:
    from corridor.io.counts import Count
    from corridor.study.throughput import Throughput

# Counts are filled, derived values are open; stated values and targets have other markers: they are no observations.
KINDS: dict[str, dict[str, Any]] = {
    "counted": {"marker": "o", "label": "observed"},
    "derived": {"marker": "o", "label": "derived from counts", "markerfacecolor": "white"},
    "claim": {"marker": "x", "label": "stated", "color": ORANGE, "markeredgewidth": 1.8},
    "target": {"marker": "*", "label": "published target", "color": VERMILLION},
}
YEARS_BEFORE = 5  # shown before the base year, or more where an observation is older


def draw_throughput(t: Throughput, style: FigureStyle) -> Any:
    """Draw the years of a branch in two parts, above with the targets, below the range of the volumes; return the axes.

    Axes of the caller get only the part with the targets.
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
        source_line(below, *_sources(t))
        below.axes.legend(fontsize=0.85 * style.points, loc="upper left", ncols=2, framealpha=0.9)
    else:
        _finish(t, style, high)
        axes.legend(fontsize=0.85 * style.points, loc="upper left", framealpha=0.9)
        source_line(style, *_sources(t))
    axes.set_title(t.branch_name[:1].upper() + t.branch_name[1:], fontsize=style.points, wrap=True)
    return axes


def _sources(t: Throughput) -> list[object]:
    f = t.forecast
    draws = "" if f is None else f"{f.draws:,} draws, seed {f.seed}{', calibrated' if f.calibrated else ''}"
    return [t.network, t.data_version, *t.scenarios, draws]


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
    unconstrained = [y.unconstrained_mt for y in t.years]
    axes.plot(years, unconstrained, color=GREY, linestyle=":", linewidth=1.2 * line, label="model, unconstrained")
    if t.target_mt is not None:
        axes.axhline(t.target_mt, color=VERMILLION, linestyle=(0, (4, 3)), linewidth=line)
        axes.annotate(
            f"target: {t.target_mt:g} Mt",
            (first_year(t), t.target_mt),
            xytext=(2, -2),
            textcoords="offset points",
            va="top",
            fontsize=0.85 * style.points,
            color=VERMILLION,
            annotation_clip=True,
        )


def observations(t: Throughput) -> list[Count]:
    """Return the recorded annual volumes of the branch's own cargo where the branch is measured."""
    own = [c for c in t.observed if c.branch == t.branch and c.at == t.screenlines[:1]]
    return [c for c in own if c.direction == "both" and c.is_yearly]


def _observed(t: Throughput, style: FigureStyle) -> None:
    labelled = set()
    for count in observations(t):
        year, (low, high) = count.start.year, count.range_mt
        marks = {"color": "#222222", **KINDS[count.kind]}
        marks["label"] = marks["label"] if count.kind not in labelled else None
        labelled.add(count.kind)
        if low is not None and high is not None:
            style.axes.plot([year, year], [low, high], color=marks["color"], linewidth=style.line, zorder=5)
        size = (0.95 if count.kind == "target" else 0.6) * style.points
        mt = count.observed_mt
        style.axes.plot([year], [mt], linestyle="", markersize=size, zorder=6, clip_on=True, **marks)


def _limits(t: Throughput) -> tuple[float, float]:
    """Return the upper limits of the axes in Mt: for the model and the observations, and for all plotted values."""
    model = [y.unconstrained_mt for y in t.years] + [y.throughput_mt for y in t.years]
    model += [y.p90_mt for y in t.forecast.years] if t.forecast is not None else []
    counts = observations(t)
    observed = [c.range_mt[1] or c.observed_mt for c in counts if c.kind != "target"]
    low = max([*model, *observed, 1e-9])
    targets = [c.observed_mt for c in counts if c.kind == "target"]
    return 1.12 * low, 1.12 * max([low, *targets, t.target_mt or 0.0])


def first_year(t: Throughput) -> float:
    """Return where the axis of years begins."""
    return min([t.years[0].year - YEARS_BEFORE, *(c.start.year for c in observations(t))])


def _finish(t: Throughput, style: FigureStyle, top: float) -> None:
    axes = style.axes
    axes.set_ylim(0, top)
    axes.set_xlim(first_year(t) - 0.5, t.years[-1].year + 0.5)
    axes.set_ylabel("Mt a year", fontsize=style.points)
    axes.tick_params(labelsize=0.95 * style.points)
    axes.xaxis.set_major_locator(matplotlib().ticker.MaxNLocator(integer=True, nbins=14))  # whole years
    axes.grid(axis="y", color="#E3E3E3", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
