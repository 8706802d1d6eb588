"""What stays the same from draw to draw: ways, seasons, limits, works, events, and which figures are in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from corridor import cache
from corridor.engine.anatomy import Anatomy, anatomy_of, extended
from corridor.engine.assign import locate
from corridor.engine.choice import known_pools
from corridor.engine.ground import cheapest_paths
from corridor.engine.logit import TOLERANCE, Share, assign_logit
from corridor.engine.pool import NOTHING, Footing, Pool, first_pool, pool_from, pool_of
from corridor.engine.reprice import Costs, moved_paths
from corridor.engine.solved import Asked, Solved, physical, solve_logit
from corridor.errors import DataError, Fault
from corridor.graph.periods import (
    MONTHS_PER_QUARTER,
    MONTHS_PER_YEAR,
    Period,
    limits_of,
    open_features,
)
from corridor.io.demand import BASE_YEAR, DemandRanges, demand, demand_ranges
from corridor.model.demand import Demand
from corridor.model.edits import applied
from corridor.model.network import Network
from corridor.model.trade import trade_factor
from corridor.study.branch import Branch, branch_of
from corridor.study.doubts import Doubt, doubts_of, resource_doubts
from corridor.study.works import EVENTS, SUSPENDED_YEAR, SUSPENSION, Work, limit_ratios, worked

Array = np.ndarray[Any, Any]
GROWN_ON = (2024, 2026, 2030)
MOST_TAKEN = 0.9  # of a limit by other traffic in any draw; assumed
CENT = 1e-9  # USD/t: below it, rounding


@dataclass(frozen=True)
class Part:
    """Months of one quarter in which nothing changes.

    `period` is on the network with all works, masks included. `needs` (paths) are the
    works that a path goes by, as bits, -1 where it is shut whatever is built.
    `log_size` (paths) are the path sizes: among what the central case has, and with all
    works for other ways, so that a work that comes early or late adds ways and leaves
    the sizes of those that are there.
    `limit`, `other`, `in_demand` (resources) are in native units of the part, without works;
    `lifts` by work and resource. `extra_usd_t` (paths) is what an edit of this year adds
    to each path.
    """

    period: Period
    needs: Array
    limit: Array
    other: Array
    in_demand: Array
    lifts: tuple[dict[int, float], ...]
    log_size: Array
    extra_usd_t: Array | None


@dataclass(frozen=True)
class Draw:
    """One state of all that is uncertain.

    `factors` (figures of the setting) on the recorded values; `opens` (works) is the
    first year in which each is there; `events` by year.
    """

    factors: Array
    opens: Array
    events: tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """A branch of a network with all ways that works, seasons and events may open, from the base year on."""

    network: Network
    demand: Demand
    ranges: DemandRanges
    trade: Array
    years: tuple[int, ...]
    works: tuple[Work, ...]
    pool: Pool
    anatomy: Anatomy
    branch: Branch
    parts: dict[tuple[int, str], tuple[Part, ...]]
    dearer: dict[int, Array]
    key: str

    def events(self, year: int) -> tuple[str, ...]:
        """Return what may have happened in a year."""
        return tuple(e for e in EVENTS if (year, e) in self.parts)

    @cached_property
    def doubts(self) -> tuple[Doubt, ...]:
        """All uncertain figures, in the order of a draw's factors."""
        base, rows = self.network, self.ranges.rows
        cargoes = [str(c["id"]) for c in base.cargo_records]
        scales = [n for n in self._scales if n in base.parameter]
        trade = [
            _trade(f"trade {n}", a, b, "trade of the base year")
            for n, (a, b) in zip(rows, self.ranges.t_yr, strict=True)
        ]
        pays = [
            _trade(f"willing {n}", a, b, "willingness to pay")
            for n, (a, b) in zip(rows, self.ranges.willing, strict=True)
        ]
        grows = [Doubt(f"growth {n}", 0.0, 2.0, True, "growth", "growth of trade") for n in self.ranges.rules]
        every = self.pool.footing.network
        return (
            *doubts_of(every, self.anatomy.figures),
            *doubts_of(every, scales),
            *(Doubt(n, 1.0, 1.0, True, "", "scale of choice") for n in self._scales if n not in scales),
            *doubts_of(every, [f"{c} t_per_wagon" for c in cargoes]),
            *trade,
            *pays,
            *grows,
            *resource_doubts(every),
        )

    @cached_property
    def _scales(self) -> list[str]:
        return [f"choice_scale_t_usd.{c}" for c in sorted({str(r["class"]) for r in self.network.cargo_records})]

    @cached_property
    def first(self) -> dict[str, int]:
        """Where each kind of figure begins among the factors."""
        cargoes, rows, rules = len(self.network.cargo_records), len(self.ranges.rows), len(self.ranges.rules)
        n = len(self.pool.footing.network.resource_table)
        kinds = ("cost", "scale", "wagon", "trade", "willing", "growth", "capacity", "base_load", "end")
        sizes = (len(self.anatomy.figures), len(self._scales), cargoes, rows, rows, rules, n, n)
        return dict(zip(kinds, np.concatenate([[0], np.cumsum(sizes)]).tolist(), strict=True))

    @cached_property
    def position(self) -> dict[str, int]:
        """Where each figure stands among the factors."""
        return {d.name: i for i, d in enumerate(self.doubts)}

    def central(self) -> Draw:
        """Return the central case: recorded values, works in hand as recorded, nothing that is only planned."""
        return Draw(np.ones(len(self.doubts)), recorded_openings(self.works), (EVENTS[0],) * len(self.years))

    def missing(self, draw: Draw, year: int) -> int:
        """Return the works that are not there in a year, as bits."""
        return _missing(self.works, draw.opens, year)

    def scale(self, factors: Array) -> Array:
        """Return the scale of choice of each commodity."""
        made: Array = self.pool.footing.scale * factors[self.first["scale"] + self.class_of_commodity]
        return made

    @cached_property
    def class_of_commodity(self) -> Array:
        """The number of the cargo class of each commodity."""
        names = [n.split(".", 1)[1] for n in self._scales]
        return np.array([names.index(self.network.cargo(c).cargo_class) for c in self.demand.cargoes])

    @cached_property
    def cargo_of_commodity(self) -> Array:
        """The number of the cargo of each commodity."""
        ids = [str(c["id"]) for c in self.network.cargo_records]
        return np.array([ids.index(c) for c in self.demand.cargoes])

    @cached_property
    def in_wagons(self) -> Array:
        """Which resources are counted in wagons."""
        made: Array = np.asarray(self.pool.footing.network.resource_table["unit"] == "wagons")
        return made

    def tonnes(self, factors: Array, year: int) -> Array:
        """Return the tonnes of every commodity in a year."""
        growth = self.ranges.growth[:, self.years.index(year)]
        swing = factors[self.first["growth"] : self.first["capacity"]] - 1.0
        grown = np.where(
            swing > 0,
            growth[:, 1] + swing * (growth[:, 2] - growth[:, 1]),
            growth[:, 1] + swing * (growth[:, 1] - growth[:, 0]),
        )
        before = self.demand.t_yr * self.trade[self.years.index(year)]
        made: Array = before * factors[self.first["trade"] + self.ranges.row_of] * grown[self.ranges.rule_of]
        return made

    def costs(self, draw: Draw, year: int, part: Part) -> Array:
        """Return the cost of every path in a part of a year, in USD/t."""
        cost = self.anatomy.costs(extended(draw.factors[: self.first["scale"]]))
        missing = self.missing(draw, year)
        for w, extra in self.dearer.items():
            if not missing >> w & 1:
                cost = cost + extra
        return cost if part.extra_usd_t is None else cost + part.extra_usd_t

    def free(self, draw: Draw, year: int, part: Part) -> Array:
        """Return what is left of every resource in a part of a year; NaN where no limit is known.

        Other traffic was observed, so it fits: whatever is drawn, it takes no more than
        `MOST_TAKEN` of a limit, or what is recorded if that is more.
        """
        first, n = self.first, len(part.limit)
        whole = part.limit * draw.factors[first["capacity"] : first["capacity"] + n]
        missing = self.missing(draw, year)
        raised, ratio = np.ones(n), np.ones(n)
        for w, lifts in enumerate(part.lifts):
            if not missing >> w & 1:
                is_set = any(e.verb == "set" for e in self.works[w].limits)
                for r, by in lifts.items():
                    if is_set:
                        raised[r] = max(raised[r], by)
                    else:
                        ratio[r] *= by
        whole = whole * raised * ratio
        other = np.maximum(part.other * draw.factors[first["base_load"] : first["base_load"] + n] - part.in_demand, 0.0)
        recorded = np.maximum(part.other - part.in_demand, 0.0)
        most = np.maximum(MOST_TAKEN, np.divide(recorded, part.limit, out=np.zeros(n), where=part.limit > 0))
        left: Array = np.maximum(whole - np.fmin(other, most * whole), 0.0)
        return left

    def asked(self, year: int, draw: Draw | None = None) -> AskedYear:
        """Return one year of a draw, ready to be solved part by part."""
        draw = draw or self.central()
        factors = draw.factors
        rows = self.ranges.row_of
        return AskedYear(
            self,
            draw,
            year,
            self.parts[year, draw.events[self.years.index(year)]],
            self._eating(factors),
            self.missing(draw, year),
            self.tonnes(factors, year),
            self.scale(factors),
            self.demand.willing_usd_t * factors[self.first["willing"] + rows],
            {},
        )

    def solve(self, year: int, draw: Draw | None = None, *, limited: bool = True) -> list[Solved]:
        """Return one year of a draw by the logit rule in full: every way, every limit, to its own tolerance."""
        asked = self.asked(year, draw)
        solved: list[Solved] = []
        price: Array | None = None
        for part in asked.parts:
            free = asked.free(part)
            share = asked.share(part, price, None if limited else np.full(len(free), np.nan))
            price = share.price
            prices = (share.price, share.price, share.price)
            amount = asked.amount(part)
            solved.append(
                Solved(part.period, asked.pool, amount, share.flow, free, *prices, None, share.residual, share.steps)
            )
        return solved

    def _eating(self, factors: Array) -> Pool:
        """Return the pool with what a tonne takes of resources counted in wagons, under other loads of a wagon."""
        loads = factors[self.first["wagon"] : self.first["trade"]]
        if (loads == 1.0).all():
            return self.pool
        pool = self.pool
        by = np.where(
            self.in_wagons[pool.resources], 1 / loads[self.cargo_of_commodity[pool.commodity[pool.path_of_use]]], 1
        )
        return replace(pool, units=pool.units * by)

    def only(self, paths: Array) -> Setting:
        """Return the setting with some of the ways (positions, ascending); their sizes are those among all."""

        def narrowed(part: Part) -> Part:
            extra = None if part.extra_usd_t is None else part.extra_usd_t[paths]
            return replace(part, needs=part.needs[paths], log_size=part.log_size[paths], extra_usd_t=extra)

        return replace(
            self,
            pool=self.pool.only(paths),
            anatomy=self.anatomy.only(paths),
            parts={key: tuple(map(narrowed, parts)) for key, parts in self.parts.items()},
            dearer={w: extra[paths] for w, extra in self.dearer.items()},
        )


