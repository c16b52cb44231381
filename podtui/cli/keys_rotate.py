"""`podtui keys test`, `podtui keys rotate`: a key proved, and a key replaced wherever it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from podtui.cli.call import Answer, Call
from podtui.cli.facts import key_facts
from podtui.cli.keys_ask import be_sure, new_passphrase
from podtui.cli.output import one_line
from podtui.domain.key_rotation import Act, Rotation, Step

if TYPE_CHECKING:
    from podtui.services.session import Session


async def test_key(call: Call, session: Session) -> Answer:
    """Log in with one key alone; LoginRequired when it is not taken."""
    config = call.config.cluster(call.cluster)
    wanted = call.args.key or str(session.keys.identity_path(config))
    key = await session.key_pairs.find(wanted)
    who = await session.keys.try_login(call.cluster, key.path)
    told = f"{one_line(str(key.path))} logs in as {one_line(who)}."
    return Answer({**key_facts(key.public), "path": str(key.path), "login": who}, (told,))


async def rotate_key(call: Call, session: Session) -> Answer:
    """Begin a rotation or take it up again, and go on as long as the person says yes."""
    if not call.args.key:
        return await _list(session)
    rotation = await _find(call, session)
    if call.args.give_up:
        await session.rotations.give_up(rotation)
        told = f"Undone: {one_line(str(rotation.path))} stays, its successor is gone."
        return Answer(rotation_facts(rotation), (told,))
    for name in call.args.leave_out:
        rotation = await session.rotations.leave_out(rotation, name)
    _tell_plan(call, rotation)
    call.out.if_interrupted = "The same command takes the rotation up where it stands."
    passphrase = new_passphrase() if call.args.passphrase and rotation.new is None else ""
    while (step := rotation.next_step) is not None:
        be_sure(call, f"Next: {step_words(step, rotation)}.")
        rotation = await session.rotations.advance(rotation, passphrase)
        call.out.line(f"done: {step_words(step, rotation)}")
    return Answer(rotation_facts(rotation), (_ended(rotation),))


async def _find(call: Call, session: Session) -> Rotation:
    """The one under way for that key, whose file may bear the new name by now; else a new one."""
    for rotation in await session.rotations.under_way():
        if call.args.key in (str(rotation.path), rotation.path.name, rotation.old.fingerprint):
            return rotation
    key = await session.key_pairs.find(call.args.key)
    return await session.rotations.begin(key, call.args.comment)


async def _list(session: Session) -> Answer:
    found = await session.rotations.under_way()
    lines = [f"{one_line(str(one.path))}: {_where(one)}" for one in found]
    return Answer(
        {"rotations": [rotation_facts(one) for one in found]},
        tuple(lines) or ("No rotation is under way. `podtui keys rotate KEY` begins one.",),
    )


def _tell_plan(call: Call, rotation: Rotation) -> None:
    for step, done in rotation.steps:
        call.out.line(f"  {'done' if done else '    '}  {step_words(step, rotation)}")
    if not rotation.places:
        call.out.note("The key is on no cluster that could be asked.")
    for name in rotation.unseen:
        call.out.note(f"{one_line(name)} could not be asked: the old key may be on there still.")


def step_words(step: Step, rotation: Rotation) -> str:
    """A step as a sentence without its full stop."""
    where = one_line(step.cluster)
    return {
        Act.MAKE: f"make a new ed25519 key, {one_line(str(rotation.new_path))}",
        Act.INSTALL: f"put the new key on {where}",
        Act.PROVE: f"log in to {where} with the new key alone",
        Act.REMOVE: f"take the old key off {where}",
        Act.SWAP: f"name the new key {one_line(rotation.path.name)}, "
        f"the old one {one_line(rotation.kept_as.name)}",
    }[step.act]


def _where(rotation: Rotation) -> str:
    done = sum(done for _, done in rotation.steps)
    step = rotation.next_step
    following = step_words(step, rotation) if step else "nothing"
    return f"{done} of {len(rotation.steps)} steps done; next: {following}"


def _ended(rotation: Rotation) -> str:
    kept = one_line(str(rotation.kept_as))
    new = rotation.new.fingerprint if rotation.new else ""
    return f"{one_line(str(rotation.path))} is now {new}. The old pair is kept as {kept}."


def rotation_facts(rotation: Rotation) -> dict[str, Any]:
    """A rotation as `--json` tells it."""
    return {
        "path": str(rotation.path),
        "old": rotation.old.fingerprint,
        "new": rotation.new.fingerprint if rotation.new else "",
        "new_path": str(rotation.new_path),
        "kept_as": str(rotation.kept_as),
        "begun": rotation.begun.isoformat(),
        "steps": [
            {"act": step.act.value, "cluster": step.cluster, "done": done}
            for step, done in rotation.steps
        ],
        "left_out": [place.cluster for place in rotation.places if place.left_out],
        "unseen": list(rotation.unseen),
    }
