"""A few draws solved in full, to find what many draws need: which limits could bind, which paths are used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridor import cache
from corridor.arrays import Array
from corridor.assignment.choice_set import NOTHING
from corridor.assignment.least_cost import loads
from corridor.assignment.logit_shares import assign_logit
from corridor.study.branch_study import BranchStudy
from corridor.study.sampling import sampled

SCREENING_DRAWS, SCREENING_SEED = 20, 20
SCREENING_VERSION = 7  # of the algorithm: raise it when the selection may change
ROUGHLY = 1e-2  # of a limit
NEAR = 0.9  # of a limit: one that is never used more in these draws does not bind in others
RARELY = 5e-4  # the share of all tonnes and of the branch's tonnes on paths that are left out, added up


@dataclass(frozen=True)
class Screening:
    """Result of the screening: resources whose limits could bind, and paths that nearly all cargo uses."""

    resources: Array
    paths: Array


def screening_of(study: BranchStudy) -> Screening:
    """Return what many draws of a study need; cached with its choice set."""
    limits = repr((SCREENING_DRAWS, SCREENING_SEED, ROUGHLY, NEAR, RARELY, study.years))
    key = (
        cache.digest([f"pilot {SCREENING_VERSION}".encode(), study.key.encode(), limits.encode()]) if study.key else ""
    )
    if key and (stored := cache.load_arrays(key)) is not None:
        return Screening(stored["resources"], stored["paths"])
    draws = sampled(study, SCREENING_DRAWS, SCREENING_SEED, constants=True)
    choice_set, branch = study.choice_set, study.branch
    crosses = branch.counted[choice_set.commodity] & (branch.crossing(choice_set) != 0)
    used = np.zeros(len(study.model.state.resource_table))
    path_share = np.zeros(len(choice_set))
    for i in range(len(draws)):
        draw = draws.one(study, i)
        price: Array | None = None
        for year in dict.fromkeys((study.years[0], study.years[-1])):
            for problem in study.problem(year, draw).periods()[i % 3 :: 3]:
                share = assign_logit(problem, price, tolerance=ROUGHLY)
                price, flow = share.price, share.flow
                load = loads(problem.choice_set, flow, len(used))
                some = problem.free > NOTHING
                used[some] = np.maximum(used[some], load[some] / problem.free[some])
                path_share += flow / max(flow.sum(), 1.0) + flow * crosses / max(flow[crosses].sum(), 1.0)
    order = np.argsort(path_share, kind="stable")
    paths = np.sort(order[np.cumsum(path_share[order]) > RARELY * path_share.sum()])
    resources = np.flatnonzero(used > NEAR)
    if key:
        cache.save_arrays(key, {"resources": resources, "paths": paths})
    return Screening(resources, paths)
