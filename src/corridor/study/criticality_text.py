"""The critical elements of a branch (N-1), as a table 80 columns wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.text import shortened, wrapped

if TYPE_CHECKING:
    from corridor.study.criticality import Criticality, Failure


ROWS, PAIRS = 20, 10


def criticality_text(c: Criticality) -> str:
    """Return the worst failures, one line for failures with the same loss."""
    lines = [f"{c.branch} branch in {c.year}: loss by failures of a whole year (baseline {c.throughput_mt:.2f} Mt)"]
    lines.append(f"  {'without':<44} {'lost Mt':>7} {'M USD more':>10} {'days':>6}  hit")
    lines += [_row(_named(group), group[0]) for group in _alike(c.rows)[:ROWS]]
    if c.pairs:
        lines.append("  pairs, by what they lose beyond the sum of the two")
        beyond = sorted(
            (f for f in c.pairs if f.lost_mt > 0), key=lambda f: (-(f.beyond_mt or 0.0), f.id, f.with_id or "")
        )
        lines += [_row(f.name, f) for f in beyond[:PAIRS]]
    lines += wrapped(
        f"{len(c.rows)} elements carry cargo; the other {c.unaffected} carry none, and their failure changes nothing; "
        f"{c.solved:,} different failures were solved. M USD: extra cost of all cargo of the network. Days: per tonne "
        "of the branch's trade that is still served.",
        "  ",
    )
    return "\n".join(lines)


def _alike(rows: tuple[Failure, ...]) -> list[list[Failure]]:
    found: dict[tuple[float, float, float], list[Failure]] = {}
    for f in rows:
        found.setdefault((f.lost_mt, f.extra_usd, f.extra_days), []).append(f)
    return list(found.values())


def _named(group: list[Failure]) -> str:
    first = min(group, key=lambda f: (f.kind == "link", f.kind == "transfer"))
    more = f" (+{len(group) - 1})" if len(group) > 1 else ""
    return shortened(first.name, 44 - len(more)) + more


def _row(name: str, f: Failure) -> str:
    hit = ", ".join(ends for ends, _ in f.hit[:1])
    days = round(f.extra_days, 1) + 0.0  # no -0.0
    return f"  {shortened(name, 44):<44} {f.lost_mt:7.2f} {f.extra_usd / 1e6:10,.0f} {days:6.1f}  {hit}"
