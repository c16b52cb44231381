"""A key proved by a login of its own, and a key replaced step by step."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual import on
from textual.reactive import var

from podtui.domain.key import LocalKey
from podtui.domain.key_rotation import Act, Rotation, Step
from podtui.domain.text import visible
from podtui.errors import LoginRequired, PodError
from podtui.tui import key_requests, requests
from podtui.tui.acts.base import ActBase
from podtui.tui.keyring import Proof, Rotating
from podtui.tui.screens.dialogs import Confirm

_GROUP = "rotation"


class KeyLoginActs(ActBase):
    """The worker lives on the app: leaving the screen ends no step half-way."""

    proofs: var[tuple[Proof, ...]] = var(())
    rotating: var[Rotating | None] = var(None)
    _new_passphrase = ""  # of the rotation on the screen; nowhere else, and gone with it

    # A test

    @on(key_requests.KeyTestRequested)
    def test_key(self, event: key_requests.KeyTestRequested) -> None:
        """Log in anew with this key alone."""
        name = visible(event.key.path.name, 40)
        self.tell(f"Logging in to {visible(self.cluster, 40)} with {name} alone…", "Test")
        self.run_act(self._test(self.cluster, event.key), "test key")

    async def _test(self, cluster: str, key: LocalKey) -> None:
        try:
            who = await self.session.keys.try_login(cluster, key.path)
        except LoginRequired:
            self._note(Proof(key.path, cluster))
            raise
        self._note(Proof(key.path, cluster, who))
        self.tell(f"{visible(key.path.name, 40)} logs in as {visible(who, 100)}.", "It works")

    def _note(self, proof: Proof) -> None:
        others = tuple(
            one for one in self.proofs if (one.path, one.cluster) != (proof.path, proof.cluster)
        )
        self.proofs = (*others, proof)

    # A rotation

    @on(key_requests.KeyRotationRequested)
    def open_rotation(self, event: key_requests.KeyRotationRequested) -> None:
        """Show the steps; nothing is done yet."""
        from podtui.tui.screens.rotation import RotationScreen

        self._new_passphrase = ""
        name = event.key.path.name
        self.rotating = Rotating(name, busy="Asking every cluster whether it lets this key in…")
        self.push_screen(RotationScreen())
        self._rotate(self._look_at(event.key), name)

    @on(key_requests.RotationClosed)
    def close_rotation(self) -> None:
        """The screen is gone; a step under way is finished, and written down."""
        self._new_passphrase = ""
        self.post_message(requests.KeysRequested())

    @on(key_requests.RotationStepRequested)
    def take_step(self) -> None:
        """Do the next step; the first asks for a passphrase, and taking a key off asks again."""
        shown = self.rotating
        if shown is None or shown.busy or shown.rotation is None:
            return
        step = shown.rotation.next_step
        if step is not None:
            self._rotate(self._step(shown.rotation, step), shown.name)

    @on(key_requests.RotationLeaveOutRequested)
    def leave_out(self) -> None:
        """Leave the next step's cluster with the old key."""
        shown = self.rotating
        if shown and not shown.busy and shown.rotation and shown.rotation.next_step:
            self._rotate(self._leave_out(shown.rotation, shown.rotation.next_step), shown.name)

    @on(key_requests.RotationGiveUpRequested)
    def give_up(self) -> None:
        """Undo all of it."""
        shown = self.rotating
        if shown and not shown.busy and shown.rotation:
            self._rotate(self._give_up(shown.rotation), shown.name)

    def _rotate(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run one of the below; a failure stands on the screen, where the next step waits."""

        async def told() -> None:
            try:
                await work
            except PodError as error:
                if self.rotating is not None:
                    self.rotating = replace(
                        self.rotating,
                        busy="",
                        title=error.title,
                        error=error.message,
                        hint=error.hint,
                    )
                self.errors.keep(error, self.now())

        self.run_act(told(), f"rotate {name}", _GROUP)

    async def _look_at(self, key: LocalKey) -> None:
        rotation = await self.session.rotations.begin(key)
        self._show(rotation)

    async def _step(self, rotation: Rotation, step: Step) -> None:
        if not await self._may_begin(rotation, step):
            return
        self._show(rotation, busy=_DOING[step.act].format(visible(step.cluster, 40)))
        try:
            after = await self.session.rotations.advance(rotation, self._new_passphrase)
        except PodError:
            kept = await self._kept(rotation.path)
            self._show(kept or rotation)
            raise
        self._show(after)
        self.post_message(requests.KeysRequested())

    async def _may_begin(self, rotation: Rotation, step: Step) -> bool:
        if step.act is Act.MAKE:
            from podtui.tui.screens.passphrase import PassphraseScreen

            title = f"The new key in place of {visible(rotation.path.name, 40)}"
            wish = await self.push_screen_wait(PassphraseScreen(title, ask_old=False))
            if wish is not None:
                self._new_passphrase = wish.new
            return wish is not None
        if step.act is Act.REMOVE:
            cluster = visible(step.cluster, 40)
            body = (
                f"{rotation.old.fingerprint}\n\nThe new key has logged in there. "
                "After this the old one does no more."
            )
            title = f"Take the old key off {cluster}?"
            sure: bool = await self.push_screen_wait(Confirm(title, body, "Take it off", "Keep it"))
            return sure
        return True

    async def _leave_out(self, rotation: Rotation, step: Step) -> None:
        if step.cluster:
            self._show(await self.session.rotations.leave_out(rotation, step.cluster))

    async def _give_up(self, rotation: Rotation) -> None:
        body = (
            "The new key is taken off wherever it was put on, and its files are deleted. "
            f"{visible(rotation.path.name, 40)} stays as it is."
        )
        asked = Confirm("Give this rotation up?", body, "Give it up", "Go on with it")
        if not await self.push_screen_wait(asked):
            return
        self._show(rotation, busy="Undoing it…")
        await self.session.rotations.give_up(rotation)
        self.rotating = None
        self.tell(f"{visible(rotation.path.name, 40)} stays as it was.", "Rotation given up")

    async def _kept(self, path: Path) -> Rotation | None:
        """The rotation as it is on disk: a step that fails may have changed it, too."""
        found = await self.session.rotations.under_way()
        return next((one for one in found if one.path == path), None)

    def _show(self, rotation: Rotation, busy: str = "") -> None:
        self.rotating = Rotating(rotation.path.name, rotation, busy)


_DOING = {
    Act.MAKE: "Making the new key…",
    Act.INSTALL: "Putting the new key on {}…",
    Act.PROVE: "Logging in to {} with the new key alone…",
    Act.REMOVE: "Taking the old key off {}…",
    Act.SWAP: "Giving the new key its name…",
}
