"""`python -m tools.data_report`: write the tables of docs/ that the program itself produces.

With `--check` it compares instead of writing, so that a page cannot lag the data.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import corridor
from corridor.io.counts import counts_of
from corridor.io.study_files import default_study
from corridor.model.fields import BASES, FIELDS, FIGURES, Field
from corridor.model.header import HEADER_FIELDS, USE_FIELDS
from corridor.model.network import Network
from corridor.study.misfit import Misfit
from corridor.study.misfit_text import OFF_TIME
from tools.published import LENGTHS, Length

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = ("data.md", "format.md")
YARDS = ("sarakhs-yard", "incheh_borun-yard")


def sections(network: Network) -> dict[str, str]:
    """Return the generated sections by name."""
    found = [corridor.misfit(network, year=year) for year in (2024, 2025)]
    return {
        "basis": _basis(network),
        "capacities": _capacities(network),
        "lengths": "\n".join(_lengths(network)),
        "times": "\n".join(_times(found[0])),
        "counts": _counts(found),
        "demand": _demand(),
        "trade": _branches(network),
        "yards": _yards(network),
        "features": _fields(FIELDS),
        "header": _fields(f for table in HEADER_FIELDS.values() for f in table.values()),
        "uses": _fields(USE_FIELDS.values()),
    }


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join(lines + [f"| {' | '.join(str(c) for c in row)} |" for row in rows])


def _basis(network: Network) -> str:
    rows = []
    for kind, table in network.tables.items():
        for field in FIGURES[kind]:
            known = table[field] == table[field]
            counts = Counter(table[f"{field}_basis"][known])
            if counts:
                rows.append((kind, field, *(counts.get(b, 0) for b in BASES), len(table) - sum(counts.values())))
    return _table(("feature", "field", *BASES, "unknown"), rows)


def _capacities(network: Network) -> str:
    table = network.resource_table
    rows = []
    for kind in sorted(set(table["kind"])):
        of_kind = table["kind"] == kind
        known = of_kind & (table["capacity"] == table["capacity"])
        counts = Counter(table["capacity_basis"][known])
        loads = int((of_kind & (table["base_load"] == table["base_load"])).sum())
        rows.append(
            (kind, int(of_kind.sum()), *(counts.get(b, 0) for b in BASES), int(of_kind.sum() - known.sum()), loads)
        )
    return _table(("kind", "resources", *BASES, "capacity unknown", "other traffic known"), rows)


def _lengths(network: Network) -> Iterator[str]:
    yield "| line | published km | here | difference |"
    yield "|---|---|---|---|"
    for line in LENGTHS:
        km = _length_km(network, line)
        yield f"| {line.name} | {line.km:g} | {km:.0f} | {100 * (km / line.km - 1):+.1f} % |"


def _length_km(network: Network, line: Length) -> float:
    return corridor.route(
        network, line.start, line.end, cargo="grain", by="length", modes=["rail"], via=line.via, avoid=line.avoid
    ).length_km


def _times(found: Misfit) -> Iterator[str]:
    yield "| journey | published days | here | verdict | why |"
    yield "|---|---|---|---|---|"
    for t in found.times:
        published = f"{t.low_days:g}" if t.low_days == t.high_days else f"{t.low_days:g}–{t.high_days:g}"
        assert t.days is not None
        assert t.misfit is not None
        way = "long" if t.misfit > 0 else "short"
        off = ", off" if abs(t.misfit) > OFF_TIME else ""
        verdict = f"{100 * abs(t.misfit):.0f} % {way}{off}" if t.misfit else "inside"
        yield f"| {t.name} ({t.kind}) | {published} | {t.days:.1f} | {verdict} | {t.why} |"


def _counts(found: Sequence[Misfit]) -> str:
    """Return every count beside the model's, which begins in the base year of the study."""
    rows = []
    modelled = {c.count.id: c for m in found for c in m.counts}
    for count in counts_of(default_study()):
        c = modelled.get(count.id)
        cells = ["", "", ""]
        if c is not None and c.misfit is not None:
            other = "" if c.other_traffic_mt is None else f"{c.other_traffic_mt:.2f}"
            cells = [f"{c.modelled_mt:.2f}", other, f"{100 * c.misfit:+.0f} %"]
        extent = "" if count.low is None or count.high is None else f" ({count.low:g}–{count.high:g})"
        net = "" if count.net_factor == 1 else f" × {count.net_factor:g}"
        what = f"{count.group}: {count.name}"
        kind = f"{count.kind}, fitted" if count.fitted else count.kind
        rows.append((what, f"{count.start} – {count.end}", kind, f"{count.mt:g}{extent}{net}", *cells, count.sources))
    head = ("where, what", "period", "kind", "Mt (range)", "modelled", "of it other traffic", "misfit", "sources")
    return _table(head, rows)


