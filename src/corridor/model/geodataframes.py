"""Tables of a network as (Geo)DataFrames, for notebooks and GIS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridor.model.network import Network


def frame(network: Network, kind: str) -> Any:
    """Return one table with ids as index; empty columns are left out."""
    import geopandas
    import pandas
    from shapely.geometry import LineString, Point

    table = network.tables[kind]
    columns = {name: values for name, values in table.columns.items() if name != "id"}
    data = pandas.DataFrame(columns, index=pandas.Index(table.ids, name="id")).dropna(axis="columns", how="all")
    if kind == "resource":
        return data
    shapes = []
    for name in table.ids:
        points = network.geometry.get(name)
        shapes.append(None if not points else Point(points[0]) if kind != "link" else LineString(points))
    return geopandas.GeoDataFrame(data, geometry=shapes, crs="EPSG:4326")
