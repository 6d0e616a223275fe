"""Runs points on `dask.distributed` and hands back each result as it comes."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
from typing import Any, Callable, Iterator, Optional, Sequence

from accel.errors import AccelError
from accel.sweep.evaluate import evaluate
from accel.sweep.plan import Point

# A point whose worker dies more often than this is blamed for it.
ALLOWED_FAILURES = 2
# Points sent ahead for each core: enough to keep it busy, few enough that a large sweep does not fill the scheduler.
_AHEAD = 2


@contextlib.contextmanager
def _client(scheduler: Optional[str], workers: Optional[int]) -> Iterator[Any]:
    """A client of the named scheduler, or of workers of our own, one process and one thread a core."""
    import dask
    import distributed

    # Lost workers are reported as results of their points; the library's own messages would tear the progress bar.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    settings = {
        "distributed.scheduler.allowed-failures": ALLOWED_FAILURES,
        # We send points ahead ourselves; the scheduler's own queue may forget one whose worker dies.
        "distributed.scheduler.worker-saturation": "inf",
    }
    with dask.config.set(settings), contextlib.ExitStack() as stack:
        if scheduler:
            try:
                yield stack.enter_context(distributed.Client(scheduler, timeout=10))
            except (OSError, ValueError) as error:
                raise AccelError(f"error: scheduler {scheduler} cannot be reached: {error}") from None
            return
        cluster = stack.enter_context(distributed.LocalCluster(
            n_workers=workers or os.cpu_count(), threads_per_worker=1, processes=True, dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ))
        yield stack.enter_context(distributed.Client(cluster))


def run(
    points: Sequence[Point], done: Callable[[Point, dict[str, Any]], None], scheduler: Optional[str] = None,
    workers: Optional[int] = None, work: Callable[[Point], dict[str, Any]] = evaluate,
) -> None:
    """Calls `done` with every point and its result, in the order in which they finish.

    A worker that dies is replaced. The scheduler blames every point that waited on it, the innocent ones too; so blamed
    points run again at the end, one at a time. A point that takes down its workers even then has an error as result.
    """
    import distributed

    with _client(scheduler, workers) as client:
        cores = max(1, sum(client.ncores().values()))
        waiting = list(reversed(points))
        by_future: dict[Any, Point] = {}
        blamed: list[Point] = []
        numbers = itertools.count()

        def submit(point: Point) -> Any:
            future = client.submit(work, point, key=f"accel-{point.key}-{next(numbers)}", pure=False)
            by_future[future] = point
            return future

        running = distributed.as_completed([submit(waiting.pop()) for _ in range(min(len(waiting), _AHEAD * cores))])
        for future in running:
            point = by_future.pop(future)
            result = _result(future)
            if result is _KILLED:
                blamed.append(point)
            elif result is _LOST:
                waiting.append(point)
            else:
                done(point, result)
            # The scheduler may forget it now.
            future.release()
            if waiting:
                running.add(submit(waiting.pop()))
        for point in blamed:
            result = _LOST
            while result is _LOST:
                future = submit(point)
                distributed.wait(future)
                result = _result(future)
            done(point, result)


# What a future came to, besides a result: its worker died too often, or died with the result before handing it over.
_KILLED = {"status": "error", "reason": "every worker that took it died"}
_LOST: dict[str, Any] = {}
_HANDOVER_S = 20


def _result(future: Any) -> dict[str, Any]:
    import distributed

    if future.status == "error":
        error = future.exception()
        if isinstance(error, distributed.scheduler.KilledWorker):
            return _KILLED
        return {"status": "error", "reason": f"{type(error).__name__}: {error}"}
    try:
        return future.result(timeout=_HANDOVER_S)
    except (distributed.TimeoutError, distributed.CancelledError, OSError):
        return _LOST
