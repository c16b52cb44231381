"""What is done to a key pair of this machine: agent, passphrase, comment, access, its end."""

from __future__ import annotations

from textual import on

from podtui.domain.key import LocalKey
from podtui.domain.key_art import randomart
from podtui.domain.key_lifetime import parse_lifetime
from podtui.domain.key_strength import key_bits
from podtui.domain.text import visible
from podtui.errors import Cancelled
from podtui.tui import key_requests, requests
from podtui.tui.acts.base import ActBase
from podtui.tui.screens.dialogs import Ask, Confirm


class KeyPairActs(ActBase):
    """Each change asks for what it needs, says what came of it, and has the keys read anew."""

    @on(key_requests.KeyAgentRequested)
    def change_agent(self, event: key_requests.KeyAgentRequested) -> None:
        """Put the key in for a while, or take it out."""
        work = self._take_back if event.key.in_agent else self._lend
        self.run_act(work(event.key), "agent")

    @on(key_requests.KeyPassphraseRequested)
    def change_passphrase(self, event: key_requests.KeyPassphraseRequested) -> None:
        """Lock the key with something else."""
        self.run_act(self._change_passphrase(event.key), "passphrase")

    @on(key_requests.KeyCommentRequested)
    def change_comment(self, event: key_requests.KeyCommentRequested) -> None:
        """Give the key another comment."""
        self.run_act(self._change_comment(event.key), "comment")

    @on(key_requests.KeyMendRequested)
    def mend_key(self, event: key_requests.KeyMendRequested) -> None:
        """Close the file to everybody else."""
        self.run_act(self._mend(event.key), "mend")

    @on(key_requests.KeyDeletionRequested)
    def ask_key_deletion(self, event: key_requests.KeyDeletionRequested) -> None:
        """Tell what stops working, ask twice, remove the pair."""
        self.run_act(self._delete(event.key), "delete key")

    @on(key_requests.KeyPictureRequested)
    def show_picture(self, event: key_requests.KeyPictureRequested) -> None:
        """Show the fingerprint as ssh-keygen draws it."""
        from podtui.tui.screens.dialogs import Show

        key = event.key
        facts = f"{key.algorithm}, {key_bits(key)} bits\n{key.fingerprint}\n\n"
        name = visible(event.name, 60) or "A key without a comment"
        self.push_screen(Show(name, facts + "\n".join(randomart(key))))

    async def _lend(self, key: LocalKey) -> None:
        name = visible(key.path.name, 40)
        span = await self.push_screen_wait(
            Ask(
                f"Put {name} into the SSH agent",
                "For how long, such as 30m, 8h or 1d (empty: until the agent ends)",
                "8h",
                _lifetime_problem,
            )
        )
        if span is None:
            return
        passphrase = await self._passphrase(key)
        await self.session.key_pairs.lend(key, passphrase, parse_lifetime(span))
        self.tell(f"{name} is in the agent{f' for {span.strip()}' if span.strip() else ''}.")
        self.post_message(requests.KeysRequested())

    async def _take_back(self, key: LocalKey) -> None:
        await self.session.key_pairs.take_back(key.public)
        self.tell(f"{visible(key.path.name, 40)} is not in the agent any more.")
        self.post_message(requests.KeysRequested())

    async def _change_passphrase(self, key: LocalKey) -> None:
        from podtui.tui.screens.passphrase import PassphraseScreen

        title = f"Passphrase of {visible(key.path.name, 40)}"
        wish = await self.push_screen_wait(PassphraseScreen(title, ask_old=key.encrypted))
        if wish is not None:
            await self.session.key_pairs.change_passphrase(key, wish.old, wish.new)
            how = "a new passphrase" if wish.new else "no passphrase"
            self.tell(f"{visible(key.path.name, 40)} has {how}.")
            self.post_message(requests.KeysRequested())

    async def _change_comment(self, key: LocalKey) -> None:
        comment = await self.push_screen_wait(
            Ask(
                f"Comment of {visible(key.path.name, 40)}",
                "Where the key is on, the old comment stays",
                key.public.comment,
                lambda text: "" if text.isprintable() else "One line of plain text.",
            )
        )
        if comment is None or comment == key.public.comment:
            return
        passphrase = await self._passphrase(key)
        await self.session.key_pairs.change_comment(key, passphrase, comment)
        self.post_message(requests.KeysRequested())

    async def _mend(self, key: LocalKey) -> None:
        await self.session.key_pairs.close_to_others(key)
        self.tell(f"{visible(key.path.name, 40)} is yours alone now (mode 0600).")
        self.post_message(requests.KeysRequested())

    async def _delete(self, key: LocalKey) -> None:
        name = visible(key.path.name, 40)
        doors = await self.session.keys.doors(self.session.keys.connected)
        stops = self.session.key_pairs.what_stops(key, doors)
        told = "\n".join(f"▲ {visible(line, 200)}" for line in stops)
        body = f"{visible(str(key.path), 100)}\n{key.public.fingerprint}\n\n" + (
            told or "No connected cluster lets it in."
        )
        first = Confirm(f"Delete {name} from this machine?", body, "Delete it", "Keep it")
        if not await self.push_screen_wait(first):
            return
        second = Ask(
            f"Delete {name} for good?",
            f"Nobody can bring it back. Type {name} to delete it",
            "",
            lambda text: "" if text.strip() == key.path.name else "That is not its name.",
        )
        if await self.push_screen_wait(second) is None:
            return
        removed = await self.session.key_pairs.delete(key)
        self.tell("\n".join(visible(str(path), 100) for path in removed), "Key pair deleted")
        self.post_message(requests.KeysRequested())

    async def _passphrase(self, key: LocalKey) -> str:
        """What opens the key; empty for one that is open. Cancelled when nobody tells."""
        if not key.encrypted:
            return ""
        name = visible(key.path.name, 40)
        asked = Ask(f"Passphrase of {name}", "It is used now and kept nowhere", password=True)
        answer = await self.push_screen_wait(asked)
        if answer is None:
            raise Cancelled("The passphrase was not told.")
        return answer


def _lifetime_problem(text: str) -> str:
    parse_lifetime(text)
    return ""
