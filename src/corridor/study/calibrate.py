"""Calibration of uncertain inputs to counts: penalised least squares with the recorded ranges as priors.

The study names the inputs that are free (`calibration` in its settings): families of
figures, such as the rail tariffs of a country, and single figures. Each moves by a *score*,
whose prior is normal with mean 0 and standard deviation 1; in the draws, all figures of a
family share this score. The fit uses the logarithms of what was observed in the base year,
never claims or derived figures. The back-test compares what was not fitted: transit times,
and the counts of the next year.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from corridor.arrays import Array
from corridor.errors import DataError, Fault
from corridor.io.count_checks import count_faults
from corridor.io.counts import counts_of, fitted_counts
from corridor.io.study_files import study_of
from corridor.model.network import Network
from corridor.model.provenance import with_provenance
from corridor.study.branch_study import BranchStudy, branch_study_of
from corridor.study.calibration_result import (
    Calibration,
    FittedCount,
    Input,
    calibration_key,
    store_calibration,
    stored_calibration,
)
from corridor.study.counting import CountedVolumes
from corridor.study.year_problem import Draw

COUNT_SPREAD = 0.15  # standard deviation of the logarithm of a count against a yearly model; assumed
STEP, ROUNDS, CLOSE = 0.25, 8, 1e-3
FARTHEST = 2.5  # scores: no input moves farther from its prior mean


@with_provenance
def calibrate(network: Network, *, progress: Callable[[int], None] | None = None) -> Calibration:
    """Fit the uncertain inputs to the counts of the base year of a study.

    Parameters
    ----------
    network
        The baseline network, without scenarios.
    progress
        Is called after every round.

    Returns
    -------
    Calibration
        Scores, factors with ranges, covariance, and the misfit before and after.

    Raises
    ------
    DataError
        If the study has no observed volume of its base year, or counts have faults.

    Examples
    --------
    >>> import corridor
    >>> fitted = corridor.calibrate(corridor.load())
    >>> fitted.penalty_after < fitted.penalty_before
    True
    """
    if "calibration" not in network.cache:  # a network never changes, so its fit stays valid
        key = calibration_key(network)
        found = stored_calibration(key) or _calibration_of(network, progress)
        store_calibration(key, found)
        network.cache["calibration"] = found
    calibration: Calibration = network.cache["calibration"]
    return calibration


def _calibration_of(network: Network, progress: Callable[[int], None] | None) -> Calibration:
    year = study_of(network).settings.base_year
    fit = _Fit(branch_study_of(network, None, year), network)
    scores = np.zeros(len(fit.free))
    modelled_before = fit.modelled_by(fit.study.central())
    penalty_before = fit.penalty(modelled_before, scores)
    modelled = fit.modelled(scores)
    penalty = fit.penalty(modelled, scores)
    jacobian = np.zeros((len(fit.counts), len(scores)))
    rounds = 0
    while rounds < ROUNDS:
        rounds += 1
        jacobian = fit.jacobian(scores, modelled)
        step = fit.step(jacobian, modelled, scores)
        length = 1.0
        while length > CLOSE:
            trial = np.clip(scores + length * step, -FARTHEST, FARTHEST)
            trial_modelled = fit.modelled(trial)
            if fit.penalty(trial_modelled, trial) < penalty:
                break
            length /= 2
        else:
            break
        gain = penalty - fit.penalty(trial_modelled, trial)
        scores, modelled, penalty = trial, trial_modelled, penalty - gain
        if progress is not None:
            progress(1)
        if gain < CLOSE * penalty:
            break
    covariance = np.linalg.inv(jacobian.T @ jacobian / COUNT_SPREAD**2 + np.eye(len(scores)))
    error = np.sqrt(np.diag(covariance))
    inputs = []
    for i, name in enumerate(fit.free):
        low, mid, high = (fit.factor(name, scores[i] + z * 1.645 * error[i]) for z in (-1, 0, 1))
        inputs.append(Input(name, float(scores[i]), float(error[i]), float(1 - error[i] ** 2), mid, low, high))
    counts = [
        FittedCount(
            c.id, c.group, c.name or c.id, c.period, c.observed_mt, float(modelled_before[i]), float(modelled[i])
        )
        for i, c in enumerate(fit.counts)
    ]
    return Calibration(
        network.name,
        str(network.meta.get("data_version", "")),
        year,
        tuple(counts),
        tuple(inputs),
        tuple(map(tuple, covariance.tolist())),
        float(penalty_before),
        float(penalty),
        rounds,
    )


class _Fit:
    """The free inputs, and the volumes that the model gives for them."""

    def __init__(self, study: BranchStudy, network: Network) -> None:
        self.study = study
        self.year = study_of(network).settings.base_year
        self.counts = fitted_counts(counts_of(study_of(network)), self.year)
        faults = count_faults(network, self.counts)
        if not self.counts:
            fix = f"give counts.csv observed volumes of {self.year}"
            faults.append(Fault("study", "counts", None, "has none of the base year to fit", fix))
        if faults:
            raise DataError(faults)
        self.observed = [c.observed_mt for c in self.counts]
        self.volumes = CountedVolumes(network, study.demand, self.counts)
        self.together = network.parameter.get("draw_correlation", 0.0)
        self.members = members_of(study)
        self.is_single = {n: study.uncertain_inputs[rows[0]].name == n for n, rows in self.members.items()}
        self.free = list(self.members)

    def draw(self, scores: Array) -> Draw:
        """Return the draw at some scores; all other inputs are in the middle of their ranges."""
        factors = np.array([float(d.quantiles(np.zeros(1))[0]) for d in self.study.uncertain_inputs])
        for name, score in zip(self.free, scores.tolist(), strict=True):
            for i in self.members[name]:
                factors[i] = self.study.uncertain_inputs[i].quantiles(np.array([self._own_score(name, score)]))[0]
        return replace(self.study.central(), factors=factors)

    def _own_score(self, name: str, score: float) -> float:
        """Return the score of a single figure; in a family, only the shared part moves."""
        return score if self.is_single[name] else float(np.sqrt(self.together)) * score

    def factor(self, name: str, score: float) -> float:
        """Return the mean factor on the figures of an input."""
        uncertain_inputs = [self.study.uncertain_inputs[i] for i in self.members[name]]
        return float(np.mean([d.quantiles(np.array([self._own_score(name, score)]))[0] for d in uncertain_inputs]))

    def modelled(self, scores: Array) -> Array:
        return self.modelled_by(self.draw(scores))

    def modelled_by(self, draw: Draw) -> Array:
        """Return the Mt of each count in a draw, with other traffic."""
        return self.volumes.with_other_traffic_mt(self.study.solve(self.year, draw))

    def misses(self, modelled: Array) -> Array:
        residuals: Array = np.log(np.maximum(modelled, 1e-6) / np.array(self.observed)) / COUNT_SPREAD
        return residuals

    def penalty(self, modelled: Array, scores: Array) -> float:
        return float((self.misses(modelled) ** 2).sum() + (scores**2).sum())

    def jacobian(self, scores: Array, modelled: Array) -> Array:
        """Return the derivative of the logarithm of each count with respect to each score."""

        def column(i: int) -> Array:
            moved = scores.copy()
            moved[i] += STEP if scores[i] < 0 else -STEP
            change = np.log(np.maximum(self.modelled(moved), 1e-6) / np.maximum(modelled, 1e-6))
            derivative: Array = change / (moved[i] - scores[i])
            return derivative

        with ThreadPoolExecutor() as executor:
            columns: Array = np.array(list(executor.map(column, range(len(scores)))))
        return columns.T

    def step(self, jacobian: Array, modelled: Array, scores: Array) -> Array:
        scaled = jacobian / COUNT_SPREAD
        right_side = -(scaled.T @ self.misses(modelled) + scores)
        step: Array = np.linalg.solve(scaled.T @ scaled + np.eye(len(scores)), right_side)
        return step


def members_of(study: BranchStudy) -> dict[str, list[int]]:
    """Return the positions of the uncertain inputs that each free input moves."""
    found: dict[str, list[int]] = {name: [] for name in study_of(study.network).settings.calibration}
    for i, uncertain in enumerate(study.uncertain_inputs):
        for name in (uncertain.family, uncertain.name):
            if name in found and uncertain.high > uncertain.low:
                found[name].append(i)
    return {name: rows for name, rows in found.items() if rows}


def posterior(study: BranchStudy, fitted: Calibration, draws: int, seed: int) -> dict[str, Array]:
    """Return draws of the calibrated scores, by the name of the family or figure."""
    covariance = np.array(fitted.covariance)
    random = np.random.Generator(np.random.PCG64([seed, study_of(study.network).settings.base_year]))
    normal = random.standard_normal((draws, len(covariance)))
    scores = np.array([i.score for i in fitted.inputs]) + normal @ np.linalg.cholesky(covariance).T
    known = members_of(study)
    return {x.id: scores[:, k] for k, x in enumerate(fitted.inputs) if x.id in known}
