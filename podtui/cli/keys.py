"""`podtui keys`: the SSH keys of this machine and those that may log in on a cluster."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from podtui.cli.call import Answer, Call
from podtui.cli.facts import key_facts, local_key_facts
from podtui.cli.output import one_line
from podtui.cli.tables import ascii_table
from podtui.domain.key import LocalKey, PublicKey
from podtui.errors import InputError, NotFound
from podtui.services.keys import read_public_key

if TYPE_CHECKING:
    from podtui.services.session import Session

_HEAD = ("Fingerprint", "Type", "Comment", "On cluster", "Here")


async def list_keys(call: Call, session: Session) -> Answer:
    """All keys, each with where it is."""
    local = await session.keys.local()
    there = await session.keys.on_cluster(call.cluster)
    rows = [_row(key, there, local) for key in _distinct([*there, *(key.public for key in local)])]
    data = {
        "cluster": [key_facts(key) for key in there],
        "local": [
            {**local_key_facts(key), "on_cluster": any(key.public.same_as(k) for k in there)}
            for key in local
        ],
    }
    return Answer(data, ascii_table(_HEAD, rows))


async def generate_key(call: Call, session: Session) -> Answer:
    """Make a pair; what is there is never overwritten."""
    config = call.config.cluster(call.cluster)
    path = Path(call.args.file or session.keys.identity_path(config)).expanduser().absolute()
    passphrase = _new_passphrase() if call.args.passphrase else ""
    key = await session.keys.generate(path, call.args.comment, passphrase)
    made = f"{one_line(str(key.path))}: {key.public.fingerprint}"
    return Answer(local_key_facts(key), (made, "`podtui keys add` lets it log in."))


async def add_key(call: Call, session: Session) -> Answer:
    """Put a public key on the account."""
    key = await _public_key(call, session)
    await session.keys.add(call.cluster, key)
    return Answer(key_facts(key), (f"{key.fingerprint} may log in on {call.cluster}.",))


async def remove_key(call: Call, session: Session) -> Answer:
    """Take a key off the account."""
    wanted = call.args.key
    if wanted.startswith("SHA256:"):
        there = await session.keys.on_cluster(call.cluster)
        found = [key for key in there if key.fingerprint == wanted]
        if not found:
            raise NotFound(f"{call.cluster} has no key {wanted}.", hint="`podtui keys` lists them.")
        key = found[0]
    else:
        key = await _public_key(call, session)
    await session.keys.remove(call.cluster, key)
    return Answer(key_facts(key), (f"{key.fingerprint} may no longer log in on {call.cluster}.",))


async def _public_key(call: Call, session: Session) -> PublicKey:
    if call.args.key:
        return await read_public_key(call.args.key)
    path = session.keys.identity_path(call.config.cluster(call.cluster))
    return await read_public_key(f"{path}.pub")


def _new_passphrase() -> str:
    """A passphrase typed twice; the loop stands still meanwhile, nothing else is under way."""
    if not sys.stdin.isatty():
        raise InputError(
            "There is no terminal to ask for the passphrase on.",
            hint="Run this in a terminal, or make the pair with ssh-keygen.",
        )
    first = getpass.getpass("Passphrase for the new key: ")
    if not first:
        raise InputError("The passphrase is empty.", hint="Leave --passphrase out for none.")
    if getpass.getpass("The same again: ") != first:
        raise InputError("The two passphrases differ.", hint="Nothing was made. Try again.")
    return first


def _distinct(keys: list[PublicKey]) -> list[PublicKey]:
    return list({(key.algorithm, key.data): key for key in reversed(keys)}.values())[::-1]


def _row(
    key: PublicKey, there: tuple[PublicKey, ...], local: tuple[LocalKey, ...]
) -> tuple[str, ...]:
    here = [str(one.path) for one in local if one.public.same_as(key)]
    on = "yes" if any(key.same_as(one) for one in there) else "no"
    return (key.fingerprint, key.algorithm, key.comment, on, ", ".join(here))
