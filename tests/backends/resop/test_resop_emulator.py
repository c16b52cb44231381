"""The emulator says what the real resop said, transcript by transcript."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.resop.machine import Machine
from tests.emulators.resop.service import Service
from tests.emulators.resop.transcripts import Transcript, names, transcript

USER = "resopu1"
_RECORDED_FOLDER = "/srv/resop"
_VARYING = re.compile(r"eyJ[\w.-]+|/tmp/tmp-8052-\w+")


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """A service on whose machine stands what stood there when the transcripts were made."""
    home, tools = tmp_path / "home" / USER, tmp_path / "bin"
    home.mkdir(parents=True)
    tools.mkdir()
    (home / "up.txt").write_text("fifteen bytes.\n")
    (tmp_path / "local.txt").write_text("fifteen bytes.\n")
    machine = Machine(home, f"{tools}:/usr/bin:/bin")
    return Service(machine, {USER: "pw-resopu1", "resopu2": "p&w#1"})


@pytest.mark.parametrize("name", names())
def test_it_answers_as_recorded(service: Service, tmp_path: Path, name: str) -> None:
    told = transcript(name)
    _stand_in(service, tmp_path / "bin", told)
    service.logins[USER] = 2
    service.machine.up = not name.startswith("sshd_down")
    headers = {key.lower(): value for key, value in told.headers.items()}
    if "eyJ" in headers.get("authorization", ""):
        headers["authorization"] = f"Bearer {_token(service, name)}"
    body = _body(told).replace(_RECORDED_FOLDER, str(tmp_path))
    answer = service.answer(told.method, told.path, headers, body.encode())
    assert answer.status == told.status
    assert answer.html is told.content_type.startswith("text/html")
    if not answer.html:
        assert _plain(answer.document, tmp_path, service) == _plain(told.json, tmp_path, service)


def _token(service: Service, name: str) -> str:
    login = 1 if name.startswith("old_token") else 2
    token = service.token(USER, login)
    return f"{token[:-4]}AAAA" if name == "badsig" else token


def _body(told: Transcript) -> str:
    if told.body.startswith("@run"):  # a command of so many bytes, kept in a file
        return json.dumps({"input": "echo " + "x" * int(told.body[4:-6]) * 1000})
    return told.body


def _stand_in(service: Service, tools: Path, told: Transcript) -> None:
    """Commands of the recorded machine: one that says what it said there, and ends as it did."""
    _tool(tools, "id", "resopu1\n", 0)
    said = told.json if told.content_type.startswith("application/json") else None
    if told.method == "GET" or not isinstance(said, dict) or "InputFormat" in str(said):
        return
    batch = "sbatch" if "sbatch" in told.path + told.body else ""
    name = said.get("command", batch).split(" ")[0]
    output = said["log"][-1] if said.get("log") else said.get("output", "")
    if name not in ("", "echo", "rm") and not output.endswith("command not found\n"):
        _tool(tools, name, output.removeprefix("CommandError: "), int(not said["success"]))


def _tool(folder: Path, name: str, says: str, code: int) -> None:
    (folder / f"{name}.txt").write_text(says)
    file = folder / name
    file.write_text(f'#!/bin/sh\ncat "{folder}/{name}.txt"\nexit {code}\n')
    file.chmod(0o755)


def _plain(document: Any, folder: Path, service: Service) -> Any:
    """Without what differs from machine to machine: folders, tokens, names made up."""
    text = json.dumps(document).replace(str(folder), _RECORDED_FOLDER)
    text = text.replace(f"{_RECORDED_FOLDER}/home/{USER}/tmp-8052", "/tmp/tmp-8052")
    return json.loads(_VARYING.sub("…", text))
