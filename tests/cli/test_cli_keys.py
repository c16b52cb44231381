"""`podtui keys` and all below it, on an embedded pod with a login node."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from podtui.__main__ import main

pytestmark = pytest.mark.usefixtures("node")


@pytest.fixture
def ssh(pod):
    """The person's own folder of keys."""
    folder = pod.home / ".ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@pytest.fixture
def types(monkeypatch):
    """Somebody at a terminal who types these lines."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    def typing(*lines):
        monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{line}\n" for line in lines)))

    return typing


@pytest.fixture
def passphrases(monkeypatch):
    """Answers to what is asked without showing it."""
    answers: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: answers.pop(0))
    return answers


def test_everything_about_a_key_is_told(here, capsys, pod):
    made = here("keys", "generate", "facts", "--type", "rsa", "--comment", "f@[acts]")["data"]
    assert (made["bits"], made["weak"], made["exposed"]) == (3072, "", "")
    assert here("keys", "show", str(pod.folder / "facts"))["data"]["on"] == []
    here("keys", "show", "nowhere", code=7)
    ours = here("keys", "list", "--everywhere")["data"]
    assert ours["local"][0]["on"] == ["pod"]
    assert ours["clusters"][0]["cluster"] == "pod"
    name = Path(ours["local"][0]["path"]).name
    shown = here("keys", "show", name, "--art")["data"]
    assert (shown["on"], shown["silent"], len(shown["art"])) == (["pod"], [], 11)
    assert shown["made"]
    assert main([*pod.options, "keys", "show", name, "--art"]) == 0
    told = capsys.readouterr().out
    assert shown["fingerprint"] in told
    assert "Permissions:   right" in told
    assert shown["art"][5] in told


def test_a_login_proves_a_key(here, ssh):
    ours = here("keys")["data"]["local"][0]
    told = here("keys", "test")["data"]
    assert (told["path"], told["fingerprint"]) == (ours["path"], ours["fingerprint"])
    assert told["login"].startswith("penguin@")
    other = str(ssh / "unknown")
    here("keys", "generate", other)
    refused = here("keys", "test", "unknown", code=4)
    assert refused["error"]["title"] == "Key refused"
    here("keys", "delete", "unknown", "--yes")
    assert not Path(other).exists()
    here("keys", "show", "unknown", code=7)


def test_a_key_is_locked_named_and_mended(here, ssh, passphrases):
    here("keys", "generate", str(ssh / "mine"))
    passphrases += ["one", "one"]
    assert here("keys", "passphrase", "mine", code=2)["error"]["message"].startswith("There is no")
    here("keys", "comment", "mine", "new [comment]")
    assert here("keys", "show", "mine")["data"]["comment"] == "new [comment]"
    (ssh / "mine").chmod(0o644)
    assert "0644" in here("keys", "show", "mine")["data"]["exposed"]
    assert here("keys", "mend", "mine")["data"]["exposed"] == ""
    here("keys", "agent", "mine", "--lifetime", "soon", code=2)
    here("keys", "agent", "mine", code=2)  # no agent here
    here("keys", "delete", "mine", "--yes")


def test_a_passphrase_is_typed_twice_and_opens_the_key(here, ssh, types, passphrases):
    here("keys", "generate", str(ssh / "mine"))
    types()
    passphrases += ["one", "two"]
    assert "differ" in here("keys", "passphrase", "mine", code=2)["error"]["message"]
    passphrases += ["one", "one"]
    assert here("keys", "passphrase", "mine")["data"]["encrypted"]
    passphrases += ["wrong"]
    here("keys", "passphrase", "mine", "--none", code=4)
    passphrases += ["one"]
    assert not here("keys", "passphrase", "mine", "--none")["data"]["encrypted"]
    here("keys", "delete", "mine", "--yes")


def test_deleting_asks_twice_and_names_what_stops(here, ssh, types, capsys, pod):
    made = here("keys", "generate", str(ssh / "mine"))["data"]
    here("keys", "add", str(ssh / "mine.pub"))
    here("keys", "delete", "mine", code=2)  # nobody to ask
    types("yes", "yes")
    here("keys", "delete", "mine", code=130)
    assert (ssh / "mine").exists()
    types("yes", "mine")
    assert main([*pod.options, "keys", "delete", "mine"]) == 0
    assert "pod lets it in: logins there with it end to work." in capsys.readouterr().err
    assert not (ssh / "mine").exists()
    gone = [
        key for key in here("keys")["data"]["cluster"] if key["fingerprint"] == made["fingerprint"]
    ]
    here("keys", "remove", gone[0]["fingerprint"])


def test_a_key_is_rotated_on_the_pod_left_and_taken_up(here, types):
    ours = here("keys")["data"]["local"][0]
    name = Path(ours["path"]).name
    assert here("keys", "rotate")["data"] == {"rotations": []}
    types("yes", "yes", "no")  # make, put on, and no more
    here("keys", "rotate", name, code=130)
    (left,) = here("keys", "rotate")["data"]["rotations"]
    assert [step["done"] for step in left["steps"]] == [True, True, False, False, False]
    assert here("keys", "test", left["new_path"])["data"]["login"]
    done = here("keys", "rotate", name, "--yes")["data"]
    assert all(step["done"] for step in done["steps"])
    now = here("keys")["data"]
    fingerprints = [key["fingerprint"] for key in now["cluster"]]
    assert done["new"] in fingerprints
    assert ours["fingerprint"] not in fingerprints
    assert here("keys", "show", name)["data"]["fingerprint"] == done["new"]
    assert here("keys", "test")["data"]["fingerprint"] == done["new"]
    assert here("keys", "rotate")["data"] == {"rotations": []}
    here("keys", "delete", done["kept_as"], "--yes")


def test_a_rotation_is_given_up(here, types):
    ours = here("keys")["data"]["local"][0]
    name = Path(ours["path"]).name
    before = here("keys")["data"]["cluster"]
    types("yes", "yes", "no")
    here("keys", "rotate", name, code=130)
    assert len(here("keys")["data"]["cluster"]) == len(before) + 1
    here("keys", "rotate", name, "--give-up")
    assert here("keys")["data"]["cluster"] == before


def test_known_hosts_are_listed_and_forgotten(here, types, node):
    hosts = here("keys", "hosts")["data"]
    (host,) = [one for one in hosts if one["names"]][-1:]
    name = host["names"][0]
    here("keys", "forget", name, code=2)  # nobody to ask
    types("no")
    here("keys", "forget", name, code=130)
    assert here("keys", "hosts")["data"] == hosts
    gone = here("keys", "forget", name, "--yes")["data"]["forgotten"]
    assert gone[0]["fingerprint"] == host["fingerprint"]
    here("keys", "forget", name, "--yes", code=7)
    before = Path(host["file"]).read_text()
    Path(host["file"]).write_text(before + f"{name} {host['line']}\n")  # for the tests after this
