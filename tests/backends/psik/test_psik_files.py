"""Files: a job's folder, its logs and scripts, and the names that never leave here."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from threading import current_thread, main_thread

import pytest

from podtui.backends.psik.backend import PsikBackend
from podtui.backends.psik.places import read_listing
from podtui.domain.entry import Entry, EntryKind
from podtui.errors import InputError, NotFound, NotOffered
from tests.backends.psik.recorded import V1, V2, Replayed, connected, recording

JOB = "1795303695.279"
TWO = "1795303884.439"


@pytest.fixture
def replay() -> Replayed:
    one = Replayed(*V1, "v1/files", "v1/file_dir", "v1/file_dl", "v1/file_missing", "v1/logs")
    for name in ("v1/state", "v1/scripts", "v1/file_deep"):
        found = recording(name)
        one.answer(found.method, found.path, found.status, found.body, found.headers)
    return one


@pytest.fixture
async def psik(replay: Replayed, tmp_path: Path) -> AsyncIterator[PsikBackend]:
    backend = await connected(tmp_path, replay)
    yield backend
    await backend.close()


async def test_the_tree(psik: PsikBackend) -> None:
    files = psik.files
    assert [e.name for e in await files.list_folder("/")] == ["jobs", "logs", "scripts"]
    assert JOB in [e.name for e in await files.list_folder("/jobs")]
    kinds = {e.name: e.kind for e in await files.list_folder(f"/jobs/{JOB}")}
    assert kinds == {"sub": EntryKind.FOLDER, "out.txt": EntryKind.FILE}
    logs = {e.name: e.size for e in await files.list_folder(f"/logs/{JOB}")}
    assert logs["stderr.1"] == 4
    assert {e.name for e in await files.list_folder(f"/scripts/{JOB}")} >= {"run", "job"}
    inside = await files.list_folder(f"/jobs/{JOB}/sub")
    assert [(e.name, e.size) for e in inside] == [("deep.txt", 5)]


async def test_a_listing_is_read_beside_the_screen(
    psik: PsikBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[bool] = []

    def read(answer: object) -> tuple[Entry, ...]:
        readers.append(current_thread() is main_thread())
        return read_listing(answer)

    monkeypatch.setattr("podtui.backends.psik.files.read_listing", read)
    await psik.files.list_folder(f"/jobs/{JOB}")
    await psik.files.list_folder(f"/jobs/{JOB}/sub")
    assert readers == [False, False]


async def test_bytes_and_their_hash(psik: PsikBackend, tmp_path: Path) -> None:
    files, path = psik.files, f"/jobs/{JOB}/out.txt"
    assert await files.read(path, 0, 100) == b"result\n"
    assert await files.read(path, -3, 100) == b"lt\n"
    assert await files.read(path, 2, 2) == b"su"
    assert await files.read(path, 7, 10) == b""
    assert await files.hash(path, "sha256") == hashlib.sha256(b"result\n").hexdigest()
    assert await files.hash(path, "md5", 0, 3) == hashlib.md5(b"res").hexdigest()
    moved: list[int] = []
    told = await files.download(path, tmp_path / "out", "sha256", moved.append)
    assert (tmp_path / "out").read_bytes() == b"result\n"
    assert told == hashlib.sha256(b"result\n").hexdigest()
    assert sum(moved) == 7
    (tmp_path / "part").write_bytes(b"resXXXXXXX")
    await files.download(path, tmp_path / "part", "sha256", moved.append, 3)
    assert (tmp_path / "part").read_bytes() == b"result\n"


async def test_logs_read_like_files(psik: PsikBackend) -> None:
    assert await psik.files.read(f"/logs/{JOB}/stderr.1", -100, 100) == b"err\n"
    with pytest.raises(NotFound):
        await psik.files.read(f"/logs/{JOB}/stdout.2", 0, 1)
    assert await psik.files.stat(f"/logs/{JOB}/stdout.2") is None


async def test_what_is_not_there(psik: PsikBackend) -> None:
    for path in (f"/jobs/{JOB}/nope", "/jobs/1.5", "/else", "/jobs/../etc/passwd", "/logs/x/y"):
        assert await psik.files.stat(path) is None
    with pytest.raises(NotOffered, match="makes folders"):
        await psik.files.make_folder(f"/jobs/{JOB}/new")
    await psik.files.make_folder(f"/jobs/{JOB}")
    for call in (psik.files.remove(f"/jobs/{JOB}/out.txt"), psik.files.rename("/a", "/b")):
        with pytest.raises(NotOffered):
            await call


async def test_version_one_gives_nothing_out_of_folders(psik: PsikBackend) -> None:
    with pytest.raises(NotOffered, match="out of folders"):
        await psik.files.read(f"/jobs/{JOB}/sub/deep.txt", 0, 10)


async def test_version_two_does_and_tells_folders_itself(tmp_path: Path) -> None:
    names = ("job_files", "job_files_sub", "job_files_sub_deep.txt", "job_state")
    replay = Replayed(*V2, *(f"v2/{name}" for name in names))
    backend = await connected(tmp_path, replay)
    entries = await backend.files.list_folder(f"/jobs/{TWO}")
    assert {e.name: e.is_folder for e in entries} == {"sub": True, "out.txt": False}
    assert await backend.files.read(f"/jobs/{TWO}/sub/deep.txt", 0, 10) == b"deep\n"
    await backend.close()


@pytest.mark.parametrize(
    "target",
    [
        f"/jobs/{JOB}/sub/x",
        f"/jobs/{JOB}",
        f"/logs/{JOB}/stdout.1",
        f'/jobs/{JOB}/a"b',
        f"/jobs/{JOB}/a\\b",
        f"/jobs/{JOB}/a\nb",
        "/jobs/x",
        "/x",
    ],
)
async def test_names_that_would_land_elsewhere_are_never_sent(
    psik: PsikBackend, replay: Replayed, tmp_path: Path, target: str
) -> None:
    (tmp_path / "in").write_bytes(b"x")
    with pytest.raises((InputError, NotFound)):
        await psik.files.upload(tmp_path / "in", target, "sha256", lambda _: None)
    assert not [request for request in replay.requests if request.method == "POST"]


async def test_dots_are_followed_here_before_anything_is_sent(
    psik: PsikBackend, replay: Replayed, tmp_path: Path
) -> None:
    (tmp_path / "in").write_bytes(b"x")
    for target in (f"/jobs/{JOB}/../x", f"/jobs/{JOB}/../../x", f"/jobs/{JOB}/.."):
        with pytest.raises((InputError, NotFound)):
            await psik.files.upload(tmp_path / "in", target, "sha256", lambda _: None)
    assert await psik.files.resolve(f"~/{JOB}/./x") == f"/jobs/{JOB}/x"
    assert not [request for request in replay.requests if request.method == "POST"]


async def test_an_upload_is_one_multipart_field(
    psik: PsikBackend, replay: Replayed, tmp_path: Path
) -> None:
    data = bytes(range(256)) * 2000
    (tmp_path / "in").write_bytes(data)
    replay.answer("POST", f"/v1/jobs/{JOB}/files", 200, b"null")
    moved: list[int] = []
    told = await psik.files.upload(tmp_path / "in", f"/jobs/{JOB}/in.dat", "sha256", moved.append)
    assert told == hashlib.sha256(data).hexdigest()
    assert sum(moved) == len(data)
    (sent,) = replay.sent("POST", f"/v1/jobs/{JOB}/files")
    assert int(sent.headers["content-length"]) == len(sent.content)
    head, _, body = sent.content.partition(b"\r\n\r\n")
    assert b'name="files"; filename="in.dat"' in head
    assert body.startswith(data)


async def test_names_a_server_made_up_are_marked(psik: PsikBackend, replay: Replayed) -> None:
    facts = {"size": 1, "atime": 1, "mtime": 1}
    replay.answer("GET", "/v1/jobs/1.5/files", 200, {"../x": facts, "..": facts, "ok": 7})
    replay.answer("GET", "/v1/jobs/1.5/state", 200, "active")
    entries = await psik.files.list_folder("/jobs/1.5")
    assert [entry.unsafe for entry in entries] == [True, True, False]
