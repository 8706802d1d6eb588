"""Graphs of millions of nodes as columns: routing, flows and equilibria beyond the shipped corridor.

Nodes and arcs are numbered from 0 in input order; quantities are arrays with one number
for each. The caller chooses the units, which must be consistent.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridor.large.columns_file import read_graph, read_hierarchy, write_graph, write_hierarchy
    from corridor.large.contraction_hierarchy import Hierarchy, Metric
    from corridor.large.delay import Delay, bpr, by_function, davidson, queue
    from corridor.large.flows import MaximumFlow, MinimumCost, maximum_flow, maximum_flows, minimum_cost, minimum_costs
    from corridor.large.graph import Graph
    from corridor.large.multicommodity_flow import Multicommodity, multicommodity
    from corridor.large.user_equilibrium import Equilibrium, TravelClass, equilibrium

_HOME = {
    "Delay": "large.delay",
    "Equilibrium": "large.user_equilibrium",
    "Graph": "large.graph",
    "Hierarchy": "large.contraction_hierarchy",
    "MaximumFlow": "large.flows",
    "Metric": "large.contraction_hierarchy",
    "MinimumCost": "large.flows",
    "Multicommodity": "large.multicommodity_flow",
    "TravelClass": "large.user_equilibrium",
    "bpr": "large.delay",
    "by_function": "large.delay",
    "davidson": "large.delay",
    "equilibrium": "large.user_equilibrium",
    "maximum_flow": "large.flows",
    "maximum_flows": "large.flows",
    "minimum_cost": "large.flows",
    "minimum_costs": "large.flows",
    "multicommodity": "large.multicommodity_flow",
    "queue": "large.delay",
    "read_graph": "large.columns_file",
    "read_hierarchy": "large.columns_file",
    "write_graph": "large.columns_file",
    "write_hierarchy": "large.columns_file",
}

__all__ = [
    "Delay",
    "Equilibrium",
    "Graph",
    "Hierarchy",
    "MaximumFlow",
    "Metric",
    "MinimumCost",
    "Multicommodity",
    "TravelClass",
    "bpr",
    "by_function",
    "davidson",
    "equilibrium",
    "maximum_flow",
    "maximum_flows",
    "minimum_cost",
    "minimum_costs",
    "multicommodity",
    "queue",
    "read_graph",
    "read_hierarchy",
    "write_graph",
    "write_hierarchy",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"corridor.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'corridor.large' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
