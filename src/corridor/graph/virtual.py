"""The virtual network: states are nodes × carriers, arcs are links, transfers, loading, unloading.

Every node has an out-door and an in-door. Every carrier at it has several
states: *boarding* (a consignment that waits to leave) and *arrived* from each
tariff area. A link leads from each of them to *arrived* at its other end. From
*boarding* it also costs the wait and the fixed part of the tariff, from
*arrived* in another area the additional fixed part of that area. A transfer leads
to *boarding* of another carrier, a transfer between gauges to *arrived*, since the
journey continues. Loading leads from the out-door to *boarding*, unloading from
every state to the in-door. So a break of gauge needs a transfer that serves the
cargo, and a consignment is loaded and unloaded only once.

References: Jourquin & Beuthe (1996), doi:10.1016/S0968-090X(96)00019-8.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from corridor.graph.csr import BACKWARD, FORWARD, LINK, LOAD, TRANSFER, UNLOAD, CsrGraph, first_out
from corridor.graph.frictions import Frictions
from corridor.graph.prices import Prices
from corridor.model.cargo import Cargo, carrier_group
from corridor.model.fields import DOOR
from corridor.model.network import Network
from corridor.model.table import Table

State = tuple[str, str, str]
BOARDING = ""
HOURS = ("run_h", "wait_h", "border_h", "handling_h")
MONEY = ("run_usd_t", "border_usd_t", "handling_usd_t")
PARTS = ("length_km", *HOURS, *MONEY, "co2_kg_t")


def total(parts: Mapping[str, Any], names: Sequence[str]) -> Any:
    """Return the sum of some parts, always in the same order, so that rounding is the same everywhere."""
    return functools.reduce(operator.add, (parts[name] for name in names))


@dataclass(frozen=True)
class VirtualNetwork:
    """States and arcs for one cargo in one year (and month), in forward-star (CSR) form.

    `first_out` has length n + 1; `tail`, `head`, `kind`, `feature` (position in
    the link or transfer table, -1 for general loading), `direction` and every
    part in `parts` have length m. `states` names each state: node, carrier
    (`out` and `in` for the doors), and the tariff area it arrived from ("" at the
    doors and while boarding).
    """

    network: Network
    cargo: Cargo
    year: int | None
    month: int | None
    states: tuple[State, ...]
    state_of: Mapping[State, int]
    first_out: Sequence[int]
    tail: Sequence[int]
    head: Sequence[int]
    kind: Sequence[int]
    feature: Sequence[int]
    direction: Sequence[int]
    parts: Mapping[str, Sequence[float]]
    frictions: Frictions
    closed: Mapping[str, str]
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def arcs(self) -> int:
        """The number of arcs."""
        return len(self.head)

    @property
    def csr(self) -> CsrGraph:
        """The arcs as arrays."""
        if "star" not in self.cache:
            self.cache["star"] = CsrGraph.of(len(self.states), self.tail, self.head)
        stored: CsrGraph = self.cache["star"]
        return stored

    def out_door(self, node: str) -> int | None:
        """Return the state where a consignment starts at a node."""
        return self.state_of.get((node, "out", BOARDING))

    def in_door(self, node: str) -> int | None:
        """Return the state where a consignment ends at a node."""
        return self.state_of.get((node, "in", BOARDING))


def virtual_network(network: Network, cargo: Cargo, year: int | None, month: int | None = None) -> VirtualNetwork:
    """Return the virtual network for one cargo and year; cached on the network, which never changes.

    Without a year it contains everything that ever opens, and `network` is used unchanged.
    """
    key = ("virtual", cargo, year, month)
    if key not in network.cache:
        state = network if year is None else network.at(year, month)
        network.cache[key] = _expand(state, cargo, year, month)
    stored: VirtualNetwork = network.cache[key]
    return stored


def closed_reason(table: Table, position: int, year: int | None, month: int | None) -> str:
    """Return why a link or transfer cannot be used, or ""; without a year, why it never can.

    A project under construction opens the year after the recorded one; planned
    and proposed projects open only by a scenario.
    """
    status = table["status"][position]
    opening = table["opening_year"][position]
    if status == "under_construction":
        if opening == opening and (year is None or year > opening):
            return ""
        when = f", expected to open in {opening:.0f}" if opening == opening else ""
        return f"under construction{when}"
    if status != "operating":
        return str(status).replace("_", " ")
    if year is not None and "opened_year" in table.columns and table["opened_year"][position] > year:
        return f"opened in {table['opened_year'][position]:.0f}"
    if month is not None and "months_open" in table.columns:
        months = table["months_open"][position]
        if months and month not in months:
            return f"closed in month {month} (open {_runs(months)})"
    return ""


def _runs(months: tuple[int, ...]) -> str:
    """Return months as ranges, also across the end of the year: 4 to 10; 11 to 3."""
    starts = [m for m in sorted(months) if (m - 2) % 12 + 1 not in months]
    if not starts:
        return "all year"
    runs = []
    for first in starts:
        last = first
        while last % 12 + 1 in months:
            last = last % 12 + 1
        runs.append(f"{first}" if first == last else f"{first} to {last}")
    return ", ".join(runs)


def crossings(graph: VirtualNetwork) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which arcs cross a border: by land into another country, or with recorded border hours or money."""
    if "crossings" not in graph.cache:
        country = dict(zip(graph.network.node_table.ids, graph.network.node_table["country"], strict=True))
        place = [country[state[0]] for state in graph.states]
        modes, part = graph.network.link_table["mode"], graph.parts
        graph.cache["crossings"] = np.array(
            [
                k == LINK and (h > 0 or usd > 0 or (modes[f] in ("rail", "road") and place[u] != place[v]))
                for k, f, u, v, h, usd in zip(
                    graph.kind,
                    graph.feature,
                    graph.tail,
                    graph.head,
                    part["border_h"],
                    part["border_usd_t"],
                    strict=True,
                )
            ],
            dtype=np.bool_,
        )
    stored: np.ndarray[Any, np.dtype[np.bool_]] = graph.cache["crossings"]
    return stored


