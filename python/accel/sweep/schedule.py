"""Runs points on `dask.distributed` and hands back each result as it comes."""

from __future__ import annotations

import contextlib
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
    settings = {"distributed.scheduler.allowed-failures": ALLOWED_FAILURES, "distributed.admin.log-length": 0}
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

        def submit() -> Any:
            point = waiting.pop()
            future = client.submit(work, point, key=f"accel-{point.key}", pure=False)
            by_future[future] = point
            return future

        running = distributed.as_completed([submit() for _ in range(min(len(waiting), _AHEAD * cores))])
        for future in running:
            point = by_future.pop(future)
            if _was_killed(future):
                blamed.append(point)
            else:
                done(point, _result(future))
            # The scheduler may forget it now.
            future.release()
            if waiting:
                running.add(submit())
        for point in blamed:
            future = client.submit(work, point, key=f"accel-{point.key}-alone", pure=False)
            distributed.wait(future)
            done(point, _result(future))


def _was_killed(future: Any) -> bool:
    import distributed

    return future.status == "error" and isinstance(future.exception(), distributed.scheduler.KilledWorker)


def _result(future: Any) -> dict[str, Any]:
    if future.status == "finished":
        return future.result()
    if _was_killed(future):
        reason = "every worker that took it died"
    else:
        error = future.exception()
        reason = f"{type(error).__name__}: {error}" if error else f"point was {future.status}"
    return {"status": "error", "reason": reason}
