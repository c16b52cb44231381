"""A shell where a job runs, for real: Slurm's step beside it, ssh to Grid Engine's machine."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from podtui.domain.job import JobState
from tests.story.pod import environment
from tests.story.ssh_bed import PORT, ROOT, SGE, SLURM, Bed, Person, login
from tests.story.terminal import Terminal, podtui_in_a_terminal

AWAY, BACK = "\x1b[?1049l", "\x1b[?1049h"  # the app gives the screen away, and takes it again


def needs(bed: Bed) -> pytest.MarkDecorator:
    lacking = "" if shutil.which("ssh") else "no ssh on this machine"
    return pytest.mark.skipif(bool(bed.why_not or lacking), reason=bed.why_not or lacking)


@pytest.fixture
async def slurm(tmp_path: Path) -> AsyncIterator[Person]:
    async with login(SLURM, tmp_path / "log-in") as person:
        yield person


@pytest.fixture
def ssh_to_machines() -> Iterator[None]:
    """What a user of Grid Engine has for its machines: a key that lets in everywhere."""
    user = pwd.getpwnam(SGE.users[0])
    folder = Path(user.pw_dir) / ".ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    key, config = folder / "podtui_to_machines", folder / "config"
    key.write_bytes((ROOT / "sshd" / "id_ed25519").read_bytes())
    config.write_text(
        f"Host localhost\n Port {PORT}\n IdentityFile {key}\n StrictHostKeyChecking no\n"
        " UserKnownHostsFile /dev/null\n"
    )
    for path in (folder, key, config):
        os.chown(path, user.pw_uid, user.pw_gid)
        path.chmod(0o700 if path is folder else 0o600)
    yield
    key.unlink()
    config.unlink()


def as_user(folder: Path) -> dict[str, str]:
    return {**environment(), "HOME": str(folder)}


async def running(person: Person, *options: str) -> str:
    key = await person.submit("sleep 300", *options)
    await person.sees(key, JobState.RUNNING)
    return key.id


@needs(SLURM)
async def test_a_shell_in_a_slurm_job_is_a_step_of_it(slurm: Person, tmp_path: Path) -> None:
    job = await running(slurm)
    config = str(SLURM.config(tmp_path))
    async with podtui_in_a_terminal(
        "--config", config, "shell", job, env=as_user(tmp_path)
    ) as terminal:
        await proves(terminal, "$SLURM_JOB_ID/$SLURM_STEP_ID/$(id -un)/$(tty)", f"{job}/0/alice/")
        terminal.types("exit\n")
        assert await terminal.ends() == 0


@needs(SGE)
@pytest.mark.usefixtures("ssh_to_machines")
async def test_a_shell_beside_a_grid_engine_job_is_on_its_machine(tmp_path: Path) -> None:
    user = SGE.users[0]
    async with login(SGE, tmp_path / "log-in") as person:
        job = await running(person)
        config = str(SGE.config(tmp_path))
        async with podtui_in_a_terminal(
            "--config", config, "shell", job, env=as_user(tmp_path)
        ) as terminal:
            await proves(terminal, "$(id -un)/${SSH_TTY:+there}/$(qstat | grep -c sleep)", user)
            terminal.types("exit\n")
            assert await terminal.ends() == 0


@needs(SLURM)
async def test_the_screen_comes_back_after_a_shell(slurm: Person, tmp_path: Path) -> None:
    name = f"sh{uuid4().hex[:6]}"  # short enough to stand whole at 80 columns
    job = await running(slurm, f"-J {name}")
    config = str(SLURM.config(tmp_path))
    async with podtui_in_a_terminal("--config", config, env=as_user(tmp_path)) as terminal:
        await terminal.shows("slurm online")
        await terminal.shows(name)
        terminal.types("/")
        await terminal.shows("Enter keeps it")
        terminal.forget()
        terminal.types(f"{name}\r")
        await terminal.shows("⏎ Details")
        terminal.types("\r")
        await terminal.shows("Running for")
        terminal.forget()
        terminal.types("S")
        await terminal.shows(AWAY)
        await terminal.shows("alice@")
        await proves(terminal, "$SLURM_JOB_ID/$SLURM_STEP_ID", f"{job}/0")
        terminal.forget()
        terminal.types("exit\n")
        await terminal.shows(BACK)
        await terminal.shows(name)
        terminal.forget()
        terminal.types("\x1b")
        await terminal.shows("n New")
        terminal.types("1")
        await terminal.shows("Found")
        terminal.forget()
        terminal.types("s")
        await terminal.shows(AWAY)
        await terminal.shows("alice@")
        await proves(terminal, "$(id -un)-${SLURM_JOB_ID:-no job}", "alice-no job")
        terminal.forget()
        terminal.types("exit\n")
        await terminal.shows(BACK)
        terminal.types("q")
        assert await terminal.ends() == 0


async def proves(terminal: Terminal, words: str, told: str) -> None:
    """Whoever types there is answered by a shell that has filled in its own variables."""
    terminal.types(f'echo "[{words}]"\n')
    await terminal.shows(f"[{told}")
