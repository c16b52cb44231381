"""Five places, one configuration: who wins, what is told, what is refused."""

import contextlib
import tempfile
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from podtui.config.keys import KINDS, TOP_KEYS, cluster_names
from podtui.config.load import load_config
from podtui.domain.job import ScriptDialect
from podtui.errors import ConfigError
from podtui.paths import Paths


def load(paths, toml=None, environ=None, overrides=None, file=None):
    if toml is not None:
        paths.config_file.parent.mkdir(parents=True, exist_ok=True)
        paths.config_file.write_text(toml)
        paths.config_file.chmod(0o600)
    return load_config(paths, file=file, environ=environ or {}, overrides=overrides or {})


def test_without_any_file_there_is_an_empty_configuration(paths):
    config = load(paths)
    assert config.clusters == ()
    assert config.warnings == ()
    assert (config.theme, config.loglevel, config.state_dir) == ("podtui-dark", "ERROR", None)
    with pytest.raises(ConfigError, match="no cluster"):
        config.cluster()


@pytest.mark.parametrize("height", range(5))
def test_a_later_place_wins(paths, system, write, height):
    write(system, 'theme = "1"\n[clusters.pod]\nuser = "1"\n' if height >= 1 else "")
    user = 'theme = "2"\n[clusters.pod]\nuser = "2"\n' if height >= 2 else "[clusters.pod]\n"
    environ = {"PODTUI_THEME": "3", "PODTUI_CLUSTERS__POD__USER": "3"} if height >= 3 else {}
    overrides = {"theme": "4", "clusters.pod.user": "4"} if height >= 4 else {}
    config = load(paths, user, {"LOGNAME": "me", **environ}, overrides)
    assert config.theme == (str(height) if height else "podtui-dark")
    assert config.cluster("pod").user == (str(height) if height else "me")


def test_every_key_of_a_cluster_finds_its_field(paths):
    pod = load(
        paths,
        """
        [clusters.pod]
        kind = "pod"
        user = "ann"
        auth_type = "PublicKey"
        auth_url = "https://auth.example.org/"
        api_key = "k"
        api_secret = "s"
        cloudauth_id = "id"
        controller = "MT2"
        beoweb_url = "https://beo.example.org:8443"
        password = "p"
        ssh_auth_address = "ssh.example.org"
        ssh_auth_port = 22
        logout = true
        ca_file = "ca.pem"
        poll_seconds = 2.5
        identity_file = "~/.ssh/key"
        known_hosts = "/etc/known"
        host_keys = "strict"
        sched = "sge"
        overwrite = false
        hash_algo = "SHA512"
        stageinmaxsize = "1.5G"
        stageoutmaxsize = 7
        """,
    ).cluster("pod")
    folder = paths.config_file.parent
    assert (pod.kind, pod.user, pod.auth_type) == ("pod", "ann", "publickey")
    assert (pod.auth_url, pod.api_key) == ("https://auth.example.org", "k")
    assert (pod.api_secret.reveal(), pod.password.reveal()) == ("s", "p")
    assert (pod.cloudauth_id, pod.controller) == ("id", "MT2")
    assert pod.beoweb_url == "https://beo.example.org:8443"
    assert (pod.ssh_auth_address, pod.ssh_auth_port, pod.logout) == ("ssh.example.org", 22, True)
    assert (pod.ca_file, pod.poll_seconds) == (folder / "ca.pem", 2.5)
    assert pod.ssh.identity_file == paths.home / ".ssh/key"
    assert (pod.ssh.known_hosts, pod.ssh.host_keys) == (Path("/etc/known"), "strict")
    assert (pod.staging.sched, pod.staging.overwrite) == (ScriptDialect.SGE, False)
    assert (pod.staging.hash_algo, pod.staging.stageinmaxsize) == ("sha512", 1536 << 20)
    assert pod.staging.stageoutmaxsize == 7


def test_defaults_apply_where_a_cluster_says_nothing(paths):
    config = load(
        paths,
        """
        [defaults]
        user = "shared"
        poll_seconds = 30
        [clusters.a]
        [clusters.b]
        user = "own"
        """,
    )
    assert [(c.user, c.poll_seconds) for c in config.clusters] == [("shared", 30), ("own", 30)]


