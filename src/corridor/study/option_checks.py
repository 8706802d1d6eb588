"""Checks of the options that several studies share."""

from __future__ import annotations

from corridor.errors import Fault
from corridor.io.demand_tables import BASE_YEAR, LAST_YEAR

MOST_DRAWS = 100_000  # each takes about 50 kB


def flag_faults(**flags: object) -> list[Fault]:
    """Return a fault for each flag that is neither true nor false."""
    wrong = {name: value for name, value in flags.items() if not isinstance(value, bool)}
    return [Fault("option", n, repr(v), f"is {v!r}", "give True or False") for n, v in wrong.items()]


def progress_faults(progress: object) -> list[Fault]:
    """Return what is wrong with a progress callback."""
    if progress is None or callable(progress):
        return []
    return [Fault("option", "progress", repr(progress), f"is {progress!r}", "give a function that takes a number")]


def year_faults(year: object, first: int = BASE_YEAR) -> list[Fault]:
    """Return what is wrong with a year of the demand tables, from `first` to the last."""
    if not isinstance(year, bool) and isinstance(year, int) and first <= year <= LAST_YEAR:
        return []
    fix = f"give a year from {first} to {LAST_YEAR}, which the demand tables hold"
    return [Fault("option", "year", repr(year), f"is {year!r}", fix)]


def draw_faults(draws: object, seed: object, workers: object = None) -> list[Fault]:
    """Return what is wrong with a number of draws, a seed, and a number of workers (None: all processors)."""
    faults = []
    limits = (("draws", draws, 0, MOST_DRAWS), ("seed", seed, 0, 2**63 - 1), ("workers", workers, 1, 4096))
    for name, value, least, most in limits:
        if value is None and name == "workers":
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            fix = f"give a whole number, {least} to {most:,}"
            faults.append(Fault("option", name, repr(value), f"is {value!r}", fix))
    return faults
