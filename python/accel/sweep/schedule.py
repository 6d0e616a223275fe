"""Runs points on `dask.distributed` and hands back each result as it comes."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
from collections import Counter
from typing import Any, Callable, Iterator, Optional, Sequence

from accel.errors import AccelError
from accel.sweep.evaluate import evaluate
from accel.sweep.plan import Point

# How often a point may be lost with its worker: the scheduler also blames points that only waited there.
ATTEMPTS = 5
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
        "distributed.scheduler.allowed-failures": 2,
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

    The points of a worker that dies go to others, and it is replaced. A point that is lost with its worker `ATTEMPTS`
    times has an error as its result.
    """
    import distributed

    with _client(scheduler, workers) as client:
        cores = max(1, sum(client.ncores().values()))
        waiting = list(reversed(points))
        by_future: dict[Any, Point] = {}
        losses: Counter[str] = Counter()
        numbers = itertools.count()

        def submit() -> Any:
            point = waiting.pop()
            future = client.submit(work, point, key=f"accel-{point.key}-{next(numbers)}", pure=False)
            by_future[future] = point
            return future

        running = distributed.as_completed([submit() for _ in range(min(len(waiting), _AHEAD * cores))])
        for future in running:
            point = by_future.pop(future)
            result = _result(future)
            if result is None:
                losses[point.key] += 1
                if losses[point.key] < ATTEMPTS:
                    waiting.append(point)
                else:
                    result = {"status": "error", "reason": f"its worker died, {ATTEMPTS} times"}
            if result is not None:
                done(point, result)
            # The scheduler may forget it now.
            future.release()
            if waiting:
                running.add(submit())


# Time in which a finished result must arrive; a worker that dies with one in hand is noticed by this.
_HANDOVER_S = 20


def _result(future: Any) -> Optional[dict[str, Any]]:
    """What a future came to; None if it was lost with its worker."""
    import distributed

    if future.status == "error":
        error = future.exception()
        if isinstance(error, distributed.scheduler.KilledWorker):
            return None
        return {"status": "error", "reason": f"{type(error).__name__}: {error}"}
    try:
        return future.result(timeout=_HANDOVER_S)
    except (distributed.TimeoutError, distributed.CancelledError, OSError):
        return None
