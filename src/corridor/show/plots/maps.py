"""Maps: the network by mode, and routes on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from corridor.show.plots.basemap import Extent, draw_basemap, extent_of, frame
from corridor.show.plots.figure_style import (
    BLACK,
    BLUE,
    FAINT,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    WHEEL,
    FigureStyle,
    matplotlib,
    source_line,
)
from corridor.show.plots.map_labels import Label, write_labels

if TYPE_CHECKING:
    from corridor.model.network import Network
    from corridor.routing.itinerary import Leg, Route
    from corridor.routing.routes import Routes

COLOURS = {"rail": BLACK, "road": ORANGE, "sea": BLUE, "river": SKY, "ferry": GREEN}
GAUGE_COLOURS = {1520: BLACK, 1435: VERMILLION, 1676: PURPLE}
LINES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (3, 3)))
LABELS_AT_MOST = 40  # a smaller network labels all places, a larger one those that its study names


def draw_network(
    network: Network, style: FigureStyle, *, extent: Extent | None = None, background: str | None = None
) -> Any:
    """Draw the links by mode (railways by gauge); links not in operation are dashed. Return the axes."""
    mpl = matplotlib()
    background_source = draw_basemap(style, background, network)
    frame(style, extent or extent_of([network.geometry[n][0] for n in network.node_table.ids]))
    found: dict[str, Any] = {}
    table = network.link_table
    for i in sorted(range(len(table)), key=lambda i: table["mode"][i] == "rail"):
        colour, name = mode_style(table["mode"][i], table["gauge_mm"][i])
        operates = table["status"][i] == "operating"
        line = _line(
            style,
            network.geometry[table.ids[i]],
            color=colour,
            linewidth=(1.3 if table["mode"][i] == "rail" else 0.8) * style.line,
            linestyle="-" if operates else (0, (2, 2)),
            zorder=2 if table["mode"][i] == "rail" else 1,
        )
        if operates:
            found.setdefault(name, line)
    if any(status != "operating" for status in table["status"]):
        found["not operating"] = mpl.lines.Line2D([], [], color="#555555", linestyle=(0, (2, 2)))
    legend(style, found)
    name_places(network, style)
    source(network, style, background_source)
    return style.axes


def draw_route(
    route: Route, style: FigureStyle, network: Network | None = None, *, background: str | None = None
) -> Any:
    """Draw a route, its legs by mode, over a faint network if one is given; return the axes."""
    extent = extent_of([p for leg in route.legs for p in leg.line])
    background_source = draw_basemap(style, background, network)
    frame(style, extent)
    if network is not None:
        faintly(network.at(route.year, _month(route)), style)  # a scenario may add places in a year
    found: dict[str, Any] = {}
    for leg in route.legs:
        colour, name = mode_style(leg.mode, float("nan") if leg.gauge_mm is None else leg.gauge_mm)
        found.setdefault(name, _line(style, leg.line, color=colour, linewidth=2.6 * style.line, zorder=3))
    style.axes.set_title(
        f"{route.origin_name} to {route.destination_name}, {route.cargo_name}: {route.cost_usd_t:.0f} USD/t, "
        f"{route.time_h / 24:.1f} days, {route.length_km:,.0f} km",
        fontsize=1.1 * style.points,
    )
    legend(style, found)
    _name_ends(style, [route])
    source_line(style, f"{route.cargo_name}, {route.depart or route.year}", *route.scenarios, background_source)
    return style.axes


def draw_routes(
    routes: Routes, style: FigureStyle, network: Network | None = None, *, background: str | None = None
) -> Any:
    """Draw several routes, each with its colour and dash, and their totals in the legend; return the axes."""
    extent = extent_of([p for route in routes for leg in route.legs for p in leg.line])
    background_source = draw_basemap(style, background, network)
    frame(style, extent)
    first = routes[0]
    if network is not None:
        faintly(network.at(first.year, _month(first)), style)
    found: dict[str, Any] = {}
    for i, route in enumerate(routes):
        # Wider below, thinner above: routes on the same line all remain visible.
        width = (2.0 + 2.4 * (len(routes) - 1 - i) / max(1, len(routes) - 1)) * style.line
        for leg in route.legs:
            line = _line(
                style,
                leg.line,
                color=WHEEL[i % len(WHEEL)],
                linestyle=LINES[i // len(WHEEL) % len(LINES)],
                linewidth=width,
                zorder=3 + 0.01 * i,
            )
            days, km = route.time_h / 24, f"{route.length_km:,.0f}".replace(",", " ")
            found.setdefault(f"{i + 1}  {route.cost_usd_t:.0f} USD/t  {days:.1f} d  {km} km", line)
    style.axes.set_title(
        f"{first.origin_name} to {first.destination_name}, {first.cargo_name}", fontsize=1.1 * style.points
    )
    legend(style, found)
    _name_ends(style, list(routes))
    source_line(style, f"{first.cargo_name}, {first.depart or first.year}", *first.scenarios, background_source)
    return style.axes


def _month(route: Route) -> int | None:
    return None if route.depart is None else int(route.depart[5:7])


def _name_ends(style: FigureStyle, routes: Sequence[Route]) -> None:
    """Label the ends of legs; the origin and the destination are mandatory."""
    places: dict[str, Label] = {}
    for route in routes:
        for leg in route.legs:
            for node, (lon, lat) in _ends(leg):
                must = node in (route.origin, route.destination)
                if node not in places or must:
                    places[node] = Label(lon, lat, route.place_names[node], must)
    dots(style, [(x.lon, x.lat) for x in places.values()])
    write_labels(style, list(places.values()))


def _ends(leg: Leg) -> Iterable[tuple[str, tuple[float, float]]]:
    return (leg.start, leg.line[0]), (leg.end, leg.line[-1])


def mode_style(mode: str, gauge: float) -> tuple[str, str]:
    """Return colour and name of a mode; a railway has those of its gauge in mm."""
    if mode != "rail":
        return COLOURS[mode], mode
    if gauge != gauge:
        return BLACK, "rail"
    return GAUGE_COLOURS.get(int(gauge), BLACK), f"rail {gauge:g} mm"


def faintly(network: Network, style: FigureStyle) -> None:
    """Draw all links as a background."""
    for name in network.link_table.ids:
        _line(style, network.geometry[name], color=FAINT, linewidth=0.6 * style.line, zorder=1)


def dots(style: FigureStyle, points: Sequence[tuple[float, float]], colour: str = "#222222") -> None:
    """Mark places."""
    if points:
        xs, ys = zip(*points, strict=True)
        size = 0.4 * style.points
        style.axes.plot(xs, ys, "o", color="white", markeredgecolor=colour, markersize=size, zorder=6)


def labelled(network: Network) -> list[str]:
    """Return the places that a map names, the most important first."""
    named = network.study.settings.labels if network.study else ()
    return [n for n in named if n in network.node_table.index] or list(network.node_table.ids[:LABELS_AT_MOST])


def name_places(network: Network, style: FigureStyle, first: Sequence[Label] = ()) -> None:
    """Label the places for which there is space, after those of `first`."""
    ids = network.node_table.ids
    chosen = ids if len(ids) <= LABELS_AT_MOST else labelled(network)
    places = [Label(*network.geometry[n][0], network.name_of(n)) for n in chosen]
    dots(style, [(x.lon, x.lat) for x in places])
    write_labels(style, [*first, *places])


def source(network: Network, style: FigureStyle, *more: object) -> None:
    """Write the sources of a map of a network."""
    parts = (f"{network.name} {network.base_year}", network.meta.get("data_version"), *network.scenarios)
    source_line(style, *parts, network.meta.get("licence"), *more)


def legend(style: FigureStyle, found: dict[str, Any]) -> None:
    """Add the legend beside the map."""
    style.axes.legend(
        found.values(),
        found.keys(),
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0,
        fontsize=0.9 * style.points,
        frameon=False,
        handlelength=2.2,
    )


def _line(style: FigureStyle, points: Iterable[tuple[float, float]], **options: Any) -> Any:
    xs, ys = zip(*points, strict=True)
    return style.axes.plot(xs, ys, solid_capstyle="round", **options)[0]
