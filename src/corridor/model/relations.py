"""Checks of the relations between features; they run on well-formed records only."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from corridor.errors import Fault
from corridor.model.cargo import WATER, carrier_group
from corridor.model.fields import BY_FEATURE, CLASSES, DOOR, MODES
from corridor.model.header import PARAMETER_STEMS, parameter_limits
from corridor.model.raw_network import RawNetwork, Record, Rule, each
from corridor.units import great_circle_km, line_km

TOLERANCE_KM = 1.0  # positions are accurate to about a kilometre
PLACE_TOLERANCE_KM = 5.0  # a line may end at the far side of a yard
DETOUR_FROM_KM = 30.0  # shorter links are not compared with the great circle; their ends may share one position
DRAWN_LIMIT = 1.02
DEPARTURE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):([0-5]\d)")
MOST_HINTS = 20  # each search for a similar name takes time
DETOUR_LIMIT = 3.0  # a length above this multiple of the great circle is probably a mistake


def check_ends(raw: RawNetwork) -> Iterator[Fault]:
    """Links and transfers refer to nodes that exist."""
    nodes = {r["id"] for r in raw.records["node"]}
    spelled, hinted = sorted(nodes), 0
    for kind, ends in (("link", ("from", "to")), ("transfer", ("node",))):
        for record in raw.records[kind]:
            for end in ends:
                if record[end] not in nodes:
                    hinted += 1  # the search is linear in the number of nodes
                    close = difflib.get_close_matches(record[end], spelled, n=1) if hinted <= MOST_HINTS else []
                    hint = f"did you mean '{close[0]}'?" if close else "add the node, or correct the id"
                    yield Fault(
                        f"{kind} '{record['id']}'", end, record[end], f"names an unknown node: '{record[end]}'", hint
                    )


def check_carriers(raw: RawNetwork) -> Iterator[Fault]:
    """The carrier of a link fits its mode and gauge."""
    for record in raw.records["link"]:
        allowed = carriers_of(record["mode"], record.get("gauge_mm"))
        where = f"link '{record['id']}'"
        if record["mode"] == "rail" and record.get("gauge_mm") is None:
            yield Fault(where, "gauge_mm", None, "is missing", "give the track gauge, such as 1435 or 1520")
        elif record["carrier"] not in allowed:
            yield Fault(
                where,
                "carrier",
                record["carrier"],
                f"is '{record['carrier']}'",
                f"expected {' or '.join(allowed)} for {record['mode']}",
            )


def carriers_of(mode: str, gauge_mm: float | None) -> tuple[str, ...]:
    """Return the carriers that can run on a link of a mode and gauge."""
    gauge = "" if gauge_mm is None else f"{gauge_mm:g}"
    if mode == "ferry":
        return (f"railferry{gauge}",) if gauge else ("roro",)
    return {"rail": (f"rail{gauge}",), "road": ("road",), "sea": ("sea",), "river": ("river", "sea")}[mode]


def check_places(raw: RawNetwork) -> Iterator[Fault]:
    """The line of a link leads from its first node to its second; a transfer is at its node."""
    for record in raw.records["link"]:
        points = raw.geometry[record["id"]]
        for end, point in (("from", points[0]), ("to", points[-1])):
            off = great_circle_km(point, raw.geometry[record[end]][0])
            if off > PLACE_TOLERANCE_KM:
                message = f"is drawn {off:.0f} km away from its end '{record[end]}'"
                fix = "draw it from the node `from` to the node `to`"
                yield Fault(f"link '{record['id']}'", "geometry", repr(point), message, fix)
    for record in raw.records["transfer"]:
        for point in raw.geometry.get(record["id"], ()):
            off = great_circle_km(point, raw.geometry[record["node"]][0])
            if off > PLACE_TOLERANCE_KM:
                message = f"is {off:.0f} km away from its node '{record['node']}'"
                yield Fault(f"transfer '{record['id']}'", "geometry", repr(point), message, "move it to the node")


def check_lengths(raw: RawNetwork) -> Iterator[Fault]:
    """A link is not shorter than the great circle between its nodes, and its line is not longer than the link."""
    for record in raw.records["link"]:
        points = raw.geometry[record["id"]]
        where, length = f"link '{record['id']}'", record["length_km"]
        direct = great_circle_km(*(raw.geometry[record[end]][0] for end in ("from", "to")))
        line_length = line_km(points)
        if length < direct - TOLERANCE_KM:
            message = f"is {length:g} km, below the great-circle distance of {direct:.1f} km"
            yield Fault(where, "length_km", length, message, "correct the length or the positions of its ends")
        elif max(direct, line_length) > 0 and length > DETOUR_LIMIT * max(direct, line_length, DETOUR_FROM_KM):
            message = f"is {length:g} km, over {DETOUR_LIMIT:g} times the great-circle distance of {direct:.0f} km"
            yield Fault(where, "length_km", length, message, "correct it, or draw the line with its bends")
        elif line_length > DRAWN_LIMIT * length + TOLERANCE_KM:
            message = f"is drawn with {line_length:.0f} km, longer than its length of {length:g} km"
            fix = "remove bends, or correct the length"
            yield Fault(where, "geometry", None, message, fix, severity="warning")


def check_borders(raw: RawNetwork) -> Iterator[Fault]:
    """A link with border times or charges crosses a border."""
    country = {r["id"]: r["country"] for r in raw.records["node"]}
    for record in raw.records["link"]:
        if country[record["from"]] == country[record["to"]]:
            for name in ("border_h", "border_usd_t"):
                if record.get(name):
                    message = f"is {record[name]:g} on a link within {country[record['from']]}"
                    fix = "remove it, or correct the country of an end"
                    yield Fault(f"link '{record['id']}'", name, record[name], message, fix)


def check_transfer_carriers(raw: RawNetwork) -> Iterator[Fault]:
    """A transfer joins carriers present at its node, and serves at least one class of cargo."""
    present: dict[str, set[str]] = {}
    for record in raw.records["link"]:
        for end in ("from", "to"):
            present.setdefault(record[end], set()).add(record["carrier"])
    for record in raw.records["transfer"]:
        where = f"transfer '{record['id']}'"
        for end in ("from", "to"):
            carrier = record[end]
            if carrier == DOOR:
                continue
            if carrier not in present.get(record["node"], set()):
                there = ", ".join(sorted(present.get(record["node"], set()))) or "nothing"
                yield Fault(
                    where,
                    end,
                    carrier,
                    f"needs {carrier} at {record['node']}, which has {there}",
                    "add a link of this carrier, or remove the transfer",
                )
        if record["from"] == record["to"]:
            yield Fault(where, "to", record["to"], "joins a carrier to itself", "give two carriers")
        for c in CLASSES:
            hours, money = record.get(f"{c}_h"), record.get(f"{c}_usd_t")
            if (hours is None) != (money is None):
                missing = f"{c}_h" if hours is None else f"{c}_usd_t"
                yield Fault(where, missing, None, "is missing", f"a transfer that serves {c} needs hours and cost")
        if not any(record.get(f"{c}_h") is not None for c in CLASSES):
            yield Fault(
                where, "", None, "serves no class of cargo", f"give hours and cost for one of {', '.join(CLASSES)}"
            )


def check_uses(raw: RawNetwork) -> Iterator[Fault]:
    """Resources are used by existing links, transfers and cargo, and their other traffic is within capacity."""
    cargo = _cargo_words(raw)
    features = {r["id"] for kind in ("link", "transfer") for r in raw.records[kind]}
    for record in raw.records["resource"]:
        where = f"resource '{record['id']}'"
        for use in record["uses"]:
            yield from _unknown(where, "uses", [use["feature"]], features, "link or transfer")
            yield from _unknown(where, "uses", use.get("classes"), cargo, "class or cargo")
        capacity, load = record.get("capacity"), record.get("base_load")
        if capacity is not None and load is not None and load > capacity:
            message = f"is {load:g}, above the capacity of {capacity:g}: no capacity is left"
            yield Fault(where, "base_load", load, message, "check both", severity="warning")


def _cargo_words(raw: RawNetwork) -> set[str]:
    return set(CLASSES) | {c["id"] for c in raw.header["cargo"]}


def _unknown(where: str, field: str, words: Iterable[str] | None, known: set[str], what: str) -> Iterator[Fault]:
    for word in words or ():
        if word not in known:
            yield Fault(where, field, word, f"names an unknown {what}: '{word}'", _hint(word, known))


def _hint(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f"did you mean '{close[0]}'?" if close else "correct it, or add it to the network"


def check_tariffs(raw: RawNetwork) -> Iterator[Fault]:
    """Every link has a tariff in each area that it passes, and tariffs refer to existing carriers and cargo."""
    carriers = {r["carrier"] for r in raw.records["link"]}
    known = {(t["area"], t["carrier"]) for t in raw.header["tariffs"]}
    missing: dict[tuple[str, str], list[str]] = {}
    for record in raw.records["link"]:
        for area in record["tariff_area"]:
            if (area, record["carrier"]) not in known:
                missing.setdefault((area, record["carrier"]), []).append(record["id"])
    for (area, carrier), links in sorted(missing.items()):
        listed = ", ".join(links[:3]) + (f" and {len(links) - 3} more" if len(links) > 3 else "")
        fix = "add a tariff for this area and carrier"
        yield Fault("tariffs", f"{area} {carrier}", None, f"is missing, needed by {listed}", fix)
    cargo = _cargo_words(raw)
    for number, tariff in enumerate(raw.header["tariffs"], start=1):
        where = f"tariffs no. {number}"
        yield from _unknown(where, "cargo", [tariff["cargo"]], cargo, "class or cargo")
        if tariff["carrier"] not in carriers:
            word = tariff["carrier"]
            close = difflib.get_close_matches(word, sorted(carriers), n=1, cutoff=0.8)
            if close and not word.startswith(("rail", "railferry")):
                yield Fault(
                    where, "carrier", word, f"is not a carrier of any link: '{word}'", f"did you mean '{close[0]}'?"
                )


def check_frictions(raw: RawNetwork) -> Iterator[Fault]:
    """A rule refers to an existing country, sea, mode or link and to existing cargo, and a charge has an amount."""
    countries = {r["country"] for r in raw.records["node"]}
    areas = {a for r in raw.records["link"] for a in r["tariff_area"]}
    places = countries | areas | set(MODES) | {r["id"] for r in raw.records["link"]}
    cargo = _cargo_words(raw)
    for rule in raw.header.get("frictions") or ():
        where = f"friction '{rule['id']}'"
        yield from _unknown(where, "where", [rule["where"]], places, "country, sea, mode or link")
        yield from _unknown(where, "cargo", rule.get("cargo"), cargo, "class or cargo")
        for name in ("between_a", "between_b", "unless_end_in"):
            yield from _unknown(where, name, rule.get(name), countries, "country")
        if bool(rule.get("between_a")) != bool(rule.get("between_b")):
            yield Fault(where, "between_b", None, "is incomplete", "give both between_a and between_b, or neither")
        if rule["effect"] == "charge" and rule.get("usd_t") is None:
            yield Fault(where, "usd_t", None, "is missing", "give the amount of the charge")


def check_parameters(raw: RawNetwork) -> Iterator[Fault]:
    """Parameters are known and in their range, and the required ones are present."""
    for parameter in raw.header["parameters"]:
        name, value = parameter["id"], parameter["value"]
        where = f"parameter '{name}'"
        allowed = parameter_limits(name)
        if allowed is None:
            stem = name.split(".")[0]
            yield Fault(where, "id", name, "is not a parameter", _hint(stem, PARAMETER_STEMS))
            continue
        low, high, strict = allowed
        if not low <= value <= high:
            bound = "above 0" if strict else f"from {low:g}"
            yield Fault(where, "value", value, f"is {value:g}", f"expected a number {bound} to {high:g}")
    known = {p["id"] for p in raw.header["parameters"]}
    needed: dict[str, str] = {}
    for record in raw.records["link"]:
        if record.get("speed_kmh") is None:
            names = [f"speed_kmh.{carrier_group(record['carrier'])}.{area}" for area in record["tariff_area"]]
            if not known & set(names):
                fix = f"give it, or the parameter {' or '.join(names)}"
                yield Fault(f"link '{record['id']}'", "speed_kmh", None, "is missing", fix)
        needed.update({name: str(record["id"]) for name in _needed(record, known)})
    for kind in _bases_used(raw):
        needed.update({f"range_{end}.{kind}": "the default ranges" for end in ("low", "high")})
    for name, who in sorted(needed.items()):
        if name not in known:
            yield Fault("parameters", name, None, f"is missing, needed by {who}", "add the parameter")


def _needed(record: Record, known: set[str]) -> Iterator[str]:
    group, areas = carrier_group(record["carrier"]), record["tariff_area"]
    if group == "rail":
        yield "emission_g_tkm.rail_electric" if record.get("electrified") == "yes" else "emission_g_tkm.rail_diesel"
        if not any(f"container_speed_ratio.{a}" in known for a in areas):
            yield "container_speed_ratio.other"
    else:
        yield f"emission_g_tkm.sea.{areas[0]}" if group == "sea" else f"emission_g_tkm.{group}"
    has_wait = any(f"wait_h.{group}.{a}" in known for a in areas)
    if group in WATER and record.get("sailings_per_week") is None and not has_wait:
        yield f"wait_h.{group}.{areas[0]}"


def _bases_used(raw: RawNetwork) -> set[str]:
    return {
        record[f"{field.name}_basis"]
        for kind, _, record in each(raw)
        for field in BY_FEATURE[kind].values()
        if field.is_figure and record.get(field.name) is not None
    }


def check_sources(raw: RawNetwork) -> Iterator[Fault]:
    """Sources of figures are in the list of sources."""
    known = {s["id"] for s in raw.header.get("sources") or ()}
    for kind, where, record in each(raw):
        for name in (f"{f.name}_sources" for f in BY_FEATURE[kind].values() if f.is_figure):
            for source in record.get(name) or ():
                if source not in known:
                    yield Fault(
                        where, name, source, f"names an unknown source: '{source}'", "add it to corridor.sources"
                    )


def check_timetables(raw: RawNetwork) -> Iterator[Fault]:
    """Departures are a weekday and a time; ice has both months and hours."""
    for record in raw.records["link"]:
        where = f"link '{record['id']}'"
        for name in ("departures", "departures_back"):
            for text in record.get(name) or ():
                if not DEPARTURE.fullmatch(text):
                    yield Fault(where, name, text, f"is '{text}'", "give weekday and UTC time, such as Mon 06:00")
            if record.get(name) and record.get("sailings_per_week") != len(record[name]):
                value, fix = record.get("sailings_per_week"), f"give {len(record[name])}, its departures a week"
                yield Fault(where, "sailings_per_week", value, f"is {value}, which differs from the timetable", fix)
        for one, other in (("ice_months", "ice_h"), ("ice_h", "ice_months")):
            if record.get(one) is not None and record.get(other) is None:
                yield Fault(where, other, None, "is missing", f"give it together with {one}, or remove both")


END_RULES: tuple[Rule, ...] = (check_ends,)
RELATION_RULES: tuple[Rule, ...] = (
    check_carriers,
    check_timetables,
    check_places,
    check_lengths,
    check_borders,
    check_transfer_carriers,
    check_uses,
    check_tariffs,
    check_frictions,
    check_parameters,
    check_sources,
)
