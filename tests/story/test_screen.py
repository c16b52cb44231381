"""The whole story on the real screen, from an empty state folder: once by keys, once by mouse."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from podtui.domain.job import JobState
from tests.story.person import Clicker, Person, Typist, at_the_screen
from tests.story.pod import Pod, client, parts, running_pod

SCRIPT = """#!/bin/bash
#PBS -N story
#PBS -j oe
#PBS -l nodes=1:ppn=1,walltime=00:01:00
cd ~/story
base64 -w0 < in.dat > out.dat
sha256sum < in.dat > ~/made.txt
"""
SLEEPER = "#!/bin/bash\n#PBS -N sleeper\n#PBS -l walltime=00:02:00\nsleep 100\n"


@pytest.fixture
async def pod(tmp_path: Path) -> AsyncIterator[Pod]:
    """A pod that nobody has used, with nobody's token, account, volume or key."""
    async with running_pod(tmp_path / "pod") as running:
        yield running


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder somebody stands in: scripts and data."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "in.dat").write_bytes(os.urandom(500_000))
    (folder / "up.dat").write_bytes(os.urandom(300_000))
    (folder / "run.sub").write_text(SCRIPT)
    (folder / "sleep.sub").write_text(SLEEPER)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
    return folder


@pytest.mark.parametrize("kind", [Typist, Clicker])
async def test_from_nothing_to_results(pod: Pod, work: Path, kind: type[Person]) -> None:
    config, paths = client(pod.config)
    assert not paths.state.exists()
    async with at_the_screen(kind, config, paths) as person:
        await first_token(person)
        await new_login_node(person, pod)
        await staged_job(person, pod, work)
        await files_both_ways(person, pod, work)
        await keys_on_and_off(person, pod)
        await private_keys_refused(person, pod)
        await job_cancelled(person, pod)
        await person.acts("q", "q Quit")
        await person.waits(lambda: not person.app.is_running, "the end")
    assert person.app.return_code == 0
    assert not parts(work)
    assert not parts(pod.home())


async def first_token(person: Person) -> None:
    """The default cluster connects by itself, finds its controllers, and says what to do next."""
    await person.sees("● pod online")
    tokens = list(person.app.session.paths.tokens.iterdir())
    assert tokens
    assert {token.stat().st_mode & 0o777 for token in tokens} == {0o600}
    await person.acts("1", "1 Clusters")
    await person.sees("POD MT1", "POD MT2", "account none yet", "No login node yet")


async def new_login_node(person: Person, pod: Pod) -> None:
    """N, the smallest flavor that fits, the checklist to its end."""
    await person.acts("N", "N New login node")
    await person.sees("New login node on pod", "id_ed25519, to be made", "GB")
    await person.waits(lambda: "Asking the controller" not in person.screen, "the choices")
    await person.acts("f2", "Make it [F2]")
    await person.sees("The login node answers")
    await person.acts("escape", "Leave [Esc]")
    await person.sees_line("● ACTIVE", "127.0.0.1:")
    assert (pod.config.parent / "id_ed25519").stat().st_mode & 0o777 == 0o600


async def staged_job(person: Person, pod: Pod, work: Path) -> None:
    """A script and its input go, the result comes back: the very bytes."""
    await person.acts("2", "2 Jobs")
    await person.sees("No jobs. Press n")
    await person.acts("n", "n New")
    await person.sees("path of the job script")
    await person.types("#script", "run.sub")
    await person.sees("base64 -w0", "nodes=1:ppn=1")
    await person.types("#stage-in-field", "in.dat:~/story/in.dat")
    await person.acts("enter", "Add")
    await person.types("#stage-out-field", "~/story/out.dat:back/out.dat")
    await person.acts("ctrl+s", "Submit  ^s")
    await person.sees("Submitted", "its files follow")
    await person.sees_line("story", "✓ completed", "✓ done ✓ done")
    data = (work / "in.dat").read_bytes()
    assert (pod.home() / "story" / "in.dat").read_bytes() == data
    assert (work / "back" / "out.dat").read_bytes() == base64.b64encode(data)


