"""Parsing of command arguments: plain numbers, no repeated options, lists of places."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

# The commands that query a network; `rerun` repeats them.
QUESTIONS = (
    "route", "matrix", "reach", "flow", "assign", "throughput", "compare", "plan", "criticality", "calibrate",
    "backtest", "misfit",
)  # fmt: skip
NUMBER = re.compile(r"-?\d+(\.\d+)?")


class StrictCommand(click.Command):
    """A command that refuses repeated options: otherwise one of two values would be ignored."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Check for repeated options, then parse the arguments."""
        with ctx.scope(cleanup=False):
            _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        single = [p for p in order if isinstance(p, click.Option) and not p.multiple and not p.is_flag]
        for option in single:
            if single.count(option) > 1:
                raise click.UsageError(f"{max(option.opts, key=len)} is given twice; give it once", ctx)
        return super().parse_args(ctx, args)


def command(name: str | None = None, **options: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """Return the decorator of a strict command."""
    return click.command(name, cls=StrictCommand, **options)


class _Plain(click.ParamType):  # type: ignore[type-arg]  # not generic in older versions
    """A number without Python's underscores."""

    def __init__(self, name: str, kind: type[int | float]) -> None:
        self.name, self.kind = name, kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number in a text."""
        try:
            if isinstance(value, str) and "_" in value:
                raise ValueError
            return self.kind(value)
        except ValueError:
            self.fail(f"{value!r} is not a valid {self.name}.", param, ctx)


WHOLE, DECIMAL = _Plain("integer", int), _Plain("float", float)


def names_of(text: str) -> list[str]:
    """Return the places of a comma-separated list; a pair of numbers is one place."""
    names: list[str] = []
    for part in (p.strip() for p in text.split(",") if p.strip()):
        if NUMBER.fullmatch(part) and names and NUMBER.fullmatch(names[-1]):
            names[-1] = f"{names[-1]},{part}"
        else:
            names.append(part)
    return names
