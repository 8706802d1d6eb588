"""The notebooks: committed whole and clean, and what they show is what their code shows."""

from __future__ import annotations

import re
import subprocess
import sys

import nbformat
import pytest
from conftest import ROOT, SOAK

from tools import notebooks

NAMES = (
    "1-first-route",
    "2-eastern-branch-2030",
    "3-closure-of-2026",
    "4-where-to-build",
    "5-your-own-corridor",
    "6-hundred-thousand-scenarios",
)
QUICK, LONG = ("1", "5"), ("2", "3", "4", "6")
every = pytest.mark.parametrize("path", notebooks.found(), ids=lambda p: p.stem)


def run(*arguments):
    command = [sys.executable, "-m", "tools.notebooks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1800)


def book(*sources, outputs=()):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    for i, cell in enumerate(made.cells, start=1):
        cell.execution_count = i
        cell.outputs = list(outputs)
    return notebooks.normalised(made)


def printed(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def test_all_six_are_there_and_linked():
    page = (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")
    assert [p.stem for p in notebooks.found()] == list(NAMES)
    assert [n for n in NAMES if f"](notebooks/{n}.ipynb)" not in page] == []


@every
def test_a_notebook_is_complete_and_clean(path):
    """Executed in order, no error, no warning, no path of a machine, nothing fetched, nothing that changes by itself."""
    text = path.read_text(encoding="utf-8")
    found = notebooks.read(path)
    code = [c for c in found.cells if c.cell_type == "code"]
    assert notebooks.faults(found) == []
    assert notebooks.written(notebooks.normalised(found)) == text, "python -m tools.notebooks"
    assert 8 <= len(code) <= 15
    assert sum(t.startswith("picture ") for c in code for t in notebooks.texts(c)) >= 2
    assert any(o.get("data", {}).get("text/html") for c in code for o in c.outputs)
    assert found.cells[0].source.startswith(f"# {path.stem[0]}. ") and found.cells[0].cell_type == "markdown"
    assert not any("http" in c.source or "requests" in c.source for c in code)
    assert all(len(line) <= 120 for c in code for line in c.source.splitlines())


@pytest.mark.parametrize("name", QUICK)
def test_a_notebook_shows_what_its_code_shows(name):
    done = run("--check", name)
    assert done.returncode == 0, done.stdout + done.stderr


if SOAK > 1:  # `make soak`: minutes

    @pytest.mark.parametrize("name", LONG)
    def test_the_long_ones_run_with_few_draws(name):
        done = run("--draws", "60", name)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_must_not_be_committed_is_found():
    assert notebooks.faults(book("print(1)", outputs=[printed("1\n")])) == []
    for text in ("/root/.venv/lib", "see /tmp/x", "'/work/main'", "/home/me", "<f at 0x7f00deadbeef>"):
        assert len(notebooks.faults(book("x", outputs=[printed(text)]))) == 1, text
    assert notebooks.faults(book("x", outputs=[printed("https://example.org/work/page and a/tmp/b")])) == []
    fetched = nbformat.v4.new_output("display_data", data={"text/html": "<img src='https://x.example/a.png'>"})
    link = nbformat.v4.new_output("display_data", data={"text/html": "<a href='https://x.example'>x</a>"})
    assert len(notebooks.faults(book("x", outputs=[fetched]))) == 1
    assert notebooks.faults(book("x", outputs=[link])) == []
    assert len(notebooks.faults(book("x", outputs=[printed("UserWarning: x\n", "stderr")]))) == 1
    assert len(notebooks.faults(book("x", outputs=[nbformat.v4.new_output("error", ename="E", evalue="")]))) == 1
    skipped = book("a", "b")
    skipped.cells[1].execution_count = 3
    assert len(notebooks.faults(skipped)) == 1


def test_notices_of_an_empty_cache_are_left_out():
    notices = "compiling the draws kernel, once for this version\nbuilding the choice set of all cargo, once\n"
    told = printed(notices, "stderr")
    made = book("x", outputs=[printed("a\n"), told, printed("b\n")])
    assert [o.text for o in made.cells[0].outputs] == ["a\nb\n"]


def test_outputs_are_compared_but_for_times_and_pixels():
    def shown(png):
        return nbformat.v4.new_output("display_data", data={"text/plain": "<Figure>", "image/png": png})

    assert notebooks.differences(book("x", outputs=[shown("A")]), book("x", outputs=[shown("B")])) == []
    assert len(notebooks.differences(book("x", outputs=[shown("A")]), book("x"))) == 1
    assert len(notebooks.differences(book("x", outputs=[printed("1")]), book("x", outputs=[printed("2")]))) == 1
    assert len(notebooks.differences(book("x", outputs=[printed("1")]), book("x", outputs=[printed("1\n2")]))) == 1
    old, new = book("x", outputs=[printed("1 s")]), book("x", outputs=[printed("2 s")])
    new.cells[0].metadata["tags"] = ["timing"]
    assert notebooks.differences(old, new) == []


def test_only_one_cell_is_left_out_of_the_comparison():
    tagged = {p.stem: [c for c in notebooks.read(p).cells if c.metadata.get("tags")] for p in notebooks.found()}
    assert {stem: len(cells) for stem, cells in tagged.items() if cells} == {"6-hundred-thousand-scenarios": 1}


def test_an_unknown_name_is_refused():
    with pytest.raises(SystemExit, match="no notebook begins with '9'"):
        notebooks.found(["9"])


@every
def test_what_a_notebook_imports_exists(path):
    """Four of them run only in `make soak`: a renamed module is seen here."""
    source = "\n".join(c.source for c in notebooks.read(path).cells if c.cell_type == "code")
    lines = [line for line in source.splitlines() if re.match(r"(from|import) corridor", line)]
    assert lines
    exec("\n".join(lines), {})
