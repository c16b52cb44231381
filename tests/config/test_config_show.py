"""`podtui config show --json`: each value and where it comes from."""

import json

from podtui.config.keys import KINDS, TOP_KEYS, KeyType
from podtui.config.load import load_config
from podtui.config.secrets import store_secret
from podtui.config.show import describe

TOML = """\
theme = "night"
[defaults]
poll_seconds = 20
[clusters.pod]
kind = "pod"
sched = "SGE"
ca_file = "ca.pem"
api_secret = "hush-3f9a"
password_command = "cat hush-3f9a"
"""


def shown(paths, write, toml=TOML, **more):
    write(paths.config_file, toml)
    return describe(load_config(paths, **{"environ": {"LOGNAME": "me"}, **more}))


def test_it_tells_each_value_and_its_place(paths, write):
    told = shown(
        paths,
        write,
        environ={"LOGNAME": "me", "PODTUI_CLUSTERS__POD__USER": "ann"},
        overrides={"loglevel": "debug"},
    )
    pod, file = told["clusters"]["pod"], str(paths.config_file)
    assert told["theme"] == {"value": "night", "from": file}
    assert told["loglevel"] == {"value": "DEBUG", "from": "option"}
    assert told["state_dir"] == {"value": None, "from": "default"}
    assert pod["kind"] == {"value": "pod", "from": file}
    assert pod["user"] == {"value": "ann", "from": "environment"}
    assert pod["poll_seconds"] == {"value": 20.0, "from": f"{file} [defaults]"}
    assert pod["sched"] == {"value": "SGE", "from": file}
    assert pod["ca_file"] == {"value": str(paths.config_file.parent / "ca.pem"), "from": file}
    assert pod["hash_algo"] == {"value": "sha256", "from": "default"}


def test_it_has_every_key_and_is_json(paths, write):
    told = shown(paths, write)
    assert json.loads(json.dumps(told)) == told
    assert set(told) == {key.name for key in TOP_KEYS} | {"clusters", "warnings"}
    commands = {key.name for key in KINDS["pod"] if key.type is KeyType.COMMAND}
    assert set(told["clusters"]["pod"]) == {"kind", *(k.name for k in KINDS["pod"])} - commands


def test_secrets_are_set_or_not_set(paths, write, memory_keyring):
    pod = shown(paths, write)["clusters"]["pod"]
    assert pod["api_secret"] == {"value": "set", "from": str(paths.config_file)}
    place = f"command in {paths.config_file}: clusters.pod.password_command"
    assert pod["password"] == {"value": "set", "from": place}
    assert "hush" not in json.dumps(pod)
    assert shown(paths, write, "[clusters.pod]")["clusters"]["pod"]["password"] == {
        "value": "not set",
        "from": "default",
    }
    store_secret(paths, "pod", "password", "x")
    kept = shown(paths, write, "[clusters.pod]")["clusters"]["pod"]["password"]
    assert kept == {"value": "set", "from": "keyring"}


def test_podtools_values_are_told_as_such(paths, write):
    write(paths.podtools[1], "[podtools]\nuser=ann\n")
    pod = shown(paths, write, "")["clusters"]["pod"]
    assert pod["user"] == {"value": "ann", "from": str(paths.podtools[1])}
    assert pod["hash_algo"] == {"value": "md5", "from": "PODTools' default"}


def test_warnings_are_among_it(paths, write):
    assert "did you mean 'theme'" in shown(paths, write, "them = 1")["warnings"][0]
