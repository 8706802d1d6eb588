"""A branch of the corridor: the screenlines where it is measured, and the cargo that counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet
from corridor.assignment.period_problem import PeriodResult
from corridor.errors import DataError, Fault, UnknownIdError
from corridor.model.demand import Demand
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.model.screenlines import base_load_t_yr, crossing_signs


@dataclass(frozen=True)
class Branch:
    """One branch on one network, for the rows of one demand.

    `counted` (rows) marks the cargo between the countries of the branch; `signs` per
    screenline and link is 1 southbound, -1 northbound. The throughput of the branch is
    measured at the first screenline; volumes at the others are also reported.
    """

    id: str
    name: str
    screenlines: tuple[str, ...]
    names: tuple[str, ...]
    signs: tuple[Array, ...]
    base_load_mt: tuple[float | None, ...]
    counted: Array
    ends: tuple[tuple[str, str], ...]

    def crossing(self, choice_set: ChoiceSet, line: int = 0) -> Array:
        """Return how each path crosses a screenline: 1 southbound, -1 northbound, 0 if not at all."""
        if not self.signs:  # nothing is measured
            return np.zeros(len(choice_set), dtype=np.int64)
        links = choice_set.links  # draws share the links of their choice sets; a whole set would hold gigabytes
        key = (id(links), line)
        if key not in self._crossings:
            direction = self.signs[line][links] * np.where(choice_set.backward, -1, 1)
            owner = np.repeat(np.arange(len(choice_set)), np.diff(choice_set.first_link))
            self._crossings[key] = (np.sign(np.bincount(owner, weights=direction, minlength=len(choice_set))), links)
        return self._crossings[key][0]

    @cached_property
    def _crossings(self) -> dict[tuple[int, int], tuple[Array, Array]]:
        return {}

    def tonnes(self, solved: Sequence[PeriodResult], line: int = 0) -> tuple[Array, Array]:
        """Return tonnes a year across a screenline, southbound and northbound, by row of the demand."""
        south, north = np.zeros(len(self.counted)), np.zeros(len(self.counted))
        for s in solved:
            sign = self.crossing(s.choice_set, line)
            south += np.bincount(s.choice_set.commodity, weights=s.flow * (sign > 0), minlength=len(south))
            north += np.bincount(s.choice_set.commodity, weights=s.flow * (sign < 0), minlength=len(north))
        return south, north


def branch_of(network: Network, name: str | None, demand: Demand) -> Branch:
    """Return a branch of a network; None: the headline of its study.

    Raises
    ------
    UnknownIdError
        If the network has no such branch.
    """
    found = find_branch(network, name)
    lines = {str(x["id"]): x for x in network.screenlines}
    measured = [lines[found["screenline"]], *(lines[x] for x in found.get("also_at", ()))]
    ends = _ends(network, demand)
    one, other = set(found.get("ends", ())), set(found.get("other_ends", ()))
    loads = [base_load_t_yr(network, x) for x in measured]
    return Branch(
        str(found["id"]),
        str(found["name"]),
        tuple(str(x["id"]) for x in measured),
        tuple(str(x["name"]) for x in measured),
        tuple(crossing_signs(network, x) for x in measured),
        tuple(None if x is None else x / 1e6 for x in loads),
        np.array([_counts(a, b, one, other) or _counts(b, a, one, other) for a, b in ends], dtype=np.bool_),
        ends,
    )


def no_branch(network: Network, demand: Demand) -> Branch:
    """Return a branch that nothing crosses, for questions that need none."""
    return Branch("", "", (), (), (), (), np.zeros(len(demand), dtype=np.bool_), _ends(network, demand))


def _ends(network: Network, demand: Demand) -> tuple[tuple[str, str], ...]:
    pairs = zip(demand.origins, demand.destinations, strict=True)
    return tuple((network.country_of(o), network.country_of(d)) for o, d in pairs)


def find_branch(network: Network, name: str | None) -> Mapping[str, Any]:
    """Return the record of a branch by its id; upper and lower case are the same. None: the headline of its study."""
    headline = network.study.settings.branch if network.study else None
    if name is None and headline is None and len(network.branches) == 1:
        return network.branches[0]
    if name is None and headline is None and network.branches:
        fix = f"give one of {', '.join(str(b['id']) for b in network.branches)}"
        raise DataError(Fault("option", "branch", None, "is not given, and the study names no headline", fix))
    name = headline if name is None else name
    wanted = str(name).casefold()
    found = next((b for b in network.branches if str(b["id"]).casefold() == wanted), None)
    if found is None:
        ids = [str(b["id"]) for b in network.branches]
        if not ids:
            fix = "give it screenlines and branches, see docs/format.md"
            raise DataError(Fault("network", "branches", None, "has no branches to measure", fix))
        raise UnknownIdError("branch", str(name), nearest(str(name), ids) or ids)
    return found


def _counts(a: str, b: str, one: set[str], other: set[str]) -> bool:
    return (not one or a in one) and (not other or b in other)
