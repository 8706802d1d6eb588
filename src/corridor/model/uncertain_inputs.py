"""Uncertain inputs: the figures behind an answer, their ranges, and random draws of them.

A figure is sampled as a factor on its recorded value: triangular over a recorded
range with its mode at the value, otherwise lognormal with its median at the value and the
5 % and 95 % quantiles at the default range of its basis. Figures of one kind in one country
are correlated (a Gaussian copula with one common factor per family): an error in one tariff
of a country is likely in its other tariffs too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.model.cargo import carrier_group
from corridor.model.network import Network

NORMAL = NormalDist()
Z_95 = NORMAL.inv_cdf(0.95)
FARTHEST, PER_UNIT = 9, 2000  # grid of the tabulated normal distribution
GRID = np.linspace(-FARTHEST, FARTHEST, 2 * FARTHEST * PER_UNIT + 1)
NARROWEST = 1e-6


@dataclass(frozen=True, slots=True)
class UncertainInput:
    """One uncertain figure: its range as factors on the recorded value.

    `recorded` says whether the range is in the data; `family` is its correlation group,
    `group` the heading under which it is shown, `basis` what the figure rests on.
    """

    name: str
    low: float
    high: float
    recorded: bool
    family: str
    group: str
    basis: str = "assumed"

    def quantiles(self, z: Array) -> Array:
        """Return the factor at standard normal scores."""
        if self.high - self.low < NARROWEST:
            return np.ones_like(z)
        if not self.recorded:
            below, above = -np.log(self.low) / Z_95, np.log(self.high) / Z_95
            factors: Array = np.exp(z * np.where(z < 0, below, above))
            return factors
        return triangular(_probability(z), self.low, 1.0, self.high)


class Quantiles:
    """The quantile functions of many inputs at once, as those of `UncertainInput.quantiles`."""

    def __init__(self, uncertain_inputs: Sequence[UncertainInput]) -> None:
        self.low = np.array([i.low for i in uncertain_inputs])
        self.high = np.array([i.high for i in uncertain_inputs])
        self.moves = self.high - self.low >= NARROWEST
        self.recorded = np.array([i.recorded for i in uncertain_inputs], dtype=np.bool_)

    def __call__(self, scores: Array) -> Array:
        """Return the factors of all inputs at one score each."""
        found = np.ones(len(scores))
        by_range, others = self.moves & self.recorded, self.moves & ~self.recorded
        z, low, high = scores[others], self.low[others], self.high[others]
        found[others] = np.exp(z * np.where(z < 0, -np.log(low), np.log(high)) / Z_95)
        u, low, high = _probability(scores[by_range]), self.low[by_range], self.high[by_range]
        rising = low + np.sqrt(u * (high - low) * (1.0 - low))
        falling = high - np.sqrt((1.0 - u) * (high - low) * (high - 1.0))
        found[by_range] = np.where(u < (1.0 - low) / (high - low), rising, falling)
        return found


def triangular(u: Array, low: float, peak: float, high: float) -> Array:
    """Return quantiles of a triangular distribution."""
    width = high - low
    if width <= 0:
        return np.full_like(u, peak)
    rising = low + np.sqrt(u * width * (peak - low))
    falling = high - np.sqrt((1.0 - u) * width * (high - peak))
    quantiles: Array = np.where(u < (peak - low) / width, rising, falling)
    return quantiles


def _probability(z: Array) -> Array:
    """Return the normal distribution function at scores, interpolated linearly on an even grid."""
    cdf = _normal_cdf()
    along = np.clip((z + FARTHEST) * PER_UNIT, 0.0, len(cdf) - 1.5)
    i = along.astype(np.int64)
    probabilities: Array = cdf[i] + (along - i) * (cdf[i + 1] - cdf[i])
    return probabilities


@cache
def _normal_cdf() -> Array:
    return np.array([NORMAL.cdf(z) for z in GRID.tolist()])


def draw(
    uncertain_inputs: Sequence[UncertainInput],
    draws: int,
    seed: int,
    together: float,
) -> Array:
    """Return factors (draws, figures): a Latin hypercube; the draws of a figure do not depend on the others.

    `together` is the correlation of figures of one family.
    """
    scores = drawn_scores(uncertain_inputs, draws, seed, together)
    factors = np.empty((draws, len(uncertain_inputs)))
    for k, uncertain in enumerate(uncertain_inputs):
        factors[:, k] = uncertain.quantiles(scores[k])
    return factors


def drawn_scores(uncertain_inputs: Sequence[UncertainInput], draws: int, seed: int, together: float) -> Array:
    """Return the standard normal scores (figures, draws) behind `draw`."""
    even = np.array([NORMAL.inv_cdf((i + 0.5) / draws) for i in range(draws)])
    shared: dict[str, Array] = {}
    found = np.empty((len(uncertain_inputs), draws))
    for k, uncertain in enumerate(uncertain_inputs):
        own = even[_order(seed, uncertain.name, draws)]
        if uncertain.family:
            if uncertain.family not in shared:
                shared[uncertain.family] = even[_order(seed, f"family {uncertain.family}", draws)]
            own = np.sqrt(1 - together) * own + np.sqrt(together) * shared[uncertain.family]
        found[k] = own
    return found


def uniform(name: str, draws: int, seed: int) -> Array:
    """Return evenly spaced numbers between 0 and 1 in an order that depends on name and seed."""
    return (_order(seed, name, draws) + 0.5) / draws


def _order(seed: int, name: str, draws: int) -> Array:
    key = int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:16], "little")
    return np.random.Generator(np.random.PCG64(key)).permutation(draws)


def uncertain_inputs_of(network: Network, figures: Iterable[str]) -> tuple[UncertainInput, ...]:
    """Return the uncertain inputs of figures, by their names in `assignment.cost_decomposition`."""
    return tuple(_uncertain_input(network, name) for name in figures)


def uncertain_resources(network: Network) -> tuple[UncertainInput, ...]:
    """Return the uncertain inputs of all capacities and all other traffic, resource by resource."""
    table = network.resource_table
    return tuple(
        _of_table(network, "resource", i, field) for field in ("capacity", "base_load") for i in range(len(table))
    )


def _uncertain_input(network: Network, name: str) -> UncertainInput:
    if name in network.parameter:
        record = _record(network, name)
        country = next((part for part in name.split(".") if len(part) == 2 and part.isupper()), "")
        kind = name.split(".", 1)[0]
        return _recorded(network, name, record, "value", "", f"{country} {kind}".strip(), _group_of_parameter(kind))
    if name.startswith("tariff "):
        area, carrier, cargo = name.split()[1:]
        record = next(t for t in network.tariffs if (t["area"], t["carrier"], t["cargo"]) == (area, carrier, cargo))
        return _recorded(
            network, name, record, "usd_tkm", "usd_tkm_", f"{area} tariff", _group_of_tariff(network, area, carrier)
        )
    feature, field = name.rsplit(" ", 1)
    for kind in ("link", "transfer", "resource"):
        table = network.tables[kind]
        if feature in table.index:
            return _of_table(network, kind, table.index[feature], field)
    for rule in network.frictions:
        if rule["id"] == feature:
            return _recorded(
                network, name, rule, field, f"{field}_", f"{rule['where']} friction", "sanctions and payment"
            )
    record = next(c for c in network.cargo_records if c["id"] == feature)
    stem = "value_of_time_" if field.startswith("value_of_time") else f"{field}_"
    group = "value of time" if field.startswith("value_of_time") else "load of wagons and trucks"
    return _recorded(network, name, record, field, stem, field, group)


def _recorded(
    network: Network, name: str, record: Mapping[str, Any], field: str, stem: str, family: str, group: str
) -> UncertainInput:
    value = float(record[field])
    low, high = record.get(f"{stem}low"), record.get(f"{stem}high")
    return _with_range(network, name, value, low, high, str(record.get("basis") or "assumed"), family, group)


def _of_table(network: Network, kind: str, i: int, field: str) -> UncertainInput:
    table = network.tables[kind]
    value = float(table[field][i])
    basis = table[f"{field}_basis"][i] if f"{field}_basis" in table.columns else None
    low, high = (_known_value(table, f"{field}_{end}", i) for end in ("low", "high"))
    family, group = _family_and_group(network, kind, i, field)
    return _with_range(network, f"{table.ids[i]} {field}", value, low, high, basis or "assumed", family, group)


def _record(network: Network, parameter: str) -> Mapping[str, Any]:
    return next(p for p in network.parameters if p["id"] == parameter)


def _known_value(table: Any, column: str, i: int) -> float | None:
    if column not in table.columns:
        return None
    value = table[column][i]
    return None if value is None or value != value else float(value)


def _with_range(
    network: Network,
    name: str,
    value: float,
    low: float | None,
    high: float | None,
    basis: str,
    family: str,
    group: str,
) -> UncertainInput:
    if not value > 0:
        return UncertainInput(name, 1.0, 1.0, True, family, group, basis)  # zero remains zero under any factor
    if low is None and high is None:
        least, most = (network.parameter.get(f"range_{end}.{basis}", 1.0) for end in ("low", "high"))
        return UncertainInput(name, least, most, False, family, group, basis)
    least = min(1.0, (low if low is not None else value) / value)
    most = max(1.0, (high if high is not None else value) / value)
    return UncertainInput(name, least, most, True, family, group, basis)


def _family_and_group(network: Network, kind: str, i: int, field: str) -> tuple[str, str]:
    """Return the correlation family and the group of a figure of a feature."""
    table = network.tables[kind]
    if kind == "transfer":
        return f"{network.country_of(table['node'][i])} transfer", "transfers"
    if kind == "link":
        country = network.country_of(table["from"][i])
        what = field.removesuffix("_low").split("_")[0]
        if field.startswith("border"):
            return f"{country} border", "borders"
        return f"{country} {what}", "lengths, speeds and waits"
    uses = network.uses[table.ids[i]]
    country = ""
    if uses:
        where, used, position = network.find(str(uses[0]["feature"]))
        country = network.country_of(used["from" if where == "link" else "node"][position])
    sort = str(table["kind"][i])
    if field == "base_load":
        return f"{country} other traffic", "other traffic"
    return f"{country} capacity {sort}", CAPACITY_GROUPS.get(sort, "capacity of lines")


CAPACITY_GROUPS = {
    "yard": "capacity of yards",
    "port": "capacity of ports",
    "terminal": "capacity of ports",
    "ferry": "capacity of ports",
    "border": "capacity of borders",
}


def _group_of_tariff(network: Network, area: str, carrier: str) -> str:
    own = network.study.settings.tariff_groups if network.study else ()
    group = carrier_group(carrier)
    if group == "rail":
        return f"rail tariff {area}" if area in own else f"rail tariffs{' elsewhere' * bool(own)}"
    return "road tariffs" if group == "road" else "freight by water"


def _group_of_parameter(kind: str) -> str:
    if kind.startswith("loading"):
        return "transfers"
    if kind in ("speed_kmh", "container_speed_ratio", "wait_h"):
        return "lengths, speeds and waits"
    if kind == "choice_scale_t_usd":
        return "scale of choice"
    return "load of wagons and trucks"


def groups_of(uncertain_inputs: Sequence[UncertainInput]) -> Iterator[tuple[str, list[int]]]:
    """Yield each group with the positions of its figures, in order of first appearance."""
    found: dict[str, list[int]] = {}
    for i, uncertain in enumerate(uncertain_inputs):
        found.setdefault(uncertain.group, []).append(i)
    yield from found.items()
