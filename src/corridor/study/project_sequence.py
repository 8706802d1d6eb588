"""The order of projects: the expected throughput of each set of them, and what binds next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from corridor.arrays import Array
from corridor.parallel import Workers
from corridor.study.applied_projects import Project, recorded_openings
from corridor.study.branch_study import BranchStudy
from corridor.study.monte_carlo import MonteCarlo
from corridor.study.sampling import Draws, sampled

MT = 1e6
WORTH_MT = 0.005  # expected: a project with a smaller gain is not added


@dataclass(frozen=True, slots=True)
class Step:
    """One project in the order of building; `cost_musd` None: not known. `why` is *program* or *expected*.

    `throughput_after_mt` is expected in the year of the plan with this project and those
    before; `next_bottleneck` is then the most binding limit, with the shadow price `price_usd_t`.
    `probability` is the share of draws that then reach the target (None: no draws).
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
    """The expected throughput of sets of projects."""

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
        """Return the expected Mt of the year with some projects, by the full solver, and the most binding limit."""
        study = self.study
        draw = replace(study.central(self.year), opens=self._opens(projects))
        solved = study.solve(self.year, draw)
        branch, choice_set = study.branch, study.choice_set
        south, north = branch.tonnes(solved)
        is_counted = branch.counted[choice_set.commodity] & (branch.crossing(choice_set) != 0)
        payments = np.zeros(len(solved[0].price))
        for s in solved:
            flow = np.where(is_counted, s.flow, 0.0)
            used = np.bincount(
                choice_set.resources, weights=(choice_set.units * flow[choice_set.path_of_use]), minlength=len(payments)
            )
            payments += used * s.price
        top = int(np.argmax(payments))
        name = str(choice_set.context.network.resource_table["name"][top])
        total = float((south + north)[branch.counted].sum())
        return total / MT, (name, float(payments[top]) / max(total, 1.0)) if payments[top] > 0 else None

    def quick(self, sets: Sequence[Sequence[Project]]) -> Array:
        """Return the expected Mt of the year with each set of projects, by the Monte Carlo solver."""
        never = len(self.study.years)
        opens = np.array([np.ceil(np.minimum(self._opens(s) - self.study.years[0], never)) for s in sets])
        opens = np.clip(opens, 0, never).astype(np.int64)
        central = self.study.central_factors(self.year)
        factors = np.tile(np.ones(len(self.study.uncertain_inputs)) if central is None else central, (len(sets), 1))
        found = self.monte_carlo.run(Draws(factors, opens, np.zeros((len(sets), never), np.int64)), self.run_on)
        throughput_mt: Array = found.throughput_mt[:, -1]
        return throughput_mt

    def probability(self, projects: Sequence[Project]) -> float | None:
        """Return the share of the draws that reach the target with these projects in their central years."""
        if self.draws is None or self.target_mt is None:
            return None
        never = len(self.study.years)
        opens = np.clip(np.ceil(np.minimum(self._opens(projects) - self.study.years[0], never)), 0, never)
        opens_by_draw = np.tile(opens.astype(np.int64), (len(self.draws), 1))
        found = self.monte_carlo.run(Draws(self.draws.factors, opens_by_draw, self.draws.events), self.run_on)
        return float(np.mean(found.throughput_mt[:, -1] >= self.target_mt))

    def reaches(self, projects: Sequence[Project], expected_mt: float) -> bool:
        """Return whether the target is reached: by the expected tonnes, or in the required share of the draws."""
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
        """Return the chosen projects by year and by gain, then others as long as they bring a gain."""
        built: list[Project] = []
        steps: list[Step] = []
        remaining = list(chosen)
        expected = self.before
        why = "program"
        while not (self.target_mt is not None and self.reaches(built, expected)):
            if not remaining:
                why = "expected"
                remaining = [w for w in free if w not in built and _fits(w, built, budget)]
            ready = [
                w
                for w in remaining
                if all(r in {b.id for b in built} or r not in {f.id for f in free} for r in w.requires)
            ]
            if not ready:
                break
            if why == "program":
                first = min(w.year[1] for w in ready)
                ready = [w for w in ready if w.year[1] == first]
            outcomes_mt = self.quick([*([*built, w] for w in ready), built])
            best = int(np.argmax(outcomes_mt[:-1]))
            if why == "expected" and outcomes_mt[best] - outcomes_mt[-1] < WORTH_MT:
                break
            built.append(ready[best])
            remaining = [w for w in remaining if w is not ready[best]] if why == "program" else []
            expected, bottleneck = self.exact(built)
            project = built[-1]
            steps.append(
                Step(
                    project.id,
                    project.name,
                    int(project.year[1]),
                    project.cost_musd,
                    why,
                    expected,
                    bottleneck[0] if bottleneck else None,
                    bottleneck[1] if bottleneck else None,
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
