"""`podtui keys show` and what else is done to a key pair of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import humanize

from podtui.cli.call import Answer, Call
from podtui.cli.facts import local_key_facts
from podtui.cli.keys_ask import be_sure, new_passphrase, passphrase_of
from podtui.cli.output import one_line
from podtui.domain.key import LocalKey
from podtui.domain.key_art import randomart
from podtui.domain.key_lifetime import parse_lifetime
from podtui.domain.key_strength import local_weakness

if TYPE_CHECKING:
    from podtui.services.session import Session


async def show_key(call: Call, session: Session) -> Answer:
    """Everything about one pair."""
    key = await session.key_pairs.find(call.args.key)
    doors = await session.keys.doors(session.clusters.names)
    on = [door.cluster for door in doors if door.takes(key.public)]
    silent = [door.cluster for door in doors if door.keys is None]
    art = randomart(key.public) if call.args.art else ()
    facts = {**local_key_facts(key), "on": on, "silent": silent, "art": list(art)}
    return Answer(facts, (*_told(key, session, on, silent), *art))


def _told(key: LocalKey, session: Session, on: list[str], silent: list[str]) -> list[str]:
    weak = local_weakness(key)
    made = f"{humanize.naturaldelta(session.clock() - key.made)} old" if key.made else "unknown"
    facts = (
        ("File", str(key.path)),
        ("Type", f"{key.public.algorithm}, {key.bits} bits"),
        ("Fingerprint", key.public.fingerprint),
        ("Comment", key.public.comment),
        ("Age", made),
        ("Passphrase", "yes" if key.encrypted else "no"),
        ("In the agent", "yes" if key.in_agent else "no"),
        ("On", ", ".join(on) or "no cluster that was asked"),
        ("Does not tell", ", ".join(silent)),
        ("Certificate", _certificate(key)),
        ("Permissions", key.exposed or "right"),
        ("Strength", f"weak: {weak.reason}. {weak.advice}" if weak else "good"),
    )
    return [f"{name + ':':15}{one_line(value)}" for name, value in facts if value]


def _certificate(key: LocalKey) -> str:
    found = key.certificate
    if found is None:
        return ""
    until = f"until {found.expires:%Y-%m-%d %H:%M} UTC" if found.expires else "for ever"
    return f"for {', '.join(found.names) or 'anybody'}, {until}, signed with {found.signed_with}"


async def change_passphrase(call: Call, session: Session) -> Answer:
    """Lock a pair with another passphrase, or with none."""
    key = await session.key_pairs.find(call.args.key)
    old = passphrase_of(key)
    new = "" if call.args.none else new_passphrase()
    await session.key_pairs.change_passphrase(key, old, new)
    how = "with a new passphrase" if new else "with no passphrase"
    return await _changed(session, key, f"locked {how}")


async def change_comment(call: Call, session: Session) -> Answer:
    """Give a pair another comment."""
    key = await session.key_pairs.find(call.args.key)
    await session.key_pairs.change_comment(key, passphrase_of(key), call.args.text)
    return await _changed(session, key, "has another comment; where it is on, the old one stays")


async def lend_key(call: Call, session: Session) -> Answer:
    """Put a key into the agent, or take it out."""
    key = await session.key_pairs.find(call.args.key)
    if call.args.remove:
        await session.key_pairs.take_back(key.public)
        return await _changed(session, key, "is not in the agent any more")
    seconds = parse_lifetime(call.args.lifetime)
    await session.key_pairs.lend(key, passphrase_of(key), seconds)
    long = f"for {humanize.precisedelta(seconds)}" if seconds else "until the agent ends"
    return await _changed(session, key, f"is in the agent {long}")


async def mend_key(call: Call, session: Session) -> Answer:
    """Close a private key to everybody else."""
    key = await session.key_pairs.find(call.args.key)
    await session.key_pairs.close_to_others(key)
    return await _changed(session, key, "is yours alone (mode 0600)")


async def delete_key(call: Call, session: Session) -> Answer:
    """Remove a pair, after telling what stops working and asking twice."""
    key = await session.key_pairs.find(call.args.key)
    doors = await session.keys.doors(session.clusters.names) if not call.args.yes else ()
    stops = session.key_pairs.what_stops(key, doors)
    for line in stops:
        call.out.note(f"  {one_line(line)}")
    be_sure(call, f"{one_line(str(key.path))} and its public half are removed for good.")
    be_sure(call, "Nobody can bring it back.", word=key.path.name)
    removed = await session.key_pairs.delete(key)
    names = ", ".join(one_line(str(path)) for path in removed)
    return Answer({"deleted": [str(path) for path in removed]}, (f"Removed: {names}.",))


async def _changed(session: Session, key: LocalKey, what: str) -> Answer:
    now = await session.key_pairs.find(str(key.path))
    return Answer(local_key_facts(now), (f"{one_line(str(key.path))} {what}.",))
