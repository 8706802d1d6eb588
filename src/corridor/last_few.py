"""Cached values of which only the last few are needed; several threads may use them."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Key = TypeVar("Key", bound="Hashable")
Value = TypeVar("Value")
_lock = Lock()


def last_few(cache: dict[Key, Value], size: int, key: Key, compute: Callable[[], Value]) -> Value:
    """Return the value of a key, computed if the cache does not hold it; the oldest entries beyond `size` are dropped.

    Two threads may compute the same value at once; the first one stands.
    """
    found = cache.get(key)
    if found is not None:
        return found
    computed = compute()
    with _lock:
        value = cache.setdefault(key, computed)
        while len(cache) > size:
            del cache[next(iter(cache))]
    return value
