"""The link to resop: one login shared, lost tokens, refusals, a shell that keeps every byte."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import httpx
import pytest

from podtui.backends.resop.answers import read_reply
from podtui.backends.resop.backend import ResopBackend
from podtui.backends.resop.shell import ResopShell
from podtui.backends.resop.wire import ResopWire
from podtui.backends.resop.words import password_refusal, refusal
from podtui.config.model import ResopConfig, Secret
from podtui.domain.cluster import Facet
from podtui.errors import (
    BadAnswer,
    InputError,
    LoginRequired,
    NotFound,
    NotOffered,
    OutcomeUnknown,
    PodError,
    Refused,
    Unreachable,
)
from podtui.paths import Paths
from tests.backends.resop.conftest import PASSWORD, USER, Person, new_backend
from tests.emulators.resop.machine import Machine
from tests.emulators.resop.server import ResopServer, serving
from tests.emulators.resop.transcripts import names, transcript

SHELLS = ["/bin/bash", "/bin/dash", "/usr/bin/tcsh", "/usr/bin/fish", "/usr/bin/zsh"]


def _shell(backend: ResopBackend) -> ResopShell:
    return backend._shell


async def test_one_login_serves_all_that_come(server: ResopServer, tmp_path: Path) -> None:
    first, second = (new_backend(server, tmp_path) for _ in range(2))
    await asyncio.gather(first.connect(), first.open_shell_link(), second.connect())
    third = new_backend(server, tmp_path, password="")
    await third.connect()
    for backend in (first, second, third):
        await backend.close()
    assert server.service.logins[USER] == 1
    (kept,) = (tmp_path / "state" / "tokens").glob("*.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert PASSWORD not in kept.read_text()


async def test_a_login_elsewhere_costs_one_more_here(
    server: ResopServer, backend: ResopBackend
) -> None:
    server.service.logins[USER] += 1
    assert (await _shell(backend).run(["echo", "hi"], timeout=9)).stdout == b"hi\n"
    assert server.service.logins[USER] == 3
    server.service.key = b"the service has a new key"
    assert (await _shell(backend).run(["echo", "ho"], timeout=9)).stdout == b"ho\n"


async def test_another_podtuis_new_token_is_taken(server: ResopServer, tmp_path: Path) -> None:
    first, second = (new_backend(server, tmp_path) for _ in range(2))
    await first.connect()
    await second.connect()
    server.service.logins[USER] += 1
    await first.open_shell_link()
    logins = server.service.logins[USER]
    await second.open_shell_link()
    assert server.service.logins[USER] == logins
    await first.close()
    await second.close()


@pytest.mark.parametrize("password", ["p&w", "a(b", "it's", 'say "x', "a;b", "#1", r"p\&w"])
async def test_a_password_that_cannot_log_in_is_not_sent(
    server: ResopServer, tmp_path: Path, password: str
) -> None:
    server.service.passwords[USER] = password
    backend = new_backend(server, tmp_path, password=password)
    with pytest.raises(LoginRequired, match="cannot log in through resop"):
        await backend.connect()
    await backend.close()
    assert server.service.logins == {}


async def test_a_wrong_password_is_asked_for_again(server: ResopServer, tmp_path: Path) -> None:
    person = Person("wrong", PASSWORD)
    backend = new_backend(server, tmp_path, person, password="")
    with pytest.raises(LoginRequired, match="refuses the user or the password"):
        await backend.connect()
    await backend.connect()
    await backend.close()
    assert person.asked == ["Password of alice"] * 2


async def test_a_cluster_without_a_scheduler_offers_files_and_operations(
    backend: ResopBackend,
) -> None:
    offered = {offer.facet for offer in backend.status().offers if offer.offered}
    assert offered == {Facet.FILES, Facet.OPERATIONS}
    assert "No scheduler" in backend.status().offer(Facet.JOBS).reason
    with pytest.raises(NotOffered):
        _ = backend.jobs


@pytest.mark.parametrize("shell", SHELLS)
async def test_every_byte_survives_any_login_shell(
    backend: ResopBackend, machine: Machine, shell: str
) -> None:
    if not Path(shell).exists():
        pytest.skip(f"no {shell} here: apt-get install enables this")
    machine.shell = shell
    with (machine.home / ".profile").open("a") as profile:
        profile.write("echo Welcome; echo noise >&2\n")
    done = await _shell(backend).script(
        "printf 'a\\0\\377\\n'; cat; echo bad >&2; exit 3", timeout=9
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, b"a\0\xff\n", b"bad\n")
    done = await _shell(backend).run(["printf", "%s|", "it's", "$HOME", "`id`", "\n"], timeout=9)
    assert done.stdout == b"it's|$HOME|`id`|\n|"


async def test_a_command_that_hangs_is_ended(backend: ResopBackend) -> None:
    with pytest.raises(Unreachable, match="did not end within 1 seconds"):
        await _shell(backend).run(["sleep", "60"], timeout=1)
    with pytest.raises(OutcomeUnknown):
        await _shell(backend).run(["sleep", "60"], timeout=1, changes=True)


async def test_a_lost_answer_is_no_failure(server: ResopServer, backend: ResopBackend) -> None:
    server.lose = 1
    with pytest.raises(OutcomeUnknown):
        await _shell(backend).run(["true"], timeout=9, changes=True)
    server.lose = 1
    assert (await _shell(backend).run(["echo", "read"], timeout=9)).stdout == b"read\n"


async def test_the_cluster_or_the_service_away(
    server: ResopServer, machine: Machine, backend: ResopBackend, tmp_path: Path
) -> None:
    machine.up = False
    with pytest.raises(Unreachable, match="does not answer it"):
        await backend.open_shell_link()
    machine.up = True
    await backend.open_shell_link()
    with serving(server.service) as other:
        second = new_backend(other, tmp_path / "second")
        await second.connect()
    with pytest.raises(Unreachable):
        await second.open_shell_link()
    await second.close()


@pytest.mark.parametrize(
    ("status", "reading", "changing"),
    [
        (301, Refused, Refused),
        (413, Refused, Refused),
        (404, NotFound, NotFound),
        (429, Unreachable, Unreachable),
        (500, Unreachable, OutcomeUnknown),
        (502, Unreachable, OutcomeUnknown),
        (503, Unreachable, OutcomeUnknown),
    ],
)
async def test_a_page_in_place_of_an_answer(
    status: int, reading: type[PodError], changing: type[PodError], tmp_path: Path
) -> None:
    login = {"success": True, "operation": "auth:login", "output": "a.b.c", "log": []}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/auth/opn/login":
            return httpx.Response(200, json=login)
        return httpx.Response(status, text="<!DOCTYPE html><title>Error</title>")

    config = ResopConfig("lab", USER, url="http://resop.test", password=Secret("wonder"))
    paths = Paths(tmp_path / "config.toml", tmp_path / "state", tmp_path)
    wire = ResopWire(config, paths, Person(), httpx.MockTransport(answer))
    for changes, kind in ((False, reading), (True, changing)):
        with pytest.raises(kind):
            await wire.post("/core/opn/run", {"input": "true"}, changes=changes)
    told = {404: NotFound, 429: Unreachable, 502: Unreachable, 503: Unreachable}
    with pytest.raises(told.get(status, BadAnswer)):
        await wire.get("/slurm/commands")
    everywhere = httpx.MockTransport(lambda _: httpx.Response(status, text="<html>"))
    fresh = Paths(tmp_path / "config.toml", tmp_path / "fresh", tmp_path)  # not logged in yet
    away = ResopWire(config, fresh, Person(), everywhere)
    with pytest.raises(Unreachable if told.get(status) is Unreachable else BadAnswer):
        await away.get("/slurm/commands")
    await wire.close()
    await away.close()


async def test_a_gates_404_is_no_word_of_a_job_or_a_file(
    backend: ResopBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nowhere(*_: object, **__: object) -> None:
        raise NotFound("resop has no such thing to run (status 404).")

    monkeypatch.setattr(ResopWire, "post", nowhere)
    for call in (backend.files.stat("/etc"), backend.files.list_folder("/etc")):
        with pytest.raises(Unreachable, match="404") as failed:
            await call
        assert "url" in failed.value.hint


@pytest.mark.parametrize("status", [301, 307])
async def test_a_redirect_names_the_place_and_no_password_goes_there(
    status: int, tmp_path: Path
) -> None:
    asked: list[str] = []

    def away(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(status, headers={"Location": "https://other.test/auth?x=secret"})

    config = ResopConfig("lab", USER, url="http://resop.test", password=Secret("wonder"))
    paths = Paths(tmp_path / "config.toml", tmp_path / "state", tmp_path)
    wire = ResopWire(config, paths, Person(), httpx.MockTransport(away))
    with pytest.raises(Refused, match=r"on to https://other\.test/auth\.") as failed:
        await wire.post("/core/opn/run", {"input": "true"}, changes=True)
    assert "url" in failed.value.hint
    assert asked == ["resop.test"]
    await wire.close()


async def test_too_long_a_command_is_not_sent(backend: ResopBackend, server: ResopServer) -> None:
    before = len(server.service.ran)
    with pytest.raises(InputError, match="too long"):
        await _shell(backend).run(["echo", "x" * 30_000], timeout=9)
    assert len(server.service.ran) == before


@pytest.mark.parametrize("tool", ["base64", "timeout"])
async def test_a_shell_that_lacks_the_tools_says_so(
    backend: ResopBackend, tmp_path: Path, tool: str
) -> None:
    (tmp_path / "tools" / tool).unlink()
    with pytest.raises(Refused) as caught:
        await backend.open_shell_link()
    assert tool in caught.value.hint


def test_recorded_answers_are_read() -> None:
    outcomes = {}
    for name in names():
        told = transcript(name)
        if told.method == "POST" and told.content_type.startswith("application/json"):
            try:
                outcomes[name] = read_reply(told.json)
            except BadAnswer:
                assert told.status == 404
    assert outcomes["run_json"].said == "2\n"
    assert (outcomes["run_fail"].succeeded, outcomes["run_fail"].said) == (False, "out\nbad\n")
    assert outcomes["old_token"].token_dead
    assert outcomes["old_token_cmd"].token_dead
    assert outcomes["sshd_down_run"].away
    assert outcomes["sshd_down_cmd"].away
    assert outcomes["login_special"].bad_input
    assert outcomes["echo_meta"].bad_input
    assert outcomes["run_number"].crashed
    assert outcomes["tempfile"].log == ("line1\nline 2\n",) * 2


def test_what_is_refused_there_is_refused_here() -> None:
    for name in names():
        told = transcript(name)
        if "InputFormatError" in told.answer:
            sent = told.body.partition(":")[2].removesuffix("}")
            assert refusal(sent.strip('"').replace('\\"', '"')), name
    assert not refusal(r"a \; b")
    assert not refusal('"quoted" text')
    assert password_refusal(r"p\&w")
    assert not password_refusal("pw-resopu1")
