"""The choice set: the paths that all assignment rules choose from.

For every commodity it contains the cheapest path in each state of the year, and the
cheapest path with each screenline, border and mode closed in turn. Alternatives are
therefore available wherever a line fills or closes. Rules that price resources add
the paths that become cheapest under these prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from corridor import kernel
from corridor.arrays import Array
from corridor.assignment.exclusions import closures
from corridor.assignment.search_context import SearchContext
from corridor.assignment.search_graph import Paths, SearchGraph, cheapest_paths
from corridor.graph.periods import Period
from corridor.graph.virtual import PARTS
from corridor.last_few import last_few

FEW = 12  # of the latest sets of limits whose uses are kept
NOTHING = 1e-9  # native units: a resource with less capacity left is closed


@dataclass(frozen=True)
class ChoiceSet:
    """Paths by commodity: those of commodity c stand at `first_path[c] … first_path[c + 1] - 1`, cheapest first.

    `number` identifies each path of a growing choice set; `cost` in USD/t (generalised); `parts` (paths,
    parts) are those of `graph.virtual.PARTS`. `arcs` (from `first_arc`) are arcs of the
    search graph from start to end; `links` with `backward`, and `transfers`, are the links
    and transfers of the network that they represent; a tonne uses `units` of `resources`
    (from `first_use`). Paths above the maximum cost of the cargo are left out.
    """

    context: SearchContext
    first_path: Array
    number: Array
    commodity: Array
    cost: Array
    parts: Array
    first_arc: Array
    arcs: Array
    first_link: Array
    links: Array
    backward: Array
    first_transfer: Array
    transfers: Array
    first_use: Array
    resources: Array
    units: Array

    def __len__(self) -> int:
        return len(self.cost)

    def arrays(self) -> dict[str, Array]:
        """Return all arrays by name, without the context."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "context"}

    def part(self, name: str) -> Array:
        """Return one part of the paths: hours, USD/t, km or kg/t."""
        values: Array = self.parts[:, PARTS.index(name)]
        return values

    @cached_property
    def path_of_use(self) -> Array:
        """The path that each entry of `units` belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.first_use))

    @cached_property
    def max_unit_use(self) -> tuple[Array, Array, Array]:
        """The largest use of each resource by a tonne of each commodity on any path: commodity, resource, units."""
        n = len(self.context.network.resource_table)
        key = self.commodity[self.path_of_use].astype(np.int64) * n + self.resources
        order = np.lexsort((self.units, key))
        last = np.flatnonzero(np.diff(np.append(key[order], -1)))
        return key[order][last] // n, key[order][last] % n, self.units[order][last]

    @cached_property
    def largest_use(self) -> Array:
        """The largest use of each resource by a tonne on any path; 1 where no path uses it."""
        _, resource, units = self.max_unit_use
        largest = np.zeros(len(self.context.network.resource_table))
        np.maximum.at(largest, resource, units)
        divisors: Array = np.where(largest > 0, largest, 1.0)
        return divisors

    @cached_property
    def relative_units(self) -> Array:
        """`units` relative to the largest use of their resource."""
        relative: Array = self.units / self.largest_use[self.resources]
        return relative

    def uses_of(self, chosen: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Return the uses of some resources (flags), renumbered and scaled near one, and these resources.

        First use by path, resource and units by use, positions of the resources and what their units are divided by.
        """
        return last_few(self._uses, FEW, chosen.tobytes(), lambda: self._uses_of(chosen))

    def _uses_of(self, chosen: Array) -> tuple[Array, Array, Array, Array, Array]:
        uses = np.flatnonzero(chosen[self.resources])
        renumbered = np.cumsum(chosen) - 1
        limited = np.flatnonzero(chosen)
        return (
            np.searchsorted(uses, self.first_use),
            renumbered[self.resources[uses]],
            self.relative_units[uses],
            limited,
            self.largest_use[limited],
        )

    @cached_property
    def _uses(self) -> dict[bytes, tuple[Array, Array, Array, Array, Array]]:
        return {}

    def is_open(self, period: Period) -> Array:
        """Return which paths are open in a period."""
        key = (period.open_links.tobytes(), period.open_transfers.tobytes())
        if key not in self._open:
            is_open = np.ones(len(self), dtype=np.bool_)
            for first, items, open_ in (
                (self.first_link, self.links, period.open_links),
                (self.first_transfer, self.transfers, period.open_transfers),
            ):
                owner = np.repeat(np.arange(len(self)), np.diff(first))
                is_open[owner[~open_[items]]] = False
            is_open.flags.writeable = False  # shared
            self._open[key] = is_open
        return self._open[key]

    @cached_property
    def _open(self) -> dict[tuple[bytes, bytes], Array]:
        return {}

    def passable(self, period: Period, free: Array) -> Array:
        """Return which paths are open in a period and use no exhausted resource."""
        is_open = self.is_open(period)
        exhausted = free < NOTHING
        if not exhausted.any():
            return is_open
        is_open = is_open.copy()
        is_open[self.path_of_use[exhausted[self.resources]]] = False
        return is_open

    def log_size(self, is_open: Array) -> Array:
        """Return the logarithm of each path's size among the open paths of its commodity."""
        key = is_open.tobytes()
        if key not in self._sizes:
            lengths = self.context.network.link_table["length_km"].astype(np.float64)
            out, count = np.zeros(len(self)), np.zeros(len(lengths), dtype=np.int64)
            cost = np.where(is_open, self.cost, np.inf)
            module = kernel.load("logit", kernel.mode_for(len(self.links)))
            module.sizes(self.first_path, cost, self.first_link, self.links, lengths, count, out)
            self._sizes[key] = out
        return self._sizes[key]

    def only(self, paths: Array) -> ChoiceSet:
        """Return the choice set with some of its paths (positions, ascending)."""
        arrays = self.arrays() | {n: getattr(self, n)[paths] for n in FLAT}
        arrays["first_path"] = np.searchsorted(paths, self.first_path)
        for first, names in RAGGED.items():
            begin, entries = runs_of(arrays[first], paths)
            arrays |= {first: begin} | {name: arrays[name][entries] for name in names}
        return ChoiceSet(self.context, **arrays)

    def renumbered(self, paths: Array) -> ChoiceSet:
        """Return the choice set with some of its paths, numbered as if it had no others."""
        return replace(self.only(paths), number=np.arange(len(paths)))

    @cached_property
    def _sizes(self) -> dict[bytes, Array]:
        return {}

    def with_paths(self, found: Iterable[Paths]) -> ChoiceSet:
        """Return the choice set with those of some paths added, each once, that it does not contain yet."""
        new: dict[tuple[int, bytes], Array] = {}
        _collect(new, found, self.context.max_cost_usd_t)
        backward = reversed_runs(self.first_arc, self.arcs)
        for c in {c for c, _ in new}:
            for p in range(self.first_path[c], self.first_path[c + 1]):
                new.pop((c, backward[self.first_arc[p] : self.first_arc[p + 1]].tobytes()), None)
        if not new:
            return self
        added = _choice_set_of(self.context, new, len(self))
        pairs = {name: (own, getattr(added, name)) for name, own in self.arrays().items()}
        joined = {name: np.concatenate(pair) for name, pair in pairs.items() if not name.startswith("first")}
        order = np.lexsort((joined["number"], joined["cost"], joined["commodity"]))
        counts = {name: np.concatenate([np.diff(x) for x in pair]) for name, pair in pairs.items() if name in RAGGED}
        arrays = {name: joined[name][order] for name in FLAT}
        for first, names in RAGGED.items():
            arrays[first] = _starts(counts[first][order])
            entry = _entries(_starts(counts[first]), order)
            arrays |= {name: joined[name][entry] for name in names}
        arrays["first_path"] = _starts(np.bincount(arrays["commodity"], minlength=len(self.context.demand)))
        return ChoiceSet(self.context, **arrays)


