"""What passes a link, transfer, resource, place or screenline in a year, and what it consists of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridor.arrays import Array
from corridor.assignment.choice_set import ChoiceSet
from corridor.assignment.locate import locate
from corridor.assignment.passages import Place
from corridor.assignment.period_problem import PeriodResult
from corridor.displayable import Result
from corridor.errors import DataError, Fault
from corridor.io.demand_tables import demand_of
from corridor.io.study_files import study_of
from corridor.model.demand import Demand
from corridor.model.network import Network
from corridor.model.provenance import provenance_entry, with_provenance
from corridor.study.branch_study import branch_study_of
from corridor.study.option_checks import draw_faults, progress_faults, year_faults
from corridor.study.sampling import sampled, solved_draws
from corridor.study.volumes_text import volumes_text

MT = 1e6
BY = ("cargo", "direction", "origin", "destination", "origin_country", "destination_country")
QUANTILES = (10.0, 50.0, 90.0)
Passages = tuple[Array, list[str], Array]  # path, direction, and how often


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """One row: its keys in the order of `by`, Mt a year, and its quantiles over the draws (None without draws)."""

    keys: tuple[str, ...]
    mt: float
    p10_mt: float | None
    p50_mt: float | None
    p90_mt: float | None


@dataclass(frozen=True)
class Volumes(Result):
    """What passes a place in a year, the largest first, and all of it in `total`.

    `other_traffic_mt` is the recorded traffic that the demand does not hold; None where it is not known.
    """

    network: str
    data_version: str
    scenarios: tuple[str, ...]
    history: tuple[str, ...]
    at: str
    name: str
    kind: str
    year: int
    by: tuple[str, ...]
    draws: int
    seed: int
    total: VolumeRow
    rows: tuple[VolumeRow, ...]
    other_traffic_mt: float | None

    def tables(self) -> dict[str, Any]:
        """Return the rows as a DataFrame, a column for each key, Mt a year."""
        import pandas as pd

        records = self.to_dict()["rows"]
        return {"rows": pd.DataFrame(records, columns=[*self.by, "mt", "p10_mt", "p50_mt", "p90_mt"])}

    def to_dict(self) -> dict[str, Any]:
        """Return everything with the JSON keys of the command line."""
        return {
            "network": self.network,
            "data_version": self.data_version,
            "scenarios": list(self.scenarios),
            "history": list(self.history),
            "at": self.at,
            "name": self.name,
            "kind": self.kind,
            "year": self.year,
            "by": list(self.by),
            "draws": self.draws,
            "seed": self.seed,
            "total": _record(self.total, ()),
            "rows": [_record(row, self.by) for row in self.rows],
            "other_traffic_mt": self.other_traffic_mt,
            **provenance_entry(self),
        }

    def __str__(self) -> str:
        return volumes_text(self)


def _record(row: VolumeRow, by: Sequence[str]) -> dict[str, Any]:
    quantiles = {"p10_mt": row.p10_mt, "p50_mt": row.p50_mt, "p90_mt": row.p90_mt}
    return {**dict(zip(by, row.keys, strict=False)), "mt": row.mt, **quantiles}


@with_provenance
def volumes(
    network: Network,
    at: str,
    *,
    by: Sequence[str] = ("cargo",),
    year: int | None = None,
    draws: int = 0,
    seed: int = 1,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Volumes:
    """Return what passes a link, transfer, resource, place or screenline in a year, and what it consists of.

    A year is that of `throughput`: the central demand of the study by *logit* within all limits,
    with recorded events. A path counts once for every time it passes.

    Parameters
    ----------
    network
        The network of a study, with the scenarios to be studied applied.
    at
        The id of a link, transfer, resource or screenline, or a place.
    by
        The keys of the rows: cargo, direction, origin, destination, origin_country,
        destination_country. The direction is from place to place on a link, north or south at
        a screenline, from carrier to carrier at a transfer; at a resource it is that of
        its links or transfers, and at a place *from*, *to*, *changing* (the carrier) or *passing*.
    year
        A year of the study; by default its base year.
    draws, seed
        Number and seed of draws of all uncertain inputs, for the 10, 50 and 90 % quantiles; each is a year
        solved in full.
    workers, progress
        The result is the same with any number of workers; `progress` is called after every draw.

    Returns
    -------
    Volumes
        Mt a year by row, and other traffic there.

    Raises
    ------
    UnknownIdError
        If the network has nothing of that name.
    DataError
        If an option is invalid, or the network has no study.

    Examples
    --------
    >>> import corridor
    >>> found = corridor.volumes(corridor.load(), "sarakhs-yard", by=["direction"], year=2024)
    >>> abs(sum(row.mt for row in found.rows) - found.total.mt) < 1e-9
    True
    """
    settings = study_of(network).settings
    year = settings.base_year if year is None else year
    keys = (by,) if isinstance(by, str) else tuple(by)
    faults = year_faults(network, year) + draw_faults(draws, seed, workers) + progress_faults(progress)
    faults += [
        Fault("option", "by", str(k), f"is '{k}'", f"give {', '.join(BY)}") for k in dict.fromkeys(keys) if k not in BY
    ]
    if len(set(keys)) < len(keys):
        faults.append(Fault("option", "by", ",".join(map(str, keys)), "names a key twice", "name it once"))
    rows = demand_of(network, "central", year)
    rows = locate(network, rows, faults)
    if faults:
        raise DataError(faults)
    counter = _Counter(network, at, rows, keys)
    study = branch_study_of(network, None, year, measured=False)
    central = counter.tonnes(study.solve(year))
    drawn = []
    if draws:
        drawn = solved_draws(study, sampled(study, draws, seed), year, counter.tonnes, workers, progress)
    names = sorted({*central, *(k for one in drawn for k in one)}, key=lambda k: (-central.get(k, 0.0), k))
    return Volumes(
        network=network.name,
        data_version=str(network.meta.get("data_version", "")),
        scenarios=network.scenarios,
        history=network.history,
        at=counter.place.id,
        name=counter.place.name,
        kind=counter.place.kind,
        year=year,
        by=keys,
        draws=draws,
        seed=seed,
        total=_row((), sum(central.values()), [sum(one.values()) for one in drawn]),
        rows=tuple(_row(k, central.get(k, 0.0), [one.get(k, 0.0) for one in drawn]) for k in names),
        other_traffic_mt=counter.place.other_traffic_mt(),
    )


def _row(keys: tuple[str, ...], tonnes: float, drawn: Sequence[float]) -> VolumeRow:
    low, middle, high = (np.percentile(drawn, QUANTILES) / MT).tolist() if drawn else (None, None, None)
    return VolumeRow(keys, tonnes / MT, low, middle, high)


class _Counter:
    """Counts the passages of paths at one place, by keys."""

    def __init__(self, network: Network, at: str, rows: Demand, by: Sequence[str]) -> None:
        self.network, self.rows, self.by = network, rows, by
        self.place = Place(network, at)
        self._passages: dict[int, tuple[Array, Passages]] = {}

    def tonnes(self, solved: Sequence[PeriodResult]) -> dict[tuple[str, ...], float]:
        """Return the tonnes a year that pass, by keys."""
        found: dict[tuple[str, ...], float] = {}
        for s in solved:
            paths, directions, times = self._passages_of(s.choice_set)
            flow = s.flow[paths] * times
            for i in np.flatnonzero(flow > 0).tolist():
                key = self._key(int(s.choice_set.commodity[paths[i]]), directions[i])
                found[key] = found.get(key, 0.0) + float(flow[i])
        return found

    def _key(self, c: int, direction: str) -> tuple[str, ...]:
        ends = self.rows.origins[c], self.rows.destinations[c]
        values = {
            "cargo": self.rows.cargoes[c],
            "direction": direction,
            "origin": ends[0],
            "destination": ends[1],
            "origin_country": self.network.country_of(ends[0]),
            "destination_country": self.network.country_of(ends[1]),
        }
        return tuple(values[k] for k in self.by)

    def _passages_of(self, choice_set: ChoiceSet) -> Passages:
        """Return which paths pass, in which direction, and how often; computed once for the paths of a choice set."""
        links = choice_set.links  # draws share them; held here, so that no other array takes their id
        if id(links) not in self._passages:
            counts = Counter((p.path, p.word) for p in self.place.passages(choice_set, self.rows))
            paths, directions = [p for p, _ in counts], [d for _, d in counts]
            passages = np.array(paths, np.int64), directions, np.array(list(counts.values()), np.float64)
            self._passages[id(links)] = links, passages
        return self._passages[id(links)][1]
