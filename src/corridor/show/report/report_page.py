"""The report as one HTML file: self-contained, printable, with a link from every figure to its source."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from corridor.model.why import Why
from corridor.show.answers import draw
from corridor.show.html import link
from corridor.show.plots.figure_style import picture
from corridor.show.report.report_data import WORST_SHOWN, Material
from corridor.study.throughput_text import KINDS
from corridor.text import amount, number
from corridor.version import __version__

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1c1c1c; max-width: 58rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin: 2rem 0 .4rem; break-after: avoid; }
.answer { font-size: 1.12rem; border-left: 5px solid #0072b2; padding: .2rem 1rem; margin: 1rem 0; }
figure { margin: 1rem 0; break-inside: avoid; } figure img { width: 100%; height: auto; }
figcaption, .note { color: #555; font-size: .88rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .6rem 0; }
th { text-align: left; border-bottom: 1px solid #777; vertical-align: bottom; }
td, th { padding: .18rem .7rem .18rem 0; vertical-align: top; }
td { border-bottom: 1px solid #eee; } tr { break-inside: avoid; } .figures tr { break-inside: auto; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font-size: .9em; overflow-wrap: anywhere; } a { color: #0058a0; overflow-wrap: anywhere; }
table.figures td:last-child { width: 55%; }
.s { font-size: .8em; } #sources li { font-size: .85rem; } #sources li:target, tr:target { background: #fff3c4; }
@page { size: A4; margin: 16mm; }
@media print { body { margin: 0; max-width: none; font-size: 10.5pt; } a { color: inherit; text-decoration: none; } }
"""


def report_html(m: Material) -> str:
    """Return the whole file."""
    t = m.throughput
    target = "" if t.target_mt is None else f" {t.target_mt:g} Mt"
    title = f"Can the {t.branch} branch carry{target or ' more'} in {m.year}?"
    body = "".join(
        (
            f"<h1>{escape(title)}</h1>",
            f"<p>{escape(t.branch_name[:1].upper() + t.branch_name[1:])}.</p>",
            f"<p class='answer'>{escape(t.summary)}</p>",
            _provenance(m),
            _flows(m),
            _years(m),
            _limits(m),
            _plan(m),
            _what_ifs(m),
            _uncertain_inputs(m),
            _observations(m),
            _figures(m),
            _sources(m),
        )
    )
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{escape(title)}</title>"
    return f"<!doctype html>\n<html lang='en'><head>{head}<style>{STYLE}</style></head>\n<body>{body}</body></html>\n"


def _provenance(m: Material) -> str:
    t, f = m.throughput, m.throughput.forecast
    draws = "central case only" if f is None else f"{f.draws:,} draws, seed {f.seed}"
    scenarios = f", with {', '.join(t.scenarios)}" if t.scenarios else ""
    text = (
        f"corridor {__version__}, network {t.network} {t.data_version} ({m.network.fingerprint()})"
        f"{scenarios}; {draws}. The same command gives the same file: "
    )
    return f"<p class='note'>{escape(text)}<code>{escape(m.command)}</code></p>"


def _figure(answer: object, caption: str, **options: Any) -> str:
    image = base64.b64encode(picture(draw(answer, **options), ".svg")).decode()
    text = escape(caption)
    src = f"data:image/svg+xml;base64,{image}"
    return f"<figure><img alt='{escape(caption, quote=True)}' src='{src}'><figcaption>{text}</figcaption></figure>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Return a table of HTML cells; the columns `numbers` are right-aligned."""

    def cells(row: Sequence[str], tag: str) -> str:
        kinds = [" class='n'" if i in numbers else "" for i in range(len(row))]
        return "".join(f"<{tag}{kind}>{cell}</{tag}>" for cell, kind in zip(row, kinds, strict=True))

    body = "".join(f"<tr>{cells(r, 'td')}</tr>" for r in rows)
    top = cells([escape(h) for h in head], "th")
    return f"<div class='wide'><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


def _flows(m: Material) -> str:
    caption = (
        f"All cargo of {m.year} on its chosen routes: width by tonnes, colour by the highest use of capacity. "
        f"{m.assignment.summary}"
    )
    return "<h2>Where the cargo goes</h2>" + _figure(
        m.assignment, caption, network=m.network.with_events(), background="outline"
    )


