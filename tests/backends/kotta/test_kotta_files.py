"""Files of a Cloud Kotta: in by upload_url, out by signed addresses, each proved by its MD5."""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx
import pytest

from podtui.backends.kotta.backend import KottaBackend
from podtui.backends.kotta.paths import Kind, take_apart
from podtui.backends.kotta.store import SignedStore, s3_name
from podtui.domain.entry import EntryKind
from podtui.errors import (
    BadAnswer,
    HashMismatch,
    InputError,
    NotFound,
    NotOffered,
    Refused,
    SourceChanged,
    Unreachable,
)
from tests.backends.kotta.conftest import Wire
from tests.backends.kotta.test_kotta_jobs import submission
from tests.emulators.kotta.cloud import Cloud

DATA = bytes(range(256)) * 9000  # more than a batch
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
async def ended(backend: KottaBackend, cloud: Cloud) -> str:
    """A job with the outputs big.dat, empty, STDOUT.txt, and one it did not make."""
    outputs = ("big.dat", "empty", "missing.txt")
    job_id = await backend.jobs.submit(submission("touch empty; echo 1", outputs=outputs))
    job = await cloud.run_next()
    job.outputs.append("big.dat")
    job.outputs = list(dict.fromkeys(job.outputs))
    cloud.store.kept[cloud.output_path(job, "big.dat")] = DATA
    return job_id


def count(moved: list[int]) -> int:
    return sum(moved)


async def test_an_upload_is_streamed_and_proved(
    backend: KottaBackend, cloud: Cloud, wire: Wire, tmp_path: Path
) -> None:
    (tmp_path / "in.dat").write_bytes(DATA)
    moved: list[int] = []
    target = "/inputs/t/in.dat"
    await backend.files.make_folder("/inputs/t")
    sent = await backend.files.upload(tmp_path / "in.dat", target, "sha256", moved.append)
    assert sent == SHA == await backend.files.hash(target, "sha256")
    assert count(moved) == len(DATA)
    assert len(moved) > 4
    assert cloud.store.kept["klab-jobs/uploads/amzn1.account.U1/python/pkl/t/in.dat"] == DATA
    (put,) = [request for request in wire.requests if request.method == "PUT"]
    assert put.headers["content-length"] == str(len(DATA))
    assert not {"transfer-encoding", "content-type", "authorization", "cookie"} & {*put.headers}
    entry = await backend.files.stat(target)
    assert entry is not None
    assert (entry.kind, entry.size) == (EntryKind.FILE, len(DATA))
    assert [e.name for e in await backend.files.list_folder("/inputs")] == ["t"]
    assert [e.name for e in await backend.files.list_folder("/inputs/t")] == ["in.dat"]


