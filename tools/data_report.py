"""`python -m tools.data_report`: write the tables of docs/data.md that the program itself produces.

With `--check` it compares instead of writing, so that the page cannot lag the data.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import corridor
from corridor.model.fields import BASES, FIGURES
from corridor.model.network import Network
from tools.published import LENGTHS, TIMES, Length, Time

PAGE = Path(__file__).resolve().parent.parent / "docs" / "data.md"
MISFIT = 0.25  # more than a quarter outside the published range is called off


def sections(network: Network) -> dict[str, str]:
    """Return the generated sections by name."""
    return {
        "basis": _basis(network),
        "capacities": _capacities(network),
        "lengths": "\n".join(_lengths(network)),
        "times": "\n".join(_times(network)),
        "tracks": _full_tracks(network),
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


def _full_tracks(network: Network) -> str:
    """List the track directions whose other traffic leaves less than a tenth."""
    table, peak = network.resource_table, network.parameter["peak_day_ratio"]
    rows = []
    for i, name in enumerate(table.ids):
        capacity, load = table["capacity"][i], table["base_load"][i]
        if table["kind"][i] == "track" and load * peak > 0.9 * capacity:
            rows.append((name, f"{capacity:.1f}", f"{load * peak:.1f}", table["base_load_basis"][i]))
    return (
        _table(("track direction", "trains a day", "other traffic on a busy day", "basis"), rows) if rows else "None."
    )


def rendered(page: str, network: Network) -> str:
    """Return the page with its generated sections replaced."""
    for name, text in sections(network).items():
        start, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        head, rest = page.split(start)
        _, tail = rest.split(end)
        page = f"{head}{start}\n{text}\n{end}{tail}"
    return page


def main(arguments: Sequence[str]) -> int:
    """Write the page, or say that it is stale."""
    page = PAGE.read_text(encoding="utf-8")
    text = rendered(page, corridor.load())
    if "--check" in arguments:
        if text != page:
            print("docs/data.md is not what the data gives; run `make data`", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
