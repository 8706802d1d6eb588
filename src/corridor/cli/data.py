"""`corridor why`, `info`, `validate` and `new`: data and data files."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


@command(short_help="List all faults of a network file.")
@click.argument("file")
@json_option
def validate(file: str, as_json: bool) -> int:
    """Check a network in any format and list all faults with place and fix."""
    from corridor.io.networks import examine
    from corridor.text import counted

    raw, faults = examine(file)
    errors = [f for f in faults if f.severity == "error"]
    if as_json:
        print_json({"ok": not errors, "issues": [f.to_dict() for f in faults]})
    else:
        for fault in faults:
            click.echo(f"{fault.severity}: {fault}")
        records = {} if raw is None else raw.records
        contents = ", ".join(counted(len(rows), kind) for kind, rows in records.items())
        summary = f"{counted(len(errors), 'error')}, {counted(len(faults) - len(errors), 'warning')}"
        click.echo(f"{file}: {summary}" + (f" in {contents}" if contents else ""))
    return WRONG_INPUT if errors else OK


@command()
@click.argument("folder")
@json_option
def new(folder: str, as_json: bool) -> None:
    """Write a template for your own network into FOLDER."""
    from corridor.io.template import write_template

    paths = write_template(folder)
    if as_json:
        print_json({"files": paths})
    else:
        click.echo("\n".join(paths))
