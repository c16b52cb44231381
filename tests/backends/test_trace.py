"""The command log: what was asked and how it went, bounded, and without a secret."""

from __future__ import annotations

import httpx
import pytest

from podtui.backends.http import send
from podtui.backends.trace import KEPT, TRACE, Trace, command_words
from podtui.errors import Unreachable


def test_it_keeps_the_latest_and_tells_how_each_went() -> None:
    trace = Trace()
    for number in range(KEPT + 3):
        with trace.doing("pod", f"command {number}"):
            pass
    assert len(trace.entries) == KEPT
    with pytest.raises(ValueError, match="no"), trace.doing("pod", "bad\x1b[2J"):
        raise ValueError("no")
    last = trace.entries[-1]
    assert (last.what, last.outcome) == ("bad␛[2J", "ValueError")


def test_what_is_alike_is_counted_together_and_a_failure_stands_alone() -> None:
    trace = Trace()
    for number in range(10_000):
        for doing in ("put", "stat"):
            with trace.doing("pod", f"sftp {doing} /data/{number}", f"{doing} /data"):
                pass
    with pytest.raises(ValueError, match="no"), trace.doing("pod", "sftp put /data/x", "put /data"):
        raise ValueError("no")
    with trace.doing("pod", "sftp put /else/x", "put /else"):
        pass
    assert [(entry.what, entry.count, entry.outcome) for entry in trace.entries] == [
        ("sftp put /data/0", 10_000, "ok"),
        ("sftp stat /data/0", 10_000, "ok"),
        ("sftp put /data/x", 1, "ValueError"),
        ("sftp put /else/x", 1, "ok"),
    ]


def test_what_runs_side_by_side_is_counted_too() -> None:
    trace = Trace()
    with (
        trace.doing("pod", "sftp put /a/1", "put /a"),
        trace.doing("pod", "sftp put /a/2", "put /a"),
    ):
        pass
    assert [(entry.what, entry.count) for entry in trace.entries] == [("sftp put /a/2", 2)]


def test_values_of_settings_are_left_out_of_commands() -> None:
    assert "hush" not in command_words(["env", "TOKEN=hush", "squeue", "--me"])


async def test_a_request_stands_there_without_query_user_and_headers() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(204))
    async with httpx.AsyncClient(transport=transport) as client:
        request = client.build_request(
            "GET", "https://me:hush@h.example/jobs?token=hush", headers={"X": "hush"}
        )
        await send(client, request, changes=False)
    entry = TRACE.entries[-1]
    assert (entry.where, entry.outcome) == ("h.example", "204")
    assert entry.what == "GET https://h.example/jobs"


async def test_a_request_that_failed_stands_there_too() -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    async with httpx.AsyncClient(transport=httpx.MockTransport(fail)) as client:
        with pytest.raises(Unreachable):
            await send(client, client.build_request("GET", "https://h.example/"), changes=False)
    assert TRACE.entries[-1].outcome == "ConnectError"
