"""Transcripts of a real resop (22.1-beta): a curl line, the answer's head, its body."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "fixtures" / "resop"


@dataclass(frozen=True)
class Transcript:
    """One request and its answer; HTML bodies were not kept whole."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    content_type: str
    answer: str

    @property
    def json(self) -> Any:
        return json.loads(self.answer)


def names() -> list[str]:
    """All transcripts."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def transcript(name: str) -> Transcript:
    """One of them."""
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    head, _, answer = text.partition("\n\n")
    told, *lines = head.splitlines()
    method, path, headers, body = _request(told.removeprefix("$ curl"))
    answered = dict(line.split(": ", 1) for line in lines[1:])
    return Transcript(
        name,
        method,
        path,
        headers,
        body,
        int(lines[0].split()[1]),
        answered["Content-Type"],
        answer.rstrip("\n"),
    )


def _request(line: str) -> tuple[str, str, dict[str, str], str]:
    """The curl line was written without quotes: headers and body go up to the next option."""
    line, _, address = line.rpartition(" http://127.0.0.1:18230")
    body = ""
    for option in (" --data-binary ", " -d "):
        if option in line:
            line, _, body = line.partition(option)
    method = "POST" if line.endswith("-X POST") else "GET"
    parts = line.removesuffix("-X POST").split("-H ")
    headers = dict(part.strip().split(": ", 1) for part in parts if ": " in part)
    if body and "content-type" not in headers:
        headers["content-type"] = "application/x-www-form-urlencoded"
    return method, address, headers, body


def listed(operator: str, what: str) -> Transcript:
    """`what` (commands, operations) of an operator, as recorded."""
    return transcript(f"{what}_{operator}")