@dataclass(frozen=True)
class AskedYear:
    """One year of a draw: what goes, what it would pay, what is open."""

    setting: Setting
    draw: Draw
    year: int
    parts: tuple[Part, ...]
    pool: Pool
    missing: int
    tonnes: Array
    scale: Array
    willing: Array
    kept: dict[int, Array]

    def amount(self, part: Part) -> Array:
        """Return the tonnes of every commodity in a part of the year."""
        season = self.setting.demand.quarter_shares[:, part.period.quarter]
        made: Array = self.tonnes * season * part.period.share_of_quarter
        return made

    def free(self, part: Part) -> Array:
        """Return what is left of every resource in a part of the year."""
        return self.setting.free(self.draw, self.year, part)

    def cost(self, part: Part) -> Array:
        """Return the cost of every path in a part of the year, without limits."""
        key = id(part.extra_usd_t)
        if key not in self.kept:
            self.kept[key] = self.setting.costs(self.draw, self.year, part)
        return self.kept[key]

    def share(
        self, part: Part, start: Array | None = None, free: Array | None = None, tolerance: float = TOLERANCE
    ) -> Share:
        """Return the equilibrium of a part of the year; `free` stands for what is left of the resources."""
        left = self.free(part)
        is_open = (part.needs >= 0) & (part.needs & self.missing == 0)
        shut = np.nan_to_num(left, nan=np.inf) < NOTHING
        if shut.any():
            is_open = is_open.copy()
            is_open[self.pool.path_of_use[shut[self.pool.resources]]] = False
        cost = np.where(is_open, self.cost(part), np.inf)
        given = left if free is None else free
        return assign_logit(
            self.pool,
            cost,
            part.log_size,
            self.amount(part),
            given,
            start,
            tolerance=tolerance,
            scale=self.scale,
            willing=self.willing,
        )


def recorded_openings(works: Sequence[Work], also: Sequence[str] = ()) -> Array:
    """Return the first year of each work in the central case; never for what is only planned, but for `also`."""
    return np.array(
        [w.year[1] + 1 if w.status == "under_construction" else w.year[1] if w.id in also else np.inf for w in works]
    )


def _missing(works: Sequence[Work], opens: Array, year: int) -> int:
    return sum(1 << w for w in range(len(works)) if year < opens[w])


def _trade(name: str, low: float, high: float, group: str) -> Doubt:
    return Doubt(name, low, high, True, group.split(maxsplit=1)[0], group)


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
    there = (needs >= 0) & (needs & _missing(works, recorded_openings(works), full.year) == 0)
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
    return cache.digest([*parts, cache.digest_of_sources().encode()])


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
