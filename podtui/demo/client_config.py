"""The configuration with which podtui itself is a client of this pod."""

import getpass
import re
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from podtui.demo.identities import Identity
from podtui.demo.private_files import make_private_folder, write_private


def local_user() -> str:
    """Give the local user's name as a Unix name that the pod accepts; `penguin` for root."""
    try:
        name = getpass.getuser().lower()
    except (KeyError, OSError):
        return "penguin"
    name = re.sub(r"[^a-z0-9_-]", "", name).lstrip("-0123456789")[:32]
    return "penguin" if name in ("", "root") else name


def write_client_config(folder: Path, auth_url: str, identity: Identity) -> Path:
    """Write `config.toml` into `folder`; what the user has added or chosen in it stays.

    Addresses and credentials are always the pod's, since they may change with each start.
    """
    path = make_private_folder(folder) / "config.toml"
    document = _read(path)
    document.setdefault("default_cluster", "pod")
    document.setdefault("state_dir", str(folder / "state"))
    clusters = document.setdefault("clusters", tomlkit.table(is_super_table=True))
    pod = clusters.setdefault("pod", tomlkit.table())
    pod.update(
        {
            "kind": "pod",
            "auth_url": auth_url,
            "api_key": identity.api_key,
            "api_secret": identity.api_secret,
            "cloudauth_id": identity.cloudauth_id,
        }
    )
    pod.setdefault("user", local_user())
    pod.setdefault("identity_file", str(folder / "id_ed25519"))
    pod["known_hosts"] = str(folder / "known_hosts")
    pod.setdefault("poll_seconds", 1)
    write_private(path, tomlkit.dumps(document).encode())
    return path


def write_known_hosts(folder: Path, lines: list[str]) -> None:
    """Write the keys of all the pod's SSH servers, so that no client trusts at first sight."""
    content = "".join(f"{line}\n" for line in lines)
    write_private(make_private_folder(folder) / "known_hosts", content.encode())


def _read(path: Path) -> tomlkit.TOMLDocument:
    """Read the last configuration; one that cannot be read is put aside as `config.toml.broken`."""
    try:
        document = tomlkit.parse(path.read_text())
        clusters = document.get("clusters", {})
        if isinstance(clusters, dict) and isinstance(clusters.get("pod", {}), dict):
            return document
    except FileNotFoundError:
        return tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError):
        pass
    path.replace(path.with_name("config.toml.broken"))
    return tomlkit.document()
