"""The virtual network: states are nodes × carriers, arcs are links, transfers, loading, unloading.

Every node has an out-door and an in-door, and every carrier at it two states:
*boarding* (a consignment that waits to leave) and *arrived*. A link leads from
either to *arrived* at its other end; from *boarding* it also costs the wait
and the fixed part of the tariff, once a voyage. A transfer leads from either
to *boarding* of another carrier, loading from the out-door to *boarding*,
unloading from *arrived* to the in-door. A transfer between gauges leads to
*arrived*, since the journey goes on. So a break of gauge is never crossed
without a transfer that serves the cargo, and nothing unloads and loads again.

References: Jourquin & Beuthe (1996), doi:10.1016/S0968-090X(96)00019-8.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from corridor.graph.frictions import Frictions
from corridor.graph.kinds import BACKWARD, FORWARD, LINK, LOAD, TRANSFER, UNLOAD
from corridor.graph.prices import Prices
from corridor.model.cargo import Cargo, carrier_group
from corridor.model.fields import DOOR
from corridor.model.network import Network
from corridor.model.table import Table

PARTS = (
    "length_km",
    "run_h",
    "wait_h",
    "border_h",
    "handling_h",
    "run_usd_t",
    "border_usd_t",
    "handling_usd_t",
    "co2_kg_t",
)


@dataclass(frozen=True)
class VirtualNetwork:
    """States and arcs for one cargo in one year (and month), in forward-star form.

    `first_out` has length n + 1; `tail`, `head`, `kind`, `feature` (position in
    the link or transfer table, -1 for general loading), `direction` and every
    part in `parts` have length m. `states` names each state: node, carrier
    (`out` and `in` for the doors), and whether it has arrived.
    """

    network: Network
    cargo: Cargo
    year: int
    month: int | None
    states: tuple[tuple[str, str, bool], ...]
    state_of: Mapping[tuple[str, str, bool], int]
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
        """How many arcs there are."""
        return len(self.head)

    def out_door(self, node: str) -> int | None:
        """Where a consignment starts at a node."""
        return self.state_of.get((node, "out", False))

    def in_door(self, node: str) -> int | None:
        """Where a consignment ends at a node."""
        return self.state_of.get((node, "in", True))


def virtual_network(network: Network, cargo: Cargo, year: int, month: int | None = None) -> VirtualNetwork:
    """Expand a network for one cargo and year; kept on the network, which never changes."""
    key = ("virtual", cargo, year, month)
    if key not in network.cache:
        network.cache[key] = _expand(network.at(year, month), cargo, year, month)
    made: VirtualNetwork = network.cache[key]
    return made


def closed_reason(table: Table, position: int, year: int, month: int | None) -> str:
    """Return why a link or transfer cannot be used, or nothing.

    What is under construction opens the year after the recorded one; planned
    and proposed works open only by a scenario.
    """
    status = table["status"][position]
    opening = table["opening_year"][position]
    if status == "under_construction":
        if opening == opening and year > opening:
            return ""
        when = f", expected to open in {opening:.0f}" if opening == opening else ""
        return f"under construction{when}"
    if status != "operating":
        return str(status).replace("_", " ")
    if "opened_year" in table.columns and table["opened_year"][position] > year:
        return f"opened in {table['opened_year'][position]:.0f}"
    if month is not None and "months_open" in table.columns:
        months = table["months_open"][position]
        if months and month not in months:
            return f"closed in month {month} (open {_runs(months)})"
    return ""


def _runs(months: tuple[int, ...]) -> str:
    return ", ".join(map(str, sorted(months)))


class _Arcs:
    """Arcs while they are collected, one column each."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int, int]] = []
        self.parts: dict[str, array[float]] = {name: array("d") for name in PARTS}

    def add(self, tail: int, head: int, kind: int, feature: int, direction: int, **parts: float) -> None:
        self.rows.append((tail, head, kind, feature, direction))
        for name, values in self.parts.items():
            values.append(parts.get(name, 0.0))


def _expand(network: Network, cargo: Cargo, year: int, month: int | None) -> VirtualNetwork:
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
    states = _states(network, open_links)
    state_of = {state: i for i, state in enumerate(states)}
    arcs = _Arcs()
    for i in open_links:
        _add_link(arcs, network, prices, state_of, i)
    for i in open_transfers:
        _add_transfer(arcs, network, prices, state_of, i)
    _add_general_loading(arcs, prices, state_of, states)
    order = sorted(range(len(arcs.rows)), key=lambda a: (arcs.rows[a][0], arcs.rows[a][1], a))
    columns = list(zip(*(arcs.rows[a] for a in order), strict=True)) if order else [()] * 5
    parts = {name: [values[a] for a in order] for name, values in arcs.parts.items()}
    first_out = [0] * (len(states) + 1)
    for tail in columns[0]:
        first_out[tail + 1] += 1
    for i in range(len(states)):
        first_out[i + 1] += first_out[i]
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
        state_of,
        first_out,
        tail,
        head,
        kind,
        feature,
        direction,
        parts,
        frictions,
        closed,
    )


