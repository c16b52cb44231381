"""Grid Engine's XML read by its shape, because no XML parser can read all of it.

qstat -xml prints any byte of a user's text as it is (control characters, Latin-1), and `<` as
`%lt;` (a slip in its printer, SGE 8.1.9). It prints one element after another, never a `<` in a
text, no comments, no CDATA: so tags can be told from text without a parser. Entities other than
the five of XML and numbers are left as they stand: nothing is ever expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_REFERENCE = re.compile(r"&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));|%lt;")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_TAG = re.compile(r"<(/?)([A-Za-z_][\w.-]*)([^<>]*?)(/?)>([^<]*)")
_ATTRIBUTE = re.compile(r"""([\w:.-]+)=(?:"([^"]*)"|'([^']*)')""")
_LEAF = re.compile(r"<([A-Za-z_][\w.-]*)([^<>]*)>([^<]*)</\1>")
_DEEPEST = 60  # qstat nests ten elements at most


@dataclass(slots=True)
class Element:
    """An element: a leaf has text, another has children."""

    tag: str
    attributes: str = ""
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, tag: str) -> Iterator[Element]:
        """Every element called `tag`, at any depth below, in order."""
        for child in self.children:
            if child.tag == tag:
                yield child
            yield from child.all(tag)

    def find(self, tag: str) -> Element | None:
        """The first element called `tag` at any depth below."""
        return next(self.all(tag), None)

    def value(self, tag: str) -> str:
        """The text of the first element called `tag` at any depth below, or the empty string."""
        found = self.find(tag)
        return found.text if found else ""

    def attribute(self, name: str) -> str:
        """An attribute's value, or the empty string."""
        return attribute(self.attributes, name)


def decode(output: bytes) -> str:
    """The output as text that turns back into the same bytes."""
    return output.decode("utf-8", "surrogateescape")


def plain(text: str) -> str:
    """Text between tags with its references resolved."""
    return _REFERENCE.sub(_resolve, text) if "&" in text or "%lt;" in text else text


def _resolve(match: re.Match[str]) -> str:
    if match[1]:
        return _NAMED[match[1]]
    if not match[2] and not match[3]:
        return "<"
    code = int(match[2]) if match[2] else int(match[3], 16)
    readable = code < 0x110000 and not 0xD800 <= code < 0xE000
    return chr(code) if readable else match[0]


def attribute(attributes: str, name: str) -> str:
    """The value of `name` in what stands behind a tag's name, or the empty string."""
    for match in _ATTRIBUTE.finditer(attributes):
        if match[1] == name:
            return plain(match[2] if match[2] is not None else match[3])
    return ""


def leaves(chunk: str) -> list[tuple[str, str, str]]:
    """Tag, attributes and text of each innermost element of `chunk`, in order."""
    found = _LEAF.findall(chunk)
    if "&" not in chunk and "%lt;" not in chunk:
        return found
    return [(tag, attributes, plain(text)) for tag, attributes, text in found]


def tree(text: str) -> Element:
    """All of `text` as one nameless element; what is not closed is closed where it ends."""
    root = Element("")
    path = [root]
    for closing, tag, attributes, empty, content in _TAG.findall(text):
        if closing:
            _close(path, tag)
            continue
        element = Element(tag, attributes, plain(content))
        path[-1].children.append(element)
        if not empty and len(path) < _DEEPEST:
            path.append(element)
    return root


def _close(path: list[Element], tag: str) -> None:
    for depth in range(len(path) - 1, 0, -1):
        if path[depth].tag == tag:
            if path[depth].children:
                path[depth].text = ""
            del path[depth:]
            return
