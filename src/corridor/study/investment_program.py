"""Mixed-integer program of the branch's cargo on all its paths, and of the projects that open or widen them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.linear_program import ensure_optimal, linear_program
from corridor.study.applied_projects import Project
from corridor.study.branch_study import BranchStudy

MT, UNIT_T = 1e6, 1e3
GAP = 1e-3
UNKNOWN_COST_MUSD = 1e-3  # in the program only: it then builds as few projects without a known cost as possible


@dataclass(frozen=True, slots=True)
class Short:
    """A limit that falls short of the target after all projects: the shortfall in its own unit a year, its share."""

    id: str
    name: str
    unit: str
    missing: float
    share: float


class Program:
    """The branch's cargo on all its paths as a linear program with a binary variable for each project."""

    def __init__(self, study: BranchStudy, year: int, projects: Sequence[Project]) -> None:
        self.study, self.projects = study, list(projects)
        choice_set = study.choice_set
        draw = study.central(year)
        unbuilt = study.unbuilt(draw, year)
        number = {w.id: i for i, w in enumerate(study.projects)}
        positions = [number[w.id] for w in projects]
        permitted = sum(1 << i for i in positions)
        n = len(study.model.state.resource_table)
        self.free, self.lift = np.zeros(n), np.zeros((len(positions), n))
        required_projects = [-1] * len(choice_set)  # bits; -1: closed all year, whatever is built
        for sub_period in study.sub_periods(year, draw.events[study.years.index(year)]):
            self.free += study.free(draw, year, sub_period)
            for x, i in enumerate(positions):
                for r, factor in sub_period.lifts[i].items():
                    self.lift[x, r] += sub_period.limit[r] * (factor - 1.0)
            required, sets = sub_period.required
            for p in np.flatnonzero(required >= 0).tolist():
                required_projects[p] = max(required_projects[p], sets[required[p]])
        crosses = study.branch.counted[choice_set.commodity] & (study.branch.crossing(choice_set) != 0)
        usable = [bits >= 0 and bits & unbuilt & ~permitted == 0 for bits in required_projects]
        key_of: dict[tuple[int, int, bytes, bytes], int] = {}
        limited = np.isfinite(self.free)
        self.columns: list[tuple[int, int, Array, Array]] = []
        for p in np.flatnonzero(crosses & np.array(usable, dtype=np.bool_)).tolist():
            span = slice(choice_set.first_use[p], choice_set.first_use[p + 1])
            is_limited = limited[choice_set.resources[span]]
            used, units = choice_set.resources[span][is_limited], choice_set.units[span][is_limited]
            need = required_projects[p] & unbuilt
            commodity = int(choice_set.commodity[p])
            key = (commodity, need, used.tobytes(), units.tobytes())
            if key not in key_of:
                key_of[key] = len(self.columns)
                self.columns.append((commodity, need, used, units))
        self.tonnes = study.tonnes(draw.factors, year)
        self.bit = {w.id: 1 << number[w.id] for w in projects}
        self.takers: dict[int, list[tuple[int, float]]] = {}
        self.of_commodity: dict[int, list[int]] = {}
        for j, (c, _, used, units) in enumerate(self.columns):
            self.of_commodity.setdefault(c, []).append(j)
            for r, u in zip(used.tolist(), units.tolist(), strict=True):
                self.takers.setdefault(r, []).append((j, u))

    def choose(self, target_mt: float | None, budget: float | None) -> tuple[list[Project], float]:
        """Return the cheapest projects for a target, or those with the largest flow, with the certified gap.

        If the target is out of reach, return the cheapest projects with the largest flow.
        """
        max_flow, gap, is_built = self._solve(None, budget)
        goal = max_flow * (1 - GAP) if target_mt is None else min(target_mt * MT / UNIT_T, max_flow * (1 - GAP))
        _, cost_gap, is_built = self._solve(goal, budget)
        return [w for w, y in zip(self.projects, is_built, strict=True) if y > 0.5], max(gap, cost_gap)

    def most_mt(self, projects: Sequence[Project]) -> float:
        """Return the largest flow with exactly these projects, in Mt."""
        ids = {w.id for w in projects}
        max_flow, _, _ = self._solve(None, None, fixed=[float(w.id in ids) for w in self.projects])
        return max_flow * UNIT_T / MT

    def short(self, projects: Sequence[Project], target_mt: float) -> list[Short]:
        """Return the shortfall of each limit for a target with these projects; the sum of their shares is minimal."""
        ids = {w.id for w in projects}
        fixed = [float(w.id in ids) for w in self.projects]
        table = self.study.choice_set.context.network.resource_table
        goal = min(target_mt * MT, float(self.tonnes[sorted({c for c, *_ in self.columns})].sum())) / UNIT_T
        shortfalls = self._slack(goal, fixed)
        found = [
            Short(table.ids[r], str(table["name"][r]), str(table["unit"][r]), amount, share)
            for r, (amount, share) in shortfalls.items()
        ]
        return sorted(found, key=lambda s: (-s.share, s.id))

    def _slack(self, goal: float, fixed: Sequence[float]) -> dict[int, tuple[float, float]]:
        size, values = self._solve_elastic(goal, fixed)
        return {r: (float(v * size[r]), float(v)) for r, v in values.items() if v > 1e-6}

    def _solve(
        self, goal: float | None, budget: float | None, fixed: Sequence[float] | None = None
    ) -> tuple[float, float, list[float]]:
        """Maximise the tonnes, or with a `goal` minimise the cost; return kilotonnes, gap, projects."""
        model, _, flows = self._model(goal, budget, fixed)
        model.setOptionValue("mip_rel_gap", GAP / 2)
        model.run()
        ensure_optimal(model, "investment program")
        values = np.array(model.getSolution().col_value)
        info = model.getInfo()
        gap = 0.0 if fixed is not None else float(max(0.0, info.mip_gap)) if math.isfinite(info.mip_gap) else 0.0
        return float(values[:flows].sum()), gap, values[flows : flows + len(self.projects)].tolist()

    def _solve_elastic(self, goal: float, fixed: Sequence[float]) -> tuple[Array, dict[int, float]]:
        model, size, flows = self._model(goal, None, fixed, elastic=True)
        model.run()
        ensure_optimal(model, "investment program")
        values = np.array(model.getSolution().col_value)[flows + len(self.projects) :]
        return size, dict(zip(self.met, values.tolist(), strict=True))

    def _model(
        self, goal: float | None, budget: float | None, fixed: Sequence[float] | None, elastic: bool = False
    ) -> tuple[Any, Array, int]:
        """Return the program, the size of each limit, and the number of flow columns; projects and slacks follow."""
        flows, count = len(self.columns), len(self.projects)
        self.met = sorted({int(r) for _, _, used, _ in self.columns for r in used})
        slacks = len(self.met) if elastic else 0
        size = np.maximum(np.maximum(self.free, self.free + self.lift.sum(axis=0)), 1.0)
        project_costs = [w.cost_musd if w.cost_musd is not None else UNKNOWN_COST_MUSD for w in self.projects]
        rows = _Rows()
        for i, r in enumerate(self.met):
            raised = [(flows + x, -float(self.lift[x, r] / size[r])) for x in range(count) if self.lift[x, r] > 0]
            slack = [(flows + count + i, -1.0)] if elastic else []
            uses = [(j, u * UNIT_T / float(size[r])) for j, u in self.takers[r]]
            rows.add([*uses, *raised, *slack], -np.inf, float(self.free[r] / size[r]))
        for c, columns in self.of_commodity.items():
            rows.add([(j, 1.0) for j in columns], -np.inf, float(self.tonnes[c] / UNIT_T))
        for x, project in enumerate(self.projects):
            using = [j for j, (_, required, _, _) in enumerate(self.columns) if required & self.bit[project.id]]
            max_flow = sum({self.columns[j][0]: self.tonnes[self.columns[j][0]] / UNIT_T for j in using}.values())
            rows.add([*((j, 1.0) for j in using), (flows + x, -float(max_flow))], -np.inf, 0.0)
        self._add_order(rows, flows)
        if budget is not None:
            rows.add([(flows + x, float(c)) for x, c in enumerate(project_costs)], -np.inf, budget)
        if goal is not None:
            rows.add([(j, 1.0) for j in range(flows)], goal, np.inf)
        cost = np.concatenate([np.ones(flows), np.zeros(count)])
        if goal is not None:
            cost = np.concatenate([np.zeros(flows), project_costs, np.ones(slacks)])
        low, high = (np.zeros(count), np.ones(count)) if fixed is None else (np.array(fixed), np.array(fixed))
        lower = np.concatenate([np.zeros(flows), low, np.zeros(slacks)])
        upper = np.concatenate([np.full(flows, np.inf), high, np.full(slacks, np.inf)])
        whole = [] if fixed is not None else range(flows, flows + count)
        return rows.model(cost, lower, upper, whole, maximise=goal is None), size, flows

    def _add_order(self, rows: _Rows, flows: int) -> None:
        """Add that a project needs what it requires, and cannot be built with what it excludes."""
        for x, project in enumerate(self.projects):
            for y, other in enumerate(self.projects):
                if other.id in project.requires:
                    rows.add([(flows + x, 1.0), (flows + y, -1.0)], -np.inf, 0.0)
                if x < y and (other.id in project.excludes or project.id in other.excludes):
                    rows.add([(flows + x, 1.0), (flows + y, 1.0)], -np.inf, 1.0)


class _Rows:
    """The rows of a program in the order of their addition, and the model that HiGHS solves."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, int, float]] = []  # column, row, value
        self.lower: list[float] = []
        self.upper: list[float] = []

    def add(self, pairs: Iterable[tuple[int, float]], lower: float, upper: float) -> None:
        """Add lower <= sum of value times column <= upper."""
        self.entries += [(column, len(self.lower), value) for column, value in pairs]
        self.lower.append(lower)
        self.upper.append(upper)

    def model(self, cost: Array, lower: Array, upper: Array, whole: Iterable[int], *, maximise: bool) -> Any:
        """Return the model over columns with these costs and bounds; the columns in `whole` are integers."""
        columns, rows, values = np.array(self.entries, dtype=np.float64).reshape(-1, 3).T
        bounds = (self.lower, self.upper)
        return linear_program(cost, (rows, columns, values), bounds, (lower, upper), maximise=maximise, integers=whole)
