"""A calibration and a back-test as text, 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from corridor.text import shortened, wrapped

if TYPE_CHECKING:
    from corridor.study.backtest import Backtest
    from corridor.study.calibration_result import Calibration


def calibration_text(c: Calibration) -> str:
    """Return counts before and after, and what the counts say of each input."""
    lines = [f"calibration to the counts of {c.year}; stated values are never fitted"]
    lines.append(f"  {'Mt of the period':<36} {'observed':>8} {'before':>8} {'after':>8} {'misfit':>8}")
    for group, x in _headed(c.counts):
        lines += group
        deviation = 100 * (x.after_mt / x.counted_mt - 1)
        lines.append(
            f"    {shortened(x.name, 34):<34} {x.counted_mt:8.2f} {x.before_mt:8.2f} {x.after_mt:8.2f}"
            f" {deviation:+7.0f} %"
        )
    lines += wrapped(f"penalty {c.penalty_before:.1f} before, {c.penalty_after:.1f} after {c.rounds} rounds", "  ")
    lines.append(f"  {'input':<30} {'score':>6} {'± s.e.':>7} {'learnt':>7}   factor (5–95 %)")
    for i in c.inputs:
        lines.append(
            f"  {shortened(i.id, 30):<30} {i.score:+6.2f} {i.standard_error:7.2f} {100 * i.learnt:5.0f} %"
            f"   {i.factor:.2f} ({i.factor_low:.2f}–{i.factor_high:.2f})"
        )
    lines += wrapped("score: 0 ± 1 before; s.e. 1 and learnt 0 %: the counts say nothing about it", "  ")
    if c.unidentified:
        lines += wrapped(f"not identified, recorded range unchanged: {', '.join(c.unidentified)}", "  ")
    if c.correlated:
        pairs = [f"{a} and {b} ({r:+.2f})" for a, b, r in c.correlated]
        lines += wrapped(f"not separable: {', '.join(pairs)}", "  ")
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
