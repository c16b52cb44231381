"""Job scripts to begin with: a person's own, and those a site gives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from podtui.errors import FileTrouble, InputError
from podtui.paths import private_folder

SITE_TEMPLATES = Path("/etc/podtui/templates")
_LARGEST = 1 << 20  # bytes: what is larger is no template
_HEAD = 4096  # bytes read for the line that tells what a template is for


@dataclass(frozen=True, slots=True)
class Template:
    """A script in one of the two folders. `about` is its first comment that is no directive."""

    name: str
    path: Path
    own: bool
    about: str = ""


class TemplateService:
    """Lists both folders; writes into the person's own alone. Blocking: call it in a thread."""

    def __init__(self, own: Path, site: Path) -> None:
        self.own = own
        self._site = site

    def list(self) -> tuple[Template, ...]:
        """The person's own first; one of theirs hides the site's of the same name."""
        mine = _in_folder(self.own, own=True)
        names = {one.name for one in mine}
        return (*mine, *(one for one in _in_folder(self._site, own=False) if one.name not in names))

    def read(self, template: Template) -> bytes:
        """The script; FileTrouble when it is gone or too large."""
        try:
            with template.path.open("rb") as file:
                content = file.read(_LARGEST + 1)
        except OSError as error:
            raise FileTrouble(f"{str(template.path)!r} cannot be read: {error.strerror}.") from None
        if len(content) > _LARGEST:
            raise FileTrouble(f"{str(template.path)!r} is larger than 1 MiB.", title="No template")
        return content

    def has(self, name: str) -> bool:
        """Whether the person has a template of this name."""
        return bool(name) and (self.own / name).exists()

    def keep(self, name: str, content: bytes) -> Path:
        """Keep a script as the person's own; replaces one of the same name. Where it is."""
        if not name or name != Path(name).name or name.startswith(".") or not name.isprintable():
            raise InputError(f"{name!r} cannot be a template's name.", title="Template")
        path = private_folder(self.own) / name
        part = self.own / f".{name}.part"
        try:
            part.write_bytes(content)
            part.chmod(0o600)
            part.replace(path)
        except OSError as error:
            raise FileTrouble(f"{str(path)!r} cannot be written: {error.strerror}.") from None
        return path


def _in_folder(folder: Path, *, own: bool) -> tuple[Template, ...]:
    """The plain files of a folder by name; a folder that is not there has none."""
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return ()
    return tuple(Template(path.name, path, own, _about(path)) for path in paths if path.is_file())


def _about(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD).decode("utf-8", "replace")
    except OSError:
        return ""
    for line in head.splitlines():
        if line.startswith("# ") and line[2:].strip():
            return line[2:].strip()
    return ""
