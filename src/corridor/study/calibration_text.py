"""A calibration and a back-test as text, 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from corridor.text import shortened, wrapped

if TYPE_CHECKING:
    from corridor.study.backtest import Backtest
    from corridor.study.calibration_result import Calibration

MOST_SHOWN = 12
FAR = 2.0  # standard deviations: a constant beyond them points at a figure that is wrong


def calibration_text(c: Calibration) -> str:
    """Return counts before and after, and what the counts say of constants, demand and other inputs."""
    lines = [f"calibration to {len(c.counts)} counts of {c.year}; stated values are never fitted"]
    lines.append(f"  {'Mt of the period':<36} {'observed':>8} {'before':>7} {'after':>7}   P10–P90")
    for group, x in _headed(c.counts):
        lines += group
        lines.append(
            f"    {shortened(x.name, 34):<34} {x.counted_mt:8.2f} {x.before_mt:7.2f} {x.after_mt:7.2f}"
            f"   {x.p10_mt:.2f}–{x.p90_mt:.2f}"
        )
    within = [sum(abs(x.after_mt / x.counted_mt - 1) <= share for x in c.counts) for share in (0.15, 0.3)]
    fit = (
        f"{within[0]} of {len(c.counts)} within 15 %, {within[1]} within 30 %; penalty {c.penalty_before:.0f} before, "
        f"{c.penalty_after:.0f} after, p = {c.p_value:.2f} with an error of the model of {c.model_error:g} in "
        f"logarithms; {c.members} members; {c.directions} directions of the inputs are better known than before"
    )
    lines += wrapped(fit, "  ")
    lines.append(f"  {'constant at a gate (below 0: preferred)':<44} {'USD/t':>7} {'± s.e.':>7} {'before':>7}")
    lines += [
        f"  {shortened(f'{x.gate}, {x.cargo_group}', 44):<44} {x.usd_t:+7.1f} {x.standard_error:7.1f}"
        f" {x.prior_usd_t:7.1f}{'  far' if abs(x.usd_t) > FAR * x.prior_usd_t else ''}"
        for x in c.constants[:MOST_SHOWN]
    ]
    lines.append(f"  {'row of the demand':<44} {'factor':>7} {'sigma':>7} {'± s.e.':>7}")
    lines += [
        f"  {shortened(x.row, 44):<44} {x.factor:7.2f} {x.moved_sigma:+7.2f} {x.standard_error:7.2f}"
        for x in c.demand[:MOST_SHOWN]
    ]
    lines.append(f"  {'other input':<44} {'factor':>7} {'sigma':>7} {'± s.e.':>7}")
    lines += [
        f"  {shortened(x.id, 44):<44} {x.factor:7.2f} {x.score:+7.2f} {x.standard_error:7.2f}"
        for x in c.inputs[:MOST_SHOWN]
    ]
    unknown = f"{len(c.unidentified)} of {len(c.constants)} constants are hardly narrowed by any count"
    lines += wrapped(unknown, "  ")
    return "\n".join(lines)


def _headed(counts: Sequence[Any]) -> Iterator[tuple[list[str], Any]]:
    """Yield every count, the first of a group with its heading."""
    last = ""
    for x in counts:
        yield ([f"  {x.group}"] if x.group and x.group != last else []), x
        last = x.group


def backtest_text(b: Backtest) -> str:
    """Return observations that were not fitted beside the draws, and how many lie inside their interval."""
    inside, total = b.counts_inside
    lines = [f"back-test on {b.year}: {inside} of {total} counts within 10 to 90 % of {b.draws} calibrated draws"]
    lines.append(f"  {'Mt of the period':<36} {'observed':>8} {'10 %':>7} {'50 %':>7} {'90 %':>7}")
    for group, x in _headed(b.counts):
        lines += group
        mark = "" if x.inside else "  outside"
        lines.append(
            f"    {shortened(x.name, 34):<34} {x.counted_mt:8.2f} {x.low_mt:7.2f} {x.middle_mt:7.2f}"
            f" {x.high_mt:7.2f}{mark}"
        )
    within, known = b.times_inside
    lines += wrapped(f"{within} of {known} published transit times within a quarter of their range, none fitted", "  ")
    return "\n".join(lines)
