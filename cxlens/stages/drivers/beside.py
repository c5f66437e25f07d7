"""One more rating, such as of the whole journey, beside the touchpoints: does it tell more than their sum?

A side of the drivers. Answers are held out, so that one more column is no gain by itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import LINK, Finding
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent
from cxlens.engine.labels import units_of
from cxlens.engine.tables import InMemory, Rows
from cxlens.errors import OptionError, ValuesError, check_known
from cxlens.stages.drivers.record import Again, Fit
from cxlens.stats.cross_validated import FOLDS, Share, share_saved, squared_errors
from cxlens.stats.intervals import nps_points
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAST = 50  # answers: of fewer, a tenth tells nothing of the rest
MODELS = ("touchpoints", "rating", "both", "rating adds")


class _Answers(NamedTuple):
    """Answers with an outcome and the rating: scores (n, p), rating (n, 1), outcome, weight and unit (n,)."""

    scores: Floats
    rating: Floats
    outcome: Floats
    weight: Floats
    unit: Ints


def beside(record: Fit, rating: str) -> View:
    """What a rating tells of the outcome beside the touchpoints, in answers held out.

    See :meth:`cxlens.stages.drivers.drivers.Drivers.beside`.
    """
    answers = _answers(record, rating)
    shares = _shares(record, answers)
    table = pd.DataFrame(shares.values(), columns=["share", "low", "high", "p_value"])
    table.insert(0, "model", list(shares))
    table.insert(1, "n", len(answers.outcome))
    outcome = record.survey.named(record.asked.outcome)
    note = (
        f"share: of the squared differences in {outcome}, in answers that were held out, a tenth of the respondents "
        f"at a time ({FOLDS}-fold cross-validation of least squares); a share below 0 is worse than the mean. "
        f"Intervals, {percent(record.level)}, and p-values count respondents or clusters."
    )
    return View(
        chart="drivers/beside",
        table=table,
        finding=_finding(record, rating, shares, len(answers.outcome)),
        note=note,
        record=record,
        again=Again(beside, record, {"rating": rating}),
    )


def _check(record: Fit, rating: str) -> InMemory:
    """The answers in memory; refused where the outcome is no number, or the rating is none of the survey's."""
    survey = record.survey
    asked = record.asked
    if asked.fitted:
        raise OptionError(
            f"beside compares shares of differences in numbers, and {asked.outcome!r} is {asked.kind}. Choose an "
            "outcome of kind 'interval' or 'nps'."
        )
    if not isinstance(survey.source, InMemory):
        raise ValuesError(
            "beside needs the answers in memory, and these are on disk. Read them first: "
            "cx.Survey(pandas.read_parquet(path), ...)."
        )
    others = [name for name in survey.outcomes if name != asked.outcome]
    check_known("rating", [rating], [*others, *survey.touchpoints], "Ratings")
    return survey.source


def _answers(record: Fit, rating: str) -> _Answers:
    """The answers that have an outcome, the rating and a weight."""
    source = _check(record, rating)
    survey = record.survey
    design = record.asked.design
    rows = source.rows
    if rating in survey.touchpoints:
        values = rows.scores[:, survey.touchpoints.index(rating)]
    else:
        values = rows.outcomes[:, list(survey.outcomes).index(rating)]
    scored = [place for place in design.scored if survey.touchpoints[place] != rating]
    outcome = rows.outcomes[:, design.outcome]
    if design.nps:
        outcome = nps_points(outcome)
    is_known = ~np.isnan(outcome) & ~np.isnan(values)
    keep = is_known & (rows.weights > 0)
    if keep.sum() < LEAST:
        raise ValuesError(
            f"beside needs {LEAST} answers or more that have {record.asked.outcome!r} and {rating!r}, and there are "
            "fewer."
        )
    return _Answers(
        scores=rows.scores[:, scored][keep],
        rating=values[keep, None],
        outcome=outcome[keep],
        weight=rows.weights[keep],
        unit=_units(survey, rows)[keep],
    )


def _units(survey: Survey, rows: Rows) -> Ints:
    """(n,) the cluster or respondent of each answer, else the answer itself, as a number."""
    column = survey.cluster or survey.respondent
    if column is None:
        return np.arange(len(rows.weights))
    _, unit = np.unique(units_of(rows, column), return_inverse=True)
    return unit.astype(np.int64)


def _shares(record: Fit, answers: _Answers) -> dict[str, Share]:
    """What the touchpoints, the rating and both tell, and what the rating adds."""
    rng = np.random.default_rng(record.seed)
    _, unit = np.unique(answers.unit, return_inverse=True)
    fold_of_unit = rng.permutation(int(unit.max()) + 1) % FOLDS
    fold = fold_of_unit[unit]
    columns = {
        "mean": answers.scores[:, :0],
        "touchpoints": answers.scores,
        "rating": answers.rating,
        "both": np.hstack([answers.scores, answers.rating]),
    }
    errors = {name: squared_errors(x, answers.outcome, answers.weight, fold) for name, x in columns.items()}
    base = errors["mean"]

    def saved(larger: str, smaller: str) -> Share:
        """What one model saves of the errors of another."""
        return share_saved(errors[larger], errors[smaller], base, answers.weight, unit, record.level)

    return {
        "touchpoints": saved("mean", "touchpoints"),
        "rating": saved("mean", "rating"),
        "both": saved("mean", "both"),
        "rating adds": saved("touchpoints", "both"),
    }


def _finding(record: Fit, rating: str, shares: dict[str, Share], n: int) -> Finding:
    """Whether the rating clearly adds to the touchpoints."""
    survey = record.survey
    outcome = survey.named(record.asked.outcome)
    called = survey.named(rating)
    adds = shares["rating adds"]
    alone, by_itself, both = (number(100 * shares[name].value, 0) for name in MODELS[:3])
    account = f"the touchpoints account for {alone} of 100 points, this rating alone for {by_itself}, both for {both}"
    is_clear = adds.p_value < 1 - record.level and adds.value > 0
    lead = f"{called} accounts for more of the differences in {outcome} than its touchpoints alone, by"
    if not is_clear:
        lead = f"{called} adds nothing clear to what its touchpoints account for in {outcome}:"
    return Finding(
        lead,
        number(100 * adds.value, 0),
        interval(100 * adds.low, 100 * adds.high, 0),
        "of 100 points",
        "clearly" if is_clear else "",
        n=count(n),
        caution=LINK,
        more=[f"In answers held out, {account}"],
    )
