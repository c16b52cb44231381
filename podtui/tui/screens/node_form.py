"""The choices a login node needs: image and flavor side by side, volume size, key."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Input, Select, Static

from podtui.domain.key import LocalKey
from podtui.domain.node import Flavor, Image, NodeSpec
from podtui.domain.text import visible
from podtui.tui.cloud import Cloud
from podtui.tui.widgets.keyed_table import ColumnSpec, KeyedTable

_IMAGES = (ColumnSpec("Image", 8, 34), ColumnSpec("Needs", 6, 14))
_FLAVORS = (
    ColumnSpec("Flavor", 5, 18),
    ColumnSpec("CPU · RAM · disk", 6, 22, optional=True),
    ColumnSpec("Fits", 4, 12),
)
_VOLUME_GB = 50  # as much as the service makes when nobody says
_ANY_KEY = ""


class NodeForm(Vertical):
    """What to make. The smallest flavor that fits the image under the cursor is preselected."""

    DEFAULT_CSS = """
    NodeForm {
        height: auto;
        & > .lists { height: 9; }
        & > .lists > KeyedTable {
            width: 1fr; height: 1fr; border: round $foreground 30%; background: $surface;
        }
        & > .lists > KeyedTable:focus { border: round $accent; }
        & > .row { height: 3; }
        & > .row > Static { width: auto; padding: 1 1 0 1; }
        & > .row > Input { width: 12; }
        & > .row > Select { width: 1fr; }
        & > #note { height: auto; min-height: 1; max-height: 4; padding: 0 1; color: $warning; }
    }
    """

    cloud: reactive[Cloud | None] = reactive(None)

    def __init__(self, identity: Path | None, keys: tuple[LocalKey, ...]) -> None:
        super().__init__(id="form")
        self._identity = identity
        self._keys = tuple(key for key in keys if identity in (None, key.path))

    def compose(self) -> ComposeResult:
        """Two lists, a row of the rest, a line on what is missing."""
        with Horizontal(classes="lists"):
            yield KeyedTable[str](_IMAGES, id="images")
            yield KeyedTable[str](_FLAVORS, id="flavors")
        with Horizontal(classes="row"):
            yield Static("Volume", markup=False)
            yield Input(str(_VOLUME_GB), type="integer", id="volume", max_length=6)
            yield Static("GB", markup=False, id="volume-fact")
            yield Static("Key", markup=False)
            yield self._key_choice()
        yield Static("", id="note", markup=False)

    def _key_choice(self) -> Select[str] | Static:
        if not self._keys:
            path = self._identity or Path("~/.ssh/id_ed25519")
            return Static(f"{visible(path.name, 24)}, to be made", markup=False)
        if len(self._keys) == 1:
            return Static(_key_label(self._keys[0]), markup=False)
        options = [(Content("one that is on the account, else the first"), _ANY_KEY)]
        options += [(Content(_key_label(key)), str(key.path)) for key in self._keys]
        return Select(options, allow_blank=False, value=_ANY_KEY, id="key")

    @property
    def spec(self) -> NodeSpec:
        """What was chosen; ValueError never: an empty size means the usual one."""
        image, flavor = self._image(), self._flavor()
        size = self.query_one("#volume", Input).value
        return NodeSpec(
            image=image.id if image else "",
            flavor=flavor.id if flavor else "",
            volume_gb=int(size) if size.isdecimal() else 0,
        )

    @property
    def key(self) -> LocalKey | None:
        """The key that was chosen, None when it is left open."""
        for select in self.query(Select):
            return next((key for key in self._keys if str(key.path) == select.value), None)
        return None

    @property
    def problem(self) -> str:
        """Why this cannot be made, empty when it can."""
        cloud = self.cloud
        if cloud is None or cloud.overview is None:
            told = [cloud.title, cloud.error, cloud.hint] if cloud and cloud.error else []
            return visible(": ".join(t for t in told if t)) or "Asking the controller…"
        image, flavor = self._image(), self._flavor()
        if image is None or flavor is None:
            return "This controller offers no image or no flavor."
        if not image.active:
            return f"The image {visible(image.name, 60)} is not active."
        if not flavor.fits(image):
            need = visible(image.name, 40)
            return f"{visible(flavor.name, 40)} is too small: {need} needs {misfit(flavor, image)}."
        volume = self.query_one("#volume", Input)
        if not volume.disabled and (not volume.value.isdecimal() or int(volume.value) < 1):
            return "The volume needs a size in GB."
        return ""

    def watch_cloud(self) -> None:
        """Show what there is to choose from, and what is there already."""
        overview = self.cloud.overview if self.cloud else None
        if overview is not None:
            images = sorted(overview.images, key=lambda i: (not i.active, i.min_disk, i.min_ram))
            rows = [(image.id, _image_cells(image)) for image in images]
            self.query_one("#images", KeyedTable).show(rows)
            volume = self.query_one("#volume", Input)
            if overview.volume is not None:
                volume.value, volume.disabled = str(overview.volume.size_gb), True
                self.query_one("#volume-fact", Static).update("GB, there already")
        self.choose_flavor()

    @on(KeyedTable.CursorMoved, "#images")
    def choose_flavor(self) -> None:
        """Another image: say which flavors fit, and stand on the smallest that does."""
        image, chosen = self._image(), self._flavor()
        flavors = sorted(self._flavors(), key=lambda f: (f.vcpu, f.memory, f.disk))
        table = self.query_one("#flavors", KeyedTable)
        table.show([(f.id, _flavor_cells(f, image)) for f in flavors])
        if image is not None and (chosen is None or not chosen.fits(image)):
            fitting = [f for f in flavors if f.fits(image)]
            if fitting:
                table.stand_on(fitting[0].id)
        self.tell_problem()

    @on(KeyedTable.CursorMoved, "#flavors")
    @on(Input.Changed, "#volume")
    def tell_problem(self) -> None:
        """Say what is missing."""
        self.query_one("#note", Static).update(self.problem)

    def _images(self) -> tuple[Image, ...]:
        return self.cloud.overview.images if self.cloud and self.cloud.overview else ()

    def _flavors(self) -> tuple[Flavor, ...]:
        return self.cloud.overview.flavors if self.cloud and self.cloud.overview else ()

    def _image(self) -> Image | None:
        key = self.query_one("#images", KeyedTable).cursor_key
        return next((image for image in self._images() if image.id == key), None)

    def _flavor(self) -> Flavor | None:
        key = self.query_one("#flavors", KeyedTable).cursor_key
        return next((flavor for flavor in self._flavors() if flavor.id == key), None)


def misfit(flavor: Flavor, image: Image) -> str:
    """What the flavor lacks for the image."""
    lacks = []
    if flavor.memory < image.min_ram:
        lacks.append(f"{_memory(image.min_ram)} RAM (it has {_memory(flavor.memory)})")
    if flavor.disk < image.min_disk:
        lacks.append(f"{image.min_disk} GB disk (it has {flavor.disk})")
    return " and ".join(lacks)


def _image_cells(image: Image) -> tuple[str, str]:
    needs = f"{_memory(image.min_ram)} · {image.min_disk} GB"
    return image.name, needs if image.active else "inactive"


def _flavor_cells(flavor: Flavor, image: Image | None) -> tuple[Text | str, ...]:
    has = f"{flavor.vcpu} · {_memory(flavor.memory)} · {flavor.disk} GB"
    if image is None or flavor.fits(image):
        return flavor.name, has, "✓"
    small = [
        word
        for word, lacks in (
            ("disk", flavor.disk < image.min_disk),
            ("RAM", flavor.memory < image.min_ram),
        )
        if lacks
    ]
    return flavor.name, has, Text(f"✗ {', '.join(small)}", "dim")


def _memory(megabytes: int) -> str:
    return f"{megabytes} MB" if megabytes % 1024 else f"{megabytes // 1024} GB"


def _key_label(key: LocalKey) -> str:
    return f"{visible(key.path.name, 30)} ({key.public.fingerprint[:20]}…)"
