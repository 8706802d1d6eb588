"""The outside view: what came of earlier announcements like a target, and what that alone says of the target.

It uses the announcements, the target and how far it is ahead, nothing of the model.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.io.announcements import Announcement, announcements_of, members
from corridor.io.study_files import StudyFiles
from corridor.model.outside_view_settings import GROWTH_SHARE, BaseVolume, ReferenceClass

QUANTILES = {"p5": 0.05, "p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95}


@dataclass(frozen=True, slots=True)
class ClassOutcomes:
    """What came of the announcements of one class, by its measure (`ratio` or `growth_share`).

    `reached` is the weighted share of announcements that were met. `weight` is the part of the class in the mixture:
    0 if the target does not belong to the class, and `left_out` then says what the target is.
    """

    id: str
    name: str
    measure: str
    announcements: int
    outcomes: int
    groups: int
    p10: float
    p50: float
    p90: float
    reached: float
    weight: float
    left_out: str


@dataclass(frozen=True)
class OutsideView:
    """What earlier announcements alone say of a target: a mixture of their classes, in Mt a year.

    `announcements` and `groups` count the whole table, `used_announcements` and `used_groups` the classes to which
    the target belongs. `probability` is the weighted share of outcomes at or above the target.

    Examples
    --------
    >>> import corridor
    >>> view = outside_view(corridor.load().study, target_mt=15, year=2030)
    >>> view.groups, round(view.quantiles_mt["p50"], 1), round(view.probability, 2)
    (28, 4.4, 0.07)
    """

    target_mt: float
    year: int
    horizon_years: int
    announcements: int
    groups: int
    used_announcements: int
    used_groups: int
    bases: tuple[BaseVolume, ...]
    classes: tuple[ClassOutcomes, ...]
    quantiles_mt: Mapping[str, float]
    probability: float
    outcomes_mt: tuple[float, ...] = field(repr=False)
    weights: tuple[float, ...] = field(repr=False)

    def position(self, mt: float) -> float:
        """Return the quantile of the outside view at which a volume lies, from 0 to 1."""
        values, positions = _curve(np.array(self.outcomes_mt), np.array(self.weights))
        values, inverse = np.unique(values, return_inverse=True)  # equal volumes: the middle of their positions
        middles = np.bincount(inverse, positions) / np.bincount(inverse)
        return float(np.interp(mt, values, middles, left=0.0, right=1.0))

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the single outcomes, with the JSON keys of the command line."""
        record = asdict(self)
        return {k: v for k, v in record.items() if k not in ("outcomes_mt", "weights")} | {
            "bases": [asdict(b) for b in self.bases],
            "classes": [asdict(c) for c in self.classes],
            "quantiles_mt": dict(self.quantiles_mt),
        }


def outside_view(study: StudyFiles, target_mt: float | None, year: int) -> OutsideView | None:
    """Return what earlier announcements say of a target in a year.

    None without a target, announcements or settings, and where the target belongs to none of the classes: it is
    nearer, or promises less, than their announcements.
    """
    settings, announcements = study.settings.outside_view, announcements_of(study)
    if not target_mt or settings is None or not announcements:
        return None
    horizon = year - study.settings.base_year
    parts = _parts(settings.classes, settings.bases, target_mt, horizon)
    if not parts:
        return None
    found, used = [], set[str]()
    mixture: list[tuple[Array, Array]] = []
    for which, shares in zip(settings.classes, parts, strict=True):
        rows = members(which, announcements)
        values, weights = _values(which, rows), group_weights(rows)
        found.append(_outcomes(which, rows, values, weights, sum(shares), horizon))
        used |= {a.id for a in rows if sum(shares)}
        if which.measure == GROWTH_SHARE:
            mixture += [
                (b.mt + values * (target_mt - b.mt), weights * share)
                for b, share in zip(settings.bases, shares, strict=True)
            ]
        else:
            mixture.append((values * target_mt, weights * sum(shares)))
    outcomes_mt = np.maximum(np.concatenate([v for v, _ in mixture]), 0.0)  # no line carries less than nothing
    weights = np.concatenate([w for _, w in mixture])
    outcomes_mt, weights = outcomes_mt[weights > 0], weights[weights > 0]
    rounding = 1e-9 * target_mt
    return OutsideView(
        target_mt=float(target_mt),
        year=year,
        horizon_years=horizon,
        announcements=len(announcements),
        groups=len({a.group for a in announcements}),
        used_announcements=len(used),
        used_groups=len({a.group for a in announcements if a.id in used}),
        bases=settings.bases,
        classes=tuple(found),
        quantiles_mt=dict(
            zip(QUANTILES, weighted_quantiles(outcomes_mt, weights, list(QUANTILES.values())), strict=True)
        ),
        probability=float(weights[outcomes_mt >= target_mt - rounding].sum()),
        outcomes_mt=tuple(outcomes_mt.tolist()),
        weights=tuple(weights.tolist()),
    )