class _Arcs:
    """Builder of the arcs: states by node and carrier, rows of arcs, and a column for each part."""

    def __init__(self, states: tuple[State, ...]) -> None:
        self.state_of = {state: i for i, state in enumerate(states)}
        self.at: dict[tuple[str, str], list[State]] = {}
        for state in states:
            self.at.setdefault(state[:2], []).append(state)
        self.rows: list[tuple[int, int, int, int, int]] = []
        self._known: dict[str, tuple[list[int], list[float]]] = {name: ([], []) for name in PARTS}

    def add(self, tail: State, head: State, kind: int, feature: int, direction: int, **parts: float) -> None:
        row = len(self.rows)
        self.rows.append((self.state_of[tail], self.state_of[head], kind, feature, direction))
        for name, value in parts.items():
            rows, values = self._known[name]
            rows.append(row)
            values.append(value)

    def parts(self, order: Sequence[int]) -> dict[str, list[float]]:
        """Return every part of the arcs in an order; what was not given is 0."""
        found = {}
        for name, (rows, values) in self._known.items():
            column = np.zeros(len(self.rows))
            column[rows] = values
            found[name] = column[order].tolist()
        return found


def _expand(network: Network, cargo: Cargo, year: int | None, month: int | None) -> VirtualNetwork:
    prices = Prices(network, cargo)
    closed: dict[str, str] = {}
    links, transfers = network.link_table, network.transfer_table
    open_links = _open(links, year, month, closed)
    open_links = [i for i in open_links if prices.carries(links["tariff_area"][i], links["carrier"][i])]
    open_transfers = [
        i
        for i in _open(transfers, year, month, closed)
        if transfers[f"{cargo.cargo_class}_h"][i] == transfers[f"{cargo.cargo_class}_h"][i]
    ]
    states = _states(network, open_links, open_transfers)
    arcs = _Arcs(states)
    for i in open_links:
        _add_link(arcs, network, prices, i)
    for i in open_transfers:
        _add_transfer(arcs, network, prices, i)
    _add_general_loading(arcs, prices)
    order = sorted(range(len(arcs.rows)), key=lambda a: arcs.rows[a][:2])  # stable: equal ends keep their order
    columns = list(zip(*(arcs.rows[a] for a in order), strict=True)) if order else [()] * 5
    parts = arcs.parts(order)
    tail, head, kind, feature, direction = (list(c) for c in columns)
    frictions = Frictions(
        network,
        cargo,
        states,
        tail,
        head,
        kind,
        feature,
        [links["tariff_area"][f] if k == LINK else () for k, f in zip(kind, feature, strict=True)],
    )
    return VirtualNetwork(
        network,
        cargo,
        year,
        month,
        states,
        arcs.state_of,
        first_out(tail, len(states)),
        tail,
        head,
        kind,
        feature,
        direction,
        parts,
        frictions,
        closed,
    )


def _open(table: Table, year: int | None, month: int | None, closed: dict[str, str]) -> list[int]:
    positions = []
    for i, name in enumerate(table.ids):
        reason = closed_reason(table, i, year, month)
        if reason:
            closed[name] = reason
        else:
            positions.append(i)
    return positions


