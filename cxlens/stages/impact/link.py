"""How many more stay for a point more of satisfaction, what they did before held: a link for :class:`RetentionLink`.

A link in answers is no proof that satisfaction keeps anybody; every sentence says so. What a link earns is computed by
the verbs of the improve stage, and how long customers stay by :mod:`cxlens.stages.impact.retention`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.values import TOO_FEW, count, interval, number
from cxlens.engine.labels import in_words, units_of
from cxlens.errors import OptionError, ValuesError, check_kind, check_known, check_level, listing
from cxlens.stats.clusters import FEWEST
from cxlens.study.metrics import Metric, Sample, clustered_coefficient, find_metric
from cxlens.study.survey import Survey
from cxlens.study.worth import RetentionLink

Floats = NDArray[np.float64]
AFTER = ("touches_after", "purchases_after", "spend_after")  # what came of it is no satisfaction
BEFORE = ("touches_before", "purchases_before", "spend_before", "tenure")  # held where the answers know them
AGAIN = "bought_again"
HAPPIER = "Those who stay may simply be happier"
LEAST = 30  # answers; and so many who stay, and who leave:
FEWEST_OF_A_KIND = 10


class _Rows(NamedTuple):
    """Answers that tell all: who stays (0 or 1), points of the outcome, weights, clusters, columns held."""

    stays: Floats
    points: Floats
    w: Floats
    unit: NDArray[np.int64] | None
    held: pd.DataFrame

    def sample(self) -> Sample:
        """Who stays, as a sample."""
        return Sample(self.stays, self.w, self.unit, self.held)


@misfits_told
def retention_link(
    answers: Survey,
    *,
    outcome: str | None = None,
    stays: str | None = None,
    hold: Sequence[str] | None = None,
    customers: Any = 1,
    value: Any = 1,
    level: float = 0.95,
) -> RetentionLink:
    """Tell how many more customers stay for a point more of the outcome, what they did before held.

    Parameters
    ----------
    answers
        A survey with an outcome of satisfaction and a binary one of staying, such as ``bought_again`` of
        :meth:`cxlens.Survey.with_behaviour`.
    outcome
        The outcome of satisfaction; the first that is not binary by default. NPS counts in points from -100 to 100.
    stays
        The binary outcome; by default ``bought_again``, or the only binary one.
    hold
        Columns that are held: numbers with their logarithm, labels by value. By default those of behaviour before the
        answer (``touches_before``, ``purchases_before``, ``spend_before``) and ``tenure``, where there are such.
    customers, value
        As for :class:`cxlens.RetentionLink`; 1 each tells the link alone.
    level
        Confidence level of the interval.

    Returns
    -------
    RetentionLink
        ``per_point`` is the interval with its estimate, cut off at 0; ``estimate`` is uncut, with its p-value;
        ``finding`` says it in words, ``caution`` what it does not say.

    Raises
    ------
    OptionError, ValuesError
        When an outcome or a column is unknown, or there are too few answers, or too few who stay or leave.

    Notes
    -----
    A linear regression of staying (0 or 1) on the outcome and the columns held: its slope is a difference of shares.
    Errors are HC3, or leave out each respondent in turn (CR3) where some answered more than once. A slope is of those
    alike in what is held; whoever is happier and stays for the same third reason is in it, too.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import cxlens as cx
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame({"web": rng.integers(1, 6, 900), "overall": rng.integers(1, 6, 900)})
    >>> frame["back"] = (rng.random(900) < 0.3 + 0.08 * frame["overall"]).astype(int)
    >>> survey = cx.Survey(frame, touchpoints=["web"], outcome={"overall": "interval", "back": "binary"})
    >>> link = cx.retention_link(survey, customers=40_000, value=250)
    >>> print(link)  # doctest: +NORMALIZE_WHITESPACE
    Back goes with overall, a point more: 7.9 [5.7, 10.0] percentage points more; clearly, nothing they did before held.
    Those who stay may simply be happier. n = 900.
    """
    check_kind("retention_link", answers, Survey, "cx.Survey(data, touchpoints=[...], outcome={...: 'binary'})")
    check_level(level)
    staying, points = _outcomes(answers, stays, outcome)
    columns = _held(answers, hold)
    rows = _read(answers, staying, points, columns)
    _check_enough(rows, staying)
    design = [np.ones(len(rows.stays)), *_columns(rows.held), rows.points]
    estimate, df = clustered_coefficient(design, rows.sample(), level)
    if np.isnan(estimate[1]):
        raise ValuesError(
            f"{points.name!r} cannot be told from what is held ({listing(columns)}), or does not vary. Hold fewer."
        )
    finding = _finding(answers, staying, points, columns, rows, estimate, level, few=df < FEWEST)
    slope, low, high, _ = estimate
    ends = np.clip([low, slope, high], 0, 1).tolist()
    return RetentionLink(customers, value, ends, estimate=estimate, finding=finding, caution=f"{HAPPIER}.")


def _outcomes(answers: Survey, stays: str | None, outcome: str | None) -> tuple[Metric, Metric]:
    """Who stays, and the outcome of satisfaction."""
    staying = find_metric(answers, stays or _staying(answers))
    if staying.kind != "binary":
        raise OptionError(f"stays={staying.name!r} is not binary. Name an outcome of 0 and 1.")
    points = find_metric(answers, outcome or _satisfaction(answers))
    if points.kind == "binary":
        raise OptionError(f"outcome={points.name!r} is binary. Name the outcome of satisfaction, such as an NPS.")
    return staying, points


def _staying(answers: Survey) -> str:
    """The outcome that says who stays."""
    binary = [name for name, kind in answers.outcomes.items() if kind == "binary"]
    if AGAIN in binary:
        return AGAIN
    if len(binary) != 1:
        found = f"outcomes {listing(map(repr, binary))} are" if binary else "no outcome is"
        raise OptionError(
            f"{found} binary, so it is not known who stays. Name one: retention_link(..., stays='column')."
        )
    return binary[0]


def _satisfaction(answers: Survey) -> str:
    """The outcome of satisfaction."""
    others = [name for name, kind in answers.outcomes.items() if kind != "binary" and name not in AFTER]
    if not others:
        raise OptionError("no outcome tells of satisfaction: all are binary. Name one: Survey(..., outcome={...}).")
    return others[0]


def _held(answers: Survey, hold: Sequence[str] | None) -> list[str]:
    """The columns held."""
    labels = next(iter(answers.source.batches())).labels
    known = [str(name) for name in labels]
    if hold is None:
        return [name for name in BEFORE if name in known]
    columns = [hold] if isinstance(hold, str) else list(hold)
    check_known("hold: column", columns, known, "Columns")
    return columns


def _read(answers: Survey, staying: Metric, points: Metric, columns: list[str]) -> _Rows:
    """The answers that tell all that is asked."""
    unit_column = answers.cluster or answers.respondent
    parts = []
    held = []
    for rows in answers.source.batches():
        figures = pd.DataFrame({"stays": staying.values(rows), "points": points.values(rows), "w": rows.weights})
        figures["unit"] = units_of(rows, unit_column) if unit_column else np.arange(len(rows.weights))
        labels = rows.labels[columns]
        told = figures.notna().all(axis=1).to_numpy(bool) & labels.notna().all(axis=1).to_numpy(bool)
        told &= rows.weights > 0
        parts.append(figures[told])
        held.append(labels[told])
    answered = pd.concat(parts, ignore_index=True)
    codes, names = pd.factorize(answered["unit"])
    repeats = unit_column is not None and len(names) < len(codes)
    return _Rows(
        answered["stays"].to_numpy(float),
        answered["points"].to_numpy(float),
        answered["w"].to_numpy(float),
        codes.astype(np.int64) if repeats else None,
        pd.concat(held, ignore_index=True),
    )


def _check_enough(rows: _Rows, staying: Metric) -> None:
    """Refuse answers that are too few, or almost all alike."""
    n = len(rows.stays)
    stay = int(rows.stays.sum())
    if n >= LEAST and min(stay, n - stay) >= FEWEST_OF_A_KIND:
        return
    raise ValuesError(
        f"retention_link needs {LEAST} answers that tell all, and {FEWEST_OF_A_KIND} each of those who stay and who "
        f"leave by {staying.name!r}; there are fewer. Ask more customers, or hold fewer columns."
    )


def _columns(held: pd.DataFrame) -> list[Floats]:
    """What is held, as columns of a regression."""
    columns: list[Floats] = []
    for name in held:
        values = held[name]
        if pd.api.types.is_numeric_dtype(values) and values.nunique() > 2:
            numbers = values.to_numpy(float)
            columns.append(numbers - numbers.mean())
            size = np.sign(numbers) * np.log1p(np.abs(numbers))
            columns.append(size - size.mean())
            continue
        words = in_words(values)
        kinds = sorted(set(words))
        columns += [np.asarray(words == kind, float) for kind in kinds[1:]]
    return columns


def _finding(
    answers: Survey,
    staying: Metric,
    points: Metric,
    columns: list[str],
    rows: _Rows,
    estimate: tuple[float, float, float, float],
    level: float,
    *,
    few: bool,
) -> Finding:
    """The link in words."""
    slope, low, high, p = (float(figure) for figure in estimate)
    clear = p < 1 - level
    goes = "goes" if clear else "does not clearly go"
    held = listing([answers.named(name) for name in columns], 3) if columns else "nothing they did before"
    who = staying.shown[:1].upper() + staying.shown[1:]
    better = "better" if points.lowest_is_best else "more"
    digits = 1 if abs(slope) >= 0.01 else 2
    return Finding(
        f"{who} {goes} with {points.shown}, a point {better}:",
        number(100 * slope, digits),
        interval(100 * low, 100 * high, digits),
        "percentage points more",
        f"{'clearly, ' if clear else ''}{held} held",
        count(len(rows.stays)),
        HAPPIER,
        more=[TOO_FEW] if few else [],
    )
