"""An assignment as text, 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from corridor.text import amount, counted, shortened, wrapped
from corridor.units import residue

if TYPE_CHECKING:
    from corridor.assignment.result import Assignment, ResourceUse, Unserved


RULES = {
    "cheapest": "all on the cheapest route, limits ignored",
    "capacitated": "least total cost within the limits",
    "logit": "shares by cost, within the limits",
}
ROWS = 12


def assignment_text(a: Assignment) -> str:
    """Return the served flow, binding constraints with shadow prices, crossings, and unserved demand."""
    heading = [f"demand {a.demand}", RULES[a.rule], str(a.year)]
    heading += [f"scenario {', '.join(a.scenarios)}"] if a.scenarios else []
    lines = wrapped(" · ".join(heading), "")
    lines += wrapped(a.summary, "  ")
    lines.append(f"  {_proof(a)}")
    money = " · ".join(f"{name} {x / 1e6:,.0f}".replace(",", " ") for name, x in a.cost_usd_yr.items())
    lines += wrapped(f"million USD a year: {money}", "  ")
    lines += wrapped(f"{a.t_km_yr / 1e9:,.1f} billion t-km, {a.co2_t_yr / 1e6:.2f} Mt CO2e a year", "  ")
    if a.bottlenecks:
        lines.append("  binding constraints and shadow prices    months   USD/t  (interval)  Mt a year")
        lines += [_bottleneck(r) for r in a.bottlenecks[:ROWS]]
        lines += _more(len(a.bottlenecks), "binding constraint")
    over = [r for r in a.resource_rows if r.free is not None and r.flow > r.free * (1 + 1e-6)]
    if over:
        lines.append("  over capacity, which this rule ignores")
        lines += [_over(r) for r in sorted(over, key=lambda r: -r.flow / max(r.free or 0.0, 1e-9))[:ROWS]]
        lines += _more(len(over), "resource")
    if a.crossings:
        lines.append("  crossing, Mt a year" + " " * 28 + "south   north   other traffic")
        for c in a.crossings:
            base = "–" if c.base_load_t_yr is None else f"{c.base_load_t_yr / 1e6:.2f}"
            south, north = c.southbound_t_yr / 1e6, c.northbound_t_yr / 1e6
            lines.append(f"    {shortened(c.name, 42):<42} {south:7.2f} {north:7.2f} {base:>8}")
    if a.unserved_rows:
        lines.append("  unserved")
        lines += [line for u in a.unserved_rows[:ROWS] for line in _unserved_lines(u)]
        lines += _more(len(a.unserved_rows), "row")
    if a.unknown_base_load:
        count = counted(len(a.unknown_base_load), "resource")
        lines += wrapped(f"other traffic not known and taken as none on {count} used (--json names them)", "  ")
    return "\n".join(lines)


def _proof(a: Assignment) -> str:
    if a.rule == "capacitated":
        return f"duality gap {residue(a.gap)} of the cost"
    if a.rule == "logit":
        return f"residual of prices and limits {residue(a.gap)}"
    return "limits are ignored"


def _bottleneck(r: ResourceUse) -> str:
    spread = r.price_high_usd_t - r.price_low_usd_t > 0.05 * r.price_usd_t
    interval = f"({r.price_low_usd_t:.0f}–{r.price_high_usd_t:.0f})" if spread else ""
    name = shortened(r.name, 38)
    return f"    {name:<38} {len(r.full_months):6d} {r.price_usd_t:7.1f}  {interval:<11} {r.t_yr / 1e6:7.2f}"


def _over(r: ResourceUse) -> str:
    free = 0.0 if r.free is None else r.free
    return f"    {shortened(r.name, 36):<36} {amount(r.flow):>13} of {amount(free)} {r.unit}"


def _unserved_lines(u: Unserved) -> Iterable[str]:
    reason = {"capacity": "no capacity", "price": "near its maximum cost", "no_route": "no route open"}[u.why]
    if u.why == "price" and u.above_max_usd_t is not None and u.above_max_usd_t > 0:
        reason = f"priced out by {u.above_max_usd_t:.1f} USD/t"
    blocked = f": {', '.join(u.blocked_by[:3])}" if u.blocked_by else ""
    yield f"    {shortened(f'{u.origin} → {u.destination}, {u.cargo}', 58):<58} {u.t_yr / 1e3:8.1f} kt"
    yield from wrapped(f"{reason}{blocked}", "      ")


def _more(count: int, thing: str) -> list[str]:
    return [f"    … of {counted(count, thing)}; --json for all"] if count > ROWS else []
