"""What the form for a new job says of a script: what is wrong, what it becomes. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from podtui.domain.job import Preview, ScriptDialect
from podtui.domain.script import check_script
from podtui.domain.script_checks import check_directives
from podtui.domain.text import visible
from podtui.domain.translate import NoteKind, Translation, note_line
from podtui.domain.translate.dialect import label
from podtui.errors import PodError
from podtui.tui.errors import in_a_line

_MOST_LINES = 400
_MOST_FINDINGS = 3


def problem_of(content: bytes, dialect: ScriptDialect, name: str) -> str:
    """Why this script would not be sent, with the next step; empty when it would."""
    try:
        check_script(content, dialect, name)
    except PodError as error:
        return in_a_line(error)
    return ""


def findings_text(script: str, dialect: ScriptDialect) -> str:
    """What the directives have that no scheduler reads, the first few of it."""
    found = check_directives(script, dialect)
    lines = [f"! line {one.line}: {visible(one.what, 200)}" for one in found[:_MOST_FINDINGS]]
    if len(found) > _MOST_FINDINGS:
        lines.append(f"! and {len(found) - _MOST_FINDINGS} more")
    return "\n".join(lines)


def losses_of(preview: Preview, translated: Translation | None) -> tuple[str, ...]:
    """Everything that has no equivalent there, on the way through a translation too."""
    notes = translated.notes if translated else ()
    lost = (note_line(note) for note in notes if note.kind is NoteKind.LOST)
    return tuple(dict.fromkeys((*lost, *preview.losses)))


def there_text(
    told: Preview | PodError | None,
    translated: Translation | None,
    cluster: str,
    colours: Mapping[str, str],
) -> Text:
    """What is lost first, for it decides; then what would be sent."""
    if told is None:
        return Text("Not known yet: choose a script.", "dim")
    if isinstance(told, PodError):
        return Text(f"✗ {visible(told.title)}: {in_a_line(told)}", colours["error"])
    head = Text()
    if translated is not None:
        ends = f"{label(translated.source)} → {label(translated.target)}"
        head.append(f"Translated first, {ends}: ^t shows the changes and takes them.\n")
    lost = losses_of(told, translated)
    for one in lost:
        head.append(f"✗ {visible(one, 300)}\n", colours["error"])
    if not lost:
        head.append("✓ Everything in it has an equivalent there.\n", colours["success"])
    head.append(f"\nThis is sent to {visible(cluster, 60)}:\n", "dim")
    lines = told.text.splitlines()
    body = "\n".join(visible(line.expandtabs(), 300) for line in lines[:_MOST_LINES])
    rest = len(lines) - _MOST_LINES
    return Text.assemble(head, body, f"\n… {rest} lines more" if rest > 0 else "")
