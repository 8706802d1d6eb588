"""Numbers and short texts as people write them."""

from __future__ import annotations


def number(value: float) -> str:
    """Return a whole number with thin groups of thousands.

    Examples
    --------
    >>> number(4871.4), number(0)
    ('4 871', '0')
    """
    return f"{value:,.0f}".replace(",", " ")


def days(hours: float) -> str:
    """Return hours below two days, days above.

    Examples
    --------
    >>> days(18), days(190), days(0)
    ('18 h', '7.9 d', '0 h')
    """
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.1f} d"


def shortened(text: str, width: int) -> str:
    """Return text that fits a width, cut with an ellipsis where it must be."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
