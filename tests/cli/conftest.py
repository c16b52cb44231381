"""A person with an empty home, and an embedded pod in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from podtui.__main__ import main

PODTUI = (sys.executable, "-m", "podtui")
PATIENCE = 60  # seconds after which a command that hangs fails its test


class Started(subprocess.Popen[str]):
    """A command that is still running; a test that fails meanwhile does not wait for its end."""

    def __exit__(self, *told: object) -> None:
        if self.poll() is None:
            self.kill()
        super().__exit__(*told)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Person:
    """Somebody who types podtui's command line, in a folder of their own."""

    home: Path
    folder: Path
    options: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONWARNINGS": "error",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            **self.environ,
        }

    def types(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run one command line to its end; it must exit with `code`."""
        done = subprocess.run(
            [*PODTUI, *self.options, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def asks(self, *words: str, code: int = 0) -> dict[str, Any]:
        """Run one command with `--json`; its envelope."""
        done = self.types(*words, "--json", code=code)
        envelope: dict[str, Any] = json.loads(done.stdout)
        assert envelope["ok"] is (code == 0)
        return envelope

    def starts(self, *words: str) -> Started:
        """Start a command line and leave it running."""
        return Started(
            [*PODTUI, *self.options, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """Nobody's configuration: an empty home."""
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    return Person(tmp_path / "home", tmp_path / "work")


@pytest.fixture(scope="session")
def pod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Somebody with an embedded pod, its login node made by podtui itself."""
    folder = tmp_path_factory.mktemp("cli")
    for name in ("home", "work"):
        (folder / name).mkdir()
    somebody = Person(folder / "home", folder / "work")
    words = ("demo", "--no-ui", "--state", str(folder / "pod"), "--boot-seconds", "0.2")
    with somebody.starts(*words) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield Person(somebody.home, somebody.folder, ("--config", told["config"]))
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="session")
def node(pod: Person) -> dict[str, Any]:
    """What `nodes create --wait` told when it made everything from nothing."""
    data: dict[str, Any] = pod.asks("nodes", "create", "--wait")["data"]
    return data


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process with an empty home and no /etc of its own; the home."""
    import keyring.backends.fail

    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)
    for name in [name for name in os.environ if name.startswith("PODTUI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("podtui.paths.SYSTEM_CONFIG", tmp_path / "etc/config.toml")
    monkeypatch.setattr("podtui.paths.SYSTEM_PODTOOLS", tmp_path / "etc/podtools.conf")
    monkeypatch.setattr("keyring.core._keyring_backend", keyring.backends.fail.Keyring())
    return home


@pytest.fixture
def says(at_home: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run podtui in this process: `(exit code, standard output, standard error)`."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(words)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def here(pod: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """As `pod.asks`, in this process: for what a process of its own adds nothing to."""
    for name, value in pod.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(pod.folder)

    def asks(*words: str, code: int = 0) -> dict[str, Any]:
        capsys.readouterr()
        found = main([*pod.options, *words, "--json"])
        told = capsys.readouterr()
        assert found == code, f"{words}: {found}\n{told.out}{told.err}"
        envelope: dict[str, Any] = json.loads(told.out)
        assert envelope["ok"] is (code == 0)
        return envelope

    return asks
