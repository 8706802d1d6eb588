"""Read an OpenStreetMap extract as a network."""

from __future__ import annotations

import logging
import math
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from corridor.errors import DataError, Fault
from corridor.files.whole_files import path_of
from corridor.io.formats.default_header import shipped
from corridor.io.formats.geojson import from_geojson
from corridor.model.checks import is_number
from corridor.model.network import Network
from corridor.osm import tags
from corridor.osm.build import ORDER, Measures, lines_of
from corridor.osm.countries import countries_of
from corridor.osm.extract import Extract, read_extract
from corridor.osm.findings import Findings, ways_named
from corridor.osm.lines import ground_of
from corridor.osm.records import network_file
from corridor.osm.ways import Rules

LOGGER = logging.getLogger("corridor")
ROADS = ("motorway", "trunk", "primary")


def read_osm(
    path: str | os.PathLike[str],
    *,
    country: str | None = None,
    like: Network | None = None,
    modes: Sequence[str] = ("rail", "road"),
    roads: Sequence[str] = ROADS,
    services: Sequence[str] = (),
    gauge_mm: int | None = None,
    faulty: Literal["refuse", "leave_out"] = "refuse",
    simplify_m: float = 50.0,
    stub_km: float = 0.2,
    station_m: float = 250.0,
    places: Sequence[str] = ("city", "town"),
    place_m: float = 3000.0,
    parallel_m: float = 60.0,
    name: str | None = None,
    base_year: int | None = None,
) -> Network:
    """Return the railways and roads of an OpenStreetMap extract as a network, checked like a file.

    Ways are cut where lines meet, change or cross a border, and joined elsewhere. The sentences in
    `network.meta["import_notes"]` list what was left out, merged or is unknown. Prices, speeds and
    cargo are not in OpenStreetMap: they come from another network (see `like`).

    Parameters
    ----------
    path
        The extract: `.osm`, `.osm.gz`, `.osm.bz2`, `.osm.pbf` or `.pbf`.
    country
        ISO 3166-1 alpha-2 code of the whole extract (default: by the boundaries in the extract).
    like
        A network whose tariffs, parameters and cargo are used; values for the same country and
        carrier keep their basis (default: those of `corridor new`, marked assumed).
    modes
        Any of rail, road, ferry.
    roads
        Classes of `highway`, each with its link roads.
    services
        Any of siding, yard, spur: railways to read in addition to main lines.
    gauge_mm
        Gauge in mm where none is tagged; without it a missing gauge is refused.
    faulty
        Treatment of ways with invalid tags: `refuse` the file, or `leave_out` the ways with a note.
    simplify_m
        Tolerance in metres of the simplified geometry; lengths are measured before simplification.
    stub_km
        Dead ends shorter than this, in km, are left out, unless they have a station.
    station_m
        Maximum distance in metres of a station or border post from the line node that it names.
    places
        Kinds of `place` that name road junctions.
    place_m
        Maximum distance in metres of such a place from the junction.
    parallel_m
        Maximum distance in metres of parallel tracks or carriageways to merge into one link; 0: never.
    name
        Name of the network (default: the name of the file).
    base_year
        Year that the statuses describe (default: that of the timestamp of the extract, or of `like`).

    Returns
    -------
    Network
        The network; figures from tags are published, lengths derived, with the source `osm`.

    Raises
    ------
    DataError
        If the extra is missing, or the file cannot be read, has no lines, invalid tags or no country;
        lists every fault with its ways and how to correct it.

    Examples
    --------
    >>> import corridor, pathlib, tempfile
    >>> text = '''<osm version="0.6">
    ... <node id="1" lat="50" lon="60"/><node id="2" lat="50" lon="61"/>
    ... <node id="3" lat="51" lon="61"><tag k="railway" v="station"/><tag k="name" v="Aral"/></node>
    ... <way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="railway" v="rail"/><tag k="gauge" v="1520"/></way>
    ... </osm>'''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = pathlib.Path(folder, "small.osm").write_text(text)
    ...     net = corridor.read_osm(pathlib.Path(folder, "small.osm"), country="KZ")
    >>> net.link_table.ids, round(float(net.link_table["length_km"][0]))
    (('osm-n1-aral-rail-1520',), 183)
    """
    path = path_of(path)
    measures = Measures(simplify_m, station_m, place_m, parallel_m, stub_km)
    rules = Rules(_texts(modes), _texts(roads), _texts(services), gauge_mm, _texts(places))
    faults = [*_faults(rules, measures), *_option_faults(country, faulty, name, base_year)]
    if faults:
        raise DataError(faults)
    source, findings = os.fspath(path), Findings()
    extract = read_extract(path, rules, findings, with_countries=country is None)
    try:
        value = _value(extract, source, (country, faulty, name, base_year), (rules, measures, like), findings)
    except DataError as error:
        raise DataError(error.faults, source) from None
    value["corridor"]["import_notes"] = findings.sentences()
    for note in value["corridor"]["import_notes"]:
        LOGGER.info("%s: %s", Path(source).name, note)
    return _with_digest(from_geojson(value, source))


