"""The language of the job filter: `state:running user:me name~^relax cores>=16 -queue:debug`.

A word is looked for in every field people search by; `"two words"` are one; `~word` is a regular
expression. `FIELD:VALUE` is one field: exact words (`a,b` either, `*` anything) or part of a text;
`=` exact, `~` a regular expression, `< <= > >=` numbers, spans (`2h`, `1d12h`) and how long ago a
time was. `-` before a term, or `!` before its operator, turns it round.
"""

from __future__ import annotations

import difflib
import operator
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate

from podtui.domain.job import JobState
from podtui.domain.job_columns import BY_NAME, FieldKind, JobField
from podtui.domain.job_table import JobRow
from podtui.domain.text import visible
from podtui.errors import InputError

_TERM = re.compile(
    r'(?P<no>-)?(?:(?P<field>[A-Za-z_-]+?)(?P<op>!?(?:<=|>=|:|=|~|<|>)))?(?P<value>"[^"]*"?|\S*)'
)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_GROUPS = {
    "active": tuple(state for state in JobState if not state.ended),
    "ended": tuple(state for state in JobState if state.ended),
    "pending": tuple(state for state in JobState if state.pending),
}
_ALSO = {
    "partition": "queue", "part": "queue", "stagein": "in", "stage-in": "in", "stageout": "out",
    "stage-out": "out", "walltime": "limit", "time": "limit", "node": "hosts", "nodes": "hosts",
    "host": "hosts", "workdir": "folder", "dir": "folder", "job": "id", "start": "expected",
}  # fmt: skip

