"""Secrets: where they come from, who may read them, and that they show themselves nowhere."""

import copy
import json
import logging
import pickle
import stat
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from podtui.config.load import load_config
from podtui.config.model import Secret
from podtui.config.secrets import command_secret, forget_secret, store_secret, stored_secret
from podtui.config.show import describe
from podtui.errors import ConfigError, LoginRequired

HUSH = "hush-3f9a"


def load(paths, toml, mode=0o600, environ=None):
    paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text(toml)
    paths.config_file.chmod(mode)
    return load_config(paths, environ=environ or {})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o602])
@pytest.mark.parametrize("key", ["api_secret", "password"])
@pytest.mark.parametrize("table", ["clusters.pod", "defaults"])
def test_a_secret_in_a_file_others_can_read_is_refused(paths, mode, key, table):
    with pytest.raises(ConfigError) as caught:
        load(paths, f'[{table}]\n{key} = "{HUSH}"', mode)
    assert f"{table}.{key}" in caught.value.message
    assert f"chmod 600 {paths.config_file}" in caught.value.hint
    assert HUSH not in "".join(traceback.format_exception(caught.value))


def test_a_file_others_can_read_is_fine_without_a_secret(paths):
    toml = '[clusters.pod]\napi_key = "k"\napi_secret = ""\npassword_command = "true"'
    assert load(paths, toml, 0o644).cluster().api_key == "k"


def test_a_secret_of_the_wrong_type_is_refused_without_its_value(paths):
    with pytest.raises(ConfigError, match=r"api_secret must be a secret text in quotes\.$"):
        load(paths, "[clusters.pod]\napi_secret = 8273645")


@pytest.mark.parametrize("command", ["'open \"quote'", '"  "', "7"])
def test_a_command_that_cannot_be_is_refused_without_its_text(paths, command):
    with pytest.raises(ConfigError) as caught:
        load(paths, f"[clusters.pod]\napi_secret_command = {command}")
    assert "api_secret_command must be a command line" in caught.value.message
    assert "quote" not in caught.value.message.replace("in quotes", "")


def test_an_address_that_holds_a_password_is_refused_without_it(paths):
    with pytest.raises(ConfigError) as caught:
        load(paths, f'[clusters.pod]\nbeoweb_url = "https://ann:{HUSH}@pod"')
    assert HUSH not in caught.value.message


def counting_command(tmp_path, word=HUSH):
    """A command that prints `word` and leaves a mark each time it runs."""
    marks = tmp_path / "marks"
    script = tmp_path / "tell.py"
    script.write_text(f"open({str(marks)!r}, 'a').write('x')\nprint({word!r})\nprint('more')\n")
    return f"{sys.executable} {script}", marks


def test_a_command_runs_once_and_only_when_it_is_needed(paths, tmp_path):
    command, marks = counting_command(tmp_path)
    secret = load(paths, f'[clusters.pod]\napi_secret_command = "{command}"').cluster().api_secret
    assert not marks.exists()
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: secret.reveal(), range(8))) == {HUSH}
    assert marks.read_text() == "x"


def test_a_command_wins_over_the_value_beside_it(paths, tmp_path):
    command, _ = counting_command(tmp_path)
    toml = f'[clusters.pod]\napi_secret = "plain"\napi_secret_command = "{command}"'
    assert load(paths, toml).cluster().api_secret.reveal() == HUSH
    environ = {"PODTUI_CLUSTERS__POD__API_SECRET": "from above"}
    assert load(paths, toml, environ=environ).cluster().api_secret.reveal() == "from above"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; print('gpg: no key', file=sys.stderr); sys.exit(2)", "status 2: gpg: no key"),
        ("pass", "printed nothing"),
        ("print()", "printed nothing"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "not text"),
    ],
)
def test_a_command_that_fails_says_why(program, reason):
    secret = command_secret((sys.executable, "-c", program), "f: clusters.pod.api_secret_command")
    with pytest.raises(ConfigError, match=reason) as caught:
        secret.reveal()
    assert "clusters.pod.api_secret_command" in caught.value.message


def test_a_command_that_is_missing_says_so():
    with pytest.raises(ConfigError, match="cannot be run: No such file"):
        command_secret(("/nowhere/at-all",), "f").reveal()


def test_a_failing_command_does_not_show_what_it_printed():
    program = f"print({HUSH!r}); raise SystemExit(1)"
    with pytest.raises(ConfigError) as caught:
        command_secret((sys.executable, "-c", program), "f").reveal()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert HUSH not in caught.value.message


