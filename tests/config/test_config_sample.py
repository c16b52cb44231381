"""The sample file tells every key, and the truth about its default."""

import re
from operator import attrgetter

import pytest

from podtui.config.keys import KIND_KEY, KINDS, TOP_KEYS, KeyType
from podtui.config.load import load_config
from podtui.paths import shared_file

SAMPLE = shared_file("sample-config.toml").read_text(encoding="utf-8")
SETTING = re.compile(r"^#?([a-z_]+) = (.*)$", re.MULTILINE)
SECTION = re.compile(r"(?=^#?\[clusters\.)", re.MULTILINE)
TOP, POD, LOGIN = SECTION.split(SAMPLE)
SECTIONS = {"pod": ("pod", POD), "ssh": ("login", LOGIN)}
SHARED = {key.name for key in KINDS["pod"]}
TOLD = [
    *(("pod", key) for key in KINDS["pod"]),
    *(("ssh", key) for key in KINDS["ssh"] if key.name not in SHARED | {"user"}),
    *(("ssh", key) for key in KINDS["ssh"] if key.name in ("user", "poll_seconds")),
]
"""Every kind with each key its section explains; what it shares with a pod stands there."""


def uncommented():
    return re.sub(r"^#(?=[a-z_]+ = |\[)", "", SAMPLE, flags=re.MULTILINE)


def explanation(name, text=SAMPLE):
    """The comment block above a key."""
    before = text[: re.search(rf"^#?{name} = ", text, re.MULTILINE).start()]
    return before.rstrip("\n").rpartition("\n\n")[2]


def named(text):
    return [name for name, _ in SETTING.findall(text)]


@pytest.fixture
def sample(paths, write):
    write(paths.config_file, uncommented())
    return load_config(paths, environ={"LOGNAME": "me"})


@pytest.fixture
def defaults(paths, write, tmp_path):
    own = write(tmp_path / "minimal.toml", '[clusters.pod]\n[clusters.login]\nkind = "ssh"\n')
    return load_config(paths, file=own, environ={"LOGNAME": "me"})


def test_it_names_every_key_once_and_no_other():
    assert sorted(named(TOP)) == sorted(key.name for key in TOP_KEYS)
    for kind, (_, text) in SECTIONS.items():
        wanted = [KIND_KEY.name, *(key.name for told, key in TOLD if told == kind)]
        assert sorted(named(text)) == sorted(wanted)


@pytest.mark.parametrize("kind", SECTIONS)
def test_a_kinds_other_keys_are_pointed_to(kind):
    for key in KINDS[kind]:
        if (kind, key) not in TOLD:
            assert key.name in POD
            assert re.search(rf"\b{key.name}\b", SAMPLE.partition('kind = "ssh"')[0][-500:])


def test_as_it_comes_it_says_nothing_but_the_kind(paths, write, defaults):
    write(paths.config_file, SAMPLE)
    assert load_config(paths, environ={"LOGNAME": "me"}).clusters[0].kind == "pod"
    assert [line for line in SAMPLE.splitlines() if line and not line.startswith("#")] == [
        "[clusters.pod]",
        'kind = "pod"',
    ]


def test_uncommented_it_loads_without_a_warning(sample):
    assert sample.warnings == ()
    told = {f"clusters.{SECTIONS[kind][0]}.kind" for kind in SECTIONS}
    for kind, key in TOLD:
        if key.type is not KeyType.SECRET:  # shadowed by the command beside it
            told.add(f"clusters.{SECTIONS[kind][0]}.{key.name}")
    assert [name for name, _ in sample.origins if "." not in name] == [k.name for k in TOP_KEYS]
    assert {name for name, _ in sample.origins if "." in name} == told


@pytest.mark.parametrize(
    "key", [key for key in TOP_KEYS if key.name != "state_dir"], ids=lambda key: key.name
)
def test_a_top_keys_default_is_the_truth(sample, defaults, key):
    assert getattr(sample, key.name) == getattr(defaults, key.name)


@pytest.mark.parametrize(
    ("kind", "key"),
    [(kind, key) for kind, key in TOLD if not key.secret],
    ids=[f"{kind}-{key.name}" for kind, key in TOLD if not key.secret],
)
def test_a_cluster_keys_default_is_the_truth(sample, defaults, kind, key):
    name, text = SECTIONS[kind]
    told, real = (attrgetter(key.fills)(config.cluster(name)) for config in (sample, defaults))
    if re.search(r"\bNo (fixed )?default", explanation(key.name, text)):
        assert real in ("", None, "me", ()), "it has a default after all"
        assert told != real, "an example that is the default explains nothing"
    else:
        assert told == real


@pytest.mark.parametrize("key", TOP_KEYS, ids=lambda key: key.name)
def test_every_top_key_is_explained_with_all_its_words(key):
    check_explanation(key, TOP)


@pytest.mark.parametrize(("kind", "key"), TOLD, ids=[f"{kind}-{key.name}" for kind, key in TOLD])
def test_every_cluster_key_is_explained_with_all_its_words(kind, key):
    check_explanation(key, SECTIONS[kind][1])


def test_every_kind_is_explained():
    for kind in KINDS:
        assert f'kind = "{kind}"' in SAMPLE


def check_explanation(key, section):
    text = explanation(key.name, section)
    assert text.startswith("# ")
    assert len(text) > 20
    for choice in key.choices:
        assert f'"{choice}"' in text
