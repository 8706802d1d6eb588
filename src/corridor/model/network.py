"""The physical network: nodes, links, transfers, resources, and the prices of transport on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from corridor.displayable import Plottable
from corridor.errors import DataError, Fault, UnknownIdError
from corridor.model.cargo import Cargo, cargo_of
from corridor.model.fields import BASES, FIGURES
from corridor.model.header import YEARS
from corridor.model.names import NameIndex, nearest
from corridor.model.network_text import network_text
from corridor.model.table import Table
from corridor.units import Position
from corridor.verbs import Verbs

if TYPE_CHECKING:
    import geopandas

    from corridor.io.study_files import StudyFiles
    from corridor.model.edits import Edit
    from corridor.model.scenario import Scenario
    from corridor.model.trade import TradeEdit

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Network(Plottable, Verbs):
    """A freight network. It is immutable; applying a scenario returns another one.

    `meta` holds the metadata of the file (name, base_year, ...); `geometry` has
    one line of (lon, lat) per link and one point per node; `edits` are the dated
    changes that `at` resolves for one year and month. `digest` is a hash of the file and
    of the scenarios applied to it. `study` holds the files that stand beside the network: demand,
    counts, projects, scenarios; None for a network alone. `baseline` is the network before its `scenarios` were
    applied, `spans` their names with the first and the last year in which each acts.
    """

    meta: Mapping[str, Any]
    node_table: Table
    link_table: Table
    transfer_table: Table
    resource_table: Table
    uses: Mapping[str, tuple[Record, ...]]
    geometry: Mapping[str, tuple[Position, ...]]
    tariffs: tuple[Record, ...]
    frictions: tuple[Record, ...]
    parameters: tuple[Record, ...]
    cargo_records: tuple[Record, ...]
    sources: Mapping[str, Record]
    screenlines: tuple[Record, ...] = ()
    branches: tuple[Record, ...] = ()
    contradictions: tuple[Record, ...] = ()
    edits: tuple[Edit, ...] = ()
    scenarios: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    trade: tuple[TradeEdit, ...] = ()
    spans: tuple[tuple[str, int, int], ...] = ()
    digest: str = ""
    study: StudyFiles | None = field(default=None, compare=False, repr=False)
    baseline: Network | None = field(default=None, compare=False, repr=False)
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        names = {f.name for f in fields(self)}  # cached tables and answers are computed again when needed
        return {**{k: v for k, v in self.__dict__.items() if k in names}, "cache": {}}

    @property
    def name(self) -> str:
        """Short name of the network."""
        return str(self.meta["name"])

    @property
    def base_year(self) -> int:
        """Year that `status` describes."""
        return int(self.meta["base_year"])

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """The four tables by kind of feature."""
        return {
            "node": self.node_table,
            "link": self.link_table,
            "transfer": self.transfer_table,
            "resource": self.resource_table,
        }

    @cached_property
    def names(self) -> NameIndex:
        """The index of place names."""
        table = self.node_table
        return NameIndex(zip(table.ids, table["name"], table["other_names"], strict=True))

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """Country codes, sorted."""
        return tuple(sorted(set(self.node_table["country"])))

    @cached_property
    def operators(self) -> tuple[str, ...]:
        """Operators of trains and ships named by the links, sorted."""
        return tuple(sorted({name for names in self.link_table["operators"] for name in names}))

    @cached_property
    def parameter(self) -> Mapping[str, float]:
        """Value of each parameter."""
        return {str(p["id"]): float(p["value"]) for p in self.parameters}

    def cargo(self, name: str) -> Cargo:
        """Return a cargo by its id; an unknown id is refused with the nearest names."""
        for record in self.cargo_records:
            if record["id"] == name:
                return cargo_of(record)
        ids = [str(record["id"]) for record in self.cargo_records]
        name = str(name)
        raise UnknownIdError("cargo", name, nearest(name, ids) or ids)

    def find(self, name: str) -> tuple[str, Table, int]:
        """Return kind, table and position of a feature id; an unknown id is refused with the nearest ids."""
        for kind, table in self.tables.items():
            if name in table.index:
                return kind, table, table.index[name]
        every = [i for table in self.tables.values() for i in table.ids]
        raise UnknownIdError("id", name, nearest(name, every))

    def country_of(self, node: str) -> str:
        """Country code of a node id."""
        return str(self.node_table["country"][self.node_table.index[node]])

    def name_of(self, node: str) -> str:
        """Name of a node id."""
        return str(self.node_table["name"][self.node_table.index[node]])

    def at(self, year: int, month: int | None = None) -> Network:
        """Return the network with the dated edits of a year and month applied.

        Without a month, edits of single months are not applied.

        Examples
        --------
        >>> import corridor
        >>> net = corridor.load()
        >>> closed = corridor.Scenario.of("closed", "", [{"close": "sarakhs-yard", "years": "2028-"}]).apply(net)
        >>> [int(closed.at(y).resources.loc["sarakhs-yard", "capacity"]) for y in (2027, 2028)]
        [271, 0]
        """
        from corridor.model.edits import applied

        if isinstance(year, bool) or not isinstance(year, int) or not YEARS[0] <= year <= YEARS[1]:
            fix = f"give a year from {YEARS[0]} to {YEARS[1]}"
            raise DataError(Fault("option", "year", repr(year), f"is {year!r}", fix))
        if not self.edits:
            return self
        due = tuple(i for i, e in enumerate(self.edits) if e.holds(year, month))
        key = ("at", due)  # years and months with the same edits share one network
        if key not in self.cache:
            self.cache[key] = applied(replace(self, edits=(), cache={}), [self.edits[i] for i in due])
        state: Network = self.cache[key]
        return state

    @property
    def history(self) -> tuple[str, ...]:
        """Recorded events: shipped scenarios named by the network, without those that a scenario leaves out."""
        return tuple(h for h in self.meta.get("history", ()) if h not in self.without)

    def with_events(self) -> Network:
        """Return the network with its recorded events applied before the edits of its scenarios (cached)."""
        if not self.history:
            return self
        if "happened" not in self.cache:
            past = tuple(e for name in self.history for e in self.event(name).edits)
            self.cache["happened"] = replace(self, edits=(*past, *self.edits), cache={})
        state: Network = self.cache["happened"]
        return state

    def in_year(self, year: int, month: int | None = None) -> Network:
        """Return the network in a year, after its base year with the recorded events; the base year holds its own."""
        has_events = not isinstance(year, bool) and isinstance(year, int) and year > self.base_year
        return (self.with_events() if has_events else self).at(year, month)

    def event(self, name: str) -> Scenario:
        """Return a recorded event: the scenario of that name in the study."""
        if self.study is None:
            fix = "load the study: corridor.load(FOLDER)"
            raise DataError(Fault("network", "history", name, "is an event, but the network has no study", fix))
        return self.study.scenario(name)

    def distinct_dates(self) -> list[tuple[int, int | None]]:
        """Return one year, with a month if needed, for each distinct state that the dated edits produce."""
        years = {self.base_year}
        for e in self.edits:
            years |= {e.first_year - 1, e.first_year, e.last_year, e.last_year + 1} & set(range(YEARS[0], YEARS[1] + 1))
        months: set[int | None] = {None, *(m for e in self.edits for m in e.months)}
        dates = [(y, m) for y in sorted(years) for m in sorted(months, key=lambda m: m or 0)]
        return list({tuple(e.holds(y, m) for e in self.edits): (y, m) for y, m in reversed(dates)}.values())[::-1]

    # Tables for notebooks and GIS, with geometry, in the base year. They are built at each access, so
    # that changing one does not change an answer.

    @property
    def nodes(self) -> geopandas.GeoDataFrame:
        """Nodes as a GeoDataFrame, units in the column names."""
        from corridor.model.geodataframes import frame

        return frame(self.at(self.base_year), "node")

    @property
    def links(self) -> geopandas.GeoDataFrame:
        """Links as a GeoDataFrame, units in the column names."""
        from corridor.model.geodataframes import frame

        return frame(self.at(self.base_year), "link")

    @property
    def transfers(self) -> geopandas.GeoDataFrame:
        """Transfers as a GeoDataFrame, units in the column names."""
        from corridor.model.geodataframes import frame

        return frame(self.at(self.base_year), "transfer")

    @property
    def resources(self) -> Any:
        """Resources as a DataFrame."""
        from corridor.model.geodataframes import frame

        return frame(self.at(self.base_year), "resource")

    def basis_counts(self) -> dict[str, int]:
        """Return the number of figures per basis."""
        counts = dict.fromkeys(BASES, 0)
        for kind, table in self.tables.items():
            for name in FIGURES[kind]:
                known = table[name] == table[name]
                for basis in table[f"{name}_basis"][known]:
                    counts[basis] += 1
        return counts

    def __str__(self) -> str:
        return network_text(self)

    def __repr__(self) -> str:
        counts = self.basis_counts()
        total = sum(counts.values())
        share = 100 * counts["assumed"] / total if total else 0
        changed = f" with {', '.join(self.scenarios)}" if self.scenarios else ""
        return (
            f"Network '{self.name}' {self.base_year}{changed}: {len(self.node_table)} nodes, "
            f"{len(self.link_table)} links, {len(self.transfer_table)} transfers, "
            f"{len(self.resource_table)} resources, {len(self.countries)} countries; "
            f"{share:.0f} % of its {total} figures are assumed"
        )

    def fingerprint(self) -> str:
        """Return a hash of everything that affects an answer."""
        import hashlib

        digest = hashlib.sha256()
        for table in self.tables.values():
            for record in table.rows():
                digest.update(json.dumps(record, sort_keys=True, default=str).encode())
        for records in (self.tariffs, self.frictions, self.parameters, self.cargo_records):
            digest.update(json.dumps(records, sort_keys=True, default=str).encode())
        for value in (self.uses, self.geometry, self.meta, self.screenlines, self.branches):
            digest.update(json.dumps(value, sort_keys=True, default=str).encode())
        digest.update(repr((self.edits, self.trade, self.without)).encode())
        return digest.hexdigest()[:16]
