"""PODTools' own files: every option of its two tables keeps its meaning, and can be imported."""

import stat

import pytest

from podtui.config.load import load_config
from podtui.config.podtools_import import import_podtools
from podtui.domain.job import ScriptDialect
from podtui.errors import ConfigError

SYSTEM = """\
# Global Options for POD Tools
[podtools]
address=mt1-beoweb.pod.penguincomputing.com
port=443
ssl=True
auth_type=cloudauth
cloudauth_url=https://auth.pod.penguincomputing.com
"""
USER = """\
# User Options for POD Tools
[podtools]
user=ann
cloudauth_api_key=k3y
cloudauth_api_secret=s3%cret
"""
TEMPLATE = """\
# Global Options for PODTools
[podtools]
#user=
#address=127.0.0.1
#port=443
#logout=false
#ssl=True
#auth_type=cloudauth
#cloudauth_api_key=
#cloudauth_api_secret=
#ssh_auth_address=
#ssh_auth_port=2200
#password=
#loglevel=ERROR

# Options for PODShell
[podsh]
#overwrite=true
#sched=TRQ
#stageinmaxsize=0
#stageoutmaxsize=0
#hash_algo=md5
"""


@pytest.fixture
def load(paths, write):
    """Load with the given user's podtools.conf."""

    def load(text, system=None, **more):
        if system is not None:
            write(paths.podtools[0], system, 0o644)
        write(paths.podtools[1], text)
        return load_config(paths, environ={"LOGNAME": "me"}, **more)

    return load


def test_the_documented_samples_make_a_cluster(load):
    config = load(USER, SYSTEM)
    pod = config.cluster("pod")
    assert (pod.user, pod.api_key, pod.api_secret.reveal()) == ("ann", "k3y", "s3%cret")
    assert pod.beoweb_url == "https://mt1-beoweb.pod.penguincomputing.com"
    assert (pod.auth_type, pod.auth_url) == ("cloudauth", "https://auth.pod.penguincomputing.com")
    assert config.warnings == ()


def test_the_template_means_podtools_defaults(load):
    pod = load(TEMPLATE).cluster("pod")
    assert (pod.user, pod.auth_type, pod.logout, pod.ssh_auth_port) == (
        "me",
        "cloudauth",
        False,
        2200,
    )
    assert pod.auth_url == "https://auth.pod.penguincomputing.com"
    assert (pod.staging.hash_algo, pod.staging.sched) == ("md5", ScriptDialect.TORQUE)
    assert (pod.staging.overwrite, pod.staging.stageinmaxsize, pod.staging.stageoutmaxsize) == (
        True,
        0,
        0,
    )


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        ("user=bob", "user", "bob"),
        ("address=10.0.0.1", "beoweb_url", "https://10.0.0.1"),
        ("address=10.0.0.1\nport=8443", "beoweb_url", "https://10.0.0.1:8443"),
        ("address=10.0.0.1\nssl=false", "beoweb_url", "http://10.0.0.1:443"),
        ("address=10.0.0.1\nssl=false\nport=80", "beoweb_url", "http://10.0.0.1"),
        ("address=2001:db8::1\nport=8443", "beoweb_url", "https://[2001:db8::1]:8443"),
        ("auth_type=password", "beoweb_url", "https://127.0.0.1"),
        ("auth_type=password\nport=8443", "beoweb_url", "https://127.0.0.1:8443"),
        ("logout=true", "logout", True),
        ("logout=false", "logout", False),
        ("auth_type=password", "auth_type", "password"),
        ("authtype=publickey", "auth_type", "publickey"),
        ("auth_type=password\nauthtype=publickey", "auth_type", "password"),
        ("cloudauth_api_key=abc", "api_key", "abc"),
        ("cloudauth_url=https://auth.example.org/", "auth_url", "https://auth.example.org"),
        ("ssh_auth_address=ssh.example.org", "ssh_auth_address", "ssh.example.org"),
        ("address=a.example.org\nauthtype=publickey", "ssh_auth_address", "a.example.org"),
        ("ssh_auth_port=22", "ssh_auth_port", 22),
        ("[podsh]\noverwrite=false", "staging.overwrite", False),
        ("[podsh]\nsched=SGE", "staging.sched", ScriptDialect.SGE),
        ("[podsh]\nstageinmaxsize=10G", "staging.stageinmaxsize", 10 << 30),
        ("[podsh]\nstageoutmaxsize=1T", "staging.stageoutmaxsize", 1 << 40),
        ("[podsh]\nhash_algo=sha384", "staging.hash_algo", "sha384"),
        ("user = bob ; a comment", "user", "bob"),
        ("USER: bob", "user", "bob"),
    ],
)
def test_each_option_keeps_its_meaning(load, options, field, value):
    found = load(f"[podtools]\n{options}\n").cluster("pod")
    for part in field.split("."):
        found = getattr(found, part)
    assert found == value


