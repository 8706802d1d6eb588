"""Assignment: linear programs over all paths as oracle, optimality conditions, and what must not change."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import networkx as nx
import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import feature, header, link, network, random_networks, resource, transfer, use

import corridor
from corridor import DataError, Demand
from corridor.assignment.least_cost import least_of, loads, prices_of_paths
from corridor.assignment.year_result import choice_sets_of, solve_year
from corridor.graph.contraction import contract
from corridor.graph.virtual import virtual_network
from corridor.io.formats.geojson import from_geojson
from corridor.routing.search import weights

CLASS = {"grain": "dry_bulk", "container": "container"}
HOUR = {"dry_bulk": 0.01, "container": 1.0}
SUMMER = np.array([0.0, 0.0, 1.0, 0.0])  # everything moves in July to September
EXAMPLES = settings.get_profile("ci").max_examples // 2


def asked(rows, max_cost=60.0, shares=SUMMER):
    made = Demand.of(rows)
    n = len(rows)
    return replace(
        made, max_cost_usd_t=np.broadcast_to(np.float64(max_cost), n).copy(), quarter_shares=np.tile(shares, (n, 1))
    )


@st.composite
def cases(draw):
    net = draw(random_networks(with_resources=True))
    ids = net.node_table.ids
    pairs = st.tuples(st.sampled_from(ids), st.sampled_from(ids), st.sampled_from(sorted(CLASS)))
    chosen = draw(st.lists(pairs.filter(lambda p: p[0] != p[1]), min_size=1, max_size=3, unique=True))
    tonnes = [draw(st.sampled_from([0.5, 1.0, 4.0, 7.0])) for _ in chosen]
    return net, asked([(*p, t) for p, t in zip(chosen, tonnes, strict=True)], draw(st.sampled_from([5.0, 60.0])))


def summer(net, demand, rule):
    solved = solve_year(net, demand, 2025, rule, choice_sets_of(net, demand))
    return next(s for s in solved if s.period.quarter == 2)


def objective(s):
    return float(s.flow @ s.choice_set.cost) + float(s.unserved @ s.choice_set.context.max_cost_usd_t)


@settings(max_examples=EXAMPLES)
@given(case=cases())
def test_the_least_cost_equals_a_program_over_all_paths(case):
    net, demand = case
    rows = [
        (o, d, CLASS[c], t, w)
        for o, d, c, t, w in zip(
            demand.origins, demand.destinations, demand.cargoes, demand.t_yr, demand.max_cost_usd_t, strict=True
        )
    ]
    expected = oracle.least_cost(net, rows, 7, 0.25, HOUR)
    s = summer(net, demand, "capacitated")
    assert s.gap <= 1e-9
    if expected is not None:
        assert objective(s) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    check_limits(s)
    check_slackness(s)


def check_limits(s):
    load = loads(s.choice_set, s.flow, len(s.free))
    known = ~np.isnan(s.free)
    assert (load[known] <= s.free[known] * (1 + 1e-8) + 1e-8).all()
    assert (s.flow >= 0).all()
    served = np.bincount(s.choice_set.commodity, weights=s.flow, minlength=len(s.problem.amount))
    assert served + s.unserved == pytest.approx(s.problem.amount, abs=1e-9)


def check_slackness(s):
    """What is priced is full, what is used is a cheapest way under the prices, what pays is not at home."""
    load = loads(s.choice_set, s.flow, len(s.free))
    priced = s.price > 1e-9
    assert load[priced] == pytest.approx(s.free[priced], rel=1e-6, abs=1e-6)
    paid = s.choice_set.cost + prices_of_paths(s.choice_set, s.price)
    least = least_of(s.choice_set, s.choice_set.passable(s.period, s.free), paid)
    used = s.flow > 1e-6
    assert paid[used] == pytest.approx(least[s.choice_set.commodity[used]], abs=1e-5)
    at_home = s.unserved > 1e-6
    assert (least[at_home] >= s.choice_set.context.max_cost_usd_t[at_home] - 1e-5).all()


@settings(max_examples=EXAMPLES)
@given(case=cases())
def test_the_prices_of_the_logit_rule_keep_every_limit(case):
    net, demand = case
    s = summer(net, demand, "logit")
    check_limits(s)
    load = loads(s.choice_set, s.flow, len(s.free))
    full = s.price > 0
    assert load[full] == pytest.approx(s.free[full], rel=1e-8)
    assert shares(s) == pytest.approx(s.flow, rel=1e-7, abs=1e-9)


def shares(s):
    """Return the flows again, path by path, from the formula."""
    choice_set, flow = s.choice_set, np.zeros(len(s.flow))
    is_open = choice_set.passable(s.period, s.free)
    paid = choice_set.cost + prices_of_paths(choice_set, s.price)
    km = choice_set.context.network.link_table["length_km"]
    for c in range(len(s.problem.amount)):
        mine = [p for p in range(choice_set.first_path[c], choice_set.first_path[c + 1]) if is_open[p]]
        theta = choice_set.context.scale[c]
        ways = {p: choice_set.links[choice_set.first_link[p] : choice_set.first_link[p + 1]].tolist() for p in mine}
        weights = {}
        for p in mine:
            many = [sum(x in ways[q] for q in mine) for x in ways[p]]
            size = sum(km[x] / n for x, n in zip(ways[p], many, strict=True)) / sum(km[x] for x in ways[p])
            weights[p] = size * math.exp(-theta * (paid[p] - choice_set.context.max_cost_usd_t[c]))
        for p in mine:
            flow[p] = s.problem.amount[c] * weights[p] / (1.0 + sum(weights.values()))
    return flow


@settings(max_examples=EXAMPLES)
@given(case=cases())
def test_more_limits_never_cost_less_and_the_cheapest_way_is_least(case):
    net, demand = case
    cheapest, packed = (summer(net, demand, rule) for rule in ("cheapest", "capacitated"))
    assert objective(packed) >= objective(cheapest) - 1e-6
    if packed.unserved.sum() < 1e-9 and cheapest.unserved.sum() < 1e-9:
        assert packed.flow @ packed.choice_set.cost >= cheapest.flow @ cheapest.choice_set.cost - 1e-6


@settings(max_examples=EXAMPLES // 2)
@given(case=cases(), rule=st.sampled_from(["capacitated", "logit"]))
def test_twice_the_demand_and_twice_the_limits_cost_twice(case, rule):
    net, demand = case
    once = summer(net, demand, rule)
    if not len(net.resource_table):
        return
    double = corridor.Scenario.of("double", "", [{"scale": {"feature": "resource"}, "field": "capacity", "by": 2}])
    twice = summer(double.apply(net), demand.scaled(2), rule)
    assert objective(twice) == pytest.approx(2 * objective(once), rel=1e-7, abs=1e-7)


@settings(max_examples=EXAMPLES // 2)
@given(case=cases())
def test_shutting_a_link_that_no_way_uses_changes_nothing(case):
    net, demand = case
    rule = "capacitated"  # of ways that cost the same the logit rule may be shown another one
    s = summer(net, demand, rule)
    used = {int(x) for x in s.choice_set.links}
    idle = [x for i, x in enumerate(net.link_table.ids) if i not in used]
    if not idle:
        return
    shut = corridor.Scenario.of("shut", "", [{"close": idle}]).apply(net)
    assert objective(summer(shut, demand, rule)) == pytest.approx(objective(s), rel=1e-8, abs=1e-9)


def line(parts, capacities=(4.0,), rename=lambda x: x):
    """Return a -- b by parallel links, each in `parts` pieces, and a dearer road round by c."""
    n = rename
    nodes = {n("a"): "AA", n("b"): "AA", n("c"): "AA"}
    links, resources = [], []
    for k, capacity in enumerate(capacities):
        stops = [n("a"), *(n(f"m{k}{i}") for i in range(1, parts)), n("b")]
        nodes |= dict.fromkeys(stops[1:-1], "AA")
        names = [n(f"l{k}{i}") for i in range(parts)]
        links += [
            link(x, *ends, "rail1520", 10.0 / parts) for x, ends in zip(names, itertools.pairwise(stops), strict=True)
        ]
        resources.append(resource(n(f"r{k}"), capacity, [use(names[0])]))
    links += [link(n("ac"), n("a"), n("c"), "road", 1000.0), link(n("cb"), n("c"), n("b"), "road", 1000.0)]
    return network(nodes, links, (), resources)


@pytest.mark.parametrize("rule", ["capacitated", "logit"])
@pytest.mark.parametrize("parts", [2, 5])
def test_a_link_cut_into_pieces_is_the_same_link(rule, parts):
    demand = asked([("a", "b", "grain", 3.0)])
    whole, pieces = (summer(line(n), demand, rule) for n in (1, parts))
    assert objective(pieces) == pytest.approx(objective(whole), rel=1e-9)
    assert pieces.price.max() == pytest.approx(whole.price.max(), rel=1e-6)


def test_parallel_links_are_one_link_of_both_capacities():
    rule = "capacitated"  # to those who choose by logit two lines are two ways
    demand = asked([("a", "b", "grain", 3.0)])
    one, two = summer(line(1, (4.0,)), demand, rule), summer(line(1, (2.0, 2.0)), demand, rule)
    assert objective(two) == pytest.approx(objective(one), rel=1e-7)
    assert two.price.max() == pytest.approx(one.price.max(), rel=1e-6)


@pytest.mark.parametrize("rule", ["cheapest", "capacitated", "logit"])
def test_names_do_not_matter(rule):
    plain = corridor.assign(line(1), asked([("a", "b", "grain", 3.0)]), rule=rule, year=2025)
    other = corridor.assign(
        line(1, rename=lambda x: f"z{x}"), asked([("za", "zb", "grain", 3.0)]), rule=rule, year=2025
    )
    assert other.total_cost_usd_yr == pytest.approx(plain.total_cost_usd_yr, rel=1e-12)
    assert [r.price_usd_t for r in other.resource_rows] == pytest.approx([r.price_usd_t for r in plain.resource_rows])


def yard(capacity):
    """Return two gauges that meet in one yard, which counts wagons a day and the empty way back."""
    made = header([resource("yard", capacity, [use("t") | {"empties": True}], unit="wagons", per="day")])
    made["parameters"].append({"id": "empty_return_share", "value": 0.5})
    places = [feature("node", n, [10.0, 50.0], name=n, country="AA", kind="city") for n in "abc"]
    links = [link("l1", "a", "b", "rail1520", 1.0), link("l2", "b", "c", "rail1435", 1.0)]
    change = transfer("t", "b", "rail1520", "rail1435", 0.0, 0.0, ("dry_bulk", "container", "breakbulk"))
    return from_geojson({"type": "FeatureCollection", "corridor": made, "features": [*places, *links, change]})


YARD_ROWS = [("a", "c", "grain", 300_000.0), ("a", "c", "container", 130_000.0), ("a", "c", "metals", 310_000.0)]
EVEN = np.full(4, 0.25)


def test_wagons_of_three_cargoes_are_counted_with_their_empty_way_back():
    """By hand: 60, 26 and 62 t a wagon, half as many empty: 7 500 wagons a year each, 61.6 a day in all."""
    a = corridor.assign(yard(100), asked(YARD_ROWS, 1000.0, EVEN), rule="capacitated", year=2025)
    (row,) = a.resource_rows
    assert row.unit == "wagons a day" and row.price_usd_t == 0
    assert row.flow == pytest.approx((300_000 / 60 + 130_000 / 26 + 310_000 / 62) * 1.5 / 365)
    assert row.flow == pytest.approx(61.64, abs=0.01)
    assert dict(row.t_yr_by_cargo) == pytest.approx({"grain": 300_000, "container": 130_000, "metals": 310_000})


def test_the_cargo_that_fills_a_wagon_least_gives_way_and_sets_the_price():
    """By hand: 50 wagons a day are 18 250 a year, 4 250 too few: at 26 t in 1.5 wagons that is 73 667 t of boxes."""
    demand = asked(YARD_ROWS, 1000.0, EVEN)
    least = corridor.assign(yard(100), demand, rule="cheapest", year=2025)
    paths, margin = least.paths, 100.0
    money = [c for c in paths.columns if c.endswith("_usd_t")]
    costs = dict(zip(paths["cargo"], paths[money].sum(axis=1), strict=True))
    demand = replace(demand, max_cost_usd_t=np.array([costs[c] + margin for c in demand.cargoes]))
    a = corridor.assign(yard(50), demand, rule="capacitated", year=2025)
    (unserved,) = a.unserved_rows
    assert (unserved.cargo, unserved.why, unserved.blocked_by) == ("container", "capacity", ("yard",))
    assert unserved.t_yr == pytest.approx(4_250 * 26 / 1.5, rel=1e-6)
    (row,) = a.resource_rows
    assert row.price_usd_unit == pytest.approx(margin * 26 / 1.5, rel=1e-6)
    assert row.full_months == tuple(range(1, 13))
    assert a.bottlenecks == (row,)


def test_what_stays_at_home_says_why():
    nodes = dict.fromkeys("abc", "AA")
    links = [link("l", "a", "b", "rail1520", 10.0), link("m", "b", "c", "road", 10.0)]
    net = network(nodes, links, (), [resource("r", 1.0, [use("l")])])
    rows = [("a", "b", "grain", 10.0), ("b", "c", "grain", 5.0), ("a", "c", "grain", 5.0)]
    demand = replace(asked(rows, 1000.0, EVEN), max_cost_usd_t=np.array([1000.0, 1.0, 1000.0]))
    a = corridor.assign(net, demand, rule="capacitated", year=2025)
    why = {(u.origin, u.destination): (u.why, u.blocked_by, u.t_yr) for u in a.unserved_rows}
    assert why[("a", "b")] == ("capacity", ("r",), pytest.approx(9.0))
    assert why[("b", "c")][0] == "price"  # its only path costs more than it pays
    dear = next(u for u in a.unserved_rows if u.origin == "b").above_max_usd_t
    assert dear == pytest.approx(corridor.route(net, "b", "c", cargo="grain").generalised_usd_t - 1.0)
    assert why[("a", "c")] == ("no_route", (), pytest.approx(5.0))  # no transfer joins the railway and the road
    assert a.served_t_yr + a.unserved_t_yr == a.demand_t_yr


@settings(max_examples=EXAMPLES)
@given(net=random_networks(), by=st.sampled_from(["generalised", "time"]))
def test_the_smaller_graph_has_the_same_distances(net, by):
    graph = virtual_network(net, net.cargo("grain"), 2025)
    weight = weights(graph, by)
    starts, ends = ([door(n) for n in net.node_table.ids] for door in (graph.out_door, graph.in_door))
    small = contract(len(graph.states), graph.tail, graph.head, starts, ends)
    large, little = nx.MultiDiGraph(), nx.MultiDiGraph()
    large.add_nodes_from(range(len(graph.states)))
    little.add_nodes_from(range(len(small.first_out) - 1))
    large.add_weighted_edges_from(zip(graph.tail, graph.head, weight, strict=True))
    sums = small.sums(np.array([weight]))[0].tolist()
    little.add_weighted_edges_from(zip(small.tail.tolist(), small.head.tolist(), sums, strict=True))
    for s in starts:
        expected = nx.single_source_dijkstra_path_length(large, s)
        found = nx.single_source_dijkstra_path_length(little, int(small.state_of[s]))
        for e in ends:
            assert found.get(int(small.state_of[e])) == pytest.approx(expected.get(e))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rule": "cheepest"}, "did you mean 'cheapest'"),
        ({"year": "2025"}, "give a year"),
        ({"year": float("nan")}, "give a year"),
        ({"demand": Demand.of([("nowhere", "b", "grain", 1.0), ("a", "b", "gran", 1.0)])}, "2 faults"),
        ({"demand": Demand.of([])}, "has no row"),
        (
            {"demand": Demand.of([("a", "b", "grain", 1.0), ("A", "b", "grain", 1.0)])},
            "has the same origin, destination and cargo as row 1",
        ),
        ({"demand": [("a", "b", "grain", 1.0)]}, "is not a demand"),
    ],
)
def test_wrong_questions_are_refused_with_all_their_faults(change, message):
    options = {"demand": asked([("a", "b", "grain", 1.0)]), "rule": "logit", "year": 2025} | change
    demand = options.pop("demand")
    with pytest.raises(DataError, match=message):
        corridor.assign(line(1), demand, **options)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("a", "b", "grain", -1.0), "t_yr is -1.0"),
        (("a", "b", "grain", math.nan), "t_yr is nan"),
        (("a", "b", "grain", math.inf), "t_yr is inf"),
        (("a", "b", "grain", "5"), "t_yr is '5'"),
        (("a", "a", "grain", 1.0), "is also the origin"),
        (("a", "b", 1.0), "is not .origin"),
    ],
)
def test_rows_that_cannot_be_are_refused(row, message):
    with pytest.raises(DataError, match=message):
        Demand.of([row])
    with pytest.raises(DataError, match="[23] faults"):
        Demand.of([row, row])


@pytest.mark.parametrize("rule", ["capacitated", "logit"])
def test_one_large_row_fills_all_its_ways_and_the_rest_stays_at_home(rule):
    links = [link(f"l{i}", "a", "b", carrier, 10.0 + i) for i, carrier in enumerate(("rail1520", "rail1435", "road"))]
    few = network({"a": "AA", "b": "AA"}, links, (), [resource(f"r{i}", 4.0 + i, [use(f"l{i}")]) for i in range(3)])
    a = corridor.assign(few, Demand.of([("a", "b", "grain", 5e9)]), rule=rule, year=2025)
    assert a.served_t_yr == pytest.approx(15.0, rel=1e-6)
    (unserved,) = a.unserved_rows
    assert unserved.why == "capacity" and set(unserved.blocked_by) <= {"r0", "r1", "r2"}
    with pytest.raises(DataError, match="every row at or below 1e"):
        Demand.of([("a", "b", "grain", 1e11)]).scaled(100)


def test_where_everything_is_shut_nothing_is_carried(net):
    shut = corridor.Scenario.of("shut", "", [{"close": {"feature": "link"}}]).apply(net)
    a = corridor.assign(shut, Demand.of([("moscow", "tehran", "grain", 5.0)]), year=2025)
    assert a.served_t_yr == 0 and "No route is open" in a.summary


@pytest.mark.parametrize("mode", ["python", "numba"])
@pytest.mark.parametrize("rule", ["cheapest", "capacitated", "logit"])
def test_interpreted_and_compiled_kernels_give_the_same_bytes(monkeypatch, rule, mode):
    demand = asked([("a", "b", "grain", 3.0), ("c", "b", "grain", 2.0), ("a", "c", "grain", 1.0)], 200.0, EVEN)
    monkeypatch.setenv("CORRIDOR_KERNELS", "python")
    plain = corridor.assign(line(2), demand, rule=rule, year=2025)
    monkeypatch.setenv("CORRIDOR_KERNELS", mode)
    again = corridor.assign(line(2), demand, rule=rule, year=2025)
    assert again.to_dict() == plain.to_dict()


def test_a_demand_file_lists_all_its_faults(tmp_path):
    path = tmp_path / "demand.csv"
    path.write_text(
        "origin,destination,cargo,t_yr,max_cost_usd_t\n"
        "Moscow,Tehran,grain,1000,\n"
        "Moscow,Moscow,grain,nan,\n"
        "Moscow,Tehran,grain,5,-3\n"
        ",Tehran,grain,1e400,5\n"
        "Moscow,Tehran\n"
    )
    with pytest.raises(DataError) as caught:
        corridor.read_demand(path)
    text = str(caught.value)
    for part in ("line 3: t_yr is 'nan'", "line 3: destination is also the origin", "line 4: max_cost_usd_t is '-3'"):
        assert part in text
    for part in (
        "line 4 has the same origin, destination and cargo as line 2",
        "line 5: origin is empty",
        "line 6 has more or fewer cells",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("origin,destination,cargo,t_yr\n", "has no row"),
        ("origin,destination,cargos,t_yr\n", "did you mean"),
        ("origin,destination,cargo,t_yr,t_yr\n", "appears twice"),
        ('origin,destination,cargo,t_yr\n"a,b,c\n', "is not CSV"),
        ("origin,destination,cargo,t_yr,q1\na,b,grain,1,0.25\n", "give all four"),
        ("origin;destination;cargo;t_yr\n", "semicolons"),
        ('origin,destination,cargo,t_yr\n"a\nc",b,grain,1\n', "line 3: origin contains a line break"),
        ("origin,destination,cargo,t_yr,q1,q2,q3,q4\na,b,grain,1,0.5,0.5,0.5,0\n", "four shares that sum to 1"),
    ],
)
def test_demand_files_that_cannot_be_read(tmp_path, text, message):
    path = tmp_path / "demand.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        corridor.read_demand(path)


def test_demand_files_that_are_not_there(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path, "a\0b"):
        with pytest.raises(DataError, match="cannot be read|regular file"):
            corridor.read_demand(path)
    (tmp_path / "latin.csv").write_bytes(b"origin\xff")
    with pytest.raises(DataError, match="UTF-8"):
        corridor.read_demand(tmp_path / "latin.csv")
