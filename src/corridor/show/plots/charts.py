"""Charts: plan, criticality and comparison as bars, with units and sources."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from corridor.show.plots.figure_style import BLUE, FAINT, GREY, ORANGE, SKY, VERMILLION, FigureStyle, source_line
from corridor.text import shortened

if TYPE_CHECKING:
    from corridor.study.compare import Comparison
    from corridor.study.criticality import Criticality
    from corridor.study.plan import Plan

ROWS = 14
NAME = 46
BROKEN = 36  # characters per line of a longer name


def draw_plan(plan: Plan, style: FigureStyle) -> Any:
    """Draw the expected volume after each project, and the system optimum; return the axes."""
    axes = style.axes
    names = ["baseline", *(textwrap.fill(f"{i}  {s.name}", BROKEN) for i, s in enumerate(plan.steps, start=1))]
    mt = [plan.expected_before_mt, *(s.throughput_after_mt for s in plan.steps)]
    _bars(style, names, mt, BLUE)
    label = f"system optimum (technical maximum): {plan.technical_mt:.1f} Mt"
    axes.axvline(plan.technical_mt, color=ORANGE, linewidth=1.4 * style.line, label=label)
    most = max(plan.technical_mt, *mt)
    if plan.target_mt is not None:
        target, beyond = plan.target_mt, "" if plan.target_mt < 1.5 * most else " (beyond the chart)"
        line = {"color": VERMILLION, "linestyle": "--", "linewidth": 1.4 * style.line}
        axes.axvline(target, label=f"target: {target:g} Mt{beyond}", **line)
        most = max(most, target) if not beyond else most
    axes.set_xlim(0, 1.1 * most)
    for i, step in enumerate(plan.steps, start=1):
        if step.next_bottleneck is not None:
            text = f"next bottleneck: {shortened(step.next_bottleneck, NAME)}"
            _annotate(style, mt[i], i, f"{mt[i]:.2f}   {text}")
        else:
            _annotate(style, mt[i], i, f"{mt[i]:.2f}")
    _annotate(style, mt[0], 0, f"{mt[0]:.2f}")
    axes.legend(fontsize=0.9 * style.points, loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False)
    axes.set_xlabel(f"expected on the {plan.branch} branch in {plan.year}, Mt a year", fontsize=style.points)
    source_line(style, plan.network, plan.data_version, *plan.scenarios)
    return axes


def draw_criticality(c: Criticality, style: FigureStyle) -> Any:
    """Draw the worst failures by the loss of the branch, one bar for equal losses; return the axes."""
    found: dict[tuple[float, float, float], list[str]] = {}
    for f in c.rows:
        found.setdefault((f.lost_mt, f.extra_usd, f.extra_days), []).append(f.name)
    groups = list(found.items())[:ROWS]
    names = [shortened(n[0], NAME) + (f" (+{len(n) - 1})" if len(n) > 1 else "") for _, n in groups]
    _bars(style, names, [k[0] for k, _ in groups], VERMILLION)
    for i, (key, _) in enumerate(groups):
        _annotate(style, max(0.0, key[0]), i, f"{key[0]:.2f}   {key[1] / 1e6:,.0f} M USD more".replace(",", " "))
    style.axes.axvline(c.throughput_mt, color=FAINT, linewidth=1.2 * style.line, zorder=0)
    text = f"lost by the {c.branch} branch in {c.year} (of {c.throughput_mt:.2f}), Mt a year"
    style.axes.set_xlim(0, 1.6 * max([k[0] for k, _ in groups] or [1.0]))
    style.axes.set_xlabel(text, fontsize=style.points)
    style.axes.set_title(f"Critical elements of the {c.branch} branch", fontsize=1.1 * style.points)
    source_line(style, c.network, c.data_version, *c.scenarios)
    return style.axes


def draw_comparison(c: Comparison, style: FigureStyle) -> Any:
    """Draw the volume of the branch by scenario, with P10 to P90 of the draws if there are any; return the axes."""
    names = [shortened(r.name, NAME) for r in c.rows]
    mt = [r.last.throughput_mt for r in c.rows]
    _bars(style, names, mt, SKY)
    for i, row in enumerate(c.rows):
        f = row.forecast
        if f is not None:
            last = f.years[-1]
            style.axes.plot([last.p10_mt, last.p90_mt], [i, i], color="#222222", linewidth=1.6 * style.line)
            style.axes.plot([last.p50_mt], [i], "o", color="#222222", markersize=0.4 * style.points)
        end = mt[i] if f is None else max(mt[i], f.years[-1].p90_mt)
        _annotate(style, end, i, f"{mt[i]:.2f}" + (f"  ({row.difference_mt:+.2f})" if i else ""))
    if mt:
        style.axes.axvline(mt[0], color=GREY, linestyle=":", linewidth=style.line)
    style.axes.set_xlabel(f"{c.branch} branch in {c.year}, Mt a year", fontsize=style.points)
    forecast = c.rows[0].forecast if c.rows else None
    legend = f"line: P10 to P90 of {forecast.draws:,} draws, dot: P50" if forecast else ""
    source_line(style, c.network, c.data_version, legend)
    return style.axes


def _bars(style: FigureStyle, names: list[str], values: list[float], colour: str) -> None:
    """Draw horizontal bars from the top down; a long list makes the figure taller."""
    axes = style.axes
    inches = len(names) * 2.1 * style.points / 72 + 1.1
    width, height = axes.figure.get_size_inches()
    if len(axes.figure.axes) == 1 and height < 20:
        axes.figure.set_size_inches(width, max(inches, 0.35 * width))
    axes.barh(range(len(names)), values, color=colour, height=0.66)
    axes.set_yticks(range(len(names)), names, fontsize=0.95 * style.points)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.32 * max([*values, 1e-9]))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _annotate(style: FigureStyle, x: float, row: int, text: str) -> None:
    style.axes.annotate(
        text, (x, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=0.85 * style.points
    )
