"""Scyld Cloud Controller: account, volume, images, flavors, login nodes, public keys.

Wire: Scyld Cloud Manager guide, from "Create a New User Account" to "Add SSH Keys".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from podtui.backends.http import ask, build_client, read_json, read_outcome, told
from podtui.backends.pod import answer
from podtui.backends.pod.auth import TokenAuth, TokenStore
from podtui.config.model import PodConfig
from podtui.domain.key import PublicKey, parse_public_key
from podtui.domain.node import Account, Flavor, Image, LoginNode, Volume
from podtui.domain.text import visible
from podtui.errors import (
    AlreadyThere,
    BadAnswer,
    InputError,
    LoginRequired,
    NotFound,
    OutcomeUnknown,
    Refused,
    Unreachable,
)


class CloudController:
    """The Nodes and Keys of one POD cluster."""

    def __init__(
        self,
        config: PodConfig,
        url: str,
        tokens: TokenStore,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._config = config
        self._client = build_client(
            f"{url}/v1",
            auth=TokenAuth(tokens, {"X-Auth-Cloudauth-Id": config.cloudauth_id}),
            ca_file=config.ca_file,
            transport=transport,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def account(self) -> Account | None:
        """Our account by our Cloud Auth id, or None."""
        query = {"cloudauth-id": self._config.cloudauth_id}
        found = [_account(item) for item in await self._call("GET", "user", query=query)]
        named = [account for account in found if account.system_name == self._config.user]
        return next(iter(named or found), None)

    async def create_account(self) -> Account:
        """Make our account under the configured user name."""
        body = {"cloudauth-id": self._config.cloudauth_id, "system-name": self._config.user}
        return _account(_first(await self._call("POST", "user", body=body), "user"))

    async def volume(self) -> Volume | None:
        """Our storage volume, or None."""
        query = {"cloudauth-id": self._config.cloudauth_id}
        found = await self._call("GET", "storage-volume", query=query)
        return _volume(found[0]) if found else None

    async def create_volume(self, size_gb: int) -> Volume:
        """Make the storage volume that is our home; size in GB."""
        body = {
            "cloudauth-id": self._config.cloudauth_id,
            "volume-size": size_gb,
            "volume-type": {"visibility": "cluster"},
        }
        return _volume(_first(await self._call("POST", "storage-volume", body=body), "volume"))

    async def images(self) -> tuple[Image, ...]:
        """The boot images, inactive ones too."""
        return tuple(_image(item) for item in await self._call("GET", "server-image"))

    async def flavors(self) -> tuple[Flavor, ...]:
        """The sizes."""
        return tuple(_flavor(item) for item in await self._call("GET", "server-flavor"))

    async def nodes(self) -> tuple[LoginNode, ...]:
        """Our login nodes, oldest first."""
        found = [_node(item) for item in await self._call("GET", "server-instance")]
        return tuple(sorted(found, key=lambda node: (str(node.created), node.id)))

    async def create_node(self, account: Account, image: Image, flavor: Flavor) -> LoginNode:
        """Start a login node for `account`."""
        body = {
            "cloudauth-id": self._config.cloudauth_id,
            "server-image": image.id,
            "server-flavor": flavor.id,
            "users": [account.id],
        }
        return _node(_first(await self._call("POST", "server-instance", body=body), "instance"))

    async def delete_node(self, node_id: str) -> None:
        """End a login node; the volume stays."""
        await self._call("DELETE", f"server-instance/{_segment(node_id)}")

    async def public_keys(self) -> tuple[PublicKey, ...]:
        """The keys on our account; what is no key there is left out."""
        account = await self.account()
        return tuple(filter(None, map(_key, account.public_keys))) if account else ()

    async def add_key(self, key: PublicKey) -> None:
        """Put a public key on our account; one that is there already stays."""
        if not any(key.same_as(there) for there in await self.public_keys()):
            await self._change_keys("add", key.line)

    async def remove_key(self, key: PublicKey) -> None:
        """Take a public key off our account, under the very line the controller keeps."""
        account = await self.account()
        for line in account.public_keys if account else ():
            there = _key(line)
            if there and there.same_as(key):
                await self._change_keys("remove", line)

    async def _change_keys(self, action: str, line: str) -> None:
        parse_public_key(line)  # the last gate: nothing but a public key leaves this machine
        account = await self.account()
        if account is None:
            raise Refused(
                "There is no account on this controller yet.",
                title="No account yet",
                hint="Make a login node first: it makes the account and the volume too.",
            )
        body = {
            "cloudauth-id": self._config.cloudauth_id,
            "action": action,
            "ssh-public-keys": [{"key": line}],
        }
        await self._call("PUT", f"user/{_segment(account.id)}", body=body)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> list[Mapping[str, Any]]:
        request = self._client.build_request(method, path, params=query, json=body)
        response = await ask(self._client, request, changes=method != "GET")
        if response.status_code == 401:
            raise LoginRequired(f"The controller refused our token{told(response)}.")
        if response.status_code == 404:
            _check_own(response)
            raise NotFound(f"The controller knows no {path}{told(response)}.")
        reply = read_json(response) if method == "GET" else read_outcome(response)
        if response.status_code >= 500:
            raise BadAnswer(f"The controller failed on {method} {path}{told(response)}.")
        if not response.is_success or reply.get("success") is not True:
            raise _refusal(path, response)
        data = reply.get("data", None if method == "GET" else [])
        try:
            return list(answer.objects(data, "data"))
        except BadAnswer as error:
            if method == "GET":
                raise
            raise OutcomeUnknown(error.message) from None


def _check_own(response: httpx.Response) -> None:
    """Unreachable for a 404 that is a gateway's: nothing of ours is gone by it."""
    try:
        own = "success" in read_json(response)
    except BadAnswer:
        own = False
    if not own:
        raise Unreachable("The controller's address answers 404: it is not served there now.")


