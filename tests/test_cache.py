"""What is stored between runs: it depends on the versions that the algorithms state, not on comments."""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import re
from pathlib import Path

from conftest import ROOT

import corridor
from corridor.kernel.compiled import cache_folder, code_of
from corridor.study.calibration_store import CALIBRATION_VERSION
from corridor.study.screening import SCREENING_VERSION
from corridor.study.study_choice_set import CHOICE_SET_VERSION

PACKAGE = Path(corridor.__file__).parent
GOLDEN = ROOT / "tests" / "golden" / "algorithms.json"
# What is stored, the version that its key holds, and the module whose code (with all that it imports) computes it.
STORED = {
    "choice set": (CHOICE_SET_VERSION, "corridor.study.study_choice_set"),
    "screening of draws": (SCREENING_VERSION, "corridor.study.screening"),
    "calibration": (CALIBRATION_VERSION, "corridor.study.calibrate"),
}
KERNEL = re.compile(r"""kernel\.load\(['"](\w+)['"]|sibling\(__name__, ['"](\w+)['"]\)""")


def source_of(module):
    base = PACKAGE.parent / module.replace(".", "/")
    path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
    return path if path.is_file() else None


@functools.cache
def code_in(path):
    return code_of(path.read_text(encoding="utf-8"))


def imported_by(module, code):
    """Return the modules of the package that a module imports anywhere, and the kernels that it loads by name."""
    found = {f"corridor.kernel.{name}" for pair in KERNEL.findall(code) for name in pair if name}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("corridor"):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name != "corridor" and source_of(name)}


def digest_of(module):
    """Return a hash of the code, without comments and docstrings, that a module can run."""
    left, code = [module], {}
    while left:
        name = left.pop()
        if name not in code:
            code[name] = code_in(source_of(name))
            left += imported_by(name, code[name])
    return hashlib.sha256("\n".join(code[name] for name in sorted(code)).encode()).hexdigest()[:16]


def test_changed_algorithms_have_another_version(request):
    """What was stored by other code is used while the version is the same: so a change has to be decided on.

    If other numbers can come out, raise the version; then, and if none can, `pytest tests/test_cache.py --update-golden`
    writes the new digest down, to be reviewed as a diff.
    """
    now = {name: {"version": version, "code": digest_of(module)} for name, (version, module) in STORED.items()}
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    assert json.loads(GOLDEN.read_text(encoding="utf-8")) == now


def test_comments_and_docstrings_are_no_code():
    source = (PACKAGE / "kernel" / "classes.py").read_text(encoding="utf-8")
    assert code_of(source + "\n# a comment\n") == code_of(source)
    assert code_of(source.replace('"""', '"""Another sentence. ', 1)) == code_of(source)
    assert code_of(source + "\nX = 1\n") != code_of(source)


def test_the_compiled_code_of_a_kernel_depends_on_what_it_calls_and_on_nothing_else(monkeypatch):
    from corridor.kernel import compiled

    def folders():
        return {name: cache_folder.__wrapped__(name).name for name in ("draws", "equilibrium", "classes", "max_flow")}

    before, code = folders(), compiled._code
    monkeypatch.setattr(compiled, "_code", lambda name: code(name) + ("\nX = 1" if name == "classes" else ""))
    after = folders()
    assert {name for name in before if before[name] != after[name]} == {"draws", "equilibrium", "classes"}
