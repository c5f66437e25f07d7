"""Response bias: are those who answered like the customers they speak for, and what would that change?

Respondents against the customer base, weights that meet it, and their effect on the figures. Raking itself is in
:mod:`cxlens.stats.raking`; pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.finding import in_one
from cxlens.common.result import View
from cxlens.common.values import count, number, percent, plural
from cxlens.engine.labels import in_words
from cxlens.errors import ColumnError, ValuesError, check_kind, check_level, did_you_mean, listing
from cxlens.stages.baseline.cells import hidden_reasons, weighted_figure
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.intervals import effective_n, wilson
from cxlens.stats.raking import Raked, rake
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Margins = Mapping[str, Mapping[Any, float]]
CLEAR = 0.05  # q-value below which a difference is told apart from chance


class _Margin(NamedTuple):
    """A column in words, the customer base by value, and the values of it that answered."""

    column: str
    words: NDArray[Any]
    base: dict[str, float]
    heard: list[str]

    @property
    def codes(self) -> NDArray[np.intp]:
        """The place of each answer's value among those heard, -1 where the margin does not know it."""
        return pd.Index(self.heard).get_indexer(pd.Index(self.words))


def response_bias(survey: Survey, margins: Margins, *, level: float = 0.95, min_n: int = 5) -> View:
    """Hold the respondents against the customer base, and rake their weights to it.

    Parameters
    ----------
    survey
        The answers. Weights they have are where raking starts from.
    margins
        The customer base: ``{segment column: {value: share}}``. The shares of a column sum to 1; whole numbers of which
        one is above 1 are taken as numbers of customers.
    level
        Confidence level of the intervals.
    min_n
        Values of fewer answers are blank.

    Returns
    -------
    View
        Of kind "response bias". One row a column and value: ``column``, ``value``, ``n``, ``share`` of the answers
        whose value the margins know (by the survey's weights) with ``low`` and ``high`` (Wilson), ``base`` (share of
        customers), ``difference``, ``p_value`` (score test of the share being that of the base), ``q_value`` over all
        rows, ``weight`` (mean weight after raking, the survey's own included), ``note``. Values of fewer
        than ``min_n`` answers are blank, and the next smallest where they would follow from the rest.

        Parts: ``effect``, one row a touchpoint and outcome: ``item``, ``measure``, ``n``, ``value`` (as the survey is),
        ``raked`` with ``low`` and ``high`` (on the effective n), ``difference``; ``weights``: ``weight`` of each answer
        in the order of the rows, with mean 1 (rows, not for publishing: equal weights tell how many are of a kind);
        ``raking``: one row with ``n``, ``effective_n``, ``design_effect``, ``margins``, ``steps``.

    Raises
    ------
    ColumnError, ValuesError
        For columns that are no segment, shares that do not sum to 1, values that look misspelt, and margins that no
        weights can meet at once.

    Notes
    -----
    A value of the base that no respondent has cannot be weighted up: the others share its part, and the note says so.
    Answers whose value the margins do not know keep their weight in that margin. The effective n takes the weights as
    fixed (Kish 1965), and all answers as independent. Weights repair what the margins measure and nothing else: among
    customers of the same values, those who answered may still differ from those who did not.

    Examples
    --------
    >>> import cxlens as cx
    >>> from cxlens.stages.baseline.bias import response_bias
    >>> survey = cx.datasets.load_airport().survey()
    >>> view = response_bias(survey, {"purpose": {"business": 0.5, "leisure": 0.3, "visiting friends": 0.2}})
    >>> view.table[["value", "share", "base", "weight"]].round(2).to_string(index=False).splitlines()[1].split()
    ['business', '0.38', '0.5', '1.66']

    To use the weights, put them beside the answers, row by row, and make a survey of that (where the answers are not
    at hand, ``survey.table`` has them, without the difference between not used and blank):

    >>> answers = survey.table.assign(weight=view.parts["weights"]["weight"])
    >>> weighted = cx.Survey(answers, touchpoints=survey.touchpoints, outcome="overall", weight="weight")
    """
    check_kind("response_bias", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome=...)")
    check_level(level)
    shares = _shares(survey, margins)
    rows = survey.rows()
    found = [_margin(column, in_words(rows.labels[column]), base, rows.weights > 0) for column, base in shares.items()]
    targets = [np.array([one.base[value] for value in one.heard]) for one in found]
    names = [repr(one.column) for one in found]
    raked = rake([one.codes for one in found], [own / own.sum() for own in targets], rows.weights, names=names)
    table = pd.concat([_lines(one, rows.weights, raked.weights, level, min_n) for one in found], ignore_index=True)
    table.insert(9, "q_value", benjamini_hochberg(table["p_value"]))
    effect = _effect(survey, rows.scores, rows.outcomes, (rows.weights, raked.weights), level, min_n)
    about = {"n": survey.n, "effective_n": raked.effective_n, "design_effect": raked.design_effect,
             "margins": len(found), "steps": raked.steps}  # fmt: skip
    parts = {"effect": effect, "weights": pd.DataFrame({"weight": raked.weights}), "raking": pd.DataFrame([about])}
    sentence = _sentence(survey, table, effect, raked)
    return View("baseline/response bias", table, in_one(sentence), _note(survey, found, level), survey, parts)


