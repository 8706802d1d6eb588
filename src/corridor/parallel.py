"""Work shared out among threads, processes or machines through `concurrent.futures` alone.

What all of it needs is sent to a worker once, pieces grow to what is worth a message,
a piece whose worker is lost is done again, and answers come in the order of the work,
so that they are the same with one worker and with a hundred.
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
from typing import Any

from corridor.errors import CorridorError, Fault

log = logging.getLogger("corridor")
Workers = int | Executor | None  # threads (None: as many as processors), or somebody's executor
Task = Callable[[Any, int, int], Any]  # what is shared, first item, item after the last
Piece = tuple[int, int]
WORTH_A_MESSAGE_S = 0.5
TRIES = 3
LOST = ("KilledWorker", "CommClosedError")  # of Dask, by name, since it need not be installed
_numbers = itertools.count()
_kept: dict[str, Any] = {}  # in a worker: what is shared, by the name of the work; the last one only


def executor_faults(executor: object) -> list[Fault]:
    """Return what is wrong with something given as an executor."""
    if executor is None or (callable(getattr(executor, "submit", None)) and hasattr(executor, "shutdown")):
        return []
    fix = "give a concurrent.futures.Executor, such as ProcessPoolExecutor() or Dask's client.get_executor()"
    return [Fault("option", "executor", repr(executor)[:60], "is no executor", fix)]


def map_chunks(
    run_on: Workers, task: Task, shared: Any, items: int, progress: Callable[[int], None] | None = None
) -> list[Any]:
    """Return what `task(shared, begin, end)` gives for all pieces of `items`, in their order.

    `task` is a function of a module, and its answer for a piece those for its items put
    together, so that it does not matter where pieces end. `progress` is told of items done, in this thread.

    Examples
    --------
    >>> map_chunks(2, lambda shared, begin, end: [shared * i for i in range(begin, end)], 10, 3)
    [[0], [10], [20]]
    """
    if isinstance(run_on, ThreadPoolExecutor):
        return _Shift(run_on, task, shared, items, progress, here=True).work()
    if isinstance(run_on, Executor) or (run_on is not None and not isinstance(run_on, int)):
        return _Shift(run_on, task, shared, items, progress, here=False).work()
    pool = ThreadPoolExecutor(run_on or os.cpu_count())
    try:
        return _Shift(pool, task, shared, items, progress, here=True).work()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _remote(task: Task, name: str, shared: Any, begin: int, end: int) -> tuple[bool, float, Any]:
    """Do a piece in a worker; say first that what is shared has not come yet, where it has not."""
    if name not in _kept:
        if shared is None:
            return False, 0.0, None
        _kept.clear()
        _kept[name] = shared
    start = time.perf_counter()
    answer = task(_kept[name], begin, end)
    return True, time.perf_counter() - start, answer


def _local(task: Task, _name: str, shared: Any, begin: int, end: int) -> tuple[bool, float, Any]:
    start = time.perf_counter()
    answer = task(shared, begin, end)
    return True, time.perf_counter() - start, answer


class _Shift:
    """One share-out under way: pieces that wait, pieces that are out, answers that are in."""

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
        self.out: dict[Future[Any], tuple[Piece, int, bool]] = {}
        self.answers: dict[int, Any] = {}
        self.ends: dict[int, int] = {}

    def work(self) -> list[Any]:
        try:
            while self.next < self.items or self.out:
                while self.next < self.items and len(self.out) < 2 * self.width:
                    self._send(self._piece(), 0, sent=self.here)
                done, _ = wait(self.out, return_when=FIRST_COMPLETED)
                for future in done:
                    self._take(future)
        except BrokenExecutor:
            self._finish_here()
        except BaseException:
            for future in self.out:
                future.cancel()
            raise
        return [self.answers[k] for k in sorted(self.answers)]

    def _piece(self) -> Piece:
        """Return the next piece: single items until it is known what they take, and threads need no more."""
        size = 1
        if not self.here and self.item_s > 0.0:
            fair = -(-(self.items - self.next) // (2 * self.width))
            size = max(1, min(fair, int(WORTH_A_MESSAGE_S / self.item_s)))
        begin, self.next = self.next, min(self.items, self.next + size)
        return begin, self.next

    def _send(self, piece: Piece, tries: int, *, sent: bool) -> None:
        shared = self.shared if sent else None
        with warnings.catch_warnings():
            # Dask would have what is large put elsewhere; a worker gets it once as it is
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            future = self.executor.submit(self.call, self.task, self.name, shared, piece[0], piece[1])
        self.out[future] = (piece, tries, sent)

    def _take(self, future: Future[Any]) -> None:
        piece, tries, _ = self.out[future]
        try:
            knows, took_s, answer = future.result()
        except (CorridorError, BrokenExecutor):
            raise
        except (Exception, CancelledError) as error:
            lost = isinstance(error, OSError | EOFError | CancelledError) or type(error).__name__ in LOST
            if not lost or self.here or tries + 1 == TRIES:
                raise
            log.warning("a worker was lost (%s); its piece is done again", type(error).__name__)
            del self.out[future]
            self._send(piece, tries + 1, sent=True)
            return
        del self.out[future]
        if knows:
            self.item_s = max(took_s, 1e-6) / (piece[1] - piece[0])
            self._keep(piece, answer)
        else:
            self._send(piece, tries, sent=True)

    def _keep(self, piece: Piece, answer: Any) -> None:
        self.answers[piece[0]], self.ends[piece[0]] = answer, piece[1]
        if self.progress is not None:
            self.progress(piece[1] - piece[0])

    def _finish_here(self) -> None:
        """Do what is left in this process: a broken executor takes nothing any more."""
        log.warning("the executor lost its workers; what is left is done in this process")
        done = {i for begin, end in self.ends.items() for i in range(begin, end)}
        for i in range(self.items):
            if i not in done:
                self._keep((i, i + 1), self.task(self.shared, i, i + 1))
