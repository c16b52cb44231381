"""Tokens and headers: the ways to give them, which wins, who may read them, what is shown."""

import json
import traceback

import pytest

from podtui.config.load import load_config
from podtui.config.secrets import store_secret
from podtui.config.show import describe
from podtui.errors import ConfigError, LoginRequired

HUSH = "hush-3f9a"
TOKENS = ("slurmrest", "psik", "kotta")


@pytest.fixture
def load(paths, write):
    """The cluster `c` of a kind, its keys as TOML."""

    def load(kind, keys="", environ=None, mode=0o600, **more):
        toml = f'[clusters.c]\nkind = "{kind}"\nurl = "https://c"\n{keys}'
        write(paths.config_file, toml, mode)
        return load_config(paths, environ=environ or {}, **more)

    return load


@pytest.mark.parametrize("kind", TOKENS)
def test_a_token_may_be_given_in_each_way(load, paths, write, kind):
    assert load(kind, f'token = "{HUSH}"').cluster().token.reveal() == HUSH
    command = 'token_command = "echo 7"'
    assert load(kind, command).cluster().token.reveal() == "7"
    write(paths.home / "token", f"{HUSH}\n")
    assert load(kind, 'token_file = "~/token"').cluster().token.reveal() == HUSH
    store_secret(paths, "c", "token", "kept")
    assert load(kind).cluster().token.reveal() == "kept"
    environ = {"PODTUI_CLUSTERS__C__TOKEN": "above"}
    assert load(kind, command, environ).cluster().token.reveal() == "above"


def test_a_password_of_resop_may_be_given_in_each_way(load, paths):
    assert load("resop", f'password = "{HUSH}"').cluster().password.reveal() == HUSH
    command = 'password_command = "echo 7"'
    assert load("resop", command).cluster().password.reveal() == "7"
    store_secret(paths, "c", "password", "kept")
    assert load("resop").cluster().password.reveal() == "kept"


def test_a_variable_of_the_environment_handed_in_may_hold_the_token(load, monkeypatch):
    monkeypatch.setenv("SLURM_JWT", "the tester's own")
    token = load("slurmrest", 'token_env = "SLURM_JWT"', {"SLURM_JWT": f" {HUSH}\n"}).cluster()
    assert token.token.reveal() == HUSH
    assert token.token.place() == "variable SLURM_JWT"
    secret = load("slurmrest", 'token_env = "SLURM_JWT"').cluster().token
    assert secret.place() == ""
    with pytest.raises(LoginRequired, match="variable SLURM_JWT is not set") as caught:
        secret.reveal()
    assert "clusters.c.token_env names it" in caught.value.hint


def test_in_one_place_a_command_wins_then_a_file_then_a_variable(load, paths, write):
    write(paths.home / "token", "file")
    told = {
        "command": 'token_command = "echo command"',
        "file": 'token_file = "~/token"',
        "variable": 'token_env = "V"',
        "text": 'token = "text"',
    }
    keys = list(told.values())
    for at, way in enumerate(told):
        config = load("slurmrest", "\n".join(reversed(keys[at:])), {"V": "variable"})
        assert config.cluster().token.reveal() == way
        named = keys[at].partition(" ")[0]
        assert [name for name, _ in config.origins if "token" in name] == [f"clusters.c.{named}"]


def test_a_place_above_wins_whatever_way_it_uses(load, paths, write):
    write(paths.home / "token", "file")
    environ = {"PODTUI_CLUSTERS__C__TOKEN_FILE": "~/token"}
    assert load("kotta", 'token_command = "false"', environ).cluster().token.reveal() == "file"
    shared = '[defaults]\ntoken_file = "~/token"'
    assert load("kotta", shared).cluster().token.reveal() == "file"
    assert load("kotta", f'token = "own"\n{shared}').cluster().token.reveal() == "own"


def test_a_token_file_is_read_when_needed_and_again_when_renewed(load, paths, write):
    token = load("kotta", 'token_file = "~/token"').cluster().token
    file = write(paths.home / "token", "https://kotta/?access_token=1\n\n")
    assert token.reveal() == "https://kotta/?access_token=1"
    write(file, "2")
    assert token.reveal() == "https://kotta/?access_token=1"
    assert token.renew() == "2"
    assert token.place() == f"file {file}"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_token_file_others_can_read_is_refused(load, paths, write, mode):
    file = write(paths.home / "token", HUSH, mode)
    token = load("psik", 'token_file = "~/token"').cluster().token
    with pytest.raises(ConfigError, match="others can read it") as caught:
        token.reveal()
    assert f"chmod 600 {file}" in caught.value.hint
    assert HUSH not in "".join(traceback.format_exception(caught.value))


def test_what_windows_puts_around_a_text_is_no_part_of_it(load, paths, write):
    write(paths.home / "token", b"\xef\xbb\xbfsecret\r\n\r\n".decode())
    token = load("psik", 'token_file = "~/token"').cluster().token
    assert token.reveal() == "secret"


def test_a_token_file_that_cannot_be_used_says_why(load, paths, write):
    token = load("psik", 'token_file = "~/token"').cluster().token
    label = f"{paths.config_file}: clusters.c.token_file: {paths.home / 'token'}"
    with pytest.raises(ConfigError) as caught:
        token.reveal()
    assert caught.value.message == f"{label} does not exist."
    file = write(paths.home / "token", "\n")
    with pytest.raises(ConfigError) as caught:
        token.reveal()
    assert caught.value.message == f"{label} is empty."
    write(file, "x" * 70_000)
    with pytest.raises(ConfigError, match="too long to be a secret"):
        token.reveal()
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="does not hold a text"):
        token.reveal()
    file.unlink()
    file.mkdir(mode=0o700)
    with pytest.raises(ConfigError, match="cannot be read"):
        token.reveal()


