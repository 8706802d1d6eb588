"""Load a kernel's source a second time, with numba's decorator in place of the identity."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import logging
import os
import sys
import threading
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from corridor import cache as cache_module
from corridor.kernel.mode import COMPILED_PREFIX

log = logging.getLogger("corridor")
SOURCES = (
    "mode",
    "shortest_path",
    "labels",
    "max_flow",
    "cholesky",
    "logit",
    "classes",
    "equilibrium",
    "draws",
    "failures",
    "dissection",
    "hierarchy",
    "hierarchy_search",
    "network_simplex",
    "path_flows",
    "priced_paths",
)
_lock = threading.RLock()  # a kernel may load another


def compiled(name: str) -> ModuleType:
    """Return kernel module `name` compiled; the machine code is kept in the cache folder."""
    full_name = COMPILED_PREFIX + name
    with _lock:
        if full_name in sys.modules:
            return sys.modules[full_name]
        import numba

        config: Any = numba.config

        path = _shared_source(name)
        spec = importlib.util.spec_from_file_location(full_name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        before = config.CACHE_DIR
        folder = cache_folder()
        if cache_is_writable():
            if not any(folder.glob(f"**/{name}.*.nbi")):
                log.warning("compiling the %s kernel, once for this version", name.replace("_", " "))
            config.CACHE_DIR = str(folder)
        sys.modules[full_name] = module  # numba looks the functions up by module name
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[full_name]
            raise
        finally:
            config.CACHE_DIR = before
        for function in vars(module).values():
            if isinstance(function, numba.core.dispatcher.Dispatcher):
                _forgive(function)
        return module


def _shared_source(name: str) -> Path:
    """Return the source to compile: a copy beside the machine code, so that all environments use the same.

    numba keeps code by the path and the time of its source; every new environment would
    compile anew. The copy is used only while it is this package's source to the byte.
    """
    own = Path(__file__).with_name(f"{name}.py")
    if not cache_is_writable():
        return own
    copy, source = cache_folder() / own.name, own.read_bytes()
    try:
        if copy.is_file() and copy.read_bytes() == source:
            return copy
        part = copy.with_name(f".{name}.{os.getpid()}.part")
        part.write_bytes(source)
        if copy.exists():
            part.replace(copy)  # it was damaged
        else:
            with contextlib.suppress(FileExistsError):  # another process was faster: its copy, and its time, stay
                os.link(part, copy)
            part.unlink()
    except OSError:
        return own
    return copy


def _forgive(function: Any) -> None:
    """Let a function compile in memory where its kept code is damaged, or there is no room to keep it."""
    kept = function._cache  # noqa: SLF001 - numba has no other handle on it
    load, save = kept.load_overload, kept.save_overload

    def load_overload(signature: Any, context: Any) -> Any:
        try:
            return load(signature, context)
        except Exception as error:  # noqa: BLE001 - whatever reading a damaged file ends in
            log.warning("the kept code of %s cannot be used and is made anew: %s", function.__name__, error)
            with contextlib.suppress(OSError):
                kept.flush()
            return None

    def save_overload(signature: Any, code: Any) -> None:
        try:
            save(signature, code)
        except OSError as error:
            log.info("the code of %s is not kept: %s", function.__name__, error)

    kept.load_overload, kept.save_overload = load_overload, save_overload


@cache
def cache_folder() -> Path:
    """Return the folder of compiled code for exactly these kernel sources.

    The digest of all sources is in its name, so that an edited callee can never
    leave a stale caller behind, and so are Python, numba and numpy: what one of them
    compiled is never met by another.
    """
    made_by = [sys.implementation.cache_tag or "", version("numba"), version("numpy")]
    digest = hashlib.sha256(" ".join(made_by).encode())
    for name in SOURCES:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return cache_module.root() / f"kernels-{digest.hexdigest()[:16]}"


def cache_is_writable() -> bool:
    """Whether compiled code can be kept; without that it is compiled in every process."""
    return cache_module.is_writable(cache_folder())
