"""All jobs the engine knows, with the live ones apart, so that old ones cost nothing."""

import re
from collections.abc import Iterable, Iterator

from podtui.demo.batch.job import BatchJob
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.rejected import UnknownJob
from podtui.demo.batch.store import Store
from podtui.demo.batch.submission import Submission
from podtui.demo.batch.whole_array import whole_array

Key = tuple[int, int | None]
_JOB_ID = re.compile(r"(\d+)(\[(\d*)\])?(?:\.([A-Za-z0-9.-]+))?(?:@.*)?")


class Roster:
    """Jobs by id; every change is written to the store before it is seen."""

    def __init__(self, store: Store, server: str) -> None:
        self._store = store
        self._server = server
        self._jobs: dict[Key, BatchJob] = {}
        self._tasks: dict[int, list[Key]] = {}
        self._arrays: dict[int, BatchJob] = {}
        self.pending: dict[Key, None] = {}
        self.running: dict[Key, None] = {}
        for job in store.load():
            self._take(job)

    def add(self, submission: Submission, jobs: Iterable[BatchJob]) -> None:
        """Take up a new submission."""
        new = list(jobs)
        self._store.add(submission, new)
        for job in new:
            self._take(job)

    def put(self, jobs: Iterable[BatchJob]) -> None:
        """Replace jobs by what they are now."""
        changed = list(jobs)
        if not changed:
            return
        self._store.put(changed)
        for job in changed:
            self._take(job)

    def _take(self, job: BatchJob) -> None:
        key = (job.submission.sequence, job.index)
        if key not in self._jobs:
            self._tasks.setdefault(key[0], []).append(key)
        self._jobs[key] = job
        self._arrays.pop(key[0], None)
        if job.state in {"Q", "H"}:
            self.pending[key] = None
        else:
            self.pending.pop(key, None)
        if job.state in {"R", "E"}:
            self.running[key] = None
        else:
            self.running.pop(key, None)

    def pending_jobs(self) -> Iterator[BatchJob]:
        """Go through the jobs that wait, in order."""
        return (self._jobs[key] for key in tuple(self.pending))

    def running_jobs(self) -> tuple[BatchJob, ...]:
        """Give the jobs that run."""
        return tuple(self._jobs[key] for key in self.running)

    def get(self, key: Key) -> BatchJob:
        """Give the job or task with this key."""
        return self._jobs[key]

    def tasks(self, sequence: int) -> tuple[BatchJob, ...]:
        """Give the tasks of an array, or the one job."""
        return tuple(self._jobs[key] for key in self._tasks.get(sequence, ()))

    def whole(self, sequence: int) -> BatchJob:
        """Give a submission as one job; an array's state is the sum of its tasks'."""
        first = self._jobs[self._tasks[sequence][0]]
        if first.index is None:
            return first
        if sequence not in self._arrays:
            self._arrays[sequence] = whole_array(self.tasks(sequence))
        return self._arrays[sequence]

    def all(self) -> tuple[BatchJob, ...]:
        """Give all jobs, arrays as one, in the order of submission."""
        return tuple(self.whole(sequence) for sequence in self._tasks)

    def owners(self) -> set[Owner]:
        """Give everybody who has a job here."""
        return {self._jobs[keys[0]].owner for keys in self._tasks.values()}

    def sequences_in_use(self) -> set[int]:
        """Give the submissions whose files are needed: something lives, or output is kept."""
        kept = {key[0] for key, job in self._jobs.items() if job.hint is not None}
        return kept | {key[0] for key in (*self.pending, *self.running)}

    def named(self, owner: str, name: str) -> tuple[int, ...]:
        """Find a user's live submissions by job name."""
        return tuple(
            {
                key[0]: None
                for key in (*self.pending, *self.running)
                if self._jobs[key].submission.name == name and self._jobs[key].owner.user == owner
            }
        )

    def find(self, text: str) -> Key | None:
        """Read a job id; an array as a whole has the key (sequence, None). None when unknown."""
        match = _JOB_ID.fullmatch(text.strip())
        if match is None or match[4] not in {None, self._server}:
            return None
        sequence = int(match[1])
        keys = self._tasks.get(sequence)
        if keys is None:
            return None
        is_array = keys[0][1] is not None
        if match[3]:
            key = (sequence, int(match[3]))
            return key if key in self._jobs else None
        return (sequence, None) if is_array or match[2] is None else None

    def group(self, text: str) -> tuple[BatchJob, ...]:
        """Give the jobs an id means: one, or all tasks of an array; UnknownJob otherwise."""
        key = self.find(text)
        if key is None:
            raise UnknownJob(text)
        return (self._jobs[key],) if key in self._jobs else self.tasks(key[0])

    def forget_before(self, moment: float) -> set[int]:
        """Drop submissions that ended before `moment`; give their sequence numbers."""
        old = {
            sequence
            for sequence, keys in self._tasks.items()
            if all(self._ended_before(self._jobs[key], moment) for key in keys)
        }
        if old:
            self._store.forget(old)
        for sequence in old:
            for key in self._tasks.pop(sequence):
                del self._jobs[key]
            self._arrays.pop(sequence, None)
        return old

    @staticmethod
    def _ended_before(job: BatchJob, moment: float) -> bool:
        return job.state == "C" and (job.comp_time or 0.0) < moment
