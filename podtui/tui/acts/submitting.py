"""What the form for a new job asks for beside sending: previews, templates, an editor."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from textual import on

from podtui.domain.job import Preview
from podtui.domain.text import visible
from podtui.errors import FileTrouble, PodError
from podtui.paths import private_folder
from podtui.services.templates import SITE_TEMPLATES, Template, TemplateService
from podtui.tui import submit_requests as requests
from podtui.tui.acts.files import FileActs
from podtui.tui.screens.choice import Choice, ChoiceScreen


class SubmitActs(FileActs):
    """Each answers the form by a call back; a form that is gone by then ignores it."""

    @on(requests.PreviewRequested)
    def preview(self, event: requests.PreviewRequested) -> None:
        """Tell what a submission becomes, or why that cannot be told."""
        self.run_act(self._preview(event), "preview", "preview")

    async def _preview(self, event: requests.PreviewRequested) -> None:
        try:
            got: Preview | PodError = await self.session.staging.preview(event.request)
        except PodError as error:
            got = error
        event.answer(got)

    # Jobs once more

    @on(requests.ResubmitRequested)
    def resubmit(self, event: requests.ResubmitRequested) -> None:
        """Open the form with an old job's script, with more of what ran out; nothing is sent."""
        self.run_act(self._resubmit(event), "resubmit")

    async def _resubmit(self, event: requests.ResubmitRequested) -> None:
        from podtui.services.resubmit import old_job
        from podtui.tui.screens.submit import Draft, SubmitScreen

        job = event.job
        old = await old_job(job, self.session.staging, self.session.history)
        why = f"job {visible(job.id, 40)} once more"
        draft = Draft(
            old.name,
            old.again.script.encode("utf-8", "surrogateescape"),
            old.again.before.encode("utf-8", "surrogateescape"),
            old.dialect,
            # Where a name was taken, the first job's files got another: names are told anew.
            tuple(replace(pair, target="") for pair in old.stage_in),
            tuple(replace(pair, target="") for pair in old.stage_out),
            f"{why}: {old.again.why}" if old.again.why else why,
        )
        known = {config.name for config in self.config.clusters}
        cluster = job.cluster if job.cluster in known else self.cluster
        await self.push_screen(SubmitScreen(self.config.clusters, cluster, draft))

    # Templates

    @property
    def _templates(self) -> TemplateService:
        return TemplateService(self.session.paths.config_file.parent / "templates", SITE_TEMPLATES)

    @on(requests.TemplateRequested)
    def choose_template(self, event: requests.TemplateRequested) -> None:
        """Let a template be chosen."""
        self.run_act(self._choose_template(event), "templates")

    async def _choose_template(self, event: requests.TemplateRequested) -> None:
        templates = self._templates
        found = {str(one.path): one for one in await asyncio.to_thread(templates.list)}
        if not found:
            self.tell(
                f"There is none yet: F8 keeps a script as one, in {visible(str(templates.own))}.",
                "Templates",
            )
            return
        choices = tuple(
            Choice(path, visible(one.name, 40), _told(one)) for path, one in found.items()
        )
        chosen = await self.push_screen_wait(ChoiceScreen("Begin with a template", "", choices))
        if chosen is not None:
            one = found[chosen.key]
            event.answer(one.name, await asyncio.to_thread(templates.read, one))

    @on(requests.TemplateKeptRequested)
    def keep_template(self, event: requests.TemplateKeptRequested) -> None:
        """Keep a script among the person's own templates, asking before one is replaced."""
        self.run_act(self._keep_template(event), "keep template")

    async def _keep_template(self, event: requests.TemplateKeptRequested) -> None:
        from podtui.tui.screens.dialogs import Confirm

        templates = self._templates
        if await asyncio.to_thread(templates.has, event.name):
            body = f"There is a template {visible(event.name, 60)} already."
            question = Confirm("Replace the template?", body, "Replace it", "Keep it")
            if not await self.push_screen_wait(question):
                return
        path = await asyncio.to_thread(templates.keep, event.name, event.content)
        self.tell(f"Kept as {visible(str(path), 200)}.", "Template")

    # The editor

    @on(requests.EditorRequested)
    def edit_script(self, event: requests.EditorRequested) -> None:
        """Give the script to $EDITOR and take back what it left."""
        self.run_act(self._edit_script(event), "edit script")

    async def _edit_script(self, event: requests.EditorRequested) -> None:
        place = private_folder(self.session.paths.state / "edits")
        with tempfile.TemporaryDirectory(dir=place, prefix="script.") as folder:
            path = Path(folder) / event.name
            await asyncio.to_thread(path.write_bytes, event.content)
            await self._run_editor(str(path))
            try:
                content = await asyncio.to_thread(path.read_bytes)
            except OSError as error:
                raise FileTrouble(
                    f"What the editor left cannot be read: {error.strerror}."
                ) from None
        if content != event.content:
            event.answer(content)


def _told(template: Template) -> str:
    """Whose it is, and what it says of itself."""
    whose = "yours" if template.own else "the site's"
    return f"{whose}  {visible(template.about, 60)}".rstrip()
