"""HTML and pictures of answers, by their type; what they need is imported on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridor.model.network import Network


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
    from corridor.show.plots.pictures import picture

    return picture(answer, figure_style_of(axes, options.pop("size", "page")), network, **options)
