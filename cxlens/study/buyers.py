"""Who those are that buy: rows of purchases beside what their customers answered in the survey.

Rows in, rows out; what was bought is the business of :mod:`cxlens.study.purchases`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlens.engine.labels import in_words
from cxlens.errors import check_known
from cxlens.files.answers import EMPTY_WORDS, read_table
from cxlens.files.cells import Column
from cxlens.study.parts import PurchasesPlan
from cxlens.study.survey import Survey

NPS_CLASS = "NPS class"
CLASSES = ("promoters", "passives", "detractors")
LEAST = (9, 7, 0)  # scores from which on each class is told


def with_answers(plan: PurchasesPlan, survey: Survey) -> pd.DataFrame:
    """The rows of purchases, with what their customers said: segments of the survey, and the class of an NPS.

    Customers who were not asked have none of them. Where someone answered more than once, the last row counts.

    Raises
    ------
    OptionError
        When the purchases do not have the customers' column.
    """
    wanted = {plan.customer: Column("text", ("",)), plan.time: Column("text", EMPTY_WORDS)}
    if plan.value:
        wanted[plan.value] = Column("number", EMPTY_WORDS)
    frame = read_table(plan.data, wanted, "purchase file").frame
    check_known("customer column", [plan.customer], list(frame.columns), "Columns")
    said = said_by(survey)
    customers = in_words(frame[plan.customer])
    for column in said:
        if column not in frame:
            frame[column] = said[column].reindex(customers).to_numpy(object)
    return frame


def said_by(survey: Survey) -> pd.DataFrame:
    """What respondents said of themselves: one row each, by id as text; segments, and the class of the first NPS."""
    table = survey.table
    said = table[list(survey.segments)].astype(object)
    said = said.where(said.notna(), None)
    for outcome, kind in survey.outcomes.items():
        if kind == "nps":
            said[NPS_CLASS] = _classes(table[outcome])
            break
    said.index = pd.Index(in_words(table[survey.respondent]), name="respondent")
    return said[~said.index.duplicated(keep="last")]


def _classes(likely: pd.Series[Any]) -> Any:
    """Promoters, passives or detractors; None where nobody knows."""
    chosen = pd.Series(np.select([likely >= least for least in LEAST], CLASSES, ""), dtype=object)
    return chosen.mask(chosen == "", None).to_numpy()
