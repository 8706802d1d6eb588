"""Routes, capacity, flow and bottlenecks of freight corridors, with a source for every number.

>>> import corridor
>>> net = corridor.load()                 # the shipped INSTC
>>> route = corridor.route(net, "Astrakhan", "Bandar Abbas", cargo="grain")
>>> route.time_h > route.transit_h > 0
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from corridor.displayable import set_renderer as _set_renderer
from corridor.version import __version__ as __version__

if TYPE_CHECKING:
    from corridor.assignment.result import Assignment
    from corridor.errors import (
        ConvergenceError,
        CorridorError,
        DataError,
        NoAnswerError,
        NoRouteError,
        UnknownIdError,
    )
    from corridor.flow.maximum_flow import Flow, max_flow
    from corridor.io.demand_files import read_demand
    from corridor.io.demand_tables import demand
    from corridor.io.formats.gmns import read_gmns
    from corridor.io.formats.graphs import from_networkx, to_networkx
    from corridor.io.formats.tntp import Tntp, read_tntp
    from corridor.io.matrices import write_demand
    from corridor.io.networks import read, write
    from corridor.io.query_files import batch
    from corridor.io.save import save
    from corridor.io.studies import load
    from corridor.model.cargo import Cargo
    from corridor.model.demand import Demand
    from corridor.model.network import Network
    from corridor.model.scenario import Scenario
    from corridor.model.why import why
    from corridor.osm.read import read_osm
    from corridor.routing.constraints import Options
    from corridor.routing.itinerary import Route
    from corridor.routing.matrix import matrix, reach
    from corridor.routing.route import route
    from corridor.routing.route_query import nearest_place
    from corridor.routing.routes import Routes, routes
    from corridor.routing.why_not import WhyNot, why_not
    from corridor.show.reports import report
    from corridor.study.assign import assign
    from corridor.study.backtest import backtest
    from corridor.study.calibrate import calibrate
    from corridor.study.compare import compare
    from corridor.study.criticality import criticality
    from corridor.study.misfit import misfit
    from corridor.study.plan import plan
    from corridor.study.throughput import Throughput, throughput
    from corridor.study.volumes import Volumes, volumes
    from corridor.web.serve import explore

# Names are imported on first use, so that `import corridor` is fast.
_MODULE_OF = {
    "Assignment": "assignment.result",
    "Cargo": "model.cargo",
    "ConvergenceError": "errors",
    "CorridorError": "errors",
    "DataError": "errors",
    "Demand": "model.demand",
    "Flow": "flow.maximum_flow",
    "Network": "model.network",
    "NoAnswerError": "errors",
    "NoRouteError": "errors",
    "Options": "routing.constraints",
    "Route": "routing.itinerary",
    "Routes": "routing.routes",
    "Scenario": "model.scenario",
    "Throughput": "study.throughput",
    "Tntp": "io.formats.tntp",
    "UnknownIdError": "errors",
    "Volumes": "study.volumes",
    "WhyNot": "routing.why_not",
    "assign": "study.assign",
    "backtest": "study.backtest",
    "batch": "io.query_files",
    "calibrate": "study.calibrate",
    "compare": "study.compare",
    "criticality": "study.criticality",
    "demand": "io.demand_tables",
    "explore": "web.serve",
    "from_networkx": "io.formats.graphs",
    "load": "io.studies",
    "matrix": "routing.matrix",
    "max_flow": "flow.maximum_flow",
    "misfit": "study.misfit",
    "nearest_place": "routing.route_query",
    "plan": "study.plan",
    "reach": "routing.matrix",
    "read": "io.networks",
    "read_demand": "io.demand_files",
    "read_gmns": "io.formats.gmns",
    "read_osm": "osm.read",
    "read_tntp": "io.formats.tntp",
    "report": "show.reports",
    "route": "routing.route",
    "routes": "routing.routes",
    "save": "io.save",
    "throughput": "study.throughput",
    "to_networkx": "io.formats.graphs",
    "volumes": "study.volumes",
    "why": "model.why",
    "why_not": "routing.why_not",
    "write": "io.networks",
    "write_demand": "io.matrices",
}

__all__ = [
    "Assignment",
    "Cargo",
    "ConvergenceError",
    "CorridorError",
    "DataError",
    "Demand",
    "Flow",
    "Network",
    "NoAnswerError",
    "NoRouteError",
    "Options",
    "Route",
    "Routes",
    "Scenario",
    "Throughput",
    "Tntp",
    "UnknownIdError",
    "Volumes",
    "WhyNot",
    "assign",
    "backtest",
    "batch",
    "calibrate",
    "compare",
    "criticality",
    "demand",
    "explore",
    "from_networkx",
    "load",
    "matrix",
    "max_flow",
    "misfit",
    "nearest_place",
    "plan",
    "reach",
    "read",
    "read_demand",
    "read_gmns",
    "read_osm",
    "read_tntp",
    "report",
    "route",
    "routes",
    "save",
    "throughput",
    "to_networkx",
    "volumes",
    "why",
    "why_not",
    "write",
    "write_demand",
]


def _renderer() -> Any:
    return import_module("corridor.show.answers")


_set_renderer(_renderer)


def __getattr__(name: str) -> Any:
    if name == "large":
        return import_module("corridor.large")
    if name in _MODULE_OF:
        value = getattr(import_module(f"corridor.{_MODULE_OF[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'corridor' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
