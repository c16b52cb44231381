"""A JobSpec file is sent as the JobSpec it is, whichever version it was written for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from podtui.backends.psik.compose import Order, compose
from podtui.backends.psik.site import Site, System
from podtui.domain.job import ScriptDialect, Submission
from podtui.domain.script import with_token
from podtui.errors import InputError
from tests.backends.psik.recorded import FOLDER

TOKEN = "0f1e2d3c"
ONE = Site(1, (System("default", "local", "active"), System("hpc", "slurm", "active")))
TWO = Site(2, ONE.systems)
RESOURCES = {"duration": 5, "process_count": 2}
V1 = {
    "name": "hello",
    "script": "#!/bin/bash\necho $X\n",
    "directory": "/scratch",
    "resources": RESOURCES,
    "backend": {"type": "slurm", "queue_name": "q", "attributes": {"slurm": {"mem": "1G"}}},
}


def made(told: dict[str, Any] | str, site: Site = ONE) -> Order:
    text = told if isinstance(told, str) else json.dumps(told, indent=1)
    content = with_token(text, ScriptDialect.SLURM, TOKEN)  # as every submission is marked
    order = compose(Submission("job.json", content, ScriptDialect.SLURM, TOKEN), site)
    schemas = json.loads((FOLDER / f"openapi-{site.version}.0.{site.version - 1}.json").read_text())
    assert set(order.spec) <= set(schemas["components"]["schemas"]["JobSpec"]["properties"])
    return order


def test_it_goes_as_it_stands_with_the_token_in_its_script() -> None:
    order = made(V1)
    assert order.system.name == "hpc"
    assert order.losses == ()
    script = f"#!/bin/bash\n# PODTUI_TOKEN={TOKEN}\necho $X\n"
    assert order.spec == {**V1, "script": script}
    assert made({"script": "true"}).spec["name"] == "job.json"


def test_a_file_for_the_other_version_becomes_one_of_this() -> None:
    two = made(V1, TWO)
    assert two.spec["backend"] == "hpc"
    assert two.spec["attributes"] == {"slurm": {"mem": "1G"}}
    assert two.losses == ("backend.queue_name: psik_api 2 has no field for it",)
    one = made({"script": "#!/bin/sh\n", "backend": "hpc", "attributes": {"local": {}}})
    assert one.spec["backend"] == {"type": "slurm", "attributes": {"local": {}}}
    other = made({"script": "#!/bin/sh\n", "backend": "moon", "callback": None}, TWO)
    assert other.spec["backend"] == "default"
    assert other.losses == ("the service has no backend moon: default is taken",)
    assert "callback" not in other.spec


def test_variables_are_set_in_the_script_and_what_cannot_be_is_told() -> None:
    variables = {"X": "a b", "N": 3, "1bad": "x"}
    order = made({"script": "#!/bin/bash\necho\n", "environment": variables})
    assert "environment" not in order.spec
    assert "\nexport X='a b'\nexport N=3\n" in order.spec["script"]
    assert order.losses == ("environment: 1bad cannot be set in this script",)
    bare = made({"script": "echo", "environment": {"X": "1"}})
    assert bare.spec["script"] == f"# PODTUI_TOKEN={TOKEN}\necho"
    assert [line.partition(" ")[0] for line in bare.losses] == ["environment:", "its"]


@pytest.mark.parametrize(
    "told",
    [
        {"name": "x"},
        {"script": " "},
        {"script": ["true"]},
        {"script": "true", "resources": [1]},
        '{"script": "true",}',
        '{"name": "x"',
    ],
)
def test_what_is_no_jobspec_is_refused_and_never_run_as_a_script(told: Any) -> None:
    with pytest.raises(InputError, match=r"job\.json is no JobSpec"):
        made(told)


def test_a_script_that_begins_with_a_brace_is_a_script() -> None:
    order = made('{ "true" && echo yes; }\n')
    assert order.spec["script"].startswith("#!/bin/bash\n")


def test_secrets_of_a_file_are_sent_and_not_shown() -> None:
    order = made({"script": "#!/bin/sh\n", "cb_secret": "hush", "callback": "https://me.test"})
    assert order.spec["cb_secret"] == "hush"
    assert "hush" not in order.text
