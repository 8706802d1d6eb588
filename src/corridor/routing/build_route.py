"""Build a `Route` (nodes, links, legs, transfers, borders, waits) from a path of arcs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from corridor.graph.csr import FORWARD, LINK, LOAD, TRANSFER
from corridor.graph.virtual import HOURS, MONEY, VirtualNetwork, crossings
from corridor.routing.clock import EXPECTED, ICE, Delay
from corridor.routing.constraints import not_known
from corridor.routing.inputs_used import inputs_used_of
from corridor.routing.itinerary import Border, Handling, Leg, Route, Transfer, Wait
from corridor.routing.route_query import RouteQuery

MOVING = tuple(name for name in HOURS if name != "wait_h")  # hours that do not depend on the time of arrival at the arc


def route_of(query: RouteQuery, arcs: Sequence[int]) -> Route:
    """Return the route that a path of arcs stands for."""
    graph, network = query.graph, query.network
    part = graph.parts
    friction = _friction(query, arcs)
    links = [a for a in arcs if graph.kind[a] == LINK]
    loading = _handling(graph, arcs[0], friction)
    unloading = _handling(graph, arcs[-1], friction)
    cost = sum(sum(part[name][a] for name in MONEY) + friction.get(a, 0.0) for a in arcs)
    waits = tuple(_waits(query, arcs))
    time_h = sum(sum(part[name][a] for name in MOVING) for a in arcs)
    time_h += sum(w.time_h for w in waits)
    co2 = sum(part["co2_kg_t"][a] for a in arcs)
    carbon = network.parameter.get("carbon_price_usd_kg", 0.0)
    nodes = {graph.states[s][0] for a in arcs for s in (graph.tail[a], graph.head[a])}
    departure = None if query.clock is None else query.clock.departure
    return Route(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        money_year=int(network.meta["money_year"]),
        origin=query.origin,
        destination=query.destination,
        origin_name=network.name_of(query.origin),
        destination_name=network.name_of(query.destination),
        snap_km={p.text: p.snap_km for p in (query.start, query.end) if p.snap_km > 0},
        cargo=graph.cargo.id,
        cargo_name=graph.cargo.name,
        by=query.by,
        year=query.year,
        depart=None if departure is None else _time(departure),
        arrive=None if departure is None else _time(departure + timedelta(hours=time_h)),
        constraints=query.constraints,
        scenarios=network.scenarios,
        generalised_usd_t=cost + graph.cargo.value_of_time_usd_t_h * time_h + carbon * co2,
        cost_usd_t=cost,
        time_h=time_h,
        transit_h=time_h - loading.time_h - unloading.time_h,
        length_km=sum(part["length_km"][a] for a in arcs),
        co2_kg_t=co2,
        legs=tuple(_leg(graph, run, friction) for run in _runs(graph, arcs)),
        transfers=tuple(_transfer(graph, a, friction) for a in arcs if graph.kind[a] == TRANSFER),
        borders=tuple(_border(graph, a, friction) for a in links if crossings(graph)[a]),
        waits=waits,
        loading=loading,
        unloading=unloading,
        inputs_used=tuple(inputs_used_of(query, arcs, {w.link for w in waits if w.why == ICE})),
        not_known=not_known(graph, query.constraints, arcs),
        place_names={n: network.name_of(n) for n in sorted(nodes)},
        country_of={n: network.country_of(n) for n in sorted(nodes)},
    )


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M")


def _waits(query: RouteQuery, arcs: Sequence[int]) -> Iterator[Wait]:
    """Yield the waits: expected ones for departures, and with a day of departure those of the clock."""
    graph, clock = query.graph, query.clock
    part = graph.parts
    delays: dict[int, tuple[Delay, ...]] = {}
    read_off = [clock is not None and bool(clock.runs_by_timetable[a]) for a in arcs]
    if clock is not None:
        hours = [
            sum(part[name][a] for name in MOVING) + (0.0 if off else part["wait_h"][a])
            for a, off in zip(arcs, read_off, strict=True)
        ]
        delays = clock.delays(arcs, hours)
    for i, a in enumerate(arcs):
        node = graph.states[graph.tail[a]][0]
        feature_id = _link_id(graph, a) if graph.kind[a] == LINK else _facility(graph, a) or ""
        yield from (Wait(node, feature_id, delay.time_h, delay.why) for delay in delays.get(i, ()))
        if part["wait_h"][a] > 0 and not read_off[i]:
            yield Wait(node, feature_id, part["wait_h"][a], EXPECTED)


def _friction(query: RouteQuery, arcs: Sequence[int]) -> dict[int, float]:
    graph = query.graph
    amounts: dict[int, float] = {}
    for rule in graph.frictions.holding(*query.countries):
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


def _facility(graph: VirtualNetwork, arc: int) -> str | None:
    return graph.network.transfer_table.ids[graph.feature[arc]] if graph.feature[arc] >= 0 else None


def _ends(graph: VirtualNetwork, arc: int) -> tuple[str, str]:
    return graph.states[graph.tail[arc]][0], graph.states[graph.head[arc]][0]


def _leg(graph: VirtualNetwork, run: Sequence[int], friction: dict[int, float]) -> Leg:
    table, first, part = graph.network.link_table, graph.feature[run[0]], graph.parts
    gauge = table["gauge_mm"][first]
    nodes = [_ends(graph, run[0])[0], *(_ends(graph, a)[1] for a in run)]
    charges = sum(friction.get(a, 0.0) for a in run if not bool(crossings(graph)[a]))
    return Leg(
        mode=_main_mode(graph, run),
        gauge_mm=None if gauge != gauge else int(gauge),
        carrier=table["carrier"][first],
        start=nodes[0],
        end=nodes[-1],
        nodes=tuple(nodes),
        links=tuple(_link_id(graph, a) for a in run),
        line=_line(graph, run),
        length_km=sum(part["length_km"][a] for a in run),
        time_h=sum(part["run_h"][a] for a in run),
        cost_usd_t=sum(part["run_usd_t"][a] for a in run) + charges,
        co2_kg_t=sum(part["co2_kg_t"][a] for a in run),
    )


def _line(graph: VirtualNetwork, run: Sequence[int]) -> tuple[tuple[float, float], ...]:
    points: list[tuple[float, float]] = []
    for a in run:
        line = graph.network.geometry[_link_id(graph, a)]
        points.extend((line if graph.direction[a] == FORWARD else line[::-1])[1 if points else 0 :])
    return tuple(points)


def _main_mode(graph: VirtualNetwork, run: Sequence[int]) -> str:
    """Return the mode with the most km of a leg: a river-sea ship sails both."""
    km: dict[str, float] = {}
    for a in run:
        mode = graph.network.link_table["mode"][graph.feature[a]]
        km[mode] = km.get(mode, 0.0) + graph.parts["length_km"][a]
    return str(max(km, key=lambda mode: km[mode]))


def _method(graph: VirtualNetwork, arc: int) -> str:
    table, wanted = graph.network.transfer_table, graph.cargo.cargo_class
    for text in table["methods"][graph.feature[arc]] or ():
        cargo_class, _, method = text.partition("=")
        if cargo_class == wanted:
            return str(method)
    return ""


def _transfer(graph: VirtualNetwork, arc: int, friction: dict[int, float]) -> Transfer:
    node, start, _ = graph.states[graph.tail[arc]]
    part = graph.parts
    return Transfer(
        graph.network.transfer_table.ids[graph.feature[arc]],
        node,
        start,
        graph.states[graph.head[arc]][1],
        _method(graph, arc),
        part["handling_h"][arc],
        part["handling_usd_t"][arc] + friction.get(arc, 0.0),
        part["co2_kg_t"][arc],
    )


def _border(graph: VirtualNetwork, arc: int, friction: dict[int, float]) -> Border:
    start, end = _ends(graph, arc)
    country = graph.network.country_of
    return Border(
        _link_id(graph, arc),
        country(start),
        country(end),
        graph.parts["border_h"][arc],
        graph.parts["border_usd_t"][arc] + friction.get(arc, 0.0),
    )


def _handling(graph: VirtualNetwork, arc: int, friction: dict[int, float]) -> Handling:
    state = graph.states[graph.head[arc] if graph.kind[arc] == LOAD else graph.tail[arc]]
    facility = _facility(graph, arc)
    part = graph.parts
    return Handling(
        state[0],
        facility,
        state[1],
        part["handling_h"][arc],
        part["handling_usd_t"][arc] + friction.get(arc, 0.0),
        part["co2_kg_t"][arc],
    )
