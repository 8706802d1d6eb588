"""The constraints of routes as command options, one list for all commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any

import click

from corridor.cli.command import DECIMAL, WHOLE

OF_LINKS = (
    click.option(
        "--avoid",
        multiple=True,
        metavar="X",
        help="Country code, mode, operator, place, link, transfer or resource to exclude.",
    ),
    click.option(
        "--only",
        multiple=True,
        metavar="X",
        help="Country code, mode, operator, place or link: use only these of their kind.",
    ),
    click.option("--mode", "modes", multiple=True, metavar="M", help="Allowed mode: rail, road, sea, ferry, river."),
    click.option("--axle-load", "axle_load_t", type=DECIMAL, metavar="T", help="Axle load that railways must allow."),
    click.option("--train-length", "train_length_m", type=DECIMAL, metavar="M", help="Train that railways must allow."),
    click.option(
        "--draught", "draught_m", type=DECIMAL, metavar="M", help="Draught that waterways and quays must allow."
    ),
    click.option("--need", "needs", multiple=True, metavar="N", help="Required service: reefer, tank, dangerous."),
    click.option("--known-only", is_flag=True, help="Exclude what is not known to fit (default: use it and name it)."),
)
OF_THE_WHOLE = (
    click.option("--via", multiple=True, metavar="X", help="Place to pass; several in this order."),
    click.option("--any-order", is_flag=True, help="Pass the places of --via in the best order."),
    click.option("--most-borders", type=WHOLE, metavar="N", help="Maximum number of borders."),
    click.option("--most-transfers", type=WHOLE, metavar="N", help="Maximum number of transfers."),
    click.option("--one-gauge", is_flag=True, help="Railways of one gauge only."),
)


def constraint_options(*, whole: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the constraints; the command receives them as one mapping, `constraints`."""
    options = OF_LINKS + (OF_THE_WHOLE if whole else ())

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        from corridor.routing.constraints import Constraints, is_given

        @wraps(command)
        def with_constraints(*arguments: Any, **others: Any) -> Any:
            constraints = {f.name: others.pop(f.name) for f in fields(Constraints) if f.name in others}
            chosen = {name: value for name, value in constraints.items() if is_given(value)}
            return command(*arguments, constraints=chosen, **others)

        decorated = with_constraints
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return add
