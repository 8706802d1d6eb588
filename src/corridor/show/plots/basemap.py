"""The background of a map: land and water from the outline of this project or, on request, Natural Earth."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from corridor.errors import DataError, Fault
from corridor.files.optional_imports import library
from corridor.io.study_files import StudyFiles, default_study
from corridor.model.network import Network
from corridor.show.plots.figure_style import FigureStyle

WATER, LAND, SHORE = "#DCE9F2", "#F7F5EF", "#A9BFCD"
BEYOND = "#ECECEC"  # outside the outline: neither land nor water
BACKGROUNDS = ("natural_earth", "outline", "none")
Extent = tuple[float, float, float, float]  # west, east, south, north
OUTLINE = "outline.geojson"
MARGIN = 0.06
FRAME_RATIO = 0.8  # of the shorter side of a frame to the longer


def extent_of(points: Sequence[tuple[float, float]]) -> Extent:
    """Return a frame around points, with a margin, at least two degrees wide and high, and no narrow strip."""
    lons, lats = zip(*points, strict=True)
    lon, lat = (max(lons) + min(lons)) / 2, (max(lats) + min(lats)) / 2
    shrink = _shrink(lat)
    across, up = max(max(lons) - min(lons), 2.0), max(max(lats) - min(lats), 2.0)
    across, up = max(across, FRAME_RATIO * up / shrink), max(up, FRAME_RATIO * across * shrink)
    half_x, half_y = across * (0.5 + MARGIN), up * (0.5 + MARGIN)
    return lon - half_x, lon + half_x, lat - half_y, lat + half_y


def within_outline(extent: Extent, network: Network) -> Extent:
    """Return the part of a frame that the outline covers, or the whole frame if there is none."""
    covered = _covered(_study_of_outline(network))
    west, east = max(extent[0], covered[0]), min(extent[1], covered[1])
    south, north = max(extent[2], covered[2]), min(extent[3], covered[3])
    return (west, east, south, north) if west < east and south < north else extent


def _shrink(lat: float) -> float:
    """Return the length of a degree of longitude in degrees of latitude."""
    return math.cos(math.radians(min(75.0, abs(lat))))


def frame(style: FigureStyle, extent: Extent) -> None:
    """Set the visible part of the earth, in degrees, and its scale."""
    west, east, south, north = extent
    axes = style.axes
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect(1 / _shrink((south + north) / 2))
    axes.set_xlabel("longitude, °E", fontsize=0.9 * style.points)
    axes.set_ylabel("latitude, °N", fontsize=0.9 * style.points)
    axes.tick_params(labelsize=0.9 * style.points)


def draw_basemap(style: FigureStyle, background: str | None = None, network: Network | None = None) -> str:
    """Draw land and water behind a map; return their source, for the source line.

    Parameters
    ----------
    background
        *outline*: the coarse one of the study, or of the shipped one (the default);
        *natural_earth*: through `geodatasets` (the extra `maps`), fetched once and cached; *none*.
    """
    if background not in (None, *BACKGROUNDS):
        fix = f"give {', '.join(BACKGROUNDS)}"
        raise DataError(Fault("option", "background", str(background), f"is {background!r}", fix))
    if background == "none":
        return ""
    land = _natural_earth() if background == "natural_earth" else None
    style.axes.set_facecolor(BEYOND if land is None else WATER)
    for kind, line in outline(network) if land is None else land:
        xs, ys = zip(*line, strict=True)
        if kind in ("coast", "river"):
            style.axes.plot(xs, ys, color=SHORE, linewidth=0.6 * style.line, zorder=0.2)
        else:
            style.axes.fill(xs, ys, facecolor=LAND if kind == "land" else WATER, linewidth=0, zorder=0.1)
    return "land: coarse outline of this project" if land is None else "land: Natural Earth"


Shape = tuple[str, tuple[tuple[float, float], ...]]  # land, sea, lake, coast or river, and its line
ORDER = {"land": 0, "sea": 1, "lake": 2, "coast": 3, "river": 4}


def outline(network: Network | None) -> tuple[Shape, ...]:
    """Return the shapes of the outline of a study in drawing order: areas, then coasts and rivers."""
    study = _study_of_outline(network)
    return _outline(study.folder / OUTLINE, _covered(study))


def _study_of_outline(network: Network | None) -> StudyFiles:
    """Return the study whose outline a map shows: the network's own, if it has one."""
    study = network.study if network is not None else None
    return study if study is not None and study.file(OUTLINE) else default_study()


def _covered(study: StudyFiles) -> Extent:
    return study.settings.covered or (-180.0, 180.0, -90.0, 90.0)


@cache
def _outline(path: Path, covered: Extent) -> tuple[Shape, ...]:
    import shapely
    from shapely.geometry import box, shape

    content = json.loads(path.read_text(encoding="utf-8"))
    areas = [(f["properties"]["kind"], shape(f["geometry"])) for f in content["features"]]
    # Land is cut into pieces: the coast is the boundary of the union of land and lakes, without the frame.
    dry = shapely.union_all([a for kind, a in areas if kind in ("land", "lake")])
    west, east, south, north = covered
    coast = dry.boundary.difference(box(west, south, east, north).boundary)
    lakes = [("coast", a.boundary) for kind, a in areas if kind == "lake"]
    return _ordered([*areas, ("coast", coast), *lakes])


def _ordered(areas: Iterable[tuple[str, Any]]) -> tuple[Shape, ...]:
    found = [s for kind, area in areas for s in _shapes(kind, area)]
    return tuple(sorted(found, key=lambda x: ORDER[x[0]]))


def _shapes(kind: str, geometry: Any) -> Iterator[Shape]:
    """Yield the rings of an area, with its holes as water, or the points of a line."""
    for part in getattr(geometry, "geoms", [geometry]):
        if part.geom_type != "Polygon":
            yield kind, tuple((x, y) for x, y, *_ in part.coords)
            continue
        yield kind, tuple((x, y) for x, y, *_ in part.exterior.coords)
        for hole in part.interiors:
            yield "sea", tuple((x, y) for x, y, *_ in hole.coords)


@cache
def _natural_earth() -> tuple[Shape, ...]:
    """Return Natural Earth's land; the first call fetches it."""
    geodatasets = library("maps", "geodatasets")
    try:
        import geopandas

        areas = geopandas.read_file(geodatasets.get_path("naturalearth.land")).geometry
    except Exception as error:  # noqa: BLE001 - network, cache and reader raise many types
        message = f"is not available: {type(error).__name__}: {error}"
        raise DataError(
            Fault("option", "background", "natural_earth", message, "connect once, or use outline")
        ) from None
    return _ordered(x for area in areas for x in (("land", area), ("coast", area.boundary)))
