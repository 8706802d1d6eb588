"""The fan chart of the page, as options of ECharts."""

from __future__ import annotations

from typing import Any

from corridor.show.plots.fan import first_year, observations
from corridor.show.plots.figure_style import BLUE, GREY, ORANGE, SKY, VERMILLION
from corridor.study.closures import ClosureResult
from corridor.study.throughput import Throughput

# Counts are filled, derived values are open; stated values and targets have other markers: they are no observations.
KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "counted": ("observed", "circle", {"color": "#222222"}),
    "derived": ("derived from counts", "circle", {"color": "#FFFFFF", "borderColor": "#222222", "borderWidth": 2}),
    "claim": ("stated", "diamond", {"color": ORANGE}),
    "target": ("published target", "triangle", {"color": VERMILLION}),
}


def fan_options(t: Throughput, closed: ClosureResult | None, *, near: bool) -> dict[str, Any]:
    """Return the chart of a branch; `near` omits the targets to enlarge the rest."""
    series = [*_model(t), *_observed(t, near=near)]
    if closed is not None and closed.closed:
        point = [[closed.year, round(closed.throughput_mt, 3)]]
        series.append(_scatter("with closures", "rect", {"color": "#CC0079"}, point, 13))
    if not near and t.target_mt is not None:
        line = {
            "symbol": "none",
            "lineStyle": {"color": VERMILLION, "type": "dashed"},
            "data": [{"yAxis": t.target_mt}],
        }
        series[-1]["markLine"] = {
            **line,
            "label": {"formatter": f"target: {t.target_mt:g} Mt", "position": "insideStartTop"},
        }
    top = None if near or t.target_mt is None else round(max(t.target_mt * 1.1, 1e-3), 3)
    names = [s["name"] for s in series if not s["name"].startswith("_")]
    return {
        "animation": False,
        "aria": {"enabled": True},
        "grid": {"left": 46, "right": 18, "top": 14, "bottom": 56},
        "tooltip": {"trigger": "item"},
        "legend": {"type": "scroll", "bottom": 0, "data": names, "itemGap": 8, "textStyle": {"fontSize": 11}},
        "xAxis": {
            "type": "value",
            "min": first_year(t),
            "max": t.years[-1].year,
            "interval": 1,
            "axisLabel": {":formatter": "value => String(value)", "hideOverlap": True},
            "splitLine": {"show": False},
        },
        "yAxis": {"type": "value", "name": "Mt a year", "nameLocation": "middle", "nameGap": 30, "min": 0, "max": top},
        "series": series,
    }


def _model(t: Throughput) -> list[dict[str, Any]]:
    series = []
    if t.forecast is not None:
        likely = t.forecast.years
        hidden = {"lineStyle": {"opacity": 0}, "symbol": "none", "stack": "fan", "silent": True}
        low = [[y.year, round(y.p10_mt, 3)] for y in likely]
        extent = [[y.year, round(y.p90_mt - y.p10_mt, 3)] for y in likely]
        series.append({"name": "_low", "type": "line", "data": low, **hidden})
        band = {"areaStyle": {"color": SKY, "opacity": 0.45}, "itemStyle": {"color": SKY}}
        series.append({"name": "P10 to P90 of the draws", "type": "line", "data": extent, **hidden, **band})
        middle = [[y.year, round(y.p50_mt, 3)] for y in likely]
        series.append(_line("P50 of the draws", middle, BLUE, "dashed", 1.5))
    central = [[y.year, round(y.throughput_mt, 3)] for y in t.years]
    unconstrained = [[y.year, round(y.unconstrained_mt, 3)] for y in t.years]
    series.append(_line("central case", central, BLUE, "solid", 3))
    series.append(_line("unconstrained", unconstrained, GREY, "dotted", 1.5))
    return series


def _observed(t: Throughput, *, near: bool) -> list[dict[str, Any]]:
    points: dict[str, list[list[float]]] = {}
    for count in observations(t):
        points.setdefault(count.kind, []).append([count.start.year, count.observed_mt])
    kinds = [k for k in KINDS if k in points and not (near and k == "target")]
    return [_scatter(*KINDS[k], points[k], 14 if k == "target" else 10) for k in kinds]


def _line(name: str, data: list[list[float]], colour: str, kind: str, width: float) -> dict[str, Any]:
    style = {"color": colour, "type": kind, "width": width}
    return {
        "name": name,
        "type": "line",
        "data": data,
        "symbolSize": 5,
        "lineStyle": style,
        "itemStyle": {"color": colour},
    }


def _scatter(name: str, symbol: str, style: dict[str, Any], data: list[list[float]], size: int) -> dict[str, Any]:
    return {"name": name, "type": "scatter", "symbol": symbol, "symbolSize": size, "itemStyle": style, "data": data}
