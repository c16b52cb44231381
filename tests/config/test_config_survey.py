"""What the settings screen is told and what it writes, by the code that reads the file."""

from __future__ import annotations

import tomllib

import pytest

from podtui.config.described import explanation
from podtui.config.drafting import drafted_config, drop_cluster, keep_changes, needs_login
from podtui.config.edit import remove_key, set_key
from podtui.config.keys import KIND_KEY, KINDS, TOP_KEYS
from podtui.config.survey import Reading, keymap_here, survey
from podtui.errors import ConfigError

FILE = """\
# mine
theme = "podtui-mono"  # for the paper

[defaults]
poll_seconds = 30

# the first
[clusters.one]
kind = "ssh"
host = "one.example.org"
# why not
hash_algo = "md5"

# the second
[clusters.two]
kind = "psik"
url = "https://psik.example.org"
token_command = "pass show two"

[clusters.two.inner]

# the end
"""


@pytest.fixture
def reading(paths, write):
    write(paths.config_file, FILE)
    return Reading(paths, environ={"PODTUI_NOTIFY": "failed", "LOGNAME": "me"})


def test_every_key_of_every_kind_is_explained():
    for key in TOP_KEYS:
        assert explanation(key.name), key.name
    for kind, keys in KINDS.items():
        for key in (KIND_KEY, *keys):
            assert explanation(key.name, kind), (kind, key.name)
    assert explanation("no_such_key") == explanation("no_such_key", "pod") == ""
    assert "login node" in explanation("kind", "ssh")
    assert explanation("port", "ssh") != explanation("ssh_auth_port", "pod")


def test_each_line_says_what_the_file_says_what_holds_and_why(reading):
    found = survey(reading)
    theme, notify = found.line("theme"), found.line("notify")
    assert (theme.here, theme.effect, theme.without) == (
        "podtui-mono",
        "podtui-mono",
        "podtui-dark",
    )
    assert theme.origin == str(reading.file)
    assert (notify.here, notify.effect, notify.above) == (None, "failed", "environment")
    polls = found.line("clusters.one.poll_seconds")
    assert (polls.here, polls.effect, polls.without) == (None, "30", "30")
    assert polls.origin.endswith("[defaults]")
    assert found.line("defaults.poll_seconds").here == "30"
    assert found.line("clusters.one.hash_algo").without == "sha256"
    assert found.mine == {"one", "two"}


def test_no_secret_is_in_a_survey_only_where_it_is(reading, paths, write):
    write(paths.config_file, FILE.replace('token_command = "pass show two"', 'token = "s3cret"'))
    found = survey(reading)
    token = found.line("clusters.two.token")
    assert (token.here, token.effect, token.above) == ("", "set", "")
    assert "s3cret" not in repr(found)


def test_a_secret_that_a_command_tells_cannot_be_set_beside_it(reading):
    token = survey(reading).line("clusters.two.token")
    assert (token.above, token.effect) == ("token_command", "set")
    assert survey(reading).line("clusters.two.token_command").here == ""


def test_changes_are_tried_together_and_leave_every_comment(reading):
    changes = {
        "theme": None,
        "clusters.one.host": "other.example.org",
        "clusters.one.port": "2222",
        "keys.jobs.cancel": "delete",
    }
    tried = drafted_config(reading, FILE, changes)
    assert tried.cluster("one").port == 2222
    assert reading.text() == FILE
    assert keep_changes(reading, FILE, changes) == ()
    text = reading.text()
    for comment in ("# mine", "# the first", "# why not", "# the second", "# the end"):
        assert comment in text
    assert reading.config().cluster("one").host == "other.example.org"
    assert keymap_here(text) == {"jobs.cancel": "delete"}


def test_a_file_that_somebody_else_changed_is_told_and_left(reading):
    other = FILE + '\n[clusters.three]\nkind = "ssh"\n'
    reading.file.write_text(other)
    with pytest.raises(ConfigError, match="changed by somebody else") as caught:
        keep_changes(reading, FILE, {"bell": "true"})
    assert caught.value.title == "Changed meanwhile"
    assert reading.text() == other


