"""Public names: sorted, true, with an example, and fetched only when they are used."""

from __future__ import annotations

import inspect

import pytest

import corridor


@pytest.mark.parametrize("module", [corridor, corridor.large], ids=["corridor", "large"])
def test_all_is_sorted_and_true(module):
    assert list(module.__all__) == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
        assert name in dir(module)


def test_an_unknown_name_is_said():
    with pytest.raises(AttributeError, match="no attribute 'rout'"):
        corridor.rout  # noqa: B018


def test_public_functions_have_an_example():
    for module, name in [(m, name) for m in (corridor, corridor.large) for name in m.__all__]:
        thing = getattr(module, name)
        if inspect.isfunction(thing) and name != "write":
            assert ">>>" in inspect.getdoc(thing), name


def test_importing_costs_nothing_but_itself():
    import subprocess
    import sys

    code = "import sys, corridor; print(sorted(m for m in ('numpy', 'numba', 'geopandas', 'highspy', 'click') if m in sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