def test_the_local_user_is_the_default_user(paths):
    assert load(paths, "[clusters.a]", {"LOGNAME": "zoe"}).cluster().user == "zoe"
    assert load(paths, "[clusters.a]", {"USER": "yan"}).cluster().user == "yan"


def test_cloud_auth_has_its_documented_address(paths):
    config = load(paths, '[clusters.a]\n[clusters.b]\nauth_type = "password"')
    assert config.cluster("a").auth_url == "https://auth.pod.penguincomputing.com"
    assert config.cluster("b").auth_url == ""


def test_a_file_of_ones_own_stands_alone(paths, write, tmp_path):
    write(paths.config_file, '[clusters.usual]\nuser = "u"\n')
    write(paths.podtools[1], "[podtools]\nuser=old\n")
    own = write(tmp_path / "demo/config.toml", '[clusters.demo]\nca_file = "ca.pem"\n')
    config = load(paths, file=own)
    assert [c.name for c in config.clusters] == ["demo"]
    assert config.cluster().ca_file == tmp_path / "demo/ca.pem"


def test_a_file_as_windows_writes_it_is_read(paths, write):
    write(paths.config_file, '\ufeff[clusters.c]\r\nkind = "pod"\r\nuser = "ann"\r\n')
    (cluster,) = load(paths).clusters
    assert cluster.user == "ann"


def test_a_named_file_that_is_missing_is_an_error(paths, tmp_path):
    with pytest.raises(ConfigError, match=r"no file .*nowhere\.toml"):
        load(paths, file=tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    "variable", ["PODTUI_CLUSTERS__MY_POD__API_KEY", "podtui_clusters__my_pod__api_key"]
)
def test_the_environment_folds_case_and_punctuation(paths, variable):
    config = load(paths, '[clusters."My-Pod"]', {variable: "k"})
    assert config.cluster("My-Pod").api_key == "k"
    assert config.warnings == ()


def test_a_folded_name_that_means_two_clusters_is_refused(paths):
    with pytest.raises(ConfigError, match="could mean 'my-pod' or 'my_pod'"):
        load(paths, "[clusters.my-pod]\n[clusters.my_pod]", {"PODTUI_CLUSTERS__MY_POD__USER": "x"})


def test_the_environment_gives_texts_their_types(paths):
    config = load(
        paths,
        "[clusters.pod]",
        {
            "PODTUI_CLUSTERS__POD__LOGOUT": "yes",
            "PODTUI_CLUSTERS__POD__SSH_AUTH_PORT": "2022",
            "PODTUI_DEFAULTS__STAGEINMAXSIZE": "2K",
            "PODTUI_CLUSTERS__POD__API_SECRET": "hush",
            "PODTUI_THEME": "",
            "PODTUI_STATE_DIR": "~/state",
            "PODTUI_DEFAULT_CLUSTER": "pod",
        },
    )
    pod = config.cluster()
    assert (pod.logout, pod.ssh_auth_port, pod.staging.stageinmaxsize) == (True, 2022, 2048)
    assert pod.api_secret.reveal() == "hush"
    assert config.theme == "podtui-dark"
    assert config.state_dir == paths.home / "state"


def test_a_cluster_may_live_in_the_environment_alone_if_it_says_its_kind(paths):
    environ = {"PODTUI_CLUSTERS__CI__KIND": "pod", "PODTUI_CLUSTERS__CI__USER": "bot"}
    assert load(paths, None, environ).cluster("ci").user == "bot"
    config = load(paths, "[clusters.pod]", {"PODTUI_CLUSTERS__PDO__USER": "bot"})
    assert [c.name for c in config.clusters] == ["pod"]
    assert "did you mean 'pod'?" in config.warnings[0]


def test_a_jobs_token_in_the_environment_is_no_setting(paths):
    assert load(paths, None, {"PODTUI_TOKEN": "abc"}).warnings == ()