def test_a_token_kept_nowhere_asks_for_a_login(load):
    token = load("kotta").cluster().token
    assert token.place() == ""
    with pytest.raises(LoginRequired, match="No token is known for the cluster 'c'"):
        token.reveal()


@pytest.mark.parametrize("keys", [f'token = "{HUSH}"', f'headers = {{ Cookie = "{HUSH}" }}'])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o602])
def test_tokens_and_headers_in_a_file_others_can_read_are_refused(load, keys, mode):
    with pytest.raises(ConfigError, match="is a secret, and others can read this file") as caught:
        load("slurmrest", keys, mode=mode)
    assert HUSH not in "".join(traceback.format_exception(caught.value))


def test_what_only_names_a_secret_may_stand_in_a_file_others_can_read(load):
    keys = 'token_file = "~/t"\ntoken_command = "true"\ntoken_env = "V"\nheaders = {}\ntoken = ""'
    assert load("slurmrest", keys, mode=0o644).warnings == ()


def test_headers_may_come_from_the_environment(load):
    text = f"Cookie='a=b; {HUSH}' X-Site=north"
    config = load("slurmrest", "", {"PODTUI_CLUSTERS__C__HEADERS": text})
    told = {name: value.reveal() for name, value in config.cluster().headers}
    assert told == {"Cookie": f"a=b; {HUSH}", "X-Site": "north"}


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        (f'"Cook ie" = "{HUSH}"', "has 'Cook ie', which no header can be called"),
        (f'"a:" = "{HUSH}"', "has 'a:', which no header can be called"),
        (f'"" = "{HUSH}"', "has '', which no header can be called"),
        (f'"x\\r\\n" = "{HUSH}"', "has 'x␍␊', which no header can be called"),
        (f'a = "{HUSH}\\r\\nb: c"', "must give the header a a text in quotes, one line of ASCII"),
        (f'a = "{HUSH} é"', "must give the header a a text"),
        (f'a = "{HUSH} "', "must give the header a a text"),
        ('a = ""', "must give the header a a text"),
        ("a = 7326", "must give the header a a text"),
        (f'a = "{HUSH}", A = "x"', "has the header A twice"),
    ],
)
def test_headers_that_cannot_be_are_refused_without_their_texts(load, toml, problem):
    with pytest.raises(ConfigError) as caught:
        load("slurmrest", f"headers = {{ {toml} }}")
    assert f"clusters.c.headers {problem}" in caught.value.message
    told = "".join(traceback.format_exception(caught.value))
    assert HUSH not in told
    assert "7326" not in told


@pytest.mark.parametrize("raw", [f'"a={HUSH}"', "true", f'["{HUSH}"]'])
def test_headers_have_to_be_a_table(load, raw):
    with pytest.raises(ConfigError, match="must be a table of HTTP headers") as caught:
        load("slurmrest", f"headers = {raw}")
    assert HUSH not in caught.value.message


@pytest.mark.parametrize("text", [f"a='{HUSH}", HUSH, f"a={HUSH} a=x"])
def test_headers_of_the_environment_are_refused_without_their_texts(load, text):
    with pytest.raises(ConfigError, match="environment: PODTUI_CLUSTERS__C__HEADERS") as caught:
        load("slurmrest", "", {"PODTUI_CLUSTERS__C__HEADERS": text})
    assert HUSH not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("kind", "key"), [("slurmrest", "token"), ("slurmrest", "headers"), ("resop", "password")]
)
def test_an_option_that_is_a_secret_is_refused(load, kind, key):
    with pytest.raises(ConfigError, match="every user of this machine can see it") as caught:
        load(kind, overrides={f"clusters.c.{key}": f"a={HUSH}"})
    assert HUSH not in str(caught.value) + caught.value.hint
    assert ("headers_command" in caught.value.hint, "environment" in caught.value.hint) == (
        False,
        True,
    )


def test_an_option_may_name_where_a_secret_is(load, paths, write):
    write(paths.home / "token", HUSH)
    config = load("psik", overrides={"clusters.c.token_file": "~/token"})
    assert config.cluster().token.reveal() == HUSH


def test_what_is_shown_tells_names_and_places_and_no_secret(load, paths):
    keys = f'token_file = "~/t"\nheaders = {{ Cookie = "{HUSH}", X-Site = "{HUSH}" }}'
    config = load("slurmrest", keys)
    told = describe(config)["clusters"]["c"]
    assert told["token"] == {"value": "set", "from": f"file {paths.home / 't'}"}
    assert told["headers"] == {"value": ["Cookie", "X-Site"], "from": str(paths.config_file)}
    assert told["ssh_host"] == {"value": "", "from": "default"}
    assert not {"token_file", "token_command", "token_env"} & set(told)
    assert HUSH not in json.dumps(told) + repr(config) + str(config.cluster())


@pytest.mark.parametrize("kind", [*TOKENS, "resop"])
def test_every_kind_can_be_shown_and_is_json(load, kind):
    told = describe(load(kind))
    assert json.loads(json.dumps(told)) == told
    secret = told["clusters"]["c"]["password" if kind == "resop" else "token"]
    assert secret == {"value": "not set", "from": "default"}
