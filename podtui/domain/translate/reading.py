"""A script as its scheduler reads it: the Spec, and what is not in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from podtui.domain.job import ScriptDialect
from podtui.domain.translate import read_pbs, read_sge, read_slurm
from podtui.domain.translate.canonical import canonical
from podtui.domain.translate.dialect import OPENPBS, SGE, SLURM, TORQUE
from podtui.domain.translate.draft import Draft, Read
from podtui.domain.translate.lines import Directive, Option, Taken, options_of, take_apart, words_of
from podtui.domain.translate.note import Note, NoteKind
from podtui.domain.translate.quantity import Unreadable
from podtui.domain.translate.spec import Place, Spec
from podtui.domain.translate.variables import defined, goes_to_submit, gone_to

_READERS: dict[ScriptDialect, dict[str, Read]] = {
    TORQUE: read_pbs.readers(TORQUE),
    OPENPBS: read_pbs.readers(OPENPBS),
    SGE: read_sge.READERS,
    SLURM: read_slurm.READERS,
}
_SETTLE: dict[ScriptDialect, Callable[[Draft], None]] = {
    TORQUE: lambda draft: read_pbs.settle(draft, TORQUE),
    OPENPBS: lambda draft: read_pbs.settle(draft, OPENPBS),
    SGE: read_sge.settle,
    SLURM: read_slurm.settle,
}
_DEFAULTS = {
    SLURM: Spec(workdir=Place.SUBMIT, export_all=True, join=True),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a script asks for. Every directive is in `spec` or in `notes`.

    `origins` are the options each field comes from, `names` the variables that an earlier
    translation sets, `at_submit` whether the body goes to the submission's folder by itself.
    """

    spec: Spec
    notes: tuple[Note, ...]
    origins: dict[str, tuple[Option, ...]]
    taken: Taken
    names: frozenset[str]
    at_submit: bool


def read_script(script: str, dialect: ScriptDialect) -> Reading:
    """Read a script as `dialect`'s scheduler does."""
    taken = take_apart(script, dialect)
    draft = Draft(_DEFAULTS.get(dialect, Spec()))
    first, others = _components(taken.directives, dialect)
    for directive in first:
        _read(draft, directive, dialect)
    for directive in others:
        draft.lost(Option(directive.text, "", directive.line), "of a job's second component")
    _SETTLE[dialect](draft)
    spec = draft.spec
    top = taken.lines[0][1] if taken.lines else ""
    if top.startswith("#!") and (dialect is SLURM or not spec.shell):
        spec = replace(spec, shell=" ".join(top[2:].split()))
    at_submit = goes_to_submit(taken.body)
    workdir = Place.SUBMIT if at_submit else gone_to(taken.block)
    if workdir is not None:
        spec = replace(spec, workdir=workdir)
    origins = {field: tuple(options) for field, options in draft.origins.items()}
    names = defined(taken.block)
    return Reading(canonical(spec), tuple(draft.notes), origins, taken, names, at_submit)


def _components(
    told: tuple[Directive, ...], dialect: ScriptDialect
) -> tuple[tuple[Directive, ...], tuple[Directive, ...]]:
    """Slurm's heterogeneous jobs: what stands behind `hetjob` is for another component."""
    parted = (at for at, one in enumerate(told) if one.text in ("hetjob", "packjob"))
    at = next(parted, len(told)) if dialect is SLURM else len(told)
    return told[:at], told[at:]


def _read(draft: Draft, directive: Directive, dialect: ScriptDialect) -> None:
    whole = Option(directive.text, "", directive.line)
    try:
        words, comment = words_of(directive.text)
    except ValueError:
        draft.lost(whole, "its quotes do not close")
        return
    if comment:
        draft.note(NoteKind.TOLD, whole, f"the comment behind it is left out: {comment}")
    options, strange = options_of(words, directive.line, dialect)
    for option in strange:
        draft.lost(option, "the scheduler itself does not know it")
    for option in options:
        read = _READERS[dialect].get(option.flag, _unknown)
        try:
            read(draft, option)
        except Unreadable as error:
            draft.lost(option, str(error))
        except ValueError:  # Python reads no number of thousands of digits
            draft.lost(option, "a number no scheduler takes")


def _unknown(draft: Draft, option: Option) -> None:
    draft.lost(option, "other schedulers know nothing like it")
