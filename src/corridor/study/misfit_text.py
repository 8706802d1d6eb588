"""Counts and transit times beside the model's, as text 80 columns wide."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from corridor.study.throughput_text import KINDS
from corridor.text import shortened, wrapped

if TYPE_CHECKING:
    from corridor.study.misfit import Comparison, Misfit, TransitTime

OFF_VOLUME, OFF_TIME = 0.20, 0.25
DOUBLINGS = 2  # shown on each side of a bar


def misfit_text(m: Misfit) -> str:
    """Return both tables; deviations of more than a fifth (times: a quarter) are marked as off."""
    title = "Counts" if m.year is None else f"Counts of {m.year}"
    lines = wrapped(f"{title} beside the model (logit, central demand), net Mt of each period", "")
    if m.counts:
        columns = "  P10–P90" if m.draws else "¼ ½ 1 2 4 misfit"
        lines.append(f"  {'other traffic is in the model':<40} observed  model  {columns}")
        for group, counts in groupby(m.counts, key=lambda c: c.count.group):
            lines += [f"  {group}"] * bool(group)
            lines += [_volume(c, m.year, m.draws) for c in counts]
        lines += _summary(m)
    if m.times:
        lines.append("  days" + " " * 44 + "published   model   misfit")
        lines += [_time(t) for t in m.times]
        inside = sum(t.misfit is not None and abs(t.misfit) <= OFF_TIME for t in m.times)
        lines.append(f"  {inside} of {len(m.times)} times within {100 * OFF_TIME:.0f} % of the published range")
    return "\n".join(lines)


def _summary(m: Misfit) -> list[str]:
    compared = [c for c in m.counts if c.misfit is not None and c.count.kind in ("counted", "derived")]
    counted = [c for c in compared if c.count.kind == "counted"]
    parts = [f"{_within(counted)} of {len(counted)} counts within {100 * OFF_VOLUME:.0f} %"]
    if len(compared) > len(counted):
        parts.append(f"with derived figures {_within(compared)} of {len(compared)}")
    lines = wrapped("; ".join(parts), "  ")
    if m.draws:
        inside, of = m.counts_inside
        lines += wrapped(f"{inside} of {of} inside P10–P90 of {m.draws:,} draws of all inputs, seed {m.seed}", "  ")
    missing: dict[str, int] = {}
    for c in m.counts:
        if c.why:
            missing[c.why] = missing.get(c.why, 0) + 1
    return lines + [f"  {n} not compared: {why}" for why, n in missing.items()]


def _within(comparisons: Sequence[Comparison]) -> int:
    return sum(abs(c.misfit or 0.0) <= OFF_VOLUME for c in comparisons)


def _volume(c: Comparison, year: int | None, draws: int) -> str:
    count = c.count
    what = count.name or f"{';'.join(count.at)}{', ' * bool(count.cargo)}{';'.join(count.cargo)}"
    if count.direction != "both" and not count.name:
        what += f", {count.direction}"
    notes = [KINDS[count.kind]] if count.kind != "counted" else []
    if not count.is_yearly:
        notes.append(f"{count.start:%Y-%m}–{count.end:%m}" if year is None else f"{count.start:%m}–{count.end:%m}")
    elif year is None:
        notes.append(str(count.start.year))
    note = f" ({', '.join(notes)})" if notes else ""
    line = f"    {shortened(what, 40 - len(note)) + note:<40} {count.observed_mt:6.2f} "
    if c.modelled_mt is None:
        return line + "     –"
    line += f"{c.modelled_mt:6.2f}  "
    if draws:
        span = f"{c.p10_mt:.2f}–{c.p90_mt:.2f}"
        return f"{line}{span:>9}  {'inside' if c.inside else 'outside'}"
    return f"{line}{_bar(c.modelled_mt / count.observed_mt)} {_share(c.misfit, OFF_VOLUME)}"


def _bar(ratio: float) -> str:
    """Return a bar from the observed volume to the modelled one, two characters for each doubling."""
    steps = round(2 * math.log2(ratio)) if ratio > 0 else -2 * DOUBLINGS
    steps = max(-2 * DOUBLINGS, min(2 * DOUBLINGS, steps))
    left = ("█" * max(0, -steps)).rjust(2 * DOUBLINGS, "·")
    return f"{left}|{('█' * max(0, steps)).ljust(2 * DOUBLINGS, '·')}"


def _share(value: float | None, off: float) -> str:
    if value is None:
        return "–"
    return f"{100 * value:+4.0f} %" + (" off" if abs(value) > off else "")


def _time(t: TransitTime) -> str:
    published = f"{t.low_days:g}" if t.low_days == t.high_days else f"{t.low_days:g}–{t.high_days:g}"
    days = "none" if t.days is None else f"{t.days:.1f}"
    misfit = "inside" if t.misfit == 0 else _share(t.misfit, OFF_TIME).lstrip()
    return f"    {shortened(f'{t.name} ({t.kind})', 44):<44} {published:>10} {days:>7}   {misfit}"
