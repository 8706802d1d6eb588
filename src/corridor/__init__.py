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
    from corridor.io.geojson import load, read, write
    from corridor.io.questions import batch
    from corridor.model.cargo import Cargo
    from corridor.model.demand import Demand
    from corridor.model.network import Network
    from corridor.model.scenario import Scenario
    from corridor.model.why import why
    from corridor.study.backtest import backtest
    from corridor.study.calibrate import calibrate
    from corridor.study.compare import compare
    from corridor.study.criticality import criticality
    from corridor.study.misfit import misfit
    from corridor.study.plan import plan
    from corridor.study.throughput import Throughput, throughput

__version__ = "0.1.0"

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
    "UnknownIdError": "errors",
    "WhyNot": "engine.routing.why_not",
    "assign": "engine.assign",
    "backtest": "study.backtest",
    "batch": "io.questions",
    "calibrate": "study.calibrate",
    "compare": "study.compare",
    "criticality": "study.criticality",
    "demand": "io.demand",
    "load": "io.geojson",
    "matrix": "engine.routing.matrix",
    "max_flow": "engine.max_flow",
    "misfit": "study.misfit",
    "nearest_place": "engine.routing.question",
    "plan": "study.plan",
    "reach": "engine.routing.matrix",
    "read": "io.geojson",
    "read_demand": "io.demand",
    "route": "engine.routing.route",
    "routes": "engine.routing.routes",
    "throughput": "study.throughput",
    "why": "model.why",
    "why_not": "engine.routing.why_not",
    "write": "io.geojson",
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
    "UnknownIdError",
    "WhyNot",
    "assign",
    "backtest",
    "batch",
    "calibrate",
    "compare",
    "criticality",
    "demand",
    "load",
    "matrix",
    "max_flow",
    "misfit",
    "nearest_place",
    "plan",
    "reach",
    "read",
    "read_demand",
    "route",
    "routes",
    "throughput",
    "why",
    "why_not",
    "write",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"corridor.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'corridor' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
