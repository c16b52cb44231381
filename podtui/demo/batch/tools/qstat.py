"""qstat on the pod's shells: the table, the full text, the XML; as TORQUE prints them."""

import getopt
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from podtui.demo.batch.job import BatchJob
from podtui.demo.batch.owner import Owner
from podtui.demo.batch.rejected import UnknownJob
from podtui.demo.batch.tools.answer import Answer
from podtui.demo.batch.units import clock

if TYPE_CHECKING:
    from podtui.demo.batch.engine import Engine

_USAGE = "usage: qstat [-f] [-x] [-t] [-1] [-u user_list] [job_id... | queue...]\n"
_TABLE_HEAD = (
    "Job ID                    Name             User            Time Use S Queue\n"
    "------------------------- ---------------- --------------- -------- - -----\n"
)
_TIMES = {"ctime", "mtime", "qtime", "etime", "start_time", "comp_time", "Execution_Time"}
_WIDTH = 78
_WIDE_NAMES = (
    *("Job ID", "Username", "Queue", "Jobname", "SessID", "NDS", "TSK"),
    *("Memory", "Time", "S", "Time"),
)
_WIDE_WIDTHS = (23, 11, 8, 16, 6, 5, 6, 9, 9, 1, 9)
_WIDE = "{:<23} {:<11} {:<8} {:<16} {:>6} {:>5} {:>6} {:>9} {:>9} {:<1} {:>9}\n"


def qstat(engine: "Engine", _owner: Owner, arguments: Sequence[str]) -> Answer:
    """Print the jobs named, those of the queues named, or all; 153 when one is unknown."""
    if "--help" in arguments:
        return Answer(stdout=_USAGE)
    try:
        options, names = getopt.gnu_getopt(list(arguments), "faexit1nu:")
    except getopt.GetoptError as error:
        return Answer(stderr=f"qstat: {error.msg}\n{_USAGE}", code=2)
    flags = {option for option, _ in options}
    users = next((value.split(",") for option, value in options if option == "-u"), None)
    jobs, errors = _chosen(engine, names, tasks="-t" in flags)
    if users is not None:
        jobs = [job for job in jobs if job.owner.user in users]
    if "-x" in flags:
        text = xml(jobs) if jobs or not errors else ""
    elif "-f" in flags:
        text = full(jobs, fold="-1" not in flags)
    elif users is not None or flags & {"-a", "-n", "-i"}:
        text = wide(jobs, engine.server)
    else:
        text = table(jobs)
    return Answer(stdout=text, stderr="".join(errors), code=153 if errors else 0)


def _chosen(
    engine: "Engine", names: Sequence[str], *, tasks: bool
) -> tuple[list[BatchJob], list[str]]:
    errors: list[str] = []
    jobs: list[BatchJob] = []
    queues = {queue.name for queue in engine.queues}
    for name in names or [""]:
        if not name or name in queues:
            jobs += [job for job in engine.jobs() if name in {"", job.queue}]
        elif (job := engine.job(name)) is not None:
            jobs.append(job)
        else:
            errors.append(f"qstat: {UnknownJob(name)}\n")
    if tasks:
        jobs = [task for job in jobs for task in (engine.tasks(job.id) if job.is_array else (job,))]
    return jobs, errors


def _fitted(text: str, width: int) -> str:
    """Make what stands in a column visible, and narrow enough: the end is kept, as by TORQUE."""
    shown = "".join(character if character.isprintable() else "?" for character in text)
    return shown if len(shown) <= width else f"...{shown[3 - width :]}"


def table(jobs: Iterable[BatchJob]) -> str:
    """Write the short table; nothing at all for no jobs."""
    rows = [
        f"{_fitted(job.id, 25):<26} {_fitted(job.name, 16):<16} {_fitted(job.owner.user, 15):<15} "
        f"{_time_used(job):>8} {job.state} {job.queue:<15}\n"
        for job in jobs
    ]
    return _TABLE_HEAD + "".join(rows) if rows else ""


