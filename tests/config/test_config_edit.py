"""Editing the file: comments, order and layout survive, and nothing wrong is written."""

import re
import stat
import string
import tempfile
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podtui.config.edit import add_cluster, remove_key, set_key
from podtui.config.load import load_config
from podtui.errors import ConfigError, FileTrouble

FILE = """\
# head
theme = "a" # th

[clusters.mt1]  # the first
user = "x"   # me
api_secret = "s"

# what all share
[defaults]

# The other one
[clusters.mt2]
user = "y"
# tail
"""


@pytest.fixture
def file(paths, write):
    return write(paths.config_file, FILE)


def changed(file):
    """The lines that went and came."""
    old, new = FILE.splitlines(), file.read_text().splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.mark.parametrize(
    ("dotted", "value", "gone", "come"),
    [
        ("theme", "b", ['theme = "a" # th'], ['theme = "b" # th']),
        ("loglevel", "debug", [], ['loglevel = "DEBUG"']),
        ("podtools", "no", [], ["podtools = false"]),
        ("clusters.mt1.user", "z", ['user = "x"   # me'], ['user = "z"   # me']),
        ("clusters.mt1.poll_seconds", "5", [], ["poll_seconds = 5"]),
        ("clusters.mt1.poll_seconds", 2.5, [], ["poll_seconds = 2.5"]),
        ("clusters.mt1.ssh_auth_port", "22", [], ["ssh_auth_port = 22"]),
        ("clusters.mt2.stageinmaxsize", "10G", [], ['stageinmaxsize = "10G"']),
        ("clusters.mt2.stageinmaxsize", "1000", [], ["stageinmaxsize = 1000"]),
        ("clusters.mt2.logout", True, [], ["logout = true"]),
        ("clusters.mt2.sched", "sge", [], ['sched = "SGE"']),
        ("clusters.mt2.ca_file", "~/ca.pem", [], ['ca_file = "~/ca.pem"']),
        ("clusters.mt2.password", "p w", [], ['password = "p w"']),
        ("defaults.user", "all", [], ['user = "all"']),
    ],
)
def test_only_the_line_that_was_meant_changes(file, dotted, value, gone, come):
    set_key(file, dotted, value)
    assert changed(file) == (gone, come)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_new_key_stands_with_its_table_and_not_with_the_next_ones_comment(file):
    set_key(file, "clusters.mt1.logout", value=True)
    set_key(file, "defaults.user", "all")
    text = file.read_text()
    assert 'api_secret = "s"\nlogout = true\n\n# what all share' in text
    assert '[defaults]\nuser = "all"\n\n# The other one\n[clusters.mt2]' in text


def test_a_missing_file_is_made(paths):
    set_key(paths.config_file, "clusters.pod.kind", "pod")
    set_key(paths.config_file, "clusters.pod.user", "ann")
    set_key(paths.config_file, "theme", "b")
    config = load_config(paths, environ={})
    assert (config.cluster("pod").user, config.theme) == ("ann", "b")


@pytest.mark.parametrize(
    ("dotted", "value", "problem"),
    [
        ("colours", "x", "unknown key 'colours'"),
        ("thme", "x", "did you mean 'theme'"),
        ("clusters.mt1.usr", "x", "did you mean 'clusters.mt1.user'"),
        ("defaults.usr", "x", "did you mean 'defaults.user'"),
        ("clusters.mt1", "x", "unknown key 'clusters.mt1'"),
        ("a.b.c", "x", "unknown key 'a.b.c'"),
        ("clusters.mt11.user", "x", "unknown cluster 'mt11' (did you mean 'mt1'?)"),
        ("clusters.a/b.kind", "pod", "no name for a cluster"),
        (
            "clusters.mt1.kind",
            "pdo",
            "must be one of pod, ssh, slurmrest, psik, kotta, resop, not 'pdo'",
        ),
        ("clusters.mt1.poll_seconds", "0", "must be at least 1"),
        ("clusters.mt1.logout", "maybe", "must be true or false, not 'maybe'"),
        ("clusters.mt1.ssh_auth_port", True, "must be a whole number"),
        ("loglevel", "LOUD", "must be one of ERROR"),
    ],
)
def test_nothing_wrong_is_written(file, dotted, value, problem):
    with pytest.raises(ConfigError) as caught:
        set_key(file, dotted, value)
    assert problem in caught.value.message
    assert file.read_text() == FILE


def test_a_file_that_is_wrong_elsewhere_is_not_touched(paths, write):
    text = "[clusters.mt1]\npoll_seconds = 0\n"
    file = write(paths.config_file, text)
    with pytest.raises(ConfigError, match="poll_seconds must be at least 1"):
        set_key(file, "theme", "x")
    assert file.read_text() == text
    write(file, "broken = ")
    with pytest.raises(ConfigError, match="is not TOML"):
        set_key(file, "theme", "x")


