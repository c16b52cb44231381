"""Who may call the pod: Cloud Auth users with API keys, made at random for each state folder."""

import hmac
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from podtui.demo.leases import random_word
from podtui.demo.private_files import read_json, write_json


@dataclass(frozen=True)
class Identity:
    """One Cloud Auth user; `managed_by` names the account owner, or is None for an owner."""

    cloudauth_id: str
    username: str
    api_key: str
    api_secret: str
    password: str
    password_salt: str
    managed_by: str | None


def _new_identity(username: str, managed_by: str | None) -> Identity:
    return Identity(
        cloudauth_id=secrets.token_hex(16),
        username=username,
        api_key=secrets.token_hex(16),
        api_secret=random_word(40),
        password=random_word(20),
        password_salt=random_word(8),
        managed_by=managed_by,
    )


class Identities:
    """Everybody known to Cloud Auth: the account's owner and a user whom the owner manages."""

    def __init__(self, path: Path) -> None:
        stored = read_json(path)
        if stored is None:
            owner = _new_identity("owner", None)
            everybody = (owner, _new_identity("member", owner.cloudauth_id))
            stored = [asdict(identity) for identity in everybody]
            write_json(path, stored)
        self.everybody: tuple[Identity, ...] = tuple(Identity(**row) for row in stored)

    @property
    def owner(self) -> Identity:
        """The account owner, whose key the pod's own client configuration carries."""
        return next(identity for identity in self.everybody if identity.managed_by is None)

    def by_api_key(self, key: str) -> Identity | None:
        """Find a user by API key without telling by the time how much of it was right."""
        given = key.encode()
        for identity in self.everybody:
            if hmac.compare_digest(identity.api_key.encode(), given):
                return identity
        return None

    def by_id(self, cloudauth_id: str) -> Identity | None:
        """Find a user by Cloud Auth id."""
        return next((one for one in self.everybody if one.cloudauth_id == cloudauth_id), None)

    def may_act_for(self, actor: str, cloudauth_id: str) -> bool:
        """Say whether `actor` is that user or the owner of the account that manages them."""
        subject = self.by_id(cloudauth_id)
        return subject is not None and actor in (subject.cloudauth_id, subject.managed_by)
