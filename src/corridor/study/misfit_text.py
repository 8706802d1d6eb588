"""Counts and transit times beside the model's, as text 80 columns wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.study.throughput_text import KINDS
from corridor.text import shortened, wrapped

if TYPE_CHECKING:
    from corridor.study.misfit import Misfit, TransitTime, Volume

OFF_VOLUME, OFF_TIME = 0.20, 0.25


def misfit_text(m: Misfit) -> str:
    """Return both tables; deviations of more than a fifth (times: a quarter) are marked as off."""
    lines = wrapped(f"Counts of {m.year} beside the model (logit, central demand); nothing is fitted to them", "")
    lines.append("  Mt a year" + " " * 31 + "observed model  other   misfit")
    lines += [line for v in m.volumes for line in _volume(v)]
    fitting = [v for v in m.volumes if v.misfit is not None and v.kind == "counted"]
    within = sum(abs(v.misfit or 0.0) <= OFF_VOLUME for v in fitting)
    lines.append(f"  {within} of {len(fitting)} counts within {100 * OFF_VOLUME:.0f} %")
    lines.append("  days" + " " * 44 + "published   model   misfit")
    lines += [_time(t) for t in m.times]
    inside = sum(t.misfit is not None and abs(t.misfit) <= OFF_TIME for t in m.times)
    lines.append(f"  {inside} of {len(m.times)} times within {100 * OFF_TIME:.0f} % of the published range")
    return "\n".join(lines)


def _volume(v: Volume) -> list[str]:
    what = f"{v.screenline}, {v.scope}" if v.scope != "all" else v.screenline
    what += "" if v.direction == "both" else f", {v.direction}bound"
    modelled = "–" if v.modelled_mt is None else f"{v.modelled_mt:.2f}"
    base = "–" if v.base_load_mt is None else f"{v.base_load_mt:.2f}"
    label = shortened(f"{what} ({KINDS.get(v.kind, v.kind)}, {v.period[:4]})", 38)
    return [f"    {label:<38} {v.observed_mt:6.2f} {modelled:>6} {base:>6} {_share(v.misfit, OFF_VOLUME):>8}"]


def _share(value: float | None, off: float) -> str:
    if value is None:
        return "–"
    return f"{100 * value:+.0f} %" + ("  off" if abs(value) > off else "")


def _time(t: TransitTime) -> str:
    published = f"{t.low_days:g}" if t.low_days == t.high_days else f"{t.low_days:g}–{t.high_days:g}"
    days = "none" if t.days is None else f"{t.days:.1f}"
    misfit = "inside" if t.misfit == 0 else _share(t.misfit, OFF_TIME)
    return f"    {shortened(f'{t.name} ({t.kind})', 44):<44} {published:>10} {days:>7}   {misfit}"
