"""Units and coordinate systems of other formats."""

from __future__ import annotations

from collections.abc import Mapping

from corridor.errors import Fault
from corridor.units import Position

KM = {
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres"), 1.0),
    **dict.fromkeys(("mi", "mile", "miles"), 1.609344),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), 0.001),
    **dict.fromkeys(("ft", "foot", "feet"), 0.0003048),
}
KMH = {
    **dict.fromkeys(("kph", "km/h", "kmh", "kmph"), 1.0),
    **dict.fromkeys(("mph", "mi/h", "miles/h"), 1.609344),
    **dict.fromkeys(("m/s", "mps"), 3.6),
}
HOURS = {
    **dict.fromkeys(("h", "hour", "hours"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 1 / 60),
    **dict.fromkeys(("s", "second", "seconds"), 1 / 3600),
}
WGS84 = ("EPSG:4326", "OGC:CRS84", "4326")


def to_lon_lat(
    system: str, lines: Mapping[str, tuple[Position, ...]], fault: Fault, faults: list[Fault]
) -> dict[str, tuple[Position, ...]]:
    """Return points of a coordinate system as longitude and latitude, rounded to a centimetre."""
    import pyproj

    try:
        transformer = pyproj.Transformer.from_crs(system, "EPSG:4326", always_xy=True)
    except pyproj.exceptions.CRSError:
        message = f"is not a coordinate system: '{system}'"
        faults.append(Fault(fault.where, fault.field, fault.value, message, fault.fix))
        return dict(lines)
    crs = pyproj.CRS.from_user_input(system)
    if len(crs.axis_info) != 2 or not (crs.is_geographic or crs.is_projected):
        message = f"is not a geographic or projected system with two axes: '{system}'"
        faults.append(Fault(fault.where, fault.field, fault.value, message, fault.fix))
        return dict(lines)
    positions = {}
    for name, line in lines.items():
        lons, lats = transformer.transform([p[0] for p in line], [p[1] for p in line])
        positions[name] = tuple((round(x, 7), round(y, 7)) for x, y in zip(lons, lats, strict=True))
    return positions
