"""Where a script's directives stand, in each dialect."""

import shlex
from collections.abc import Sequence
from typing import Literal

from podtui.demo.batch.rejected import Rejected

Dialect = Literal["TRQ", "SGE"]


def directives(text: str, dialect: Dialect) -> tuple[str, ...]:
    """Give the words of all directives, in order.

    TORQUE reads to the first executable line and allows blanks before `#PBS`; Grid Engine reads
    the whole file, `#$` in the first two columns (their qsub manual pages).
    """
    words: list[str] = []
    for line in _torque(text) if dialect == "TRQ" else _grid_engine(text):
        try:
            words += _split(line)
        except ValueError as error:
            raise Rejected(f"qsub: directive error: {line.strip()}") from error
    return tuple(words)


def _split(line: str) -> Sequence[str]:
    """Split one directive; like getopt, stop where no option can stand (`# a remark`)."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words = list(lexer)
    remark = next((i for i, word in enumerate(words) if word.startswith("#")), len(words))
    return words[:remark]


def _torque(text: str) -> list[str]:
    found = []
    for line in text.splitlines():
        bare = line.lstrip()
        if bare.startswith("#PBS"):
            found.append(bare[4:])
        elif bare and not bare.startswith(("#", ":")):
            break
    return found


def _grid_engine(text: str) -> list[str]:
    return [line[2:] for line in text.splitlines() if line.startswith("#$")]


def dialect_of(text: str) -> Dialect:
    """Tell a script's dialect: Grid Engine when it has `#$` lines and no `#PBS` line."""
    grid_engine = bool(_grid_engine(text)) and not any(
        line.lstrip().startswith("#PBS") for line in text.splitlines()
    )
    return "SGE" if grid_engine else "TRQ"
