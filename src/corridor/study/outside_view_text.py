"""The outside view of a target as lines of text, beside the model's forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridor.model.outside_view_settings import GROWTH_SHARE
from corridor.text import counted, wrapped

if TYPE_CHECKING:
    from corridor.study.forecast import Forecast
    from corridor.study.outside_view import ClassOutcomes, OutsideView


def outside_view_lines(view: OutsideView, forecast: Forecast | None) -> list[str]:
    """Return the classes of announcements, what they say of the target, and where the model's range lies."""
    lines = ["Outside view"]
    used = [c for c in view.classes if c.weight > 0]
    lines += wrapped(
        f"{counted(view.announcements, 'earlier announcement')} in {counted(view.groups, 'group')} have an outcome; "
        f"{view.used_announcements} in {view.used_groups} are like this target",
        "  ",
    )
    lines += wrapped(f"of what was announced came (P10, P50, P90): {'; '.join(map(_class_words, used))}", "  ")
    for reason in dict.fromkeys(c.left_out for c in view.classes if c.left_out):
        names = "; ".join(c.name for c in view.classes if c.left_out == reason)
        lines += wrapped(f"left out, as the target is {reason}: {names}", "  ")
    q = view.quantiles_mt
    lines += wrapped(
        f"by itself this gives {q['p10']:.1f}, {q['p50']:.1f} and {q['p90']:.1f} Mt in {view.year} (P10, P50, P90), "
        f"and {view.target_mt:g} Mt or more with a chance of {100 * view.probability:.0f} %",
        "  ",
    )
    if forecast is not None:
        lines += wrapped(_comparison(view, forecast), "  ")
    return lines


def _class_words(c: ClassOutcomes) -> str:
    of_growth = " of the growth" if c.measure == GROWTH_SHARE else ""
    return f"{c.name}: {100 * c.p10:.0f}, {100 * c.p50:.0f}, {100 * c.p90:.0f} %{of_growth}"


def _comparison(view: OutsideView, forecast: Forecast) -> str:
    """Return where the model's range lies in the outside view, and what each of the two leaves out."""
    last, q = forecast.years[-1], view.quantiles_mt
    median, high = (f"{100 * view.position(mt):.0f} % quantile" for mt in (last.p50_mt, last.p90_mt))
    if last.p90_mt < q["p50"]:
        where = "nine of ten draws lie below its median"
    elif last.p10_mt > q["p50"]:
        where = "nine of ten draws lie above its median"
    else:
        where = "its median lies between the model's P10 and P90"
    return (
        f"the model's median, {last.p50_mt:.2f} Mt, is the {median} of the outside view, its P90, {last.p90_mt:.2f}, "
        f"the {high}: {where}. The outside view knows nothing of capacity and price; the model's range holds none of "
        "the surprises that made earlier announcements fail or succeed"
    )
