"""What an editor tells of a script's directives: what no scheduler would read, and what fits on."""

from __future__ import annotations

from dataclasses import dataclass

from podtui.domain.job import ScriptDialect
from podtui.domain.script_fields import Field
from podtui.domain.script_form import check_field, told_fields
from podtui.domain.script_words import directives_of
from podtui.domain.text import visible
from podtui.domain.translate.dialect import GRAMMARS, label
from podtui.domain.translate.lines import options_of, take_apart, words_of

_LINES_CHECKED = 2000


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong in a line, counted from 1."""

    line: int
    what: str


def check_directives(script: str, dialect: ScriptDialect) -> tuple[Finding, ...]:
    """Options the scheduler does not know, values it does not read, line ends it stumbles over."""
    found: list[Finding] = []
    if has_crlf(script):
        why = "lines end with CR LF, as Windows writes them: the shell takes the CR for a word"
        found.append(Finding(1, why))
    for one in take_apart(script, dialect).directives[:_LINES_CHECKED]:
        try:
            words, _ = words_of(one.text)
        except ValueError:
            found.append(Finding(one.line, "its quotes do not close"))
            continue
        if words in (["hetjob"], ["packjob"]):
            continue
        _, strange = options_of(words, one.line, dialect)
        for option in strange:
            if _cut_short(option.flag, dialect):
                continue
            found.append(
                Finding(one.line, f"{label(dialect)} does not know {visible(option.text, 60)}")
            )
    for line, field, value in told_fields(directives_of(script, dialect), dialect):
        problem = check_field(field, value, dialect) if not _open(field, value) else ""
        if problem:
            found.append(Finding(line, f"{field.value}: {visible(value, 60)!r} is {problem}"))
    return tuple(sorted(dict.fromkeys(found), key=lambda one: one.line))


def _cut_short(flag: str, dialect: ScriptDialect) -> bool:
    """Whether it is a long name cut short, as sbatch takes them where only one begins so."""
    grammar = GRAMMARS[dialect]
    known = grammar.values | grammar.bare | grammar.optional
    return flag[:2] == "--" and len(flag) > 3 and sum(n.startswith(flag) for n in known) == 1


def _open(field: Field, value: str) -> bool:
    """Values a scheduler reads and the form does not: no limit, all memory, names of files."""
    endless = value.upper() in ("UNLIMITED", "INFINITE", "INFINITY", "0")
    return (field in (Field.TIME, Field.MEMORY) and endless) or field is Field.NAME


def has_crlf(script: str) -> bool:
    """Whether lines end as Windows writes them."""
    return "\r\n" in script


def without_crlf(script: str) -> str:
    """The script with the line ends a Unix shell reads."""
    return script.replace("\r\n", "\n")


def is_directive(line: str, dialect: ScriptDialect) -> bool:
    """Whether a line is a directive where it stands among the first comments."""
    return GRAMMARS[dialect].line.match(line) is not None


def completions(line: str, dialect: ScriptDialect) -> tuple[str, ...]:
    """What may stand for the last word of `line`, a directive up to the cursor; whole words."""
    grammar = GRAMMARS[dialect]
    match = grammar.line.match(line)
    if match is None:
        head = line.lstrip()
        full = f"{grammar.prefix} "
        return (full,) if head.startswith("#") and head != "#" and full.startswith(head) else ()
    word = line[match.end() :].rpartition(" ")[2]
    if not word.startswith("-"):
        return ()
    known = grammar.values | grammar.bare | grammar.optional
    written = {f"{one}=" if one in grammar.values and one[:2] == "--" else one for one in known}
    if word in written or word in known:
        return ()
    return tuple(sorted(one for one in written if one.startswith(word)))
