"""The Clusters pane: what it shows, what its keys do, and the guided way to a login node."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TabbedContent

from podtui.backends.base import Question
from podtui.config.model import SshOptions
from podtui.domain.cluster import ClusterStatus, Facet, LinkState, Offer
from podtui.domain.node import Controller, LoginNode
from podtui.domain.queue import Queue
from podtui.domain.survey import Quota, Survey
from podtui.errors import Refused
from podtui.paths import Paths
from podtui.services.shells import shell_command
from podtui.tui.app import PodtuiApp
from podtui.tui.cloud import ProvisionState
from podtui.tui.panes.clusters import ClustersPane
from podtui.tui.screens.dialogs import Confirm
from podtui.tui.screens.login import QuestionsScreen
from podtui.tui.screens.new_node import NewNodeScreen
from podtui.tui.widgets.keyed_table import KeyedTable

from .conftest import make_app, screen_text, there, toasts, until
from .fake_session import NOW, FakeBackend
from .settings_file import settings_app

_NODE = LoginNode(
    "n1", "ACTIVE", "i1", "2", "login-1.pod", "127.0.0.1", 2222, NOW - timedelta(hours=3)
)


class TwoControllers(FakeBackend):
    """A domain with a second controller, and one that is switched off."""

    def status(self) -> ClusterStatus:
        status = super().status()
        further = (
            Controller("2", "MT2", True, "http://127.0.0.1:3", "http://127.0.0.1:4"),
            Controller("0", "MT0", False, "http://127.0.0.1:5", "http://127.0.0.1:6"),
        )
        return replace(status, controllers=(*status.controllers, *further))


class LoginNodeOnly(FakeBackend):
    """A cluster behind a login node: jobs and files, no cloud."""

    def status(self) -> ClusterStatus:
        offers = (
            Offer(Facet.JOBS, offered=True),
            Offer(Facet.FILES, offered=True),
            Offer(Facet.NODES, offered=False, reason="No controller here."),
            Offer(Facet.KEYS, offered=False, reason="No keys here."),
        )
        about = "Slurm 22.05 on login[1]" if self.connected else ""
        return ClusterStatus(self.name, "ssh", user="alice", about=about, offers=offers)


async def see_clusters(pilot: Pilot[None], *texts: str) -> ClustersPane:
    """Go to the pane and wait until it shows `texts`."""
    app = pilot.app
    assert isinstance(app, PodtuiApp)
    await pilot.press("1")
    pane = await there(pilot, ClustersPane)
    await until(pilot, lambda: pane.has_focus_within, "the focus in the pane")
    for text in texts:
        await until(pilot, lambda text=text: text in screen_text(app), text)
    return pane


async def test_a_login_node_tells_its_scheduler_and_its_queues(paths: Paths) -> None:
    backend = LoginNodeOnly("hpc")
    backend.jobs.the_queues = (
        Queue("fast", True, "up", 64, 12, 3, 1, timedelta(hours=2), default=True),
        Queue("night", False, "drained"),
    )
    app = make_app(paths, backend)
    async with app.run_test(size=(120, 40)) as pilot:
        await see_clusters(pilot, "Slurm 22.05 on login[1]", "fast (default)")
        lines = screen_text(app).splitlines()
        assert next(line for line in lines if "fast" in line).split() == (
            ["fast", "(default)", "●", "up", "12", "64", "3", "1", "2h00"]
        )
        assert next(line for line in lines if "night" in line).split()[:4] == (
            ["night", "○", "drained", "–"]
        )
        assert "no nodes: No controller here." in screen_text(app)
        assert "Login nodes" not in screen_text(app)
        backend.jobs.the_queues = (Queue("fast", True, "up", 64, 40),)
        await pilot.press("g")
        await until(pilot, lambda: "40" in screen_text(app) and "night" not in screen_text(app))


async def test_a_cluster_is_shown_with_its_cloud(app: PodtuiApp, backend: FakeBackend) -> None:
    backend.nodes.the_nodes["n1"] = _NODE
    async with app.run_test(size=(120, 40)) as pilot:
        await see_clusters(pilot, "● online", "login-1.pod")
        text = screen_text(app)
    for fact in ("alice", "MT1", "8h00", "volume 50 GB", "127.0.0.1:2222", "small", "3h00"):
        assert fact in text, fact
    assert "login-rocky9" in text


async def test_without_a_login_node_it_says_what_to_do(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        await see_clusters(pilot, "No login node yet: press N to make one.")


async def test_disconnect_and_connect_again(paths: Paths) -> None:
    one, other = FakeBackend("pod"), FakeBackend("mt2")
    app = make_app(paths, one, other)
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await see_clusters(pilot, "● online")
        await pilot.press("d")
        await until(pilot, lambda: app.statuses[0].link is LinkState.IDLE)
        await pilot.press("d")
        await until(pilot, lambda: "pod is not connected." in toasts(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.statuses[1].link is LinkState.ONLINE)
        assert app.cluster == "mt2"
        assert pane.chosen is not None
        assert pane.chosen.name == "mt2"
        assert (one.connects, other.connects) == (1, 1)


async def test_a_refusal_stands_in_the_details_and_g_asks_again(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await see_clusters(pilot, "No login node yet")
        backend.nodes.trouble = _fail
        await pilot.press("g")
        await until(pilot, lambda: "Refused: The [controller] said no." in screen_text(app))
        backend.nodes.trouble = lambda: None
        backend.nodes.the_nodes["n1"] = _NODE
        await pilot.press("g")
        await until(pilot, lambda: "login-1.pod" in screen_text(app))
        assert "said no" not in screen_text(app)


def _fail() -> None:
    raise Refused("The [controller] said no.")


@pytest.mark.parametrize(("answer", "left"), [("escape", 1), ("enter", 1), ("y", 0)])
async def test_ending_a_login_node_asks_and_names_it(
    app: PodtuiApp, backend: FakeBackend, answer: str, left: int
) -> None:
    backend.nodes.the_nodes["n1"] = _NODE
    async with app.run_test(size=(100, 40)) as pilot:
        await see_clusters(pilot, "login-1.pod")
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.pause()
        text = screen_text(app)
        assert "login-1.pod on pod ends" in text
        assert "The storage volume and everything on it stay." in text
        await pilot.press(answer)
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await until(pilot, lambda: not any(w.name == "end n1" for w in app.workers))
        assert len(backend.nodes.the_nodes) == left
        assert backend.nodes.the_volume is not None
        wanted = "login-1.pod" if left else "No login node yet"
        await until(pilot, lambda: wanted in screen_text(app))


async def test_keys_without_a_login_node_say_why_they_do_nothing(app: PodtuiApp) -> None:
    async with app.run_test() as pilot:
        await see_clusters(pilot, "No login node yet")
        await pilot.press("s", "x", "a")
        await until(pilot, lambda: toasts(app).count("There is no login node: press N") == 2)
        assert "It is here already, as pod." in toasts(app)


def test_the_shell_is_an_argv_list_with_the_address_behind_the_options() -> None:
    options = SshOptions(Path("/k/id"), Path("/k/known hosts"), "strict")
    node = replace(_NODE, public_ip="-oProxyCommand=evil")
    assert shell_command(node, "alice", options) == [
        *("ssh", "-p", "2222", "-l", "alice", "-i", "/k/id", "-o", "IdentitiesOnly=yes"),
        *("-o", 'UserKnownHostsFile="/k/known hosts"', "-o", "StrictHostKeyChecking=yes"),
        *("--", "-oProxyCommand=evil"),
    ]


async def test_a_further_controller_is_added_once_with_the_same_keys(paths: Paths) -> None:
    paths.config_file.parent.mkdir(parents=True)
    paths.config_file.write_text(
        '# mine\n[clusters.pod]\nkind = "pod"\nuser = "alice"\nauth_url = "http://127.0.0.1:1"\n'
    )
    paths.config_file.chmod(0o600)
    app = make_app(paths, TwoControllers("pod"))
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await see_clusters(pilot, "MT2")
        controllers = pane.query_one("#controllers-table", KeyedTable)
        controllers.focus()
        controllers.stand_on("0")
        await pilot.press("a")
        await until(pilot, lambda: "Controller MT0 is listed as inactive." in toasts(app))
        controllers.stand_on("2")
        await pilot.press("a")
        await until(pilot, lambda: "Cluster added" in toasts(app))
        await pilot.press("a")
        await until(pilot, lambda: "Already there" in toasts(app))
    text = paths.config_file.read_text()
    clusters = tomllib.loads(text)["clusters"]
    assert text.startswith("# mine\n")
    assert clusters["pod-mt2"] == {**clusters["pod"], "controller": "2"}
    assert len(clusters) == 2


async def test_disconnecting_takes_the_login_dialog_away(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async def ask() -> None:
        assert backend.prompter is not None
        await backend.prompter.ask("pod", "Login", [Question("Password")])

    async with app.run_test() as pilot:
        await see_clusters(pilot, "● online")
        await pilot.press("d")
        await until(pilot, lambda: app.statuses[0].link is LinkState.IDLE)
        backend.connect = ask  # type: ignore[method-assign]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, QuestionsScreen))
        app.workers.cancel_group(app, "link pod")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await until(pilot, lambda: app.statuses[0].link is LinkState.IDLE)


async def open_form(pilot: Pilot[None]) -> NewNodeScreen:
    """Open the guided screen and wait until it knows what there is."""
    await pilot.press("N")
    await until(pilot, lambda: isinstance(pilot.app.screen, NewNodeScreen))
    screen = pilot.app.screen
    assert isinstance(screen, NewNodeScreen)
    await until(pilot, lambda: screen.query_one("#flavors", KeyedTable).keys)
    return screen


async def test_the_smallest_flavor_that_fits_is_preselected_and_others_say_why_not(
    app: PodtuiApp,
) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await see_clusters(pilot, "No login node yet")
        screen = await open_form(pilot)
        flavors = screen.query_one("#flavors", KeyedTable)
        assert flavors.cursor_key == "2"  # the other has 256 MB, the image needs 512
        assert "✗ RAM" in screen_text(app)
        assert "50" in screen.query_one("#volume", Input).value
        assert "there already" in screen_text(app)
        flavors.focus()
        await pilot.press("up", "f2")
        assert "free is too small" in screen_text(app)
        assert "needs 512 MB RAM (it has 256 MB)" in screen_text(app)
        assert app.provisions == ()


@pytest.mark.parametrize("how", ["escape", "3", "#files"])
async def test_a_login_node_is_made_step_by_step(
    app: PodtuiApp, backend: FakeBackend, how: str
) -> None:
    backend.nodes.the_account = backend.nodes.the_volume = None
    async with app.run_test(size=(100, 40)) as pilot:
        await see_clusters(pilot, "No login node yet")
        screen = await open_form(pilot)
        volume = screen.query_one("#volume", Input)
        volume.value = "0"
        await pilot.press("f2")
        assert "The volume needs a size in GB." in screen_text(app)
        volume.value = "70"
        await pilot.press("f2")
        await until(pilot, lambda: "The login node answers" in screen_text(app))
        await until(pilot, lambda: "Its files [3]" in screen_text(app))
        shown = screen_text(app)
        assert re.findall(r"✓ (\w+) +made", shown) == ["account", "volume", "key", "instance"]
        assert "✓ ready" in shown
        assert backend.nodes.the_volume is not None
        assert backend.nodes.the_volume.size_gb == 70
        assert len(backend.keys.keys) == 1
        await (pilot.click(how) if how.startswith("#") else pilot.press(how))
        if how != "escape":
            await until(pilot, lambda: app.query_one("#panes", TabbedContent).active == "files")
            await pilot.press("1")
        await until(pilot, lambda: "● ACTIVE" in screen_text(app))


async def test_leaving_lets_it_go_on_and_stopping_deletes_nothing(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.nodes.status = "BUILD"  # it does not come up
    async with app.run_test(size=(100, 40)) as pilot:
        await see_clusters(pilot, "No login node yet")
        await open_form(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: "BUILD" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await until(pilot, lambda: "A login node is being made" in screen_text(app))
        await pilot.press("N")
        await until(pilot, lambda: "Stop waiting" in screen_text(app))
        assert "waiting" in screen_text(app)
        await pilot.press("c")
        await until(pilot, lambda: "Nothing was deleted." in screen_text(app))
        assert app.provisions[0].state is ProvisionState.STOPPED
        assert len(backend.nodes.the_nodes) == 1
        backend.nodes.status = "ACTIVE"
        await pilot.press("f2")
        await until(pilot, lambda: "The login node answers" in screen_text(app))
        assert len(backend.nodes.the_nodes) == 1
        assert "there already" in screen_text(app)


async def test_a_failed_step_says_why_and_can_be_tried_again(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.nodes.status = "ERROR"
    async with app.run_test(size=(100, 40)) as pilot:
        await see_clusters(pilot, "No login node yet")
        await open_form(pilot)
        await pilot.click("#make")
        await until(pilot, lambda: "went to ERROR while booting" in screen_text(app))
        await until(pilot, lambda: "Delete it and make another" in screen_text(app))
        text = screen_text(app)
        assert "✗ boot" in text
        assert "failed" in text
        assert "Delete it and make another" in text
        await pilot.click("#anew")
        await until(pilot, lambda: app.screen.query_one("#form").display)
        await until(pilot, lambda: "went to ERROR" not in screen_text(app))


async def test_another_key_than_the_first_can_be_chosen(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await see_clusters(pilot, "No login node yet")
        for name in ("id_a", "id_b"):
            await app.session.keys.generate(app.session.paths.ssh / name)
        screen = await open_form(pilot)
        screen.query_one("#key").focus()
        await pilot.press("enter", "down", "down", "enter")
        await pilot.press("f2")
        await until(pilot, lambda: "The login node answers" in screen_text(app))
        keys = await app.session.keys.local()
        assert [key.path.name for key in keys if key.public in backend.keys.keys] == ["id_b"]


async def test_quitting_while_a_node_is_made_ends_cleanly(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.nodes.status = "BUILD"
    async with app.run_test(size=(100, 40)) as pilot:
        await see_clusters(pilot, "No login node yet")
        await open_form(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: "BUILD" in screen_text(app))
        await pilot.press("escape", "q")
    assert app.return_code == 0


async def test_the_card_tells_what_polls_cost_and_was_found(
    app: PodtuiApp, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = backend.status

    def told() -> ClusterStatus:
        reason = "A service alone, without machines of one's own."
        offers = tuple(
            Offer(facet, offered=facet not in (Facet.NODES, Facet.KEYS), reason=reason)
            for facet in Facet
        )
        facts = (("scheduler", "Slurm 24.05"), ("sacct", ""))
        ahead = timedelta(minutes=7)
        return replace(plain(), facts=facts, offers=offers, clock_ahead=ahead)

    monkeypatch.setattr(backend, "status", told)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("1")
        await until(pilot, lambda: "queries, the last in" in screen_text(app))
        shown = screen_text(app)
    assert "Found  scheduler Slurm 24.05 · no sacct" in shown
    assert "! Its clock is 7m00 ahead of ours." in shown
    assert "– no nodes: A service alone" in shown
    assert "– no keys: A service alone" in shown


async def test_a_detached_cluster_is_asked_no_more_and_stays_connected(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("1")
        await until(pilot, lambda: "queries, the last in" in screen_text(app))
        await pilot.press("D")
        await until(pilot, lambda: "◑ detached" in screen_text(app))
        await until(pilot, lambda: "◑ pod detached" in screen_text(app))  # the header too
        await until(pilot, lambda: app.answers[0].stale)
        asked = len(backend.jobs.asked)
        await app.session.files.folder("pod", "~")
        assert len(backend.jobs.asked) == asked
        await pilot.press("enter")
        await until(pilot, lambda: "● online" in screen_text(app))
        await until(pilot, lambda: len(backend.jobs.asked) > asked and not app.answers[0].stale)
    assert (backend.connects, backend.closed) == (1, 1)


@pytest.mark.parametrize("by", ["key", "mouse"])
async def test_a_cluster_that_is_a_login_node_has_a_shell_of_its_own(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    ran: list[list[str]] = []

    async def run_shell(_: object, command: list[str]) -> None:
        ran.append(command)

    monkeypatch.setattr("podtui.tui.acts.shell.run_shell", run_shell)
    text = '[clusters.hpc]\nkind = "ssh"\nhost = "hpc.example.org"\nport = 2222\nuser = "bob"\n'
    app = settings_app(paths, LoginNodeOnly("hpc"), text=text)
    async with app.run_test(size=(120, 40)) as pilot:
        await see_clusters(pilot, "● online", "home 10 TB free of 20 TB (50 % used)")
        if by == "key":
            await pilot.press("s")
        else:
            line = screen_text(app).splitlines()[-1]
            await pilot.click("KeyLine", offset=(line.index("s Shell") + 1, 0))
        await until(pilot, lambda: ran)
    assert ran == [
        [
            *("ssh", "-p", "2222", "-l", "bob", "-o", "StrictHostKeyChecking=ask"),
            *("--", "hpc.example.org"),
        ]
    ]


async def test_the_room_behind_a_login_node_is_asked_for_with_the_rest(
    app: PodtuiApp, backend: FakeBackend
) -> None:
    backend.nodes.the_nodes["n1"] = _NODE
    async with app.run_test(size=(120, 40)) as pilot:
        await see_clusters(pilot, "login-1.pod")
        assert "· home" not in screen_text(app)  # nobody is asked a password for a number
        await pilot.press("g")
        await until(pilot, lambda: "volume 50 GB · home 10 TB free" in screen_text(app))


async def test_a_key_right_after_an_arrow_means_the_row_come_to(paths: Paths) -> None:
    app = make_app(paths, FakeBackend("pod"), FakeBackend("mt2"))
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await see_clusters(pilot, "● online")
        table = pane.query_one("#clusters-table", KeyedTable)
        table.action_cursor_down()  # as two keys in one read: nothing was handled in between
        pane.action_connect()
        await until(pilot, lambda: app.cluster == "mt2")


class WithQuotas(LoginNodeOnly):
    """A login node that tells what one may fill there."""

    async def survey(self) -> Survey:
        home = Quota("/home", "12G", "20G", "4711", "100000", over=False)
        scratch = Quota("/scr[atch]", "90G", "80G", "12", "", over=True)
        return Survey(quotas=(home, scratch))


async def test_quotas_stand_on_the_card_those_that_are_over_marked(paths: Paths) -> None:
    text = '[clusters.hpc]\nkind = "ssh"\nhost = "hpc.example.org"\n'
    app = settings_app(paths, WithQuotas("hpc"), text=text)
    async with app.run_test(size=(120, 40)) as pilot:
        await see_clusters(pilot, "Quota  /home: 12G of 20G, 4711 files of 100000")
        assert "✗ Quota  /scr[atch]: 90G of 80G, 12 files: over" in screen_text(app)


async def test_a_login_node_made_elsewhere_is_seen_when_the_pane_is_shown_again(
    app: PodtuiApp, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("1")
        await until(pilot, lambda: "No login node yet" in screen_text(app))
        await pilot.press("2")
        backend.nodes.the_nodes["n1"] = _NODE
        await pilot.press("1")
        await pilot.pause()
        assert "login-1.pod" not in screen_text(app)  # asked a moment ago
        await pilot.press("2")
        monkeypatch.setattr(app.session, "clock", lambda: NOW + timedelta(seconds=31))
        await pilot.press("1")
        await until(pilot, lambda: "login-1.pod" in screen_text(app))
