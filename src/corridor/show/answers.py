"""The text and the picture of each type of answer; modules are imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from corridor.model.network import Network

TEXTS = {
    "Assignment": "assignment_text:assignment_text",
    "Backtest": "calibration_text:backtest_text",
    "Calibration": "calibration_text:calibration_text",
    "Comparison": "comparison_text:comparison_text",
    "Criticality": "criticality_text:criticality_text",
    "Flow": "flow_text:flow_text",
    "Misfit": "misfit_text:misfit_text",
    "Network": "tables:network_text",
    "Plan": "plan_text:plan_text",
    "Route": "itinerary_text:itinerary_text",
    "Routes": "routes_text:routes_text",
    "Throughput": "throughput_text:throughput_text",
    "Why": "why_text:why_text",
    "WhyNot": "why_not_text:why_not_text",
}
PICTURES = {
    "Assignment": "load_maps:draw_assignment",
    "Comparison": "charts:draw_comparison",
    "Criticality": "charts:draw_criticality",
    "Flow": "load_maps:draw_flow",
    "Network": "maps:draw_network",
    "Plan": "charts:draw_plan",
    "Route": "maps:draw_route",
    "Routes": "maps:draw_routes",
    "Throughput": "fan:draw_throughput",
}
ON_A_NETWORK = ("Assignment", "Flow")  # drawn on the lines of the network
OVER_A_NETWORK = ("Route", "Routes")  # the network is an optional background


def text_of(answer: object) -> str:
    """Return an answer as text, 80 columns wide."""
    text: str = _function("corridor.show", TEXTS[type(answer).__name__])(answer)
    return text


def html_of(answer: object) -> str:
    """Return an answer as HTML for a notebook."""
    from corridor.show.notebook import html

    return html(answer)


def draw(answer: object, network: Network | None = None, axes: Any = None, **options: Any) -> Any:
    """Draw an answer; return the matplotlib axes.

    Parameters
    ----------
    answer
        A network, route, set of routes, flow, assignment, throughput, plan, criticality or comparison.
    network
        The network whose lines are drawn (flow, assignment), or the background (route, routes).
    axes
        Axes of the caller; by default those of a new figure.
    options
        `size` of a new figure: column, page or slide; for maps `background`, and for a network `extent`
        (west, east, south, north in degrees).

    Raises
    ------
    DataError
        If the extra `plot` is not installed, or a flow or an assignment is drawn without its network.
    """
    from corridor.show.plots.figure_style import figure_style_of
    from corridor.show.plots.load_maps import need_network

    kind = type(answer).__name__
    style = figure_style_of(axes, options.pop("size", "page"))
    picture = _function("corridor.show.plots", PICTURES[kind])
    if kind in ON_A_NETWORK:
        return picture(answer, style, need_network(network), **options)
    if kind in OVER_A_NETWORK:
        return picture(answer, style, network, **options)
    return picture(answer, style, **options)


def _function(package: str, where: str) -> Callable[..., Any]:
    module, name = where.split(":")
    function: Callable[..., Any] = getattr(import_module(f"{package}.{module}"), name)
    return function
