"""Distances to all states from many: by a hierarchy where it pays, which gives the same."""

from __future__ import annotations

import hashlib
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from corridor.graph.csr import CsrGraph
from corridor.large.contraction_hierarchy import Hierarchy, Metric
from corridor.routing.search import tree

Array = np.ndarray[Any, Any]
WORTH_STATES = 20_000  # below, a tree takes milliseconds
WORTH_SOURCES = 64  # a hierarchy takes about as long as fifty trees, and then a sixth of one
MOST_KEPT = 8  # prices of one graph: some rules of permission each
_made: WeakKeyDictionary[CsrGraph, tuple[Hierarchy, dict[bytes, Metric]]] = WeakKeyDictionary()


def distances(csr: CsrGraph, weight: Array, source: int, sources: int) -> Array:
    """Return what the least way from a state to every state costs; `sources` is how many will be asked for.

    Over a hierarchy a sum may be rounded otherwise, by 1e-15 of it.
    """
    if csr.states < WORTH_STATES or sources < WORTH_SOURCES:
        return tree(csr, weight, {source: 0.0})[0]
    if csr not in _made:
        _made[csr] = (Hierarchy.of(csr.states, csr.tail, csr.head), {})
    hierarchy, kept = _made[csr]
    key = hashlib.blake2b(np.ascontiguousarray(weight).tobytes(), digest_size=16).digest()
    if key not in kept:
        if len(kept) == MOST_KEPT:
            del kept[next(iter(kept))]
        kept[key] = hierarchy.priced(weight)
    return kept[key].from_one(source)
