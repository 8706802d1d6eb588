"""Shell completion: the script for a shell, and completers for places, cargoes, scenarios and branches."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem, get_completion_class

from corridor.cli.command import command

VARIABLE = "_CORRIDOR_COMPLETE"
Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


@command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes commands, options, places, cargoes, scenarios and branches.

    \b
    corridor completion bash >> ~/.bashrc
    corridor completion zsh >> ~/.zshrc
    corridor completion fish > ~/.config/fish/completions/corridor.fish
    """
    completion_class = get_completion_class(shell)
    assert completion_class is not None
    click.echo(completion_class(click.get_current_context().find_root().command, {}, "corridor", VARIABLE).source())


def _completer(names: Callable[[], Iterable[tuple[str, str]]]) -> Completer:
    """Return a completer for names with help texts; it ignores case."""

    def complete(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
        prefix = start.casefold()
        return [CompletionItem(n, help=h) for n, h in names() if n.casefold().startswith(prefix)]

    return complete


def _places() -> Iterable[tuple[str, str]]:
    from corridor.io.studies import load

    table = load().node_table
    rows = zip(table["name"], table.ids, table["country"], strict=True)
    return ((node if " " in name else name, f"{name}, {country}") for name, node, country in rows)  # no blanks


def _ids() -> Iterable[tuple[str, str]]:
    from corridor.io.studies import load

    return ((name, kind) for kind, table in load().tables.items() for name in table.ids)


def _cargoes() -> Iterable[tuple[str, str]]:
    from corridor.io.studies import load

    return ((str(r["id"]), str(r["name"])) for r in load().cargo_records)


def _branches() -> Iterable[tuple[str, str]]:
    from corridor.io.studies import load

    return ((str(r["id"]), str(r["name"])) for r in load().branches)


def _scenarios() -> Iterable[tuple[str, str]]:
    from corridor.io.study_files import default_study

    return ((name, "") for name in default_study().scenarios)


place, cargo, branch, scenario, feature = (
    _completer(names) for names in (_places, _cargoes, _branches, _scenarios, _ids)
)
