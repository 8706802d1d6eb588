"""A study prepared for the kernel that runs many draws: classes of paths, sub-periods, limits that may bind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import kernel
from corridor.arrays import Array
from corridor.memory import check_fits
from corridor.parallel import Workers, map_chunks
from corridor.study.branch_study import MOST_TAKEN, BranchStudy
from corridor.study.path_classes import PathClasses, PeriodLimits
from corridor.study.sampling import Draws
from corridor.study.screening import screening_of

TOLERANCE = 1e-3  # of a limit
STEPS = 60
BLOCK = 25  # draws in one task of a worker
COPIES = 3.0  # of the results: by block, joined, and for what is derived from them
ANSWERS = ("southbound", "northbound", "unconstrained", "could_use", "worst", "steps")


@dataclass(frozen=True)
class MonteCarlo:
    """The arguments of the kernel for all draws.

    `study` has only the paths that draws are likely to need; `resources` are the positions
    of the limits that affect the branch, in the kernel's order; `given` are the kernel's
    arguments after the draws.
    """

    study: BranchStudy
    resources: Array
    given: tuple[Any, ...]

    def run(self, draws: Draws, run_on: Workers = None, progress: Callable[[int], None] | None = None) -> DrawResults:
        """Return the results of all draws; the same bytes with any number of workers."""
        n = len(draws.factors)
        mode = kernel.mode_for(len(self.study.choice_set.arcs) * n)
        draw_arrays = (draws.factors, draws.events, draws.opens)
        years, limits = len(self.study.years), len(self.resources)
        answers = 8.0 * n * years * (len(ANSWERS) + 2 * limits)
        check_fits(COPIES * answers, f"the results of {n:,} draws", "ask for fewer draws, or fewer years")
        shape = (years, limits)

        done = 0

        def report(blocks: int) -> None:
            nonlocal done
            before, done = done, done + blocks
            if progress is not None:
                progress(min(n, done * BLOCK) - min(n, before * BLOCK))

        block_results = map_chunks(run_on, _run_blocks, (mode, draw_arrays, self.given, shape), -(-n // BLOCK), report)
        sizes = ((0, shape[0], len(ANSWERS)), (0, *shape), (0, *shape))
        answer, paid, full = (
            np.concatenate([np.zeros(s), *(f[i] for f in block_results)]) for i, s in enumerate(sizes)
        )
        return DrawResults(self, draws, answer, paid, full, sum(f[3] for f in block_results))


def _run_blocks(shared: Any, begin: int, end: int) -> tuple[Array, Array, Array, int]:
    """Run blocks of draws; return results, prices, binding limits, and how many sub-periods did not converge."""
    mode, draws, arguments, (years, resources) = shared
    first, last = begin * BLOCK, min(end * BLOCK, len(draws[0]))
    block_draws = tuple(d[first:last] for d in draws)
    count = last - first
    out = (
        np.zeros((count, years, len(ANSWERS))),
        np.zeros((count, years, resources)),
        np.zeros((count, years, resources)),
    )
    module, limits = kernel.load("draws", mode), (((MOST_TAKEN, TOLERANCE), STEPS),)
    steps = range(0, count, BLOCK)
    unsettled = sum(
        int(module.forecast(k, min(k + BLOCK, count), block_draws, *arguments, *limits, out)) for k in steps
    )
    return *out, unsettled


@dataclass(frozen=True)
class DrawResults:
    """Results of the draws.

    `answer` (draws, years, `ANSWERS`): tonnes, but for the largest relative violation of a limit (`worst`) and the
    number of steps. `paid` and `full` (draws, years, resources): the mean price in USD per scaled unit, and the share
    of the year in which the resource is at capacity. `unsettled` sub-periods did not converge.
    """

    monte_carlo: MonteCarlo
    draws: Draws
    answer: Array
    paid: Array
    full: Array
    unsettled: int

    def of(self, name: str) -> Array:
        """Return one result (draws, years)."""
        values: Array = self.answer[:, :, ANSWERS.index(name)]
        return values

    @property
    def throughput_mt(self) -> Array:
        """Mt of the branch's cargo in both directions (draws, years)."""
        total_mt: Array = (self.of("southbound") + self.of("northbound")) / 1e6
        return total_mt


