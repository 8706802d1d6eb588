"""Figures with what they rest on, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from corridor.engine.itinerary import Route
from corridor.model.network import Network, Record
from corridor.model.why import Figure, Why

WIDTH = 80
SKIPPED_FACTS = ("id", "note", "sources", "name")


def why_text(answer: Why) -> str:
    """Return facts, figures with range and sources, and contradictions."""
    title = answer.facts.get("name", answer.id)
    lines = [f"{title} ({answer.kind} {answer.id})" if title != answer.id else f"{answer.kind} {answer.id}"]
    facts = [f"{k} {_plain(v)}" for k, v in answer.facts.items() if k not in SKIPPED_FACTS]
    if facts:
        lines += _wrapped(" · ".join(facts), "  ")
    if "note" in answer.facts:
        lines += _wrapped(str(answer.facts["note"]), "  ")
    for figure in answer.figures:
        lines += _figure_lines(figure)
    for c in answer.contradictions:
        lines += _wrapped(
            f"contradicts ({c['field']}): {c['other']} [{c['other_sources']}], chosen: {c['chosen']}; {c['reason']}",
            "  ! ",
        )
    return "\n".join(lines)


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _figure_lines(figure: Figure) -> list[str]:
    if figure.value is None:
        return [f"  {figure.field}: unknown"]
    extent = ""
    if figure.low is not None and figure.high is not None:
        kind = ", default for its basis" if figure.range_is_default else ""
        extent = f" ({figure.low:.4g} to {figure.high:.4g}{kind})"
    lines = [f"  {figure.field}: {figure.value:g} {figure.unit}{extent}, {figure.basis}"]
    if figure.note:
        lines += _wrapped(figure.note, "      ")
    lines += [line for source in figure.sources for line in _source_lines(source)]
    return lines


def _source_lines(source: Record) -> list[str]:
    parts = [str(source[k]) for k in ("publisher", "title", "date", "url") if source.get(k)]
    return _wrapped(f"{source['id']}: {' · '.join(parts)}", "      ")


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * (len(indent) + 2),
        break_on_hyphens=False,
        break_long_words=False,
    )


def figures_text(route: Route, network: Network) -> str:
    """Return every figure of a route with its basis and sources."""
    lines = [f"figures of {route.origin_name} → {route.destination_name}"]
    lines += [f"  {f.feature} {f.field} = {f.value:g} ({f.basis}) [{', '.join(f.sources)}]" for f in route.figures]
    lines.append("sources")
    ids: Iterable[str] = dict.fromkeys(s for f in route.figures for s in f.sources)
    lines += [line for s in ids if s in network.sources for line in _source_lines(network.sources[s])]
    return "\n".join(lines)
