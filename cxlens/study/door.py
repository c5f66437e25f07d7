"""The labels of a survey at its door: ids that stand for nobody, look-alikes, durations, dates by their period.

What a label means to a verb does not belong here, nor what a score is: that is :mod:`cxlens.engine.entries`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from cxlens.engine.entries import refuse_complex
from cxlens.engine.exact import check_digits
from cxlens.engine.tables import InMemory, OnDisk, Source
from cxlens.errors import OptionError, ValuesError
from cxlens.study.identity import are_nobody, check_look_alikes, check_unknown, warn_of_one_for_many
from cxlens.study.waves import MOMENT, Period, check_moments, check_period, check_times, in_order_of_time, in_periods

IDS = ("respondent", "cluster")
NAMES = ("segment", "channel", "time")


class Labels(NamedTuple):
    """What is said of the labels: the job of each column, the time column and its period, ids of nobody in words."""

    jobs: Mapping[str, str]
    time: str | None
    period: Period | None
    unknown: tuple[str, ...]

    @classmethod
    def of(cls, jobs: Mapping[str, str], time: str | None, period: Period | None, unknown: Iterable[Any]) -> Labels:
        """The same, of arguments that are checked."""
        check_period(period, time)
        return cls(jobs, time, period, check_unknown(unknown))

    @property
    def ids(self) -> list[str]:
        """The columns of ids."""
        return [column for column, job in self.jobs.items() if job in IDS]


def label_jobs(
    segments: tuple[str, ...], single: Mapping[str, str | None], about: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """The columns that are neither score, outcome nor weight, each with the first job it is named for."""
    jobs: list[tuple[str | None, str]] = [(column, "segment") for column in segments]
    jobs += [(column, job) for job, column in single.items() if job != "weight"]
    jobs += [(column, role) for role, named in about.items() for column in named.values()]
    labels: dict[str, str] = {}
    for column, job in jobs:
        if column is not None:
            labels.setdefault(column, job)
    return labels


def checked_labels(source: Source, labels: Labels) -> Source:
    """The same answers with ids of nobody empty and dates by their period; what is not sure is refused.

    Raises
    ------
    OptionError, ValuesError
        When ids of nobody are named and no ids, labels look alike or have lost digits, or times are none.

    Warns
    -----
    UserWarning
        When ids differ by capitals alone, or one respondent has far more rows than the next.
    """
    if labels.unknown and not labels.ids:
        raise OptionError(
            "unknown= names ids that stand for nobody, but the survey has no ids. "
            "Name their column: Survey(..., respondent='column') or cluster='column'."
        )
    told = _in_memory(source, labels) if isinstance(source, InMemory) else _on_disk(source, labels)
    for column, job in labels.jobs.items():
        _check_alike(told, column, job)
    return told


def waves_in(source: Source, time: str) -> list[Any]:
    """The waves of answers in the order of time, that of an ordered Categorical first of all."""
    stated = [wave for wave in source.distinct(time) if wave != ""]
    return in_order_of_time(stated, time, source.said_order(time))


def _in_memory(source: InMemory, labels: Labels) -> InMemory:
    """Answers in memory with their labels as verbs read them."""
    frame = source.rows.labels
    for column, job in labels.jobs.items():
        if job in (*IDS, *NAMES):
            refuse_complex(frame[column], job, column)
            check_digits(job, column, frame[column])
    changed = {column: frame[column].mask(are_nobody(frame[column], labels.unknown)) for column in labels.ids}
    if labels.time is not None:
        check_times(frame[labels.time], labels.time)
        times = _stated(frame[labels.time])
        changed[labels.time] = times
        if labels.period:
            changed[MOMENT] = times
            changed[labels.time] = in_periods(times, labels.period, labels.time)
    return replace(source, rows=replace(source.rows, labels=frame.assign(**changed)))


def _stated(values: pd.Series[Any]) -> pd.Series[Any]:
    """The times of answers; a text of blanks is none."""
    if not pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_datetime64_any_dtype(values):
        is_blank = values.astype("object").map(lambda value: isinstance(value, str) and not value.strip())
        values = values.mask(is_blank.to_numpy(bool))
    return values


def _on_disk(source: OnDisk, labels: Labels) -> OnDisk:
    """Answers in a file with their labels as verbs are to read them."""
    period = None
    table = source.table()
    for column, job in labels.jobs.items():
        if job in (*IDS, *NAMES) and table[column].type().is_floating():
            largest = source.files.asked(table[column].abs().max())[0].to_pylist()
            check_digits(job, column, pd.Series(largest, dtype=float))
    if labels.time is not None:
        kind = table[labels.time].type()
        _check_times_on_disk(source, labels.time, is_text=kind.is_string())
        if labels.period:
            period = (labels.time, labels.period)
            if not kind.is_date() and (not kind.is_timestamp() or kind.timezone):
                raise ValuesError(
                    f"period={labels.period!r} of a large Parquet file needs dates without a time zone in "
                    f"{labels.time!r}, which holds {kind}. Write it as dates, or give a frame."
                )
    nobody = dict.fromkeys(labels.ids, labels.unknown) if labels.unknown else {}
    return replace(source, period=period, nobody=nobody)


def _check_times_on_disk(source: OnDisk, time: str, *, is_text: bool) -> None:
    """Refuse times in a file that are none; durations by what the file says, since DuckDB reads plain numbers."""
    schema = source.files.schema()
    empty = schema.empty_table().to_pandas(ignore_metadata=True)
    check_moments(empty[time], time)
    if is_text:
        check_times(pd.Series(source.distinct(time), dtype=object), time)


def _distinct(source: Source, column: str, job: str) -> list[Any]:
    """The values of a column; lists and the like are refused."""
    try:
        return source.distinct(column)
    except TypeError as error:
        raise ValuesError(f"{job} column {column!r} holds lists or the like. Give one value a cell.") from error


def _check_alike(source: Source, column: str, job: str) -> None:
    """Name labels that look alike, and one respondent who holds far more rows than the next."""
    if job in NAMES:
        check_look_alikes(job, column, _distinct(source, column, job))
    elif job in IDS:
        check_look_alikes(job, column, source.padded(column), is_id=True)
    if job == "respondent":
        warn_of_one_for_many(job, column, *source.most_rows(column))
