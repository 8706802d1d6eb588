"""Classes of paths and limits of the periods of a study, in the layout of the kernels that solve it many times."""

from __future__ import annotations

import numpy as np

from corridor.arrays import Array
from corridor.study.applied_projects import EVENTS
from corridor.study.branch_study import BranchStudy

UNKNOWN = 1e30  # native units: an unknown limit never binds


class PathClasses:
    """The classes of paths of each commodity: those that use the limits alike, and cross the branch alike."""

    def __init__(self, study: BranchStudy, place: Array, size: Array) -> None:
        self.study, self.place = study, place
        choice_set = study.choice_set
        across = self._branch_crossing()
        cargo = study.cargo_of_commodity.tolist()
        factor: dict[tuple[int, int, float], int] = {}
        bundle: dict[tuple[int, ...], int] = {}
        where, units = place[choice_set.resources].tolist(), choice_set.units.tolist()
        first_use, cargo_of_path = choice_set.first_use.tolist(), [cargo[c] for c in choice_set.commodity.tolist()]
        of_path = []
        for p in range(len(choice_set)):
            path_uses = [
                (cargo_of_path[p], where[u], units[u]) for u in range(first_use[p], first_use[p + 1]) if where[u] >= 0
            ]
            uses = (-1 - cargo_of_path[p], *(factor.setdefault(m, len(factor)) for m in path_uses))
            of_path.append(bundle.setdefault(uses, len(bundle)))
        keys = list(zip(choice_set.commodity.tolist(), of_path, across.tolist(), strict=True))
        order = {key: i for i, key in enumerate(sorted(set(keys)))}
        self.of_path = np.array([order[key] for key in keys], dtype=np.int64)
        classes = np.array(list(order), dtype=np.int64).reshape(-1, 3)
        self.first_class = _offsets(np.bincount(classes[:, 0], minlength=len(cargo)))
        self.bundle_of = np.ascontiguousarray(classes[:, 1])
        self.signs = tuple(x.astype(np.float64) for x in (classes[:, 2] > 0, classes[:, 2] < 0))
        uses_of = [key[1:] for key in bundle]
        self.first_use = _offsets(np.array([len(u) for u in uses_of]))
        self.use = np.array([f for u in uses_of for f in u], dtype=np.int64)
        self.resource = np.array([r for _, r, _ in factor], dtype=np.int64)
        self.units = np.array([u / size[r] for _, r, u in factor])
        at = {c: i for i, c in enumerate(cargo)}  # one commodity of each cargo
        self.cargo_of_factor = np.array([c for c, _, _ in factor], dtype=np.int64)
        self.commodities_of = {
            "commodity": list(range(len(cargo))),
            "bundle": [at[-1 - key[0]] for key in bundle],
            "factor": [at[c] for c in self.cargo_of_factor.tolist()],
        }
        self.scale = {k: choice_set.context.scale[v] for k, v in self.commodities_of.items()}

    @property
    def layout(self) -> tuple[Array, ...]:
        """First class by commodity, bundle by class, first use by bundle, factors used, resource by factor."""
        return self.first_class, self.bundle_of, self.first_use, self.use, self.resource

    @property
    def choice_parameters(self) -> tuple[Array, ...]:
        """Scales and units with the numbers of the figures that they are proportional to."""
        study, inputs = self.study, len(self.study.uncertain_inputs)
        figure = {k: study.first["scale"] + study.class_of_commodity[v] for k, v in self.commodities_of.items()}
        # A use measured in wagons is proportional to the reciprocal of a wagon's load.
        in_wagons = study.in_wagons[np.flatnonzero(self.place >= 0)][self.resource]
        units_figure = np.where(in_wagons, inputs + study.first["wagon"] + self.cargo_of_factor, 2 * inputs)
        pairs = [(self.scale[k], figure[k]) for k in ("commodity", "factor")]
        pairs += [(self.units, units_figure), (self.scale["bundle"], figure["bundle"])]
        return tuple(x for pair in pairs for x in pair)

    def _branch_crossing(self) -> Array:
        """Return how the branch's cargo crosses it, by path: southbound above 0, northbound below."""
        choice_set, branch = self.study.choice_set, self.study.branch
        crossing: Array = np.where(branch.counted[choice_set.commodity], branch.crossing(choice_set), 0).astype(
            np.int64
        )
        return crossing


def _offsets(counts: Array) -> Array:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


