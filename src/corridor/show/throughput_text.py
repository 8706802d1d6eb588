"""The throughput of a branch as text, 80 columns wide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from corridor.show.forecast_text import forecast_lines
from corridor.study.throughput import Throughput
from corridor.study.year_summary import Year
from corridor.text import shortened, wrapped

ROWS = 6
MOST_OF_A_YEAR = 330  # days


def throughput_text(t: Throughput) -> str:
    """Return the years, what binds in the last one, and what was counted and claimed beside."""
    last = t.years[-1]
    asked = [t.branch_name, f"{t.years[0].year}–{last.year}", f"{t.demand} demand"]
    asked += [f"scenario {', '.join(t.scenarios)}"] if t.scenarios else []
    lines = wrapped(" · ".join(asked), "")
    lines += wrapped(t.summary, "  ")
    also = "".join(f" {shortened(name.split('–')[0].replace('railway ', ''), 9):>9}" for name in t.screenline_names[1:])
    lines.append("  Mt a year")
    lines.append(f"  year  branch  south  north{also}  all traffic  capacity  demand  unlimited")
    lines += [_row(y) for y in t.years]
    happened = f"; what happened is applied: {', '.join(t.history)}" if t.history else ""
    lines += wrapped(f"branch is counted at {t.screenline_names[0]}, both ways{happened}", "  ")
    lines += wrapped(
        f"in {last.year} by other rules: all on the cheapest way {last.cheapest_mt:.2f}, least total cost within "
        f"the limits {_mt(last.capacitated_mt)}",
        "  ",
    )
    if last.throughput_by_cargo_mt:
        parts = [f"{c} {x:.2f}" for c, x in list(last.throughput_by_cargo_mt.items())[:ROWS]]
        lines += wrapped(f"cargo in {last.year}: {', '.join(parts)}", "  ")
    if last.apart_mt:
        parts = [f"{c} {x:.2f}" for c, x in list(last.apart_mt.items())[:ROWS] if x >= 0.005]
        lines += wrapped(f"beside the branch's cargo, by origin: {', '.join(parts)}", "  ")
    if last.bottlenecks:
        lines.append(f"  full in {last.year}" + " " * 42 + "USD/t  part of the year")
        lines += [
            f"    {shortened(b.name, 48):<48} {b.price_usd_t:9.0f}  {100 * b.share:5.0f} %"
            for b in last.bottlenecks[:ROWS]
        ]
    if t.forecast is not None:
        lines += forecast_lines(t.forecast)
    lines += _observed(t)
    return "\n".join(lines)


def _row(y: Year) -> str:
    also = "".join(f" {x:9.2f}" for x in y.also_mt.values())
    return (
        f"  {y.year}  {y.throughput_mt:6.2f} {y.southbound_mt:6.2f} {y.northbound_mt:6.2f}{also}  "
        f"{y.all_traffic_mt:11.2f}  {_mt(y.capacity_mt):>8}  {y.demand_mt:6.2f}  {y.unconstrained_mt:9.2f}"
    )


def _mt(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _observed(t: Throughput) -> list[str]:
    """Return claims and counts of whole years apart from each other."""
    lines = []
    whole = [r for r in t.observed if r["direction"] == "both" and r["scope"] in ("all", "branch")]
    whole = [r for r in whole if _days(r) > MOST_OF_A_YEAR]
    for kind, title in (
        ("counted", "counted"),
        ("derived", "derived from counts"),
        ("claim", "claimed"),
        ("target", "aimed at"),
    ):
        rows = [r for r in whole if r["kind"] == kind]
        if rows:
            parts = [f"{r['start'][:4]} {r['screenline']} {r['value_mt']}" for r in rows]
            lines += wrapped(f"{title} (not by the model): {', '.join(parts)}", "  ")
    return lines


def _days(row: Mapping[str, str]) -> int:
    return (dt.date.fromisoformat(row["end"]) - dt.date.fromisoformat(row["start"])).days
