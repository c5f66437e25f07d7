"""How a survey shows itself in a notebook. What is found in it is said by verbs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from cxlens.common.html import card
from cxlens.common.small_cells import reason
from cxlens.common.values import LEAST, plural
from cxlens.engine.tallies import describe, tally
from cxlens.errors import listing

if TYPE_CHECKING:
    from cxlens.study.survey import Survey


def survey_in_words(survey: Survey) -> str:
    """``3 answers about 2 touchpoints (web, call); outcome nps (nps).``, by columns, as they are asked for."""
    kinds = listing(f"{_column_and_words(survey, name)} ({kind})" for name, kind in survey.outcomes.items())
    touchpoints = f"{plural(len(survey.touchpoints), 'touchpoint')} ({listing(survey.touchpoints, 8)})"
    return f"{plural(survey.n, 'answer')} about {touchpoints}; outcome {kinds}."


def survey_card(survey: Survey) -> str:
    """Its touchpoints with how they are filled, and what is to be known."""
    table = describe(survey.source, survey.touchpoints)
    is_few = (table["n"] > 0) & (table["n"] < LEAST)
    odd = table.loc[(table["distinct"] == 1) & ~is_few, "touchpoint"]
    empty = table.loc[table["n"] == 0, "touchpoint"]
    notes = [
        _listed("Segments", (_column_and_words(survey, name) for name in survey.segments)),
        _listed("Weight", filter(None, [survey.weight])),
        _listed("Count", filter(None, [survey.count])),
        _listed("The same score everywhere", odd),
        _listed("No score at all", empty),
        "" if survey.scale else _odd_scores(survey),
        *survey.notes,
        "reach: users among those who told us; blank: no answer.",
    ]
    shown = _without_few(table.drop(columns="distinct"))
    is_hidden = shown.isna() & table[list(shown)].notna()
    if is_hidden.any(axis=None):
        notes.append(f"Missing: {reason(LEAST, of_total=True)}.")
    return card(repr(survey), shown, " ".join(filter(None, notes)))


def _without_few(table: pd.DataFrame) -> pd.DataFrame:
    """The same without numbers of few, nor what a few scored; nor the blanks, where all others left it blank."""
    n = table["n"]
    blank = table["blank"]
    is_few = (n > 0) & (n < LEAST)
    few_blanks = (blank > 0) & (blank < LEAST)
    tells_of_few = is_few & (table["reach"] == 1)
    return table.assign(
        n=n.astype("Int64").mask(is_few),
        reach=table["reach"].mask(is_few),
        mean=table["mean"].mask(is_few),
        blank=blank.astype("Int64").mask(few_blanks | tells_of_few),
    )


def tells_use(survey: Survey) -> bool:
    """Whether anyone said "not used": else those who gave no score may have used a touchpoint or not."""
    return any(survey.source.ever_unused(place) for place in range(len(survey.touchpoints)))


def _column_and_words(survey: Survey, column: str) -> str:
    """``q7``, or ``q7 "Satisfaction"`` where it has a name."""
    name = survey.words.names.get(column, column)
    if name == column:
        return column
    return f'{column} "{name}"'


def _listed(what: str, names: Iterable[str]) -> str:
    """What some names are, as a sentence; nothing where there are none."""
    listed = listing(names)
    return f"{what}: {listed}." if listed else ""


def _odd_scores(survey: Survey) -> str:
    """What to say of scores without a scale that may hold codes."""
    table = tally(survey.source, len(survey.touchpoints), 0).table
    scores = table["value"].dropna()
    if scores.empty or (scores % 1).any():
        return ""
    highest = scores.max()
    if scores.min() != 0 or not 6 <= highest <= 10:
        return ""
    return f"No scale given: scores from 0 to {highest:g} are taken as they are."
