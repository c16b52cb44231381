"""The keys that work just now, on one line that cuts none off unseen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.screen import Screen

_GAP = 2  # cells between two keys
_HELP = "app.help"
_WORDS = {"Dismiss menu": "Close"}  # Textual's own for the open list of a Select


class KeyHint(NamedTuple):
    """One key: what is pressed, how that is shown, what it does, whether it can just now."""

    id: str
    key: str
    shown: str
    word: str
    enabled: bool
    tooltip: str

    @property
    def width(self) -> int:
        """Cells it takes on the line."""
        return cell_len(self.shown) + 1 + cell_len(self.word)


class KeyLine(Widget):
    """The bindings of what has the focus, drawn as one line; a click presses the key.

    Textual's Footer mounts a widget a key each time the focus moves, which costs more than all else
    of a change of panes. Keys that do not fit are counted behind the key of the help, which tells
    them all; the app's own keys, at the end, stay in sight.
    """

    ALLOW_SELECT = False
    can_focus = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-line--key", "key-line--word", "key-line--over"}
    DEFAULT_CSS = """
    KeyLine {
        dock: bottom;
        height: 1;
        width: 100%;
        padding: 0 1;
        color: $footer-foreground;
        background: $footer-background;
        & > .key-line--key { color: $footer-key-foreground; text-style: bold; }
        & > .key-line--word { color: $footer-description-foreground; }
        & > .key-line--over { background: $block-hover-background; text-style: underline; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._hints: tuple[KeyHint, ...] = ()
        self._places: tuple[tuple[range, KeyHint], ...] = ()
        self._over = ""

    def on_mount(self) -> None:
        """Follow the bindings of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._take)
        self._take(self.screen)

    def _take(self, screen: Screen[object]) -> None:
        hints = tuple(_hints(screen))
        if hints != self._hints:
            self._hints = hints
            self.refresh()

    def render(self) -> Text:
        """The line, for the width there is."""
        key_style, word_style, over = (
            self.get_component_rich_style(f"key-line--{part}") for part in ("key", "word", "over")
        )
        line = Text(no_wrap=True, overflow="ellipsis", end="")
        places = []
        for hint in fitted(self._hints, self.content_size.width):
            if line:
                line.append(" " * _GAP)
            start = line.cell_len
            line.append(hint.shown, key_style)
            line.append(f" {hint.word}", word_style)
            if not hint.enabled:
                line.stylize("dim", len(line) - len(hint.shown) - 1 - len(hint.word))
            if hint.key == self._over:
                line.stylize(over, len(line) - len(hint.shown) - 1 - len(hint.word))
            places.append((range(start, line.cell_len), hint))
        self._places = tuple(places)
        return line

    def hint_at(self, x: int) -> KeyHint | None:
        """The key drawn at column `x` of the line."""
        at = x - self.gutter.left
        return next((hint for cells, hint in self._places if at in cells), None)

    def on_click(self, event: events.Click) -> None:
        """Press the key; one that cannot be used just now says why, as if it had been pressed."""
        if hint := self.hint_at(event.x):
            self.app.simulate_key(hint.key)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Explain the key under the mouse."""
        hint = self.hint_at(event.x)
        key = hint.key if hint else ""
        if key != self._over:
            self._over = key
            self.tooltip = Text(hint.tooltip) if hint and hint.tooltip else None
            self.refresh()

    def on_leave(self) -> None:
        """No key is under the mouse."""
        self._over = ""
        self.refresh()


def fitted(hints: tuple[KeyHint, ...], width: int) -> tuple[KeyHint, ...]:
    """Those of `hints` that stand on a line of `width` cells.

    The last of the focus' own keys go first; the help then says how many more there are.
    """
    own = [hint for hint in hints if not hint.id.startswith("app.")]
    shared = [hint for hint in hints if hint.id.startswith("app.")]
    left_out = 0
    while own and _width((*own, *_told(shared, left_out))) > width:
        own.pop()
        left_out += 1
    while len(shared) > 1 and _width((*own, *_told(shared, left_out))) > width:
        shared.remove(next(hint for hint in reversed(shared) if hint.id != _HELP))
        left_out += 1
    return (*own, *_told(shared, left_out))


def _told(shared: list[KeyHint], left_out: int) -> tuple[KeyHint, ...]:
    """The app's keys, the help's saying that `left_out` others are told there."""
    if not left_out:
        return tuple(shared)
    return tuple(
        hint._replace(word=f"{left_out} more") if hint.id == _HELP else hint for hint in shared
    )


def _width(hints: tuple[KeyHint, ...]) -> int:
    return sum(hint.width for hint in hints) + _GAP * max(0, len(hints) - 1)


def _hints(screen: Screen[object]) -> Iterator[KeyHint]:
    """The shown bindings of `screen`, one an action, in the order of the focus outwards."""
    told: set[tuple[object, str]] = set()
    for node, binding, enabled, tooltip in screen.active_bindings.values():
        helps = binding.action in ("help", _HELP)  # a screen may have its own key for the help
        act = (None, _HELP) if helps else (node, binding.action)
        if not binding.show or act in told:
            continue
        told.add(act)
        name = _HELP if helps else binding.id or ""
        shown = screen.app.get_key_display(binding)
        word = _WORDS.get(binding.description, binding.description)
        yield KeyHint(name, binding.key, shown, word, enabled, tooltip)
