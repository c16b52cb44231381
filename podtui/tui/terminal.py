"""The terminal podtui is shown in, and what happens when it goes away or podtui is told to end.

Textual's own driver goes on for ever without a terminal: reading finds an end again and again, and
the first failed write ends the thread that writes, so that the next ones wait for nobody.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from functools import partial
from typing import IO, TYPE_CHECKING, Any

from textual.app import App

if TYPE_CHECKING:
    from textual.driver import Driver

LOOK_EVERY = 1.0
"""Seconds between two looks whether the terminal is still there."""
PATIENCE = 8.0
"""Seconds to let go of connections; what is journaled goes on at the next start in any case."""
_SIGNALS = (signal.SIGHUP, signal.SIGTERM)


class ForgivingFile:
    """Writes as long as somebody reads; afterwards what is written is dropped."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.lost = False

    def write(self, text: str) -> int:
        """Write, or drop it."""
        if not self.lost:
            try:
                return self._file.write(text)
            except OSError:
                self._lose()
        return len(text)

    def flush(self) -> None:
        """Write what is still kept, or drop it."""
        try:
            self._file.flush()
        except OSError:
            self._lose()

    def _lose(self) -> None:
        """The null device takes its place: what Python still keeps is written at the very end."""
        self.lost = True
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self._file.fileno())
        os.close(null)

    def fileno(self) -> int:
        """The number of the file behind."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._file.isatty()


def watched(driver: type[Driver]) -> type[Driver]:
    """A driver that notices that its terminal has gone, by its attribute `lost`.

    A driver of another kind (of tests, of a web server) is left as it is.
    """
    from textual.drivers.linux_driver import LinuxDriver

    if not issubclass(driver, LinuxDriver):
        return driver

    class WatchedDriver(driver):  # type: ignore[misc, valid-type]
        """Ends neither its reading nor its writing by an error."""

        _file: Any

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self._had_terminal = self.input_tty
            self._file = ForgivingFile(self._file)
            self._unreadable = False

        @property
        def lost(self) -> bool:
            """Whether nobody can see or type anything any more."""
            gone = self._had_terminal and not os.isatty(self.fileno)
            return gone or self._unreadable or self._file.lost

        def run_input_thread(self) -> None:
            """Read keys; a terminal that has gone is no fault of podtui."""
            try:
                super().run_input_thread()
            except OSError:
                self._unreadable = True

    return WatchedDriver


class TerminalActs(App[None]):
    """Ends podtui in good order when it is told to, and when its terminal has vanished."""

    def get_driver_class(self) -> type[Driver]:
        """The usual driver, watched."""
        return watched(super().get_driver_class())

    def on_mount(self) -> None:
        """Look after the terminal, listen to the system."""
        driver = self._driver
        if not hasattr(driver, "lost"):
            return
        self.set_interval(LOOK_EVERY, self._look_for_terminal)
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:  # nohup asks that SIGHUP be ignored
                loop.add_signal_handler(number, partial(self.end_at_once, number))

    def _look_for_terminal(self) -> None:
        if getattr(self._driver, "lost", False):
            self.end_at_once(signal.SIGHUP)

    def end_at_once(self, number: signal.Signals) -> None:
        """Let go of everything and leave, without a question; as the shell tells a signal.

        What cannot be let go of in time is left: nothing is kept in memory alone.
        """
        if self._exit:
            return
        code = 128 + number
        last = threading.Timer(PATIENCE, os._exit, (code,))
        last.daemon = True
        last.start()
        self.exit(return_code=code)
