"""First-order Sobol indices of groups of inputs from given draws: their shares in the variance of a result.

The figures of a group are first combined: the direction in which the result follows them
is estimated on one half of the draws and applied to the other half, so that accidental
correlations do not count. Along that direction the draws are divided into bins. The
variance between the bins, less what chance alone gives, is the share of the group (the
correlation ratio; Plischke, Borgonovo and Smith, 2013). Non-linear effects that do not
show along one direction are not found: the index is then too low, and never too high by
more than chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corridor.arrays import Array

BINS, RESAMPLES = 10, 200
LEAST_IN_BIN = 5
SIGNIFICANT = 2.0  # standard errors: a figure with a smaller correlation with the result is left out


@dataclass(frozen=True, slots=True)
class Influence:
    """One input: the mean result in the fifths of the draws with its lowest and its highest effect, in Mt.

    `sobol` is the first-order index, with a 90 % bootstrap interval from `sobol_low` to `sobol_high`.
    """

    input: str
    low_mt: float
    high_mt: float
    sobol: float
    sobol_low: float
    sobol_high: float


def influence_of(name: str, columns: Array, answer: Array, seed: int) -> Influence:
    """Return the influence of a group of inputs (draws, inputs) on a result (draws)."""
    n = len(answer)
    along = _direction(columns, answer)
    order = np.argsort(along, kind="stable")
    fifth = max(n // 5, 1)
    if not along.any():
        mean = float(answer.mean())
        return Influence(name, mean, mean, 0.0, 0.0, 0.0)
    random = np.random.Generator(np.random.PCG64(seed))
    resampled = []
    for _ in range(RESAMPLES):
        chosen = random.integers(0, n, n)
        resampled.append(_ratio(along[chosen], answer[chosen]))
    share = _ratio(along, answer)
    # Resampling repeats draws and so gives too high an index: the interval is moved to the estimate.
    low, middle, high = np.percentile(resampled, [5, 50, 95]).tolist()
    return Influence(
        name,
        float(answer[order[:fifth]].mean()),
        float(answer[order[-fifth:]].mean()),
        share,
        max(0.0, share + low - middle),
        min(1.0, share + high - middle),
    )


def influence_of_states(name: str, state: Array, answer: Array, seed: int) -> Influence:
    """Return the influence of the state (a number by draw) that draws share, on a result (draws).

    Its share is the variance between states less what chance alone gives.
    """
    states, place = np.unique(state, return_inverse=True)
    means = np.bincount(place, weights=answer) / np.bincount(place)
    along = means[place]
    order, fifth = np.argsort(along, kind="stable"), max(len(answer) // 5, 1)
    random = np.random.Generator(np.random.PCG64(seed))
    resampled = []
    for _ in range(RESAMPLES):
        chosen = random.integers(0, len(states), len(states))
        drawn = np.concatenate([np.flatnonzero(place == k) for k in chosen.tolist()])
        resampled.append(_between(np.repeat(np.arange(len(chosen)), np.bincount(place)[chosen]), answer[drawn]))
    low, high = np.percentile(resampled, [5, 95]).tolist()
    share = _between(place, answer)
    lowest, highest = (float(answer[chosen].mean()) for chosen in (order[:fifth], order[-fifth:]))
    return Influence(name, lowest, highest, share, low, high)


def _between(place: Array, answer: Array) -> float:
    """Return the share of the variance between groups, less what chance gives."""
    n, groups = len(answer), int(place.max()) + 1
    total = float(((answer - answer.mean()) ** 2).sum())
    if total <= 0 or n <= groups:
        return 0.0
    sums, counts = np.bincount(place, weights=answer), np.bincount(place)
    between = float((sums**2 / counts).sum() - n * answer.mean() ** 2)
    corrected = between - (groups - 1) * (total - between) / (n - groups)
    return float(np.clip(corrected / total, 0.0, 1.0))


def _direction(columns: Array, answer: Array) -> Array:
    """Return a score by draw; the direction of each half is estimated on the other half."""
    spread = columns.std(axis=0)
    varying = spread > 0
    if not varying.any() or len(answer) < 2 * BINS:
        return np.zeros(len(answer))
    x = (columns[:, varying] - columns[:, varying].mean(axis=0)) / spread[varying]
    y = answer - answer.mean()
    score = np.zeros(len(y))
    halves = np.arange(len(y)) % 2
    for half in (0, 1):
        fitted, scored = halves != half, halves == half
        r = (x[fitted] * y[fitted, None]).mean(axis=0) / max(float(y[fitted].std()), 1e-300)
        if x.shape[1] > 1:
            r = np.where(np.abs(r) > SIGNIFICANT / np.sqrt(fitted.sum()), r, 0.0)
        found = x[scored] @ r
        score[scored] = found / max(float(found.std()), 1e-300) if found.any() else 0.0
    return score


def _ratio(along: Array, answer: Array) -> float:
    """Return the share of the variance between bins of equal size, less what chance gives."""
    n = len(answer)
    bins = max(2, min(BINS, n // LEAST_IN_BIN))
    ordered = answer[np.argsort(along, kind="stable")]
    edges = np.linspace(0, n, bins + 1).astype(np.int64)
    total = float(((answer - answer.mean()) ** 2).sum())
    if total <= 0:
        return 0.0
    sums = np.add.reduceat(ordered, edges[:-1])
    between = float((sums**2 / np.diff(edges)).sum() - n * answer.mean() ** 2)
    within = total - between
    corrected = between - (bins - 1) * within / max(n - bins, 1)
    return float(np.clip(corrected / total, 0.0, 1.0))