def monte_carlo_of(study: BranchStudy) -> MonteCarlo:
    """Prepare a study for many draws, with the paths that nearly all cargo uses."""
    screening = screening_of(study)
    resources = screening.resources
    study = study.only(screening.paths)
    position = np.full(len(study.model.state.resource_table), -1, dtype=np.int64)
    position[resources] = np.arange(len(resources))
    size = study.choice_set.largest_use[resources]
    classes = PathClasses(study, position, size)
    periods = PeriodLimits(study, resources, size)
    choice_set, first = study.choice_set, study.first
    context = choice_set.context
    rows = study.ranges.row_of
    commodities = (
        choice_set.first_path,
        context.scale,
        first["scale"] + study.class_of_commodity,
        context.max_cost_usd_t,
        first["willing"] + rows,
        classes.of_path,
    )
    cost_terms = _cost_terms(study)
    trade = (
        study.demand.t_yr * study.trade,
        first["trade"] + rows,
        study.ranges.rule_of.astype(np.int64),
        np.ascontiguousarray(study.ranges.growth),
        first["growth"] + np.arange(len(study.ranges.rules)),
        np.ascontiguousarray(study.demand.quarter_shares),
    )
    dates = (periods.quarter, periods.share, periods.months)
    limits = (
        (dates, periods.open_of),
        (periods.size, periods.required),
        periods.required_projects,
        periods.limit,
        first["capacity"] + resources,
        periods.other,
        first["base_load"] + resources,
        periods.in_demand,
        periods.row_of,
    )
    start = np.zeros(periods.limit.shape[1:])
    for s, solved in enumerate(study.solve(study.years[0])):
        start[s] = solved.price[resources] * size
    arguments = (
        cost_terms,
        commodities,
        classes.layout,
        classes.choice_parameters,
        trade,
        limits,
        _projects(study, periods),
        (start, _most_similar_years(periods)),
        classes.signs,
    )
    return MonteCarlo(study, resources, arguments)


def _cost_terms(study: BranchStudy) -> tuple[Array, ...]:
    """Return the terms of the path costs, by the numbers of the factors of all uncertain inputs."""
    decomposition, figures, uncertain_inputs = (
        study.cost_decomposition,
        len(study.cost_decomposition.figures),
        len(study.uncertain_inputs),
    )
    return (
        decomposition.first_item,
        decomposition.item_usd_t,
        _factor_numbers(decomposition.item_figure, figures, uncertain_inputs).ravel(),
        decomposition.first_arc,
        decomposition.arc,
        decomposition.first_charge,
        decomposition.charge_usd_t,
        _factor_numbers(decomposition.charge_figure, figures, uncertain_inputs),
        decomposition.rest_usd_t,
    )


def _projects(study: BranchStudy, periods: PeriodLimits) -> tuple[Array, ...]:
    """Return the effects of projects: which limits they raise, by how much and when, and the change of path costs."""
    cost_change = sorted(study.cost_change)
    return (
        *periods.lifts(),
        np.array(cost_change, dtype=np.int64),
        np.array([study.cost_change[w] for w in cost_change]).reshape(len(cost_change), len(study.choice_set)),
        periods.shift,
        periods.shift_of,
    )


def _most_similar_years(periods: PeriodLimits) -> Array:
    """Return for each year the earlier year with the most similar limits; the number of years for the first."""
    limits = periods.limit[periods.row_of[:, 0]]
    begin = np.full(len(limits), len(limits), dtype=np.int64)
    for y in range(1, len(limits)):
        distance = [float(np.abs(limits[y] - limits[x]).sum()) for x in range(y)]
        begin[y] = max(x for x in range(y) if distance[x] <= min(distance) * (1 + 1e-9))
    return begin


def _factor_numbers(figure: Array, figures: int, uncertain_inputs: int) -> Array:
    """Return the numbers of a cost decomposition's figures among all factors, with reciprocals and the constant one."""
    reciprocal = (figure >= figures) & (figure < 2 * figures)
    numbers: Array = np.where(
        figure == 2 * figures, 2 * uncertain_inputs, np.where(reciprocal, figure - figures + uncertain_inputs, figure)
    )
    return numbers.astype(np.int64)
