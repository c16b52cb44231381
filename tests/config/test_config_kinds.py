"""The kinds that are services: each key finds its field, wrong ones and odd ones are told."""

from pathlib import Path

import pytest

from podtui.config.keys import KINDS, cluster_key
from podtui.config.load import load_config
from podtui.config.model import KottaConfig, PsikConfig, ResopConfig, SlurmRestConfig
from podtui.errors import ConfigError

SERVICES = ("slurmrest", "psik", "kotta", "resop")
STAGING = """
overwrite = false
hash_algo = "md5"
stageinmaxsize = "1K"
stageoutmaxsize = 7
poll_seconds = 5
ca_file = "ca.pem"
"""


@pytest.fixture
def load(paths, write):
    """The configuration of a cluster `c` of a kind, its keys as TOML."""

    def load(kind, keys="", environ=None, **more):
        write(paths.config_file, f'[clusters.c]\nkind = "{kind}"\n{keys}')
        return load_config(paths, environ={"LOGNAME": "me", **(environ or {})}, **more)

    return load


def headers(config):
    return {name: text.reveal() for name, text in config.headers}


def test_every_key_of_a_slurm_service_finds_its_field(load, paths):
    keys = """
    url = "https://slurm.example.org:6820/"
    user = "ann"
    token = "t"
    api = "V0.0.38"
    headers = { Cookie = "a=b; c", X-Remote-User = "ann" }
    ssh_host = "login"
    port = 2222
    identity_file = "~/key"
    known_hosts = "/etc/known"
    host_keys = "strict"
    """
    rest = load("slurmrest", keys + STAGING).cluster()
    assert isinstance(rest, SlurmRestConfig)
    assert (rest.url, rest.user, rest.api) == ("https://slurm.example.org:6820", "ann", "v0.0.38")
    assert (rest.token.reveal(), rest.ssh_host, rest.port) == ("t", "login", 2222)
    assert headers(rest) == {"Cookie": "a=b; c", "X-Remote-User": "ann"}
    assert (rest.ssh.identity_file, rest.ssh.known_hosts, rest.ssh.host_keys) == (
        paths.home / "key",
        Path("/etc/known"),
        "strict",
    )


def test_every_key_of_a_psik_service_finds_its_field(load, paths):
    keys = """
    url = "https://psik.example.org"
    backend = "slurm"
    uds = "~/psik.sock"
    client_cert = "me.crt"
    client_key = "me.key"
    token = "t"
    """
    psik = load("psik", keys + STAGING).cluster()
    folder = paths.config_file.parent
    assert isinstance(psik, PsikConfig)
    assert (psik.url, psik.backend) == ("https://psik.example.org", "slurm")
    assert (psik.uds, psik.token.reveal()) == (paths.home / "psik.sock", "t")
    assert (psik.client_cert, psik.client_key) == (folder / "me.crt", folder / "me.key")


def test_every_key_of_kotta_and_resop_finds_its_field(load):
    keys = 'url = "https://kotta.example.org"\nqueue = "Prod"\ntoken = "t"'
    kotta = load("kotta", keys + STAGING).cluster()
    assert isinstance(kotta, KottaConfig)
    assert (kotta.url, kotta.queue, kotta.token.reveal()) == (
        "https://kotta.example.org",
        "Prod",
        "t",
    )
    keys = 'url = "https://resop.example.org"\nuser = "ann"\npassword = "p"\njob_folder = "/jobs"'
    resop = load("resop", keys + STAGING).cluster()
    assert isinstance(resop, ResopConfig)
    assert (resop.url, resop.user) == ("https://resop.example.org", "ann")
    assert (resop.password.reveal(), resop.job_folder) == ("p", "/jobs")


@pytest.mark.parametrize("kind", SERVICES)
def test_what_all_services_share_finds_its_field(load, paths, kind):
    config = load(kind, 'url = "https://c"' + STAGING)
    cluster = config.cluster()
    assert config.warnings == ()
    assert (cluster.name, cluster.kind, cluster.poll_seconds) == ("c", kind, 5)
    assert cluster.ca_file == paths.config_file.parent / "ca.pem"
    staging = cluster.staging
    assert (staging.sched, staging.overwrite, staging.hash_algo) == (None, False, "md5")
    assert (staging.stageinmaxsize, staging.stageoutmaxsize) == (1024, 7)


