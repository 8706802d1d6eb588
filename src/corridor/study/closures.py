"""Effects of closures: a branch is prepared once, and each query then takes milliseconds."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.assignment.least_cost import loads
from corridor.displayable import with_old_keys
from corridor.errors import DataError, UnknownIdError
from corridor.io.study_files import study_of
from corridor.model.arguments import check_network
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.study.branch import find_branch
from corridor.study.branch_study import branch_study_of
from corridor.study.criticality import HOURS_PER_DAY, MT, OutageModel, pairs_hit
from corridor.study.option_checks import year_faults


@dataclass(frozen=True)
class ClosureResult:
    """A branch in one year with some elements closed all year, compared with the same year without closures.

    `lost_mt` no longer crosses the branch. `extra_usd` is the additional cost of all cargo of
    the network, unserved cargo at its willingness to pay; `extra_days` is per tonne of the
    branch's trade that is still carried; `hit` are the pairs of countries that lose most.
    `links_t_yr` are net tonnes of all cargo by link, `use` the used share of the free capacity
    of each resource with a known limit.
    """

    branch: str
    year: int
    closed: tuple[str, ...]
    throughput_mt: float
    lost_mt: float
    extra_usd: float
    extra_days: float
    hit: tuple[tuple[str, float], ...]
    links_t_yr: Mapping[str, float]
    use: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {**with_old_keys(asdict(self)), "hit": [{"ends": ends, "lost_mt": mt} for ends, mt in self.hit]}


class WhatIf:
    """A branch, prepared for queries with closed links, yards, ports, borders or countries.

    As in `criticality` and `throughput`, each query is solved in full by the logit rule on the paths of the
    choice set that stay open.

    Raises
    ------
    UnknownIdError
        If the network has no such branch.

    Examples
    --------
    >>> import corridor
    >>> from corridor.study.closures import WhatIf
    >>> ask = WhatIf(corridor.load(), "eastern")
    >>> both = ask(2024, ["sarakhs-yard", "incheh_borun-yard"])
    >>> both.throughput_mt < ask(2024, ["sarakhs-yard"]).throughput_mt < ask(2024).throughput_mt
    True
    """

    def __init__(self, network: Network, branch: str | None = None) -> None:
        check_network(network)
        self.branch = str(find_branch(network, branch)["id"])
        self._years = study_of(network).settings.years
        self._study = branch_study_of(network, branch, self._years[-1])
        self._cases: dict[int, tuple[OutageModel, Array]] = {}
        self._lock = threading.Lock()  # guards the preparation of a year; queries need no lock

    def __call__(self, year: int | None = None, closed: Sequence[str] = ()) -> ClosureResult:
        """Return a year with ids closed: links, transfers, resources, places, countries ("IR", "IR rail").

        Raises
        ------
        DataError
            If the demand tables do not cover the year.
        UnknownIdError
            If the network has no such id.
        """
        year = self._years[0] if year is None else year
        faults = year_faults(self._study.network, year)
        if faults:
            raise DataError(faults)
        outages, free = self._outages(year)
        closed_paths = [self._paths_through(outages, name) for name in closed]
        totals, crossed, _, flow = outages.cases.run(
            [np.unique(np.concatenate([np.zeros(0, np.int64), *closed_paths]))]
        )
        choice_set = outages.study.choice_set
        owner = np.repeat(np.arange(len(choice_set)), np.diff(choice_set.first_link))
        network = choice_set.context.network
        tonnes = np.bincount(choice_set.links, weights=flow[owner], minlength=len(network.link_table))
        load = loads(choice_set, flow, len(free))
        known = np.flatnonzero((free > 0) & (load > 0)).tolist()
        days = [x[2] / max(x[3], 1.0) / HOURS_PER_DAY for x in (totals[0].tolist(), outages.base.tolist())]
        return ClosureResult(
            branch=self.branch,
            year=year,
            closed=tuple(closed),
            throughput_mt=float(totals[0, 0]) / MT,
            lost_mt=float(outages.base[0] - totals[0, 0]) / MT,
            extra_usd=float(totals[0, 1] - outages.base[1]),
            extra_days=days[0] - days[1],
            hit=pairs_hit(outages.crossed - crossed[0], outages.study.branch.ends),
            links_t_yr={network.link_table.ids[i]: float(tonnes[i]) for i in np.flatnonzero(tonnes >= 1.0).tolist()},
            use={network.resource_table.ids[r]: float(load[r] / free[r]) for r in known},
        )

    def _outages(self, year: int) -> tuple[OutageModel, Array]:
        """Return a prepared year, and the free capacity of each resource in it (NaN: no limit known)."""
        with self._lock:
            if year not in self._cases:
                outages = OutageModel(self._study, year)
                self._cases[year] = (outages, np.sum([s.free for s in outages.solved], axis=0))
            return self._cases[year]

    def _paths_through(self, outages: OutageModel, name: str) -> Array:
        found = [e.paths for e in outages.elements if e.id == name]
        if not found:
            ids = [e.id for e in outages.elements]
            if name in self._study.network.node_table.index:
                return np.zeros(0, np.int64)  # a place that is no element: its closure changes nothing
            raise UnknownIdError("id", str(name), nearest(str(name), ids))
        return found[0]
