"""The volumes of counts in a state of all uncertain inputs, and their derivatives by each input.

The flows of a period are x = a s(v), with the logit shares s of the utilities v = -θ (cost + Σ price use) and prices
that keep the loads of full resources at their limits. Of a small change of costs dc, tonnes da (as a share) and
limits dk,

    dx = x da - Θ (dc + A dπ),   A'dx = dk,   so   dπ = (A'ΘA)⁻¹ (A'x da - A'Θ dc - dk),

with the uses A of the full resources and Θ the derivative of flows by costs at fixed prices, θ x (identity less the
mean over the commodity). A count is a sum g'x, so its derivative is that of r'x at fixed prices, with
r = g - A (A'ΘA)⁻¹ A'Θ g: what a tonne on a path adds to the count when prices answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import NOTHING
from corridor.assignment.cost_decomposition import CostDecomposition, extended
from corridor.assignment.logit_shares import assign_logit
from corridor.assignment.period_problem import PeriodResult
from corridor.study.branch_study import BranchStudy
from corridor.study.counting import MT, CountedVolumes
from corridor.study.sub_period import SubPeriod
from corridor.study.year_problem import Draw, YearProblem

TOLERANCE = 1e-5  # of a limit
RARE = 1e-6  # of the tonnes of a period: paths with less are left out of the derivatives


class CountModel:
    """The counts of one year of a study as functions of the factors of its uncertain inputs."""

    def __init__(self, study: BranchStudy, year: int, volumes: CountedVolumes) -> None:
        self.study, self.year, self.volumes = study, year, volumes
        self.other_mt = np.array([x or 0.0 for x in volumes.other_traffic_mt()])

    def solve(self, factors: Array, start: Sequence[Array] = ()) -> list[PeriodResult]:
        """Return the periods of the year under factors of all inputs; `start` are prices of its periods."""
        central = self.study.central(self.year)
        found: list[PeriodResult] = []
        price: Array | None = None
        for i, problem in enumerate(self._problem(factors, central).periods()):
            share = assign_logit(problem, start[i] if start else price, tolerance=TOLERANCE)
            price = share.price
            found.append(PeriodResult(problem, share.flow, price, price, price, None, share.residual, share.steps))
        return found

    def _problem(self, factors: Array, central: Draw) -> YearProblem:
        return self.study.problem(self.year, Draw(factors, central.opens, central.events))

    def mt(self, solved: Sequence[PeriodResult]) -> Array:
        """Return the Mt of each count, with other traffic."""
        mt: Array = self.volumes.mt(solved) + self.other_mt
        return mt

    def jacobian(self, factors: Array, solved: Sequence[PeriodResult]) -> Array:
        """Return the derivatives of the Mt of counts (rows) by the factors of the inputs (columns)."""
        study, n = self.study, len(self.volumes.counts)
        first, ranges = study.first, study.ranges
        found = np.zeros((n, len(factors)))
        by_cost = np.zeros((n, len(study.choice_set)))
        for s, (sub_period, weights) in zip(solved, self._periods(solved), strict=True):
            part = _PeriodDerivatives(s, weights)
            by_cost[:, part.paths] += part.by_cost
            rows = ranges.row_of[part.commodity]
            for start, by_path, group in (
                (first["trade"], part.by_tonnes, rows),
                (first["willing"], part.by_max_cost, rows),
                (first["scale"], part.by_scale, study.class_of_commodity[part.commodity]),
            ):
                _add_by(found, start, by_path, group)
            limit = sub_period.limit[part.full]
            found[:, first["capacity"] + part.full] += part.by_limit * np.nan_to_num(limit)
        for name, size in (("trade", len(ranges.rows)), ("willing", len(ranges.rows)), ("scale", self._scales)):
            own = slice(first[name], first[name] + size)
            found[:, own] /= factors[own]
        found[:, : first["scale"]] = _by_figure(study.cost_decomposition, by_cost, factors[: first["scale"]])
        return found / MT

    @property
    def _scales(self) -> int:
        return self.study.first["wagon"] - self.study.first["scale"]

    def _periods(self, solved: Sequence[PeriodResult]) -> list[tuple[SubPeriod, Array]]:
        sub_periods = self.study.sub_periods(self.year)
        return [(x, self.volumes.weights(s)) for x, s in zip(sub_periods, solved, strict=True)]


class _PeriodDerivatives:
    """Derivatives of counts in one period, by path: per USD/t, per share of tonnes, maximum cost and scale."""

    def __init__(self, s: PeriodResult, weights: Array) -> None:
        x = s.problem
        self.paths = paths = np.flatnonzero(s.flow > RARE * x.amount.sum())
        choice_set = x.choice_set
        self.commodity = commodity = choice_set.commodity[paths]
        flow, amount = s.flow[paths], x.amount[commodity]
        scale = x.scale[commodity]
        starts = np.flatnonzero(np.diff(commodity, prepend=-1))
        owner = np.cumsum(np.diff(commodity, prepend=-1) != 0) - 1
        share = flow / amount

        def deviation(values: Array) -> Array:
            """Return values by path less their mean over all demand of the commodity; unserved demand has 0."""
            mean = np.add.reduceat(values * share, starts, axis=1)
            less: Array = values - mean[:, owner]
            return less

        counted = weights[:, paths]
        self.full = np.flatnonzero((s.price > 0) & (s.free > NOTHING))
        uses = _uses(choice_set.first_use, choice_set.resources, choice_set.units, paths, self.full)
        flat = scale * flow
        if len(self.full):
            spread = flat * deviation(uses)
            inverse = np.linalg.pinv(spread @ uses.T, hermitian=True)
            self.by_limit = (counted @ spread.T) @ inverse
            counted = counted - self.by_limit @ uses
        else:
            self.by_limit = np.zeros((len(weights), 0))
        centred = deviation(counted)
        self.by_cost = -flat * centred
        self.by_tonnes = counted * flow
        served = np.add.reduceat(share, starts)[owner]
        self.by_max_cost = counted * flat * np.maximum(1.0 - served, 0.0) * x.max_cost[commodity]
        paid = x.cost[paths] + s.price[self.full] @ uses - x.max_cost[commodity]  # relative to unserved demand
        self.by_scale = -flat * deviation(paid[None, :]) * counted


def _uses(first: Array, resources: Array, units: Array, paths: Array, full: Array) -> Array:
    """Return the units that paths use of full resources (resources, paths)."""
    found = np.zeros((len(full), len(paths)))
    lengths = first[paths + 1] - first[paths]
    owner = np.repeat(np.arange(len(paths)), lengths)
    entry = np.repeat(first[paths] - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    place = np.searchsorted(full, resources[entry])
    if len(full):
        hit = np.flatnonzero(full[np.minimum(place, len(full) - 1)] == resources[entry])
        found[place[hit], owner[hit]] = units[entry[hit]]
    return found


def _add_by(found: Array, start: int, by_path: Array, group: Array) -> None:
    size = int(group.max(initial=-1)) + 1
    for k in range(len(found)):
        found[k, start : start + size] += np.bincount(group, weights=by_path[k], minlength=size)


def _by_figure(costs: CostDecomposition, by_cost: Array, factors: Array) -> Array:
    """Return derivatives by the factors of cost figures from those by the costs of paths."""
    n = len(factors)
    every = extended(factors)
    value = costs.item_usd_t * np.prod(every[costs.item_figure], axis=1)
    item_arc = np.repeat(np.arange(len(costs.first_item) - 1), np.diff(costs.first_item))
    figure = costs.item_figure % n if n else costs.item_figure
    sign = np.where(costs.item_figure < n, 1.0, np.where(costs.item_figure < 2 * n, -1.0, 0.0))
    slope = value[:, None] * sign / every[figure]
    used = np.flatnonzero(by_cost.any(axis=0))
    costs, by_cost = costs.only(used), by_cost[:, used]
    owner = np.repeat(np.arange(len(costs.rest_usd_t)), np.diff(costs.first_arc))
    charged = np.repeat(np.arange(len(costs.rest_usd_t)), np.diff(costs.first_charge))
    found = np.zeros((len(by_cost), n))
    for k, by_path in enumerate(by_cost):
        by_arc = np.bincount(costs.arc, weights=by_path[owner], minlength=len(costs.first_item) - 1)
        by_item = by_arc[item_arc][:, None] * slope
        found[k] = np.bincount(figure.ravel(), weights=by_item.ravel(), minlength=n)[:n]
        found[k] += np.bincount(costs.charge_figure, weights=by_path[charged] * costs.charge_usd_t, minlength=n)[:n]
    return found
