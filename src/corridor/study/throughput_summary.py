"""Summary of the throughput of a branch in two sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.study.forecast import Forecast
from corridor.study.year_summary import Year

if TYPE_CHECKING:
    from corridor.study.throughput import Throughput


def summary(t: Throughput) -> str:
    """Return two sentences: what the branch carries, and what limits it."""
    first, last = t.years[0], t.years[-1]
    head = f"The branch carries {first.throughput_mt:.2f} Mt in {first.year}"
    if last is not first:
        head += f" and {last.throughput_mt:.2f} Mt in {last.year}"
    if t.target_mt is not None:
        verdict = "reaches" if t.reached else "does not reach"
        head += f"; that {verdict} {t.target_mt:g} Mt"
    if t.forecast is not None:
        head += f" ({likely(t.forecast)})"
    return f"{head}. {_reason(t, last)}"


def _reason(t: Throughput, y: Year) -> str:
    target = t.target_mt
    if target is not None and not t.reached:
        if y.demand_mt < target:
            return f"Only {y.demand_mt:.1f} Mt of demand has an alternative by it that it would pay."
        if y.unconstrained_mt < target:
            return (
                f"Of {y.demand_mt:.1f} Mt that could use it, {y.unconstrained_mt:.1f} would choose it "
                "without capacity limits; for the rest, other routes are cheaper."
            )
    if y.bottlenecks:
        top = y.bottlenecks[0]
        price = f"with a shadow price of {top.price_usd_t:.0f} USD/t"
        return f"Without capacity limits it would carry {y.unconstrained_mt:.1f} Mt; {top.name} binds, {price}."
    return f"Without capacity limits it would carry {y.unconstrained_mt:.1f} Mt."


def likely(f: Forecast) -> str:
    """Return a short statement of the draws of the last year."""
    last = f.years[-1]
    words = f"{last.p10_mt:.2f} to {last.p90_mt:.2f} in eight of ten draws"
    if f.target_mt is not None:
        reached = round((last.probability or 0.0) * f.draws)
        words += f", {f.target_mt:g} or more in {reached:,} of {f.draws:,}"
    return words
