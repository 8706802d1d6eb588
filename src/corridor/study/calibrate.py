"""Calibration of a study: all uncertain inputs given the counts of its base year.

The counts that a study marks are fitted together with the ranges of all inputs, and with a constant for each gate and
group of cargo (`gate_constants`). An ensemble of states then stands for what the counts leave open: forecasts draw from
it, and the central state of every verb is the one in which the headline branch carries the median of its draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from corridor.arrays import Array
from corridor.errors import DataError, Fault
from corridor.io.count_checks import count_faults
from corridor.io.counts import Count, counts_of, fitted_counts, year_count
from corridor.io.gates import gates_of
from corridor.io.study_files import study_of
from corridor.model.network import Network
from corridor.model.provenance import with_provenance
from corridor.model.uncertain_inputs import Quantiles, UncertainInput, drawn_scores
from corridor.study.branch_study import BranchStudy, branch_study_of
from corridor.study.calibration_result import Calibration, Constant, DemandRow, FittedCount, Input
from corridor.study.calibration_store import SHIPPED, store_calibration, stored_calibration, write_calibration
from corridor.study.count_fit import MODEL_ERROR, CountFit, Fit, Linear
from corridor.study.count_model import CountModel
from corridor.study.counting import CountedVolumes
from corridor.study.median import with_shifts
from corridor.study.option_checks import flag_faults, progress_faults
from corridor.study.posterior import Posterior

MEMBERS, SEED = 80, 1  # of the ensemble
SHOWN_INPUTS, SHOWN_ROWS = 25, 25
INTERVAL = (10.0, 50.0, 90.0)
Z_95 = 1.645


@with_provenance
def calibrate(network: Network, *, save: bool = False, progress: Callable[[int], None] | None = None) -> Calibration:
    """Fit all uncertain inputs of a study to the counts of its base year, and draw the ensemble that they leave.

    Parameters
    ----------
    network
        The baseline network, without scenarios.
    save
        Write the calibration to the folder of the study. From then on all its answers rest on it.
    progress
        Is called after every member of the ensemble.

    Returns
    -------
    Calibration
        Counts before and after, constants of gates in USD/t, moved rows of the demand, the other inputs that moved
        most, and the p-value of the fit. The study's own stored calibration is returned if it has one that fits.

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
    faults = flag_faults(save=save) + progress_faults(progress)
    if faults:
        raise DataError(faults)
    base = network.baseline or network
    if "calibration" not in base.cache:  # a network never changes, so its fit stays valid
        found = stored_calibration(base, MEMBERS)
        if found is None:
            found = calibrated(base, progress)
            store_calibration(base, found)
        base.cache["calibration"] = found
    calibration: Calibration = base.cache["calibration"]
    if save:
        folder = study_of(base).folder
        write_calibration(folder / SHIPPED, base, calibration)
        base.cache.pop("posterior", None)
    return calibration


def calibrated(
    network: Network, progress: Callable[[int], None] | None = None, members: int | None = None, seed: int = SEED
) -> Calibration:
    """Return a calibration computed from nothing."""
    members = members or MEMBERS
    settings = study_of(network).settings
    year = settings.base_year
    counts = fitted_counts(counts_of(study_of(network)), year)
    faults = count_faults(network, counts)
    if not counts:
        fix = f"give counts.csv observed volumes of {year}"
        faults.append(Fault("study", "counts", None, "has none of the base year to fit", fix))
    if faults:
        raise DataError(faults)
    study = branch_study_of(network, None, settings.last_year).given(None)
    fit = fit_of(study, year, counts)
    zero = np.zeros(len(study.uncertain_inputs))
    before = fit.model.mt(study.solve(year))
    best = fit.fitted(zero, np.zeros(len(counts)))
    near = Linear(best.scores, fit.logs(best.mt), fit.jacobian(best))
    ensemble = _ensemble(fit, near, members, seed, progress)
    scores = np.array([f.scores for f in ensemble]).astype(np.float16).astype(np.float64)
    posterior = Posterior(
        tuple(i.name for i in study.uncertain_inputs),
        scores,
        scores.mean(axis=0),
        _direction(study, year, fit, near),
        {},
    )
    posterior = with_shifts(study.given(posterior))
    modelled = np.array([f.mt for f in ensemble])
    return Calibration(
        network.name,
        str(network.meta.get("data_version", "")),
        year,
        float(fit.model_error),
        members,
        seed,
        _counts(fit, counts, before, best, modelled, seed),
        *_inputs(study, posterior),
        fit.penalty(before),
        best.penalty,
        p_value(best.penalty, len(counts)),
        _directions(fit, near),
        posterior=posterior,
    )


def fit_of(study: BranchStudy, year: int, counts: Sequence[Count]) -> CountFit:
    """Return the inputs of a study with some counts to fit, in the settings of its parameters."""
    parameter = study.network.parameter
    model = CountModel(study, year, CountedVolumes(study.network, study.demand, counts))
    together = parameter.get("draw_correlation", 0.0)
    return CountFit(model, study.uncertain_inputs, together, parameter.get("count_model_error", MODEL_ERROR))


