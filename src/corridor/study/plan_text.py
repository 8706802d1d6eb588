"""An investment plan as text, 80 columns wide, and in two sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.text import shortened, wrapped
from corridor.units import residue

if TYPE_CHECKING:
    from corridor.study.plan import Plan


SHORT = 5


def plan_text(p: Plan) -> str:
    """Return the projects with the expected volume after each, and the resources that remain short."""
    heading = [f"{p.branch} branch: projects by {p.year}"]
    heading += [f"target {p.target_mt:g} Mt"] if p.target_mt is not None else []
    heading += [f"budget {p.budget_musd:,.0f} M USD"] if p.budget_musd is not None else []
    lines = wrapped(" · ".join(heading), "")
    lines += wrapped(summary(p), "  ")
    if p.steps:
        chance = f"  {'reached':>8}" if p.draws and p.target_mt is not None else ""
        lines.append(f"  year  {'project':<44} {'M USD':>7} {'Mt after':>9}{chance}")
        for s in p.steps:
            cost = "–" if s.cost_musd is None else f"{s.cost_musd:,.0f}"
            share = "" if s.probability is None else f"  {100 * s.probability:6.1f} %"
            lines.append(f"  {s.year}  {shortened(s.name, 44):<44} {cost:>7} {s.throughput_after_mt:9.2f}{share}")
            if s.next_bottleneck:
                lines += wrapped(f"next bottleneck: {s.next_bottleneck}, {s.price_usd_t:.0f} USD/t", "        ")
        if any(s.why == "expected" for s in p.steps):
            lines += wrapped("the last projects serve what shippers choose; the limits alone do not require them", "  ")
    lines += wrapped(
        f"system optimum (technical maximum): {p.technical_mt:.2f} Mt with these projects, "
        f"{p.technical_most_mt:.2f} with all projects possible by {p.year} (certified gap {residue(p.gap)})",
        "  ",
    )
    for x in p.short[:SHORT]:
        lines += wrapped(f"short: {x.name}, by {x.missing:,.0f} {x.unit} a year ({100 * x.share:.0f} %)", "  ")
    return "\n".join(lines)


def summary(p: Plan) -> str:
    """Return two sentences: whether the target is reached, and at what cost or why not."""
    cost = f"{p.cost_musd:,.0f} M USD" + (f" and {p.cost_unknown} of unknown cost" if p.cost_unknown else "")
    projects = f"{len(p.steps)} project{'' if len(p.steps) == 1 else 's'}"
    volumes = f"from {p.expected_before_mt:.2f} to {p.expected_mt:.2f} Mt in {p.year}"
    if p.target_mt is None:
        return f"{projects} ({cost}) take the branch {volumes}. All listed projects: {p.expected_all_mt:.2f} Mt."
    if p.reached and not p.steps:
        return f"{p.target_mt:g} Mt is reached without projects: {p.expected_mt:.2f} Mt are expected in {p.year}."
    if p.reached:
        share = f" in {100 * (p.steps[-1].probability or 0.0):.0f} % of {p.draws} draws" if p.draws else ""
        central = " in the central case" if p.draws else ""
        return f"{p.target_mt:g} Mt is reached{share}: {projects} ({cost}) take the branch {volumes}{central}."
    limits = "" if p.technical_most_mt >= p.target_mt else ", below the target"
    optimum = f"{p.technical_most_mt:.1f} Mt{limits}"
    return (
        f"No set of listed projects reaches {p.target_mt:g} Mt: {projects} ({cost}) take the branch {volumes}. "
        f"The system optimum with all listed projects is {optimum}."
    )
