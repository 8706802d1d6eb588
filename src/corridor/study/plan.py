"""Which works to build: what they could carry at best, what they are expected to carry, and what binds next.

Two answers that must not be taken for each other. *Technical*: the most of the
branch's cargo that the limits let through if every shipper were told which way to
go; a mixed-integer program over all ways and works chooses the cheapest set of
works for a target, with a certified gap. *Expected*: what shippers choose by the
logit rule once the works are there. A target counts as reached if the expected
tonnes reach it; where the technical set does not bring them, further works are
added one by one, each time the one that is expected to bring most for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from corridor.crew import Crew, crew_faults
from corridor.errors import DataError, Fault
from corridor.io.demand import BASE_YEAR, LAST_YEAR
from corridor.model.checks import is_number
from corridor.model.made import made_of, recorded
from corridor.model.network import Network
from corridor.shown import Drawn
from corridor.study.assemble import setting_of
from corridor.study.batch import Batch, batch_of
from corridor.study.branch import find_branch
from corridor.study.draws import Draws, drawn
from corridor.study.options import draw_faults, year_faults
from corridor.study.program import Program, Short
from corridor.study.setting import Setting, recorded_openings
from corridor.study.works import Work

Array = np.ndarray[Any, Any]
MT = 1e6
SHARE = 0.5  # of the draws that must reach a target
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


@dataclass(frozen=True)
class Plan(Drawn):
    """Works for a branch in a year; `gap` is the certified relative gap of the program (technical tonnes or cost)."""

    network: str
    data_version: str
    scenarios: tuple[str, ...]
    branch: str
    year: int
    target_mt: float | None
    budget_musd: float | None
    reached: bool | None
    technical_mt: float
    technical_most_mt: float
    expected_before_mt: float
    expected_mt: float
    expected_all_mt: float
    cost_musd: float
    cost_unknown: int
    gap: float
    steps: tuple[Step, ...]
    short: tuple[Short, ...]
    draws: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return the plan with the JSON keys of the command line."""
        record = {k: v for k, v in asdict(self).items() if k != "steps"}
        return {
            **record,
            "scenarios": list(self.scenarios),
            "projects": [asdict(s) for s in self.steps],
            **made_of(self),
        }

    def __repr__(self) -> str:
        aim = "" if self.target_mt is None else f", target {self.target_mt:g} Mt"
        return f"Plan '{self.branch}' {self.year}{aim}: {len(self.steps)} works, {self.expected_mt:.2f} Mt expected"


@recorded
def plan(
    network: Network,
    branch: str = "eastern",
    *,
    target_mt: float | None = None,
    budget_musd: float | None = None,
    year: int = LAST_YEAR,
    draws: int = 0,
    share: float = SHARE,
    seed: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    watch: Callable[[int], None] | None = None,
) -> Plan:
    """Return which works reach a target at least cost, or carry most, and what binds after each.

    Works under construction are there as recorded; planned and proposed ones may be
    chosen if their central year is not after `year`, with what they require and
    without what they exclude.

    Parameters
    ----------
    network
        The network, with the scenarios that are asked about applied.
    branch
        A branch of the network.
    target_mt
        Mt of the branch's cargo in `year`; None: as much as the works bring.
    budget_musd
        Million USD at most for works whose cost is known; works without a known cost are
        then left out.
    year
        2025 to 2030.
    draws, share, seed
        With draws, a target counts as reached if `share` of them reach it.
    workers, executor, watch
        Threads, or somebody's `concurrent.futures.Executor`: the answer is the same; `watch` is told of every step.

    Returns
    -------
    Plan
        Steps in order, technical and expected Mt; where the target is out of reach, what stays short.

    Raises
    ------
    UnknownIdError
        If the network has no such branch.
    DataError
        If a target, budget, year or share cannot be; lists all.
    ConvergenceError
        If HiGHS ends without a proven answer.

    Examples
    --------
    >>> import corridor
    >>> found = corridor.plan(corridor.load(), "eastern", target_mt=0.5, year=2025)
    >>> found.reached, len(found.steps)
    (True, 0)
    """
    faults = draw_faults(draws, seed, workers) + crew_faults(executor) + year_faults(year, BASE_YEAR + 1)
    for name, value, fix in (("target", target_mt, "give Mt a year"), ("budget", budget_musd, "give million USD")):
        if value is not None and (not is_number(value) or value < 0):
            faults.append(Fault("option", name, repr(value), f"is {value!r}", f"{fix}, 0 or more"))
    if not is_number(share) or not 0 < share <= 1:
        faults.append(Fault("option", "share", repr(share), f"is {share!r}", "give a share of the draws, above 0 to 1"))
    elif share != SHARE and draws == 0:
        faults.append(Fault("option", "share", repr(share), "is about draws, and none are asked", "give draws"))
    if faults:
        raise DataError(faults)
    find_branch(network, branch)
    setting = setting_of(network, branch, year)
    search = _Search(setting, batch_of(setting), year, target_mt, draws, share, seed, executor or workers)
    free = [w for w in setting.works if w.status != "under_construction" and w.year[1] <= year]
    if budget_musd is not None:
        free = [w for w in free if w.cost_musd is not None]
    free = _possible(free, setting)
    program = Program(setting, year, free)
    chosen, gap = program.choose(target_mt, budget_musd)
    steps = search.steps(chosen, free, budget_musd, watch)
    ids = {s.id for s in steps}
    costs = [s.cost_musd for s in steps]
    expected = steps[-1].throughput_after_mt if steps else search.before
    reached = None if target_mt is None else search.reaches([w for w in free if w.id in ids], expected)
    return Plan(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        scenarios=network.scenarios,
        branch=setting.branch.id,
        year=year,
        target_mt=None if target_mt is None else float(target_mt),
        budget_musd=None if budget_musd is None else float(budget_musd),
        reached=reached,
        technical_mt=program.most_mt([w for w in free if w.id in ids]),
        technical_most_mt=program.most_mt(_compatible(free)),
        expected_before_mt=search.before,
        expected_mt=expected,
        expected_all_mt=search.exact(_compatible(free))[0],
        cost_musd=float(sum(c for c in costs if c is not None)),
        cost_unknown=sum(c is None for c in costs),
        gap=gap,
        steps=tuple(steps),
        short=() if target_mt is None else tuple(program.short(_compatible(free), target_mt)),
        draws=draws,
        seed=seed,
    )


def _possible(free: Sequence[Work], setting: Setting) -> list[Work]:
    """Return the works whose requirements are among them or are being built."""
    being_built = {w.id for w in setting.works if w.status == "under_construction"}
    kept = list(free)
    while True:
        there = being_built | {w.id for w in kept}
        next_ = [w for w in kept if all(r in there for r in w.requires)]
        if len(next_) == len(kept):
            return kept
        kept = next_


def _compatible(works: Sequence[Work]) -> list[Work]:
    """Return the works without those that one listed before them excludes."""
    kept: list[Work] = []
    for work in works:
        ids = {w.id for w in kept}
        if not ids & set(work.excludes) and not any(work.id in w.excludes for w in kept):
            kept.append(work)
    return kept


class _Search:
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
