"""The lines of the job table: rows sorted, folded and filtered, fast enough for 100,000 of them.

What a line is found and sorted by is worked out once, when its row changes; a key press then only
runs over the lines. Times are seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from operator import attrgetter

from podtui.domain.job import JobKey
from podtui.domain.job_fold import folded_row
from podtui.domain.job_line import JobLine
from podtui.domain.job_listed import Listed, apart
from podtui.domain.job_order import LineOrder
from podtui.domain.job_query import Asker, Query
from podtui.domain.job_table import JobRow, changed
from podtui.domain.job_views import JobLook

_tie = attrgetter("tie")


class Lines:
    """Keeps lines from one refresh to the next: only what has changed is worked out anew."""

    def __init__(self) -> None:
        self._rows: tuple[JobRow, ...] = ()
        self._begin()

    def _begin(self) -> None:
        self._by_key: dict[JobKey, JobLine] = {}
        self._parts: dict[JobKey, dict[JobKey, JobLine]] = {}
        self._arrays: dict[JobKey, JobLine] = {}
        self._order = LineOrder()
        self._folds_changed = self._stirred = True
        self._top: list[JobLine] = []
        self._listed = Listed([], [])
        self._matching = self._listed
        self._found: list[tuple[Query, Listed]] = []  # each within what the one before found

    @property
    def total(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    @property
    def matching(self) -> Sequence[JobLine]:
        """The jobs and tasks that were found, arrays taken apart."""
        return self._matching.lines

    @property
    def ordered(self) -> Sequence[JobLine]:
        """All jobs and tasks in the order last shown, whether they were found or not."""
        return self._listed.lines

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
        """The rows as they are now. Those that are the same objects as before cost nothing."""
        if rows is self._rows:
            return
        gone, come = changed(self._rows, rows)
        self._rows, self._stirred = rows, True
        self._change(gone, come)
        if len(self._by_key) != len(rows):  # a list that tells a job twice: the last word counts
            self._begin()
            self._change((), rows)

    def _change(self, gone: Iterable[JobRow], come: Iterable[JobRow]) -> None:
        touched = dict.fromkeys(array for row in come if (array := self._come(row)))
        touched |= dict.fromkeys(array for row in gone if (array := self._go(row)))
        for array in touched:
            self._fold(array)
            self._folds_changed = True

    def _come(self, row: JobRow) -> JobKey | None:
        """A row is new or has changed: its array, if it is of one."""
        key = row.job.key
        line = self._by_key.get(key)
        if line is None:
            line = self._by_key[key] = JobLine(row)
            if line.array_key is not None:
                self._parts.setdefault(line.array_key, {})[key] = line
        else:
            line.become(row)
        self._order.change(line)
        return line.array_key or (key if key in self._parts else None)

    def _go(self, row: JobRow) -> JobKey | None:
        """A row has gone, perhaps because another of the same job has come."""
        key = row.job.key
        line = self._by_key.get(key)
        if line is None or line.row is not row:
            return None
        del self._by_key[key]
        self._order.drop(line)
        array = line.array_key
        if array is None:
            return key if key in self._parts else None
        tasks = self._parts[array]
        del tasks[key]
        if not tasks:
            del self._parts[array]
        return array

    def _fold(self, key: JobKey) -> None:
        """One array anew: a line of its own where it has several rows."""
        tasks = list(self._parts.get(key, {}).values())
        if tasks and (own := self._by_key.get(key)):
            tasks.append(own)
        array = self._arrays.get(key)
        if len(tasks) > 1:
            tasks.sort(key=_tie)
            self._order_out_of(tasks)
            if array is None:
                array = self._arrays[key] = JobLine.of_array(key, tuple(tasks))
            else:
                array.hold(tuple(tasks), folded_row(key, [task.row for task in tasks]))
            self._order.change(array)
        elif array is not None:
            del self._arrays[key]
            self._order.drop(array)
            for task in array.tasks:
                task.array = None
                if self._by_key.get(task.key) is task:
                    self._order.change(task)

    def _order_out_of(self, tasks: Iterable[JobLine]) -> None:
        for task in tasks:
            if task.placed:
                self._order.change(task)

    def show(
        self, look: JobLook, query: Query, asker: Asker, turned: Collection[JobKey]
    ) -> list[JobLine]:
        """The lines to show, in order. Arrays in `turned` are not as `look.unfolded` says."""
        self._arrange(look, asker.now)
        listed = self._matching = self._find(query, asker)
        if not self._arrays:
            return listed.lines
        if look.unfolded or turned:
            return listed.opened(lambda array: (array.key in turned) is not look.unfolded)
        return self._top if listed is self._listed else listed.folded

    def _find(self, query: Query, asker: Asker) -> Listed:
        """What meets the query, sought within what one before found that it narrows.

        Another letter looks through what the word found so far; a letter less finds that again.
        """
        while self._found and not query.narrows(self._found[-1][0]):
            self._found.pop()
        if not query.terms:
            return self._listed
        if not self._listed.texts:
            self._listed = self._listed.searchable()
        before, listed = self._found[-1] if self._found else (Query(), self._listed)
        if query != before:
            listed = listed.that_meet(query, asker)
            self._found.append((query, listed))
        return listed

    def _arrange(self, look: JobLook, now: float) -> None:
        if self._order.arrange(look.sort, look.descending, now, self._everything):
            self._top, self._stirred = self._order.lines, True
        if self._stirred or self._folds_changed:
            self._listed = apart(self._top) if self._arrays else Listed(self._top, self._top)
            self._found.clear()
            self._stirred = self._folds_changed = False

    def _everything(self) -> Iterable[JobLine]:
        plain = (line for line in self._by_key.values() if line.array is None)
        return chain(plain, self._arrays.values())


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
