"""A Spec as #SBATCH directives (Slurm). Source: sbatch(1)."""

from __future__ import annotations

from podtui.domain.translate.dialect import SLURM
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.quantity import slurm_time
from podtui.domain.translate.read_slurm import MAIL_WORDS
from podtui.domain.translate.sheet import Sheet, Written
from podtui.domain.translate.spec import Array, Place, Spec, Stream
from podtui.domain.translate.variables import go_to
from podtui.domain.translate.write_common import (
    stream_text,
    variable_words,
    write_queue,
    write_staging,
)
from podtui.domain.translate.write_tasks import write_layout, write_memory

_DEPEND = frozenset(
    (
        *("after", "afterany", "afterburstbuffer", "aftercorr", "afternotok", "afterok"),
        *("expand", "singleton"),
    )
)


def write_slurm(spec: Spec, *, at_submit: bool = False) -> Written:
    """The directives of `spec`, and what has to be told about them."""
    sheet = Sheet(spec, SLURM, at_submit=at_submit)
    if spec.name:
        sheet.option("--job-name", spec.name)
    write_queue(sheet, "--partition")
    write_layout(sheet)
    if spec.walltime is not None:
        sheet.option("--time", slurm_time(spec.walltime))
    write_memory(sheet)
    _streams(sheet)
    _workdir(sheet)
    _mail(sheet)
    _export(sheet)
    _account(sheet)
    if spec.array is not None:
        sheet.option("--array", _indexes(spec.array))
    _depend(sheet)
    _rest(sheet)
    write_staging(sheet)
    return sheet.written()


def _streams(sheet: Sheet) -> None:
    """Slurm joins the outputs unless both have a name; PBS's default names keep them apart."""
    spec = sheet.spec
    out = _path(sheet, "stdout", spec.stdout)
    if spec.join:
        if out:
            sheet.option("--output", out)
        else:
            told = "both outputs go to slurm-%j.out (tasks of arrays: slurm-%A_%a.out)"
            sheet.tell(NoteKind.TOLD, "stdout", told)
        return
    sheet.option("--output", out or _default("", "o", spec))
    sheet.option("--error", _path(sheet, "stderr", spec.stderr) or _default("", "e", spec))
    if spec.stdout is None or spec.stderr is None:
        told = "Slurm would join the outputs: the default names are written out (%x name, %j id)"
        sheet.tell(NoteKind.TOLD, "join", told)


def _path(sheet: Sheet, field: str, stream: Stream | None) -> str:
    if stream is None:
        return ""
    last = stream.parts[-1]
    if not isinstance(last, str) or not last.endswith("/"):
        if isinstance(last, str) and "." not in last.rpartition("/")[2]:
            sheet.tell(NoteKind.CHECK, field, "if it is a folder: Slurm wants a file's name in it")
        return stream_text(sheet, field, stream)
    # A folder: it is written with a name in it, because Slurm takes no folder.
    bare = stream_text(sheet, field, Stream((*stream.parts[:-1], f"{last}."), stream.host))
    letter = "o" if field == "stdout" else "e"
    return _default(bare[:-1], letter, sheet.spec) if bare else ""


def _default(folder: str, letter: str, spec: Spec) -> str:
    return f"{folder}%x.{letter}{'%j' if spec.array is None else '%A-%a'}"


def _workdir(sheet: Sheet) -> None:
    workdir = sheet.spec.workdir
    if isinstance(workdir, str):
        sheet.option("--chdir", workdir)
    elif workdir is Place.HOME:
        sheet.commands.append(go_to(workdir, SLURM))
        told = "the job began in the home: a cd at the top goes there, as --chdir cannot say it"
        sheet.tell(NoteKind.TOLD, "workdir", told)


def _mail(sheet: Sheet) -> None:
    spec = sheet.spec
    if spec.mail is not None:
        words = [word for event, word in MAIL_WORDS.items() if event in spec.mail]
        sheet.option("--mail-type", ",".join(words) or "NONE")
        if words and spec.array is not None:
            told = "one mail for the whole array; add ARRAY_TASKS for one a task"
            sheet.tell(NoteKind.CHECK, "mail", told)
    if spec.mail_to:
        sheet.option("--mail-user", ",".join(spec.mail_to))
        if len(spec.mail_to) > 1:
            sheet.tell(NoteKind.CHECK, "mail_to", "does Slurm there take several addresses?")


def _export(sheet: Sheet) -> None:
    words = variable_words(sheet)
    if sheet.spec.export_all:
        if words:
            sheet.option("--export", ",".join(("ALL", *words)))
        return
    sheet.option("--export", ",".join(words) or "NONE")
    told = "without -V nothing else of your environment goes along; Slurm would take all of it"
    sheet.tell(NoteKind.TOLD, "export_all", told)


def _account(sheet: Sheet) -> None:
    spec, account = sheet.spec, sheet.spec.account
    for field in ("project", "group"):
        value = getattr(spec, field)
        if value and not account:
            account = value
            sheet.changed(field, f"Slurm knows no {field}: it is given as the account")
        elif value:
            sheet.lost(field, f"Slurm knows no {field}, and the account is told already")
    if account:
        sheet.option("--account", account)


def _indexes(array: Array) -> str:
    parts = []
    for one in array.ranges:
        step = f":{one.step}" if one.step != 1 else ""
        parts.append(str(one.first) if one.first == one.last else f"{one.first}-{one.last}{step}")
    return ",".join(parts) + (f"%{array.limit}" if array.limit else "")


def _depend(sheet: Sheet) -> None:
    known = [one for one in sheet.spec.dependencies if one.word in _DEPEND]
    for one in sheet.spec.dependencies:
        if one not in known:
            sheet.lost("dependencies", f"Slurm knows no {one.word}")
    if known:
        sheet.option("--dependency", ",".join(":".join((one.word, *one.jobs)) for one in known))
        told = "the jobs' ids are those of the scheduler the script was written for"
        sheet.tell(NoteKind.CHECK, "dependencies", told)


def _rest(sheet: Sheet) -> None:
    spec = sheet.spec
    if spec.hold:
        sheet.option("--hold")
    if spec.rerun is not None:
        sheet.option("--requeue" if spec.rerun else "--no-requeue")
    if spec.priority is not None:
        sheet.option("--nice", str(-spec.priority))
        if spec.priority > 0:
            told = "more than the usual priority is for operators alone: Slurm may refuse it"
            sheet.tell(NoteKind.CHECK, "priority", told)
    if spec.begin is not None:
        sheet.option("--begin", spec.begin.isoformat(timespec="seconds"))
