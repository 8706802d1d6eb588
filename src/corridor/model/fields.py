"""The table of fields, used for reading, checking, documentation and conversion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "months", "list", "choice", "flag"]

MODES = ("rail", "road", "sea", "ferry", "river")
STATUSES = ("operating", "under_construction", "planned", "proposed", "suspended", "closed")
CLASSES = ("container", "dry_bulk", "liquid_bulk", "breakbulk", "roro")
NODE_KINDS = ("city", "station", "border", "port", "terminal")
BASES = ("measured", "published", "derived", "assumed")
RESOURCE_KINDS = ("track", "station", "yard", "terminal", "port", "border", "lock", "ferry", "locomotives")
UNITS = ("wagons", "trains", "TEU", "trucks", "t", "locomotives")
DOOR = "door"
NEAR_ZERO = 1e-9  # lower bound of values that must be positive, so that no division overflows

# Properties of a figure x: x_low, x_high, x_basis, x_sources, x_note.
FIGURE_SUFFIXES = ("_low", "_high", "_basis", "_sources", "_note")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one kind of feature."""

    feature: str
    name: str
    kind: Kind
    unit: str = ""
    low: float = float("-inf")
    high: float = float("inf")
    required: bool = False
    choices: tuple[str, ...] = ()
    meaning: str = ""
    strict_low: bool = False
    whole: bool = False
    plain: bool = False  # a number without range, basis and sources

    @property
    def is_figure(self) -> bool:
        """Whether the field is a number that carries a range, a basis and sources."""
        return self.kind == "number" and not self.plain


def _class_fields() -> tuple[Field, ...]:
    hours = (
        Field("transfer", f"{c}_h", "number", "h", 0, 8760, meaning=f"handling hours for {c.replace('_', ' ')}")
        for c in CLASSES
    )
    money = (
        Field("transfer", f"{c}_usd_t", "number", "USD/t", 0, 1000, meaning=f"cost for {c.replace('_', ' ')}")
        for c in CLASSES
    )
    return (*hours, *money)


NEEDS = ("reefer", "tank", "dangerous")


def _takes(feature: str) -> tuple[Field, ...]:
    """Return the fields that say whether a feature accepts reefer, tank and dangerous cargo."""
    labels = {"reefer": "reefer cargo", "tank": "tank wagons, containers and trucks", "dangerous": "dangerous goods"}
    return tuple(
        Field(feature, need, "choice", choices=("yes", "no"), meaning=f"accepts {labels[need]}; blank: not known")
        for need in NEEDS
    )


def _positive(feature: str, name: str, unit: str, high: float, meaning: str, required: bool = False) -> Field:
    return Field(feature, name, "number", unit, 0, high, required, (), meaning, strict_low=True)


