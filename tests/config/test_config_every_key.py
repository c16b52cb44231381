"""No dead key: each of each kind of cluster is read, and a test sees what it changes."""

from __future__ import annotations

import re
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from podtui.config.keys import KINDS, Key, KeyType
from podtui.config.load import load_config
from podtui.config.model import ClusterConfig
from podtui.paths import Paths

TESTS = Path(__file__).parents[1]
EACH = [pytest.param(kind, key, id=f"{kind}-{key.name}") for kind in KINDS for key in KINDS[kind]]
LEAST = {
    "pod": 'auth_url = "https://auth.example.org"',
    "ssh": 'host = "login.example.org"',
    "slurmrest": 'url = "https://slurm.example.org"',
    "psik": 'url = "https://psik.example.org"',
    "kotta": 'url = "https://kotta.example.org"',
    "resop": 'url = "https://resop.example.org"',
}
"""What a cluster of each kind cannot do without."""

_LOGINS = "story/test_pod_logins.py::"
_STAGING = "services/test_staging.py::"
_DEFAULTS = "services/test_staging_defaults.py::"
_TOKENS = "config/test_config_tokens.py::"
_TLS = "backends/psik/test_psik_tls.py::"
_SLURM = "story/test_slurmrest_story.py::"
SEEN_BY = {
    "api": "backends/slurmrest/test_slurmrest_wire.py::test_the_newest_version_both_know_is_spoken",
    "api_key": "story/test_bad_login.py::test_a_key_that_nobody_has",
    "api_secret": "story/test_bad_login.py::test_a_secret_that_is_no_longer_right",
    "api_secret_command": "config/test_config_secrets.py::"
    "test_a_command_runs_once_and_only_when_it_is_needed",
    "auth_type": f"{_LOGINS}test_by_a_password_that_does_not_travel",
    "auth_url": f"{_LOGINS}test_without_any_address_it_says_which_are_missing",
    "backend": "backends/psik/test_psik_compose.py::"
    "test_a_queue_is_a_backend_or_the_backends_own_queue",
    "beoweb_url": f"{_LOGINS}test_by_a_password_that_does_not_travel",
    "ca_file": f"{_TLS}test_a_certificate_with_its_key",
    "client_cert": f"{_TLS}test_a_certificate_with_its_key",
    "client_key": f"{_TLS}test_a_certificate_with_its_key",
    "cloudauth_id": f"{_LOGINS}test_the_account_is_that_of_the_cloudauth_id",
    "controller": f"{_LOGINS}test_the_controller_that_is_named_is_the_one_used",
    "env": "tui/test_tui_history.py::test_a_shell_in_a_job_goes_through_the_login_node",
    "hash_algo": f"{_DEFAULTS}test_the_hash_that_is_set_is_used",
    "headers": "backends/slurmrest/test_slurmrest_wire.py::"
    "test_a_proxys_headers_go_along_and_its_login_page_is_a_login",
    "host": "backends/ssh/test_ssh_link.py::test_nobody_there_is_unreachable",
    "host_keys": "backends/ssh/test_ssh_hostkeys.py::"
    "test_strict_refuses_an_unknown_key_and_tells_it",
    "identity_file": "backends/ssh/test_ssh_login.py::"
    "test_a_key_file_of_the_cluster_logs_in_without_a_question",
    "job_folder": "backends/ssh/test_ssh_job_folder.py::"
    "test_scripts_are_kept_in_the_folder_that_is_set",
    "known_hosts": "backends/ssh/test_ssh_hostkeys.py::test_a_new_known_hosts_file_is_private",
    "logout": f"{_LOGINS}test_logout_ends_the_session_after_each_call",
    "overwrite": f"{_DEFAULTS}test_whether_to_replace_is_as_set",
    "password": f"{_LOGINS}test_by_a_password_that_does_not_travel",
    "password_command": f"{_TOKENS}test_a_password_of_resop_may_be_given_in_each_way",
    "poll_seconds": "tui/test_tui_jobs_pane.py::test_refresh_asks_at_once",
    "port": "backends/ssh/test_ssh_link.py::test_nobody_there_is_unreachable",
    "queue": "backends/kotta/test_kotta_description.py::"
    "test_the_preview_shows_the_form_without_the_login",
    "sched": f"{_DEFAULTS}test_the_scheduler_that_is_set_reads_a_script_without_directives",
    "scheduler": "backends/ssh/test_ssh_detect.py::test_the_configuration_may_name_the_wrappers",
    "scheduler_version": "backends/ssh/test_ssh_detect.py::"
    "test_the_configuration_may_name_the_version",
    "ssh_auth_address": f"{_LOGINS}test_the_session_server_is_where_it_is_said_to_be",
    "ssh_auth_port": f"{_LOGINS}test_the_session_server_is_where_it_is_said_to_be",
    "ssh_host": f"{_SLURM}test_without_a_login_node_files_are_not_offered",
    "stageinmaxsize": f"{_STAGING}test_over_the_limit_nothing_is_sent",
    "stageoutmaxsize": f"{_STAGING}test_stage_out_limit_stops_before_the_first_byte",
    "token": f"{_SLURM}test_wrong_credentials_wait_for_a_person",
    "token_command": f"{_TOKENS}test_a_token_may_be_given_in_each_way",
    "token_env": f"{_TOKENS}test_a_variable_of_the_environment_handed_in_may_hold_the_token",
    "token_file": f"{_TOKENS}test_a_token_file_is_read_when_needed_and_again_when_renewed",
    "uds": "backends/psik/test_psik_calls.py::test_a_service_that_is_away_or_says_nonsense",
    "url": f"{_SLURM}test_the_server_goes_away_and_comes_back",
    "user": f"{_LOGINS}test_the_user_is_who_logs_in",
}
"""By the name of a key, which means the same in every kind: where its effect is seen."""


