"""The log: `podtui.log` in the state folder by `loglevel`, and standard error by `-v`."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from podtui.domain.text import visible
from podtui.errors import ConfigError
from podtui.paths import private_folder

if TYPE_CHECKING:
    from podtui.config.model import Config
    from podtui.paths import Paths

_LOGGERS = ("podtui", "httpx", "asyncssh")
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_QUERY = re.compile(r"(https?://[^\s\"'?]+)\?[^\s\"']*")


class _Shown(logging.Formatter):
    """Harmless log lines, without the query of any address: a session's id may stand there."""

    def format(self, record: logging.LogRecord) -> str:
        lines = super().format(record).splitlines()
        return _QUERY.sub(r"\1?…", "\n".join(visible(line) for line in lines))


@contextmanager
def start_log(
    config: Config, paths: Paths, verbose: int, *, on_terminal: bool = True
) -> Iterator[None]:
    """Log while the block lasts; ConfigError when the log cannot be written.

    `verbose` logs more: to standard error, or into the file where a screen owns the terminal.
    """
    handlers = [_file_handler(paths, config.loglevel)]
    if verbose:
        wanted = logging.INFO if verbose == 1 else logging.DEBUG
        if on_terminal:
            handlers.append(logging.StreamHandler(sys.stderr))
        handlers[-1].setLevel(min(wanted, handlers[-1].level or wanted))
    lowest = min(handler.level for handler in handlers)
    for handler in handlers:
        handler.setFormatter(_Shown(_FORMAT))
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.setLevel(lowest)
        logger.handlers += handlers
    try:
        yield
    finally:
        for logger in loggers:
            logger.setLevel(logging.NOTSET)
            logger.handlers = [h for h in logger.handlers if h not in handlers]
        for handler in handlers:
            handler.close()


def _file_handler(paths: Paths, level: str) -> logging.Handler:
    file = paths.state / "podtui.log"
    try:
        private_folder(paths.state)
        file.touch(mode=0o600)
        handler = logging.FileHandler(file, encoding="utf-8", errors="backslashreplace", delay=True)
    except OSError as error:
        raise ConfigError(
            f"The log {file} cannot be written: {error.strerror}.",
            hint="Choose another folder with state_dir.",
        ) from None
    handler.setLevel(level)
    return handler
