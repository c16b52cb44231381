"""`podtui history`: the jobs that were, as podtui remembers them; no cluster is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podtui.cli.call import Answer, Call
from podtui.cli.facts import job_facts, plain
from podtui.cli.tables import ascii_table
from podtui.domain.history import PastJob

if TYPE_CHECKING:
    from podtui.services.session import Session

_HEAD = ("Job ID", "Cluster", "State", "Exit", "Last", "Name", "Script")


async def search(call: Call, session: Session) -> Answer:
    """The jobs that have all the words, the latest first."""
    args = call.args
    found = await session.history.search(args.words, cluster=args.cluster, most=args.most)
    data = {"jobs": [past_facts(past) for past in found]}
    if not found:
        return Answer(data, ("No job is remembered with these words.",))
    return Answer(data, ascii_table(_HEAD, [_row(past) for past in found]))


def past_facts(past: PastJob) -> dict[str, object]:
    """A job as it was last told, with what podtui keeps beside it."""
    facts = job_facts(past.job)
    del facts["staging"]
    return facts | {
        "first_seen": plain(past.first_seen),
        "last_seen": plain(past.last_seen),
        "script": past.script_name,
        "script_sha256": past.script_hash,
        "paths": list(past.paths),
    }


def _row(past: PastJob) -> tuple[str, ...]:
    job = past.job
    last = job.ended or job.started or job.submitted or past.last_seen
    status = "" if job.exit_status is None else str(job.exit_status)
    when = f"{last.astimezone():%Y-%m-%d %H:%M}"
    return (job.id, job.cluster, job.state.value, status, when, job.name, past.script_name)
