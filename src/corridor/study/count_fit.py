"""Fit of all uncertain inputs to counts: penalised least squares, and an ensemble by randomised maximum likelihood.

Every input has a standard normal score before the counts; those of a family are correlated. A *fit* is the state
that minimises the squared distances of the logarithms of all counts, in their errors, plus the squared distance
of the scores from a starting point. From zero it is the most probable state. From a random start, and with random
errors on the counts, it is one member of an ensemble that approximates the distribution of all inputs given the
counts (Kitanidis 1995, doi:10.1029/94WR02870; Oliver, He and Reynolds 1996). The derivatives are exact
(`count_model`); each step solves a system of as many equations as there are counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corridor.arrays import Array
from corridor.assignment.period_problem import PeriodResult
from corridor.io.counts import Count
from corridor.model.uncertain_inputs import Quantiles, UncertainInput
from corridor.study.count_model import CountModel

FLOOR_MT = 0.02  # added to modelled and observed volumes, so that a modelled zero does not own the fit
ERROR = {"counted": 0.1, "derived": 0.25}  # of the logarithm of a count without a range; assumed
RANGE_Z = 2.563  # standard errors between the 10 % and the 90 % quantile: what a recorded range is taken for
MODEL_ERROR = 0.4  # of the logarithm of a modelled volume, if the study gives none; assumed
STEPS, TRIALS, CLOSE = 10, 5, 1e-2
LEAST_DAMPING = 0.1
STEP = 1e-4  # of a score, for the slope of a quantile function


@dataclass(frozen=True)
class Fit:
    """A fitted state: scores of all inputs, the volumes there, the penalty of counts and of scores."""

    scores: Array
    mt: Array
    solved: Sequence[PeriodResult]
    of_counts: float
    of_scores: float

    @property
    def penalty(self) -> float:
        """The sum of both penalties."""
        return self.of_counts + self.of_scores


@dataclass(frozen=True)
class Linear:
    """The model near a state: its scores, the logarithms of the counts there, and their derivatives by the scores."""

    scores: Array
    logs: Array
    jacobian: Array


class CountFit:
    """The inputs of a study, their prior covariance, and the counts that are fitted."""

    def __init__(
        self, model: CountModel, inputs: Sequence[UncertainInput], together: float, model_error: float
    ) -> None:
        self.model, self.inputs, self.together, self.model_error = model, inputs, together, model_error
        counts = model.volumes.counts
        self.observed = np.array([c.observed_mt for c in counts])
        self.count_error = np.array([count_error(c) for c in counts])
        self.error = np.hypot(self.count_error, model_error)
        self.quantiles = Quantiles(inputs)
        families = sorted({i.family for i in inputs if i.family})
        self._family = np.array([families.index(i.family) if i.family else -1 for i in inputs], dtype=np.int64)
        self._families = len(families)

    def logs(self, mt: Array) -> Array:
        """Return the logarithms of volumes in which counts and model are compared."""
        return np.log(np.maximum(mt, 0.0) + FLOOR_MT)

    def factors(self, scores: Array) -> Array:
        """Return the factors of all inputs at their scores."""
        return self.quantiles(scores)

    def fitted(self, start: Array, errors: Array, near: Linear | None = None) -> Fit:
        """Return the state nearest to a start (scores) and to the counts with some errors (of their logarithms).

        The method is that of Levenberg and Marquardt in the metric of the prior. It begins at the start, or where the
        model as linear `near` another state has its fit.
        """
        wanted = self.logs(self.observed) + errors
        moved = np.zeros(len(start))  # the scores are start + C moved
        if near is not None:
            moved = self._gain(near.jacobian, wanted - near.logs - near.jacobian @ (start - near.scores), 0.0)
        now = self._at(start, moved, wanted, ())
        damping = 0.0
        for _ in range(STEPS):
            jacobian = self.jacobian(now)
            shift = jacobian @ (now.scores - start)
            for _ in range(TRIALS):
                right = wanted - self.logs(now.mt) + shift / (1.0 + damping)
                change = (self._gain(jacobian, right, damping) - moved) / (1.0 + damping)
                trial = self._at(start, moved + change, wanted, [s.price for s in now.solved])
                if trial.penalty < now.penalty:
                    break
                damping = max(1.0, 4.0 * damping)
            else:
                return now
            gain = now.penalty - trial.penalty
            now, moved, damping = trial, moved + change, damping / 4.0 if damping > LEAST_DAMPING else 0.0
            if gain < CLOSE * now.penalty:
                break
        return now

    def _gain(self, jacobian: Array, right: Array, damping: float) -> Array:
        """Return J' (J C J' / (1 + damping) + R)⁻¹ times a right side."""
        system = jacobian @ self.covariance_times(jacobian.T) / (1.0 + damping) + np.diag(self.error**2)
        gain: Array = jacobian.T @ np.linalg.solve(system, right)
        return gain

    def penalty(self, mt: Array) -> float:
        """Return the penalty of some volumes: their squared distances from the counts in standard errors."""
        misses = (self.logs(mt) - self.logs(self.observed)) / self.error
        return float(misses @ misses)

    def at(self, scores: Array) -> Fit:
        """Return a state that is not fitted; the penalty of its scores is not told."""
        return self._at(scores, np.zeros(len(scores)), self.logs(self.observed), ())

    def _at(self, start: Array, moved: Array, wanted: Array, prices: Sequence[Array]) -> Fit:
        shift = self.covariance_times(moved[:, None])[:, 0]
        scores = start + shift
        solved = self.model.solve(self.factors(scores), prices)
        mt = self.model.mt(solved)
        misses = (self.logs(mt) - wanted) / self.error
        return Fit(scores, mt, solved, float(misses @ misses), float(moved @ shift))

    def jacobian(self, fit: Fit) -> Array:
        """Return the derivatives of the logarithms of the counts (rows) by the scores of the inputs (columns)."""
        scores = fit.scores
        slope = (self.factors(scores + STEP) - self.factors(scores - STEP)) / (2 * STEP)
        by_factor = self.model.jacobian(self.factors(scores), fit.solved)
        found: Array = by_factor * slope / (np.maximum(fit.mt, 0.0) + FLOOR_MT)[:, None]
        return found

    def covariance_times(self, columns: Array) -> Array:
        """Return the prior covariance of the scores times some columns (inputs, n)."""
        sums = np.zeros((self._families + 1, columns.shape[1]))
        np.add.at(sums, self._family, columns)
        of_family = self._family >= 0
        found = columns.copy()
        found[of_family] *= 1 - self.together
        found[of_family] += self.together * sums[self._family[of_family]]
        return found


def count_error(count: Count) -> float:
    """Return the standard error of the logarithm of a count."""
    low, high = count.range_mt
    if low is None or high is None:
        return ERROR[count.kind]
    return max(float(np.log((high + FLOOR_MT) / (low + FLOOR_MT))) / RANGE_Z, 0.01)
