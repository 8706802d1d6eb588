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
    """Return the railways and roads of an OpenStreetMap extract as a network, checked as a file is.

    Ways are cut where lines meet, change or cross a border, and joined elsewhere. What was left
    out, laid together or is not known stands in `network.meta["import_notes"]`, as plain sentences.
    Prices, speeds and cargo are not in OpenStreetMap: they are borrowed (see `like`).

    Parameters
    ----------
    path
        The extract: `.osm`, `.osm.gz`, `.osm.bz2`, `.osm.pbf` or `.pbf`.
    country
        ISO 3166-1 alpha-2 code of the whole extract; without, the boundaries in the extract say it.
    like
        A network to borrow tariffs, parameters and cargo from; what it has for the same country and
        carrier keeps its basis. Without, those of `corridor new`, marked assumed.
    modes
        Of rail, road, ferry.
    roads
        Classes of `highway`, each with its links.
    services
        Of siding, yard, spur: railways taken beside main lines.
    gauge_mm
        Gauge in mm where none is tagged; without, a missing one is refused.
    faulty
        What to do with ways whose tags cannot be meant: `refuse` the file, or `leave_out` and tell.
    simplify_m
        How far in metres the drawn line may run off the line; lengths are measured before.
    stub_km
        Dead ends shorter than this, in km, are left out, unless a station stands there.
    station_m
        How far in metres a station or border post may be from the line that it names a node of.
    places
        Kinds of `place` that name road junctions.
    place_m
        How far in metres such a place may be from the junction.
    parallel_m
        How far apart in metres tracks or carriageways between the same nodes are one link; 0: never.
    name
        Name of the network; without, the file's.
    base_year
        Year that statuses describe; without, that of the extract's timestamp, or that of `like`.

    Returns
    -------
    Network
        The network; figures from tags are published, lengths derived, with the source `osm`.

    Raises
    ------
    DataError
        If the extra is missing, the file cannot be read, has no line, tags that cannot be meant, or
        no country; every fault with the ways and how to mend it.

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
    faults = [*_faults(rules, measures), *_faults_of_words(country, faulty, name, base_year)]
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
    words: tuple[str | None, str, str | None, int | None],
    how: tuple[Rules, Measures, Network | None],
    findings: Findings,
) -> dict[str, Any]:
    """Return the network file that an extract makes."""
    country, faulty, name, base_year = words
    rules, measures, like = how
    faults = findings.faults() if faulty == "refuse" else []
    if faults:
        raise DataError(faults)
    _check_present(extract, rules, findings)
    ground, ends = ground_of(extract, *countries_of(extract, country, findings))
    if ends:
        findings.notes.append(f"Ways that end where tracks cross without a switch, joined there: {ends}.")
    findings.notes.append("Prices, cargo and speeds of consignments are borrowed, not from OpenStreetMap.")
    lines = lines_of(ground, rules.modes, measures, findings)
    if base_year is None:
        dated = re.match(r"(19|20)\d\d", extract.timestamp)
        base_year = int(dated[0]) if dated else (like or shipped()).base_year
        if not dated:
            findings.notes.append(f"The extract does not say of when it is; {base_year} is taken as the base year.")
    made = network_file(lines, name or _stem(source), base_year, like, measures.simplify_m, findings)
    if not any(f["properties"]["feature"] == "link" for f in made["features"]):
        raise DataError(Fault("file", "ways", None, "leaves no line", "; ".join(findings.sentences()) or "check it"))
    return made


def _check_present(extract: Extract, rules: Rules, findings: Findings) -> None:
    present = extract.ways.present
    if not present:
        asked = " or ".join(rules.modes)
        left = [f"{what}: {ways_named(ways)}" for what, ways in findings.remarks.items()]
        fix = "choose another extract, or other modes, roads and services" + "".join(f"; {w}" for w in left)
        raise DataError(Fault("file", "ways", None, f"has no {asked} that is taken", fix))
    for mode in rules.modes:
        if not present[mode]:
            findings.notes.append(f"The extract has no {mode} that is taken.")


def _texts(values: object) -> tuple[Any, ...]:
    listed = (values,) if isinstance(values, str) or not isinstance(values, Iterable) else values
    return tuple(listed)


def _faults(rules: Rules, measures: Measures) -> list[Fault]:
    """Return what is wrong with the lists and measures asked for."""
    faults = []
    asked = (
        ("modes", rules.modes, ORDER),
        ("services", rules.services, tags.SERVICES),
        ("roads", rules.roads, tags.HIGHWAYS),
        ("places", rules.places, tags.PLACES),
    )
    for name, given, known in asked:
        fix = f"give of {', '.join(known)}"
        faults += [Fault("read_osm", name, repr(word), f"has {word!r}", fix) for word in given if word not in known]
    if not rules.modes:
        faults.append(Fault("read_osm", "modes", "()", "is empty", f"give of {', '.join(ORDER)}"))
    for name, value in vars(measures).items():
        if not is_number(value) or value < 0 or not math.isfinite(value):
            faults.append(Fault("read_osm", name, repr(value), f"is {value!r}", "give a number from 0"))
    low, high = tags.GAUGE_LIMITS_MM
    gauge = rules.gauge_mm
    if gauge is not None and (not isinstance(gauge, int) or isinstance(gauge, bool) or not low <= gauge <= high):
        faults.append(Fault("read_osm", "gauge_mm", repr(gauge), f"is {gauge!r}", f"give {low} to {high} mm"))
    return faults


def _faults_of_words(country: object, faulty: object, name: object, base_year: object) -> list[Fault]:
    faults = []
    if country is not None and not (isinstance(country, str) and re.fullmatch("[A-Z]{2}", country)):
        fix = "give two capital letters of ISO 3166-1, as KZ"
        faults.append(Fault("read_osm", "country", repr(country), f"is {country!r}", fix))
    if faulty not in ("refuse", "leave_out"):
        faults.append(Fault("read_osm", "faulty", repr(faulty), f"is {faulty!r}", "give refuse or leave_out"))
    if name is not None and not (isinstance(name, str) and name.strip() and name.isprintable()):
        faults.append(Fault("read_osm", "name", repr(name), f"is {name!r}", "give a text, or leave it out"))
    if base_year is not None and (not is_number(base_year) or not isinstance(base_year, int)):
        faults.append(Fault("read_osm", "base_year", repr(base_year), f"is {base_year!r}", "give a year"))
    return faults


def _stem(source: str) -> str:
    stem = re.sub(r"(\.osm)?(\.gz|\.bz2|\.pbf)?$", "", Path(source).name)
    return tags.tidy(stem) or "osm"


def _with_digest(network: Network) -> Network:
    """Return the network with a hash of its content, so that what is learned of it is kept between runs."""
    import hashlib

    return replace(network, digest=hashlib.sha256(network.fingerprint().encode()).hexdigest(), cache={})