def _shares(survey: Survey, margins: Margins) -> dict[str, dict[str, float]]:
    """The customer base as shares by value in words, checked."""
    if not isinstance(margins, Mapping) or not margins:
        raise ValuesError(
            "response_bias needs the customer base. Give margins={'purpose': {'business': 0.3, 'leisure': 0.7}}."
        )
    allowed = list(dict.fromkeys(name for name in (*survey.segments, survey.time, survey.channel) if name))
    shares = {}
    for column, given in margins.items():
        if column not in allowed:
            raise ColumnError(
                f"margins: {column!r} is not a segment of this survey.{did_you_mean(column, allowed)} "
                f"Segments: {listing(allowed) or 'none'}. Name the column in Survey(..., segments=[...])."
            )
        if not isinstance(given, Mapping) or not given:
            raise ValuesError(f"margins: {column!r} has no shares. Give {{value: share of the customers}}.")
        base = {str(in_words(pd.Series([value]))[0]): given[value] for value in given}
        numbers = pd.to_numeric(pd.Series(base), errors="coerce").to_numpy(float)
        if not (numbers >= 0).all():
            bad = next(value for value, x in zip(base, numbers, strict=True) if not x >= 0)
            raise ValuesError(f"margins: {column!r} has {base[bad]!r} for {bad!r}. Shares are 0 or more.")
        total = numbers.sum()
        counts = (numbers % 1 == 0).all() and numbers.max() > 1
        if not counts and abs(total - 1) > 1e-6:
            raise ValuesError(
                f"margins: the shares of {column!r} sum to {total:.6g}, not to 1. "
                "Give every value's share, or numbers of customers."
            )
        shares[column] = dict(zip(base, numbers / total, strict=True))
    return shares


def _margin(column: str, words: NDArray[Any], base: dict[str, float], weighs: NDArray[np.bool_]) -> _Margin:
    """Tell the values that answered from those not heard; what looks misspelt is refused."""
    answered = sorted(set(words[weighs]))
    unknown = [value for value in answered if value not in base]
    for value in base:
        near = "" if value in answered else did_you_mean(value, unknown)
        if near:
            raise ValuesError(f"margins: no answer has {value!r} in {column!r}.{near} Values: {listing(answered, 30)}.")
    heard = [value for value, share in base.items() if value in answered]
    if not sum(base[value] for value in heard) > 0:
        raise ValuesError(f"margins: no answer has any of the values of {column!r}. Values: {listing(answered, 30)}.")
    return _Margin(column, words, base, heard)


