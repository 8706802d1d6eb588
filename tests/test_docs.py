"""The documentation: every block of code runs and prints what stands beneath it, and the site builds without a warning."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
import yaml
from conftest import ROOT, SOAK

import corridor
from tools import docs
from tools.docs_pages import BLOCK, Session, agrees, renewed

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def shared_network():
    """Hold the shipped network, so that what is compiled for it is compiled once."""
    return corridor.load()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=env, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def played(page, folder, slow=False):
    session = Session(page, folder, slow)
    session.play((DOCS / page).read_text(encoding="utf-8"))
    return session.steps


@pytest.mark.parametrize("page", docs.pages())
def test_the_code_of_a_page_prints_what_stands_beneath_it(page, shared_network, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for step in played(page, tmp_path):
        if not step.is_true:
            assert step.printed == step.shown, f"{step.place}; python -m tools.docs --update {page}"


if SOAK > 1:  # `make soak`: minutes

    @pytest.mark.parametrize("page", [*docs.SLOW, *docs.pages()])
    def test_what_takes_long_prints_what_stands_beneath_it(page, shared_network, tmp_path):
        assert [s.place for s in played(page, tmp_path, slow=True) if not s.is_true] == []


@pytest.mark.parametrize("page", docs.pages())
def test_every_block_is_in_a_form_that_is_read(page):
    """A fence with other words, or an indented one, would be left out, and its end taken for a beginning."""
    text = (DOCS / page).read_text(encoding="utf-8")
    assert len(re.findall(r"^\s*(?:```|~~~)", text, re.MULTILINE)) == 2 * len(BLOCK.findall(text))
    assert set(re.findall(r"^```(\w+)", text, re.MULTILINE)) <= {"python", "console", "text", "yaml", "csv", "sh"}


def test_pages_that_teach_have_code_and_outputs():
    for page in ("index.md", "start.md", "tour.md", "how-to.md", "own-network.md"):
        text = (DOCS / page).read_text(encoding="utf-8")
        assert re.search(r"^\$ corridor .*\n[^$`]", text, re.MULTILINE), page
        assert "\n?\n" not in text, page


def test_outputs_are_compared_line_by_line():
    assert agrees("a\nb", "a\nb") and not agrees("a", "a\nb") and not agrees("a\nb", "a")
    assert agrees("a\n…", "a\nb\nc") and agrees("…\nc", "a\nb\nc") and agrees("…\nb\n…", "a\nb\nc")
    assert not agrees("a\n…", "b\nc") and not agrees("a\n…\na", "a") and not agrees("…\nc\n…\nb\n…", "a\nb\nc")
    assert renewed("?", "a\nb") == "a\nb" and renewed("x\n…\ny\nz", "a\nb\nc\nd") == "a\n…\nc\nd"


def test_a_page_that_is_wrong_is_found(tmp_path, shared_network):
    def steps(text):
        session = Session("page", tmp_path)
        return session.play(text), [s.is_true for s in session.steps]

    text = "```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n\n```\n$ corridor --version\ncorridor, version 9\n```\n"
    made, true = steps(text)
    assert true == [True, False, False]
    assert "```text\n2\n```" in made and f"version {corridor.__version__}" in made
    assert steps(made) == (made, [True, True, True])
    with pytest.raises(AssertionError, match="exit status 2"):
        steps("```\n$ corridor route Nowhere Tehran\n```\n")
    made, true = steps("```\n$ corridor route Nowhere Tehran\n$ echo $?\n2\n```\n")
    assert true == [True, True]
    with pytest.raises(AssertionError, match="a page runs"):
        steps("```\n$ rm -r x\n```\n")
    with pytest.raises(ZeroDivisionError):
        steps("```python\n1 / 0\n```\n")


def test_generated_pages_are_what_the_program_says():
    for name, text in docs.generated().items():
        assert (DOCS / name).read_text(encoding="utf-8") == text, f"docs/{name}: python -m tools.docs"


def test_every_public_name_is_in_the_reference(site):
    page = (site / "reference" / "python.html").read_text(encoding="utf-8")
    homes = {name: f"corridor.{name}" for name in corridor.__all__}
    homes |= {f"large.{name}": f"corridor.large.{name}" for name in corridor.large.__all__}
    assert [name for name, home in homes.items() if f'id="{home}"' not in page] == []
    assert [name for names in docs.GROUPS.values() for name in names if name not in homes] == []


def test_every_command_is_in_the_reference(site):
    page = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    assert [name for name in docs.cli.commands if f'<h2 id="{name}">' not in page] == []


def test_no_page_loads_anything_from_outside(site):
    loads = re.compile(r"<(?!a\s)[^>]*\s(?:src|href|srcset|action)=[\"']?(?:https?:)?//[^\s\"'>]*", re.IGNORECASE)
    found = {}
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        bad = [m for m in loads.findall(text) if 'rel="canonical"' not in m]
        bad += ["mermaid"] if 'class="mermaid"' in text else []  # the theme would fetch its library
        if bad:
            found[page.name] = bad
    for sheet in site.rglob("*.css"):
        bad = re.findall(r"(?:url\(|@import )[\"']?https?:[^)]*", sheet.read_text(encoding="utf-8"))
        if bad:
            found[sheet.name] = bad
    assert found == {}
    assert loads.search('<link rel="x" href="https://fonts.example/a.css">') and loads.search("<img src=//x.example/a>")
    assert not loads.search('<a href="https://example.org">')


def test_every_page_is_in_the_navigation_once():
    class Loader(yaml.SafeLoader):
        """YAML with the tags of mkdocs left alone."""

    def leaves(node):
        if isinstance(node, str):
            return [node]
        return [leaf for item in (node.values() if isinstance(node, dict) else node) for leaf in leaves(item)]

    nav = leaves(yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader)["nav"])
    files = [str(p.relative_to(DOCS)) for p in DOCS.rglob("*.md")]
    assert sorted(nav) == sorted(files)


def test_notebooks_that_are_there_are_linked():
    text = (DOCS / "notebooks.md").read_text(encoding="utf-8")
    there = sorted((DOCS / "notebooks").glob("*.ipynb"))
    assert [p.name for p in there if f"(notebooks/{p.name})" not in text] == [], "link them in docs/notebooks.md"


def test_pages_speak_of_the_project_alone():
    for path in DOCS.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/work/|/home/|/tmp/|/root/", text), path.name
