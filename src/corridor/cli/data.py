"""`corridor why`, `info`, `validate` and `new`: data and data files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from corridor.cli import complete
from corridor.cli.command import command
from corridor.cli.run import OK, WRONG_INPUT, json_option, network_options, print_json

if TYPE_CHECKING:
    from corridor.model.network import Network

TABLES = (
    *("nodes", "links", "transfers", "resources", "sources", "cargo", "tariffs", "frictions", "parameters"),
    *("screenlines", "branches", "projects", "scenarios", "demand", "counts"),
)


@command(short_help="Show range, basis, sources of a number.")
@click.argument("id", metavar="ID", shell_complete=complete.feature)
@click.argument("field", required=False)
@json_option
@network_options
def why(network: Network, id: str, field: str | None, as_json: bool) -> None:
    """Show the basis of a number: range, basis, sources, contradictions.

    \b
    corridor why sarakhs-yard capacity
    corridor why "Incheh Borun"
    """
    from corridor.model.why import why as ask

    answer = ask(network, id, field)
    if as_json:
        print_json(answer.to_dict())
    else:
        click.echo(str(answer))


@command()
@click.argument("table", required=False, type=click.Choice(TABLES))
@json_option
@network_options
def info(network: Network, table: str | None, as_json: bool) -> None:
    """Describe the network, or list one of its tables."""
    from corridor.model.network_text import summary, summary_text
    from corridor.show.tables import table_rows, table_text

    if table is None:
        answer = summary(network)
        if as_json:
            print_json(answer)
        else:
            click.echo(summary_text(network, answer))
        return
    rows = table_rows(network, table)
    if as_json:
        print_json({table: rows})
    else:
        click.echo(table_text(table, rows))


@command(short_help="List all faults of a network file or a study.")
@click.argument("file", metavar="FILE|FOLDER")
@json_option
def validate(file: str, as_json: bool) -> int:
    """List all faults of a network in any format, or of a study, with place and fix.

    Of a study it also says which questions it can answer, and what the others need.
    """
    from corridor.io.networks import examine
    from corridor.io.raw_networks import network_of
    from corridor.io.studies import examine_study, is_study, load
    from corridor.model.derived_limits import line_limits
    from corridor.text import counted, wrapped

    can: dict[str, bool | str] = {}
    if is_study(file):
        raw = None
        faults, can = examine_study(file)
    else:
        raw, faults = examine(file)
    errors = [f for f in faults if f.severity == "error"]
    limits = None if errors else line_limits(load(file) if raw is None else network_of(raw))
    if as_json:
        answers: dict[str, Any] = {"can": can} if can else {}
        answers |= {} if limits is None else {"limits": limits.to_dict()}
        print_json({"ok": not errors, **answers, "issues": [f.to_dict() for f in faults]})
    else:
        for fault in faults:
            click.echo(f"{fault.severity}: {fault}")
        records = {} if raw is None else raw.records
        contents = ", ".join(counted(len(rows), kind) for kind, rows in records.items())
        summary = f"{counted(len(errors), 'error')}, {counted(len(faults) - len(errors), 'warning')}"
        click.echo(f"{file}: {summary}" + (f" in {contents}" if contents else ""))
        if limits is not None and (limits.derived or limits.lacking):
            text = f"limits of lines and ferries: {limits.given} given, {limits.derived} derived from their figures"
            first = [f"{link} ({', '.join(needs)})" for link, needs in list(limits.lacking.items())[:3]]
            more = f"; {len(limits.lacking)} have none and would need: {', '.join(first)}" if first else ""
            rest = f" and {len(limits.lacking) - len(first)} more" if len(limits.lacking) > len(first) else ""
            click.echo("\n".join(wrapped(f"{text}{more}{rest}", "")))
        if can:
            click.echo(f"can answer: {', '.join(v for v, needs in can.items() if needs is True) or 'nothing'}")
        for verb, needs in can.items():
            if needs is not True:
                click.echo(f"  {verb} needs {needs}")
    return WRONG_INPUT if errors else OK


@command()
@click.argument("folder")
@json_option
def new(folder: str, as_json: bool) -> None:
    """Write a complete small study into FOLDER, as a template for your own."""
    from corridor.io.template import write_template

    paths = write_template(folder)
    if as_json:
        print_json({"files": paths})
    else:
        click.echo("\n".join(paths))
