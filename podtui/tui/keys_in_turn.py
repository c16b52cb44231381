"""Keys one after the other: the next is taken when the one before has had its effect.

Textual hands each key to what has the focus at that moment. Over a slow link keys come in bursts:
of `/cat` the `/` would open the filter, while `c`, `a` and `t` went to the table, as commands.
"""

from __future__ import annotations

from collections import deque
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from textual.message_pump import MessagePump
    from textual.timer import Timer

_MOVES = frozenset(["up", "down", "left", "right", "pageup", "pagedown", "home", "end"])
_PATIENCE = 1.0  # seconds; what takes longer does not hold up the keys behind it


class KeysInTurn(App[None]):
    """An app whose keys wait for `take_keys`, and from then on for the key before them.

    Text goes to its field and the cursor moves without waiting: there order is enough.
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys_waiting: deque[events.Key] = deque()
        self._keys_taken = False
        self._keys_turn = 0  # counts the keys that hold up others
        self._keys_held = False
        self._keys_late: Timer | None = None

    def simulate_key(self, key: str) -> None:
        """Press a key that was clicked. Its sender is nobody: it would not bubble past one."""
        Context().run(super().simulate_key, key)

    async def take_keys(self) -> None:
        """There is somebody to take them now: first those that were typed ahead."""
        self._keys_taken = True
        await self._next(self._keys_turn)

    async def on_event(self, event: events.Event) -> None:
        """Let a key pass when it is its turn."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif self._keys_taken and not self._keys_held:
            await self._take(event)
        else:
            self._keys_waiting.append(event)
            self._limit_wait()

    def _limit_wait(self) -> None:
        """The keys that wait go on without the effect they wait for when it takes too long."""
        if self._keys_held and self._keys_waiting and self._keys_late is None:
            self._keys_late = self.set_timer(_PATIENCE, partial(self._next, self._keys_turn))

    async def _take(self, key: events.Key) -> None:
        first = self.focused or self.screen
        if key.key not in _MOVES and not first.check_consume_key(key.key, key.character):
            self._keys_turn += 1
            self._keys_held = True
        await super().on_event(key)
        if self._keys_held:
            self._follow(self._keys_turn, key, first)

    def _follow(self, turn: int, key: events.Key, node: MessagePump | None) -> None:
        """Stand behind the key in the queue of `node`."""
        if node is None or not node.call_later(self._passed, turn, key, node):
            self._settle(turn)

    def _passed(self, turn: int, key: events.Key, node: MessagePump) -> None:
        """`node` has had the key: it kept it, or passed it to what holds it, at last to the app."""
        if key._stop_propagation or node is self:
            self._settle(turn)
        else:
            self._follow(turn, key, node._parent)

    def _settle(self, turn: int) -> None:
        self.call_after_refresh(self._next, turn)  # focus and screens have moved by then

    async def _next(self, turn: int) -> None:
        if turn != self._keys_turn:
            return
        if self._keys_late is not None:
            self._keys_late.stop()
            self._keys_late = None
        self._keys_held = False
        while self._keys_waiting and not self._keys_held:
            await self._take(self._keys_waiting.popleft())
        self._limit_wait()
