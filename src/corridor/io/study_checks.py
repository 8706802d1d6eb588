"""Checks of all tables of a study together: every fault with its file and line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from corridor.errors import DataError, Fault
from corridor.model.network import Network


@contextlib.contextmanager
def collected(faults: list[Fault]) -> Iterator[None]:
    """Append the faults of a DataError to a list in place of raising it."""
    try:
        yield
    except DataError as error:
        faults += error.faults


def study_faults(network: Network) -> list[Fault]:
    """Return what is wrong with the tables of the study of a network."""
    return []
