"""One line of a log as it is seen: rewritten parts gone, colours as values, the rest harmless."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from podtui.domain.text import from_bytes, visible

Colour = int | tuple[int, int, int] | None
"""A number of the terminal's 256 colours, red, green and blue, or the usual one."""

_LIMIT = 4096  # characters shown of a line
_TAB = 8
_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
_ERASE = re.compile(r"\x1b\[[0-2]?K")  # to the end of the line: what rewriting does anyway
_BACKSPACE = re.compile("[^\b]\b")
_ODD = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class Pen:
    """How a stretch of text is written. A concealed or a blinking one there is not."""

    fore: Colour = None
    back: Colour = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `start` … `end` written with `pen`."""

    start: int
    end: int
    pen: Pen


@dataclass(frozen=True, slots=True)
class Shown:
    """A line ready to be drawn: nothing in `text` acts on a terminal."""

    text: str
    spans: tuple[Span, ...] = ()


def plain_text(raw: bytes) -> str:
    """The line without colours, made harmless."""
    return shown_line(raw).text


@lru_cache(maxsize=4096)
def shown_line(raw: bytes, *, codes: bool = False) -> Shown:
    """The line as a terminal would leave it; with `codes` as it was written, all codes visible.

    A carriage return begins the line anew: of a progress bar the last state is seen. Colour codes
    become spans; every other code is made visible, for it would act on the terminal.
    """
    text = from_bytes(raw)
    if codes:
        return Shown(visible(text, _LIMIT))
    if not _ODD.search(text):
        return Shown(text if len(text) <= _LIMIT else visible(text, _LIMIT))
    if "\r" in text:
        text = next((part for part in reversed(text.split("\r")) if part), "")
    text = _ERASE.sub("", text)
    while "\b" in text and _BACKSPACE.search(text):
        text = _BACKSPACE.sub("", text)
    if "\x1b[" not in text:
        return Shown(visible(text.expandtabs(_TAB), _LIMIT))
    return _coloured(text)


def _coloured(text: str) -> Shown:
    parts: list[str] = []
    spans: list[Span] = []
    length = at = 0
    pen = Pen()
    for match in (*_SGR.finditer(text), None):
        raw = text[at : match.start() if match else len(text)]
        piece = visible(_with_tabs(raw, length))[: _LIMIT - length]
        if piece and pen != Pen():
            spans.append(Span(length, length + len(piece), pen))
        parts.append(piece)
        length += len(piece)
        if match:
            pen = _written(pen, match[1])
            at = match.end()
    return Shown("".join(parts), tuple(spans))


def _with_tabs(text: str, column: int) -> str:
    """Tabs as blanks, the text standing at `column`."""
    return (" " * column + text).expandtabs(_TAB)[column:] if "\t" in text else text


_ON = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
_OFF = {
    22: ("bold", "dim"),
    23: ("italic",),
    24: ("underline",),
    27: ("reverse",),
    29: ("strike",),
}


def _written(pen: Pen, codes: str) -> Pen:
    """The pen after "select graphic rendition" (ECMA-48, with xterm's 38 and 48)."""
    numbers = [int(part) if part.isdigit() else 0 for part in re.split("[;:]", codes[:200])]
    changes: dict[str, object] = {}
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            pen, changes = Pen(), {}
        elif code in _ON:
            changes[_ON[code]] = True
        elif code in _OFF:
            changes |= dict.fromkeys(_OFF[code], False)
        elif code in (38, 48):
            changes["fore" if code == 38 else "back"] = _extended(numbers)
        else:
            changes |= _simple_colour(code)
    return replace(pen, **changes)  # type: ignore[arg-type]


def _simple_colour(code: int) -> dict[str, object]:
    side = "back" if 40 <= code <= 49 or 100 <= code <= 107 else "fore"
    if 30 <= code <= 37 or 40 <= code <= 47:
        return {side: code % 10}
    if 90 <= code <= 97 or 100 <= code <= 107:
        return {side: code % 10 + 8}
    return {side: None} if code in (39, 49) else {}


def _extended(numbers: list[int]) -> Colour:
    """`5;N` or `2;R;G;B`, taken off the front."""
    kind = numbers.pop(0) if numbers else 0
    if kind == 5 and numbers:
        return min(numbers.pop(0), 255)
    if kind == 2 and len(numbers) >= 3:
        red, green, blue = (min(numbers.pop(0), 255) for _ in range(3))
        return (red, green, blue)
    return None
