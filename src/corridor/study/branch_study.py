"""What stays the same from draw to draw: ways, seasons, limits, works, events, and which figures are in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from corridor.assignment.choice_set import NOTHING, Pool
from corridor.assignment.cost_decomposition import Anatomy, extended
from corridor.assignment.logit_shares import TOLERANCE, Share, assign_logit
from corridor.assignment.year_result import Solved
from corridor.graph.periods import (
    Period,
)
from corridor.io.demand_tables import DemandRanges
from corridor.model.demand import Demand
from corridor.model.network import Network
from corridor.model.uncertain_inputs import Doubt, doubts_of, resource_doubts
from corridor.study.applied_projects import EVENTS, Work
from corridor.study.branch import Branch

Array = np.ndarray[Any, Any]
MOST_TAKEN = 0.9  # of a limit by other traffic in any draw; assumed


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
        return missing_works(self.works, draw.opens, year)

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

    def solve(self, year: int, draw: Draw | None = None) -> list[Solved]:
        """Return one year of a draw by the logit rule in full: every way, every limit, to its own tolerance."""
        asked = self.asked(year, draw)
        solved: list[Solved] = []
        price: Array | None = None
        for part in asked.parts:
            free = asked.free(part)
            share = asked.share(part, price)
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

    def share(self, part: Part, start: Array | None = None, tolerance: float = TOLERANCE) -> Share:
        """Return the equilibrium of a part of the year."""
        left = self.free(part)
        is_open = (part.needs >= 0) & (part.needs & self.missing == 0)
        shut = np.nan_to_num(left, nan=np.inf) < NOTHING
        if shut.any():
            is_open = is_open.copy()
            is_open[self.pool.path_of_use[shut[self.pool.resources]]] = False
        cost = np.where(is_open, self.cost(part), np.inf)
        return assign_logit(
            self.pool,
            cost,
            part.log_size,
            self.amount(part),
            left,
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


def missing_works(works: Sequence[Work], opens: Array, year: int) -> int:
    """Return the works that are not there in a year, as bits."""
    return sum(1 << w for w in range(len(works)) if year < opens[w])


def _trade(name: str, low: float, high: float, group: str) -> Doubt:
    return Doubt(name, low, high, True, group.split(maxsplit=1)[0], group)
