"""Maximum flow: enumeration of all paths as oracle, and what every flow and cut must satisfy."""

from __future__ import annotations

import networkx as nx
import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import link, network, random_networks, resource, transfer

import corridor
from corridor import DataError, NoAnswerError
from corridor.flow.cycles import without_cycles


def ends(net):
    return [net.node_table.ids[0]], [net.node_table.ids[-1]]


@given(net=random_networks(with_resources=True))
def test_the_flow_equals_a_program_over_all_paths(net):
    origins, destinations = ends(net)
    expected = oracle.max_flow_by_paths(net, "dry_bulk", origins[0], destinations[0])
    try:
        found = corridor.max_flow(net, origins, destinations, cargo="grain")
    except NoAnswerError:
        assert expected is None
        return
    if expected is None:
        return  # too many paths to enumerate
    if found.exact == "lp":
        assert found.value_t_yr == pytest.approx(expected, abs=1e-6)
    else:
        assert found.value_t_yr == pytest.approx(expected, abs=1e-6)
        assert found.value_t_yr == int(found.value_t_yr)
    check_legal(net, found)


def check_legal(net, found):
    """The cut proves the value, and no resource gives more than it has."""
    assert sum(row.free_t_yr for row in found.cut) == pytest.approx(found.value_t_yr, abs=1e-3)
    for row in found.cut:
        assert row.free_t_yr == pytest.approx(row.weight * row.free, abs=1.0)
    for used in found.resources:
        assert used.flow <= used.free + 1e-6
    limits = {u["feature"] for rows in net.uses.values() for u in rows}
    assert all(t >= 0 for t in found.links_t_yr.values())
    assert set(found.links_t_yr) <= set(net.link_table.ids) and limits


@given(net=random_networks(with_resources=True))
def test_more_capacity_never_lowers_the_flow_and_twice_everything_doubles_it(net):
    origins, destinations = ends(net)

    def value(n):
        try:
            return corridor.max_flow(n, origins, destinations, cargo="grain").value_t_yr
        except NoAnswerError:
            return None

    before = value(net)
    if before is None:
        return
    edits = [{"scale": {"feature": "resource"}, "field": "capacity", "by": 2}]
    assert value(corridor.Scenario.of("twice", "", edits).apply(net)) == pytest.approx(2 * before, abs=1e-6)
    first = net.resource_table.ids[0]
    more = [{"set": first, "field": "capacity", "to": float(net.resource_table["capacity"][0] + 5)}]
    assert value(corridor.Scenario.of("more", "", more).apply(net)) >= before - 1e-6


def yard_network(capacity=100, base_load=0.0, empties=True, more=()):
    uses = [
        {"feature": "b:x", "direction": "both", "empties": empties},
        *({"feature": f, "direction": "both"} for f in more),
    ]
    yard = resource("yard", capacity, uses, unit="wagons", per="day", base_load=base_load, base_load_basis="assumed")
    links = [
        link("ab", "a", "b", "rail1520", 10),
        link("bc", "b", "c", "rail1435", 10),
        link("road", "a", "c", "road", 10),
    ]
    transfers = [transfer("b:x", "b", "rail1520", "rail1435", 5, 5)]
    return network({"a": "AA", "b": "AA", "c": "AA"}, links, transfers, [yard])


def test_a_yard_counts_wagons_net_of_other_traffic():
    net = yard_network(capacity=100, base_load=40.0, empties=False)
    found = corridor.max_flow(net, ["a"], ["c"], cargo="grain", modes=["rail"])
    assert found.exact == "integer"
    assert found.value_t_yr == 60 * 365 * 60  # wagons a day, days, t a wagon
    (row,) = found.cut
    assert (row.id, row.unit, row.capacity, row.base_load, row.free) == ("yard", "wagons a day", 100, 40, 60)
    boxes = corridor.Scenario.of(
        "boxes", "", [{"set": "b:x", "field": f"container_{u}", "to": 5} for u in ("h", "usd_t")]
    ).apply(net)
    assert corridor.max_flow(boxes, ["a"], ["c"], modes=["rail"]).value_t_yr == 60 * 365 * 26


def test_a_way_without_a_known_limit_is_refused_and_named():
    with pytest.raises(NoAnswerError, match="no known limit on this route: loading at a .road. · road"):
        corridor.max_flow(yard_network(), ["a"], ["c"], cargo="grain")


def test_nothing_that_joins_the_sets_is_no_answer():
    net = network({"a": "AA", "b": "AA"}, [], [])
    with pytest.raises(NoAnswerError, match="no route connects a to b"):
        corridor.max_flow(net, ["a"], ["b"], cargo="grain")


def test_sets_that_overlap_or_are_empty_are_refused_at_once(net):
    with pytest.raises(DataError) as caught:
        corridor.max_flow(net, ["Moscow", "Tehran"], ["Tehran"], modes=["train"], year=1066)
    assert {f.field for f in caught.value.faults} == {"", "mode", "year"}
    with pytest.raises(DataError, match="are empty"):
        corridor.max_flow(net, [], ["Tehran"])