FIELDS: tuple[Field, ...] = (
    Field("node", "id", "text", required=True, meaning="stable id"),
    Field("node", "name", "text", required=True, meaning="name in Latin letters"),
    Field("node", "other_names", "list", meaning="other spellings: Latin, Cyrillic, Persian"),
    Field("node", "country", "text", required=True, meaning="ISO 3166-1 alpha-2"),
    Field("node", "kind", "choice", required=True, choices=NODE_KINDS, meaning="kind of place"),
    Field("node", "note", "text", meaning="further information"),
    Field("node", "sources", "list", meaning="ids of sources"),
    Field("link", "id", "text", required=True, meaning="from-to-mode[-gauge][-n]"),
    Field("link", "from", "text", required=True, meaning="node id"),
    Field("link", "to", "text", required=True, meaning="node id"),
    Field("link", "mode", "choice", required=True, choices=MODES, meaning="mode of transport"),
    Field(
        "link",
        "gauge_mm",
        "number",
        "mm",
        600,
        1700,
        whole=True,
        plain=True,
        meaning="track gauge; on a rail ferry, of the wagons",
    ),
    Field("link", "carrier", "text", required=True, meaning="what runs on it: rail1520, road, sea, roro, ..."),
    Field("link", "status", "choice", required=True, choices=STATUSES, meaning="state in the base year"),
    Field("link", "electrified", "choice", choices=("yes", "no"), meaning="electrified over the whole length"),
    Field("link", "signalling", "text", meaning="signalling system"),
    Field("link", "months_open", "months", meaning="months in which it can be used; blank: all"),
    Field("link", "tariff_area", "list", required=True, meaning="countries passed, or the sea"),
    Field("link", "operators", "list", meaning="operators of trains or ships; blank: not known"),
    *_takes("link"),
    Field("link", "departures", "list", meaning="timetable from its first end: Mon 06:00, UTC; blank: not known"),
    Field("link", "departures_back", "list", meaning="timetable from its other end"),
    Field("link", "ice_months", "months", meaning="months in which ice adds `ice_h`"),
    Field("link", "note", "text", meaning="further information"),
    Field("link", "sources", "list", meaning="ids of sources"),
    _positive("link", "length_km", "km", 25000, "length along the line", required=True),
    _positive("link", "speed_kmh", "km/h", 400, "average speed of an ordinary consignment, stops included"),
    _positive("link", "running_speed_kmh", "km/h", 400, "speed of a freight train between stops"),
    _positive("link", "line_speed_kmh", "km/h", 500, "highest speed of the line"),
    Field("link", "tracks", "number", "", 1, 8, whole=True, meaning="number of tracks"),
    _positive("link", "loop_spacing_km", "km", 500, "distance between crossing stations"),
    Field("link", "passenger_pairs_day", "number", "1/d", 0, 500, meaning="passenger trains in each direction"),
    _positive("link", "train_net_t", "t", 30000, "net load of a fully loaded train, or of a sailing"),
    _positive("link", "train_wagons", "", 500, "wagons of a train"),
    _positive("link", "train_length_m", "m", 5000, "longest train"),
    _positive("link", "axle_load_t", "t", 50, "axle load"),
    Field(
        "link",
        "capacity_trains_day",
        "number",
        "1/d",
        0,
        1000,
        meaning="freight trains in each direction, where documented better than by the formula",
    ),
    _positive("link", "draught_m", "m", 30, "maximum draught of ships"),
    Field("link", "ice_h", "number", "h", 0, 2000, meaning="additional time of convoys through ice"),
    _positive("link", "sailings_per_week", "1/week", 500, "departures in each direction"),
    Field("link", "border_h", "number", "h", 0, 8760, meaning="formalities and waiting at the border that it crosses"),
    Field("link", "border_usd_t", "number", "USD/t", 0, 1000, meaning="charges at that border"),
    Field("link", "opened_year", "number", "year", 1800, 2100, meaning="year of opening"),
    Field("link", "opening_year", "number", "year", 2000, 2100, meaning="expected year of opening"),
    Field("transfer", "id", "text", required=True, meaning="node:from-to[-n]"),
    Field("transfer", "node", "text", required=True, meaning="node id"),
    Field("transfer", "from", "text", required=True, meaning="carrier"),
    Field("transfer", "to", "text", required=True, meaning="carrier, or door (loading and unloading here)"),
    Field("transfer", "methods", "list", meaning="class=method"),
    Field("transfer", "status", "choice", required=True, choices=STATUSES, meaning="state in the base year"),
    *_takes("transfer"),
    Field("transfer", "note", "text", meaning="further information"),
    Field("transfer", "sources", "list", meaning="ids of sources"),
    Field("transfer", "opening_year", "number", "year", 2000, 2100, meaning="expected year of opening"),
    _positive("transfer", "draught_m", "m", 30, "maximum draught at its quays"),
    *_class_fields(),
    Field("resource", "id", "text", required=True, meaning="stable id"),
    Field("resource", "name", "text", required=True, meaning="common name"),
    Field("resource", "kind", "choice", required=True, choices=RESOURCE_KINDS, meaning="kind of resource"),
    Field("resource", "unit", "choice", required=True, choices=UNITS, meaning="native unit"),
    Field("resource", "per", "choice", required=True, choices=("day", "year"), meaning="period of the capacity"),
    Field("resource", "months_open", "months", meaning="months of operation; blank: all"),
    Field("resource", "note", "text", meaning="how the figure was determined"),
    Field("resource", "sources", "list", meaning="ids of sources"),
    Field("resource", "capacity", "number", "unit/per", 0, 1e10, meaning="capacity"),
    Field("resource", "base_load", "number", "unit/per", 0, 1e10, meaning="other traffic"),
    Field(
        "resource",
        "base_load_in_demand",
        "number",
        "unit/per",
        0,
        1e10,
        plain=True,
        meaning="part of the other traffic that the demand tables contain too: an assignment counts it as demand",
    ),
    Field(
        "resource",
        "empty_return_share",
        "number",
        "share",
        0,
        5,
        meaning="empty wagons that pass for each loaded one, where the uses count empties; blank: the parameter",
    ),
)

FEATURES = ("node", "link", "transfer", "resource")
BY_FEATURE: dict[str, dict[str, Field]] = {
    feature: {f.name: f for f in FIELDS if f.feature == feature} for feature in FEATURES
}
FIGURES: dict[str, tuple[str, ...]] = {
    feature: tuple(f.name for f in fields.values() if f.is_figure) for feature, fields in BY_FEATURE.items()
}
