"""The structure of the package: no circle of files, public names that stay, files that stay readable."""

from __future__ import annotations

import ast

import networkx
from conftest import ROOT

SOURCES = sorted((ROOT / "src").rglob("*.py"))
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 360, 60


def test_no_file_stands_in_a_circle_of_imports():
    """Also not by an import inside a function; imports for types only are left out."""
    import grimp

    graph = grimp.build_graph("corridor", exclude_type_checking_imports=True, cache_dir=None)
    imports = networkx.DiGraph(
        (module, other) for module in graph.modules for other in graph.find_modules_directly_imported_by(module)
    )
    assert [sorted(c) for c in networkx.strongly_connected_components(imports) if len(c) > 1] == []


def test_no_file_and_no_function_outgrows_its_place():
    offenders = []
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        name = str(path.relative_to(ROOT / "src"))
        if (lines := len(text.splitlines())) > MOST_LINES:
            offenders.append(f"{name} has {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                most = MOST_LINES_OF_A_FUNCTION + 15 * (path.parent.name == "kernel")  # a comment for each step
                if body and (lines := body[-1].end_lineno - body[0].lineno + 1) > most:
                    offenders.append(f"{name}: {node.name} has {lines} lines")
    assert offenders == []


def test_no_file_name_stands_twice():
    names = [path.name for path in SOURCES if path.name not in ("__init__.py", "__main__.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []
