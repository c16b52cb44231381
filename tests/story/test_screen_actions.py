"""What can be done to a line of each pane, on the embedded pod: once by keys, once by its menu."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from podtui.services.staging import SubmitRequest
from tests.story.bad import write_script
from tests.story.person import Clicker, Person, Typist, at_the_screen
from tests.story.pod import Pod, client, session


@asynccontextmanager
async def at_work(kind: type[Person], pod: Pod, folder: Path) -> AsyncIterator[Person]:
    """Somebody who has two jobs that wait, and a file at home there."""
    async with session(pod.config) as podtui:
        for name in ("first", "second"):
            script = write_script(folder, name)
            await podtui.staging.submit(SubmitRequest("pod", script, hold=True))
    (pod.home() / "table.csv").write_text("name,energy\nwater,-76.4\n")
    config, paths = client(pod.config)
    async with at_the_screen(kind, config, paths) as person:
        await person.sees("● pod online", "first", "second")
        yield person


@pytest.mark.parametrize("kind", [Typist, Clicker])
async def test_the_lines_of_all_panes(
    pod: Pod, kind: type[Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
    async with at_work(kind, pod, tmp_path) as person:
        await jobs(person)
        await one_job(person)
        await files(person, pod)
        await keys(person)
        await clusters(person)


async def jobs(person: Person) -> None:
    """Copy, mark and unmark, the other order, release."""
    await person.does_to("second", "y", "Copy id")
    ids = {row.job.name: row.job.id for row in person.app.rows}
    await person.waits(lambda: person.app.clipboard == ids["second"], "the id on the clipboard")
    await person.does_to("second", "space", "Mark")
    await person.sees("1 marked")
    await person.does_to("first", "escape", "Show all")
    await person.sees_no("1 marked")
    below = person.screen.index("first") > person.screen.index("second")
    await person.does_to("first", "O", "Turn the order")
    await person.waits(
        lambda: (person.screen.index("first") > person.screen.index("second")) is not below,
        "the other order",
    )
    await person.does_to("second", "r", "Release")
    await person.waits(lambda: person.screen.count("‖ held") == 1, "one that is held")


async def one_job(person: Person) -> None:
    """Its tabs."""
    await person.does_to("first", "enter", "Details")
    await person.sees("Why it waits", "As the scheduler tells it")
    await person.acts("2", "2 Script")
    await person.sees("#PBS -N first")
    await person.acts("5", "5 Staging")
    await person.acts("6", "6 History")
    await person.sees("held")
    await person.acts("7", "7 Usage")
    await person.acts("escape", "esc Back")
    await person.sees("2 Jobs")


async def files(person: Person, pod: Pod) -> None:
    """A look inside, a name, and an end."""
    await person.acts("3", "3 Files")
    await person.sees("table.csv")
    await person.goes_to("#right")
    await person.does_to("table.csv", "v", "View")
    await person.sees("water", "-76.4", "1 rows, 2 columns")
    await person.acts("escape", "esc Close")
    await person.sees_no("1 rows, 2 columns")
    await person.does_to("table.csv", "R", "Rename")
    await person.goes_to("#answer")
    await person.pilot.press("end", "ctrl+u", *"rows.csv")
    await person.acts("enter", "OK [Enter]")
    await person.waits((pod.home() / "rows.csv").exists, "its other name")
    await person.does_to("rows.csv", "x", "Remove")
    await person.acts("y", "Remove [y]")
    await person.waits(lambda: not (pod.home() / "rows.csv").exists(), "its end")


async def keys(person: Person) -> None:
    """The picture of a key, and a login with it."""
    await person.acts("4", "4 Keys")
    await person.does_to("id_ed25519", "f", "Picture")
    await person.sees("+----[SHA256]-----+")
    await person.acts("escape", "esc Close")
    await person.does_to("id_ed25519", "t", "Test")
    await person.sees("logs in")


async def clusters(person: Person) -> None:
    """Detach and take up again; how it is configured."""
    await person.acts("1", "1 Clusters")
    await person.sees("Login nodes")
    await person.does_to("penguin", "D", "Detach")
    await person.sees("detached")
    await person.does_to("penguin", "enter", "Connect")
    await person.sees_no("detached")
    await person.does_to("penguin", "e", "Settings")
    await person.sees("auth_url")
    await person.acts("escape", "esc Back")
