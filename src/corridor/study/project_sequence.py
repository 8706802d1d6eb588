"""In which order works are built: what each set of them is expected to carry, and what binds next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor.parallel import Workers
from corridor.study.applied_projects import Project
from corridor.study.branch_study import BranchStudy
from corridor.study.monte_carlo import MonteCarlo
from corridor.study.sampling import Draws, sampled
from corridor.study.year_problem import recorded_openings

Array = np.ndarray[Any, Any]
MT = 1e6
WORTH_MT = 0.005  # expected: a work that brings less is not taken up


@dataclass(frozen=True, slots=True)
class Step:
    """One work in its order; `cost_musd` None: not known. `why` is *program* or *expected*.

    `throughput_after_mt` is expected in the year of the plan with this work and those
    before; then `next_bottleneck` is what binds most, at `price_usd_t`.
    `probability` is the share of draws that reach the target then (None: no draws).
    """

    id: str
    name: str
    year: int
    cost_musd: float | None
    why: str
    throughput_after_mt: float
    next_bottleneck: str | None
    price_usd_t: float | None
    probability: float | None


class ProjectSequencer:
    """What sets of works are expected to carry."""

    def __init__(
        self,
        study: BranchStudy,
        monte_carlo: MonteCarlo,
        year: int,
        target_mt: float | None,
        draws: int,
        share: float,
        seed: int,
        run_on: Workers,
    ) -> None:
        self.study, self.monte_carlo, self.year, self.target_mt = study, monte_carlo, year, target_mt
        self.share, self.run_on = share, run_on
        self.draws = sampled(study, draws, seed) if draws else None
        self.before, self.bottleneck = self.exact([])

    def _opens(self, projects: Sequence[Project]) -> Array:
        return recorded_openings(self.study.projects, [w.id for w in projects])

    def exact(self, projects: Sequence[Project]) -> tuple[float, tuple[str, float] | None]:
        """Return the expected Mt of the year with some works, in full, and what binds most."""
        study = self.study
        draw = replace(study.central(), opens=self._opens(projects))
        solved = study.solve(self.year, draw)
        branch, choice_set = study.branch, study.choice_set
        south, north = branch.tonnes(solved)
        mine = branch.counted[choice_set.commodity] & (branch.crossing(choice_set) != 0)
        paid = np.zeros(len(solved[0].price))
        for s in solved:
            flow = np.where(mine, s.flow, 0.0)
            used = np.bincount(
                choice_set.resources, weights=(choice_set.units * flow[choice_set.path_of_use]), minlength=len(paid)
            )
            paid += used * s.price
        worst = int(np.argmax(paid))
        name = str(choice_set.context.network.resource_table["name"][worst])
        total = float((south + north)[branch.counted].sum())
        return total / MT, (name, float(paid[worst]) / max(total, 1.0)) if paid[worst] > 0 else None

    def quick(self, sets: Sequence[Sequence[Project]]) -> Array:
        """Return the expected Mt of the year with each set of works, by the solver of many draws."""
        never = len(self.study.years)
        opens = np.array([np.ceil(np.minimum(self._opens(s) - self.study.years[0], never)) for s in sets])
        opens = np.clip(opens, 0, never).astype(np.int64)
        factors = np.ones((len(sets), len(self.study.uncertain_inputs)))
        found = self.monte_carlo.run(Draws(factors, opens, np.zeros((len(sets), never), np.int64)), self.run_on)
        made: Array = found.throughput_mt[:, -1]
        return made

    def probability(self, projects: Sequence[Project]) -> float | None:
        """Return the share of the draws that reach the target with these works in their central years."""
        if self.draws is None or self.target_mt is None:
            return None
        never = len(self.study.years)
        opens = np.clip(np.ceil(np.minimum(self._opens(projects) - self.study.years[0], never)), 0, never)
        every = np.tile(opens.astype(np.int64), (len(self.draws), 1))
        found = self.monte_carlo.run(Draws(self.draws.factors, every, self.draws.events), self.run_on)
        return float(np.mean(found.throughput_mt[:, -1] >= self.target_mt))

    def reaches(self, projects: Sequence[Project], expected_mt: float) -> bool:
        """Return whether the target is reached: expected, or with draws in the share asked for."""
        chance = self.probability(projects)
        if chance is not None:
            return chance >= self.share
        return self.target_mt is not None and expected_mt >= self.target_mt

    def steps(
        self,
        chosen: Sequence[Project],
        free: Sequence[Project],
        budget: float | None,
        progress: Callable[[int], None] | None,
    ) -> list[Step]:
        """Return the chosen works by year and by what each brings, then others while they bring something."""
        built: list[Project] = []
        steps: list[Step] = []
        left = list(chosen)
        expected = self.before
        why = "program"
        while not (self.target_mt is not None and self.reaches(built, expected)):
            if not left:
                why = "expected"
                left = [w for w in free if w not in built and _fits(w, built, budget)]
            ready = [
                w for w in left if all(r in {b.id for b in built} or r not in {f.id for f in free} for r in w.requires)
            ]
            if not ready:
                break
            if why == "program":
                first = min(w.year[1] for w in ready)
                ready = [w for w in ready if w.year[1] == first]
            brings = self.quick([*([*built, w] for w in ready), built])
            best = int(np.argmax(brings[:-1]))
            if why == "expected" and brings[best] - brings[-1] < WORTH_MT:
                break
            built.append(ready[best])
            left = [w for w in left if w is not ready[best]] if why == "program" else []
            expected, binds = self.exact(built)
            project = built[-1]
            steps.append(
                Step(
                    project.id,
                    project.name,
                    int(project.year[1]),
                    project.cost_musd,
                    why,
                    expected,
                    binds[0] if binds else None,
                    binds[1] if binds else None,
                    self.probability(built),
                )
            )
            if progress is not None:
                progress(1)
        return steps


def _fits(project: Project, built: Sequence[Project], budget: float | None) -> bool:
    if any(project.id in b.excludes or b.id in project.excludes for b in built):
        return False
    spent = sum(b.cost_musd or 0.0 for b in built)
    return budget is None or (project.cost_musd is not None and spent + project.cost_musd <= budget)
