"""A plan of works as text, 80 columns wide, and in two sentences."""

from __future__ import annotations

from corridor.study.plan import Plan
from corridor.text import shortened, wrapped
from corridor.units import residue

SHORT = 5


def plan_text(p: Plan) -> str:
    """Return the steps with what is expected after each, and what stays short."""
    asked = [f"{p.branch} branch: which works by {p.year}"]
    asked += [f"target {p.target_mt:g} Mt"] if p.target_mt is not None else []
    asked += [f"budget {p.budget_musd:,.0f} M USD"] if p.budget_musd is not None else []
    lines = wrapped(" · ".join(asked), "")
    lines += wrapped(summary(p), "  ")
    if p.steps:
        chance = f"  {'reached':>8}" if p.draws and p.target_mt is not None else ""
        lines.append(f"  year  {'work':<44} {'M USD':>7} {'Mt after':>9}{chance}")
        for s in p.steps:
            cost = "–" if s.cost_musd is None else f"{s.cost_musd:,.0f}"
            part = "" if s.probability is None else f"  {100 * s.probability:6.1f} %"
            lines.append(f"  {s.year}  {shortened(s.name, 44):<44} {cost:>7} {s.throughput_after_mt:9.2f}{part}")
            if s.next_bottleneck:
                lines += wrapped(f"then binds: {s.next_bottleneck}, {s.price_usd_t:.0f} USD/t", "        ")
        if any(s.why == "expected" for s in p.steps):
            lines += wrapped("the last ones for what shippers choose; the limits alone would not need them", "  ")
    lines += wrapped(
        f"technically, if every shipper were told his way: {p.technical_mt:.2f} Mt with these works, "
        f"{p.technical_most_mt:.2f} with all that can be there by {p.year} (certified gap {residue(p.gap)})",
        "  ",
    )
    for x in p.short[:SHORT]:
        lines += wrapped(f"stays short: {x.name}, by {x.missing:,.0f} {x.unit} a year ({100 * x.share:.0f} %)", "  ")
    return "\n".join(lines)


def summary(p: Plan) -> str:
    """Return two sentences: whether the target is reached, and what that costs or what stands in the way."""
    cost = f"{p.cost_musd:,.0f} M USD" + (f" and {p.cost_unknown} of unknown cost" if p.cost_unknown else "")
    works = f"{len(p.steps)} work{'' if len(p.steps) == 1 else 's'}"
    carried = f"from {p.expected_before_mt:.2f} to {p.expected_mt:.2f} Mt in {p.year}"
    if p.target_mt is None:
        return f"{works} ({cost}) bring the branch {carried}. All listed works together: {p.expected_all_mt:.2f} Mt."
    if p.reached and not p.steps:
        return f"{p.target_mt:g} Mt is reached without further works: {p.expected_mt:.2f} Mt are expected in {p.year}."
    if p.reached:
        how = f" in {100 * (p.steps[-1].probability or 0.0):.0f} % of {p.draws} draws" if p.draws else ""
        central = " in the central case" if p.draws else ""
        return f"{p.target_mt:g} Mt is reached{how}: {works} ({cost}) bring the branch {carried}{central}."
    limits = "" if p.technical_most_mt >= p.target_mt else ", and the limits would not let more through than that"
    end = f"{p.technical_most_mt:.1f} Mt if every shipper were told his way{limits}"
    return (
        f"No set of listed works reaches {p.target_mt:g} Mt: {works} ({cost}) bring the branch {carried}. "
        f"All listed works together let through {end}."
    )