# The arrays of a choice set with one entry per path, and those whose entries `first_…` divides among the paths.
FLAT = ("number", "commodity", "cost", "parts")
RAGGED = {
    "first_arc": ("arcs",),
    "first_link": ("links", "backward"),
    "first_transfer": ("transfers",),
    "first_use": ("resources", "units"),
}


def initial_choice_set(context: SearchContext, periods: Sequence[Period]) -> ChoiceSet:
    """Return the choice set that every rule starts from."""
    search_graph = context.search_graph
    states = {(p.open_links.tobytes(), p.open_transfers.tobytes()): p for p in periods}
    best = [cheapest_paths(search_graph, p.open_links, p.open_transfers) for p in states.values()]
    links = np.logical_or.reduce([p.open_links for p in states.values()])
    transfers = np.logical_or.reduce([p.open_transfers for p in states.values()])

    def found() -> Iterator[Paths]:  # one closure at a time: all of them together take gigabytes
        yield from best
        for closed in closures(context.network):
            affected = np.zeros(len(context.demand), dtype=np.bool_)
            for paths in best:
                link = search_graph.arc_link[paths.arcs]
                crosses = np.repeat(paths.commodity, np.diff(paths.first))[(link >= 0) & closed[link]]
                affected[crosses] = True
            if affected.any():
                yield cheapest_paths(search_graph, links & ~closed, transfers, wanted=affected)

    return choice_set_of_paths(context, found())


def reversed_runs(first: Array, arcs: Array) -> Array:
    """Return runs of arcs, each in reverse order."""
    lengths = np.diff(first)
    position = np.arange(len(arcs)) - np.repeat(first[:-1], lengths)
    reversed_arcs: Array = arcs[np.repeat(first[1:] - 1, lengths) - position]
    return reversed_arcs


def choice_set_of_paths(context: SearchContext, found: Iterable[Paths]) -> ChoiceSet:
    """Return the choice set of some paths, each once."""
    arcs_of_path: dict[tuple[int, bytes], Array] = {}
    _collect(arcs_of_path, found, context.max_cost_usd_t)
    return _choice_set_of(context, arcs_of_path, 0)


