"""A few draws in full, to find what many draws need: which limits affect the branch, which paths are used.

The effect of a limit on the branch is estimated without a new solution. At the
equilibrium, let H be the second derivatives of its convex function by the prices of the
binding resources, and g the derivatives of the branch's tonnes by these prices. Leaving
out the limit of resource r changes the branch by (H⁻¹g)ᵣ · price / (H⁻¹)ᵣᵣ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridor import cache
from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet
from corridor.study.branch_study import BranchStudy
from corridor.study.sampling import sampled
from corridor.study.year_problem import SubPeriod, YearProblem

SCREENING_DRAWS, SCREENING_SEED = 60, 2024
SCREENING_VERSION = 2  # of the algorithm: raise it when the selection may change
ROUGHLY = 1e-2  # of a limit
MOVES = 1e-2  # of the branch's tonnes, root mean square over the screening draws
RARELY = 1.5e-2  # of all tonnes: the share on paths that are left out


@dataclass(frozen=True)
class Screening:
    """Result of the screening: resources whose limits affect the branch, and paths that nearly all cargo uses."""

    resources: Array
    paths: Array


def screening_of(study: BranchStudy) -> Screening:
    """Return what many draws of a study need; cached with its choice set."""
    limits = repr((SCREENING_DRAWS, SCREENING_SEED, ROUGHLY, MOVES, RARELY, study.years))
    key = (
        cache.digest([f"pilot {SCREENING_VERSION}".encode(), study.key.encode(), limits.encode()]) if study.key else ""
    )
    if key and (stored := cache.load_arrays(key)) is not None:
        return Screening(stored["resources"], stored["paths"])
    draws = sampled(study, SCREENING_DRAWS, SCREENING_SEED)
    squares = np.zeros(len(study.choice_set.context.network.resource_table))
    path_share = np.zeros(len(study.choice_set))
    solved = 0
    for i in range(len(draws)):
        draw = draws.one(study, i)
        price: Array | None = None
        for year in dict.fromkeys((study.years[0], study.years[-1])):
            problem = study.problem(year, draw)
            for sub_period in problem.sub_periods[i % 3 :: 3]:
                share = problem.share(sub_period, price, tolerance=ROUGHLY)
                price = share.price
                resources, effect = _limit_effects(study, problem, sub_period, share.flow, price)
                squares[resources] += effect**2
                path_share += share.flow / max(share.flow.sum(), 1.0)
                solved += 1
    resources = np.flatnonzero(np.sqrt(squares / max(solved, 1)) > MOVES)
    order = np.argsort(path_share, kind="stable")
    paths = np.sort(order[np.cumsum(path_share[order]) > RARELY * path_share.sum()])
    if key:
        cache.save_arrays(key, {"resources": resources, "paths": paths})
    return Screening(resources, paths)


def _limit_effects(
    study: BranchStudy, problem: YearProblem, sub_period: SubPeriod, flow: Array, price: Array
) -> tuple[Array, Array]:
    """Return the binding resources, and the effect of each limit as a share of the branch's tonnes."""
    binding = np.flatnonzero(price > 0)
    choice_set: ChoiceSet = problem.choice_set
    used_paths = np.flatnonzero(flow > 0)
    commodity, x = choice_set.commodity[used_paths], flow[used_paths]
    position, column = np.full(len(price), -1), np.full(len(choice_set), -1)
    position[binding], column[used_paths] = np.arange(len(binding)), np.arange(len(used_paths))
    entries = (position[choice_set.resources] >= 0) & (column[choice_set.path_of_use] >= 0)
    use = np.zeros((len(binding), len(used_paths)))
    np.add.at(
        use,
        (position[choice_set.resources[entries]], column[choice_set.path_of_use[entries]]),
        choice_set.units[entries],
    )
    across = np.where(study.branch.counted[commodity], np.abs(study.branch.crossing(choice_set)[used_paths]), 0.0)
    amount = problem.amount(sub_period)
    per_tonne = np.divide(problem.scale, amount, out=np.zeros(len(amount)), where=amount > 0)
    by_commodity = np.zeros((len(amount), len(binding)))
    np.add.at(by_commodity, commodity, (use * x).T)
    crossing = np.bincount(commodity, weights=x * across, minlength=len(amount))
    scaled_use = x * problem.scale[commodity]
    hessian = (use * scaled_use) @ use.T - (by_commodity.T * per_tonne) @ by_commodity
    gradient = use @ (scaled_use * across) - (by_commodity.T * per_tonne) @ crossing
    inverse = np.linalg.pinv(hessian + 1e-9 * np.diag(np.diag(hessian)))
    effect = (inverse @ gradient) * price[binding] / np.maximum(np.diag(inverse), 1e-300)
    return binding, np.clip(effect / max(float(x @ across), 1.0), -1.0, 1.0)
