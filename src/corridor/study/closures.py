"""What happens when things are shut: a branch laid out once, then milliseconds for each question."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from corridor.assignment.least_cost import loads
from corridor.displayable import with_old_keys
from corridor.errors import DataError, UnknownIdError
from corridor.io.demand_tables import BASE_YEAR, LAST_YEAR
from corridor.model.arguments import check_network
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.study.branch import find_branch
from corridor.study.build_branch_study import branch_study_of
from corridor.study.criticality import HOURS_PER_DAY, MT, OutageModel, pairs_hit
from corridor.study.monte_carlo import monte_carlo_of
from corridor.study.option_checks import year_faults

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class ClosureResult:
    """A branch in one year with some things shut for all of it, beside the same year with none.

    `lost_mt`, `extra_usd` (what all cargo of the network pays more, or would have), `extra_days`
    by tonne of the branch's trade that still goes; `hit` the pairs of countries that lose most.
    `links_t_yr` are net tonnes of all cargo by link, `use` the share of what is free that is
    taken of each resource with a known limit.
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
    """A branch, ready for questions of what happens when links, yards, ports, borders or countries are shut.

    Solved as in `criticality`: anew, by the logit rule, on the ways that remain of those that
    are known; `throughput` looks for ways once more and can give a few hundredths of a Mt more.

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

    def __init__(self, network: Network, branch: str = "eastern") -> None:
        check_network(network)
        self.branch = str(find_branch(network, branch)["id"])
        self._monte_carlo = monte_carlo_of(branch_study_of(network, branch, LAST_YEAR), all_ways=True)
        self._cases: dict[int, tuple[OutageModel, Array]] = {}
        self._lock = threading.Lock()  # of laying out a year; asking needs none

    def __call__(self, year: int = BASE_YEAR, closed: Sequence[str] = ()) -> ClosureResult:
        """Return the branch in a year with ids shut: links, changes, resources, places, countries ("IR", "IR rail").

        Raises
        ------
        DataError
            If the year is none of the demand tables'.
        UnknownIdError
            If the network has no such id.
        """
        faults = year_faults(year)
        if faults:
            raise DataError(faults)
        outages, free = self._outages(year)
        ways = [self._ways(outages, name) for name in closed]
        answer, crossed, _, every = outages.run([np.unique(np.concatenate([np.zeros(0, np.int64), *ways]))])
        choice_set = outages.study.choice_set
        owner = np.repeat(np.arange(len(choice_set)), np.diff(choice_set.first_link))
        network = choice_set.context.network
        tonnes = np.bincount(choice_set.links, weights=every[owner], minlength=len(network.link_table))
        taken = loads(choice_set, every, len(free))
        known = np.flatnonzero((free > 0) & (taken > 0)).tolist()
        days = [x[2] / max(x[3], 1.0) / HOURS_PER_DAY for x in (answer[0].tolist(), outages.base.tolist())]
        return ClosureResult(
            branch=self.branch,
            year=year,
            closed=tuple(closed),
            throughput_mt=float(answer[0, 0]) / MT,
            lost_mt=float(outages.base[0] - answer[0, 0]) / MT,
            extra_usd=float(answer[0, 1] - outages.base[1]),
            extra_days=days[0] - days[1],
            hit=pairs_hit(outages.crossed - crossed[0], outages.study.branch.ends),
            links_t_yr={network.link_table.ids[i]: float(tonnes[i]) for i in np.flatnonzero(tonnes >= 1.0).tolist()},
            use={network.resource_table.ids[r]: float(taken[r] / free[r]) for r in known},
        )

    def _outages(self, year: int) -> tuple[OutageModel, Array]:
        """Return a year laid out, and what is left of each resource in it (NaN: no limit known)."""
        with self._lock:
            if year not in self._cases:
                asked = self._monte_carlo.study.asked(year)
                free: Array = np.sum([asked.free(sub_period) for sub_period in asked.sub_periods], axis=0)
                self._cases[year] = (OutageModel(self._monte_carlo, year), free)
            return self._cases[year]

    def _ways(self, outages: OutageModel, name: str) -> Array:
        found = [e.paths for e in outages.elements if e.id == name]
        if not found:
            ids = [e.id for e in outages.elements]
            if name in self._monte_carlo.study.network.node_table.index:
                return np.zeros(0, np.int64)  # a place that nothing changes at
            raise UnknownIdError("id", str(name), nearest(str(name), ids))
        return found[0]