@pytest.mark.parametrize("kind", SERVICES)
def test_what_is_not_set_keeps_the_default(load, kind):
    defaults = {
        "slurmrest": SlurmRestConfig("c", url="https://c"),  # the token names the user
        "psik": PsikConfig("c", url="https://c"),
        "kotta": KottaConfig("c", url="https://c"),
        "resop": ResopConfig("c", "me", url="https://c"),
    }[kind]
    cluster = load(kind, 'url = "https://c"').cluster()
    secrets = {key.name for key in KINDS[kind] if key.secret or key.gives}
    for key in KINDS[kind]:
        if key.name not in secrets:
            field = key.fills.partition(".")[0]
            assert getattr(cluster, field) == getattr(defaults, field), key.name


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("unix:/run/slurmrestd.sock", "unix:/run/slurmrestd.sock"),
        ("unix:///run/slurmrestd.sock", "unix:/run/slurmrestd.sock"),
        ("unix:~/s.sock", "unix:{home}/s.sock"),
        ("http://[::1]:6820/", "http://[::1]:6820"),
        ("", ""),
    ],
)
def test_a_slurm_service_may_answer_on_a_socket(load, paths, url, meant):
    config = load("slurmrest", f'url = "{url}"')
    assert config.cluster().url == meant.format(home=paths.home)


@pytest.mark.parametrize(
    ("kind", "keys", "problem"),
    [
        ("slurmrest", "url = 'unix:run/s.sock'", "or unix: and an absolute path"),
        ("slurmrest", "url = 'unix://host/s.sock'", "or unix: and an absolute path"),
        ("slurmrest", "url = 'unix:'", "or unix: and an absolute path"),
        ("slurmrest", "url = 'slurm:6820'", "begins with https:// or http://"),
        ("slurmrest", "url = 'https://x?y'", "without user, query or #"),
        ("psik", "url = 'unix:/s.sock'", "begins with https:// or http://"),
        ("slurmrest", "api = 'latest'", "must be auto, or a version such as v0.0.38, not"),
        ("slurmrest", "api = '0.0.38'", "must be auto, or a version such as v0.0.38, not"),
        ("slurmrest", "api = 38", "must be auto, or a version such as v0.0.38 in quotes, not 38"),
        ("slurmrest", "token_env = 'SLURM JWT'", "must be the name of a variable"),
        ("slurmrest", "token_file = ''", "token_file must be a path"),
        ("slurmrest", "port = 0", "port must be at least 1"),
        ("kotta", "poll_seconds = 0", "poll_seconds must be at least 1"),
        ("psik", "token = 7", "token must be a secret text in quotes."),
    ],
)
def test_a_wrong_value_is_refused(load, kind, keys, problem):
    with pytest.raises(ConfigError) as caught:
        load(kind, keys)
    assert problem in caught.value.message
    assert "clusters.c." in caught.value.message


@pytest.mark.parametrize("kind", SERVICES)
def test_an_address_that_holds_a_password_is_refused_without_it(load, kind):
    with pytest.raises(ConfigError, match="without user") as caught:
        load(kind, 'url = "https://ann:hush-3f9a@c"')
    assert "hush" not in caught.value.message


@pytest.mark.parametrize(
    ("kind", "key", "meant"),
    [
        ("psik", "token_env", "token_file"),
        ("kotta", "ssh_host", ""),
        ("resop", "token", ""),
        ("slurmrest", "password", ""),
        ("kotta", "sched", ""),
        ("pod", "url", ""),
    ],
)
def test_a_key_of_another_kind_is_told(load, kind, key, meant):
    url = 'url = "https://c"\n' if kind != "pod" else ""
    (warning,) = load(kind, f'{url}{key} = "x"').warnings
    assert f"unknown key for the kind {kind!r} {key!r}" in warning
    assert f"did you mean {meant!r}" in warning or not meant
    assert cluster_key(key, kind) is None


@pytest.mark.parametrize("kind", SERVICES)
def test_a_service_without_its_address_is_told(load, kind):
    (warning,) = load(kind).warnings
    also = " or uds" if kind == "psik" else ""
    assert warning == f"clusters.c: the kind {kind!r} needs url{also}, which is not set."


@pytest.mark.parametrize("kind", SERVICES)
def test_plain_http_to_another_machine_is_told(load, kind):
    (warning,) = load(kind, 'url = "http://far.example.org"').warnings
    assert "clusters.c.url: http:// shows what is sent, secrets too" in warning
    for near in ("http://127.0.0.1:8080", "http://[::1]", "http://localhost"):
        assert load(kind, f'url = "{near}"').warnings == ()


def test_a_socket_needs_no_other_address_and_is_no_network(load):
    assert load("psik", "uds = '/run/psik.sock'").warnings == ()
    assert load("psik", "uds = '/run/psik.sock'\nurl = 'http://psik'").warnings == ()
    assert load("slurmrest", "url = 'unix:/run/slurmrestd.sock'").warnings == ()


@pytest.mark.parametrize(
    ("there", "missing"), [("client_cert", "client_key"), ("client_key", "client_cert")]
)
def test_half_a_client_certificate_is_told(load, there, missing):
    (warning,) = load("psik", f'url = "https://c"\n{there} = "x.pem"').warnings
    assert warning == f"clusters.c: {there} needs {missing}, which is not set."
