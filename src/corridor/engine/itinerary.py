"""A route in the network's words: legs, transfers, borders, waits, and the figures behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from corridor.engine.question import Question
from corridor.engine.search import weights_for
from corridor.graph.kinds import LINK, LOAD, TRANSFER
from corridor.graph.virtual import VirtualNetwork

if TYPE_CHECKING:
    import geopandas


@dataclass(frozen=True, slots=True)
class Leg:
    """An unbroken run on one carrier; borders and waits are beside it, not in it."""

    mode: str
    gauge_mm: int | None
    carrier: str
    start: str
    end: str
    nodes: tuple[str, ...]
    links: tuple[str, ...]
    length_km: float
    time_h: float
    cost_usd_t: float
    co2_kg_t: float


@dataclass(frozen=True, slots=True)
class Transfer:
    """A change of carrier at a node, with the facility that makes it."""

    id: str
    node: str
    start: str
    end: str
    method: str
    time_h: float
    cost_usd_t: float
    co2_kg_t: float


@dataclass(frozen=True, slots=True)
class Border:
    """Formalities on the link that crosses."""

    link: str
    from_country: str
    to_country: str
    time_h: float
    cost_usd_t: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Hours until the next departure."""

    node: str
    link: str
    time_h: float


@dataclass(frozen=True, slots=True)
class Handling:
    """Loading at the origin or unloading at the destination."""

    node: str
    id: str | None
    carrier: str
    time_h: float
    cost_usd_t: float
    co2_kg_t: float


@dataclass(frozen=True, slots=True)
class UsedFigure:
    """A figure that the route rests on."""

    feature: str
    field: str
    value: float
    basis: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """The answer: totals, and the parts that sum to them.

    `time_h` is door to door, `transit_h` leaves loading and unloading out, as
    published train times do; money is USD of `money_year` per net tonne.
    """

    network: str
    data_version: str
    money_year: int
    origin: str
    destination: str
    origin_name: str
    destination_name: str
    cargo: str
    cargo_name: str
    by: str
    year: int
    depart_month: int | None
    generalised_usd_t: float
    cost_usd_t: float
    time_h: float
    transit_h: float
    length_km: float
    co2_kg_t: float
    legs: tuple[Leg, ...]
    transfers: tuple[Transfer, ...]
    borders: tuple[Border, ...]
    waits: tuple[Wait, ...]
    loading: Handling
    unloading: Handling
    figures: tuple[UsedFigure, ...]
    place_names: dict[str, str]
    lines: dict[str, tuple[tuple[float, float], ...]]
    country_of: dict[str, str]

    @property
    def assumed(self) -> int:
        """How many of the figures are assumed."""
        return sum(f.basis == "assumed" for f in self.figures)

    def to_dict(self) -> dict[str, Any]:
        """Return the route with the JSON keys of the command line."""
        name = self.place_names
        return {
            "network": self.network, "data_version": self.data_version,
            "origin": self.origin, "origin_name": self.origin_name,
            "destination": self.destination, "destination_name": self.destination_name,
            "cargo": self.cargo, "by": self.by, "year": self.year,
            "generalised_usd_t": self.generalised_usd_t, "cost_usd_t": self.cost_usd_t,
            "time_h": self.time_h, "transit_h": self.transit_h,
            "length_km": self.length_km, "co2_kg_t": self.co2_kg_t,
            "legs": [
                {"mode": x.mode, "gauge_mm": x.gauge_mm, "from": x.start, "from_name": name[x.start], "to": x.end,
                 "to_name": name[x.end], "nodes": list(x.nodes), "links": list(x.links), "length_km": x.length_km,
                 "time_h": x.time_h, "cost_usd_t": x.cost_usd_t, "co2_kg_t": x.co2_kg_t}
                for x in self.legs
            ],
            "transfers": [
                {"id": t.id, "node": t.node, "node_name": name[t.node], "from": t.start, "to": t.end, "method": t.method,
                 "time_h": t.time_h, "cost_usd_t": t.cost_usd_t, "co2_kg_t": t.co2_kg_t}
                for t in self.transfers
            ],
            "borders": [asdict(b) for b in self.borders],
            "waits": [{**asdict(w), "node_name": name[w.node]} for w in self.waits],
            "loading": {**asdict(self.loading), "node_name": name[self.loading.node]},
            "unloading": {**asdict(self.unloading), "node_name": name[self.unloading.node]},
            "figures": len(self.figures), "assumed": self.assumed,
        }

    def to_geodataframe(self) -> geopandas.GeoDataFrame:
        """Return one row per leg with its line."""
        from corridor.io.routes import route_frame

        return route_frame(self)

    def __str__(self) -> str:
        from corridor.show.itinerary import itinerary_text

        return itinerary_text(self)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def route_of(question: Question, arcs: Sequence[int]) -> Route:
    """Put a path of arcs into the network's words."""
    graph, network = question.graph, question.network
    part = graph.parts
    friction = _friction(question, arcs)
    links = [a for a in arcs if graph.kind[a] == LINK]
    loading = _handling(graph, arcs[0], friction)
    unloading = _handling(graph, arcs[-1], friction)
    cost = sum(part["run_usd_t"][a] + part["border_usd_t"][a] + part["handling_usd_t"][a] + friction.get(a, 0.0) for a in arcs)
    time_h = sum(part["run_h"][a] + part["wait_h"][a] + part["border_h"][a] + part["handling_h"][a] for a in arcs)
    country = network.country_of
    generalised = weights_for(graph, "generalised", country(question.origin), country(question.destination))
    nodes = {graph.states[s][0] for a in arcs for s in (graph.tail[a], graph.head[a])}
    return Route(
        network=network.name, data_version=str(network.meta.get("data_version", "")), money_year=int(network.meta["money_year"]),
        origin=question.origin, destination=question.destination,
        origin_name=network.name_of(question.origin), destination_name=network.name_of(question.destination),
        cargo=graph.cargo.id, cargo_name=graph.cargo.name, by=question.by, year=graph.year, depart_month=graph.month,
        generalised_usd_t=sum(generalised[a] for a in arcs), cost_usd_t=cost, time_h=time_h,
        transit_h=time_h - loading.time_h - unloading.time_h,
        length_km=sum(part["length_km"][a] for a in arcs), co2_kg_t=sum(part["co2_kg_t"][a] for a in arcs),
        legs=tuple(_leg(graph, run, friction) for run in _runs(graph, arcs)),
        transfers=tuple(_transfer(graph, a, friction) for a in arcs if graph.kind[a] == TRANSFER),
        borders=tuple(_border(graph, a, friction) for a in links if _crosses(graph, a)),
        waits=tuple(
            Wait(graph.states[graph.tail[a]][0], _link_id(graph, a), part["wait_h"][a]) for a in links if part["wait_h"][a] > 0
        ),
        loading=loading, unloading=unloading,
        figures=tuple(_figures(graph, arcs)),
        place_names={n: network.name_of(n) for n in sorted(nodes)},
        lines={name: network.geometry[name] for name in sorted({_link_id(graph, a) for a in links})},
        country_of={n: country(n) for n in sorted(nodes)},
    )


