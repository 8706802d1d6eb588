"""Put a setting together: all ways that works, seasons and events may open, and what limits them when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor import cache
from corridor.assignment.assign import locate
from corridor.assignment.choice_set import Footing, Pool, first_pool, pool_from, pool_of
from corridor.assignment.choice_set_cache import CHOICE_SET_VERSION, known_pools
from corridor.assignment.cost_decomposition import anatomy_of
from corridor.assignment.path_costs import Costs, moved_paths
from corridor.assignment.search_graph import cheapest_paths
from corridor.assignment.year_result import Asked, physical, solve_logit
from corridor.errors import DataError, Fault
from corridor.graph.periods import MONTHS_PER_QUARTER, MONTHS_PER_YEAR, Period, limits_of, open_features
from corridor.io.demand_tables import BASE_YEAR, demand, demand_ranges
from corridor.model.demand import Demand
from corridor.model.edits import applied
from corridor.model.network import Network
from corridor.model.trade import trade_factor
from corridor.study.applied_projects import EVENTS, SUSPENDED_YEAR, SUSPENSION, Work, limit_ratios, worked
from corridor.study.branch import branch_of
from corridor.study.branch_study import Part, Setting, missing_works, recorded_openings

Array = np.ndarray[Any, Any]
GROWN_ON = (2024, 2026, 2030)
CENT = 1e-9  # USD/t: below it, rounding
PROJECT_PATHS_VERSION = 1  # of the algorithm: raise it when other paths can come out


def setting_of(network: Network, branch: str, year: int) -> Setting:
    """Return the setting of a branch from the base year to a year.

    Raises
    ------
    DataError
        If a place of the demand is not in the network.
    """
    faults: list[Fault] = []
    rows = locate(replace(network, trade=()), demand("central", BASE_YEAR), faults)
    if faults:
        raise DataError(faults)
    years = tuple(range(BASE_YEAR, year + 1))
    every = worked(network)
    state = every.everything.at(BASE_YEAR, 1)
    footing = Footing(state, rows)
    months = {
        (y, e): tuple(_months(network, y, e)) for y in range(BASE_YEAR, max(GROWN_ON) + 1) for e in _events(network, y)
    }
    key = _key(network, rows, every.works)
    pool = _pool(network, footing, every.works, months, key)
    anatomy = anatomy_of(pool)
    costs = Costs(pool)
    usual = costs.on(state)
    dearer = {w: costs.on(applied(state, work.others)) - usual for w, work in enumerate(every.works) if work.others}
    parts = {
        key: tuple(_part(costs, every.works, usual, m) for m in found)
        for key, found in months.items()
        if key[0] in years
    }
    return Setting(
        network,
        rows,
        demand_ranges(years),
        np.array([trade_factor(network, rows, y) for y in years]),
        years,
        every.works,
        pool,
        anatomy,
        branch_of(network, branch, rows),
        parts,
        dearer,
        cache.digest([branch.casefold().encode(), key.encode()]) if key else "",
    )


def _events(network: Network, year: int) -> tuple[str, ...]:
    after = SUSPENSION in network.history and year > SUSPENDED_YEAR
    return EVENTS if after else EVENTS[:1]


@dataclass(frozen=True)
class _Months:
    """Months of one quarter in which nothing changes: with all works, and without any."""

    full: Period
    bare: Period


def _months(network: Network, year: int, event: str) -> Iterator[_Months]:
    """Yield the parts of a year in the order of their first months."""
    both = worked(network, event, year)
    found: dict[Any, tuple[Network, Network, list[Array], list[int]]] = {}
    for month in range(1, MONTHS_PER_YEAR + 1):
        full, bare = both.everything.at(year, month), both.without.at(year, month)
        masks = [open_features(n, kind, year, month) for n in (full, bare) for kind in ("link", "transfer")]
        limits = (bare.resource_table["capacity"], bare.resource_table["base_load"])
        quarter = (month - 1) // MONTHS_PER_QUARTER
        key = (quarter, physical(full), *(m.tobytes() for m in masks), *(np.asarray(x).tobytes() for x in limits))
        found.setdefault(key, (full, bare, masks, []))[3].append(month)
    for (quarter, *_), (full, bare, masks, months) in found.items():
        yield _Months(
            Period(year, quarter, tuple(months), full, masks[0], masks[1]),
            Period(year, quarter, tuple(months), bare, masks[2], masks[3]),
        )


def _part(costs: Costs, works: Sequence[Work], usual: Array, months: _Months) -> Part:
    pool, full, bare = costs.pool, months.full, months.bare
    limit, other, in_demand = limits_of(bare)
    table = bare.network.resource_table
    limit[(table["kind"] == "locomotives") & np.isnan(table["base_load"])] = np.nan
    normal = pool.footing.network
    capacity = table["capacity"].astype(np.float64)
    more = costs.on(full.network) - usual
    extra = more if np.abs(more).max(initial=0.0) > CENT else None
    needs = _needs(pool, works, full, bare)
    there = (needs >= 0) & (needs & missing_works(works, recorded_openings(works), full.year) == 0)
    return Part(
        full,
        needs,
        limit,
        other,
        in_demand,
        tuple(limit_ratios(w, normal, capacity) for w in works),
        np.where(there, pool.log_size(there), pool.log_size(needs >= 0)),
        extra,
    )


def _needs(pool: Pool, works: Sequence[Work], full: Period, bare: Period) -> Array:
    """Return by path the works it goes by, as bits; -1 where it is shut whatever is built."""
    needs = np.where(pool.is_open(full), 0, -1)
    tables = full.network.tables
    for kind, first, uses, with_all, with_none in (
        ("link", pool.first_link, pool.links, full.open_links, bare.open_links),
        ("transfer", pool.first_transfer, pool.transfers, full.open_transfers, bare.open_transfers),
    ):
        by_works = with_all & ~with_none
        owner = np.repeat(np.arange(len(pool)), np.diff(first))
        of_work = np.full(len(with_all), -1, dtype=np.int64)
        for w, work in enumerate(works):
            of_work[[tables[kind].index[x] for x in work.opens if x in tables[kind].index]] = w
        hit = np.flatnonzero(by_works[uses])
        unknown = of_work[uses[hit]] < 0
        needs[owner[hit[unknown]]] = -1
        for w in np.unique(of_work[uses[hit]]).tolist():
            if w >= 0:
                mine = owner[hit[of_work[uses[hit]] == w]]
                needs[mine] = np.where(needs[mine] >= 0, needs[mine] | 1 << w, -1)
    return needs


def _key(network: Network, rows: Demand, works: Sequence[Work]) -> str:
    """Return a hash of what the pool depends on, or nothing for a network without one."""
    if not network.digest:
        return ""
    ends = "\n".join((*rows.origins, *rows.destinations, *rows.cargoes)).encode()
    arrays = [rows.willing_usd_t, *(t for _, t in rows.references)]
    known = [repr(works).encode(), repr(network.edits).encode(), repr(network.history).encode()]
    parts = [b"works", network.digest.encode(), ends, *known, *(a.tobytes() for a in arrays)]
    return cache.digest([*parts, f"choice set {CHOICE_SET_VERSION}.{PROJECT_PATHS_VERSION}".encode()])


def _pool(
    network: Network,
    footing: Footing,
    works: Sequence[Work],
    months: dict[tuple[int, str], tuple[_Months, ...]],
    key: str,
) -> Pool:
    """Return the ways that all rules choose from, and those that works would open; kept."""
    rows = footing.demand
    if key and (kept := cache.load_arrays(key)) is not None:
        return pool_of(footing, kept)
    plain = [moved_paths(p, footing) for p in known_pools(network.as_it_happened(), rows)]
    wider = _grown(footing, works, months)
    needed = _needs(wider, works, months[max(GROWN_ON), EVENTS[0]][0].full, months[BASE_YEAR, EVENTS[0]][0].bare) > 0
    for m in months[max(GROWN_ON), EVENTS[0]]:
        needed |= _needs(wider, works, m.full, m.bare) > 0
    added = moved_paths(wider, footing)
    cost = np.where(needed, 0.0, np.inf)  # ways without works are those of `plain` alone
    pool = pool_from(footing, [*plain, replace(added, cost=cost)])
    if key:
        cache.save_arrays(key, pool.arrays())
    return pool


def _grown(footing: Footing, works: Sequence[Work], months: dict[tuple[int, str], tuple[_Months, ...]]) -> Pool:
    cache.log.warning("looking for the ways of all cargo by works that may come, once for this network")
    network = footing.network
    last = months[max(GROWN_ON), EVENTS[0]]
    full = [replace(m.full, network=network) for m in last]
    pool = first_pool(footing, full)
    found = []
    for work in works:  # each by itself, since another work may hide its ways
        if work.opens:
            links, transfers = last[-1].bare.open_links.copy(), last[-1].bare.open_transfers.copy()
            for name in work.opens:
                for kind, mask in (("link", links), ("transfer", transfers)):
                    if name in network.tables[kind].index:
                        mask[network.tables[kind].index[name]] = True
            found.append(cheapest_paths(footing.ground, links, transfers))
    pool = pool.with_paths(found)
    lifted = {r: by for w in works for r, by in limit_ratios(w, network, _capacity(network)).items()}
    tonnes = demand("central", max(GROWN_ON)).t_yr
    asked = [_asked(pool, m.full, tonnes, m.bare, lifted) for m in last]
    return solve_logit(asked, True, [None] * len(asked))[-1].pool


def _capacity(network: Network) -> Array:
    made: Array = network.resource_table["capacity"].astype(np.float64)
    return made


def _asked(pool: Pool, period: Period, tonnes: Array, bare: Period, lifted: dict[int, float]) -> Asked:
    limit, other, in_demand = limits_of(bare)
    for r, by in lifted.items():
        limit[r] *= by
    free = np.maximum(limit - np.maximum(other - in_demand, 0.0), 0.0)
    table = bare.network.resource_table
    free[(table["kind"] == "locomotives") & np.isnan(table["base_load"])] = np.nan
    share = pool.footing.demand.quarter_shares[:, period.quarter] * period.share_of_quarter
    return Asked(replace(period, network=pool.footing.network), pool, tonnes * share, free)
