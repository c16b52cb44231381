"""A job script to edit: its directives coloured and completed, nothing else touched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import ClassVar

from rich.text import Text
from textual.reactive import var
from textual.widgets import TextArea

from podtui.domain.job import ScriptDialect
from podtui.domain.script_checks import completions, is_directive
from podtui.domain.text import visible

LONGEST = 256 << 10  # characters: what is longer is shown in part and edited elsewhere
_FLAG = re.compile(r"(?<=\s)--?[A-Za-z][\w-]*")
_STRING = re.compile(r""""(?:\\.|[^"\\])*"|'[^']*'""")
_HARMFUL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


class ScriptArea(TextArea):
    """`show` puts a script in; what an editor of lines cannot keep as it is stays read-only.

    The highlighter is our own: tree-sitter knows shell scripts, and takes directives for comments.
    """

    DEFAULT_CSS = """
    ScriptArea {
        height: 1fr;
        border: none;
        padding: 0;
        &:focus { border: none; }
    }
    """
    BINDING_GROUP_TITLE = "Script"
    dialect: var[ScriptDialect] = var(ScriptDialect.TORQUE)
    READ_ONLY: ClassVar[str] = "shown only: its line ends or its length are not for this editor"

    def __init__(self, *, id: str) -> None:
        super().__init__(
            id=id, show_line_numbers=True, soft_wrap=False, highlight_cursor_line=False
        )

    def show(self, script: str) -> None:
        """Put `script` in, changing only the lines that differ, so that undo and cursor stay."""
        if self.text != script:
            self._adopt(script) if self._fits(script) else self.load_text(script[:LONGEST])
        self.read_only = self.text != script

    def _fits(self, script: str) -> bool:
        """Whether its lines can be exchanged one by one."""
        ends = self.document.newline
        plain = script.replace("\r\n", "") if ends == "\r\n" else script
        return bool(self.text) and len(script) <= LONGEST and "\r" not in plain

    def _adopt(self, script: str) -> None:
        before, after = self.text.split(self.document.newline), script.split(self.document.newline)
        same = _alike(before, after)
        most = min(len(before), len(after)) - same
        tail = min(_alike(before[::-1], after[::-1]), most)
        first, last = same, len(before) - tail
        new = after[same : len(after) - tail]
        if first == len(before):
            start = end = (first - 1, len(before[-1]))
            text = "".join(f"\n{line}" for line in new)
        elif last < len(before):
            start, end = (first, 0), (last, 0)
            text = "".join(f"{line}\n" for line in new)
        else:
            start, end = (first, 0), (last - 1, len(before[-1]))
            text = "\n".join(new)
        self.replace(text, start, end, maintain_selection_offset=True)
        if self.text != script:
            self.load_text(script)

    def get_line(self, line_index: int) -> Text:
        """The line with its colours; what could harm a terminal is shown as a mark of its width."""
        told = _HARMFUL.sub("�", self.document.get_line(line_index))
        line = Text(told, end="", no_wrap=True)
        colours = self.app.theme_variables
        if is_directive(told, self.dialect):
            line.stylize(colours["accent"])
            line.highlight_regex(_FLAG, f"bold {colours['primary']}")
            line.highlight_regex(_STRING, colours["success"])
        elif told.lstrip().startswith("#"):
            line.stylize("dim")
        return line

    @property
    def offered(self) -> tuple[str, ...]:
        """What may stand for the word before the cursor."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        at_end = not line[column:].strip() and self.selection.is_empty
        return completions(line[:column], self.dialect) if at_end else ()

    def update_suggestion(self) -> None:
        """What is certain of the rest of the word, taken by the right arrow key."""
        row, column = self.cursor_location
        line, offered = self.document.get_line(row)[:column], self.offered
        common = _common(offered)
        word = line if common.startswith("#") else line.rpartition(" ")[2]
        self.suggestion = common[len(word.lstrip()) :] if offered else ""

    @property
    def hint(self) -> str:
        """The options that fit, for the line below."""
        offered = self.offered
        if not offered:
            return ""
        more = f" and {len(offered) - 8} more" if len(offered) > 8 else ""
        return f"{visible('  '.join(offered[:8]))}{more}"


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items two sequences have in common from their beginning on."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _common(words: Sequence[str]) -> str:
    """What all words begin with."""
    first, last = min(words, default=""), max(words, default="")
    return first[: _alike(first, last)]
