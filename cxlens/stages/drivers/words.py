"""What is to be known about the figures of a record, in words: what was left out, and how intervals were made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlens.common.values import clusters_in_words, count, few, percent
from cxlens.errors import listing
from cxlens.stages.drivers.dropped import difference_of_dropped
from cxlens.stages.drivers.record import Fit
from cxlens.stats.clusters import FEWEST as FEWEST_FREE
from cxlens.study.asked import lowest_is_best

MANY_BLANK = 0.1  # share of the answers left out for a blank from which a finding says so
FEWEST = 5  # answers on either side whose outcomes are compared
BLANK = "a touchpoint left blank"
ASSOCIATION = "Importance is association, not effect."


def note(record: Fit) -> str:
    """What was left out and why, how importance and intervals were made, and what has no figure."""
    left_out = [f"{few(n)} with {reason}" for reason, n in record.dropped.items()]
    sentences = [f"Left out: {listing(left_out)}." if left_out else "No answer was left out."]
    if record.asked.blanks == "impute":
        sentences.append("Scores left blank were imputed, anew in each resample; n counts real scores.")
    if record.asked.method != "lmg":
        sentences.append(f"Importance by {record.asked.method}.")
    if record.n_boot:
        spans = f"{percent(record.level)}, from {count(record.n_boot)} resamples"
        sentences.append(f"Intervals of importance and rank: {spans}.")
    sentences += [*about_tests(record), *record.survey.about_scales()]
    without = _without_figure(record)
    if without:
        sentences.append(f"Not estimated: {listing(without)}.")
    return " ".join([*sentences, ASSOCIATION])


def about_tests(record: Fit) -> list[str]:
    """What coefficients are tested by, where that is not the robust error of each answer."""
    fits = record.estimates.fits
    said = []
    of_clusters = [fit for fit in fits if fit.test == "clusters"]
    if of_clusters:
        freedom = np.concatenate([fit.df[fit.used] for fit in of_clusters])
        most = max(fit.clusters or 0 for fit in of_clusters)
        thing = "cluster" if record.survey.cluster else "respondent"
        told = f"{clusters_in_words(most, freedom, thing)}."
        few_left = np.nan_to_num(freedom).min(initial=FEWEST_FREE) < FEWEST_FREE
        said += [told] if thing == "cluster" or few_left else []
    if any(fit.test == "permutation" for fit in fits):
        where = " of segments" if record.by else ""
        said.append(f"Tests{where} by permutation, since few answers pile up at an end of the scale.")
    return said


def cautions(record: Fit, table: pd.DataFrame, measures: pd.DataFrame) -> list[str]:
    """What the finding of all answers has to say besides: who was left out, and which item runs the other way."""
    return [*_about_exaggerated(table), *about_blanks(record), *_about_reversed(record, table, measures)]


def is_exaggerated(row: pd.Series[Any]) -> bool:
    """Whether resamples say more of a driver than the answers: a factor of many values fits its copies of rows."""
    return bool(row["importance_low"] > row["importance"])


def _about_exaggerated(table: pd.DataFrame) -> list[str]:
    """Why the first driver has no interval and no rank."""
    first = table.iloc[0]
    if not is_exaggerated(first):
        return []
    return [f"How sure that is, resamples cannot tell: {first['touchpoint']} has too many values for so few answers"]


def about_blanks(record: Fit) -> list[str]:
    """That a tenth of the answers or more were left out for a blank, or that those left out have another outcome."""
    n = record.dropped.get(BLANK, 0)
    if n < FEWEST:
        return []
    share = n / record.survey.n
    difference = difference_of_dropped(record)
    if share < MANY_BLANK and not difference:
        return []
    other = ""
    if difference:
        side = _side(record, worse=difference < 0)
        other = f", whose {record.outcome_words} is clearly {side}, so slopes may be too small"
    return [f"Left out for a blank: {percent(share)} of the answers{other}; blanks='impute' keeps them"]


def _side(record: Fit, *, worse: bool) -> str:
    """Where answers to the outcome lie, as they were asked."""
    scale = record.survey.outcome_scales.get(record.outcome)
    return "lower" if worse is not lowest_is_best(scale) else "higher"


def _about_reversed(record: Fit, table: pd.DataFrame, measures: pd.DataFrame) -> list[str]:
    """The one touchpoint that clearly goes with a worse outcome, alone and beside the others, which go with a better.

    With the others held, a touchpoint that has nothing to do with the outcome may well seem to go with a worse one:
    it takes from them what they share with it. Its own correlation tells the two apart.
    """
    by_name = measures.set_index("touchpoint")
    directions = by_name["direction"]
    is_told = directions != ""
    told = directions[is_told]
    is_clear = table["q_value"] < 1 - record.level
    clear = table.loc[is_clear, "touchpoint"].tolist()
    down = told.index[told == "down"]
    up = [name for name in clear if directions[name] == "up"]
    if len(down) != 1 or not up:
        return []
    name = down[0]
    correlation = by_name["correlation"][name]
    counts = table.set_index("touchpoint")["n"]
    n = counts[name]
    if name not in clear or not _is_clearly_negative(correlation, n, record.level):
        return []
    others = len(told) - 1
    against = "all others" if len(up) == others > 1 else listing(up, 3)
    survey = record.survey
    worse = _side(record, worse=True)
    better, end, best = "higher", "lowest", "low"
    if lowest_is_best(survey.scales.get(name)):
        better, end, best = "lower", "highest", "high"
    return [
        f"{name} runs against {against}: the {better} its scores, the {worse} {record.outcome}; "
        f"if its {end} score is the best, say so: scale={{{name!r}: cx.Scale(..., best={best!r}), ...}}"
    ]


def _is_clearly_negative(correlation: float, n: float, level: float) -> bool:
    """Whether a correlation of n answers lies below zero with its whole interval (Fisher's)."""
    errors = stats.norm.ppf((1 + level) / 2)
    spread = 1 / np.sqrt(max(n - 3, 1))
    height = np.arctanh(correlation)
    return bool(height < -errors * spread)


def _without_figure(record: Fit) -> list[str]:
    """What has no figure, each with the reason."""
    rows = record.unusable[["segment", "touchpoint", "reason"]].astype(str)
    return [
        f"{_place(segment, touchpoint)} ({reason})"
        for segment, touchpoint, reason in rows.itertuples(index=False, name=None)
    ]


def _place(segment: str, touchpoint: str) -> str:
    """``Desk in business``; the segment alone where all of it is meant."""
    if touchpoint == "all":
        return segment
    return f"{touchpoint} in {segment}" if segment else touchpoint
