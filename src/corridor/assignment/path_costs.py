"""Known paths on another state of their network: their costs and arcs there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet, reversed_runs
from corridor.assignment.search_context import SearchContext
from corridor.assignment.search_graph import Paths
from corridor.cache import digest
from corridor.graph.csr import LINK
from corridor.graph.periods import open_always
from corridor.graph.virtual import PARTS, VirtualNetwork, virtual_network
from corridor.model.network import Network
from corridor.model.table import Table
from corridor.routing.search import weights_for

STATUS = ("status", "opening_year", "opened_year")
NOTES = ("sources", "note", "name", "other_names", "why")  # what no answer depends on
ABOUT = ("_low", "_high", "basis", *NOTES)  # what no answer depends on without draws
PRICED = ("link_table", "transfer_table", "tariffs", "frictions", "parameters", "cargo_records")


class Costs:
    """The paths of a choice set on other states of their network, with the costs there; once for equal prices."""

    def __init__(self, choice_set: ChoiceSet) -> None:
        self.choice_set = choice_set
        self._known = {_prices(choice_set.context.network): choice_set}
        self._of_network: dict[int, tuple[Network, ChoiceSet]] = {}  # with the network, so that no other takes its id

    def on(self, network: Network) -> ChoiceSet:
        """Return the choice set on a network, as `on_state` does."""
        if id(network) not in self._of_network:
            key = _prices(network)
            if key not in self._known:
                self._known[key] = on_state(self.choice_set, network)
            self._of_network[id(network)] = network, self._known[key]
        return self._of_network[id(network)][1]


def _prices(network: Network) -> bytes:
    """Return a hash of all that determines costs; a closure does not change it."""
    return digest(part for name in PRICED for part in values_of(getattr(network, name), STATUS)).encode()


def values_of(part: Any, without: Sequence[str] = (), *, ranges: bool = False) -> list[bytes]:
    """Return the values of a table, or of records, as bytes, without sources and notes; with or without `ranges`."""
    about = NOTES if ranges else ABOUT
    if not isinstance(part, Table):
        return [repr([{k: v for k, v in r.items() if not k.endswith(about)} for r in part]).encode()]
    columns = [v for k, v in part.columns.items() if k not in without and not k.endswith(about)]
    return [c.tobytes() if c.dtype != object else repr(c.tolist()).encode() for c in columns]


def shares_paths(network: Network, other: Network) -> bool:
    """Return whether another network has all open arcs of a network, at the same costs and with the same uses."""
    if _prices(network) != _prices(other) or network.uses != other.uses:
        return False
    pairs = ((network.tables[kind], other.tables[kind]) for kind in ("node", "link", "transfer", "resource"))
    if any(a.ids != b.ids for a, b in pairs):
        return False
    masks = ((open_always(network, kind), open_always(other, kind)) for kind in ("link", "transfer"))
    return not any((a & ~b).any() for a, b in masks)


def on_state(choice_set: ChoiceSet, network: Network) -> ChoiceSet:
    """Return the paths of a choice set with their costs on another state of their network.

    An arc that this state does not have (a link closed in it) keeps its cost; closures
    are treated separately. The edits of `network` are resolved already.
    """
    context = choice_set.context
    search_graph, demand = context.search_graph, context.demand
    owner = np.repeat(np.arange(len(choice_set)), np.diff(choice_set.first_arc))
    commodity = choice_set.commodity[owner]
    cost = np.zeros(len(choice_set.arcs))
    parts = np.stack([search_graph.parts[name][choice_set.arcs] for name in PARTS])
    for g in search_graph.cargoes:
        now = virtual_network(network, network.cargo(g.graph.cargo.id), None)
        where = _arcs_of(now, g.graph)
        of_cargo = np.flatnonzero((choice_set.arcs >= g.first_arc) & (choice_set.arcs < g.first_arc + g.graph.arcs))
        arcs = choice_set.arcs[of_cargo] - g.first_arc
        known = where[arcs] >= 0
        for k, name in enumerate(PARTS):
            parts[k, of_cargo[known]] = np.array(now.parts[name])[where[arcs[known]]]
        row_of = np.zeros(len(demand), dtype=np.int64)
        row_of[g.commodities] = g.query_row
        for row in range(len(g.rows)):
            chosen = np.flatnonzero(row_of[commodity[of_cargo]] == row)
            if not len(chosen):
                continue
            c = int(commodity[of_cargo[chosen[0]]])
            ends = network.country_of(demand.origins[c]), network.country_of(demand.destinations[c])
            weights = np.array(weights_for(now, "generalised", *ends))
            matching = where[arcs[chosen]]
            cost[of_cargo[chosen]] = np.where(matching >= 0, weights[matching], g.rows[row][arcs[chosen]])
    n = len(choice_set)
    return replace(
        choice_set,
        context=SearchContext(network, demand),
        cost=np.bincount(owner, weights=cost, minlength=n),
        parts=np.stack([np.bincount(owner, weights=part, minlength=n) for part in parts], axis=1),
    )


def moved_paths(choice_set: ChoiceSet, context: SearchContext) -> Paths:
    """Return the paths of a choice set in another context; the cost is infinite where an arc is missing there."""
    arcs = np.zeros(len(choice_set.arcs), dtype=np.int64)
    by_cargo = {g.graph.cargo.id: g for g in context.search_graph.cargoes}
    for g in choice_set.context.search_graph.cargoes:
        other = by_cargo[g.graph.cargo.id]
        where = _arcs_of(other.graph, g.graph)
        of_cargo = (choice_set.arcs >= g.first_arc) & (choice_set.arcs < g.first_arc + g.graph.arcs)
        found = where[choice_set.arcs[of_cargo] - g.first_arc]
        arcs[of_cargo] = np.where(found < 0, -1, found + other.first_arc)
    owner = np.repeat(np.arange(len(choice_set)), np.diff(choice_set.first_arc))
    cost = np.zeros(len(choice_set))
    cost[owner[arcs < 0]] = np.inf
    return Paths(choice_set.commodity, cost, choice_set.first_arc, reversed_runs(choice_set.first_arc, arcs))


def _arcs_of(now: VirtualNetwork, before: VirtualNetwork) -> Array:
    """Return the arc of one virtual network for each arc of another; -1: none."""
    if now.tail == before.tail and now.head == before.head and now.feature == before.feature:
        return np.arange(before.arcs)
    known = {key: a for a, key in enumerate(_keys(now))}
    return np.array([known.get(key, -1) for key in _keys(before)], dtype=np.int64)


def _keys(graph: VirtualNetwork) -> list[tuple[Any, ...]]:
    states = graph.states
    table = {True: graph.network.link_table.ids, False: graph.network.transfer_table.ids}
    return [
        (states[t], states[h], k, table[k == LINK][f] if f >= 0 else "", d)
        for t, h, k, f, d in zip(graph.tail, graph.head, graph.kind, graph.feature, graph.direction, strict=True)
    ]
