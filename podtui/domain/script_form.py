"""A script's directives as a form: read field by field, changed in the one place that tells it.

Every other line stays byte for byte as it was. A change is checked by reading the script anew:
where more than the field asked for would change, it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from podtui.domain.job import ScriptDialect
from podtui.domain.script_fields import SLOTS, Field, Slot, a_word
from podtui.domain.script_words import Directives, Placed, directives_of
from podtui.domain.text import visible
from podtui.domain.translate.dialect import GRAMMARS, label
from podtui.domain.translate.lines import quoted, split_lines
from podtui.errors import InputError


@dataclass(frozen=True, slots=True)
class Answer:
    """A field as the script tells it, in the dialect's own notation, empty where it does not.

    `reason` says why the form cannot change it; `unit` what the value is counted in.
    """

    field: Field
    value: str = ""
    unit: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a field is told: the option, the slot, and the value's place within the option's."""

    option: Placed
    slot: Slot
    value: str
    start: int
    end: int


def read_form(script: str, dialect: ScriptDialect) -> tuple[Answer, ...]:
    """Every field of the form."""
    told = directives_of(script, dialect)
    return tuple(_answer(told, field, dialect) for field in Field)


def _answer(told: Directives, field: Field, dialect: ScriptDialect) -> Answer:
    slots, _ = SLOTS[dialect].get(field, ((), a_word))
    if not slots:
        return Answer(field, reason=f"not in {label(dialect)}")
    found, reason = _find(told, slots)
    if reason:
        return Answer(field, unit=slots[0].unit, reason=reason)
    if found is None:
        return Answer(field, unit=slots[0].unit)
    return Answer(field, found.value, found.slot.unit)


def _find(told: Directives, slots: tuple[Slot, ...]) -> tuple[_Found | None, str]:
    """The last place that tells one of `slots`, and why the form cannot change it."""
    found: list[_Found] = []
    for option in told.options:
        for slot in slots:
            if option.flag != slot.flag:
                continue
            one, reason = _within(option, slot)
            if reason:
                return None, reason
            if one is not None:
                found.append(one)
    if len({one.slot for one in found}) > 1:
        return None, "told in two ways: edit it in the script"
    return (found[-1] if found else None), ""


def _within(option: Placed, slot: Slot) -> tuple[_Found | None, str]:
    """The slot's value within an option's; offsets count in the value without its quotes."""
    start, value = 0, option.value
    if slot.resource:
        for piece in value.split(","):
            name, mark, rest = piece.partition("=")
            if name == slot.resource and mark:
                start, value = start + len(name) + 1, rest
                break
            start += len(piece) + 1
        else:
            return None, ""
    if not slot.part:
        return _Found(option, slot, value, start, start + len(value)), ""
    if slot.flag == "-pe":
        name, _, count = value.partition(" ")
        return _Found(option, slot, count, len(name) + 1, len(value)), ""
    if "+" in value:
        return None, "its pieces differ: edit it in the script"
    return _piece(option, slot, value, start), ""


def _piece(option: Placed, slot: Slot, value: str, start: int) -> _Found | None:
    first = True
    for piece in value.split(":"):
        name, mark, rest = piece.partition("=")
        if slot.part == "#" and first:
            if not piece.isdecimal():
                return None
            return _Found(option, slot, piece, start, start + len(piece))
        if mark and name == slot.part:
            begin = start + len(name) + 1
            return _Found(option, slot, rest, begin, begin + len(rest))
        start, first = start + len(piece) + 1, False
    return None


def told_fields(told: Directives, dialect: ScriptDialect) -> tuple[tuple[int, Field, str], ...]:
    """Every value of the form's fields, the repeated ones too, with its line from 1."""
    found = []
    for field, (slots, _) in SLOTS[dialect].items():
        for option in told.options:
            for slot in slots:
                if option.flag == slot.flag and (one := _within(option, slot)[0]):
                    found.append((option.line + 1, field, one.value))
    return tuple(found)


def check_field(field: Field, value: str, dialect: ScriptDialect) -> str:
    """Why `value` cannot be a field's, in a few words; empty when it can."""
    slots, check = SLOTS[dialect].get(field, ((), a_word))
    if not slots:
        return f"not in {label(dialect)}"
    try:
        check(value)
        if field is not Field.NAME:
            a_word(value)
    except ValueError as error:
        unit = slots[0].unit
        return str(error) + (f" ({unit})" if unit else "")
    return ""


