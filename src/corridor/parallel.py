"""Parallel execution in threads, processes or machines through `concurrent.futures` alone.

Shared data are sent to a worker once. Chunks grow until they are worth a message. A
chunk whose worker is lost is run again. Results come in the order of the items, so
they are the same with one worker and with a hundred.
"""

from __future__ import annotations

import itertools
import logging
import os
import time
import warnings
from collections.abc import Callable
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from typing import Any

from corridor.errors import CorridorError, Fault

log = logging.getLogger("corridor")
Workers = int | Executor | None  # number of threads (None: one per processor), or an executor
Task = Callable[[Any, int, int], Any]  # shared data, first item, item after the last
Chunk = tuple[int, int]
WORTH_A_MESSAGE_S = 0.5
TRIES = 3
LOST = ("KilledWorker", "CommClosedError")  # errors of Dask, by name, since it need not be installed
_numbers = itertools.count()
_shared_data: dict[str, Any] = {}  # in a worker: the shared data by name of the job; only the last one


def executor_faults(executor: object) -> list[Fault]:
    """Return the faults of an object given as executor."""
    if executor is None or (callable(getattr(executor, "submit", None)) and hasattr(executor, "shutdown")):
        return []
    fix = "give a concurrent.futures.Executor, such as ProcessPoolExecutor() or Dask's client.get_executor()"
    return [Fault("option", "executor", repr(executor)[:60], "is not an executor", fix)]


def map_chunks(
    run_on: Workers, task: Task, shared: Any, items: int, progress: Callable[[int], None] | None = None
) -> list[Any]:
    """Return the results of `task(shared, begin, end)` for all chunks of `items`, in their order.

    `task` is a function of a module. Its result for a chunk combines those of its items, so
    the chunk boundaries do not matter. `progress` receives the number of items done, in this thread.

    Examples
    --------
    >>> map_chunks(2, lambda shared, begin, end: [shared * i for i in range(begin, end)], 10, 3)
    [[0], [10], [20]]
    """
    if isinstance(run_on, ThreadPoolExecutor):
        return _ParallelRun(run_on, task, shared, items, progress, here=True).work()
    if isinstance(run_on, Executor) or (run_on is not None and not isinstance(run_on, int)):
        return _ParallelRun(run_on, task, shared, items, progress, here=False).work()
    threads = ThreadPoolExecutor(run_on or os.cpu_count())
    try:
        return _ParallelRun(threads, task, shared, items, progress, here=True).work()
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class _Shared:
    """The shared data of a run; Dask takes their name, and does not walk through all that they refer to."""

    name: str
    data: Any

    def __dask_tokenize__(self) -> str:
        return self.name


def _remote(task: Task, name: str, shared: _Shared | None, begin: int, end: int) -> tuple[bool, float, Any]:
    """Run a chunk in a worker; return False first if the shared data are not there yet."""
    if name not in _shared_data:
        if shared is None:
            return False, 0.0, None
        _shared_data.clear()
        _shared_data[name] = shared.data
    start = time.perf_counter()
    result = task(_shared_data[name], begin, end)
    return True, time.perf_counter() - start, result


def _local(task: Task, _name: str, shared: Any, begin: int, end: int) -> tuple[bool, float, Any]:
    start = time.perf_counter()
    result = task(shared, begin, end)
    return True, time.perf_counter() - start, result


class _ParallelRun:
    """One parallel run: chunks to send, chunks in progress, and results."""

    def __init__(
        self,
        executor: Executor,
        task: Task,
        shared: Any,
        items: int,
        progress: Callable[[int], None] | None,
        *,
        here: bool,
    ) -> None:
        self.executor, self.task, self.shared, self.items, self.progress = executor, task, shared, items, progress
        self.call = _local if here else _remote
        self.name = f"{os.getpid()}-{time.time_ns()}-{next(_numbers)}"
        self.here = here
        self.width = int(getattr(executor, "_max_workers", 0) or 2 * (os.cpu_count() or 1))
        self.next, self.item_s = 0, 0.0
        self.out: dict[Future[Any], tuple[Chunk, int, bool]] = {}
        self.answers: dict[int, Any] = {}
        self.ends: dict[int, int] = {}

    def work(self) -> list[Any]:
        try:
            while self.next < self.items or self.out:
                while self.next < self.items and len(self.out) < 2 * self.width:
                    self._send(self._next_chunk(), 0, sent=self.here)
                done, _ = wait(self.out, return_when=FIRST_COMPLETED)
                for future in done:
                    self._receive(future)
        except BrokenExecutor:
            self._finish_here()
        except BaseException:
            for future in self.out:
                future.cancel()
            raise
        return [self.answers[k] for k in sorted(self.answers)]

    def _next_chunk(self) -> Chunk:
        """Return the next chunk: single items for threads, and until the time of an item is known."""
        size = 1
        if not self.here and self.item_s > 0.0:
            fair = -(-(self.items - self.next) // (2 * self.width))
            size = max(1, min(fair, int(WORTH_A_MESSAGE_S / self.item_s)))
        begin, self.next = self.next, min(self.items, self.next + size)
        return begin, self.next

    def _send(self, chunk: Chunk, tries: int, *, sent: bool) -> None:
        whole = self.shared if self.here else _Shared(self.name, self.shared)
        shared = whole if sent else None
        with warnings.catch_warnings():
            # Dask warns about large arguments; each worker receives the shared data only once.
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            future = self.executor.submit(self.call, self.task, self.name, shared, chunk[0], chunk[1])
        self.out[future] = (chunk, tries, sent)

    def _receive(self, future: Future[Any]) -> None:
        chunk, tries, _ = self.out[future]
        try:
            has_shared, took_s, result = future.result()
        except (CorridorError, BrokenExecutor):
            raise
        except (Exception, CancelledError) as error:
            lost = isinstance(error, OSError | EOFError | CancelledError) or type(error).__name__ in LOST
            if not lost or self.here or tries + 1 == TRIES:
                raise
            log.warning("a worker was lost (%s); its chunk is run again", type(error).__name__)
            del self.out[future]
            self._send(chunk, tries + 1, sent=True)
            return
        del self.out[future]
        if has_shared:
            self.item_s = max(took_s, 1e-6) / (chunk[1] - chunk[0])
            self._store(chunk, result)
        else:
            self._send(chunk, tries, sent=True)

    def _store(self, chunk: Chunk, result: Any) -> None:
        self.answers[chunk[0]], self.ends[chunk[0]] = result, chunk[1]
        if self.progress is not None:
            self.progress(chunk[1] - chunk[0])

    def _finish_here(self) -> None:
        """Run the remaining items in this process, since a broken executor accepts no more."""
        log.warning("the executor lost its workers; the remaining items run in this process")
        done = {i for begin, end in self.ends.items() for i in range(begin, end)}
        for i in range(self.items):
            if i not in done:
                self._store((i, i + 1), self.task(self.shared, i, i + 1))
