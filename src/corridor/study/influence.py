"""How much of an answer's variance comes from a group of inputs: first-order Sobol indices from given draws.

A group of many figures is first taken together: the direction in which the answer
follows them is estimated on one half of the draws and applied to the other, so that
figures which matter by accident do not count. Along that direction the draws are
divided into bins; the variance between the bins, less what chance alone would give,
is the group's share (the correlation ratio; Plischke, Borgonovo and Smith, 2013).
What bends within a group and does not show along one direction is not found: the
index is then too low, never too high by more than chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
BINS, RESAMPLES = 10, 200
LEAST_IN_BIN = 5
SIGNIFICANT = 2.0  # standard errors: a figure less correlated with the answer than this says nothing of it


@dataclass(frozen=True, slots=True)
class Influence:
    """One input: the mean answer in the fifths of the draws where it does least and most for it, in Mt.

    `sobol` is its first-order index, with 90 % of a bootstrap between `sobol_low` and `sobol_high`.
    """

    input: str
    low_mt: float
    high_mt: float
    sobol: float
    sobol_low: float
    sobol_high: float


def influence_of(name: str, columns: Array, answer: Array, seed: int) -> Influence:
    """Return what a group of inputs (draws, inputs) does to an answer (draws)."""
    n = len(answer)
    along = _direction(columns, answer)
    order = np.argsort(along, kind="stable")
    fifth = max(n // 5, 1)
    if not along.any():
        mean = float(answer.mean())
        return Influence(name, mean, mean, 0.0, 0.0, 0.0)
    random = np.random.Generator(np.random.PCG64(seed))
    again = []
    for _ in range(RESAMPLES):
        chosen = random.integers(0, n, n)
        again.append(_ratio(along[chosen], answer[chosen]))
    share = _ratio(along, answer)
    # Resampling repeats draws and so finds more than there is: the interval is moved to the estimate.
    low, middle, high = np.percentile(again, [5, 50, 95]).tolist()
    return Influence(
        name,
        float(answer[order[:fifth]].mean()),
        float(answer[order[-fifth:]].mean()),
        share,
        max(0.0, share + low - middle),
        min(1.0, share + high - middle),
    )


def _direction(columns: Array, answer: Array) -> Array:
    """Return a score by draw, each half's direction taken from the other half."""
    spread = columns.std(axis=0)
    kept = spread > 0
    if not kept.any() or len(answer) < 2 * BINS:
        return np.zeros(len(answer))
    x = (columns[:, kept] - columns[:, kept].mean(axis=0)) / spread[kept]
    y = answer - answer.mean()
    score = np.zeros(len(y))
    halves = np.arange(len(y)) % 2
    for half in (0, 1):
        given, asked = halves != half, halves == half
        r = (x[given] * y[given, None]).mean(axis=0) / max(float(y[given].std()), 1e-300)
        if x.shape[1] > 1:
            r = np.where(np.abs(r) > SIGNIFICANT / np.sqrt(given.sum()), r, 0.0)
        found = x[asked] @ r
        score[asked] = found / max(float(found.std()), 1e-300) if found.any() else 0.0
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
