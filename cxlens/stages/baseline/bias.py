"""Response bias: are those who answered like the customers they speak for, and what would that change?

Respondents against the customer base, weights that meet it, and their effect on the figures. What is said of the
customer base is checked, and weights are made, in :mod:`cxlens.study.margins`; pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.small_cells import reason
from cxlens.common.values import CLEAR, count, number, percent, plural, signed
from cxlens.engine.labels import in_words
from cxlens.errors import check_level, listing
from cxlens.stages.baseline.cells import figure_of, one_cell, units_of_answers, weighted_figure
from cxlens.stages.baseline.record import Scorecard, rescore
from cxlens.stages.baseline.score import shares
from cxlens.stats.calibration import calibration_of
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.intervals import effective_n, nps_points, t_quantile
from cxlens.study.asked import asked, span_asked
from cxlens.study.margins import Margin, Weighed, checked_shares, margin_of, weigh
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Line = dict[str, Any]  # a row of a table, by column
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
EFFECT = ["item", "measure", "n", "value", "raked", "low", "high", "difference", "difference_low", "difference_high"]
MEASURES = {
    "nps": "NPS",
    "binary": "share",
}  # by the kind of outcome; of all others the mean
UNSAID = "unsaid"  # the p-value of a hidden row, which nobody sees
FAR = "far from its share"
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
    base = checked_shares(survey.keys, margins, "response_bias")
    rows = survey.rows()
    known = _margins(rows.labels, base, rows.weights > 0)
    hidden = [survey.hidden_values(column, min_n) for column in base]
    weighed = weigh(known, hidden, rows.weights)
    units = units_of_answers(survey)
    sample = _Sample(rows.weights, weighed.raked.weights, units, weighed)
    notes = [dict.fromkeys(values, reason(min_n)) for values in hidden]
    table = _table(known, sample, level, notes)
    effect = _effect(survey, np.hstack([rows.scores, rows.outcomes]), sample, level, min_n)
    parts = {
        "effect": effect,
        "weights": pd.DataFrame({"weight": sample.raked}),
        "raking": _raking(survey, weighed),
    }

    def again(others: Survey) -> View:
        return response_bias(others, margins, level=level, min_n=min_n)

    return View(
        "baseline/response bias",
        table,
        _finding(survey, table, effect, weighed),
        _note(survey, weighed, level),
        survey,
        parts,
        again=again,
        level=level,
    )


class _Sample(NamedTuple):
    """Answers by their weights, as given and raked, and units (clusters or respondents), each (n,)."""

    weights: Floats
    raked: Floats
    units: NDArray[np.uint64]
    weighed: Weighed


def bias_of(record: Scorecard, margins: Mapping[str, Mapping[Any, float]]) -> View:
    """The same of the survey of a record."""
    view = response_bias(record.survey, margins, level=record.level, min_n=record.min_n)

    def again(answers: Survey | Scorecard) -> View:
        return bias_of(rescore(record, answers), margins)

    return replace(view, record=record, again=again)


def _margins(labels: pd.DataFrame, base: Mapping[str, dict[str, float]], weighs: Flags) -> list[Margin]:
    """The columns and what the customer base says of them."""
    return [margin_of(column, in_words(labels[column]), shares_of, weighs) for column, shares_of in base.items()]


def _table(
    margins: Sequence[Margin], sample: _Sample, level: float, hidden: Sequence[Mapping[str, str]]
) -> pd.DataFrame:
    """A row for each column and value, of the margins as given and as they were weighed."""
    lines: list[Line] = []
    for margin, as_weighed, notes in zip(margins, sample.weighed.margins, hidden, strict=True):
        lines += _lines(margin, as_weighed.codes >= 0, sample, level, notes)
    table = pd.DataFrame(lines, columns=[*TABLE, UNSAID])
    unsaid = table[UNSAID].to_numpy(float)
    tests = int(table["p_value"].notna().sum() + (~np.isnan(unsaid)).sum())
    is_far = unsaid * tests < CLEAR  # by Bonferroni: a q-value of the others would tell of the hidden ones
    notes_of_rows = np.where(is_far, table["note"] + "; " + FAR, table["note"])
    q_value = benjamini_hochberg(table["p_value"])
    return table.assign(q_value=q_value, note=notes_of_rows).astype({"n": "Int64"})[TABLE]


def _raking(survey: Survey, weighed: Weighed) -> pd.DataFrame:
    """What raking cost, in one row."""
    row = {
        "n": survey.n,
        "effective_n": weighed.raked.effective_n,
        "design_effect": weighed.raked.design_effect,
        "margins": weighed.used,
        "steps": weighed.raked.steps,
    }
    return pd.DataFrame([row])


def _lines(
    margin: Margin,
    is_known: Flags,
    sample: _Sample,
    level: float,
    hidden: Mapping[str, str],
) -> list[Line]:
    """A line for each value of a column: the base's own in their order, then those it does not know."""
    weights = sample.weights
    sizes = pd.Series(margin.words[weights > 0]).value_counts()
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
            told = _against_base(here, is_known | here, sample, base, level)
            line |= {"note": hidden[value], UNSAID: told.get("p_value", np.nan)}
        else:
            line |= {"n": int(here.sum()), "weight": sample.raked[here].mean()}
            line |= _against_base(here, is_known, sample, base, level)
        lines.append(line)
    return lines


