"""resop's answers, from its contract and its transcripts; one request at a time.

What was never recorded answers 500, so that nothing can be proved against a guess.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import shutil
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.resop.fields import (
    BadBody,
    BadInput,
    check,
    command_line,
    read_fields,
)
from tests.emulators.resop.machine import Machine
from tests.emulators.resop.transcripts import listed, transcript

OPERATORS = ("auth", "core", "db", "ldap", "linux-user", "slurm", "template", "utils")
_RECORDED = (*OPERATORS, "vagrantcluster")
_MOST_BODY = 100 * 1024
_OLD_TOKEN = "Callback returned error"
_OPTIONS = {
    ("auth", "login"): ("username", "password"),
    ("core", "run"): ("input",),
    ("core", "getFile"): ("source", "destination"),
    ("core", "sendFile"): ("source", "destination"),
    ("utils", "tempFile"): ("content",),
    ("slurm", "sbatchd"): ("script",),
    ("ldap", "passwd"): ("password", "salt"),
    ("ldap", "extractSalt"): ("password",),
}
_DESCRIBED = {("auth", "login"): "login_get", ("core", "run"): "opn_get"}
_DESCRIBED[("slurm", "report")] = "sl_report_get"


@dataclass(frozen=True)
class Answer:
    """Status, and a body that is JSON, or an HTML page."""

    status: int
    document: Any = None
    html: bool = False

    @property
    def body(self) -> bytes:
        if self.html:
            return f"<!DOCTYPE html>\n<title>Error</title>\n<pre>{self.status}</pre>\n".encode()
        return json.dumps(self.document, separators=(",", ":"), ensure_ascii=False).encode()


class Failed(Exception):
    """An operation that failed, with what it noted last."""


@dataclass
class Service:
    """One resop before one machine. `logins` counts the logins of each user."""

    machine: Machine
    passwords: dict[str, str]
    logins: dict[str, int] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    key: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """What the service says to a request."""
        if len(body) > _MOST_BODY:
            return Answer(413, html=True)
        try:
            fields = read_fields(headers.get("content-type", ""), body)
        except BadBody:
            return Answer(400, html=True)
        parts = [part for part in path.split("/") if part]
        if not parts:
            return Answer(200, {"message": "Welcome to resop API. I am ready to work!"})
        if parts != ["auth", "opn", "login"]:
            user = self._user(headers.get("authorization", ""))
            if user is None:
                return Answer(401, html=True)
            self._alive = user
        if parts[0] not in _RECORDED:
            return Answer(404, {"success": False, "error": "Operator does not exist"})
        return self._routed(method, parts, fields)

    _alive: bool = True

    def _routed(self, method: str, parts: list[str], fields: dict[str, Any]) -> Answer:
        match method, parts:
            case "GET", [operator]:
                text = f" > {operator} < operator entrypoint. Run commands or operations"
                return Answer(200, {"message": text})
            case "GET", [operator, ("commands" | "operations") as what]:
                told = listed(operator, what)
                html = not told.content_type.startswith("application/json")
                return Answer(told.status, None if html else told.json, html)
            case _, [operator, "cmd", name]:
                return self._command(method, operator, name, fields)
            case _, [operator, "opn", name]:
                return self._operation(method, operator, name, fields)
        return Answer(404, html=True)

    # Commands

    def _command(self, method: str, operator: str, name: str, fields: dict[str, Any]) -> Answer:
        told = listed(operator, "commands")
        known = told.json if told.status == 200 else []
        command = next((one for one in known if one["command"] == name), None)
        if command is None:
            unknown = {"error": "Unkown command."}
            return Answer(404, unknown if method == "GET" else {"success": False, **unknown})
        if method == "GET":
            return Answer(200, command)
        try:
            line = command_line(command, fields)
        except BadInput as error:
            given = {"input": fields["input"]} if "input" in fields else {}
            return Answer(422, {"success": False, **given, "output": str(error)})
        succeeded, output = self._run(line)
        return Answer(200, {"success": succeeded, "command": line, "output": output})

    def _run(self, line: str) -> tuple[bool, str]:
        if self.machine.up and not self._alive:
            return False, _OLD_TOKEN
        self.ran.append(line)
        return self.machine.run(line)

    # Operations

    def _operation(self, method: str, operator: str, name: str, fields: dict[str, Any]) -> Answer:
        told = listed(operator, "operations")
        if told.status != 200 or name not in told.json:
            return Answer(404, {"success": False, "error": "Unkown operation."})
        key = (operator, name)
        if method == "GET" and key in _DESCRIBED:
            return Answer(200, transcript(_DESCRIBED[key]).json)
        if method == "GET":
            options = dict.fromkeys(_OPTIONS.get(key, ()), "")
            description = {"name": name, "operator": operator, "description": None}
            return Answer(200, {**description, "options": options})
        if key not in _OPTIONS:
            return Answer(500, html=True)
        return self._posted(key, {one: fields.get(one) for one in _OPTIONS[key]})

    def _posted(self, key: tuple[str, str], values: dict[str, Any]) -> Answer:
        operator, name = key
        if key != ("core", "run"):
            try:
                for value in values.values():
                    if value is not None:
                        check(value)
            except BadInput as error:
                return Answer(200, {"success": False, "output": str(error) or {}})
        log: list[str] = []
        told: dict[str, Any] = {"operation": f"{operator}:{name}"}
        try:
            _need_all(values)
            output = getattr(self, f"_do_{name}")(log, **values)
            return Answer(200, {"success": True, **told, "output": output, "log": log})
        except Failed as error:
            log.append(str(error))
            return Answer(200, {"success": False, **told, "output": "OperationError", "log": log})
        except TypeError:
            reason = "Error: A string was expected"
            crash = {"output": "InternalError", "log": reason}
            return Answer(200, {"success": False, **told, **crash})

    def _do_run(self, _: list[str], input: Any) -> str:
        if not isinstance(input, str):
            raise TypeError
        return self._checked(input)

    def _checked(self, line: str) -> str:
        succeeded, output = self._run(line)
        if not succeeded:
            raise Failed(f"CommandError: {output}")
        return output

    def _do_getFile(self, _: list[str], source: str, destination: str) -> str:
        file = self.machine.home / source
        if not file.is_file():
            raise Failed(f"{source} not a file")
        shutil.copyfile(file, destination)
        return f"Received {file.stat().st_size} bytes"

    def _do_sendFile(self, _: list[str], source: str, destination: str) -> str:
        shutil.copyfile(source, self.machine.home / destination)
        return f"Sent {(self.machine.home / destination).stat().st_size} bytes in 0s"

    def _do_tempFile(self, log: list[str], content: str) -> str:
        log += [content, content]
        return self._temporary(content)

    def _temporary(self, content: str) -> str:
        file = self.machine.home / f"tmp-8052-{secrets.token_hex(6)}"
        file.write_text(content)
        return str(file)

    def _do_sbatchd(self, log: list[str], script: str) -> str:
        log.append(self._temporary(script))
        return self._checked(f"sbatch {log[-1]}")

    def _do_passwd(self, _: list[str], password: str, salt: str) -> str:
        grains = base64.b64decode(salt)
        made = hashlib.sha1(password.encode() + grains, usedforsecurity=False).digest()
        return "{SSHA}" + base64.b64encode(made + grains).decode()

    def _do_extractSalt(self, _: list[str], password: str) -> str:
        whole = base64.b64decode(password.removeprefix("{SSHA}"))
        return base64.b64encode(whole[20:]).decode()

    # Logins

    def _do_login(self, log: list[str], username: str, password: str) -> str:
        log.append(f"user {username} attempting to login...")
        if not self.machine.up or self.passwords.get(username) != password:
            raise Failed("Invalid credentials")
        self.logins[username] = self.logins.get(username, 0) + 1
        log.append("successful login")
        return self.token(username, self.logins[username])

    def token(self, user: str, login: int) -> str:
        """The token of a user's n-th login."""
        head = _encoded(b'{"alg":"HS256","typ":"JWT"}')
        claims = _encoded(json.dumps({"username": user, "login": login}).encode())
        return f"{head}.{claims}.{self._signature(f'{head}.{claims}')}"

    def _user(self, authorization: str) -> bool | None:
        """Whether the token is that of the last login; None when it is no token of ours."""
        kind, _, token = authorization.partition(" ")
        signed, _, signature = token.rpartition(".")
        if kind != "Bearer" or not hmac.compare_digest(signature, self._signature(signed)):
            return None
        claims = json.loads(base64.urlsafe_b64decode(signed.split(".")[1] + "=="))
        return bool(self.logins.get(claims["username"]) == claims["login"])

    def _signature(self, signed: str) -> str:
        return _encoded(hmac.digest(self.key, signed.encode(), "sha256"))


def _need_all(values: dict[str, Any]) -> None:
    names = ",".join(values)
    for name, value in values.items():
        if value is None:
            raise Failed(f"{name} option is null.\nRequired fields: {names}\nOptional fields: ")
        if value == "":
            raise Failed(
                f"{name} option is empty.\nRequired non-empty fields: {names}\nOther fields: "
            )


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
