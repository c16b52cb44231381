"""A server's own key, made once and kept."""

import os
from pathlib import Path

import asyncssh


def host_key(path: Path) -> asyncssh.SSHKey:
    """Read the Ed25519 key in `path`; make it, readable by its owner only, when it is missing."""
    try:
        return asyncssh.import_private_key(path.read_bytes())
    except FileNotFoundError:
        pass
    key = asyncssh.generate_private_key("ssh-ed25519")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(key.export_private_key("openssh"))
        stream.flush()
        os.fsync(descriptor)
    draft.rename(path)
    return key


def public_line(key: asyncssh.SSHKey) -> str:
    """Write a key's public half as one line: `ssh-ed25519 AAAA…`."""
    return " ".join(key.export_public_key("openssh").decode().split()[:2])