def _value(
    extract: Extract,
    source: str,
    options: tuple[str | None, str, str | None, int | None],
    settings: tuple[Rules, Measures, Network | None],
    findings: Findings,
) -> dict[str, Any]:
    """Return the content of a network file from an extract."""
    country, faulty, name, base_year = options
    rules, measures, like = settings
    faults = findings.faults() if faulty == "refuse" else []
    if faults:
        raise DataError(faults)
    _check_present(extract, rules, findings)
    ground, ends = ground_of(extract, *countries_of(extract, country, findings))
    if ends:
        findings.notes.append(f"Ways that end where tracks cross without a switch, joined there: {ends}.")
    findings.notes.append("Prices, cargo and speeds of consignments are from another network, not from OpenStreetMap.")
    lines = lines_of(ground, rules.modes, measures, findings)
    if base_year is None:
        dated = re.match(r"(19|20)\d\d", extract.timestamp)
        base_year = int(dated[0]) if dated else (like or shipped()).base_year
        if not dated:
            findings.notes.append(f"The extract has no date; {base_year} is used as the base year.")
    record = network_file(lines, name or _stem(source), base_year, like, measures.simplify_m, findings)
    if not any(f["properties"]["feature"] == "link" for f in record["features"]):
        raise DataError(Fault("file", "ways", None, "gives no lines", "; ".join(findings.sentences()) or "check it"))
    return record


def _check_present(extract: Extract, rules: Rules, findings: Findings) -> None:
    present = extract.ways.present
    if not present:
        modes = " or ".join(rules.modes)
        left_out = [f"{what}: {ways_named(ways)}" for what, ways in findings.remarks.items()]
        fix = "choose another extract, or other modes, roads and services" + "".join(f"; {w}" for w in left_out)
        raise DataError(Fault("file", "ways", None, f"has no usable {modes}", fix))
    for mode in rules.modes:
        if not present[mode]:
            findings.notes.append(f"The extract has no usable {mode}.")


def _texts(values: object) -> tuple[Any, ...]:
    listed = (values,) if isinstance(values, str) or not isinstance(values, Iterable) else values
    return tuple(listed)


def _faults(rules: Rules, measures: Measures) -> list[Fault]:
    """Return the faults of the lists and tolerances given."""
    faults = []
    lists = (
        ("modes", rules.modes, ORDER),
        ("services", rules.services, tags.SERVICES),
        ("roads", rules.roads, tags.HIGHWAYS),
        ("places", rules.places, tags.PLACES),
    )
    for name, given, known in lists:
        fix = f"give any of {', '.join(known)}"
        faults += [Fault("read_osm", name, repr(word), f"has {word!r}", fix) for word in given if word not in known]
    if not rules.modes:
        faults.append(Fault("read_osm", "modes", "()", "is empty", f"give any of {', '.join(ORDER)}"))
    for name, value in vars(measures).items():
        if not is_number(value) or value < 0 or not math.isfinite(value):
            faults.append(Fault("read_osm", name, repr(value), f"is {value!r}", "give a number from 0"))
    low, high = tags.GAUGE_LIMITS_MM
    gauge = rules.gauge_mm
    if gauge is not None and (not isinstance(gauge, int) or isinstance(gauge, bool) or not low <= gauge <= high):
        faults.append(Fault("read_osm", "gauge_mm", repr(gauge), f"is {gauge!r}", f"give {low} to {high} mm"))
    return faults


def _option_faults(country: object, faulty: object, name: object, base_year: object) -> list[Fault]:
    faults = []
    if country is not None and not (isinstance(country, str) and re.fullmatch("[A-Z]{2}", country)):
        fix = "give the two capital letters of ISO 3166-1, such as KZ"
        faults.append(Fault("read_osm", "country", repr(country), f"is {country!r}", fix))
    if faulty not in ("refuse", "leave_out"):
        faults.append(Fault("read_osm", "faulty", repr(faulty), f"is {faulty!r}", "give refuse or leave_out"))
    if name is not None and not (isinstance(name, str) and name.strip() and name.isprintable()):
        faults.append(Fault("read_osm", "name", repr(name), f"is {name!r}", "give a text, or omit it"))
    if base_year is not None and (not is_number(base_year) or not isinstance(base_year, int)):
        faults.append(Fault("read_osm", "base_year", repr(base_year), f"is {base_year!r}", "give a year"))
    return faults


def _stem(source: str) -> str:
    stem = re.sub(r"(\.osm)?(\.gz|\.bz2|\.pbf)?$", "", Path(source).name)
    return tags.tidy(stem) or "osm"


def _with_digest(network: Network) -> Network:
    """Return the network with a hash of its content, so that its results can be cached between runs."""
    import hashlib

    return replace(network, digest=hashlib.sha256(network.fingerprint().encode()).hexdigest(), cache={})
