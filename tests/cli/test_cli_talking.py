"""A command's login to a login node begins while the command is still being imported."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncssh
import pytest

from podtui.__main__ import main
from podtui.cli.parser import build_parser
from podtui.cli.talking import goes_to
from podtui.config.model import Config, PodConfig, SshConfig
from podtui.errors import ConfigError
from tests.backends.ssh.conftest import Door, Served, serve

CLUSTERS = Config(
    clusters=(
        SshConfig(name="near", host="a"),
        SshConfig(name="far", host="b"),
        PodConfig(name="pod", user="ann"),
    ),
    default_cluster="near",
)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("put a b", ["near"]),
        ("ls --cluster far", ["far"]),
        ("get a b --cluster pod", []),  # it logs in by the web
        ("stageout --files a", ["near"]),
        ("copy a far:b", ["far"]),
        ("sync near:a far:b", ["near", "far"]),
        ("copy a b", []),
        ("status", ["near"]),
        ("cancel 1", []),  # it may never have been sent
        ("submit job.sh", []),
        ("history", []),
        ("config path", []),
    ],
)
def test_which_login_nodes_a_command_begins_with(words: str, names: list[str]) -> None:
    args = build_parser().parse_args(words.split())
    assert [one.name for one in goes_to(args, CLUSTERS)] == names


def test_a_cluster_that_is_not_there_is_told_before_any_login() -> None:
    with pytest.raises(ConfigError):
        goes_to(build_parser().parse_args(["ls", "--cluster", "no"]), CLUSTERS)


def _config(folder: Path, served: Served, key: asyncssh.SSHKey) -> Path:
    key.write_private_key(folder / "id")
    known = f"[127.0.0.1]:{served.port} {served.host_key.export_public_key().decode()}"
    (folder / "known_hosts").write_text(known)
    file = folder / "podtui.toml"
    file.write_text(
        f'[clusters.near]\nkind = "ssh"\nhost = "127.0.0.1"\nport = {served.port}\nuser = "ann"\n'
        f'identity_file = "{folder / "id"}"\nknown_hosts = "{folder / "known_hosts"}"\n'
    )
    file.chmod(0o600)
    return file


@pytest.mark.usefixtures("at_home")
async def test_a_command_logs_in_once_and_tells_a_refused_login_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, door = asyncssh.generate_private_key("ssh-ed25519"), Door()
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"what is sent")
    async with serve(door, sftp_factory=asyncssh.SFTPServer) as served:
        words = ["--config", str(_config(tmp_path, served, key)), "put", str(source), str(target)]
        assert await asyncio.to_thread(main, words) != 0
        assert "Login refused" in capsys.readouterr().err
        assert (door.connections, door.logins, target.exists()) == (1, 0, False)
        door.keys = (key.convert_to_public(),)
        assert await asyncio.to_thread(main, words) == 0
        assert "verified" in capsys.readouterr().out
        assert (door.connections, door.logins, target.read_bytes()) == (2, 1, b"what is sent")
