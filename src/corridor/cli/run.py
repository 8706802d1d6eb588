"""Run a command; errors become one message and a status, never a traceback."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from corridor.cli import complete
from corridor.cli.command import WHOLE
from corridor.errors import CorridorError, NoAnswerError, error_record, readable
from corridor.version import __version__

OK, NO_ANSWER, WRONG_INPUT, INTERNAL_ERROR, INTERRUPTED = 0, 1, 2, 3, 130
OUTPUT_IS_LOST = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF, errno.EFBIG)
COMMAND = "corridor.command"  # key of a context: the command that repeats the query
FIXED, MOST_OF_A_LINE = "\u2063", 5_000  # a character without line break
WRITTEN = ("plot_file", "geojson_file", "csv_file")
NOT_IN_COMMAND = (*WRITTEN, "workers", "as_json")  # options of computation and output


def run(cli: click.Group, arguments: Sequence[str]) -> int:
    """Run the command line on arguments; return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        status = _answer(cli, arguments or ["--help"])
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()  # the reader closed; the rest of the buffer must not raise again at exit
        return OK
    except OSError as error:  # for example a full disk
        if error.errno not in OUTPUT_IS_LOST:
            return _internal_error(error, "--json" in arguments)
        _drop_output()
        with contextlib.suppress(OSError):
            click.echo(f"corridor: the output cannot be written: {error.strerror}", err=True)
        return WRONG_INPUT
    except Exception as error:  # noqa: BLE001 - a traceback is shown only on request
        return _internal_error(error, "--json" in arguments)
    return status


def _internal_error(error: Exception, wants_json: bool) -> int:
    """Report an internal error; `CORRIDOR_DEBUG` shows the traceback."""
    if os.environ.get("CORRIDOR_DEBUG"):
        raise error
    where = traceback.extract_tb(error.__traceback__)[-1]
    at = f"{Path(where.filename).name}, line {where.lineno}"
    message = f"internal error of corridor {__version__}, please report it: {type(error).__name__}: {error} ({at})"
    return _fail(wants_json, _fault("internal", message), INTERNAL_ERROR, "\nCORRIDOR_DEBUG=1 shows the traceback.")


def _answer(cli: click.Group, arguments: Sequence[str]) -> int:
    """Run a command; an error becomes one message and a status."""
    wants_json = "--json" in arguments
    try:
        status = cli.main(args=list(arguments), prog_name="corridor", standalone_mode=False)
    except click.ClickException as error:
        hint = f"\n{error.ctx.get_usage()}" if isinstance(error, click.UsageError) and error.ctx else ""
        return _fail(wants_json, _fault("usage", error.format_message()), WRONG_INPUT, hint)
    except (KeyboardInterrupt, click.Abort):
        return _fail(wants_json, _fault("interrupted", "interrupted"), INTERRUPTED)
    except CorridorError as error:
        return _fail(wants_json, error_record(error), NO_ANSWER if isinstance(error, NoAnswerError) else WRONG_INPUT)
    return status if isinstance(status, int) else OK


def _drop_output() -> None:
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fault(kind: str, message: str) -> dict[str, Any]:
    return {"kind": kind, "message": message, "issues": []}


def _fail(wants_json: bool, record: dict[str, Any], status: int, hint: str = "") -> int:
    if wants_json:
        print_json({"error": record})
    else:
        with contextlib.suppress(OSError):  # an unwritable message must not change the status
            from corridor.text import wrapped

            lines = [readable(x, MOST_OF_A_LINE) for x in str(record["message"]).splitlines()]
            lines[:1] = [f"corridor:{FIXED}{''.join(lines[:1])}"]
            folded = (w for line in lines for w in wrapped(line.strip(" "), line[: -len(line.lstrip(" "))]))
            shown = "\n".join(folded).replace(FIXED, " ", 1)
            click.echo(f"{shown}{hint}", err=True)
    return status


def print_json(value: dict[str, Any]) -> None:
    """Print one strict JSON object: no NaN, UTF-8; for a query with the command that repeats it."""
    context = click.get_current_context(silent=True)
    meta = {} if context is None else context.meta
    command = {"command": meta[COMMAND]} if COMMAND in meta else {}
    click.echo(json.dumps({**value, **command}, ensure_ascii=False, allow_nan=False, indent=1))


def answer(found: Any, as_json: bool, network: Any = None, plot_file: str | None = None) -> None:
    """Print an answer as text or as JSON; plot it first if requested."""
    plot(found, network, plot_file)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(str(found))


