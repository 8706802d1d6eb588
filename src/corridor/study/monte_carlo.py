"""A setting laid out for the kernel that runs many draws: classes of ways, quarters, limits that could fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.graph.periods import QUARTERS_OF_YEAR
from corridor.graph.virtual import HOURS
from corridor.memory import check_fits
from corridor.parallel import Crew, share_out
from corridor.study.branch_study import MOST_TAKEN, Setting
from corridor.study.path_groups import Classes, Quarters
from corridor.study.sampling import Draws
from corridor.study.screening import pilot_of

Array = np.ndarray[Any, Any]
TOLERANCE = 1e-3  # of a limit
STEPS = 60
ROUGHLY = 1e-3
UNKNOWN = 1e30  # native units: a limit that is not known never fills
BLOCK = 25  # draws that a worker takes at a time
COPIES = 3.0  # of the answers: by piece, together, and for what is told of them
ANSWERS = ("southbound", "northbound", "unlimited", "could_use", "worst", "steps")


@dataclass(frozen=True)
class Batch:
    """What the kernel is given for every draw.

    `setting` has only the ways that draws are likely to need; `resources` are the positions
    of those limits that move the branch, in the order of the kernel's; `given` are its
    arguments after the draws.
    """

    setting: Setting
    resources: Array
    classes: Classes
    quarters: Quarters
    given: tuple[Any, ...]

    def run(self, draws: Draws, crew: Crew = None, watch: Callable[[int], None] | None = None) -> Answers:
        """Return the answers of all draws; the same bytes with any number of workers."""
        n, mode = len(draws.factors), kernel.mode_for(len(self.setting.pool.arcs))
        given = (draws.factors, draws.events, draws.opens)
        years, limits = len(self.setting.years), len(self.resources)
        answers = 8.0 * n * years * (len(ANSWERS) + 2 * limits)
        check_fits(COPIES * answers, f"the answers of {n:,} draws", "ask for fewer draws, or fewer years")
        shape = (years, limits)

        done = 0

        def told(blocks: int) -> None:
            nonlocal done
            before, done = done, done + blocks
            if watch is not None:
                watch(min(n, done * BLOCK) - min(n, before * BLOCK))

        found = share_out(crew, _run_blocks, (mode, given, self.given, shape), -(-n // BLOCK), told)
        sizes = ((0, shape[0], len(ANSWERS)), (0, *shape), (0, *shape))
        answer, paid, full = (np.concatenate([np.zeros(s), *(f[i] for f in found)]) for i, s in enumerate(sizes))
        return Answers(self, draws, answer, paid, full, sum(f[3] for f in found))

    def one_year(self, year: int) -> tuple[tuple[Any, ...], Array]:
        """Return the central case of a year as `kernel.failures` takes it, and the tonnes on each path."""
        setting, classes, quarters = self.setting, self.classes, self.quarters
        draw = setting.central()
        asked = setting.asked(year, draw)
        row = int(quarters.setting[setting.years.index(year), 0])
        pool = setting.pool
        largest = pool.largest_use[self.resources]
        capacity, whole = (np.zeros((QUARTERS_OF_YEAR, len(self.resources))) for _ in range(2))
        start, months = np.zeros_like(capacity), np.zeros(QUARTERS_OF_YEAR)
        price: Array | None = None
        flow = np.zeros(len(pool))
        for part in asked.parts:
            q, share = part.period.quarter, len(part.period.months)
            capacity[q] += np.nan_to_num(asked.free(part)[self.resources], nan=UNKNOWN) / largest
            whole[q] += np.nan_to_num(part.limit[self.resources], nan=UNKNOWN) / largest
            found = asked.share(part, price, tolerance=ROUGHLY)
            price, flow = found.price, flow + found.flow
            start[q] += price[self.resources] * largest * share
            months[q] += share
        open_ = (quarters.needs[row] & asked.missing) == 0
        amount = np.array([asked.tonnes * setting.demand.quarter_shares[:, q] for q in range(QUARTERS_OF_YEAR)])
        steep = classes.scale["factor"] * classes.units
        met = np.bincount(classes.resource, minlength=len(self.resources))
        far = np.bincount(classes.resource, weights=steep, minlength=len(self.resources))
        cost = sum(asked.cost(p) * p.period.share_of_year for p in asked.parts)
        reach = np.where(far > 0, 4.0 * met / np.maximum(far, 1e-300), UNKNOWN)
        size = np.where(open_, quarters.size[row], 0.0)
        given = (
            (pool.first_path, classes.of_path, classes.group_of),
            (cost, sum(pool.part(name) for name in HOURS), np.zeros(len(pool), dtype=np.int64)),
            (asked.scale, asked.willing, setting.branch.counted),
            classes.layout,
            (steep, classes.units, classes.scale["bundle"], classes.scale["group"]),
            (size, amount, capacity, np.maximum(whole, capacity), start / months[:, None], reach),
            classes.signs[0] + classes.signs[1],
        )
        return given, flow


def _run_blocks(shared: Any, begin: int, end: int) -> tuple[Array, Array, Array, int]:
    """Run blocks of draws: what they come to, pay and fill, and how many quarters did not settle."""
    mode, draws, given, (years, resources) = shared
    first, last = begin * BLOCK, min(end * BLOCK, len(draws[0]))
    mine = tuple(d[first:last] for d in draws)
    many = last - first
    out = (
        np.zeros((many, years, len(ANSWERS))),
        np.zeros((many, years, resources)),
        np.zeros((many, years, resources)),
    )
    module, limits = kernel.load("draws", mode), (((MOST_TAKEN, TOLERANCE), STEPS),)
    steps = range(0, many, BLOCK)
    unsettled = sum(int(module.forecast(k, min(k + BLOCK, many), mine, *given, *limits, out)) for k in steps)
    return *out, unsettled


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


def batch_of(setting: Setting, *, all_ways: bool = False) -> Batch:
    """Lay a setting out for many draws: with the ways that nearly all cargo takes, or with all."""
    pilot = pilot_of(setting)
    resources = pilot.resources
    setting = setting if all_ways else setting.only(pilot.paths)
    place = np.full(len(setting.pool.footing.network.resource_table), -1, dtype=np.int64)
    place[resources] = np.arange(len(resources))
    size = setting.pool.largest_use[resources]
    classes = Classes(setting, place, size)
    quarters = Quarters(setting, resources, size)
    pool, first = setting.pool, setting.first
    footing = pool.footing
    rows = setting.ranges.row_of
    people = (
        pool.first_path,
        footing.scale,
        first["scale"] + setting.class_of_commodity,
        footing.willing_usd_t,
        first["willing"] + rows,
        classes.of_path,
        classes.group_of,
    )
    items = _items(setting)
    trade = (
        setting.demand.t_yr * setting.trade,
        first["trade"] + rows,
        setting.ranges.rule_of.astype(np.int64),
        np.ascontiguousarray(setting.ranges.growth),
        first["growth"] + np.arange(len(setting.ranges.rules)),
        np.ascontiguousarray(setting.demand.quarter_shares),
    )
    limits = (
        quarters.needs,
        quarters.size,
        quarters.limit,
        first["capacity"] + resources,
        quarters.other,
        first["base_load"] + resources,
        quarters.in_demand,
        quarters.setting,
    )
    solved = setting.solve(setting.years[0])
    start = np.zeros((QUARTERS_OF_YEAR, len(resources)))
    for s in solved:
        start[s.period.quarter] = s.price[resources] * size
    starts = (start, _alike(quarters))
    given = (
        items,
        people,
        classes.layout,
        classes.tastes,
        trade,
        limits,
        _works(setting, quarters),
        starts,
        classes.signs,
    )
    return Batch(setting, resources, classes, quarters, given)


def _items(setting: Setting) -> tuple[Array, ...]:
    """Return what the costs of ways are made of, by the numbers of the factors of all doubts."""
    a, figures, doubts = setting.anatomy, len(setting.anatomy.figures), len(setting.doubts)
    return (
        a.first_item,
        a.item_usd_t,
        _in_all(a.item_figure, figures, doubts).ravel(),
        a.first_arc,
        a.arc,
        a.first_charge,
        a.charge_usd_t,
        _in_all(a.charge_figure, figures, doubts),
        a.rest_usd_t,
    )


def _works(setting: Setting, quarters: Quarters) -> tuple[Array, ...]:
    """Return what works do: which lift which limits by how much when, and what they add to the cost of each way."""
    dearer = sorted(setting.dearer)
    return (
        *quarters.lifts(),
        np.array(dearer, dtype=np.int64),
        np.array([setting.dearer[w] for w in dearer]).reshape(len(dearer), len(setting.pool)),
        quarters.shift_of,
        quarters.shift,
    )


def _alike(quarters: Quarters) -> Array:
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
