"""Questions of a cluster put to the person at the terminal."""

from __future__ import annotations

import getpass
import signal
import sys
from collections.abc import Callable, Sequence

from podtui.backends.base import Question
from podtui.cli.output import Output, one_line
from podtui.errors import Cancelled, HostKeyUnknown, LoginRequired

_DECLINED = "Run the command again to be asked again."


class TerminalPrompter:
    """Asks on the terminal; without one, says what to do instead.

    It asks on the main thread, so that Ctrl-C ends a question and the terminal shows again what
    is typed. Everything else waits meanwhile: a command has nothing better to do.
    """

    def __init__(self, out: Output, *, terminal: Callable[[], bool] | None = None) -> None:
        self._out = out
        self._terminal = terminal or (lambda: sys.stdin.isatty() and sys.stderr.isatty())

    async def ask(self, cluster: str, title: str, questions: Sequence[Question]) -> list[str]:
        """Put the questions; LoginRequired without a terminal, Cancelled on Ctrl-C or Ctrl-D."""
        if not self._terminal():
            asked = "; ".join(one_line(question.text) for question in questions)
            raise LoginRequired(
                f"{cluster} asks: {asked or one_line(title)}. There is no terminal to ask on.",
                title="Nobody to ask",
                hint="Run this in a terminal, or keep the answer where the configuration finds "
                "it: `podtui config set`, an SSH agent, or a key without a passphrase.",
            )
        with self._out.paused():
            for line in title.splitlines():
                self._out.note(f"{cluster}: {one_line(line)}")
            return [self._answer(cluster, question) for question in questions]

    async def trust_host(self, cluster: str, host: str, algorithm: str, fingerprint: str) -> bool:
        """Show the key of a host never seen before; `yes` in full trusts it from now on."""
        told = f"{one_line(host)} shows the {one_line(algorithm)} key {one_line(fingerprint)}"
        if not self._terminal():
            raise HostKeyUnknown(
                f"{told}, and there is no terminal to ask on.",
                hint="Run `podtui doctor` in a terminal once and compare the fingerprint, put the "
                'key into known_hosts, or set host_keys = "accept-new" for this cluster.',
            )
        question = Question("Is this the host you mean? Type yes to trust it: ", secret=False)
        with self._out.paused():
            self._out.note(f"{cluster}: {told}. It has never been seen before.")
            return _answer(question).strip().lower() == "yes"

    def _answer(self, cluster: str, question: Question) -> str:
        """The answer; what is said above the question's last line is told before."""
        *said, asked = question.text.strip().splitlines() or [""]
        for line in said:
            self._out.note(f"{cluster}: {one_line(line)}")
        return _answer(Question(asked, question.secret))


def _answer(question: Question) -> str:
    text = one_line(question.text)
    prompt = f"{text} " if text.endswith((":", "?")) else f"{text}: "
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return getpass.getpass(prompt) if question.secret else _line(prompt)
    except (KeyboardInterrupt, EOFError):
        raise Cancelled("The question was left unanswered.", hint=_DECLINED) from None
    finally:
        signal.signal(signal.SIGINT, before)


def _line(prompt: str) -> str:
    """One line, asked on standard error: standard output may be a pipe."""
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")
