"""Line capacity where none is documented, by the graphic-period method.

All computed capacities of a network come from this one function, so they are comparable. The
defaults are textbook values (*assumed*), as in the operations dossier.
"""

from __future__ import annotations

WINDOW_MIN = {1: 60.0, 2: 120.0}  # maintenance window a day, single and double track
AVAILABILITY = 0.93  # a_n, share of paths not lost to failures (0.92-0.96)
RESERVE = {1: 0.85, 2: 0.87}  # share of all paths that is used in practice
CROSSING_MIN = 11.5  # a crossing: setting routes at both ends, braking and starting
BLOCK_HEADWAY_MIN = 10.0  # automatic block (8-12 min)
SECTION_CLEARANCE_MIN = 3.0  # added to the running time of a section without automatic block
PASSENGER_WEIGHT = {1: 1.2, 2: 2.0}  # freight paths that one passenger train occupies


def line_capacity_trains_day(
    *,
    length_km: float,
    loop_spacing_km: float,
    speed_kmh: float,
    tracks: int,
    automatic_block: bool,
    passenger_pairs_day: float,
) -> float:
    """Return the capacity of a line in freight trains a day and direction.

    Parameters
    ----------
    length_km
        Length of the line between two nodes, km, > 0.
    loop_spacing_km
        Distance between crossing stations, km, > 0; a shorter line is one section.
    speed_kmh
        Running speed of freight trains, km/h, > 0.
    tracks
        1, or 2 and more (counted as double).
    automatic_block
        Whether trains follow each other at block distance on double track.
    passenger_pairs_day
        Passenger trains a day in each direction.

    Returns
    -------
    float
        Freight trains a day in each direction, at least 0.

    Notes
    -----
    Single track: N = (1440 - window) a_n / (2 T + crossing); double track:
    N = (1440 - window) a_n / headway; freight = reserve N - weight x passenger
    trains. The seasonal peak is not included.

    References
    ----------
    Form of the method: source P104 of the shipped network; values: assumed.

    Examples
    --------
    Uzen - Bolashak, 146 km with loops every 21 km:

    >>> round(line_capacity_trains_day(length_km=146, loop_spacing_km=21, speed_kmh=50,
    ...     tracks=1, automatic_block=False, passenger_pairs_day=1), 1)
    16.4

    A line whose passenger trains leave no capacity:

    >>> line_capacity_trains_day(length_km=100, loop_spacing_km=20, speed_kmh=40,
    ...     tracks=1, automatic_block=False, passenger_pairs_day=40)
    0.0
    """
    kind = 1 if tracks == 1 else 2
    minutes = 1440 - WINDOW_MIN[kind]
    section_min = 60 * min(loop_spacing_km, length_km) / speed_kmh
    if kind == 1:
        period_min = 2 * section_min + CROSSING_MIN
    else:
        period_min = BLOCK_HEADWAY_MIN if automatic_block else section_min + SECTION_CLEARANCE_MIN
    paths = minutes * AVAILABILITY / period_min
    return max(0.0, RESERVE[kind] * paths - PASSENGER_WEIGHT[kind] * passenger_pairs_day)
