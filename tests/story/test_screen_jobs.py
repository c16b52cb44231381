"""What is done to jobs that have been, their logs and their table: once by keys, once by mouse."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from podtui.domain.job import JobState
from podtui.domain.job_columns import BY_NAME
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.story.at_work import at_work, row, script, sees
from tests.story.person import Clicker, Person, Typist, at_the_screen
from tests.story.pod import NobodyToAsk, Pod, own_client

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOG = "".join(
    {5: "error: early\n", 380: "FATAL: no memory\n"}.get(n, f"step {n:03}\n") for n in range(400)
)


@dataclass(frozen=True)
class Done:
    """A job that has ended, and its log."""

    name: str
    id: str
    log: Path


@asynccontextmanager
async def with_a_job_done(
    kind: type[Person], pod: Pod, folder: Path
) -> AsyncIterator[tuple[Person, Done]]:
    """Somebody whose job has ended, in front of the screen."""
    config, paths = own_client(pod, folder)
    name = f"log-{kind.__name__.lower()}"
    log = pod.home() / f"{name}.log"
    text = f"#!/bin/bash\n#PBS -N {name}\n#PBS -j oe\n#PBS -o {log}\necho begun\n"
    async with at_work(Session(config, paths, NobodyToAsk())) as podtui:
        job = await podtui.staging.submit(SubmitRequest("pod", script(folder, text)))
        assert job.key is not None
        await sees(podtui, row(podtui, job.key, JobState.COMPLETED))
    assert log.read_text() == "begun\n"
    log.write_text(LOG)
    async with at_the_screen(kind, config, paths) as person:
        await person.sees("● pod online", name)
        yield person, Done(name, job.key.id, log)


@pytest.mark.parametrize("kind", [Typist, Clicker])
async def test_logs_history_and_the_tables_looks(
    one_pod: Pod, kind: type[Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "paged").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAGER", f"cp -t {tmp_path / 'paged'}")
    monkeypatch.setattr(HeadlessDriver, "can_suspend", True)
    async with with_a_job_done(kind, one_pod, tmp_path) as (person, job):
        await followed(person, job)
        await found(person)
        await kept(person, job, tmp_path)
        await past(person, job)
        await columns(person, job)
        await order(person, job)
        await views(person, job)
        await muted(person, job)
        await theme(person, tmp_path)
        await settings(person, tmp_path)
        await command_log(person)


async def followed(person: Person, job: Done) -> None:
    """A log grows before one's eyes, and stands still when it shall."""
    await person.does_to(job.name, "enter", "Details")
    await person.acts("3", "3 Output")
    await person.sees("step 399", "following")
    await person.acts("f", "f Follow")
    await person.sees("not following")
    with job.log.open("a") as out:
        out.write("one more\n")
    assert "one more" not in person.screen
    await person.acts("f", "f Follow")
    await person.sees("one more")


async def found(person: Person) -> None:
    """Words far up, the next and the previous trouble, long lines."""
    await person.acts("slash", "/ Find")
    await person.types("FindField", "step 017")
    await person.acts("enter", "Look")
    await person.sees("Nothing down to the end")
    await person.does("n", "Next")
    await person.sees("step 017", "step 018")
    await person.acts("e", "e Next error")
    await person.sees("FATAL: no memory")
    await person.does("E", "Error before")
    await person.sees("error: early")
    await person.does("w", "Wrap")
    await person.sees("Long lines")


async def kept(person: Person, job: Done, work: Path) -> None:
    """The log as a file here, and in the pager."""
    await person.acts("s", "s Save")
    await person.sees("Save this file")
    await person.acts("enter", "OK [Enter]")
    here = work / job.log.name
    await person.waits(here.exists, "the log here")
    assert here.read_bytes() == job.log.read_bytes()
    await person.acts("p", "p Pager")
    paged = work / "paged" / job.log.name
    await person.waits(paged.exists, "the log in the pager")
    await person.acts("escape", "esc Back")  # what was found
    await person.acts("escape", "esc Back")
    await person.sees("2 Jobs")


