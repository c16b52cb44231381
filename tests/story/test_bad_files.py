"""Files that change under way, arrive spoilt, or bear hostile names: refused, told, mended."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from podtui.domain.staging import StagedPhase
from podtui.domain.text import visible
from podtui.domain.transfer import TransferState
from podtui.errors import HashMismatch, NotFound, PodError, Refused, SourceChanged
from tests.story.bad import (
    DOWN,
    UP,
    at_first_bytes,
    changed_session,
    check_done,
    check_told,
    files_below,
    move,
    polling,
    staged_request,
)
from tests.story.liar import lying_node, misled
from tests.story.pod import Pod, session

SIZE = 16_000_000
ODD = (
    "[red]x[b @click=app.quit]",
    "a|b;c&d",
    "  spaces  ",
    "two\nlines\ttab",
    "\x1b[2J\x1b]0;owned\x07",
    "\udcff\udcfe not utf-8",
    "-rf",
    "$(touch owned)`touch owned`",
    "quote'\"\\",
    "\u202egnp.exe",
    "x" * 251,
)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def shrink(path: Path) -> None:
    os.truncate(path, 1000)


def replace_it(path: Path) -> None:
    replace_unseen(path)
    os.utime(path, (0, 0))


def replace_unseen(path: Path) -> None:
    """Another file of the same size and time: SFTP tells no difference."""
    other, was = path.with_name("other"), path.stat()
    other.write_bytes(b"y" * SIZE)
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [grow, shrink, Path.unlink, replace_it])
async def test_a_local_file_that_changes_while_it_is_sent(
    pod: Pod, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    here = tmp_path / "in.dat"
    here.write_bytes(b"x" * SIZE)
    async with session(pod.config) as podtui:
        with at_first_bytes(lambda: change(here)), pytest.raises(SourceChanged) as caught:
            await podtui.transfers.carry(move(UP, here, "~/in.dat"))
        check_told(caught.value, "Source changed", pod)
        assert files_below(pod.home()) == []
        (row,) = podtui.transfers.transfers
        assert row.state is TransferState.FAILED
        here.write_bytes(data := os.urandom(1000))
        await podtui.transfers.carry(move(UP, here, "~/in.dat"))
        assert (pod.home() / "in.dat").read_bytes() == data


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (grow, SourceChanged),
        (shrink, SourceChanged),
        (Path.unlink, SourceChanged),
        (replace_it, SourceChanged),
        (replace_unseen, HashMismatch),  # the old one was read whole, and is no longer there
    ],
)
async def test_a_remote_file_that_changes_while_it_comes(
    pod: Pod, tmp_path: Path, change: Callable[[Path], None], kind: type[PodError]
) -> None:
    there, here = pod.home() / "out.dat", tmp_path / "here"
    there.write_bytes(b"x" * SIZE)
    here.mkdir()
    async with session(pod.config) as podtui:
        with at_first_bytes(lambda: change(there)), pytest.raises(kind) as caught:
            await podtui.transfers.carry(move(DOWN, here / "out.dat", "~/out.dat"))
        check_told(caught.value, kind.title, pod)
        assert files_below(here) == []
        there.write_bytes(data := os.urandom(1000))
        await podtui.transfers.carry(move(DOWN, here / "out.dat", "~/out.dat"))
        assert (here / "out.dat").read_bytes() == data


async def test_spoilt_on_the_way_there(pod: Pod, tmp_path: Path) -> None:
    request = staged_request(tmp_path, "spoilt", os.urandom(SIZE))
    async with (
        lying_node(pod.home()) as lies,
        changed_session(pod, opener=misled(lies)) as podtui,
        polling(podtui),
    ):
        lies.spoil_writes = True
        staged = await podtui.staging.submit(request)
        failed = await podtui.staging.finish(staged.token)
        assert (failed.phase, failed.title) == (StagedPhase.FAILED, "Hash does not match")
        check_told(HashMismatch(failed.error, hint=failed.hint), failed.title, pod)
        assert files_below(pod.home() / "spoilt") == []
        (job,) = (await podtui.jobs.fetch("pod")).jobs
        assert job.state.value == "held"
        lies.spoil_writes = False
        await podtui.staging.retry(staged.token)
        await podtui.staging.finish(staged.token)
        await check_done(podtui, staged.token, pod, tmp_path, "spoilt")


async def test_spoilt_on_the_way_back(pod: Pod, tmp_path: Path) -> None:
    (pod.home() / "out.dat").write_bytes(data := os.urandom(SIZE))
    here = tmp_path / "here"
    async with (
        lying_node(pod.home()) as lies,
        changed_session(pod, opener=misled(lies)) as podtui,
    ):
        lies.spoil_reads = 1
        with pytest.raises(HashMismatch) as caught:
            await podtui.transfers.carry(move(DOWN, here / "out.dat", "~/out.dat"))
        check_told(caught.value, "Hash does not match", pod)
        assert files_below(here) == []
        await podtui.transfers.carry(move(DOWN, here / "out.dat", "~/out.dat"))
        assert (here / "out.dat").read_bytes() == data


@pytest.mark.parametrize("name", [b"../x", b"/etc/x", b"..", b"a/../../x", b"", b"a\0b"])
async def test_a_server_that_offers_a_way_out(pod: Pod, tmp_path: Path, name: bytes) -> None:
    (pod.home() / "set").mkdir()
    (pod.home() / "set" / "good").write_bytes(b"yes")
    here = tmp_path / "a" / "here"
    async with (
        lying_node(pod.home()) as lies,
        changed_session(pod, opener=misled(lies)) as podtui,
    ):
        lies.extra_names = (name,)
        listed = await podtui.files.folder("pod", "~/set")
        assert all("/" not in e.name and e.name not in ("", "..") for e in listed)
        if name != b"..":  # every server lists its parent, and it is left out
            with pytest.raises(Refused) as caught:
                await podtui.transfers.carry(move(DOWN, here, "~/set"))
            check_told(caught.value, "Unsafe name", pod)
            assert files_below(tmp_path) == sorted(f for f in files_below(tmp_path) if "pod/" in f)
        lies.extra_names = ()
        await podtui.transfers.carry(move(DOWN, here, "~/set"))
        assert files_below(here) == ["good"]


async def test_odd_names_travel_and_are_never_interpreted(pod: Pod, tmp_path: Path) -> None:
    here = tmp_path / "odd"
    here.mkdir()
    for name in ODD:
        (here / name).write_text(name, errors="surrogateescape")
    async with session(pod.config) as podtui:
        await podtui.transfers.carry(move(UP, here, "~/odd"))
        listed = await podtui.files.folder("pod", "~/odd")
        assert {entry.name for entry in listed} == set(ODD)
        await podtui.transfers.carry(move(DOWN, tmp_path / "back", "~/odd"))
        assert files_below(tmp_path / "back") == files_below(here) == sorted(ODD)
        assert not list(pod.home().rglob("owned"))
        for name in ODD:
            with pytest.raises(NotFound) as caught:
                await podtui.transfers.carry(move(DOWN, tmp_path / "none", f"~/no/{name}"))
            check_told(caught.value, "File not found", pod)
            with pytest.raises(PodError) as failed:
                await podtui.files.make_folder("pod", f"~/odd/{name}/below")
            check_told(failed.value, failed.value.title, pod)
            with pytest.raises(PodError) as failed:
                await podtui.files.folder("", str(tmp_path / "nothing" / name))
            check_told(failed.value, "File not found", pod)
            assert visible(name).isprintable()
            await podtui.files.remove("pod", f"~/odd/{name}")
        assert await podtui.files.folder("pod", "~/odd") == ()


async def test_a_job_staged_under_odd_names(pod: Pod, tmp_path: Path) -> None:
    """The whole way, journal and scheduler too, with a folder whose name is hostile."""
    for number, name in enumerate(ODD[:6]):
        folder = tmp_path / name
        folder.mkdir()
        request = staged_request(folder, f"odd{number}", os.urandom(100))
        async with session(pod.config) as podtui, polling(podtui):
            staged = await podtui.staging.submit(request)
            await podtui.staging.finish(staged.token)
            await check_done(podtui, staged.token, pod, folder, f"odd{number}")
