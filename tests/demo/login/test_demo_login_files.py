"""Files over SFTP and scp: paths, names, quota, and the real tools."""

import asyncio
import os
import random
import shutil

import asyncssh
import pytest

pytestmark = pytest.mark.skipif(shutil.which("sftp") is None, reason="no OpenSSH here")


async def batch(door, text: str) -> tuple[int, str, str]:
    code, out, err = await door.command("sftp", "-b", "-", "pod", stdin=text.encode())
    return code, out.decode(), err.decode()


async def test_sftp_starts_at_home_and_sees_what_the_shell_sees(door):
    (door.folder / "up.txt").write_text("up\n")
    code, out, err = await batch(
        door,
        "pwd\nput up.txt\nmkdir d\nrename up.txt d/moved\nln d/moved hard\nln -s d/moved soft\n"
        "get soft back.txt\nls -l\nchmod 600 hard\ncd /\npwd\n",
    )
    assert (code, err) == (0, "")
    assert f"Remote working directory: {door.home}\n" in out
    assert "Remote working directory: /\n" in out
    assert " penguin " in out
    assert (door.folder / "back.txt").read_text() == "up\n"
    assert (door.home / "hard").stat().st_nlink == 2
    assert (door.home / "hard").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", ["-s", "-O"])
async def test_scp_both_ways(door, mode):
    (door.folder / "tree" / "sub").mkdir(parents=True)
    (door.folder / "tree" / "sub" / "file").write_bytes(b"x" * 100_000)
    (door.folder / "tree" / "empty").touch()
    assert (await door.command("scp", mode, "-rp", "tree", "pod:copy"))[0] == 0
    assert (door.home / "copy" / "sub" / "file").read_bytes() == b"x" * 100_000
    assert (await door.command("scp", mode, "-r", "pod:copy", "back"))[0] == 0
    assert (door.folder / "back" / "sub" / "file").read_bytes() == b"x" * 100_000
    assert (await door.command("scp", mode, "pod:missing", "."))[0] != 0


async def test_a_hundred_megabytes_arrive_whole(door):
    door.quota = 256 * 2**20
    await door.node.close()
    await door.open_node()
    block = random.Random(2).randbytes(2**20)
    with (door.folder / "big").open("wb") as stream:
        for _ in range(100):
            stream.write(block)
    assert (await door.command("sftp", "-b", "-", "pod", stdin=b"put big\nget big back\n"))[0] == 0
    whole = (door.folder / "big").read_bytes()
    assert (door.home / "big").read_bytes() == whole
    assert (door.folder / "back").read_bytes() == whole


async def test_names_of_any_bytes(door):
    names = [b"caf\xe9", b"new\nline", b"-rf", b"[brackets]*?", b"\x1b[31mred", "ünï".encode()]
    async with (
        door.connect() as connection,
        connection.start_sftp_client(path_encoding=None) as sftp,
    ):
        for name in names:
            async with sftp.open(name, "wb") as stream:
                await stream.write(name)
        assert set(await sftp.listdir(b".")) == {b".", b"..", *names}
        for name in names:
            assert (await sftp.stat(name)).size == len(name)
            await sftp.posix_rename(name, name + b"~")
            await sftp.remove(name + b"~")
    assert list(door.home.iterdir()) == []


async def test_the_extensions_clients_ask_for(door):
    async with door.connect() as connection, connection.start_sftp_client() as sftp:
        async with sftp.open("a", "wb") as stream:
            await stream.write(b"one")
            await stream.fsync()
        async with sftp.open("b", "wb") as stream:
            await stream.write(b"two!")
        with pytest.raises(asyncssh.SFTPFailure):
            await sftp.rename("a", "b")
        await sftp.posix_rename("a", "b")
        assert (door.home / "b").read_bytes() == b"one"
        await sftp.link("b", "c")
        await sftp.symlink("b", "d")
        assert await sftp.readlink("d") == "b"
        assert await sftp.realpath(".") == str(door.home)
        assert await sftp.realpath("d") == str(door.home / "b")
        await sftp.truncate("b", 1)
        assert (await sftp.stat("c")).size == 1
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await sftp.stat("gone")
        with pytest.raises(asyncssh.SFTPError):
            await sftp.mkdir("b")
        async with sftp.open("b", "ab") as stream:
            await stream.write(b"++")
        assert (door.home / "b").read_bytes() == b"o++"
        async with sftp.open("b", "rb+") as stream:
            await stream.seek(1)
            await stream.write(b"-")
        assert (door.home / "b").read_bytes() == b"o-+"
        with pytest.raises(asyncssh.SFTPError):
            await sftp.open("b", "xb")


