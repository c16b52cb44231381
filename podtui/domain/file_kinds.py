"""What kind of file some first bytes are of, by the marks formats begin with.

Sources: the formats' own specifications (PNG, GIF89a, JFIF, BMP, RIFF/WebP, TIFF 6.0, HDF5, netCDF
classic, ELF, ZIP, gzip, xz, Zstandard, bzip2, tar/ustar, PDF, SQLite, Parquet, NumPy's .npy).
"""

from __future__ import annotations

import struct

_MARKS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG image"),
    (0, b"GIF87a", "GIF image"),
    (0, b"GIF89a", "GIF image"),
    (0, b"\xff\xd8\xff", "JPEG image"),
    (0, b"BM", "BMP image"),
    (0, b"II*\x00", "TIFF image"),
    (0, b"MM\x00*", "TIFF image"),
    (8, b"WEBP", "WebP image"),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5 data (also netCDF 4)"),
    (0, b"CDF\x01", "netCDF classic data"),
    (0, b"CDF\x02", "netCDF 64-bit data"),
    (0, b"CDF\x05", "netCDF CDF-5 data"),
    (0, b"\x93NUMPY", "NumPy array"),
    (0, b"PAR1", "Parquet table"),
    (0, b"SQLite format 3\x00", "SQLite database"),
    (0, b"\x7fELF", "ELF program or library"),
    (0, b"%PDF-", "PDF document"),
    (0, b"PK\x03\x04", "ZIP archive"),
    (0, b"\x1f\x8b", "gzip data"),
    (0, b"\xfd7zXZ\x00", "xz data"),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (0, b"BZh", "bzip2 data"),
    (257, b"ustar", "tar archive"),
)


def file_kind(head: bytes) -> str:
    """The format and, of an image, its size in pixels; empty where nothing is known."""
    named = next((name for at, mark, name in _MARKS if head[at : at + len(mark)] == mark), "")
    if named == "BMP image" and not _is_bmp(head):
        return ""  # two letters that any text may begin with
    if named == "WebP image" and head[:4] != b"RIFF":
        return ""
    size = pixels(head) if named.endswith("image") else None
    return f"{named}, {size[0]} × {size[1]} pixels" if size else named


def pixels(head: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF, BMP or JPEG image; None where the bytes do not tell."""
    try:
        if head.startswith(b"\x89PNG") and head[12:16] == b"IHDR":
            width, height = struct.unpack_from(">II", head, 16)
        elif head.startswith(b"GIF8"):
            width, height = struct.unpack_from("<HH", head, 6)
        elif head.startswith(b"BM"):
            width, height = struct.unpack_from("<ii", head, 18)
            height = abs(height)  # lines from top to bottom are told by a negative one
        elif head.startswith(b"\xff\xd8"):
            return _jpeg_pixels(head)
        else:
            return None
    except struct.error:
        return None
    return (width, height)


def _jpeg_pixels(head: bytes) -> tuple[int, int] | None:
    """Go from segment to segment to the frame header (ITU T.81, table B.1: SOF0 to SOF15)."""
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", head, at + 5)
            return (width, height)
        at += 2 + struct.unpack_from(">H", head, at + 2)[0]
    return None


def _is_bmp(head: bytes) -> bool:
    """Whether the reserved bytes are 0 and the header is of a known length."""
    if len(head) < 26 or head[6:10] != bytes(4):
        return False
    return struct.unpack_from("<I", head, 14)[0] in (12, 40, 52, 56, 64, 108, 124)
