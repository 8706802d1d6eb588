"""The data of a report: the results of all studies of a branch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from corridor.assignment.result import Assignment
from corridor.io.counts import Count, counts_of
from corridor.io.demand_tables import demand_of
from corridor.io.study_files import study_of
from corridor.model.network import Network, Record
from corridor.model.why import Why, why
from corridor.study.assign import assign
from corridor.study.branch import find_branch
from corridor.study.compare import Comparison, compare
from corridor.study.criticality import Criticality, criticality
from corridor.study.plan import Plan, plan
from corridor.study.throughput import Throughput, throughput

WORST_SHOWN = 12


@dataclass(frozen=True)
class Material:
    """The results that a report shows, all of one branch, year and seed."""

    network: Network
    throughput: Throughput
    assignment: Assignment
    plan: Plan
    criticality: Criticality
    comparison: Comparison
    command: str

    @property
    def year(self) -> int:
        """The year of the report."""
        return self.throughput.years[-1].year

    def limits(self) -> list[Why]:
        """Return the sources of every limit that the report names, by id."""
        last = self.throughput.years[-1]
        named = dict.fromkeys([b.id for b in last.bottlenecks])
        if self.throughput.forecast is not None:
            named |= dict.fromkeys(b.id for b in self.throughput.forecast.binding)
        named |= dict.fromkeys(r.id for r in self.assignment.bottlenecks[:8])
        named |= dict.fromkeys(f.id for f in self.criticality.rows[:WORST_SHOWN] if f.id in self.network.uses)
        return [why(self.network, i, "capacity") for i in named]

    def works(self) -> list[dict[str, Any]]:
        """Return the records of the projects of the plan, in its order."""
        records = {p["id"]: p for p in study_of(self.network).projects}
        return [records[s.id] for s in self.plan.steps if s.id in records]

    def counts(self) -> tuple[Count, ...]:
        """Return observed, derived, stated and target volumes at the screenlines of the branch."""
        return self.throughput.observed


def material_of(
    network: Network,
    branch: str | None,
    year: int,
    target_mt: float | None,
    draws: int,
    seed: int,
    scenarios: Sequence[str] | None,
    workers: int | None,
    step: Callable[[str], None],
) -> Material:
    """Run all studies of a report; `step` is called with the name of the next one."""
    record = find_branch(network, branch)
    branch = str(record["id"])
    target = _target(network, record, year) if target_mt is None else target_mt
    query: dict[str, Any] = {"year": year, "target_mt": target}
    step(f"{draws:,} draws" if draws else "throughput")
    result = throughput(network, branch, **query, draws=draws, seed=seed, workers=workers)
    step("flows")
    assignment = assign(network.with_events(), demand_of(network, "central", year), rule="logit")
    step("projects")
    sequence = plan(network, branch, **query, workers=workers)
    step("failures")
    failures = criticality(network, branch, year=year, workers=workers)
    step("scenarios")
    names = study_of(network).settings.report if scenarios is None else tuple(scenarios)
    comparison = compare(network, names, branch, **query)
    options = "" if target is None else f" --target {target:g}"
    command = f"corridor report {branch} --year {year}{options} --draws {draws} --seed {seed}"
    command += "".join(f" --with {n}" for n in scenarios or ())
    command += "".join(f" --scenario {s}" for s in network.scenarios)
    return Material(network, result, assignment, sequence, failures, comparison, command)


def _target(network: Network, branch: Record, year: int) -> float | None:
    """Return the lowest published target of a branch for a year, None without one."""
    targets = [
        c.observed_mt
        for c in counts_of(study_of(network))
        if c.kind == "target" and c.at == (branch["screenline"],) and c.end.year == year
    ]
    return min(targets, default=None)
