"""The figures that a route uses: enough to compute its totals by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from corridor.graph.csr import BACKWARD, LINK, LOAD
from corridor.graph.prices import Prices
from corridor.graph.virtual import VirtualNetwork
from corridor.model.cargo import WATER, carrier_group
from corridor.model.table import Table
from corridor.routing.itinerary import UsedFigure
from corridor.routing.route_query import RouteQuery

Record = Mapping[str, Any]


class _RecordedLookups(dict[str, float]):
    """Parameters that record which of them were looked up."""

    def __init__(self, values: Mapping[str, float]) -> None:
        super().__init__(values)
        self.used: dict[str, None] = {}

    def __getitem__(self, name: str) -> float:
        self.used[name] = None
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        if name in self:
            self.used[name] = None
        return super().get(name, default)


def inputs_used_of(query: RouteQuery, arcs: Sequence[int], icy: Collection[str] = ()) -> list[UsedFigure]:
    """Return each used figure once: links, transfers, tariffs, frictions, cargo, then parameters."""
    graph, network = query.graph, query.network
    parameter = _RecordedLookups(network.parameter)
    prices = Prices(network, graph.cargo, parameter)
    found: list[UsedFigure] = []
    for a in arcs:
        found += _of_link(graph, prices, a) if graph.kind[a] == LINK else _of_facility(graph, prices, a)
    links = network.link_table
    for name in icy:
        found += _known(links, links.index[name], ("ice_h",))
    for rule in graph.frictions.holding(*query.countries):
        if rule["effect"] == "charge" and any(a in graph.frictions.arcs_of(rule) for a in arcs):
            found.append(_of_record(str(rule["id"]), "usd_t", rule))
    cargo = next(r for r in network.cargo_records if r["id"] == graph.cargo.id)
    found.append(_of_record(graph.cargo.id, "value_of_time_usd_t_h", cargo))
    parameter.get("carbon_price_usd_kg")
    records = {str(r["id"]): r for r in network.parameters}
    found += [_of_record(name, "value", records[name]) for name in parameter.used]
    return list({(f.feature, f.field): f for f in found}.values())


def _of_link(graph: VirtualNetwork, prices: Prices, arc: int) -> Iterator[UsedFigure]:
    table, i = graph.network.link_table, graph.feature[arc]
    carrier, areas = table["carrier"][i], table["tariff_area"][i]
    before = graph.states[graph.tail[arc]][2]
    waits = graph.parts["wait_h"][arc] > 0
    field_names = ("length_km", "speed_kmh", "border_h", "border_usd_t", *(("sailings_per_week",) if waits else ()))
    yield from _known(table, i, field_names)
    prices.speed_kmh(table["speed_kmh"][i], areas, carrier)
    prices.usd_per_tkm(areas, carrier)
    prices.co2_kg_tkm(carrier, areas, table["electrified"][i] == "yes")
    if waits:
        prices.wait_h(table["sailings_per_week"][i], areas, carrier)
    areas_in_order = areas[::-1] if graph.direction[arc] == BACKWARD else areas
    for last, area in zip((before, *areas_in_order), areas_in_order, strict=False):
        tariff = prices.tariff(area, carrier)
        name = f"tariff {area} {carrier} {tariff['cargo']}"
        yield _of_record(name, "usd_tkm", tariff)
        if tariff.get("discount"):
            yield _of_record(name, "discount", tariff)
        if prices.entry_usd_t(last, area, carrier) > 0:
            yield _of_record(name, "fixed_usd_t", tariff)
            if last and carrier_group(carrier) in WATER:  # the fixed part already paid is deducted
                paid = prices.tariff(last, carrier)
                yield _of_record(f"tariff {last} {carrier} {paid['cargo']}", "fixed_usd_t", paid)


def _of_facility(graph: VirtualNetwork, prices: Prices, arc: int) -> Iterator[UsedFigure]:
    prices.parameter.get("emission_kg_t.transfer")
    if graph.feature[arc] >= 0:
        cargo_class = graph.cargo.cargo_class
        field_names = (f"{cargo_class}_h", f"{cargo_class}_usd_t")
        yield from _known(graph.network.transfer_table, graph.feature[arc], field_names)
        return
    prices.loading(graph.states[graph.head[arc] if graph.kind[arc] == LOAD else graph.tail[arc]][1])


def _known(table: Table, i: int, field_names: Sequence[str]) -> Iterator[UsedFigure]:
    for field in field_names:
        value = table[field][i]
        if value == value:
            sources = tuple(table[f"{field}_sources"][i] or ())
            yield UsedFigure(table.ids[i], field, float(value), table[f"{field}_basis"][i], sources)


def _of_record(name: str, field: str, record: Record) -> UsedFigure:
    basis, sources = str(record.get("basis", "assumed")), tuple(record.get("sources") or ())
    return UsedFigure(name, field, float(record[field]), basis, sources)
