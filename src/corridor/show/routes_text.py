"""Several routes as a table, 80 columns wide: what each comes to, and how it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.show.constraints_text import constraints_text
from corridor.show.itinerary_text import OBJECTIVE
from corridor.text import days, number, wrapped

if TYPE_CHECKING:
    from corridor.routing.itinerary import Route
    from corridor.routing.routes import Routes


def routes_text(routes: Routes) -> str:
    """Return one block per route: totals (generalised cost first), then the modes with the places between them."""
    first = routes[0]
    if len(routes.by) == 1:
        what = f"{len(routes)} routes by {OBJECTIVE[routes.by[0]]}"
    else:
        what = f"{len(routes)} routes that no other beats in {', '.join(routes.by)}"
    when = str(first.year) if first.depart is None else f"leaving {first.depart.removesuffix('T00:00')}"
    head = [f"{first.origin_name} → {first.destination_name}", first.cargo_name, what, when]
    head += constraints_text(first.constraints)
    head += [f"scenario {', '.join(first.scenarios)}"] if first.scenarios else []
    lines = wrapped(" · ".join(head), "")
    lines.append(
        f"  {'':>3} {'general.':>8} {'USD/t':>7} {'time':>7} {'km':>7} {'kg/t':>6} {'borders':>8} {'transfers':>10}"
    )
    for i, route in enumerate(routes, start=1):
        totals = f"{route.generalised_usd_t:8.0f} {route.cost_usd_t:7.0f} {days(route.time_h):>7}"
        lines.append(
            f"  {i:>3} {totals} {number(route.length_km):>7} "
            f"{route.co2_kg_t:6.0f} {len(route.borders):>8} {len(route.transfers):>10}"
        )
        lines += wrapped(_way(route), "      ")
    if routes.why_fewer:
        lines += wrapped(f"{len(routes)} of {routes.asked}: {routes.why_fewer}", "  ")
    for d in routes.dropped:
        values = ", ".join(f"{b} {v:.4g}" for b, v in zip(routes.by, d.values, strict=True))
        lines += wrapped(f"left out, near route {d.near + 1}: {values}", "  ")
    return "\n".join(lines)


def _way(route: Route) -> str:
    """Return the ends of the legs with what runs between them, borders by the places in front of them."""
    name = route.place_names
    parts = [name[route.legs[0].start] if route.legs else route.origin_name]
    for leg in route.legs:
        crossed = [b.link for b in route.borders if b.link in leg.links]
        by = [name[leg.nodes[leg.links.index(x)]] for x in crossed]
        parts.append(" ".join([leg.mode, *([f"by {' and '.join(by)}"] if by else []), "to", name[leg.end]]))
    return ", ".join(parts)
