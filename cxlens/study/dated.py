"""What is said of the waves of a survey: their words in order, why there is no order, and how many answers have none.

The order itself is made in :mod:`cxlens.study.waves`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxlens.common.small_cells import reason
from cxlens.common.values import plural
from cxlens.engine.labels import NOT_STATED, in_words
from cxlens.errors import ValuesError
from cxlens.study.survey import Survey


def no_order(survey: Survey) -> str:
    """Why the waves cannot be put in the order of time, and what to do; nothing where they can."""
    try:
        in_order = survey.waves
    except ValuesError as error:
        return str(error)
    del in_order
    return ""


def wave_names(survey: Survey) -> list[str]:
    """The waves as tables call them, in the order of time; none where it cannot be told."""
    try:
        waves = survey.waves
    except ValuesError:
        return []
    names = in_words(pd.Series(waves, dtype=object))
    return [str(name) for name in names]


def names_in_order(survey: Survey, column: str | None) -> list[str]:
    """The waves in the order of time, or the words of a column in the order that is said; none where none is."""
    if column is None:
        return []
    if column == survey.time:
        return wave_names(survey)
    words = in_words(pd.Series(survey.source.said_order(column), dtype=object))
    return [str(word) for word in words]


def sorted_segments(survey: Survey, by: str | None, names: Iterable[str]) -> list[str]:
    """Segments in the order that is said, else by name, waves by time; others come last."""
    places = {name: place for place, name in enumerate(names_in_order(survey, by))}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))


def without_wave(survey: Survey, least: int) -> str:
    """A sentence on answers without a wave, for a note; nothing where there are none.

    They are not counted where they are fewer than ``least``, or where their number would tell of so few others.
    """
    if survey.time is None:
        return ""
    n = survey.source.missing(survey.time)
    if n == 0:
        return ""
    cells = pd.DataFrame({survey.time: [NOT_STATED]})
    if n < least or survey.hidden(cells, np.array([[n]]), [-1], least).any():
        return f"Answers without a wave are left out: {reason(least)}."
    return f"{plural(n, 'answer')} without a wave {'is' if n == 1 else 'are'} left out."