def _other(key: Key, before: object, folder: Path) -> str:
    """A value, as TOML, that the key does not have already."""
    texts: dict[KeyType, str] = {
        KeyType.TEXT: '"other"',
        KeyType.FLAG: "false" if before is True else "true",
        KeyType.WHOLE: str(int(key.least or 0) + 7),
        KeyType.NUMBER: str((key.least or 0) + 7.5),
        KeyType.SIZE: '"7K"',
        KeyType.PATH: f'"{folder}/other"',
        KeyType.URL: '"https://other.example.org"',
        KeyType.ADDRESS: '"https://other.example.org"',
        KeyType.API_VERSION: '"v0.0.40"',
        KeyType.COMMAND: '"printf secret"',
        KeyType.VARIABLE: '"OTHER"',
        KeyType.VARIABLES: '{ OTHER = "x" }',
        KeyType.SECRET: '"other"',
        KeyType.HEADERS: '{ X-Other = "x" }',
    }
    if key.type is KeyType.CHOICE:
        return f'"{next(one for one in key.choices if one != getattr(before, "value", before))}"'
    return texts[key.type]


def _loaded(folder: Path, kind: str, line: str) -> ClusterConfig:
    file = folder / "config.toml"
    file.touch(mode=0o600)
    own = line.split(" = ", 1)[0]
    least = "" if LEAST[kind].startswith(f"{own} ") else LEAST[kind]
    file.write_text(f'podtools = false\n[clusters.one]\nkind = "{kind}"\n{least}\n{line}\n')
    paths = Paths(file, folder / "state", folder)
    config = load_config(paths, file=file, environ={"OTHER": "secret"})
    assert not [one for one in config.warnings if "unknown" in one], config.warnings
    (cluster,) = config.clusters
    return cluster


def _value(cluster: ClusterConfig, key: Key) -> Any:
    found = attrgetter(key.gives or key.fills)(cluster)
    return getattr(found, "value", found) if key.type is KeyType.CHOICE else found


@pytest.mark.parametrize(("kind", "key"), EACH)
def test_each_key_changes_its_field(kind: str, key: Key, tmp_path: Path) -> None:
    before = _value(_loaded(tmp_path, kind, ""), key)
    line = f"{key.name} = {_other(key, before, tmp_path)}"
    assert _value(_loaded(tmp_path, kind, line), key) != before, line


@pytest.mark.parametrize(("kind", "key"), EACH)
def test_a_test_sees_what_each_key_of_a_cluster_changes(kind: str, key: Key) -> None:
    file, _, name = SEEN_BY[key.name].partition("::")
    text = (TESTS / file).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), f"{kind}: {key.name}"


def test_no_test_is_named_for_a_key_that_is_gone() -> None:
    assert SEEN_BY.keys() == {key.name for keys in KINDS.values() for key in keys}
