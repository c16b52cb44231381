"""What the Keys pane says about a key: cells, and the lines about the one under the cursor."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.text import Text

from podtui.domain.key import LocalKey, PublicKey
from podtui.domain.key_strength import key_bits, local_weakness, weakness
from podtui.domain.text import visible
from podtui.tui.keyring import Keyring, Proof
from podtui.tui.spans import elapsed
from podtui.tui.widgets.keyed_table import ColumnSpec

if TYPE_CHECKING:
    from textual.app import App

_FINGERPRINT = 50  # cells: "SHA256:" and 43 of base64
LOCAL_COLUMNS = (
    ColumnSpec("File", 9, 24),
    ColumnSpec("On", 2, 2),
    ColumnSpec("Type", 7, 10),
    ColumnSpec("State", 6, 6),
    ColumnSpec("SHA256 fingerprint", _FINGERPRINT, _FINGERPRINT),
    ColumnSpec("Bits", 4, 5, right=True, optional=True),
    ColumnSpec("Age", 4, 6, right=True, optional=True),
    ColumnSpec("Passphrase", 4, 10, optional=True),
    ColumnSpec("Agent", 5, 5, optional=True),
    ColumnSpec("Comment", 7, 40, optional=True),
)
THERE_COLUMNS = (
    ColumnSpec("Ours", 11, 26),
    ColumnSpec("Type", 7, 10),
    ColumnSpec("State", 6, 6),
    ColumnSpec("SHA256 fingerprint", _FINGERPRINT, _FINGERPRINT),
    ColumnSpec("Comment", 7, 40, optional=True),
    ColumnSpec("Restricted to", 7, 40, optional=True),
)
_MOST = 160  # characters of one fact


def short_type(key: PublicKey) -> str:
    """`ed25519` for `ssh-ed25519`, `ecdsa` for `ecdsa-sha2-nistp256`."""
    name = key.algorithm.removeprefix("sk-").removeprefix("ssh-")
    return "ecdsa" if name.startswith("ecdsa") else name.partition("@")[0]


def shown_name(key: LocalKey, ring: Keyring) -> str:
    """The file's name, with as much of its folder before it as tells it from its namesakes."""
    parts = key.path.parts
    others = [one.path.parts for one in ring.local if one.path != key.path]
    for many in range(1, len(parts)):
        if not any(other[-many:] == parts[-many:] for other in others):
            return "/".join(parts[-many:])
    return str(key.path)


def local_cells(key: LocalKey, ring: Keyring, now: datetime, app: App[Any]) -> tuple[Any, ...]:
    """A key pair of this machine, as a row."""
    return (
        shown_name(key, ring),
        "✓" if ring.is_on(key) else "–",
        short_type(key.public),
        _state(bool(local_weakness(key)), bool(key.exposed), app),
        key.public.fingerprint,
        str(key.bits),
        elapsed(now - key.made) if key.made else "–",
        "yes" if key.encrypted else "no",
        "yes" if key.in_agent else "no",
        key.public.comment,
    )


def there_cells(key: PublicKey, ring: Keyring, app: App[Any]) -> tuple[Any, ...]:
    """A key the cluster accepts, as a row."""
    ours = ring.ours(key)
    return (
        f"✓ {visible(shown_name(ours, ring), 60)}" if ours else "–",
        short_type(key),
        _state(weak=bool(weakness(key)), exposed=False, app=app),
        key.fingerprint,
        key.comment,
        key.options,
    )


def about_local(
    key: LocalKey, ring: Keyring, cluster: str, proofs: Iterable[Proof], now: datetime
) -> str:
    """Everything about our key: a narrow table leaves columns out."""
    age = f", {elapsed(now - key.made)} old" if key.made else ""
    lock = "with a passphrase" if key.encrypted else "without a passphrase"
    agent = ", in the agent" if key.in_agent else ""
    comment = f" · {visible(key.public.comment, 100)}" if key.public.comment else ""
    first = f"{visible(str(key.path), 60)} · {key.bits} bits{age}, {lock}{agent}{comment}"
    return "\n".join(
        line
        for line in (
            first,
            _where(key, ring, cluster, proofs),
            _certificate(key, now),
            *_worries(key),
        )
        if line
    )


def about_there(key: PublicKey, ring: Keyring) -> str:
    """Everything about a key on the cluster."""
    ours = ring.ours(key)
    whose = f"ours: {visible(str(ours.path), 60)}" if ours else "no key of this machine"
    comment = f" · {visible(key.comment, 100)}" if key.comment else ""
    limits = f"Restricted to: {visible(key.options, _MOST)}" if key.options else ""
    found = weakness(key)
    weak = f"▲ weak: {found.reason}. {found.advice}" if found else ""
    lines = (f"{key_bits(key)} bits, {whose}{comment}", limits, weak)
    return "\n".join(line for line in lines if line)


def _where(key: LocalKey, ring: Keyring, cluster: str, proofs: Iterable[Proof]) -> str:
    on = (*((cluster,) if ring.is_on(key) else ()), *ring.elsewhere(key))
    parts = [
        f"On {', '.join(visible(name, 40) for name in on)}" if on else "On no connected cluster"
    ]
    for proof in proofs:
        if proof.path == key.path:
            name = visible(proof.cluster, 40)
            works = (
                f"✓ logs in as {visible(proof.who, 80)}" if proof.who else f"✗ {name} refused it"
            )
            parts.append(works)
    if ring.rotation_of(key):
        parts.append("being rotated: R goes on")
    return " · ".join(parts)


def _certificate(key: LocalKey, now: datetime) -> str:
    found = key.certificate
    if found is None:
        return ""
    names = ", ".join(visible(name, 40) for name in found.names) or "anybody"
    if found.expires is None:
        until = "for ever"
    elif found.expires <= now:
        until = f"▲ expired {elapsed(now - found.expires)} ago"
    else:
        until = f"for another {elapsed(found.expires - now)}"
    return f"Certificate for {names}, {until}"


def _worries(key: LocalKey) -> tuple[str, ...]:
    found = local_weakness(key)
    weak = f"▲ weak: {found.reason}. {found.advice} R does it." if found else ""
    return (weak, f"▲ open: {visible(key.exposed)}; m closes it." if key.exposed else "")


def _state(weak: bool, exposed: bool, app: App[Any]) -> Text:
    colour = app.theme_variables.get
    if weak:
        return Text("▲ weak", style=colour("error", ""))
    if exposed:
        return Text("▲ open", style=colour("warning", ""))
    return Text("✓ good", style=colour("success", ""))
