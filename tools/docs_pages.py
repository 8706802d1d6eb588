"""The code blocks of a page: they are run in order, and what they print is held against what the page shows.

- A block `python` is run; a block `text` right after it is what it prints.
- A block whose first line begins with `$ ` holds commands, each with its output. Besides
  `corridor` a page may say `cd FOLDER`, `cat FILE` and `echo $?`.
- A block with `title="FILE"` is written to that file.

- A block after a line `<!-- slow -->` takes long: only `make soak` runs it.

A line `…` in an output stands for lines left out, a line `?` for all that is
printed (`python -m tools.docs --update` puts it there).
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^```(?P<kind>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
LEFT_OUT, WANTED, SLOW = "…", "?", "<!-- slow -->"


@dataclass(frozen=True)
class Step:
    """One thing that a page runs: where it stands, what is shown beneath (None: nothing), what it printed."""

    place: str
    shown: str | None
    printed: str

    @property
    def is_true(self) -> bool:
        """Whether the page shows what was printed."""
        return self.shown is None or agrees(self.shown, self.printed)


@dataclass
class Session:
    """One page being run, in one folder and one namespace."""

    page: str
    folder: Path
    slow: bool = False
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    status: int = 0
    steps: list[Step] = field(default_factory=list)

    def play(self, text: str) -> str:
        """Run every block of a page; return the page with what is printed now."""
        made, end, printed = [], 0, None
        for found in BLOCK.finditer(text):
            place = f"{self.page}:{text.count(chr(10), 0, found.start()) + 1}"
            body, kind = found["body"], found["kind"]
            between = text[end : found.start()]
            follows = printed is not None and not between.strip()
            made.append(between)
            if kind == "text" and follows:
                self.steps.append(Step(place, body.rstrip(), str(printed)))
                body = f"{renewed(body.rstrip(), str(printed))}\n"
            printed = None
            if between.rstrip().endswith(SLOW) and not self.slow:
                pass
            elif found["title"]:
                (self.folder / found["title"]).write_text(body, encoding="utf-8")
            elif kind == "python":
                printed = self._python(body, place)
                self.steps.append(Step(place, None, printed))
            elif body.startswith("$ "):
                body = "".join(self._commands(body, place)).rstrip("\n") + "\n"
            made.append(found[0].replace(found["body"], body) if body != found["body"] else found[0])
            end = found.end()
        return "".join([*made, text[end:]])

    def _python(self, code: str, place: str) -> str:
        out = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out):
            exec(compile(code, f"docs/{place}", "exec"), self.names)  # noqa: S102  # that is the purpose
        return out.getvalue().rstrip()

    def _commands(self, body: str, place: str) -> Iterator[str]:
        """Run the commands of a block; yield each with its output."""
        entries = re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
        for k, entry in enumerate(entries):
            lines = entry.rstrip().split("\n")
            n = 1 + next(i for i, line in enumerate(lines) if not line.endswith("\\"))
            shown = "\n".join(lines[n:]).rstrip() or None
            printed = self._command(" ".join(line.rstrip("\\") for line in lines[:n]))
            asked = k + 1 < len(entries) and entries[k + 1].startswith("echo $?")
            if self.status and not asked:
                raise AssertionError(f"{place}: {lines[0]}: exit status {self.status}\n{printed}")
            self.steps.append(Step(f"{place} $ {lines[0]}", shown, printed))
            command = "$ " + "\n".join(lines[:n]) + "\n"
            said = "" if shown is None else renewed(shown, printed) + "\n"
            yield command + said + ("\n" if said and not asked else "")

    def _command(self, line: str) -> str:
        words = shlex.split(line)
        match words:
            case ["corridor", *arguments, ">", file]:
                (self.folder / file).write_text(self._corridor(arguments) + "\n", encoding="utf-8")
                return ""
            case ["corridor", *arguments]:
                return self._corridor(arguments)
            case ["echo", "$?"]:
                status, self.status = self.status, 0
                return str(status)
            case ["cd", folder]:
                self.folder = (self.folder / folder).resolve()
                return ""
            case ["cat", file]:
                return (self.folder / file).read_text(encoding="utf-8").rstrip()
        raise AssertionError(f"{self.page}: a page runs corridor, cd, cat and echo $?, not {line!r}")

    def _corridor(self, arguments: list[str]) -> str:
        from corridor.cli import cli
        from corridor.cli.run import run

        out, said = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
            self.status = run(cli, arguments)
        return (out.getvalue() + (said.getvalue() if self.status else "")).rstrip()


def agrees(shown: str, printed: str) -> bool:
    """Whether an output that may leave lines out is that of the program.

    >>> agrees("a\\n…\\nd", "a\\nb\\nc\\nd"), agrees("a\\nd", "a\\nb\\nc\\nd"), agrees("…\\nb\\n…", "a\\nb\\nc")
    (True, False, True)
    """
    segments: list[list[str]] = [[]]
    for line in shown.split("\n"):
        if line == LEFT_OUT:
            segments.append([])
        else:
            segments[-1].append(line)
    if len(segments) == 1:
        return shown == printed
    lines, (head, *middle, tail) = printed.split("\n"), segments
    at = len(head)
    for segment in middle:
        starts = (i for i in range(at, len(lines)) if lines[i : i + len(segment)] == segment)
        at = next(starts, len(lines) + 1) + len(segment)
    return lines[: len(head)] == head and at + len(tail) <= len(lines) and lines[len(lines) - len(tail) :] == tail


def renewed(shown: str, printed: str) -> str:
    """Return what a page should show: all, or with the same lines left out as before."""
    if shown == WANTED or LEFT_OUT not in shown.split("\n"):
        return printed
    if agrees(shown, printed):
        return shown
    lines, new = shown.split("\n"), printed.split("\n")
    if lines.count(LEFT_OUT) > 1:
        return shown  # what stands between two gaps cannot be found again; the test will say so
    head, tail = lines.index(LEFT_OUT), len(lines) - lines.index(LEFT_OUT) - 1
    return "\n".join([*new[:head], LEFT_OUT, *(new[-tail:] if tail else [])])
