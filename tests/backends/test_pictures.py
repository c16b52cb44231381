"""Pictures from anybody, made small: right where they are good, refused where they are not."""

from __future__ import annotations

import struct
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from podtui.backends import pictures
from podtui.backends.pictures import small_picture
from podtui.domain.picture import WIDEST
from podtui.errors import FileTrouble


def _bytes(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _png(width: int, height: int, body: bytes) -> bytes:
    """A PNG that claims a size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


_HALVES = Image.new("RGB", (40, 20), (255, 0, 0))
_HALVES.paste((0, 0, 255), (20, 0, 40, 20))


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF", "JPEG", "WEBP"])
async def test_each_kind_is_drawn_small_in_its_colours(kind: str) -> None:
    got = await small_picture(_bytes(_HALVES, kind), 20, 20)
    assert (got.width, got.height, got.cut) == (20, 10, False)
    left, right = got.colour(2, 5), got.colour(17, 5)
    assert left is not None
    assert right is not None
    assert left[0] - left[2] > 150
    assert right[2] - right[0] > 150


async def test_a_small_one_is_not_blown_up_and_no_size_is_too_large_to_ask() -> None:
    got = await small_picture(_bytes(_HALVES, "PNG"), 10_000, 10_000)
    assert (got.width, got.height) == (40, 20)
    large = await small_picture(_bytes(_HALVES.resize((2000, 1000)), "PNG"), 10_000, 10_000)
    assert (large.width, large.height) == (WIDEST, WIDEST // 2)


async def test_clear_parts_show_the_background() -> None:
    clear = Image.new("RGBA", (4, 4), (255, 255, 255, 0))
    got = await small_picture(_bytes(clear, "PNG"), 4, 4, "102030")
    assert got.colour(0, 0) == (16, 32, 48)


async def test_numbers_of_sixteen_bits_go_from_black_to_white() -> None:
    deep = Image.new("I;16", (2, 1))
    deep.putpixel((0, 0), 1000)
    deep.putpixel((1, 0), 3000)
    got = await small_picture(_bytes(deep, "TIFF"), 4, 4)
    assert got.colour(0, 0) == (0, 0, 0)
    assert got.colour(1, 0) == (255, 255, 255)


async def test_what_the_camera_turned_is_turned_back() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    got = await small_picture(_bytes(_HALVES, "JPEG", exif=exif), 40, 40)
    assert (got.width, got.height) == (20, 40)


async def test_a_cut_file_shows_what_is_there() -> None:
    noise = Image.effect_noise((300, 300), 90)
    data = _bytes(noise, "PNG")
    got = await small_picture(data[: len(data) // 2], 30, 30)
    assert got.cut
    assert got.colour(15, 2) != got.colour(15, 29)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (_png(60_000, 60_000, zlib.compress(b"")), "DecompressionBomb"),
        (_png(14_000, 8_000, zlib.compress(b"")), "DecompressionBomb"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "cannot be drawn"),
        (b"", "do not read as a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "do not read as a picture"),
    ],
    ids=["bomb", "a little too large", "broken", "nothing", "a program in disguise"],
)
async def test_what_is_hostile_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(FileTrouble, match=told):
        await small_picture(data, 20, 20)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import time; time.sleep(60)", "too long"),
        ("import os; os.abort()", "breaks what reads it"),
        ("import sys; sys.stdin.buffer.read(); print('[]')", "breaks what reads it"),
        ("import sys; print('x' * 100_000)", "breaks what reads it"),
        ('print(\'{"width": 9999, "height": 1}\')', "another size"),
        ('print(\'{"width": 9, "height": 9}\')', "breaks what reads it"),
    ],
    ids=["hangs", "crashes", "no object", "endless", "too large", "too short"],
)
async def test_a_reader_that_was_taken_over_harms_nobody(
    program: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reader.py").write_text(program)
    monkeypatch.setattr(pictures, "_READER", tmp_path / "reader.py")
    monkeypatch.setattr(pictures, "_SECONDS", 1.0)
    with pytest.raises(Exception, match=told):
        await small_picture(bytes(1 << 20), 20, 20)


async def test_a_folder_called_like_the_library_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text("open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    assert sys.executable
    await small_picture(_bytes(_HALVES, "PNG"), 4, 4)
    assert not (tmp_path / "ran").exists()
