"""Fields of the tables in a network's header: tariffs, frictions, parameters, cargo, sources."""

from __future__ import annotations

from collections.abc import Mapping

from corridor.model.fields import BASES, CLASSES, NEAR_ZERO, Field

YEARS = (2000, 2100)  # years that a network can describe and a query can name
HEADER = ("history", "schema", "name", "data_version", "base_year", "money_year", "licence")
REQUIRED_TABLES = ("tariffs", "parameters", "cargo")
EFFECTS = ("charge", "forbid", "noted")


def _text(table: str, name: str, meaning: str, *, required: bool = False) -> Field:
    return Field(table, name, "text", required=required, meaning=meaning)


def _number(table: str, name: str, unit: str, low: float, high: float, meaning: str, **more: bool) -> Field:
    return Field(table, name, "number", unit, low, high, meaning=meaning, plain=True, **more)  # type: ignore[arg-type]


def _list(table: str, name: str, meaning: str) -> Field:
    return Field(table, name, "list", meaning=meaning)


def _provenance(table: str) -> tuple[Field, ...]:
    return (
        Field(table, "basis", "choice", choices=BASES, meaning="basis of the numbers"),
        _list(table, "sources", "ids of sources"),
        _text(table, "note", "how it was determined"),
    )


def _fields(*fields: Field) -> Mapping[str, Field]:
    return {f.name: f for f in fields}


HEADER_FIELDS: Mapping[str, Mapping[str, Field]] = {
    "tariffs": _fields(
        _text("tariffs", "area", "country code, or the name of a sea", required=True),
        _text("tariffs", "carrier", "rail1520, road, sea, ...", required=True),
        _text("tariffs", "cargo", "class or cargo id", required=True),
        _number("tariffs", "usd_tkm", "USD/t-km", 0, 100, "rate before discount", required=True),
        _number("tariffs", "usd_tkm_low", "USD/t-km", 0, 100, "low end"),
        _number("tariffs", "usd_tkm_high", "USD/t-km", 0, 100, "high end"),
        _number("tariffs", "fixed_usd_t", "USD/t", 0, 10_000, "paid once, independent of distance"),
        _number("tariffs", "discount", "share", 0, 1, "share deducted from the rate, not per cent"),
        _text("tariffs", "scope", "what the price covers"),
        _number("tariffs", "year", "year", 1900, 2100, "year of the price"),
        *_provenance("tariffs"),
    ),
    "frictions": _fields(
        _text("frictions", "id", "stable id", required=True),
        _text("frictions", "name", "common name"),
        Field("frictions", "effect", "choice", required=True, choices=EFFECTS, meaning="effect of the rule"),
        _text("frictions", "where", "country, sea, mode or link id", required=True),
        _list("frictions", "between_a", "countries of one end"),
        _list("frictions", "between_b", "countries of the other end"),
        _list("frictions", "unless_end_in", "the rule does not apply if an end is in these countries"),
        _list("frictions", "cargo", "classes or cargo ids; blank: all"),
        _number("frictions", "usd_t", "USD/t", 0, 100_000, "charge"),
        _number("frictions", "usd_t_low", "USD/t", 0, 100_000, "low end"),
        _number("frictions", "usd_t_high", "USD/t", 0, 100_000, "high end"),
        *_provenance("frictions"),
    ),
    "parameters": _fields(
        _text("parameters", "id", "name of the parameter", required=True),
        _number("parameters", "value", "", 0, 1e6, "value", required=True),
        _number("parameters", "low", "", 0, 1e6, "low end"),
        _number("parameters", "high", "", 0, 1e6, "high end"),
        _text("parameters", "unit", "unit"),
        *_provenance("parameters"),
    ),
    "cargo": _fields(
        _text("cargo", "id", "stable id", required=True),
        _text("cargo", "name", "common name", required=True),
        Field("cargo", "class", "choice", required=True, choices=CLASSES, meaning="handling class"),
        _number("cargo", "t_per_wagon", "t", 0, 1000, "net load of a wagon", required=True, strict_low=True),
        _number("cargo", "t_per_wagon_low", "t", 0, 1000, "low end"),
        _number("cargo", "t_per_wagon_high", "t", 0, 1000, "high end"),
        _number("cargo", "t_per_truck", "t", 0, 1000, "net load of a truck", required=True, strict_low=True),
        _number("cargo", "t_per_teu", "t", 0, 1000, "net load of a TEU; blank: not in containers", strict_low=True),
        _number("cargo", "value_of_time_usd_t_h", "USD/t-h", 0, 10_000, "value of time", required=True),
        _number("cargo", "value_of_time_low", "USD/t-h", 0, 10_000, "low end"),
        _number("cargo", "value_of_time_high", "USD/t-h", 0, 10_000, "high end"),
        _list("cargo", "needs", "reefer, tank, dangerous"),
        *_provenance("cargo"),
    ),
    "screenlines": _fields(
        _text("screenlines", "id", "stable id", required=True),
        _text("screenlines", "name", "common name", required=True),
        _list("screenlines", "forward", "links crossed southbound in their own direction"),
        _list("screenlines", "backward", "links crossed southbound against their own direction"),
        _list("screenlines", "base_load_of", "resources whose other traffic crosses the screenline"),
        _text("screenlines", "note", "what is counted here"),
    ),
    "branches": _fields(
        _text("branches", "id", "stable id", required=True),
        _text("branches", "name", "common name", required=True),
        _text("branches", "screenline", "screenline at which its cargo is counted", required=True),
        _list("branches", "also_at", "further screenlines at which it is counted"),
        _list("branches", "ends", "countries: cargo with one end here belongs to the branch"),
        _list("branches", "other_ends", "countries of the other end; blank: any"),
        _text("branches", "note", "why it is counted like this"),
    ),
    "sources": _fields(
        _text("sources", "id", "stable id", required=True),
        *(_text("sources", name, name) for name in ("publisher", "title", "date", "url", "what")),
    ),
    "contradictions": _fields(
        *(_text("contradictions", n, n, required=True) for n in ("feature", "field", "chosen", "other", "reason")),
        _text("contradictions", "other_sources", "ids of sources"),
    ),
}

