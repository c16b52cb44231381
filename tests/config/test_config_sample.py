"""The sample file tells every key, and the truth about its default."""

import re
from operator import attrgetter

import pytest

from podtui.config.keys import KIND_KEY, KINDS, TOP_KEYS, KeyType
from podtui.config.load import load_config
from podtui.paths import shared_file

SAMPLE = shared_file("sample-config.toml").read_text(encoding="utf-8")
SETTING = re.compile(r"^#?([a-z_]+) = (.*)$", re.MULTILINE)
KEYS = KINDS["pod"]
VALUES = [key for key in KEYS if not key.secret]


def uncommented():
    return re.sub(r"^#(?=[a-z_]+ = |\[)", "", SAMPLE, flags=re.MULTILINE)


def explanation(name):
    """The comment block above a key."""
    before = SAMPLE[: re.search(rf"^#?{name} = ", SAMPLE, re.MULTILINE).start()]
    return before.rstrip("\n").rpartition("\n\n")[2]


@pytest.fixture
def sample(paths, write):
    write(paths.config_file, uncommented())
    return load_config(paths, environ={"LOGNAME": "me"})


@pytest.fixture
def defaults(paths, write, tmp_path):
    own = write(tmp_path / "minimal.toml", "[clusters.pod]\n")
    return load_config(paths, file=own, environ={"LOGNAME": "me"})


def test_it_names_every_key_once_and_no_other():
    named = [name for name, _ in SETTING.findall(SAMPLE)]
    wanted = [KIND_KEY.name, *(key.name for key in (*TOP_KEYS, *KEYS))]
    assert sorted(named) == sorted(wanted)


def test_as_it_comes_it_says_nothing_but_the_kind(paths, write, defaults):
    write(paths.config_file, SAMPLE)
    assert load_config(paths, environ={"LOGNAME": "me"}).clusters[0].kind == "pod"
    assert [line for line in SAMPLE.splitlines() if line and not line.startswith("#")] == [
        "[clusters.pod]",
        'kind = "pod"',
    ]


def test_uncommented_it_loads_without_a_warning(sample):
    assert sample.warnings == ()
    shadowed = [key for key in KEYS if key.type is KeyType.SECRET]  # by the command beside it
    told = [KIND_KEY, *(key for key in KEYS if key not in shadowed)]
    assert [name for name, _ in sample.origins if "." not in name] == [k.name for k in TOP_KEYS]
    assert {name for name, _ in sample.origins if "." in name} == {
        f"clusters.pod.{key.name}" for key in told
    }


@pytest.mark.parametrize(
    "key", [key for key in TOP_KEYS if key.name != "state_dir"], ids=lambda key: key.name
)
def test_a_top_keys_default_is_the_truth(sample, defaults, key):
    assert getattr(sample, key.name) == getattr(defaults, key.name)


@pytest.mark.parametrize("key", VALUES, ids=lambda key: key.name)
def test_a_cluster_keys_default_is_the_truth(sample, defaults, key):
    told, real = (attrgetter(key.fills)(config.cluster("pod")) for config in (sample, defaults))
    if re.search(r"\bNo (fixed )?default", explanation(key.name)):
        assert real in ("", None, "me"), "it has a default after all"
        assert told != real, "an example that is the default explains nothing"
    else:
        assert told == real


@pytest.mark.parametrize("key", [*TOP_KEYS, KIND_KEY, *KEYS], ids=lambda key: key.name)
def test_every_key_is_explained_with_all_its_words(key):
    text = explanation(key.name)
    assert text.startswith("# ")
    assert len(text) > 20
    for choice in key.choices:
        assert f'"{choice}"' in text
