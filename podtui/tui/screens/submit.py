"""Sending a new job: checked, shown as its cluster gets it, kept as typed when it is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual import on
from textual.widgets import Button, Input

from podtui.domain.text import visible
from podtui.errors import PodError
from podtui.services.staging import SubmitRequest
from podtui.tui.errors import in_a_line
from podtui.tui.messages import SubmissionRequested
from podtui.tui.screens.dialogs import Confirm
from podtui.tui.screens.pick import PickFile
from podtui.tui.screens.submit_form import Draft, SubmitForm
from podtui.tui.screens.submit_text import problem_of
from podtui.tui.screens.submit_views import SubmitViews
from podtui.tui.screens.translation import TranslationScreen, translation_to
from podtui.tui.standing import stands
from podtui.tui.submit_requests import EditorRequested, TemplateKeptRequested, TemplateRequested
from podtui.tui.widgets.job_form import JobForm
from podtui.tui.widgets.pair_list import PairList

__all__ = ["Draft", "SubmitScreen"]


class SubmitScreen(SubmitForm):
    """Script, cluster, options, files that travel with the job, what it becomes, problems.

    A refusal leaves everything as it was typed, with the reason above the script.
    """

    def action_view(self, view: str) -> None:
        """Show the script, the changes, or what it becomes there."""
        self.query_one(SubmitViews).turn_to(view)

    def action_editor(self) -> None:
        """Edit the script in $EDITOR."""

        def took(content: bytes) -> None:
            if stands(self):
                self._content, self._by_hand, self._trouble = content, True, ""
                self._guess()
                self._show_script()

        name = Path(self._path).name or "job.sh"
        self.post_message(EditorRequested(name, self._content or b"#!/bin/bash\n", took))

    def action_template(self) -> None:
        """Begin with a template."""

        def took(name: str, content: bytes) -> None:
            if stands(self):
                self._name_it(name)
                self._begin_with(content)
                self._show_script()

        self._unless_edited(lambda: self.post_message(TemplateRequested(took)))

    def action_keep_template(self) -> None:
        """Keep the script as a template."""
        if self._content is not None:
            self.post_message(TemplateKeptRequested(Path(self._path).name, self._content))

    # Another scheduler's script

    def action_translate(self) -> None:
        """Show what a translation would change, and take it if that is wanted."""
        if not self._offer_translation("Take it", send=False):
            self.notify("There is nothing to translate in this script.", markup=False)

    def _offer_translation(self, yes: str, *, send: bool) -> bool:
        """Ask whether to take the translated script; False where there is none."""
        content = self._content
        found = translation_to(content, self._dialect) if content is not None else None
        if content is None or found is None:
            return False

        def took(sure: bool | None) -> None:
            if sure and self._content is content:
                self._take_text(found.script)
                if send:
                    self.action_submit()

        self.app.push_screen(
            TranslationScreen(self._script, Path(self._path).name, found, yes), took
        )
        return True

    def _unless_edited(self, then: Callable[[], object]) -> None:
        """Do `then`, after a question where it takes the place of what was edited."""
        if not self._edited:
            then()
            return

        def answered(sure: bool | None) -> None:
            if sure:
                then()

        body = "What you changed in this script is nowhere else."
        self.app.push_screen(
            Confirm("Leave your changes?", body, "Leave them", "Go on editing"), answered
        )

    # Choosing files

    def action_browse(self) -> None:
        """Choose a file for the field with the cursor: the script, or something to stage in."""
        pairs = self.query_one("#stage-in", PairList)
        for_pairs = self.focused is not None and pairs in self.focused.ancestors_with_self
        field = pairs.field if for_pairs else self.query_one("#script", Input)

        def took(path: Path | None) -> None:
            if path is not None:
                if not for_pairs:
                    self._content, self._before = None, b""
                field.value = str(path)
                field.focus()

        def pick() -> None:
            typed = Path(field.value.strip() or ".").expanduser()
            self.app.push_screen(PickFile(typed, folders=for_pairs), took)

        if for_pairs:
            pick()
        else:
            self._unless_edited(pick)

    # Sending

    @on(Button.Pressed, "#submit")
    def action_submit(self) -> None:
        """Send it, if nothing is wrong so far."""
        if self._busy:
            return
        foreign = self._content and problem_of(self._content, self._dialect, self._filename)
        if foreign and self._offer_translation("Submit it so", send=True):
            return
        request = self._request()
        if request is not None:
            self._busy = True
            self.query_one("#submit", Button).label = "Submitting…"
            self.post_message(SubmissionRequested(request, self._answered))

    def _request(self) -> SubmitRequest | None:
        """What is sent, or None after telling what is wrong."""
        content = self._content
        problem = self._trouble or self.query_one(JobForm).problem
        if not self._path or content is None:
            self._awaited = not problem
            problem = problem or self._unread
        else:
            problem = problem or problem_of(content, self._dialect, self._filename)
        for pairs in self.query(PairList):
            problem = problem or pairs.take_typed()
        if problem or content is None:
            self._tell(problem)
            return None
        return self._plain_request(content)

    def _answered(self, error: PodError | None) -> bool:
        if not stands(self):
            return False
        self._busy = False
        if error is None:
            self.dismiss(None)
            return False
        self.query_one("#submit", Button).label = "Submit  ^s"
        self._tell(f"{visible(error.title)}: {in_a_line(error)}")
        return self.is_current

    @on(Button.Pressed, "#back")
    def action_back(self) -> None:
        """Leave; a submission that is under way goes on."""
        if self._busy:
            self.dismiss(None)
        else:
            self._unless_edited(lambda: self.dismiss(None))
