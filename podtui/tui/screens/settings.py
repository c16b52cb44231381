"""Every setting: what it is for, what holds and why; changed here, written with all comments."""

from __future__ import annotations

from textual import events, on
from textual.widgets import Button

from podtui.domain.cluster import ClusterStatus
from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.tui import setting_requests as requests
from podtui.tui.screens.setting_groups import KEYS
from podtui.tui.screens.settings_form import SettingsForm
from podtui.tui.widgets.key_bindings_table import KeyBindingsTable
from podtui.tui.widgets.setting_row import SettingRow


class SettingsScreen(SettingsForm):
    """The form, and what can be done with what was changed: try, write, leave."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey what means nothing now."""
        return None if self.why_not(action) else super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        """Why `action` cannot be done just now; empty when it can."""
        group, survey = self.group, self._survey
        cluster = group.cluster if group else ""
        if action == "save" and not self._draft:
            return "Nothing is changed."
        if action == "reset" and self._shown != KEYS:
            return _why_no_reset(self._row)
        if action in ("test", "remove") and not cluster:
            return "Choose a cluster on the left first."
        if action == "remove" and survey and cluster not in survey.mine:
            return f"{visible(cluster)} does not stand in {visible(str(self._file), 120)}."
        return ""

    def on_key(self, event: events.Key) -> None:
        """Say why a greyed key does nothing."""
        active = self.active_bindings.get(event.key)
        if active and active.node is self and (why := self.why_not(active.binding.action)):
            event.stop()
            self._tell(why)

    @on(Button.Pressed)
    async def press(self, event: Button.Pressed) -> None:
        """The buttons are the keys; one that means nothing now says why."""
        event.stop()
        name = str(event.button.id)
        if why := self.why_not(name):
            self._tell(why)
        elif name == "back":
            self._leave()
        elif name == "change":
            self.query_one(KeyBindingsTable).focus()
            self.ask_for_key()
        else:
            await self.run_action(name)

    def action_reset(self) -> None:
        """Take the setting out of the file."""
        if self._shown == KEYS:
            if line := self.query_one(KeyBindingsTable).current:
                self._have_key(line.bound.id, "")
        elif self._row is not None:
            self._row.reset()

    def action_test(self) -> None:
        """Log in as it stands here."""
        if self._survey and self.group and not self._wrong():
            self._tell(f"Logging in to {self.group.title} …")
            self.post_message(
                requests.ChangesTrialRequested(
                    self._survey.text, dict(self._draft), self.group.cluster, self._tell_trial
                )
            )

    def _tell_trial(self, result: ClusterStatus | PodError) -> None:
        if isinstance(result, PodError):
            self._refuse(result)
        else:
            offered = ", ".join(offer.facet.value for offer in result.offers if offer.offered)
            self._tell(f"✓ It answers; it offers {offered or 'nothing yet'}.", "good")

    def _wrong(self) -> bool:
        """Whether something that is shown cannot be; it gets the focus."""
        for row in self.rows:
            if row.problem:
                row.focus_field()
                self._tell(f"✗ {visible(row.problem, 300)}", "bad")
                return True
        return False

    def action_save(self) -> None:
        """Write all changes, and go by them."""
        if self._survey and not self._wrong():
            self._tell("Saving …")
            draft = dict(self._draft)
            request = requests.ChangesKeepingRequested(
                self._survey.text, draft, draft == self._refused, self._saved
            )
            self.post_message(request)

    def _saved(self, result: str | PodError) -> None:
        if isinstance(result, PodError):
            self._refused = dict(self._draft) if result.title == "Nothing written" else None
            self._refuse(result)
            if result.title == "Changed meanwhile" and self._here:
                self._read()
            return
        self._draft.clear()
        self._refused = None
        if self._here:
            self._tell(f"✓ {result}", "good")
            self._read()

    def action_add(self) -> None:
        """Ask for a further cluster."""
        from podtui.tui.screens.new_cluster import NewClusterScreen

        self.app.push_screen(NewClusterScreen(), lambda _: self._read())

    def action_remove(self) -> None:
        """Take the cluster out, after asking."""
        if self._survey and self.group and self.group.cluster:
            name = self.group.cluster
            request = requests.ClusterRemovalRequested(name, self._survey.text, self._removed)
            self.post_message(request)

    def _removed(self, error: PodError | None) -> None:
        if error is not None:
            self._refuse(error)
        elif self._here:
            self._tell("✓ It is gone from the file and from the list.", "good")
            self._shown = ""
            self.query_one("#groups").focus()
            self._read()

    def action_back(self) -> None:
        """From a setting to the groups; from there away, after asking where something is lost."""
        groups = self.query_one("#groups")
        if groups.has_focus:
            self._leave()
        else:
            groups.focus()

    def _leave(self) -> None:
        if not self._draft:
            self.dismiss(None)
            return
        from podtui.tui.screens.dialogs import Confirm

        body = f"{len(self._draft)} changed settings are not written."
        self.app.push_screen(Confirm("Leave the settings?", body, "Leave", "Stay"), self._leave_if)

    def _leave_if(self, sure: bool | None) -> None:
        if sure:
            self.dismiss(None)


def _why_no_reset(row: SettingRow | None) -> str:
    if row is None:
        return "Choose a setting first."
    if row.changed or row.hidden or row.line.here is not None:
        return ""
    return "The file says nothing of it: its default holds."
