"""The program that unpacks one picture: bytes in, a few pixels out. Run by pictures.py, alone.

A picture comes from anybody. What unpacks it therefore has a process of its own, with bounded
memory and time, no file to write and no connection; whatever it does there, podtui goes on.
Arguments: width and height at most, pixels at most, background as rrggbb. Answer: one line of JSON
(`width`, `height`, `cut`, or `error`), then three bytes a pixel. It imports nothing of podtui.
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from io import BytesIO
from typing import Any

_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
_MEMORY = 2 << 30  # bytes of address space
_SECONDS = 10  # of the processor
_FLAT = ("I", "F")  # modes of one number a pixel, of any size


def _bind() -> None:
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))


def _unpacked(data: bytes, size: tuple[int, int], most: int, background: str) -> tuple[Any, bool]:
    from PIL import Image, ImageFile, ImageOps

    Image.MAX_IMAGE_PIXELS = most
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    cut = False
    picture: Any = Image.open(BytesIO(data), formats=_FORMATS)
    picture.draft("RGB", (2 * size[0], 2 * size[1]))
    try:
        picture.load()
    except OSError:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        cut = True
        picture = Image.open(BytesIO(data), formats=_FORMATS)
        picture.load()
    if picture.mode.startswith(_FLAT):
        picture = _stretched(picture)
    if picture.mode != "RGB":
        picture = picture.convert("RGBA")
    picture.thumbnail(size)
    picture = ImageOps.exif_transpose(picture)
    picture.thumbnail(size)
    if picture.mode == "RGBA":
        ground = Image.new("RGBA", picture.size, f"#{background}")
        picture = Image.alpha_composite(ground, picture).convert("RGB")
    return picture, cut


def _stretched(picture: Any) -> Any:
    """Numbers of any size, as of a camera or a simulation: the least black, the greatest white."""
    picture = picture.convert("F")
    least, greatest = picture.getextrema()
    factor = 255 / (greatest - least) if greatest > least else 0
    return picture.point(lambda value: value * factor - least * factor).convert("L")


def _why(error: Exception) -> str:
    """In words; the library names an object of its own where nothing reads as a picture."""
    if type(error).__name__ == "UnidentifiedImageError":
        return "its bytes do not read as a picture"
    return f"{type(error).__name__}: {error}"[:300]


def main() -> None:
    """Read, unpack, answer."""
    _bind()
    width, height, most = map(int, sys.argv[1:4])
    head: dict[str, object]
    pixels = b""
    try:
        picture, cut = _unpacked(sys.stdin.buffer.read(), (width, height), most, sys.argv[4])
        head = {"width": picture.width, "height": picture.height, "cut": cut}
        pixels = picture.tobytes()
    except Exception as error:  # whatever a broken picture makes of the library
        head = {"error": _why(error)}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + pixels)


if __name__ == "__main__":
    main()
