"""What a cluster has said it cannot do."""

from __future__ import annotations

from typing import NamedTuple


class Lack(NamedTuple):
    """One thing a cluster does not offer, by the action's name, and its reason."""

    cluster: str
    action: str
    reason: str