@pytest.mark.parametrize(
    ("toml", "unknown", "meant"),
    [
        ('them = "x"', "them", "theme"),
        ("default-cluster = 'x'", "default-cluster", "default_cluster"),
        ("[clusters.pod]\nusr = 1", "clusters.pod.usr", "clusters.pod.user"),
        ("[clusters.pod]\nauthtype = 1", "clusters.pod.authtype", "clusters.pod.auth_type"),
        ("[defaults]\npol_seconds = 1", "defaults.pol_seconds", "defaults.poll_seconds"),
        ("[cluster.pod]", "cluster", "clusters"),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest_one(paths, toml, unknown, meant):
    (warning,) = load(paths, toml).warnings
    assert warning == f"{paths.config_file}: unknown key {unknown!r} (did you mean {meant!r}?)."


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cloudauth_api_key", "api_key"),
        ("cloudauth_api_secret", "api_secret"),
        ("cloudauth_url", "auth_url"),
        ("address", "beoweb_url"),
    ],
)
def test_podtools_names_are_understood_as_such(paths, name, meant):
    (warning,) = load(paths, f'[clusters.pod]\n{name} = "x"').warnings
    assert f"did you mean 'clusters.pod.{meant}'?" in warning


def test_a_clusters_key_outside_its_table_is_told_where_it_belongs(paths):
    (warning,) = load(paths, 'user = "ann"').warnings
    assert "'user' belongs into [defaults] or into [clusters.NAME]" in warning


def test_unknown_variables_and_options_are_told(paths):
    config = load(paths, None, {"PODTUI_TEHME": "x"}, {"loglevle": "x", "clusters.pod.user": "x"})
    assert config.warnings == (
        "environment: unknown variable 'PODTUI_TEHME' (did you mean 'PODTUI_THEME'?).",
        "option: unknown key 'loglevle' (did you mean 'loglevel'?).",
        "option: unknown cluster 'pod'; nothing was set for it.",
    )


def test_an_unknown_kind_passes_its_cluster_over_and_keeps_the_rest(paths):
    config = load(paths, '[clusters.a]\nkind = "pdo"\nstrange = 1\n[clusters.b]\n')
    assert [c.name for c in config.clusters] == ["b"]
    assert any("unknown kind 'pdo' (did you mean 'pod'?)" in w for w in config.warnings)


def test_a_default_cluster_that_is_missing_is_told(paths):
    (warning,) = load(paths, 'default_cluster = "mt2"\n[clusters.mt1]').warnings
    assert "default_cluster: unknown cluster 'mt2' (did you mean 'mt1'?)" in warning


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("loglevel = 'LOUD'", "loglevel must be one of ERROR, WARNING, INFO, DEBUG, not 'LOUD'."),
        ("theme = 7", "theme must be a text in quotes, not 7."),
        ('theme = "a\\u001bb"', "theme must be one line without control characters"),
        ("state_dir = ''", "state_dir must be a path"),
        ("podtools = 'yes'", "podtools must be true or false, not 'yes'."),
        (
            "[clusters.p]\nkind = 3",
            "clusters.p.kind must be one of pod, ssh, slurmrest, psik, kotta, resop.",
        ),
        ("[clusters.p]\npoll_seconds = 0.5", "clusters.p.poll_seconds must be at least 1, not 0.5"),
        ("[clusters.p]\npoll_seconds = nan", "clusters.p.poll_seconds must be a number, not nan."),
        ("[clusters.p]\npoll_seconds = true", "must be a number, not true."),
        ("[clusters.p]\npoll_seconds = '9'", "must be a number, not '9'."),
        ("[clusters.p]\nssh_auth_port = 65536", "must be at most 65535, not 65536."),
        ("[clusters.p]\nssh_auth_port = 22.0", "must be a whole number, not 22.0."),
        ("[clusters.p]\nhash_algo = 'crc32'", "one of md5, sha1, sha224, sha256, sha384, sha512"),
        ("[clusters.p]\nsched = ['TRQ']", "must be one of TRQ, SGE, not a list."),
        ("[clusters.p]\nstageinmaxsize = '10X'", "must be a size in bytes, or a text such as 10G"),
        ("[clusters.p]\nstageinmaxsize = -1", "must be a size in bytes"),
        ("[clusters.p]\nbeoweb_url = 'pod:443'", "must be an address that begins with https://"),
        ("[clusters.p]\nbeoweb_url = 'https://x:99999'", "must be an address"),
        ("[clusters.p]\nidentity_file = '~nobody-at-all/key'", "there is no such user"),
        ("[clusters.p]\nuser = 1979-05-27", "must be a text in quotes, not a date or time."),
        ("[defaults]\nlogout = 'no'", "defaults.logout must be true or false"),
        ("clusters = 3", "clusters must be a table"),
        ("[clusters]\npod = 3", "clusters.pod must be a table"),
        ("defaults = 'x'", "defaults must be a table"),
        ("[clusters.'a/b']", "'a/b' is no name for a cluster"),
        ("[clusters.'..']", "'..' is no name for a cluster"),
    ],
)
def test_a_wrong_value_names_the_place_the_key_and_what_is_allowed(paths, toml, problem):
    toml = toml + "\n[clusters.x]\n" if toml.startswith("[defaults") else toml
    with pytest.raises(ConfigError) as caught:
        load(paths, toml)
    assert problem in caught.value.message
    assert str(paths.config_file) in caught.value.message or "is no name" in problem


