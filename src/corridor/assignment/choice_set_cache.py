"""Cached choice sets of a network and a demand.

The shipped demand names reference years. Its choice sets are built for these years
until no further path would save more than `LARGEST_SAVING` of all costs in any of them, and
are stored in the cache folder under a hash of everything they depend on. The choice
set of any other demand is built while it is assigned.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import numpy as np

from corridor import cache
from corridor.assignment.choice_set import ChoiceSet, SearchContext, choice_set_from_arrays
from corridor.assignment.year_result import ChoiceSets, physical, solve_year
from corridor.graph.periods import periods_of
from corridor.model.demand import Demand
from corridor.model.network import Network

log = logging.getLogger("corridor")
CHOICE_SET_VERSION = 1  # of the algorithm: increase it when the resulting paths can change


def choice_sets_of(network: Network, demand: Demand) -> ChoiceSets:
    """Return the choice sets for one query about a demand; their initial state is cached with the network."""
    return ChoiceSets(_store(network, demand))


def stored_choice_sets(network: Network, demand: Demand) -> list[ChoiceSet]:
    """Return the choice sets of a demand with reference years, one for each state of lines and prices."""
    return [p for k, p in _store(network, demand).items() if all(isinstance(x, int) for x in k)]


def _store(network: Network, demand: Demand) -> dict[Any, Any]:
    ends = (demand.origins, demand.destinations, demand.cargoes)
    store: dict[Any, Any] = network.cache.setdefault(("choice sets", *ends, demand.max_cost_usd_t.tobytes()), {})
    if demand.references and not store:
        key = _key(network, demand)
        if not key or not _load(network, demand, key, store):
            _grow(network, demand, store)
            if key:
                _save(key, store)
    return store


def _key(network: Network, demand: Demand) -> str:
    """Return a hash of all inputs of the choice sets; empty for a network without a digest."""
    if not network.digest:
        return ""
    ends = "\n".join((*demand.origins, *demand.destinations, *demand.cargoes)).encode()
    arrays = [demand.max_cost_usd_t, demand.quarter_shares, *(t for _, t in demand.references)]
    years = repr([y for y, _ in demand.references]).encode()
    parts = [network.digest.encode(), repr(network.edits).encode(), ends, years, *(a.tobytes() for a in arrays)]
    return cache.digest([*parts, f"choice set {CHOICE_SET_VERSION}".encode()])


def _states(network: Network, demand: Demand) -> list[Network]:
    """Return the networks that differ in lines or prices, in order of first use in the reference years."""
    found: dict[tuple[int, ...], Network] = {}
    for year, _ in demand.references:
        for period in periods_of(network, year):
            found.setdefault(physical(period.network), period.network)
    return list(found.values())


def _grow(network: Network, demand: Demand, store: dict[Any, Any]) -> None:
    log.warning("building the choice set of all cargo, once for this network")
    choice_sets = ChoiceSets(store)
    for year, t_yr in demand.references:
        solve_year(network, replace(demand, t_yr=t_yr), year, "logit", choice_sets)
    store.update(choice_sets.now())


def _load(network: Network, demand: Demand, key: str, store: dict[Any, Any]) -> bool:
    arrays = cache.load_arrays(key)
    states = _states(network, demand)
    if arrays is None or int(arrays.get("states", np.array(0))) != len(states):
        return False
    for i, state in enumerate(states):
        own = {name.split(".", 1)[1]: a for name, a in arrays.items() if name.startswith(f"{i}.")}
        store[physical(state)] = choice_set_from_arrays(SearchContext(state, demand), own)
    return True


def _save(key: str, store: dict[Any, Any]) -> None:
    choice_sets = [p for k, p in store.items() if all(isinstance(x, int) for x in k)]
    arrays = {f"{i}.{name}": a for i, choice_set in enumerate(choice_sets) for name, a in choice_set.arrays().items()}
    cache.save_arrays(key, {"states": np.array(len(choice_sets)), **arrays})