async def past(person: Person, job: Done) -> None:
    """Looked up by words among all that were, opened, and submitted again."""
    await person.opens("H", "History")
    await person.sees("History:", job.id)
    await person.acts("slash", "/ Search")
    await person.types("Input", job.name)
    await person.sees(f"1 job with {job.name}")
    await person.goes_to("PastJobList")
    await person.acts("enter", "⏎ Details")
    await person.sees("1 Facts", job.id)
    await person.does("o", "Once more")
    await person.sees("echo begun")
    await person.acts("ctrl+s", "Submit  ^s")
    await person.sees("Submitted")
    await person.acts("escape", "esc Back")  # the job
    await person.acts("escape", "esc Back")  # the words
    await person.acts("escape", "esc Back")
    await person.sees("2 Jobs")
    await person.waits(
        lambda: [row.job.name for row in person.app.rows].count(job.name) == 2, "both jobs"
    )


async def columns(person: Person, job: Done) -> None:
    """One that was hidden is shown, further left and wider."""
    await person.does_to(job.id, "w", "Columns")
    await person.does_to("Submitted", "space", "Show or hide")
    await person.sees("☑ Submitted")
    await person.does_to("Submitted", "K", "Move up")
    await person.does_to("Submitted", "plus", "Wider")
    await person.acts("enter", "⏎ Take")
    await person.sees_line("Stage-in", "Submitt", "Stage-out")
    chosen = person.app.job_views.look.columns[-2:]
    assert [one.field for one in chosen] == ["submitted", "out"]
    assert chosen[0].width == BY_NAME["submitted"].least + 1


async def order(person: Person, job: Done) -> None:
    """Another column to sort by."""
    await person.does_to(job.id, "o", "Order")
    await person.picks("Name")
    await person.waits(lambda: person.app.job_views.look.sort == "name", "the order")
    await person.sees_line("ID", "▲Name")


async def views(person: Person, job: Done) -> None:
    """The look is kept, left, taken up and dropped."""
    await person.does_to(job.id, "v", "Views")
    await person.acts("s", "s Keep")
    await person.types("#answer", "mine")
    await person.acts("enter", "OK [Enter]")
    await person.sees("view mine")
    await person.does_to(job.id, "v", "Views")
    await person.stands_on("(as at first)")
    await person.acts("enter", "⏎ Take")
    await person.sees_no("Stage-in Submitted")
    await person.does_to(job.id, "v", "Views")
    await person.stands_on("mine")
    await person.acts("enter", "⏎ Take")
    await person.sees("view mine", "Stage-in Submitted")
    await person.does_to(job.id, "v", "Views")
    await person.acts("d", "d Drop")
    await person.acts("y", "Drop [y]")
    await person.sees_no("view mine")


async def muted(person: Person, job: Done) -> None:
    """Its end is told no more, and then again."""
    await person.does_to(job.id, "m", "Mute")
    await person.waits(lambda: person.app.mutes.names, "what is muted")
    await person.does_to(job.id, "m", "Mute")
    await person.waits(lambda: not person.app.mutes.names, "nothing that is muted")


async def theme(person: Person, folder: Path) -> None:
    """Other colours, kept."""
    await person.opens("T", "Theme")
    await person.picks("podtui-light")
    await person.waits(lambda: setting(folder, "theme") == "podtui-light", "the theme in the file")
    assert person.app.theme == "podtui-light"


async def settings(person: Person, folder: Path) -> None:
    """One is changed, written and held to."""
    await person.opens("comma", "Settings")
    await person.sees("Transfers", "Appearance")
    await person.stands_on("Transfers")
    await person.types("SettingRow Input", "10G")
    await person.acts("ctrl+s", "Save ^s")
    await person.sees("✓ Kept")
    assert setting(folder, "defaults") == {"stageinmaxsize": "10G"}
    await person.acts("escape", "Back")
    await person.acts("escape", "Back")


async def command_log(person: Person) -> None:
    """What was asked of the cluster."""
    await person.opens("L", "Command log")
    await person.sees("Command log", "/pod/status")
    await person.acts("y", "y copies")
    await person.waits(lambda: "/pod/status" in person.app.clipboard, "the log on the clipboard")
    await person.acts("escape", "Esc closes")
    await person.sees_no("y copies")


def setting(folder: Path, name: str) -> object:
    """What the configuration file says."""
    return tomllib.loads((folder / "config.toml").read_text()).get(name)
