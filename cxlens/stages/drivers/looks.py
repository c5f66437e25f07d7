"""What looks at drivers share: averages of scores, intervals over the resamples, rows, findings and notes.

Which figures a look has, and what they are called, is said by the look itself: :mod:`performance
<cxlens.stages.drivers.performance>`, :mod:`value_added <cxlens.stages.drivers.value_added>`, :mod:`opportunity
<cxlens.stages.drivers.opportunity>`, :mod:`moments_of_truth <cxlens.stages.drivers.moments_of_truth>`. Means of other
answers than those of the drivers are in :mod:`cxlens.stages.drivers.other_answers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding, Item
from cxlens.common.many import named_of, where_compared
from cxlens.common.values import count, interval, percent
from cxlens.errors import ValuesError, listing
from cxlens.stages.drivers.ask import TOGETHER
from cxlens.stages.drivers.fit import Figures
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.tables import drivers_table
from cxlens.stats.bootstrap import percentile_interval
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
ItemOfRow = Callable[[Any], Item]
NOTHING = np.array(None, object)  # in a column of words
UNDECIDED = "undecided"  # where answers leave open which of several words holds


def check_levels(record: Fit) -> None:
    """Refuse scores of which it is not known how many gave each."""
    if not len(record.levels):
        raise ValuesError(
            "the scores take more than 1,000 different values, so how many gave each is not known. "
            "Round them to the steps of a scale."
        )


def scale_of(survey: Survey, what: str, instead: str = "") -> Scale:
    """The scale of the scores, which ``what`` needs; ``instead`` says what else would do."""
    if survey.scale is None:
        raise ValuesError(
            f"{what} needs the scale of the scores, and the survey names none. "
            f"Give Survey(..., scale=cx.Scale(1, 5)){instead}."
        )
    return survey.scale


def reach_of(figures: Figures) -> Floats:
    """(d, c, p) the share of all respondents who used a touchpoint."""
    return np.asarray(figures.shares.sum(axis=-1))


def average_of_users(record: Fit, figures: Figures, values: Floats) -> Floats:
    """(d, c, p) mean among users of a value (l,) that each score has; NaN where that is hidden."""
    reach = reach_of(figures)
    total = figures.shares @ values
    average = np.full(reach.shape, np.nan)
    np.divide(total, reach, out=average, where=(reach > 0) & record.enough)
    return average


def q_values(record: Fit) -> Floats:
    """(c, p) the q-values of the drivers; NaN where there is none."""
    table = drivers_table(record)
    if record.by is None:
        table = table.assign(segment=record.segments[0])
    by_name = table.pivot_table("q_value", "segment", "touchpoint", sort=False, dropna=False)
    return by_name.reindex(index=record.segments, columns=record.touchpoints).to_numpy(float)


def figure_columns(record: Fit, name: str, compute: Callable[[Figures], Floats]) -> dict[str, Floats]:
    """A figure (c, p) that ``compute`` makes of all figures, and the ends of its interval, as columns."""
    draws = compute(record.draws) if record.draws else None
    return interval_columns(name, compute(record.estimate), draws, record.level)


def interval_columns(name: str, estimate: Floats, draws: Floats | None, level: float) -> dict[str, Floats]:
    """A figure (1, c, p) and the ends of its interval over its draws (d, c, p), as columns (c, p).

    The ends are NaN where there are no draws, or no figure.
    """
    figure = estimate[0]
    if draws is None:
        draws = np.full((1, *figure.shape), np.nan)
    known_draws = np.where(np.isnan(figure), np.nan, draws)
    low, high = percentile_interval(known_draws, level)
    return {name: figure, f"{name}_low": low, f"{name}_high": high}


def rows_of(record: Fit, columns: Mapping[str, Any], order: str) -> pd.DataFrame:
    """The rows of each segment from arrays (c, p), the largest first; an array (c, p + 1) ends with all together."""
    p = len(record.touchpoints)
    names = [*record.touchpoints, TOGETHER][: columns[order].shape[1]]
    n_scores = record.n_shown
    pieces = []
    for s, (segment, n) in enumerate(zip(record.segments, record.segment_n, strict=True)):
        rows = pd.DataFrame({"segment": segment, "touchpoint": names})
        numbers = [*n_scores[s], n]
        rows["n"] = pd.array(numbers[: len(names)], dtype="Int64")
        for name, values in columns.items():
            rows[name] = pd.Series(values[s])  # blank for all together where it has no figure
        touchpoints = rows[:p]
        in_order = touchpoints.sort_values(order, ascending=False, kind="stable")
        pieces.append(in_order)
        total = rows[p:]
        if len(total):
            pieces.append(total)
    table = pd.concat(pieces, ignore_index=True)
    return table if record.by else table.drop(columns="segment")


def first_of_segments(record: Fit, table: pd.DataFrame) -> pd.DataFrame:
    """The first row of each segment."""
    if record.by:
        return table.groupby("segment", sort=False).head(1)
    return table.head(1)


def finding_of(record: Fit, lead: str, rows: pd.DataFrame, item: ItemOfRow, none: str) -> Finding:
    """The rows that are worth naming, or the first of each segment; ``none`` where there are none."""
    n = count(record.n)
    if rows.empty:
        return Finding(none, n=n)
    if not record.by:
        return Finding(lead, items=[item(row) for row in rows.to_dict("records")], n=n)
    told = set(rows["segment"])
    groups = len(record.segments)
    segments = sorted(record.segments, key=lambda segment: segment not in told)
    more = where_compared(groups, record.by, record.survey.time)
    if named_of(groups) < groups and len(told) < groups:  # those with nothing to tell are no further findings
        segments = segments[: len(told)]
        more = [f"None for {groups - len(told)} of {groups} groups", *more]
    items = [_first_item(segment, rows, item) for segment in segments]
    return Finding(lead, items=items, named=named_of(groups), more=more, n=n)


def _first_item(segment: str, rows: pd.DataFrame, item: ItemOfRow) -> Item:
    """What is named for a segment."""
    in_segment = rows[rows["segment"] == segment].to_dict("records")
    if not in_segment:
        return Item(f"none for {segment}")
    first = item(in_segment[0])
    return replace(first, name=f"{first.name} for {segment}")


def span(row: Any, name: str, digits: int) -> str:
    """``[3.1, 4.2]``, or nothing where there is no interval."""
    low = row[f"{name}_low"]
    high = row[f"{name}_high"]
    if pd.isna(low):
        return ""
    return interval(low, high, digits)


def note_of(record: Fit, known: NDArray[np.bool_], how: str, resampled: bool = True) -> str:
    """What was done, how intervals were made, and which touchpoints have no figure here."""
    sentences = [how.strip()]
    if resampled and record.draws:
        sentences.append(f"Intervals: {percent(record.level)}, from {count(record.n_boot)} redraws.")
    elif resampled:
        sentences.append("No redraws, so no intervals from them.")
    unknown = [_in_segment(record, s, j) for s, j in np.argwhere(~known).tolist()]
    if unknown:
        sentences.append(f"Without a figure, or hidden to protect people: {listing(unknown)}.")
    return " ".join(sentence for sentence in sentences if sentence)


def _in_segment(record: Fit, s: int, j: int) -> str:
    """``Desk in business``; the touchpoint alone where nothing was asked by segment."""
    touchpoint = record.touchpoints[j]
    if record.by:
        return f"{touchpoint} in {record.segments[s]}"
    return touchpoint


def left_out_without(record: Fit, scores: Floats, what: str) -> str:
    """A sentence that names the touchpoints whose score (p,) is not known; nothing where all are."""
    unknown = np.flatnonzero(np.isnan(scores))
    names = [record.touchpoints[j] for j in unknown]
    if names:
        return f"Left out, without {what}: {listing(names)}."
    return ""
