"""The pool of paths that all rules choose from.

It holds, for every commodity, the cheapest path in each state of the year, and
with each screenline, border and mode shut in turn: so wherever a line fills or
closes, its alternatives are at hand. Rules that put prices on resources add what becomes
cheapest under them, until nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from corridor import kernel
from corridor.engine.ground import Ground, Paths, cheapest_paths
from corridor.graph.periods import Period

Array = np.ndarray[Any, Any]
NEW_BY_USD_T = 1e-7  # a path cheaper by less than this is the same price


@dataclass(frozen=True)
class Pool:
    """Paths by commodity: those of commodity c stand at `first_path[c] … first_path[c + 1] - 1`.

    `cost` in USD/t (generalised); `first_arc`, `arcs` give the arcs of each, from
    its start to its end. Paths dearer than what the cargo is willing to pay are left out.
    """

    ground: Ground
    first_path: Array
    commodity: Array
    cost: Array
    first_arc: Array
    arcs: Array

    def __len__(self) -> int:
        return len(self.cost)

    @cached_property
    def path_of_arc(self) -> Array:
        """The path that each entry of `arcs` belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.first_arc))

    @cached_property
    def uses(self) -> tuple[Array, Array, Array]:
        """What a tonne on each path takes: where its entries begin, resource, native units."""
        g = self.ground
        counts = np.diff(g.first_use)[self.arcs]
        total = int(counts.sum())
        begin = np.repeat(g.first_use[self.arcs], counts)
        offset = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        entry = begin + offset
        path = np.repeat(self.path_of_arc, counts)
        # One entry per path and resource, so that a yard passed twice counts twice in one number.
        key = path * len(g.network.resource_table) + g.use_resource[entry]
        unique, where = np.unique(key, return_inverse=True)
        units = np.bincount(where, weights=g.use_units[entry], minlength=len(unique))
        owner = unique // len(g.network.resource_table)
        first = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(self)))])
        return first.astype(np.int64), (unique % len(g.network.resource_table)).astype(np.int64), units

    @cached_property
    def links(self) -> tuple[Array, Array]:
        """The links of each path: where they begin, and their positions."""
        link = self.ground.arc_link[self.arcs]
        on_link = link >= 0
        first = np.concatenate([[0], np.cumsum(np.bincount(self.path_of_arc[on_link], minlength=len(self)))])
        return first.astype(np.int64), link[on_link].astype(np.int64)

    def sums(self, of_arcs: Array) -> Array:
        """Return the sum of a quantity of arcs over each path."""
        made: Array = np.bincount(self.path_of_arc, weights=of_arcs[self.arcs], minlength=len(self))
        return made

    def is_open(self, period: Period) -> Array:
        """Return which paths can be gone in a period."""
        shut_links = ~period.open_links
        link = self.ground.arc_link[self.arcs]
        shut = (link >= 0) & shut_links[link]
        if not period.open_transfers.all():
            transfer = self.arc_transfer[self.arcs]
            shut |= (transfer >= 0) & ~period.open_transfers[transfer]
        made: Array = np.bincount(self.path_of_arc, weights=shut, minlength=len(self)) == 0
        return made

    @cached_property
    def arc_transfer(self) -> Array:
        """The transfer of each arc of the ground, -1 for others."""
        return np.concatenate([np.where(g.is_transfer, g.feature, -1) for g in self.ground.cargoes])

    def log_size(self, is_open: Array) -> Array:
        """Return the logarithm of each path's size among the open paths of its commodity."""
        first, link = self.links
        lengths = self.ground.network.link_table["length_km"].astype(np.float64)
        out = np.zeros(len(self))
        count = np.zeros(len(lengths), dtype=np.int64)
        cost = np.where(is_open, self.cost, np.inf)
        module = kernel.load("logit", kernel.mode_for(len(link)))
        module.sizes(self.first_path, cost, first, link, lengths, count, out)
        return out

    def with_paths(self, found: Iterable[Paths]) -> Pool:
        """Return the pool with other paths added; itself where none is new."""
        return _pooled(self.ground, [self._as_paths(), *found], len(self), self)

    def _as_paths(self) -> Paths:
        # The kernel lists arcs from the end; so does this.
        order = np.concatenate([[0], np.cumsum(np.diff(self.first_arc))]).astype(np.int64)
        return Paths(self.commodity, self.cost, order, _reversed(self.first_arc, self.arcs))


