"""A whole script from one dialect into another, with a diff and notes."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace

from podtui.domain.job import ScriptDialect
from podtui.domain.text import visible
from podtui.domain.translate.canonical import shape
from podtui.domain.translate.dialect import GRAMMARS, OPENPBS, SGE, SLURM, TORQUE, label
from podtui.domain.translate.lines import BLOCK_BEGINS, BLOCK_ENDS, split_lines, take_apart
from podtui.domain.translate.note import Note, NoteKind
from podtui.domain.translate.reading import Reading, read_script
from podtui.domain.translate.sheet import Written
from podtui.domain.translate.spec import Place, Spec
from podtui.domain.translate.variables import definitions, kind_of_shell, used_names
from podtui.domain.translate.write_pbs import write_pbs
from podtui.domain.translate.write_sge import write_sge
from podtui.domain.translate.write_slurm import write_slurm
from podtui.errors import InputError

_OPENPBS_ONLY = re.compile(r"(?:^|\s)(?:-J|-P|-R)|\b(?:select|place)=")
_KEPT = re.compile(r"#(#(?:PBS|\$|SBATCH) .*?)  # podtui: no equivalent in .*")
_STEPS = re.compile(r"\b(srun|mpirun|mpiexec)\b")
_QUEUE_COMMANDS = "qsub|qstat|qdel|qhold|qrls|qalter"
_COMMANDS = {
    TORQUE: re.compile(rf"\b(pbsdsh|{_QUEUE_COMMANDS})\b"),
    OPENPBS: re.compile(rf"\b(pbsdsh|pbs_tmrsh|{_QUEUE_COMMANDS})\b"),
    SGE: re.compile(rf"\b(qrsh|qconf|qacct|{_QUEUE_COMMANDS})\b"),
    SLURM: re.compile(r"\b(srun|sbatch|squeue|scancel|scontrol|sbcast|sacct)\b"),
}
_DEFAULT_SHELL = "/bin/bash"


@dataclass(frozen=True, slots=True)
class Translation:
    """A script for another scheduler. Every directive of the source is in it, or in `notes`."""

    script: str
    notes: tuple[Note, ...]
    source: ScriptDialect
    target: ScriptDialect

    @property
    def lost(self) -> tuple[Note, ...]:
        """What has no equivalent."""
        return tuple(note for note in self.notes if note.kind is NoteKind.LOST)


def guess_source(script: str) -> ScriptDialect:
    """The dialect of a script's directives; InputError when there are none, or of several."""
    found = [one for one in (TORQUE, SGE, SLURM) if take_apart(script, one).directives]
    if len(found) != 1:
        several = " and ".join(f"{label(one)} ({GRAMMARS[one].prefix})" for one in found)
        raise InputError(
            f"The script has directives for {several}."
            if found
            else "The script has no directives.",
            title="Which scheduler is it for?",
            hint="Tell with --from.",
        )
    if found[0] is not TORQUE:
        return found[0]
    lines = take_apart(script, OPENPBS).directives
    only = any(_OPENPBS_ONLY.search(line.text) for line in lines)
    return OPENPBS if only else TORQUE


def write_options(spec: Spec, dialect: ScriptDialect, *, at_submit: bool = False) -> Written:
    """The directives of `spec` in a dialect, without their prefix."""
    if dialect is SGE:
        return write_sge(spec, at_submit=at_submit)
    if dialect is SLURM:
        return write_slurm(spec, at_submit=at_submit)
    return write_pbs(spec, dialect, at_submit=at_submit)


def write_script(spec: Spec, dialect: ScriptDialect, body: str) -> tuple[str, tuple[Note, ...]]:
    """A script of `spec` and `body`, and what has to be told about it."""
    written = write_options(spec, dialect)
    prefix = GRAMMARS[dialect].prefix
    head = [f"#!{spec.shell}"] if spec.shell else []
    lines = [*head, *(f"{prefix} {option}" for option in written.options)]
    block = _block(written.commands)
    return "\n".join([*lines, *block, body]), written.notes


