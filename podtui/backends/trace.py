"""The command log: what podtui asked of the clusters, how long it took and how it went.

A person learns from it and reports faults with it, so it holds no secret: of an address no query
and no user, no header, no body; of a command no input, and of `NAME=value` words only the name.
"""

from __future__ import annotations

import logging
import re
import shlex
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, time

from podtui.domain.text import visible

KEPT = 500
"""Entries; older ones go."""
_LIMIT = 240  # characters of one command
_SETTING = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=.*", re.DOTALL)
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Traced:
    """One request or command: when (seconds since the epoch), where, what, seconds, outcome.

    `outcome` is empty while it is under way.
    """

    began: float
    where: str
    what: str
    seconds: float = 0.0
    outcome: str = ""


@dataclass(slots=True)
class Trace:
    """A bounded list of what was done, the latest last."""

    entries: deque[Traced] = field(default_factory=lambda: deque(maxlen=KEPT))

    @contextmanager
    def doing(self, where: str, what: str) -> Iterator[Traced]:
        """Note what the block does; it may set `outcome`, else that is "ok" or the error's kind."""
        entry = Traced(time(), visible(where, 80), visible(what, _LIMIT))
        self.entries.append(entry)
        begun = monotonic()
        try:
            yield entry
        except BaseException as error:
            entry.outcome = entry.outcome or type(error).__name__
            raise
        finally:
            entry.seconds = monotonic() - begun
            entry.outcome = visible(entry.outcome or "ok", 80)
            _LOG.info("%s: %s: %s, %.3f s", entry.where, entry.what, entry.outcome, entry.seconds)


TRACE = Trace()
"""The one of this process."""


def command_words(argv: Sequence[str]) -> str:
    """A command line without the values of its settings."""
    return shlex.join(_SETTING.sub(r"\1=…", word) for word in argv)
