"""`corridor rerun`: repeat the query of an answer, and report differences and their cause."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import click

from corridor.cli.command import QUESTIONS, command
from corridor.cli.run import NO_ANSWER, OK, json_option, print_json
from corridor.errors import DataError, Fault, NoAnswerError
from corridor.model.checks import is_number

TOLERANCE = 1e-9  # relative; versions of Python, numpy and HiGHS differ in rounding
SHOWN = 20
ABOUT = ("provenance", "made", "command")  # metadata of an answer
NOT_REPEATED = ("--plot", "--geojson", "--csv", "--help", "-h")


@command(short_help="Repeat the query of an answer, and compare.")
@click.argument("file", metavar="ANSWER.json")
@json_option
def rerun(file: str, as_json: bool) -> int:
    """Repeat the query of an answer that was saved with --json, and compare.

    Status 0 if all texts are equal and all numbers are within 1e-9; otherwise 1, with
    the differences, and whether the program, the network or the options changed.

    \b
    corridor route Moscow Tehran --json > answer.json
    corridor rerun answer.json
    """
    stored = _read(file)
    current = _ask(stored["command"], file)
    different = list(_differences({k: v for k, v in stored.items() if k not in ABOUT}, current))
    same = "no" if different else "bytes" if _dumped(stored) == _dumped(current) else "numbers"
    why = _why(_provenance(stored), _provenance(current))
    if as_json:
        rows = [{"where": w, "before": a, "now": b} for w, a, b in different]
        print_json({"command": stored["command"], "same": same, "why": why, "differences": rows})
    else:
        click.echo(_text(stored["command"], same, why, different))
    return NO_ANSWER if different else OK


def _read(file: str) -> dict[str, Any]:
    """Return a saved answer; anything else is refused."""
    from corridor.files.json_file import content_of, parse

    fix = "give the output of a query with --json"
    found = parse(content_of(file), file)
    try:
        json.dumps(found, allow_nan=False)
    except ValueError:
        raise DataError(Fault("file", "", None, "contains NaN or infinity, which no answer does", fix), file) from None
    answer = dict(found) if isinstance(found, Mapping) else {}
    command = answer.get("command")
    if not isinstance(command, list) or not command or not all(isinstance(w, str) for w in command):
        raise DataError(Fault("file", "command", None, "is missing: this is no answer that can be repeated", fix), file)
    if not isinstance(_provenance(answer), dict):
        record = _provenance(answer)
        raise DataError(Fault("file", "provenance", repr(record), f"is {record!r}", fix), file)
    extra = [w for w in command if w.split("=")[0] in NOT_REPEATED]
    if extra:
        raise DataError(Fault("file", "command", extra[0], f"does more than query: {extra[0]}", "remove it"), file)
    return answer


def _provenance(answer: Mapping[str, Any]) -> Any:
    return answer.get("provenance", answer.get("made", {}))  # the key of version 0.1


def _ask(words: list[str], file: str) -> dict[str, Any]:
    """Return the current answer, or the error of a query without one."""
    root = click.get_current_context().find_root().command
    assert isinstance(root, click.Group)
    known = {name: root.commands[name] for name in QUESTIONS}
    if words[0] not in known:
        fix = f"give an answer of {', '.join(known)}"
        raise DataError(Fault("file", "command", words[0], f"is '{words[0]}', no query", fix), file)
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            known[words[0]].main(args=["--json", *words[1:]], prog_name=f"corridor {words[0]}", standalone_mode=False)
    except NoAnswerError as error:
        return {"error": str(error)}
    answer: dict[str, Any] = json.loads(output.getvalue())
    return answer


def _differences(before: Any, now: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield path, old and new value of each difference; numbers differ by more than the tolerance."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in [*before, *(k for k in now if k not in before and k not in ABOUT)]:
            yield from _differences(before.get(key), now.get(key), f"{where}.{key}" if where else key)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for i, (a, b) in enumerate(zip(before, now, strict=True)):
            yield from _differences(a, b, f"{where}[{i}]")
    elif not _is_same(before, now):
        yield where, before, now


def _is_same(before: Any, now: Any) -> bool:
    if _are_numbers(before, now):
        return bool(abs(before - now) <= TOLERANCE * max(abs(before), abs(now)))
    return bool(before == now) and type(before) is type(now)


def _dumped(answer: dict[str, Any]) -> str:
    return json.dumps({k: v for k, v in answer.items() if k not in ABOUT}, ensure_ascii=False)


def _why(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return the parts of the provenance that changed."""
    named = {"corridor": "program", "data": "network", "options": "options"}
    return [
        f"the {name} changed: {before.get(key)} before, {now.get(key)} now"
        for key, name in named.items()
        if before.get(key) != now.get(key)
    ]


def _text(command: list[str], same: str, why: list[str], different: list[tuple[str, Any, Any]]) -> str:
    lines = [f"corridor {shlex.join(command)}"]
    if not different:
        lines.append(
            "  the same answer, byte for byte" if same == "bytes" else f"  the same answer within {TOLERANCE:g}"
        )
    else:
        lines.append(f"  {len(different)} values are different")
    lines += [f"  {w}" for w in why]
    lines += [f"    {where}: {_short(a)} → {_short(b)}{_share(a, b)}" for where, a, b in different[:SHOWN]]
    if len(different) > SHOWN:
        lines.append(f"    and {len(different) - SHOWN} more (--json lists all)")
    return "\n".join(lines)


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _share(before: Any, now: Any) -> str:
    return f" ({now / before - 1:+.2%})" if _are_numbers(before, now) and before else ""


def _are_numbers(*values: Any) -> bool:
    return all(map(is_number, values))
