"""Execute the notebooks of docs/notebooks and write them back; `--check NAME…` compares them with what is committed.

`--draws N NAME…` only runs them, with another number of draws: nothing is written or compared.

A notebook is committed with its outputs and without anything that changes from run to run: no
times of execution, no ids of objects, no paths of a machine. A cell with the tag `timing` prints
how long something took; its text is not compared. Pictures are not compared either, only that
there are as many.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

Notebook = Any  # nbformat.NotebookNode, which has no types
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "notebooks"
LONGEST_S = 1800
LARGEST_BYTES = 1_500_000
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
# What the package says once where its cache is empty; where it is warm it says nothing.
NOTICE = re.compile(r"^(?:compiling the .* kernel, once|building the choice set).*\n?", re.MULTILINE)
MACHINE = re.compile(r"(?<![\w.])/(?:root|work|tmp|home|Users|var/folders)(?:/|\b)|[A-Z]:\\\\?Users")  # a path
OBJECT = re.compile(r"\bat 0x[0-9a-f]{6,}")
FETCHED = re.compile(r"<(?!a\s)[^>]*\s(?:src|href|srcset)=[\"']?(?:https?:)?//|url\(\s*[\"']?https?:", re.IGNORECASE)


def found(names: Sequence[str] = ()) -> list[Path]:
    """Return the notebooks, or those whose name begins with one of `names`."""
    every = sorted(FOLDER.glob("*.ipynb"))
    if not names:
        return every
    for name in names:
        if not any(p.stem.startswith(name) for p in every):
            raise SystemExit(f"no notebook begins with '{name}'; there are {', '.join(p.stem for p in every)}")
    return [p for p in every if any(p.stem.startswith(n) for n in names)]


def read(path: Path) -> Notebook:
    """Return a notebook as it stands in its file."""
    return nbformat.read(path, as_version=4)


def executed(path: Path, env: Mapping[str, str] | None = None) -> Notebook:
    """Return a notebook with the outputs of a fresh kernel of this environment, normalised.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell raises.
    """
    book = read(path)
    with tempfile.TemporaryDirectory() as folder:
        # Neither the caller's settings of IPython nor his number of draws.
        kept = {k: v for k, v in os.environ.items() if k != "CORRIDOR_DRAWS"}
        settings = {**kept, "IPYTHONDIR": str(Path(folder) / "ipython"), **(env or {})}
        client = NotebookClient(
            book,
            timeout=LONGEST_S,
            kernel_name="python3",
            record_timing=False,
            extra_arguments=["--log-level=40", "--HistoryManager.enabled=False"],
            resources={"metadata": {"path": folder}},
        )
        client.execute(env=settings)
    return normalised(book)


def normalised(book: Notebook) -> Notebook:
    """Return a notebook without what changes from run to run."""
    made = nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": METADATA, "cells": []})
    for i, cell in enumerate(book.cells, start=1):
        tags = list(cell.metadata.get("tags", []))
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        cell.id = f"cell-{i:02}"
        cell.source = cell.source.rstrip()
        if cell.cell_type == "code":
            cell.outputs = list(_outputs(cell.outputs))
        made.cells.append(cell)
    return made


def _outputs(outputs: Sequence[Any]) -> Iterator[Any]:
    """Give outputs without notices and metadata, what is printed in one piece."""
    printed: Any = None
    for output in outputs:
        if output.output_type != "stream":
            if "metadata" in output:
                output.metadata = nbformat.from_dict({})
            printed = None
            yield output
            continue
        if output.name == "stderr":
            output.text = NOTICE.sub("", output.text)
        if not output.text:
            continue
        if printed is not None and printed.name == output.name:
            printed.text += output.text
            continue
        printed = output
        yield output


def texts(cell: Any) -> list[str]:
    """Return what a cell prints and shows, as text; of a picture, that it is one."""
    shown = []
    for output in cell.outputs:
        if output.output_type == "stream":
            shown.append(output.text)
        elif output.output_type == "error":
            shown.append(f"{output.ename}: {output.evalue}")
        else:
            data = output.data
            shown += [data[kind] for kind in sorted(data) if kind.startswith("text/")]
            shown += [f"picture {kind}" for kind in sorted(data) if kind.startswith("image/")]
    return shown


def faults(book: Notebook) -> list[str]:
    """Return what must not be in a committed notebook."""
    wrong = []
    code = [c for c in book.cells if c.cell_type == "code"]
    if [c.execution_count for c in code] != list(range(1, len(code) + 1)):
        wrong.append("the cells were not executed once each, in their order")
    for cell in code:
        where = f"cell {cell.id}"
        for output in cell.outputs:
            if output.output_type == "error":
                wrong.append(f"{where} raised {output.ename}: {output.evalue}")
            if output.output_type == "stream" and output.name == "stderr":
                wrong.append(f"{where} wrote to stderr: {output.text.strip()}")
        text = "\n".join(texts(cell))
        for what, pattern in (("a path of a machine", MACHINE), ("the id of an object", OBJECT), ("a fetch", FETCHED)):
            if hit := pattern.search(text):
                wrong.append(f"{where} shows {what}: {hit[0]}")
    if len(written(book).encode()) > LARGEST_BYTES:
        wrong.append(f"larger than {LARGEST_BYTES:,} bytes")
    return wrong


def differences(committed: Notebook, made: Notebook) -> list[str]:
    """Return where the texts of two runs differ; what is tagged `timing` is left out."""
    old, new = ([c for c in book.cells if c.cell_type == "code"] for book in (committed, made))
    wrong = []
    for i, (before, after) in enumerate(zip(old, new, strict=True), start=1):
        if "timing" in after.metadata.get("tags", []):
            continue
        for a, b in zip(lines(before), lines(after), strict=False):
            if a != b:
                wrong.append(f"code cell {i}: '{a[:120]}' is committed, '{b[:120]}' came out")
                break
        else:
            if len(lines(before)) != len(lines(after)):
                wrong.append(f"code cell {i}: {len(lines(before))} lines are committed, {len(lines(after))} came out")
    return wrong


def lines(cell: Any) -> list[str]:
    """Return the lines of what a cell shows."""
    return "\n".join(texts(cell)).split("\n")


def written(book: Notebook) -> str:
    """Return a notebook as it is written."""
    return f"{nbformat.writes(book, version=4)}\n"


def checked(path: Path) -> list[str]:
    """Execute a notebook, and return what is wrong with it or with what is committed."""
    made = executed(path)
    return [*faults(made), *differences(read(path), made)]


def tried(path: Path, draws: int) -> list[str]:
    """Execute a notebook with another number of draws, and return what is wrong with it."""
    return faults(executed(path, {"CORRIDOR_DRAWS": str(draws)}))


def renewed(path: Path) -> list[str]:
    """Execute a notebook and write it back, unless something is wrong with it, which is returned."""
    made = executed(path)
    wrong = faults(made)
    if not wrong:
        path.write_text(written(made), encoding="utf-8")
    return wrong


def main(arguments: Sequence[str]) -> int:
    """Execute notebooks, and write them back or compare them."""
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if text outputs differ")
    parser.add_argument("--draws", type=int, metavar="N", help="write and compare nothing; run with N draws")
    parser.add_argument("names", nargs="*", help="beginnings of names (default: all)")
    asked = parser.parse_args(arguments)
    failed = False
    for path in found(asked.names):
        start = time.monotonic()
        try:
            if asked.draws is not None:
                wrong = tried(path, asked.draws)
            else:
                wrong = checked(path) if asked.check else renewed(path)
        except CellExecutionError as error:
            wrong = [str(error)]
        print(f"{path.stem}: {time.monotonic() - start:.0f} s", *wrong, sep="\n  ", flush=True)
        failed = failed or bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
