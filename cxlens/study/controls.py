"""What a survey offers the controls of a widget: its groupings, metrics and segments. No arithmetic belongs here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cxlens.common.explorer import ALL, Options
from cxlens.common.values import wave_words
from cxlens.study.dated import no_order
from cxlens.study.segments import Segment
from cxlens.study.survey import Survey


def groupings(survey: Survey) -> Options:
    """Everyone, and each column that tells respondents apart."""
    options: Options = [("Everyone", ALL)]
    for column in survey.keys:
        options.append((survey.named(column), column))
    return options


def metrics(survey: Survey) -> Options:
    """Touchpoints and outcomes."""
    names = [*survey.touchpoints, *survey.outcomes]
    return [(survey.named(name), name) for name in dict.fromkeys(names)]


def survey_segments(survey: Survey) -> Options:
    """Everyone, and each value of each grouping."""
    values = {}
    for column in survey.keys:
        in_order = column == survey.time and not no_order(survey)
        values[column] = survey.waves if in_order else survey.source.distinct(column)
    return segment_options(values, survey.named)


def segment_options(values: dict[str, list[Any]], named: Callable[[str], str] = str) -> Options:
    """``purpose: business`` for every value of every column, everyone first; columns as people call them."""
    options: Options = [("Everyone", ALL)]
    for column, entries in values.items():
        for entry in entries:
            name = _segment_name(named(column), entry)
            options.append((name, (column, entry)))
    return options


def part_of(whole: Any, chosen: Any) -> Any:
    """A survey or a log, or the segment of it that a control names."""
    if chosen == ALL:
        return whole
    column, entry = chosen
    named = getattr(whole, "named", str)  # a log has no words for its columns
    segment = Segment(_segment_name(named(column), entry), {column: entry})
    return whole.where(segment)


def _segment_name(column: str, entry: Any) -> str:
    return f"{column}: {wave_words(entry)}"
