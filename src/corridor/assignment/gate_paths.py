"""Gates in a choice set: which gate each path passes, and what to close to find the best path through each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet
from corridor.assignment.passages import Place
from corridor.model.gate import Gate
from corridor.model.network import Network
from corridor.model.screenlines import crossing_signs

NO_GATE, MIXED = -1, -2


@dataclass(frozen=True)
class _Mark:
    """Links, transfers and resources (flags) that mark a gate."""

    links: Array
    transfers: Array
    resources: Array


def gate_of_paths(choice_set: ChoiceSet, gates: Sequence[Gate]) -> Array:
    """Return the position of the gate that each path of a choice set passes.

    `NO_GATE` stands for none, `MIXED` for a path that its gate does not allow, because it passes another too.
    """
    network = choice_set.context.network
    found = np.full(len(choice_set), NO_GATE, dtype=np.int64)
    for i, gate in reversed(list(enumerate(gates))):  # the first that fits remains
        passes = _passing(choice_set, _mark(network, gate.through))
        if gate.and_through:
            passes &= _passing(choice_set, _mark(network, gate.and_through))
        found[passes] = i
        if gate.not_through:
            found[passes & _passing(choice_set, _mark(network, gate.not_through))] = MIXED
    return found


def gate_closures(network: Network, gates: Sequence[Gate]) -> Iterator[tuple[Array, Array]]:
    """Yield, by gate, the links and the transfers (flags) that only paths through other gates need.

    With these closed, the best path through a gate is found as the best path of all, unless a path without a gate
    is better still.
    """
    features = [_features(network, _mark(network, (*g.through, *g.and_through))) for g in gates]
    every_link, every_transfer = (
        np.logical_or.reduce([np.zeros(len(t), dtype=np.bool_), *(f[k] for f in features)])
        for k, t in enumerate((network.link_table, network.transfer_table))
    )
    for links, transfers in features:
        yield every_link & ~links, every_transfer & ~transfers


def _mark(network: Network, names: Sequence[str]) -> _Mark:
    tables = (network.link_table, network.transfer_table, network.resource_table)
    links, transfers, resources = (np.zeros(len(t), dtype=np.bool_) for t in tables)
    for name in names:
        place = Place(network, name)
        if place.line is not None:
            links |= crossing_signs(network, place.line) != 0
        elif place.kind == "link":
            links[network.link_table.index[place.id]] = True
        elif place.kind == "transfer":
            transfers[network.transfer_table.index[place.id]] = True
        else:
            resources[network.resource_table.index[place.id]] = True
    return _Mark(links, transfers, resources)


def _passing(choice_set: ChoiceSet, mark: _Mark) -> Array:
    """Return which paths use at least one feature of a mark."""
    passes = np.zeros(len(choice_set), dtype=np.bool_)
    for first, used, flags in (
        (choice_set.first_link, choice_set.links, mark.links),
        (choice_set.first_transfer, choice_set.transfers, mark.transfers),
        (choice_set.first_use, choice_set.resources, mark.resources),
    ):
        if flags.any():
            hit = np.flatnonzero(flags[used])
            passes[np.searchsorted(first, hit, side="right") - 1] = True
    return passes


def _features(network: Network, mark: _Mark) -> tuple[Array, Array]:
    """Return the links and transfers of a mark, with those that use its resources."""
    links, transfers = mark.links.copy(), mark.transfers.copy()
    for r in np.flatnonzero(mark.resources).tolist():
        for use in network.uses.get(network.resource_table.ids[r], ()):
            for table, flags in ((network.link_table, links), (network.transfer_table, transfers)):
                if use["feature"] in table.index:
                    flags[table.index[use["feature"]]] = True
    return links, transfers
