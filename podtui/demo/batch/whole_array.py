"""An array seen as one job."""

from collections.abc import Sequence
from dataclasses import replace

from podtui.demo.batch.job import BatchJob, State


def whole_array(tasks: Sequence[BatchJob]) -> BatchJob:
    """Sum an array's tasks up: it runs while one runs, and ends when all have ended.

    Its exit status is 0 when every task's is, else the first other one.
    """
    states = {task.state for task in tasks}
    state: State = "C"
    if states & {"R", "E"}:
        state = "R"
    elif "Q" in states:
        state = "R" if "C" in states else "Q"
    elif "H" in states:
        state = "H"
    starts = [task.start_time for task in tasks if task.start_time is not None]
    array = BatchJob(
        tasks[0].submission,
        None,
        state,
        holds="".join(sorted({hold for task in tasks for hold in task.holds})),
        etime=tasks[0].etime,
        start_time=min(starts, default=None),
    )
    return array if state != "C" else _completed(array, tasks)


def _completed(array: BatchJob, tasks: Sequence[BatchJob]) -> BatchJob:
    failed = next((task for task in tasks if task.exit_status != 0), None)
    return replace(
        array,
        comp_time=max(task.comp_time or 0.0 for task in tasks),
        exit_status=0 if failed is None else failed.exit_status,
        comment=None if failed is None else failed.comment,
        cput=sum(task.cput or 0.0 for task in tasks),
        mem_kb=max(task.mem_kb or 0 for task in tasks),
    )
