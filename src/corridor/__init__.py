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
    from corridor.engine.routing.itinerary import Route
    from corridor.engine.routing.route import route
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
    "Route": "engine.routing.itinerary",
    "Scenario": "model.scenario",
    "Throughput": "study.throughput",
    "UnknownIdError": "errors",
    "assign": "engine.assign",
    "backtest": "study.backtest",
    "calibrate": "study.calibrate",
    "compare": "study.compare",
    "criticality": "study.criticality",
    "demand": "io.demand",
    "load": "io.geojson",
    "max_flow": "engine.max_flow",
    "misfit": "study.misfit",
    "plan": "study.plan",
    "read": "io.geojson",
    "read_demand": "io.demand",
    "route": "engine.routing.route",
    "throughput": "study.throughput",
    "why": "model.why",
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
    "Route",
    "Scenario",
    "Throughput",
    "UnknownIdError",
    "assign",
    "backtest",
    "calibrate",
    "compare",
    "criticality",
    "demand",
    "load",
    "max_flow",
    "misfit",
    "plan",
    "read",
    "read_demand",
    "route",
    "throughput",
    "why",
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
