"""Commands that need this machine alone, and every command without a cluster."""

from __future__ import annotations

import io
import json
import re
import socket
import stat
import sys

import pytest

CLUSTER = """\
loglevel = "INFO"
[clusters.mine]
kind = "pod"
user = "penguin"
auth_url = "https://auth.example"
api_key = "key"
"""

ONLINE = [
    ["nodes"],
    ["nodes", "list"],
    ["nodes", "create", "--wait"],
    ["nodes", "delete", "x"],
    ["submit", "run.sub"],
    ["status"],
    ["status", "-j", "1.pod"],
    ["status", "--group", "g"],
    ["cancel", "1.pod"],
    ["hold", "1.pod"],
    ["release", "1.pod"],
    ["wait", "1.pod"],
    ["stagein", "--files=a:b,c:d"],
    ["stageout", "--files=a:b"],
    ["ls"],
    ["put", "a", "b"],
    ["get", "a", "b"],
    ["keys"],
    ["keys", "generate"],
    ["keys", "add"],
    ["keys", "remove", "SHA256:x"],
    ["doctor"],
]


@pytest.fixture
def config_file(at_home):
    file = at_home / "config.toml"
    file.write_text(CLUSTER)
    file.chmod(0o600)
    return file


@pytest.mark.parametrize("words", ONLINE, ids=" ".join)
def test_without_a_cluster_every_command_says_so_in_the_envelope(says, words):
    code, stdout, stderr = says(*words, "--json")
    envelope = json.loads(stdout)
    assert (code, envelope["ok"], envelope["error"]["title"]) == (3, False, "Configuration")
    assert "podtui demo" in envelope["error"]["hint"]
    assert stderr == ""


@pytest.mark.parametrize("words", [["clusters"], ["wait"], ["config"], ["config", "path"]])
def test_what_needs_no_cluster_works_without_one(says, words):
    code, stdout, _ = says(*words, "--json")
    assert (code, set(json.loads(stdout))) == (0, {"ok", "data"})


def test_an_unknown_cluster_and_a_missing_file_are_told(says, config_file):
    code, _, stderr = says("--config", str(config_file), "--cluster", "mt9", "status")
    assert (code, "mt9" in stderr, "mine" in stderr) == (3, True, True)
    code, _, stderr = says("status", "--config", str(config_file.with_name("no.toml")))
    assert (code, "no.toml" in stderr) == (3, True)


def test_show_tells_values_and_where_they_come_from(says, config_file):
    _, stdout, _ = says("--config", str(config_file), "config", "show", "--json")
    user = json.loads(stdout)["data"]["clusters"]["mine"]["user"]
    assert (user["value"], str(config_file) in user["from"]) == ("penguin", True)
    _, stdout, _ = says("--config", str(config_file), "config", "show")
    assert "| clusters.mine.user " in stdout


def test_the_named_file_is_the_one_that_is_changed(says, config_file):
    code, _, _ = says("--config", str(config_file), "config", "set", "clusters.mine.user", "other")
    assert (code, 'user = "other"' in config_file.read_text()) == (0, True)
    says("--config", str(config_file), "config", "unset", "clusters.mine.user")
    assert "other" not in config_file.read_text()
    code, stdout, _ = says("--config", str(config_file), "config", "unset", "theme", "--json")
    assert json.loads(stdout)["data"] == {"key": "theme", "removed": False}


def test_warnings_are_told_once(says, config_file):
    config_file.write_text(CLUSTER + "colour = 3\n")
    options = ("--config", str(config_file))
    _, _, stderr = says(*options, "config", "path")
    assert stderr.count("colour") == 1
    _, stdout, stderr = says(*options, "config", "show")
    assert (stdout.count("colour"), stderr) == (1, "")


def test_a_secret_is_refused_on_the_command_line(says, config_file):
    words = ("config", "set", "clusters.mine.api_secret", "hunter2")
    code, stdout, stderr = says("--config", str(config_file), *words)
    assert code == 2
    assert "hunter2" not in stdout + stderr + config_file.read_text()


def test_a_secret_from_standard_input_is_kept_apart_and_private(says, config_file, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("hunter2\n"))
    options = ("--config", str(config_file))
    code, stdout, stderr = says(*options, "config", "set", "clusters.mine.api_secret", "--json")
    kept = config_file.with_name("secrets") / "mine" / "api_secret"
    assert (code, json.loads(stdout)["data"]["place"]) == (0, str(kept))
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "hunter2" not in stdout + stderr + config_file.read_text()
    _, stdout, _ = says(*options, "config", "unset", "clusters.mine.api_secret", "--json")
    assert (json.loads(stdout)["data"]["removed"], kept.exists()) == (True, False)


def test_unset_knows_which_keys_there_are(says, config_file):
    options = ("--config", str(config_file))
    for key, meant in (("nosuch", ""), ("clusters.mine.usr", "clusters.mine.user")):
        code, stdout, stderr = says(*options, "config", "unset", key)
        assert (code, stdout) == (3, "")
        assert f"Not removed: unknown key {key!r}" in stderr
        assert f"did you mean {meant!r}" in stderr or not meant
    for key in ("theme", "clusters.mine.api_secret", "clusters.mine.headers"):
        code, stdout, stderr = says(*options, "config", "unset", key)
        assert (code, stdout, stderr) == (0, f"{key} was not set.\n", "")
    assert config_file.read_text() == CLUSTER


@pytest.fixture
def service(config_file):
    text = '[clusters.rest]\nkind = "slurmrest"\nurl = "https://slurm.example"\n'
    config_file.write_text(CLUSTER + text)
    return ("--config", str(config_file))