@pytest.mark.parametrize(
    ("option", "field"), [("cloudauth_api_secret", "api_secret"), ("password", "password")]
)
def test_each_secret_option_keeps_its_meaning(load, option, field):
    assert getattr(load(f"[podtools]\n{option}=a%(b)s").cluster(), field).reveal() == "a%(b)s"


@pytest.mark.parametrize("level", ["ERROR", "WARNING", "INFO", "DEBUG"])
def test_loglevel_is_podtuis_unless_set_above(load, paths, write, level):
    assert load(f"[podtools]\nloglevel={level}\n").loglevel == level
    write(paths.config_file, 'loglevel = "INFO"')
    assert load("[podtools]\nloglevel=DEBUG\n").loglevel == "INFO"


def test_the_users_file_wins_over_the_systems_across_spellings(load):
    pod = load("[podtools]\nauthtype=password\nport=99", SYSTEM).cluster()
    assert pod.auth_type == "password"
    assert pod.beoweb_url == "https://mt1-beoweb.pod.penguincomputing.com:99"


def test_it_gives_way_to_a_cluster_called_pod(load, paths, write):
    write(paths.config_file, '[clusters.pod]\nuser = "new"\n')
    config = load(USER)
    assert [(c.name, c.user) for c in config.clusters] == [("pod", "new"), ("podtools", "ann")]
    write(paths.config_file, "[clusters.pod]\n[clusters.podtools]\n")
    config = load(USER)
    assert len(config.clusters) == 2
    assert "the names 'pod' and 'podtools' are taken" in config.warnings[0]


def test_it_comes_last_and_takes_the_environment_and_defaults(load, paths, write):
    write(paths.config_file, '[defaults]\nhash_algo = "sha1"\n[clusters.a]\n')
    config = load(USER, overrides={"clusters.pod.user": "above"})
    assert [c.name for c in config.clusters] == ["a", "pod"]
    assert config.cluster("pod").user == "above"
    assert config.cluster("pod").staging.hash_algo == "sha1"


@pytest.mark.parametrize("where", ["file", "option", "environment"])
def test_podtools_false_leaves_its_files_alone(paths, write, where):
    write(paths.podtools[1], "not INI at all")
    write(paths.config_file, "podtools = false" if where == "file" else "")
    environ = {"PODTUI_PODTOOLS": "no"} if where == "environment" else {}
    overrides = {"podtools": "false"} if where == "option" else {}
    assert load_config(paths, environ=environ, overrides=overrides).clusters == ()


@pytest.mark.parametrize("option", ["password", "cloudauth_api_secret"])
def test_a_secret_in_a_readable_file_is_refused(paths, write, option):
    file = write(paths.podtools[1], f"[podtools]\n{option}=hush-3f9a\n", 0o644)
    with pytest.raises(ConfigError, match=f"podtools.{option} is a secret") as caught:
        load_config(paths, environ={})
    assert f"chmod 600 {file}" in caught.value.hint
    assert "hush" not in str(caught.value)
    with pytest.raises(ConfigError, match="is a secret"):
        import_podtools(paths)


