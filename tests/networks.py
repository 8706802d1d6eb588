"""Random small networks: parallel links, loops, zero costs, several gauges, shared resources."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

from corridor.io.formats.geojson import from_geojson

CARRIERS = ("rail1520", "rail1435", "road")
CLASSES = ("container", "dry_bulk", "liquid_bulk", "breakbulk", "roro")


def figures(**values):
    return {k: v for name, value in values.items() for k, v in ((name, value), (f"{name}_basis", "assumed"))}


def feature(kind, name, coordinates, /, **properties):
    shape = {"type": "LineString" if kind == "link" else "Point", "coordinates": coordinates}
    return {"type": "Feature", "geometry": shape, "properties": {"feature": kind, "id": name, **properties}}


def header(resources=(), tariff=0.01, fixed=0.0, loading=1.0, frictions=()):
    return {
        "schema": 1, "name": "random", "base_year": 2025, "money_year": 2024, "resources": list(resources),
        "tariffs": [
            {"area": area, "carrier": c, "cargo": k, "usd_tkm": tariff, "fixed_usd_t": fixed, "discount": 0}
            for area in ("AA", "BB") for c in CARRIERS for k in CLASSES
        ],
        "frictions": list(frictions),
        "parameters": [
            *({"id": f"loading_h.{c}.{k}", "value": loading} for c in ("rail", "road") for k in CLASSES),
            *({"id": f"loading_usd_t.{c}.{k}", "value": loading} for c in ("rail", "road") for k in CLASSES),
            {"id": "emission_g_tkm.rail_diesel", "value": 28}, {"id": "emission_g_tkm.road", "value": 90},
            {"id": "container_speed_ratio.other", "value": 1.5}, {"id": "peak_day_ratio", "value": 1},
            {"id": "range_low.assumed", "value": 0.5}, {"id": "range_high.assumed", "value": 2},
        ],
        "cargo": [
            {"id": "grain", "name": "grain", "class": "dry_bulk", "t_per_wagon": 60, "t_per_truck": 20,
             "value_of_time_usd_t_h": 0.01},
            {"id": "container", "name": "containers", "class": "container", "t_per_wagon": 26, "t_per_teu": 14,
             "t_per_truck": 20, "value_of_time_usd_t_h": 1},
            {"id": "metals", "name": "metals", "class": "breakbulk", "t_per_wagon": 62, "t_per_truck": 20,
             "value_of_time_usd_t_h": 0},
        ],
    }  # fmt: skip


def link(name, start, end, carrier, km, speed=20.0, status="operating", months=None, **more):
    mode = carrier if carrier in ("road", "sea") else "rail"
    properties = {"from": start, "to": end, "mode": mode, "carrier": carrier, "status": status, "tariff_area": ["AA"]}
    if mode == "rail":
        properties["gauge_mm"] = int(carrier.removeprefix("rail"))
    if months is not None:
        properties["months_open"] = months
    properties |= figures(length_km=km, speed_kmh=speed, **more)
    return feature("link", name, [[10.0, 50.0], [10.0, 50.0]], **properties)


def transfer(name, node, start, end, hours, money, classes=("dry_bulk",), status="operating"):
    served = {f"{c}_{unit}": x for c in classes for unit, x in (("h", hours), ("usd_t", money))}
    return feature(
        "transfer", name, [10.0, 50.0], node=node, status=status, **{"from": start, "to": end}, **figures(**served)
    )


def network(nodes, links, transfers=(), resources=(), **options):
    places = [feature("node", n, [10.0, 50.0], name=n, country=country, kind="city") for n, country in nodes.items()]
    return from_geojson(
        {
            "type": "FeatureCollection",
            "corridor": header(resources, **options),
            "features": [*places, *links, *transfers],
        }
    )


def two_seas(rule):
    """Return three ports in a row, a ship lane of one sea and one of another between them."""
    doors = [transfer(f"{n}:sea-door", n, "sea", "door", 1.0, 1.0) for n in "abc"]
    lanes = [link(f"{a}{b}", a, b, "sea", 1.0) for a, b in ("ab", "bc")]
    made = header(frictions=[rule])
    made["parameters"] += [
        {"id": f"{p}.{area}", "value": 1} for p in ("emission_g_tkm.sea", "wait_h.sea") for area in ("first", "second")
    ]
    for lane, area, fixed in zip(lanes, ("first", "second"), (4, 12), strict=True):
        lane["properties"]["tariff_area"] = [area]
        made["tariffs"].append(
            {"area": area, "carrier": "sea", "cargo": "dry_bulk", "usd_tkm": 1, "fixed_usd_t": fixed}
        )
    places = [feature("node", n, [10.0, 50.0], name=n, country="AA", kind="port") for n in "abc"]
    return from_geojson({"type": "FeatureCollection", "corridor": made, "features": [*places, *lanes, *doors]})


def use(name):
    return {"feature": name, "direction": "both"}


def resource(name, capacity, uses, unit="t", per="year", **more):
    return {
        "id": name,
        "name": name,
        "kind": "yard",
        "unit": unit,
        "per": per,
        **figures(capacity=capacity),
        "uses": uses,
        **more,
    }


@st.composite
def random_networks(draw, with_resources=False):
    """All nodes stand at one point, so that any length, also a tiny one, is legal."""
    names = [f"n{i}" for i in range(draw(st.integers(2, 6)))]
    node = st.sampled_from(names)
    km = st.sampled_from([1e-9, 1.0, 2.0, 5.0, 7.5])
    links = []
    for i in range(draw(st.integers(0, 14))):
        status = draw(st.sampled_from(["operating"] * 4 + ["planned"]))
        months = draw(st.sampled_from([None, None, None, [1, 2]]))
        carrier = draw(st.sampled_from(CARRIERS))
        links.append(link(f"l{i}", draw(node), draw(node), carrier, draw(km), status=status, months=months))
    present = {}
    for x in links:
        for end in ("from", "to"):
            present.setdefault(x["properties"][end], set()).add(x["properties"]["carrier"])
    pairs = [
        (n, a, b) for n, carriers in sorted(present.items()) for a, b in itertools.combinations(sorted(carriers), 2)
    ]
    transfers = []
    if pairs:
        for i in range(draw(st.integers(0, 8))):
            n, a, b = draw(st.sampled_from(pairs))
            classes = draw(st.sampled_from([("dry_bulk",), ("container",), ("dry_bulk", "container")]))
            hours, money = draw(st.sampled_from([0.0, 1.0, 3.0])), draw(st.sampled_from([0.0, 2.0]))
            status = draw(st.sampled_from(["operating", "operating", "suspended"]))
            transfers.append(transfer(f"t{i}", n, a, b, hours, money, classes, status))
    resources = _resources(draw, links, transfers) if with_resources else ()
    return network({n: "AA" if i % 2 else "BB" for i, n in enumerate(names)}, links, transfers, resources)


def _resources(draw, links, transfers):
    features = [f["properties"]["id"] for f in (*links, *transfers)]
    made = [resource(f"r-{f}", draw(st.integers(0, 9)), [{"feature": f, "direction": "both"}]) for f in features]
    if len(features) > 1:
        for i in range(draw(st.integers(0, 2))):
            shared = draw(st.lists(st.sampled_from(features), min_size=1, max_size=3, unique=True))
            made.append(
                resource(f"s{i}", draw(st.integers(0, 9)), [{"feature": f, "direction": "both"} for f in shared])
            )
    return made
