"""What every answer can do: be read as text, be shown in a notebook, be drawn.

The words and pictures are those of `corridor.show`. `corridor` itself, which knows every
package, names it here (`set_renderer`); answers know nothing of the packages above them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridor.model.network import Network

_renderer: Callable[[], Any] | None = None


def set_renderer(renderer: Callable[[], Any]) -> None:
    """Name the function that returns the module with `text_of`, `html_of` and `draw`; it is called when needed."""
    global _renderer  # noqa: PLW0603 - set once, when the package is imported
    _renderer = renderer


def _show() -> Any:
    assert _renderer is not None, "importing corridor sets it"
    return _renderer()


class Displayable:
    """An answer that people look at; `made` says what it was made of, where a front door gave it."""

    __slots__ = ()
    made: dict[str, Any] | None = None

    def __str__(self) -> str:
        text: str = _show().text_of(self)
        return text

    def _repr_html_(self) -> str:
        html: str = _show().html_of(self)
        return html


class Plottable(Displayable):
    """An answer that can be drawn."""

    __slots__ = ()

    def plot(self, network: Network | None = None, axes: Any = None) -> Any:
        """Draw the answer (needs the extra `plot`); return the matplotlib axes.

        Maps of flows and assignments need the `network` for its lines; a route has its own
        and shows the network faintly behind; charts do without.
        """
        return _show().draw(self, network, axes)