def test_headers_come_from_standard_input_and_stay_in_the_private_file(
    says, service, config_file, monkeypatch
):
    key = "clusters.rest.headers"
    code, stdout, stderr = says(*service, "config", "set", key, "Cookie=hunter2")
    assert (code, "hunter2" in stdout + stderr + config_file.read_text()) == (2, False)
    config_file.chmod(0o644)
    monkeypatch.setattr(sys, "stdin", io.StringIO("Cookie='a; hunter2' X-Site=north\n"))
    code, stdout, stderr = says(*service, "config", "set", key, "--json")
    told = json.loads(stdout)["data"]
    assert (code, told) == (0, {"key": key, "place": str(config_file)})
    assert stat.S_IMODE(config_file.stat().st_mode) == 0o600
    assert 'headers = {Cookie = "a; hunter2", X-Site = "north"}' in config_file.read_text()
    code, shown, _ = says(*service, "config", "show")
    assert (code, "| Cookie X-Site " in shown) == (0, True)
    assert "hunter2" not in stdout + stderr + shown
    code, stdout, _ = says(*service, "config", "unset", key)
    assert (code, stdout) == (0, f"{key} is removed.\n")
    assert "hunter2" not in config_file.read_text()


def test_a_token_is_kept_apart_and_told_as_set(says, service, config_file, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("hunter2\n"))
    code, stdout, _ = says(*service, "config", "set", "clusters.rest.token", "--json")
    kept = config_file.with_name("secrets") / "rest" / "token"
    assert (code, json.loads(stdout)["data"]["place"]) == (0, str(kept))
    assert "hunter2" not in config_file.read_text()
    _, stdout, _ = says(*service, "config", "show", "--json")
    token = json.loads(stdout)["data"]["clusters"]["rest"]["token"]
    assert token == {"value": "set", "from": str(kept)}
    _, stdout, _ = says(*service, "config", "unset", "clusters.rest.token", "--json")
    assert (json.loads(stdout)["data"]["removed"], kept.exists()) == (True, False)


def test_a_secret_the_kind_does_not_have_is_refused_before_it_is_asked_for(says, service):
    code, _, stderr = says(*service, "config", "set", "clusters.rest.password")
    assert code == 3
    assert "unknown key for the kind 'slurmrest' 'password'" in stderr


def test_podtools_configuration_is_taken_over(says, at_home):
    folder = at_home / ".podtools"
    folder.mkdir()
    (folder / "podtools.conf").write_text(
        "[podtools]\nuser=travis\naddress=pod.example\nport=443\nssl=True\n[podsh]\nsched=SGE\n"
    )
    (folder / "podtools.conf").chmod(0o600)
    code, stdout, _ = says("config", "import", "--json")
    told = json.loads(stdout)["data"]
    assert (code, told["cluster"]) == (0, "pod")
    code, stdout, _ = says("config", "import")
    assert code == 3


def test_the_screen_needs_a_terminal(says, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    code, _, stderr = says()
    assert (code, "podtui --help" in stderr) == (2, True)


def test_no_query_of_an_address_is_logged(at_home, capsys):
    import logging

    from podtui.cli.logs import start_log
    from podtui.config.model import Config
    from podtui.paths import Paths

    paths = Paths(at_home / "c.toml", at_home / "state", at_home)
    with start_log(Config(loglevel="WARNING"), paths, verbose=1):
        log = logging.getLogger("httpx")
        log.info("GET %s", "https://pod.example/pod/status?session_id=SECRET&x=1")
        log.warning("\x1b[31modd answer of https://pod.example/x?session_id=SECRET")
    log.warning("after the end")
    shown, kept = capsys.readouterr().err, (paths.state / "podtui.log").read_text()
    assert ("GET https://pod.example/pod/status?…" in shown, "GET" in kept) == (True, False)
    assert "␛[31modd answer" in kept
    assert "SECRET" not in shown + kept
    assert "after the end" not in kept
    assert stat.S_IMODE((paths.state / "podtui.log").stat().st_mode) == 0o600


@pytest.fixture
def unreachable(config_file):
    """A cluster nobody serves: a port that was free a moment ago refuses at once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = CLUSTER.replace("https://auth.example", f"http://127.0.0.1:{port}")
    config_file.write_text(f'{text}api_secret = "secret"\n')
    script = config_file.with_name("run.sub")
    script.write_text("#PBS -N one\ntrue\n")
    return ("--config", str(config_file)), str(script)


def test_a_job_that_could_not_be_sent_is_kept_and_can_be_dropped(says, unreachable):
    options, script = unreachable
    code, stdout, _ = says(*options, "submit", script, "--json")
    hint = json.loads(stdout)["error"]["hint"]
    found = re.search(r"podtui cancel ([0-9a-f]+)", hint)
    assert code == 5
    assert found
    code, stdout, _ = says(*options, "cancel", found[1], "--json")
    assert (code, json.loads(stdout)["data"]["jobs"][0]["done"]) == (0, True)
    assert says(*options, "wait")[1] == "Nothing to wait for.\n"


def test_a_job_of_a_cluster_that_is_gone_is_left_and_told(says, unreachable, config_file):
    options, script = unreachable
    says(*options, "submit", script)
    config_file.write_text(config_file.read_text().replace("clusters.mine", "clusters.yours"))
    code, stdout, stderr = says(*options, "wait")
    assert (code, stdout) == (0, "Nothing to wait for.\n")
    assert "'mine' is not in the configuration" in stderr


def test_a_hint_promises_nothing_a_command_does_not_do(says, unreachable):
    options, _ = unreachable
    _, stdout, _ = says(*options, "status", "--json")
    assert "run the command again" in json.loads(stdout)["error"]["hint"]
    _, stdout, _ = says(*options, "clusters", "--json")
    (cluster,) = json.loads(stdout)["data"]
    assert (cluster["link"], cluster["error"]["title"]) == ("failed", "No answer")
