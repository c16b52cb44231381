"""A script taken apart: its directives' words, and everything else as it stood."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from podtui.domain.job import ScriptDialect
from podtui.domain.translate.dialect import GRAMMARS

BLOCK_BEGINS = "# >>> podtui: what the translation from another scheduler needs"
BLOCK_ENDS = "# <<< podtui"
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_SAFE = re.compile(r"[\w@%+=:,./^$\[\]{}*~-]+")
_BLANK_OR_COMMENT = re.compile(r"\s*(#|$)")


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a directive: `flag` with its dashes, and the line it stands in (from 1)."""

    flag: str
    value: str
    line: int

    @property
    def text(self) -> str:
        """The option as one writes it."""
        if not self.value:
            return self.flag
        value = self.value if self.flag == "-pe" else quoted(self.value)
        return f"{self.flag}{'=' if self.flag.startswith('--') else ' '}{value}"


@dataclass(frozen=True, slots=True)
class Directive:
    """What stands behind the prefix, in line `line` (from 1); `lines` of the script hold it."""

    line: int
    text: str
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """A script in parts. `directives` are read and taken out; `block` is an earlier translation's.

    `lines` are all other lines, each with its number from 1 and its own line ending; `at` is how
    many of them stand before the place for the directives, `read` how many the scheduler reads.
    """

    directives: tuple[Directive, ...]
    block: tuple[str, ...]
    lines: tuple[tuple[int, str], ...]
    at: int
    read: int

    @property
    def body(self) -> str:
        """All that is not a directive."""
        return "".join(line for _, line in self.lines)


def split_lines(text: str) -> list[str]:
    """Lines with their endings; only a newline ends one, as for a shell."""
    return _LINES.findall(text)


def take_apart(script: str, dialect: ScriptDialect) -> Taken:
    """The parts of `script` as `dialect`'s scheduler reads it."""
    grammar = GRAMMARS[dialect]
    found: list[Directive] = []
    kept: list[tuple[int, str]] = []
    block: list[str] = []
    places: list[int] = []
    reading, in_block, read = True, False, None
    for number, line in enumerate(split_lines(script), 1):
        bare = line.rstrip("\r\n")
        if bare == BLOCK_BEGINS or in_block:
            in_block = bare != BLOCK_ENDS
            block.append(bare)
            continue
        match = grammar.line.match(bare) if reading or grammar.whole_file else None
        if match:
            if reading:
                places.append(len(kept))
            _add(found, Directive(number, bare[match.end() :].strip()))
            continue
        if reading and not _BLANK_OR_COMMENT.match(bare):
            reading, read = False, len(kept)
        kept.append((number, line))
    first = 1 if kept and kept[0][1].startswith("#!") else 0
    at = places[0] if places else min(first, len(kept))
    return Taken(tuple(found), tuple(block), tuple(kept), at, len(kept) if read is None else read)


def _add(found: list[Directive], one: Directive) -> None:
    """A directive that ends with a backslash goes on in the next one."""
    if found and found[-1].text.endswith("\\") and one.line == found[-1].line + found[-1].lines:
        before = found.pop()
        text = f"{before.text[:-1].rstrip()} {one.text}"
        one = Directive(before.line, text, before.lines + 1)
    found.append(one)


def words_of(text: str) -> tuple[list[str], str]:
    """The words of a directive, quotes undone, and the comment behind them; ValueError."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words = list(lexer)
    at = next((n for n, word in enumerate(words) if word.startswith("#")), len(words))
    return words[:at], " ".join(words[at:])


def quoted(value: str) -> str:
    """`value` as one word of a directive."""
    if _SAFE.fullmatch(value):
        return value
    if any(char in value for char in '"\\`'):
        return shlex.quote(value)
    return f'"{value}"'


def options_of(
    words: list[str], line: int, dialect: ScriptDialect
) -> tuple[list[Option], list[Option]]:
    """The options the dialect knows, and what is none or is unknown."""
    known: list[Option] = []
    strange: list[Option] = []
    todo = list(words)
    while todo:
        word = todo.pop(0)
        if not word.startswith("-") or word in ("-", "--"):
            strange.append(Option(word, "", line))
            continue
        option, flag_known = _next(word, todo, line, dialect)
        (known if flag_known else strange).append(option)
    return known, strange


def _next(word: str, todo: list[str], line: int, dialect: ScriptDialect) -> tuple[Option, bool]:
    grammar = GRAMMARS[dialect]
    if word.startswith("--") and grammar.long_of:
        flag, has_value, value = word.partition("=")
    elif grammar.glued and not word.startswith("--"):
        flag, value = grammar.long_of.get(word[:2], word[:2]), word[2:]
        has_value = value
    else:
        flag, has_value, value = word, "", ""
    if flag in grammar.values:
        if not has_value and todo:
            value = todo.pop(0)
        if flag == "-pe" and todo:
            value = f"{value} {todo.pop(0)}"
        return Option(flag, value, line), True
    if flag in grammar.optional and (has_value or flag not in grammar.bare):
        return Option(flag, value, line), True
    if flag in grammar.bare:
        if value and not word.startswith("--"):
            todo.insert(0, f"-{value}")
        return Option(flag, "", line), True
    if not has_value and todo and not todo[0].startswith("-"):
        value = todo.pop(0)
    return Option(flag, value, line), False
