"""Routes as GeoDataFrame and GeoJSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corridor.routing.itinerary import Route


def route_frame(route: Route) -> Any:
    """Return one row per leg, with its line."""
    import geopandas
    from shapely.geometry import LineString

    rows = [
        {
            "mode": x.mode,
            "gauge_mm": x.gauge_mm,
            "from": x.start,
            "to": x.end,
            "length_km": x.length_km,
            "time_h": x.time_h,
            "cost_usd_t": x.cost_usd_t,
            "co2_kg_t": x.co2_kg_t,
        }
        for x in route.legs
    ]
    return geopandas.GeoDataFrame(rows, geometry=[LineString(x.line) for x in route.legs], crs="EPSG:4326")


def routes_frame(routes: Iterable[Route]) -> Any:
    """Return one row per leg of several routes, with the number of its route from 1."""
    import pandas

    frames = [route_frame(r).assign(route=i) for i, r in enumerate(routes, start=1)]
    return pandas.concat(frames, ignore_index=True)


def route_geojson(*routes: Route) -> str:
    """Return routes as a GeoJSON FeatureCollection, one feature per leg; several are numbered from 1."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [list(p) for p in leg.line]},
            "properties": {**({"route": i} if len(routes) > 1 else {}), **data},
        }
        for i, route in enumerate(routes, start=1)
        for leg, data in zip(route.legs, route.to_dict()["legs"], strict=True)
    ]
    return (
        json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, allow_nan=False, indent=1)
        + "\n"
    )
