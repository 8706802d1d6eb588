"""The command line: the options and results of the Python functions."""

from __future__ import annotations

import click

from corridor.cli.complete import completion
from corridor.cli.convert import convert
from corridor.cli.data import info, new, validate, why
from corridor.cli.demand_commands import assign, misfit, throughput, volumes
from corridor.cli.doctor import doctor
from corridor.cli.flow_command import flow
from corridor.cli.matrix_commands import matrix, reach
from corridor.cli.pages import explore, map_, report
from corridor.cli.rerun import rerun
from corridor.cli.route_command import route
from corridor.cli.study import backtest, calibrate, compare, criticality, plan


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(package_name="corridor-freight", prog_name="corridor")
def cli() -> None:
    """Routes, capacity, flow and bottlenecks of freight corridors.

    Queries take --json and --quiet, --study NAME|FOLDER, --network FILE
    and --scenario NAME or FILE.

    Exit status: 0 answered, 1 no answer and why, 2 wrong input, 3 internal error,
    130 interrupted.
    """


COMMANDS = (
    route, matrix, reach, flow, assign, throughput, volumes, compare, plan, criticality, calibrate, backtest, misfit,
    rerun, why, info, validate, convert, new, map_, report, explore, doctor, completion,
)  # fmt: skip
for command in COMMANDS:
    cli.add_command(command)
