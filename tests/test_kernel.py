"""Kernels against networkx, and interpreted against compiled, byte for byte."""

from __future__ import annotations

import os
import struct
import subprocess
import sys

import networkx as nx
import pytest
from conftest import SOAK
from hypothesis import given
from hypothesis import strategies as st

from corridor import kernel
from tools.differential import ORACLES, disagreements, flow, shortest

MODES = ("python", "numba")


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 9))
    vertex = st.integers(0, n - 1)
    cost = st.sampled_from([0.0, 0.1, 1.0, 2.5, 1e300, float("inf")])
    return n, draw(st.lists(st.tuples(vertex, vertex, cost), max_size=30))


@pytest.mark.parametrize("mode", MODES)
@given(graph=graphs())
def test_distances_equal_networkx(mode, graph):
    n, arcs = graph
    oracle = nx.MultiDiGraph()
    oracle.add_nodes_from(range(n))
    oracle.add_weighted_edges_from((u, v, w) for u, v, w in arcs if w != float("inf"))
    expected = nx.single_source_dijkstra_path_length(oracle, 0)
    distance, arc_in = shortest(mode, n, arcs, {0: 0.0})
    assert distance == pytest.approx([expected.get(v, float("inf")) for v in range(n)], rel=1e-12)
    assert all(
        (a >= 0) == (d != float("inf") and v != 0) for v, (d, a) in enumerate(zip(distance, arc_in, strict=True))
    )


@given(graph=graphs(), costs=st.lists(st.sampled_from([0.0, 0.5, 3.0]), min_size=9, max_size=9))
def test_interpreted_and_compiled_agree_to_the_bit(graph, costs):
    n, arcs = graph
    sources = {v: costs[v] for v in range(0, n, 2)}
    one, other = (shortest(mode, n, arcs, sources) for mode in MODES)
    assert struct.pack(f"{n}d", *one[0]) == struct.pack(f"{n}d", *other[0])
    assert one[1] == other[1]


@st.composite
def flow_graphs(draw):
    n = draw(st.integers(2, 8))
    vertex = st.integers(0, n - 1)
    return n, draw(st.lists(st.tuples(vertex, vertex, st.sampled_from([0, 1, 2, 3, 10**12])), max_size=24))


@pytest.mark.parametrize("mode", MODES)
@given(graph=flow_graphs())
def test_flow_equals_networkx_and_its_cut(mode, graph):
    n, rows = graph
    oracle = nx.DiGraph()
    oracle.add_nodes_from(range(n))
    for u, v, room in rows:
        if oracle.has_edge(u, v):
            oracle[u][v]["capacity"] += room
        else:
            oracle.add_edge(u, v, capacity=room)
    value, side, left = flow(mode, n, rows)
    assert value == nx.maximum_flow_value(oracle, 0, n - 1)
    assert 0 in side and n - 1 not in side
    assert value == sum(room for u, v, room in rows if u in side and v not in side)
    assert min(left, default=0) >= 0


@given(graph=flow_graphs())
def test_flow_interpreted_equals_compiled(graph):
    assert flow("python", *graph) == flow("numba", *graph)


@pytest.mark.stage("all")  # needs the four others
def test_nobody_disagrees_on_random_graphs():
    """Every oracle in a process of its own; `make soak` takes 100,000."""
    assert list(disagreements(int(1000 * min(SOAK, 1)), tuple(ORACLES))) == []


@pytest.mark.parametrize("mode", MODES)
def test_odd_graphs(mode):
    many = 100_000
    assert shortest(mode, 1, [], {0: 0.0}) == ([0.0], [-1])
    assert shortest(mode, 1, [(0, 0, 0.0)] * 3, {0: 0.0}) == ([0.0], [-1])
    assert shortest(mode, 3, [(1, 2, 1.0)], {})[0] == [float("inf")] * 3  # asked from nowhere
    assert shortest(mode, 2, [(0, 1, float(many - i)) for i in range(many)], {0: 0.0})[0] == [0.0, 1.0]
    assert shortest(mode, 4, [(0, 1, 0.0), (1, 0, 0.0), (2, 3, 1.0)], {0: 0.0})[0] == [
        0.0,
        0.0,
        float("inf"),
        float("inf"),
    ]
    assert shortest(mode, 3, [(0, 1, 1e308), (1, 2, 1e308)], {0: 0.0})[0][2] == float("inf")  # beyond all floats
    assert flow(mode, 2, []) == (0, {0}, [])
    assert flow(mode, 2, [(0, 0, 5), (1, 1, 5)])[0] == 0
    assert flow(mode, 2, [(0, 1, 1)] * many)[0] == many
    assert flow(mode, 4, [(0, 1, 9), (2, 3, 9)])[:2] == (0, {0, 1})
    assert flow(mode, 3, [(0, 1, 2**62 - 1), (1, 2, 2**62 - 1), (0, 1, 2**62)])[0] == 2**62 - 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "arcs", [[(0, 1, 1.0), (1, 0, -2.0)], [(0, 1, 1.0), (0, 2, 2.0), (2, 1, -5.0)], [(0, 0, -1.0)]]
)
def test_a_negative_weight_is_refused(mode, arcs):
    """A settled state cannot be reached for less; compiled, its place in the heap would be outside of it."""
    with pytest.raises(ValueError, match="negative"):
        shortest(mode, 3, arcs, {0: 0.0})


def test_flows_beyond_63_bits_are_exact(monkeypatch):
    """What no compiled integer holds is summed interpreted, whatever is asked for."""
    from corridor.flow.edges import _run

    monkeypatch.setenv("CORRIDOR_KERNELS", "numba")
    most = 2**63 - 1
    begin, head, mate, room = [0, 3, 6], [1, 1, 1, 0, 0, 0], [3, 4, 5, 0, 1, 2], [most, most, 7, 0, 0, 0]
    value, side, left = _run(begin, head, mate, room)
    assert (value, side) == (2 * most + 7, {0}) and left[3:] == [most, most, 7]


def test_a_kernel_compiles_once_for_one_kind_of_arrays():
    shortest("numba", 2, [(0, 1, 1.0)], {0: 0.0})
    flow("numba", 2, [(0, 1, 1)])
    for name, function in (("shortest_path", "shortest_path_tree"), ("max_flow", "max_flow")):
        kinds = getattr(kernel.load(name, "numba"), function).signatures
        # A compiled caller passes a constant as such: what counts is the arrays.
        assert len({tuple(str(a) for a in kind if "Array" in str(a)) for kind in kinds}) == 1


def test_no_index_leaves_its_array(tmp_path):
    """The tests above once more, compiled with bounds checking; it takes a cache of its own."""
    wanted = [
        f"{__file__}::{name}"
        for name in ("test_interpreted_and_compiled_agree_to_the_bit", "test_flow_interpreted_equals_compiled")
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *wanted], capture_output=True, text=True, check=False,
        env={**os.environ, "NUMBA_BOUNDSCHECK": "1", "CORRIDOR_CACHE": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout


def test_the_switch_refuses_what_it_does_not_know(monkeypatch):
    monkeypatch.setenv("CORRIDOR_KERNELS", "fortran")
    with pytest.raises(ValueError, match="fortran"):
        kernel.mode_for(10)
    monkeypatch.setenv("CORRIDOR_KERNELS", "numba")
    assert kernel.mode_for(1) == "numba"
    monkeypatch.delenv("CORRIDOR_KERNELS")
    assert (kernel.mode_for(1), kernel.mode_for(10**6)) == ("python", "numba")
