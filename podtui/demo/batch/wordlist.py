"""Comma-separated lists of `NAME[=value]`, as `-l` and `-v` take them."""


def split_list(text: str) -> list[str]:
    """Split at commas that are neither escaped by a backslash nor inside quotes."""
    parts: list[str] = []
    current: list[str] = []
    quote = ""
    characters = iter(text)
    for character in characters:
        if character == "\\":
            following = next(characters, "")
            current.append(following if following in {",", "\\", '"', "'"} else "\\" + following)
        elif quote:
            quote = "" if character == quote else quote
            current += [character] if quote else []
        elif character in {'"', "'"}:
            quote = character
        elif character == ",":
            parts.append("".join(current))
            current = []
        else:
            current.append(character)
    if quote:
        raise ValueError(text)
    parts.append("".join(current))
    return [part for part in parts if part.strip()]


def assignments(text: str) -> tuple[tuple[str, str | None], ...]:
    """Read `a=1,b` as (("a", "1"), ("b", None)); ValueError for a missing or impossible name."""
    found = []
    for part in split_list(text):
        name, equals, value = part.strip().partition("=")
        if not name or any(character.isspace() for character in name) or "\0" in part:
            raise ValueError(part)
        found.append((name, value if equals else None))
    return tuple(found)