def first_pool(ground: Ground, periods: Sequence[Period]) -> Pool:
    """Return the pool that every rule starts from."""
    states = {(p.open_links.tobytes(), p.open_transfers.tobytes()): p for p in periods}
    found = [cheapest_paths(ground, p.open_links, p.open_transfers) for p in states.values()]
    links = np.logical_or.reduce([p.open_links for p in states.values()])
    transfers = np.logical_or.reduce([p.open_transfers for p in states.values()])
    for shut in _closures(ground):
        touched = np.zeros(len(ground.demand), dtype=np.bool_)
        for paths in found[: len(states)]:
            link = ground.arc_link[paths.arcs]
            crosses = np.repeat(paths.commodity, np.diff(paths.first))[(link >= 0) & shut[link]]
            touched[crosses] = True
        if touched.any():
            found.append(cheapest_paths(ground, links & ~shut, transfers, wanted=touched))
    return _pooled(ground, found, -1, None)


def _closures(ground: Ground) -> Iterable[Array]:
    """Yield what is shut in turn to find alternatives: screenlines and their crossings, borders, modes."""
    network, table = ground.network, ground.network.link_table
    pairs = list(zip(table["from"].tolist(), table["to"].tolist(), strict=True))
    groups: dict[Any, list[int]] = {}
    for line in network.screenlines:
        for x in (*line.get("forward", ()), *line.get("backward", ())):
            i = table.index[x]
            groups.setdefault(("screenline", line["id"]), []).append(i)
            if table["mode"][i] in ("rail", "road"):
                groups.setdefault(("crossing", *sorted(pairs[i])), []).append(i)
    for i, ends in enumerate(pairs):
        countries = sorted({network.country_of(n) for n in ends})
        mode = table["mode"][i]
        groups.setdefault(("mode", mode), []).append(i)
        if len(countries) == 2:
            at_sea = "sea" if mode in ("sea", "ferry", "river") else "land"
            groups.setdefault(("border", at_sea, *countries), []).append(i)
    seen = set()
    for group in groups.values():
        shut = np.zeros(len(table), dtype=np.bool_)
        shut[group] = True
        if shut.tobytes() not in seen and not shut.all():
            seen.add(shut.tobytes())
            yield shut


def _reversed(first: Array, arcs: Array) -> Array:
    lengths = np.diff(first)
    position = np.arange(len(arcs)) - np.repeat(first[:-1], lengths)
    made: Array = arcs[np.repeat(first[1:] - 1, lengths) - position]
    return made


def _pooled(ground: Ground, found: Sequence[Paths], before: int, old: Pool | None) -> Pool:
    """Merge paths, each once, in an order that depends on the paths alone."""
    willing = ground.demand.willing_usd_t
    kept: dict[tuple[int, bytes], tuple[float, Array]] = {}
    for paths in found:
        good = np.flatnonzero(np.isfinite(paths.cost) & (paths.cost <= willing[paths.commodity]))
        for i in good.tolist():
            arcs = paths.arcs[paths.first[i] : paths.first[i + 1]]
            kept.setdefault((int(paths.commodity[i]), arcs.tobytes()), (0.0, arcs))
    if old is not None and len(kept) == before:
        return old
    # The true cost is that of the arcs, whatever prices a path was found under.
    keys = sorted(kept)
    commodity = np.array([k[0] for k in keys], dtype=np.int64)
    backward = [kept[k][1] for k in keys]
    lengths = np.array([len(a) for a in backward], dtype=np.int64)
    first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    arcs = _reversed(first, np.concatenate(backward)) if backward else np.zeros(0, np.int64)
    cost = np.bincount(np.repeat(np.arange(len(keys)), lengths), weights=_arc_cost(ground, commodity, lengths, arcs), minlength=len(keys))
    order = np.lexsort((np.arange(len(keys)), cost, commodity))
    return _ordered(ground, commodity, cost, first, arcs, order)


def _arc_cost(ground: Ground, commodity: Array, lengths: Array, arcs: Array) -> Array:
    """Return the generalised cost of each entry of `arcs` under the rules of its commodity."""
    row_of = np.zeros(len(ground.demand), dtype=np.int64)
    for g in ground.cargoes:
        row_of[g.commodities] = g.query_row
    owner = np.repeat(commodity, lengths)
    cost = np.zeros(len(arcs))
    for g in ground.cargoes:
        mine = (arcs >= g.first_arc) & (arcs < g.first_arc + g.graph.arcs)
        cost[mine] = g.rows[row_of[owner[mine]], arcs[mine] - g.first_arc]
    return cost


def _ordered(ground: Ground, commodity: Array, cost: Array, first: Array, arcs: Array, order: Array) -> Pool:
    lengths = np.diff(first)[order]
    new_first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    entry = np.repeat(first[:-1][order], lengths) + np.arange(lengths.sum()) - np.repeat(new_first[:-1], lengths)
    counts = np.bincount(commodity, minlength=len(ground.demand))
    first_path = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Pool(ground, first_path, commodity[order], cost[order], new_first, arcs[entry])
