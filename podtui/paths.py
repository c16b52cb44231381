"""Where podtui keeps its files, and how it makes them private."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

SYSTEM_CONFIG = Path("/etc/podtui/config.toml")
SYSTEM_PODTOOLS = Path("/etc/podtools.conf")


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders of one user (or of one test)."""

    config_file: Path
    state: Path
    home: Path

    @property
    def journal(self) -> Path:
        """The SQLite journal of staged jobs and transfers."""
        return self.state / "journal.sqlite"

    @property
    def history(self) -> Path:
        """The SQLite file of the jobs that were."""
        return self.state / "history.sqlite"

    @property
    def tokens(self) -> Path:
        """The folder of cached tokens, 0600 each."""
        return self.state / "tokens"

    @property
    def secrets(self) -> Path:
        """The folder of secrets kept where the system has no keyring."""
        return self.config_file.parent / "secrets"

    @property
    def themes(self) -> Path:
        """The user's own themes."""
        return self.config_file.parent / "themes"

    @property
    def podtools(self) -> tuple[Path, Path]:
        """PODTools' own configuration, in the order it is read."""
        return (SYSTEM_PODTOOLS, self.home / ".podtools" / "podtools.conf")

    @property
    def ssh(self) -> Path:
        """The user's OpenSSH folder."""
        return self.home / ".ssh"


def default_paths() -> Paths:
    """The paths of the user who runs us, by the conventions of the system."""
    return Paths(
        config_file=platformdirs.user_config_path("podtui") / "config.toml",
        state=platformdirs.user_state_path("podtui"),
        home=Path.home(),
    )


def private_folder(path: Path) -> Path:
    """Make `path` (0700) and return it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` with mode 0600, whole or not at all."""
    private_folder(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def shared_file(name: str) -> Path:
    """What travels with podtui: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.exists() else package.parent / name