def _lines(one: _Margin, weights: Floats, raked: Floats, level: float, min_n: int) -> pd.DataFrame:
    """A row for each value of a column: the base's own in their order, then those it does not know."""
    known = one.codes >= 0
    n = float(effective_n(weights[known].sum(), (weights[known] ** 2).sum()))
    sizes = pd.Series(one.words[weights > 0]).value_counts()
    hidden = hidden_reasons(sizes, min_n)
    lines = []
    order = ["column", "value", "n", "share", "low", "high", "base", "difference", "p_value", "weight", "note"]
    for value in [*one.base, *sorted(set(sizes.index) - set(one.base))]:
        base, own = one.base.get(value, np.nan), (one.words == value) & (weights > 0)
        line: dict[str, Any] = dict.fromkeys(order, np.nan)
        line |= {"column": one.column, "value": value, "n": pd.NA, "base": base, "note": ""}
        if value not in sizes:
            line |= {"n": 0, "share": 0.0, "difference": -base, "note": "not heard: no weight can speak for them"}
        elif value in hidden:
            line["note"] = hidden[value]
        elif value not in one.base:
            line |= {"n": int(own.sum()), "weight": raked[own].mean(), "note": "not in the margins: not weighted by it"}
        else:
            share = weights[own].sum() / weights[known].sum()
            low, high = wilson(share * n, n, level)
            error = np.sqrt(base * (1 - base) / n)
            p = 2 * special.ndtr(-abs(share - base) / error) if error > 0 else np.nan
            line |= {"n": int(own.sum()), "share": share, "low": float(low), "high": float(high)}
            line |= {"difference": share - base, "p_value": p, "weight": raked[own].mean()}
        lines.append(line)
    return pd.DataFrame(lines)[order].astype({"n": "Int64"})


def _effect(
    survey: Survey, scores: Floats, outcomes: Floats, weights: Sequence[Floats], level: float, min_n: int
) -> pd.DataFrame:
    """Each touchpoint's and outcome's figure with the weights as they are, and raked."""
    lines = []
    columns = zip([*survey.touchpoints, *survey.outcomes], np.hstack([scores, outcomes]).T, strict=True)
    for name, x in columns:
        measure = {"nps": "NPS", "binary": "share"}.get(survey.outcomes.get(name, ""), "mean")
        scale = survey.scale if name in survey.touchpoints else survey.outcome_scales.get(name)
        given = ~np.isnan(x)
        n = int(given.sum())
        if n < min_n or not weights[1][given].sum() > 0:
            lines.append([name, measure, pd.NA, *[np.nan] * 4])
            continue
        before, after = (weighted_figure(x[given], w[given], measure, level, scale) for w in weights)
        lines.append([name, measure, n, before[0], *after])
    table = pd.DataFrame(lines, columns=["item", "measure", "n", "value", "raked", "low", "high"])
    return table.assign(difference=table["raked"] - table["value"]).astype({"n": "Int64"})


def _sentence(survey: Survey, table: pd.DataFrame, effect: pd.DataFrame, raked: Raked) -> str:
    """Who is heard least for their share, what raking does to the first outcome, and what it costs."""
    clear = table[table["q_value"] < CLEAR]
    lead = f"No sure difference between answers and customers in {listing(table['column'].unique())}"
    if len(clear):
        top = clear.sort_values("difference").iloc[0]
        lead = f"{top['value']} ({top['column']}): {percent(top['share'])} of the answers and {percent(top['base'])}"
        lead = f"{lead} of customers"
    strange = table[table["base"].isna() & table["share"].notna()]
    if len(strange):
        lead = f"{listing(strange['value'])}: in the answers, and not in the margins. {lead}"
    row = effect[effect["item"] == survey.outcome].iloc[-1]
    digits = 1 if row["measure"] == "NPS" else 2
    what = "the NPS" if row["measure"] == "NPS" else f"the {row['measure']} of {survey.outcome}"
    return (
        f"{lead}; raked to {plural(table['column'].nunique(), 'margin')}, {what} is {number(row['raked'], digits)} "
        f"instead of {number(row['value'], digits)}. Effective n {count(raked.effective_n)} of {count(survey.n)} "
        f"(design effect {number(raked.design_effect)})."
    )


def _note(survey: Survey, found: Sequence[_Margin], level: float) -> str:
    """What was measured, who is not heard, and what weights cannot do."""
    parts = [f"Share of the answers against the customer base, n = {count(survey.n)}, intervals {percent(level)}."]
    for one in found:
        silent = {value: share for value, share in one.base.items() if value not in one.heard and share > 0}
        if silent:
            parts.append(f"Not heard: {percent(sum(silent.values()))} of customers ({one.column}: {listing(silent)}).")
        unknown = float((one.codes < 0).mean())
        if unknown:
            parts.append(f"{percent(unknown, 1)} of the answers have a {one.column} that the margins do not know.")
    return " ".join([*parts, "Weights repair what the margins measure, and nothing else."])
