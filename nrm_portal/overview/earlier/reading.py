"""Reading a CSV file of earlier years: every line that cannot be taken is named, with its number and why."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from core.text import identifying, normalise, storable
from nrm_portal.overview.earlier.models import FIRST_YEAR, MOST, EarlierGroup, EarlierUnit

LARGEST: Final = 200 * 1024
MOST_LINES: Final = 2_000
SOURCE_LIMIT: Final = 200
COLUMNS: Final = ("år", "enhet", "grupp", "antal", "källa")
_HEADS: Final[Mapping[str, str]] = {
    "år": "år", "year": "år", "enhet": "enhet", "unit": "enhet", "grupp": "grupp", "group": "grupp",
    "antal": "antal", "number": "antal", "count": "antal", "källa": "källa", "source": "källa",
}  # fmt: skip
UNITS: Final[Mapping[str, str]] = {
    "personer": EarlierUnit.PERSONS, "persons": EarlierUnit.PERSONS,
    "hänvisningar": EarlierUnit.REFERRALS, "referrals": EarlierUnit.REFERRALS,
}  # fmt: skip
GROUPS: Final[Mapping[str, str]] = {
    "alla": EarlierGroup.ALL, "totalt": EarlierGroup.ALL, "all": EarlierGroup.ALL, "total": EarlierGroup.ALL,
    "kvinnor": EarlierGroup.WOMEN, "women": EarlierGroup.WOMEN, "män": EarlierGroup.MEN,
    "men": EarlierGroup.MEN, "flickor": EarlierGroup.GIRLS, "girls": EarlierGroup.GIRLS,
    "pojkar": EarlierGroup.BOYS, "boys": EarlierGroup.BOYS, "övriga": EarlierGroup.OTHER,
    "övriga eller okänt": EarlierGroup.OTHER, "okänt": EarlierGroup.OTHER, "other": EarlierGroup.OTHER,
}  # fmt: skip
Key = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One number, read."""

    number: int
    year: int
    unit: str
    group: str
    amount: int
    source: str

    @property
    def key(self) -> Key:
        return self.unit, self.year, self.group


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be taken. Line 0: the file as a whole."""

    line: int
    words: str


@dataclass(frozen=True)
class Read:
    """A file as it was read. Only one without problems can be taken in."""

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    sha256: str


class _Bad(Exception):
    pass


def read(data: bytes, *, this_year: int, counted: Iterable[int], taken: Mapping[Key, str]) -> Read:
    """Read a file. `counted`: years the portal has published itself. `taken`: numbers that are there already,
    and from which file."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        text = _text(data)
        rows = list(_rows(text))
        heads = _heads(rows)
    except _Bad as bad:
        return Read((), (Problem(0, str(bad)),), digest)
    lines: list[Line] = []
    problems: list[Problem] = []
    for number, cells in rows[1:]:
        try:
            lines.append(_line(number, cells, heads))
        except _Bad as bad:
            problems.append(Problem(number, str(bad)))
    problems += _years(lines, this_year, frozenset(counted))
    problems += _twice(lines, taken)
    if not problems:
        problems += _sums(lines)
    if not lines and not problems:
        problems.append(Problem(0, _("The file holds no numbers, only headings")))
    return Read(tuple(lines), tuple(sorted(problems, key=lambda one: one.line)), digest)


