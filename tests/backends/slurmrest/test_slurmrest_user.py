"""Who we are to a Slurm: as configured, else as the token says, on a socket who runs us."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from podtui.backends.slurmrest.token import TokenKeeper
from podtui.config.load import load_config
from podtui.config.model import SlurmRestConfig
from podtui.errors import LoginRequired
from podtui.paths import Paths

from .recorded import GOOD, NOW, wire


def configured(folder: Path, *lines: str) -> SlurmRestConfig:
    """What a person's file makes of these lines; on this machine they are called `local`."""
    paths = Paths(folder / "config.toml", folder / "state", folder)
    text = "\n".join(("[clusters.hpc]", 'kind = "slurmrest"', *lines))
    paths.config_file.write_text(text)
    paths.config_file.chmod(0o600)
    found = load_config(paths, environ={"LOGNAME": "local"}).cluster("hpc")
    assert isinstance(found, SlurmRestConfig)
    return found


async def test_the_token_names_the_user_where_the_file_does_not(tmp_path: Path) -> None:
    """Slurm refuses a token whose name is not that of the header."""
    lines = ('url = "http://slurm.test"', f'token = "{GOOD}"')
    keeper = TokenKeeper(configured(tmp_path, *lines), lambda: NOW)
    headers = await keeper.headers()
    assert headers["X-SLURM-USER-NAME"] == "alice"
    assert keeper.user == "alice"
    named = TokenKeeper(configured(tmp_path, *lines, 'user = "bob"'), lambda: NOW)
    assert (await named.headers())["X-SLURM-USER-NAME"] == "bob"


async def test_on_a_socket_we_are_who_runs_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "local")
    keeper = TokenKeeper(configured(tmp_path, 'url = "unix:/run/rest.sock"'), lambda: NOW)
    assert keeper.user == "local"
    assert "X-SLURM-USER-NAME" not in await keeper.headers()


async def test_a_proxy_that_knows_us_is_told_no_name_of_this_machine(tmp_path: Path) -> None:
    lines = ('url = "https://slurm.test"', 'headers = { Cookie = "session=1" }')
    keeper = TokenKeeper(configured(tmp_path, *lines), lambda: NOW)
    assert "X-SLURM-USER-NAME" not in await keeper.headers()
    assert keeper.user == ""


async def test_a_token_given_later_is_taken_once_the_socket_wants_one(tmp_path: Path) -> None:
    keeper = TokenKeeper(configured(tmp_path, 'url = "unix:/run/rest.sock"'), lambda: NOW)
    refused = await keeper.headers()
    assert not await keeper.renew(refused)
    kept = tmp_path / "secrets" / "hpc" / "token"
    kept.parent.mkdir(parents=True, mode=0o700)
    kept.parent.parent.chmod(0o700)
    kept.touch(0o600)
    kept.write_text(GOOD)
    assert await keeper.renew(refused)
    assert (await keeper.headers())["X-SLURM-USER-TOKEN"] == GOOD


async def test_a_user_who_is_not_the_tokens_is_named_where_only_the_database_refuses_it() -> None:
    """Before v0.0.39 a wrong token and a dead controller look the same."""

    def refused(request: httpx.Request) -> httpx.Response:
        code = 1007 if request.url.path.startswith("/slurmdb/") else -1
        return httpx.Response(500, json={"errors": [{"error_number": code, "error": "auth"}]})

    with pytest.raises(LoginRequired) as failed:
        await wire(refused, user="root").read("slurm/v0.0.38/nodes/")
    assert failed.value.hint.startswith("The token is alice's, and user is set to root")


async def test_a_user_who_is_not_the_tokens_is_named_when_it_is_refused() -> None:
    def refused(_: httpx.Request) -> httpx.Response:
        return httpx.Response(511, json={"errors": [{"error_number": 1007, "error": "auth"}]})

    with pytest.raises(LoginRequired) as failed:
        await wire(refused, user="root").read("slurm/v0.0.45/nodes/")
    assert failed.value.hint.startswith("The token is alice's, and user is set to root")
    with pytest.raises(LoginRequired) as failed:
        await wire(refused, user="alice").read("slurm/v0.0.45/nodes/")
    assert failed.value.hint.startswith("Get a new token")
