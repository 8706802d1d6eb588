"""Checks of how the features of a network fit together; run on what is well formed by itself."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from corridor.errors import Fault
from corridor.model.draft import Draft, Rule, each
from corridor.model.fields import BY_FEATURE, CLASSES, DOOR
from corridor.units import great_circle_km, line_km

TOLERANCE_KM = 1.0  # positions are given to about a kilometre
DETOUR_LIMIT = 3.0  # longer than that times the great circle, a length is more likely a slip


def check_ends(draft: Draft) -> Iterator[Fault]:
    """Links and transfers stand at nodes that exist."""
    nodes = {r["id"] for r in draft.records["node"]}
    for kind, ends in (("link", ("from", "to")), ("transfer", ("node",))):
        for record in draft.records[kind]:
            for end in ends:
                if record[end] not in nodes:
                    close = difflib.get_close_matches(record[end], sorted(nodes), n=1)
                    hint = f"did you mean '{close[0]}'?" if close else "add the node, or correct the id"
                    yield Fault(f"{kind} '{record['id']}'", end, record[end], f"names no node: '{record[end]}'", hint)


def check_carriers(draft: Draft) -> Iterator[Fault]:
    """The carrier of a link fits its mode and gauge."""
    for record in draft.records["link"]:
        allowed = carriers_of(record["mode"], record.get("gauge_mm"))
        where = f"link '{record['id']}'"
        if record["mode"] == "rail" and record.get("gauge_mm") is None:
            yield Fault(where, "gauge_mm", None, "is missing", "a railway has a gauge: give 1435, 1520, ...")
        elif record["carrier"] not in allowed:
            yield Fault(
                where,
                "carrier",
                record["carrier"],
                f"is '{record['carrier']}'",
                f"expected {' or '.join(allowed)} for {record['mode']}",
            )


def carriers_of(mode: str, gauge_mm: float | None) -> tuple[str, ...]:
    """Return what can run on a way."""
    gauge = "" if gauge_mm is None else f"{gauge_mm:g}"
    if mode == "ferry":
        return (f"railferry{gauge}",) if gauge else ("roro",)
    return {"rail": (f"rail{gauge}",), "road": ("road",), "sea": ("sea",), "river": ("river", "sea")}[mode]


def check_lengths(draft: Draft) -> Iterator[Fault]:
    """A link is not shorter than the great circle, and its drawing not longer than the link."""
    for record in draft.records["link"]:
        points = draft.geometry[record["id"]]
        where, length = f"link '{record['id']}'", record["length_km"]
        direct = great_circle_km(points[0], points[-1])
        if length < direct - TOLERANCE_KM:
            yield Fault(
                where,
                "length_km",
                length,
                f"is {length:g}, below the great circle of {direct:.1f} km",
                "correct the length, or the positions of its ends",
            )
        elif direct > 50 and length > DETOUR_LIMIT * max(direct, line_km(points)):
            yield Fault(
                where,
                "length_km",
                length,
                f"is {length:g}, over {DETOUR_LIMIT:g} times the {direct:.0f} km between its ends",
                "correct the length, or draw the bends that explain it",
            )
        elif line_km(points) > 1.02 * length + TOLERANCE_KM:
            yield Fault(
                where,
                "geometry",
                None,
                f"is drawn {line_km(points):.0f} km long, longer than {length:g} km",
                "take out bends, or correct the length",
                severity="warning",
            )


def check_transfer_carriers(draft: Draft) -> Iterator[Fault]:
    """A transfer joins carriers that its node has, and serves some cargo."""
    present: dict[str, set[str]] = {}
    for record in draft.records["link"]:
        for end in ("from", "to"):
            present.setdefault(record[end], set()).add(record["carrier"])
    for record in draft.records["transfer"]:
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
                    "add the link that brings it, or take the transfer out",
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


def check_uses(draft: Draft) -> Iterator[Fault]:
    """Resources are used by links and transfers that exist."""
    features = {r["id"] for kind in ("link", "transfer") for r in draft.records[kind]}
    for record in draft.records["resource"]:
        where = f"resource '{record['id']}'"
        uses = record.get("uses", [])
        if not isinstance(uses, list) or not uses:
            yield Fault(where, "uses", None, "is missing", "name the links and transfers that use it")
            continue
        for use in uses:
            if not isinstance(use, dict) or use.get("feature") not in features:
                yield Fault(where, "uses", repr(use), f"names no link or transfer: {use!r}", "correct the id")
            elif use.get("direction") not in ("both", "forward", "backward"):
                yield Fault(
                    where,
                    "uses",
                    use.get("direction"),
                    f"has direction {use.get('direction')!r}",
                    "give both, forward or backward",
                )
            elif not set(use.get("classes", ())) <= set(CLASSES):
                yield Fault(
                    where,
                    "uses",
                    use.get("classes"),
                    f"has classes {use.get('classes')!r}",
                    f"give some of {', '.join(CLASSES)}",
                )


def check_tariffs_exist(draft: Draft) -> Iterator[Fault]:
    """Every link has a tariff in each area that it passes."""
    known = {(t["area"], t["carrier"]) for t in draft.header["tariffs"]}
    missing: dict[tuple[str, str], list[str]] = {}
    for record in draft.records["link"]:
        for area in record["tariff_area"]:
            if (area, record["carrier"]) not in known:
                missing.setdefault((area, record["carrier"]), []).append(record["id"])
    for (area, carrier), links in sorted(missing.items()):
        shown = ", ".join(links[:3]) + (f" and {len(links) - 3} more" if len(links) > 3 else "")
        yield Fault(
            "tariffs",
            f"{area} {carrier}",
            None,
            f"is missing, needed by {shown}",
            "add a tariff for this area and carrier",
        )


def check_speeds(draft: Draft) -> Iterator[Fault]:
    """Every link has a speed of its own or of its kind."""
    known = {p["id"] for p in draft.header["parameters"]}
    for record in draft.records["link"]:
        kind = "ferry" if record["mode"] == "ferry" else record["carrier"] if record["mode"] != "rail" else "rail"
        names = [f"speed_kmh.{kind}.{area}" for area in record["tariff_area"]]
        if record.get("speed_kmh") is None and not known & set(names):
            yield Fault(
                f"link '{record['id']}'",
                "speed_kmh",
                None,
                "is missing",
                f"give it, or the parameter {' or '.join(names)}",
            )


def check_sources(draft: Draft) -> Iterator[Fault]:
    """Sources named by figures are in the list of sources."""
    known = {s.get("id") for s in draft.header.get("sources", [])}
    for kind, where, record in each(draft):
        for name in (f"{f.name}_sources" for f in BY_FEATURE[kind].values() if f.is_figure):
            for source in record.get(name, ()):
                if source not in known:
                    yield Fault(where, name, source, f"names no source: '{source}'", "add it to corridor.sources")


RELATION_RULES: tuple[Rule, ...] = (
    check_ends,
    check_carriers,
    check_lengths,
    check_transfer_carriers,
    check_uses,
    check_tariffs_exist,
    check_speeds,
    check_sources,
)
