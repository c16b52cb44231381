"""The sample file tells every key, and the truth about its default."""

import re
from operator import attrgetter

import pytest

from podtui.config.keys import KIND_KEY, KINDS, TOP_KEYS, KeyType
from podtui.config.load import load_config
from podtui.paths import shared_file

SAMPLE = shared_file("sample-config.toml").read_text(encoding="utf-8")
SETTING = re.compile(r"^#?([a-z_]+) = (.*)$", re.MULTILINE)


def sections():
    """The part before every cluster, and each kind's cluster with its part, the head first."""
    starts = list(re.finditer(r"^#?\[clusters\.([a-z]+)\]$", SAMPLE, re.MULTILINE))
    heads = [SAMPLE.rindex("\n\n", 0, start.start()) + 2 for start in starts]
    parts = [SAMPLE[at:to] for at, to in zip(heads, [*heads[1:], len(SAMPLE)], strict=True)]
    kinds = [re.search(r'^#?kind = "(.*)"$', part, re.MULTILINE)[1] for part in parts]
    names = [start[1] for start in starts]
    return SAMPLE[: heads[0]], dict(zip(kinds, zip(names, parts, strict=True), strict=True))


TOP, SECTIONS = sections()
TOLD = [
    (kind, key)
    for kind, (_, part) in SECTIONS.items()
    for key in KINDS[kind]
    if re.search(rf"^#?{key.name} = ", part, re.MULTILINE)
]
"""Every kind with each key its section explains; the others are explained above it."""
POINTED = [(kind, key) for kind in SECTIONS for key in KINDS[kind] if (kind, key) not in TOLD]


def ids(pairs):
    return [f"{kind}-{key.name}" for kind, key in pairs]


def uncommented():
    return re.sub(r"^#(?=[a-z_]+ = |\[)", "", SAMPLE, flags=re.MULTILINE)


def explanation(name, text=SAMPLE):
    """The comment block above a key."""
    before = text[: re.search(rf"^#?{name} = ", text, re.MULTILINE).start()]
    return before.rstrip("\n").rpartition("\n\n")[2]


def named(text):
    return [name for name, _ in SETTING.findall(text)]


def shadowed(kind, key):
    """Whether another way to the same secret wins over the key in the sample."""
    secret = key.gives or (key.name if key.type is KeyType.SECRET else "")
    ways = [one for one in KINDS[kind] if one.gives and one.gives == secret]
    return bool(ways) and key != ways[0]


@pytest.fixture
def sample(paths, write):
    write(paths.config_file, uncommented())
    return load_config(paths, environ={"LOGNAME": "me"})


@pytest.fixture
def defaults(paths, write, tmp_path):
    clusters = [f'[clusters.{name}]\nkind = "{kind}"' for kind, (name, _) in SECTIONS.items()]
    own = write(tmp_path / "minimal.toml", "\n".join(clusters))
    return load_config(paths, file=own, environ={"LOGNAME": "me"})


def test_every_kind_has_its_section():
    assert list(SECTIONS) == list(KINDS)


def test_it_names_every_key_once_and_no_other():
    assert sorted(named(TOP)) == sorted(key.name for key in TOP_KEYS)
    for kind, (_, part) in SECTIONS.items():
        wanted = [KIND_KEY.name, *(key.name for told, key in TOLD if told == kind)]
        assert sorted(named(part)) == sorted(wanted)


@pytest.mark.parametrize(("kind", "key"), POINTED, ids=ids(POINTED))
def test_a_kinds_other_keys_are_pointed_to_and_explained_above(kind, key, defaults):
    name, part = SECTIONS[kind]
    assert re.search(rf"\b{key.name}\b", part.partition("[clusters.")[0])
    above = list(SECTIONS)[: list(SECTIONS).index(kind)]
    told = [other for other, known in TOLD if other in above and known == key]
    assert told
    if key.type is not KeyType.SECRET and not key.gives:
        value = attrgetter(key.fills)
        same = {value(defaults.cluster(SECTIONS[other][0])) for other in told}
        assert value(defaults.cluster(name)) in same


def test_as_it_comes_it_says_nothing_but_the_kind(paths, write):
    write(paths.config_file, SAMPLE)
    assert load_config(paths, environ={"LOGNAME": "me"}).clusters[0].kind == "pod"
    assert [line for line in SAMPLE.splitlines() if line and not line.startswith("#")] == [
        "[clusters.pod]",
        'kind = "pod"',
    ]


def test_uncommented_it_loads_without_a_warning(sample):
    assert sample.warnings == ()
    told = {f"clusters.{name}.kind" for name, _ in SECTIONS.values()}
    for kind, key in TOLD:
        if not shadowed(kind, key):
            told.add(f"clusters.{SECTIONS[kind][0]}.{key.name}")
    assert [name for name, _ in sample.origins if "." not in name] == [k.name for k in TOP_KEYS]
    assert {name for name, _ in sample.origins if "." in name} == told


@pytest.mark.parametrize(
    "key", [key for key in TOP_KEYS if key.name != "state_dir"], ids=lambda key: key.name
)
def test_a_top_keys_default_is_the_truth(sample, defaults, key):
    assert getattr(sample, key.name) == getattr(defaults, key.name)


PLAIN = [(kind, key) for kind, key in TOLD if not key.secret and not key.gives]


@pytest.mark.parametrize(("kind", "key"), PLAIN, ids=ids(PLAIN))
def test_a_cluster_keys_default_is_the_truth(sample, defaults, kind, key):
    name, part = SECTIONS[kind]
    told, real = (attrgetter(key.fills)(config.cluster(name)) for config in (sample, defaults))
    if re.search(r"\bNo (fixed )?default", explanation(key.name, part)):
        assert real in ("", None, "me", ()), "it has a default after all"
        assert told != real, "an example that is the default explains nothing"
    else:
        assert told == real


@pytest.mark.parametrize("key", TOP_KEYS, ids=lambda key: key.name)
def test_every_top_key_is_explained_with_all_its_words(key):
    check_explanation(key, TOP)


@pytest.mark.parametrize(("kind", "key"), TOLD, ids=ids(TOLD))
def test_every_cluster_key_is_explained_with_all_its_words(kind, key):
    check_explanation(key, SECTIONS[kind][1])


def check_explanation(key, section):
    text = explanation(key.name, section)
    assert text.startswith("# ")
    assert len(text) > 20
    for choice in key.choices:
        assert f'"{choice}"' in text
