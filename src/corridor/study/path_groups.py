"""How the ways and the quarters of a setting are laid out for the kernels that solve them many times."""

from __future__ import annotations

from typing import Any

import numpy as np

from corridor.assignment.choice_set import Pool
from corridor.graph.periods import MONTHS_PER_QUARTER, QUARTERS_OF_YEAR
from corridor.study.applied_projects import EVENTS
from corridor.study.branch_study import Setting

Array = np.ndarray[Any, Any]
ALIKE = (0.02, 0.1, 0.3, 0.6)  # commodities whose shares across the branch lie between these choose as one


class Classes:
    """Groups of commodities that choose alike, their classes of ways, and what these take of what could fill."""

    def __init__(self, setting: Setting, place: Array, size: Array) -> None:
        self.setting, self.place = setting, place
        pool = setting.pool
        across = self._across()
        cargo = setting.cargo_of_commodity.tolist()
        factor: dict[tuple[int, int, float], int] = {}
        bundle: dict[tuple[int, ...], int] = {}
        where, units = place[pool.resources].tolist(), pool.units.tolist()
        first_use, cargo_of_path = pool.first_use.tolist(), [cargo[c] for c in pool.commodity.tolist()]
        of_path = []
        for p in range(len(pool)):
            mine = [
                (cargo_of_path[p], where[u], units[u]) for u in range(first_use[p], first_use[p + 1]) if where[u] >= 0
            ]
            uses = (-1 - cargo_of_path[p], *(factor.setdefault(m, len(factor)) for m in mine))
            of_path.append(bundle.setdefault(uses, len(bundle)))
        self.group_of = self._groups(np.array(of_path, dtype=np.int64), across != 0)
        keys = list(zip(self.group_of[pool.commodity].tolist(), of_path, across.tolist(), strict=True))
        order = {key: i for i, key in enumerate(sorted(set(keys)))}
        self.of_path = np.array([order[key] for key in keys], dtype=np.int64)
        classes = np.array(list(order), dtype=np.int64).reshape(-1, 3)
        self.groups = int(self.group_of.max()) + 1
        self.first_class = _starts(np.bincount(classes[:, 0], minlength=self.groups))
        self.bundle_of = np.ascontiguousarray(classes[:, 1])
        self.signs = tuple(x.astype(np.float64) for x in (classes[:, 2] > 0, classes[:, 2] < 0))
        uses_of = [key[1:] for key in bundle]
        self.first_use = _starts(np.array([len(u) for u in uses_of]))
        self.use = np.array([f for u in uses_of for f in u], dtype=np.int64)
        self.resource = np.array([r for _, r, _ in factor], dtype=np.int64)
        self.units = np.array([u / size[r] for _, r, u in factor])
        scales, kinds = setting.pool.footing.scale, setting.class_of_commodity
        at = {c: i for i, c in enumerate(cargo)}  # some commodity of each cargo
        first = setting.first["scale"]
        some = {
            "group": [int(np.flatnonzero(self.group_of == g)[0]) for g in range(self.groups)],
            "bundle": [at[-1 - key[0]] for key in bundle],
            "factor": [at[c] for c, _, _ in factor],
        }
        self.scale = {k: scales[v] for k, v in some.items()}
        self.scale_figure = {k: first + kinds[v] for k, v in some.items()}
        # What is counted in wagons is proportional to the reciprocal of a wagon's load.
        wagons, one = setting.in_wagons[np.flatnonzero(place >= 0)], 2 * len(setting.doubts)
        reciprocal = len(setting.doubts) + setting.first["wagon"]
        self.units_figure = np.array([reciprocal + c if wagons[r] else one for c, r, _ in factor], dtype=np.int64)

    @property
    def layout(self) -> tuple[Array, ...]:
        """First class by group, bundle by class, first use by bundle, factors used, resource by factor."""
        return self.first_class, self.bundle_of, self.first_use, self.use, self.resource

    @property
    def tastes(self) -> tuple[Array, ...]:
        """Scales and units with the numbers of the figures that they are proportional to."""
        pairs = [(self.scale[k], self.scale_figure[k]) for k in ("group", "factor")]
        pairs += [(self.units, self.units_figure), (self.scale["bundle"], self.scale_figure["bundle"])]
        return tuple(x for pair in pairs for x in pair)

    def _across(self) -> Array:
        """Return by path how the branch's cargo crosses it: southbound above 0, northbound below."""
        pool, branch = self.setting.pool, self.setting.branch
        made: Array = np.where(branch.counted[pool.commodity], branch.crossing(pool), 0).astype(np.int64)
        return made

    def _groups(self, bundle: Array, crosses: Array) -> Array:
        """Return the group of each commodity: zones and cargo, its best way, and how much would cross the branch."""
        setting, pool, demand = self.setting, self.setting.pool, self.setting.demand
        part = next(iter(setting.parts[setting.years[0], EVENTS[0]]))
        is_open = part.needs == 0
        share = shares(pool, np.where(is_open, pool.cost, np.inf), part.log_size)
        best = np.full(len(demand), -1, dtype=np.int64)
        order = np.lexsort((share, pool.commodity))
        best[pool.commodity[order]] = bundle[order]
        crossing = np.bincount(pool.commodity, weights=share * crosses, minlength=len(demand))
        kinds = zip(demand.groups, demand.cargoes, best.tolist(), np.digitize(crossing, ALIKE).tolist(), strict=True)
        keys = list(kinds)
        number = {key: i for i, key in enumerate(sorted(set(keys)))}
        return np.array([number[key] for key in keys], dtype=np.int64)