def _friction(question: Question, arcs: Sequence[int]) -> dict[int, float]:
    graph, country = question.graph, question.network.country_of
    amounts: dict[int, float] = {}
    for rule in graph.frictions.holding(country(question.origin), country(question.destination)):
        charges = graph.frictions.arcs_of(rule)
        for a in arcs:
            if a in charges:
                amounts[a] = amounts.get(a, 0.0) + charges[a]
    return amounts


def _runs(graph: VirtualNetwork, arcs: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    in_run = False
    for a in arcs:
        if graph.kind[a] == LINK:
            if not in_run:
                runs.append([])
            runs[-1].append(a)
        in_run = graph.kind[a] == LINK
    return runs


def _link_id(graph: VirtualNetwork, arc: int) -> str:
    return graph.network.link_table.ids[graph.feature[arc]]


def _ends(graph: VirtualNetwork, arc: int) -> tuple[str, str]:
    return graph.states[graph.tail[arc]][0], graph.states[graph.head[arc]][0]


def _crosses(graph: VirtualNetwork, arc: int) -> bool:
    start, end = _ends(graph, arc)
    mode = graph.network.link_table["mode"][graph.feature[arc]]
    return mode in ("rail", "road") and graph.network.country_of(start) != graph.network.country_of(end)


def _leg(graph: VirtualNetwork, run: Sequence[int], friction: dict[int, float]) -> Leg:
    table, first, part = graph.network.link_table, graph.feature[run[0]], graph.parts
    gauge = table["gauge_mm"][first]
    nodes = [_ends(graph, run[0])[0], *(_ends(graph, a)[1] for a in run)]
    beside = sum(friction.get(a, 0.0) for a in run if not _crosses(graph, a))
    return Leg(
        mode=_main_mode(graph, run), gauge_mm=None if gauge != gauge else int(gauge), carrier=table["carrier"][first],
        start=nodes[0], end=nodes[-1], nodes=tuple(nodes), links=tuple(_link_id(graph, a) for a in run),
        length_km=sum(part["length_km"][a] for a in run), time_h=sum(part["run_h"][a] for a in run),
        cost_usd_t=sum(part["run_usd_t"][a] for a in run) + beside, co2_kg_t=sum(part["co2_kg_t"][a] for a in run),
    )


def _main_mode(graph: VirtualNetwork, run: Sequence[int]) -> str:
    """Return the mode of most of a leg: a river-sea ship sails both."""
    km: dict[str, float] = {}
    for a in run:
        mode = graph.network.link_table["mode"][graph.feature[a]]
        km[mode] = km.get(mode, 0.0) + graph.parts["length_km"][a]
    return max(km, key=lambda mode: km[mode])


def _method(graph: VirtualNetwork, arc: int) -> str:
    table, wanted = graph.network.transfer_table, graph.cargo.cargo_class
    for text in table["methods"][graph.feature[arc]] or ():
        cargo_class, _, method = text.partition("=")
        if cargo_class == wanted:
            return method
    return ""


def _transfer(graph: VirtualNetwork, arc: int, friction: dict[int, float]) -> Transfer:
    node, start, _ = graph.states[graph.tail[arc]]
    part = graph.parts
    return Transfer(
        graph.network.transfer_table.ids[graph.feature[arc]], node, start, graph.states[graph.head[arc]][1], _method(graph, arc),
        part["handling_h"][arc], part["handling_usd_t"][arc] + friction.get(arc, 0.0), part["co2_kg_t"][arc],
    )


def _border(graph: VirtualNetwork, arc: int, friction: dict[int, float]) -> Border:
    start, end = _ends(graph, arc)
    country = graph.network.country_of
    return Border(_link_id(graph, arc), country(start), country(end), graph.parts["border_h"][arc],
                  graph.parts["border_usd_t"][arc] + friction.get(arc, 0.0))


def _handling(graph: VirtualNetwork, arc: int, friction: dict[int, float]) -> Handling:
    state = graph.states[graph.head[arc] if graph.kind[arc] == LOAD else graph.tail[arc]]
    facility = graph.network.transfer_table.ids[graph.feature[arc]] if graph.feature[arc] >= 0 else None
    part = graph.parts
    return Handling(state[0], facility, state[1], part["handling_h"][arc],
                    part["handling_usd_t"][arc] + friction.get(arc, 0.0), part["co2_kg_t"][arc])


def _figures(graph: VirtualNetwork, arcs: Sequence[int]) -> list[UsedFigure]:
    """List the figures of links and transfers that the answer rests on, each once."""
    network, cargo_class = graph.network, graph.cargo.cargo_class
    found: dict[tuple[str, str], UsedFigure] = {}
    for a in arcs:
        if graph.feature[a] < 0:
            continue
        table = network.link_table if graph.kind[a] == LINK else network.transfer_table
        fields = (
            ("length_km", "speed_kmh", "sailings_per_week", "border_h", "border_usd_t") if graph.kind[a] == LINK
            else (f"{cargo_class}_h", f"{cargo_class}_usd_t")
        )
        for field in fields:
            value = table[field][graph.feature[a]]
            if value == value:
                name = table.ids[graph.feature[a]]
                found[(name, field)] = UsedFigure(
                    name, field, float(value), table[f"{field}_basis"][graph.feature[a]],
                    tuple(table[f"{field}_sources"][graph.feature[a]] or ()),
                )
        if graph.kind[a] == LINK:
            for area in table["tariff_area"][graph.feature[a]]:
                _tariff_figure(graph, area, table["carrier"][graph.feature[a]], found)
    return list(found.values())


def _tariff_figure(
    graph: VirtualNetwork, area: str, carrier: str, found: dict[tuple[str, str], UsedFigure]
) -> None:
    from corridor.graph.prices import Prices

    tariff = Prices(graph.network, graph.cargo).tariff(area, carrier)
    name = f"tariff {area} {carrier} {tariff['cargo']}"
    found[(name, "usd_tkm")] = UsedFigure(
        name, "usd_tkm", float(tariff["usd_tkm"]), str(tariff.get("basis", "assumed")), tuple(tariff.get("sources", ()))
    )


