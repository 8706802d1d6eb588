"""Routes, capacity, flow and bottlenecks of freight corridors, with a source for every number.

>>> import corridor
>>> net = corridor.load()                 # the shipped INSTC
>>> way = corridor.route(net, "Astrakhan", "Bandar Abbas", cargo="grain")
>>> way.time_h > way.transit_h > 0
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from corridor.version import __version__ as __version__

if TYPE_CHECKING:
    from corridor.engine.assign import assign
    from corridor.engine.assignment import Assignment
    from corridor.engine.max_flow import Flow, max_flow
    from corridor.engine.routing.constraints import Options
    from corridor.engine.routing.itinerary import Route
    from corridor.engine.routing.matrix import matrix, reach
    from corridor.engine.routing.question import nearest_place
    from corridor.engine.routing.route import route
    from corridor.engine.routing.routes import Routes, routes
    from corridor.engine.routing.why_not import WhyNot, why_not
    from corridor.errors import (
        ConvergenceError,
        CorridorError,
        DataError,
        NoAnswerError,
        NoRouteError,
        UnknownIdError,
    )
    from corridor.io.demand import demand, read_demand
    from corridor.io.formats.gmns import read_gmns
    from corridor.io.formats.graphs import from_networkx, to_networkx
    from corridor.io.formats.osm.read import read_osm
    from corridor.io.formats.tntp import Tntp, read_tntp
    from corridor.io.matrices import write_demand
    from corridor.io.networks import read, write
    from corridor.io.questions import batch
    from corridor.io.results import save
    from corridor.io.shipped import load
    from corridor.model.cargo import Cargo
    from corridor.model.demand import Demand
    from corridor.model.network import Network
    from corridor.model.scenario import Scenario
    from corridor.model.why import why
    from corridor.show.reports import report
    from corridor.study.backtest import backtest
    from corridor.study.calibrate import calibrate
    from corridor.study.compare import compare
    from corridor.study.criticality import criticality
    from corridor.study.misfit import misfit
    from corridor.study.plan import plan
    from corridor.study.throughput import Throughput, throughput
    from corridor.web.serve import explore

# Names are fetched when they are used: `import corridor` costs next to nothing.
_HOME = {
    "Assignment": "engine.assignment",
    "Cargo": "model.cargo",
    "ConvergenceError": "errors",
    "CorridorError": "errors",
    "DataError": "errors",
    "Demand": "model.demand",
    "Flow": "engine.max_flow",
    "Network": "model.network",
    "NoAnswerError": "errors",
    "NoRouteError": "errors",
    "Options": "engine.routing.constraints",
    "Route": "engine.routing.itinerary",
    "Routes": "engine.routing.routes",
    "Scenario": "model.scenario",
    "Throughput": "study.throughput",
    "Tntp": "io.formats.tntp",
    "UnknownIdError": "errors",
    "WhyNot": "engine.routing.why_not",
    "assign": "engine.assign",
    "backtest": "study.backtest",
    "batch": "io.questions",
    "calibrate": "study.calibrate",
    "compare": "study.compare",
    "criticality": "study.criticality",
    "demand": "io.demand",
    "explore": "web.serve",
    "from_networkx": "io.formats.graphs",
    "load": "io.shipped",
    "matrix": "engine.routing.matrix",
    "max_flow": "engine.max_flow",
    "misfit": "study.misfit",
    "nearest_place": "engine.routing.question",
    "plan": "study.plan",
    "reach": "engine.routing.matrix",
    "read": "io.networks",
    "read_demand": "io.demand",
    "read_gmns": "io.formats.gmns",
    "read_osm": "io.formats.osm.read",
    "read_tntp": "io.formats.tntp",
    "report": "show.reports",
    "route": "engine.routing.route",
    "routes": "engine.routing.routes",
    "save": "io.results",
    "throughput": "study.throughput",
    "to_networkx": "io.formats.graphs",
    "why": "model.why",
    "why_not": "engine.routing.why_not",
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
    "why",
    "why_not",
    "write",
    "write_demand",
]


def __getattr__(name: str) -> Any:
    if name == "large":
        return import_module("corridor.large")
    if name in _HOME:
        value = getattr(import_module(f"corridor.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'corridor' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