class PeriodLimits:
    """Sub-periods of each year and event (rows): path sizes and required projects, limits and other traffic.

    A row has as many sub-periods as the row with most; those that it does not need have the share 0. `quarter`,
    `share` (of the demand of the quarter) and `months` (as a share of the year) are by row and sub-period, as are
    `open_of`, the position among the distinct pairs of path sizes (0: closed) and sets of required projects, and
    `shift_of`, that among the distinct additional costs (-1: none).
    """

    def __init__(self, study: BranchStudy, resources: Array, largest: Array) -> None:
        self.study, self.resources = study, resources
        years = study.years
        self.rows = [(y, e) for y in years for e in study.events(y)]
        self.row_of = np.zeros((len(years), len(EVENTS)), dtype=np.int64)
        for i, y in enumerate(years):
            for j, e in enumerate(EVENTS):
                self.row_of[i, j] = self.rows.index((y, e if e in study.events(y) else EVENTS[0]))
        most = max(len(study.sub_periods(*key)) for key in self.rows)
        shape = (len(self.rows), most)
        self.quarter, self.open_of = np.zeros((2, *shape), dtype=np.int64)
        self.shift_of = np.full(shape, -1, dtype=np.int64)
        self.share, self.months = np.zeros((2, *shape))
        self.limit, self.other, self.in_demand = np.zeros((3, *shape, len(resources)))
        is_open, shifts = _Distinct(), _Distinct()
        self.sets: dict[int, int] = {}
        for i, key in enumerate(self.rows):
            for s, x in enumerate(study.sub_periods(*key)):
                self.quarter[i, s], self.months[i, s] = x.quarter, x.full.share_of_year
                self.share[i, s] = x.full.share_of_quarter
                needed, sets = x.required
                of_set = np.array([self.sets.setdefault(bits, len(self.sets)) for bits in sets], dtype=np.int64)
                size = np.where(needed >= 0, np.exp(x.log_size), 0.0)
                self.open_of[i, s] = is_open.number(np.stack([size, np.where(needed >= 0, of_set[needed], 0)]))
                self.limit[i, s] = np.nan_to_num(x.limit[resources], nan=UNKNOWN) / largest
                self.other[i, s] = x.other[resources] / largest
                self.in_demand[i, s] = x.in_demand[resources] / largest
                if x.choice_set is not study.choice_set:
                    self.shift_of[i, s] = shifts.number(x.choice_set.cost - study.choice_set.cost)
        pairs = np.array(is_open.values)
        self.size, self.required = np.ascontiguousarray(pairs[:, 0]), pairs[:, 1].astype(np.int64)
        self.shift = np.array(shifts.values).reshape(len(shifts.values), len(study.choice_set))

    @property
    def required_projects(self) -> tuple[Array, Array]:
        """The projects of each set, joined, and where those of each set begin."""
        sets = [[w for w in range(bits.bit_length()) if bits >> w & 1] for bits in self.sets]
        return _offsets(np.array([len(s) for s in sets])), np.array([w for s in sets for w in s], dtype=np.int64)

    def lifts(self) -> tuple[Array, Array, Array, Array]:
        """Return which project raises which resource, by which factor in each sub-period, and whether it sets it."""
        study = self.study
        place = {int(r): i for i, r in enumerate(self.resources)}
        found = [study.sub_periods(*key) for key in self.rows]
        every = (p for sub_periods in found for p in sub_periods)
        pairs = sorted({(w, r) for p in every for w, lifts in enumerate(p.lifts) for r in lifts if r in place})
        lift = np.ones((*self.share.shape, len(pairs)))
        for i, sub_periods in enumerate(found):
            for s, p in enumerate(sub_periods):
                lift[i, s] = [p.lifts[w].get(r, 1.0) for w, r in pairs]
        is_set = [any(e.verb == "set" for e in study.projects[w].limits) for w, _ in pairs]
        return (
            np.array([w for w, _ in pairs], dtype=np.int64),
            np.array([place[r] for _, r in pairs], dtype=np.int64),
            lift,
            np.array(is_set, dtype=np.bool_),
        )


class _Distinct:
    """Numbers distinct arrays."""

    def __init__(self) -> None:
        self.values: list[Array] = []
        self._numbers: dict[bytes, int] = {}

    def number(self, value: Array) -> int:
        name = value.tobytes()
        if name not in self._numbers:
            self._numbers[name] = len(self.values)
            self.values.append(value)
        return self._numbers[name]
