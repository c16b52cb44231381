"""Beoweb's public-key login: a global request answered with a session id."""

from contextlib import asynccontextmanager

import asyncssh
import pytest
from asyncssh.constants import MSG_REQUEST_FAILURE, MSG_REQUEST_SUCCESS

from podtui.demo.login.session_server import SessionServer


@asynccontextmanager
async def serving(tmp_path, keys):
    opened = []

    def open_session(user):
        opened.append(user)
        return f"session-{len(opened)}"

    server = SessionServer(
        host_key=tmp_path / "key",
        public_keys=lambda user: keys.get(user, ()),
        open_session=open_session,
    )
    port = await server.start()
    try:
        yield port, server.host_key_line, opened
    finally:
        await server.close()


async def test_a_key_gives_a_session_for_its_user(tmp_path):
    key = asyncssh.generate_private_key("ssh-ed25519")
    keys = {"penguin": [key.export_public_key().decode()]}
    async with serving(tmp_path, keys) as (port, line, opened):
        trusted = asyncssh.import_known_hosts(f"[127.0.0.1]:{port} {line}\n")
        options = {"client_keys": [key], "known_hosts": trusted, "config": None, "agent_path": None}
        async with asyncssh.connect("127.0.0.1", port, username="penguin", **options) as connection:
            kind, packet = await connection._make_global_request(b"session_id")
            assert kind == MSG_REQUEST_SUCCESS
            assert packet.get_string() == b"session-1"
            kind, _ = await connection._make_global_request(b"something_else")
            assert kind == MSG_REQUEST_FAILURE
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.run("true")
        assert opened == ["penguin"]
        with pytest.raises(asyncssh.PermissionDenied):
            await asyncssh.connect("127.0.0.1", port, username="other", **options)
        assert opened == ["penguin"]
