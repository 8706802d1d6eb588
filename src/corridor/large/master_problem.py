"""The master problem of column generation: known paths under binding capacities, by an interior-point method.

    min  Σ cost flow + Σ unserved unsent,   Σ flow + unsent = amount  (by commodity),
    Σ flow over a full arc + slack = capacity,   all variables ≥ 0.

Commodities are eliminated directly, because each path belongs to one, so that only the
system for the prices of full arcs is factorised. The method stops near the central path
at a required relative gap: such prices are better for column generation than those of a
vertex.

References: Gondzio, González-Brevis & Munari (2016), doi:10.1007/s12532-015-0090-6;
Mehrotra (1992), doi:10.1137/0802028.
"""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np

from corridor import kernel
from corridor.arrays import Array

Step = tuple[Array, ...]
MOST_STEPS = 100
FIRST_PRICE = 0.1  # relative to the mean cost of a path
NEAR = 0.995  # relative to the longest step with non-negative variables
BLOCK = 32  # columns factorised at a time
WORTH_SHARING = 400  # least number of rows for a second thread


class Master:
    """Paths, full arcs and the current interior point.

    `flow` by path, `unsent` by commodity, `price` by row; a row is an arc that may be full.
    """

    def __init__(self, cost: Array, capacity: Array, amount: Array, unserved: Array, pool: Executor | None) -> None:
        self.cost, self.capacity, self.amount, self.unserved, self.pool = cost, capacity, amount, unserved, pool
        self.row_of = np.full(len(cost), -1, np.int32)
        self.rows = np.zeros(0, np.int64)
        self.price, self.least = np.zeros(0), 0.0  # the lower limit of the total in relative gaps
        self.unsent = amount.copy()
        self.module = kernel.load("priced_paths", "numba")

    def set_paths(self, paths: tuple[Array, ...]) -> None:
        """Set the paths in the form of `kernel.path_flows`; their flows are an initial guess of loads."""
        self.first_path, self.first_arc, self.arc, self.flow = paths
        sums = np.concatenate([[0.0], np.cumsum(self.cost[self.arc])])
        self.path_cost = sums[self.first_arc[1:]] - sums[self.first_arc[:-1]]
        self.owner = np.repeat(np.arange(len(self.amount)), np.diff(self.first_path))

    @property
    def load(self) -> Array:
        """Flow by arc."""
        each = np.repeat(self.flow, np.diff(self.first_arc))
        load: Array = np.bincount(self.arc, weights=each, minlength=len(self.cost))
        return load

    @property
    def total(self) -> float:
        """Total cost of the flows and of unsent demand."""
        return float(self.path_cost @ self.flow + self.unserved @ self.unsent)

    def add_rows(self, arcs: Array) -> None:
        """Add these arcs to the rows, which may be full."""
        new = arcs[self.row_of[arcs] < 0]
        self.row_of[new] = len(self.rows) + np.arange(len(new), dtype=np.int32)
        self.rows = np.concatenate([self.rows, new])

    def solve(self, gap: float, miss: float) -> float:
        """Solve to a relative gap; return the largest relative violation of limits and amounts, at most `miss`."""
        row = self.row_of[self.arc]
        is_row = row >= 0
        self.first_use = np.concatenate([[0], np.cumsum(is_row)])[self.first_arc].astype(np.int64)
        self.use_row = row[is_row]
        self._start()
        size = len(self.rows)
        self.matrix, self.panel = np.empty((size, size)), np.empty((BLOCK, size))
        violation = np.inf
        for _ in range(MOST_STEPS):
            dual, dual_unserved, sent, capacity_left = self._residuals()
            complementarity = (
                self.flow @ self.reduced_cost + self.unsent @ self.reduced_cost_unserved + self.price @ self.slack
            )
            violation = float(np.abs(sent / self.amount).max(initial=0.0))
            if size:
                violation = max(violation, float((np.abs(capacity_left) / self.capacity[self.rows]).max()))
            dual_violation = max(np.abs(dual).max(initial=0.0), np.abs(dual_unserved).max(initial=0.0)) / self.scale
            if (
                complementarity <= gap * max(abs(self.total), self.least)
                and violation <= miss
                and dual_violation <= 10 * gap
            ):
                break
            self._step((dual, dual_unserved, sent, capacity_left), complementarity)
        return violation

    def _start(self) -> None:
        capacity = self.capacity[self.rows]
        options = np.bincount(self.owner, minlength=len(self.amount)) + 1.0
        self.flow, self.unsent = (self.amount / options)[self.owner], self.amount / options
        self.slack = np.maximum(capacity - self._across(self.flow), FIRST_PRICE * capacity)
        self.scale = float(self.path_cost.sum()) / max(1, len(self.path_cost)) or 1.0
        self.price = np.full(len(self.rows), FIRST_PRICE * self.scale)
        paid = self.path_cost + self._along(self.price)
        least = self.unserved.copy()
        np.minimum.at(least, self.owner, paid)
        self.worth = least - FIRST_PRICE * self.scale
        self.reduced_cost, self.reduced_cost_unserved = paid - self.worth[self.owner], self.unserved - self.worth

    def _along(self, value: Array) -> Array:
        out = np.empty(len(self.path_cost))
        self.module.along(self.first_use, self.use_row, value, out)
        return out

    def _across(self, value: Array) -> Array:
        out = np.empty(len(self.rows))
        self.module.across(self.first_use, self.use_row, value, out)
        return out

    def _by_commodity(self, value: Array) -> Array:
        sums: Array = np.bincount(self.owner, weights=value, minlength=len(self.amount))
        return sums

    def _residuals(self) -> tuple[Array, Array, Array, Array]:
        dual = self.path_cost + self._along(self.price) - self.worth[self.owner] - self.reduced_cost
        sent = self.amount - self._by_commodity(self.flow) - self.unsent
        capacity_left = self.capacity[self.rows] - self._across(self.flow) - self.slack
        return dual, self.unserved - self.worth - self.reduced_cost_unserved, sent, capacity_left

    def _step(self, residuals: tuple[Array, ...], complementarity: float) -> None:
        """Take one predictor-corrector step."""
        many = len(self.flow) + len(self.amount) + len(self.rows)
        weight, weight_unserved = self.flow / self.reduced_cost, self.unsent / self.reduced_cost_unserved
        if len(self.rows):
            self._factorise(weight, weight_unserved)
        now = self.flow * self.reduced_cost, self.unsent * self.reduced_cost_unserved, self.price * self.slack
        guess = self._direction(residuals, weight, weight_unserved, tuple(-x for x in now))
        primal, dual = self._reach(guess)
        after = 0.0
        for x, dx, s, ds in self._products(guess):
            after += float((x + primal * dx) @ (s + dual * ds))
        target = (after / complementarity) ** 3 * complementarity / many
        wanted = tuple(target - x - dx * ds for x, (_, dx, _, ds) in zip(now, self._products(guess), strict=True))
        step = self._direction(residuals, weight, weight_unserved, wanted)
        primal, dual = (min(1.0, NEAR * r) for r in self._reach(step))
        flow, unsent, slack, price, worth, reduced, reduced_unserved = step
        self.flow, self.unsent, self.slack = (
            self.flow + primal * flow, self.unsent + primal * unsent, self.slack + primal * slack,
        )  # fmt: skip
        self.price, self.worth = self.price + dual * price, self.worth + dual * worth
        self.reduced_cost, self.reduced_cost_unserved = (
            self.reduced_cost + dual * reduced,
            self.reduced_cost_unserved + dual * reduced_unserved,
        )

    def _products(self, step: Step) -> tuple[tuple[Array, Array, Array, Array], ...]:
        """Return the complementary pairs, each variable with its step."""
        flow, unsent, slack, price, _, reduced, reduced_unserved = step
        return (
            (self.flow, flow, self.reduced_cost, reduced),
            (self.unsent, unsent, self.reduced_cost_unserved, reduced_unserved),
            (self.slack, slack, self.price, price),
        )

    def _reach(self, step: Step) -> tuple[float, float]:
        """Return the longest steps with non-negative variables: primal, dual."""
        primal, dual = np.inf, np.inf
        for x, dx, s, ds in self._products(step):
            primal = min(primal, float((x[dx < 0] / -dx[dx < 0]).min(initial=np.inf)))
            dual = min(dual, float((s[ds < 0] / -ds[ds < 0]).min(initial=np.inf)))
        return min(1.0, primal), min(1.0, dual)

    def _factorise(self, weight: Array, weight_unserved: Array) -> None:
        size = len(self.rows)
        scratch = (np.zeros(size), np.empty(size, np.int64))
        rest = self.slack / self.price
        self.module.assemble(
            self.first_path, self.first_use, self.use_row, weight, weight_unserved, rest, self.matrix, *scratch
        )
        if self.pool is None or size < WORTH_SHARING:
            self.module.factorise(self.matrix, self.panel)
            return
        for begin in range(0, size, BLOCK):
            end = min(begin + BLOCK, size)
            self.module.factorise_block(self.matrix, self.panel, begin, end)
            middle = end + int((size - end) * 0.7)  # rows have different lengths: about half of the work each
            half = self.pool.submit(self.module.subtract_block, self.matrix, self.panel, begin, end, end, middle)
            self.module.subtract_block(self.matrix, self.panel, begin, end, middle, size)
            half.result()

    def _direction(self, residuals: tuple[Array, ...], weight: Array, weight_unserved: Array, wanted: Step) -> Step:
        """Return the Newton step for given changes of the complementary products."""
        dual, dual_unserved, sent, capacity_left = residuals
        total_weight = self._by_commodity(weight) + weight_unserved
        known, known_unserved = (
            wanted[0] / self.reduced_cost - weight * dual,
            wanted[1] / self.reduced_cost_unserved - weight_unserved * dual_unserved,
        )
        lift = (sent - self._by_commodity(known) - known_unserved) / total_weight
        price = self._across(known + weight * lift[self.owner]) + wanted[2] / self.price - capacity_left
        if len(self.rows):
            self.module.substitute(self.matrix, price)
        along = self._along(price)
        worth = lift + self._by_commodity(weight * along) / total_weight
        reduced, reduced_unserved = along - worth[self.owner] + dual, dual_unserved - worth
        return (
            wanted[0] / self.reduced_cost - weight * reduced,
            wanted[1] / self.reduced_cost_unserved - weight_unserved * reduced_unserved,
            wanted[2] / self.price - self.slack / self.price * price,
            price, worth, reduced, reduced_unserved,
        )  # fmt: skip
