"""Response bias: are those who answered like the customers they speak for, and what would that change?

Respondents against the customer base, weights that meet it, and their effect on the figures. What is said of the
customer base is checked in :mod:`cxlens.stages.baseline.margins`, raking itself is in :mod:`cxlens.stats.raking`;
pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.small_cells import reason
from cxlens.common.values import count, number, percent, plural
from cxlens.engine.labels import in_words
from cxlens.errors import check_level, listing
from cxlens.stages.baseline.cells import units_of_answers, weighted_figure
from cxlens.stages.baseline.margins import Margin, checked_shares, margin_of
from cxlens.stages.baseline.record import Scorecard, rescore
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.intervals import effective_n, wilson
from cxlens.stats.raking import Raked, rake
from cxlens.study.asked import asked, span_asked
from cxlens.study.survey import Survey

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Line = dict[str, Any]  # a row of a table, by column
CLEAR = 0.05  # q-value below which a difference is told apart from chance
TABLE = [
    "column",
    "value",
    "n",
    "share",
    "low",
    "high",
    "base",
    "difference",
    "p_value",
    "q_value",
    "weight",
    "note",
]
EFFECT = ["item", "measure", "n", "value", "raked", "low", "high", "difference"]
MEASURES = {
    "nps": "NPS",
    "binary": "share",
}  # by the kind of outcome; of all others the mean
POOLED = "(hidden)"  # the hidden values of a column together
NOT_HEARD = "not heard: no weight can speak for them"
NOT_KNOWN = "not in the margins: not weighted by it"


def response_bias(
    survey: Survey,
    margins: Mapping[str, Mapping[Any, float]],
    *,
    level: float = 0.95,
    min_n: int = 5,
) -> View:
    """Hold the respondents against the customer base, and rake their weights to it.

    See :meth:`cxlens.stages.baseline.baseline.Baseline.response_bias`, which takes the survey of its baseline.
    """
    check_level(level)
    shares = checked_shares(survey, margins)
    rows = survey.rows()
    weighs = rows.weights > 0
    known = _margins(rows.labels, shares, weighs)
    hidden = [survey.hidden_values(column, min_n) for column in shares]
    pooled = [_pooled(margin, values) for margin, values in zip(known, hidden, strict=True)]
    raked = _raked(pooled, rows.weights)
    weights = (rows.weights, raked.weights)
    notes = [dict.fromkeys(values, reason(min_n)) for values in hidden]
    table = _table(known, pooled, weights, level, notes)
    answers = np.hstack([rows.scores, rows.outcomes])
    effect = _effect(survey, answers, weights, level, min_n)
    parts = {
        "effect": effect,
        "weights": pd.DataFrame({"weight": raked.weights}),
        "raking": _raking(survey, raked, len(known)),
    }

    def again(others: Survey) -> View:
        return response_bias(others, margins, level=level, min_n=min_n)

    return View(
        "baseline/response bias",
        table,
        _finding(survey, table, effect, raked),
        _note(survey, pooled, level),
        survey,
        parts,
        again=again,
        level=level,
    )


def bias_of(record: Scorecard, margins: Mapping[str, Mapping[Any, float]]) -> View:
    """The same of the survey of a record."""
    view = response_bias(record.survey, margins, level=record.level, min_n=record.min_n)

    def again(answers: Survey | Scorecard) -> View:
        return bias_of(rescore(record, answers), margins)

    return replace(view, record=record, again=again)


def _raked(margins: Sequence[Margin], weights: Floats) -> Raked:
    """The weights that meet the shares of all values that answered."""
    targets = []
    for margin in margins:
        shares = np.array([margin.base[value] for value in margin.heard])
        targets.append(shares / shares.sum())
    codes = [margin.codes for margin in margins]
    return rake(codes, targets, weights, names=[repr(margin.column) for margin in margins])


def _margins(labels: pd.DataFrame, shares: Mapping[str, dict[str, float]], weighs: Flags) -> list[Margin]:
    """The columns and what the customer base says of them."""
    return [margin_of(column, in_words(labels[column]), base, weighs) for column, base in shares.items()]


def _table(
    margins: Sequence[Margin],
    weighed: Sequence[Margin],
    weights: tuple[Floats, Floats],
    level: float,
    hidden: Sequence[Mapping[str, str]],
) -> pd.DataFrame:
    """A row for each column and value, of the margins as given and as they were weighed."""
    lines: list[Line] = []
    for margin, as_weighed, notes in zip(margins, weighed, hidden, strict=True):
        lines += _lines(margin, as_weighed.codes >= 0, *weights, level, notes)
    table = pd.DataFrame(lines, columns=TABLE).astype({"n": "Int64"})
    return table.assign(q_value=benjamini_hochberg(table["p_value"]))


def _raking(survey: Survey, raked: Raked, margins: int) -> pd.DataFrame:
    """What raking cost, in one row."""
    row = {
        "n": survey.n,
        "effective_n": raked.effective_n,
        "design_effect": raked.design_effect,
        "margins": margins,
        "steps": raked.steps,
    }
    return pd.DataFrame([row])


def _pooled(margin: Margin, hidden: Sequence[str]) -> Margin:
    """The margin with its hidden values as one, or none known where the base lacks some of them.

    Weights raked to shares of one's own choice would tell what each of them says, and how many they are.
    """
    if not hidden:
        return margin
    base = {value: share for value, share in margin.base.items() if value not in hidden}
    heard = [value for value in margin.heard if value not in hidden]
    if not set(hidden) <= set(margin.base):
        return margin._replace(base=base, heard=heard)
    base[POOLED] = sum(margin.base[value] for value in hidden)
    words = np.where(np.isin(margin.words, list(hidden)), POOLED, margin.words)
    return margin._replace(base=base, heard=[*heard, POOLED], words=words)


def _lines(
    margin: Margin,
    is_known: Flags,
    weights: Floats,
    raked: Floats,
    level: float,
    hidden: Mapping[str, str],
) -> list[Line]:
    """A line for each value of a column: the base's own in their order, then those it does not know."""
    sizes = pd.Series(margin.words[weights > 0]).value_counts()
    known = weights[is_known]
    total = float(known.sum())
    n = float(effective_n(total, (known**2).sum()))
    lines = []
    for value in [*margin.base, *sorted(set(sizes.index) - set(margin.base))]:
        base = margin.base.get(value, np.nan)
        here = (margin.words == value) & (weights > 0)
        line: Line = {
            "column": margin.column,
            "value": value,
            "n": pd.NA,
            "base": base,
            "note": "",
        }
        if value not in sizes:
            line |= {"n": 0, "share": 0.0, "difference": -base, "note": NOT_HEARD}
        elif value in hidden:
            line["note"] = hidden[value]
        else:
            line |= {"n": int(here.sum()), "weight": raked[here].mean()}
            line |= _against_base(weights[here].sum() / total, base, n, level)
        lines.append(line)
    return lines


