"""Draws of all uncertain inputs: figures, when projects open and whether they do, what happens after an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from corridor.assignment.period_problem import PeriodResult
from corridor.io.study_files import study_of
from corridor.memory import check_fits
from corridor.model.uncertain_inputs import draw, triangular, uniform
from corridor.study.applied_projects import EVENTS, Project, last_year_of, uncertain_edits
from corridor.study.branch_study import BranchStudy
from corridor.study.year_problem import Draw

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Measured = TypeVar("Measured")


@dataclass(frozen=True)
class Draws:
    """Many draws: `factors` (draws, inputs), `events` (draws, years), `opens` (draws, projects) as year numbers.

    `members` is the member of the ensemble of each draw, None without a calibration.
    """

    factors: Floats
    opens: Integers
    events: Integers
    members: Integers | None = None

    def __len__(self) -> int:
        return len(self.factors)

    def one(self, study: BranchStudy, i: int) -> Draw:
        """Return one draw in the form of the full solver."""
        opens = np.where(self.opens[i] < len(study.years), self.opens[i] + study.years[0], np.inf)
        return Draw(self.factors[i], opens, tuple(EVENTS[e] for e in self.events[i].tolist()))


def sampled(study: BranchStudy, draws: int, seed: int, *, constants: bool = False) -> Draws:
    """Return draws of all inputs in a Latin hypercube; the same for the same seed.

    A figure's draws do not depend on which other figures there are. What the calibration of the study knows comes
    from its ensemble. Without one the constants of gates are zero, or with `constants` drawn as before any counts.
    """
    needed = 2.0 * 8.0 * draws * len(study.uncertain_inputs)
    check_fits(needed, f"{draws:,} draws of {len(study.uncertain_inputs):,} figures", "ask for fewer draws")
    correlation = study.network.parameter.get("draw_correlation", 0.0)
    factors = draw(study.uncertain_inputs, draws, seed, correlation)
    members = None
    if study.posterior is not None:
        members = study.posterior.apply(study.uncertain_inputs, factors, seed)
    elif not constants:
        factors[:, study.first["constant"] : study.first["scale"]] = 1.0
    return Draws(factors, _openings(study, draws, seed), _events(study, draws, seed), members)


def solved_draws(
    study: BranchStudy,
    sample: Draws,
    year: int,
    measure: Callable[[list[PeriodResult]], Measured],
    workers: int | None,
    progress: Callable[[int], None] | None,
) -> list[Measured]:
    """Return what is measured in a year of each draw, solved in full; `progress` is called after every draw."""

    def one(i: int) -> Measured:
        found = measure(study.solve(year, sample.one(study, i)))
        if progress is not None:
            progress(1)
        return found

    with ThreadPoolExecutor(workers) as executor:
        return list(executor.map(one, range(len(sample))))


def _openings(study: BranchStudy, draws: int, seed: int) -> Integers:
    """Return the opening year of each project, counted from the first; the number of years if not opened in time."""
    never = len(study.years)
    opens = np.full((draws, len(study.projects)), never)
    for w, project in enumerate(study.projects):
        chance = study.network.parameter.get(f"chance.{project.status}", 1.0)
        built = uniform(f"built {project.id}", draws, seed) < chance
        year = np.ceil(triangular(uniform(f"year {project.id}", draws, seed), *project.year))
        opens[:, w] = np.where(built, np.clip(year - study.years[0], 0, never), never)
    in_order(study.projects, opens, never)
    return opens.astype(np.int64)


def in_order(projects: Sequence[Project], opens: Integers, never: int) -> None:
    """Let no project open before one it requires, nor beside one it excludes: the one listed first is built."""
    number = {project.id: w for w, project in enumerate(projects)}
    for _ in projects:  # a chain is no longer than the number of projects
        before = opens.copy()
        for w, project in enumerate(projects):
            for name in project.requires:
                if name in number:
                    opens[:, w] = np.maximum(opens[:, w], opens[:, number[name]])
        if (opens == before).all():
            break
    for w, project in enumerate(projects):
        for name in project.excludes:
            other = number.get(name, w)
            if other < w:
                opens[opens[:, other] < never, w] = never


def _events(study: BranchStudy, draws: int, seed: int) -> Integers:
    """Return what happens in each year: the uncertain event recovers, stays, or repeats in one later year."""
    years = np.array(study.years)
    events = np.zeros((draws, len(years)), dtype=np.int64)
    later = np.flatnonzero(years > last_year_of(uncertain_edits(study.network)))
    if not len(later) or len(study.events(int(years[later[0]]))) == 1:
        return events
    parameter = study.network.parameter
    stays, repeats = (parameter.get(f"chance.{e}", 0.0) for e in EVENTS[1:])
    u = uniform(study_of(study.network).settings.uncertain_name, draws, seed)
    events[np.ix_(u < stays, later)] = EVENTS.index("stays")
    repeated = np.flatnonzero((u >= stays) & (u < stays + repeats))
    year_index = np.minimum(((u[repeated] - stays) / repeats * len(later)).astype(np.int64), len(later) - 1)
    events[repeated, later[year_index]] = EVENTS.index("repeats")
    return events
