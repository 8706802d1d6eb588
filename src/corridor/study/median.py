"""The central state of each year: the one in which the headline branch carries the median of its draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from corridor.study.branch_study import BranchStudy
from corridor.study.branch_year import counted_mt
from corridor.study.monte_carlo import monte_carlo_of
from corridor.study.posterior import Posterior
from corridor.study.sampling import sampled

DRAWS, SEED = 1000, 1  # of the forecast whose medians are the central case
CLOSE, ROUNDS = 1e-3, 8  # of the logarithm of the volume
FARTHEST = 3.0  # of the logarithm in one step


def with_shifts(study: BranchStudy) -> Posterior:
    """Return the posterior of a study with the shift of every year."""
    posterior = study.posterior
    assert posterior is not None
    drawn = monte_carlo_of(study).run(sampled(study, DRAWS, SEED)).throughput_mt
    shifts: dict[int, float] = {}
    shift = 0.0
    for y, year in enumerate(study.years):
        wanted = float(np.median(drawn[:, y]))
        if wanted > 0:
            shift = _shift(study, year, wanted, shift)
        shifts[year] = shift
    return replace(posterior, shifts=shifts)


def _shift(study: BranchStudy, year: int, wanted_mt: float, start: float) -> float:
    """Return the shift with which the branch carries a volume in a year, by secant steps."""
    posterior = study.posterior
    assert posterior is not None

    def miss(shift: float) -> float:
        moved = study.given(replace(posterior, shifts={year: shift}))
        return float(np.log(max(counted_mt(study.branch, moved.solve(year)), 1e-9) / wanted_mt))

    shift, off = start, miss(start)
    slope = 1.0
    for _ in range(ROUNDS):
        if abs(off) < CLOSE:
            break
        following = shift - float(np.clip(off / slope, -FARTHEST, FARTHEST))
        new = miss(following)
        if following != shift and (new - off) / (following - shift) > 0:
            slope = (new - off) / (following - shift)
        shift, off = following, new
    return shift
