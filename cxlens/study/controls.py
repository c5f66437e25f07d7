"""What a survey offers the controls of a widget: its groupings, metrics and segments. No arithmetic belongs here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cxlens.common.explorer import ALL, Options
from cxlens.common.values import wave_words
from cxlens.study.segments import Segment
from cxlens.study.survey import Survey


def groupings(survey: Survey) -> Options:
    """Everyone, and each column that tells respondents apart."""
    columns = dict.fromkeys(name for name in (*survey.segments, survey.time, survey.channel) if name)
    return [("Everyone", ALL), *((name, name) for name in columns)]


def metrics(survey: Survey) -> Options:
    """Touchpoints and outcomes."""
    return [(name, name) for name in (*survey.touchpoints, *survey.outcomes)]


def survey_segments(survey: Survey) -> Options:
    """Everyone, and each value of each grouping."""
    columns = [column for _, column in groupings(survey) if column != ALL]
    return segment_options({column: survey.source.distinct(column) for column in columns})


def segment_options(values: dict[str, list[Any]]) -> Options:
    """``purpose: business`` for every value of every column, everyone first."""
    found: Options = [("Everyone", ALL)]
    for column, entries in values.items():
        found += [(f"{column}: {wave_words(entry)}", (column, entry)) for entry in entries]
    return found


def part_of(whole: Any, chosen: Any) -> Any:
    """A survey or a log, or the segment of it that a control names."""
    if chosen == ALL:
        return whole
    column, entry = chosen
    return whole.where(Segment(f"{column}: {wave_words(entry)}", {column: entry}))


def sorted_values(values: Iterable[Any]) -> list[Any]:
    """Numbers before texts."""
    return sorted(values, key=lambda value: (isinstance(value, str), value))
