"""What is done to files between here and the pod: once by keys, once by mouse."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from podtui.domain.transfer import TransferState
from tests.story.person import Clicker, Person, Typist, at_the_screen
from tests.story.pod import Pod, own_client

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAMES = ("a.dat", "b.dat", "c.dat", "d.dat")


@asynccontextmanager
async def with_folders(kind: type[Person], pod: Pod, work: Path) -> AsyncIterator[Person]:
    """Somebody in front of a folder here and one there, in both of which the same names stand."""
    there = pod.home() / kind.__name__
    for folder, text in ((work, "here"), (there, "there")):
        (folder / "deep" / "deeper").mkdir(parents=True)
        for name in (*NAMES, "deep/1.dat", "deep/2.dat"):
            (folder / name).write_text(f"{text} {name}")
    (work / "run.sub").write_text("#!/bin/bash\n#PBS -N staged\ntrue\n")
    (there / "notes.txt").write_text("theirs\n")
    config, paths = own_client(pod, work.parent)
    async with at_the_screen(kind, config, paths) as person:
        await person.sees("● pod online")
        await person.acts("3", "3 Files")
        await person.sees("run.sub", kind.__name__)
        yield person


@pytest.mark.parametrize("kind", [Typist, Clicker])
async def test_files_between_two_folders(
    one_pod: Pod, kind: type[Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(HeadlessDriver, "can_suspend", True)
    async with with_folders(kind, one_pod, work) as person:
        there = one_pod.home() / kind.__name__
        await places(person, kind.__name__)
        await in_step(person)
        await conflicts(person, there)
        await one_by_one(person, there)
        await queue(person, one_pod, work, there)
        await edited(person, there, monkeypatch)
        await staged(person)


async def places(person: Person, folder: str) -> None:
    """A folder is gone into, marked, left, and gone back to by its mark."""
    await person.goes_to("#right")
    await person.does_to(folder, "enter", "Open")
    await person.sees_line("▾ pod:", f"/{folder}")
    await person.does("B", "Bookmark this")
    await person.does("tilde", "Home")
    await person.sees_no(f"/{folder} ")
    await person.does("b", "Bookmarks")
    await person.acts("enter", "⏎ Go")
    await person.sees_line("▾ pod:", f"/{folder}")
    await person.does("b", "Bookmarks")
    await person.acts("d", "d drops")
    await person.sees("None yet")
    await person.acts("escape", "Esc closes")
    await person.sees_no("None yet")


async def in_step(person: Person) -> None:
    """Both sides go into the folder of one name, and out of it."""
    await person.goes_to("#left")
    await person.does("y", "In step")
    await person.sees("in step")
    await person.does_to("deep", "enter", "Open")
    await person.waits(lambda: person.screen.count("deeper") == 2, "both in the folder")
    await person.does("backspace", "Up")
    await person.waits(lambda: person.screen.count("a.dat") == 2, "both out of it")
    await person.does("y", "In step")
    await person.sees_no("in step")


async def conflicts(person: Person, there: Path) -> None:
    """Each answer has its effect on the file that is there already."""
    answers = ("Overwrite", "Rename", "Skip", "Newer only")
    for name, answer in zip(NAMES, answers, strict=True):
        os.utime(name, (1, 1))
        await person.stands_on(name)
        await person.acts("c", "c Copy")
        await person.sees("There already")
        await person.picks(answer)
        await ended(person, name)
    found = {path.name: path.read_text() for path in there.glob("*.dat")}
    assert [found.pop(name) for name in ("a.dat", "c.dat", "d.dat")] == [
        "here a.dat",
        "there c.dat",
        "there d.dat",
    ]
    assert sorted(found.values()) == ["here b.dat", "there b.dat"]


async def one_by_one(person: Person, there: Path) -> None:
    """Of a folder each is asked about, until one answer is for all that follow."""
    await person.stands_on("deep")
    await person.acts("c", "c Copy")
    await person.sees("There already")
    await person.picks("Ask for each")
    await person.sees("This file is there already", "1.dat")
    await person.acts("t", "The same for all")
    await person.picks("Overwrite")
    await ended(person, "deep")
    assert (there / "deep" / "1.dat").read_text() == "here deep/1.dat"
    assert (there / "deep" / "2.dat").read_text() == "here deep/2.dat"
    await person.goes_to("#transfers")
    await person.acts("C", "C Clear ended")
    await person.waits(lambda: not person.app.transfers, "none that has ended")


async def ended(person: Person, name: str, state: TransferState = TransferState.DONE) -> None:
    """Wait until a transfer is told to be so; what is told of it may lie below a notice."""
    await person.waits(
        lambda: (name, state) in {(Path(t.source).name, t.state) for t in person.app.transfers},
        f"{name} {state.value}",
    )


async def queue(person: Person, pod: Pod, work: Path, there: Path) -> None:
    """While nothing moves one transfer is paused, one is cancelled and one comes sooner."""
    for name in ("1.new", "2.new", "3.new", "4.new"):
        (work / name).write_text(name)
    await person.goes_to("#left")
    await person.does("g", "Refresh")
    with standing_still(pod):
        for name in ("1.new", "2.new", "3.new", "4.new"):
            await person.stands_on(name)
            await person.acts("c", "c Copy")
        await person.sees("2 running, 2 waiting")
        await person.goes_to("#transfers")
        await person.stands_on("↑ 4.new")
        await person.acts("K", "K Sooner")
        await person.waits(lambda: order(person)[2:] == ["4.new", "3.new"], "the other order")
        await person.stands_on("↑ 3.new")
        await person.acts("x", "x Cancel transfer")
        await person.sees_line("3.new", "■ cancelled")
        await person.stands_on("↑ 1.new")
        await person.acts("space", "Pause")
    await ended(person, "2.new")
    await ended(person, "4.new")
    await ended(person, "1.new", TransferState.PAUSED)
    assert not (there / "3.new").exists()
    await person.stands_on("↑ 1.new")
    await person.acts("space", "Pause")
    await ended(person, "1.new")
    await person.stands_on("↑ 3.new")
    await person.acts("r", "r Retry")
    await ended(person, "3.new")
    assert sorted(path.name for path in there.glob("*.new")) == sorted(order(person))


def order(person: Person) -> list[str]:
    """The names in the queue."""
    return [
        Path(one.source).name
        for one in person.app.transfers
        if one.state is not TransferState.CANCELLED
    ]


@contextmanager
def standing_still(pod: Pod) -> Iterator[None]:
    """Nothing comes from the pod meanwhile."""
    pod.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        pod.process.send_signal(signal.SIGCONT)


async def edited(person: Person, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody else has changed goes back; else one is asked, and it goes beside."""
    notes, editor = there / "notes.txt", there.parent / "edit.sh"
    monkeypatch.setenv("EDITOR", f"sh {editor}")
    monkeypatch.delenv("VISUAL", raising=False)
    editor.write_text('echo mine >> "$1"\n')
    await person.goes_to("#right")
    await person.stands_on("notes.txt")
    await person.acts("e", "e Edit")
    await person.sees("notes.txt is written to pod")
    assert notes.read_text() == "theirs\nmine\n"
    editor.write_text(f'echo more >> "$1"\necho quicker >> {notes}\n')
    await person.stands_on("notes.txt")
    await person.acts("e", "e Edit")
    await person.sees("Somebody was quicker")
    await person.picks("Keep mine beside")
    await person.sees("Your text is in")
    assert notes.read_text() == "theirs\nmine\nquicker\n"
    assert (there / "notes.txt.mine").read_text() == "theirs\nmine\nmore\n"


async def staged(person: Person) -> None:
    """What is marked stands in the form for a new job."""
    await person.goes_to("#left")
    for name in ("a.dat", "b.dat"):
        await person.stands_on(name)
        await person.acts("space", "Mark")
    await person.sees("2 marked")
    await person.acts("s", "s Stage into job")
    await person.sees("New job")
    await person.types("#script", "run.sub")
    await person.sees("#PBS -N staged")
    await person.acts("ctrl+s", "Submit  ^s")
    await person.sees("Submitted", "its files follow")
    (job,) = (row.staged for row in person.app.rows if row.staged)
    assert [Path(pair.local).name for pair in job.stage_in] == ["a.dat", "b.dat"]
