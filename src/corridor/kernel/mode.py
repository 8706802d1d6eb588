"""What a kernel source takes from outside: its decorator and its index cast."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from corridor.kernel.prefix import COMPILED_PREFIX

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
Cast = Callable[[Any], Any]


def tools(module: str, *, allocates: bool = True) -> tuple[Decorator, Cast]:
    """Return `(jit, index)` for a kernel module: identities, or numba's.

    A kernel that makes no arrays says so: then nobody counts who holds which, which takes
    a fifth of the time of short functions.
    """
    if not module.startswith(COMPILED_PREFIX):
        return _identity, _identity
    import numba
    import numpy as np

    from corridor.kernel.compiled import cache_is_writable

    # Unsigned indices: no wrap-around branch is compiled. NUMBA_BOUNDSCHECK=1 checks them, as a test does.
    options: dict[str, Any] = {
        "cache": cache_is_writable(module.removeprefix(COMPILED_PREFIX)),
        "nogil": True,
        "_nrt": allocates,
    }
    return numba.njit(**options), np.uintp


def sibling(module: str, name: str) -> ModuleType:
    """Return another kernel module, compiled for a compiled one."""
    if not module.startswith(COMPILED_PREFIX):
        return importlib.import_module(f"corridor.kernel.{name}")
    from corridor.kernel.compiled import compiled

    return compiled(name)


def _identity(thing: Any) -> Any:
    return thing
