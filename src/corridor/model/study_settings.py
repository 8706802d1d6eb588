"""The settings of a study: its years, headline branch, counts, events and map, from `study.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from corridor.errors import DataError, Fault
from corridor.model.outside_view_settings import OutsideViewSettings, outside_view_settings_of
from corridor.model.setting_kinds import checked_mapping

SPAN = 100  # years at most from the base year to the last


@dataclass(frozen=True)
class Settings:
    """What a study is about. Only its name and its years are required.

    `cargo_groups` are the cargoes that prefer or avoid a gate alike (without: the classes of cargo); `construction`
    is the recorded event that opens what is under construction (in a forecast, projects do that); `uncertain_event`
    may stay or repeat after its last year; `covered` is the extent of the outline in degrees west, east, south,
    north; `outside_view` says which earlier announcements are like the target.
    """

    name: str
    base_year: int
    last_year: int
    title: str = ""
    choice_set_years: tuple[int, ...] = ()
    branch: str | None = None
    target_mt: float | None = None
    start: Mapping[str, str] = field(default_factory=dict)
    cargo_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    construction: str | None = None
    uncertain_event: str | None = None
    uncertain_name: str = "after the event"
    tariff_groups: tuple[str, ...] = ()
    report: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    covered: tuple[float, float, float, float] | None = None
    outside_view: OutsideViewSettings | None = None

    @property
    def years(self) -> range:
        """The years of a forecast."""
        return range(self.base_year, self.last_year + 1)


KEYS = {  # of `study.yaml`: key, its kind, and the keys of a mapping
    "": {
        "name": "text", "title": "text", "years": "mapping", "branch": "text", "target_mt": "number",
        "start": "mapping", "cargo_groups": "lists of texts", "events": "mapping",
        "tariff_groups": "list of texts", "report": "list of texts", "map": "mapping",
        "outside_view": "mapping",
    },
    "years": {"base": "year", "last": "year", "choice_set": "list of years"},
    "start": {"origin": "text", "destination": "text", "cargo": "text"},
    "events": {"construction": "text", "uncertain": "mapping"},
    "events.uncertain": {"scenario": "text", "name": "text"},
    "map": {"covered": "list of four numbers", "labels": "list of texts"},
}  # fmt: skip


def settings_of(content: object, source: str) -> Settings:
    """Return the settings in the content of a `study.yaml`.

    Raises
    ------
    DataError
        If something is missing, unknown or invalid; lists every fault.
    """
    faults: list[Fault] = []
    found = _checked(content, "", faults)
    years, events, shown = (_checked(found.get(key, {}), key, faults) for key in ("years", "events", "map"))
    start, uncertain = _checked(found.get("start", {}), "start", faults), events.get("uncertain", {})
    uncertain = _checked(uncertain, "events.uncertain", faults)
    outside = outside_view_settings_of(found["outside_view"], faults) if "outside_view" in found else None
    for where, key, values in (("", "name", found), ("years", "base", years), ("years", "last", years)):
        if key not in values:
            faults.append(Fault("study.yaml", f"{where}.{key}".strip("."), None, "is missing", "give it"))
    base, last = years.get("base", 0), years.get("last", 0)
    if not faults and not base <= last <= base + SPAN:
        fix = f"give years.base at most {SPAN} years before years.last"
        faults.append(Fault("study.yaml", "years", f"{base} to {last}", "are not in order", fix))
    inside = [y for y in years.get("choice_set", ()) if base <= y <= last]
    if not faults and len(inside) < len(years.get("choice_set", ())):
        fix = f"give years from {base} to {last}"
        faults.append(Fault("study.yaml", "years.choice_set", str(years["choice_set"]), "are outside the study", fix))
    if faults:
        raise DataError(faults, source)
    return Settings(
        name=found["name"],
        base_year=base,
        last_year=last,
        title=found.get("title", found["name"]),
        choice_set_years=tuple(sorted(set(inside) or {base, last})),
        branch=found.get("branch"),
        target_mt=found.get("target_mt"),
        start=start,
        cargo_groups={name: tuple(cargoes) for name, cargoes in found.get("cargo_groups", {}).items()},
        construction=events.get("construction"),
        uncertain_event=uncertain.get("scenario"),
        uncertain_name=uncertain.get("name", Settings.uncertain_name),
        tariff_groups=tuple(found.get("tariff_groups", ())),
        report=tuple(found.get("report", ())),
        labels=tuple(shown.get("labels", ())),
        covered=tuple(shown["covered"]) if "covered" in shown else None,
        outside_view=outside,
    )


def _checked(content: object, where: str, faults: list[Fault]) -> Mapping[str, Any]:
    return checked_mapping(content, where, KEYS[where], faults)
