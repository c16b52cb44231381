"""qdel, qhold and qrls: one act on several jobs."""

import getopt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from podtui.demo.batch.owner import Owner
from podtui.demo.batch.rejected import Rejected, UnknownJob
from podtui.demo.batch.tools.answer import Answer

if TYPE_CHECKING:
    from podtui.demo.batch.engine import Engine

_OPTIONS = {"qdel": "am:pt:W:", "qhold": "h:t:", "qrls": "h:t:"}
_USAGE = {
    "qdel": "usage: qdel job_id...\n",
    "qhold": "usage: qhold [-h u] job_id...\n",
    "qrls": "usage: qrls [-h u] job_id...\n",
}


async def act(engine: "Engine", owner: Owner, tool: str, arguments: Sequence[str]) -> Answer:
    """Do what the tool is for to every job named; go on after one that cannot be."""
    if "--help" in arguments:
        return Answer(stdout=_USAGE[tool])
    try:
        options, jobs = getopt.gnu_getopt(list(arguments), _OPTIONS[tool])
    except getopt.GetoptError as error:
        return Answer(stderr=f"{tool}: {error.msg}\n{_USAGE[tool]}", code=2)
    given = dict(options)
    if not jobs or not set(given) <= {"-h", "-t"} or given.get("-h", "u") not in {"u", "n"}:
        return Answer(stderr=_USAGE[tool], code=2)
    do = {"qdel": engine.delete, "qhold": engine.hold, "qrls": engine.release}[tool]
    errors: list[str] = []
    code = 0
    for job_id in _expanded(jobs, given.get("-t")):
        try:
            _check_owner(engine, owner, job_id)
            await do(job_id)
        except Rejected as error:
            errors.append(f"{tool}: {error}\n")
            code = error.code
    return Answer(stderr="".join(errors), code=code)


def _expanded(jobs: Sequence[str], tasks: str | None) -> list[str]:
    """Read `-t 3,5-7` as those tasks of every array named."""
    if tasks is None or not all(part.replace("-", "", 1).isdecimal() for part in tasks.split(",")):
        return list(jobs)
    numbers: list[int] = []
    for part in tasks.split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return [job.replace("[]", f"[{number}]") for job in jobs for number in numbers]


def _check_owner(engine: "Engine", owner: Owner, job_id: str) -> None:
    job = engine.job(job_id)
    if job is None:
        raise UnknownJob(job_id)
    if job.owner.user != owner.user:
        raise Rejected(f"Unauthorized Request  {job_id}", 159)
