"""The server's ear for the command-line tools: a UNIX socket only this user can open."""

import asyncio
import hashlib
import json
import os
import shlex
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podtui.demo.batch.owner import Owner
from podtui.demo.batch.tools import client
from podtui.demo.batch.tools.acts import act
from podtui.demo.batch.tools.answer import Answer
from podtui.demo.batch.tools.qstat import qstat
from podtui.demo.batch.tools.qsub import Caller, needs_stdin, qsub

if TYPE_CHECKING:
    from podtui.demo.batch.engine import Engine

TOOLS = ("qsub", "qstat", "qdel", "qhold", "qrls")
_LONGEST_SOCKET_PATH = 100  # bytes; sun_path has 104 (BSD) or 108 (Linux)
_LARGEST_MESSAGE = 64 * 2**20


class ToolService:
    """Writes the tools into `folder`, a subfolder a user, and answers them."""

    def __init__(self, engine: "Engine", folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self._owners: dict[str, Owner] = {}
        self._conversations: set[asyncio.Task[None]] = set()
        self._short: tempfile.TemporaryDirectory[str] | None = None

    async def start(self) -> None:
        """Listen."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._socket = self._folder / "server"
        if len(os.fsencode(self._socket)) > _LONGEST_SOCKET_PATH:
            self._short = tempfile.TemporaryDirectory(prefix="pod-")
            self._socket = Path(self._short.name) / "server"
        self._socket.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(
                self._converse, self._socket, limit=_LARGEST_MESSAGE
            )
        finally:
            os.umask(before)

    async def close(self) -> None:
        """Stop listening."""
        self._server.close()
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)
        await self._server.wait_closed()
        self._socket.unlink(missing_ok=True)
        if self._short is not None:
            self._short.cleanup()

    def folder_for(self, owner: Owner) -> Path:
        """Give the folder of a user's tools, which know whose they are."""
        identity = f"{owner.user}\0{owner.group}\0{owner.home}".encode(errors="surrogateescape")
        key = hashlib.sha256(identity).hexdigest()[:12]
        folder = self._folder / key
        if key not in self._owners:
            folder.mkdir(mode=0o700, exist_ok=True)
            for tool in TOOLS:
                self._write_tool(folder / tool, key, tool)
            self._owners[key] = owner
        return folder

    def _write_tool(self, path: Path, key: str, tool: str) -> None:
        words = [sys.executable, "-I", "-S", client.__file__, str(self._socket), key, tool]
        draft = path.with_name(f"{tool}.new")
        draft.touch(mode=0o700)
        draft.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        draft.rename(path)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            self._conversations.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = json.loads(await reader.readuntil(b"\n"))
        if request["tool"] == "qsub" and needs_stdin(request["arguments"]):
            writer.write(b'{"need": "stdin"}\n')
            await writer.drain()
            request["stdin"] = json.loads(await reader.readuntil(b"\n"))["stdin"]
        answer = await self._run(request)
        message = {"stdout": answer.stdout, "stderr": answer.stderr, "code": answer.code}
        writer.write(json.dumps(message).encode() + b"\n")
        await writer.drain()

    async def _run(self, request: dict[str, Any]) -> Answer:
        owner = self._owners.get(request["owner"])
        tool, arguments = request["tool"], request["arguments"]
        if owner is None:
            return Answer(stderr=f"{tool}: Unauthorized Request\n", code=159)
        if tool == "qsub":
            caller = Caller(owner, Path(request["cwd"]), request["environment"])
            return await qsub(self._engine, caller, arguments, request.get("stdin"))
        if tool == "qstat":
            return qstat(self._engine, owner, arguments)
        return await act(self._engine, owner, tool, arguments)
