"""Assignment at least cost within hard limits: column generation, with a certified bound.

The master problem (HiGHS) selects paths of the choice set. Its duals are the prices of
the resources; the shortest-path kernel searches for paths that are cheaper under these
prices. With prices λ, the lower bound of the cost of every assignment is

    Σ amount · min(max_cost, cheapest path under λ) - Σ λ · free.

(Ford & Fulkerson 1958, doi:10.1287/mnsc.5.1.97.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import NOTHING, ChoiceSet
from corridor.assignment.period_problem import PeriodProblem, period_problem
from corridor.assignment.search_graph import Paths, cheapest_paths
from corridor.errors import ConvergenceError
from corridor.linear_program import ensure_optimal, is_optimal, linear_program

ROUNDS = 400
GAP, GAP_ALLOWED = 1e-9, 1e-6
OVER = 1e-9  # of a limit
CHEAPER_USD_T = 1e-6
NEAR_USD_T = 2.0  # paths within this distance of the cheapest are initial columns
BEYOND_USD_T = 1e5  # a price above the maximum cost of all cargo
TOLERANCES = ("primal_feasibility_tolerance", "dual_feasibility_tolerance")
SECANT = 1e-3  # relative to a limit: its change for the interval of the price


@dataclass(frozen=True)
class Packed:
    """The least-cost solution of a period: tonnes by path of its choice set, price by resource in USD per native unit.

    `price_low` is the saving per unit if the limit rises by a thousandth, `price_high`
    the cost per unit if it falls by a thousandth: where they differ, the price is an interval.
    """

    problem: PeriodProblem
    flow: Array
    price: Array
    price_low: Array
    price_high: Array
    objective_usd: float
    bound_usd: float
    rounds: int


def cheapest_of(choice_set: ChoiceSet, is_open: Array, cost: Array) -> Array:
    """Return the position of the cheapest open path of each commodity, -1 for none; ties go to the first."""
    priced = np.where(is_open, cost, np.inf)
    best = np.full(len(choice_set.first_path) - 1, -1, dtype=np.int64)
    if len(choice_set):
        some = np.flatnonzero(np.diff(choice_set.first_path))
        least = np.full(len(best), np.inf)
        least[some] = np.minimum.reduceat(priced, choice_set.first_path[some])
        equal = np.flatnonzero((priced == least[choice_set.commodity]) & np.isfinite(priced))[::-1]
        best[choice_set.commodity[equal]] = equal  # the first of equal ones is written last and remains
    return best


def loads(choice_set: ChoiceSet, flow: Array, resources: int) -> Array:
    """Return the load of each resource by the flows of paths, in native units."""
    weights = flow[choice_set.path_of_use] * choice_set.units
    load: Array = np.bincount(choice_set.resources, weights=weights, minlength=resources)
    return load


def prices_of_paths(choice_set: ChoiceSet, price: Array) -> Array:
    """Return the sum of resource prices on each path, in USD/t."""
    price_of_path: Array = np.bincount(
        choice_set.path_of_use, weights=price[choice_set.resources] * choice_set.units, minlength=len(choice_set)
    )
    return price_of_path


def solve_least_cost(problem: PeriodProblem, start: Array | None = None, *, certified: bool = True) -> Packed:
    """Return the assignment of least cost of a period within its limits.

    `start` are initial prices for the columns. Without `certified` only paths of the choice set are used,
    and the bound holds for these alone.

    Raises
    ------
    ConvergenceError
        If HiGHS stops without an optimum, or the gap to the bound stays above 1e-6.
    """
    amount, free, max_cost = problem.amount, problem.free, problem.max_cost
    price = np.zeros(len(free)) if start is None else start
    limited = np.isfinite(free)
    for round_ in range(1, ROUNDS + 1):
        choice_set, cost = problem.choice_set, problem.cost
        master = _Master(problem)
        flow, price = master.solve(price)
        objective = float(flow @ cost) + float((amount - _served(choice_set, flow)) @ max_cost)
        found, least = _search(problem, price) if certified else ([], None)
        if least is None:
            least = least_of(choice_set, problem.is_open, cost + prices_of_paths(choice_set, price))
        bound = float(amount @ np.minimum(max_cost, least)) - float(price[limited] @ free[limited])
        gap = (objective - bound) / max(abs(objective), 1.0)
        wider = choice_set if gap <= GAP else choice_set.with_paths(found)
        if wider is choice_set:
            if gap > GAP_ALLOWED:
                raise ConvergenceError(f"the bound is {bound:.0f} USD and the cost {objective:.0f} USD", gap)
            low, high = master.intervals(price) if certified else (price, price)
            return Packed(problem, flow, price, low, high, objective, bound, round_)
        problem = period_problem(problem.period, wider, amount, free)
    raise ConvergenceError(f"paths were still getting cheaper after {ROUNDS} rounds", math.inf)


def least_of(choice_set: ChoiceSet, is_open: Array, paid: Array) -> Array:
    """Return the cost of the cheapest open path of each commodity (infinite: none)."""
    best = cheapest_of(choice_set, is_open, paid)
    cost: Array = np.where(best >= 0, paid[best], np.inf) if len(choice_set) else np.full(len(best), np.inf)
    return cost


def _search(problem: PeriodProblem, price: Array) -> tuple[list[Paths], Array]:
    """Return paths cheaper under the prices than all known paths, and the least cost of each commodity.

    A cheapest path that pays no price remains the cheapest, and the choice set contains
    the cheapest path of every state of the year: such commodities are not searched.
    If a resource is exhausted this does not hold, and all commodities are searched.
    """
    choice_set, period, free, is_open = problem.choice_set, problem.period, problem.free, problem.is_open
    known = least_of(choice_set, is_open, problem.cost + prices_of_paths(choice_set, price))
    wanted = (known > least_of(choice_set, is_open, problem.cost) + CHEAPER_USD_T / 2) | bool((free < NOTHING).any())
    wanted &= problem.amount > 0
    if not wanted.any():
        return [], known
    paid = np.where(free < NOTHING, np.inf, price)
    found = cheapest_paths(choice_set.context.search_graph, period.open_links, period.open_transfers, paid, wanted)
    least = known.copy()
    least[found.commodity] = np.minimum(found.cost, known[found.commodity])
    cheaper = found.cost < known[found.commodity] - CHEAPER_USD_T / 2
    if not cheaper.any():
        return [], least
    return [Paths(found.commodity, np.where(cheaper, found.cost, np.inf), found.first, found.arcs)], least


def _served(choice_set: ChoiceSet, flow: Array) -> Array:
    served: Array = np.bincount(choice_set.commodity, weights=flow, minlength=len(choice_set.first_path) - 1)
    return served


class _Master:
    """The master problem: a linear program over the active columns and rows.

    Its columns are the paths within `NEAR_USD_T` of the cheapest under the prices so
    far, its rows the limits exceeded or priced so far. The load of commodities with a
    single choice is subtracted from the limits. Paths that are cheaper under the duals
    and limits that are exceeded are added until there are none.
    """

    def __init__(self, problem: PeriodProblem) -> None:
        choice_set, amount = problem.choice_set, problem.amount
        self.choice_set, self.amount, self.free, self.cost = choice_set, amount, problem.free, problem.cost
        self.max_cost = problem.max_cost
        self.is_open = problem.is_open & (amount[choice_set.commodity] > 0)
        self.first, self.resource, self.units = choice_set.first_use, choice_set.resources, choice_set.units
        self.is_column = np.zeros(len(choice_set), dtype=np.bool_)
        self.unserved = np.zeros(len(amount), dtype=np.bool_)
        self.rows: list[int] = []
        self.solver: Any = None

    def solve(self, price: Array) -> tuple[Array, Array]:
        """Return tonnes by path and prices of resources."""
        self.rows = np.flatnonzero((price > 0) & (self.free >= NOTHING)).tolist()
        self._add_columns_near(price)
        while True:
            self.paid = self.cost + prices_of_paths(self.choice_set, price)
            flow, price = self._solve_rows()
            paid = self.cost + prices_of_paths(self.choice_set, price)
            known = np.minimum(self._least_of_columns(paid), np.where(self.unserved, self.max_cost, np.inf))
            # One new column per commodity and round stabilises the duals.
            best = cheapest_of(self.choice_set, self.is_open & ~self.is_column, paid)
            best = best[best >= 0]
            better = np.zeros(len(self.choice_set), dtype=np.bool_)
            better[best] = paid[best] < known[self.choice_set.commodity[best]] - CHEAPER_USD_T
            can_be_unserved = ~self.unserved & (self.max_cost < known - CHEAPER_USD_T) & (self.amount > 0)
            if not better.any() and not can_be_unserved.any():
                return flow, price
            self.is_column |= better
            self.unserved |= can_be_unserved

    def _add_columns_near(self, price: Array) -> None:
        paid = self.cost + prices_of_paths(self.choice_set, price)
        least = np.minimum(least_of(self.choice_set, self.is_open, paid), self.max_cost)
        self.is_column |= self.is_open & (paid <= least[self.choice_set.commodity] + NEAR_USD_T)
        self.unserved |= (self.amount > 0) & (self.max_cost <= least + NEAR_USD_T)

    def _least_of_columns(self, paid: Array) -> Array:
        return least_of(self.choice_set, self.is_column, paid)

    def _solve_rows(self) -> tuple[Array, Array]:
        """Solve, and add exceeded limits as rows, until no limit is exceeded."""
        while True:
            choices = np.bincount(self.choice_set.commodity[self.is_column], minlength=len(self.amount)) + self.unserved
            single = choices == 1
            flow, price = np.zeros(len(self.choice_set)), np.zeros(len(self.free))
            fixed = self.is_column & single[self.choice_set.commodity]
            flow[fixed] = self.amount[self.choice_set.commodity[fixed]]
            if self.rows:
                columns = np.flatnonzero(self.is_column & ~single[self.choice_set.commodity])
                fixed_load = loads(self.choice_set, flow, len(self.free))
                values, duals = self._run(columns, np.flatnonzero(choices > 1), fixed_load)
                flow[columns] = values
                price[self.rows] = duals
            else:
                best = cheapest_of(self.choice_set, self.is_column, self.cost)
                has_path = (best >= 0) & ~single
                flow[best[has_path]] = self.amount[has_path]
            load = loads(self.choice_set, flow, len(self.free))
            with np.errstate(invalid="ignore"):
                over = np.flatnonzero(load > self.free * (1 + OVER) + OVER)
            new = set(over.tolist()) - set(self.rows)
            if not new:
                return flow, price
            self.rows = sorted({*self.rows, *new})

    def _run(self, columns: Array, commodities: Array, fixed: Array) -> tuple[Array, Array]:
        """Solve the program over some columns; the load `fixed` is subtracted from the limits.

        A limit may be exceeded at the price `BEYOND_USD_T`, so that the program is always
        feasible. Other columns enter at that price, and finally no limit is exceeded.
        """
        choice_set, n_c, n_r = self.choice_set, len(commodities), len(self.rows)
        number = np.full(len(self.amount), -1, dtype=np.int64)
        number[commodities] = np.arange(n_c)
        row_of = np.full(len(self.free), -1, dtype=np.int64)
        row_of[self.rows] = n_c + np.arange(n_r)
        counts = np.diff(self.first)[columns]
        begin = np.repeat(self.first[:-1][columns] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        entry = begin + np.arange(counts.sum())
        column = np.repeat(np.arange(len(columns)), counts)
        entry, column = (x[row_of[self.resource[entry]] >= 0] for x in (entry, column))
        # Variables are shares of a commodity, and limits are scaled to one: the coefficients are then near one.
        scale = self.amount[choice_set.commodity[columns]]
        self.size = np.maximum(self.free, 1e-9)
        unserved = commodities[self.unserved[commodities]]
        saved = scale * (self.cost[columns] - self.max_cost[choice_set.commodity[columns]])
        self.unit = max(float(np.abs(saved).max(initial=0.0)), 1.0)
        rows = np.concatenate(
            [
                number[choice_set.commodity[columns]],
                row_of[self.resource[entry]],
                number[unserved],
                n_c + np.arange(n_r),
            ]
        )
        at = np.concatenate([np.arange(len(columns)), column, len(columns) + np.arange(len(unserved) + n_r)])
        values = np.concatenate(
            [
                np.ones(len(columns)),
                self.units[entry] * scale[column] / self.size[self.resource[entry]],
                np.ones(len(unserved)),
                np.full(n_r, -1.0),
            ]
        )
        beyond = BEYOND_USD_T * self.size[self.rows] / choice_set.largest_use[self.rows] / self.unit
        self.limit = (self.free[self.rows] - fixed[self.rows]) / self.size[self.rows]
        self.solver = linear_program(
            np.concatenate([saved / self.unit, np.zeros(len(unserved)), beyond]),
            (rows, at, values),
            (np.concatenate([np.ones(n_c), np.full(n_r, -np.inf)]), np.concatenate([np.ones(n_c), self.limit])),
            options={"presolve": "off", "simplex_strategy": 4, **dict.fromkeys(TOLERANCES, 1e-9)},
        )
        self._set_basis(columns, unserved, number, n_c, n_r)
        self.commodities = n_c
        solution = self._optimum()
        flows = np.maximum(np.array(solution.col_value[: len(columns)]), 0.0) * scale
        duals = np.maximum(-np.array(solution.row_dual[n_c:]), 0.0)
        return flows, duals * self.unit / self.size[self.rows]

    def _set_basis(self, columns: Array, unserved: Array, number: Array, n_c: int, n_r: int) -> None:
        """Set the initial basis: every commodity on its cheapest path under the last prices."""
        import highspy

        paid = np.concatenate([self.paid[columns], self.max_cost[unserved]])
        owner = np.concatenate([number[self.choice_set.commodity[columns]], number[unserved]])
        order = np.lexsort((np.arange(len(paid)), paid, owner))
        _, first = np.unique(owner[order], return_index=True)
        status = highspy.HighsBasisStatus
        chosen = set(order[first].tolist())
        basis = highspy.HighsBasis()
        basis.col_status = [status.kBasic if i in chosen else status.kLower for i in range(len(paid) + n_r)]
        basis.row_status = [status.kLower] * n_c + [status.kBasic] * n_r
        basis.valid = True
        self.solver.setBasis(basis)

    def _optimum(self) -> Any:
        self.solver.run()
        if not is_optimal(self.solver):
            # The primal simplex can fail from a given basis; the dual simplex starts without one.
            self.solver.clearSolver()
            self.solver.setOptionValue("simplex_strategy", 1)
            self.solver.run()
        ensure_optimal(self.solver)
        return self.solver.getSolution()

    def intervals(self, price: Array) -> tuple[Array, Array]:
        """Return by priced limit the saving per unit of a small increase and the cost per unit of a decrease."""
        low, high = price.copy(), price.copy()
        if self.solver is None:
            return low, high
        base = self.solver.getInfo().objective_function_value
        for k, r in enumerate(self.rows):
            if price[r] <= 0 or self.free[r] <= 0:
                continue
            for sign, out in ((1.0, low), (-1.0, high)):
                moved = self.limit[k] + sign * SECANT
                self.solver.changeRowBounds(self.commodities + k, -np.inf, moved)
                self._optimum()
                change = (base - self.solver.getInfo().objective_function_value) * self.unit
                out[r] = change / (sign * SECANT * self.size[r])
            self.solver.changeRowBounds(self.commodities + k, -np.inf, self.limit[k])
        return np.clip(low, 0.0, price), np.maximum(high, price)
