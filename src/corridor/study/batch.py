"""A setting laid out for the kernel that runs many draws: classes of ways, quarters, limits that could fill."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.engine.pool import Pool
from corridor.graph.periods import MONTHS_PER_QUARTER, QUARTERS_OF_YEAR
from corridor.study.draws import Draws
from corridor.study.pilot import pilot_of
from corridor.study.setting import MOST_TAKEN, Setting
from corridor.study.works import EVENTS

Array = np.ndarray[Any, Any]
TOLERANCE = 1e-3  # of a limit
STEPS = 60
ROUGHLY = 1e-3
UNKNOWN = 1e30  # native units: a limit that is not known never fills
HOURS = ("run_h", "wait_h", "border_h", "handling_h")
ALIKE = (0.02, 0.1, 0.3, 0.6)  # commodities whose shares across the branch lie between these choose as one
BLOCK = 25  # draws that a worker takes at a time
ANSWERS = ("southbound", "northbound", "beside", "unlimited", "could_use", "served", "worst", "steps")


@dataclass(frozen=True)
class Batch:
    """What the kernel is given for every draw.

    `resources` are the positions of those that could fill, in the order of the
    kernel's; `given` its arguments between the factors and the events.
    """

    setting: Setting
    resources: Array
    groups: int
    classes: int
    given: tuple[Any, ...]
    classes_of: _Classes
    quarters: _Quarters
    start: Array
    begin: Array
    signs: tuple[Array, ...]

    def run(self, draws: Draws, workers: int | None = None, watch: Callable[[int], None] | None = None) -> Answers:
        """Return the answers of all draws; the same bytes with any number of workers."""
        n, years, r = len(draws.factors), len(self.setting.years), len(self.resources)
        answer, paid, full = np.zeros((n, years, len(ANSWERS))), np.zeros((n, years, r)), np.zeros((n, years, r))
        module = kernel.load("draws", kernel.mode_for(len(self.setting.pool.arcs)))

        def work(first: int) -> int:
            last = min(first + BLOCK, n)
            left = module.forecast(
                first,
                last,
                draws.factors,
                *self.given,
                draws.events,
                draws.opens,
                self.start,
                self.begin,
                *self.signs,
                MOST_TAKEN,
                TOLERANCE,
                STEPS,
                answer,
                paid,
                full,
            )
            if watch is not None:
                watch(last - first)
            return int(left)

        with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
            try:
                unsettled = sum(pool.map(work, range(0, n, BLOCK)))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return Answers(self, draws, answer, paid, full, unsettled)

    def one_year(self, year: int) -> tuple[tuple[Any, ...], Array]:
        """Return the central case of a year as `kernel.draws.failures` takes it, and the tonnes on each path."""
        setting, classes, quarters = self.setting, self.classes_of, self.quarters
        draw = setting.central()
        asked = setting.asked(year, draw)
        row = int(quarters.setting[setting.years.index(year), 0])
        pool = setting.pool
        size = pool.largest_use[self.resources]
        capacity, whole = (np.zeros((QUARTERS_OF_YEAR, len(self.resources))) for _ in range(2))
        start, months = np.zeros_like(capacity), np.zeros(QUARTERS_OF_YEAR)
        price: Array | None = None
        flow = np.zeros(len(pool))
        for part in asked.parts:
            q, share = part.period.quarter, len(part.period.months)
            capacity[q] += np.nan_to_num(asked.free(part)[self.resources], nan=UNKNOWN) / size
            whole[q] += np.nan_to_num(part.limit[self.resources], nan=UNKNOWN) / size
            found = asked.share(part, price, tolerance=ROUGHLY)
            price, flow = found.price, flow + found.flow
            start[q] += price[self.resources] * size * share
            months[q] += share
        open_ = (quarters.needs[row] & asked.missing) == 0
        amount = np.array([asked.tonnes * setting.demand.quarter_shares[:, q] for q in range(QUARTERS_OF_YEAR)])
        steep = classes.scale["factor"] * classes.units
        met = np.bincount(classes.resource, minlength=len(self.resources))
        far = np.bincount(classes.resource, weights=steep, minlength=len(self.resources))
        cost = sum(asked.cost(p) * p.period.share_of_year for p in asked.parts)
        given = (
            pool.first_path,
            cost,
            sum(pool.part(name) for name in HOURS),
            setting.branch.counted,
            asked.scale,
            asked.willing,
            classes.of_path,
            classes.group_of,
            classes.scale["group"],
            classes.first_class,
            classes.bundle_of,
            classes.first_use,
            classes.use,
            classes.resource,
            steep,
            classes.units,
            classes.scale["bundle"],
            np.zeros(len(pool), dtype=np.int64),
            np.where(open_, quarters.size[row], 0.0),
            amount,
            capacity,
            np.maximum(whole, capacity),
            4.0 * np.maximum(met, 1.0) / np.maximum(far, 1e-12),
            start / months[:, None],
            classes.signs[0] + classes.signs[1],
        )
        return given, flow


@dataclass(frozen=True)
class Answers:
    """What the draws came to: `answer` (draws, years, `ANSWERS`) in tonnes, `paid` and `full` by resource."""

    batch: Batch
    draws: Draws
    answer: Array
    paid: Array
    full: Array
    unsettled: int

    def of(self, name: str) -> Array:
        """Return one answer (draws, years)."""
        made: Array = self.answer[:, :, ANSWERS.index(name)]
        return made

    @property
    def throughput_mt(self) -> Array:
        """Mt of the branch's cargo both ways (draws, years)."""
        made: Array = (self.of("southbound") + self.of("northbound")) / 1e6
        return made


