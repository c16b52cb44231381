"""What is said above the table: whose jobs, and which cluster does not answer. Pure."""

from __future__ import annotations

from datetime import datetime

from podtui.domain.cluster import ClusterStatus, LinkState
from podtui.domain.job import Scope
from podtui.domain.job_table import ClusterJobs
from podtui.domain.text import visible
from podtui.tui.spans import clock_time, elapsed

_LIMIT = 160  # characters of a reason
_LOOK = "Press 1 to see how the links stand."


class Tries:
    """When each cluster was last asked in vain: its answer changes with each try."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[ClusterJobs, datetime]] = {}

    def note(self, answers: tuple[ClusterJobs, ...], now: datetime) -> None:
        """See the latest answers."""
        for answer in answers:
            known = self._last.get(answer.cluster)
            if known is None or known[0] != answer:
                self._last[answer.cluster] = (answer, now)

    def tried(self, cluster: str) -> datetime | None:
        """When this cluster's answer last changed."""
        known = self._last.get(cluster)
        return known[1] if known else None


def notice(
    answers: tuple[ClusterJobs, ...],
    statuses: tuple[ClusterStatus, ...],
    tries: Tries,
    now: datetime,
) -> str:
    """One or two lines for each cluster there is something to say about."""
    links = {status.name: status.link for status in statuses}
    lines = []
    for answer in answers:
        name = visible(answer.cluster, 24)
        link = links.get(answer.cluster, LinkState.IDLE)
        if answer.stale and link is LinkState.LOGIN:
            lines.append(f"▲ {name}: {link.value}, {_dated(answer, now)}: 1, then Enter, logs in")
            lines.append(f"  {visible(answer.error, _LIMIT)}")
        elif answer.stale and link is not LinkState.IDLE:
            how = _since(answer, now)
            if answer.answered is None and link is LinkState.ONLINE and answer.title:
                how = visible(answer.title, 60)  # it does answer: that it refuses
            lines.append(f"◐ {name}: {how}{_next(answer, tries, now)}")
            lines.append(f"  {visible(answer.error, _LIMIT)}")
        elif answer.stale:
            lines.append(f"○ {name}: {link.value}, {_dated(answer, now)}")
        if answer.skipped:
            lines.append(f"▲ {name}: {answer.skipped} rows of its answer could not be read.")
    return "\n".join(lines)


def _nothing_told(answers: tuple[ClusterJobs, ...], statuses: tuple[ClusterStatus, ...]) -> str:
    """What to do where no cluster has told its jobs: wait, what each says itself, or look."""
    coming = [one.name for one in statuses if one.link is LinkState.CONNECTING]
    if coming:
        return f"Connecting to {', '.join(visible(name, 24) for name in coming[:3])}…"
    hints = dict.fromkeys(visible(one.hint, _LIMIT) for one in answers if one.hint)
    return "\n".join(("No cluster has told its jobs yet.", *(hints or (_LOOK,))))


def why_empty(
    filtered: bool, answers: tuple[ClusterJobs, ...], statuses: tuple[ClusterStatus, ...]
) -> str:
    """What to do where the table has no line."""
    if filtered:
        return "No job has these words. Esc shows all."
    if not statuses:
        return "No cluster is configured yet. Press 1, then + to add one."
    if not any(answer.answered for answer in answers):
        return _nothing_told(answers, statuses)
    return "No jobs. Press n to submit one."


def scope_text(scope: Scope) -> str:
    """Whose jobs are shown, as a sentence; empty for one's own."""
    if scope.everybody:
        return "Everybody's jobs"
    if scope.user:
        return f"Jobs of {visible(scope.user, 40)}"
    return f"Jobs of the group {visible(scope.group, 40)}" if scope.group else ""


def _dated(answer: ClusterJobs, now: datetime) -> str:
    if answer.answered is None:
        return "nothing to show"
    return f"showing {clock_time(answer.answered, now)}"


def _since(answer: ClusterJobs, now: datetime) -> str:
    if answer.answered is None:
        return "no answer yet"
    silent = elapsed(now - answer.answered)
    return f"no answer for {silent}, {_dated(answer, now)}"


def _next(answer: ClusterJobs, tries: Tries, now: datetime) -> str:
    tried = tries.tried(answer.cluster)
    if tried is None or not answer.pause:
        return ""
    left = answer.pause - (now - tried).total_seconds()
    return f" (next try in {left:.0f} s)" if left >= 1 else " (trying now)"
