"""Investment plan: which projects to build, their technical and expected throughput, and what binds next.

There are two results. *Technical* (the system optimum): the most of the branch's cargo
that the limits admit if flows are assigned centrally; a mixed-integer program over all
paths and projects chooses the cheapest set of projects for a target, with a certified gap.
*Expected*: what shippers choose by the logit rule after the projects are built. A target
is reached if the expected tonnes reach it. If the technical set does not suffice, projects
are added one by one, each time the one with the largest expected gain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from corridor.displayable import Plottable, Result
from corridor.errors import DataError, Fault
from corridor.io.study_files import study_of
from corridor.model.checks import is_number
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.parallel import executor_faults
from corridor.study.applied_projects import Project
from corridor.study.branch import find_branch
from corridor.study.branch_study import BranchStudy, branch_study_of
from corridor.study.investment_program import Program, Short
from corridor.study.monte_carlo import monte_carlo_of
from corridor.study.option_checks import draw_faults, year_faults
from corridor.study.plan_text import plan_text
from corridor.study.project_sequence import ProjectSequencer, Step

SHARE = 0.5  # of the draws that must reach the target


@dataclass(frozen=True)
class Plan(Plottable, Result):
    """Projects for a branch in a year; `gap` is the certified relative gap of the program (tonnes or cost)."""

    _TABLES: ClassVar[Mapping[str, str]] = {"steps": "steps", "short": "short"}

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
            **provenance_entry(self),
        }

    def __str__(self) -> str:
        return plan_text(self)

    def __repr__(self) -> str:
        target = "" if self.target_mt is None else f", target {self.target_mt:g} Mt"
        return (
            f"Plan '{self.branch}' {self.year}{target}: {len(self.steps)} projects, {self.expected_mt:.2f} Mt expected"
        )


@with_provenance
def plan(
    network: Network,
    branch: str | None = None,
    *,
    target_mt: float | None = None,
    budget_musd: float | None = None,
    year: int | None = None,
    draws: int = 0,
    share: float = SHARE,
    seed: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Callable[[int], None] | None = None,
) -> Plan:
    """Return the projects that reach a target at minimum cost, or carry most, and what binds after each.

    Projects under construction open as recorded; planned and proposed ones may be chosen if
    their central year is not after `year`, with what they require and without what they
    exclude.

    Parameters
    ----------
    network
        The network, with the scenarios to be studied applied.
    branch
        A branch of the network.
    target_mt
        Mt of the branch's cargo in `year`; None: as much as the projects allow.
    budget_musd
        Million USD at most for projects with a known cost; projects without a known cost are
        then left out.
    year
        A year after the base year of the study; by default its last.
    draws, share, seed
        With draws, a target counts as reached if `share` of them reach it.
    workers, executor, progress
        Threads, or a `concurrent.futures.Executor`: the result is the same; `progress` is called after every step.

    Returns
    -------
    Plan
        Steps in order, technical and expected Mt; if the target is out of reach, the limits that fall short.

    Raises
    ------
    UnknownIdError
        If the network has no such branch.
    DataError
        If a target, budget, year or share is invalid; lists all faults.
    ConvergenceError
        If HiGHS ends without a proven optimum.

    Examples
    --------
    >>> import corridor
    >>> found = corridor.plan(corridor.load(), "eastern", target_mt=0.5, year=2025)
    >>> found.reached, len(found.steps)
    (True, 0)
    """
    year = study_of(network).settings.last_year if year is None else year
    faults = draw_faults(draws, seed, workers) + executor_faults(executor) + year_faults(network, year, 1)
    for name, value, fix in (("target", target_mt, "give Mt a year"), ("budget", budget_musd, "give million USD")):
        if value is not None and (not is_number(value) or value < 0):
            faults.append(Fault("option", name, repr(value), f"is {value!r}", f"{fix}, 0 or more"))
    if not is_number(share) or not 0 < share <= 1:
        faults.append(Fault("option", "share", repr(share), f"is {share!r}", "give a share of the draws, above 0 to 1"))
    elif share != SHARE and draws == 0:
        faults.append(Fault("option", "share", repr(share), "applies to draws, and none are requested", "give draws"))
    if faults:
        raise DataError(faults)
    find_branch(network, branch)
    study = branch_study_of(network, branch, year)
    sequencer = ProjectSequencer(study, monte_carlo_of(study), year, target_mt, draws, share, seed, executor or workers)
    candidates = [w for w in study.projects if w.status != "under_construction" and w.year[1] <= year]
    if budget_musd is not None:
        candidates = [w for w in candidates if w.cost_musd is not None]
    candidates = _feasible(candidates, study)
    program = Program(study, year, candidates)
    chosen, gap = program.choose(target_mt, budget_musd)
    steps = sequencer.steps(chosen, candidates, budget_musd, progress)
    ids = {s.id for s in steps}
    costs = [s.cost_musd for s in steps]
    expected = steps[-1].throughput_after_mt if steps else sequencer.before
    reached = None if target_mt is None else sequencer.reaches([w for w in candidates if w.id in ids], expected)
    return Plan(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        scenarios=network.scenarios,
        branch=study.branch.id,
        year=year,
        target_mt=None if target_mt is None else float(target_mt),
        budget_musd=None if budget_musd is None else float(budget_musd),
        reached=reached,
        technical_mt=program.most_mt([w for w in candidates if w.id in ids]),
        technical_most_mt=program.most_mt(_compatible(candidates)),
        expected_before_mt=sequencer.before,
        expected_mt=expected,
        expected_all_mt=sequencer.exact(_compatible(candidates))[0],
        cost_musd=float(sum(c for c in costs if c is not None)),
        cost_unknown=sum(c is None for c in costs),
        gap=gap,
        steps=tuple(steps),
        short=() if target_mt is None else tuple(program.short(_compatible(candidates), target_mt)),
        draws=draws,
        seed=seed,
    )


def _feasible(candidates: Sequence[Project], study: BranchStudy) -> list[Project]:
    """Return the projects whose requirements are among them or under construction."""
    being_built = {w.id for w in study.projects if w.status == "under_construction"}
    feasible = list(candidates)
    while True:
        available = being_built | {w.id for w in feasible}
        reduced = [w for w in feasible if all(r in available for r in w.requires)]
        if len(reduced) == len(feasible):
            return feasible
        feasible = reduced


def _compatible(projects: Sequence[Project]) -> list[Project]:
    """Return the projects without those that an earlier one in the list excludes."""
    compatible: list[Project] = []
    for project in projects:
        ids = {w.id for w in compatible}
        if not ids & set(project.excludes) and not any(project.id in w.excludes for w in compatible):
            compatible.append(project)
    return compatible
