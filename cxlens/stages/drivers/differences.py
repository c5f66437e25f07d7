"""Whether what matters differs between segments: every slope against that of all others, and what is said of it.

One test for the table and the sentence: the largest difference of all segments and touchpoints, each in units of its
own error, against the same with random signs (:mod:`cxlens.stats.sign_flips`). Importances are not tested: what one
touchpoint explains hangs on the spread of all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding
from cxlens.common.many import named_of, where_compared
from cxlens.common.values import count, interval, number, plural
from cxlens.engine.design import DesignRows
from cxlens.errors import listing
from cxlens.stages.drivers.leaders import CLEARLY
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.words import about_blanks, about_method, about_sample
from cxlens.stats.bootstrap import bootstrap_error
from cxlens.stats.inference import wald_p
from cxlens.stats.regression import independent
from cxlens.stats.sign_flips import (
    Comparison,
    Differences,
    compare,
    differences_of_blocks,
    differences_of_rows,
    fewest_units,
)
from cxlens.study.asked import lowest_is_best

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]
FIGURES = ["difference", "low", "high", "p_value"]  # of a contrast
FOR_EACH_COLUMN = 5  # answers that a segment needs for each column of the model to be compared
NEAR_END = 1.5  # standard deviations between the mean of an outcome and the end of its scale
MOST_LEADERS = 6  # groups of which a finding tells what leads there
LEAST_AT_END = 0.05  # share of the answers at the highest or lowest one, from which on that is an end


def contrasts_table(record: Fit) -> pd.DataFrame:
    """Each segment's slopes against those of all other segments compared, with adjusted intervals and p-values.

    ``segment``, ``touchpoint``, ``difference``, ``low``, ``high``, ``p_value``: NaN where nothing can be tested, as
    :func:`about_comparison` says. Players of several columns have no row.
    """
    places = compared(record)
    widths = np.array(record.asked.design.widths)
    single = np.flatnonzero(widths == 1)
    if record.asked.fitted or len(places) < 2 or not len(single):
        nothing = pd.DataFrame(columns=["segment", "touchpoint", *FIGURES])
        return nothing.astype(dict.fromkeys(FIGURES, float))
    shown = record.shown[places][:, single].ravel()
    segments = [record.segments[s] for s in places]
    names = [record.touchpoints[j] for j in single]
    table = pd.DataFrame()
    table["segment"] = np.repeat(segments, len(names))
    table["touchpoint"] = names * len(segments)
    found = _comparison(record, places)
    for name, figures in zip(FIGURES, found, strict=True):
        table[name] = np.where(shown, figures.ravel(), np.nan)
    return table


def compared(record: Fit) -> list[int]:
    """Which of the c segments have answers enough to be compared; none where there is one segment only."""
    if record.by is None:
        return []
    totals = record.data.sums.totals()
    enough = []
    for s, cell in enumerate(record.kept):
        of_columns = totals[:-1, :-1, cell]
        columns = independent(of_columns).sum()
        if record.segment_n[s] >= FOR_EACH_COLUMN * columns:
            enough.append(s)
    return enough


def _comparison(record: Fit, places: Sequence[int]) -> Comparison:
    """The differences of these segments, tested where they can be."""
    columns = np.arange(record.data.sums.products.shape[-1])
    found = _differences(record, places, columns, _own_columns(record))
    if why_not_tested(record):
        unknown = np.full(found.difference.shape, np.nan)
        return Comparison(found.difference, unknown, unknown, unknown)
    return compare(found, record.level, np.random.default_rng(record.seed))


def _own_columns(record: Fit) -> Bools:
    """(q - 1,) columns that each segment has a coefficient of its own for, and that are not compared.

    The constant, usage flags and other controls; and those of players of several columns.
    """
    design = record.asked.design
    are_several = np.array(design.widths) > 1
    of_controls = np.ones(design.k, bool)
    of_players = np.repeat(are_several, design.widths)
    return np.concatenate([of_controls, of_players])


def _differences(
    record: Fit,
    places: Sequence[int],
    columns: Integers,
    own: Bools,
) -> Differences:
    """Differences between segments in some columns, the outcome last: from rows where they are held, else from blocks.

    Where blanks were imputed, from the mean of the imputations, as one block.
    """
    cells = [record.kept[s] for s in places]
    sums = record.data.sums
    if record.asked.blanks != "impute" and record.data.part is not None:
        names = [sums.cells[cell] for cell in cells]
        return _differences_of_rows(record.data.part, names, columns, own)
    products = sums.products[cells]
    if record.asked.blanks == "impute":
        imputed = [record.products.stacks[cell][..., 0] for cell in cells]
        products = np.stack(imputed)[:, None]
    of_columns = products[:, :, columns][..., columns]
    rows = sums.rows[cells].sum(axis=1)
    return differences_of_blocks(of_columns, rows, own)


def _differences_of_rows(
    part: DesignRows,
    segments: Sequence[str],
    columns: Integers,
    own: Bools,
) -> Differences:
    """The same from the rows of these segments."""
    group = pd.Index(segments).get_indexer(pd.Index(part.segments))
    in_question = group >= 0
    _, units = np.unique(part.units[in_question], return_inverse=True)
    z = part.z[in_question]
    weights = part.weights[in_question]
    return differences_of_rows(
        z[:, columns],
        weights,
        group[in_question],
        own,
        units,
    )


def why_not_tested(record: Fit) -> str:
    """Why nothing is said about differences between segments; "" where they are tested."""
    if is_chosen(record):
        return "they were chosen on these answers"
    if record.asked.fitted:
        return f"{record.outcome_words} is fitted"
    if record.asked.blanks == "impute":
        return "scores were imputed"
    if _units(record) < fewest_units(record.level):
        return f"too few clusters, {fewest_units(record.level)} needed"
    return ""


def is_chosen(record: Fit) -> bool:
    """Whether the segments were searched for in these very answers, so that no p-value about them holds."""
    return record.by in record.survey.chosen


def _units(record: Fit) -> int:
    """Clusters, respondents or blocks."""
    part = record.data.part
    if part is None:
        rows_of_blocks = record.data.sums.rows.sum(axis=0)
        return int((rows_of_blocks > 0).sum())
    return len(np.unique(part.units))


def about_comparison(record: Fit) -> list[str]:
    """Which segments are not compared, and why, in sentences."""
    if record.by is None:
        return []
    sentences = []
    why_not = why_not_tested(record)
    if why_not and len(record.segments) > 1:
        sentences.append(f"Segments are not tested against each other: {why_not}.")
    places = compared(record)
    few = [segment for s, segment in enumerate(record.segments) if s not in places]
    if few and not record.asked.fitted:
        sentences.append(
            f"Not compared, with fewer than {FOR_EACH_COLUMN} answers for each coefficient: {listing(few)}."
        )
    return sentences


def finding_by(
    record: Fit,
    table: pd.DataFrame,
    fit: pd.DataFrame,
    contrasts: pd.DataFrame,
) -> Finding:
    """What differs between the segments or is common to them, and the leader of each."""
    groups = len(record.segments)
    most = min(named_of(groups), MOST_LEADERS)
    leaders = [_leader(record, table, fit, name) for name in record.segments[:most]]
    others = groups - len(leaders)
    if others:
        leaders.append(f"{plural(others, 'further group')} in the table")
    leaders += where_compared(groups, record.by, record.survey.time)
    finding = _comparison_in_words(record, contrasts)
    besides = [*about_sample(record), *about_method(record), *about_blanks(record)]
    more = [*finding.more, *leaders, *besides]
    return replace(finding, more=more, n=count(record.n))


def _comparison_in_words(record: Fit, contrasts: pd.DataFrame) -> Finding:
    """``What matters differs by purpose, most clearly Wi-Fi: ...``; what no test says is not said."""
    tested = contrasts.dropna(subset="p_value")
    if len(tested) and tested["p_value"].min() < _alpha(record):
        several = int((tested["p_value"] < _alpha(record)).sum()) > 1
        return _difference_in_words(record, _clearest(tested), len(tested), several=several)
    leader = common_leader(record)
    if leader and not is_chosen(record):
        is_left_out = record.unusable["touchpoint"].eq("all").any()
        shown = " that can be shown" if is_left_out else ""
        return Finding(f"{leader} clearly matters most in every segment of {record.by_words}{shown}")
    if not len(tested):
        return Finding(f"What matters most by {record.by_words}")
    p = number(tested["p_value"].min())
    comparisons = plural(len(tested), "comparison")
    smallest = f"smallest p {p}, allowing for {comparisons}"
    return Finding(f"What matters does not clearly differ by {record.by_words}", certainty=smallest)


def _alpha(record: Fit) -> float:
    """The chance of being wrong that goes with the level of the intervals; 0.05 and not 0.050000000000000044."""
    return round(1 - record.level, 12)


def _clearest(tested: pd.DataFrame) -> dict[str, Any]:
    """The contrast that is furthest from 0 in units of its own interval, of several with the same p."""
    half = (tested["high"] - tested["low"]) / 2
    distance = (tested["difference"].abs() / half).to_numpy()
    furthest = int(distance.round(9).argmax())  # of two segments each lies as far from the other, but for rounding
    row: dict[str, Any] = dict(tested.iloc[furthest])
    return row


def _difference_in_words(record: Fit, row: dict[str, Any], comparisons: int, *, several: bool) -> Finding:
    """One contrast as a finding; where several are clear, as an example of them."""
    more = "more"
    low = row["low"]
    high = row["high"]
    if row["difference"] < 0:
        more = "less"
        low, high = -high, -low
    p = f"p = {number(row['p_value'])}"
    if row["p_value"] < 0.01:
        p = "p < 0.01"
    return Finding(
        lead=f"What matters differs by {record.by_words}, {'such as' if several else 'for'} {row['touchpoint']}:",
        figure=number(abs(row["difference"]), record.digits),
        interval=interval(low, high, record.digits),
        unit=f"{record.unit} {more} for {row['segment']}",
        certainty=f"per {_point(record)}, against all others {p}, allowing for {plural(comparisons, 'comparison')}",
        more=levels_differ(record),
    )


def _point(record: Fit) -> str:
    """What a slope is counted by."""
    return "point better" if lowest_is_best(record.survey.scale) else "rating point"


def levels_differ(record: Fit) -> list[str]:
    """That the outcome differs by segment near an end of its scale, where this alone makes slopes differ."""
    if not _is_near_end(record):
        return []
    outcome = record.data.sums.products.shape[-1] - 1
    found = _differences(
        record,
        compared(record),
        columns=np.array([0, outcome]),  # the constant alone is compared
        own=np.zeros(1, bool),
    )
    p = compare(found, record.level, np.random.default_rng(record.seed)).p
    if np.nanmin(p, initial=1.0) >= _alpha(record):
        return []
    return [f"{record.outcome_words} itself differs, too: near the end of its scale this alone makes slopes differ"]


def _is_near_end(record: Fit) -> bool:
    """Whether the mean of the outcome lies near an end of its scale, for its spread."""
    total = record.data.sums.totals().sum(axis=-1)
    everyone = total[0, 0]
    mean = total[0, -1] / everyone
    mean_square = total[-1, -1] / everyone
    variance = mean_square - mean**2
    near = NEAR_END * np.sqrt(max(variance, 0.0))
    return any(abs(mean - end) < near for end in _ends(record))


def _ends(record: Fit) -> tuple[float, ...]:
    """The ends of the outcome's scale; without one the extremes, where many answers lie there."""
    if record.asked.kind == "nps":
        return (-100.0, 100.0)
    scale = record.survey.outcome_scales.get(record.outcome)
    if scale:
        return (scale.low, scale.high)
    part = record.data.part
    if part is None:
        return ()
    outcome = part.z[:, -1]
    extremes = (float(outcome.min()), float(outcome.max()))
    ends = []
    for end in extremes:
        share = (outcome == end).mean()
        if share >= LEAST_AT_END:
            ends.append(end)
    return tuple(ends)