def _open(table: Table, year: int, month: int | None, closed: dict[str, str]) -> list[int]:
    positions = []
    for i, name in enumerate(table.ids):
        reason = closed_reason(table, i, year, month)
        if reason:
            closed[name] = reason
        else:
            positions.append(i)
    return positions


def _states(network: Network, open_links: Sequence[int]) -> tuple[tuple[str, str, bool], ...]:
    links = network.link_table
    carriers = {(links[end][i], links["carrier"][i]) for i in open_links for end in ("from", "to")}
    states = [(node, carrier, arrived) for node, carrier in carriers for arrived in (False, True)]
    states += [(node, "out", False) for node in network.node_table.ids]
    states += [(node, "in", True) for node in network.node_table.ids]
    return tuple(sorted(states))


def _add_link(arcs: _Arcs, network: Network, prices: Prices, state_of: Mapping[Any, int], i: int) -> None:
    table = network.link_table
    carrier, areas = table["carrier"][i], table["tariff_area"][i]
    length = table["length_km"][i]
    run_h = length / prices.speed_kmh(table["speed_kmh"][i], areas, carrier)
    run_usd = length * prices.usd_per_tkm(areas, carrier)
    co2 = length * prices.co2_kg_tkm(carrier, areas, table["electrified"][i] == "yes")
    wait_h = prices.wait_h(table["sailings_per_week"][i], areas, carrier)
    border_h, border_usd = _known(table["border_h"][i]), _known(table["border_usd_t"][i])
    for direction, start, end in (
        (FORWARD, table["from"][i], table["to"][i]),
        (BACKWARD, table["to"][i], table["from"][i]),
    ):
        at_start, at_end = (areas[0], areas[-1]) if direction == FORWARD else (areas[-1], areas[0])
        # A tariff's fixed part is paid once a country: on boarding, and on entering the next one.
        entry = prices.fixed_usd_t(at_end, carrier) if at_start != at_end else 0.0
        arrived = state_of[(end, carrier, True)]
        common = {
            "length_km": length,
            "run_h": run_h,
            "border_h": border_h,
            "border_usd_t": border_usd,
            "co2_kg_t": co2,
        }
        arcs.add(
            state_of[(start, carrier, False)],
            arrived,
            LINK,
            i,
            direction,
            wait_h=wait_h,
            run_usd_t=run_usd + entry + prices.fixed_usd_t(at_start, carrier),
            **common,
        )
        arcs.add(state_of[(start, carrier, True)], arrived, LINK, i, direction, run_usd_t=run_usd + entry, **common)


def _known(value: float) -> float:
    return 0.0 if value != value else float(value)  # no border recorded: none is crossed


def _add_transfer(arcs: _Arcs, network: Network, prices: Prices, state_of: Mapping[Any, int], i: int) -> None:
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
            ends = [((node, "out", False), (node, end, False), LOAD)]
        elif end == DOOR:
            ends = [((node, start, True), (node, "in", True), UNLOAD)]
        else:
            # Between gauges the journey goes on: no new wait for a train, no second fixed part.
            goes_on = carrier_group(start) == carrier_group(end) == "rail"
            ends = [((node, start, arrived), (node, end, goes_on), TRANSFER) for arrived in (False, True)]
        for tail, head, kind in ends:
            if tail in state_of and head in state_of:
                arcs.add(state_of[tail], state_of[head], kind, i, direction, **handling)


def _add_general_loading(
    arcs: _Arcs, prices: Prices, state_of: Mapping[Any, int], states: Sequence[tuple[str, str, bool]]
) -> None:
    """Land carriers load wherever they stop; ships only where a facility is recorded."""
    for node, carrier, arrived in states:
        if carrier in ("out", "in") or carrier_group(carrier) not in ("rail", "road"):
            continue
        handling = prices.loading(carrier)
        if handling is None:
            continue
        hours, money = handling
        co2 = prices.parameter.get("emission_kg_t.transfer", 0.0)
        if arrived:
            arcs.add(
                state_of[(node, carrier, True)],
                state_of[(node, "in", True)],
                UNLOAD,
                -1,
                FORWARD,
                handling_h=hours,
                handling_usd_t=money,
                co2_kg_t=co2,
            )
        else:
            arcs.add(
                state_of[(node, "out", False)],
                state_of[(node, carrier, False)],
                LOAD,
                -1,
                FORWARD,
                handling_h=hours,
                handling_usd_t=money,
                co2_kg_t=co2,
            )
