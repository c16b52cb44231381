"""The rules of accounts: Unix users, their home volumes, SSH keys and groups."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import asyncssh

from podtui.demo.directory import Directory
from podtui.demo.identities import Identities
from podtui.demo.records import Group, SystemUser, Volume
from podtui.demo.refusal import Refusal

ACCOUNT_GROUP = "podusers"
_UNIX_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_RESERVED = frozenset({"root", "bin", "daemon", "sys", "adm", "nobody", "sshd", ACCOUNT_GROUP})
_KEY_LINE = re.compile(r"[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}(?: .*)?")
_LARGEST_VOLUME_GB = 10_240


class Accounts:
    """Creates and changes the accounts of one controller; what is not allowed raises Refusal."""

    def __init__(self, directory: Directory, identities: Identities) -> None:
        self._directory = directory
        self._identities = identities

    def add_user(self, cloudauth_id: str, body: Mapping[str, Any]) -> SystemUser:
        """Open the Unix account of a Cloud Auth user, in the account's own group."""
        name = body.get("system-name")
        if not isinstance(name, str) or not _UNIX_NAME.fullmatch(name) or name in _RESERVED:
            raise Refusal("system-name is not a valid Unix user name")
        if self._directory.user_of(cloudauth_id):
            raise Refusal("this Cloud Auth user already has an account here")
        if self._directory.user_named(name):
            raise Refusal(f"system-name {name} is already in use")
        user = SystemUser(secrets.token_hex(16), cloudauth_id, name, ACCOUNT_GROUP)
        group = self._directory.group_named(ACCOUNT_GROUP) or Group(
            secrets.token_hex(16), self._identities.owner.cloudauth_id, ACCOUNT_GROUP
        )
        others = [one for one in self._directory.contents.groups if one.name != ACCOUNT_GROUP]
        self._directory.change(
            users=(*self._directory.contents.users, user),
            groups=(replace(group, members=(*group.members, user.user_id)), *others),
        )
        return user

    def add_volume(self, cloudauth_id: str, body: Mapping[str, Any], now: float) -> Volume:
        """Give a user their home; there is one, of at least 1 GB."""
        if self._directory.user_of(cloudauth_id) is None:
            raise Refusal("a storage volume needs a user account: create that first")
        if self._directory.volume_of(cloudauth_id):
            raise Refusal("this user already has a home volume")
        size = body.get("volume-size")
        if type(size) is not int or not 1 <= size <= _LARGEST_VOLUME_GB:
            raise Refusal(
                f"volume-size must be a whole number of GB from 1 to {_LARGEST_VOLUME_GB}"
            )
        kind = body.get("volume-type", {"visibility": "cluster"})
        if kind != {"visibility": "cluster"}:
            raise Refusal('volume-type must be {"visibility": "cluster"}')
        name = body.get("volume-name", "")
        if not isinstance(name, str) or not name.isprintable():
            raise Refusal("volume-name must be printable text")
        volume = Volume(secrets.token_hex(16), cloudauth_id, size, "cluster", name, now)
        self._directory.put_volume(volume)
        return volume

    def change_keys(self, user: SystemUser, body: Mapping[str, Any]) -> SystemUser:
        """Add or remove public keys, all of those given or none."""
        if self._directory.volume_of(user.cloudauth_id) is None:
            raise Refusal("keys cannot be added before a storage volume exists")
        given = body.get("ssh-public-keys")
        if not isinstance(given, list) or not given:
            raise Refusal('ssh-public-keys must be a list like [{"key": "ssh-ed25519 …"}]')
        lines = [_key_line(item) for item in given]
        action = body.get("action")
        if action == "add":
            keys = list(user.keys)
            for line in lines:
                if _blob(line) not in map(_blob, keys):
                    keys.append(line)
        elif action == "remove":
            gone = {_blob(line) for line in lines}
            if not gone <= {_blob(key) for key in user.keys}:
                raise Refusal("the user has no such key")
            keys = [key for key in user.keys if _blob(key) not in gone]
        else:
            raise Refusal('action must be "add" or "remove"')
        changed = replace(user, keys=tuple(keys))
        self._directory.put_user(changed)
        return changed

    def add_group(self, cloudauth_id: str, body: Mapping[str, Any]) -> Group:
        """Make a Unix group of users whom the caller's account manages."""
        name = body.get("group-name")
        if not isinstance(name, str) or not _UNIX_NAME.fullmatch(name) or name in _RESERVED:
            raise Refusal("group-name is not a valid Unix group name")
        if self._directory.group_named(name):
            raise Refusal(f"group-name {name} is already in use")
        members = body.get("group-members", [])
        if not isinstance(members, list):
            raise Refusal("group-members must be a list of user ids")
        for member in members:
            user = self._directory.user(member) if isinstance(member, str) else None
            if not user or not self._identities.may_act_for(cloudauth_id, user.cloudauth_id):
                raise Refusal("group-members names an unknown user")
        group = Group(secrets.token_hex(16), cloudauth_id, name, tuple(dict.fromkeys(members)))
        self._directory.put_group(group)
        return group


def _key_line(item: object) -> str:
    text = item.get("key") if isinstance(item, dict) else None
    if not isinstance(text, str):
        raise Refusal('a key must be given as {"key": "ssh-ed25519 …"}')
    if "PRIVATE KEY" in text:
        raise Refusal("this is a PRIVATE key: send the public one, and make a new pair")
    line = text.strip()
    if not _KEY_LINE.fullmatch(line) or not line.isprintable():
        raise Refusal("this is not an OpenSSH public key")
    try:
        asyncssh.import_public_key(line)
    except asyncssh.KeyImportError:
        raise Refusal("this is not an OpenSSH public key") from None
    return line


def _blob(line: str) -> str:
    """Give what makes a key itself: the comment does not."""
    return line.split()[1]
