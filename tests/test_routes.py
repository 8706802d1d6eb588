"""Several routes, constraints, clocks, ranges, matrices: brute force on small networks, laws on the shipped one."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from dataclasses import replace

import numpy as np
import oracle
import pytest
from hypothesis import assume, given
from networks import link, network, random_networks, transfer
from test_route import GOLDEN, check_legal, ends, parts_sum

import corridor
from corridor import DataError, NoRouteError
from corridor.routing.differences import value_of

SUMS = {
    "length": lambda km, h, usd: km,
    "time": lambda km, h, usd: h,
    "cost": lambda km, h, usd: usd,
    "generalised": lambda km, h, usd: usd + 0.01 * h,
}


def ways_of(net, limit=400):
    origin, destination = ends(net)
    ways = oracle.every_way(net, "dry_bulk", origin, destination, limit)
    assume(ways is not None)
    return ways


def value(way, by):
    return sum(SUMS[by](*edge[3:]) for edge in way)


def transfers_of(net, way):
    return sum(edge[0] in net.transfer_table.index for edge in way)


def borders_of(net, way):
    links = {r["id"]: r for r in net.link_table.rows()}
    crossed = [links[e[0]] for e in way if e[0] in links]
    return sum(net.country_of(r["from"]) != net.country_of(r["to"]) for r in crossed)


def unbeaten(vectors):
    kept = []
    for v in sorted(set(vectors)):
        if not any(all(a <= b + 1e-9 for a, b in zip(k, v, strict=True)) for k in kept):
            kept.append(v)
    return kept


@pytest.mark.parametrize(
    "by", [("cost", "time"), ("generalised", "length", "transfers"), ("cost", "time", "length", "borders")]
)
@given(net=random_networks())
def test_the_front_is_that_of_brute_force(by, net):
    counts = {"transfers": transfers_of, "borders": borders_of}
    vectors = [
        tuple(float(counts[b](net, way)) if b in counts else round(value(way, b), 9) for b in by)
        for way in ways_of(net)
    ]
    origin, destination = ends(net)
    if not vectors:
        with pytest.raises(NoRouteError):
            corridor.routes(net, origin, destination, cargo="grain", by=by)
        return
    found = corridor.routes(net, origin, destination, cargo="grain", by=by)
    shown = [tuple(value_of(r, b) for b in by) for r in found]
    expected = unbeaten(vectors)
    assert len(shown) == len(expected)
    assert np.allclose(sorted(shown), sorted(expected), atol=1e-6)
    for r in found:
        check_legal(net, r, "dry_bulk")
    for i, b in enumerate(by):  # the extreme of the front is the best route
        assert min(v[i] for v in shown) == pytest.approx(
            value_of(corridor.route(net, origin, destination, cargo="grain", by=b), b), abs=1e-6
        )


def shared(one, other):
    return sum(km for x, km in one.items() if x in other)


@given(net=random_networks())
def test_alternatives_differ_and_each_is_the_best_that_does(net):
    ways = ways_of(net)
    assume(ways)
    origin, destination = ends(net)
    lengths = {r["id"]: r["length_km"] for r in net.link_table.rows()}
    found = corridor.routes(net, origin, destination, cargo="grain", k=4, share=0.8, detour=2.0)
    links = [{x: lengths[x] for leg in r.legs for x in leg.links} for r in found]
    costs = [r.generalised_usd_t for r in found]
    assert costs[0] == pytest.approx(min(value(w, "generalised") for w in ways)) and costs == sorted(costs)
    assert all(c <= 2 * costs[0] + 1e-9 for c in costs) and (len(found) == 4) == (found.why_fewer == "")
    for (i, one), (j, other) in itertools.combinations(enumerate(links), 2):
        plans = [
            [(leg.carrier, leg.start, leg.end) for leg in found[k].legs] + [b.link for b in found[k].borders]
            for k in (i, j)
        ]
        most = 0.5 if plans[0] == plans[1] else 0.8
        assert shared(one, other) <= most * min(sum(one.values()), sum(other.values())) + 1e-6
    # A cheaper way that differs enough is only passed over where another beats it in cost and in every share.
    for j in range(1, len(found)):
        points = []
        for way in ways:
            mine = {e[0]: lengths[e[0]] for e in way if e[0] in lengths}
            common = [shared(mine, other) for other in links[:j]]
            most = [0.5 * min(sum(mine.values()), sum(other.values())) for other in links[:j]]
            differs = all(c <= m + 1e-9 for c, m in zip(common, most, strict=True))
            points.append((differs, [value(way, "generalised"), *common]))
        for i, (differs, point) in enumerate(points):
            if differs and point[0] < costs[j] - 1e-6:
                others = [p for k, (_, p) in enumerate(points) if k != i]
                assert any(all(a <= b + 1e-9 for a, b in zip(p, point, strict=True)) for p in others)


def keeps(net, way, options):
    gauges = {r["id"]: r.get("gauge_mm") for r in net.link_table.rows()}
    few = transfers_of(net, way) <= options.get("most_transfers", 99) and borders_of(net, way) <= options.get(
        "most_borders", 99
    )
    return few and not (options.get("one_gauge") and len({gauges[e[0]] for e in way if gauges.get(e[0])}) > 1)


OPTIONS = [{"most_transfers": 0}, {"most_transfers": 1, "most_borders": 1}, {"most_borders": 0}, {"one_gauge": True}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@given(net=random_networks())
def test_constraints_on_the_whole_way_are_those_of_brute_force(options, net):
    origin, destination = ends(net)
    allowed = [value(w, "time") for w in ways_of(net) if keeps(net, w, options)]
    try:
        found = corridor.route(net, origin, destination, cargo="grain", by="time", **options)
    except NoRouteError:
        assert not allowed
    else:
        assert found.time_h == pytest.approx(min(allowed))
        assert len(found.transfers) <= options.get("most_transfers", 99)
        assert len(found.borders) <= options.get("most_borders", 99)
        check_legal(net, found, "dry_bulk")


@given(net=random_networks())
def test_any_order_is_the_best_of_all_orders(net):
    names = net.node_table.ids
    assume(len(names) >= 4)
    via, found = names[1:-1][:3], []
    for order in itertools.permutations(via):
        try:
            found.append(corridor.route(net, *ends(net), cargo="grain", via=order).generalised_usd_t)
        except NoRouteError:
            found.append(math.inf)
    try:
        best = corridor.route(net, *ends(net), cargo="grain", via=via, any_order=True).generalised_usd_t
    except NoRouteError:
        best = math.inf
    assert best == pytest.approx(min(found))


def arrival(net, way, start):
    """Return the hours of a way that leaves at a time and waits at links that are shut."""
    months = {r["id"]: r.get("months_open") for r in net.link_table.rows()}
    now = start
    for feature, *_, h, _ in way:
        while months.get(feature) and now.month not in months[feature]:
            now = dt.datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=dt.UTC)
        now += dt.timedelta(hours=h)
    return (now - start).total_seconds() / 3600


@pytest.mark.parametrize("by", ["time", "generalised", "cost"])
@given(net=random_networks())
def test_a_journey_waits_for_its_seasons(by, net):
    ways = ways_of(net)
    for start in (
        dt.datetime(2025, 1, 30, tzinfo=dt.UTC),
        dt.datetime(2025, 2, 27, 12, tzinfo=dt.UTC),
        dt.datetime(2025, 7, 15, tzinfo=dt.UTC),
    ):
        hours = [(w, arrival(net, w, start)) for w in ways]
        price = {
            "time": lambda w, h: h,
            "cost": lambda w, h: value(w, "cost"),
            "generalised": lambda w, h: value(w, "cost") + 0.01 * h,
        }[by]
        try:
            found = corridor.route(net, *ends(net), cargo="grain", by=by, depart=start)
        except NoRouteError:
            assert not ways
            continue
        assert value_of(found, by) == pytest.approx(min(price(w, h) for w, h in hours), abs=1e-5)
        parts_sum(found)


def test_a_timetable_is_kept_and_shown():
    both = {"departures": ["Mon 06:00", "Thu 18:00"], "departures_back": ["Wed 00:00", "Sun 12:00"]}
    lane = link("ab", "a", "b", "rail1520", 10, sailings_per_week=2)
    lane["properties"] |= both
    net = network({"a": "AA", "b": "AA"}, [lane])
    plain = corridor.route(net, "a", "b", cargo="grain")
    assert [(w.why, w.time_h) for w in plain.waits] == [("expected", 42.0)]  # half of 84 h
    found = corridor.route(net, "a", "b", cargo="grain", depart="2025-01-07")  # a Tuesday
    # An hour of loading, then until Thursday 18:00.
    assert [(w.why, w.time_h) for w in found.waits] == [("timetable", 2 * 24 + 18 - 1)]
    assert found.depart == "2025-01-07T00:00" and found.arrive == "2025-01-09T19:30"
    back = corridor.route(net, "b", "a", cargo="grain", depart="2025-01-07T23:30")
    assert [w.time_h for w in back.waits] == [107.5]  # loaded on Wednesday at 00:30, half an hour late
    wrong = link("ab", "a", "b", "rail1520", 10)
    wrong["properties"]["departures"] = ["Monday 6:00"]
    with pytest.raises(DataError, match="weekday and UTC time") as caught:
        network({"a": "AA", "b": "AA"}, [wrong])
    assert "departures a week" in str(caught.value)


@pytest.mark.parametrize(("origin", "options"), [("Samara", {}), ("astrakhan_port", {})])
def test_january_and_july_differ_on_the_volga_and_the_northern_caspian(net, origin, options):
    january, july = (
        corridor.route(net, origin, "Anzali", cargo="grain", modes=["river", "sea"], depart=f"2027-{m}-15", **options)
        for m in ("01", "07")
    )
    why = {w.why for w in january.waits} - {w.why for w in july.waits}
    assert why == ({"season"} if origin == "Samara" else {"ice"})
    assert january.time_h > july.time_h + 24
    if origin == "Samara":
        assert january.arrive.startswith("2027-04")  # the river opens on the first of April
    else:
        assert any(f.field == "ice_h" for f in january.inputs_used)


def test_interpreted_and_compiled_searches_give_the_same(net, monkeypatch):
    def answers():
        fresh = corridor.load()
        fresh = corridor.Scenario.of("fresh", "", []).apply(fresh)  # nothing kept from before
        return [
            corridor.route(fresh, "Moscow", "Mumbai").to_dict(),
            corridor.routes(fresh, "Moscow", "Mumbai", by=["cost", "time", "co2"]).to_dict(),
            corridor.routes(fresh, "Chelyabinsk", "Bandar Abbas", k=4, cargo="grain").to_dict(),
            corridor.route(
                fresh, "Samara", "Anzali", cargo="grain", depart="2027-01-15", via=["Astrakhan port"]
            ).to_dict(),
        ]

    given_ = []
    for mode in ("python", "numba"):
        monkeypatch.setenv("CORRIDOR_KERNELS", mode)
        given_.append(answers())
    assert given_[0] == given_[1]


def test_thinning_says_what_it_left_out(net):
    whole = corridor.routes(net, "Moscow", "Tehran", by=["cost", "time", "co2", "borders"])
    thin = corridor.routes(net, "Moscow", "Tehran", by=["cost", "time", "co2", "borders"], thin=0.1)
    assert len(thin) < len(whole) and len(thin) + len(thin.dropped) == len(whole)
    assert {min(v[c] for v in thin.values) for c in range(4)} == {min(v[c] for v in whole.values) for c in range(4)}
    for d in thin.dropped:
        assert all(a <= b * 1.1 + 1e-9 for a, b in zip(thin.values[d.near], d.values, strict=True))


def test_what_must_fit_shuts_what_does_not_and_names_what_is_not_known(net):
    ship = {"cargo": "grain", "modes": ["river", "sea"]}
    shallow = corridor.route(net, "Astrakhan port", "Anzali", draught_m=4.0, **ship)
    assert "olya_port-vkmsk_mouth-river" in [x for leg in shallow.legs for x in leg.links]
    assert shallow.not_known["draught_m"] and "draught not known for" in str(shallow)
    with pytest.raises(NoRouteError, match=r"draught 4.2 m, 4.5 required"):
        corridor.route(net, "Astrakhan port", "Anzali", draught_m=4.5, **ship)
    with pytest.raises(NoRouteError, match="draught not known; without known_only it is used"):
        corridor.route(net, "Astrakhan port", "Anzali", draught_m=4.0, known_only=True, **ship)
    heavy = corridor.route(net, "Moscow", "Almaty", cargo="grain", modes=["rail"], axle_load_t=23.5)
    loads = dict(zip(net.link_table.ids, net.link_table["axle_load_t"], strict=True))
    assert all(loads[x] >= 23.5 for leg in heavy.legs for x in leg.links)
    cold = corridor.route(net, "Moscow", "Tehran", cargo="chilled_food", needs="reefer")
    assert len(cold.not_known["reefer"]) == len({x for leg in cold.legs for x in leg.links}) + len(
        {t.id for t in cold.transfers}
    )


def test_only_and_operators(net):
    allowed = ["RU", "KZ", "TM", "IR"]
    way = corridor.route(net, "Moscow", "Bandar Abbas", cargo="grain", only=[*allowed, "rail"])
    assert {net.country_of(n) for leg in way.legs for n in leg.nodes} <= set(allowed) and {
        x.mode for x in way.legs
    } == {"rail"}
    runs = dict(zip(net.link_table.ids, net.link_table["operators"], strict=True))
    own = corridor.route(net, "Moscow", "Mashhad", cargo="grain", only=["RZD", "KTZ", "TDY", "RAI"])
    assert all(runs[x] for leg in own.legs for x in leg.links)
    without = corridor.route(net, "Moscow", "Mashhad", cargo="grain", avoid=["UTY", "road"])
    assert not any("UTY" in runs[x] for leg in without.legs for x in leg.links)
    with pytest.raises(DataError, match="is a resource"):
        corridor.route(net, "Moscow", "Tehran", only=["sarakhs-yard"])
    with pytest.raises(corridor.UnknownIdError, match="operator"):
        corridor.route(net, "Moscow", "Tehran", avoid=["RZDD"])


def test_a_limit_that_leaves_no_way_says_what_would_do(net):
    with pytest.raises(NoRouteError, match=r"at most 0 transfers are allowed, the fewest possible are 1"):
        corridor.route(net, "Moscow", "Mumbai", most_transfers=0)
    assert len(corridor.route(net, "Moscow", "Mumbai", by="transfers").transfers) == 1
    with pytest.raises(NoRouteError, match="every route changes gauge"):
        corridor.route(net, "Moscow", "Mashhad", cargo="grain", modes=["rail"], one_gauge=True)


BAD = [
    {"most_borders": -1}, {"most_transfers": 1.5}, {"axle_load_t": math.nan}, {"draught_m": 0}, {"train_length_m": math.inf},
    {"avoid": [None]}, {"via": 7}, {"modes": ["rial"]}, {"needs": ["cold"]}, {"any_order": "yes"}, {"avoyd": ["IR"]},
    {"via": list("abcdefg"), "any_order": True}, {"draws": -1}, {"seed": 1.0}, {"by": "speed"}, {"depart": "soon"},
    {"depart": "2027-01-15", "by": "p90_time"}, {"by": "p90_time", "draws": 20_000}, {"most_borders": True}, {"depart": "9999-12-31T23:59-05:00"},
    {"depart": "0001-01-01T00:00+05:00"}, {"most_borders": 10**400}, {"most_transfers": 1000}, {"axle_load_t": 10**400},
    {"most_borders": 30, "most_transfers": 30, "one_gauge": True, "via": ["Baku", "Aktau", "Almaty"], "any_order": True},
]  # fmt: skip


@pytest.mark.parametrize("options", BAD, ids=str)
def test_wrong_options_are_refused(net, options):
    with pytest.raises((DataError, corridor.UnknownIdError)) as caught:
        corridor.route(net, "Moscow", "Tehran", **options)
    assert str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"k": 0},
        {"k": 2.0},
        {"k": 99},
        {"share": math.nan},
        {"detour": 0.5},
        {"thin": -1},
        {"by": ["cost"] * 2},
        {"by": ["cost", "tme"]},
        {"by": []},
        {"k": 2, "by": ["cost", "time"]},
    ],
    ids=str,
)
def test_wrong_options_of_several_are_refused(net, options):
    with pytest.raises(DataError):
        corridor.routes(net, "Moscow", "Tehran", **options)


def test_all_faults_are_told_at_once(net):
    with pytest.raises(DataError) as caught:
        corridor.route(net, "Moscow", "Tehran", by="speed", most_borders=-2, draught_m=math.nan, modes=["rial"])
    assert len(caught.value.faults) == 4


def test_ranges_are_those_of_the_figures(net):
    resolve_query = {"cargo": "grain", "modes": ["rail"]}
    way = corridor.route(net, "Chelyabinsk", "Bandar Abbas", draws=400, seed=3, **resolve_query)
    assert way.ranges == corridor.route(net, "Chelyabinsk", "Bandar Abbas", draws=400, seed=3, **resolve_query).ranges
    assert way.ranges != corridor.route(net, "Chelyabinsk", "Bandar Abbas", draws=400, seed=4, **resolve_query).ranges
    for name in ("time_h", "transit_h", "cost_usd_t"):
        low, middle, high = getattr(way.ranges, name)
        assert low < middle < high
    # With every figure certain, all draws are the recorded value.
    sure = [
        {**p, "value": 1.0}
        if p["id"].startswith("range_")
        else {k: v for k, v in p.items() if k not in ("low", "high")}
        for p in net.parameters
    ]
    from dataclasses import replace

    def certain(table):
        columns = {
            k: (np.full(len(v), np.nan) if k.endswith(("_low", "_high")) else v) for k, v in table.columns.items()
        }
        return replace(table, columns=columns)

    bare = [{k: v for k, v in r.items() if not k.endswith(("_low", "_high"))} for r in net.tariffs]
    rules = [{k: v for k, v in r.items() if not k.endswith(("_low", "_high"))} for r in net.frictions]
    known = replace(
        net,
        parameters=tuple(sure),
        tariffs=tuple(bare),
        frictions=tuple(rules),
        link_table=certain(net.link_table),
        transfer_table=certain(net.transfer_table),
        cache={},
    )
    exact = corridor.route(known, "Chelyabinsk", "Bandar Abbas", draws=50, **resolve_query)
    assert exact.ranges.time_h == pytest.approx((exact.time_h,) * 3) and exact.ranges.cost_usd_t == pytest.approx(
        (exact.cost_usd_t,) * 3
    )
    assert exact.ranges.transit_h == pytest.approx((exact.transit_h,) * 3)


@pytest.mark.parametrize("pair", [("Moscow", "Mumbai"), ("Almaty", "Tehran")])
def test_the_reliable_route_is_late_least(net, pair):
    best = corridor.route(net, *pair, by="p90_time", draws=200)
    fast = corridor.route(net, *pair, by="time", draws=200)
    assert (
        best.ranges.p90_bound_h <= best.ranges.time_h[2] + 1e-6
        and best.ranges.time_h[2] <= fast.ranges.time_h[2] + 1e-6
    )
    for other in corridor.routes(net, *pair, by="time", k=4):
        through = corridor.route(net, *pair, by="time", draws=200, only=[x for leg in other.legs for x in leg.links])
        assert best.ranges.time_h[2] <= through.ranges.time_h[2] + 1e-6


def test_the_matrix_is_what_single_routes_are(net):
    names = ["moscow", "baku", "tehran", "almaty", "herat"]
    for options in (
        {},
        {"by": "time", "cargo": "grain", "modes": ["rail"]},
        {"by": "transfers"},
        {"by": "cost", "via": ["Aktau"]},
        {"by": "time", "depart": "2027-01-20"},
    ):
        table = corridor.matrix(net, names, **options)
        reasons = {(u.origin, u.destination): u for u in table.attrs["unreachable"]}
        for o, d in itertools.permutations(names, 2):
            if np.isnan(table.loc[o, d]):
                with pytest.raises(NoRouteError) as caught:
                    corridor.route(net, o, d, **options)
                assert reasons[o, d].why == caught.value.why
                assert reasons[o, d].blocked_by == tuple(b.id for b in caught.value.blocked_by)
            else:
                found = corridor.route(net, o, d, **options)
                assert table.loc[o, d] == pytest.approx(value_of(found, options.get("by", "generalised"))), (o, d)
    with pytest.raises(DataError):
        corridor.matrix(net, [])
    with pytest.raises(DataError):
        corridor.matrix(net, ["Moscow"])


def test_reach_is_a_row_of_the_matrix(net):
    near = corridor.reach(net, "Turkmenbashi", within_h=60, cargo="grain")
    row = corridor.matrix(net, ["Turkmenbashi"], list(net.node_table.ids), by="time", cargo="grain").iloc[0]
    expected = row[(row <= 60) & (row.index != "turkmenbashi")]
    assert dict(near.time_h) == pytest.approx(dict(expected)) and near.crs == "EPSG:4326"
    for wrong in ({}, {"within_h": 1, "within_usd_t": 1}, {"within_h": math.nan}, {"within_h": -1}):
        with pytest.raises(DataError):
            corridor.reach(net, "Turkmenbashi", **wrong)


def test_coordinates_stand_for_the_nearest_place(net):
    way = corridor.route(net, "55.9,37.5", (35.7, 51.5), cargo="grain")
    assert (way.origin, way.destination) == ("moscow", "tehran") and 0 < way.snap_km["55.9,37.5"] < 25
    assert "km from the place used for it" in str(way)
    with pytest.raises(DataError, match="no place is within 50 km.*the nearest is"):
        corridor.route(net, "0,0", "Tehran")
    with pytest.raises(DataError, match="not a position"):
        corridor.route(net, "91,0", "Tehran")
    for wrong in (("55", "37"), (None, 37), (55, 37, math.nan), (55, 37, "50"), (10**400, 1)):
        with pytest.raises(DataError):
            corridor.nearest_place(net, *wrong)
    table = corridor.matrix(net, ["46.35,48.1"], ["Moscow"])
    assert (
        0 < table.attrs["snap_km"]["46.35,48.1"] < 50
        and corridor.reach(net, "46.35,48.1", within_h=20).attrs["snap_km"] > 0
    )


QUESTIONS = [
    ("Moscow", "Mumbai", {"via": "Turkmenbashi"}), ("Moscow", "Mumbai", {"via": "Sarakhs"}), ("Moscow", "Mumbai", {"by": "time", "modes": ["rail", "sea"]}),
    ("Astrakhan", "Tehran", {"cargo": "grain", "modes": ["road"]}), ("Almaty", "Tehran", {"by": "cost", "via": ["Turkmenbashi"]}),
    ("Moscow", "Tehran", {"cargo": "grain", "modes": ["rail"], "by": "length"}),
]  # fmt: skip


@pytest.mark.parametrize(("origin", "destination", "options"), QUESTIONS, ids=str)
def test_the_change_flips_the_answer(net, origin, destination, options):
    plain = {k: v for k, v in options.items() if k in ("cargo", "by")}
    answer = corridor.why_not(net, origin, destination, **options)
    assert answer.extra == pytest.approx(sum(d.extra for d in answer.differences), abs=1e-6) and answer.extra >= -1e-9
    check_flip(net, origin, destination, answer, plain, options)


def check_flip(net, origin, destination, answer, plain, options):
    then = answer.scenario.apply(net)
    after, wanted = (
        corridor.route(then, origin, destination, **plain),
        corridor.route(then, origin, destination, **options),
    )
    by = plain.get("by", "generalised")
    assert value_of(after, by) == pytest.approx(value_of(wanted, by))
    used = {n for leg in after.legs for n in leg.nodes}
    via = options.get("via", ())
    assert {then.names.resolve(v) for v in ([via] if isinstance(via, str) else via)} <= used
    assert {leg.mode for leg in after.legs} <= set(options.get("modes", ("rail", "road", "sea", "ferry", "river")))
    assert not set(options.get("avoid", ())) & {then.country_of(n) for n in used}


@given(net=random_networks())
def test_on_random_networks_too_every_change_flips(net):
    origin, destination = ends(net)
    for options in ({"modes": ["road"]}, {"via": [net.node_table.ids[len(net.node_table) // 2]]}):
        if origin in options.get("via", ()) or destination in options.get("via", ()):
            continue
        answer = corridor.why_not(net, origin, destination, cargo="grain", **options)
        if answer.wanted is None:
            assert answer.blocked_by or answer.why
        if answer.change is not None:
            check_flip(net, origin, destination, answer, {"cargo": "grain"}, {"cargo": "grain", **options})
        elif answer.wanted is not None and answer.best is not None and answer.extra > 1e-9:
            assert "no small change of the data was found" in answer.why


def test_what_is_planned_is_opened(net):
    answer = corridor.why_not(net, "astara_ir", "Rasht", cargo="grain", modes=["rail"], avoid=["RU", "road"])
    assert answer.wanted is None and {b.kind for b in answer.blocked_by} == {"link"}
    opened = answer.scenario.apply(net)
    assert corridor.route(opened, "astara_ir", "Rasht", cargo="grain").legs[0].mode == "rail"
    assert corridor.why_not(net, "Moscow", "Mumbai", avoid=["IR"]).why == "the best route is as wanted"


def test_a_file_of_questions(net, tmp_path):
    file = tmp_path / "asked.csv"
    file.write_text(
        "origin,destination,cargo,modes,most_borders,one_gauge\nMoscow,Mashhad,grain,rail,,\nMoscow,Mashhad,grain,rail,,yes\nNowhere,Baku,,,,\nBaku,Tehran,grain,rail;road,1,no\n"
    )
    found = corridor.batch(net, file)
    assert found.cost_usd_t[0] == corridor.route(net, "Moscow", "Mashhad", cargo="grain", modes=["rail"]).cost_usd_t
    assert (
        "every route changes gauge" in found.error[1] and "no place 'Nowhere'" in found.error[2] and not found.error[3]
    )
    file.write_text("origin,destination,cargo,most_borders,avoyd\nMoscow,,grain,x,IR\n")
    with pytest.raises(DataError, match="did you mean 'avoid'"):
        corridor.batch(net, file)
    file.write_text("origin,destination,cargo,most_borders\nMoscow,,grain,x\n,Baku,grain,1\n")
    with pytest.raises(DataError) as caught:
        corridor.batch(net, file)
    assert len(caught.value.faults) == 3
    for wrong in ({"file": None}, {"file": file, "origin": "Kazan"}):
        with pytest.raises(DataError):
            corridor.batch(net, **wrong)
    for text in (
        "origin,destination,origin\na,b,c\n",
        'origin,destination\n"Mos\ncow",Baku\n',
        "",
        "origin,destination\n",
        'origin,destination\n"a,b\n',
        "origin,destination\na,b,c\n",
    ):
        file.write_text(text)
        with pytest.raises(DataError):
            corridor.batch(net, file)


TEXTS = [
    ("moscow-mumbai-5-ways", lambda net: corridor.routes(net, "Moscow", "Mumbai", k=5)),
    ("almaty-tehran-front", lambda net: corridor.routes(net, "Almaty", "Tehran", by=["cost", "time", "co2"], thin=0.05)),
    ("moscow-mumbai-why-not-turkmenbashi", lambda net: corridor.why_not(net, "Moscow", "Mumbai", via="Turkmenbashi")),
    ("samara-anzali-january", lambda net: corridor.route(net, "Samara", "Anzali", cargo="grain", depart="2027-01-15", modes=["river", "sea"], draws=200)),
    ("astrakhan-anzali-ice", lambda net: corridor.route(net, "Astrakhan port", "Anzali", cargo="grain", depart="2027-01-15", modes=["river", "sea"], draught_m=4)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "question"), TEXTS, ids=[t[0] for t in TEXTS])
def test_golden_texts(net, name, question, request):
    text = str(question(net)) + "\n"
    path = GOLDEN / f"{name}.txt"
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 80


def test_transfer_seasons_and_limits_hold_together():
    """Borders, a place to pass and a gauge at once: the copies of the network remember all of them."""
    nodes = {"a": "AA", "b": "AA", "c": "BB", "d": "AA"}
    rows = [
        link("ab", "a", "b", "rail1520", 10),
        link("bd", "b", "d", "rail1435", 10),
        link("ac", "a", "c", "rail1520", 5),
        link("cd", "c", "d", "rail1520", 300),
    ]
    net = network(nodes, rows, [transfer("b:x", "b", "rail1520", "rail1435", 1, 1)])
    assert corridor.route(net, "a", "d", cargo="grain").legs[0].nodes == ("a", "b")
    assert corridor.route(net, "a", "d", cargo="grain", one_gauge=True).legs[0].nodes == ("a", "c", "d")
    assert corridor.route(net, "a", "d", cargo="grain", via="c", most_borders=2, most_transfers=0).length_km == 305
    with pytest.raises(NoRouteError, match="each of most borders 1, one gauge True leaves a route"):
        corridor.route(net, "a", "d", cargo="grain", most_borders=1, one_gauge=True)


def test_where_too_many_ways_compete_the_best_by_single_places_is_left(net, monkeypatch):
    from corridor.routing import alternatives

    exact = corridor.routes(net, "Moscow", "Mumbai", k=4)
    monkeypatch.setattr(alternatives, "FEW_LABELS", 200)
    found = corridor.routes(net, "Moscow", "Mumbai", k=4)
    assert not found.exact and found[0] == exact[0]
    assert [r.generalised_usd_t for r in found] == sorted(r.generalised_usd_t for r in found)
    km = dict(zip(net.link_table.ids, net.link_table["length_km"], strict=True))
    for one, other in itertools.combinations(found, 2):
        a, b = ({x for leg in r.legs for x in leg.links} for r in (one, other))
        assert sum(km[x] for x in a & b) <= 0.8 * min(one.length_km, other.length_km)


HOSTILE = [
    ("Constanta", "Cherepovets", {"by": "time", "k": 5}), ("Constanta", "Nizhny Novgorod", {"by": "cost", "k": 5}),
    ("Sari", "Tagirkent-Kazmalyar", {"by": "cost", "k": 5, "cargo": "petroleum_products"}),
]  # fmt: skip


@pytest.mark.parametrize(("origin", "destination", "options"), HOSTILE, ids=str)
def test_routes_come_in_order(net, origin, destination, options):
    found = corridor.routes(net, origin, destination, **options)
    values = [v for (v,) in found.values]
    assert values == sorted(values) and values[0] == value_of(
        corridor.route(net, origin, destination, **{k: v for k, v in options.items() if k != "k"}), options["by"]
    )


@pytest.mark.parametrize(
    ("origin", "destination", "by"),
    [("Serdar", "Dossor", ["transfers", "time"]), ("Zahedan", "Samara", ["length", "transfers", "time", "borders"])],
    ids=str,
)
def test_counts_are_whole_and_nothing_beaten_is_in_a_front(net, origin, destination, by):
    found = corridor.routes(net, origin, destination, cargo="grain", by=by)
    assert len(found) == len(unbeaten([tuple(round(x, 6) for x in v) for v in found.values]))
    assert all(v[by.index("transfers")] == round(v[by.index("transfers")]) for v in found.values)
    assert corridor.routes(net, "Astana", "Misken", cargo="metals", by="borders").values[0][0] == 1


def test_why_not_has_an_end(net):
    """It shut dozens of links, for minutes, where the wanted way is a senseless detour."""
    options = {"via": ["Xian", "Chelyabinsk"], "any_order": True}
    answer = corridor.why_not(net, "Ardakan", "Quetta", by="length", **options)
    check_flip(net, "Ardakan", "Quetta", answer, {"by": "length"}, {"by": "length", **options})
    senseless = {"cargo": "coal", "via": ["Bandar Abbas", "Chelyabinsk"], "any_order": True}
    hopeless = corridor.why_not(net, "Turkmenbashi", "Shahid Rajaee", **senseless)
    assert hopeless.change is None and "no small change" in hopeless.why
    tie = corridor.why_not(net, "Moscow", "Mumbai", by="borders", via="Turkmenbashi")
    assert tie.extra > 0 or (tie.change is None and tie.why == "another route is as good")


def test_what_blocks_is_what_was_asked_for(net):
    with pytest.raises(NoRouteError) as caught:
        corridor.route(net, "Moscow", "Tehran", modes=["rail"], axle_load_t=26)
    assert all("axle load" in b.why for b in caught.value.blocked_by)
    for options in ({"avoid": ["Moscow"]}, {"via": ["Baku"], "avoid": ["baku"]}):
        with pytest.raises(NoRouteError, match="is avoided, and it is the origin, the destination or a place to pass"):
            corridor.route(net, "Moscow", "Tehran", **options)


def test_a_front_that_cannot_be_held_is_refused(net, monkeypatch):
    from corridor.routing import search

    monkeypatch.setattr(search.best_labels, "__kwdefaults__", {**search.best_labels.__kwdefaults__, "most_labels": 30})
    with pytest.raises(corridor.NoAnswerError, match="more than 30 partial paths compete; use fewer objectives"):
        corridor.routes(net, "Moscow", "Mumbai", by=["cost", "time", "co2", "borders"])


def test_a_change_beyond_a_recorded_range_says_so(net):
    """Inside its range nothing is said; a figure that has to leave it is named with the range."""
    from corridor.routing.smallest_change import beyond_range
    from corridor.routing.why_not_text import why_not_text

    link = "sarahs-sarakhs-rail-1520"
    change = {"name": "x", "why": "", "edits": [{"scale": link, "field": "border_h", "by": 1.01}]}
    far = {**change, "edits": [{"open": link}, {"scale": link, "field": "border_h", "by": 19.0}]}
    tariff = {"feature": "tariff", "area": "KZ", "carrier": "rail1520", "cargo": "dry_bulk"}
    cheap = {**change, "edits": [{"scale": tariff, "field": "usd_tkm", "by": 0.01}]}
    assert beyond_range(net, None) == beyond_range(net, change) == ""
    assert beyond_range(net, far).startswith(f"beyond the recorded range of {link} border_h, ")
    assert "tariff KZ rail1520 dry_bulk" in beyond_range(net, cheap)
    answer = corridor.why_not(net, "Moscow", "Tehran", cargo="container", modes=["rail"])
    assert answer.to_dict()["beyond_range"] == answer.beyond_range == beyond_range(net, answer.change)
    told = replace(answer, change=far, beyond_range=beyond_range(net, far))
    assert "beyond the recorded range" in why_not_text(told)
    assert "beyond the recorded range" not in why_not_text(replace(answer, beyond_range=""))