def _years(m: Material) -> str:
    t = m.throughput
    likely = {y.year: y for y in t.forecast.years} if t.forecast is not None else {}
    head = ["Mt a year", "branch", *(("P10", "P50", "P90") if likely else ())]
    head += ["south", "north", "all traffic", "demand", "unconstrained"]
    rows = []
    for y in t.years:
        x = likely.get(y.year)
        quantiles = [] if x is None else [f"{x.p10_mt:.2f}", f"{x.p50_mt:.2f}", f"{x.p90_mt:.2f}"]
        mt = (y.southbound_mt, y.northbound_mt, y.all_traffic_mt, y.demand_mt, y.unconstrained_mt)
        rows.append([str(y.year), f"{y.throughput_mt:.2f}", *quantiles, *(f"{v:.2f}" for v in mt)])
    caption = (
        "Modelled volumes by year, and observed, derived, stated and target volumes (not by the model). "
        "The model uses none of them as input."
    )
    method = (
        "Trade totals of all modes and routes are assigned by cost and time (path-size logit) within the capacity "
        "limits; binding constraints get a shadow price. Demand: cargo that could use the branch."
    )
    content = _figure(t, caption) + _table(head, rows, range(1, len(head)))
    return f"<h2>Year by year</h2>{content}<p class='note'>{escape(method)}</p>"


def _limits(m: Material) -> str:
    last, f = m.throughput.years[-1], m.throughput.forecast
    central = [[_limit(b.id, b.name), f"{b.price_usd_t:.0f}", f"{100 * b.share:.0f} %"] for b in last.bottlenecks]
    parts = [f"<h2>Binding constraints in {m.year} and their shadow prices</h2>"]
    parts.append(_table(["central case", "shadow price USD/t", "of the year"], central, (1, 2)))
    if f is not None:
        rows = [
            [_limit(b.id, b.name), f"{100 * b.share:.0f} %", f"{b.price_usd_t:.0f}"] for b in f.binding[:WORST_SHOWN]
        ]
        parts.append(_table(["over the draws", "binding in", "shadow price USD/t"], rows, (1, 2)))
        if f.shortfall is not None:
            causes = {"demand_mt": "demand", "price_mt": "price (other routes are cheaper)"}
            split = ", ".join(f"{v:.1f} {causes.get(k, 'capacity')}" for k, v in f.shortfall.items())
            parts.append(f"<p>Shortfall by cause, of {f.target_mt:g} Mt, mean of draws, in Mt: {escape(split)}.</p>")
    return "".join(parts)


def _limit(id: str, name: str) -> str:
    return f"<a href='#{escape(id, quote=True)}'>{escape(name)}</a>"


def _plan(m: Material) -> str:
    p = m.plan
    records = {r["id"]: r for r in m.works()}
    rows = []
    for s in p.steps:
        record = records.get(s.id, {})
        cost = "not known" if s.cost_musd is None else number(s.cost_musd)
        after = [f"{s.throughput_after_mt:.2f}", escape(s.next_bottleneck or "–")]
        why = f"{escape(str(record.get('why', '')))} {_refs(record.get('sources', ()))}"
        rows.append([escape(s.name), str(s.year), cost, *after, why])
    head = ["project", "year", "M USD", "Mt after", "next bottleneck", "description"]
    text = (
        f"The system optimum (technical maximum) is {p.technical_mt:.1f} Mt with these projects "
        f"({p.technical_most_mt:.1f} with all possible projects). Expected with route choice: "
        f"baseline {p.expected_before_mt:.2f} Mt, {p.expected_mt:.2f} with these projects, "
        f"{p.expected_all_mt:.2f} with all: projects elsewhere attract cargo to other routes."
    )
    chart = _figure(p, f"Projects in sequence, and the expected volume in {p.year} after each.")
    return f"<h2>What to build first</h2><p>{escape(text)}</p>{chart}{_table(head, rows, (1, 2, 3))}"


def _what_ifs(m: Material) -> str:
    c, failures = m.comparison, m.criticality
    compared = [
        [
            escape(r.name),
            f"{r.last.throughput_mt:.2f}",
            f"{r.difference_mt:+.2f}" if i else "",
            escape(r.why),
        ]
        for i, r in enumerate(c.rows)
    ]
    failed = [
        [
            escape(f.name),
            f"{f.lost_mt:.2f}",
            number(f.extra_usd / 1e6),
            f"{f.extra_days:.1f}",
            escape(", ".join(f"{ends} {mt:.2f}" for ends, mt in f.hit[:2])),
        ]
        for f in failures.rows[:WORST_SHOWN]
    ]
    head = ["closed for a year", "Mt lost", "M USD more", "days more", "most affected"]
    note = (
        "Treat differences below 0.05 Mt between scenarios as zero: the choice sets differ slightly. So do those of "
        f"plans and failures; the baseline of failures is {failures.throughput_mt:.2f} Mt."
    )
    return (
        "<h2>What if</h2>"
        + _table(["scenario", "Mt", "change", "reason"], compared, (1, 2))
        + f"<p class='note'>{note}</p>"
        + _table(head, failed, (1, 2, 3))
    )