# --- the file ---------------------------------------------------------------------------------------


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise _Bad(_("The file is larger than 200 kB. Earlier years need only a few lines"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        words = _("The file is not UTF-8. Save it as “CSV UTF-8” and choose it again")
        raise _Bad(words) from None
    if "\0" in text:
        raise _Bad(_("This is no text file. Save it as “CSV UTF-8” and choose it again"))
    return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, with the number of the line they end on."""
    first = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=first.count), strict=True)
    try:
        for cells in reader:
            if reader.line_num > MOST_LINES:
                raise _Bad(_("The file has more than 2,000 lines. Divide it"))
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [normalise(cell) for cell in cells]
    except csv.Error:
        words = _("Line %(line)s cannot be read: a quotation mark is missing or stands wrong")
        raise _Bad(words % {"line": reader.line_num}) from None


def _heads(rows: list[tuple[int, list[str]]]) -> list[str]:
    heads = [_HEADS.get(cell.casefold(), "") for cell in rows[0][1]] if rows else []
    missing = [name for name in COLUMNS if name not in heads]
    if missing or len(set(heads) - {""}) != len([head for head in heads if head]):
        words = _("The first line must hold the headings %(names)s, each once. Missing: %(missing)s")
        names = {"names": ", ".join(COLUMNS), "missing": ", ".join(missing) or "–"}
        raise _Bad(words % names)
    return heads


# --- a line -----------------------------------------------------------------------------------------


def _line(number: int, cells: list[str], heads: list[str]) -> Line:
    if len(cells) < len(heads):
        words = _("There are %(n)s columns here and %(all)s in the headings")
        raise _Bad(words % {"n": len(cells), "all": len(heads)})
    if any(cells[len(heads) :]):
        raise _Bad(_("There is text after the last column. Put a text with a separator in quotation marks"))
    value = dict(zip(heads, cells, strict=False))
    return Line(
        number,
        _year(value["år"]),
        _code(value["enhet"], UNITS, _("Unit “%(text)s” is not known. Write personer or hänvisningar")),
        _code(
            value["grupp"],
            GROUPS,
            _("Group “%(text)s” is not known. Write alla, kvinnor, män, flickor, pojkar or övriga"),
        ),
        _amount(value["antal"]),
        _source(value["källa"]),
    )


def _year(text: str) -> int:
    if not (len(text) == 4 and text.isascii() and text.isdigit() and int(text) >= FIRST_YEAR):
        words = _("“%(text)s” is no year. Write four digits, %(first)s or later")
        raise _Bad(words % {"text": text[:20], "first": FIRST_YEAR})
    return int(text)


def _code(text: str, known: Mapping[str, str], words: str) -> str:
    code = known.get(text.casefold())
    if code is None:
        raise _Bad(words % {"text": text[:40]})
    return str(code)


def _amount(text: str) -> int:
    plain = "".join(text.split())
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 7 and int(plain) <= MOST):
        words = _("“%(text)s” is no whole number. A number that the source hides is left out, with its line")
        raise _Bad(words % {"text": text[:20]})
    return int(plain)


def _source(text: str) -> str:
    if not text:
        raise _Bad(_("Write where the number was read: the report, its year and page"))
    if len(text) > SOURCE_LIMIT or storable(text) != text:
        raise _Bad(_("The source is longer than 200 characters, or holds signs that cannot be stored"))
    if found := identifying(text):
        raise _Bad(_("“%(found)s” in the source can point somebody out. Take it away") % {"found": found})
    return text


# --- lines together -----------------------------------------------------------------------------------


def _years(lines: list[Line], this_year: int, counted: frozenset[int]) -> Iterator[Problem]:
    for line in lines:
        if line.year >= this_year:
            yield Problem(line.number, _("%(year)s is not over. Only whole years") % {"year": line.year})
        elif line.year in counted:
            words = _("The portal has published %(year)s itself. Earlier years end before it")
            yield Problem(line.number, words % {"year": line.year})


def _twice(lines: list[Line], taken: Mapping[Key, str]) -> Iterator[Problem]:
    seen: dict[Key, int] = {}
    for line in lines:
        if line.key in seen:
            words = _("The same year, unit and group stand on line %(line)s too")
            yield Problem(line.number, words % {"line": seen[line.key]})
        elif line.key in taken:
            words = _("The number has been taken in already, from %(name)s. Take that import back first")
            yield Problem(line.number, words % {"name": taken[line.key]})
        seen.setdefault(line.key, line.number)


def _sums(lines: list[Line]) -> Iterator[Problem]:
    """Of every year and unit there is a line for all, and its groups fit into it."""
    by_year: dict[tuple[str, int], list[Line]] = {}
    for line in lines:
        by_year.setdefault((line.unit, line.year), []).append(line)
    for rows in by_year.values():
        whole = next((row for row in rows if row.group == EarlierGroup.ALL), None)
        if whole is None:
            words = _("There is no line for alla of %(year)s. The trend needs it")
            yield Problem(rows[0].number, words % {"year": rows[0].year})
            continue
        groups = [row for row in rows if row is not whole]
        total = sum(row.amount for row in groups)
        names = {"total": total, "all": whole.amount, "year": whole.year}
        if total > whole.amount:
            words = _("The groups of %(year)s are %(total)s together, more than alla, %(all)s")
            yield Problem(whole.number, words % names)
        elif len(groups) == len(EarlierGroup) - 1 and total != whole.amount:
            words = _("The groups of %(year)s are %(total)s together, but alla is %(all)s")
            yield Problem(whole.number, words % names)