def _collect(arcs_of_path: dict[tuple[int, bytes], Array], found: Iterable[Paths], max_cost: Array) -> None:
    """Add each path within the maximum cost of its commodity to `arcs_of_path`, once."""
    for paths in found:
        accepted = np.flatnonzero(np.isfinite(paths.cost) & (paths.cost <= max_cost[paths.commodity]))
        for i in accepted.tolist():
            arcs = paths.arcs[paths.first[i] : paths.first[i + 1]]
            arcs_of_path.setdefault((int(paths.commodity[i]), arcs.tobytes()), arcs)


def _choice_set_of(
    context: SearchContext, arcs_of_path: Mapping[tuple[int, bytes], Array], first_number: int
) -> ChoiceSet:
    """Return a choice set in an order that depends on the paths alone."""
    keys = sorted(arcs_of_path)
    commodity = np.array([k[0] for k in keys], dtype=np.int64)
    lengths = np.array([len(arcs_of_path[k]) for k in keys], dtype=np.int64)
    first = _starts(lengths)
    arcs = reversed_runs(first, np.concatenate([arcs_of_path[k] for k in keys])) if keys else np.zeros(0, np.int64)
    # The cost is summed over the arcs, because paths may be found under prices.
    owner = np.repeat(np.arange(len(keys)), lengths)
    cost = np.bincount(owner, weights=_arc_cost(context, commodity[owner], arcs), minlength=len(keys))
    order = np.lexsort((np.arange(len(keys)), cost, commodity))
    number = first_number + np.arange(len(keys))
    return _described(
        context, number, commodity[order], cost[order], _starts(lengths[order]), arcs[_entries(first, order)]
    )


def _entries(first: Array, order: Array) -> Array:
    """Return the positions of the entries of runs in another order of the runs."""
    lengths = np.diff(first)[order]
    positions: Array = np.repeat(first[:-1][order] - _starts(lengths)[:-1], lengths) + np.arange(lengths.sum())
    return positions


def _starts(lengths: Array) -> Array:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _arc_cost(context: SearchContext, commodity: Array, arcs: Array) -> Array:
    """Return the generalised cost of each entry of `arcs` under the rules of its commodity."""
    search_graph = context.search_graph
    row_of = np.zeros(len(context.demand), dtype=np.int64)
    for g in search_graph.cargoes:
        row_of[g.commodities] = g.query_row
    cost = np.zeros(len(arcs))
    for g in search_graph.cargoes:
        of_cargo = (arcs >= g.first_arc) & (arcs < g.first_arc + g.graph.arcs)
        cost[of_cargo] = g.rows[row_of[commodity[of_cargo]], arcs[of_cargo] - g.first_arc]
    return cost


def _described(
    context: SearchContext, number: Array, commodity: Array, cost: Array, first_arc: Array, arcs: Array
) -> ChoiceSet:
    """Return the choice set with the links, transfers, cost parts and resource uses of its arcs."""
    search_graph, n = context.search_graph, len(commodity)
    owner = np.repeat(np.arange(n), np.diff(first_arc))
    link, transfer = search_graph.arc_link[arcs], search_graph.arc_transfer[arcs]
    on_link, on_transfer = link >= 0, transfer >= 0
    parts = [np.bincount(owner, weights=search_graph.parts[name][arcs], minlength=n) for name in PARTS]
    first_use, resources, units = _uses(search_graph, owner, arcs, n)
    return ChoiceSet(
        context,
        first_path=_starts(np.bincount(commodity, minlength=len(context.demand))),
        number=number,
        commodity=commodity,
        cost=cost,
        parts=np.stack(parts, axis=1),
        first_arc=first_arc,
        arcs=arcs,
        first_link=_starts(np.bincount(owner[on_link], minlength=n)),
        links=link[on_link],
        backward=search_graph.arc_backward[arcs][on_link],
        first_transfer=_starts(np.bincount(owner[on_transfer], minlength=n)),
        transfers=transfer[on_transfer],
        first_use=first_use,
        resources=resources,
        units=units,
    )


def _uses(search_graph: SearchGraph, owner: Array, arcs: Array, paths: int) -> tuple[Array, Array, Array]:
    """Return the resource uses of a tonne: one entry per path and resource; a yard passed twice counts twice."""
    counts = np.diff(search_graph.first_use)[arcs]
    entry = np.repeat(search_graph.first_use[arcs] - _starts(counts)[:-1], counts) + np.arange(counts.sum())
    n = len(search_graph.network.resource_table)
    key = np.repeat(owner, counts) * n + search_graph.use_resource[entry]
    unique, where = np.unique(key, return_inverse=True)
    units = np.bincount(where, weights=search_graph.use_units[entry], minlength=len(unique))
    return _starts(np.bincount(unique // n, minlength=paths)), unique % n, units


def runs_of(first: Array, chosen: Array) -> tuple[Array, Array]:
    """Return the starts of some runs when they are joined, and the positions of their entries."""
    return _starts(np.diff(first)[chosen]), _entries(first, chosen)


def choice_set_from_arrays(context: SearchContext, arrays: Mapping[str, Array]) -> ChoiceSet:
    """Return a choice set from its arrays."""
    return ChoiceSet(context, **arrays)
