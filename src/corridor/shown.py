"""What every answer can do: be read as text, be shown in a notebook, be drawn.

The words and pictures stand in `corridor.show`; these are the only calls upwards that answers make for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corridor.model.network import Network


class Shown:
    """An answer that people look at; `made` says what it was made of, where a front door gave it."""

    __slots__ = ()
    made: dict[str, Any] | None = None

    def __str__(self) -> str:
        from corridor.show.answers import text_of

        return text_of(self)

    def _repr_html_(self) -> str:
        from corridor.show.answers import html_of

        return html_of(self)


class Drawn(Shown):
    """An answer that can be drawn."""

    __slots__ = ()

    def plot(self, network: Network | None = None, axes: Any = None) -> Any:
        """Draw the answer (needs the extra `plot`); return the matplotlib axes.

        Maps of flows and assignments need the `network` for its lines; a route has its own
        and shows the network faintly behind; charts do without.
        """
        from corridor.show.answers import draw

        return draw(self, network, axes)
