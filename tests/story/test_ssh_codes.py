"""One-time codes by a real PAM before the real Slurm: asked once, and never behind one's back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from podtui.domain.cluster import LinkState
from podtui.domain.job import JobState
from podtui.domain.staging import StagedPhase, StagePair
from podtui.domain.transfer import Direction, TransferState
from podtui.errors import Cancelled, LoginRequired, PersonNeeded
from podtui.services.session import Session
from podtui.services.staging import SubmitRequest
from tests.story.at_work import row, script, sees
from tests.story.code_sshd import PASSWORD, SAYS, WRONG, Codes, Owner, code_sshd, why_not
from tests.story.cutter import Cutter
from tests.story.person import Person, Typist, at_the_screen
from tests.story.pod import client
from tests.story.ssh_bed import SLURM

pytestmark = [pytest.mark.alone, pytest.mark.skipif(bool(why_not()), reason=why_not())]

KEY_AND_CODE = "publickey,keyboard-interactive:pam"
PASSWORD_AND_CODE = "keyboard-interactive:pam"
ASKS = "One-time password (OATH) for `alice':"
ENOUGH = 4  # polls, a second apart: who would ask again has done it by then


@asynccontextmanager
async def open_podtui(file: Path, owner: Owner) -> AsyncIterator[Session]:
    """podtui with polls, staged jobs and transfers going; nothing is connected yet."""
    config, paths = client(file)
    async with Session(config, paths, owner) as podtui, asyncio.TaskGroup() as group:
        going = group.create_task(podtui.run())
        try:
            yield podtui
        finally:
            going.cancel()


def request(folder: Path, body: str, *pairs: StagePair) -> SubmitRequest:
    return SubmitRequest("slurm", script(folder, SLURM.script(body, "-t 1")), (), pairs)


async def test_a_code_is_asked_for_once_for_jobs_and_files(tmp_path: Path) -> None:
    async with code_sshd(tmp_path / "sshd", KEY_AND_CODE) as codes:
        owner = Owner(codes)
        async with open_podtui(codes.config(tmp_path), owner) as podtui:
            assert owner.asked == []  # polls begin after the login
            async with asyncio.TaskGroup() as group:
                for _ in range(20):
                    group.create_task(podtui.files.folder("slurm", "~"))
            staged = await podtui.staging.submit(request(tmp_path, "true"))
            assert staged.key is not None
            await sees(podtui, row(podtui, staged.key, JobState.COMPLETED))
            home = await podtui.files.resolve("slurm", "~")
            assert "story.sh" in {
                entry.name for entry in await podtui.files.folder("slurm", f"{home}/podtui_jobs")
            }
        [(title, [question])] = owner.asked
        assert question.text == ASKS
        assert question.secret
        assert title == f"Login to alice@127.0.0.1:{codes.sshd.port}"
        assert codes.spent == 1


async def test_a_wrong_answer_is_asked_again_with_what_the_server_says(tmp_path: Path) -> None:
    async with code_sshd(tmp_path / "sshd", PASSWORD_AND_CODE, password=True) as codes:
        owner = Owner(codes, "a guess", PASSWORD, "000000")
        async with open_podtui(codes.config(tmp_path), owner) as podtui:
            await podtui.clusters.connect("slurm")
        told = [(title, one.text) for title, [one] in owner.asked]
        login = f"Login to alice@127.0.0.1:{codes.sshd.port}"
        assert told == [
            (login, "Password:"),
            (f"{WRONG}\nAsked again: try 2 of 3.", "Password:"),
            ("Asked again: try 2 of 3.", f"{SAYS}\n{ASKS}"),
            ("Asked again: try 3 of 3.", "Password:"),
            ("Asked again: try 3 of 3.", f"{SAYS}\n{ASKS}"),
        ]
        assert all(one.secret for _, [one] in owner.asked)


async def test_after_three_wrong_answers_it_stays_outside_and_says_why(tmp_path: Path) -> None:
    async with code_sshd(tmp_path / "sshd", PASSWORD_AND_CODE, password=True) as codes:
        owner = Owner(codes, *["a guess"] * 3)
        async with open_podtui(codes.config(tmp_path), owner) as podtui:
            with pytest.raises(LoginRequired, match=WRONG) as refused:
                await podtui.clusters.connect("slurm")
            assert "new one" in refused.value.hint
            assert podtui.clusters.status("slurm").link is LinkState.LOGIN
            assert len(owner.asked) == 3
            await podtui.clusters.connect("slurm")  # by a person, who is asked anew
            assert podtui.clusters.status("slurm").link is LinkState.ONLINE


async def test_who_declines_is_left_alone(tmp_path: Path) -> None:
    async with code_sshd(tmp_path / "sshd", KEY_AND_CODE) as codes:
        owner = Owner(codes)
        owner.away = True
        async with open_podtui(codes.config(tmp_path), owner) as podtui:
            with pytest.raises(Cancelled):
                await podtui.clusters.connect("slurm")
            podtui.jobs.refresh()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(ENOUGH):
                    await sees(podtui, lambda: len(owner.asked) > 1 or None)


async def test_a_cut_link_waits_for_a_person_and_then_all_goes_on(tmp_path: Path) -> None:
    async with code_sshd(tmp_path / "sshd", KEY_AND_CODE) as codes:
        owner, cutter = Owner(codes), Cutter(codes.sshd.port, lambda: None)
        async with (
            cutter.running(),
            open_podtui(codes.config(tmp_path, cutter.port), owner) as podtui,
        ):
            await podtui.clusters.connect("slurm")
            back = StagePair(str(tmp_path / "back"), "~/made-by-codes")
            body = "echo done > ~/made-by-codes"
            staged = await podtui.staging.submit(request(tmp_path, body, back))
            cutter.cut()
            await sees(podtui, lambda: login_needed(podtui))
            transfer = podtui.transfers.add(
                "slurm", Direction.UPLOAD, str(tmp_path / "story.sh"), "~/carried-by-codes"
            )
            await left_alone(podtui, cutter, codes, owner)
            waiting = next(one for one in podtui.transfers.transfers if one.id == transfer.id)
            assert waiting.state is TransferState.RUNNING
            assert "Goes on after the login." in waiting.note
            await podtui.clusters.connect("slurm")
            assert (len(owner.asked), codes.spent, cutter.served) == (2, 2, 3)
            done = await podtui.staging.finish(staged.token)
            assert done.phase is StagedPhase.DONE
            assert (tmp_path / "back").read_text() == "done\n"
            await sees(podtui, lambda: arrived(podtui, transfer.id))
            assert len(owner.asked) == 2


def login_needed(podtui: Session) -> bool | None:
    """Whether the cluster is told to wait for a login, with what its server asks."""
    status = podtui.clusters.status("slurm")
    return (status.link is LinkState.LOGIN and ASKS in status.error) or None


def arrived(podtui: Session, transfer: str) -> bool | None:
    rows = podtui.transfers.transfers
    return any(one.id == transfer and one.state is TransferState.DONE for one in rows) or None


async def left_alone(podtui: Session, cutter: Cutter, codes: Codes, owner: Owner) -> None:
    """Whatever goes on by itself opens no dialog, spends no code and knocks once, not each turn."""
    status = podtui.clusters.status("slurm")
    assert status.title == PersonNeeded.title
    assert "Connect again" in status.hint
    for _ in range(ENOUGH):
        podtui.jobs.refresh()
        await asyncio.sleep(1.0)  # the turns that go on meanwhile are what is looked at
    assert (len(owner.asked), codes.spent, cutter.served) == (1, 1, 2)


async def test_on_the_screen_the_code_is_typed_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", "none")
    async with code_sshd(tmp_path / "sshd", PASSWORD_AND_CODE, password=True) as codes:
        cutter = Cutter(codes.sshd.port, lambda: None)
        async with cutter.running():
            config, paths = client(codes.config(tmp_path, cutter.port))
            async with at_the_screen(Typist, config, paths) as person:
                await logs_in(person, codes, PASSWORD)
                cutter.cut()
                await person.sees("▲ slurm login needed", "1, then Enter, logs in")
                assert len(person.app.screen_stack) == 1
                await person.acts("1", "1 Clusters")
                await person.stands_on("slurm")
                await person.pilot.press("enter")
                await person.sees("Log in [Enter]", "Password:")
                await answers(person, "a guess")
                await person.sees(WRONG, "try 2 of 3")
                await logs_in(person, codes, PASSWORD)
        assert codes.spent == 2


async def logs_in(person: Person, codes: Codes, password: str) -> None:
    """Answer both questions; neither answer is shown, what the server says is."""
    await person.sees("Log in [Enter]", "Password:")
    await answers(person, password)
    await person.sees(SAYS, ASKS)
    await answers(person, codes.next())
    await person.sees_no("Log in [Enter]")
    await person.sees("● slurm online")


async def answers(person: Person, text: str) -> None:
    await person.types("Input", text)
    assert text not in person.screen
    assert "•" * len(text) in person.screen
    await person.pilot.press("enter")
    await person.pilot.pause()