# Key of each table: no two records share it.
UNIQUE_KEYS: Mapping[str, tuple[str, ...]] = {
    "tariffs": ("area", "carrier", "cargo"),
    "frictions": ("id",),
    "parameters": ("id",),
    "cargo": ("id",),
    "screenlines": ("id",),
    "branches": ("id",),
    "sources": ("id",),
}

# These parameters are divisors: they cannot be 0.
_POSITIVE = (
    "choice_scale_t_usd",
    "speed_kmh",
    "container_speed_ratio",
    "train_net_t",
    "train_wagons",
    "wagon_passed_net_t",
    "truck_net_t",
    "range_high",
)
_SHARES = ("empty_return_share", "border_tariff_split", "draw_correlation", "chance")
_FREE = (
    "gate_constant_sd",
    "count_model_error",
    "wait_h",
    "loading_h",
    "loading_usd_t",
    "emission_g_tkm",
    "emission_kg_t",
    "carbon_price_usd_kg",
    "range_low",
)
PARAMETER_STEMS = ("peak_day_ratio", *_POSITIVE, *_SHARES, *_FREE)


def parameter_limits(name: str) -> tuple[float, float, bool] | None:
    """Return low, high and whether low is excluded for a parameter; None if it does not exist."""
    stem = name.split(".", maxsplit=1)[0]
    if stem == "peak_day_ratio":
        return 1.0, 100.0, False
    if stem in _POSITIVE:
        return NEAR_ZERO, 1e5, True
    if stem in _SHARES:
        return 0.0, 1.0, False
    return (0.0, 1e5, False) if stem in _FREE else None


USE_FIELDS = _fields(
    _text("use", "feature", "id of a link or transfer", required=True),
    Field("use", "direction", "choice", required=True, choices=("both", "forward", "backward"), meaning="direction"),
    _list("use", "classes", "classes or cargo ids; blank: all"),
    Field("use", "empties", "flag", meaning="whether returning empty vehicles count too"),
)