def test_a_cluster_is_added_at_the_end(file, paths):
    add_cluster(file, "new.one", {"kind": "pod", "user": "u", "poll_seconds": 3}, comment="by hand")
    added = '\n\n# by hand\n[clusters."new.one"]\nkind = "pod"\nuser = "u"\npoll_seconds = 3\n'
    assert file.read_text() == FILE.rstrip() + added
    assert load_config(paths, environ={}).cluster("new.one").user == "u"
    set_key(file, "clusters.new.one.user", "v")
    assert load_config(paths, environ={}).cluster("new.one").user == "v"


def test_a_cluster_is_not_added_twice_nor_with_wrong_keys(file):
    with pytest.raises(ConfigError, match="has a cluster 'mt1' already"):
        add_cluster(file, "mt1", {})
    with pytest.raises(ConfigError, match=r"did you mean 'clusters\.x\.user'"):
        add_cluster(file, "x", {"usr": "a"})
    assert file.read_text() == FILE


def test_a_key_is_removed_with_its_line(file):
    assert remove_key(file, "clusters.mt1.user")
    assert remove_key(file, "theme")
    assert changed(file) == (['theme = "a" # th', 'user = "x"   # me'], [])
    assert not remove_key(file, "theme")
    assert not remove_key(file, "clusters.mt3.user")


@pytest.mark.parametrize(
    ("dotted", "problem"),
    [
        ("nosuch", "Not removed: unknown key 'nosuch'"),
        ("thme", "did you mean 'theme'"),
        ("clusters.mt1.usr", "did you mean 'clusters.mt1.user'"),
        ("clusters.mt1", "unknown key 'clusters.mt1'"),
        ("defaults", "unknown key 'defaults'"),
        ("clusters", "unknown key 'clusters'"),
        ("", "unknown key ''"),
    ],
)
def test_what_is_no_key_is_not_removed(file, dotted, problem):
    with pytest.raises(ConfigError) as caught:
        remove_key(file, dotted)
    assert problem in caught.value.message
    assert file.read_text() == FILE


def test_an_unknown_key_that_stands_there_can_go_but_no_table(paths, write):
    text = 'colours = 3\n[clusters.env]\nusr = "x"\n[stray]\na = 1\n'
    file = write(paths.config_file, text)
    assert remove_key(file, "colours")
    assert remove_key(file, "clusters.env.usr")
    for table in ("stray", "clusters.env"):
        with pytest.raises(ConfigError, match="unknown key"):
            remove_key(file, table)
    assert file.read_text() == "[clusters.env]\n[stray]\na = 1\n"


SERVICES = """\
[clusters.rest]
kind = "slurmrest"
headers = { Old = "x" } # who
[clusters.login]
kind = "ssh"
"""


@pytest.mark.parametrize(
    ("dotted", "value", "line"),
    [
        ("clusters.rest.headers", "Cookie='a b' B=c", 'headers = {Cookie = "a b", B = "c"} # who'),
        ("clusters.rest.url", "unix:~/s", 'url = "unix:~/s"'),
        ("clusters.rest.api", "v0.0.40", 'api = "v0.0.40"'),
        ("clusters.rest.token_file", "~/t", 'token_file = "~/t"'),
        ("clusters.rest.token_env", "SLURM_JWT", 'token_env = "SLURM_JWT"'),
        ("clusters.rest.port", "22", "port = 22"),
        ("clusters.login.env", "A=1 B='2 3'", 'env = {A = "1", B = "2 3"}'),
        ("defaults.headers", "C=d", 'headers = {C = "d"}'),
    ],
)
def test_a_services_keys_and_tables_are_written_as_they_are_read(paths, write, dotted, value, line):
    file = write(paths.config_file, SERVICES)
    set_key(file, dotted, value)
    assert line in file.read_text().splitlines()
    config = load_config(paths, environ={})
    assert [cluster.name for cluster in config.clusters] == ["rest", "login"]
    assert remove_key(file, dotted)
    assert line not in file.read_text().splitlines()


def test_a_table_under_its_own_header_is_changed_and_removed_too(paths, write):
    text = '[clusters.rest]\nkind = "slurmrest"\n# who\n[clusters.rest.headers]\nOld = "x"\n'
    file = write(paths.config_file, text)
    set_key(file, "clusters.rest.headers", {"New": "y"})
    (header,) = load_config(paths, environ={}).cluster().headers
    assert (header[0], header[1].reveal()) == ("New", "y")
    assert remove_key(file, "clusters.rest.headers")
    assert load_config(paths, environ={}).cluster().headers == ()
    write(file, text)
    assert remove_key(file, "clusters.rest.headers")
    assert tomllib.loads(file.read_text()) == {"clusters": {"rest": {"kind": "slurmrest"}}}


@pytest.mark.parametrize(
    ("dotted", "value", "problem"),
    [
        ("clusters.rest.password", "x", "unknown key for the kind 'slurmrest'"),
        ("clusters.rest.queue", "x", "unknown key for the kind 'slurmrest'"),
        ("clusters.rest.headers", "A B", "must be NAME=text NAME=text"),
        ("clusters.rest.api", "newest", "must be auto, or a version"),
        ("clusters.rest.url", "ftp://x", "must be an address"),
    ],
)
def test_nothing_a_service_cannot_have_is_written(paths, write, dotted, value, problem):
    text = '[clusters.rest]\nkind = "slurmrest"\n'
    file = write(paths.config_file, text)
    with pytest.raises(ConfigError) as caught:
        set_key(file, dotted, value)
    assert problem in caught.value.message
    assert file.read_text() == text


