"""A flow and its cut as text, 80 columns wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.routing.constraints_text import constraints_text
from corridor.text import amount, counted, shortened, wrapped

if TYPE_CHECKING:
    from corridor.flow.maximum_flow import CutRow, Flow


def flow_text(flow: Flow) -> str:
    """Return the value and the minimum cut as lines of text."""
    ends = f"{', '.join(flow.origin_names)} → {', '.join(flow.destination_names)}"
    heading = [flow.cargo_name, "maximum flow", str(flow.year)]
    heading += constraints_text(flow.constraints)
    heading += [] if flow.constraints.modes else ["by all modes and routes, at any cost"]
    heading += [f"scenario {', '.join(flow.scenarios)}"] if flow.scenarios else []
    method = "exact for these figures" if flow.exact == "integer" else "linear program, certified by its duals"
    lines = [
        *wrapped(" · ".join((ends, *heading)), ""),
        *wrapped(f"{flow.value_t_yr / 1e6:.2f} Mt a year fit beside other traffic ({method})", "  "),
        "  bottlenecks (minimum cut)",
    ]
    lines += [line for row in flow.cut for line in _cut_lines(row)]
    if flow.unknown:
        lines += wrapped(f"limits not known and not counted: {', '.join(flow.unknown)}", "  ")
    if flow.base_load_unknown:
        count = counted(len(flow.base_load_unknown), "resource")
        lines += wrapped(f"other traffic not known and taken as none on {count} used (--json names them)", "  ")
    return "\n".join(lines)


def _cut_lines(row: CutRow) -> list[str]:
    known_range = row.capacity_low is not None and row.capacity_high is not None
    extent = f", {amount(row.capacity_low)} to {amount(row.capacity_high)}" if known_range else ""
    mean = f" = {amount(row.capacity_mean)} on a mean day" if row.capacity_mean != row.capacity else ""
    months = f", open {round(12 * row.open_share)} of 12 months" if row.open_share < 1 else ""
    base = "other traffic not known" if row.base_load is None else f"other traffic {amount(row.base_load)}"
    return [
        f"    {shortened(row.name, 54):<54} {row.free_t_yr / 1e6:7.2f} Mt a year",
        *wrapped(
            f"{amount(row.capacity)} {row.unit} ({row.basis}{extent}){mean}, {base}, free {amount(row.free)}{months}",
            "      ",
        ),
    ]