def batch_of(setting: Setting) -> Batch:
    """Lay a setting out for many draws."""
    pilot = pilot_of(setting)
    resources, setting = pilot.resources, setting.only(pilot.paths)
    place = np.full(len(setting.pool.footing.network.resource_table), -1, dtype=np.int64)
    place[resources] = np.arange(len(resources))
    size = setting.pool.largest_use[resources]
    classes = _Classes(setting, place, size)
    quarters = _Quarters(setting, resources, size)
    anatomy, pool, first = setting.anatomy, setting.pool, setting.first
    figures = len(setting.anatomy.figures)
    item_figure = _in_all(anatomy.item_figure, figures, len(setting.doubts)).ravel()
    charge_figure = _in_all(anatomy.charge_figure, figures, len(setting.doubts))
    lifts = quarters.lifts()
    footing = pool.footing
    dearer = sorted(setting.dearer)
    given = (
        anatomy.first_item,
        anatomy.item_usd_t,
        item_figure,
        anatomy.first_arc,
        anatomy.arc,
        anatomy.first_charge,
        anatomy.charge_usd_t,
        charge_figure,
        anatomy.rest_usd_t,
        pool.first_path,
        footing.scale,
        first["scale"] + setting.class_of_commodity,
        footing.willing_usd_t,
        first["willing"] + setting.ranges.row_of,
        classes.of_path,
        classes.group_of,
        quarters.needs,
        quarters.size,
        classes.scale["group"],
        classes.scale_figure["group"],
        classes.first_class,
        classes.bundle_of,
        classes.first_use,
        classes.use,
        classes.resource,
        classes.scale["factor"],
        classes.scale_figure["factor"],
        classes.units,
        classes.units_figure,
        classes.scale["bundle"],
        classes.scale_figure["bundle"],
        setting.demand.t_yr * setting.trade,
        first["trade"] + setting.ranges.row_of,
        setting.ranges.rule_of.astype(np.int64),
        np.ascontiguousarray(setting.ranges.growth),
        first["growth"] + np.arange(len(setting.ranges.rules)),
        np.ascontiguousarray(setting.demand.quarter_shares),
        quarters.limit,
        first["capacity"] + resources,
        quarters.other,
        first["base_load"] + resources,
        quarters.in_demand,
        *lifts,
        np.array(dearer, dtype=np.int64),
        np.array([setting.dearer[w] for w in dearer]).reshape(len(dearer), len(pool)),
        quarters.shift_of,
        quarters.shift,
        quarters.setting,
    )
    solved = setting.solve(setting.years[0])
    start = np.zeros((QUARTERS_OF_YEAR, len(resources)))
    for s in solved:
        start[s.period.quarter] = s.price[resources] * size
    return Batch(
        setting,
        resources,
        classes.groups,
        len(classes.bundle_of),
        given,
        classes,
        quarters,
        start,
        _alike(quarters),
        classes.signs,
    )


def _alike(quarters: _Quarters) -> Array:
    """Return for each year the year before it whose limits are most like it; the number of years for the first."""
    usual = quarters.limit[quarters.setting[:, 0]]
    begin = np.full(len(usual), len(usual), dtype=np.int64)
    for y in range(1, len(usual)):
        far = [float(np.abs(usual[y] - usual[x]).sum()) for x in range(y)]
        begin[y] = max(x for x in range(y) if far[x] <= min(far) * (1 + 1e-9))
    return begin


def _in_all(figure: Array, figures: int, doubts: int) -> Array:
    """Return the numbers of figures of an anatomy among the factors of all doubts, reciprocals and one included."""
    reciprocal = (figure >= figures) & (figure < 2 * figures)
    made: Array = np.where(figure == 2 * figures, 2 * doubts, np.where(reciprocal, figure - figures + doubts, figure))
    return made.astype(np.int64)


class _Classes:
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
        self.group_of = self._groups(np.array(of_path, dtype=np.int64), across[0] != 0)
        keys = [
            (g, *rest)
            for g, *rest in zip(
                self.group_of[pool.commodity].tolist(), of_path, across[0].tolist(), across[1].tolist(), strict=True
            )
        ]
        order = {key: i for i, key in enumerate(sorted(set(keys)))}
        self.of_path = np.array([order[key] for key in keys], dtype=np.int64)
        classes = np.array(list(order), dtype=np.int64).reshape(-1, 4)
        self.groups = int(self.group_of.max()) + 1
        self.first_class = _starts(np.bincount(classes[:, 0], minlength=self.groups))
        self.bundle_of = classes[:, 1]
        self.signs = tuple(x.astype(np.float64) for x in (classes[:, 2] > 0, classes[:, 2] < 0, classes[:, 3] != 0))
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

    def _across(self) -> list[Array]:
        """Return by path how the branch's cargo crosses its first two screenlines."""
        pool, branch = self.setting.pool, self.setting.branch
        lines = [branch.crossing(pool, i) for i in range(min(len(branch.screenlines), 2))]
        lines += [np.zeros(len(pool))] * (2 - len(lines))
        return [np.where(branch.counted[pool.commodity], line, 0).astype(np.int64) for line in lines]

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


class _Quarters:
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


def names_of(batch: Batch) -> Iterator[tuple[str, str]]:
    """Yield id and name of each resource of a batch."""
    table = batch.setting.pool.footing.network.resource_table
    for r in batch.resources.tolist():
        yield table.ids[r], str(table["name"][r])
