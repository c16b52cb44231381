"""`podtui keys`: the SSH keys of this machine and those that may log in on a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from podtui.cli.call import Answer, Call
from podtui.cli.facts import key_facts, local_key_facts
from podtui.cli.keys_ask import new_passphrase
from podtui.cli.output import one_line
from podtui.cli.tables import ascii_table
from podtui.domain.key import LocalKey, PublicKey
from podtui.domain.key_strength import local_weakness, weakness
from podtui.errors import NotFound
from podtui.services.keys import Door, read_public_key

if TYPE_CHECKING:
    from podtui.services.session import Session

_HEAD = ("Fingerprint", "Type", "Comment", "On cluster", "Here", "State")


async def list_keys(call: Call, session: Session) -> Answer:
    """All keys, each with where it is."""
    local = await session.keys.local()
    if call.args.everywhere:
        return await _everywhere(session, local)
    there = await session.keys.on_cluster(call.cluster)
    door = Door(call.cluster, there)
    rows = [_row(key, (door,), local) for key in _distinct([*there, *_public(local)])]
    data = {
        "cluster": [key_facts(key) for key in there],
        "local": [{**local_key_facts(key), "on_cluster": door.takes(key.public)} for key in local],
    }
    return Answer(data, (*ascii_table(_HEAD, rows), *_advice(local)))


async def _everywhere(session: Session, local: tuple[LocalKey, ...]) -> Answer:
    doors = await session.keys.doors(session.clusters.names)
    all_there = [key for door in doors for key in door.keys or ()]
    keys = _distinct([*all_there, *_public(local)])
    lines = [*ascii_table((*_HEAD[:3], "On", *_HEAD[4:]), [_row(k, doors, local) for k in keys])]
    for door in doors:
        if door.error is not None:
            lines.append(f"{one_line(door.cluster)} does not tell: {one_line(door.error.message)}")
    data = {
        "local": [{**local_key_facts(key), "on": _on(key.public, doors)} for key in local],
        "clusters": [_door_facts(door) for door in doors],
    }
    return Answer(data, (*lines, *_advice(local)))


async def generate_key(call: Call, session: Session) -> Answer:
    """Make a pair; what is there is never overwritten."""
    config = call.config.cluster(call.cluster)
    path = Path(call.args.file or session.keys.identity_path(config)).expanduser().absolute()
    passphrase = new_passphrase() if call.args.passphrase else ""
    key = await session.keys.generate(path, call.args.comment, passphrase, call.args.type)
    made = f"{one_line(str(key.path))}: {key.public.fingerprint}"
    return Answer(local_key_facts(key), (made, "`podtui keys add` lets it log in."))


async def add_key(call: Call, session: Session) -> Answer:
    """Put a public key on the cluster."""
    key = await _public_key(call, session)
    await session.keys.add(call.cluster, key)
    told = f"{key.fingerprint} may log in on {call.cluster}. `podtui keys test` proves it."
    return Answer(key_facts(key), (told,))


async def remove_key(call: Call, session: Session) -> Answer:
    """Take a key off the cluster."""
    wanted = call.args.key
    if wanted.startswith("SHA256:"):
        there = await session.keys.on_cluster(call.cluster)
        found = [key for key in there if key.fingerprint == wanted]
        if not found:
            raise NotFound(f"{call.cluster} has no key {wanted}.", hint="`podtui keys` lists them.")
        key = found[0]
    else:
        key = await _public_key(call, session)
    await session.keys.remove(call.cluster, key, last_too=call.args.last_too)
    return Answer(key_facts(key), (f"{key.fingerprint} may no longer log in on {call.cluster}.",))


async def _public_key(call: Call, session: Session) -> PublicKey:
    if call.args.key:
        return await read_public_key(call.args.key)
    path = session.keys.identity_path(call.config.cluster(call.cluster))
    return await read_public_key(f"{path}.pub")


def _public(local: tuple[LocalKey, ...]) -> list[PublicKey]:
    return [key.public for key in local]


def _distinct(keys: list[PublicKey]) -> list[PublicKey]:
    return list({(key.algorithm, key.data): key for key in reversed(keys)}.values())[::-1]


def _on(key: PublicKey, doors: tuple[Door, ...]) -> list[str]:
    return [door.cluster for door in doors if door.takes(key)]


def _door_facts(door: Door) -> dict[str, Any]:
    return {
        "cluster": door.cluster,
        "keys": None if door.keys is None else [key_facts(key) for key in door.keys],
        "error": door.error.message if door.error else "",
    }


def _row(key: PublicKey, doors: tuple[Door, ...], local: tuple[LocalKey, ...]) -> tuple[str, ...]:
    ours = [one for one in local if one.public.same_as(key)]
    on = _on(key, doors)
    where = ", ".join(on) if len(doors) != 1 else "yes" if on else "no"
    here = ", ".join(str(one.path) for one in ours)
    return (key.fingerprint, key.algorithm, key.comment, where, here, _state(key, ours))


def _state(key: PublicKey, ours: list[LocalKey]) -> str:
    if weakness(key) or any(local_weakness(one) for one in ours):
        return "weak"
    return "open to others" if any(one.exposed for one in ours) else ""


def _advice(local: tuple[LocalKey, ...]) -> tuple[str, ...]:
    """A line for each of our keys that something is to be done about."""
    lines = []
    for key in local:
        name = one_line(str(key.path))
        found = local_weakness(key)
        if found:
            lines.append(
                f"{name}: {found.reason}. {found.advice} `podtui keys rotate` does it all."
            )
        if key.exposed:
            lines.append(f"{name}: {key.exposed}. `podtui keys mend` closes it.")
    return tuple(lines)
