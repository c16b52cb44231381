"""What is done to keys, known hosts and shells on the pod: once by keys, once by mouse."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from tests.story.person import Clicker, Person, Typist, at_the_screen
from tests.story.pod import Pod, own_client

pytestmark = pytest.mark.asyncio(loop_scope="module")
STEPS = 5  # of a rotation with one cluster: make, put on, prove, take off, name


@pytest.mark.parametrize("kind", [Typist, Clicker])
async def test_keys_hosts_and_shells(
    one_pod: Pod, kind: type[Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(HeadlessDriver, "can_suspend", True)
    config, paths = own_client(one_pod, tmp_path)
    with agent(tmp_path / "agent") as socket:
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        async with at_the_screen(kind, config, paths) as person:
            await person.sees("● pod online")
            await shell(person, one_pod)
            await person.acts("4", "4 Keys")
            await person.sees("✓ id_ed25519")
            await lent(person)
            await rotated(person)
            await forgotten(person, tmp_path / "known_hosts")


@contextmanager
def agent(at: Path) -> Iterator[str]:
    """An SSH agent of the test's own."""
    if shutil.which("ssh-agent") is None:
        pytest.skip("no ssh-agent on this machine")
    with subprocess.Popen(["ssh-agent", "-D", "-a", at], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield str(at)
        finally:
            process.terminate()


@contextmanager
def typed_ahead(text: str) -> Iterator[None]:
    """What a program finds typed when it is given the terminal."""
    kept = os.dup(0)
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    os.dup2(reading, 0)
    os.close(reading)
    try:
        yield
    finally:
        os.dup2(kept, 0)
        os.close(kept)


async def shell(person: Person, pod: Pod) -> None:
    """The terminal is given to a shell on the login node, until that ends."""
    was_here = pod.home() / f"{type(person).__name__}.here"
    await person.acts("1", "1 Clusters")
    await person.sees_line("● ACTIVE", "127.0.0.1")
    await person.goes_to("#nodes-table")
    with typed_ahead(f"touch ~/{was_here.name}\nexit\n"):
        await person.acts("s", "s Shell")
        await person.waits(was_here.exists, "what was done in the shell")
    await person.sees("1 Clusters")


async def lent(person: Person) -> None:
    """Into the agent for an hour, and out again."""
    await person.does_to("id_ed25519", "a", "Agent")
    await person.sees("into the SSH agent")
    await person.types_anew("#answer", "1h")
    await person.acts("enter", "OK [Enter]")
    await person.sees("is in the agent for 1h")
    assert "ED25519" in held()
    await person.does_to("id_ed25519", "a", "Agent")
    await person.sees("is not in the agent any more")
    assert "ED25519" not in held()


def held() -> str:
    """What the agent holds."""
    return subprocess.run(["ssh-add", "-l"], check=False, capture_output=True, text=True).stdout


async def rotated(person: Person) -> None:
    """A new key, step by step, in the place of the old one."""
    (before,) = await person.app.session.keys.on_cluster("pod")
    await person.does_to("id_ed25519", "R", "Rotate")
    await person.sees("▸ next   make a new key")
    await person.acts("enter", "Do it [Enter]")
    await person.sees("New passphrase again")
    await person.types("#again", "")
    await person.acts("enter", "OK [Enter]")
    for done in range(1, STEPS):
        await done_so_far(person, done)
        await person.acts("enter", "Do it [Enter]")
        if done == 3:
            await person.acts("y", "[y]")
    await done_so_far(person, STEPS)
    await person.sees("Done.")
    await person.acts("escape", "Leave [Esc]")
    (after,) = await person.app.session.keys.on_cluster("pod")
    assert not after.same_as(before)


async def done_so_far(person: Person, steps: int) -> None:
    """So many are done, and the next can be."""
    await person.waits(lambda: person.screen.count("✓ done ") == steps, f"{steps} steps")
    rotating = person.app.rotating
    await person.waits(lambda: not (rotating and rotating.busy), "the end of the step")


async def forgotten(person: Person, file: Path) -> None:
    """A known host is one no more."""
    known = file.read_text().count("\n")
    await person.does("k", "Known hosts")
    await person.sees("Known hosts", f"{known} host keys")
    await person.acts("x", "x forgets")
    await person.sees("Forget [127.0.0.1]")
    await person.acts("y", "Forget it [y]")
    await person.waits(lambda: file.read_text().count("\n") == known - 1, "one host less")
    await person.acts("escape", "Esc closes")
    await person.sees_no("host keys")
