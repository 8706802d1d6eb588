"""What a model has at the places of counts: the one function behind misfit, calibration, back-test and volumes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet
from corridor.assignment.passages import PASSING, Place
from corridor.assignment.period_problem import PeriodResult
from corridor.io.count_checks import NOT, bare, with_ids, zones_of
from corridor.io.counts import QUAY, Count
from corridor.model.demand import Demand
from corridor.model.network import Network
from corridor.study.branch import branch_of

MT = 1e6
Ends = tuple[tuple[str, ...], tuple[str, ...]]  # country, zone and place of the origin, and of the destination


class CountedVolumes:
    """The model's side of some counts of one year, for the rows of a demand."""

    def __init__(self, network: Network, rows: Demand, counts: Sequence[Count]) -> None:
        self.network, self.rows, self.counts = network, rows, tuple(counts)
        places = {name: Place(network, name) for c in counts for name in c.at}
        self._places = [[places[name] for name in c.at] for c in counts]
        ends = _ends(network, rows)
        by_restriction = {_restriction(c): c for c in counts}
        counted = {key: _counted_rows(network, rows, c, ends) for key, c in by_restriction.items()}
        self._rows = [counted[_restriction(c)] for c in counts]
        self._months = [np.array(c.month_shares()) for c in counts]
        self._passages: dict[int, tuple[Array, list[tuple[Array, Array]]]] = {}

    def mt(self, solved: Sequence[PeriodResult]) -> Array:
        """Return the Mt of the demand (counts) in the period of each count, in the periods of a solved year."""
        found = np.zeros(len(self.counts))
        for s in solved:
            shares = self._shares(s)
            for i, (paths, times) in enumerate(self._passages_of(s.choice_set)):
                if shares[i]:
                    found[i] += shares[i] * float(s.flow[paths] @ times)
        mt: Array = found / MT
        return mt

    def weights(self, s: PeriodResult) -> Array:
        """Return how often a tonne on each path of a period is counted (counts, paths)."""
        found = np.zeros((len(self.counts), len(s.choice_set)))
        shares = self._shares(s)
        for i, (paths, times) in enumerate(self._passages_of(s.choice_set)):
            found[i, paths] = shares[i] * times
        return found

    def _shares(self, s: PeriodResult) -> list[float]:
        """Return the part of a period that each count covers."""
        months = np.array(s.period.months) - 1
        return [float(covered[months].mean()) for covered in self._months]

    def with_other_traffic_mt(self, solved: Sequence[PeriodResult]) -> Array:
        """Return the same with the other traffic of each count, where it is known."""
        found: Array = self.mt(solved) + np.array([x or 0.0 for x in self.other_traffic_mt()])
        return found

    def other_traffic_mt(self) -> list[float | None]:
        """Return the other traffic of each count's period in Mt; None where it is not known, or not of its cargo."""
        return self._others

    @cached_property
    def _others(self) -> list[float | None]:
        return [self._other(i) for i in range(len(self.counts))]

    def _other(self, i: int) -> float | None:
        count = self.counts[i]
        if count.cargo or count.ends or count.other_ends or count.branch:
            return None
        found = [place.other_traffic_mt(count.direction) for place in self._places[i]]
        known = [x for x in found if x is not None]
        return sum(known) * float(self._months[i].mean()) if known else None

    def _passages_of(self, choice_set: ChoiceSet) -> list[tuple[Array, Array]]:
        """Return paths and how often each passes, by count; computed once for the paths of a choice set."""
        links = choice_set.links  # draws share them; held here, so that no other array takes their id
        if id(links) not in self._passages:
            passed = {}
            for place in (p for places in self._places for p in places):
                if (place.kind, place.id) not in passed:
                    passed[place.kind, place.id] = _Passed(self.network, place, choice_set, self.rows)
            found = []
            for count, places, rows in zip(self.counts, self._places, self._rows, strict=True):
                times = np.zeros(len(choice_set), np.int64)
                for place in places:
                    paths = passed[place.kind, place.id].paths(count.direction)
                    in_direction = rows[count.direction if count.direction in QUAY and not place.has_quay else "both"]
                    counted = in_direction[choice_set.commodity[paths]]
                    times += np.bincount(paths[counted], minlength=len(choice_set))
                paths = np.flatnonzero(times)
                found.append((paths, times[paths].astype(np.float64)))
            self._passages[id(links)] = links, found
        return self._passages[id(links)][1]


