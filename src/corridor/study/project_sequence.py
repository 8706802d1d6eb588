"""In which order works are built: what each set of them is expected to carry, and what binds next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corridor.parallel import Crew
from corridor.study.applied_projects import Work
from corridor.study.branch_study import Setting, recorded_openings
from corridor.study.monte_carlo import Batch
from corridor.study.sampling import Draws, drawn

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


class Search:
    """What sets of works are expected to carry."""

    def __init__(
        self,
        setting: Setting,
        batch: Batch,
        year: int,
        target_mt: float | None,
        draws: int,
        share: float,
        seed: int,
        crew: Crew,
    ) -> None:
        self.setting, self.batch, self.year, self.target_mt = setting, batch, year, target_mt
        self.share, self.crew = share, crew
        self.draws = drawn(setting, draws, seed) if draws else None
        self.before, self.bottleneck = self.exact([])

    def _opens(self, works: Sequence[Work]) -> Array:
        return recorded_openings(self.setting.works, [w.id for w in works])

    def exact(self, works: Sequence[Work]) -> tuple[float, tuple[str, float] | None]:
        """Return the expected Mt of the year with some works, in full, and what binds most."""
        setting = self.setting
        draw = replace(setting.central(), opens=self._opens(works))
        solved = setting.solve(self.year, draw)
        branch, pool = setting.branch, setting.pool
        south, north = branch.tonnes(solved)
        mine = branch.counted[pool.commodity] & (branch.crossing(pool) != 0)
        paid = np.zeros(len(solved[0].price))
        for s in solved:
            flow = np.where(mine, s.flow, 0.0)
            used = np.bincount(pool.resources, weights=(pool.units * flow[pool.path_of_use]), minlength=len(paid))
            paid += used * s.price
        worst = int(np.argmax(paid))
        name = str(pool.footing.network.resource_table["name"][worst])
        total = float((south + north)[branch.counted].sum())
        return total / MT, (name, float(paid[worst]) / max(total, 1.0)) if paid[worst] > 0 else None

    def quick(self, sets: Sequence[Sequence[Work]]) -> Array:
        """Return the expected Mt of the year with each set of works, by the solver of many draws."""
        never = len(self.setting.years)
        opens = np.array([np.ceil(np.minimum(self._opens(s) - self.setting.years[0], never)) for s in sets])
        opens = np.clip(opens, 0, never).astype(np.int64)
        factors = np.ones((len(sets), len(self.setting.doubts)))
        found = self.batch.run(Draws(factors, opens, np.zeros((len(sets), never), np.int64)), self.crew)
        made: Array = found.throughput_mt[:, -1]
        return made

    def probability(self, works: Sequence[Work]) -> float | None:
        """Return the share of the draws that reach the target with these works in their central years."""
        if self.draws is None or self.target_mt is None:
            return None
        never = len(self.setting.years)
        opens = np.clip(np.ceil(np.minimum(self._opens(works) - self.setting.years[0], never)), 0, never)
        every = np.tile(opens.astype(np.int64), (len(self.draws), 1))
        found = self.batch.run(Draws(self.draws.factors, every, self.draws.events), self.crew)
        return float(np.mean(found.throughput_mt[:, -1] >= self.target_mt))

    def reaches(self, works: Sequence[Work], expected_mt: float) -> bool:
        """Return whether the target is reached: expected, or with draws in the share asked for."""
        chance = self.probability(works)
        if chance is not None:
            return chance >= self.share
        return self.target_mt is not None and expected_mt >= self.target_mt

    def steps(
        self, chosen: Sequence[Work], free: Sequence[Work], budget: float | None, watch: Callable[[int], None] | None
    ) -> list[Step]:
        """Return the chosen works by year and by what each brings, then others while they bring something."""
        built: list[Work] = []
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
            work = built[-1]
            steps.append(
                Step(
                    work.id,
                    work.name,
                    int(work.year[1]),
                    work.cost_musd,
                    why,
                    expected,
                    binds[0] if binds else None,
                    binds[1] if binds else None,
                    self.probability(built),
                )
            )
            if watch is not None:
                watch(1)
        return steps


def _fits(work: Work, built: Sequence[Work], budget: float | None) -> bool:
    if any(work.id in b.excludes or b.id in work.excludes for b in built):
        return False
    spent = sum(b.cost_musd or 0.0 for b in built)
    return budget is None or (work.cost_musd is not None and spent + work.cost_musd <= budget)
