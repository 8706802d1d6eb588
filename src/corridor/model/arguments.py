"""Convert the arguments of public functions: numpy values to Python types; refuse what is not a network."""

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
    """Let a function accept numpy scalars and arrays, and only a network as its argument `network`."""

    @wraps(function)
    def wrapper(*args: P.args, **options: P.kwargs) -> Answer:
        positional, named = coerced_arguments(function, args, options)
        return function(*positional, **named)

    return wrapper


def coerced_arguments(
    function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Return arguments as Python types; refuse a first argument `network` that is not a network."""
    options = {
        OLD_NAMES.get(k, k) if OLD_NAMES.get(k) in signature(function).parameters else k: v for k, v in options.items()
    }
    positional, named = [_plain(a) for a in args], {k: _plain(v) for k, v in options.items()}
    if next(iter(signature(function).parameters)) == "network" and (positional or "network" in named):
        check_network(positional[0] if positional else named["network"])
    return positional, named


def check_network(network: object) -> None:
    """Refuse what is not a network."""
    if not isinstance(network, Network):
        raise DataError(
            Fault("network", "", repr(network)[:60], f"is not a network: {network!r:.60}", "give corridor.load()")
        )


@cache
def signature(function: Callable[..., Any]) -> inspect.Signature:
    """Return the parameters of a function (cached)."""
    return inspect.signature(function)


def _plain(value: Any) -> Any:
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return value.tolist()
    return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value
