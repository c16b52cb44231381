"""Questions at a terminal, and what is said without one."""

from __future__ import annotations

import io
import signal
import sys

import pytest

from podtui.backends.base import Question
from podtui.cli.output import Output
from podtui.cli.prompter import TerminalPrompter
from podtui.errors import Cancelled, HostKeyUnknown, LoginRequired


@pytest.fixture
def out():
    return Output(as_json=False, stdout=io.StringIO(), stderr=io.StringIO())


def _at_terminal(out):
    return TerminalPrompter(out, terminal=lambda: True)


async def test_without_a_terminal_a_question_is_a_login_to_give_elsewhere(out):
    with pytest.raises(LoginRequired) as caught:
        await TerminalPrompter(out, terminal=lambda: False).ask("pod", "Login", [Question("Code")])
    assert "Code" in caught.value.message
    assert caught.value.hint


async def test_without_a_terminal_a_new_host_is_unknown_and_its_key_is_told(out):
    with pytest.raises(HostKeyUnknown) as caught:
        await TerminalPrompter(out, terminal=lambda: False).trust_host(
            "pod", "login.example", "ssh-ed25519", "SHA256:abc"
        )
    assert "SHA256:abc" in caught.value.message
    assert "known_hosts" in caught.value.hint


@pytest.mark.parametrize(
    ("typed", "trusted"), [("yes\n", True), ("YES\n", True), ("y\n", False), ("\n", False)]
)
async def test_a_host_is_trusted_by_yes_in_full(out, monkeypatch, typed, trusted):
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert await _at_terminal(out).trust_host("pod", "h", "ssh-rsa", "SHA256:x") is trusted
    assert "SHA256:x" in out.stderr.getvalue()


async def test_secrets_are_not_echoed_and_others_are_read_plainly(out, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("visible\n"))
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"hidden for {prompt}")
    questions = [Question("Password"), Question("Name?", secret=False)]
    answers = await _at_terminal(out).ask("pod", "Login", questions)
    assert answers == ["hidden for Password: ", "visible"]


async def test_the_end_of_input_declines(out, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(Cancelled):
        await _at_terminal(out).ask("pod", "Login", [Question("Name", secret=False)])


async def test_ctrl_c_declines_and_the_signal_is_given_back(out, monkeypatch):
    class Terminal:
        def readline(self) -> str:
            signal.raise_signal(signal.SIGINT)
            return "never"

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(sys, "stdin", Terminal())
    with pytest.raises(Cancelled):
        await _at_terminal(out).ask("pod", "Login", [Question("Name", secret=False)])
    assert signal.getsignal(signal.SIGINT) is before