def test_a_new_secret_goes_where_secrets_are_and_leaves_the_file(reading, paths, write):
    inside = FILE.replace('token_command = "pass show two"', 'token = "old"')
    write(paths.config_file, inside)
    changes = {"clusters.two.token": "new"}
    secret = drafted_config(reading, inside, changes).cluster("two").token
    assert secret.reveal() == "new"
    ((dotted, place),) = keep_changes(reading, inside, changes)
    assert (dotted, place) == ("clusters.two.token", str(paths.secrets / "two" / "token"))
    assert "old" not in reading.text()
    assert "new" not in reading.text()
    assert reading.config().cluster("two").token.reveal() == "new"
    keep_changes(reading, reading.text(), {"clusters.two.token": None})
    assert not (paths.secrets / "two" / "token").exists()


def test_a_cluster_goes_with_its_own_comments_and_secrets_only(reading, paths):
    keep_changes(reading, FILE, {"clusters.two.token": "t"})
    led = f'default_cluster = "one"\n{FILE}'
    reading.file.write_text(led)
    drop_cluster(reading, led, "one")
    text = reading.text()
    assert "default_cluster" not in text
    assert "one.example.org" not in text
    assert "# why not" not in text
    for comment in ("# mine", "# the first", "# the second", "# the end"):
        assert comment in text
    drop_cluster(reading, text, "two")
    assert "psik" not in reading.text()
    assert not (paths.secrets / "two" / "token").exists()
    assert tomllib.loads(reading.text()).get("clusters") is None
    with pytest.raises(ConfigError, match="does not stand in"):
        drop_cluster(reading, reading.text(), "two")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", '[keys]\n"jobs.cancel" = "k"\n'),
        ('[keys] # own\n"jobs.cancel" = "x" # c\n', '[keys] # own\n"jobs.cancel" = "k" # c\n'),
        ('[keys]\njobs.cancel = "x" # c\n', '[keys]\njobs.cancel = "k" # c\n'),
        ('keys = { "a.b" = "x" }\n', 'keys = { "a.b" = "x" , "jobs.cancel" = "k"}\n'),
    ],
)
def test_one_key_of_the_keymap_is_set_however_the_file_spells_it(paths, write, text, after):
    file = write(paths.config_file, text)
    set_key(file, "keys.jobs.cancel", "k")
    assert keymap_here(file.read_text())["jobs.cancel"] == "k"
    assert "".join(file.read_text().split()) == "".join(after.split())
    assert remove_key(file, "keys.jobs.cancel")
    assert "jobs.cancel" not in keymap_here(file.read_text())
    assert not remove_key(file, "keys.jobs.cancel")


def test_only_what_reaches_a_cluster_needs_a_login():
    assert needs_login({"clusters.a.host": "x"}, "ssh")
    assert not needs_login({"clusters.a.poll_seconds": "5", "clusters.a.hash_algo": None}, "ssh")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", "bell = true\n"),
        ("# mine\n", "# mine\nbell = true\n"),
        ("# mine\n\n# one\n[defaults]\n", "# mine\n\nbell = true\n\n# one\n[defaults]\n"),
        ("# one\n[defaults]\n", "bell = true\n\n# one\n[defaults]\n"),
        (
            'theme = "a" # x\n\n# one\n[defaults]\n',
            'theme = "a" # x\nbell = true\n\n# one\n[defaults]\n',
        ),
        (
            'state_dir = """\\\n[a]"""\n# b\n[defaults]\n',
            'state_dir = """\\\n[a]"""\nbell = true\n# b\n[defaults]\n',
        ),
    ],
)
def test_a_key_outside_tables_takes_no_tables_comment(paths, write, text, after):
    file = write(paths.config_file, text)
    set_key(file, "bell", "true")
    assert file.read_text() == after