def _states(network: Network, open_links: Sequence[int], open_transfers: Sequence[int]) -> tuple[State, ...]:
    links = network.link_table
    states = {(node, door, BOARDING) for node in network.node_table.ids for door in ("out", "in")}
    for i in open_links:
        carrier, areas = links["carrier"][i], links["tariff_area"][i]
        for end, area in (("from", areas[0]), ("to", areas[-1])):
            states |= {(links[end][i], carrier, BOARDING), (links[end][i], carrier, area)}
    # Across a change of gauge the journey continues, and keeps the area it arrived from.
    table = network.transfer_table
    for node in {table["node"][i] for i in open_transfers if _joins_gauges(table["from"][i], table["to"][i])}:
        rails = {(c, a) for n, c, a in states if n == node and carrier_group(c) == "rail"}
        states |= {(node, c, a) for c, _ in rails for _, a in rails}
    return tuple(sorted(states))


def _joins_gauges(one: str, other: str) -> bool:
    return carrier_group(one) == carrier_group(other) == "rail"


def _add_link(arcs: _Arcs, network: Network, prices: Prices, i: int) -> None:
    table = network.link_table
    carrier, areas = table["carrier"][i], table["tariff_area"][i]
    length = table["length_km"][i]
    run_usd = length * prices.usd_per_tkm(areas, carrier)
    wait_h = prices.wait_h(table["sailings_per_week"][i], areas, carrier)
    common = {
        "length_km": length,
        "run_h": length / prices.speed_kmh(table["speed_kmh"][i], areas, carrier),
        "border_h": _known(table["border_h"][i]),
        "border_usd_t": _known(table["border_usd_t"][i]),
        "co2_kg_t": length * prices.co2_kg_tkm(carrier, areas, table["electrified"][i] == "yes"),
    }
    for direction, start, end in (
        (FORWARD, table["from"][i], table["to"][i]),
        (BACKWARD, table["to"][i], table["from"][i]),
    ):
        at_start, at_end = (areas[0], areas[-1]) if direction == FORWARD else (areas[-1], areas[0])
        entry_usd = prices.entry_usd_t(at_start, at_end, carrier)
        for state in arcs.at[(start, carrier)]:
            waits = wait_h if state[2] == BOARDING else 0.0
            money = run_usd + entry_usd + prices.entry_usd_t(state[2], at_start, carrier)
            arcs.add(state, (end, carrier, at_end), LINK, i, direction, wait_h=waits, run_usd_t=money, **common)


def _known(value: float) -> float:
    return 0.0 if value != value else float(value)  # no recorded border: none is crossed


def _add_transfer(arcs: _Arcs, network: Network, prices: Prices, i: int) -> None:
    table = network.transfer_table
    node, cargo_class = table["node"][i], prices.cargo.cargo_class
    handling = {
        "handling_h": table[f"{cargo_class}_h"][i],
        "handling_usd_t": table[f"{cargo_class}_usd_t"][i],
        "co2_kg_t": prices.parameter.get("emission_kg_t.transfer", 0.0),
    }
    for direction, start, end in (
        (FORWARD, table["from"][i], table["to"][i]),
        (BACKWARD, table["to"][i], table["from"][i]),
    ):
        if start == DOOR:
            if (node, end) in arcs.at:
                arcs.add((node, "out", BOARDING), (node, end, BOARDING), LOAD, i, direction, **handling)
            continue
        for state in arcs.at.get((node, start), ()):
            if end == DOOR:
                arcs.add(state, (node, "in", BOARDING), UNLOAD, i, direction, **handling)
            elif (node, end) in arcs.at:
                # Between gauges the journey continues: no new wait for a train, no second fixed part.
                head = (node, end, state[2] if _joins_gauges(start, end) else BOARDING)
                arcs.add(state, head, TRANSFER, i, direction, **handling)


def _add_general_loading(arcs: _Arcs, prices: Prices) -> None:
    """Add loading without a facility: land carriers load at every stop, ships only at recorded facilities."""
    for state in arcs.state_of:
        node, carrier, area = state
        handling = prices.loading(carrier) if carrier_group(carrier) in ("rail", "road") else None
        if handling is None:
            continue
        parts = {
            "handling_h": handling[0],
            "handling_usd_t": handling[1],
            "co2_kg_t": prices.parameter.get("emission_kg_t.transfer", 0.0),
        }
        arcs.add(state, (node, "in", BOARDING), UNLOAD, -1, FORWARD, **parts)
        if area == BOARDING:
            arcs.add((node, "out", BOARDING), state, LOAD, -1, FORWARD, **parts)
