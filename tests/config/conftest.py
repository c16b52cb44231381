"""A person's folders under tmp_path, and keyrings that are not the tester's own."""

from __future__ import annotations

from pathlib import Path

import keyring.backends.fail
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from podtui.paths import Paths


class MemoryKeyring(KeyringBackend):
    """A keyring that works and forgets."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError(username)


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch):
    monkeypatch.setattr("keyring.core._keyring_backend", keyring.backends.fail.Keyring())


@pytest.fixture
def memory_keyring(monkeypatch):
    ring = MemoryKeyring()
    monkeypatch.setattr("keyring.core._keyring_backend", ring)
    return ring


@pytest.fixture(autouse=True)
def _own_etc(tmp_path, monkeypatch):
    monkeypatch.setattr("podtui.paths.SYSTEM_CONFIG", tmp_path / "etc/podtui/config.toml")
    monkeypatch.setattr("podtui.paths.SYSTEM_PODTOOLS", tmp_path / "etc/podtools.conf")


@pytest.fixture
def paths(tmp_path):
    """One user's folders; /etc is a folder of the test too."""
    home = tmp_path / "home"
    return Paths(home / ".config/podtui/config.toml", home / "state", home)


@pytest.fixture
def write():
    """Write a file with its folders, 0600 unless told otherwise."""

    def write(file: Path, text: str, mode: int = 0o600) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        return file

    return write


@pytest.fixture
def system(tmp_path):
    """Where the site's own configuration stands in these tests."""
    return tmp_path / "etc/podtui/config.toml"
