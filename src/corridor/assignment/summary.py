"""An assignment in two sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.text import counted

if TYPE_CHECKING:
    from corridor.assignment.result import Assignment


def summary(a: Assignment) -> str:
    """Return two sentences: what is carried, and what holds the rest back."""
    if not a.served_t_yr:
        return f"In {a.year} none of {a.demand_t_yr / 1e6:.2f} Mt are carried. {_why_none(a)}"
    share = a.served_t_yr / a.demand_t_yr
    part = "all" if a.unserved_t_yr < 1 else f"{min(100 * share, 99.9):.1f} %"
    first = f"In {a.year} {a.served_t_yr / 1e6:.2f} of {a.demand_t_yr / 1e6:.2f} Mt are carried ({part})"
    first += f", at {a.total_cost_usd_yr / max(a.served_t_yr, 1e-9):.0f} USD a tonne, hours included."
    if a.bottlenecks:
        top = a.bottlenecks[0]
        others = f" and {counted(len(a.bottlenecks) - 1, 'other')}" if len(a.bottlenecks) > 1 else ""
        return (
            f"{first} {_capital(top.name)}{others} are full; there one more tonne is worth {top.price_usd_t:.0f} USD."
            if others
            else (f"{first} {_capital(top.name)} is full; there one more tonne is worth {top.price_usd_t:.0f} USD.")
        )
    over = [r for r in a.resource_rows if r.free is not None and r.flow > r.free * (1 + 1e-6)]
    if over:
        worst = max(over, key=lambda r: r.flow / max(r.free or 0.0, 1e-9))
        times = worst.flow / max(worst.free or 0.0, 1e-9)
        much = f"{times:.1f} times what is free" if times < 1000 else "though nothing is free"
        return f"{first} {counted(len(over), 'limit')} would be passed, most of all {worst.name}: {much}."
    return f"{first} Nothing is full on the way."


def _why_none(a: Assignment) -> str:
    reasons = {u.why for u in a.unserved_rows}
    if reasons == {"way"}:
        return "No way is open."
    return "Nothing pays, or nothing has room." if reasons else "Nothing is asked for."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
