"""Commands and operations: listed with their help, values checked before anything is sent."""

from __future__ import annotations

import pytest

from podtui.backends.resop.answers import read_command, read_commands
from podtui.backends.resop.backend import ResopBackend
from podtui.domain.operation import Operation
from podtui.errors import InputError, NotFound, NotOffered, OutcomeUnknown
from tests.emulators.resop.server import ResopServer
from tests.emulators.resop.transcripts import transcript

ECHO = Operation("utils", "echo")


async def test_all_are_listed_and_described(backend: ResopBackend) -> None:
    found = {one.title: one for one in await backend.operations.operations()}
    assert {"slurm/squeue", "slurm/report", "core/run", "ldap/passwd", "auth/login"} <= set(found)
    assert {one.group for one in found.values()} >= {"db", "linux-user", "vagrantcluster"}
    assert found["core/run"].help.startswith("Run a command or a script on the remote default")
    changes = {title for title, one in found.items() if one.changes}
    assert {"slurm/scancel", "core/run", "utils/rm", "linux-user/deleteUser"} <= changes
    assert not {"slurm/squeue", "utils/echo", "ldap/ldapsearch", "slurm/report"} & changes
    squeue = await backend.operations.describe(found["slurm/squeue"])
    assert squeue.takes_input
    assert squeue.options[0].name == "accounts"
    assert squeue.options[0].help.startswith("--accounts: Specify the accounts")
    report = await backend.operations.describe(Operation("slurm", "report"))
    assert (report.takes_input, report.options[0].name) == (False, "type")
    assert "answers nobody else" in (await backend.operations.describe(found["slurm/srun"])).help
    with pytest.raises(NotFound):
        await backend.operations.describe(Operation("slurm", "none"))
    with pytest.raises(NotFound):
        await backend.operations.describe(Operation("nobody", "../auth"))


async def test_a_command_runs_with_its_options(backend: ResopBackend) -> None:
    echo = await backend.operations.describe(ECHO)
    done = await backend.operations.run(echo, {"input": "a b", "no-newline": ""})
    assert (done.succeeded, done.output) == (True, "a b")
    remove = await backend.operations.describe(Operation("utils", "rm"))
    done = await backend.operations.run(remove, {"input": "/none"})
    assert (done.succeeded, "cannot remove" in done.output) == (False, True)


async def test_an_operation_tells_why_it_failed(backend: ResopBackend) -> None:
    salt = await backend.operations.describe(Operation("ldap", "extractSalt"))
    done = await backend.operations.run(salt, {})
    assert not done.succeeded
    assert done.output.startswith("password option is null.")


async def test_core_run_keeps_bytes_and_cannot_wait(backend: ResopBackend) -> None:
    run = await backend.operations.describe(Operation("core", "run"))
    done = await backend.operations.run(run, {"input": "cat; echo out; echo bad >&2; exit 3"})
    assert (done.succeeded, done.output, done.log) == (False, "out\nbad\n", ("exit status 3",))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"input": "a ; id"}, "';'"),
        ({"input": "$(id)"}, "'\\('"),
        ({"input": 'a "b'}, "double quotes"),
        ({"input": "x", "nosuch": ""}, "no option nosuch"),
    ],
)
async def test_what_resop_would_not_take_is_not_sent(
    backend: ResopBackend, server: ResopServer, values: dict[str, str], why: str
) -> None:
    echo = await backend.operations.describe(ECHO)
    before = len(server.service.ran)
    with pytest.raises(InputError, match=why):
        await backend.operations.run(echo, values)
    assert len(server.service.ran) == before


async def test_a_lost_answer_to_a_change_is_told(
    backend: ResopBackend, server: ResopServer
) -> None:
    remove = await backend.operations.describe(Operation("utils", "rm"))
    server.lose = 1
    with pytest.raises(OutcomeUnknown):
        await backend.operations.run(remove, {"input": "x"})


async def test_nobody_logs_in_by_the_way(backend: ResopBackend) -> None:
    login = await backend.operations.describe(Operation("auth", "login"))
    with pytest.raises(NotOffered, match="would end this one"):
        await backend.operations.run(login, {"username": "alice", "password": "x"})


def test_descriptions_as_careless_as_the_real_ones_are_read() -> None:
    found = {one.name: one for one in read_commands(transcript("commands_utils").json, "utils")}
    assert found["echo"].options[0].help == "-n: omit the newline on output"  # "desctiption" there
    assert found["mv"].help == ""
    assert read_commands([{"command": "x", "options": None}, 7, {"no": 1}], "g") == (
        Operation("g", "x", takes_input=True),
    )
    assert read_command({"command": "../../etc"}, "g") is None
