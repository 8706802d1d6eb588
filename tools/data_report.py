"""`python -m tools.data_report`: write the tables of docs/ that the program itself produces.

With `--check` it compares instead of writing, so that a page cannot lag the data.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import corridor
from corridor.model.fields import BASES, FIELDS, FIGURES, Field
from corridor.model.header import HEADER_FIELDS, USE_FIELDS
from corridor.model.network import Network
from tools.published import LENGTHS, TIMES, Length, Time

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = ("data.md", "format.md")
YARDS = ("sarakhs-yard", "incheh_borun-yard")
MISFIT = 0.25  # more than a quarter outside the published range is called off


def sections(network: Network) -> dict[str, str]:
    """Return the generated sections by name."""
    return {
        "basis": _basis(network),
        "capacities": _capacities(network),
        "lengths": "\n".join(_lengths(network)),
        "times": "\n".join(_times(network)),
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


def _times(network: Network) -> Iterator[str]:
    yield "| journey | published days | here | verdict | why |"
    yield "|---|---|---|---|---|"
    for time in TIMES:
        days = _transit_days(network, time)
        published = f"{time.low:g}" if time.low == time.high else f"{time.low:g}–{time.high:g}"
        yield f"| {time.name} ({time.kind}) | {published} | {days:.1f} | {_verdict(time, days)} | {time.why} |"


def _transit_days(network: Network, time: Time) -> float:
    way = corridor.route(
        network,
        time.start,
        time.end,
        cargo=time.cargo,
        by="generalised",
        modes=time.modes,
        via=time.via,
        avoid=time.avoid,
    )
    return way.transit_h / 24


def _verdict(time: Time, days: float) -> str:
    if days < time.low:
        share = 1 - days / time.low
        return f"{100 * share:.0f} % short" + (", off" if share > MISFIT else "")
    if days > time.high:
        share = days / time.high - 1
        return f"{100 * share:.0f} % long" + (", off" if share > MISFIT else "")
    return "inside"


def _yards(network: Network) -> str:
    """Return what fits on the eastern branch with the yards as counted, in the middle, and as stated."""
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
    return _table(("moved within its range", "as counted, Mt a year", "middle (used)", "as stated"), rows)


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
