"""Routes as GeoDataFrame and GeoJSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridor.engine.routing.itinerary import Route


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


def route_geojson(route: Route) -> str:
    """Return the route as a GeoJSON FeatureCollection, one feature per leg."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [list(p) for p in leg.line]},
            "properties": {**data, "nodes": list(leg.nodes), "links": list(leg.links)},
        }
        for leg, data in zip(route.legs, route.to_dict()["legs"], strict=True)
    ]
    return (
        json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, allow_nan=False, indent=1)
        + "\n"
    )