Test = Callable[[JobRow], bool]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and when: `me` is the user name on each cluster, `now` seconds since 1970."""

    me: Mapping[str, str]
    now: float


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; without a field its value is looked for in all that people search by."""

    field: JobField | None
    op: str
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: rows that meet every term."""

    terms: tuple[Term, ...] = ()

    @property
    def words(self) -> tuple[tuple[str, bool], ...]:
        """The terms that are plain words, casefolded, and whether each must be absent."""
        return tuple((t.value.casefold(), t.negated) for t in self.terms if _plain(t))

    def narrows(self, other: Query) -> bool:
        """Whether it surely finds nothing that `other` does not: another letter of a word."""
        words = [word for word, absent in self.words if not absent]
        return len(other.words) == len(other.terms) and all(
            not absent and any(part in word for word in words) for part, absent in other.words
        )

    def tests(self, asker: Asker) -> tuple[Test, ...]:
        """The terms that need more than a look into the searched text."""
        return tuple(_test(term, asker) for term in self.terms if term.field is not None)

    @property
    def patterns(self) -> tuple[tuple[re.Pattern[str], bool], ...]:
        """The terms that are a regular expression over the searched text, and if negated."""
        found = (t for t in self.terms if t.field is None and t.op == "~")
        return tuple((_regex(t.value), t.negated) for t in found)


def parse_query(text: str) -> Query:
    """Read a filter; InputError with what is wrong and how to write it."""
    terms = []
    for match in _TERM.finditer(text):
        if not match[0]:
            continue
        terms.append(_term(match))
    return Query(tuple(term for term in terms if term is not None))


def _term(match: re.Match[str]) -> Term | None:
    negated = bool(match["no"])
    value = match["value"]
    if match["field"] is None:
        op = "~" if value.startswith("~") else ""
        value = _unquoted(value.removeprefix("~")) if op else _unquoted(value)
        if op:
            _regex(value)
        return Term(None, op, value, negated) if value else None
    field = _field(match["field"].casefold(), match[0])
    op = match["op"]
    if op.startswith("!"):
        negated, op = not negated, op[1:]
    term = Term(field, op, _unquoted(value), negated)
    _test(term, Asker({}, 0.0))  # refused now rather than while it is used
    return term


def _unquoted(value: str) -> str:
    return value.removeprefix('"').removesuffix('"') if value.startswith('"') else value


def _plain(term: Term) -> bool:
    return term.field is None and not term.op


def _field(name: str, whole: str) -> JobField:
    field = BY_NAME.get(_ALSO.get(name, name))
    if field is not None:
        return field
    near = difflib.get_close_matches(name, [*BY_NAME, *_ALSO], 1)
    hint = f"Did you mean {near[0]!r}?" if near else f'To look for it as it is: "{visible(whole)}".'
    raise InputError(f"There is no field {visible(name, 40)!r}.", title="Filter", hint=hint)


def _test(term: Term, asker: Asker) -> Test:
    field = term.field
    assert field is not None
    if not term.value:
        raise InputError(
            f"{field.name}{term.op} needs a value.",
            title="Filter",
            hint=f"{field.name} is {field.tells}.",
        )
    if term.op == "~":
        test = _by_pattern(field, _regex(term.value))
    elif field.kind in (FieldKind.NUMBER, FieldKind.SPAN, FieldKind.TIME):
        test = _by_number(field, term, asker)
    elif term.op in _COMPARE:
        raise InputError(
            f"{field.name} has no order to compare by.",
            title="Filter",
            hint=f"Write {field.name}:VALUE or {field.name}~PATTERN.",
        )
    elif field.name == "state":
        test = _by_state(term)
    elif field.name == "user":
        test = _by_user(term, asker)
    else:
        test = _by_text(field, term)
    return _turned(test) if term.negated else test


def _turned(test: Test) -> Test:
    return lambda row: not test(row)


def _by_pattern(field: JobField, pattern: re.Pattern[str]) -> Test:
    text, search = field.text, pattern.search
    return lambda row: search(text(row)) is not None


def _by_state(term: Term) -> Test:
    wanted: set[JobState] = set()
    for word in term.value.casefold().split(","):
        found = _GROUPS.get(word) or tuple(s for s in JobState if s.value.startswith(word))
        if not found or not word:
            known = ", ".join([*(state.value for state in JobState), *_GROUPS])
            raise InputError(
                f"There is no state {visible(word, 30)!r}.", title="Filter", hint=f"There: {known}."
            )
        wanted.update(found)
    return lambda row: row.job.state in wanted


def _by_user(term: Term, asker: Asker) -> Test:
    words = term.value.casefold().split(",")
    others = _by_text(BY_NAME["user"], Term(None, ":", ",".join(w for w in words if w != "me")))
    if "me" not in words:
        return others
    me = asker.me
    return lambda row: row.job.user == me.get(row.job.cluster, "") != "" or others(row)


def _by_text(field: JobField, term: Term) -> Test:
    text = field.text
    wanted = term.value.casefold()
    if term.op == ":" and field.kind is FieldKind.TEXT and "*" not in wanted:
        return lambda row: wanted in text(row).casefold()
    words = frozenset(wanted.split(",")) if term.op == ":" else frozenset((wanted,))
    if term.op == ":" and "*" in wanted:
        match = re.compile("|".join(translate(word) for word in words)).match
        return lambda row: match(text(row).casefold()) is not None
    return lambda row: text(row).casefold() in words


def _by_number(field: JobField, term: Term, asker: Asker) -> Test:
    number, now = field.number, asker.now
    assert number is not None
    wanted = _amount(field, term)
    compare = _COMPARE.get(term.op, operator.eq)
    if field.kind is FieldKind.TIME:  # how long ago

        def test_time(row: JobRow) -> bool:
            value = number(row, now)
            return value is not None and compare(abs(now - value), wanted)

        return test_time

    def test(row: JobRow) -> bool:
        value = number(row, now)
        return value is not None and compare(value, wanted)

    return test


def _amount(field: JobField, term: Term) -> float:
    if field.kind is FieldKind.NUMBER:
        try:
            return float(term.value)
        except ValueError:
            raise InputError(
                f"{visible(term.value, 30)!r} is not a number.",
                title="Filter",
                hint=f"Write {field.name}>=16, for example.",
            ) from None
    parts: Sequence[tuple[str, str]] = _SPAN.findall(term.value)
    if not parts or "".join(number + unit for number, unit in parts) != term.value:
        ago = "less than two hours ago" if field.kind is FieldKind.TIME else "under two hours"
        raise InputError(
            f"{visible(term.value, 30)!r} is no span of time.",
            title="Filter",
            hint=f"Write {field.name}<2h for {ago}; s, m, h, d and w are known.",
        )
    if term.op not in _COMPARE:
        raise InputError(
            f"{field.name} is compared by < and >.",
            title="Filter",
            hint=f"Write {field.name}<{term.value} or {field.name}>{term.value}.",
        )
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _regex(pattern: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            return re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    except re.error as error:
        raise InputError(
            f"{visible(pattern, 40)!r} is no regular expression: {error.msg}.",
            title="Filter",
            hint='A sign such as ( or * that is meant as it is is written "\\(".',
        ) from None


def complete(text: str, clusters: Sequence[str]) -> str:
    """`text` with its last word completed to a field, a state or a cluster; empty for none."""
    head, gap, word = text.rpartition(" ")
    field, colon, value = word.removeprefix("-").partition(":")
    if not word or word.startswith('"'):
        return ""
    if not colon:
        found = next((name for name in BY_NAME if name.startswith(field) and field != name), "")
        return f"{head}{gap}{'-' if word[0] == '-' else ''}{found}:" if found and field else ""
    known: Sequence[str] = ()
    if field == "state":
        known = [*(state.value for state in JobState), *_GROUPS]
    elif field == "cluster":
        known = clusters
    elif field == "user":
        known = ("me",)
    begun, comma, last = value.rpartition(",")
    found = next((name for name in known if name.startswith(last) and name != last), "")
    return f"{head}{gap}{word[: len(word) - len(value)]}{begun}{comma}{found}" if found else ""