def _against_base(here: Flags, is_known: Flags, sample: _Sample, base: float, level: float) -> Line:
    """A share of the answers against that of the customers; a value that the base does not know has none."""
    if np.isnan(base):
        return {"note": NOT_KNOWN}
    weights = sample.weights[is_known]
    figures = shares(one_cell(here[is_known].astype(float), weights, sample.units[is_known]), here[is_known], level)
    share = float(figures.value[0])
    if np.isinf(figures.df[0]):
        n = float(effective_n(weights.sum(), (weights**2).sum()))
        error = np.sqrt(base * (1 - base) / n)
        p_value = 2 * special.ndtr(-abs(share - base) / error) if error > 0 else np.nan
    else:  # of clusters; none where they are too few to tell
        p_value = float(wald_p(share - base, figures.error[0], figures.df[0]))
        p_value = np.nan if figures.too_few[0] or base in (0, 1) else p_value
    return {
        "share": share,
        "low": float(figures.low[0]),
        "high": float(figures.high[0]),
        "difference": share - base,
        "p_value": p_value,
    }


def _effect(survey: Survey, answers: Floats, sample: _Sample, level: float, min_n: int) -> pd.DataFrame:
    """Each touchpoint's and outcome's figure (their answers are columns) with the weights as they are, and raked."""
    lines = []
    for name, values in zip([*survey.touchpoints, *survey.outcomes], answers.T, strict=True):
        measure = MEASURES.get(survey.outcomes.get(name, ""), "mean")
        scale = survey.scale if name in survey.touchpoints else survey.outcome_scales.get(name)
        given = ~np.isnan(values)
        line: Line = {"item": name, "measure": measure, "n": pd.NA}
        if given.sum() >= min_n and sample.raked[given].sum() > 0:
            line["n"] = int(given.sum())
            line |= _before_and_after(values, sample, measure, level, scale)
        lines.append(line)
    table = pd.DataFrame(lines, columns=EFFECT)
    return table.astype({"n": "Int64"} | dict.fromkeys(EFFECT[3:], float))


def _before_and_after(values: Floats, sample: _Sample, measure: str, level: float, scale: Scale | None) -> Line:
    """A figure with the weights as they are, and raked, with the interval of either and of the change."""
    given = ~np.isnan(values)
    x = values[given]
    before, _, _ = weighted_figure(x, sample.weights[given], measure, level)
    weighed = sample.weighed
    cell = replace(
        one_cell(x, sample.raked[given], sample.units[given]),
        combination=weighed.combination[given],
        calibration=calibration_of(weighed.combination, weighed.design, sample.raked),
    )
    after, low, high = figure_of(cell, measure, level, scale)
    half = np.nan
    if weighed.used:
        points = nps_points(values) if measure == "NPS" else values
        half = _half_of_difference(points, sample, level)
    of_mean = scale if measure == "mean" else None
    raked, raked_low, raked_high = span_asked(after, low, high, of_mean)
    change = after - before
    return {
        "value": asked(before, of_mean),
        "raked": raked,
        "low": raked_low,
        "high": raked_high,
        "difference": change,
        "difference_low": change - half,
        "difference_high": change + half,
    }


