"""Interpretation of OpenStreetMap tags: gauge, electrification, tracks, speed, status, names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from corridor.osm.findings import TagError

Tags = Mapping[str, str]

RAILWAYS = ("rail", "narrow_gauge")
HIGHWAYS = (
    *("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified"),
    *("residential", "living_street", "service", "track", "road"),
)
PLACES = (
    *("city", "town", "village", "hamlet", "isolated_dwelling", "farm", "allotments"),
    *("borough", "suburb", "quarter", "neighbourhood", "locality", "island", "islet", "square"),
)
SERVICES = ("siding", "yard", "spur")  # read on request; crossovers join main tracks and are always read
LIFE = {"construction": "under_construction", "proposed": "proposed"}
GONE = ("disused", "abandoned", "razed", "dismantled")
GAUGE_LIMITS_MM = (600, 1700)
SPEED_LIMIT_KMH = 500.0
KM_PER_MILE = 1.609344
WIRED = {"contact_line", "yes", "rail", "4th_rail", "ground-level_power_supply"}
WORDS_OF_GAUGE = ("broad", "narrow", "unknown", "mixed", "variable")
CLOSED_TO_LORRIES = ("hgv", "motor_vehicle", "vehicle", "access")
NAMES = ("name:en", "int_name", "name", "name:ru", "name:fa", "name:kk", "name:tk", "name:uz", "alt_name", "old_name")


class Meaning(NamedTuple):
    """The properties that are constant along a link; None is unknown, no gauge means no railway."""

    mode: str
    gauges_mm: tuple[int, ...]
    electrified: str | None
    tracks: int | None
    line_speed_kmh: float | None
    status: str
    one_way: bool
    drawn_apart: bool = False  # several parallel OSM lines merged into one link


class Beside(NamedTuple):
    """Further properties of a way that do not split a link: class or usage, label, tracks of the whole line."""

    usage: str
    label: str
    passenger_lines: int | None


def is_taken_railway(tags: Tags) -> tuple[str, str] | None:
    """Return kind and status of a railway usable for freight now or in future, or None.

    Examples
    --------
    >>> is_taken_railway({"railway": "construction", "construction": "rail"})
    ('rail', 'under_construction')
    >>> is_taken_railway({"railway": "abandoned"})
    """
    value = tags.get("railway", "")
    if value in RAILWAYS:
        return value, "operating"
    for life, status in LIFE.items():
        kind = tags.get(life, "") if value == life else tags.get(f"{life}:railway", "")
        if kind in RAILWAYS:
            return kind, status
    return None


def highway_class(tags: Tags, roads: tuple[str, ...]) -> tuple[str, str] | None:
    """Return class and status of a road of the requested classes, or None."""
    value = tags.get("highway", "")
    status = LIFE.get(value, "operating")
    kind = tags.get(value, "") if value in LIFE else value
    return (kind, status) if kind.removesuffix("_link") in roads else None


def gauges_of(value: str | None, gauge_mm: int | None) -> tuple[int, ...]:
    """Return the gauges of a track in mm, sorted; `gauge_mm` replaces a missing tag.

    Raises
    ------
    TagError
        If the gauge is missing, ambiguous, or not a railway gauge.

    Examples
    --------
    >>> gauges_of("1435;1520", None), gauges_of("standard", None), gauges_of(None, 1520)
    ((1435, 1520), (1435,), (1520,))
    """
    if value is None or value.strip().casefold() in WORDS_OF_GAUGE:
        if gauge_mm is not None:
            return (gauge_mm,)
        message = "is missing" if value is None else f"is '{value}', which is ambiguous"
        fix = "give gauge_mm=, such as 1520, or leave such ways out with faulty='leave_out'"
        raise TagError("gauge", value, message, fix)
    found = set()
    for part in re.split(r"[;,/]", value):
        text = "1435" if part.strip().casefold() == "standard" else part.strip().removesuffix("mm").strip()
        if not re.fullmatch(r"\d{1,6}", text) or not GAUGE_LIMITS_MM[0] <= int(text) <= GAUGE_LIMITS_MM[1]:
            low, high = GAUGE_LIMITS_MM
            fix = f"correct the tag (expected {low} to {high} mm), or leave such ways out with faulty='leave_out'"
            raise TagError("gauge", value, f"is '{value}'", fix)
        found.add(int(text))
    return tuple(sorted(found))


def electrified_of(value: str | None) -> str | None:
    """Return yes, no, or None if it is unknown."""
    if value is None:
        return None
    parts = {p.strip() for p in value.split(";")}
    return "yes" if parts & WIRED else ("no" if parts == {"no"} else None)


def speed_of(value: str | None) -> float | None:
    """Return a speed limit in km/h; None if it is not a number: RU:urban, none, signals, several.

    Raises
    ------
    TagError
        If the number is not a valid speed.

    Examples
    --------
    >>> speed_of("80"), speed_of("50 mph"), speed_of("RU:urban"), speed_of("none")
    (80.0, 80.47, None, None)
    """
    match = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph)?", (value or "").strip())
    if match is None:
        return None
    speed = round(float(match[1]) * (KM_PER_MILE if match[2] == "mph" else 1), 2)
    if not 0 < speed <= SPEED_LIMIT_KMH:
        fix = "correct the tag, or leave such ways out with faulty='leave_out'"
        raise TagError("maxspeed", value, f"is '{value}'", fix)
    return speed


def count_of(value: str | None) -> int | None:
    """Return a number of tracks, 1 to 8, or None if it is unknown."""
    return int(value) if value is not None and re.fullmatch(r"[1-8]", value.strip()) else None


def one_way_of(tags: Tags) -> int:
    """Return 1 for a one-way road, -1 if it is one-way against its direction of drawing, else 0."""
    value = tags.get("oneway")
    if value in ("yes", "1", "true"):
        return 1
    if value in ("-1", "reverse"):
        return -1
    implied = tags.get("highway") in ("motorway", "motorway_link") or tags.get("junction") == "roundabout"
    return int(value is None and implied)


def railway_meaning(tags: Tags, status: str, gauge_mm: int | None) -> Meaning:
    """Return the meaning of a railway's tags."""
    gauges = gauges_of(tags.get("gauge"), gauge_mm)
    wire, tracks = electrified_of(tags.get("electrified")), count_of(tags.get("railway:tracks", tags.get("tracks")))
    return Meaning("rail", gauges, wire, tracks, speed_of(tags.get("maxspeed")), status, one_way=False)


