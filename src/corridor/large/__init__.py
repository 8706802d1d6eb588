"""Graphs of millions of nodes, as columns: routing, flows and equilibria for those who outgrow the shipped corridor.

Nodes and arcs are numbered from 0 in the order in which they are given, quantities are
arrays with one number for each; units are the caller's own and the same throughout.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridor.graph.hierarchy import Hierarchy, Metric
    from corridor.io.columns_file import read_graph, read_hierarchy, write_graph, write_hierarchy
    from corridor.large.delay import Delay, bpr, by_function, davidson, queue
    from corridor.large.everybody import Equilibrium, TravelClass, equilibrium
    from corridor.large.flows import MaximumFlow, MinimumCost, maximum_flow, maximum_flows, minimum_cost, minimum_costs
    from corridor.large.graph import Graph
    from corridor.large.many_cargoes import Multicommodity, multicommodity

_HOME = {
    "Delay": "large.delay",
    "Equilibrium": "large.everybody",
    "Graph": "large.graph",
    "Hierarchy": "graph.hierarchy",
    "MaximumFlow": "large.flows",
    "Metric": "graph.hierarchy",
    "MinimumCost": "large.flows",
    "Multicommodity": "large.many_cargoes",
    "TravelClass": "large.everybody",
    "bpr": "large.delay",
    "by_function": "large.delay",
    "davidson": "large.delay",
    "equilibrium": "large.everybody",
    "maximum_flow": "large.flows",
    "maximum_flows": "large.flows",
    "minimum_cost": "large.flows",
    "minimum_costs": "large.flows",
    "multicommodity": "large.many_cargoes",
    "queue": "large.delay",
    "read_graph": "io.columns_file",
    "read_hierarchy": "io.columns_file",
    "write_graph": "io.columns_file",
    "write_hierarchy": "io.columns_file",
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