def shares(pool: Pool, cost: Array, log_size: Array) -> Array:
    """Return the share of each path of its commodity by logit without limits."""
    scale, willing = pool.footing.scale, pool.footing.willing_usd_t
    least = np.minimum(np.minimum.reduceat(np.append(cost, np.inf), pool.first_path[:-1]), willing)
    weight = np.exp(log_size - scale[pool.commodity] * (cost - least[pool.commodity]))
    home = np.exp(-scale * (willing - least))
    total = home + np.bincount(pool.commodity, weights=weight, minlength=len(scale))
    made: Array = weight / total[pool.commodity]
    return made


def _starts(counts: Array) -> Array:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


class Quarters:
    """Quarters of each year and event: what is open for which share of them, what passes in them."""

    def __init__(self, setting: Setting, resources: Array, size: Array) -> None:
        self.setting_, self.resources = setting, resources
        years, pool = setting.years, setting.pool
        rows = [(y, e) for y in years for e in setting.events(y)]
        self.setting = np.zeros((len(years), len(EVENTS)), dtype=np.int64)
        for i, y in enumerate(years):
            for j, e in enumerate(EVENTS):
                self.setting[i, j] = rows.index((y, e if e in setting.events(y) else EVENTS[0]))
        shape = (len(rows), QUARTERS_OF_YEAR, len(resources))
        self.limit, self.other, self.in_demand = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.size = np.zeros((len(rows), QUARTERS_OF_YEAR, len(pool)))
        self.needs = np.zeros((len(rows), len(pool)), dtype=np.int64)
        self.shift_of = np.full(len(rows), -1, dtype=np.int64)
        shifts: dict[bytes, int] = {}
        kept: list[Array] = []
        self.rows = rows
        for i, key in enumerate(rows):
            parts = setting.parts[key]
            self.needs[i] = np.bitwise_or.reduce([np.maximum(p.needs, 0) for p in parts])
            for part in parts:
                q, share = part.period.quarter, len(part.period.months) / MONTHS_PER_QUARTER
                limit = np.nan_to_num(part.limit[resources], nan=1e30)
                shut = part.needs < 0
                closed = np.flatnonzero(part.limit == 0.0)
                if len(closed):
                    nothing = np.isin(pool.resources, closed)
                    shut = shut.copy()
                    shut[pool.path_of_use[nothing]] = True
                self.size[i, q] += np.where(shut, 0.0, share * np.exp(part.log_size))
                self.limit[i, q] += limit / size
                self.other[i, q] += part.other[resources] / size
                self.in_demand[i, q] += part.in_demand[resources] / size
                if part.extra_usd_t is not None:
                    name = part.extra_usd_t.tobytes()
                    if name not in shifts:
                        shifts[name] = len(kept)
                        kept.append(part.extra_usd_t)
                    self.shift_of[i] = shifts[name]
        self.shift = np.array(kept) if kept else np.zeros((0, len(pool)))

    def lifts(self) -> tuple[Array, Array, Array, Array]:
        """Return which work lifts which of these resources by which factor in each row, and whether it sets it."""
        setting = self.setting_
        place = {int(r): i for i, r in enumerate(self.resources)}
        pairs = sorted(
            {
                (w, r)
                for parts in setting.parts.values()
                for p in parts
                for w, found in enumerate(p.lifts)
                for r in found
                if r in place
            }
        )
        lift = np.ones((len(self.rows), len(pairs)))
        for i, key in enumerate(self.rows):
            parts = setting.parts[key]
            for x, (w, r) in enumerate(pairs):
                months = [len(p.period.months) for p in parts if p.limit[r] > 0]
                by = [p.lifts[w].get(r, 1.0) for p in parts if p.limit[r] > 0]
                lift[i, x] = np.average(by, weights=months) if by else 1.0
        is_set = [any(e.verb == "set" for e in setting.works[w].limits) for w, _ in pairs]
        return (
            np.array([w for w, _ in pairs], dtype=np.int64),
            np.array([place[r] for _, r in pairs], dtype=np.int64),
            lift,
            np.array(is_set, dtype=np.bool_),
        )
