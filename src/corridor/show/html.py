"""HTML elements for notebooks and the report; everything is escaped, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

NUMBER = "text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap"
SHORT = "text-align:left;white-space:nowrap"
CELL = "padding:.15em .7em .15em 0;vertical-align:top;border:0;background:none"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; numbers are right-aligned and keep their digits."""
    cells = [[_cell_text(value) for value in row] for row in rows]
    right = [all(_is_number(row[i]) for row in cells) and bool(cells) for i in range(len(head))]
    top = "".join(
        f"<th style='{CELL};border-bottom:1px solid #888;{NUMBER if r else 'text-align:left'}'>{escape(name)}</th>"
        for name, r in zip(head, right, strict=True)
    )
    body = "".join(
        "<tr style='background:none'>"
        + "".join(
            f"<td style='{CELL};{NUMBER if r else SHORT if len(cell) <= 20 else 'text-align:left'}'>{escape(cell)}</td>"
            for cell, r in zip(row, right, strict=True)
        )
        + "</tr>"
        for row in cells
    )
    return (
        f"<table style='border-collapse:collapse;margin:.5em 0'>"
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell_text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.4g}".replace(",", " ") if abs(value) < 1000 else f"{value:,.0f}".replace(",", " ")
    return str(value)


def _is_number(text: str) -> bool:
    digits = text.strip(" %+–-").replace(" ", "").replace("–", "")
    return not digits or digits.replace(".", "", 1).isdigit()


def paragraph(text: str) -> str:
    """Return a paragraph."""
    return f"<p style='margin:.3em 0;max-width:62em'>{escape(text)}</p>"


def title(text: str) -> str:
    """Return the title of an answer."""
    return f"<p style='margin:.3em 0;font-size:1.1em;font-weight:600'>{escape(text)}</p>"


def folded(summary: str, inside: str) -> str:
    """Return content that opens on a click."""
    return f"<details><summary style='cursor:pointer'>{escape(summary)}</summary>{inside}</details>"


def preformatted(text: str) -> str:
    """Return preformatted text."""
    return f"<pre style='line-height:1.25;font-family:monospace'>{escape(text)}</pre>"


def link(text: str, url: str) -> str:
    """Return a link; an address without http or https is shown as text."""
    if not url.startswith(("https://", "http://")):
        return escape(text)
    return f"<a href='{escape(url, quote=True)}' rel='noreferrer'>{escape(text)}</a>"
