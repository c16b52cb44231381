"""The jobs and tasks of the job table in order, searched and folded at the speed of C."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, compress, count, repeat
from operator import attrgetter, contains, is_not, not_

from podtui.domain.job_line import JobLine
from podtui.domain.job_query import Asker, Query

_row, _tasks, _found_by = map(attrgetter, ("row", "tasks", "found_by"))


@dataclass(frozen=True)
class Listed:
    """Lines without arrays; for each what stands for it while folded, and what it is found by.

    Three lists beside each other: a loop over 100,000 lines would take a tenth of a second.
    """

    lines: list[JobLine]
    heads: list[JobLine]
    texts: list[str] = field(default_factory=list)

    def searchable(self) -> Listed:
        """With the texts, which only a filter needs."""
        return replace(self, texts=list(map(_found_by, self.lines)))

    def that_meet(self, query: Query, asker: Asker) -> Listed:
        """Those that meet every term, in their order; they must be searchable if there is one."""
        listed = self
        for word, absent in query.words:
            there = map(contains, listed.texts, repeat(word))
            listed = listed._only(map(not_, there) if absent else there)
        for test in query.tests(asker):
            listed = listed._only(map(test, map(_row, listed.lines)))
        for pattern, absent in query.patterns:
            search = pattern.search
            listed = listed._only((search(text) is None) is absent for text in listed.texts)
        return listed

    def _only(self, wanted: Iterable[bool]) -> Listed:
        there = list(wanted)
        if all(there):
            return self
        lines, heads = list(compress(self.lines, there)), list(compress(self.heads, there))
        return Listed(lines, heads, list(compress(self.texts, there)))

    @cached_property
    def folded(self) -> list[JobLine]:
        """Each head once: the tasks of an array stand together."""
        return list(compress(self.heads, map(is_not, self.heads, chain((None,), self.heads))))

    def opened(self, is_open: Callable[[JobLine], bool]) -> list[JobLine]:
        """Each array in front of its tasks; of those that are not open, it alone."""
        shown: list[JobLine] = []
        last, opened = None, False
        for line, head in zip(self.lines, self.heads, strict=True):
            if head is line:
                shown.append(line)
                continue
            if head is not last:
                shown.append(head)
                last, opened = head, is_open(head)
            if opened and line.key != head.key:  # an array's own row is told by its head
                shown.append(line)
        return shown


def apart(top: list[JobLine]) -> Listed:
    """Jobs and arrays, the arrays taken apart into their tasks."""
    lines: list[JobLine] = []
    heads: list[JobLine] = []
    begin = 0
    for at in compress(count(), map(_tasks, top)):
        tasks = top[at].tasks
        lines += top[begin:at]
        heads += top[begin:at]
        lines += tasks
        heads += repeat(top[at], len(tasks))
        begin = at + 1
    return Listed(lines + top[begin:], heads + top[begin:])
