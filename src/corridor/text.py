"""Numbers and short texts for output."""

from __future__ import annotations

import textwrap

WIDTH = 80


def number(value: float) -> str:
    """Return a whole number with thousands separated by spaces.

    Examples
    --------
    >>> number(4871.4), number(0)
    ('4 871', '0')
    """
    return f"{value:,.0f}".replace(",", " ")


def days(hours: float) -> str:
    """Return a duration in hours below two days, in days above.

    Examples
    --------
    >>> days(18), days(190), days(0)
    ('18 h', '7.9 d', '0 h')
    """
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.1f} d"


def shortened(text: str, width: int) -> str:
    """Return text that fits a width, cut with an ellipsis if it is longer."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def counted(count: int, thing: str) -> str:
    """Return a count with its noun in singular or plural.

    Examples
    --------
    >>> counted(1, "error"), counted(0, "warning")
    ('1 error', '0 warnings')
    """
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def wrapped(text: str, indent: str) -> list[str]:
    """Return lines of at most 80 columns; an unbreakable word (an address) takes a line of its own."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * (len(indent) + 2),
        break_on_hyphens=False,
        break_long_words=False,
    )


def amount(value: float | None) -> str:
    """Return a capacity or a flow as text, from a million on in millions.

    Examples
    --------
    >>> amount(1390000.0), amount(121.7), amount(0.3), amount(None)
    ('1.39 million', '122', '0.3', 'unknown')
    """
    if value is None:
        return "unknown"
    if value >= 1e6:
        return f"{value / 1e6:.4g} million"
    return f"{value:,.0f}".replace(",", " ") if value >= 100 else f"{value:.3g}"