def test_the_eastern_branch_is_limited_by_its_yards(net):
    found = corridor.max_flow(net, ["Chelyabinsk", "Samara"], ["Bandar Abbas"], cargo="grain", modes=["rail"])
    assert [row.id for row in found.cut] == ["incheh_borun-yard", "sarakhs-yard"]
    assert found.exact == "integer"
    assert found.unknown == ("freight locomotives in Iran", "freight locomotives in Turkmenistan")
    check_legal(net, found)


def test_shared_resources_take_the_linear_program_and_both_ways_agree(net):
    everything = corridor.max_flow(net, ["Samara"], ["Bandar Abbas"], cargo="grain")
    assert everything.exact == "lp"
    check_legal(net, everything)
    found = corridor.max_flow(net, ["Turkmenbashi"], ["Mashhad"], cargo="grain", modes=["rail"])
    from corridor.flow import maximum_flow as module
    from corridor.flow.flow_graph import flow_graph
    from corridor.flow.linear_flow import solve_linear
    from corridor.graph.resources import limits
    from corridor.graph.virtual import virtual_network
    from corridor.routing.constraints import Constraints

    graph = virtual_network(net, net.cargo("grain"), 2025)
    flows = flow_graph(graph, ["turkmenbashi"], ["mashhad"], Constraints(modes=("rail",)))
    known = [x for x in limits(graph) if x.free_yr is not None and any(a in flows.arc_of for a in x.arcs)]
    assert solve_linear(flows, known).value_t_yr == pytest.approx(found.value_t_yr, abs=len(found.cut) + 1)
    assert module.max_flow is corridor.max_flow


def test_flows_run_in_no_circle_and_rows_add_up(net):
    for origin, destination, cargo in (("Moscow", "Tehran", "container"), ("Samara", "Bandar Abbas", "grain")):
        found = corridor.max_flow(net, [origin], [destination], cargo=cargo)
        table = net.link_table
        total = sum(table["length_km"][table.index[x]] * t for x, t in found.links_t_yr.items())
        longest = total / found.value_t_yr  # mean length of a tonne's way: detours and circles made it more
        assert longest < 12_000, (origin, destination)
        for row in found.cut:
            assert row.free == pytest.approx(row.capacity_mean - (row.base_load or 0), rel=1e-3)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 9)), max_size=18))
def test_cycles_are_cancelled_and_nothing_else(arcs):
    tail, head = [a[0] for a in arcs], [a[1] for a in arcs]
    flow = {i: float(a[2]) for i, a in enumerate(arcs) if a[0] != a[1]}
    left = without_cycles(tail, head, flow)
    for state in range(7):
        before, after = (
            sum(t for a, t in f.items() if head[a] == state) - sum(t for a, t in f.items() if tail[a] == state)
            for f in (flow, left)
        )
        assert before == after
    assert all(0 < t <= flow[a] for a, t in left.items())
    assert nx.is_directed_acyclic_graph(nx.DiGraph([(tail[a], head[a]) for a in left]))


def test_a_link_that_is_shut_in_winter_passes_less_a_year():
    def value(months, per):
        net = network(
            {"a": "AA", "b": "AA"}, [link("ab", "a", "b", "road", 1.0, months=months)],
            resources=[resource("r", 365, [{"feature": "ab", "direction": "both"}], per=per)],
        )  # fmt: skip
        return corridor.max_flow(net, ["a"], ["b"], cargo="grain").value_t_yr

    assert value([4, 5, 6], "day") == pytest.approx(value(None, "day") / 4, rel=1e-4)
    assert value([4, 5, 6], "year") == value(None, "year") == 365  # a year's figure is of the year as it is


def test_a_doubled_yard_moves_the_cut(net):
    edits = [{"scale": ["sarakhs-yard", "incheh_borun-yard"], "field": "capacity", "by": 4}]
    wide = corridor.Scenario.of("wide", "", edits).apply(net)
    before = corridor.max_flow(net, ["Chelyabinsk"], ["Bandar Abbas"], cargo="grain", modes=["rail"])
    after = corridor.max_flow(wide, ["Chelyabinsk"], ["Bandar Abbas"], cargo="grain", modes=["rail"])
    assert after.value_t_yr > before.value_t_yr
    assert {row.id for row in after.cut} != {row.id for row in before.cut}


def test_one_wagon_count_means_other_tonnes_for_another_cargo(net):
    grain, boxes = (
        corridor.max_flow(net, ["Moscow"], ["Tehran"], cargo=c, modes=["rail"], avoid=["astara_ir"]).value_t_yr
        for c in ("grain", "container")
    )
    assert grain / boxes == pytest.approx(60 / 26, rel=1e-5)
