"""Kernels against networkx, and interpreted against compiled, byte for byte."""

from __future__ import annotations

import os
import struct
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor import kernel

MODES = ("python", "numba")


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 9))
    vertex = st.integers(0, n - 1)
    cost = st.sampled_from([0.0, 0.1, 1.0, 2.5, 1e300, float("inf")])
    return n, draw(st.lists(st.tuples(vertex, vertex, cost), max_size=30))


def forward_star(n, rows):
    """Sort rows by their first element and return first_out and the order."""
    order = sorted(range(len(rows)), key=lambda i: rows[i][0])
    first_out = [0] * (n + 1)
    for i in order:
        first_out[rows[i][0] + 1] += 1
    return [sum(first_out[: u + 1]) for u in range(n + 1)], order


def as_mode(mode, values, dtype):
    return list(values) if mode == "python" else np.array(values, dtype=dtype)


def shortest(mode, n, arcs, sources, target=-1):
    first_out, order = forward_star(n, arcs)
    out = [as_mode(mode, [0] * n, t) for t in (np.float64, np.int64, np.int64, np.int64)]
    kernel.load("shortest_path", mode).shortest_path_tree(
        as_mode(mode, first_out, np.int64), as_mode(mode, [arcs[i][1] for i in order], np.int64),
        as_mode(mode, [arcs[i][2] for i in order], np.float64), as_mode(mode, list(sources), np.int64),
        as_mode(mode, list(sources.values()), np.float64), target, *out,
    )  # fmt: skip
    return [float(d) for d in out[0]], [int(a) for a in out[1]]


def flow(mode, n, rows):
    """Maximum flow from 0 to n - 1 over (tail, head, room) arcs; value, source side."""
    both = [r for i, (u, v, room) in enumerate(rows) for r in ((u, v, room, 2 * i), (v, u, 0, 2 * i + 1))]
    first_out, order = forward_star(n, both)
    place = {both[i][3]: k for k, i in enumerate(order)}
    mate = [place[both[i][3] ^ 1] for i in order]
    arrays = [
        as_mode(mode, x, np.int64) for x in (first_out, [both[i][1] for i in order], mate, [both[i][2] for i in order])
    ]
    scratch = [as_mode(mode, [0] * n, np.int64) for _ in range(4)]
    value = kernel.load("max_flow", mode).max_flow(*arrays, 0, n - 1, *scratch)
    return int(value), {u for u in range(n) if scratch[0][u] >= 0}, [int(x) for x in arrays[3]]


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