def test_a_readable_file_without_a_secret_is_fine(paths, write):
    write(paths.podtools[1], "[podtools]\nuser=ann\npassword=\ncloudauth_api_key=k\n", 0o644)
    assert load_config(paths, environ={}).cluster().user == "ann"


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("[podtools]\nusr=x", "unknown option 'usr' (did you mean 'user'?)"),
        ("[podtools]\nsched=SGE", "the option 'sched' belongs into [podsh]"),
        ("[podsh]\nuser=x", "the option 'user' belongs into [podtools]"),
        ("[podshell]\nsched=SGE", "unknown section 'podshell' (did you mean 'podsh'?)"),
        ("[podtools]\nport=99", "podtools.port has no effect without address"),
    ],
)
def test_what_cannot_be_used_is_told(load, text, warning):
    (told,) = load(text).warnings
    assert warning in told


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("user=x\n", "line 1: a setting stands before"),
        ("[podtools]\n[broken\n  hush-3f9a\n", "line 2, 3: this is not INI"),
        ("[podtools]\nport=x\naddress=a", "podtools.port must be a whole number, not 'x'"),
        ("[podtools]\nssl=perhaps\naddress=a", "podtools.ssl must be true or false"),
        ("[podtools]\nauthtype=magic", "must be one of cloudauth, password, publickey"),
        ("[podsh]\nhash_algo=crc", "podsh.hash_algo must be one of md5"),
        ("[podsh]\nstageinmaxsize=lots", "podsh.stageinmaxsize must be a size"),
        ("[podtools]\naddress=not a host/x?y", "must be an address"),
    ],
)
def test_a_wrong_value_names_the_file_and_the_option(load, text, problem):
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert problem in caught.value.message
    assert "hush" not in str(caught.value)


def test_import_writes_the_same_cluster_and_puts_the_secrets_away(paths, write):
    write(paths.podtools[0], SYSTEM + "loglevel=INFO\n", 0o644)
    write(
        paths.podtools[1],
        USER
        + "password=pw\nlogout=true\nssh_auth_port=22\n[podsh]\nstageinmaxsize=10G\nsched=SGE\n",
    )
    write(paths.config_file, "# mine\n[clusters.mt2] # other\n")
    before = load_config(paths, environ={}).cluster("pod")
    done = import_podtools(paths)
    text = paths.config_file.read_text()
    after = load_config(paths, environ={})
    assert [c.name for c in after.clusters] == ["mt2", "pod"]
    assert after.loglevel == "INFO"
    pod = after.cluster("pod")
    assert pod.api_secret.reveal() == before.api_secret.reveal() == "s3%cret"
    assert pod.password.reveal() == "pw"
    fields = [f for f in type(pod).__dataclass_fields__ if f not in ("api_secret", "password")]
    assert [getattr(pod, f) for f in fields] == [getattr(before, f) for f in fields]
    assert "s3%cret" not in text
    assert "# mine\n" in text
    assert "[clusters.mt2] # other" in text
    assert stat.S_IMODE(paths.config_file.stat().st_mode) == 0o600
    told = "\n".join(done.lines)
    assert f"Wrote the cluster 'pod' to {paths.config_file}" in told
    assert f"Stored api_secret in {paths.secrets / 'pod/api_secret'}." in told
    assert "s3%cret" not in told


def test_import_uses_a_keyring_where_there_is_one(paths, write, memory_keyring):
    write(paths.podtools[1], USER)
    assert import_podtools(paths).secrets == (("api_secret", "keyring"),)
    assert memory_keyring.kept == {("podtui", "pod/api_secret"): "s3%cret"}
    assert load_config(paths, environ={}).cluster().api_secret.reveal() == "s3%cret"


def test_import_happens_once(paths, write):
    write(paths.podtools[1], USER)
    import_podtools(paths)
    with pytest.raises(ConfigError, match="imported before"):
        import_podtools(paths)


def test_import_takes_another_name_where_pod_is_taken(paths, write):
    write(paths.podtools[1], USER)
    write(paths.config_file, "[clusters.pod]\n")
    assert import_podtools(paths).cluster == "podtools"


def test_import_without_files_says_so(paths):
    with pytest.raises(ConfigError, match="nothing to import"):
        import_podtools(paths)


def test_a_failed_import_leaves_no_secret_behind(paths, write, monkeypatch):
    write(paths.podtools[1], USER)

    def fail(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("podtui.config.edit.write_private", fail)
    with pytest.raises(Exception, match="No space left"):
        import_podtools(paths)
    assert not (paths.secrets / "pod/api_secret").exists()
    assert not paths.config_file.exists()
