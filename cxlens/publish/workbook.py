"""The workbook: every table of a study in one Excel file, for those who work on with the figures.

It holds the contents, the notes and the file. What stands in it is listed in :mod:`cxlens.publish.workbook_sheets`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from tqdm import tqdm

from cxlens.common.arguments import misfits_told
from cxlens.common.excel import READING, units_of
from cxlens.common.heads import Units, columns_of
from cxlens.errors import OptionError, ValuesError, check_kind
from cxlens.files.tables import xlsxwriter_or_refuse
from cxlens.files.workbook import LONGEST_NAME, Sheet, sheet_names, write_workbook
from cxlens.files.writing import check_ending, file_to_write
from cxlens.publish.desk import Desk
from cxlens.publish.words import joined
from cxlens.publish.workbook_sheets import TOPICS, Named, Topic
from cxlens.study.study import Study

CONTENTS, NOTES, WORDS = "Contents", "Notes", "How to read"
NOT_SHOWN = {"influence", "cross-hairs"}  # parts that tell of single answers, or only where lines are drawn
TOO_THIN = (ValuesError, OptionError)  # what verbs raise where answers do not suffice
GLOSSARY: dict[str, str] = tomllib.loads(Path(__file__).with_name("glossary.toml").read_text(encoding="utf-8"))
SIMULATED = "Simulated data"
MEASURED = "as collected"


class Told(NamedTuple):
    """A table of the workbook: what its sheet is called, and what is to be known about it."""

    name: str
    stage: str
    about: str
    basis: str
    table: str
    frame: pd.DataFrame
    units: Units
    finding: str
    note: str
    n: Any


class Left(NamedTuple):
    """What could not be told, and why."""

    name: str
    stage: str
    about: str
    why: str


@misfits_told
def workbook(study: Study, path: str | Path) -> Path:
    """Write every table of a study as an Excel workbook: one sheet each, with contents, notes and words explained.

    What the verbs find of all stages that the study's parts allow: the map, baseline, drivers and each side of them,
    verdicts, quick wins, the road map and who is asked, what came of changes and promises, development, journeys. Heads
    are words, numbers are numbers (percentages, money and days shown as such), heads stay in sight, rows can be
    filtered. A cell that would tell of too few people is empty, and the notes say so. Nothing in the file is a formula,
    whatever the data say. Needs the extra ``office``.

    Parameters
    ----------
    study
        The study.
    path
        The file to write, such as ``workbook.xlsx``. It appears whole or not at all.

    Returns
    -------
    pathlib.Path
        The file written. Its first sheet, "Contents", leads to each of the others, and says what cannot be told yet and
        why; "Notes" tells of each sheet how many answers it rests on, which, and how it was made.

    Raises
    ------
    OptionError
        When what is given is not a study.
    FileError
        When the file cannot be written there.
    CxlensError
        When XlsxWriter is not installed, a part of the study cannot be read, or one of its changes cannot be measured
        as described.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import cxlens as cx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cx.workbook(cx.Study("Airport"), Path(folder, "workbook.xlsx")).name
    'workbook.xlsx'
    """
    write_study_workbook(study, path)
    return Path(path)


@misfits_told
def write_study_workbook(study: Study, path: str | Path, *, progress: bool = False) -> tuple[list[Told], list[Left]]:
    """Write the workbook and tell what stands in it; ``progress`` shows a bar on stderr when that is a terminal."""
    check_kind("workbook", study, Study, "cx.Study.from_toml(path)")
    xlsxwriter_or_refuse()
    check_ending(path, "workbook.xlsx", ".xlsx")
    target = file_to_write(path, "workbook.xlsx")
    desk = Desk(study)
    told, left = tables_of(desk, progress=progress)
    write_workbook(target, sheets_of(desk, told, left), study.name)
    return told, left


def tables_of(desk: Desk, *, progress: bool = False) -> tuple[list[Told], list[Left]]:
    """Every table of a study, and what cannot be told."""
    told: list[Told] = []
    left: list[Left] = []
    topics = [topic for topic in TOPICS if all(desk.has(part) for part in topic.needs)]
    for topic in tqdm(topics, leave=False, disable=None if progress else True):
        for named in asked(desk, topic, left):
            try:
                told += told_of(desk, topic, named)
            except TOO_THIN as error:
                left.append(Left(named.name, topic.stage, named.about, str(error)))
    return told, left


def asked(desk: Desk, topic: Topic, left: list[Left]) -> Iterator[Named]:
    """What is asked on a topic; nothing more once it turns out that answers do not suffice."""
    try:
        yield from topic.named(desk)
    except TOO_THIN as error:
        left.append(Left(topic.stage, topic.stage, "All else of this stage", str(error)))


def told_of(desk: Desk, topic: Topic, named: Named) -> list[Told]:
    """The tables of a result that have rows."""
    result = named.ask()
    found = getattr(result, "finding", None)
    n = getattr(found, "n", "")
    first, *others = result.tables
    titles = {first: (named.name, named.about, result.sentence)}
    for table in others:
        room = LONGEST_NAME - len(f", {table}")
        titles[table] = (f"{named.name[:room]}, {table}", f"{named.about}: {table}", "")
    told = []
    for table, frame in result.tables.items():
        if len(frame) and table not in NOT_SHOWN:
            name, about, finding = titles[table]
            spoken = _in_words(desk, frame)
            known = (topic.basis(desk), table, spoken, units_of(result), finding, result.note, _number(n))
            told.append(Told(name, topic.stage, about, *known))
    return told


def _number(n: str) -> Any:
    """A number of answers as a number, if it is one."""
    digits = n.replace(",", "")
    return int(digits) if digits.isdigit() else n


def _in_words(desk: Desk, frame: pd.DataFrame) -> pd.DataFrame:
    """A table in which outcomes are called what people call them."""
    if not desk.has("survey"):
        return frame
    names = {outcome: desk.survey.named(outcome) for outcome in desk.survey.outcomes}
    spoken = {}
    for column in ("outcome", "metric"):
        if column in frame:
            spoken[column] = [names.get(value, value) for value in frame[column]]
    return frame.assign(**spoken)


def sheets_of(desk: Desk, told: Sequence[Told], left: Sequence[Left]) -> list[Sheet]:
    """The sheets of the workbook: contents, notes, words, and one a table."""
    mark = SIMULATED if desk.simulated else ""
    names = sheet_names([CONTENTS, NOTES, WORDS, *(table.name for table in told)])
    of_tables = names[3:]
    sheets = [
        _contents(desk, told, left, of_tables),
        _notes(desk, told, of_tables),
        _front(WORDS, {"Word": ["", *[""] * (len(READING) - 1), *GLOSSARY], "Meaning": [*READING, *GLOSSARY.values()]}),
    ]
    for name, table in zip(of_tables, told, strict=True):
        sheets.append(Sheet(name, columns_of(table.frame, table.units, table.table), mark=mark))
    return [sheet._replace(mark=mark) for sheet in sheets]


def _contents(desk: Desk, told: Sequence[Told], left: Sequence[Left], names: Sequence[str]) -> Sheet:
    """What each sheet is, with a link to it; then what is not here, and why."""
    study = desk.study
    whose = f"{study.name}, {study.organisation}." if study.organisation else f"{study.name}."
    simulated = f"{SIMULATED}: all figures are made up." if desk.simulated else ""
    about = joined([whose, simulated, study.about, f"Words are explained on the sheet {WORDS}."])
    columns: dict[str, Sequence[Any]] = {
        "Sheet": ["This workbook", *names, *(entry.name for entry in left)],
        "Stage": ["", *(table.stage for table in told), *(entry.stage for entry in left)],
        "What it is": [about, *(table.about for table in told), *(f"Not here: {entry.about}" for entry in left)],
        "Rows": [None, *(len(table.frame) for table in told), *(None for _ in left)],
        "What was found": ["", *(table.finding for table in told), *(entry.why for entry in left)],
    }
    links = dict(enumerate(names, 1))
    return _front(CONTENTS, columns, links)


def _notes(desk: Desk, told: Sequence[Told], names: Sequence[str]) -> Sheet:
    """What each sheet rests on, and how it was made."""
    data = SIMULATED.casefold() if desk.simulated else MEASURED
    columns: dict[str, Sequence[Any]] = {
        "Sheet": list(names),
        "What it is": [table.about for table in told],
        "n": [table.n for table in told],
        "Answers": [table.basis for table in told],
        "Data": [data] * len(told),
        "How it was made": [table.note for table in told],
    }
    return _front(NOTES, columns, dict(enumerate(names)))


def _front(name: str, columns: Mapping[str, Sequence[Any]], links: Mapping[int, str] | None = None) -> Sheet:
    """A sheet about the others."""
    frame = pd.DataFrame(dict(columns), dtype=object)
    return Sheet(name, columns_of(frame), links or {})