async def test_an_empty_upload(backend: KottaBackend, cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    sent = await backend.files.upload(tmp_path / "empty", "/inputs/empty", "sha256", lambda _: None)
    assert (
        sent == hashlib.sha256().hexdigest() == await backend.files.hash("/inputs/empty", "sha256")
    )
    assert [*cloud.store.kept.values()] == [b""]


async def test_other_bytes_at_the_store_are_noticed(
    backend: KottaBackend, cloud: Cloud, tmp_path: Path
) -> None:
    (tmp_path / "in.dat").write_bytes(DATA)
    cloud.store.spoil = True
    with pytest.raises(HashMismatch):
        await backend.files.upload(tmp_path / "in.dat", "/inputs/a", "sha256", lambda _: None)
    assert await backend.files.stat("/inputs/a") is None


@pytest.mark.parametrize("encryption", ["aws:kms", "aws:kms:dsse"])
async def test_without_an_md5_of_the_store_an_upload_has_no_hash(
    backend: KottaBackend, cloud: Cloud, tmp_path: Path, encryption: str
) -> None:
    (tmp_path / "in.dat").write_bytes(DATA)
    cloud.store.headers = {"x-amz-server-side-encryption": encryption, "ETag": f'"{"0" * 32}"'}
    await backend.files.upload(tmp_path / "in.dat", "/inputs/a", "sha256", lambda _: None)
    with pytest.raises(NotOffered, match="told no MD5"):
        await backend.files.hash("/inputs/a", "sha256")


async def test_a_file_that_changes_while_it_is_sent(backend: KottaBackend, tmp_path: Path) -> None:
    file = tmp_path / "in.dat"
    file.write_bytes(DATA)

    def grow(_: int) -> None:
        with file.open("ab") as more:
            more.write(b"more")

    with pytest.raises(SourceChanged):
        await backend.files.upload(file, "/inputs/a", "sha256", grow)


async def test_a_cut_upload_can_be_sent_again(
    backend: KottaBackend, wire: Wire, tmp_path: Path
) -> None:
    (tmp_path / "in.dat").write_bytes(DATA)
    wire.lose = "/t/in.dat"
    with pytest.raises(Unreachable):
        await backend.files.upload(
            tmp_path / "in.dat", "/inputs/t/in.dat", "sha256", lambda _: None
        )
    await backend.files.upload(tmp_path / "in.dat", "/inputs/t/in.dat", "sha256", lambda _: None)


@pytest.mark.parametrize(
    "path",
    ["/inputs/a,b", "/inputs/a\nb", "/inputs/t/folder/file", "/jobs/7/x", "/x", "~/x", "/inputs"],
)
async def test_what_cannot_be_an_input_is_not_sent(
    backend: KottaBackend, wire: Wire, path: str
) -> None:
    wire.requests.clear()
    with pytest.raises(InputError):
        await backend.files.write(path, b"x")
    assert wire.requests == []


async def test_folders_are_no_inputs(backend: KottaBackend) -> None:
    await backend.files.make_folder("/inputs/t")
    with pytest.raises(InputError, match=r"Pack the folder|files, not folders"):
        await backend.files.make_folder("/inputs/t/folder")
    with pytest.raises(NotOffered):
        await backend.files.make_folder("/jobs/7")


async def test_outputs_are_listed_with_their_sizes(backend: KottaBackend, ended: str) -> None:
    assert [e.name for e in await backend.files.list_folder("/")] == ["inputs", "jobs"]
    assert [e.name for e in await backend.files.list_folder("/jobs")] == [ended]
    found = {e.name: e.size for e in await backend.files.list_folder(f"/jobs/{ended}")}
    assert found.pop("relax.sh") > 0
    assert found == {"STDERR.txt": 0, "STDOUT.txt": 2, "big.dat": len(DATA), "empty": 0}
    entry = await backend.files.stat(f"/jobs/{ended}/big.dat")
    assert entry is not None
    assert entry.size == len(DATA)
    assert await backend.files.stat(f"/jobs/{ended}/missing.txt") is None
    folder = await backend.files.stat(f"/jobs/{ended}")
    assert folder is not None
    assert folder.is_folder
    assert await backend.files.stat("/jobs/nope") is None
    assert await backend.files.stat("/else") is None


@pytest.mark.parametrize("ranges", [True, False])
async def test_a_download_is_proved_by_the_stores_md5(
    backend: KottaBackend, cloud: Cloud, ended: str, tmp_path: Path, ranges: bool, wire: Wire
) -> None:
    cloud.store.ranges = ranges
    source, moved = f"/jobs/{ended}/big.dat", list[int]()
    got = await backend.files.download(source, tmp_path / "big", "sha256", moved.append)
    assert (tmp_path / "big").read_bytes() == DATA
    assert got == SHA
    assert count(moved) == len(DATA)
    asked = len(wire.requests)
    assert await backend.files.hash(source, "sha256") == SHA
    assert len(wire.requests) == asked, "the store's MD5 was proof already"
    assert await backend.files.hash(source, "md5") == hashlib.md5(DATA).hexdigest()


@pytest.mark.parametrize("ranges", [True, False])
async def test_the_rest_of_a_file(
    backend: KottaBackend, cloud: Cloud, ended: str, tmp_path: Path, ranges: bool
) -> None:
    cloud.store.ranges = ranges
    source, target = f"/jobs/{ended}/big.dat", tmp_path / "big"
    target.write_bytes(DATA[:1000])
    rest = hashlib.sha256(DATA[1000:]).hexdigest()
    assert await backend.files.download(source, target, "sha256", lambda _: None, 1000) == rest
    assert target.read_bytes() == DATA
    part = hashlib.sha256(DATA[10:110]).hexdigest()
    assert await backend.files.hash(source, "sha256", 10, 100) == part
    assert await backend.files.hash(source, "sha256", 1000) == rest
    nothing = hashlib.sha256().hexdigest()
    size = len(DATA)  # all is here already
    assert await backend.files.download(source, target, "sha256", lambda _: None, size) == nothing
    with pytest.raises(SourceChanged):
        await backend.files.download(source, target, "sha256", lambda _: None, len(DATA) + 9)


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize(
    ("offset", "length", "wanted"),
    [
        (0, 10, DATA[:10]),
        (300, 10, DATA[300:310]),
        (-10, 10, DATA[-10:]),
        (-10, 4, DATA[-10:-6]),
        (-(1 << 40), 5, DATA[:5]),
        (len(DATA), 10, b""),
        (len(DATA) - 3, 10, DATA[-3:]),
        (5, 0, b""),
    ],
)
async def test_a_span_is_read(
    backend: KottaBackend, cloud: Cloud, ended: str, ranges: bool, offset: int, length: int,
    wanted: bytes,
) -> None:  # fmt: skip
    cloud.store.ranges = ranges
    assert await backend.files.read(f"/jobs/{ended}/big.dat", offset, length) == wanted
    assert await backend.files.read(f"/jobs/{ended}/empty", offset, length) == b""


async def test_an_empty_output_comes_empty(
    backend: KottaBackend, ended: str, tmp_path: Path
) -> None:
    source = f"/jobs/{ended}/empty"
    await backend.files.download(source, tmp_path / "empty", "sha256", lambda _: None)
    assert (tmp_path / "empty").read_bytes() == b""


async def test_what_is_missing_is_told(backend: KottaBackend, ended: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no output missing\.txt"):
        await backend.files.download(
            f"/jobs/{ended}/missing.txt", tmp_path / "x", "sha256", lambda _: None
        )
    assert (await backend.jobs.job(ended)).reason == "not available: missing.txt"
    assert not (tmp_path / "x").exists()


async def test_a_job_that_has_not_ended_gives_nothing(backend: KottaBackend) -> None:
    job_id = await backend.jobs.submit(submission())
    assert await backend.files.list_folder(f"/jobs/{job_id}") == ()
    with pytest.raises(NotFound, match="has not ended"):
        await backend.files.read((await backend.jobs.job(job_id)).stdout, 0, 10)


async def test_names_that_leave_the_folder_are_never_followed(
    backend: KottaBackend, cloud: Cloud, ended: str
) -> None:
    job = cloud.jobs[ended]
    job.outputs += ["../evil", "/etc/evil", ".."]
    for name in ("../evil", "/etc/evil", ".."):
        cloud.store.kept[cloud.output_path(job, name)] = b"evil"
    entries = await backend.files.list_folder(f"/jobs/{ended}")
    unsafe = [entry for entry in entries if entry.unsafe]
    assert len(unsafe) == 3
    assert all("/" not in entry.name for entry in entries)
    with pytest.raises(Refused):
        await backend.files.read(f"/jobs/{ended}/../evil", 0, 10)


@pytest.mark.parametrize(
    "place", ["http://elsewhere.test/x", "https://store.test/x", "ftp://store.test/x", "file:///x"]
)
async def test_a_redirect_to_another_server_is_refused(
    backend: KottaBackend, cloud: Cloud, ended: str, place: str
) -> None:
    cloud.store.moved_to = place
    with pytest.raises((Refused, BadAnswer)):
        await backend.files.read(f"/jobs/{ended}/big.dat", 0, 10)


async def test_an_output_that_vanishes_costs_only_itself(
    backend: KottaBackend, cloud: Cloud, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = cloud.jobs[ended]
    gone = cloud.store.sign("GET", cloud.output_path(job, "gone"), 60)
    sign = cloud.store.sign
    monkeypatch.setattr(
        cloud.store, "sign", lambda how, path, _: gone if "big" in path else sign(how, path, 60)
    )
    names = [entry.name for entry in await backend.files.list_folder(f"/jobs/{ended}")]
    assert names == ["STDERR.txt", "STDOUT.txt", "empty", "relax.sh"]


async def test_a_circle_of_redirects_ends(backend: KottaBackend, cloud: Cloud, ended: str) -> None:
    job = cloud.jobs[ended]
    cloud.store.moved_to = cloud.store.sign("GET", cloud.output_path(job, "big.dat"), 60)
    with pytest.raises(Refused, match="circle"):
        await backend.files.read(f"/jobs/{ended}/big.dat", 0, 10)


async def test_an_address_that_has_ended_says_so(
    backend: KottaBackend, cloud: Cloud, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign = cloud.store.sign
    monkeypatch.setattr(cloud.store, "sign", lambda method, path, _: sign(method, path, -9))
    with pytest.raises(Refused, match="Request has expired"):
        await backend.files.read(f"/jobs/{ended}/big.dat", 0, 10)


async def test_what_is_not_offered(backend: KottaBackend) -> None:
    with pytest.raises(NotOffered):
        await backend.files.rename("/inputs/a", "/inputs/b")
    with pytest.raises(NotOffered):
        await backend.files.remove("/inputs/a")
    with pytest.raises(NotFound):
        await backend.files.list_folder("/else")


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [
        ("~", Kind.ROOT, "/"),
        ("", Kind.ROOT, "/"),
        ("~/jobs/", Kind.JOBS, "/jobs"),
        ("jobs/7", Kind.JOB, "/jobs/7"),
        ("/jobs/7//x", Kind.OUTPUT, "/jobs/7/x"),
        ("/jobs/7/x/y", Kind.OTHER, "/jobs/7/x/y"),
        ("/inputs/./t/x", Kind.INPUT, "/inputs/t/x"),
    ],
)
def test_paths(path: str, kind: Kind, text: str) -> None:
    place = take_apart(path)
    assert (place.kind, place.text) == (kind, text)


@pytest.mark.parametrize("path", ["..", "/jobs/../x", "/inputs/..", "a\x00b"])
def test_paths_that_leave_are_refused(path: str) -> None:
    with pytest.raises(Refused):
        take_apart(path)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://s3.amazonaws.com/klab-jobs/uploads/U1/in.dat?Signature=x", "s3://klab-jobs/uploads/U1/in.dat"),
        ("https://klab-jobs.s3.amazonaws.com/u/in.dat?x", "s3://klab-jobs/u/in.dat"),
        ("https://klab-jobs.s3.us-east-1.amazonaws.com/u/a%20b.dat", "s3://klab-jobs/u/a b.dat"),
        ("http://127.0.0.1:18301/klab-jobs/u/in.dat?x", "s3://klab-jobs/u/in.dat"),
        ("http://127.0.0.1:18301/klab-jobs/u/reads?x", "https://s3.amazonaws.com/klab-jobs/u/reads"),
        ("http://h/store/u/in.dat", "https://s3.amazonaws.com/store/u/in.dat"),
    ],
)  # fmt: skip
def test_what_a_job_calls_an_upload(address: str, name: str) -> None:
    assert s3_name(address) == name


@pytest.mark.parametrize("address", ["http://h/", "http://h/bucket", "http://h/b/a%2Cb", "x", ""])
def test_an_upload_without_a_name_is_a_bad_answer(address: str) -> None:
    with pytest.raises(BadAnswer):
        s3_name(address)


async def test_a_service_asked_over_tls_is_not_left_for_plain_http() -> None:
    store = SignedStore(
        "https://kotta.test", None, httpx.MockTransport(lambda _: httpx.Response(200))
    )
    with pytest.raises(Refused, match="over TLS"):
        await store.size("http://store.test/a/b")
    await store.close()