def _against_base(share: float, base: float, n: float, level: float) -> Line:
    """A share of the answers against that of the customers; a value that the base does not know has none."""
    if np.isnan(base):
        return {"note": NOT_KNOWN}
    low, high = wilson(share * n, n, level)
    error = np.sqrt(base * (1 - base) / n)
    p_value = 2 * special.ndtr(-abs(share - base) / error) if error > 0 else np.nan
    return {
        "share": share,
        "low": float(low),
        "high": float(high),
        "difference": share - base,
        "p_value": p_value,
    }


def _effect(
    survey: Survey,
    answers: Floats,
    weights: tuple[Floats, Floats],
    level: float,
    min_n: int,
) -> pd.DataFrame:
    """Each touchpoint's and outcome's figure (their answers are columns) with the weights as they are, and raked."""
    as_given, raked = weights
    lines = []
    for name, values in zip([*survey.touchpoints, *survey.outcomes], answers.T, strict=True):
        measure = MEASURES.get(survey.outcomes.get(name, ""), "mean")
        scale = survey.scale if name in survey.touchpoints else survey.outcome_scales.get(name)
        given = ~np.isnan(values)
        n = int(given.sum())
        line: Line = {"item": name, "measure": measure, "n": pd.NA}
        if n >= min_n and raked[given].sum() > 0:
            x = values[given]
            before = weighted_figure(x, as_given[given], measure, level)[0]
            units = units_of_answers(survey)[given]
            after, low, high = weighted_figure(x, raked[given], measure, level, scale, units)
            of_mean = scale if measure == "mean" else None
            line |= {"n": n, "value": asked(before, of_mean), "difference": after - before}
            line |= zip(["raked", "low", "high"], span_asked(after, low, high, of_mean), strict=True)
        lines.append(line)
    return pd.DataFrame(lines, columns=EFFECT).astype({"n": "Int64"} | dict.fromkeys(EFFECT[3:], float))


def _finding(survey: Survey, table: pd.DataFrame, effect: pd.DataFrame, raked: Raked) -> Finding:
    """Who is heard least for their share, what raking does to the first outcome, and what it costs."""
    lead = f"No sure difference between answers and customers in {listing(map(survey.named, table['column'].unique()))}"
    clear = table[table["q_value"] < CLEAR]
    if len(clear):
        top = clear.sort_values("difference").iloc[0]
        shares = f"{percent(top['share'])} of the answers and {percent(top['base'])} of customers"
        lead = f"{top['value']} ({survey.named(top['column'])}): {shares}"
    effective = f"{count(raked.effective_n)} of {count(survey.n)}"
    return Finding(
        lead=lead,
        certainty=_what_raking_does(survey, table["column"].nunique(), effect),
        more=[f"Effective n {effective} (design effect {number(raked.design_effect)})"],
    )


def _what_raking_does(survey: Survey, margins: int, effect: pd.DataFrame) -> str:
    """``raked to 2 margins, the NPS is 12.1 instead of 20.4``."""
    row = effect[effect["item"] == survey.outcome].iloc[-1]
    nps = row["measure"] == "NPS"
    digits = 1 if nps else 2
    what = "the NPS" if nps else f"the {row['measure']} of {survey.named(survey.outcome)}"
    figures = f"{number(row['raked'], digits)} instead of {number(row['value'], digits)}"
    return f"raked to {plural(margins, 'margin')}, {what} is {figures}"


def _note(survey: Survey, margins: Sequence[Margin], level: float) -> str:
    """What was measured, who is not heard, and what weights cannot do."""
    said = [f"Share of the answers against the customer base, n = {count(survey.n)}, intervals {percent(level)}."]
    for margin in margins:
        silent = margin.silent
        if silent:
            share = percent(sum(silent.values()))
            said.append(f"Not heard: {share} of customers ({survey.named(margin.column)}: {listing(silent)}).")
        unknown = float((margin.codes < 0).mean())
        if unknown:
            column = survey.named(margin.column)
            said.append(f"{percent(unknown, 1)} of the answers have a {column} that the margins do not know.")
    return " ".join([*said, "Weights repair what the margins measure, and nothing else."])
