"""The recorded transcripts: a curl command, and the answer the real service gave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

FOLDER = Path(__file__).parents[2] / "fixtures" / "kotta"


@dataclass(frozen=True)
class Transcript:
    """`form` as curl sends it; `headers` of the answer with small names."""

    method: str
    path: str
    query: str
    form: dict[str, str] | None
    content: str
    content_type: str
    status: int
    headers: dict[str, str]
    body: str

    def request(self, client: httpx.AsyncClient, path: str = "", **fields: str) -> httpx.Request:
        """The same request to another server, with another path or fields."""
        url = f"{path or self.path}{'?' if self.query else ''}{self.query}"
        headers = {"Content-Type": self.content_type} if self.content_type else {}
        content = self.content
        if self.form is not None:
            content = urlencode({**self.form, **fields})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return client.build_request(
            self.method, url, headers=headers, content=content.encode() or None
        )


def names() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.txt"))


def transcript(name: str) -> Transcript:
    text = (FOLDER / f"{name}.txt").read_text()
    command, _, answer = text.partition("\nHTTP/1.1 ")
    head, _, body = answer.replace("\r\n", "\n").partition("\n\n")
    status, *lines = head.splitlines()
    headers = {}
    for line in lines:
        key, _, value = line.partition(":")
        headers[key.lower()] = value.strip()
    options = _options(command.removeprefix("$ "))
    url = urlsplit(options["url"])
    return Transcript(
        options["method"],
        url.path,
        options.get("query", ""),
        options.get("form"),
        options.get("content", ""),
        options.get("type", ""),
        int(status.split()[0]),
        headers,
        body.strip("\n"),
    )


def _options(command: str) -> dict[str, Any]:
    """The recorder did not quote: a value goes on until the next option."""
    words = _words(command)
    told: dict[str, Any] = {"method": "GET"}
    data: list[tuple[str, str]] = []
    as_query = False
    while words:
        word = words.pop(0)
        if word == "-X":
            told["method"] = words.pop(0)
        elif word == "-G":
            as_query = True
        elif word == "-b":
            words.pop(0)
        elif word == "-H":
            told["type"] = words.pop(0).partition(": ")[2]
        elif word in ("-d", "--data-urlencode"):
            value = words.pop(0)
            if value.startswith("{"):
                told["content"] = value
            else:
                key, _, text = value.partition("=")
                data.append((key, text))
        elif word.startswith("http"):
            told["url"] = word
    if data and as_query:
        told["query"] = urlencode(data)
    elif data:
        told["form"] = dict(data)
    return told


def _words(command: str) -> list[str]:
    flags = ("-X", "-G", "-b", "-H", "-d", "--data-urlencode")
    words: list[str] = []
    for word in command.removeprefix("curl ").split(" "):
        takes_more = len(words) > 1 and words[-2] in ("-H", "-d", "--data-urlencode")
        if word in flags or not takes_more:
            words.append(word)
        else:
            words[-1] += f" {word}"
    return words
