"""Units and the constants that the whole library shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

DAYS_PER_YEAR = 365
DAYS_PER_WEEK = 7
HOURS_PER_DAY = 24.0
HOURS_PER_WEEK = 168.0
EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG 1980

SMALLEST_RESIDUE = 1e-9  # smaller values are rounding errors of the processor and the solver

Position = tuple[float, float]


def residue(value: float) -> str:
    """Return a relative gap or residual as a bound: the next power of ten, at least 1e-9.

    The digits of a residue depend on the processor and the solver version; the bound does not.

    Examples
    --------
    >>> residue(3.7e-16), residue(0.0), residue(2.5e-7)
    ('below 1e-9', 'below 1e-9', 'below 1e-6')
    """
    if not value > SMALLEST_RESIDUE:
        return "below 1e-9"
    return f"below 1e{math.floor(math.log10(value)) + 1}"


def great_circle_km(start: Position, end: Position) -> float:
    """Return the great-circle distance in km between two (lon, lat) positions.

    Examples
    --------
    >>> round(great_circle_km((61.40, 55.16), (56.06, 27.11)))
    3149
    >>> great_circle_km((0.0, 0.0), (0.0, 0.0))
    0.0
    """
    lon1, lat1, lon2, lat2 = map(math.radians, (*start, *end))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(h, 1.0)))


def line_km(points: Sequence[Position]) -> float:
    """Return the length in km of a line through (lon, lat) points."""
    return sum(great_circle_km(a, b) for a, b in pairwise(points))
