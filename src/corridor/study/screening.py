"""A few draws in full, to see what many draws need: which limits move the branch, which ways are taken at all.

How much a limit moves the branch is estimated without solving anew. At the
equilibrium, with the second derivatives H of its convex function by the prices of
the full resources, and with g, how the branch's tonnes answer to these prices,
leaving out the limit of resource r moves the branch by (H⁻¹g)ᵣ · price / (H⁻¹)ᵣᵣ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor import cache
from corridor.assignment.choice_set import ChoiceSet
from corridor.study.branch_study import BranchStudy
from corridor.study.sampling import sampled
from corridor.study.year_problem import SubPeriod, YearProblem

Array = np.ndarray[Any, Any]
SCREENING_DRAWS, SCREENING_SEED = 60, 2024
SCREENING_VERSION = 1  # of the algorithm: raise it when another choice can come out
ROUGHLY = 1e-2  # of a limit
MOVES = 1e-2  # of the branch's tonnes, root mean square over the pilots
RARELY = 1.5e-2  # of all tonnes: what goes by ways that are left out


@dataclass(frozen=True)
class Screening:
    """What the pilots showed: resources whose limits move the branch, and the ways that nearly all cargo takes."""

    resources: Array
    paths: Array


def screening_of(study: BranchStudy) -> Screening:
    """Return what many draws of a setting need; kept with its pool."""
    limits = repr((SCREENING_DRAWS, SCREENING_SEED, ROUGHLY, MOVES, RARELY, study.years))
    key = (
        cache.digest([f"pilot {SCREENING_VERSION}".encode(), study.key.encode(), limits.encode()]) if study.key else ""
    )
    if key and (kept := cache.load_arrays(key)) is not None:
        return Screening(kept["resources"], kept["paths"])
    pilots = sampled(study, SCREENING_DRAWS, SCREENING_SEED)
    squares = np.zeros(len(study.choice_set.context.network.resource_table))
    taken = np.zeros(len(study.choice_set))
    solved = 0
    for i in range(len(pilots)):
        draw = pilots.one(study, i)
        price: Array | None = None
        for year in dict.fromkeys((study.years[0], study.years[-1])):
            asked = study.asked(year, draw)
            for sub_period in asked.sub_periods[i % 3 :: 3]:
                share = asked.share(sub_period, price, tolerance=ROUGHLY)
                price = share.price
                resources, moved = _moves(study, asked, sub_period, share.flow, price)
                squares[resources] += moved**2
                taken += share.flow / max(share.flow.sum(), 1.0)
                solved += 1
    resources = np.flatnonzero(np.sqrt(squares / max(solved, 1)) > MOVES)
    order = np.argsort(taken, kind="stable")
    paths = np.sort(order[np.cumsum(taken[order]) > RARELY * taken.sum()])
    if key:
        cache.save_arrays(key, {"resources": resources, "paths": paths})
    return Screening(resources, paths)


def _moves(
    study: BranchStudy, asked: YearProblem, sub_period: SubPeriod, flow: Array, price: Array
) -> tuple[Array, Array]:
    """Return the full resources, and by which share of the branch's tonnes each one's limit moves these."""
    full = np.flatnonzero(price > 0)
    choice_set: ChoiceSet = asked.choice_set
    live = np.flatnonzero(flow > 0)
    commodity, x = choice_set.commodity[live], flow[live]
    place, column = np.full(len(price), -1), np.full(len(choice_set), -1)
    place[full], column[live] = np.arange(len(full)), np.arange(len(live))
    mine = (place[choice_set.resources] >= 0) & (column[choice_set.path_of_use] >= 0)
    takes = np.zeros((len(full), len(live)))
    np.add.at(takes, (place[choice_set.resources[mine]], column[choice_set.path_of_use[mine]]), choice_set.units[mine])
    across = np.where(study.branch.counted[commodity], np.abs(study.branch.crossing(choice_set)[live]), 0.0)
    amount = asked.amount(sub_period)
    per_tonne = np.divide(asked.scale, amount, out=np.zeros(len(amount)), where=amount > 0)
    by_commodity = np.zeros((len(amount), len(full)))
    np.add.at(by_commodity, commodity, (takes * x).T)
    crossing = np.bincount(commodity, weights=x * across, minlength=len(amount))
    scaled_use = x * asked.scale[commodity]
    bend = (takes * scaled_use) @ takes.T - (by_commodity.T * per_tonne) @ by_commodity
    answer = takes @ (scaled_use * across) - (by_commodity.T * per_tonne) @ crossing
    inverse = np.linalg.pinv(bend + 1e-9 * np.diag(np.diag(bend)))
    moved = (inverse @ answer) * price[full] / np.maximum(np.diag(inverse), 1e-300)
    return full, np.clip(moved / max(float(x @ across), 1.0), -1.0, 1.0)
