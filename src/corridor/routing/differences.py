"""Differences between two routes under the objective, by cost category and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corridor.graph.virtual import VirtualNetwork
from corridor.routing.itinerary import Route

UNITS = {
    "generalised": "USD/t", "cost": "USD/t", "time": "h", "length": "km", "co2": "kg/t", "transfers": "", "borders": "",
}  # fmt: skip
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One cost category at one place on the best and on the wanted route, in the unit of the objective."""

    what: str
    where: str
    best: float
    wanted: float

    @property
    def extra(self) -> float:
        """The additional amount on the wanted route."""
        return self.wanted - self.best


def differences(graph: VirtualNetwork, best: Route, wanted: Route) -> tuple[Difference, ...]:
    """Return where the routes differ, the largest first; the extras sum to the difference of the objective."""
    one, other = shares_of(graph, best), shares_of(graph, wanted)
    rows = [Difference(*key, one.get(key, 0.0), other.get(key, 0.0)) for key in dict.fromkeys([*other, *one])]
    return tuple(sorted((r for r in rows if abs(r.extra) > 1e-9), key=lambda r: (-abs(r.extra), r.what, r.where)))


def shares_of(graph: VirtualNetwork, route: Route) -> Mapping[Key, float]:
    """Return the parts of a route's objective, by cost category and place."""
    table = graph.network.link_table
    hour = graph.cargo.value_of_time_usd_t_h
    carbon = graph.network.parameter.get("carbon_price_usd_kg", 0.0)
    amounts: dict[Key, float] = {}

    def add(key: Key, usd: float, hours: float, kg: float = 0.0, km: float = 0.0, count: float = 0.0) -> None:
        by = {
            "generalised": usd + hour * hours + carbon * kg,
            "cost": usd,
            "time": hours,
            "length": km,
            "co2": kg,
            "transfers": count if key[0] == "transfer" else 0.0,
            "borders": count if key[0] == "border" else 0.0,
        }
        amounts[key] = amounts.get(key, 0.0) + by[route.by]

    for leg in route.legs:
        areas = dict.fromkeys(a for x in leg.links for a in table["tariff_area"][table.index[x]])
        add((leg.mode, "–".join(areas)), leg.cost_usd_t, leg.time_h, leg.co2_kg_t, leg.length_km)
    names = route.place_names
    for t in route.transfers:
        add(("transfer", names[t.node]), t.cost_usd_t, t.time_h, t.co2_kg_t, count=1)
    for b in route.borders:
        add(("border", f"{b.from_country}–{b.to_country}"), b.cost_usd_t, b.time_h, count=1)
    for w in route.waits:
        add(("wait", names[w.node]), 0.0, w.time_h)
    for what, h in (("loading", route.loading), ("unloading", route.unloading)):
        add((what, names[h.node]), h.cost_usd_t, h.time_h, h.co2_kg_t)
    return amounts


def value_of(route: Route, by: str) -> float:
    """Return the value of a route under an objective."""
    counts: Mapping[str, Sequence[object]] = {"transfers": route.transfers, "borders": route.borders}
    if by in counts:
        return float(len(counts[by]))
    fields = {
        "generalised": route.generalised_usd_t,
        "cost": route.cost_usd_t,
        "time": route.time_h,
        "length": route.length_km,
        "co2": route.co2_kg_t,
    }
    return fields[by]
