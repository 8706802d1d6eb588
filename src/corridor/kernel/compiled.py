"""Compiled kernels: the same source, loaded with the decorator of numba in place of the identity."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.util
import io
import logging
import os
import re
import sys
import threading
import tokenize
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from corridor import cache as cache_module
from corridor.kernel.prefix import COMPILED_PREFIX

log = logging.getLogger("corridor")
SIBLING = re.compile(r'sibling\(__name__, "(\w+)"\)')
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_lock = threading.RLock()  # a kernel may load another


def compiled(name: str) -> ModuleType:
    """Return kernel module `name` compiled; the machine code is stored in the cache folder."""
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
        folder = cache_folder(name)
        if cache_module.is_writable(folder):
            if not any(folder.glob(f"**/{name}.*.nbi")):
                log.warning("compiling the %s kernel, once for this version", name.replace("_", " "))
            config.CACHE_DIR = str(folder)
        sys.modules[full_name] = module  # numba finds functions by the module name
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[full_name]
            raise
        finally:
            config.CACHE_DIR = before
        for function in vars(module).values():
            if isinstance(function, numba.core.dispatcher.Dispatcher):
                _tolerate_damage(function)
        return module


def _shared_source(name: str) -> Path:
    """Return the source to compile: a copy next to the machine code, without comments and docstrings.

    numba stores code by the path and the time of its source. Without the copy, every new
    environment and every changed comment would cause a compilation.
    """
    folder = cache_folder(name)
    if not cache_module.is_writable(folder):
        return _source(name)
    copy, code = folder / f"{name}.py", _code(name)
    try:
        if copy.is_file() and copy.read_text(encoding="utf-8") == code:
            return copy
        part = copy.with_name(f".{name}.{os.getpid()}.part")
        part.write_text(code, encoding="utf-8")
        if copy.exists():
            part.replace(copy)  # replaces a damaged copy
        else:
            with contextlib.suppress(FileExistsError):  # another process was faster: keep its copy and its time
                os.link(part, copy)
            part.unlink()
    except OSError:
        return _source(name)
    return copy


def _source(name: str) -> Path:
    return Path(__file__).with_name(f"{name}.py")


@cache
def _code(name: str) -> str:
    """Return the code of a module without comments and docstrings."""
    return code_of(_source(name).read_text(encoding="utf-8"))


def code_of(source: str) -> str:
    """Return a source without comments and with empty docstrings, which do not affect its results.

    Examples
    --------
    >>> from corridor.kernel.compiled import code_of
    >>> print(code_of("def f(x):\\n    'Double.'\\n    return 2 * x  # why\\n"))
    def f(x):
        ""
        return 2 * x
    """
    lines = source.encode().splitlines()
    for node in reversed([n for n in ast.walk(ast.parse(source)) if isinstance(n, DOCUMENTED)]):
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            assert first.end_lineno is not None
            head, tail = (
                lines[first.lineno - 1][: first.col_offset],
                lines[first.end_lineno - 1][first.end_col_offset :],
            )
            blank = [b""] * (first.end_lineno - first.lineno)
            lines[first.lineno - 1 : first.end_lineno] = [head + b'""' + tail, *blank]
    text = b"\n".join(lines).decode() + "\n"
    rows = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            rows[line - 1] = rows[line - 1][:column]
    return "\n".join(row.rstrip() for row in rows if row.strip())


def _tolerate_damage(function: Any) -> None:
    """Let a function compile in memory if its stored code is damaged or cannot be written."""
    stored = function._cache  # noqa: SLF001 - numba has no other handle on it
    load, save = stored.load_overload, stored.save_overload

    def load_overload(signature: Any, context: Any) -> Any:
        try:
            return load(signature, context)
        except Exception as error:  # noqa: BLE001 - a damaged file can raise any exception
            log.warning("the stored code of %s is not usable and is compiled again: %s", function.__name__, error)
            with contextlib.suppress(OSError):
                stored.flush()
            return None

    def save_overload(signature: Any, code: Any) -> None:
        try:
            save(signature, code)
        except OSError as error:
            log.info("the code of %s is not stored: %s", function.__name__, error)

    stored.load_overload, stored.save_overload = load_overload, save_overload


@cache
def cache_folder(name: str) -> Path:
    """Return the folder of the compiled code of this kernel and the kernels it calls.

    Its name contains a digest of their code, so that an edited callee also changes the
    folder of its callers, and of the versions of Python, numba and numpy, so that versions
    do not share code.
    """
    compiler = [sys.implementation.cache_tag or "", version("numba"), version("numpy")]
    digest = hashlib.sha256(" ".join(compiler).encode())
    for module in ("mode", "structs", *_with_siblings(name)):
        digest.update(_code(module).encode())
    return cache_module.root() / "kernels" / f"{name}-{digest.hexdigest()[:16]}"


def _with_siblings(name: str) -> list[str]:
    """Return a kernel and all kernels that it calls, directly or indirectly, sorted."""
    found: set[str] = set()
    pending = [name]
    while pending:
        module = pending.pop()
        if module not in found:
            found.add(module)
            pending += SIBLING.findall(_code(module))
    return sorted(found)


def cache_is_writable(name: str) -> bool:
    """Whether compiled code can be stored; otherwise every process compiles it."""
    return cache_module.is_writable(cache_folder(name))