def common_leader(record: Fit) -> str:
    """The touchpoint that clearly matters most in every segment; "" where there is none.

    In each segment, and against each other touchpoint, the difference in importance on the error of the same
    difference in the resamples. All have to be clear, so no correction is due.
    """
    draws = record.draws
    importance = record.estimate.importance[0]
    leaders = set(importance.argmax(axis=1).tolist())
    if draws is None or len(leaders) > 1 or importance.shape[1] < 2:
        return ""
    leader = int(leaders.pop())
    others = np.arange(importance.shape[1]) != leader
    drawn = draws.importance
    gaps = importance[:, [leader]] - importance[:, others]
    drawn_gaps = drawn[:, :, [leader]] - drawn[:, :, others]
    errors = bootstrap_error(drawn_gaps)
    p = wald_p(gaps, errors, record.n_boot - 1)
    if not (p < _alpha(record)).all():
        return ""
    return str(record.touchpoints[leader])


def _leader(
    record: Fit,
    table: pd.DataFrame,
    fit: pd.DataFrame,
    segment: str,
) -> str:
    """The most important touchpoint of a segment, where anything there is clear.

    ``For leisure: Restaurants, 15 of 47 points of importance [11, 19], clearly first``.
    """
    rows = table[table["segment"] == segment]
    if not is_chosen(record):
        rows = rows[rows["q_value"] < _alpha(record)]
    if rows.empty:
        return f"For {segment}: nothing clearly"
    top = rows.iloc[0]
    of_segment = fit[fit["segment"] == segment].iloc[0]
    is_first = False
    if not is_chosen(record):
        is_first = top["rank"] == 1 and of_segment["p_first"] >= CLEARLY
    shared = of_segment["r2"] - of_segment["r2_controls"]
    ends = interval(100 * top["importance_low"], 100 * top["importance_high"], 0)
    points = f"{number(100 * top['importance'], 0)} of {number(100 * shared, 0)} points of importance"
    span = f" {ends}" if record.n_boot else ""
    clearly = ", clearly first" if is_first else ""
    return f"For {segment}: {top['touchpoint']}, {points}{span}{clearly}"
