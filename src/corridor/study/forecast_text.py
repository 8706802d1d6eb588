"""The draws of a branch as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.text import shortened, wrapped

if TYPE_CHECKING:
    from corridor.study.forecast import Forecast


ROWS, FIGURES = 8, 5
WIDTH = 30


def forecast_lines(f: Forecast) -> list[str]:
    """Return the years over all draws, the binding constraints, and the inputs that move the last year."""
    last = f.years[-1]
    calibration = f", calibrated to the counts of {f.years[0].year}" if f.calibrated else ""
    lines = [f"  {f.draws:,} draws{calibration}, seed {f.seed}, Mt a year"]
    target = "" if f.target_mt is None else f"   at least {f.target_mt:g}"
    lines.append(f"  year   mean    P10    P50    P90{target}")
    for y in f.years:
        chance = "" if y.probability is None else f"  {100 * y.probability:8.1f} %"
        lines.append(f"  {y.year} {y.mean_mt:6.2f} {y.p10_mt:6.2f} {y.p50_mt:6.2f} {y.p90_mt:6.2f}{chance}")
    if f.shortfall is not None:
        parts = [f"{name.removesuffix('_mt')} {mt:.2f}" for name, mt in f.shortfall.items()]
        lines += wrapped(f"shortfall by cause, of {f.target_mt:g} Mt in {last.year}, mean: {', '.join(parts)}", "  ")
    if f.binding:
        lines.append(f"  binding constraints in {last.year}" + " " * 17 + "share of draws  shadow price USD/t")
        lines += [
            f"    {shortened(b.name, 46):<46} {100 * b.share:7.0f} %  {b.price_usd_t:18.0f}" for b in f.binding[:ROWS]
        ]
    lines.append(f"  sensitivity of {last.year}, Mt in lowest and highest fifth    share of variance")
    for i in f.tornado[:ROWS]:
        lines.append(
            f"    {shortened(i.input, WIDTH):<{WIDTH}} {i.low_mt:6.2f} {i.high_mt:6.2f}"
            f"  {100 * i.sobol:8.1f} % ({100 * i.sobol_low:.1f}–{100 * i.sobol_high:.1f})"
        )
    lines += wrapped(f"{100 * f.unexplained:.0f} % of the variance is due to no single group", "    ")
    parts = [f"{name} {100 * share:.0f} %" for name, share in f.evidence.items()]
    lines += wrapped(f"share of the variance by what the inputs rest on: {', '.join(parts)}", "    ")
    names = ", ".join(i.input for i in f.figures[:FIGURES])
    lines += wrapped(f"single figures to measure first: {names}", "  ")
    if f.unsettled:
        lines += wrapped(f"{f.unsettled:,} sub-periods did not converge", "  ")
    b = f.bias
    lines += wrapped(
        f"{b.draws} of the draws solved in full: error of {last.year} {100 * b.median:.1f} % (median), "
        f"{100 * b.p95:.1f} % (95 % of them), {100 * b.mean:+.1f} % (mean)",
        "  ",
    )
    return lines
