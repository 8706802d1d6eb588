"""Which earlier announcements are like the target of a study: `outside_view` of `study.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corridor.errors import Fault
from corridor.model.setting_kinds import checked_mapping

RATIO, GROWTH_SHARE = "ratio", "growth_share"
BASES = ("counted", "derived", "claim", "assumed")
WHERE = "outside_view"
KEYS = {"bases": "list of mappings", "classes": "list of mappings"}
BASE_KEYS = {"mt": "number", "basis": "text", "weight": "number above 0", "sources": "text", "note": "text"}
CLASS_KEYS = {
    "id": "text", "name": "text", "measure": "text", "horizon_from_years": "number", "promise_from": "number above 0",
    "or_new": "true or false", "groups": "list of texts", "corridors": "list of texts", "weight": "number above 0",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BaseVolume:
    """A volume from which the target starts, Mt a year; 0 where nothing is carried yet."""

    mt: float
    basis: str
    weight: float = 1.0
    sources: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReferenceClass:
    """Announcements like the target of a study.

    Announcements belong to it that looked at least `horizon_from_years` ahead and promised at least `promise_from`
    times the base volume - with `or_new`, also those of new links, whatever they promised -, in one of `groups` and
    `corridors` (empty: in any). Its `measure` is the outcome as a part of what was announced (`ratio`), or the
    growth that came as a part of the growth that was announced (`growth_share`).
    """

    id: str
    name: str
    measure: str = RATIO
    horizon_from_years: float = 0.0
    promise_from: float | None = None
    or_new: bool = False
    groups: tuple[str, ...] = ()
    corridors: tuple[str, ...] = ()
    weight: float = 1.0

    def fits_target(self, horizon_years: float, multiple: float) -> bool:
        """Whether a target belongs to the class: years from the base year, multiple of the base volume."""
        return horizon_years >= self.horizon_from_years and multiple >= (self.promise_from or 0.0)


@dataclass(frozen=True, slots=True)
class OutsideViewSettings:
    """The classes of announcements with their weights, and the volumes from which the target starts."""

    bases: tuple[BaseVolume, ...]
    classes: tuple[ReferenceClass, ...]


def outside_view_settings_of(content: Mapping[str, Any], faults: list[Fault]) -> OutsideViewSettings:
    """Return the settings in `outside_view` of a `study.yaml`; what is wrong is added to `faults`."""
    found = checked_mapping(content, WHERE, KEYS, faults)
    faults += [Fault("study.yaml", f"{WHERE}.{k}", None, "is missing", "give it") for k in KEYS if k not in content]
    bases: list[BaseVolume] = []
    classes: list[ReferenceClass] = []
    for number, entry in enumerate(found.get("bases", ()), start=1):
        where = f"{WHERE}.bases {number}"
        values = _required(entry, where, BASE_KEYS, ("mt", "basis"), faults)
        _among(where, "basis", values.get("basis"), BASES, faults)
        bases.append(BaseVolume(**{"mt": 0.0, "basis": BASES[-1], **values}))
    for number, entry in enumerate(found.get("classes", ()), start=1):
        where = f"{WHERE}.classes {number}"
        values = _required(entry, where, CLASS_KEYS, ("id",), faults)
        _among(where, "measure", values.get("measure"), (RATIO, GROWTH_SHARE), faults)
        if values.get("or_new") and "promise_from" not in entry:
            fix = "give promise_from, or leave or_new out"
            faults.append(Fault("study.yaml", f"{where}.or_new", "True", "widens nothing without promise_from", fix))
        if any(c.id == values.get("id") for c in classes):
            faults.append(Fault("study.yaml", f"{where}.id", values["id"], "appears twice", "rename one of them"))
        lists = {k: tuple(values[k]) for k in ("groups", "corridors") if k in values}
        named = {"id": str(number), "name": values.get("id", str(number))}
        classes.append(ReferenceClass(**{**named, **values, **lists}))
    return OutsideViewSettings(tuple(bases), tuple(classes))


def _required(
    entry: Mapping[str, Any], where: str, known: Mapping[str, str], needed: tuple[str, ...], faults: list[Fault]
) -> Mapping[str, Any]:
    faults += [Fault("study.yaml", f"{where}.{k}", None, "is missing", "give it") for k in needed if k not in entry]
    return {
        k: float(v) if known[k].startswith("number") else v
        for k, v in checked_mapping(entry, where, known, faults).items()
    }


def _among(where: str, key: str, value: str | None, known: tuple[str, ...], faults: list[Fault]) -> None:
    if value is not None and value not in known:
        faults.append(Fault("study.yaml", f"{where}.{key}", value, f"is '{value}'", f"give {', '.join(known)}"))
