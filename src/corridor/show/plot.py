"""Maps: the network by mode, and a route on it. Needs the extra `plot`."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corridor.engine.routing.itinerary import Route
from corridor.errors import DataError, Fault
from corridor.io.files import writable, write_bytes
from corridor.model.network import Network

# Okabe and Ito's colours, told apart by the colour-blind.
COLOURS = {"rail": "#000000", "road": "#E69F00", "sea": "#0072B2", "river": "#56B4E9", "ferry": "#009E73"}
GAUGE_COLOURS = {1520: "#000000", 1435: "#D55E00", 1676: "#CC79A7"}
# No dates and no versions in the files: the same route gives the same picture.
FORMATS: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
Extent = tuple[float, float, float, float]  # west, east, south, north
MARGIN = 0.06
FRAME_RATIO = 0.8  # of the shorter side of a frame to the longer
LABELS_AT_MOST = 40  # a small network names all its places, a large one those below
LABELLED = (
    "moscow", "st_petersburg", "samara", "chelyabinsk", "astrakhan_port", "novorossiysk", "makhachkala", "baku",
    "aktau", "beineu", "bolashak", "turkmenbashi", "ashgabat", "sarakhs", "incheh_borun", "mashhad", "tehran",
    "rasht", "bafq", "shahid_rajaee", "chabahar", "mumbai", "almaty", "khorgos", "tashkent", "herat", "poti", "astana",
)  # fmt: skip


# Where labels would sit on each other: offset in points, and which end is at the place.
LABEL_OFFSETS = {
    "makhachkala": (-5, -2, "right"), "aktau": (5, 5, "left"), "incheh_borun": (-5, 4, "right"),
    "ashgabat": (4, 5, "left"), "sarakhs": (6, -9, "left"), "mashhad": (-5, -10, "right"), "khorgos": (-4, 6, "right"),
    "almaty": (2, -11, "left"), "baku": (-5, 3, "right"), "rasht": (-5, -3, "right"), "mumbai": (-5, -10, "right"),
    "astrakhan_port": (-5, 2, "right"), "novorossiysk": (-5, -10, "right"), "st_petersburg": (4, -11, "left"),
    "moscow": (-5, -10, "right"), "poti": (-5, -11, "right"),
}  # fmt: skip


def draw_network(
    network: Network, axes: Any = None, *, extent: Extent | None = None, labels: bool = True, faint: bool = False
) -> Any:
    """Draw the links by mode (railways by gauge); what does not operate is dashed. Returns the axes.

    `extent` is west, east, south, north in degrees; all places without it.
    """
    mpl = _matplotlib()
    if axes is None:
        axes = mpl.figure.Figure(figsize=(10, 8.2), layout="constrained").add_subplot()
    table = network.link_table
    for i in sorted(range(len(table)), key=lambda i: table["mode"][i] == "rail"):
        xs, ys = zip(*network.geometry[table.ids[i]], strict=True)
        colour, label = _style(table["mode"][i], table["gauge_mm"][i])
        operates = table["status"][i] == "operating"
        axes.plot(
            xs,
            ys,
            color="#BBBBBB" if faint else colour,
            linewidth=1.3 if table["mode"][i] == "rail" else 0.8,
            linestyle="-" if operates else (0, (2, 2)),
            label=label if operates and not faint else None,
            zorder=2 if table["mode"][i] == "rail" else 1,
        )
    if labels:
        _label_places(network, axes)
    if not faint:
        found = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
        found["not operating"] = mpl.lines.Line2D([], [], color="#555555", linestyle=(0, (2, 2)))
        axes.legend(found.values(), found.keys(), loc="lower left", fontsize=9, framealpha=0.9)
    _frame(axes, extent or _extent([network.geometry[n][0] for n in network.node_table.ids]))
    said = (f"{network.name} {network.base_year}", network.meta.get("data_version"), network.meta.get("licence"))
    source = ", ".join(str(s) for s in said if s)
    axes.text(0.995, 0.005, source, transform=axes.transAxes, ha="right", va="bottom", fontsize=7, color="#555555")
    return axes


def _style(mode: str, gauge: float) -> tuple[str, str]:
    if mode != "rail":
        return COLOURS[mode], mode
    return GAUGE_COLOURS.get(0 if gauge != gauge else int(gauge), "#000000"), f"rail {gauge:g} mm"


def _label_places(network: Network, axes: Any) -> None:
    ids = network.node_table.ids
    for node in ids if len(ids) <= LABELS_AT_MOST else LABELLED:
        if node in network.node_table.index:
            lon, lat = network.geometry[node][0]
            across, up, side = LABEL_OFFSETS.get(node, (4, 3, "left"))
            axes.plot(lon, lat, "o", color="white", markeredgecolor="#222222", markersize=3.5, zorder=4)
            axes.annotate(
                network.name_of(node),
                (lon, lat),
                xytext=(across, up),
                ha=side,
                textcoords="offset points",
                fontsize=8,
                zorder=5,
                annotation_clip=True,
                bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.7},
            )


def _extent(points: Sequence[tuple[float, float]]) -> Extent:
    """Return a frame around points: a margin, two degrees at least, and no strip."""
    lons, lats = zip(*points, strict=True)
    lon, lat = (max(lons) + min(lons)) / 2, (max(lats) + min(lats)) / 2
    shrink = _shrink(lat)
    across, up = max(max(lons) - min(lons), 2.0), max(max(lats) - min(lats), 2.0)
    across, up = max(across, FRAME_RATIO * up / shrink), max(up, FRAME_RATIO * across * shrink)
    half_x, half_y = across * (0.5 + MARGIN), up * (0.5 + MARGIN)
    return lon - half_x, lon + half_x, lat - half_y, lat + half_y


def _shrink(lat: float) -> float:
    """Return the length of a degree of longitude in degrees of latitude."""
    return math.cos(math.radians(min(75.0, abs(lat))))


def _frame(axes: Any, extent: Extent) -> None:
    west, east, south, north = extent
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect(1 / _shrink((south + north) / 2))
    axes.set_xlabel("longitude, °E", fontsize=8)
    axes.set_ylabel("latitude, °N", fontsize=8)
    axes.tick_params(labelsize=8)


def draw_route(network: Network, route: Route, axes: Any = None) -> Any:
    """Draw a route over the faint network, its legs by mode; returns the axes."""
    month = None if route.depart is None else int(route.depart[5:7])
    network = network.at(route.year, month)  # a scenario may add places in their year
    extent = _extent([p for leg in route.legs for p in leg.line])
    axes = draw_network(network, axes, extent=extent, labels=False, faint=True)
    for leg in route.legs:
        xs, ys = zip(*leg.line, strict=True)
        colour, label = _style(leg.mode, float("nan") if leg.gauge_mm is None else leg.gauge_mm)
        axes.plot(xs, ys, color=colour, linewidth=2.6, label=label, zorder=3)
        for node in (leg.start, leg.end):
            lon, lat = network.geometry[node][0]
            axes.plot(lon, lat, "o", color="white", markeredgecolor="black", markersize=5, zorder=4)
            axes.annotate(route.place_names[node], (lon, lat), fontsize=9, **_inwards(lon, extent))
    found = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend(found.values(), found.keys(), loc="best", fontsize=9)
    axes.set_title(
        f"{route.origin_name} to {route.destination_name}, {route.cargo_name}: {route.cost_usd_t:.0f} USD/t, "
        f"{route.time_h / 24:.1f} days, {route.length_km:,.0f} km",
        fontsize=10,
    )
    return axes


def _inwards(lon: float, extent: Extent) -> dict[str, Any]:
    """Return where a label goes so that it stays in the frame."""
    left_half = lon < (extent[0] + extent[1]) / 2
    return {
        "xytext": (6 if left_half else -6, 5),
        "textcoords": "offset points",
        "ha": "left" if left_half else "right",
    }


def save_route(network: Network, route: Route, path: str) -> None:
    """Draw a route and write the picture; the ending of the path chooses the format."""
    _save(draw_route(network, route).figure, path)


def save_network(network: Network, path: str, extent: Extent | None = None) -> None:
    """Draw the network and write the picture; the ending of the path chooses the format."""
    _save(draw_network(network, extent=extent).figure, path)


def check_picture(path: str) -> None:
    """Refuse a path that no picture can be written to, before anything is computed or written."""
    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        message = f"ends in '{ending}', which is no picture format here"
        raise DataError(Fault("file", "", path, message, f"end it in {', '.join(FORMATS)}"), path)
    writable(Path(path))


def _save(figure: Any, path: str) -> None:
    check_picture(path)
    ending = Path(path).suffix.lower()
    picture = io.BytesIO()
    figure.savefig(picture, format=ending[1:], dpi=150, metadata=FORMATS[ending])
    write_bytes(Path(path), picture.getvalue())


def _matplotlib() -> Any:
    """Return matplotlib without pyplot, so that a notebook's backend stays as it is."""
    try:
        import matplotlib.figure
        import matplotlib.lines
    except ImportError:
        fix = "pip install 'corridor-freight[plot]'"
        raise DataError(Fault("extra", "plot", None, "is not installed", fix)) from None
    return matplotlib
