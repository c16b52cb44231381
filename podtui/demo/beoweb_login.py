"""Beoweb's logins: a Cloud Auth token, a password challenge, and the sessions all of them open.

The third login, by public key, is the session server's; it opens its sessions here too.
"""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass

from podtui.demo.directory import Directory
from podtui.demo.identities import Identities, Identity
from podtui.demo.leases import Leases, random_word
from podtui.demo.refusal import Refusal
from podtui.demo.unix_crypt import crypt_hash

_CHALLENGE_SECONDS = 60


@dataclass(frozen=True)
class Visitor:
    """Whom a session stands for: a Unix user, or a group whose jobs may be looked at."""

    kind: str
    name: str


class BeowebLogin:
    """Opens, finds and ends sessions; a login that fails raises Refusal."""

    def __init__(
        self,
        *,
        identities: Identities,
        directory: Directory,
        tokens: Leases,
        sessions: Leases,
        password_mode: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._identities = identities
        self._directory = directory
        self._tokens = tokens
        self._sessions = sessions
        self._mode = password_mode
        self._clock = clock
        self._challenges: dict[str, tuple[str, float]] = {}
        self._decoy_salt = random_word(8)

    def by_token(self, name: str, token: str) -> str:
        """Open a session as a user or group that the token's owner owns."""
        lease = self._tokens.find(token)
        if lease is None:
            raise Refusal("the authentication token is unknown or has expired")
        for kind, record in (
            ("user", self._directory.user_named(name)),
            ("group", self._directory.group_named(name)),
        ):
            if record and self._identities.may_act_for(lease.subject, record.cloudauth_id):
                return self._open(Visitor(kind, name))
        raise Refusal("the token's owner has no such user or group here")

    def by_public_key(self, name: str) -> str:
        """Open a session for a user whose key the session server has just verified."""
        return self._open(Visitor("user", name))

    def challenge(self, name: str) -> dict[str, str]:
        """Give the salts for one try; a name nobody has is answered alike."""
        now = self._clock()
        self._challenges = {
            who: (salt, until) for who, (salt, until) in self._challenges.items() if now < until
        }
        identity = self._identity(name)
        salt = random_word(8)
        if identity is not None:
            self._challenges[name] = (salt, now + _CHALLENGE_SECONDS)
        permanent = identity.password_salt if identity else self._decoy_salt
        return {"mode": self._mode, "tempSalt": salt, "permSalt": permanent}

    def by_password(self, name: str, answer: str) -> str:
        """Open a session for the right answer to the user's last challenge; each is good once."""
        identity = self._identity(name)
        salt, until = self._challenges.pop(name, ("", 0.0))
        if identity is None or self._clock() >= until:
            raise Refusal("the user or the password is wrong")
        kept = crypt_hash(identity.password, self._mode, identity.password_salt)
        expected = crypt_hash(kept, self._mode, salt)
        if not hmac.compare_digest(expected.encode(), answer.encode()):
            raise Refusal("the user or the password is wrong")
        return self._open(Visitor("user", name))

    def visitor(self, session: str) -> Visitor:
        """Say whom a session stands for; one that has ended is a Refusal with status 401."""
        lease = self._sessions.find(session)
        if lease is None:
            raise Refusal("the session has ended", 401)
        kind, _, name = lease.subject.partition(":")
        return Visitor(kind, name)

    def end(self, session: str) -> None:
        """End a session; one that has ended already is no error."""
        self._sessions.end(session)

    def _open(self, visitor: Visitor) -> str:
        return self._sessions.grant(f"{visitor.kind}:{visitor.name}").secret

    def _identity(self, name: str) -> Identity | None:
        user = self._directory.user_named(name)
        return self._identities.by_id(user.cloudauth_id) if user else None