def _time_used(job: BatchJob) -> str:
    return "0" if job.cput is None else clock(job.cput)


def wide(jobs: Iterable[BatchJob], server: str) -> str:
    """Write the wide table of `-a` and `-u`; nothing at all for no jobs."""
    rows = [_WIDE.format(*_wide_row(job)) for job in jobs]
    head = [
        _WIDE.format(*[""] * 7, "Req'd", "Req'd", "", "Elap"),
        _WIDE.format(*_WIDE_NAMES),
        _WIDE.format(*("-" * width for width in _WIDE_WIDTHS)),
    ]
    return f"\n{server}: \n" + "".join([*head, *rows]) if rows else ""


def _wide_row(job: BatchJob) -> tuple[str, ...]:
    request = job.submission.request
    used = job.walltime_used()
    return (
        _fitted(job.id, 23),
        _fitted(job.owner.user, 11),
        _fitted(job.queue, 8),
        _fitted(job.name, 16),
        str(job.session_id or "--"),
        str(request.nodes),
        str(request.cores),
        dict(request.resources).get("mem", "--"),
        "--" if request.walltime is None else clock(request.walltime),
        job.state,
        "--" if used is None else clock(used),
    )


def full(jobs: Iterable[BatchJob], *, fold: bool) -> str:
    """Write every attribute; long values go on after a newline and a tab."""
    return "".join(
        f"Job Id: {job.id}\n"
        + "".join(_line(name, value, fold=fold) for name, value in _attributes(job))
        + "\n"
        for job in jobs
    )


def _attributes(job: BatchJob) -> list[tuple[str, str]]:
    found = []
    for name, value in job.attributes().items():
        shown = str(value)
        if name in _TIMES and isinstance(value, int):
            shown = time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(value))
        if name != "job_id":
            found.append((name.replace("{", ".").replace("}", ""), shown))
    return found


def _line(name: str, value: str, *, fold: bool) -> str:
    line = f"    {name} = {value}"
    if not fold or len(line) <= _WIDTH:
        return line + "\n"
    return "\n\t".join(_folded(line)) + "\n"


def _folded(line: str) -> list[str]:
    """Break at commas where one is near, else anywhere, as TORQUE does."""
    pieces = []
    room = _WIDTH
    while len(line) > room:
        cut = line.rfind(",", 0, room) + 1
        cut = cut if cut > 0 else room
        pieces.append(line[:cut])
        line = line[cut:]
        room = _WIDTH - 8
    return [*pieces, line] if line else pieces


def xml(jobs: Iterable[BatchJob]) -> str:
    """Write TORQUE's XML: root `Data`, a `Job` each, dotted attributes nested, times as epochs."""
    body = "".join(f"<Job><Job_Id>{_text(job.id)}</Job_Id>{_elements(job)}</Job>" for job in jobs)
    return f'<?xml version="1.0"?>\n<Data>{body}</Data>\n'


def _elements(job: BatchJob) -> str:
    plain: list[str] = []
    nested: dict[str, list[str]] = {}
    for name, value in job.attributes().items():
        outer, brace, inner = name.partition("{")
        if brace:
            inner = inner.rstrip("}")
            nested.setdefault(outer, []).append(f"<{inner}>{_text(str(value))}</{inner}>")
        elif name != "job_id":
            plain.append(f"<{name}>{_text(str(value))}</{name}>")
    return "".join(plain) + "".join(
        f"<{outer}>{''.join(inners)}</{outer}>" for outer, inners in nested.items()
    )


def _text(value: str) -> str:
    """Escape text; characters that XML cannot carry become question marks."""
    legal = "".join(
        character
        if character in "\t\n\r" or (character >= " " and not "\ud800" <= character <= "\udfff")
        else "?"
        for character in value
    )
    return escape(legal, {"'": "&apos;", '"': "&quot;"})
