"""The distribution of all uncertain inputs given the counts of a study: an ensemble of states, and a central one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from corridor import cache
from corridor.arrays import Array
from corridor.model.uncertain_inputs import Quantiles, UncertainInput, uniform


@dataclass(frozen=True)
class Posterior:
    """Standard normal scores of inputs, by their names: `members` (members, inputs) of the ensemble, and their mean.

    The central state of a year is `mean + shifts[year] · direction`: the state nearest to the mean, in the
    uncertainty that the counts leave, in which the headline branch carries the median of its draws.
    """

    names: tuple[str, ...]
    members: Array
    mean: Array
    direction: Array
    shifts: Mapping[int, float]

    def central_factors(self, inputs: Sequence[UncertainInput], year: int) -> Array:
        """Return the factors of inputs in the central state of a year; 1 for an input that it does not know."""
        shift = self.shifts[min(self.shifts, key=lambda y: (abs(y - year), y))] if self.shifts else 0.0
        found = np.ones(len(inputs))
        where, known = self._positions(inputs)
        scores = np.zeros(len(inputs))
        scores[where] = (self.mean + shift * self.direction)[known]
        found[where] = Quantiles(inputs)(scores)[where]
        return found

    def apply(self, inputs: Sequence[UncertainInput], factors: Array, seed: int) -> Array:
        """Put members of the ensemble in place of factors (draws, inputs); return the member of each draw."""
        where, known = self._positions(inputs)
        draws, quantiles = len(factors), Quantiles(inputs)
        order: Array = np.floor(uniform("members of the ensemble", draws, seed) * draws).astype(np.int64)
        order = order % len(self.members)
        scores = np.zeros(len(inputs))
        for i, member in enumerate(order.tolist()):
            scores[where] = self.members[member, known]
            factors[i, where] = quantiles(scores)[where]
        return order

    def shares(self) -> dict[str, float]:
        """Return by input the share of the headline's variance in the base year that knowing it would remove.

        To first order, with the correlation that the counts leave; relative to the largest.
        """
        removed = self.direction**2 / np.maximum(self.members.var(axis=0, ddof=1), 1e-12)
        return dict(zip(self.names, (removed / max(float(removed.max()), 1e-300)).tolist(), strict=True))

    @cached_property
    def digest(self) -> str:
        """A hash of the ensemble and of its central states."""
        arrays = (self.members, self.mean, self.direction)
        shifts = repr(sorted(self.shifts.items()))
        return cache.digest([*(x.tobytes() for x in arrays), repr(self.names).encode(), shifts.encode()])

    def _positions(self, inputs: Sequence[UncertainInput]) -> tuple[Array, Array]:
        """Return the positions among some inputs, and among those of the ensemble, of the inputs that both have."""
        pairs = [(i, self._place[x.name]) for i, x in enumerate(inputs) if x.name in self._place]
        found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}
