"""The decorator and the index cast of kernel sources, for interpreted and compiled use."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from corridor.kernel.prefix import COMPILED_PREFIX

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
Cast = Callable[[Any], Any]


def tools(module: str, *, allocates: bool = True) -> tuple[Decorator, Cast]:
    """Return `(jit, index)` for a kernel module: identities, or those of numba.

    A kernel that allocates no arrays sets `allocates=False`: numba then compiles no
    reference counting, which takes a fifth of the time of short functions.
    """
    if not module.startswith(COMPILED_PREFIX):
        return _identity, _identity
    import numba
    import numpy as np

    from corridor.kernel.compiled import cache_is_writable

    # Unsigned indices need no wrap-around branch. NUMBA_BOUNDSCHECK=1 checks them; a test sets it.
    options: dict[str, Any] = {
        "cache": cache_is_writable(module.removeprefix(COMPILED_PREFIX)),
        "nogil": True,
        "_nrt": allocates,
    }
    return numba.njit(**options), np.uintp


def sibling(module: str, name: str) -> ModuleType:
    """Return another kernel module, compiled if the caller is compiled."""
    if not module.startswith(COMPILED_PREFIX):
        return importlib.import_module(f"corridor.kernel.{name}")
    from corridor.kernel.compiled import compiled

    return compiled(name)


def _identity(thing: Any) -> Any:
    return thing
