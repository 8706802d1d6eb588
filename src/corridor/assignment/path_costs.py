"""Known paths on another state of their network: their costs and arcs there."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet, SearchContext, reversed_runs
from corridor.assignment.search_graph import Paths
from corridor.graph.csr import LINK
from corridor.graph.virtual import VirtualNetwork, virtual_network
from corridor.model.network import Network
from corridor.model.table import Table
from corridor.routing.search import weights_for

PRICED = ("link_table", "transfer_table", "tariffs", "frictions", "parameters", "cargo_records")


class Costs:
    """The costs of the paths of a choice set on other states of their network, computed once for equal prices."""

    def __init__(self, choice_set: ChoiceSet) -> None:
        self.choice_set = choice_set
        self._known: dict[Any, Array] = {}

    def on(self, network: Network) -> Array:
        """Return the cost of every path in USD/t, as `path_costs` does."""
        key = tuple(self._content(getattr(network, name)) for name in PRICED)
        if key not in self._known:
            self._known[key] = path_costs(self.choice_set, network)
        return self._known[key]

    def _content(self, part: Any) -> bytes:
        if isinstance(part, Table):  # a closure does not change costs
            columns = [v for k, v in part.columns.items() if k not in ("status", "opening_year", "opened_year")]
            return b"".join(c.tobytes() if c.dtype != object else repr(c.tolist()).encode() for c in columns)
        return repr(part).encode()


def path_costs(choice_set: ChoiceSet, network: Network) -> Array:
    """Return the costs of the paths of a choice set on another state of their network, in USD/t.

    An arc that this state does not have (a link closed in it) keeps its cost; closures
    are treated separately. The edits of `network` are resolved already.
    """
    context = choice_set.context
    search_graph, demand = context.search_graph, context.demand
    owner = np.repeat(np.arange(len(choice_set)), np.diff(choice_set.first_arc))
    commodity = choice_set.commodity[owner]
    cost = np.zeros(len(choice_set.arcs))
    for g in search_graph.cargoes:
        now = virtual_network(network, network.cargo(g.graph.cargo.id), None)
        where = _arcs_of(now, g.graph)
        of_cargo = np.flatnonzero((choice_set.arcs >= g.first_arc) & (choice_set.arcs < g.first_arc + g.graph.arcs))
        arcs = choice_set.arcs[of_cargo] - g.first_arc
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
    costs: Array = np.bincount(owner, weights=cost, minlength=len(choice_set))
    return costs


def moved_paths(choice_set: ChoiceSet, context: SearchContext) -> Paths:
    """Return the paths of a choice set in another context whose network has all their arcs.

    Raises
    ------
    KeyError
        If the other network lacks an arc.
    """
    arcs = np.zeros(len(choice_set.arcs), dtype=np.int64)
    by_cargo = {g.graph.cargo.id: g for g in context.search_graph.cargoes}
    for g in choice_set.context.search_graph.cargoes:
        other = by_cargo[g.graph.cargo.id]
        where = _arcs_of(other.graph, g.graph)
        of_cargo = (choice_set.arcs >= g.first_arc) & (choice_set.arcs < g.first_arc + g.graph.arcs)
        found = where[choice_set.arcs[of_cargo] - g.first_arc]
        if (found < 0).any():
            raise KeyError(g.graph.cargo.id)
        arcs[of_cargo] = found + other.first_arc
    return Paths(
        choice_set.commodity, np.zeros(len(choice_set)), choice_set.first_arc, reversed_runs(choice_set.first_arc, arcs)
    )


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