def road_meaning(tags: Tags, status: str) -> Meaning:
    """Return the meaning of a road's tags."""
    return Meaning("road", (), None, None, speed_of(tags.get("maxspeed")), status, one_way=one_way_of(tags) != 0)


def ferry_meaning(tags: Tags) -> Meaning | None:
    """Return the meaning of a ferry's tags: for wagons with a gauge, for trucks if open to vehicles, else None."""
    if "gauge" in tags:
        return Meaning("ferry", gauges_of(tags["gauge"], None), None, None, None, "operating", one_way=False)
    values = [tags.get(k) for k in ("hgv", "motor_vehicle", "motorcar")]
    if "no" in values or not any(values):
        return None
    return Meaning("ferry", (), None, None, None, "operating", one_way=False)


def closed_to_lorries(tags: Tags) -> bool:
    """Whether a road is closed to trucks; the most specific tag decides."""
    value = next((tags[k] for k in CLOSED_TO_LORRIES if k in tags), "yes")
    return value == "no"


def beside(tags: Tags, kind: str) -> Beside:
    """Return the further properties of a way, which do not split a link."""
    usage = tags.get("usage", "") if kind in RAILWAYS else kind
    label = tags.get("ref", "") if kind not in RAILWAYS else tags.get("name:en", tags.get("name", ""))
    return Beside(tidy(usage), tidy(label), count_of(tags.get("passenger_lines")))


def names_of(tags: Tags) -> tuple[str, tuple[str, ...]]:
    """Return a place's name, in Latin letters if it has one, and its other spellings.

    Examples
    --------
    >>> names_of({"name": "Сарахс", "name:en": "Sarakhs"})
    ('Sarakhs', ('Сарахс',))
    """
    found = [tidy(n) for key in NAMES if key in tags for n in tags[key].split(";")]
    found = list(dict.fromkeys(n for n in found if n))
    if not found:
        return "", ()
    name = next((n for n in found if is_latin(n)), tidy(tags.get("name", "")) or found[0])
    return name, tuple(n for n in found if n != name)


def tidy(text: str) -> str:
    """Return a text on one line, without unprintable characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def is_latin(text: str) -> bool:
    """Whether all letters are Latin."""
    return all("LATIN" in unicodedata.name(c, "") for c in text if c.isalpha())
