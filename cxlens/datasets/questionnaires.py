"""What the airport survey asked in a year: which column holds what, and what its codes mean.

The years that come with cxlens are in ``sfo_codes.toml``; any other is a code file of its own: see
:func:`cxlens.datasets.sfo.load_sfo`. The answers themselves are read by :mod:`cxlens.datasets.sfo`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlens.errors import FileError, listing
from cxlens.files.nodes import Node, read_nodes

YEARS = (2013, 2014, 2015, 2016, 2017)
FIRST = YEARS[0]
KEYS = ("year", "like", "dataset_id", "columns", "comments", "codes")
Entries = dict[str, Any]
ByYear = dict[int, Any]
Codes = Mapping[str, Any]  # what each code means
Columns = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """The questionnaire of a year.

    ``columns``: our name of everything that was asked, and the file's; ``comments``: the columns of each open question
    whose answers are codes; ``codes``: the word of each code of a segment; ``scores``, ``likely``: the number of each
    code of the scores, and of the recommendation; ``dataset_id`` at DataSF, "" where it is not known.
    """

    year: int
    columns: Columns
    comments: Mapping[str, list[str]]
    codes: Mapping[str, Codes]
    scores: Mapping[str, int]
    likely: Mapping[str, int]
    dataset_id: str = ""

    @property
    def needed(self) -> tuple[str, ...]:
        """Everything read from the file, each once and in order."""
        columns = list(self.columns.values())
        for names in self.comments.values():
            columns += names
        return tuple(dict.fromkeys(columns))


def read_beside(name: str) -> Entries:
    """A TOML file beside this module."""
    path = Path(__file__).with_name(name)
    return tomllib.loads(path.read_text(encoding="utf-8"))


def by_year(entries: Entries) -> ByYear:
    """The same with years as numbers."""
    return {int(year): entry for year, entry in entries.items()}


def _each_by_year(entries: Entries) -> dict[str, ByYear]:
    """The same with years as numbers, under every name."""
    return {name: by_year(its_years) for name, its_years in entries.items()}


def _code_lists(entries: Entries) -> dict[int, dict[str, str]]:
    """{first year of a list: {code: word}} from words and their codes."""
    lists: dict[int, dict[str, str]] = {}
    for year, codes_of in by_year(entries).items():
        codes: dict[str, str] = {}
        earlier_year = codes_of.pop("like", None)
        if earlier_year is not None:
            codes.update(lists[earlier_year])
        for word, its_codes in codes_of.items():
            for code in its_codes:
                codes[str(code)] = word
        lists[year] = codes
    return lists


ENTRIES = read_beside("sfo_codes.toml")
SCORES: dict[str, list[str]] = ENTRIES["scores"]  # name: touchpoint, column in 2013, column from 2014 on
# name: {first year of a column: its name}, and {first year of a list: {code: word}}; each holds until the next one.
COLUMNS = _each_by_year(ENTRIES["columns"])
SEGMENT_COLUMNS = _each_by_year(ENTRIES["segment_columns"])
CODES = {name: _code_lists(entries) for name, entries in ENTRIES["codes"].items()}
COMMENTS = _each_by_year(ENTRIES["comments"])
DATASET_IDS = by_year(ENTRIES["dataset_ids"])
SCORE_CODES = {str(code): code for code in range(7)} | {"Blank": 0, "": 0}
LIKELY_CODES = {str(code): code for code in range(12)} | {"": 11}
ASKED_ALWAYS = ("overall", "weight")
NAMES = (*SCORES, *COLUMNS, *SEGMENT_COLUMNS)


def built_in() -> dict[int, Questionnaire]:
    """The questionnaires of the years that come with cxlens."""
    return {year: _of_year(year) for year in YEARS}


def _of_year(year: int) -> Questionnaire:
    """A questionnaire from what is in force in its year."""
    columns = {}
    for name, (_, column_in_2013, column_since) in SCORES.items():
        columns[name] = column_in_2013 if year == FIRST else column_since
    for name, its_years in (COLUMNS | SEGMENT_COLUMNS).items():
        column = _in_force(its_years, year)
        if column:
            columns[name] = column
    codes = {name: _in_force(lists, year) or {} for name, lists in CODES.items()}
    comments = {name: _in_force(its_years, year) for name, its_years in COMMENTS.items()}
    return Questionnaire(
        year,
        columns,
        {name: names for name, names in comments.items() if names},
        codes,
        SCORE_CODES,
        LIKELY_CODES,
        DATASET_IDS.get(year, ""),
    )


def _in_force(its_years: ByYear, year: int) -> Any:
    """The entry in force in a year, or None before the first."""
    entry = None
    for first, value in its_years.items():
        if first <= year:
            entry = value
    return entry


def with_code_files(codes: str | Path | Iterable[str | Path] | None) -> dict[int, Questionnaire]:
    """The questionnaires that come with cxlens, and those of code files, which go before.

    Raises
    ------
    FileError
        When a file is not there or does not say what it should, or a year has two of them.
    """
    known = built_in()
    waiting = [read_nodes(path) for path in _code_files(codes)]
    years = [node.child("year").build(int) for node in waiting]
    for year, node in zip(years, waiting, strict=True):
        if years.count(year) > 1:
            raise node.child("year").fail(f"the year {year} has {years.count(year)} code files. Give one of them.")
    given = set(years)
    while waiting:
        ready = [node for node in waiting if _like(node) not in given]
        if not ready:
            raise waiting[0].child("like").fail("the code files are like one another in a circle. Write one out.")
        for node in ready:
            questionnaire = _from_file(node, known)
            known[questionnaire.year] = questionnaire
            given.discard(questionnaire.year)
        waiting = [node for node in waiting if node not in ready]
    return dict(sorted(known.items()))


def _code_files(codes: Any) -> list[Path]:
    """The code files that are meant: one, several, or all of a folder."""
    if codes is None:
        return []
    if not isinstance(codes, (str, Path)):
        return [path for entry in codes for path in _code_files(entry)]
    path = Path(codes)
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.toml"))
    if not files:
        raise FileError(f"codes {str(path)!r} is a folder without a code file. Give one such as 2019.toml.")
    return files


def _like(node: Node) -> int | None:
    """The year that a code file is like; one that is like the year it replaces waits for nobody."""
    if "like" not in node.value:
        return None
    like = node.child("like").build(int)
    return None if like == node.value["year"] else like


def _from_file(node: Node, known: Mapping[int, Questionnaire]) -> Questionnaire:
    """The questionnaire that a code file describes: that of the year it is like, with what differs."""
    node.only(KEYS)
    base = None
    if "like" in node.value:
        like = node.child("like").build(int)
        if like not in known:
            raise node.child("like").fail(f"the questionnaire of {like} is not known. Years: {listing(known)}.")
        base = known[like]
    columns = _columns(node, base)
    codes = {name: dict(base.codes[name]) if base else {} for name in CODES}
    numbers = {"scores": dict(SCORE_CODES), "recommend": dict(LIKELY_CODES)}
    if base:
        numbers = {"scores": dict(base.scores), "recommend": dict(base.likely)}
    _overlay(node, codes, numbers)
    lacking = [name for name in CODES if name in columns and not codes[name]]
    if lacking:
        raise node.fail(f"the codes of {listing(lacking)} are not said. Add [codes.{lacking[0]}], or like = 2017.")
    return Questionnaire(
        node.value["year"],
        columns,
        _comments(node),
        codes,
        numbers["scores"],
        numbers["recommend"],
        node.child("dataset_id").build(str) if "dataset_id" in node.value else "",
    )


def _columns(node: Node, base: Questionnaire | None) -> dict[str, str]:
    """The column of everything that was asked; "" takes one back that the year before had."""
    columns = dict(base.columns) if base else {}
    stated = node.child("columns") if "columns" in node.value else None
    if stated is not None:
        stated.only(NAMES)
        columns |= {name: clean_name(child.build(str)) for name, child in stated.table().items()}
    columns = {name: columns[name] for name in NAMES if columns.get(name)}
    lacking = [name for name in ASKED_ALWAYS if name not in columns]
    if lacking:
        raise node.fail(f"the columns of {listing(lacking)} are not said. Add them to [columns], or like = 2017.")
    if not any(name in columns for name in SCORES):
        raise node.fail("no column of a score is said. Add them to [columns], or like = 2017.")
    return columns


def clean_name(name: object) -> str:
    """A column name without its stray marks: ``*RESPNUM``, ``Q13 COUNTY``, trailing blanks."""
    without_blanks = "".join(str(name).split())
    return without_blanks.lstrip("*").upper()


def _comments(node: Node) -> dict[str, list[str]]:
    """The columns of coded comments; never taken from another year, whose codes are others, or which may be text."""
    if "comments" not in node.value:
        return {}
    stated = node.child("comments")
    stated.only(COMMENTS)
    return {name: [clean_name(entry.build(str)) for entry in child.list()] for name, child in stated.table().items()}


def _overlay(node: Node, codes: dict[str, dict[str, Any]], numbers: dict[str, dict[str, int]]) -> None:
    """Put what a code file says of codes over what was known of them, code by code."""
    if "codes" not in node.value:
        return
    stated = node.child("codes")
    stated.only((*CODES, *numbers))
    for name, words in stated.table().items():
        target = numbers.get(name, codes.get(name, {}))
        target.update(_meanings(words, in_numbers=name in numbers))


def _meanings(words: Node, *, in_numbers: bool) -> dict[str, Any]:
    """What each code of a list means; a code under two words is refused."""
    meanings: dict[str, Any] = {}
    for word, listed in words.table().items():
        meaning = _number(listed, word) if in_numbers else word
        for code in listed.list():
            if str(code.value) in meanings:
                raise listed.fail(f"the code {code.value!r} stands under two words. Keep one of them.")
            meanings[str(code.value)] = meaning
    return meanings


def _number(node: Node, word: str) -> int:
    """The score that a list of codes stands for."""
    if not word.isdigit():
        raise node.fail("codes of scores stand under a number: 0 blank, 6 not used, 11 blank in recommend.")
    return int(word)
