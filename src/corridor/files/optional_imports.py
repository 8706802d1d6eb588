"""Optional libraries of some formats: imported when needed; an error names those that are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from corridor.errors import DataError, Fault


def library(extra: str, module: str) -> Any:
    """Return a module of an optional extra of this package.

    Raises
    ------
    DataError
        If it is not installed; says how to install it.
    """
    try:
        return import_module(module)
    except ImportError:
        fix = f"pip install 'corridor-freight[{extra}]'"
        raise DataError(Fault("extra", extra, None, "is not installed", fix)) from None