def test_a_service_is_added_with_its_tables(paths):
    keys = {"kind": "slurmrest", "url": "https://c", "headers": {"A": "b"}, "poll_seconds": 60}
    add_cluster(paths.config_file, "c", keys)
    assert 'headers = {A = "b"}\n' in paths.config_file.read_text()
    assert load_config(paths, environ={}).cluster("c").poll_seconds == 60
    with pytest.raises(ConfigError, match="unknown key for the kind 'psik'"):
        add_cluster(paths.config_file, "d", {"kind": "psik", "queue": "x"})


def test_a_linked_file_stays_a_link(paths, write, tmp_path):
    real = write(tmp_path / "dotfiles/podtui.toml", FILE)
    paths.config_file.parent.mkdir(parents=True)
    paths.config_file.symlink_to(real)
    set_key(paths.config_file, "theme", "b")
    assert paths.config_file.is_symlink()
    assert 'theme = "b"' in real.read_text()


def test_a_folder_that_cannot_be_written_is_told(file, monkeypatch):
    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("podtui.config.edit.write_private", refuse)
    with pytest.raises(FileTrouble, match="cannot be written: Permission denied"):
        set_key(file, "theme", "b")


@pytest.mark.parametrize(
    "text",
    [
        'clusters.mt1.user = "x" # c\ntheme = "q"\n',
        'clusters = {mt1 = {user = "x"}} # c\n',
        "[clusters]\n# a\nmt1.user = 'x' # c\n# b\n",
        '[clusters.mt1]\r\nuser = "x" # c\r\n',
        '[clusters.mt1]\nuser = """\nx""" # c',
        '"clusters"."mt1"."user" = "x" # c',
    ],
)
def test_other_layouts_are_edited_too(paths, write, text):
    file = write(paths.config_file, text)
    set_key(file, "clusters.mt1.user", "y")
    set_key(file, "clusters.mt1.logout", value=True)
    set_key(file, "loglevel", "INFO")
    config = load_config(paths, environ={})
    assert (config.cluster("mt1").user, config.cluster("mt1").logout) == ("y", True)
    assert config.loglevel == "INFO"
    assert "# c" in file.read_text()


# A file of tables in any order, each line maybe with a comment, blank lines and comments between.

_comment = st.text(string.ascii_letters + ' #"=[]', max_size=12).map(lambda t: "#c " + t)
_between = st.lists(st.one_of(st.just(""), _comment, _comment.map("  ".__add__)), max_size=3)
_tail = st.one_of(st.just(""), _comment.map("  ".__add__))
_values = {
    "user": '"x"',
    "logout": "true",
    "poll_seconds": "7",
    "api_key": "'k # no comment'",
    "controller": '"""a"""',
}
_tops = {"theme": '"t"', "loglevel": "'INFO'", "podtools": "true"}


@st.composite
def _table(draw, header, values):
    lines = draw(_between)
    if header:
        lines.append(header + draw(_tail))
    for name in draw(st.lists(st.sampled_from(sorted(values)), unique=True)):
        lines += [f"{name} = {values[name]}{draw(_tail)}", *draw(_between)]
    return lines


@st.composite
def _files(draw):
    lines = draw(_table("", _tops))
    headers = ["[clusters.a]", "[defaults]", "[clusters.b]", "[ clusters . c ]"]
    for header in draw(st.permutations(headers)):
        lines += draw(_table(header, _values))
    return "\n".join(lines) + draw(st.sampled_from(["", "\n"]))


def _comments(text):
    return sorted(match.rstrip() for match in re.findall(r"#c .*", text))


@settings(max_examples=150, deadline=None)
@given(
    _files(),
    st.sampled_from(["", "defaults.", "clusters.a.", "clusters.b.", "clusters.c."]),
    st.data(),
)
def test_setting_a_key_keeps_every_comment_and_every_other_value(text, prefix, data):
    name = data.draw(st.sampled_from(sorted(_values if prefix else _tops)))
    value = {"logout": "false", "podtools": "false", "poll_seconds": "9", "loglevel": "ERROR"}
    plain = {"logout": False, "podtools": False, "poll_seconds": 9, "loglevel": "ERROR"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "config.toml")
        file.write_text(text)
        set_key(file, prefix + name, value.get(name, "new"))
        edited = file.read_text()
    assert _comments(edited) == _comments(text)
    wanted = tomllib.loads(text)
    table = wanted
    for part in prefix.split(".")[:-1]:
        table = table.setdefault(part, {})
    table[name] = plain.get(name, "new")
    assert tomllib.loads(edited) == wanted
    kept = [line for line in text.splitlines() if not re.match(rf"{name}\b", line)]
    rest = iter(edited.splitlines())
    assert all(line in rest for line in kept), "lines kept their order"
