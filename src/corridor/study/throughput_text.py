"""The throughput of a branch as text, 80 columns wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.study.forecast_text import forecast_lines
from corridor.study.outside_view_text import outside_view_lines
from corridor.text import shortened, wrapped

if TYPE_CHECKING:
    from corridor.study.throughput import Throughput
    from corridor.study.year_summary import Year


ROWS = 6
KINDS = {"counted": "observed", "derived": "derived", "claim": "stated", "target": "target"}  # of published volumes


def throughput_text(t: Throughput) -> str:
    """Return the years, the binding constraints of the last one, and observed and stated volumes."""
    last = t.years[-1]
    heading = [t.branch_name, f"{t.years[0].year}–{last.year}", f"{t.demand} demand"]
    heading += [f"scenario {', '.join(t.scenarios)}"] if t.scenarios else []
    lines = wrapped(" · ".join(heading), "")
    lines += wrapped(t.summary, "  ")
    also = "".join(f" {shortened(name.split('–')[0].replace('railway ', ''), 9):>9}" for name in t.screenline_names[1:])
    lines.append("  Mt a year")
    lines.append(f"  year  branch  south  north{also} all traffic capacity demand unconstrained")
    lines += [_row(y) for y in t.years]
    events = f"; recorded events applied: {', '.join(t.history)}" if t.history else ""
    lines += wrapped(f"branch volume at {t.screenline_names[0]}, both directions{events}", "  ")
    lines += wrapped(
        f"in {last.year} by other rules: all on the cheapest route {last.cheapest_mt:.2f}, least total cost within "
        f"the limits {_mt(last.capacitated_mt)}",
        "  ",
    )
    if last.throughput_by_cargo_mt:
        parts = [f"{c} {x:.2f}" for c, x in list(last.throughput_by_cargo_mt.items())[:ROWS]]
        lines += wrapped(f"cargo in {last.year}: {', '.join(parts)}", "  ")
    if last.apart_mt:
        parts = [f"{c} {x:.2f}" for c, x in list(last.apart_mt.items())[:ROWS] if x >= 0.005]
        lines += wrapped(f"not branch cargo, by origin: {', '.join(parts)}", "  ")
    if last.bottlenecks:
        lines.append(f"  binding constraints in {last.year}" + " " * 15 + "shadow price USD/t  part of the year")
        lines += [
            f"    {shortened(b.name, 48):<48} {b.price_usd_t:9.0f}  {100 * b.share:14.0f} %"
            for b in last.bottlenecks[:ROWS]
        ]
    if t.forecast is not None:
        lines += forecast_lines(t.forecast)
    lines += _observed(t)
    if t.outside_view is not None:
        lines += outside_view_lines(t.outside_view, t.forecast)
    return "\n".join(lines)


def _row(y: Year) -> str:
    also = "".join(f" {x:9.2f}" for x in y.also_mt.values())
    return (
        f"  {y.year}  {y.throughput_mt:6.2f} {y.southbound_mt:6.2f} {y.northbound_mt:6.2f}{also} "
        f"{y.all_traffic_mt:11.2f} {_mt(y.capacity_mt):>8} {y.demand_mt:6.2f} {y.unconstrained_mt:13.2f}"
    )


def _mt(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _observed(t: Throughput) -> list[str]:
    """Return observed, derived, stated and target volumes of whole years, one line for each kind."""
    lines = []
    whole = [c for c in t.observed if c.direction == "both" and c.branch in ("", t.branch) and c.is_yearly]
    for kind, title in KINDS.items():
        counts = [c for c in whole if c.kind == kind]
        if counts:
            parts = [f"{c.start.year} {c.at[0]} {c.mt:g}" for c in counts]
            lines += wrapped(f"{title} (not by the model): {', '.join(parts)}", "  ")
    return lines
