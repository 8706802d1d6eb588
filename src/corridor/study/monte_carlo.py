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
from corridor.parallel import Workers, map_chunks
from corridor.study.branch_study import MOST_TAKEN, BranchStudy
from corridor.study.path_groups import AlternativeGroups, PeriodLimits
from corridor.study.sampling import Draws
from corridor.study.screening import screening_of

Array = np.ndarray[Any, Any]
TOLERANCE = 1e-3  # of a limit
STEPS = 60
ROUGHLY = 1e-3
UNKNOWN = 1e30  # native units: a limit that is not known never fills
BLOCK = 25  # draws that a worker takes at a time
COPIES = 3.0  # of the answers: by piece, together, and for what is told of them
ANSWERS = ("southbound", "northbound", "unlimited", "could_use", "worst", "steps")


@dataclass(frozen=True)
class MonteCarlo:
    """What the kernel is given for every draw.

    `study` has only the ways that draws are likely to need; `resources` are the positions
    of those limits that move the branch, in the order of the kernel's; `given` are its
    arguments after the draws.
    """

    study: BranchStudy
    resources: Array
    classes: AlternativeGroups
    quarters: PeriodLimits
    given: tuple[Any, ...]

    def run(self, draws: Draws, run_on: Workers = None, progress: Callable[[int], None] | None = None) -> DrawResults:
        """Return the answers of all draws; the same bytes with any number of workers."""
        n, mode = len(draws.factors), kernel.mode_for(len(self.study.choice_set.arcs))
        given = (draws.factors, draws.events, draws.opens)
        years, limits = len(self.study.years), len(self.resources)
        answers = 8.0 * n * years * (len(ANSWERS) + 2 * limits)
        check_fits(COPIES * answers, f"the answers of {n:,} draws", "ask for fewer draws, or fewer years")
        shape = (years, limits)

        done = 0

        def told(blocks: int) -> None:
            nonlocal done
            before, done = done, done + blocks
            if progress is not None:
                progress(min(n, done * BLOCK) - min(n, before * BLOCK))

        found = map_chunks(run_on, _run_blocks, (mode, given, self.given, shape), -(-n // BLOCK), told)
        sizes = ((0, shape[0], len(ANSWERS)), (0, *shape), (0, *shape))
        answer, paid, full = (np.concatenate([np.zeros(s), *(f[i] for f in found)]) for i, s in enumerate(sizes))
        return DrawResults(self, draws, answer, paid, full, sum(f[3] for f in found))

    def one_year(self, year: int) -> tuple[tuple[Any, ...], Array]:
        """Return the central case of a year as `kernel.failures` takes it, and the tonnes on each path."""
        study, classes, quarters = self.study, self.classes, self.quarters
        draw = study.central()
        asked = study.asked(year, draw)
        row = int(quarters.row_of[study.years.index(year), 0])
        choice_set = study.choice_set
        largest = choice_set.largest_use[self.resources]
        capacity, whole = (np.zeros((QUARTERS_OF_YEAR, len(self.resources))) for _ in range(2))
        start, months = np.zeros_like(capacity), np.zeros(QUARTERS_OF_YEAR)
        price: Array | None = None
        flow = np.zeros(len(choice_set))
        for sub_period in asked.sub_periods:
            q, share = sub_period.period.quarter, len(sub_period.period.months)
            capacity[q] += np.nan_to_num(asked.free(sub_period)[self.resources], nan=UNKNOWN) / largest
            whole[q] += np.nan_to_num(sub_period.limit[self.resources], nan=UNKNOWN) / largest
            found = asked.share(sub_period, price, tolerance=ROUGHLY)
            price, flow = found.price, flow + found.flow
            start[q] += price[self.resources] * largest * share
            months[q] += share
        open_ = (quarters.required_projects[row] & asked.unbuilt) == 0
        amount = np.array([asked.tonnes * study.demand.quarter_shares[:, q] for q in range(QUARTERS_OF_YEAR)])
        scaled_use = classes.scale["factor"] * classes.units
        met = np.bincount(classes.resource, minlength=len(self.resources))
        far = np.bincount(classes.resource, weights=scaled_use, minlength=len(self.resources))
        cost = sum(asked.cost(p) * p.period.share_of_year for p in asked.sub_periods)
        reach = np.where(far > 0, 4.0 * met / np.maximum(far, 1e-300), UNKNOWN)
        size = np.where(open_, quarters.size[row], 0.0)
        given = (
            (choice_set.first_path, classes.of_path, classes.group_of),
            (cost, sum(choice_set.part(name) for name in HOURS), np.zeros(len(choice_set), dtype=np.int64)),
            (asked.scale, asked.max_cost, study.branch.counted),
            classes.layout,
            (scaled_use, classes.units, classes.scale["bundle"], classes.scale["group"]),
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
class DrawResults:
    """What the draws came to: `answer` (draws, years, `ANSWERS`) in tonnes, `paid` and `full` by resource."""

    monte_carlo: MonteCarlo
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


def monte_carlo_of(study: BranchStudy, *, all_ways: bool = False) -> MonteCarlo:
    """Lay a setting out for many draws: with the ways that nearly all cargo takes, or with all."""
    pilot = screening_of(study)
    resources = pilot.resources
    study = study if all_ways else study.only(pilot.paths)
    place = np.full(len(study.choice_set.context.network.resource_table), -1, dtype=np.int64)
    place[resources] = np.arange(len(resources))
    size = study.choice_set.largest_use[resources]
    classes = AlternativeGroups(study, place, size)
    quarters = PeriodLimits(study, resources, size)
    choice_set, first = study.choice_set, study.first
    context = choice_set.context
    rows = study.ranges.row_of
    people = (
        choice_set.first_path,
        context.scale,
        first["scale"] + study.class_of_commodity,
        context.max_cost_usd_t,
        first["willing"] + rows,
        classes.of_path,
        classes.group_of,
    )
    items = _items(study)
    trade = (
        study.demand.t_yr * study.trade,
        first["trade"] + rows,
        study.ranges.rule_of.astype(np.int64),
        np.ascontiguousarray(study.ranges.growth),
        first["growth"] + np.arange(len(study.ranges.rules)),
        np.ascontiguousarray(study.demand.quarter_shares),
    )
    limits = (
        quarters.required_projects,
        quarters.size,
        quarters.limit,
        first["capacity"] + resources,
        quarters.other,
        first["base_load"] + resources,
        quarters.in_demand,
        quarters.row_of,
    )
    solved = study.solve(study.years[0])
    start = np.zeros((QUARTERS_OF_YEAR, len(resources)))
    for s in solved:
        start[s.period.quarter] = s.price[resources] * size
    starts = (start, _alike(quarters))
    given = (
        items,
        people,
        classes.layout,
        classes.choice_parameters,
        trade,
        limits,
        _projects(study, quarters),
        starts,
        classes.signs,
    )
    return MonteCarlo(study, resources, classes, quarters, given)


def _items(study: BranchStudy) -> tuple[Array, ...]:
    """Return what the costs of ways are made of, by the numbers of the factors of all doubts."""
    a, figures, uncertain_inputs = (
        study.cost_decomposition,
        len(study.cost_decomposition.figures),
        len(study.uncertain_inputs),
    )
    return (
        a.first_item,
        a.item_usd_t,
        _in_all(a.item_figure, figures, uncertain_inputs).ravel(),
        a.first_arc,
        a.arc,
        a.first_charge,
        a.charge_usd_t,
        _in_all(a.charge_figure, figures, uncertain_inputs),
        a.rest_usd_t,
    )


def _projects(study: BranchStudy, quarters: PeriodLimits) -> tuple[Array, ...]:
    """Return what works do: which lift which limits by how much when, and what they add to the cost of each way."""
    cost_change = sorted(study.cost_change)
    return (
        *quarters.lifts(),
        np.array(cost_change, dtype=np.int64),
        np.array([study.cost_change[w] for w in cost_change]).reshape(len(cost_change), len(study.choice_set)),
        quarters.shift_of,
        quarters.shift,
    )


def _alike(quarters: PeriodLimits) -> Array:
    """Return for each year the year before it whose limits are most like it; the number of years for the first."""
    usual = quarters.limit[quarters.row_of[:, 0]]
    begin = np.full(len(usual), len(usual), dtype=np.int64)
    for y in range(1, len(usual)):
        far = [float(np.abs(usual[y] - usual[x]).sum()) for x in range(y)]
        begin[y] = max(x for x in range(y) if far[x] <= min(far) * (1 + 1e-9))
    return begin


def _in_all(figure: Array, figures: int, uncertain_inputs: int) -> Array:
    """Return the numbers of figures of an anatomy among the factors of all doubts, reciprocals and one included."""
    reciprocal = (figure >= figures) & (figure < 2 * figures)
    made: Array = np.where(
        figure == 2 * figures, 2 * uncertain_inputs, np.where(reciprocal, figure - figures + uncertain_inputs, figure)
    )
    return made.astype(np.int64)