def _branches(network: Network) -> str:
    """Return, for each pair of countries, total trade and what of it crosses each branch's screenline."""
    found = corridor.assign(network, corridor.demand("central", 2024), rule="logit")
    country = network.country_of
    totals: Counter[str] = Counter()
    asked = corridor.demand("central", 2024)
    for o, d, t in zip(asked.origins, asked.destinations, asked.t_yr.tolist(), strict=True):
        totals[f"{country(o)}-{country(d)}"] += t
    lines = [str(b["screenline"]) for b in network.branches]
    rows = []
    for pair, total in sorted(totals.items(), key=lambda x: (-x[1], x[0])):
        by_line = [found.screenline(x).t_yr_by_ends.get(pair, 0.0) / 1e6 for x in lines]
        rows.append((pair, f"{total / 1e6:.2f}", *(f"{x:.2f}" if x >= 0.005 else "" for x in by_line)))
    return _table(("pair", "total trade", *lines), rows)


def _demand() -> str:
    """Return the rows of the demand table by group of countries: tonnes, range, basis."""
    country = {r["zone"]: r["country"] for r in default_study().table("zones")}
    groups: dict[tuple[str, str], list[Any]] = {}
    for r in default_study().table("demand"):
        group = groups.setdefault(
            (country[r["origin_zone"]], country[r["destination_zone"]]), [0, 0.0, 0.0, 0.0, 0.0, 0]
        )
        share = float(r["share_in_network"])
        group[0] += 1
        for k, name in enumerate(("t_yr", "t_yr_low", "t_yr_high"), start=1):
            group[k] += float(r[name]) * share / 1e6
        group[4] += float(r["t_yr"]) * (1 - share) / 1e6
        group[5] += r["basis"] == "assumed"
    rows = [
        (f"{a}–{b}", n, f"{t:.2f}", f"{low:.2f}–{high:.2f}", f"{out:.2f}" if out else "", assumed)
        for (a, b), (n, t, low, high, out, assumed) in sorted(groups.items(), key=lambda x: -x[1][1])
    ]
    return _table(("pair", "rows", "Mt in 2024", "range", "left out", "rows assumed"), rows)


def _yards(network: Network) -> str:
    """Return what fits on the eastern branch with the yards at the low end of their ranges, as used, and as stated."""
    table, rows = network.resource_table, []
    for ways in (YARDS, *((name,) for name in YARDS)):
        row = [" and ".join(table["name"][table.index[name]].removeprefix("gauge change at ") for name in ways)]
        for column in ("capacity_low", "capacity", "capacity_high"):
            edits = [{"set": name, "field": "capacity", "to": float(table[column][table.index[name]])} for name in ways]
            changed = corridor.Scenario.of("yards", "range of the yards", edits).apply(network)
            found = corridor.max_flow(
                changed, ["Chelyabinsk", "Samara"], ["Bandar Abbas"], cargo="grain", modes=["rail"]
            )
            row.append(f"{found.value_t_yr / 1e6:.2f}")
        rows.append(row)
    return _table(("moved within its range", "low end, Mt a year", "used", "as stated"), rows)


def _fields(fields: Iterable[Field]) -> str:
    rows = []
    for field in fields:
        kind = " \\| ".join(field.choices) if field.choices else field.kind
        unit = f"{kind}, {field.unit}" if field.unit else kind
        needed = "yes" if field.required else ""
        rows.append((field.feature, f"`{field.name}`", unit, needed, "yes" if field.is_figure else "", field.meaning))
    return _table(("of", "field", "value", "required", "figure", "meaning"), rows)


def rendered(page: str, made: Mapping[str, str]) -> str:
    """Return the page with its generated sections replaced."""
    for name, text in made.items():
        start, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        if start in page:
            head, rest = page.split(start)
            _, tail = rest.split(end)
            page = f"{head}{start}\n{text}\n{end}{tail}"
    return page


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or say which is stale."""
    made = sections(corridor.load())
    stale = False
    for name in PAGES:
        page = (DOCS / name).read_text(encoding="utf-8")
        text = rendered(page, made)
        if "--check" not in arguments:
            (DOCS / name).write_text(text, encoding="utf-8")
        elif text != page:
            print(f"docs/{name} is not what the data gives; run `make data`", file=sys.stderr)
            stale = True
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
