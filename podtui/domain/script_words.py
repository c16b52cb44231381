"""The options of a script's directives, each with the place where it stands in its line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from podtui.domain.job import ScriptDialect
from podtui.domain.translate.dialect import GRAMMARS, SLURM, Grammar
from podtui.domain.translate.lines import options_of, split_lines, take_apart, words_of

_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:\\.|[^"\\])*"|'[^']*')+""")
_COMPONENTS = ("hetjob", "packjob")


@dataclass(frozen=True, slots=True)
class Placed:
    """One option: `flag` by its long name, its value without quotes, and where both stand.

    `line` counts from 0; `start`, `end` are the option's place in it, `value_start` the value's,
    which ends with the option. `alone`: its line has no other option.
    """

    flag: str
    value: str
    line: int
    start: int
    value_start: int
    end: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Directives:
    """What the scheduler reads of a script's first component.

    `at` is the line (from 0) before which a new directive may stand; `closed` are the lines that
    cannot be taken apart: their quotes do not close, or they go on in the next line.
    """

    options: tuple[Placed, ...]
    closed: tuple[int, ...]
    at: int


def directives_of(script: str, dialect: ScriptDialect) -> Directives:
    """The options of all directives, in order."""
    lines = split_lines(script)
    found: list[Placed] = []
    closed: list[int] = []
    at = 1 if lines and lines[0].startswith("#!") else 0
    for one in take_apart(script, dialect).directives:
        if dialect is SLURM and one.text in _COMPONENTS:
            break
        here = one.line - 1
        if not GRAMMARS[dialect].whole_file or not found or here <= at + 1:
            at = here + one.lines
        options = None if one.lines > 1 else _options(lines[here], here, dialect)
        if options is None:
            closed.append(here)
        else:
            found += options
    return Directives(tuple(found), tuple(closed), at)


def _options(line: str, number: int, dialect: ScriptDialect) -> list[Placed] | None:
    """The options of a line, None where the scheduler's words are not these."""
    bare = line.rstrip("\r\n")
    match = GRAMMARS[dialect].line.match(bare)
    if match is None:
        return None
    words = [(one.start(), one.end()) for one in _WORD.finditer(bare, match.end())]
    try:
        texts, comment = words_of(bare[match.end() :])
        if [" ".join(words_of(bare[a:b])[0]) for a, b in words[: len(texts)]] != texts:
            return None
    except ValueError:
        return None
    if len(words) < len(texts) or (not comment and len(words) > len(texts)):
        return None
    found = _walk(words[: len(texts)], texts, number, dialect)
    known, strange = options_of(texts, number + 1, dialect)
    told = sorted((one.flag, one.value) for one in (*known, *strange))
    return found if sorted((one.flag, one.value) for one in found) == told else None


def _walk(
    words: list[tuple[int, int]],
    texts: list[str],
    number: int,
    dialect: ScriptDialect,
) -> list[Placed]:
    grammar = GRAMMARS[dialect]
    found: list[Placed] = []
    at = 0
    while at < len(texts):
        flag, glued, takes = _shape(texts[at], texts[at + 1 : at + 2], grammar)
        start, end = words[at]
        value_start = start + glued if glued else end
        last = min(at + takes, len(texts) - 1)
        value = texts[at][glued:] if glued else ""
        if last > at:
            value = " ".join((*((value,) if value else ()), *texts[at + 1 : last + 1]))
            value_start = value_start if glued else words[at + 1][0]
            end = words[last][1]
        found.append(Placed(flag, value, number, start, value_start, end, alone=False))
        at = last + 1
    alone = len(found) == 1
    return [
        Placed(one.flag, one.value, one.line, one.start, one.value_start, one.end, alone)
        for one in found
    ]


def _shape(word: str, following: list[str], grammar: Grammar) -> tuple[str, int, int]:
    """An option's flag, where in the word its value begins (0: not in it), words of value after."""
    flag, glued = word, 0
    if word.startswith("--") and grammar.long_of:
        flag, mark, _ = word.partition("=")
        glued = len(flag) + 1 if mark else 0
    elif grammar.glued and word.startswith("-") and len(word) > 1 and not word.startswith("--"):
        flag = grammar.long_of.get(word[:2], word[:2])
        glued = 2 if len(word) > 2 else 0
    if flag in grammar.values:
        return flag, glued, (0 if glued else 1) + (flag == "-pe")
    if flag in grammar.bare or flag in grammar.optional or glued:
        return flag, glued, 0
    takes = word.startswith("-") and following and not following[0].startswith("-")
    return flag, 0, int(bool(takes))
