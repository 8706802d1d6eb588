"""The picture of each type of answer."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from corridor.assignment.result import Assignment
from corridor.errors import DataError, Fault
from corridor.flow.maximum_flow import Flow
from corridor.model.network import Network
from corridor.routing.itinerary import Route
from corridor.routing.routes import Routes
from corridor.show.plots.charts import draw_comparison, draw_criticality, draw_plan
from corridor.show.plots.fan import draw_throughput
from corridor.show.plots.figure_style import FigureStyle
from corridor.show.plots.load_maps import draw_assignment, draw_flow, need_network
from corridor.show.plots.maps import draw_network, draw_route, draw_routes
from corridor.study.compare import Comparison
from corridor.study.criticality import Criticality
from corridor.study.plan import Plan
from corridor.study.throughput import Throughput


@singledispatch
def picture(answer: object, _style: FigureStyle, _network: Network | None, **_options: Any) -> Any:
    """Draw an answer with a style; return the matplotlib axes."""
    kind = type(answer).__name__
    raise DataError(Fault("plot", "answer", kind, f"has no picture: {kind}", "give a route, a flow, a throughput, ..."))


@picture.register
def _(answer: Network, style: FigureStyle, _network: Network | None, **options: Any) -> Any:
    return draw_network(answer, style, **options)


@picture.register
def _(answer: Route, style: FigureStyle, network: Network | None, **options: Any) -> Any:
    return draw_route(answer, style, network, **options)


@picture.register
def _(answer: Routes, style: FigureStyle, network: Network | None, **options: Any) -> Any:
    return draw_routes(answer, style, network, **options)


@picture.register
def _(answer: Flow, style: FigureStyle, network: Network | None, **options: Any) -> Any:
    return draw_flow(answer, style, need_network(network), **options)


@picture.register
def _(answer: Assignment, style: FigureStyle, network: Network | None, **options: Any) -> Any:
    return draw_assignment(answer, style, need_network(network), **options)


@picture.register
def _(answer: Throughput, style: FigureStyle, _network: Network | None, **options: Any) -> Any:
    return draw_throughput(answer, style, **options)


@picture.register
def _(answer: Plan, style: FigureStyle, _network: Network | None, **options: Any) -> Any:
    return draw_plan(answer, style, **options)


@picture.register
def _(answer: Criticality, style: FigureStyle, _network: Network | None, **options: Any) -> Any:
    return draw_criticality(answer, style, **options)


@picture.register
def _(answer: Comparison, style: FigureStyle, _network: Network | None, **options: Any) -> Any:
    return draw_comparison(answer, style, **options)
