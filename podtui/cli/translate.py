"""`podtui translate`: a job script for another scheduler, on this machine alone."""

from __future__ import annotations

import sys
from pathlib import Path

from podtui.cli.call import Answer, Call
from podtui.domain.job import ScriptDialect
from podtui.domain.translate import Note, Translation, guess_source, note_line, unified_diff
from podtui.domain.translate import translate as translate_script
from podtui.errors import FileTrouble, InputError

NAMES = {
    "slurm": ScriptDialect.SLURM,
    "torque": ScriptDialect.TORQUE,
    "openpbs": ScriptDialect.OPENPBS,
    "sge": ScriptDialect.SGE,
}
"""The dialects by their names on the command line."""

_MAX_BYTES = 16 << 20


def translate(call: Call) -> Answer:
    """Print the script for another scheduler, or the changes; what to know goes to stderr."""
    args = call.args
    target = _dialect(args.to)
    script = _read(args.file)
    source = _dialect(args.source) if args.source else guess_source(script)
    found = translate_script(script, source, target)
    name = "script" if args.file == "-" else Path(args.file).name
    diff = unified_diff(script, found.script, name, args.to)
    for note in found.notes:
        call.out.note(f"podtui: {note_line(note)}")
    if not args.json:
        _print(call, diff if args.diff else found.script)
    data = {"script": found.script, "notes": [_facts(note) for note in found.notes], "diff": diff}
    return Answer(data, error=_verdict(found) if args.strict else None)


def _dialect(name: str) -> ScriptDialect:
    if name not in NAMES:
        raise InputError(
            f"{name} is no scheduler podtui can translate for.",
            hint=f"There are: {', '.join(NAMES)}.",
        )
    return NAMES[name]


def _read(name: str) -> str:
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise FileTrouble(f"{name}: {error.strerror}") from error
    if len(content) > _MAX_BYTES or b"\x00" in content:
        raise InputError(f"{name} is not a job script: it is binary or larger than 16 MiB.")
    return content.decode("utf-8", "surrogateescape")


def _print(call: Call, text: str) -> None:
    """The script's own bytes, whatever the terminal's encoding."""
    call.out.stdout.flush()
    call.out.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    call.out.stdout.flush()


def _facts(note: Note) -> dict[str, object]:
    return {
        "kind": note.kind.value,
        "line": note.line or None,
        "directive": note.directive,
        "message": note.message,
    }


def _verdict(found: Translation) -> InputError | None:
    if not found.lost:
        return None
    count = len(found.lost)
    return InputError(
        f"{count} {'thing has' if count == 1 else 'things have'} no equivalent there.",
        title="Not all translated",
        hint="Without --strict the script is good for what it says; the notes tell the rest.",
    )