async def files_both_ways(person: Person, pod: Pod, work: Path) -> None:
    """One file up, one down, by the Files pane."""
    await person.acts("3", "3 Files")
    await person.sees("up.dat", "made.txt")
    await person.stands_on("up.dat")
    await person.acts("c", "c Copy")
    await person.sees_line("↑ up.dat", "✓ done")
    assert (pod.home() / "up.dat").read_bytes() == (work / "up.dat").read_bytes()
    await person.goes_to("#right")
    await person.stands_on("made.txt")
    await person.acts("c", "c Copy")
    await person.sees_line("↓ made.txt", "✓ done")
    digest = hashlib.sha256((work / "in.dat").read_bytes()).hexdigest()
    assert (work / "made.txt").read_text() == f"{digest}  -\n"


async def keys_on_and_off(person: Person, pod: Pod) -> None:
    """A new pair, its public half on, and off again."""
    ssh = person.app.session.paths.ssh
    await person.acts("4", "4 Keys")
    await person.sees("✓ id_ed25519")
    await person.acts("n", "n New key")
    await person.sees("New key pair (ed25519)", str(ssh / "id_ed25519")[-20:])
    await person.types("#passphrase", "correct horse")
    await person.types("#again", "correct horse")
    await person.acts("enter", "Make it")
    await person.sees("Key pair made")
    assert "ENCRYPTED" not in (ssh / "id_ed25519.pub").read_text()
    await person.waits(lambda: "with a passphrase" in person.screen, "the new key's facts")
    await person.acts("p", "p Put on")
    await person.sees("Key put on")
    assert len(await person.app.session.keys.on_cluster("pod")) == 2
    await person.waits(lambda: len(person.app.keyring.there or ()) == 2, "both keys")
    await person.acts("x", "x Take off")
    await person.sees("Take this key off pod?", "logins with it end to work")
    await person.acts("y", "Take it off [y]")
    await person.sees("Key taken off")
    assert len(await person.app.session.keys.on_cluster("pod")) == 1


async def private_keys_refused(person: Person, pod: Pod) -> None:
    """Neither pasted nor by its file does a private key leave this machine, or show."""
    private = pod.config.parent / "id_ed25519"
    body = private.read_text().splitlines()[1]
    await person.waits(lambda: len(person.app.keyring.there or ()) == 1, "one key")
    await person.acts("o", "o Other key")
    await person.sees("Put a key on pod")
    await person.pastes(private.read_text())
    await person.acts("enter", "OK [Enter]")
    await person.sees("private key")
    assert body not in person.screen
    await person.acts("escape", "Never mind [Esc]")
    await person.acts("o", "o Other key")
    await person.types("#answer", os.path.relpath(private))
    await person.acts("enter", "OK [Enter]")
    await person.sees("rivate key")
    assert body not in person.screen
    assert len(await person.app.session.keys.on_cluster("pod")) == 1


async def job_cancelled(person: Person, pod: Pod) -> None:
    """A job that sleeps is cancelled by its name, and nothing else is."""
    await person.acts("2", "2 Jobs")
    await person.acts("n", "n New")
    await person.types("#script", "sleep.sub")
    await person.sees("sleep 100")
    await person.acts("ctrl+s", "Submit  ^s")
    await person.sees_line("sleeper", "▶ running")
    await person.stands_on("sleeper")
    await person.acts("c", "c Cancel")
    await person.sees("Cancel job", "sleeper")
    await person.acts("y", "Cancel job [y]")
    await person.sees_line("sleeper", "⊘ cancelled")
    states = {row.job.name: row.job.state for row in person.app.rows}
    assert states == {"story": JobState.COMPLETED, "sleeper": JobState.CANCELLED}
