"""What respondents said of the touchpoints they met: ratings of a survey, beside the events of a log.

What they did before and after they answered is counted in :mod:`cxlens.study.behaviour`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.tables import InMemory
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.study.behaviour import customers_of
from cxlens.study.journeys import JourneyLog

if TYPE_CHECKING:
    from cxlens.study.survey import Survey

Floats = NDArray[np.float64]


def ratings_of_events(survey: Survey, log: JourneyLog) -> Floats:
    """(events,) how each customer rated the touchpoint of each event, in the order of the log; NaN where they did not.

    Of several answers of a customer the mean counts, whenever they were given.

    Raises
    ------
    OptionError, ValuesError
        When the survey does not know who answered, is on disk, or shares no touchpoint or no customer with the log.
    """
    if survey.respondent is None:
        raise OptionError(
            "ratings of a log's events need to know who answered. Name the column of ids: "
            "Survey(..., respondent='column')."
        )
    if not isinstance(survey.source, InMemory):
        raise ValuesError(
            "ratings of a log's events need the answers in memory, and these are on disk. Read them first: "
            "cx.Survey(pandas.read_parquet(path), ...)."
        )
    shared = [name for name in survey.touchpoints if name in log.touchpoints]
    if not shared:
        raise ValuesError(
            f"the survey and the log share no touchpoint. The survey has: {listing(survey.touchpoints)}. "
            f"The log has: {listing(log.touchpoints)}. Name them alike: Survey(..., touchpoints={{name: column}})."
        )
    rows = survey.source.rows
    customers = customers_of(survey, rows, log)
    columns = [survey.touchpoints.index(name) for name in shared]
    scores = pd.DataFrame(rows.scores[:, columns], columns=shared)[customers >= 0]
    means = scores.groupby(customers[customers >= 0]).mean()
    by_touchpoint = means.reindex(index=range(log.n_customers), columns=list(log.touchpoints))
    events = log.rows()
    return np.asarray(by_touchpoint.to_numpy(float)[events.owner[events.journey], events.code])
