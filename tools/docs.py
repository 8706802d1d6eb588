"""`python -m tools.docs`: write the pages of docs/reference/ that follow from the program.

With `--check` it compares instead of writing. With `--update [--slow] [PAGE …]` the
code of the given pages (default: all that tests/test_docs.py runs) is run anew, and
what it prints is put beneath it; `--slow` with the blocks that take long.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

import corridor
from corridor.cli import cli
from tools.docs_pages import Session

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"

ELSEWHERE = ("interchange.md", "osm.md")  # their code is run by the tests of those formats, which make its files
SLOW = ("eastern-branch-2030.md",)  # minutes: `make soak` runs them; `python -m tools.docs --update` only by name

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Networks": ("load", "read", "write", "Network", "why"),
    "Routes": (
        *("route", "routes", "why_not", "matrix", "reach", "batch", "nearest_place"),
        *("Options", "Route", "Routes", "WhyNot"),
    ),
    "Flow": ("max_flow", "Flow"),
    "Demand and assignment": ("demand", "read_demand", "write_demand", "Demand", "Cargo", "assign", "Assignment"),
    "Scenarios": ("Scenario",),
    "Studies of a branch": (
        *("throughput", "Throughput", "plan", "criticality", "compare"),
        *("volumes", "Volumes", "calibrate", "backtest", "misfit"),
    ),
    "Page and report": ("explore", "report"),
    "Other formats": ("save", "read_gmns", "read_osm", "read_tntp", "Tntp", "to_networkx", "from_networkx"),
    "Errors": ("CorridorError", "DataError", "UnknownIdError", "NoAnswerError", "NoRouteError", "ConvergenceError"),
}
PYTHON = """# Python

What is public is what `import corridor` offers: the names below. They are written as `corridor.route`, and found in
an editor by their types. Numbers have their unit in the name; errors say what, where, and what to do.

<!-- Written by `python -m tools.docs`; the text stands in the docstrings. -->
"""
COMMANDS = """# Commands

`corridor COMMAND --help` prints what stands here. The words and numbers are those of the [Python functions](python.md).

<!-- Written by `python -m tools.docs` from the commands themselves. -->

"""


BENCHMARKS = """# The last benchmark run

`python -m benchmarks --record` (`make bench` without the record) printed this; [what it means](../performance.md).

<!-- Written by `python -m tools.docs` from benchmarks/results/. -->
"""


def benchmarks_page() -> str:
    """Return what the benchmarks last printed, group by group."""
    files = sorted((ROOT / "benchmarks" / "results").glob("*.txt"))
    blocks = [f"\n## {f.stem}\n\n```text\n{f.read_text(encoding='utf-8').strip()}\n```\n" for f in files]
    return BENCHMARKS + "".join(blocks)


def python_page() -> str:
    """Return the page of public names; those that no group has come last."""
    grouped = [name for names in GROUPS.values() for name in names]
    others = tuple(name for name in corridor.__all__ if name not in grouped)
    made = [PYTHON]
    for group, names in {**GROUPS, **({"Others": others} if others else {})}.items():
        made.append(f"\n## {group}\n")
        made += [f"\n::: corridor.{name}\n" for name in names if name in corridor.__all__]
    made.append("\n## Large graphs\n\n[What they are for](../large.md).\n")
    made += [f"\n::: corridor.large.{name}\n" for name in corridor.large.__all__]
    return "".join(made)


def commands_page() -> str:
    """Return the page of all help texts, as they are printed on 80 columns (click leaves two free)."""
    top = click.Context(cli, info_name="corridor", terminal_width=78, **cli.context_settings)
    commands = sorted(cli.commands.items())
    rows = "".join(f"| [`{name}`](#{name}) | {command.get_short_help_str(90)} |\n" for name, command in commands)
    made = [COMMANDS, _help(cli, top), f"\n| command | what it does |\n|---|---|\n{rows}"]
    for name, command in commands:
        made.append(f"\n## {name}\n\n{_help(command, click.Context(command, parent=top, info_name=name))}")
    return "".join(made)


def _help(command: click.Command, context: click.Context) -> str:
    return f"```text\n{command.get_help(context).rstrip()}\n```\n"


def generated() -> dict[str, str]:
    """Return the generated pages by path below docs/."""
    pages = {"python": python_page(), "commands": commands_page(), "benchmarks": benchmarks_page()}
    return {f"reference/{name}.md": text for name, text in pages.items()}


def pages() -> list[str]:
    """Return the pages whose code a test runs, by name."""
    return sorted(p.name for p in DOCS.glob("*.md") if p.name not in (*ELSEWHERE, *SLOW))


def update(names: Sequence[str], *, slow: bool) -> None:
    """Run the code of pages and rewrite what it prints."""
    held = corridor.load()  # what is compiled for it is compiled once
    for name in names:
        path = DOCS / name
        text = path.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            made = Session(name, Path(folder), slow).play(text)
        print(f"docs/{name}{'' if made == text else ': changed'}", file=sys.stderr)
        path.write_text(made, encoding="utf-8")
    del held


def main(arguments: Sequence[str]) -> int:
    """Write the pages, run them, or say which is stale."""
    if "--update" in arguments:
        names = [Path(name).name for name in arguments if not name.startswith("-")]
        update(names or pages(), slow="--slow" in arguments)
        return 0
    stale = False
    for name, text in generated().items():
        path = DOCS / name
        if "--check" not in arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"docs/{name} is not what the program says; run `python -m tools.docs`", file=sys.stderr)
            stale = True
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
