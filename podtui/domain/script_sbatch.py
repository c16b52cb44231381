"""The options on `#SBATCH` lines, split and quoted as sbatch does it.

A backslash takes the next character as it is, in quotes too; an unquoted `#` begins a comment
(sbatch's `get_argument`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

PREFIX = "#SBATCH"
_LONG = re.compile(r"--([a-z-]+)(?:=(.*))?", re.DOTALL)


class Word(NamedTuple):
    """One argument: its text without quotes, and where it stands in the line."""

    text: str
    start: int
    end: int


def split_words(line: str, start: int = 0) -> tuple[Word, ...]:
    """The arguments of `line` from `start`."""
    words = []
    at = start
    while at < len(line) and not (line[at].isspace() and not line[at:].strip()):
        if line[at].isspace():
            at += 1
            continue
        if line[at] == "#":
            break
        word = _word(line, at)
        words.append(word)
        at = word.end
    return tuple(words)


def _word(line: str, start: int) -> Word:
    text = []
    quote = ""
    at = start
    while at < len(line) and line[at] != "\n":
        char = line[at]
        if char == "\\":
            at += 1
            text.append(line[at : at + 1])
        elif quote and char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote = char
        elif not quote and (char.isspace() or char == "#"):
            break
        else:
            text.append(char)
        at += 1
    return Word("".join(text), start, min(at, len(line)))


def quoted(text: str) -> str:
    """One argument that sbatch reads back as `text`."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Option(NamedTuple):
    """One option's value, and the word it stands in."""

    value: str
    word: Word


def find_option(line: str, name: str, letter: str = "") -> Option | None:
    """The last `--name=value`, `--name value`, `-L value` or `-Lvalue` on an #SBATCH line.

    sbatch takes a long name cut short, too, as long as only one option begins so.
    """
    words = split_words(line, len(PREFIX))
    found = None
    for word, after in zip(words, (*words[1:], None), strict=True):
        long = _LONG.fullmatch(word.text)
        if long and len(long[1]) > 2 and name.startswith(long[1]):
            if long[2] is not None:
                found = Option(long[2], word)
            elif after is not None:
                found = Option(after.text, after)
        elif letter and word.text.startswith(f"-{letter}"):
            if len(word.text) > 2:
                found = Option(word.text[2:], word)
            elif after is not None:
                found = Option(after.text, after)
    return found


def begins_part(line: str) -> bool:
    """Whether the line ends the first part of a heterogeneous job."""
    words = split_words(line, len(PREFIX))
    return bool(words) and words[0].text in ("hetjob", "packjob")


def with_comment(line: str, comment: str) -> str | None:
    """The line with `comment` before its own `--comment`; None when it has none."""
    found = find_option(line, "comment")
    if found is None:
        return None
    whole = quoted(f"{comment} {found.value}" if found.value else comment)
    named = found.word.text.startswith("--com") and "=" in found.word.text
    start, end = found.word.start, found.word.end
    return f"{line[:start]}{'--comment=' if named else ''}{whole}{line[end:]}"
