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
    from corridor.engine.itinerary import Route
    from corridor.engine.max_flow import Flow, max_flow
    from corridor.engine.route import route
    from corridor.errors import (
        ConvergenceError,
        CorridorError,
        DataError,
        NoAnswerError,
        NoRouteError,
        UnknownIdError,
    )
    from corridor.io.geojson import load, read, write
    from corridor.model.cargo import Cargo
    from corridor.model.network import Network
    from corridor.model.scenario import Scenario
    from corridor.model.why import why

__version__ = "0.1.0"

# Names are fetched when they are used: `import corridor` costs next to nothing.
_HOME = {
    "Cargo": "model.cargo",
    "ConvergenceError": "errors",
    "CorridorError": "errors",
    "DataError": "errors",
    "Flow": "engine.max_flow",
    "Network": "model.network",
    "NoAnswerError": "errors",
    "NoRouteError": "errors",
    "Route": "engine.itinerary",
    "Scenario": "model.scenario",
    "UnknownIdError": "errors",
    "load": "io.geojson",
    "max_flow": "engine.max_flow",
    "read": "io.geojson",
    "route": "engine.route",
    "why": "model.why",
    "write": "io.geojson",
}

__all__ = [
    "Cargo",
    "ConvergenceError",
    "CorridorError",
    "DataError",
    "Flow",
    "Network",
    "NoAnswerError",
    "NoRouteError",
    "Route",
    "Scenario",
    "UnknownIdError",
    "load",
    "max_flow",
    "read",
    "route",
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
