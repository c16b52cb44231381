"""What the Keys pane and its screens ask of the app, beside what requests.py has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from podtui.domain.key import LocalKey, PublicKey
    from podtui.domain.known_host import KnownHost
    from podtui.errors import HostKeyChange
    from podtui.tui.keyring import KeyInSight


@dataclass
class PairRequest(Message):
    """Something about one key pair of this machine."""

    key: LocalKey


class KeyTestRequested(PairRequest):
    """Log in to the cluster with this key alone."""


class KeyRotationRequested(PairRequest):
    """Begin to replace the key, or take that up again."""


class KeyAgentRequested(PairRequest):
    """Put the key into the agent, or take it out."""


class KeyPassphraseRequested(PairRequest):
    """Ask for another passphrase."""


class KeyCommentRequested(PairRequest):
    """Ask for another comment."""


class KeyDeletionRequested(PairRequest):
    """Remove the pair, after asking twice."""


class KeyMendRequested(PairRequest):
    """Let nobody else read the private half."""


@dataclass
class KeyMet(Message):
    """Another key is under the cursor, or none."""

    met: KeyInSight | None


@dataclass
class KeyPictureRequested(Message):
    """Show the picture of the key's fingerprint."""

    key: PublicKey
    name: str


class RotationStepRequested(Message):
    """Do the next step."""


class RotationLeaveOutRequested(Message):
    """Leave the next step's cluster with the old key."""


class RotationGiveUpRequested(Message):
    """Undo the rotation, after asking."""


class RotationClosed(Message):
    """Nobody looks at the rotation any more."""


class KnownHostsRequested(Message):
    """Show the known hosts."""


@dataclass
class HostForgettingRequested(Message):
    """Forget one line of a known_hosts file, after asking."""

    host: KnownHost


@dataclass
class HostKeyChangeMet(Message):
    """A host shows another key than before: explain it on a screen of its own."""

    change: HostKeyChange
