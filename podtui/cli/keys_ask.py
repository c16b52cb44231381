"""What the commands for keys ask at the terminal; the loop stands still meanwhile."""

from __future__ import annotations

import getpass
import sys

from podtui.cli.call import Call
from podtui.cli.output import one_line
from podtui.domain.key import LocalKey
from podtui.errors import Cancelled, InputError


def new_passphrase() -> str:
    """A passphrase typed twice."""
    _need_terminal("the passphrase", "Run this in a terminal, or make the pair with ssh-keygen.")
    first = getpass.getpass("New passphrase: ")
    if not first:
        raise InputError("The passphrase is empty.", hint="Ask for none if none is wanted.")
    if getpass.getpass("The same again: ") != first:
        raise InputError("The two passphrases differ.", hint="Nothing was changed. Try again.")
    return first


def passphrase_of(key: LocalKey) -> str:
    """The passphrase that opens the key; empty without asking for one that is not locked."""
    if not key.encrypted:
        return ""
    _need_terminal("the passphrase", "Run this in a terminal.")
    return getpass.getpass(f"Passphrase of {one_line(str(key.path))}: ")


def be_sure(call: Call, question: str, *, word: str = "yes") -> None:
    """Cancelled unless the person types `word` in full; `--yes` has said so already."""
    if call.args.yes:
        return
    _need_terminal("whether that is wanted", "Run this in a terminal, or say --yes.")
    with call.out.paused():
        print(f"{question} Type {word} to go on: ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip() != word:
            raise Cancelled("Nothing more was done.")


def _need_terminal(what: str, hint: str) -> None:
    if not sys.stdin.isatty():
        raise InputError(f"There is no terminal to ask for {what} on.", hint=hint)