def network_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --study, --network, --scenario and --set; the command receives the network as its first argument."""

    @click.option(
        "--study", metavar="NAME|FOLDER", help="Shipped study or the folder of your own (default: the shipped one)."
    )
    @click.option("--network", "network_file", metavar="FILE", help="Network file in place of that of the study.")
    @click.option(
        "--scenario",
        "scenario_files",
        multiple=True,
        metavar="NAME|FILE",
        shell_complete=complete.scenario,
        help="Scenario of the study or a YAML file to apply; may be repeated.",
    )
    @click.option(
        "--set",
        "figures",
        multiple=True,
        metavar="ID.FIELD=VALUE",
        help="Change one figure: =VALUE, =+CHANGE, =-CHANGE or =*FACTOR; may be repeated.",
    )
    @wraps(command)
    def with_network(
        study: str | None,
        network_file: str | None,
        scenario_files: tuple[str, ...],
        figures: tuple[str, ...],
        **options: Any,
    ) -> Any:
        from corridor.files.whole_files import check_outputs
        from corridor.io.networks import read
        from corridor.io.studies import load
        from corridor.io.study_files import scenario_for

        context = click.get_current_context()
        context.meta[COMMAND] = _command_words(context)
        _print_notes(quiet=context.find_root().meta.get("quiet", False))
        inputs = [v for n, v in context.params.items() if isinstance(v, str) and n not in WRITTEN]
        check_outputs(written_by(context), [*inputs, *scenario_files])
        network = load(study) if network_file is None else read(network_file)
        if study is not None and network_file is not None:
            network = replace(network, study=load(study).study, cache={})
        repeated = [n for n, count in Counter(scenario_files).items() if count > 1]
        if repeated:
            raise click.UsageError(f"--scenario {repeated[0]} is given twice; it would be applied twice")
        for file in scenario_files:
            network = scenario_for(network, file).apply(network)
        if figures:
            from corridor.model.set_figure import scenario_of_figure

            for figure in figures:
                network = scenario_of_figure(network, figure).apply(network)
        return command(network, **options)

    return with_network


class _Notes(logging.Handler):
    """Prints what an answer notes on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one note."""
        click.echo(record.getMessage(), err=True)


def _print_notes(*, quiet: bool) -> None:
    notes = logging.getLogger("corridor.notes")
    notes.setLevel(logging.ERROR if quiet else logging.INFO)
    if not any(isinstance(h, _Notes) for h in notes.handlers):
        notes.addHandler(_Notes())


def written_by(context: click.Context) -> list[str]:
    """Return the files that a command writes."""
    return [context.params[name] for name in WRITTEN if context.params.get(name) is not None]


def _command_words(context: click.Context) -> list[str]:
    """Return the command with all options that are not defaults, in fixed order, without output files."""
    words, options = [str(context.info_name)], []
    for parameter in context.command.params:
        value = context.params.get(str(parameter.name))
        if parameter.name in NOT_IN_COMMAND or value is None or not parameter.expose_value:
            continue
        if isinstance(parameter, click.Argument):
            words += [str(v) for v in (value if parameter.nargs != 1 else (value,))]
        elif isinstance(parameter, click.Option) and value != parameter.get_default(context):
            name = max(parameter.opts, key=len)
            values = value if parameter.multiple else (value,)
            options += [name] * bool(value) if parameter.is_flag else [w for v in values for w in (name, str(v))]
    has_dash = any(w.startswith("-") for w in words)  # for example coordinates south of the equator
    return [words[0], *options, "--", *words[1:]] if has_dash else [*words, *options]


def _picture(_context: click.Context, _option: click.Parameter, path: str | None) -> str | None:
    """Refuse a file that cannot take a picture, before any computation."""
    if path is not None:
        from corridor.show.plots.figure_style import check_picture

        check_picture(path)
    return path


plot_option = click.option(
    "--plot", "plot_file", metavar="FILE", callback=_picture, help="Plot into a .png, .svg or .pdf."
)


def plot(found: Any, network: Any, path: str | None) -> None:
    """Plot an answer into a file if requested."""
    if path is not None:
        from corridor.show.plots.figure_style import save

        save(found.plot(network), path)


def _quiet(_context: click.Context, _option: click.Parameter, quiet: bool) -> None:
    """Print only errors on standard error."""
    if quiet:
        logging.getLogger("corridor").setLevel(logging.ERROR)
        click.get_current_context().find_root().meta["quiet"] = True


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --json and --quiet."""
    options = [
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        click.option("--quiet", "-q", is_flag=True, expose_value=False, callback=_quiet, help="No progress, no notes."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def draw_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --draws, --seed and --workers."""
    options = [
        click.option(
            "--draws", type=WHOLE, default=0, metavar="N", help="Draws of the uncertain inputs (default: none)."
        ),
        click.option("--seed", type=WHOLE, default=1, show_default=True, help="The same seed gives the same draws."),
        click.option("--workers", type=WHOLE, metavar="N", help="Threads (default: all); the answer is the same."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _is_interactive() -> bool:
    """Whether standard error is a terminal, without --quiet."""
    context = click.get_current_context(silent=True)
    quiet = context is not None and context.find_root().meta.get("quiet", False)
    return sys.stderr.isatty() and not quiet


def notice(what: str) -> None:
    """Print the next step on standard error if it is a terminal."""
    if _is_interactive():
        click.echo(f"{what} …", err=True)


@contextlib.contextmanager
def progress_bar(total: int, what: str) -> Iterator[Callable[[int], None] | None]:
    """Show progress on standard error if it is a terminal; yield the function that counts it."""
    if total < 1 or not _is_interactive():
        yield None
        return
    lock = threading.Lock()
    with click.progressbar(length=total, label=what, file=sys.stderr) as bar:

        def progress(done: int) -> None:
            with lock:
                bar.update(done)

        yield progress
