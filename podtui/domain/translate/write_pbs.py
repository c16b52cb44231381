"""A Spec as #PBS directives (TORQUE and OpenPBS). Sources: their qsub manual pages."""

from __future__ import annotations

import re

from podtui.domain.job import ScriptDialect
from podtui.domain.translate.dialect import OPENPBS, TORQUE
from podtui.domain.translate.note import NoteKind
from podtui.domain.translate.quantity import colon_time
from podtui.domain.translate.sheet import Sheet, Written
from podtui.domain.translate.spec import Array, PathToken, Place, Spec
from podtui.domain.translate.variables import go_to
from podtui.domain.translate.write_common import (
    stream_text,
    write_mail,
    write_queue,
    write_rest,
    write_shell,
    write_variables,
)
from podtui.domain.translate.write_nodes import write_layout

_LONGEST_NAME = {TORQUE: 15, OPENPBS: 230}
_MOST_INDEXES = 2000
_DEPEND = frozenset(
    (
        *("after", "afterok", "afternotok", "afterany", "before", "beforeok", "beforenotok"),
        *("beforeany", "on", "synccount", "syncwith", "afterstartarray", "afterokarray"),
        *("afternotokarray", "afteranyarray"),
    )
)


def write_pbs(spec: Spec, dialect: ScriptDialect, *, at_submit: bool = False) -> Written:
    """The directives of `spec`, and what has to be told about them."""
    sheet = Sheet(spec, dialect, at_submit=at_submit)
    _name(sheet)
    write_queue(sheet, "-q")
    write_layout(sheet)
    if spec.walltime is not None:
        sheet.option("-l", f"walltime={colon_time(spec.walltime)}")
    _streams(sheet)
    _workdir(sheet)
    write_mail(sheet)
    write_variables(sheet)
    write_shell(sheet)
    _account(sheet)
    if spec.array is not None:
        _array(sheet, spec.array)
    _depend(sheet)
    write_rest(sheet)
    if spec.stage_in:
        sheet.option("-W", f"stagein={','.join(spec.stage_in)}")
    if spec.stage_out:
        sheet.option("-W", f"stageout={','.join(spec.stage_out)}")
    return sheet.written()


def _name(sheet: Sheet) -> None:
    name = sheet.spec.name
    if not name:
        return
    good = re.sub(r"\s", "_", name)
    if not re.match(r"[A-Za-z]", good):
        good = f"j{good}"
    good = good[: _LONGEST_NAME[sheet.dialect]]
    if good != name:
        limit = _LONGEST_NAME[sheet.dialect]
        sheet.changed(
            "name", f"{good}: a name begins with a letter, has {limit} characters at most"
        )
    sheet.option("-N", good)


def _streams(sheet: Sheet) -> None:
    spec = sheet.spec
    for flag, field in (("-o", "stdout"), ("-e", "stderr")):
        stream = getattr(spec, field)
        text = stream_text(sheet, field, stream) if stream is not None else ""
        if text:
            sheet.option(flag, text)
            if sheet.dialect is TORQUE and any(isinstance(p, PathToken) for p in stream.parts):
                told = "does this TORQUE fill in variables in paths? Older ones do not"
                sheet.tell(NoteKind.CHECK, field, told)
    if spec.join:
        sheet.option("-j", "oe")


def _workdir(sheet: Sheet) -> None:
    workdir = sheet.spec.workdir
    if workdir is Place.HOME or (workdir is Place.SUBMIT and sheet.at_submit):
        return
    if sheet.dialect is TORQUE:
        sheet.option("-d", "." if workdir is Place.SUBMIT else str(workdir))
        return
    sheet.commands.append(go_to(workdir, OPENPBS))
    sheet.tell(NoteKind.TOLD, "workdir", "OpenPBS begins in the home: a cd at the top goes there")


def _account(sheet: Sheet) -> None:
    spec = sheet.spec
    account = spec.account
    if spec.project and sheet.dialect is OPENPBS:
        sheet.option("-P", spec.project)
    elif spec.project and not account:
        account = spec.project
        sheet.changed("project", "TORQUE knows no projects: it is given as the account")
    elif spec.project:
        sheet.lost("project", "TORQUE knows no projects")
    if account:
        sheet.option("-A", account)
    if spec.group:
        sheet.option("-W", f"group_list={spec.group}")


def _array(sheet: Sheet, array: Array) -> None:
    limit = f"%{array.limit}" if array.limit else ""
    if sheet.dialect is TORQUE:
        parts = []
        for one in array.ranges:
            if one.step == 1 and one.first != one.last:
                parts.append(f"{one.first}-{one.last}")
            else:
                parts += [str(index) for index in range(one.first, one.last + 1, one.step)]
        if len(parts) > _MOST_INDEXES:
            sheet.lost(
                "array", "TORQUE takes no steps, and the list of its tasks would be too long"
            )
            return
        sheet.option("-t", ",".join(parts) + limit)
        return
    only = array.ranges[0]
    if len(array.ranges) > 1 or only.first == only.last:
        sheet.lost("array", "OpenPBS takes one range of two tasks or more")
        return
    step = f":{only.step}" if only.step != 1 else ""
    sheet.option("-J", f"{only.first}-{only.last}{step}{limit}")
    if limit:
        sheet.tell(NoteKind.CHECK, "array", "OpenPBS knows %limit since 20.0")


def _depend(sheet: Sheet) -> None:
    known = [one for one in sheet.spec.dependencies if one.word in _DEPEND and one.jobs]
    for one in sheet.spec.dependencies:
        if one not in known:
            sheet.lost("dependencies", f"PBS knows no {one.word}")
    if known:
        parts = (":".join((one.word, *one.jobs)) for one in known)
        sheet.option("-W", f"depend={','.join(parts)}")
        told = "the jobs' ids are those of the scheduler the script was written for"
        sheet.tell(NoteKind.CHECK, "dependencies", told)
