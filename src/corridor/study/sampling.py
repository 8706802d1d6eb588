"""Draws of all that is uncertain: every figure, when works open and whether, what happens after 2026."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corridor.memory import check_fits
from corridor.model.uncertain_inputs import draw, triangular, uniform
from corridor.study.applied_projects import EVENTS, SUSPENDED_YEAR, Work
from corridor.study.branch_study import Draw, Setting

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Draws:
    """Many draws: `factors` (draws, figures), `events` (draws, years), `opens` (draws, works) counted in years."""

    factors: Floats
    opens: Integers
    events: Integers

    def __len__(self) -> int:
        return len(self.factors)

    def one(self, setting: Setting, i: int) -> Draw:
        """Return one draw as the full solver takes it."""
        opens = np.where(self.opens[i] < len(setting.years), self.opens[i] + setting.years[0], np.inf)
        return Draw(self.factors[i], opens, tuple(EVENTS[e] for e in self.events[i].tolist()))


def drawn(setting: Setting, draws: int, seed: int, known: Mapping[str, Floats] | None = None) -> Draws:
    """Return draws of everything in a Latin hypercube; the same for the same seed, whoever asks.

    A figure's draws do not depend on which other figures there are. `known` are scores
    (draws) of families or figures that a calibration has narrowed.
    """
    needed = 2.0 * 8.0 * draws * len(setting.doubts)
    check_fits(needed, f"{draws:,} draws of {len(setting.doubts):,} figures", "ask for fewer draws")
    together = setting.network.parameter.get("draw_correlation", 0.0)
    factors = draw(setting.doubts, draws, seed, together, known)
    return Draws(factors, _openings(setting, draws, seed), _events(setting, draws, seed))


def _openings(setting: Setting, draws: int, seed: int) -> Integers:
    """Return the year of each work, counted from the first; the number of years where it does not come in time."""
    never = len(setting.years)
    opens = np.full((draws, len(setting.works)), never)
    for w, work in enumerate(setting.works):
        chance = setting.network.parameter.get(f"chance.{work.status}", 1.0)
        built = uniform(f"built {work.id}", draws, seed) < chance
        year = np.ceil(triangular(uniform(f"year {work.id}", draws, seed), *work.year))
        opens[:, w] = np.where(built, np.clip(year - setting.years[0], 0, never), never)
    in_order(setting.works, opens, never)
    return opens.astype(np.int64)


def in_order(works: Sequence[Work], opens: Integers, never: int) -> None:
    """Let nothing open before what it requires, nor beside what it excludes: there the one listed first is built."""
    number = {work.id: w for w, work in enumerate(works)}
    for _ in works:  # a chain is no longer than all works
        before = opens.copy()
        for w, work in enumerate(works):
            for name in work.requires:
                if name in number:
                    opens[:, w] = np.maximum(opens[:, w], opens[:, number[name]])
        if (opens == before).all():
            break
    for w, work in enumerate(works):
        for name in work.excludes:
            other = number.get(name, w)
            if other < w:
                opens[opens[:, other] < never, w] = never


def _events(setting: Setting, draws: int, seed: int) -> Integers:
    """Return what happens in each year: after 2026 it recovers, stays, or repeats in one later year."""
    years = np.array(setting.years)
    made = np.zeros((draws, len(years)), dtype=np.int64)
    later = np.flatnonzero(years > SUSPENDED_YEAR)
    if not len(later) or len(setting.events(int(years[later[0]]))) == 1:
        return made
    parameter = setting.network.parameter
    stays, repeats = (parameter.get(f"chance.{e}", 0.0) for e in EVENTS[1:])
    u = uniform("after the suspension", draws, seed)
    made[np.ix_(u < stays, later)] = EVENTS.index("stays")
    again = np.flatnonzero((u >= stays) & (u < stays + repeats))
    when = np.minimum(((u[again] - stays) / repeats * len(later)).astype(np.int64), len(later) - 1)
    made[again, later[when]] = EVENTS.index("repeats")
    return made
