"""The lines of the job table: rows sorted, folded and filtered, fast enough for 100,000 of them.

What a line is found and sorted by is worked out once, when its row changes; a key press then only
runs over the lines. Times are seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter

from podtui.domain.job import JobKey
from podtui.domain.job_columns import BY_NAME, WORDS, natural
from podtui.domain.job_fold import Counts, array_id, counts, folded_row, task_count
from podtui.domain.job_query import Asker, Query
from podtui.domain.job_table import JobRow
from podtui.domain.job_views import JobLook

_SEARCHED = tuple(BY_NAME[name].text for name in WORDS)


class JobLine:
    """A line: a job, a task, or an array with its `tasks`. Only `Lines` changes one.

    `found_by` is what words are looked for in; `order` what the table is sorted by; `array` the
    line of the array a task belongs to.
    """

    __slots__ = (
        "array", "array_key", "counts", "found_by", "key", "order", "ordered_by", "row", "tasks",
        "tie",
    )  # fmt: skip

    def __init__(self, row: JobRow, tasks: tuple[JobLine, ...] = ()) -> None:
        self.row = row
        self.key = row.job.key
        self.tasks = tasks
        self.found_by = "\n".join([text(row) for text in _SEARCHED]).casefold()
        self.tie = natural(row.job.key.id)
        self.order: str | float | None = None
        self.ordered_by = ""
        array = array_id(self.key.id)
        self.array_key = JobKey(self.key.cluster, array) if array else None
        self.array: JobLine | None = None
        self.counts: Counts = ()
        if tasks:
            self.counts = counts([task.row for task in tasks])
        elif row.job.attributes or row.job.reason:
            many = task_count(row.job)
            self.counts = ((row.job.state, many),) if many > 1 else ()

    @property
    def rows(self) -> tuple[JobRow, ...]:
        """The row, or those of all the tasks."""
        return tuple(task.row for task in self.tasks) or (self.row,)


class Lines:
    """Keeps lines from one refresh to the next."""

    def __init__(self) -> None:
        self._rows: tuple[JobRow, ...] = ()
        self._by_key: dict[JobKey, JobLine] = {}
        self._arrays: dict[JobKey, JobLine] = {}
        self._top: list[JobLine] = []
        self._ordered: list[JobLine] = []
        self._sorted_by: tuple[str, bool] | None = None
        self._matching: list[JobLine] = []

    @property
    def total(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    @property
    def matching(self) -> Sequence[JobLine]:
        """The jobs and tasks that were found, arrays taken apart."""
        return self._matching

    @property
    def ordered(self) -> Sequence[JobLine]:
        """All jobs and tasks in the order last shown, whether they were found or not."""
        return self._ordered

    @property
    def arrays(self) -> Collection[JobKey]:
        """The arrays there are to fold."""
        return self._arrays.keys()

    def get(self, key: JobKey) -> JobLine | None:
        """The line of a job, a task or an array."""
        return self._arrays.get(key) or self._by_key.get(key)

    def still_there(self, keys: frozenset[JobKey]) -> frozenset[JobKey]:
        """Those of the keys that are there."""
        return keys & (self._by_key.keys() | self._arrays.keys())

    def take(self, rows: tuple[JobRow, ...]) -> None:
        """The rows as they are now. Those that are the same objects as before keep their lines."""
        if rows is self._rows:
            return
        known = self._by_key.get
        by_key: dict[JobKey, JobLine] = {}
        parts: dict[JobKey, list[JobLine]] = {}
        for row in rows:
            key = row.job.key
            line = known(key)
            if line is None or line.row is not row:
                line = JobLine(row)
            else:
                line.array = None
            by_key[key] = line
            if line.array_key is not None:
                parts.setdefault(line.array_key, []).append(line)
        self._rows, self._by_key = rows, by_key
        self._fold(parts)
        self._sorted_by = None

    def _fold(self, parts: dict[JobKey, list[JobLine]]) -> None:
        arrays = {}
        for key, tasks in parts.items():
            if own := self._by_key.get(key):
                tasks.append(own)
            if len(tasks) > 1:
                arrays[key] = self._array(key, tuple(tasks))
        self._arrays = arrays
        self._top = [line for line in self._by_key.values() if line.array is None]
        self._top.extend(arrays.values())

    def _array(self, key: JobKey, tasks: tuple[JobLine, ...]) -> JobLine:
        known = self._arrays.get(key)
        if known is None or known.tasks != tasks:
            known = JobLine(folded_row(key, [task.row for task in tasks]), tasks)
        for task in tasks:
            task.array = known
        return known

    def show(
        self, look: JobLook, query: Query, asker: Asker, turned: Collection[JobKey]
    ) -> list[JobLine]:
        """The lines to show, in order. Arrays in `turned` are not as `look.unfolded` says."""
        self._sort(look.sort, look.descending, asker.now)
        self._matching = found(self._ordered, query, asker)
        if not self._arrays:
            return self._matching
        shown: list[JobLine] = []
        last: JobLine | None = None
        for line in self._matching:
            array = line.array
            if array is None:
                shown.append(line)
                continue
            if array is not last:
                shown.append(array)
                last = array
            if (array.key in turned) is not look.unfolded and line.key != array.key:
                shown.append(line)
        return shown

    def _sort(self, name: str, descending: bool, now: float) -> None:
        if self._sorted_by == (name, descending):
            return
        field, top = BY_NAME[name], self._top
        order, moves = field.order, field.moves
        for line in top:
            if moves or line.ordered_by != name:
                line.order, line.ordered_by = order(line.row, now), name
        top.sort(key=attrgetter("tie"), reverse=descending)
        known = [line for line in top if line.order is not None]
        known.sort(key=attrgetter("order"), reverse=descending)
        known.extend(line for line in top if line.order is None)
        self._ordered = list(_opened(known)) if self._arrays else known
        self._sorted_by = (name, descending)


def _opened(top: Iterable[JobLine]) -> Iterable[JobLine]:
    for line in top:
        if line.tasks:
            yield from sorted(line.tasks, key=attrgetter("tie"))
        else:
            yield line


def found(lines: list[JobLine], query: Query, asker: Asker) -> list[JobLine]:
    """The lines that meet every term, in their order."""
    for word, absent in query.words:
        if absent:
            lines = [line for line in lines if word not in line.found_by]
        else:
            lines = [line for line in lines if word in line.found_by]
    for test in query.tests(asker):
        lines = [line for line in lines if test(line.row)]
    for pattern, absent in query.patterns:
        search = pattern.search
        lines = [line for line in lines if (search(line.found_by) is None) is absent]
    return lines


def chosen(keys: Collection[JobKey], lines: Lines) -> tuple[JobLine, ...]:
    """The lines of some keys in the order of the table, tasks of an array chosen whole left out."""
    found: dict[JobKey, JobLine] = {}
    for line in lines.ordered:
        array = line.array
        if array is not None and array.key in keys:
            found[array.key] = array
        elif line.key in keys:
            found[line.key] = line
    return tuple(found.values())
