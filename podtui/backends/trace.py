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
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic, time

from podtui.domain.text import visible

KEPT = 500
"""Entries; older ones go."""
_LIMIT = 240  # characters of one command
_NEAR = 32  # entries looked back at, and
_SOON = 2.0  # seconds, for one of the same kind
_SETTING = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=.*", re.DOTALL)
_LOG = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Traced:
    """One request or command: when (seconds since the epoch), where, what, seconds, outcome.

    `outcome` is empty while it is under way. `count` of the kind `alike` stand here as one, `what`
    is the first of them, `seconds` are those of all, also where they ran side by side.
    """

    began: float
    where: str
    what: str
    seconds: float = 0.0
    outcome: str = ""
    alike: str = ""
    count: int = 1
    last: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing speaks of a failure."""
        return self.outcome in ("ok", "") or self.outcome.startswith(("2", "exit 0"))


@dataclass(slots=True)
class Trace:
    """A bounded list of what was done, the latest last."""

    entries: deque[Traced] = field(default_factory=lambda: deque(maxlen=KEPT))

    @contextmanager
    def doing(self, where: str, what: str, alike: str = "") -> Iterator[Traced]:
        """Note what the block does; it may set `outcome`, else that is "ok" or the error's kind.

        What goes well and is `alike` something just before is counted there: ten thousand files
        of a folder must not push out all else. A failure always stands alone.
        """
        entry = Traced(time(), visible(where, 80), visible(what, _LIMIT), alike=alike)
        self.entries.append(entry)
        begun = monotonic()
        try:
            yield entry
        except GeneratorExit:
            raise  # whoever read on had enough: that is no failure
        except BaseException as error:
            entry.outcome = entry.outcome or type(error).__name__
            raise
        finally:
            entry.seconds = monotonic() - begun
            entry.last = time()
            entry.outcome = visible(entry.outcome or "ok", 80)
            _LOG.info("%s: %s: %s, %.3f s", entry.where, entry.what, entry.outcome, entry.seconds)
            if alike and entry.outcome == "ok":
                self._join(entry)

    def _join(self, entry: Traced) -> None:
        """Count `entry` to one of its kind that stands close before it."""
        for other in islice(reversed(self.entries), _NEAR):
            same = (other.where, other.alike, other.outcome) == (entry.where, entry.alike, "ok")
            if same and other is not entry and entry.began - other.last < _SOON:
                other.count += entry.count
                other.seconds += entry.seconds
                other.last = max(other.last, entry.last)
                with suppress(ValueError):  # many others have come since: it is out already
                    self.entries.remove(entry)
                return


TRACE = Trace()
"""The one of this process."""


def command_words(argv: Sequence[str]) -> str:
    """A command line without the values of its settings."""
    return shlex.join(_SETTING.sub(r"\1=…", word) for word in argv)
