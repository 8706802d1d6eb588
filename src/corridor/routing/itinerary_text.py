"""A route as an itinerary for forwarders, 80 columns wide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from corridor.routing.constraints_text import constraints_text
from corridor.text import WIDTH, days, number, shortened, wrapped

if TYPE_CHECKING:
    from corridor.routing.itinerary import Border, Handling, Leg, Route, Transfer, Wait


OBJECTIVE = {
    "generalised": "minimise: generalised cost",
    "cost": "minimise: monetary cost",
    "time": "minimise: time",
    "length": "minimise: distance",
    "co2": "minimise: CO2",
    "transfers": "minimise: transfers",
    "borders": "minimise: borders",
    "p90_time": "minimise: P90 of time",
}
MODE_WIDTH, WHAT_WIDTH, DETAIL_INDENT = 10, 33, 16


class Step(NamedTuple):
    """One line of an itinerary: number of the leg, activity and place, ids of its features, places passed."""

    mark: str
    word: str
    what: str
    length_km: float | None
    time_h: float
    cost_usd_t: float | None
    ids: tuple[str, ...]
    by: tuple[str, ...] = ()


def itinerary_text(route: Route) -> str:
    """Return the itinerary as lines of text."""
    when = str(route.year) if route.depart is None else f"leaving {route.depart.removesuffix('T00:00')}"
    heading = [f"{route.origin_name} → {route.destination_name}", route.cargo_name, OBJECTIVE[route.by], when]
    heading += constraints_text(route.constraints)
    heading += [f"scenario {', '.join(route.scenarios)}"] if route.scenarios else []
    lines = [
        *wrapped(" · ".join(heading), ""),
        *(f"  {at} is {km:.0f} km from the place used for it" for at, km in route.snap_km.items()),
        _totals(route),
    ]
    for step in steps(route):
        what, detail = _split(step)
        lines.append(_row(step._replace(what=what)))
        if detail:
            lines.append(" " * DETAIL_INDENT + detail)
    lines.append(f"  {len(route.inputs_used)} inputs used, {route.assumed} assumed (--sources)")
    for field, ids in route.not_known.items():
        what = field.removesuffix("_m").removesuffix("_t").replace("_", " ")
        lines += wrapped(f"{what} not known for {len(ids)} on the route: {', '.join(ids)}", "  ")
    return "\n".join(lines)


def _split(step: Step) -> tuple[str, str]:
    """Return what a step is, and what stands on a line of its own: the places passed, or a long method."""
    if step.by:
        return step.what, shortened("via " + " · ".join(some(step.by)), WIDTH - DETAIL_INDENT - 2)
    if len(step.what) > WHAT_WIDTH + 10 and ", " in step.what:
        what, _, detail = step.what.rpartition(", ")
        return what, shortened(detail, WIDTH - DETAIL_INDENT - 2)
    return step.what, ""


def _totals(route: Route) -> str:
    money, duration = f"{route.cost_usd_t:.0f} USD/t", f"{route.time_h / 24:.1f} days"
    if route.ranges is not None:
        (low, _, high), (short, _, long) = route.ranges.cost_usd_t, route.ranges.time_h
        money += f" (P10–P90 {low:.0f}–{high:.0f})"
        duration += f" ({short / 24:.0f}–{long / 24:.0f})"
    return f"  {money}   {duration}   {number(route.length_km)} km   {route.co2_kg_t:.0f} kg CO2e/t"


def steps(route: Route) -> list[Step]:
    """Return the steps in order: loading, legs with their waits and borders, transfers, unloading."""
    found = [_handled("load", route.loading, route)]
    transfers = list(route.transfers)
    facilities = {t.id for t in transfers} | {route.loading.id, route.unloading.id}
    found.extend(_wait(w, route) for w in route.waits if w.link in facilities)
    position = 0
    for number_, leg in enumerate(route.legs, start=1):
        while position < len(transfers) and transfers[position].node == leg.start:
            found.append(_transfer(transfers[position], route))
            position += 1
        found.extend(_wait(w, route) for w in route.waits if w.link == leg.links[0] and w.node == leg.start)
        found.append(_leg(number_, leg, route))
        found.extend(_wait(w, route) for w in route.waits if w.link in leg.links[1:])
        found.extend(_border(b, route) for b in route.borders if b.link in leg.links)
    found.extend(_transfer(t, route) for t in transfers[position:])
    found.append(_handled("unload", route.unloading, route))
    return found


def _handled(word: str, handling: Handling, route: Route) -> Step:
    return Step(
        "",
        word,
        route.place_names[handling.node],
        None,
        handling.time_h,
        handling.cost_usd_t,
        (handling.id,) if handling.id else (),
    )


def _leg(number_: int, leg: Leg, route: Route) -> Step:
    name = route.place_names
    mode = f"{leg.mode} {leg.gauge_mm}" if leg.mode == "rail" else leg.mode
    ends = f"{name[leg.start]} → {name[leg.end]}"
    passed = tuple(name[n] for n in leg.nodes[1:-1])
    return Step(str(number_), mode, ends, leg.length_km, leg.time_h, leg.cost_usd_t, leg.links, passed)


def some(names: Sequence[str], most: int = 5) -> Sequence[str]:
    """Return at most `most` names, spread evenly from the first to the last."""
    if len(names) <= most:
        return names
    step = (len(names) - 1) / (most - 1)
    return [names[round(i * step)] for i in range(most)]


def _border(border: Border, route: Route) -> Step:
    what = f"{border.from_country} → {border.to_country}, {_crossing(border, route)}"
    return Step("", "border", what, None, border.time_h, border.cost_usd_t, (border.link,))


def _crossing(border: Border, route: Route) -> str:
    leg = next(x for x in route.legs if border.link in x.links)
    i = leg.links.index(border.link)
    return f"{route.place_names[leg.nodes[i]]} – {route.place_names[leg.nodes[i + 1]]}"


def _transfer(transfer: Transfer, route: Route) -> Step:
    both_rail = transfer.start.startswith("rail1") and transfer.end.startswith("rail1")
    word = "gauge" if both_rail else "transfer"
    change = (
        f"{transfer.start.removeprefix('rail')} → {transfer.end.removeprefix('rail')}"
        if both_rail
        else f"{transfer.start} → {transfer.end}"
    )
    method = transfer.method.replace("_", " ")
    if method.startswith("wagon to "):
        method = f"transshipment ({method})"
    text = f"{route.place_names[transfer.node]} {change}" + (f", {method}" if method else "")
    return Step("", word, text, None, transfer.time_h, transfer.cost_usd_t, (transfer.id,))


def _wait(wait: Wait, route: Route) -> Step:
    reason = {"expected": "", "timetable": ", next departure", "season": ", until it opens", "ice": ", convoy in ice"}
    return Step("", "wait", route.place_names[wait.node] + reason[wait.why], None, wait.time_h, None, (wait.link,))


def _row(step: Step) -> str:
    length = "" if step.length_km is None else f"{number(step.length_km)} km"
    width = WHAT_WIDTH if length else WHAT_WIDTH + 10
    text = f"  {step.mark:>2} {step.word:<{MODE_WIDTH}} {shortened(step.what, width):<{width}}"
    if length:
        text += f" {length:>9}"
    money = "" if step.cost_usd_t is None else f"{step.cost_usd_t:6.1f} USD/t"
    return f"{text} {days(step.time_h):>7} {money}".rstrip()
