"""Figures with their basis and sources, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from corridor.text import wrapped

if TYPE_CHECKING:
    from corridor.model.network import Record
    from corridor.model.why import Figure, Why

SKIPPED_FACTS = ("id", "note", "sources", "name")


def why_text(answer: Why) -> str:
    """Return facts, figures with range and sources, and contradictions."""
    title = answer.facts.get("name", answer.id)
    name = answer.id if answer.id.startswith(answer.kind) else f"{answer.kind} {answer.id}"
    lines = wrapped(f"{title} ({name})" if title != answer.id else name, "")
    facts = [f"{k} {_plain(v)}" for k, v in answer.facts.items() if k not in SKIPPED_FACTS]
    if facts:
        lines += wrapped(" · ".join(facts), "  ")
    if "note" in answer.facts:
        lines += wrapped(str(answer.facts["note"]), "  ")
    for number, figure in enumerate(answer.figures):
        last = answer.figures[number - 1] if number else None
        lines += _figure_lines(figure, last)
    for c in answer.contradictions:
        lines += wrapped(
            f"contradicts ({c['field']}): {c['other']} [{c.get('other_sources', '')}], "
            f"chosen: {_chosen(answer, c)}; {c['reason']}",
            "  ! ",
        )
    return "\n".join(lines)


def _chosen(answer: Why, contradiction: Record) -> str:
    """Return the chosen value; where the record points to this figure, the value of the figure."""
    chosen = str(contradiction["chosen"])
    figure = next((f for f in answer.figures if f.field == contradiction["field"] and f.value is not None), None)
    return f"{figure.value:g} {figure.unit}" if figure is not None and "see resources" in chosen else chosen


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _figure_lines(figure: Figure, last: Figure | None) -> list[str]:
    """Return a figure, with note and sources where they differ from those of the last one."""
    if figure.value is None:
        return [f"  {figure.field}: unknown"]
    extent = ""
    if figure.low is not None and figure.high is not None:
        kind = ", default for its basis" if figure.range_is_default else ""
        extent = f" ({figure.low:.4g} to {figure.high:.4g}{kind})"
    lines = [f"  {figure.field}: {figure.value:g} {figure.unit}{extent}, {figure.basis}"]
    if last is not None and (figure.note, figure.sources) == (last.note, last.sources):
        return lines
    if figure.note:
        lines += wrapped(figure.note, "      ")
    lines += [line for source in figure.sources for line in source_lines(source)]
    return lines


def source_lines(source: Record) -> list[str]:
    """Return the description of a source, with its decoded address on a line of its own."""
    parts = [str(source[k]) for k in ("publisher", "title", "date") if source.get(k)]
    lines = wrapped(f"{source['id']}: {' · '.join(parts)}", "      ")
    return [*lines, f"        {unquote(str(source['url']))}"] if source.get("url") else lines
