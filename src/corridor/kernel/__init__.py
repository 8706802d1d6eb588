"""Kernels: arrays in, arrays out; they know nothing of corridors.

A kernel's source is plain Python that numba compiles as it stands. Small
problems run it interpreted, on lists; large ones run the same source compiled.
`load` gives the one or the other; both give the same bytes.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Literal

from corridor.errors import DataError, Fault

Mode = Literal["python", "numba"]

# Below this many arcs, reading the compiled code from disk costs more than it saves.
COMPILE_FROM_ARCS = 50_000


def mode_for(arcs: int) -> Mode:
    """Return how kernels run on a graph of that size; `CORRIDOR_KERNELS` overrides."""
    wanted = os.environ.get("CORRIDOR_KERNELS", "")
    if wanted == "numba":
        return "numba"
    if wanted in ("", "python"):
        return "numba" if wanted == "" and arcs >= COMPILE_FROM_ARCS else "python"
    raise DataError(Fault("environment", "CORRIDOR_KERNELS", wanted, f"is {wanted!r}", "set it to python or numba"))


class Work:
    """What has been done interpreted in this process, in arcs.

    A question by itself is answered faster interpreted, a thousand of them are not:
    when as much has been done as loading compiled code costs, it is loaded.
    """

    def __init__(self) -> None:
        self.arcs = 0

    def mode_for(self, arcs: int) -> Mode:
        """Return how the next kernel runs, and count its work."""
        self.arcs += arcs
        return mode_for(self.arcs)


questions = Work()


def load(name: str, mode: Mode) -> ModuleType:
    """Return the kernel module `name`, interpreted or compiled."""
    if mode == "python":
        return importlib.import_module(f"corridor.kernel.{name}")
    from corridor.kernel.compiled import compiled

    return compiled(name)
