"""What customers feel on their way: scores by touchpoint or by step, the peak and the end of a journey.

A side of the ways customers take. Scores belong to events, or are ratings of a survey; whether feelings move the
outcome is the question of the stage ``drivers``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.result import View
from cxlens.common.small_cells import hidden_counts, reason
from cxlens.common.values import few, percent, plural
from cxlens.errors import OptionError, ValuesError, check_kind, check_level, check_option
from cxlens.stages.journeys.felt_words import Along, Apart, Felt, finding_of, finding_of_groups
from cxlens.stages.journeys.groups import journeys_by
from cxlens.stats.group_means import compare_groups
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.intervals import wilson_by_error
from cxlens.stats.unit_means import Means, UnitSums, difference, unit_shares
from cxlens.study.journeys import JourneyLog
from cxlens.study.ratings import ratings_of_events
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
STEPS = 20  # that are told: later ones are those of few
ALL = ""  # the group of everybody
MOMENTS = ["lowest", "highest", "end", "average", "end less average"]
DIFFERENCES = ["first", "second", "difference", "low", "high", "p_value", "q_value"]


class _Scored(NamedTuple):
    """Of each event the item it is at, its journey, its customer and its score; of each journey its customer."""

    item: Ints
    journey: Ints
    unit: Ints
    score: Floats
    owner: Ints


class _Group(NamedTuple):
    """What a group of customers feels at each item, and how many of its journeys get there.

    ``met_by`` and ``missed_by`` are customers of whom a journey did, and did not.
    """

    name: str
    sums: UnitSums
    felt: Means
    reach: Means
    met_by: Ints
    missed_by: Ints


def felt(log: JourneyLog, asked: Felt, again: Callable[[Any], View]) -> View:
    """Scores along the way.

    See :meth:`cxlens.stages.journeys.paths.Paths.felt`.
    """
    check_option("along", asked.along, Along)
    check_level(asked.level)
    groups = journeys_by(log, asked.by, asked.min_n)
    scored = _scored(log, asked)
    names = _names(log, asked.along)
    found = [_group(name, scored, keep, len(names)) for name, keep in groups.items()]
    hidden = _hidden(found, asked.min_n)
    few_met = _few_met(found, asked.min_n)
    table = pd.concat(
        [_rows(group, names, asked, hidden[:, place], few_met[:, place]) for place, group in enumerate(found)],
        ignore_index=True,
    )
    parts = {"peak and end": _peak_and_end(scored, asked)}
    if asked.by is None:
        table = table.drop(columns="segment")
        apart = _apart(found[0], hidden[:, 0], asked)
        finding = finding_of(table, apart, parts["peak and end"], asked)
    else:
        parts["differences"] = _differences(found, names, asked, hidden)
        finding = finding_of_groups(parts["differences"], asked)
    return View(
        chart="journeys/felt",
        table=table,
        finding=finding,
        note=_note(log, asked, scored),
        record=log,
        parts=parts,
        again=again,
        level=asked.level,
    )


def _scored(log: JourneyLog, asked: Felt) -> _Scored:
    """The scores of events, at touchpoints or at the first steps."""
    events = log.rows()
    if asked.answers is not None:
        check_kind("felt", asked.answers, Survey, "cx.Survey(data, touchpoints=[...], outcome=..., respondent=...)")
        score = ratings_of_events(asked.answers, log)
    elif log.score is not None:
        score = log.detail("score").to_numpy(float)
    else:
        raise OptionError(
            "felt needs scores. Name their column in JourneyLog(..., score='column'), or give a survey of the same "
            "customers: felt(answers=survey)."
        )
    if np.isnan(score).all():
        raise ValuesError("felt needs scores, and no event of the log has one.")
    item = events.code.astype(np.int64)
    if asked.along == "step":
        item = np.minimum(events.step.astype(np.int64), STEPS + 1) - 1
    unit = events.owner[events.journey]
    return _Scored(item, events.journey, unit, score, events.owner)


def _names(log: JourneyLog, along: Along) -> list[Any]:
    """Touchpoints in the order in which they are met, or the first steps."""
    if along == "touchpoint":
        return list(log.touchpoints)
    longest = int(log.rows().step.max())
    return list(range(1, min(longest, STEPS) + 1))


def _group(name: str, scored: _Scored, keep: Flags, items: int) -> _Group:
    """Means of the journeys of a group."""
    customers = int(scored.owner.max()) + 1
    inside = keep[scored.journey] & (scored.item < items)
    sums = UnitSums(scored.item[inside], scored.unit[inside], scored.score[inside], items, customers)
    reach, met_by, missed_by = _reach(scored, keep, inside, items)
    return _Group(
        name=name,
        sums=sums,
        felt=sums.means(),
        reach=reach,
        met_by=met_by,
        missed_by=missed_by,
    )


def _reach(scored: _Scored, keep: Flags, inside: Flags, items: int) -> tuple[Means, Ints, Ints]:
    """The share of journeys that met each item, by customers, and how many customers did and did not."""
    n_journeys = len(scored.owner)
    met = pd.unique(scored.item[inside] * n_journeys + scored.journey[inside])
    item, journey = np.divmod(met, n_journeys)
    whole = np.bincount(scored.owner[keep], minlength=int(scored.owner.max()) + 1)
    unit = scored.owner[journey]
    pairs, times = np.unique(item * len(whole) + unit, return_counts=True)
    item_of_pair, unit_of_pair = np.divmod(pairs, len(whole))
    met_by = np.bincount(item_of_pair, minlength=items)
    always = times == whole[unit_of_pair]
    missed_by = (whole > 0).sum() - np.bincount(item_of_pair[always], minlength=items)
    return unit_shares(item, unit, whole.astype(np.float64), items), met_by, missed_by


def _hidden(groups: Sequence[_Group], min_n: int) -> Flags:
    """(items, groups) which scores are those of a few."""
    n = np.column_stack([group.felt.n for group in groups])
    people = np.column_stack([group.felt.units for group in groups])
    return hidden_counts(n, min_n, people)


def _rows(group: _Group, names: Sequence[Any], asked: Felt, hidden: Flags, few_met: Flags) -> pd.DataFrame:
    """The table of a group."""
    low, high = group.felt.interval(asked.level)
    reach_low, reach_high = wilson_by_error(group.reach.mean, group.reach.error, group.reach.units, asked.level)
    return pd.DataFrame(
        {
            "segment": group.name,
            asked.along: names,
            "n": pd.Series(group.felt.n, dtype="Int64").mask(hidden),
            "customers": pd.Series(group.felt.units, dtype="Int64").mask(hidden),
            "mean": np.where(hidden, np.nan, group.felt.mean),
            "low": np.where(hidden, np.nan, low),
            "high": np.where(hidden, np.nan, high),
            "reach": np.where(few_met, np.nan, group.reach.mean),
            "reach_low": np.where(few_met, np.nan, reach_low),
            "reach_high": np.where(few_met, np.nan, reach_high),
        }
    )


def _few_met(groups: Sequence[_Group], min_n: int) -> Flags:
    """(items, groups) where few met an item or few did not, or where that would follow from the other groups."""
    met = np.column_stack([np.round(group.reach.mean * group.reach.n) for group in groups])
    journeys = np.column_stack([group.reach.n for group in groups])
    met_by = np.column_stack([group.met_by for group in groups])
    missed_by = np.column_stack([group.missed_by for group in groups])
    n = np.stack([met, journeys - met], axis=2).astype(np.int64)
    people = np.stack([met_by, missed_by], axis=2)
    of_items = [hidden_counts(counts, min_n, whose).any(axis=1) for counts, whose in zip(n, people, strict=True)]
    return np.stack(of_items)


def _peak_and_end(scored: _Scored, asked: Felt) -> pd.DataFrame:
    """The lowest, the highest and the last score of journeys of two scores and more, and the last less the average."""
    known = ~np.isnan(scored.score)
    by_journey = pd.Series(scored.score[known]).groupby(scored.journey[known])
    figures = by_journey.agg(["size", "min", "max", "last", "mean"])
    figures = figures[figures["size"] > 1].drop(columns="size")
    figures["off"] = figures["last"] - figures["mean"]
    unit = scored.owner[figures.index.to_numpy(np.int64)]
    moments = len(MOMENTS)
    sums = UnitSums(
        item=np.tile(np.arange(moments), len(figures)),
        unit=np.repeat(unit, moments),
        value=figures.to_numpy(float).ravel(),
        items=moments,
        units=int(scored.owner.max()) + 1,
    )
    return _of_moments(sums.means(), asked)


def _of_moments(means: Means, asked: Felt) -> pd.DataFrame:
    """The table of the peak and the end; the last row alone is tested against 0."""
    low, high = means.interval(asked.level)
    spare = np.maximum(means.units - 1.0, 0.0)
    test = difference(means.mean, means.error, spare, asked.level)
    p_value = np.full(len(MOMENTS), np.nan)
    p_value[-1] = test.p_value[-1]
    is_few = means.units < asked.min_n
    figures = {
        "mean": means.mean,
        "low": low,
        "high": high,
        "p_value": p_value,
    }
    shown = {name: np.where(is_few, np.nan, values) for name, values in figures.items()}
    n = pd.Series(means.n, dtype="Int64").mask(is_few)
    return pd.DataFrame({"moment": MOMENTS, "n": n, **shown})


def _apart(group: _Group, hidden: Flags, asked: Felt) -> Apart:
    """Which items are clearly off the lowest and the highest; what has no scores, or is hidden, is not asked."""
    mean = np.where(hidden, np.nan, group.felt.mean)
    if np.isnan(mean).all():
        nothing = np.zeros(len(mean), bool)
        return Apart(nothing, nothing)
    from_lowest = group.sums.from_one(int(np.nanargmin(mean)), asked.level)
    from_highest = group.sums.from_one(int(np.nanargmax(mean)), asked.level)
    return Apart(np.asarray(from_lowest.low > 0), np.asarray(from_highest.high < 0))


def _differences(groups: Sequence[_Group], names: Sequence[Any], asked: Felt, hidden: Flags) -> pd.DataFrame:
    """What two groups feel at the same item, compared; q-values over all."""
    frames = []
    for (i, first), (j, second) in combinations(enumerate(groups), 2):
        test = compare_groups(first.sums, second.sums, asked.level)
        frame = pd.DataFrame(
            {
                asked.along: names,
                "first": first.name,
                "second": second.name,
                "difference": test.value,
                "low": test.low,
                "high": test.high,
                "p_value": test.p_value,
            }
        )
        frames.append(frame[~(hidden[:, i] | hidden[:, j])])
    if not frames:
        return pd.DataFrame(columns=[asked.along, *DIFFERENCES])
    table = pd.concat(frames, ignore_index=True).dropna(subset="p_value", ignore_index=True)
    return table.assign(q_value=benjamini_hochberg(table["p_value"]))


def _note(log: JourneyLog, asked: Felt, scored: _Scored) -> str:
    """Whose the scores are, what intervals count, and what is hidden."""
    known = ~np.isnan(scored.score)
    whose = f"Scores of events, {log.score}"
    if asked.answers is not None:
        whose = "Scores are what the customer of an event rated its touchpoint in the survey, whenever that was"
    of_all = f"{few(int(known.sum()))} of {plural(len(known), 'event')} have one ({percent(known.mean())})"
    return (
        f"{whose}; {of_all}. Intervals {percent(asked.level)}, by customers. reach: of all journeys, open ones as far "
        "as they got. Peak and end: of journeys with two scores or more. Feelings on the way are no effect of it. "
        f"Missing: {reason(asked.min_n, of='customers')}."
    )
