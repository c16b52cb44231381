"""`podtui ops` against the emulated resop, by a configuration file."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from podtui.cli import ops as command
from tests.emulators.resop.machine import Machine
from tests.emulators.resop.server import ResopServer, serving
from tests.emulators.resop.service import Service


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ResopServer]:
    home = tmp_path / "far"
    home.mkdir()
    with serving(Service(Machine(home), {"alice": "wonder-land"})) as running:
        yield running


@pytest.fixture
def asks(says: Any, server: ResopServer, tmp_path: Path) -> Any:
    """`podtui ops …`: the exit code, what it printed, and what it told beside."""
    word = shutil.which("echo")
    file = tmp_path / "config.toml"
    file.write_text(
        f'state_dir = "{tmp_path}/state"\n[clusters.lab]\nkind = "resop"\nurl = "{server.url}"\n'
        f'user = "alice"\npassword_command = "{word} wonder-land"\n'
    )

    def run(*words: str) -> tuple[int, str, str]:
        told: tuple[int, str, str] = says("--config", str(file), "ops", *words)
        return told

    return run


def test_all_are_listed_with_what_asks_first(asks: Any) -> None:
    code, out, _ = asks()
    rows = {line.split("|")[1].strip(): line for line in out.splitlines() if line.count("|") > 3}
    assert code == 0
    assert "view job" in rows["slurm/squeue"]
    assert "asks first" not in rows["slurm/squeue"]
    assert "asks first" in rows["slurm/scancel"]
    data = json.loads(asks("--json")[1])["data"]["operations"]
    assert {"group", "name", "help", "changes", "takes_input", "options"} == set(data[0])
    assert [one["group"] for one in data] == sorted(one["group"] for one in data)


def test_one_is_described(asks: Any) -> None:
    _, out, _ = asks("slurm/scancel")
    assert "run after a question" in out
    assert "--input TEXT" in out
    data = json.loads(asks("slurm/report", "--json")[1])["data"]["operation"]
    assert data["changes"] is False
    assert (data["options"][4]["name"], data["options"][4]["flag"]) == ("names", False)


def test_a_harmless_one_runs_at_once(asks: Any) -> None:
    assert asks("utils/echo", "--input", "a\x1bb", "--set", "no-newline")[:2] == (0, "a␛b\n")
    assert asks("utils/hostname", "--run")[0] == 0
    data = json.loads(asks("utils/echo", "--input", "hi", "--json")[1])["data"]
    assert data == {"operation": "utils/echo", "succeeded": True, "output": "hi\n", "log": []}


def test_one_that_changes_something_wants_a_yes(
    asks: Any, server: ResopServer, tmp_path: Path
) -> None:
    victim = tmp_path / "far" / "victim"
    victim.touch()
    code, _, told = asks("utils/rm", "--input", "victim")
    assert (code, victim.exists()) == (2, True)
    assert "nobody to ask" in told
    assert asks("utils/rm", "--input", "victim", "--yes")[0] == 0
    assert not victim.exists()
    code, _, told = asks("utils/echo", "--input", "`touch victim`")  # a command of its own
    assert (code, victim.exists()) == (2, False)


@pytest.mark.parametrize(("typed", "code"), [("yes\n", 0), ("no\n", 130), ("\n", 130)])
def test_the_question_names_what_would_run(
    asks: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    code: int,
) -> None:
    victim = tmp_path / "far" / "victim"
    victim.touch()
    monkeypatch.setattr(command, "has_terminal", lambda: True)
    monkeypatch.setattr(sys, "stdin", _Typed(typed))
    found, _, told = asks("utils/rm", "--input", "victim")
    assert (found, victim.exists()) == (code, code != 0)
    assert "Run utils/rm input='victim'? Type yes:" in told


class _Typed:
    """A terminal on which this is typed."""

    def __init__(self, text: str) -> None:
        self._text = text

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self._text


def test_a_failure_there_is_the_commands(asks: Any) -> None:
    code, out, told = asks("utils/rm", "--input", "/none", "--yes")
    assert (code, "cannot remove" in out, "utils/rm failed there" in told) == (7, True, True)
    envelope = json.loads(asks("ldap/extractSalt", "--run", "--json")[1])
    assert (envelope["ok"], envelope["data"]["succeeded"]) == (False, False)
    assert "password option is null" in envelope["data"]["output"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["squeue"], "no operation"),
        (["slurm/nosuch"], "neither a command nor an operation"),
        (["utils/echo", "--set", "nosuch=1"], "no option 'nosuch'"),
        (["ldap/passwd", "--input", "x"], "no option 'input'"),
        (["utils/echo", "--input", "a;b"], "cannot be sent"),
        (["--yes"], "which operation"),
    ],
)
def test_what_cannot_be_is_told(asks: Any, words: list[str], why: str) -> None:
    code, _, told = asks(*words)
    assert code in (2, 7)
    assert why in told