def test_without_a_keyring_a_secret_goes_to_a_file_of_ones_own(paths):
    place = store_secret(paths, "pod", "api_secret", HUSH)
    file = paths.secrets / "pod/api_secret"
    assert place == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.secrets.stat().st_mode) == 0o700
    assert load(paths, "[clusters.pod]").cluster().api_secret.reveal() == HUSH
    assert forget_secret(paths, "pod", "api_secret")
    assert not forget_secret(paths, "pod", "api_secret")


def test_a_stored_file_is_looked_for_beside_the_configuration_that_is_named(paths, tmp_path):
    store_secret(paths, "pod", "api_secret", "the usual one's")
    file = tmp_path / "other" / "config.toml"
    beside = replace(paths, config_file=file)
    store_secret(beside, "pod", "api_secret", HUSH)
    file.write_text("[clusters.pod]\n")
    config = load_config(paths, file=file, environ={})
    assert config.cluster().api_secret.reveal() == HUSH


def test_a_stored_file_others_can_read_is_refused(paths):
    file = paths.secrets / "pod/api_secret"
    store_secret(paths, "pod", "api_secret", HUSH)
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="others can read it") as caught:
        stored_secret(paths, "pod", "api_secret").reveal()
    assert f"chmod 600 {file}" in caught.value.hint


def test_a_keyring_is_preferred_and_asked_only_when_needed(paths, memory_keyring):
    store_file = paths.secrets / "pod/api_secret"
    assert store_secret(paths, "pod", "api_secret", HUSH) == "keyring"
    assert memory_keyring.kept == {("podtui", "pod/api_secret"): HUSH}
    assert not store_file.exists()
    memory_keyring.asked = 0
    secret = load(paths, "[clusters.pod]").cluster().api_secret
    assert memory_keyring.asked == 0
    assert [secret.reveal(), secret.reveal()] == [HUSH, HUSH]
    assert memory_keyring.asked == 1
    assert forget_secret(paths, "pod", "api_secret")
    assert memory_keyring.kept == {}


def test_storing_in_a_keyring_removes_the_file(paths, monkeypatch, memory_keyring):
    with monkeypatch.context() as without:
        without.setattr("podtui.config.secrets._keyring", lambda: None)
        store_secret(paths, "pod", "password", "old")
    store_secret(paths, "pod", "password", "new")
    assert not (paths.secrets / "pod/password").exists()
    assert stored_secret(paths, "pod", "password").reveal() == "new"


def test_a_locked_keyring_counts_as_none(paths, memory_keyring, monkeypatch):
    from keyring.errors import KeyringLocked

    def locked(*_args):
        raise KeyringLocked("locked")

    for call in ("get_password", "set_password"):
        monkeypatch.setattr(memory_keyring, call, locked)
    assert store_secret(paths, "pod", "password", HUSH) == str(paths.secrets / "pod/password")
    assert stored_secret(paths, "pod", "password").reveal() == HUSH


def test_a_secret_kept_nowhere_asks_for_a_login(paths):
    secret = load(paths, "[clusters.pod]").cluster().api_secret
    assert secret.place() == ""
    with pytest.raises(LoginRequired, match="No api_secret is known for the cluster 'pod'"):
        secret.reveal()
    store_secret(paths, "pod", "api_secret", HUSH)
    assert secret.reveal() == HUSH


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".."])
def test_a_secrets_name_stays_in_its_folder(paths, name):
    with pytest.raises(ConfigError, match="no name for a cluster"):
        store_secret(paths, name, "api_secret", HUSH)


def test_a_secret_shows_itself_nowhere(paths, caplog):
    config = load(paths, f'[clusters.pod]\napi_secret = "{HUSH}"\npassword = "{HUSH}"')
    secret = config.cluster().api_secret
    logging.getLogger("podtui").warning("%s %r", config, secret)
    shown = [repr(config), str(config.cluster()), str(secret), f"{secret}", caplog.text]
    shown.append(json.dumps(describe(config)))
    assert HUSH not in "\n".join(shown)
    assert copy.deepcopy(secret) is secret
    with pytest.raises(TypeError, match="not written out"):
        pickle.dumps(secret)


def test_equal_secrets_are_equal_and_lazy_ones_only_themselves():
    assert Secret("a") == Secret("a") != Secret("b")
    lazy = Secret(lambda: "a")
    assert lazy == lazy  # noqa: PLR0124
    assert lazy != Secret(lambda: "a")
    assert lazy != "a"
    assert len({Secret("a"), Secret("a")}) == 1


def test_loading_imports_no_keyring_and_no_editor():
    program = (
        "import sys; import podtui.config.load, podtui.config.secrets, podtui.config.edit;"
        "print([m for m in sys.modules if m.split('.')[0] in ('keyring', 'tomlkit')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
