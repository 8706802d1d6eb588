"""The answers of the page as HTML; every number with a source is a button that opens it."""

from __future__ import annotations

from html import escape

from corridor.errors import CorridorError
from corridor.model.why import Why
from corridor.routing.itinerary import Route
from corridor.routing.itinerary_text import Step, some, steps
from corridor.show.html import link
from corridor.study.closures import ClosureResult
from corridor.study.throughput import Throughput
from corridor.text import days, number


def button(text: str, id: str, field: str = "") -> str:
    """Return a number as a button that opens its sources."""
    of = f" data-field='{escape(field, quote=True)}'" if field else ""
    return f"<button type='button' class='number' data-why='{escape(id, quote=True)}'{of}>{escape(text)}</button>"


def route_html(route: Route) -> str:
    """Return an itinerary; time and cost of each step open their figures."""
    totals = (
        f"<p class='totals'><b>{route.cost_usd_t:.0f} USD/t</b> · <b>{route.time_h / 24:.1f} days</b> · "
        f"{number(route.length_km)} km · {route.co2_kg_t:.0f} kg CO2e/t · {route.year}</p>"
    )
    rows = "".join(_step(s) for s in steps(route))
    head = "<tr><th></th><th></th><th>km</th><th>time</th><th>USD/t</th></tr>"
    inputs = f"{len(route.inputs_used)} inputs used, {route.assumed} assumed"
    basis = f"<p class='note'>{inputs}; click a number for its source</p>"
    return f"{totals}<table class='answer'><thead>{head}</thead><tbody>{rows}</tbody></table>{basis}"


def _step(step: Step) -> str:
    first = step.ids[0] if step.ids else ""
    km = "" if step.length_km is None else number(step.length_km)
    money = "" if step.cost_usd_t is None else f"{step.cost_usd_t:.1f}"
    cells = {"km": km, "h": days(step.time_h), "usd": money}
    numbers = [button(c, ",".join(step.ids), kind) if c and first else escape(c) for kind, c in cells.items()]
    what = escape(step.what) + (f"<br><small>via {escape(' · '.join(some(step.by)))}</small>" if step.by else "")
    return f"<tr><td>{escape(step.word)}</td><td>{what}</td>" + "".join(f"<td>{c}</td>" for c in numbers) + "</tr>"


def branch_html(closed: ClosureResult, names: dict[str, str], target_mt: float) -> str:
    """Return the volume of a branch in a year, the loss by closures, and the binding constraints."""
    parts = [
        f"<p class='totals'><b>{closed.throughput_mt:.2f} Mt</b> in {closed.year}, "
        f"{100 * closed.throughput_mt / target_mt:.0f} % of {target_mt:g} Mt</p>"
        if target_mt
        else f"<p class='totals'><b>{closed.throughput_mt:.2f} Mt</b> in {closed.year}</p>"
    ]
    if closed.closed:
        parts.append(f"<p>{escape(_changed(closed))}</p>")
    full = sorted(((u, r) for r, u in closed.use.items() if u > 0.9), key=lambda x: (-x[0], x[1]))
    rows = "".join(
        f"<tr><td>{escape(names.get(r, r))}</td><td>{button(f'{100 * min(u, 1.0):.0f} %', r, 'capacity')}</td></tr>"
        for u, r in full[:12]
    )
    head = f"<tr><th>bottlenecks in {closed.year}, all cargo</th><th>use</th></tr>"
    parts.append(f"<table class='answer'><thead>{head}</thead>{rows}</table>")
    note = "Solved on the prepared choice set; the central case of the chart extends it and can be slightly higher."
    return f"{''.join(parts)}<p class='note'>{note}</p>"


def _changed(closed: ClosureResult) -> str:
    """Return the changes by a closure, each with its sign; changes that round to zero are omitted."""
    mt, usd, days = closed.lost_mt, closed.extra_usd / 1e6, closed.extra_days
    sentences = [
        f"{abs(mt):.2f} Mt {'less' if mt > 0 else 'more'} than without closures"
        if abs(mt) >= 0.005
        else "The branch carries the same as without closures"
    ]
    if abs(usd) >= 0.5:
        sentences.append(f"all cargo pays {number(abs(usd))} million USD {'more' if usd > 0 else 'less'}")
    if abs(days) >= 0.05:
        sentences.append(f"the branch's trade takes {abs(days):.1f} days {'longer' if days > 0 else 'less'}")
    hit = ", ".join(f"{ends} {lost:.2f}" for ends, lost in closed.hit if lost >= 0.005)
    return "; ".join(sentences) + "." + (f" Largest losses, Mt: {hit}." if hit else "")


