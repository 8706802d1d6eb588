"""What a choice set is searched in: a network without open edits, and the rows of a demand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from corridor.arrays import Array
from corridor.assignment.search_graph import SearchGraph, build_search_graph
from corridor.model.demand import Demand
from corridor.model.network import Network

DEFAULT_SCALE = 0.05  # t/USD, assumed, for networks whose parameters give none


@dataclass(frozen=True)
class SearchContext:
    """The context of a choice set: a network without open edits, and the rows of a demand.

    The search graph (all virtual networks in arrays) is built when paths are first searched.
    """

    network: Network
    demand: Demand

    @cached_property
    def search_graph(self) -> SearchGraph:
        """The virtual networks."""
        return build_search_graph(self.network, self.demand)

    @cached_property
    def max_cost_usd_t(self) -> Array:
        """The highest generalised cost that each commodity accepts, in USD/t."""
        return self.demand.max_cost_usd_t

    @cached_property
    def scale(self) -> Array:
        """The scale of choice of each commodity, in t/USD."""
        by_cargo = {
            c: self.network.parameter.get(f"choice_scale_t_usd.{self.network.cargo(c).cargo_class}", DEFAULT_SCALE)
            for c in set(self.demand.cargoes)
        }
        return np.array([by_cargo[c] for c in self.demand.cargoes])

    @cached_property
    def value_of_time(self) -> Array:
        """The value of time of each commodity, in USD/t per hour."""
        by_cargo = {c: self.network.cargo(c).value_of_time_usd_t_h for c in set(self.demand.cargoes)}
        return np.array([by_cargo[c] for c in self.demand.cargoes])