def set_field(script: str, dialect: ScriptDialect, field: Field, value: str) -> str:
    """The script with `field` told as `value`, an empty one not at all; all else as it was.

    InputError for a value the scheduler does not read, and for what the form cannot change.
    """
    value = value.strip()
    before = _answer(directives_of(script, dialect), field, dialect)
    if before.value == value and not before.reason:
        return script
    if before.reason:
        raise InputError(f"{field.value}: {before.reason}.", title="Form")
    if value and (problem := check_field(field, value, dialect)):
        raise InputError(f"{field.value}: {visible(value, 60)!r} is {problem}.", title="Form")
    changed = _changed(script, dialect, field, value)
    after = _others(changed, dialect, field)
    kept = all(one in after for one in _others(script, dialect, field))
    told = _answer(directives_of(changed, dialect), field, dialect).value
    if not kept or told != value:
        raise InputError(
            f"{field.value} cannot be changed without changing more: edit it in the script.",
            title="Form",
        )
    return changed


def _others(script: str, dialect: ScriptDialect, field: Field) -> tuple[tuple[str, str], ...]:
    """All that is told but the field: a change leaves it as it is."""
    mine = {(slot.flag, slot.resource): slot.part for slot in SLOTS[dialect][field][0]}
    told = []
    for one in directives_of(script, dialect).options:
        for piece in one.value.split(",") if (one.flag, "") not in mine else (one.value,):
            name = piece.partition("=")[0] if (one.flag, "") not in mine else ""
            part = mine.get((one.flag, name))
            if part is None:
                told.append((one.flag, piece))
            elif part not in ("", "#"):
                rest = (p for p in piece.split(":")[1:] if not p.startswith(f"{part}="))
                told.append((one.flag, ":".join(rest)))
    return tuple(one for one in told if one[1])


def _changed(script: str, dialect: ScriptDialect, field: Field, value: str) -> str:
    slots = SLOTS[dialect][field][0]
    told = directives_of(script, dialect)
    found, _ = _find(told, slots)
    lines = split_lines(script)
    if found is not None and value:
        whole = found.option.value
        _put(lines, found.option, whole[: found.start] + value + whole[found.end :])
    elif found is not None:
        if found.slot.part == "#" and ":" in found.option.value[found.end :].partition(",")[0]:
            raise InputError(
                f"{field.value}: more is told with it: edit it in the script.", title="Form"
            )
        _take_off(lines, found)
    else:
        _add(lines, told, slots, value, dialect)
    return "".join(lines)


def _put(lines: list[str], option: Placed, value: str) -> None:
    """Give an option another value, in its place."""
    line = lines[option.line]
    text = value if option.flag == "-pe" else quoted(value)
    lines[option.line] = line[: option.value_start] + text + line[option.end :]


def _take_off(lines: list[str], found: _Found) -> None:
    """Take what tells the field out of its option, out of its line, or the line itself."""
    option, slot = found.option, found.slot
    rest = ""
    if slot.part and slot.part != "#":
        named = f"{slot.part}={found.value}"
        rest = option.value.replace(f":{named}", "").replace(f"{named}:", "")
        rest = "" if rest == option.value else rest
    elif slot.resource:
        pieces = option.value.split(",")
        rest = ",".join(one for one in pieces if not one.startswith(f"{slot.resource}="))
    if rest:
        _put(lines, option, rest)
    elif option.alone:
        lines[option.line] = ""
    else:
        line = lines[option.line]
        lines[option.line] = f"{line[: option.start].rstrip()} {line[option.end :].lstrip(' ')}"


def _add(
    lines: list[str], told: Directives, slots: tuple[Slot, ...], value: str, dialect: ScriptDialect
) -> None:
    """A new directive behind the last one; a new piece where its resource is told already."""
    slot = slots[0]
    for option in reversed(told.options):
        one = next((s for s in slots if s.part not in ("", "#") and s.flag == option.flag), None)
        pieces = option.value.split(",")
        if one is None or not any(p.startswith(f"{one.resource}=") for p in pieces):
            continue
        more = [
            f"{p}:{one.part}={value}" if p.startswith(f"{one.resource}=") else p for p in pieces
        ]
        _put(lines, option, ",".join(more))
        return
    text = slot.new.format(value)
    text = f"{slot.resource}={text}" if slot.resource else text
    text = text if slot.flag == "-pe" else quoted(text)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    at = min(told.at, len(lines))
    if at and not lines[at - 1].endswith("\n"):
        lines[at - 1] += end
    mark = "=" if slot.flag.startswith("--") else " "
    lines.insert(at, f"{GRAMMARS[dialect].prefix} {slot.flag}{mark}{text}{end}")
