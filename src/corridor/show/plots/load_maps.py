"""Maps of flows: link width by tonnes, colour by use of capacity, bottlenecks by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from corridor.errors import DataError, Fault
from corridor.model.cargo import carrier_group
from corridor.show.plots.basemap import draw_basemap, extent_of, frame, within_outline
from corridor.show.plots.figure_style import BLUE, GREY, ORANGE, SKY, VERMILLION, FigureStyle, matplotlib
from corridor.show.plots.map_labels import Label
from corridor.show.plots.maps import dots, faintly, legend, name_places, source

if TYPE_CHECKING:
    from corridor.assignment.result import Assignment
    from corridor.flow.maximum_flow import Flow
    from corridor.model.network import Network

# Use of capacity of a link, the highest of its resources: up to this share, in this colour.
CLASSES = (
    (0.5, BLUE, "under 50 %"),
    (0.8, SKY, "50 to 80 %"),
    (0.98, ORANGE, "80 to 98 %"),
    (9e9, VERMILLION, "at capacity"),
)
UNKNOWN = ("#9A9A9A", "no limit known")
WIDEST, THINNEST = 7.0, 0.5
NAMED = 8
LEAST_SHARE = 0.002  # of the widest link: narrower ones are not drawn


def draw_assignment(a: Assignment, style: FigureStyle, network: Network, *, background: str | None = None) -> Any:
    """Draw the tonnes of a year and the use of capacity; return the axes."""
    frame_ = a.links.groupby("link")["t_yr"].sum()
    use = {r.id: r.flow / r.free for r in a.resource_rows if r.free}
    use |= {r.id: 1.0 for r in a.resource_rows if r.free == 0}
    named = {r.id: f"{r.name}: {r.price_usd_t:.0f}\u00a0USD/t" for r in a.bottlenecks[:NAMED]}
    title = f"{a.served_t_yr / 1e6:.1f} of {a.demand_t_yr / 1e6:.1f} Mt in {a.year}, demand {a.demand}, {a.rule}"
    network = network.with_events().at(a.year)
    return _draw(network, style, dict(frame_), use, named, title, background)


def draw_flow(flow: Flow, style: FigureStyle, network: Network, *, background: str | None = None) -> Any:
    """Draw a maximum flow with the names of its cut; return the axes."""
    use = {r.id: r.flow / r.free for r in flow.resources if r.free}
    named = {row.id: f"{row.name}: {row.free_t_yr / 1e6:.2f}\u00a0Mt" for row in flow.cut}
    ends = f"{', '.join(flow.origin_names)} to {', '.join(flow.destination_names)}"
    title = f"{ends}: {flow.value_t_yr / 1e6:.2f} Mt of {flow.cargo_name} a year fit ({flow.year})"
    return _draw(
        network.at(flow.year), style, flow.links_t_yr, use | dict.fromkeys(named, 1.0), named, title, background
    )


def need_network(network: Network | None) -> Network:
    """Refuse to draw without the lines of the network."""
    if network is None:
        fix = "give it: answer.plot(network)"
        raise DataError(Fault("plot", "network", None, "is missing: the plot needs its lines", fix))
    return network


def _draw(
    network: Network,
    style: FigureStyle,
    tonnes: Mapping[str, float],
    use: Mapping[str, float],
    named: Mapping[str, str],
    title: str,
    background: str | None,
) -> Any:
    background_source = draw_basemap(style, background, network)
    tonnes = {k: t for k, t in tonnes.items() if k in network.geometry}
    most = max(tonnes.values(), default=0.0)
    shown = {k: t for k, t in tonnes.items() if t > LEAST_SHARE * most}
    frame(style, within_outline(extent_of(_land_points(network, shown)), network))
    faintly(network, style)
    fullness = link_use(network, use)
    for name, t in sorted(shown.items(), key=lambda x: -x[1]):
        colour = colour_of(fullness.get(name))[0]
        xs, ys = zip(*network.geometry[name], strict=True)
        width = max(THINNEST, WIDEST * t / most) * style.line
        style.axes.plot(xs, ys, color=colour, linewidth=width, solid_capstyle="round", zorder=3)
    style.axes.set_title(title, fontsize=1.1 * style.points, wrap=True)
    _add_legend(style, most)
    labels = [Label(*where, text, must=True) for r, text in named.items() if (where := place_of(network, r))]
    name_places(network, style, labels)
    dots(style, [(x.lon, x.lat) for x in labels], VERMILLION)
    source(network, style, background_source)
    return style.axes


def _land_points(network: Network, links: Mapping[str, float]) -> list[tuple[float, float]]:
    """Return the points of links on land; sea lanes may leave the map."""
    table = network.link_table
    on_land = [k for k in links if carrier_group(table["carrier"][table.index[k]]) != "sea"]
    return [p for k in on_land or links for p in network.geometry[k]] or [
        network.geometry[n][0] for n in network.node_table.ids
    ]


def _add_legend(style: FigureStyle, most: float) -> None:
    """Add the legend of colours and widths."""
    line = matplotlib().lines.Line2D
    found = {name: line([], [], color=c, linewidth=3 * style.line) for _, c, name in CLASSES}
    found[UNKNOWN[1]] = line([], [], color=UNKNOWN[0], linewidth=3 * style.line)
    for share in (1.0, 0.4, 0.1) if most else ():
        width = max(THINNEST, WIDEST * share) * style.line
        found[f"{share * most / 1e6:.2g} Mt a year"] = line([], [], color=GREY, linewidth=width)
    legend(style, found)


def colour_of(use: float | None) -> tuple[str, str]:
    """Return the colour and the name of the class for a use of capacity."""
    if use is None:
        return UNKNOWN
    return next((colour, name) for most, colour, name in CLASSES if use <= most)


def link_use(network: Network, use: Mapping[str, float]) -> dict[str, float]:
    """Return per link the highest use of the resources on it, without transfers at its ends."""
    highest: dict[str, float] = {}
    for resource, share in use.items():
        for record in network.uses.get(resource, ()):
            link = record["feature"]
            if link in network.link_table.index:
                highest[link] = max(highest.get(link, 0.0), share)
    return highest


def place_of(network: Network, resource: str) -> tuple[float, float] | None:
    """Return the position of a resource on the map: its transfer, or the middle of its first link."""
    for record in network.uses.get(resource, ()):
        points = network.geometry.get(record["feature"])
        if record["feature"] in network.transfer_table.index:
            node = network.transfer_table["node"][network.transfer_table.index[record["feature"]]]
            points = network.geometry[node]
        if points:
            return points[len(points) // 2]
    return None
