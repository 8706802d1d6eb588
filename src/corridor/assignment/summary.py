"""An assignment in two sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.text import counted

if TYPE_CHECKING:
    from corridor.assignment.result import Assignment


def summary(a: Assignment) -> str:
    """Return two sentences: the served flow, and the binding constraints."""
    if not a.served_t_yr:
        return f"In {a.year} none of {a.demand_t_yr / 1e6:.2f} Mt are carried. {_why_none(a)}"
    share = a.served_t_yr / a.demand_t_yr
    share_text = "all" if a.unserved_t_yr < 1 else f"{min(100 * share, 99.9):.1f} %"
    first = f"In {a.year} {a.served_t_yr / 1e6:.2f} of {a.demand_t_yr / 1e6:.2f} Mt are carried ({share_text})"
    first += f", at {a.total_cost_usd_yr / max(a.served_t_yr, 1e-9):.0f} USD a tonne, value of time included."
    if a.bottlenecks:
        top = a.bottlenecks[0]
        others = f" and {counted(len(a.bottlenecks) - 1, 'other')}" if len(a.bottlenecks) > 1 else ""
        return (
            f"{first} {_capital(top.name)}{others} are at capacity; "
            f"the shadow price of the first is {top.price_usd_t:.0f} USD a tonne."
            if others
            else (
                f"{first} {_capital(top.name)} is at capacity; its shadow price is {top.price_usd_t:.0f} USD a tonne."
            )
        )
    over = [r for r in a.resource_rows if r.free is not None and r.flow > r.free * (1 + 1e-6)]
    if over:
        worst = max(over, key=lambda r: r.flow / max(r.free or 0.0, 1e-9))
        ratio = worst.flow / max(worst.free or 0.0, 1e-9)
        excess = f"{ratio:.1f} times its free capacity" if ratio < 1000 else "it has no free capacity"
        return f"{first} {counted(len(over), 'limit')} would be exceeded, most of all {worst.name}: {excess}."
    return f"{first} No capacity constraint is binding."


def _why_none(a: Assignment) -> str:
    reasons = {u.why for u in a.unserved_rows}
    if reasons == {"no_route"}:
        return "No route is open."
    return "All cargo is priced out or finds no free capacity." if reasons else "The demand is zero."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
