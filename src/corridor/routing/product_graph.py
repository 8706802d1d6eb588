"""Constraints on the whole route, as the product of the network and small automata.

Each such constraint (places to pass, counts of borders and transfers, one gauge) is an
automaton that reads a path arc by arc. The states of all automata together are a
*layer*. The virtual network is copied once per layer, and each arc leads into the layer
that follows from it. A path that satisfies all constraints ends in the last layer, so
every search runs on the copies as on the network itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.errors import DataError, Fault
from corridor.graph.csr import LINK, TRANSFER, UNLOAD, CsrGraph
from corridor.graph.virtual import VirtualNetwork, crossings
from corridor.last_few import last_few
from corridor.routing.constraints import Constraints

REFUSED = -1
MOST_STATES = 3_000_000  # of all copies, some 500 MB
CombinedState = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class ProductGraph:
    """The network in layers: `arc_of` is the arc of the virtual network behind each arc of `csr`.

    Every layer has the states of `graph`; paths start in the first layer and end in the last.
    """

    graph: VirtualNetwork
    csr: CsrGraph
    arc_of: Array | None
    layers: int

    def source(self, node: str) -> int | None:
        """Return the state where paths from a node start."""
        return self.graph.out_door(node)

    def target(self, node: str) -> int | None:
        """Return the state where paths to a node end that satisfy all constraints."""
        door = self.graph.in_door(node)
        return None if door is None else door + (self.layers - 1) * len(self.graph.states)

    def spread(self, values: Array) -> Array:
        """Return values by arc of the virtual network as values by arc of the copies."""
        return values if self.arc_of is None else values[self.arc_of]

    def follows(self, node: str, arcs: Sequence[int]) -> bool:
        """Whether a path from a node, in arcs of the virtual network, satisfies all constraints."""
        if self.arc_of is None:
            return True
        state = self.source(node)
        for a in arcs:
            assert state is not None
            first, last = self.csr.first_out[state], self.csr.first_out[state + 1]
            here = [i for i in range(first, last) if self.arc_of[i] == a]
            if not here:
                return False
            state = int(self.csr.head[here[0]])
        return state is not None and state >= (self.layers - 1) * len(self.graph.states)

    def arcs(self, path: list[int]) -> list[int]:
        """Return the arcs of the virtual network along a path."""
        return path if self.arc_of is None else [int(a) for a in self.arc_of[path]]


@dataclass(frozen=True)
class _Automaton:
    """One constraint as an automaton: a symbol for each arc, the transition function, and which states accept."""

    symbols: list[int]
    step: Callable[[int, int], int]
    accepts: Callable[[int], bool]


def product_graph_of(graph: VirtualNetwork, constraints: Constraints, via: tuple[str, ...]) -> ProductGraph:
    """Return the layers that constraints on the whole route need; `via` are ids. The last few are cached."""
    key = (via, constraints.any_order, constraints.most_borders, constraints.most_transfers, constraints.one_gauge)
    stored: dict[Any, ProductGraph] = graph.cache.setdefault("layers", {})

    def build() -> ProductGraph:
        automata = list(_automata(graph, constraints, via))
        return _copied(graph, automata) if automata else ProductGraph(graph, graph.csr, None, 1)

    return last_few(stored, 32, key, build)


def _automata(graph: VirtualNetwork, constraints: Constraints, via: tuple[str, ...]) -> Any:
    if via:
        yield _visits_in_any_order(graph, via) if constraints.any_order else _visits(graph, via)
    if constraints.most_borders is not None:
        yield _at_most(crossings(graph).astype(int).tolist(), constraints.most_borders)
    if constraints.most_transfers is not None:
        yield _at_most([int(k == TRANSFER) for k in graph.kind], constraints.most_transfers)
    if constraints.one_gauge:
        gauges = graph.network.link_table["gauge_mm"]
        symbols = [
            int(gauges[f]) if k == LINK and gauges[f] == gauges[f] else 0
            for k, f in zip(graph.kind, graph.feature, strict=True)
        ]
        yield _Automaton(
            symbols, lambda at, symbol: at if symbol in (0, at) else (REFUSED if at else symbol), lambda _: True
        )


def _at_most(symbols: list[int], most: int) -> _Automaton:
    return _Automaton(symbols, lambda at, symbol: at + symbol if at + symbol <= most else REFUSED, lambda _: True)


def _arrivals(graph: VirtualNetwork, via: tuple[str, ...]) -> list[int]:
    """Return for each arc which place of `via` it reaches, counted from 1; 0: none, or only its doors."""
    place = {node: i for i, node in reversed(list(enumerate(via, start=1)))}
    at = [0 if carrier in ("out", "in") else place.get(node, 0) for node, carrier, _ in graph.states]
    return [at[v] for v in graph.head]


def _visits(graph: VirtualNetwork, via: tuple[str, ...]) -> _Automaton:
    first = {node: i for i, node in reversed(list(enumerate(via, start=1)))}

    def step(passed: int, symbol: int) -> int:
        while passed < len(via) and symbol and first[via[passed]] == symbol:
            passed += 1
        return passed

    return _Automaton(_arrivals(graph, via), step, lambda passed: passed == len(via))


def _visits_in_any_order(graph: VirtualNetwork, via: tuple[str, ...]) -> _Automaton:
    places = tuple(dict.fromkeys(via))
    every = (1 << len(places)) - 1

    def step(seen: int, symbol: int) -> int:
        return seen | (1 << (symbol - 1)) if symbol else seen

    return _Automaton(_arrivals(graph, places), step, lambda seen: seen == every)


def _copied(graph: VirtualNetwork, automata: list[_Automaton]) -> ProductGraph:
    symbols = list(zip(*(r.symbols for r in automata), strict=True))
    symbol_number = {s: i for i, s in enumerate(dict.fromkeys(symbols))}
    symbol_of = np.array([symbol_number[s] for s in symbols], dtype=np.int64)
    layer_of, steps = _reachable_states(automata, list(symbol_number))
    last = len(layer_of)
    accepted = [all(r.accepts(m) for r, m in zip(automata, combined, strict=True)) for combined in layer_of]
    unloads = np.array([k == UNLOAD for k in graph.kind], dtype=np.bool_)
    csr, states = graph.csr, len(graph.states)
    if (last + 1) * states > MOST_STATES:
        message = f"need {last + 1:,} layers of {states:,} states, which is too many"
        raise DataError(Fault("option", "constraints", last, message, "omit one of the limits on the whole route"))
    tails, heads, arcs = [], [], []
    for layer in range(last):
        after = steps[layer][symbol_of]
        is_end = np.array([accepted[a] if a >= 0 else False for a in steps[layer]], dtype=np.bool_)[symbol_of]
        after = np.where(unloads, np.where(is_end, last, REFUSED), after)
        positions = np.flatnonzero(after >= 0)
        tails.append(csr.tail[positions] + layer * states)
        heads.append(csr.head[positions] + after[positions] * states)
        arcs.append(positions)
    copied = CsrGraph.of(states * (last + 1), np.concatenate(tails), np.concatenate(heads))
    return ProductGraph(graph, copied, np.concatenate(arcs), last + 1)


def _reachable_states(
    automata: list[_Automaton], symbols: list[tuple[int, ...]]
) -> tuple[Mapping[CombinedState, int], list[Array]]:
    """Return the layer of each reachable combined state, and by layer the next layer for each symbol."""
    start: CombinedState = (0,) * len(automata)
    layer_of: dict[CombinedState, int] = {start: 0}
    waiting, steps = [start], []
    for combined in waiting:
        layers_after = []
        for symbol in symbols:
            after = tuple(r.step(m, s) for r, m, s in zip(automata, combined, symbol, strict=True))
            if REFUSED in after:
                layers_after.append(REFUSED)
                continue
            if after not in layer_of:
                layer_of[after] = len(layer_of)
                waiting.append(after)
            layers_after.append(layer_of[after])
        steps.append(np.array(layers_after, dtype=np.int64))
    return layer_of, steps
