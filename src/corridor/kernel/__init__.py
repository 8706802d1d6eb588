"""Kernels: algorithms on arrays, independent of the corridor model.

The source of a kernel is plain Python that numba can compile. Small problems run it
interpreted, on lists; large problems run the same source compiled. `load` returns
either version; their results are identical byte by byte.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Literal

from corridor.errors import DataError, Fault

Mode = Literal["python", "numba"]

# Below this number of arcs, loading the compiled code takes longer than it saves.
COMPILE_FROM_ARCS = 50_000


def mode_for(arcs: int) -> Mode:
    """Return the mode of kernels for a graph of this size; `CORRIDOR_KERNELS` overrides it."""
    wanted = os.environ.get("CORRIDOR_KERNELS", "")
    if wanted == "numba":
        return "numba"
    if wanted in ("", "python"):
        return "numba" if wanted == "" and arcs >= COMPILE_FROM_ARCS else "python"
    raise DataError(Fault("environment", "CORRIDOR_KERNELS", wanted, f"is {wanted!r}", "set it to python or numba"))


class Work:
    """Counter of the interpreted work of this process, in arcs.

    One query is faster interpreted, a thousand queries are not: the compiled code is
    loaded as soon as the work done equals the cost of loading it.
    """

    def __init__(self) -> None:
        self.arcs = 0

    def mode_for(self, arcs: int) -> Mode:
        """Count the work of the next kernel and return its mode."""
        self.arcs += arcs
        return mode_for(self.arcs)


questions = Work()


def load(name: str, mode: Mode) -> ModuleType:
    """Return the kernel module `name`, interpreted or compiled."""
    if mode == "python":
        return importlib.import_module(f"corridor.kernel.{name}")
    from corridor.kernel.compiled import compiled

    return compiled(name)
