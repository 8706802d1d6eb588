"""A flow and its cut as text, 80 columns wide."""

from __future__ import annotations

from corridor.engine.max_flow import CutRow, Flow
from corridor.show.text import shortened


def flow_text(flow: Flow) -> str:
    """Return the value and the cut as people speak of it."""
    ends = f"{', '.join(flow.origin_names)} → {', '.join(flow.destination_names)}"
    by = f" · by {', '.join(flow.modes)}" if flow.modes else ""
    how = "whole tonnes, exact" if flow.exact == "integer" else "linear program, proved by its duals"
    lines = [
        f"{ends} · {flow.cargo_name} · maximum flow · {flow.year}{by}",
        f"  {flow.value_t_yr / 1e6:.2f} Mt a year fit beside other traffic ({how})",
        "  what limits it",
    ]
    lines += [line for row in flow.cut for line in _cut_lines(row)]
    if flow.unknown:
        lines.append(f"  limits not known, so not counted: {', '.join(flow.unknown)}")
    return "\n".join(lines)


def _cut_lines(row: CutRow) -> list[str]:
    base = "other traffic not known" if row.base_load is None else f"other traffic {_amount(row.base_load)}"
    return [
        f"    {shortened(row.name, 54):<54} {row.free_t_yr / 1e6:7.2f} Mt a year",
        f"      {_amount(row.capacity)} {row.unit} ({row.basis}), {base}, free {_amount(row.free)}",
    ]


def _amount(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if value >= 100 else f"{value:.3g}"
