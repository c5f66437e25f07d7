"""What is to be known about the figures of a record, in words: what was left out, and how intervals were made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlens.common.finding import Finding
from cxlens.common.values import count, few, interval, number, percent, plural, signed
from cxlens.engine.tables import InMemory
from cxlens.errors import listing
from cxlens.stages.drivers.leaders import beyond_chance
from cxlens.stages.drivers.record import Fit
from cxlens.study.asked import lowest_is_best

MANY_BLANK = 0.1  # share of the answers left out for a blank from which a finding says so
MANY_LEFT_OUT = 0.2  # the same for any reason, from which a forecast says so
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
    sentences += record.survey.about_scales()
    without = _without_figure(record)
    if without:
        sentences.append(f"Not estimated: {listing(without)}.")
    return " ".join([*sentences, ASSOCIATION])


def clear_link(record: Fit, row: pd.Series[Any], noun: str, *, leads: bool) -> Finding:
    """``Security goes with NPS most: +13.0 [9.1, 17.2] NPS points per rating point; clearly first``.

    A driver without a coefficient in points is told by its importance.
    """
    name = row["touchpoint"]
    most = " most" if leads else ""
    lead = f"{name} goes with {record.outcome_words}{most}:"
    certainty = ""
    has_rivals = len(record.touchpoints) > 1
    if record.n_boot and has_rivals and not is_exaggerated(row):
        certainty = "clearly first" if leads else f"no {noun} is clearly first"
    if pd.isna(row["coef"]) or record.asked.fitted:
        figure = number(100 * row["importance"], 0)
        return Finding(lead, figure, _importance_span(record, row), "points of importance", certainty)
    survey = record.survey
    scale = survey.outcome_scales.get(record.outcome)
    own = survey.scales.get(name, survey.scale)
    better = " better" if lowest_is_best(scale) else ""
    step = "point better" if lowest_is_best(own) else "rating point"
    return Finding(
        lead,
        figure=signed(row["coef"], record.digits),
        interval=interval(row["coef_low"], row["coef_high"], record.digits),
        unit=f"{record.unit}{better} per {step}",
        certainty=certainty,
    )


def _importance_span(record: Fit, row: pd.Series[Any]) -> str:
    """The interval of an importance in points; "" where resamples cannot tell it."""
    if not record.n_boot or is_exaggerated(row):
        return ""
    return interval(100 * row["importance_low"], 100 * row["importance_high"], 0)


def explained(record: Fit, noun: str) -> str:
    """``6 touchpoints account for 39 of 100 points of the differences in NPS, 37 beyond chance``."""
    players = len(record.touchpoints)
    everyone = plural(players, noun)
    verb = "accounts" if players == 1 else "account"
    figures = record.estimate
    shared = figures.r2[0, 0] - figures.r2_controls[0, 0]
    points = number(100 * shared, 0)
    said = f"{everyone} {verb} for {points} of 100 points of the"
    if record.asked.fitted and record.asked.method == "lmg":
        return f"{said} fit of {record.outcome_words} (McFadden R2)"
    said = f"{said} differences in {record.outcome_words}"
    if record.asked.fitted:  # R2 of a likelihood has no adjustment of the same kind
        return said
    adjusted = number(100 * beyond_chance(record, 0), 0)
    return f"{said}, {adjusted} beyond chance"


def none_clear(q_values: pd.Series[float], level: float) -> str:
    """Why no driver is named."""
    if q_values.isna().all():
        return "no q can be told"
    return f"every q is over {1 - level:g}"


def cautions(record: Fit, table: pd.DataFrame, measures: pd.DataFrame) -> list[str]:
    """What the finding of all answers has to say besides: who was left out, and which item runs the other way."""
    return [*_about_exaggerated(table), *about_blanks(record), *_about_reversed(record, table, measures)]


def about_left_out(record: Fit) -> list[str]:
    """That a fifth of the answers or more were left out, and why."""
    dropped = sum(record.dropped.values())
    share = dropped / (record.n + dropped)
    if dropped < FEWEST or share < MANY_LEFT_OUT:
        return []
    why = listing(f"{few(n)} with {reason}" for reason, n in record.dropped.items())
    return [f"Left out: {percent(share)} of the answers ({why})"]


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
    """That a tenth of the answers or more were left out for a blank, or that those left out have another outcome.

    The latter is Welch's test; it is made of answers in memory without weights and clusters.
    """
    n = record.dropped.get(BLANK, 0)
    if not n:
        return []
    share = n / record.survey.n
    other = _other_outcome(record)
    if share < MANY_BLANK and not other:
        return []
    who = f"{percent(share)} of the answers" if n >= FEWEST else few(n)
    return [f"Left out for a blank: {who}{other}; blanks='impute' keeps them"]


def _other_outcome(record: Fit) -> str:
    """``, whose nps is lower (p < 0.01)``: where that is clear."""
    survey = record.survey
    source = survey.source
    unit = survey.cluster or survey.respondent
    if not isinstance(source, InMemory) or survey.weight or (unit and source.repeats(unit)):
        return ""
    design = record.asked.design
    places = list(dict.fromkeys([*design.scored, *design.controls]))
    rows = source.rows
    is_blank = (np.isnan(rows.scores[:, places]) & ~rows.unused[:, places]).any(axis=1)
    outcome = design.counted(rows.outcomes[:, design.outcome])
    is_known = ~np.isnan(outcome)
    left_out = outcome[is_known & is_blank]
    others = outcome[is_known & ~is_blank]
    if min(len(left_out), len(others)) < FEWEST or np.ptp(left_out) == 0 or np.ptp(others) == 0:
        return ""
    p = float(stats.ttest_ind(left_out, others, equal_var=False).pvalue)
    if p >= 1 - record.level:
        return ""
    side = _side(record, worse=bool(left_out.mean() < others.mean()))
    words = "p < 0.01" if p < 0.01 else f"p = {p:.2f}"
    return f", whose {record.outcome} is {side} ({words})"


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