def _half_of_difference(values: Floats, sample: _Sample, level: float) -> float:
    """Half the interval of the raked mean less the mean as it is, both of the same answers: by their influence."""
    given = ~np.isnan(values)
    influences = []
    for weights in (sample.raked, sample.weights):
        total = weights[given].sum()
        mean = weights[given] @ values[given] / total
        influences.append(np.where(given, values - mean, 0.0) / total)
    design = sample.weighed.design[sample.weighed.combination]
    gram = design.T * sample.raked @ design
    told = design @ (np.linalg.pinv(gram, hermitian=True) @ (design.T @ (sample.raked * influences[0])))
    influence = sample.raked * (influences[0] - told) - sample.weights * influences[1]
    _, unit = np.unique(sample.units, return_inverse=True)
    of_unit = np.bincount(unit, influence)
    g = len(of_unit)
    if g < 2:
        return np.nan
    error = np.sqrt(g / (g - 1) * of_unit @ of_unit)
    spread = np.ptp(values[given])
    if not spread > 0:  # all alike: what others would say is not known
        return np.nan
    return float(t_quantile(level, g - 1) * error)


def _finding(survey: Survey, table: pd.DataFrame, effect: pd.DataFrame, weighed: Weighed) -> Finding:
    """Who is heard least for their share, what raking does to the first outcome, and what it costs."""
    columns = listing(map(survey.named, table["column"].unique()))
    lead = f"No clear difference between answers and customers in {columns}"
    clear = table[table["q_value"] < CLEAR]
    hidden = table[table["note"].str.endswith(FAR)]
    if len(hidden):
        top = hidden.iloc[0]
        lead = f"{top['value']} ({survey.named(top['column'])}) is hidden, and far from its share of customers"
    elif len(clear):
        top = clear.sort_values("difference").iloc[0]
        shares_of_both = f"{percent(top['share'])} of the answers and {percent(top['base'])} of customers"
        lead = f"{top['value']} ({survey.named(top['column'])}): {shares_of_both}"
    effective = f"{count(weighed.raked.effective_n)} of {count(survey.n)}"
    return Finding(
        lead=lead,
        certainty=_what_raking_does(survey, weighed.used, effect),
        more=[f"Effective n {effective} (design effect {number(weighed.raked.design_effect)})"],
    )


def _what_raking_does(survey: Survey, margins: int, effect: pd.DataFrame) -> str:
    """``raked to 2 margins, the NPS is 12.1 instead of 20.4, by -8.3 [-11.0, -5.6]``."""
    if not margins:
        return "nothing to weight by"
    row = effect[effect["item"] == survey.outcome].iloc[-1]
    nps = row["measure"] == "NPS"
    digits = 1 if nps else 2
    what = "the NPS" if nps else f"the {row['measure']} of {survey.named(survey.outcome)}"
    figures = f"{number(row['raked'], digits)} instead of {number(row['value'], digits)}"
    ends = ", ".join(number(row[name], digits) for name in ("difference_low", "difference_high"))
    change = f"{signed(row['difference'], digits)} [{ends}]"
    return f"raked to {plural(margins, 'margin')}, {what} is {figures} ({change})"


def _note(survey: Survey, weighed: Weighed, level: float) -> str:
    """What was measured, who is not heard, and what weights cannot do."""
    said = [f"Share of the answers against the customer base, n = {count(survey.n)}, intervals {percent(level)}."]
    for margin in weighed.margins:
        silent = margin.silent
        if silent:
            share = percent(sum(silent.values()))
            said.append(f"Not heard: {share} of customers ({survey.named(margin.column)}: {listing(silent)}).")
        unknown = float((margin.codes < 0).mean())
        if unknown:
            column = survey.named(margin.column)
            said.append(f"{percent(unknown, 1)} of the answers have a {column} that the margins do not know.")
    return " ".join([*said, *weighed.notes, "Weights repair what the margins measure, and nothing else."])
