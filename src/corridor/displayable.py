"""Base classes of answers: text, notebook output and plots.

`corridor.show` renders them. `corridor` itself sets the renderer here (`set_renderer`), so that
answers do not import the packages above them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from corridor.model.network import Network

_renderer: Callable[[], Any] | None = None


def set_renderer(renderer: Callable[[], Any]) -> None:
    """Set the function that returns the module with `html_of` and `draw`; it is called on first use."""
    global _renderer  # noqa: PLW0603 - set once, when the package is imported
    _renderer = renderer


def _show() -> Any:
    assert _renderer is not None, "importing corridor sets it"
    return _renderer()


# JSON keys renamed in version 0.2, with their old names; this version writes both.
OLD_KEYS = {
    "closed": "shut",
    "inputs_used": "figures",
    "provenance": "made",
    "shortfall": "missing",
    "unconstrained_mt": "unlimited_mt",
    "unserved_cost_usd_yr": "home_cost_usd_yr",
}


def with_old_keys(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record that has renamed keys under their old names too.

    Examples
    --------
    >>> with_old_keys({"shortfall": {"price": 1.5}})
    {'shortfall': {'price': 1.5}, 'missing': {'price': 1.5}}
    """
    return {k: v for key, v in record.items() for k in (key, OLD_KEYS.get(key, key))}


def _frame(rows: Any) -> Any:
    """Return a DataFrame of records, or of what a method returns, with its index as first column."""
    from dataclasses import asdict  # here and below: `import corridor` imports next to nothing

    import pandas

    rows = rows() if callable(rows) else rows
    if not isinstance(rows, pandas.DataFrame):
        return pandas.DataFrame([asdict(row) for row in rows])
    return rows if rows.index.name is None else rows.reset_index()


class Displayable:
    """An answer with text and notebook output; `provenance` records its inputs if a public function returned it."""

    __slots__ = ()
    provenance: dict[str, Any] | None = None

    def _repr_html_(self) -> str:
        html: str = _show().html_of(self)
        return html


class Plottable(Displayable):
    """An answer that can be plotted."""

    __slots__ = ()

    def plot(self, network: Network | None = None, axes: Any = None) -> Any:
        """Draw the answer (needs the extra `plot`); return the matplotlib axes.

        Maps of flows and assignments need the `network` for its lines; a route has its own lines
        and shows the network as a background; charts do not need it.
        """
        return _show().draw(self, network, axes)


class Result(Displayable):
    """The answer of a public function, with its tables."""

    __slots__ = ()
    _TABLES: ClassVar[Mapping[str, str]] = {}  # name of a table, and the attribute or method that holds its rows

    def tables(self) -> dict[str, Any]:
        """Return the answer as named DataFrames, units in the names of their columns; the first is the main one."""
        return {name: _frame(getattr(self, attribute)) for name, attribute in self._TABLES.items()}
