"""Answers in a notebook: a title, the main tables, everything else folded."""

from __future__ import annotations

from functools import singledispatch
from html import escape
from typing import Any

from corridor.assignment.result import Assignment
from corridor.flow.maximum_flow import Flow
from corridor.model.network import Network
from corridor.model.why import Why
from corridor.routing.itinerary import Route
from corridor.routing.itinerary_text import steps
from corridor.routing.routes import Routes
from corridor.show.html import folded, paragraph, preformatted, table, title
from corridor.study.compare import Comparison
from corridor.study.criticality import Criticality
from corridor.study.plan import Plan
from corridor.study.throughput import Throughput
from corridor.text import counted, days, number

ROWS = 15


def html(answer: object) -> str:
    """Return an answer as HTML, with the whole text folded at the end."""
    text = str(answer)
    parts = parts_of(answer)
    shown = "".join(parts) + folded("as text", preformatted(text)) if parts else preformatted(text)
    return f"<div class='corridor'>{shown}</div>"


@singledispatch
def parts_of(answer: object) -> list[str]:  # noqa: ARG001 - by default an answer is its text alone
    """Return the title and the tables of an answer as HTML."""
    return []


@parts_of.register
def _route(route: Route) -> list[str]:
    when = route.depart or str(route.year)
    ranges = route.ranges
    cost = f"{route.cost_usd_t:.0f} USD/t"
    time = f"{route.time_h / 24:.1f} days"
    if ranges is not None:
        cost += f" (P10–P90 {ranges.cost_usd_t[0]:.0f}–{ranges.cost_usd_t[2]:.0f})"
        time += f" ({ranges.time_h[0] / 24:.0f}–{ranges.time_h[2] / 24:.0f})"
    rows = [
        (s.mark, s.word, s.what, "" if s.length_km is None else number(s.length_km), days(s.time_h), _usd(s.cost_usd_t))
        for s in steps(route)
    ]
    figures = [(f.feature, f.field, f.value, f.basis, ", ".join(f.sources)) for f in route.inputs_used]
    return [
        title(f"{route.origin_name} → {route.destination_name} · {route.cargo_name} · {when}"),
        paragraph(f"{cost} · {time} · {number(route.length_km)} km · {route.co2_kg_t:.0f} kg CO2e/t"),
        table(("", "", "", "km", "time", "USD/t"), rows),
        folded(
            f"{len(route.inputs_used)} inputs used, {route.assumed} assumed",
            table(("of", "figure", "value", "basis", "sources"), figures),
        ),
    ]


