"""Checks of all tables of a study together: every fault with its file and line."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from corridor.assignment.passages import Place
from corridor.errors import CorridorError, DataError, Fault, UnknownIdError
from corridor.files.csv_table import Table, number_in, read_table
from corridor.io.announcement_checks import outside_view_faults
from corridor.io.announcements import NEEDED as ANNOUNCEMENT_COLUMNS
from corridor.io.announcements import Announcement, checked_announcements
from corridor.io.count_checks import count_faults
from corridor.io.counts import NEEDED as COUNT_COLUMNS
from corridor.io.counts import checked_counts
from corridor.io.gates import MARKS, checked_gates
from corridor.io.gates import NEEDED as GATE_COLUMNS
from corridor.io.study_files import Row, StudyFiles, study_of
from corridor.model.checks import is_number
from corridor.model.gate import OTHER
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.model.scenario import Scenario

SUM_TOLERANCE = 1e-6  # of shares and weights, which sum to 1
QUARTERS = ("q1", "q2", "q3", "q4")
GROWTH = ("low", "central", "high")
STATUSES = ("under_construction", "planned", "proposed", "idea", "operating")
NEEDED = {  # by table: the columns that it must have
    "demand": ("cargo", "t_yr"),
    "zones": ("zone", "country", "cargo", "node", "weight"),
    "growth": ("id", "origins", "destinations", "cargoes", "kind", *GROWTH),
    "seasons": ("id", "origins", "destinations", "cargoes", *QUARTERS),
    "willingness": ("cargo", "willing_usd_t"),
    "counts": COUNT_COLUMNS,
    "gates": GATE_COLUMNS,
    "times": ("name", "kind", "low_days", "high_days", "start", "end", "cargo", "modes", "via", "avoid", "why"),
    "reference_class": ANNOUNCEMENT_COLUMNS,
}


def _is_span(years: list[Any]) -> bool:
    return all(isinstance(y, int) and not isinstance(y, bool) for y in years) and years == sorted(years)


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(x, str) for x in value)


PROJECT: dict[str, Callable[[Any], bool]] = {  # what each key of a project must be
    "id": lambda v: isinstance(v, str) and v != "",
    "name": lambda v: isinstance(v, str),
    "status": lambda v: v in STATUSES,
    "year": lambda v: isinstance(v, dict) and _is_span([v.get(k) for k in GROWTH]),
    "cost_musd": lambda v: v is None or (is_number(v) and v >= 0),
    "requires": _is_names,
    "excludes": _is_names,
    "why": lambda v: isinstance(v, str),
    "edits": lambda v: isinstance(v, list),
}
PROJECT_FIX = (
    f"give text for id, name, why; status one of {', '.join(STATUSES)}; year {{low, central, high}} in order; "
    "cost_musd a number or null; lists for requires, excludes, edits"
)


@contextlib.contextmanager
def collected(faults: list[Fault], where: str = "") -> Iterator[None]:
    """Append the faults of an error to a list in place of raising it."""
    try:
        yield
    except DataError as error:
        faults += [Fault(where or f.where, f.field or f.where * bool(where), *_rest(f)) for f in error.faults]
    except UnknownIdError as error:
        faults.append(Fault(where or "study", "", None, str(error), "correct the name"))


def _rest(fault: Fault) -> tuple[Any, ...]:
    return fault.value, fault.message, fault.fix, fault.severity


def study_faults(network: Network, *, thorough: bool = False) -> list[Fault]:
    """Return what is wrong with the tables, projects, scenarios and settings of the study of a network.

    `thorough` also applies every scenario and project, which takes a second for each on a large network.
    """
    checks = _Checks(network, study_of(network), thorough)
    for name in NEEDED:
        checks.table(name)
    for check in (checks.settings, checks.scenarios, checks.projects):
        check()
    return checks.faults


class _Checks:
    """The faults found so far in the files of a study."""

    def __init__(self, network: Network, files: StudyFiles, thorough: bool) -> None:
        self.network, self.files, self.thorough = network, files, thorough
        self.faults: list[Fault] = []
        self.announcements: list[Announcement] = []
        self.zones: set[str] = {r["zone"] for r in self._rows("zones") if r.get("zone")}
        self.nests = {OTHER, *(r.get(c, "") for r in self._rows("gates") for c in ("id", "nest"))}
        self.cargoes = {str(r["id"]) for r in network.cargo_records}

    def _rows(self, name: str) -> Sequence[Row]:
        try:
            return self.files.table(name)
        except (CorridorError, UnicodeDecodeError, ValueError, OSError):
            return ()  # the check of the table tells why

    def fault(self, where: str, field: str, value: object, message: str, fix: str) -> None:
        self.faults.append(Fault(where, field, value, message, fix))

    def table(self, name: str) -> None:
        """Check the columns of a table, then its rows."""
        with collected(self.faults):
            path = self.files.table_file(name)
            if path is None:
                return
            before = len(self.faults)
            table, _ = read_table(
                self.files.folder, path.relative_to(self.files.folder).as_posix(), NEEDED[name], self.faults
            )
            if len(self.faults) == before:
                getattr(self, f"_{name}")(table)

    def number(
        self, table: Table, i: int, column: str, low: float = 0.0, high: float = math.inf, optional: bool = False
    ) -> float | None:
        """Return a number of a row within bounds; anything else is a fault."""
        text = table.rows[i].get(column, "")
        if optional and text == "":
            return None
        value = number_in(text)
        if value is None or not math.isfinite(value) or not low <= value <= high:
            span = f"from {low:g} to {high:g}" if math.isfinite(high) else f", {low:g} or more"
            self.fault(table.where(i), column, text, f"is '{text}'", f"give a number{span}")
            return None
        return value

    def among(self, where: str, column: str, name: str, known: Collection[str], what: str) -> None:
        if name not in known:
            close = nearest(name, known)
            hint = f"did you mean '{close[0]}'?" if close else f"give a {what} of the study"
            self.fault(where, column, name, f"names an unknown {what}: '{name}'", hint)

    def place(self, where: str, column: str, name: str) -> None:
        try:
            self.network.names.resolve(name)
        except UnknownIdError as error:
            close = error.suggestions or nearest(name, self.network.node_table.ids)
            hint = f"did you mean '{close[0]}'?" if close else "give a place of the network"
            self.fault(where, column, name, f"names an unknown place: '{name}'", hint)

    def once(self, table: Table, columns: Sequence[str]) -> None:
        """Refuse rows that have the same key."""
        seen: dict[tuple[str, ...], int] = {}
        for i, row in enumerate(table.rows):
            key = tuple(row.get(c, "") for c in columns)
            if key in seen:
                message = f"repeats line {table.lines[seen[key]]}: {', '.join(key)}"
                self.fault(table.where(i), columns[0], key[0], message, "keep one of the rows")
            seen.setdefault(key, i)

    def ordered(self, table: Table, i: int, columns: Sequence[str]) -> None:
        """Require that the known numbers of a row ascend."""
        known = [x for x in (number_in(table.rows[i].get(c, "")) for c in columns) if x is not None]
        if known != sorted(known):
            shown = ", ".join(f"{x:g}" for x in known)
            self.fault(table.where(i), columns[0], shown, f"do not ascend: {shown}", f"order {', '.join(columns)}")

    def ends(self, table: Table) -> tuple[str, str] | None:
        """Check the ends of each row, zones or places; return their columns."""
        columns = ("origin_zone", "destination_zone") if "origin_zone" in table.columns else ("origin", "destination")
        missing = [c for c in columns if c not in table.columns]
        for column in missing:
            self.fault(table.file, column, None, "is missing: there is no such column", "add it")
        if missing:
            return None
        for i, row in enumerate(table.rows):
            for column in columns:
                if column.endswith("_zone"):
                    self.among(table.where(i), column, row[column], self.zones, "zone")
                elif row[column] not in self.zones:
                    self.place(table.where(i), column, row[column])
            self.among(table.where(i), "cargo", row["cargo"], self.cargoes, "cargo")
        self.once(table, (*columns, "cargo"))
        return columns

    def _demand(self, table: Table) -> None:
        self.ends(table)
        for i in range(len(table.rows)):
            self.number(table, i, "t_yr")
            for column in ("t_yr_low", "t_yr_high"):
                self.number(table, i, column, optional=True)
            self.number(table, i, "share_in_network", 0.0, 1.0, optional=True)
            self.ordered(table, i, ("t_yr_low", "t_yr", "t_yr_high"))
            for name in filter(None, map(str.strip, table.rows[i].get("nests_allowed", "").split(";"))):
                self.among(table.where(i), "nests_allowed", name.removeprefix("!"), self.nests, "nest or gate")
        if not table.rows:
            self.fault(table.file, "", None, "has no rows", "give origin, destination, cargo, t_yr")

    def _willingness(self, table: Table) -> None:
        self.ends(table)
        for i in range(len(table.rows)):
            for column in ("willing_usd_t", "willing_low", "willing_high"):
                self.number(table, i, column, 1e-9, optional=column != "willing_usd_t")
            self.ordered(table, i, ("willing_low", "willing_usd_t", "willing_high"))

    def _zones(self, table: Table) -> None:
        sums: dict[tuple[str, str], float] = {}
        countries: dict[str, str] = {}
        for i, row in enumerate(table.rows):
            self.among(table.where(i), "node", row["node"], self.network.node_table.index, "node")
            if row["cargo"]:
                self.among(table.where(i), "cargo", row["cargo"], self.cargoes, "cargo")
            weight = self.number(table, i, "weight", 0.0, 1.0)
            key = (row["zone"], row["cargo"])
            sums[key] = sums.get(key, 0.0) + (weight or 0.0)
            if countries.setdefault(row["zone"], row["country"]) != row["country"]:
                message = f"zone {row['zone']} is in {countries[row['zone']]} and in {row['country']}"
                self.fault(table.where(i), "country", row["country"], message, "give one country")
        self.once(table, ("zone", "cargo", "node"))
        for (zone, cargo), total in sums.items():
            if abs(total - 1) > SUM_TOLERANCE:
                name = f"{zone} {cargo}".strip()
                self.fault(table.file, "weight", total, f"of {name} sums to {total:g}", "give weights that sum to 1")
        for zone in sorted({z for z, _ in sums} - {z for z, cargo in sums if not cargo}):
            self.fault(table.file, "cargo", zone, f"of {zone} is never empty", "give rows for all other cargo, too")

    def _rule_ends(self, table: Table) -> None:
        self.once(table, ("id",))
        for i, row in enumerate(table.rows):
            for cargo in filter(None, row["cargoes"].split(";")):
                self.among(table.where(i), "cargoes", cargo, self.cargoes, "cargo")

    def _growth(self, table: Table) -> None:
        self._rule_ends(table)
        last = self.files.settings.last_year
        for i, row in enumerate(table.rows):
            if row["kind"] not in ("percent", f"kt_{last}"):
                fix = f"give percent (a year) or kt_{last} (the volume of the last year)"
                self.fault(table.where(i), "kind", row["kind"], f"is '{row['kind']}'", fix)
            for column in GROWTH:
                self.number(table, i, column, -100.0 if row["kind"] == "percent" else 0.0)
            self.ordered(table, i, GROWTH)

    def _seasons(self, table: Table) -> None:
        self._rule_ends(table)
        for i in range(len(table.rows)):
            shares = [self.number(table, i, q, 0.0, 1.0) for q in QUARTERS]
            total = sum(s for s in shares if s is not None)
            if None not in shares and abs(total - 1) > SUM_TOLERANCE:
                self.fault(table.where(i), "q1", total, f"to q4 sum to {total:g}", "give shares that sum to 1")

    def _counts(self, table: Table) -> None:
        faults: list[Fault] = []
        counts = checked_counts(table, faults)
        lines = {row["id"]: table.where(i) for i, row in enumerate(table.rows)}
        self.faults += [*faults, *count_faults(self.network, counts, [lines[c.id] for c in counts])]

    def _gates(self, table: Table) -> None:
        for i, gate in enumerate(checked_gates(table, self.faults)):
            for column in MARKS:
                for name in getattr(gate, column):
                    self.gate_mark(table.where(i), column, name)

    def gate_mark(self, where: str, column: str, name: str) -> None:
        kinds = "link, transfer, resource or screenline"
        try:
            if Place(self.network, name).kind != "place":
                return
            message, fix = f"is a place: '{name}'", f"name a {kinds} that only this gate uses"
        except CorridorError as error:
            message, _, fix = str(error).partition("; ")
            lines = nearest(name, [str(x["id"]) for x in self.network.screenlines])
            fix = f"did you mean '{lines[0]}'?" if lines else fix
        self.fault(where, column, name, message, fix or f"name a {kinds}")

    def _times(self, table: Table) -> None:
        for i, row in enumerate(table.rows):
            for column in ("start", "end"):
                self.place(table.where(i), column, row[column])
            self.among(table.where(i), "cargo", row["cargo"], self.cargoes, "cargo")
            for column in ("low_days", "high_days"):
                self.number(table, i, column, 1e-9)
            self.ordered(table, i, ("low_days", "high_days"))

    def _reference_class(self, table: Table) -> None:
        faults: list[Fault] = []
        self.announcements = checked_announcements(table, faults)
        if not table.rows:
            faults.append(Fault(table.file, "", None, "has no rows", f"give {', '.join(ANNOUNCEMENT_COLUMNS)}"))
        self.faults += faults

    def settings(self) -> None:
        """Check that what the settings name is in the study."""
        settings, where = self.files.settings, "study.yaml"
        branches = {str(b["id"]) for b in self.network.branches}
        if settings.branch is not None:
            self.among(where, "branch", settings.branch, branches, "branch")
        for end in ("origin", "destination"):
            if end in settings.start:
                self.place(where, f"start.{end}", settings.start[end])
        if "cargo" in settings.start:
            self.among(where, "start.cargo", settings.start["cargo"], self.cargoes, "cargo")
        events = {"events.construction": settings.construction, "events.uncertain.scenario": settings.uncertain_event}
        named = [*((field, name) for field, name in events.items() if name), *(("report", n) for n in settings.report)]
        for field, name in (*named, *(("history", h) for h in self.network.history)):
            self.among(where, field, name, self.files.scenarios, "scenario")
        for name in settings.labels:
            self.among(where, "map.labels", name, self.network.node_table.index, "node")
        if settings.outside_view is not None and not any("reference_class" in f.where for f in self.faults):
            self.faults += outside_view_faults(settings.outside_view, self.announcements)

    def scenarios(self) -> None:
        """Check that every scenario can be read, and applied."""
        for name in self.files.scenarios:
            with collected(self.faults, f"scenarios/{name}.yaml"):
                self.effect(self.files.scenario(name))

    def projects(self) -> None:
        """Check the records of the projects, and that their effects can be applied."""
        records: Sequence[Any] = ()
        with collected(self.faults, "projects.yaml"):
            records = self.files.projects
        seen: set[str] = set()
        ids = {str(r.get("id")) for r in records}
        for number, record in enumerate(records, start=1):
            where = f"projects.yaml project {number}"
            wrong = [k for k, is_right in PROJECT.items() if k not in record or not is_right(record[k])]
            for key in wrong:
                what, fix = ("is missing", "give it") if key not in record else ("is invalid", PROJECT_FIX)
                self.fault(where, key, repr(record.get(key))[:60], what, fix)
            if wrong:
                continue
            where = f"projects.yaml {record['id']}"
            if record["id"] in seen:
                self.fault(where, "id", record["id"], "appears twice", "rename one of them")
            seen.add(record["id"])
            for key in ("requires", "excludes"):
                for name in record[key]:
                    self.among(where, key, name, ids, "project")
            with collected(self.faults, where):
                self.effect(Scenario.of(record["id"], record["why"], record["edits"]))

    def effect(self, scenario: Scenario) -> None:
        """Apply a scenario if the check is thorough."""
        if self.thorough:
            scenario.apply(self.network)
