"""Distances from many states to all states, by a contraction hierarchy where that is faster."""

from __future__ import annotations

import hashlib
from weakref import WeakKeyDictionary

import numpy as np

from corridor.arrays import Array
from corridor.graph.csr import CsrGraph
from corridor.large.contraction_hierarchy import Hierarchy, Metric
from corridor.last_few import last_few
from corridor.routing.search import tree

WORTH_STATES = 20_000  # below this, a tree takes milliseconds
WORTH_SOURCES = 64  # a hierarchy takes as long as about fifty trees, then each query a sixth of one
METRICS = 8  # the last of one graph: one for each set of permission rules
_hierarchies: WeakKeyDictionary[CsrGraph, tuple[Hierarchy, dict[bytes, Metric]]] = WeakKeyDictionary()


def distances(csr: CsrGraph, weight: Array, source: int, sources: int) -> Array:
    """Return the cost of the best path from a state to every state; `sources` is the number of sources to come.

    A hierarchy may round a sum differently, by 1e-15 of it.
    """
    if csr.states < WORTH_STATES or sources < WORTH_SOURCES:
        return tree(csr, weight, {source: 0.0})[0]
    if csr not in _hierarchies:
        _hierarchies[csr] = (Hierarchy.of(csr.states, csr.tail, csr.head), {})
    hierarchy, metrics = _hierarchies[csr]
    key = hashlib.blake2b(np.ascontiguousarray(weight).tobytes(), digest_size=16).digest()
    return last_few(metrics, METRICS, key, lambda: hierarchy.priced(weight)).from_one(source)
