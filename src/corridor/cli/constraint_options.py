"""The constraints of routes as options of commands, one list for all of them."""

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
        help="Country code, mode, operator, place, link, transfer or resource not to be used.",
    ),
    click.option(
        "--only",
        multiple=True,
        metavar="X",
        help="Country code, mode, operator, place or link: of its kind only these.",
    ),
    click.option(
        "--mode", "modes", multiple=True, metavar="M", help="Mode that may be used: rail, road, sea, ferry, river."
    ),
    click.option("--axle-load", "axle_load_t", type=DECIMAL, metavar="T", help="Axle load that railways must take."),
    click.option("--train-length", "train_length_m", type=DECIMAL, metavar="M", help="Train that railways must take."),
    click.option(
        "--draught", "draught_m", type=DECIMAL, metavar="M", help="Draught that waterways and quays must take."
    ),
    click.option("--need", "needs", multiple=True, metavar="N", help="What all must take: reefer, tank, dangerous."),
    click.option("--known-only", is_flag=True, help="Shut what is not known to fit (otherwise it is used, and named)."),
)
OF_THE_WHOLE = (
    click.option("--via", multiple=True, metavar="X", help="Place to pass; several in this order."),
    click.option("--any-order", is_flag=True, help="Pass the places of --via in the best order."),
    click.option("--most-borders", type=WHOLE, metavar="N", help="Borders at most."),
    click.option("--most-transfers", type=WHOLE, metavar="N", help="Transfers at most."),
    click.option("--one-gauge", is_flag=True, help="Railways of one gauge only."),
)


def constraint_options(*, whole: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the constraints; the command receives them as one mapping, `constraints`."""
    options = OF_LINKS + (OF_THE_WHOLE if whole else ())

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        from corridor.routing.constraints import Constraints, is_given

        @wraps(command)
        def with_constraints(*arguments: Any, **given: Any) -> Any:
            constraints = {f.name: given.pop(f.name) for f in fields(Constraints) if f.name in given}
            asked = {name: value for name, value in constraints.items() if is_given(value)}
            return command(*arguments, constraints=asked, **given)

        made = with_constraints
        for option in reversed(options):
            made = option(made)
        return made

    return add
