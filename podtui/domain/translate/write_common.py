"""What PBS and Grid Engine write alike, and what every writer checks."""

from __future__ import annotations

import re
from datetime import time

from podtui.domain.translate.canonical import joined
from podtui.domain.translate.dialect import OPENPBS, SGE, SLURM
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.paths import write_stream
from podtui.domain.translate.quantity import Unreadable, begin_digits
from podtui.domain.translate.sheet import Sheet
from podtui.domain.translate.spec import MailEvent, PathToken, Place, Stream
from podtui.domain.translate.streams import is_relative

_LETTERS = {MailEvent.ABORT: "a", MailEvent.BEGIN: "b", MailEvent.END: "e"}
_PLAIN_SHELL = re.compile(r"/\S+")
_LEAST_PRIORITY = {SGE: -1023}  # PBS goes one further
_MOST_PRIORITY = 1023


def write_queue(sheet: Sheet, flag: str) -> None:
    """The queue, which exists under its name at one site only."""
    if sheet.spec.queue:
        sheet.option(flag, sheet.spec.queue)
        what = "partition" if sheet.dialect is SLURM else "queue"
        told = f"is there a {what} called {sheet.spec.queue} there?"
        sheet.tell(NoteKind.CHECK, "queue", told)


def write_mail(sheet: Sheet) -> None:
    """`-m` and `-M`."""
    spec = sheet.spec
    if spec.mail is not None:
        letters = "".join(letter for event, letter in _LETTERS.items() if event in spec.mail)
        sheet.option("-m", letters or "n")
    if spec.mail_to:
        sheet.option("-M", ",".join(spec.mail_to))


def write_variables(sheet: Sheet) -> None:
    """`-V` and `-v`."""
    if sheet.spec.export_all:
        sheet.option("-V")
    words = variable_words(sheet)
    if words:
        sheet.option("-v", ",".join(words))


def variable_words(sheet: Sheet) -> list[str]:
    """`NAME` or `NAME=value` of each variable; values that would part a list are told."""
    words = []
    for name, value in sheet.spec.variables:
        if value is not None and re.search(r"""[,'"\\\n]""", value):
            sheet.lost("variables", f"the value of {name} would part a list: set it in the script")
        else:
            words.append(name if value is None else f"{name}={value}")
    return words


def write_shell(sheet: Sheet) -> None:
    """`-S`, without which PBS and Grid Engine choose the interpreter themselves."""
    shell = sheet.spec.shell
    if _PLAIN_SHELL.fullmatch(shell):
        sheet.option("-S", shell)
    elif shell:
        told = f"-S takes no arguments: {sheet.label} may not run {shell!r} but its usual shell"
        sheet.changed("shell", told)


def write_rest(sheet: Sheet) -> None:
    """`-h`, `-r`, `-p`, `-a`."""
    spec = sheet.spec
    if spec.hold:
        sheet.option("-h")
    if spec.rerun is not None:
        sheet.option("-r", "y" if spec.rerun else "n")
    if spec.priority is not None:
        within = max(_LEAST_PRIORITY.get(sheet.dialect, -1024), min(_MOST_PRIORITY, spec.priority))
        if within != spec.priority:
            sheet.changed("priority", f"{spec.priority} is out of range: {within}")
        sheet.option("-p", str(within))
    if spec.begin is not None:
        if sheet.dialect is SGE and isinstance(spec.begin, time):
            sheet.lost("begin", "Grid Engine wants the day too")
        else:
            sheet.option("-a", begin_digits(spec.begin))


def write_staging(sheet: Sheet) -> None:
    """Files that travel with a job are PBS's own; podtui brings them to any cluster."""
    told = f"{sheet.label} brings no files: `podtui submit --stagein` and `--stageout` do"
    for field in ("stage_in", "stage_out"):
        if getattr(sheet.spec, field):
            sheet.lost(field, told)


def stream_text(sheet: Sheet, field: str, stream: Stream) -> str:
    """An output's path in the dialect, or the empty string after telling why not."""
    spec = sheet.spec
    if stream.host and sheet.dialect is SLURM:
        sheet.changed(field, f"Slurm writes where the job runs; it knows no host {stream.host}")
    begins = "" if spec.workdir is Place.SUBMIT else _begins(sheet)
    if begins and is_relative(stream):
        sheet.changed(field, f"a relative path begins {begins}, not where the job is submitted")
    try:
        path = write_stream(stream, spec, sheet.dialect)
    except Unreadable as error:
        first, *others = stream.parts
        if first is not PathToken.HOME or not others or not isinstance(others[0], str):
            sheet.lost(field, str(error))
            return ""
        rest = Stream(joined((others[0].lstrip("/"), *others[1:])), stream.host)
    else:
        if sheet.dialect is OPENPBS and PathToken.JOB_NAME in stream.parts:
            sheet.changed(field, "the job's name stands in the path as it is now")
        return path
    told = f"{sheet.label} has no word for the home in a path; it begins where the job is submitted"
    sheet.changed(field, told)
    return stream_text(sheet, field, rest)


def _begins(sheet: Sheet) -> str:
    """Where relative outputs begin, when that is not where the job is submitted."""
    workdir = sheet.spec.workdir
    if isinstance(workdir, str) and sheet.dialect in (SGE, SLURM):
        return f"in {workdir}"
    return "in the home" if sheet.dialect is SGE else ""


def slots_of(sheet: Sheet) -> int:
    """Cores in all."""
    return sum(chunk.count * chunk.cores for chunk in sheet.spec.chunks) or 1
