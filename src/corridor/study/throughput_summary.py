"""The throughput of a branch in two sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.study.forecast import Forecast
from corridor.study.year_summary import Year

if TYPE_CHECKING:
    from corridor.study.throughput import Throughput


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
        if y.unconstrained_mt < target:
            return (
                f"Of {y.demand_mt:.1f} Mt that could use it, {y.unconstrained_mt:.1f} would choose it "
                "if nothing were ever full: the rest finds other ways cheaper."
            )
    if y.bottlenecks:
        top = y.bottlenecks[0]
        worth = f"where one more tonne is worth {top.price_usd_t:.0f} USD"
        return f"If nothing were ever full it would carry {y.unconstrained_mt:.1f} Mt; {top.name} binds, {worth}."
    return f"If nothing were ever full it would carry {y.unconstrained_mt:.1f} Mt."


def likely(f: Forecast) -> str:
    """Return in a few words what the draws of the last year come to."""
    last = f.years[-1]
    words = f"{last.p10_mt:.2f} to {last.p90_mt:.2f} in eight of ten draws"
    if f.target_mt is not None:
        reached = round((last.probability or 0.0) * f.draws)
        words += f", {f.target_mt:g} or more in {reached:,} of {f.draws:,}"
    return words