def _uncertain_inputs(m: Material) -> str:
    f = m.throughput.forecast
    if f is None:
        return ""
    moves = [[escape(i.input), f"{i.low_mt:.2f}", f"{i.high_mt:.2f}", f"{100 * i.sobol:.0f} %"] for i in f.tornado[:10]]
    head = ["input", "Mt, lowest fifth", "Mt, highest fifth", "share of the variance"]
    first = ", ".join(i.input for i in f.figures[:6])
    text = f"{100 * f.unexplained:.0f} % of the variance is due to no single input. Figures to measure first: {first}."
    return f"<h2>Sensitivity to uncertain inputs</h2>{_table(head, moves, (1, 2, 3))}<p>{escape(text)}</p>"


def _observations(m: Material) -> str:
    lines = {str(x["id"]): str(x["name"]) for x in m.network.screenlines}
    rows = [
        [
            _period(c.start.isoformat(), c.end.isoformat()),
            escape(str(lines.get(c.at[0], c.at[0]))),
            escape(f"{KINDS[c.kind]}, {c.branch or 'all cargo'}, {c.direction}"),
            f"{c.mt:g}" + (f" ({c.low:g}–{c.high:g})" if c.low is not None and c.high is not None else ""),
            escape(c.note) + " " + _refs(filter(None, c.sources.split(";"))),
        ]
        for c in m.counts()
    ]
    head = ["period", "screenline", "kind", "Mt", "note"]
    return f"<h2>Observed, derived, stated and target volumes</h2>{_table(head, rows, (3,))}"


def _period(start: str, end: str) -> str:
    """Return a calendar year as one number, another period by its first and last day."""
    whole = start[5:] == "01-01" and end[5:] == "12-31" and start[:4] == end[:4]
    return escape(start[:4]) if whole else f"{escape(start)} to {escape(end)}"


def _figures(m: Material) -> str:
    rows = []
    names = m.network.resource_table
    for why in m.limits():
        name = str(names["name"][names.index[why.id]])
        rows += [_figure_row(why, i, name) for i in range(len(why.figures))]
    counts = m.network.basis_counts()
    basis = ", ".join(f"{n} {b}" for b, n in counts.items())
    text = f"Figures of the whole network by basis: {basis}. `corridor why ID` shows each of them."
    head = ["limit", "figure", "value", "range", "basis", "method and sources"]
    body = "".join(rows)
    top = "".join(f"<th>{h}</th>" for h in head)
    table = f"<div class='wide'><table class='figures'><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    return f"<h2>Figures of the limits</h2>{table}<p class='note'>{escape(text)}</p>"


def _figure_row(why: Why, i: int, name: str) -> str:
    f = why.figures[i]
    anchor = f" id='{escape(why.id, quote=True)}'" if i == 0 else ""
    value = "unknown" if f.value is None else f"{amount(f.value)} {f.unit}"
    extent = "" if f.low is None or f.high is None else f"{amount(f.low)} to {amount(f.high)}"
    refs = _refs(str(s["id"]) for s in f.sources)
    cells = (escape(name) if i == 0 else "", escape(f.field), escape(value), escape(extent), escape(f.basis or ""))
    other = Counter(f"{c['other']}; {c['reason']}" for c in why.contradictions if c["field"] == f.field)
    contradictions = "".join(
        f"<br>Contradicts{f' ({count} times)' if count > 1 else ''}: {escape(text)}" for text, count in other.items()
    )
    last = f"<td>{escape(f.note or '')} {refs}{contradictions}</td>"
    return f"<tr{anchor}>{''.join(f'<td>{c}</td>' for c in cells)}{last}</tr>"


def _refs(ids: Iterable[str]) -> str:
    listed = [f"<a href='#s-{escape(i, quote=True)}'>{escape(i)}</a>" for i in ids]
    return f"<span class='s'>[{', '.join(listed)}]</span>" if listed else ""


def _sources(m: Material) -> str:
    """Return the list of all sources that the report refers to."""
    named: dict[str, None] = {}
    for why in m.limits():
        named |= dict.fromkeys(str(s["id"]) for f in why.figures for s in f.sources)
    for record in m.works():
        named |= dict.fromkeys(record.get("sources", ()))
    for count in m.counts():
        named |= dict.fromkeys(filter(None, count.sources.split(";")))
    rows = []
    for name in sorted(named):
        s = m.network.sources.get(name, {})
        text = " · ".join(str(s[k]) for k in ("publisher", "title", "date") if s.get(k)) or "not in the list of sources"
        content = link(text, str(s["url"])) if s.get("url") else escape(text)
        rows.append(f"<li id='s-{escape(name, quote=True)}'><b>{escape(name)}</b> {content}</li>")
    return f"<h2 id='sources-list'>Sources</h2><ul id='sources'>{''.join(rows)}</ul>"
