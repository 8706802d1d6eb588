"""The throughput of a branch as text, 80 columns wide, and in two sentences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from corridor.show.forecast import forecast_lines, likely
from corridor.show.text import shortened, wrapped
from corridor.study.throughput import Throughput
from corridor.study.year import Year

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
        f"{y.all_traffic_mt:11.2f}  {_mt(y.capacity_mt):>8}  {y.demand_mt:6.2f}  {y.unlimited_mt:9.2f}"
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


def summary(t: Throughput) -> str:
    """Return two sentences: what the branch carries, and what holds it back."""
    first, last = t.years[0], t.years[-1]
    head = f"The branch carries {first.throughput_mt:.2f} Mt in {first.year}"
    if last is not first:
        head += f" and {last.throughput_mt:.2f} Mt in {last.year}"
    if t.target_mt is not None:
        judged = "reaches" if t.reached else "does not reach"
        head += f"; that {judged} {t.target_mt:g} Mt"
    if t.forecast is not None:
        head += f" ({likely(t.forecast)})"
    return f"{head}. {_why(t, last)}"


def _why(t: Throughput, y: Year) -> str:
    target = t.target_mt
    if target is not None and not t.reached:
        if y.demand_mt < target:
            return f"All demand that could use it is {y.demand_mt:.1f} Mt, so no works at all would reach that."
        if y.unlimited_mt < target:
            return (
                f"Of {y.demand_mt:.1f} Mt that could use it, {y.unlimited_mt:.1f} would choose it if nothing were ever "
                "full: the rest finds other ways cheaper."
            )
    if y.bottlenecks:
        top = y.bottlenecks[0]
        worth = f"where one more tonne is worth {top.price_usd_t:.0f} USD"
        return f"If nothing were ever full it would carry {y.unlimited_mt:.1f} Mt; {top.name} binds, {worth}."
    return f"If nothing were ever full it would carry {y.unlimited_mt:.1f} Mt."
