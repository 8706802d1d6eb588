"""Answers in a notebook: a headline, what matters as tables, everything else folded."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from corridor.show.html import folded, paragraph, preformatted, table, title
from corridor.show.itinerary_text import steps
from corridor.text import counted, days, number

if TYPE_CHECKING:
    from corridor.assignment.result import Assignment
    from corridor.flow.maximum_flow import Flow
    from corridor.model.network import Network
    from corridor.model.why import Why
    from corridor.routing.itinerary import Route
    from corridor.routing.routes import Routes
    from corridor.study.compare import Comparison
    from corridor.study.criticality import Criticality
    from corridor.study.plan import Plan
    from corridor.study.throughput import Throughput

ROWS = 15


def html(answer: object) -> str:
    """Return an answer as HTML; the whole text stands folded below what matters."""
    text = str(answer)
    parts = PARTS.get(type(answer).__name__)
    if parts is None:
        return f"<div class='corridor'>{preformatted(text)}</div>"
    return f"<div class='corridor'>{''.join(parts(answer))}{folded('as text', preformatted(text))}</div>"


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
    head = ("", "generalised USD/t", "USD/t", "time", "km", "kg CO2e/t", "borders", "transfers", "way")
    first = routes[0]
    return [title(f"{first.origin_name} → {first.destination_name} · {first.cargo_name}"), table(head, rows)]


def _modes(route: Route) -> str:
    name = route.place_names
    return ", ".join(f"{leg.mode} to {name[leg.end]}" for leg in route.legs)


def _flow(flow: Flow) -> list[str]:
    ends = f"{', '.join(flow.origin_names)} → {', '.join(flow.destination_names)}"
    rows = [(r.name, r.unit, r.capacity, r.base_load, r.free, r.free_t_yr / 1e6, r.basis) for r in flow.cut]
    head = ("what limits it", "unit", "capacity", "other traffic", "free", "Mt a year", "basis")
    fits = f"{flow.value_t_yr / 1e6:.2f} Mt of {flow.cargo_name} a year fit in {flow.year}, beside other traffic"
    return [title(f"{ends}: {fits}"), table(head, rows)]


def _assignment(a: Assignment) -> list[str]:
    full = [(r.name, len(r.full_months), f"{r.price_usd_t:.1f}", f"{r.t_yr / 1e6:.2f}") for r in a.bottlenecks[:ROWS]]
    lines = [
        (c.name, f"{c.southbound_t_yr / 1e6:.2f}", f"{c.northbound_t_yr / 1e6:.2f}", _mt(c.base_load_t_yr))
        for c in a.crossings
    ]
    home = [(u.origin, u.destination, u.cargo, f"{u.t_yr / 1e3:.1f}", u.why) for u in a.unserved_rows[:ROWS]]
    found = [title(f"{a.year} · demand {a.demand} · {a.rule}"), paragraph(a.summary)]
    if full:
        found.append(table(("full", "months", "USD per tonne more", "Mt a year"), full))
    if lines:
        found.append(folded("screenlines", table(("crossing, Mt a year", "south", "north", "other traffic"), lines)))
    if home:
        what = f"{counted(len(a.unserved_rows), 'row')} of demand at home in part or whole"
        found.append(folded(what, table(("from", "to", "cargo", "kt a year", "why"), home)))
    return found


def _mt(t_yr: float | None) -> str:
    return "–" if t_yr is None else f"{t_yr / 1e6:.2f}"


def _throughput(t: Throughput) -> list[str]:
    likely = {y.year: y for y in t.forecast.years} if t.forecast is not None else {}
    drawn = ("P10", "P50", "P90") if likely else ()
    head = (
        "Mt a year",
        "branch",
        *drawn,
        "south",
        "north",
        "all traffic",
        "capacity",
        "demand",
        "if nothing were full",
    )
    rows = []
    for y in t.years:
        x = likely.get(y.year)
        more = () if x is None else (f"{x.p10_mt:.2f}", f"{x.p50_mt:.2f}", f"{x.p90_mt:.2f}")
        capacity = "–" if y.capacity_mt is None else f"{y.capacity_mt:.2f}"
        mt = [f"{v:.2f}" for v in (y.southbound_mt, y.northbound_mt, y.all_traffic_mt)]
        tail = (f"{y.demand_mt:.2f}", f"{y.unconstrained_mt:.2f}")
        rows.append((str(y.year), f"{y.throughput_mt:.2f}", *more, *mt, capacity, *tail))
    found = [title(t.branch_name), paragraph(t.summary), table(head, rows)]
    last = t.years[-1]
    if last.bottlenecks:
        full = [(b.name, f"{b.price_usd_t:.0f}", f"{100 * b.share:.0f} %") for b in last.bottlenecks]
        found.append(table((f"full in {last.year}", "USD per tonne more", "of the year"), full))
    if t.forecast is not None:
        moves = [
            (i.input, f"{i.low_mt:.2f}", f"{i.high_mt:.2f}", f"{100 * i.sobol:.1f} %")
            for i in t.forecast.tornado[:ROWS]
        ]
        head = ("what moves it", "Mt, lowest fifth", "Mt, highest fifth", "share of the variance")
        found.append(folded("what moves the last year", table(head, moves)))
    return found


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
    head = ("", "work", "year", "M USD", "Mt expected after", "then full", "USD/t there")
    aim = "" if plan.target_mt is None else f", target {plan.target_mt:g} Mt"
    said = (
        f"Expected {plan.expected_before_mt:.2f} Mt as it is, {plan.expected_mt:.2f} with these works; "
        f"the limits would technically let {plan.technical_mt:.1f} through."
    )
    return [title(f"Works for the {plan.branch} branch in {plan.year}{aim}"), paragraph(said), table(head, rows)]


def _criticality(c: Criticality) -> list[str]:
    rows = [
        (f.name, f.kind, f"{f.lost_mt:.2f}", f"{f.extra_usd / 1e6:.0f}", f"{f.extra_days:.1f}") for f in c.rows[:ROWS]
    ]
    head = ("without", "", "Mt lost", "M USD more", "days more")
    what = f"What breaks the {c.branch} branch in {c.year} ({c.throughput_mt:.2f} Mt as it is)"
    return [title(what), table(head, rows)]


def _comparison(c: Comparison) -> list[str]:
    rows = [
        (r.name, f"{r.result.years[-1].throughput_mt:.2f}", f"{r.difference_mt:+.2f}" if i else "", r.why)
        for i, r in enumerate(c.rows)
    ]
    return [title(f"{c.branch} branch in {c.year} by scenario"), table(("scenario", "Mt", "change", "why"), rows)]


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
        against = [(c["field"], c["other"], c["chosen"], c["reason"]) for c in why.contradictions]
        found.append(table(("contradicts", "other", "chosen", "why"), against))
    return found


def _source(source: Any) -> str:
    said = [str(source[k]) for k in ("publisher", "title", "date", "url") if source.get(k)]
    return f"{source['id']}: {' · '.join(said)}"


def _network(network: Network) -> list[str]:
    counts = network.basis_counts()
    rows = [(basis, count) for basis, count in counts.items()]
    described = f"<p style='margin:.3em 0'><code>{escape(repr(network))}</code></p>"
    return [title(network.name), described, folded("what its figures rest on", table(("basis", "figures"), rows))]


PARTS: dict[str, Callable[[Any], list[str]]] = {
    "Assignment": _assignment,
    "Comparison": _comparison,
    "Criticality": _criticality,
    "Flow": _flow,
    "Network": _network,
    "Plan": _plan,
    "Route": _route,
    "Routes": _routes,
    "Throughput": _throughput,
    "Why": _why,
}