def _refusal(path: str, response: httpx.Response) -> Refused:
    words = told(response)
    lowered = words.lower()
    if path.startswith("user/") and "volume" in lowered:
        return Refused(
            f"The controller takes no key before a storage volume exists{words}.",
            title="No volume yet",
            hint="Make the volume first: `podtui nodes create` does both in order.",
        )
    if path == "server-instance" and ("min-" in lowered or "flavor" in lowered):
        return Refused(
            f"The image does not fit the flavor{words}.",
            title="Image too big",
            hint="Choose a larger flavor or a smaller image.",
        )
    kind = AlreadyThere if "exist" in lowered or "already" in lowered else Refused
    return kind(f"The controller refused {path}{words}.")


def _first(items: list[Mapping[str, Any]], what: str) -> Mapping[str, Any]:
    if not items:
        raise OutcomeUnknown(f"The controller said yes and returned no {what}.")
    return items[0]


def _segment(text: str) -> str:
    if not text or any(char in text for char in "/?#\\") or text in (".", ".."):
        raise BadAnswer(f"The controller's id {visible(text, 60)!r} cannot stand in an address.")
    return text


def _account(item: Mapping[str, Any]) -> Account:
    keys = item.get("ssh-public-keys") or []
    if not isinstance(keys, list):
        raise BadAnswer("The answer's 'ssh-public-keys' is not a list.")
    lines = [entry.get("key") if isinstance(entry, dict) else entry for entry in keys]
    return Account(
        id=answer.word(item, "user-id", "id"),
        system_name=answer.word(item, "system-name", default=""),
        group=answer.text(item, "system-primary-group", default=""),
        public_keys=tuple(line for line in lines if isinstance(line, str)),
    )


def _volume(item: Mapping[str, Any]) -> Volume:
    return Volume(
        id=answer.word(item, "volume-id", "id"),
        size_gb=answer.number(item, "volume-size", 0),
        name=answer.text(item, "volume-name", default=""),
    )


def _image(item: Mapping[str, Any]) -> Image:
    return Image(
        id=answer.word(item, "id"),
        name=answer.text(item, "name", default=""),
        active=item.get("active") is not False,
        min_disk=answer.number(item, "min-disk", 0),
        min_ram=answer.number(item, "min-ram", 0),
    )


def _flavor(item: Mapping[str, Any]) -> Flavor:
    return Flavor(
        id=answer.word(item, "id"),
        name=answer.text(item, "name", default=""),
        memory=answer.number(item, "memory", 0),
        disk=answer.number(item, "disk", 0),
        vcpu=answer.number(item, "vcpu", 0),
    )


def _node(item: Mapping[str, Any]) -> LoginNode:
    port = answer.number(item, "ssh-port", 22)
    if not 0 <= port <= 65535:  # 0: it has none yet
        raise BadAnswer(f"The answer's 'ssh-port' is {visible(str(port), 40)}: no port.")
    return LoginNode(
        id=answer.word(item, "id"),
        status=answer.text(item, "status", default="UNKNOWN"),
        image_id=answer.text(item, "server-image", default=""),
        flavor_id=answer.text(item, "server-flavor", default=""),
        hostname=answer.host(item, "hostname"),
        public_ip=answer.host(item, "public-ip"),
        ssh_port=port,
        created=answer.moment(item.get("creation-date")),
    )


def _key(line: str) -> PublicKey | None:
    try:
        return parse_public_key(line)
    except InputError:
        return None