def translate(script: str, source: ScriptDialect, target: ScriptDialect) -> Translation:
    """The script for `target`; into its own dialect it stays as it is."""
    if source is target:
        return Translation(script, (), source, target)
    restored, lines = _restore(script, GRAMMARS[target].prefix)
    reading = read_script(restored, source)
    written = write_options(reading.spec, target, at_submit=reading.at_submit)
    notes = [*reading.notes, *_placed(written.notes, reading)]
    body, told = _silenced(reading, target)
    notes += told
    commands, told = _commands(reading, written, source, target)
    notes += told
    head, told = _shebang(reading, body, source, target)
    notes += told
    comments = _comments(notes, GRAMMARS[source].prefix, label(target))
    directives = [f"{GRAMMARS[target].prefix} {option}" for option in written.options]
    directives += [*comments, *lines]
    text = _assembled(body, reading.taken.at, head, directives, _block(commands))
    ordered = sorted(dict.fromkeys(notes), key=lambda note: note.line or 1 << 30)
    return Translation(text, tuple(ordered), source, target)


def unified_diff(before: str, after: str, name: str, target: str) -> str:
    """The changes as `diff -u` shows them; lines end with a newline."""
    lines = difflib.unified_diff(
        split_lines(before), split_lines(after), name, f"{name} ({target})"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def note_line(note: Note) -> str:
    """A note as one harmless line."""
    place = f"line {note.line}: " if note.line else ""
    what = f"{note.directive}: " if note.line else ""
    return visible(f"{note.kind.value}: {place}{what}{note.message}")


def _restore(script: str, prefix: str) -> tuple[str, list[str]]:
    """The script without directives kept as comments in an earlier translation, and these."""
    kept: list[str] = []
    lines: list[str] = []
    for line in split_lines(script):
        match = _KEPT.fullmatch(line.rstrip("\r\n"))
        if match and match[1].startswith(f"{prefix} "):
            kept.append(match[1])
        else:
            lines.append(line)
    return "".join(lines), kept


def _placed(notes: tuple[Note, ...], reading: Reading) -> list[Note]:
    """Notes about fields, now about the directives the fields come from."""
    placed = []
    for note in notes:
        fields = (note.field, "chunks") if note.field == "memory" else (note.field,)
        found = [reading.origins[field] for field in fields if field in reading.origins]
        options = found[0] if found else ()
        options = tuple(one for one in options if one.text == note.directive) or options
        if note.kind is NoteKind.LOST and options:
            placed += [replace(note, line=one.line, directive=one.text) for one in options]
        elif options:
            text = " ".join(one.text for one in options)
            placed.append(replace(note, line=options[0].line, directive=text))
        else:
            placed.append(note)
    return placed


def _silenced(reading: Reading, target: ScriptDialect) -> tuple[list[str], list[Note]]:
    """The other lines; what was a comment and would be a directive is made a comment again."""
    grammar = GRAMMARS[target]
    lines: list[str] = []
    notes: list[Note] = []
    for at, (number, line) in enumerate(reading.taken.lines):
        read = grammar.whole_file or at < reading.taken.read
        match = grammar.line.match(line.rstrip("\r\n")) if read else None
        if match is None:
            lines.append(line)
            continue
        lines.append(f"#{line}")
        told = f"a comment to its scheduler, a directive to {grammar.label}: kept behind ##"
        notes.append(Note(NoteKind.CHANGED, told, number, line.strip()))
    return lines, notes


def _commands(
    reading: Reading, written: Written, source: ScriptDialect, target: ScriptDialect
) -> tuple[list[str], list[Note]]:
    """The commands for the top of the body."""
    spec, body = reading.spec, reading.taken.body
    names = tuple(dict.fromkeys((*used_names(body, source), *sorted(reading.names))))
    numbers = _numbers(spec, target) if source is SLURM else {}
    found = definitions(names, target, spec.shell, numbers)
    notes = [*found.notes, *_strangers(body, source, target)]
    commands = [*written.commands, *found.commands]
    kind = kind_of_shell(spec.shell)
    if written.commands and not kind:
        told = f"{spec.shell} is no shell: go to the {_place(spec)} in the script itself"
        notes.append(Note(NoteKind.LOST, told))
        commands = list(found.commands)
    starts_steps = _STEPS.search(body) or any("srun" in command for command in commands)
    if target is SLURM and not spec.export_all and starts_steps and kind:
        commands.insert(0, f"{'unset' if kind == 'sh' else 'unsetenv'} SLURM_EXPORT_ENV")
        told = "srun would start steps without the script's variables: SLURM_EXPORT_ENV is unset"
        notes.append(Note(NoteKind.TOLD, told))
    return commands, notes


def _numbers(spec: Spec, target: ScriptDialect) -> dict[str, str]:
    """Numbers of Slurm's that the target does not tell as such, because it counts cores."""
    whole = shape(spec)
    if whole is None or not whole.threads:
        return {}
    numbers = {"SLURM_CPUS_PER_TASK": str(whole.threads)}
    if whole.threads > 1 and target is not OPENPBS:
        numbers.update(dict.fromkeys(("SLURM_NTASKS", "SLURM_NPROCS"), str(whole.tasks)))
    return numbers


def _strangers(body: str, source: ScriptDialect, target: ScriptDialect) -> list[Note]:
    """Commands and folders the body uses that its old scheduler brought along."""
    notes = []
    for name in dict.fromkeys(_COMMANDS[source].findall(body)):
        if not _COMMANDS[target].fullmatch(name):
            told = f"the script calls {name}, which {label(target)} does not bring along"
            notes.append(Note(NoteKind.CHECK, told, 0, name))
    if target is SLURM and re.search(r"\bTMPDIR\b", body):
        notes.append(Note(NoteKind.CHECK, "Slurm makes no TMPDIR of the job's own", 0, "TMPDIR"))
    return notes


def _place(spec: Spec) -> str:
    return spec.workdir.value if isinstance(spec.workdir, Place) else f"folder {spec.workdir}"


def _shebang(
    reading: Reading, body: list[str], source: ScriptDialect, target: ScriptDialect
) -> tuple[str, list[Note]]:
    """The new first line, empty to leave it; Slurm runs what it names, and wants one."""
    first = body[0] if body and body[0].startswith("#!") else ""
    shell = reading.spec.shell
    if target is not SLURM or (first and " ".join(first[2:].split()) == shell):
        return "", []
    if shell:
        told = f"Slurm runs what the first line names: #!{shell}"
        options = reading.origins.get("shell", ())
        line, text = (options[-1].line, options[-1].text) if options else (0, "")
        return f"#!{shell}", [Note(NoteKind.TOLD, told, line, text)]
    told = f"{label(source)} runs your login shell; Slurm wants a first line: #!{_DEFAULT_SHELL}"
    return f"#!{_DEFAULT_SHELL}", [Note(NoteKind.CHANGED, told)]


def _comments(notes: list[Note], prefix: str, there: str) -> list[str]:
    """What has no equivalent, kept as comments."""
    lost = [note.directive for note in notes if note.kind is NoteKind.LOST and note.line]
    return [f"#{prefix} {text}  # podtui: no equivalent in {there}" for text in dict.fromkeys(lost)]


def _block(commands: list[str] | tuple[str, ...]) -> list[str]:
    return [BLOCK_BEGINS, *commands, BLOCK_ENDS] if commands else []


def _assembled(body: list[str], at: int, head: str, directives: list[str], block: list[str]) -> str:
    """The parts as one script, with the line ending its first line has."""
    end = "\r\n" if body and body[0].endswith("\r\n") else "\n"
    lines = list(body)
    if head:
        replaced = bool(lines) and lines[0].startswith("#!")
        lines[: int(replaced)] = [head + end]
        at = max(1, at if replaced else at + 1)
    if at and not lines[at - 1].endswith("\n"):
        lines[at - 1] += end
    into = _first_command(lines, at)
    if into and block and not lines[into - 1].endswith("\n"):
        lines[into - 1] += end
    middle = lines[at:into]
    new = [line + end for line in directives]
    tail = [line + end for line in block]
    return "".join([*lines[:at], *new, *middle, *tail, *lines[into:]])


def _first_command(lines: list[str], at: int) -> int:
    """Where the first command stands, behind the comments that follow the directives."""
    for place in range(at, len(lines)):
        if lines[place].strip() and not lines[place].lstrip().startswith("#"):
            return place
    return at
