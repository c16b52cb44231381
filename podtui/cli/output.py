"""Where everything a command says is said: lines or one JSON envelope, and failures.

The envelope is `{"ok": true, "data": …}` with exit code 0, else `{"ok": false, "error": {"title",
"message", "hint"}}`; a failure that left something to show has `data` beside its `error`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TextIO

from podtui.cli.call import Answer
from podtui.domain.text import visible
from podtui.errors import Cancelled, NodeAsks, PersonNeeded, PodError, Unreachable

BROKEN_PIPE = 141
"""The exit code when nobody reads our output any more: 128 + SIGPIPE, as of other programs."""

Pause = Callable[[], AbstractContextManager[object]]


class Unwritten(Exception):
    """Standard output took no more, as on a full disk; str() is the system's word for it."""


class Output:
    """Standard output and standard error of one command."""

    def __init__(
        self, *, as_json: bool, stdout: TextIO | None = None, stderr: TextIO | None = None
    ) -> None:
        self.as_json = as_json
        self.stdout = stdout or sys.stdout
        self.stderr = stderr or sys.stderr
        self.if_interrupted = ""
        self._say: Callable[[str], None] = self._write_note
        self._pause: Pause = nullcontext

    def line(self, text: str) -> None:
        """Tell people something now; the envelope of `--json` tells it at the end instead."""
        if not self.as_json:
            self._print(text)

    def _print(self, text: str) -> None:
        try:
            print(text, file=self.stdout, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Unwritten(error.strerror or str(error)) from None

    def note(self, text: str) -> None:
        """Tell on standard error how it goes."""
        self._say(text)

    def _write_note(self, text: str) -> None:
        print(text, file=self.stderr, flush=True)

    def paused(self) -> AbstractContextManager[object]:
        """While it lasts nothing moves on the terminal: somebody is asked there."""
        return self._pause()

    @contextmanager
    def moving(self, say: Callable[[str], None], pause: Pause) -> Iterator[None]:
        """Something moves on standard error meanwhile: `say` writes above it, `pause` stops it."""
        before = self._say, self._pause
        self._say, self._pause = say, pause
        try:
            yield
        finally:
            self._say, self._pause = before

    def answer(self, answer: Answer) -> int:
        """Print what a command found; its exit code."""
        for line in answer.lines:
            self.line(line)
        if answer.error is not None:
            return self._failed(answer.error, {"data": answer.data})
        if self.as_json:
            self._print_json({"ok": True, "data": answer.data})
        return 0

    def failure(self, error: PodError) -> int:
        """Print a failure; its exit code."""
        return self._failed(error, {})

    def _failed(self, error: PodError, beside: dict[str, object]) -> int:
        hint = next_step(error)
        told = {"title": error.title, "message": error.message, "hint": hint}
        if self.as_json:
            self._print_json({"ok": False, "error": told, **beside})
        else:
            self.note(f"podtui: {one_line(error.title)}: {one_line(error.message)}")
            if hint:
                self.note(f"  → {one_line(hint)}")
        return error.exit_code

    def interrupted(self) -> int:
        """Tell that Ctrl-C ended the command, and what stays."""
        return self.failure(
            Cancelled("Ended by Ctrl-C.", title="Interrupted", hint=self.if_interrupted)
        )

    def _print_json(self, envelope: dict[str, object]) -> None:
        import json

        self._print(json.dumps(envelope))


def one_line(text: str) -> str:
    """`text` made harmless; what it broke into lines stays one line."""
    return visible(" ".join(text.split()))


def next_step(error: PodError) -> str:
    """The failure's hint, where it promises what a single command does not do."""
    if error.hint == Unreachable.hint:
        return "Check the network and the address, then run the command again."
    if error.hint in (PersonNeeded.hint, NodeAsks.hint):
        return "Run the command again to be asked."
    return error.hint