def forecast_html(t: Throughput) -> str:
    """Return the summary of the draws of a forecast."""
    assert t.forecast is not None
    last, f = t.forecast.years[-1], t.forecast
    reached = "" if last.probability is None else f"; {t.target_mt:g} Mt or more in {100 * last.probability:.1f} %"
    moves = "".join(f"<li>{escape(i.input)}: {100 * i.sobol:.0f} % of the variance</li>" for i in f.tornado[:4])
    shortfall = ""
    if f.shortfall is not None:
        parts = ", ".join(f"{k.removesuffix('_mt')} {v:.1f}" for k, v in f.shortfall.items())
        shortfall = f"<p>Shortfall by cause, of {t.target_mt:g} Mt, on average: {escape(parts)} Mt.</p>"
    return (
        f"<p><b>{last.p10_mt:.2f} to {last.p90_mt:.2f} Mt</b> in {last.year} in eight of ten of {f.draws:,} draws"
        f"{reached}.</p>{shortfall}<ul>{moves}</ul>"
    )


def why_html(why: Why) -> str:
    """Return facts, figures with range, basis and sources, and contradictions."""
    left_out = ("note", "sources", "name")
    facts = " · ".join(f"{escape(str(k))} {escape(str(v))}" for k, v in why.facts.items() if k not in left_out)
    rows = []
    for f in why.figures:
        value = "unknown" if f.value is None else f"{f.value:g} {f.unit}"
        extent = "" if f.low is None or f.high is None else f"{f.low:.4g} to {f.high:.4g}"
        sources = "".join(f"<li>{_source(dict(s))}</li>" for s in f.sources)
        rows.append(
            f"<tr><td>{escape(f.field)}</td><td><b>{escape(value)}</b><br><small>{escape(extent)}</small></td>"
            f"<td>{escape(f.basis or '')}</td><td>{escape(f.note or '')}<ul>{sources}</ul></td></tr>"
        )
    contradictions = "".join(
        f"<li>{escape(str(c['field']))}: {escape(str(c['other']))}; chosen {escape(str(c['chosen']))}: "
        f"{escape(str(c['reason']))}</li>"
        for c in why.contradictions
    )
    head = "<tr><th>figure</th><th>value</th><th>basis</th><th>method and sources</th></tr>"
    other = f"<p>Contradicts:</p><ul>{contradictions}</ul>" if contradictions else ""
    title = f"<h2>{escape(str(why.facts.get('name', why.id)))}</h2>"
    table = f"<table class='answer sources'><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
    return f"{title}<p class='note'>{facts}</p>{table}{other}"


def _source(source: dict[str, object]) -> str:
    parts = " · ".join(str(source[k]) for k in ("publisher", "title", "date") if source.get(k))
    text = f"{source.get('id', '')}: {parts}"
    return link(text, str(source["url"])) if source.get("url") else escape(text)


def error_html(error: CorridorError) -> str:
    """Return an error as HTML."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in str(error).splitlines()[:12])
    return f"<div class='fault' role='alert'>{lines}</div>"


# The figures of a number of a step, by the ends of their names.
BEHIND = {"km": ("length_km",), "h": ("_h", "_kmh"), "usd": ("_usd_t", "usd_t", "usd_tkm", "discount")}


def figures_html(route: Route, ids: list[str], kind: str, carriers: set[str]) -> str:
    """Return the figures of a route for the distance, the time or the cost of a step; each opens its source.

    The cost of a leg also depends on the tariffs of its `carriers`.
    """
    figures = [
        f
        for f in route.inputs_used
        if (f.feature in ids and f.field.endswith(BEHIND[kind]))
        or (kind == "usd" and f.feature.startswith("tariff ") and f.feature.split()[2] in carriers)
    ]
    rows = "".join(
        f"<tr><td>{escape(f.feature)}</td><td>{escape(f.field)}</td>"
        f"<td>{button(f'{f.value:g}', f.feature, f.field)}</td><td>{escape(f.basis)}</td></tr>"
        for f in figures
    )
    more = "".join(f"<li>{button(i, i)}</li>" for i in ids)
    head = "<tr><th>of</th><th>figure</th><th>value</th><th>basis</th></tr>"
    return (
        "<h2>Figures of this number</h2>"
        f"<table class='answer'><thead>{head}</thead><tbody>{rows}</tbody></table>"
        f"<p class='note'>All records of</p><ul>{more}</ul>"
    )
