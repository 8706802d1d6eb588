"""Predict every place from the counts of all other places: `python -m tools.leave_out`, some minutes.

For each group of counts the inputs are fitted without it. Its counts are then predicted at the most probable state,
with the uncertainty that the others leave (linear there) and the error of the model.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

import corridor
from corridor.io.counts import counts_of, fitted_counts
from corridor.io.study_files import study_of
from corridor.study.branch_study import branch_study_of
from corridor.study.calibrate import fit_of

Z = NormalDist().inv_cdf(0.9)  # of an interval of 80 %


def main() -> None:
    """Print observed volume and interval of each count left out, and how many intervals hold."""
    network = corridor.load()
    settings = study_of(network).settings
    year = settings.base_year
    study = branch_study_of(network, None, settings.last_year).given(None)
    counts = fitted_counts(counts_of(study_of(network)), year)
    inside, widths, errors = 0, [], []
    for group in dict.fromkeys(c.group for c in counts):
        fit = fit_of(study, year, [c for c in counts if c.group != group])
        best = fit.fitted(np.zeros(len(study.uncertain_inputs)), np.zeros(len(fit.observed)))
        known = fit.jacobian(best)
        others = fit_of(study, year, [c for c in counts if c.group == group])
        predicted = others.at(best.scores)
        slope = others.jacobian(predicted)
        spread = others.covariance_times(slope.T)
        informed = known @ fit.covariance_times(known.T) + np.diag(fit.error**2)
        left = slope @ spread - (slope @ fit.covariance_times(known.T)) @ np.linalg.solve(informed, known @ spread)
        sd = np.sqrt(np.diag(left) + fit.model_error**2 + others.count_error**2)
        middle = others.logs(predicted.mt)
        for i, count in enumerate(others.model.volumes.counts):
            low, high = np.exp(middle[i] - Z * sd[i]) - 0.02, np.exp(middle[i] + Z * sd[i]) - 0.02
            holds = low <= count.observed_mt <= high
            inside += holds
            widths.append(np.exp(2 * Z * sd[i]))
            errors.append(abs(middle[i] - others.logs(np.array([count.observed_mt]))[0]))
            mark = "" if holds else "  outside"
            print(f"{count.id:34} {count.observed_mt:6.2f}  {max(low, 0):6.2f} {high:6.2f}{mark}")
    n = len(widths)
    print(f"{inside} of {n} inside ({100 * inside / n:.0f} %), P90/P10 {np.median(widths):.1f} in the median,")
    print(f"error {np.median(errors):.2f} in logarithms in the median")


if __name__ == "__main__":
    main()
