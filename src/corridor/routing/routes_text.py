"""Several routes as a table, 80 columns wide: totals and itinerary of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.routing.constraints_text import constraints_text
from corridor.routing.itinerary_text import OBJECTIVE
from corridor.text import days, number, wrapped

if TYPE_CHECKING:
    from corridor.routing.itinerary import Route
    from corridor.routing.routes import Routes


def routes_text(routes: Routes) -> str:
    """Return one block per route: totals (generalised cost first), then the modes with the places between them."""
    first = routes[0]
    if len(routes.by) == 1:
        what = f"{len(routes)} routes, {OBJECTIVE[routes.by[0]]}"
    else:
        what = f"{len(routes)} Pareto-optimal routes in {', '.join(routes.by)}"
    when = str(first.year) if first.depart is None else f"leaving {first.depart.removesuffix('T00:00')}"
    heading = [f"{first.origin_name} → {first.destination_name}", first.cargo_name, what, when]
    heading += constraints_text(first.constraints)
    heading += [f"scenario {', '.join(first.scenarios)}"] if first.scenarios else []
    lines = wrapped(" · ".join(heading), "")
    lines.append(
        f"  {'':>3} {'general.':>8} {'USD/t':>7} {'time':>7} {'km':>7} {'kg/t':>6} {'borders':>8} {'transfers':>10}"
    )
    for i, route in enumerate(routes, start=1):
        totals = f"{route.generalised_usd_t:8.0f} {route.cost_usd_t:7.0f} {days(route.time_h):>7}"
        lines.append(
            f"  {i:>3} {totals} {number(route.length_km):>7} "
            f"{route.co2_kg_t:6.0f} {len(route.borders):>8} {len(route.transfers):>10}"
        )
        lines += wrapped(_legs(route), "      ")
    if routes.why_fewer:
        lines += wrapped(f"{len(routes)} of {routes.requested}: {routes.why_fewer}", "  ")
    for d in routes.dropped:
        values = ", ".join(f"{b} {v:.4g}" for b, v in zip(routes.by, d.values, strict=True))
        lines += wrapped(f"left out, near route {d.near + 1}: {values}", "  ")
    return "\n".join(lines)


def _legs(route: Route) -> str:
    """Return the ends of the legs with the mode between them; a border is named crossings the place in front of it."""
    name = route.place_names
    parts = [name[route.legs[0].start] if route.legs else route.origin_name]
    for leg in route.legs:
        crossed = [b.link for b in route.borders if b.link in leg.links]
        passed = [name[leg.nodes[leg.links.index(x)]] for x in crossed]
        parts.append(" ".join([leg.mode, *([f"via {' and '.join(passed)}"] if passed else []), "to", name[leg.end]]))
    return ", ".join(parts)
