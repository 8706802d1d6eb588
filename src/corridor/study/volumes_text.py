"""Volumes at a place as text 80 columns wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.text import shortened, wrapped

if TYPE_CHECKING:
    from corridor.study.volumes import VolumeRow, Volumes

ROWS = 20


def volumes_text(v: Volumes) -> str:
    """Return the total and the largest rows, with their quantiles if there are draws."""
    scenarios = f" · scenario {', '.join(v.scenarios)}" if v.scenarios else ""
    title = v.name if v.name == v.at else f"{v.name} ({v.at})"
    lines = wrapped(f"{title} · {v.kind} · {v.year}{scenarios}", "")
    if v.history:
        lines += wrapped(f"recorded events applied: {', '.join(v.history)}", "  ")
    head = "  Mt a year" + " " * 38 + "central"
    lines.append(head + ("    P10    P50    P90" if v.draws else ""))
    lines.append(_line("all", v.total))
    lines += [_line(" · ".join(row.keys), row) for row in v.rows[:ROWS] if v.by]
    if len(v.rows) > ROWS:
        lines.append(f"    … of {len(v.rows):,} rows; --json for all")
    other = "not known" if v.other_traffic_mt is None else f"{v.other_traffic_mt:.2f} Mt a year"
    lines += wrapped(f"other traffic, which the demand does not hold: {other}", "  ")
    if v.draws:
        lines += wrapped(f"{v.draws:,} draws of all uncertain inputs, seed {v.seed}", "  ")
    return "\n".join(lines)


def _line(name: str, row: VolumeRow) -> str:
    quantiles = "" if row.p10_mt is None else f" {row.p10_mt:6.3f} {row.p50_mt:6.3f} {row.p90_mt:6.3f}"
    return f"    {shortened(name, 42):<42} {row.mt:9.3f}{quantiles}"
