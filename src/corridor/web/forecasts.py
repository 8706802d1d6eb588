"""Forecasts that run in the background of the page: start, state, cancellation."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from corridor.errors import CorridorError, DataError, Fault, UnknownIdError
from corridor.model.network import Network
from corridor.study.branch import find_branch
from corridor.study.option_checks import draw_faults
from corridor.study.throughput import Throughput, throughput

MOST_DRAWS = 20_000  # more draws belong on the command line
KEPT = 20


class Cancelled(Exception):  # noqa: N818 - not an error: the user requested it
    """Raised inside a cancelled forecast."""


@dataclass
class Job:
    """A forecast job; `state` is running, done, cancelled or failed."""

    id: str
    draws: int
    done: int = 0
    state: str = "running"
    result: Throughput | None = None
    error: CorridorError | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def to_dict(self) -> dict[str, Any]:
        """Return its progress, and the result if there is one."""
        record: dict[str, Any] = {"job": self.id, "state": self.state, "done": self.done, "draws": self.draws}
        record["message"] = None if self.error is None else str(self.error)
        record["result"] = None if self.result is None else self.result.to_dict()
        return record


class Forecasts:
    """The forecasts of one network; one runs at a time, because each takes all processors."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._jobs: dict[str, Job] = {}
        self._count = 0
        self._lock = threading.Lock()

    def start(self, branch: str, target_mt: float, draws: int, seed: int) -> Job:
        """Start a forecast.

        Raises
        ------
        DataError
            If the draws or the seed are invalid, or a forecast is running.
        """
        find_branch(self._network, branch)
        faults = draw_faults(1, seed)
        if not 1 <= draws <= MOST_DRAWS:
            faults.append(Fault("option", "draws", str(draws), f"is {draws}", f"give 1 to {MOST_DRAWS:,} here"))
        with self._lock:
            if any(j.state == "running" for j in self._jobs.values()):
                faults.append(Fault("forecast", "", None, "is running already", "wait for it or cancel it"))
            if faults:
                raise DataError(faults)
            self._count += 1
            job = Job(str(self._count), draws)
            self._jobs[job.id] = job
            while len(self._jobs) > KEPT:
                del self._jobs[next(iter(self._jobs))]
        options = {"target_mt": target_mt, "draws": draws, "seed": seed}
        threading.Thread(target=self._run, args=(job, branch, options), daemon=True).start()
        return job

    def _run(self, job: Job, branch: str, options: dict[str, Any]) -> None:
        def progress(done: int) -> None:
            job.done += done
            if job.stop.is_set():
                raise Cancelled

        try:
            job.result = throughput(self._network, branch, progress=progress, **options)
            job.state = "done"
        except Cancelled:
            job.state = "cancelled"
        except CorridorError as error:
            job.error, job.state = error, "failed"
        except BaseException as error:
            job.error, job.state = CorridorError(f"the forecast failed: {error!r}"), "failed"
            raise

    def job(self, id: str) -> Job:
        """Return a forecast.

        Raises
        ------
        UnknownIdError
            If there is no forecast with that id.
        """
        if id not in self._jobs:
            raise UnknownIdError("forecast", id, list(self._jobs)[-3:])
        return self._jobs[id]

    def cancel(self, id: str) -> Job:
        """Request a forecast to stop; it finishes its current draws first."""
        job = self.job(id)
        job.stop.set()
        return job
