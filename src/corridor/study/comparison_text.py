"""Scenarios side by side as a table with bars, 80 columns wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.text import shortened, wrapped

if TYPE_CHECKING:
    from corridor.study.compare import Comparison


BAR = 20


def comparison_text(c: Comparison) -> str:
    """Return one line for each scenario: Mt in the last year, the change, a bar, P10 and P90 or unconstrained Mt."""
    target = "" if c.target_mt is None else f" · target {c.target_mt:g} Mt"
    forecast = c.rows[0].forecast
    lines = [f"{c.branch} branch in {c.year} by scenario, Mt a year{target}"]
    most = max(1e-9, *(r.last.throughput_mt for r in c.rows))
    last_columns = "   P10   P90" if forecast else "    unconstrained"
    lines.append(f"  {'':<24} {'branch':>6} {'change':>7}  {'':<{BAR}}{last_columns}")
    for r in c.rows:
        y = r.last
        bar = "█" * max(round(BAR * y.throughput_mt / most), 1 if y.throughput_mt > 0 else 0)
        f = r.forecast
        last_cells = f" {f.years[-1].p10_mt:5.2f} {f.years[-1].p90_mt:5.2f}" if f else f" {y.unconstrained_mt:16.2f}"
        change = "" if r is c.rows[0] else f"{r.difference_mt:+7.2f}"
        lines.append(f"  {shortened(r.name, 24):<24} {y.throughput_mt:6.2f} {change:>7}  {bar:<{BAR}}{last_cells}")
    if c.target_mt is not None:
        reached = [r.name for r in c.rows if c.reached(r)]
        lines += wrapped(f"reach {c.target_mt:g} Mt: {', '.join(reached) if reached else 'none'}", "  ")
    if forecast:
        lines += wrapped(f"P10, P90 of {forecast.draws:,} draws, seed {forecast.seed}, for all scenarios", "  ")
    return "\n".join(lines)