def test_a_wrong_variable_is_named_as_it_is_spelled(paths):
    with pytest.raises(ConfigError, match="environment: PODTUI_CLUSTERS__P__LOGOUT must be true"):
        load(paths, "[clusters.p]", {"podtui_clusters__p__logout": "perhaps"})


def test_a_file_that_is_not_toml_is_told_with_its_line(paths):
    with pytest.raises(ConfigError, match=r"config\.toml is not TOML: .*line 2"):
        load(paths, 'theme = "x"\nuser = ann\n')


def test_a_file_that_is_not_text_is_told_with_its_line(paths):
    paths.config_file.parent.mkdir(parents=True)
    paths.config_file.write_bytes(b'theme = "x"\n# \xff\n')
    with pytest.raises(ConfigError, match="line 2: this is not UTF-8"):
        load(paths)


def test_a_folder_in_the_files_place_is_told(paths):
    paths.config_file.mkdir(parents=True)
    with pytest.raises(ConfigError, match="cannot be read"):
        load(paths)


def test_plain_http_to_another_machine_is_told(paths):
    toml = '[clusters.p]\nauth_url = "http://{}"'
    (warning,) = load(paths, toml.format("pod.example.org")).warnings
    assert "clusters.p.auth_url: http:// shows what is sent" in warning
    for host in ("127.0.0.1:8080", "[::1]:80", "localhost"):
        assert load(paths, toml.format(host)).warnings == ()


def test_a_login_without_its_address_is_told(paths):
    (warning,) = load(paths, '[clusters.p]\nauth_type = "password"').warnings
    assert "needs beoweb_url" in warning


def test_an_option_that_is_a_secret_is_refused(paths):
    with pytest.raises(ConfigError, match="every user of this machine can see it") as caught:
        load(paths, "[clusters.pod]", overrides={"clusters.pod.api_secret": "hush-3f9a"})
    assert "hush" not in str(caught.value) + caught.value.hint


_leaf = st.one_of(
    st.text(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**30, -(10**30), 0x7FFFFFFFFFFFFFFF]),
    st.floats(),
    st.dates(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from("ab"), st.integers(), max_size=2),
)
_TABLES = ["", "[defaults]\n", *(f'[clusters.c]\nkind = "{kind}"\n' for kind in KINDS)]
_NAMES = [*(key.name for key in TOP_KEYS), *cluster_names(), "defaults", "clusters", "x y"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(_TABLES), st.sampled_from(_NAMES), _leaf)
def test_any_value_loads_or_is_a_config_error(table, name, value):
    text = f"{table}{tomlkit.dumps({name: value})}"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        file = home / "config.toml"
        file.write_text(text, encoding="utf-8", errors="surrogatepass")
        file.chmod(0o600)
        with contextlib.suppress(ConfigError):
            load_config(Paths(home / "none.toml", home, home), file=file, environ={})


@pytest.mark.parametrize("number", ["9" * 5000, "0x" + "f" * 5000])
@pytest.mark.parametrize("key", ["stageinmaxsize", "poll_seconds", "ssh_auth_port", "user"])
def test_a_number_too_long_for_python_is_a_config_error(paths, key, number):
    with pytest.raises(ConfigError):
        load(paths, f"[clusters.pod]\n{key} = {number}\n")