async def test_over_the_quota_a_write_fails_and_says_why(door):
    size = 40 * 2**20
    data = bytes(size)
    async with door.connect() as connection, connection.start_sftp_client() as sftp:
        async with sftp.open("first", "wb") as stream:
            await stream.write(data)
        free = await sftp.statvfs(".")
        assert free.bavail * free.frsize == door.quota - size
        with pytest.raises(asyncssh.SFTPFailure, match="Disk quota exceeded"):
            async with sftp.open("second", "wb") as stream:
                await stream.write(data)
        assert (door.home / "second").stat().st_size <= door.quota - size
        with pytest.raises(asyncssh.SFTPFailure, match="Disk quota exceeded"):
            await sftp.truncate("first", door.quota + 1)
        await sftp.remove("first")
        async with sftp.open("second", "wb") as stream:
            await stream.write(data)
    (door.folder / "large").write_bytes(data)
    code, _, err = await batch(door, "put large\n")
    assert code == 1
    assert "Failure" in err


async def test_room_made_in_a_shell_is_found(door):
    (door.home / "blob").write_bytes(bytes(door.quota))
    await door.node.close()
    await door.open_node()
    async with door.connect() as connection, connection.start_sftp_client() as sftp:
        with pytest.raises(asyncssh.SFTPFailure, match="Disk quota exceeded"):
            async with sftp.open("more", "wb") as stream:
                await stream.write(b"x")
        await connection.run("rm blob", check=True)

        async def written() -> bool:
            try:
                async with sftp.open("more", "wb") as stream:
                    await stream.write(b"x")
            except asyncssh.SFTPFailure:
                return False
            return True

        async with asyncio.timeout(10):
            while not await written():
                await asyncio.sleep(0.05)


async def test_what_lies_outside_the_home_does_not_count(door, tmp_path):
    outside = tmp_path / "outside"
    async with door.connect() as connection, connection.start_sftp_client() as sftp:
        async with sftp.open(str(outside), "wb") as stream:
            await stream.write(bytes(2**20))
        free = await sftp.statvfs(".")
        assert free.bavail * free.frsize == door.quota
    assert outside.stat().st_size == 2**20


async def test_tar_through_a_pipe(door):
    code, _, err = await door.command(
        "ssh",
        "pod",
        "mkdir t && cd t && seq 1 2000 | xargs touch && tar -cf - . | tar -tf - | wc -l",
    )
    assert (code, err) == (0, b"")
    assert len(list((door.home / "t").iterdir())) == 2000
    code, out, _ = await door.command("sftp", "-b", "-", "pod", stdin=b"ls -1 t\n")
    assert len(out.splitlines()) == 2001


async def test_named_pipes_and_folders_are_refused_without_waiting(door):
    os.mkfifo(door.home / "pipe")
    (door.home / "folder").mkdir()
    async with door.connect() as connection, connection.start_sftp_client() as sftp:
        for name, mode in (("pipe", "wb"), ("folder", "rb"), ("folder", "wb")):
            with pytest.raises(asyncssh.SFTPError):
                await sftp.open(name, mode)
        async with sftp.open("pipe", "rb") as stream:
            with pytest.raises(asyncssh.SFTPError):
                await stream.read()
        assert await sftp.listdir("folder") == [".", ".."]
