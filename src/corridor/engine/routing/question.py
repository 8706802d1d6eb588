"""What is asked of a route, resolved to ids and states before anything is searched."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corridor.engine.routing.search import OBJECTIVES
from corridor.errors import DataError, Fault, UnknownIdError
from corridor.graph.kinds import LINK, LOAD, TRANSFER, UNLOAD
from corridor.graph.resources import limits
from corridor.graph.virtual import VirtualNetwork, virtual_network
from corridor.model.fields import MODES
from corridor.model.names import nearest
from corridor.model.network import Network

YEARS = (2000, 2100)


@dataclass(frozen=True)
class Question:
    """A route question in ids; `year` and `month` say in which state the network is asked."""

    graph: VirtualNetwork
    origin: str
    destination: str
    by: str
    avoid: tuple[str, ...]
    via: tuple[str, ...]
    modes: tuple[str, ...]
    year: int

    @property
    def network(self) -> Network:
        """The network that is asked."""
        return self.graph.network


def ask(
    network: Network,
    origin: str,
    destination: str,
    *,
    cargo: str,
    by: str,
    year: int | None,
    depart: str | dt.date | None,
    avoid: Sequence[str],
    via: Sequence[str],
    modes: Sequence[str],
) -> Question:
    """Resolve names, check options, expand the network; every fault of the options at once."""
    avoid, via, modes = one(avoid), one(via), one(modes)
    faults: list[Fault] = []
    if by not in OBJECTIVES:
        faults.append(_choice("by", by, OBJECTIVES))
    faults.extend(_choice("mode", mode, MODES) for mode in modes if mode not in MODES)
    when, month = when_of(network, year, depart, faults)
    if faults:
        raise DataError(faults)
    network = network.at(when, month)
    network.names.resolve_all([origin, destination, *via])
    start, end = network.names.resolve(origin), network.names.resolve(destination)
    if start == end:
        message = f"is the origin too: {network.name_of(end)}"
        raise DataError(Fault("destination", "", destination, message, "give two places"))
    graph = virtual_network(network, network.cargo(cargo), when, month)
    places = tuple(network.names.resolve(v) for v in via)
    return Question(graph, start, end, by, tuple(avoid), places, tuple(modes), when)


def one(values: Sequence[str] | None) -> Sequence[str]:
    """Return a sequence of texts also where a single text, or nothing, was given."""
    if values is None:
        return ()
    return (values,) if isinstance(values, str) else values


def _choice(name: str, value: object, choices: Sequence[str]) -> Fault:
    close = difflib.get_close_matches(str(value), choices, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"give one of {', '.join(choices)}"
    return Fault("option", name, str(value), f"is '{value}'", hint)


def when_of(
    network: Network, year: int | None, depart: str | dt.date | None, faults: list[Fault]
) -> tuple[int, int | None]:
    """Return the year, and the month where a day of departure is given."""
    if depart is not None:
        if year is not None:
            faults.append(
                Fault(
                    "option",
                    "depart",
                    str(depart),
                    "sets the year, and another is given",
                    "give one of depart and year",
                )
            )
        try:
            day = depart if isinstance(depart, dt.date) else dt.date.fromisoformat(str(depart))
        except ValueError:
            faults.append(Fault("option", "depart", str(depart), f"is '{depart}'", "give a day as 2027-01-15"))
            return network.base_year, None
        year = day.year
    when = network.base_year if year is None else year
    if isinstance(when, bool) or not isinstance(when, int) or not YEARS[0] <= when <= YEARS[1]:
        faults.append(Fault("option", "year", str(when), f"is {when}", f"give a year from {YEARS[0]} to {YEARS[1]}"))
        return network.base_year, None
    return when, (day.month if depart is not None else None)


def closed_arcs(graph: VirtualNetwork, modes: tuple[str, ...], avoid: tuple[str, ...]) -> dict[int, str]:
    """Return the arcs that a question itself rules out, with the reason."""
    closed: dict[int, str] = {}
    if modes:
        closed |= _closed_by_mode(graph, modes)
    for name in avoid:
        for a in _avoided(graph, name):
            closed[a] = f"avoided: {name}"
    return closed


def _closed_by_mode(graph: VirtualNetwork, modes: tuple[str, ...]) -> dict[int, str]:
    """Return links of other modes, and what leads to carriers that run on no allowed mode."""
    table = graph.network.link_table
    carriers = {c for c, m in zip(table["carrier"], table["mode"], strict=True) if m in modes} | {"out", "in"}
    why = f"is not among {', '.join(modes)}"
    closed = {}
    for a in range(graph.arcs):
        if graph.kind[a] == LINK:
            mode = table["mode"][graph.feature[a]]
            if mode not in modes:
                closed[a] = f"mode {mode} {why}"
            continue
        for carrier in (graph.states[graph.tail[a]][1], graph.states[graph.head[a]][1]):
            if carrier not in carriers:
                closed[a] = f"{carrier} {why}"
    return closed


def _avoided(graph: VirtualNetwork, name: str) -> Iterable[int]:
    network = graph.network
    if name in network.countries:
        return _arcs_at(graph, {n for n in network.node_table.ids if network.country_of(n) == name})
    for table, kinds in ((network.link_table, (LINK,)), (network.transfer_table, (TRANSFER, LOAD, UNLOAD))):
        if name in table.index:
            wanted = table.index[name]
            return [a for a in range(graph.arcs) if graph.kind[a] in kinds and graph.feature[a] == wanted]
    if name in network.resource_table.index:
        return [a for limit in limits(graph) if limit.id == name for a in limit.arcs]
    try:
        return _arcs_at(graph, {network.names.resolve(name)})
    except UnknownIdError as error:
        if error.ambiguous:
            raise
        ids = [i for t in (network.link_table, network.transfer_table, network.resource_table) for i in t.ids]
        close = list(dict.fromkeys([*error.suggestions, *nearest(name, ids)]))[:4]
        raise UnknownIdError("place, country, link, transfer or resource", name, close) from None


def _arcs_at(graph: VirtualNetwork, nodes: set[str]) -> list[int]:
    """Return every arc that touches a node; what is avoided is not passed and not used."""
    states = graph.states
    return [a for a in range(graph.arcs) if states[graph.tail[a]][0] in nodes or states[graph.head[a]][0] in nodes]
