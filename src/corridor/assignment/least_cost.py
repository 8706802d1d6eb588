"""Assignment at least cost within hard limits: column generation, with a certified bound.

The master program (HiGHS) chooses among paths of the pool. Its duals price the
resources; the shortest-path kernel looks for paths that are cheaper under these
prices. With the prices λ no assignment costs less than

    Σ amount · min(willing, cheapest path under λ) - Σ λ · free,

which is the bound. (Ford & Fulkerson 1958, doi:10.1287/mnsc.5.1.97.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor.assignment.choice_set import NOTHING, ChoiceSet
from corridor.assignment.search_graph import Paths, cheapest_paths
from corridor.errors import ConvergenceError
from corridor.graph.periods import Period

Array = np.ndarray[Any, Any]
ROUNDS = 400
GAP, GAP_ALLOWED = 1e-9, 1e-6
OVER = 1e-9  # of a limit
CHEAPER_USD_T = 1e-6
NEAR_USD_T = 2.0  # paths that close to the cheapest are columns from the start
BEYOND_USD_T = 1e5  # a price that no cargo pays
TOLERANCES = ("primal_feasibility_tolerance", "dual_feasibility_tolerance")
SECANT = 1e-3  # of a limit: how far it is moved to see what the next and the last of it are worth


@dataclass(frozen=True)
class Packed:
    """A period at least cost: tonnes by path of `choice_set`, price by resource in USD per native unit.

    `price_low`, `price_high` are what a thousandth more of the limit saves and a
    thousandth less costs, per unit: where they differ, the price is an interval.
    """

    choice_set: ChoiceSet
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
        best[choice_set.commodity[equal]] = equal  # of equal ones the first stays: it is written last
    return best


def loads(choice_set: ChoiceSet, flow: Array, resources: int) -> Array:
    """Return what flows by path take of each resource, in native units."""
    taken = flow[choice_set.path_of_use] * choice_set.units
    made: Array = np.bincount(choice_set.resources, weights=taken, minlength=resources)
    return made


def prices_of_paths(choice_set: ChoiceSet, price: Array) -> Array:
    """Return what the prices of resources add to each path, in USD/t."""
    made: Array = np.bincount(
        choice_set.path_of_use, weights=price[choice_set.resources] * choice_set.units, minlength=len(choice_set)
    )
    return made


def solve_least_cost(
    choice_set: ChoiceSet,
    period: Period,
    amount: Array,
    free: Array,
    start: Array | None = None,
    *,
    certified: bool = True,
) -> Packed:
    """Return the assignment of least cost of a period within its limits.

    `amount` (commodities) in tonnes, `free` (resources; NaN: no limit) in native
    units of the period, `start` prices to look for columns with. Without
    `certified` only paths of the pool are looked at and the bound holds for them alone.

    Raises
    ------
    ConvergenceError
        If HiGHS stops without an optimum, or the bound stays off by more than 1e-6.
    """
    max_cost = choice_set.context.max_cost_usd_t
    price = np.zeros(len(free)) if start is None else start
    limited = np.isfinite(free)
    for round_ in range(1, ROUNDS + 1):
        is_open = choice_set.passable(period, free)
        master = _Master(choice_set, is_open, amount, free)
        flow, price = master.solve(price)
        objective = float(flow @ choice_set.cost) + float((amount - _served(choice_set, flow)) @ max_cost)
        found, least = _search(choice_set, period, amount, free, price) if certified else ([], None)
        if least is None:
            least = least_of(choice_set, is_open, choice_set.cost + prices_of_paths(choice_set, price))
        bound = float(amount @ np.minimum(max_cost, least)) - float(price[limited] @ free[limited])
        gap = (objective - bound) / max(abs(objective), 1.0)
        wider = choice_set if gap <= GAP else choice_set.with_paths(found)
        if wider is choice_set:
            if gap > GAP_ALLOWED:
                raise ConvergenceError(f"the bound is {bound:.0f} USD and the cost {objective:.0f} USD", gap)
            low, high = master.intervals(price) if certified else (price, price)
            return Packed(choice_set, flow, price, low, high, objective, bound, round_)
        choice_set = wider
    raise ConvergenceError(f"paths were still getting cheaper after {ROUNDS} rounds", math.inf)


def least_of(choice_set: ChoiceSet, is_open: Array, paid: Array) -> Array:
    """Return what the cheapest open path of each commodity costs (infinite: none)."""
    best = cheapest_of(choice_set, is_open, paid)
    made: Array = np.where(best >= 0, paid[best], np.inf) if len(choice_set) else np.full(len(best), np.inf)
    return made


def _search(
    choice_set: ChoiceSet, period: Period, amount: Array, free: Array, price: Array
) -> tuple[list[Paths], Array]:
    """Return paths cheaper under the prices than every path known, and the cost of the cheapest of each commodity.

    No way can beat a cheapest one that pays no price: such commodities are not
    searched, since the pool holds the cheapest way of every state of the year. Where
    something is shut that is not so, and all are.
    """
    is_open = choice_set.passable(period, free)
    known = least_of(choice_set, is_open, choice_set.cost + prices_of_paths(choice_set, price))
    wanted = (known > least_of(choice_set, is_open, choice_set.cost) + CHEAPER_USD_T / 2) | bool((free < NOTHING).any())
    wanted &= amount > 0
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
    made: Array = np.bincount(choice_set.commodity, weights=flow, minlength=len(choice_set.first_path) - 1)
    return made


class _Master:
    """The linear program over the columns and rows that matter.

    Its columns are the paths within `NEAR_USD_T` of the cheapest under some prices
    met so far, its rows the limits met so far; what has one choice only is taken
    off the limits beforehand. Paths that turn out cheaper under the duals, and
    limits that turn out to be passed, are put in until there are none.
    """

    def __init__(self, choice_set: ChoiceSet, is_open: Array, amount: Array, free: Array) -> None:
        self.choice_set, self.amount, self.free = choice_set, amount, free
        self.max_cost = choice_set.context.max_cost_usd_t
        self.is_open = is_open & (amount[choice_set.commodity] > 0)
        self.first, self.resource, self.units = choice_set.first_use, choice_set.resources, choice_set.units
        self.kept = np.zeros(len(choice_set), dtype=np.bool_)
        self.unserved = np.zeros(len(amount), dtype=np.bool_)
        self.rows: list[int] = []
        self.solver: Any = None

    def solve(self, price: Array) -> tuple[Array, Array]:
        """Return tonnes by path and prices of resources."""
        self.rows = np.flatnonzero((price > 0) & (self.free >= NOTHING)).tolist()
        self._keep(price)
        while True:
            self.paid = self.choice_set.cost + prices_of_paths(self.choice_set, price)
            flow, price = self._over_rows()
            paid = self.choice_set.cost + prices_of_paths(self.choice_set, price)
            known = np.minimum(self._kept_least(paid), np.where(self.unserved, self.max_cost, np.inf))
            best = cheapest_of(self.choice_set, self.is_open & ~self.kept, paid)  # one a round: duals swing less
            best = best[best >= 0]
            better = np.zeros(len(self.choice_set), dtype=np.bool_)
            better[best] = paid[best] < known[self.choice_set.commodity[best]] - CHEAPER_USD_T
            stays = ~self.unserved & (self.max_cost < known - CHEAPER_USD_T) & (self.amount > 0)
            if not better.any() and not stays.any():
                return flow, price
            self.kept |= better
            self.unserved |= stays

    def _keep(self, price: Array) -> None:
        paid = self.choice_set.cost + prices_of_paths(self.choice_set, price)
        least = np.minimum(least_of(self.choice_set, self.is_open, paid), self.max_cost)
        self.kept |= self.is_open & (paid <= least[self.choice_set.commodity] + NEAR_USD_T)
        self.unserved |= (self.amount > 0) & (self.max_cost <= least + NEAR_USD_T)

    def _kept_least(self, paid: Array) -> Array:
        return least_of(self.choice_set, self.kept, paid)

    def _over_rows(self) -> tuple[Array, Array]:
        """Solve with more rows until no limit is passed."""
        while True:
            choices = np.bincount(self.choice_set.commodity[self.kept], minlength=len(self.amount)) + self.unserved
            alone = choices == 1
            flow, price = np.zeros(len(self.choice_set)), np.zeros(len(self.free))
            fixed = self.kept & alone[self.choice_set.commodity]
            flow[fixed] = self.amount[self.choice_set.commodity[fixed]]
            if self.rows:
                columns = np.flatnonzero(self.kept & ~alone[self.choice_set.commodity])
                taken = loads(self.choice_set, flow, len(self.free))
                values, duals = self._run(columns, np.flatnonzero(choices > 1), taken)
                flow[columns] = values
                price[self.rows] = duals
            else:
                best = cheapest_of(self.choice_set, self.kept, self.choice_set.cost)
                goes = (best >= 0) & ~alone
                flow[best[goes]] = self.amount[goes]
            load = loads(self.choice_set, flow, len(self.free))
            with np.errstate(invalid="ignore"):
                over = np.flatnonzero(load > self.free * (1 + OVER) + OVER)
            new = set(over.tolist()) - set(self.rows)
            if not new:
                return flow, price
            self.rows = sorted({*self.rows, *new})

    def _run(self, columns: Array, commodities: Array, taken: Array) -> tuple[Array, Array]:
        """Solve the program over some columns; what is `taken` is off the limits already.

        A limit may be passed at `BEYOND_USD_T`, so that there always is a solution;
        at that price other columns come in, and in the end none is passed.
        """
        import highspy

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
        # Shares of each commodity and limits of size one keep the numbers of the program near one.
        scale = self.amount[choice_set.commodity[columns]]
        self.size = np.maximum(self.free, 1e-9)
        homes = commodities[self.unserved[commodities]]
        saved = scale * (choice_set.cost[columns] - self.max_cost[choice_set.commodity[columns]])
        self.unit = max(float(np.abs(saved).max(initial=0.0)), 1.0)
        rows = np.concatenate(
            [number[choice_set.commodity[columns]], row_of[self.resource[entry]], number[homes], n_c + np.arange(n_r)]
        )
        at = np.concatenate([np.arange(len(columns)), column, len(columns) + np.arange(len(homes) + n_r)])
        values = np.concatenate(
            [
                np.ones(len(columns)),
                self.units[entry] * scale[column] / self.size[self.resource[entry]],
                np.ones(len(homes)),
                np.full(n_r, -1.0),
            ]
        )
        order = np.lexsort((rows, at))
        n = len(columns) + len(homes) + n_r
        beyond = BEYOND_USD_T * self.size[self.rows] / choice_set.largest_use[self.rows] / self.unit
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = n, n_c + n_r
        lp.col_cost_ = np.concatenate([saved / self.unit, np.zeros(len(homes)), beyond])
        lp.col_lower_, lp.col_upper_ = np.zeros(n), np.full(n, highspy.kHighsInf)
        self.limit = (self.free[self.rows] - taken[self.rows]) / self.size[self.rows]
        lp.row_lower_ = np.concatenate([np.ones(n_c), np.full(n_r, -highspy.kHighsInf)])
        lp.row_upper_ = np.concatenate([np.ones(n_c), self.limit])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=n))])
        lp.a_matrix_.index_, lp.a_matrix_.value_ = rows[order], values[order]
        # `Highs()` itself prints a banner on stdout (1.16, enabling its callbacks); its base does not.
        self.solver = highspy.Highs.__base__()  # type: ignore[misc]
        options = {"output_flag": False, "presolve": "off", "simplex_strategy": 4}
        for name, value in {**options, **dict.fromkeys(TOLERANCES, 1e-9)}.items():
            self.solver.setOptionValue(name, value)
        self.solver.passModel(lp)
        self._begin_at(columns, homes, number, n_c, n_r)
        self.commodities = n_c
        solution = self._optimum()
        flows = np.maximum(np.array(solution.col_value[: len(columns)]), 0.0) * scale
        duals = np.maximum(-np.array(solution.row_dual[n_c:]), 0.0)
        return flows, duals * self.unit / self.size[self.rows]

    def _begin_at(self, columns: Array, homes: Array, number: Array, n_c: int, n_r: int) -> None:
        """Start the simplex where every commodity is on its cheapest way under the last prices."""
        import highspy

        paid = np.concatenate([self.paid[columns], self.max_cost[homes]])
        owner = np.concatenate([number[self.choice_set.commodity[columns]], number[homes]])
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
        import highspy

        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            # The primal simplex from a given basis can lose its footing; the dual from none has not.
            self.solver.clearSolver()
            self.solver.setOptionValue("simplex_strategy", 1)
            self.solver.run()
        status = self.solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise ConvergenceError(f"the linear program ended {self.solver.modelStatusToString(status)}", math.inf)
        return self.solver.getSolution()

    def intervals(self, price: Array) -> tuple[Array, Array]:
        """Return what a little more of each priced limit saves per unit, and what a little less costs."""
        low, high = price.copy(), price.copy()
        if self.solver is None:
            return low, high
        import highspy

        base = self.solver.getInfo().objective_function_value
        for k, r in enumerate(self.rows):
            if price[r] <= 0 or self.free[r] <= 0:
                continue
            for sign, out in ((1.0, low), (-1.0, high)):
                moved = self.limit[k] + sign * SECANT
                self.solver.changeRowBounds(self.commodities + k, -highspy.kHighsInf, moved)
                self._optimum()
                change = (base - self.solver.getInfo().objective_function_value) * self.unit
                out[r] = change / (sign * SECANT * self.size[r])
            self.solver.changeRowBounds(self.commodities + k, -highspy.kHighsInf, self.limit[k])
        return np.clip(low, 0.0, price), np.maximum(high, price)
