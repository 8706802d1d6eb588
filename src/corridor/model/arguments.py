"""What every front door does first: take numpy's numbers as Python's, and refuse what is no network."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from corridor.errors import DataError, Fault
from corridor.model.network import Network

P = ParamSpec("P")
Answer = TypeVar("Answer")

OLD_NAMES = {"watch": "progress"}  # of version 0.1


def coerce_arguments(function: Callable[P, Answer]) -> Callable[P, Answer]:
    """Let a function take scalars and arrays of numpy as numbers and lists, and only a network as its `network`."""

    @wraps(function)
    def taking(*args: P.args, **options: P.kwargs) -> Answer:
        given, named = coerced_arguments(function, args, options)
        return function(*given, **named)

    return taking


def coerced_arguments(
    function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Return arguments in Python's own types; refuse what is no network where one is asked for first."""
    options = {
        OLD_NAMES.get(k, k) if OLD_NAMES.get(k) in signature(function).parameters else k: v for k, v in options.items()
    }
    given, named = [_plain(a) for a in args], {k: _plain(v) for k, v in options.items()}
    if next(iter(signature(function).parameters)) == "network" and (given or "network" in named):
        check_network(given[0] if given else named["network"])
    return given, named


def check_network(network: object) -> None:
    """Refuse what is no network."""
    if not isinstance(network, Network):
        raise DataError(
            Fault("network", "", repr(network)[:60], f"is no network: {network!r:.60}", "give corridor.load()")
        )


@cache
def signature(function: Callable[..., Any]) -> inspect.Signature:
    """Return the parameters of a function, looked up once."""
    return inspect.signature(function)


def _plain(value: Any) -> Any:
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value
