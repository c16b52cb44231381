"""How long an agent keeps a key, as people write it."""

from __future__ import annotations

import re

from podtui.errors import InputError

_SPAN = re.compile(r"(?:\d+[smhdw])+|\d+")
_PART = re.compile(r"(\d+)([smhdw]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST = 2**32 - 1  # the agent protocol has 32 bits


def parse_lifetime(text: str) -> int:
    """Seconds meant by `90`, `30m`, `8h`, `1d12h` (TIME FORMATS of sshd_config); 0 for none.

    InputError for anything else, and for more than an agent can count.
    """
    plain = text.strip().lower()
    if not plain:
        return 0
    seconds = -1
    if _SPAN.fullmatch(plain):
        seconds = sum(int(count) * _SECONDS[unit] for count, unit in _PART.findall(plain))
    if not 0 < seconds <= _LONGEST:
        raise InputError(
            f"{text.strip()[:40]!r} is no time an agent can count.",
            hint="Write 30m, 8h or 1d; nothing at all keeps the key until the agent ends.",
        )
    return seconds