class _Passed:
    """The passages of a place as columns; those that only pass a place without stop are left out."""

    def __init__(self, network: Network, place: Place, choice_set: ChoiceSet, rows: Demand) -> None:
        found = [p for p in place.passages(choice_set, rows) if p.word != PASSING]
        self.path = np.array([p.path for p in found], np.int64)
        self.by_line, self.has_quay = place.kind == "screenline", place.has_quay
        self.sign = np.array([p.sign for p in found], np.int64)
        self.quay = np.array([p.quay for p in found], np.object_)
        nowhere = ((np.nan, np.nan),)
        at = [[network.geometry.get(node, nowhere)[0][:2] for node in (p.start, p.end)] for p in found]
        x, y, to_x, to_y = np.array(at, np.float64).reshape(-1, 4).T
        self.east, self.north = to_x - x, to_y - y

    def paths(self, direction: str) -> Array:
        """Return the paths that pass in a direction: of the screenline, the link, the quay, or of the compass."""
        if direction == "both" or (direction in QUAY and not self.has_quay):
            return self.path
        if direction in QUAY:
            chosen = self.quay == direction
        elif direction in ("forward", "backward") or (self.by_line and direction in ("south", "north")):
            chosen = self.sign == (1 if direction in ("forward", "south") else -1)
        else:
            along = self.east if direction in ("east", "west") else self.north
            chosen = along > 0 if direction in ("east", "north") else along < 0
        found: Array = self.path[chosen]
        return found


def _restriction(count: Count) -> tuple[object, ...]:
    return count.cargo, count.ends, count.other_ends, count.branch


def _counted_rows(network: Network, rows: Demand, count: Count, ends: Sequence[Ends]) -> dict[str, Array]:
    """Return which rows of a demand a count counts: in both directions, *out* of its ends, and *in* to them."""
    classes = {str(c["id"]): str(c["class"]) for c in network.cargo_records}
    counted = np.array([_fits((c, classes[c]), count.cargo) for c in rows.cargoes], dtype=np.bool_)
    if count.branch:
        counted &= branch_of(network, count.branch, rows).counted
    if not (count.ends or count.other_ends):
        return dict.fromkeys(("both", *QUAY), counted)
    one, other = with_ids(network, count.ends), with_ids(network, count.other_ends)
    out = counted & np.array([_fits(a, one) and _fits(b, other) for a, b in ends], dtype=np.bool_)
    into = counted & np.array([_fits(b, one) and _fits(a, other) for a, b in ends], dtype=np.bool_)
    return {"both": out | into, "out": out, "in": into}


def _fits(names: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Return whether something with some names is wanted: the last name of the list that it has decides."""
    fits = not wanted or wanted[0].startswith(NOT)
    for name in wanted:
        if bare(name) in names:
            fits = not name.startswith(NOT)
    return fits


def _ends(network: Network, rows: Demand) -> list[Ends]:
    """Return country, zone and place of both ends of each row."""
    zones = zones_of(network)
    by_group: dict[str, tuple[str, str]] = {}
    found: list[Ends] = []
    for origin, destination, group in zip(rows.origins, rows.destinations, rows.groups, strict=True):
        if group not in by_group:
            pairs = [(a, group[len(a) + 1 :]) for a in zones if group.startswith(f"{a}-")]
            by_group[group] = next(((a, b) for a, b in pairs if b in zones), ("", ""))
        a, b = by_group[group]
        found.append(((network.country_of(origin), a, origin), (network.country_of(destination), b, destination)))
    return found
