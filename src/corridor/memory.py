"""Available memory, checked before a run that may need more."""

from __future__ import annotations

from pathlib import Path

from corridor.errors import NoAnswerError

WORTH_ASKING = 1e8  # bytes; smaller amounts are not checked
SPARED = 0.9  # share of the free memory that a run may use; the rest covers what is not counted
GROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
USED = ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes")


def free_bytes() -> int | None:
    """Return how much memory a process can still get, or None if the system does not report it."""
    lines = _read("/proc/meminfo").splitlines()
    found = [1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    for limit, used in zip(GROUPS, USED, strict=True):
        limit_text, used_text = _read(limit).strip(), _read(used).strip()
        if limit_text.isdigit() and used_text.isdigit():
            found.append(max(0, int(limit_text) - int(used_text)))
    return min(found) if found else None


def check_fits(needed: float, what: str, instead: str) -> None:
    """Raise an error if something needs more memory than is free.

    Raises
    ------
    NoAnswerError
        Says how much it needs, how much is free, and what to do instead.

    Examples
    --------
    >>> check_fits(1e18, "a table of a billion by a billion", "ask for fewer rows")
    Traceback (most recent call last):
        ...
    corridor.errors.NoAnswerError: a table of a billion by a billion needs about 1,000,000,000.0 GB ...
    """
    free = free_bytes() if needed > WORTH_ASKING else None
    if free is not None and needed > SPARED * free:
        raise NoAnswerError(f"{what} needs about {needed / 1e9:,.1f} GB and {free / 1e9:,.1f} GB are free; {instead}")


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
