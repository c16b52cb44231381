"""A line of the job table: a job, a task of an array, or an array with its tasks."""

from __future__ import annotations

from podtui.domain.job import JobKey
from podtui.domain.job_columns import natural, searched
from podtui.domain.job_fold import Counts, array_id, counts, folded_row, task_count
from podtui.domain.job_table import JobRow

Place = tuple[str | float | None, str, str]
"""What a line is sorted by: a field's value (None for unknown), then the id, then the cluster."""
NOWHERE: Place = (None, "", "")


class JobLine:
    """A line, the same object for as long as its job is listed. Only `Lines` changes one.

    `found_by` is what words are looked for in; `tie` sorts lines that are alike; `array` is the
    line of the array a task belongs to, `tasks` what an array holds; `counts` tells how many tasks
    stand where. `place` is where it was last sorted to, if it is `placed` in the table's order.
    """

    __slots__ = (
        "array", "array_key", "counts", "found_by", "key", "place", "placed", "row", "tasks", "tie",
    )  # fmt: skip

    row: JobRow
    found_by: str
    counts: Counts

    def __init__(self, row: JobRow) -> None:
        self.key = row.job.key
        self.tie = natural(self.key.id)
        array = array_id(self.key.id)
        self.array_key = JobKey(self.key.cluster, array) if array else None
        self.array: JobLine | None = None
        self.tasks: tuple[JobLine, ...] = ()
        self.place = NOWHERE
        self.placed = False
        self.become(row)

    def become(self, row: JobRow) -> None:
        """Stand for the same job as it is now."""
        self.row = row
        job = row.job
        self.found_by = "\n".join(searched(row)).casefold()
        many = task_count(job) if job.attributes or job.reason else 1
        self.counts = ((job.state, many),) if many > 1 else ()

    @classmethod
    def of_array(cls, key: JobKey, tasks: tuple[JobLine, ...]) -> JobLine:
        """The line of an array."""
        line = cls(folded_row(key, [task.row for task in tasks]))
        line.hold(tasks, line.row)
        return line

    def hold(self, tasks: tuple[JobLine, ...], row: JobRow) -> None:
        """Be the line of an array with these tasks, which together are `row`."""
        self.become(row)
        self.tasks = tasks
        self.counts = counts([task.row for task in tasks])
        for task in tasks:
            task.array = self

    @property
    def rows(self) -> tuple[JobRow, ...]:
        """The row, or those of all the tasks."""
        return tuple(task.row for task in self.tasks) or (self.row,)
