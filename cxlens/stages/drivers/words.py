"""What is to be known about the figures of a record, in words: what was left out, and how intervals were made."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.finding import LINK, Finding
from cxlens.common.values import clusters_in_words, count, few, interval, number, percent, plural, signed
from cxlens.engine.usage import with_one_flag
from cxlens.errors import listing
from cxlens.stages.drivers.dropped import difference_of_dropped
from cxlens.stages.drivers.leaders import beyond_chance
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.tables import directions_table
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.clusters import FEWEST as FEWEST_FREE
from cxlens.stats.importance import MOST_PLAYERS
from cxlens.stats.intervals import normal_quantile
from cxlens.study.asked import lowest_is_best

MANY_BLANK = 0.1  # share of the answers left out for a blank from which a finding says so
MANY_LEFT_OUT = 0.2  # the same for any reason, from which a forecast says so
FEWEST = 5  # answers on either side whose outcomes are compared
BLANK = "a touchpoint left blank"
ASSOCIATION = f"{LINK}."


def note(record: Fit) -> str:
    """What was left out and why, how importance and intervals were made, and what has no figure."""
    left_out = [f"{few(n)} with {reason}" for reason, n in record.dropped.items()]
    sentences = [f"Left out: {listing(left_out)}." if left_out else "No answer was left out."]
    sentences += [f"{sample}, drawn by the seed." for sample in about_sample(record)]
    sentences += _about_one_flag(record)
    if record.asked.blanks == "impute":
        sentences.append("Ratings left blank were imputed, anew in each redraw; n counts real ratings.")
    if _is_instead(record):
        sentences.append(f"Importance by relative weights: {_too_many(record)}.")
    elif record.asked.method != "lmg":
        sentences.append(f"Importance by {record.asked.method}.")
    if record.n_boot:
        spans = f"{percent(record.level)}, from {count(record.n_boot)} redraws of the answers"
        sentences.append(f"Intervals of importance and rank: {spans}.")
    sentences += [*about_tests(record), *record.survey.about_scales()]
    without = _without_figure(record)
    if without:
        sentences.append(f"Not estimated: {listing(without)}.")
    return " ".join([*sentences, ASSOCIATION])


def _about_one_flag(record: Fit) -> list[str]:
    """Which touchpoints of a fitted outcome share a usage flag."""
    if not record.asked.fitted:
        return []
    names = [repr(name) for name in with_one_flag(record.asked.design, record.data, record.survey.touchpoints)]
    if not names:
        return []
    which = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    everything = "both" if len(names) == 2 else "all of them"
    return [f"Too few differ in use of {which} alone: one flag says who used {everything}."]


def clear_link(record: Fit, row: pd.Series[Any], noun: str, *, leads: bool) -> Finding:
    """``Security goes with NPS most: +13.0 [9.1, 17.2] NPS points per rating point; clearly first``.

    A driver without a coefficient in points is told by its importance.
    """
    name = row["touchpoint"]
    most = " most" if leads else ""
    lead = f"{name} goes with {record.outcome_words}{most}:"
    certainty = ""
    has_rivals = len(record.touchpoints) > 1
    if record.n_boot and has_rivals and not is_exaggerated(record):
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
    if not record.n_boot or is_exaggerated(record):
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
        return f"{said} fit of {record.outcome_words} (McFadden R²)"
    said = f"{said} differences in {record.outcome_words}"
    if record.asked.fitted:  # R2 of a likelihood has no adjustment of the same kind
        return said
    adjusted = number(100 * beyond_chance(record, 0), 0)
    return f"{said}, {adjusted} beyond chance"


def none_clear(q_values: pd.Series[float], level: float) -> str:
    """Why no driver is named."""
    if q_values.isna().all():
        return "no test is possible"
    return f"every q is over {1 - level:g}"


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


def cautions(record: Fit, table: pd.DataFrame) -> list[str]:
    """What the finding of all answers has to say besides: who was left out, and which item runs the other way."""
    return [
        *about_sample(record),
        *_about_exaggerated(record, table),
        *about_method(record),
        *about_blanks(record),
        *_about_reversed(record, table),
    ]


def about_sample(record: Fit) -> list[str]:
    """That only a sample of the answers was fitted; nothing where all were."""
    if record.everyone == record.survey.n:
        return []
    return [f"From a sample of {count(record.survey.n)} of the {count(record.everyone)} answers"]


def about_left_out(record: Fit) -> list[str]:
    """That a fifth of the answers or more were left out, and why."""
    dropped = sum(record.dropped.values())
    share = dropped / (record.n + dropped)
    if dropped < FEWEST or share < MANY_LEFT_OUT:
        return []
    why = listing(f"{few(n)} with {reason}" for reason, n in record.dropped.items())
    return [f"Left out: {percent(share)} of the answers ({why})"]


def is_exaggerated(record: Fit) -> bool:
    """Whether resamples say more of the first driver of all answers than the answers do.

    They do of a factor of many values, which fits its copies of rows.
    """
    importances = record.estimates.figures.importance[:, 0]
    of_first = importances[:, importances[0].argmax()]
    if len(of_first) == 1:
        return False
    low, _ = percentile_interval(of_first[1:], record.level)
    return bool(low > of_first[0])


def _about_exaggerated(record: Fit, table: pd.DataFrame) -> list[str]:
    """Why the first driver has no interval and no rank."""
    if not is_exaggerated(record):
        return []
    first = table.iloc[0]
    return [f"How sure that is, is not known: {first['touchpoint']} has too many values for so few answers"]


def about_method(record: Fit) -> list[str]:
    """That importance is not exact, where nobody asked for another method."""
    if not _is_instead(record):
        return []
    return [f"Importance by relative weights: {_too_many(record)}"]


def _is_instead(record: Fit) -> bool:
    """Whether relative weights stand in for LMG because there are too many players."""
    return record.options.get("method") is None and record.asked.method == "relative weights"


def _too_many(record: Fit) -> str:
    """Why importance is not exact."""
    noun = "touchpoint"
    if min(record.asked.single) < 0:
        noun = "driver"
    players = plural(len(record.touchpoints), noun)
    return f"{players} are more than the {MOST_PLAYERS} that exact importance (LMG) takes"


def about_blanks(record: Fit) -> list[str]:
    """That a tenth of the answers or more were left out for a blank, or that those left out have another outcome."""
    n = record.dropped.get(BLANK, 0)
    if n < FEWEST:
        return []
    share = n / record.survey.n
    difference = record.once("difference of those dropped", lambda: difference_of_dropped(record))
    if share < MANY_BLANK and not difference:
        return []
    other = ""
    if difference:
        side = _side(record, worse=difference < 0)
        other = f", whose {record.outcome_words} is clearly {side}, so slopes may be too small"
    return [f"Left out for a blank: {percent(share)} of the answers{other}; imputing blanks keeps them"]


def _side(record: Fit, *, worse: bool) -> str:
    """Where answers to the outcome lie, as they were asked."""
    scale = record.survey.outcome_scales.get(record.outcome)
    return "lower" if worse is not lowest_is_best(scale) else "higher"


def _about_reversed(record: Fit, table: pd.DataFrame) -> list[str]:
    """That one touchpoint runs against the others, and that its scale may lie the other way round."""
    one = _reversed_one(record, table)
    if one is None:
        return []
    worse = _side(record, worse=True)
    return [
        f"{one.name} runs against {one.against}: the {one.better} its ratings, the {worse} {record.outcome_words}; "
        f"if its {one.end} rating is the best, its scale has to say so"
    ]


def ways_out(record: Fit, table: pd.DataFrame) -> list[str]:
    """What to type where blanks left many out, or where one touchpoint runs against the others."""
    sentences = []
    if about_blanks(record):
        sentences.append("Answers with a blank are kept by blanks='impute'.")
    one = _reversed_one(record, table) if record.by is None else None
    if one is not None:
        line = f"scale={{{one.name!r}: cx.Scale(..., best={one.best!r}), ...}}"
        sentences.append(f"If the {one.end} rating of {one.name} is the best: {line}.")
    return sentences


class _Reversed(NamedTuple):
    """A touchpoint that runs against others: which ratings go with a worse outcome, and which end may be the best."""

    name: str
    against: str
    better: str
    end: str
    best: str


def _reversed_one(record: Fit, table: pd.DataFrame) -> _Reversed | None:
    """The one touchpoint that clearly goes with a worse outcome, alone and beside the others, which go with a better.

    With the others held, a touchpoint that has nothing to do with the outcome may well seem to go with a worse one:
    it takes from them what they share with it. Its own correlation tells the two apart.
    """
    by_name = directions_table(record).set_index("touchpoint")
    directions = by_name["direction"]
    is_told = directions != ""
    told = directions[is_told]
    is_clear = table["q_value"] < 1 - record.level
    clear = table.loc[is_clear, "touchpoint"].tolist()
    down = told.index[told == "down"]
    up = [name for name in clear if directions[name] == "up"]
    if len(down) != 1 or not up:
        return None
    name = down[0]
    correlation = by_name["correlation"][name]
    counts = table.set_index("touchpoint")["n"]
    if name not in clear or not _is_clearly_negative(correlation, counts[name], record.level):
        return None
    others = len(told) - 1
    against = "all others" if len(up) == others > 1 else listing(up, 3)
    if lowest_is_best(record.survey.scales.get(name)):
        return _Reversed(name, against, "lower", "highest", "high")
    return _Reversed(name, against, "higher", "lowest", "low")


def _is_clearly_negative(correlation: float, n: float, level: float) -> bool:
    """Whether a correlation of n answers lies below zero with its whole interval (Fisher's)."""
    errors = normal_quantile(level)
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