def _usd(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


@parts_of.register
def _routes(routes: Routes) -> list[str]:
    rows = [
        (
            i,
            f"{r.generalised_usd_t:.0f}",
            f"{r.cost_usd_t:.0f}",
            days(r.time_h),
            number(r.length_km),
            f"{r.co2_kg_t:.0f}",
            len(r.borders),
            len(r.transfers),
            _modes(r),
        )
        for i, r in enumerate(routes, start=1)
    ]
    head = ("", "generalised USD/t", "USD/t", "time", "km", "kg CO2e/t", "borders", "transfers", "route")
    first = routes[0]
    return [title(f"{first.origin_name} → {first.destination_name} · {first.cargo_name}"), table(head, rows)]


def _modes(route: Route) -> str:
    name = route.place_names
    return ", ".join(f"{leg.mode} to {name[leg.end]}" for leg in route.legs)


@parts_of.register
def _flow(flow: Flow) -> list[str]:
    ends = f"{', '.join(flow.origin_names)} → {', '.join(flow.destination_names)}"
    rows = [(r.name, r.unit, r.capacity, r.base_load, r.free, r.free_t_yr / 1e6, r.basis) for r in flow.cut]
    head = ("bottleneck (minimum cut)", "unit", "capacity", "other traffic", "free", "Mt a year", "basis")
    volume = f"{flow.value_t_yr / 1e6:.2f} Mt of {flow.cargo_name} a year fit in {flow.year}, beside other traffic"
    return [title(f"{ends}: {volume}"), table(head, rows)]


@parts_of.register
def _assignment(a: Assignment) -> list[str]:
    limits = [(r.name, len(r.full_months), f"{r.price_usd_t:.1f}", f"{r.t_yr / 1e6:.2f}") for r in a.bottlenecks[:ROWS]]
    volumes = [
        (c.name, f"{c.southbound_t_yr / 1e6:.2f}", f"{c.northbound_t_yr / 1e6:.2f}", _mt(c.base_load_t_yr))
        for c in a.crossings
    ]
    unserved = [(u.origin, u.destination, u.cargo, f"{u.t_yr / 1e3:.1f}", u.why) for u in a.unserved_rows[:ROWS]]
    found = [title(f"{a.year} · demand {a.demand} · {a.rule}"), paragraph(a.summary)]
    if limits:
        found.append(table(("binding constraint", "months", "shadow price USD/t", "Mt a year"), limits))
    if volumes:
        found.append(folded("screenlines", table(("crossing, Mt a year", "south", "north", "other traffic"), volumes)))
    if unserved:
        summary = f"{counted(len(a.unserved_rows), 'row')} of demand unserved in part or in full"
        found.append(folded(summary, table(("from", "to", "cargo", "kt a year", "why"), unserved)))
    return found


def _mt(t_yr: float | None) -> str:
    return "–" if t_yr is None else f"{t_yr / 1e6:.2f}"


@parts_of.register
def _throughput(t: Throughput) -> list[str]:
    likely = {y.year: y for y in t.forecast.years} if t.forecast is not None else {}
    quantiles = ("P10", "P50", "P90") if likely else ()
    head = (
        "Mt a year",
        "branch",
        *quantiles,
        "south",
        "north",
        "all traffic",
        "capacity",
        "demand",
        "unconstrained",
    )
    rows = []
    for y in t.years:
        x = likely.get(y.year)
        quantile_cells = () if x is None else (f"{x.p10_mt:.2f}", f"{x.p50_mt:.2f}", f"{x.p90_mt:.2f}")
        capacity = "–" if y.capacity_mt is None else f"{y.capacity_mt:.2f}"
        mt = [f"{v:.2f}" for v in (y.southbound_mt, y.northbound_mt, y.all_traffic_mt)]
        tail = (f"{y.demand_mt:.2f}", f"{y.unconstrained_mt:.2f}")
        rows.append((str(y.year), f"{y.throughput_mt:.2f}", *quantile_cells, *mt, capacity, *tail))
    found = [title(t.branch_name), paragraph(t.summary), table(head, rows)]
    last = t.years[-1]
    if last.bottlenecks:
        binding = [(b.name, f"{b.price_usd_t:.0f}", f"{100 * b.share:.0f} %") for b in last.bottlenecks]
        found.append(table((f"binding constraints in {last.year}", "shadow price USD/t", "of the year"), binding))
    if t.forecast is not None:
        inputs = [
            (i.input, f"{i.low_mt:.2f}", f"{i.high_mt:.2f}", f"{100 * i.sobol:.1f} %")
            for i in t.forecast.tornado[:ROWS]
        ]
        head = ("input", "Mt, lowest fifth", "Mt, highest fifth", "share of the variance")
        found.append(folded("sensitivity of the last year", table(head, inputs)))
    return found


@parts_of.register
def _plan(plan: Plan) -> list[str]:
    rows = [
        (
            i,
            s.name,
            s.year,
            "not known" if s.cost_musd is None else f"{s.cost_musd:,.0f}".replace(",", " "),
            f"{s.throughput_after_mt:.2f}",
            s.next_bottleneck or "–",
            "–" if s.price_usd_t is None else f"{s.price_usd_t:.0f}",
        )
        for i, s in enumerate(plan.steps, start=1)
    ]
    head = ("", "project", "year", "M USD", "Mt expected after", "next bottleneck", "shadow price USD/t")
    aim = "" if plan.target_mt is None else f", target {plan.target_mt:g} Mt"
    text = (
        f"Expected: baseline {plan.expected_before_mt:.2f} Mt, {plan.expected_mt:.2f} with these projects; "
        f"system optimum (technical maximum) {plan.technical_mt:.1f} Mt."
    )
    return [title(f"Projects for the {plan.branch} branch in {plan.year}{aim}"), paragraph(text), table(head, rows)]


@parts_of.register
def _criticality(c: Criticality) -> list[str]:
    rows = [
        (f.name, f.kind, f"{f.lost_mt:.2f}", f"{f.extra_usd / 1e6:.0f}", f"{f.extra_days:.1f}") for f in c.rows[:ROWS]
    ]
    head = ("without", "", "Mt lost", "M USD more", "days more")
    text = f"Critical elements of the {c.branch} branch in {c.year} (baseline {c.throughput_mt:.2f} Mt)"
    return [title(text), table(head, rows)]


@parts_of.register
def _comparison(c: Comparison) -> list[str]:
    rows = [
        (r.name, f"{r.last.throughput_mt:.2f}", f"{r.difference_mt:+.2f}" if i else "", r.why)
        for i, r in enumerate(c.rows)
    ]
    return [title(f"{c.branch} branch in {c.year} by scenario"), table(("scenario", "Mt", "change", "why"), rows)]


@parts_of.register
def _why(why: Why) -> list[str]:
    rows = [
        (
            f.field,
            "unknown" if f.value is None else f"{f.value:g} {f.unit}",
            "" if f.low is None or f.high is None else f"{f.low:.4g} to {f.high:.4g}",
            f.basis,
            f.note or "",
            "; ".join(_source(s) for s in f.sources),
        )
        for f in why.figures
    ]
    name = str(why.facts.get("name", why.id))
    found = [title(f"{name} ({why.kind} {why.id})")]
    found.append(table(("figure", "value", "range", "basis", "how", "sources"), rows))
    if why.contradictions:
        contradictions = [(c["field"], c["other"], c["chosen"], c["reason"]) for c in why.contradictions]
        found.append(table(("contradicts", "other", "chosen", "why"), contradictions))
    return found


def _source(source: Any) -> str:
    parts = [str(source[k]) for k in ("publisher", "title", "date", "url") if source.get(k)]
    return f"{source['id']}: {' · '.join(parts)}"


@parts_of.register
def _network(network: Network) -> list[str]:
    counts = network.basis_counts()
    rows = [(basis, count) for basis, count in counts.items()]
    described = f"<p style='margin:.3em 0'><code>{escape(repr(network))}</code></p>"
    return [title(network.name), described, folded("basis of its figures", table(("basis", "figures"), rows))]
