"""Looking into pictures: drawn for the room there is, fetched once, refused where too large."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from podtui.domain.picture import Frame
from podtui.domain.preview import PreviewKind
from podtui.services.files import HERE, FileService
from podtui.services.previews import PreviewService


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """A picture of more bytes than one part."""
    out = BytesIO()
    Image.effect_noise((700, 700), 90).save(out, "PNG")
    (tmp_path / "noise.png").write_bytes(out.getvalue())
    return tmp_path / "noise.png"


@pytest.fixture
def files(tmp_path: Path) -> FileService:
    """This machine's."""
    return FileService(cast("Any", None), tmp_path)


async def test_it_is_fetched_once_for_all_sizes(
    files: FileService, noise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    previews = PreviewService(files)
    read = files.read
    asked: list[tuple[int, int]] = []

    async def counted(end: str, path: str, offset: int, length: int) -> bytes:
        asked.append((offset, length))
        return await read(end, path, offset, length)

    monkeypatch.setattr(files, "read", counted)
    frame = Frame(40, 40)
    for width in (40, 20):
        got = await previews.part(HERE, str(noise), 0, replace(frame, width=width))
        assert got.kind is PreviewKind.PICTURE
        assert got.picture is not None
        assert (got.picture.width, got.picture.height) == (width, width)
        assert got.whole
    rest = [one for one in asked if one[0]]
    assert len(rest) == 1


async def test_one_that_is_too_large_stays_bytes_and_says_why(
    files: FileService, noise: Path
) -> None:
    got = await PreviewService(files).part(HERE, str(noise), 0, Frame(40, 40, most=1000))
    assert got.kind is PreviewKind.BYTES
    assert "not fetched" in got.note
    assert got.lines[0].startswith("00000000  89 50 4e 47")


async def test_a_broken_one_stays_bytes_and_says_why(files: FileService, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    got = await PreviewService(files).part(HERE, str(broken), 0, Frame(40, 40))
    assert got.kind is PreviewKind.BYTES
    assert "cannot be drawn" in got.note


async def test_a_cut_one_says_so(files: FileService, noise: Path) -> None:
    whole = noise.read_bytes()
    noise.write_bytes(whole[: len(whole) // 2])
    got = await PreviewService(files).part(HERE, str(noise), 0, Frame(40, 40))
    assert got.kind is PreviewKind.PICTURE
    assert "ends before" in got.note
