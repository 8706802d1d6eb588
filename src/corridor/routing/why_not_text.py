"""Why the best route is not the wanted one, as text, 80 columns wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.text import shortened, wrapped

if TYPE_CHECKING:
    from corridor.routing.itinerary import Route
    from corridor.routing.why_not import WhyNot

SHOWN = 8


def why_not_text(answer: WhyNot) -> str:
    """Return what blocks the wanted route, or where it costs more, and the smallest change that makes it best."""
    wanted = [
        f"{k.replace('_', ' ')} {', '.join(v) if isinstance(v, list) else v}" for k, v in answer.wanted_by.items()
    ]
    lines = [*wrapped(f"Why not {' · '.join(wanted) or 'at all'}?  {answer.why}", "")]
    lines += [w for b in answer.blocked_by for w in wrapped(f"{b.id}: {b.why}", "  ")]
    lines += [_route("best", r) for r in (answer.best,) if r is not None]
    lines += [_route("wanted", r) for r in (answer.wanted,) if r is not None]
    if answer.differences:
        lines.append(f"  {'where the difference arises':<40} {'best':>8} {'wanted':>8} {'more':>8} {answer.unit}")
        for d in answer.differences[:SHOWN]:
            where = shortened(f"{d.what} {d.where}", 40)
            lines.append(f"  {where:<40} {d.best:8.1f} {d.wanted:8.1f} {d.extra:+8.1f}")
        rest = answer.differences[SHOWN:]
        if rest:
            text = f"{len(rest)} smaller differences"
            lines.append(f"  {text:<40} {'':8} {'':8} {sum(d.extra for d in rest):+8.1f}")
    if answer.change is not None:
        lines.append("  the smallest change found that makes it the best route, as a scenario:")
        lines += [w for e in answer.change["edits"] for w in wrapped(f"- {_edit(e)}", "    ")]
        if answer.beyond_range:
            lines += wrapped(answer.beyond_range, "    ")
        lines += [_route("then", r) for r in (answer.after,) if r is not None]
    return "\n".join(lines)


def _route(label: str, route: Route) -> str:
    return (
        f"  {label:<7} {route.generalised_usd_t:.0f} USD/t generalised, {route.cost_usd_t:.0f} of it money"
        f"  {route.time_h / 24:.1f} days  {route.length_km:.0f} km"
    )


def _edit(edit: dict[str, object]) -> str:
    def plain(value: object) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{k}: {v}" for k, v in value.items()) + "}"
        return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)

    return "{" + ", ".join(f"{k}: {plain(v)}" for k, v in edit.items()) + "}"