def group_weights(announcements: Sequence[Announcement]) -> Array:
    """Return weights that sum to 1: equal for each group, shared by its outcomes, then by the announcements of each.

    What moves together is one piece of evidence, and so is one outcome, however often it was announced.

    Examples
    --------
    >>> rows = [Announcement(i, i[0], 3.0, 2.0, 2.0, outcome) for i, outcome in (("a1", 1.0), ("a2", 1.0), ("b", 2.0))]
    >>> group_weights(rows).tolist()
    [0.25, 0.25, 0.5]
    """
    outcomes_of = Counter(group for group, *_ in {a.outcome_key for a in announcements})
    announcements_on = Counter(a.outcome_key for a in announcements)
    weights = [1.0 / (len(outcomes_of) * outcomes_of[a.group] * announcements_on[a.outcome_key]) for a in announcements]
    return np.array(weights)


def weighted_quantiles(values: Array, weights: Array, quantiles: Sequence[float]) -> list[float]:
    """Return quantiles, straight between the values: each lies in the middle of its weight.

    Examples
    --------
    >>> weighted_quantiles(np.array([3.0, 1.0]), np.array([0.5, 0.5]), [0.1, 0.5, 0.75])
    [1.0, 2.0, 3.0]
    """
    ordered, positions = _curve(values, weights)
    found: list[float] = np.interp(quantiles, positions, ordered).tolist()
    return found


def _curve(values: Array, weights: Array) -> tuple[Array, Array]:
    """Return the values in order and the middle of the weight of each as a part of all weight."""
    order = np.lexsort((weights, values))
    ends = np.cumsum(weights[order])
    return values[order], (ends - weights[order] / 2) / ends[-1]


def _parts(
    classes: Sequence[ReferenceClass], bases: Sequence[BaseVolume], target_mt: float, horizon: int
) -> list[list[float]]:
    """Return the part of each class in the mixture with each base volume; empty if the target belongs to no class.

    With each base volume the classes to which the target belongs share the weight of that base.
    """
    columns = []
    for base in bases:
        multiple = target_mt / base.mt if base.mt else math.inf
        fitting = [c.weight * c.fits_target(horizon, multiple) for c in classes]
        columns.append([base.weight * w / (sum(fitting) or 1.0) for w in fitting])
    total = sum(map(sum, columns))
    return [[w / total for w in row] for row in zip(*columns, strict=True)] if total else []


def _values(which: ReferenceClass, rows: Sequence[Announcement]) -> Array:
    return np.array([getattr(a, which.measure) for a in rows], dtype=float)


def _outcomes(
    which: ReferenceClass, rows: Sequence[Announcement], values: Array, weights: Array, weight: float, horizon: int
) -> ClassOutcomes:
    p10, p50, p90 = weighted_quantiles(values, weights, [0.1, 0.5, 0.9])
    left_out = ""
    if weight == 0:
        is_near = horizon < which.horizon_from_years
        left_out = (
            f"less than {which.horizon_from_years:g} years ahead"
            if is_near
            else f"less than {which.promise_from:g} times the base"
        )
    return ClassOutcomes(
        id=which.id,
        name=which.name,
        measure=which.measure,
        announcements=len(rows),
        outcomes=len({a.outcome_key for a in rows}),
        groups=len({a.group for a in rows}),
        p10=p10,
        p50=p50,
        p90=p90,
        reached=float(weights[values >= 1.0].sum()),
        weight=weight,
        left_out=left_out,
    )