def _ensemble(
    fit: CountFit, near: Linear, members: int, seed: int, progress: Callable[[int], None] | None
) -> list[Fit]:
    starts = drawn_scores(fit.inputs, members, seed, fit.together)
    errors = np.random.Generator(np.random.PCG64(seed)).standard_normal((members, len(fit.error))) * fit.error

    def one(i: int) -> Fit:
        found = fit.fitted(starts[:, i], errors[i], near)
        if progress is not None:
            progress(1)
        return replace(found, solved=())

    with ThreadPoolExecutor() as executor:
        return list(executor.map(one, range(members)))


def _direction(study: BranchStudy, year: int, fit: CountFit, near: Linear) -> Array:
    """Return the change of the scores that changes the headline branch most easily, given the counts.

    It is the covariance that the counts leave times the derivatives of the branch.
    """
    branch = fit_of(study, year, [year_count(study.branch.id, study.branch.screenlines[0], year)])
    slope = branch.jacobian(branch.at(near.scores))[0]
    prior = fit.covariance_times(slope[:, None])[:, 0]
    informed = near.jacobian @ fit.covariance_times(near.jacobian.T) + np.diag(fit.error**2)
    left: Array = (
        prior
        - fit.covariance_times((near.jacobian.T @ np.linalg.solve(informed, near.jacobian @ prior))[:, None])[:, 0]
    )
    return left / max(float(slope @ left), 1e-12)  # one unit: the logarithm of the branch


def _directions(fit: CountFit, near: Linear) -> int:
    """Return how many independent directions of the inputs the counts determine better than their ranges."""
    scaled = near.jacobian @ fit.covariance_times(near.jacobian.T) / np.outer(fit.error, fit.error)
    return int((np.linalg.eigvalsh(scaled) > 1.0).sum())


def _counts(
    fit: CountFit, counts: Sequence[Count], before: Array, best: Fit, modelled: Array, seed: int
) -> tuple[FittedCount, ...]:
    noisy = with_model_error(modelled, fit.model_error, seed)
    low, middle, high = np.percentile(noisy, INTERVAL, axis=0)
    misses = (fit.logs(best.mt) - fit.logs(fit.observed)) / fit.error
    return tuple(
        FittedCount(
            c.id, c.group, c.name or c.id, c.period, c.observed_mt,
            *(float(x[i]) for x in (before, best.mt, low, middle, high, misses)),
        )
        for i, c in enumerate(counts)
    )  # fmt: skip


def with_model_error(modelled: Array, model_error: float, seed: int) -> Array:
    """Return modelled volumes (draws, counts) with a draw of the error of the model on each."""
    random = np.random.Generator(np.random.PCG64([seed, 1]))
    noisy: Array = modelled * np.exp(model_error * random.standard_normal(modelled.shape))
    return noisy


def _inputs(
    study: BranchStudy, posterior: Posterior
) -> tuple[tuple[Constant, ...], tuple[DemandRow, ...], tuple[Input, ...]]:
    """Return constants, rows of the demand and other inputs as the ensemble has them, those that moved most first."""
    mean, spread = posterior.mean, posterior.members.std(axis=0, ddof=1)
    inputs, first = study.uncertain_inputs, study.first
    constants, rows, others = study.model.gate_constants, [], []
    nest = {g.id: g.nest for g in gates_of(study_of(study.network))}
    members = np.array([constants.usd_t(_factors(constants.inputs, m)) for m in posterior.members[:, _span(first)]])
    prior = constants.usd_t(_factors(constants.inputs, np.ones(len(constants.inputs))))
    found = [
        Constant(gate, nest[gate], group, float(values.mean()), float(values.std(ddof=1)), float(prior[k]))
        for k, (gate, group, values) in enumerate(zip(constants.gates, constants.cargo_groups, members.T, strict=True))
    ]
    for k in np.argsort(-np.abs(mean), kind="stable").tolist():
        x, score, error = inputs[k], float(mean[k]), float(spread[k])
        if x.high <= x.low or first["constant"] <= k < first["scale"]:
            continue
        low, factor, high = (float(x.quantiles(np.array([score + z * error]))[0]) for z in (-Z_95, 0, Z_95))
        if first["trade"] <= k < first["willing"]:
            rows.append(DemandRow(x.name.removeprefix("trade "), factor, score, error))
        else:
            others.append(Input(x.name, score, error, 1 - error**2, factor, low, high))
    by_size = sorted(found, key=lambda c: -abs(c.usd_t) / c.prior_usd_t)
    return tuple(by_size), tuple(rows[:SHOWN_ROWS]), tuple(others[:SHOWN_INPUTS])


def _span(first: dict[str, int]) -> slice:
    return slice(first["constant"], first["scale"])


def _factors(inputs: Sequence[UncertainInput], scores: Array) -> Array:
    return Quantiles(inputs)(scores)


def p_value(penalty: float, counts: int) -> float:
    """Return the probability of a larger penalty under a linear model: chi-square with as many degrees as counts.

    Wilson and Hilferty's approximation, right to about 0.001.
    """
    spread = 2.0 / (9.0 * counts)
    return NormalDist().cdf(-((penalty / counts) ** (1 / 3) - (1 - spread)) / spread**0.5)
