"""Did it work, where everybody got it? A series of waves before the change, drawn on, against the waves after it.

The regression is that of :mod:`cxlens.stats.series`. Places without the change make a stronger design:
:mod:`cxlens.stages.impact.designs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.values import number, plural, wave_words
from cxlens.errors import ValuesError, check_level, listing
from cxlens.stages.impact.against_series import Start, against_series
from cxlens.stages.impact.measured import (
    BY_WAVE,
    INTERRUPTED,
    LEVEL_CHANGE,
    PLACEBO,
    SLOPE_CHANGE,
    Impact,
    beside,
    for_each,
    main_q,
    table_of,
)
from cxlens.stages.impact.periods import Line, join_waves, metrics_of, one_wave
from cxlens.stages.impact.rivals import checked_rivals
from cxlens.stages.impact.wave_series import Lines, Series, broken_line, check_cycles, series_of, told_lines
from cxlens.stats.series import FEWEST
from cxlens.study.aggregates import Aggregates
from cxlens.study.metrics import EDGES, Figure, Metric, Sample, level_of, waves_of
from cxlens.study.spacing import wave_numbers
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MEAN_EFFECT, SLOPE_BEFORE = "mean effect", "slope before"
LINES = (LEVEL_CHANGE, SLOPE_CHANGE, MEAN_EFFECT, SLOPE_BEFORE)


@misfits_told
def interrupted_time_series(
    survey: Survey,
    *,
    metric: str | Sequence[str],
    started: Any,
    season: int | None = None,
    competitors: Mapping[str, Survey] | None = None,
    figure: Figure = "mean",
    level: float = 0.95,
) -> Impact:
    """Compare a series since a change with what it was before, drawn on.

    Parameters
    ----------
    survey
        Answers with a ``time`` column, of those who got the change: ``survey.where(segment)`` where not all did.
    metric
        A touchpoint or an outcome, or a list of them, which share one error rate. NPS outcomes are counted in points,
        binary ones as a share; effort, spend or whether somebody stayed are outcome columns, too.
    started
        The first wave with the change.
    season
        After how many waves the same season comes again: 4 for quarters, 12 for months.
    competitors
        ``{name: survey}`` of competitors' customers, as :func:`cxlens.monitor` takes them: what the metric did there
        with the same wave, and whether ours did clearly more.
    figure
        "mean", or "top box": the share of the best scores, as the scale has them.
    level
        Confidence level.

    Returns
    -------
    Impact
        ``estimate`` is the change of level with the first wave of the change; ``table`` has the change of slope, too.

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When there is no time column, a name or wave is unknown, or fewer than 8 waves on either side can be told, or
        are shared with competitors; with ``season``, fewer than two whole cycles, or a season that was never seen
        before the change.

    Notes
    -----
    Segmented regression of wave means, each counting alike, on a line before the change, a step with it and another
    slope after it (Wagner et al. 2002, J. Clinical Pharmacy and Therapeutics 27). How much of a swing carries over to
    the next wave cannot be told from so few waves, so intervals average over it
    (:func:`cxlens.stats.series.regress_series`); where sampling alone is wider, it counts. Waves are numbered by the
    calendar, or by the count in their names, so that missing ones leave their place
    (:func:`cxlens.study.spacing.wave_numbers`); those of fewer than 5 answers are left out, with their place. "before
    the change": the same step in the middle of the waves before. It is an effect if nothing else came at that time, and
    if the line would have gone on. "more than rivals": the step of the line through ours less the mean of competitors,
    in the waves that all have.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> rows = [(wave, 3 + (wave >= 9) + step) for wave in range(1, 17) for step in (-1, 0, 1) * 20]
    >>> answers = pd.DataFrame(rows, columns=["wave", "wifi"]).assign(overall=4)
    >>> survey = cx.Survey(answers, touchpoints=["wifi"], outcome="overall", time="wave")
    >>> result = cx.interrupted_time_series(survey, metric="wifi", started=9)
    >>> print(result)  # doctest: +NORMALIZE_WHITESPACE
    Wifi satisfaction rose by 1.00 [0.79, 1.21] with the change in 9; clearly, if nothing else came then and the line
    would have gone on. Its slope did not clearly change: 0.00 [-0.05, 0.05] a wave. n = 480 before and 480 after.
    """
    metrics = metrics_of("interrupted_time_series", survey, metric, figure)
    check_level(level)
    start = one_wave("started", started, waves_of(survey), survey)
    _check_season(season)
    rivals = checked_rivals(competitors, metrics)
    change = Start(start, _number_of(start, survey), season, level)

    def measure(one: Metric) -> Impact:
        series = series_of(survey, one)
        impact = _interrupted(survey, one, series, change)
        return beside(impact, rivals, against_series(rivals, one, series, change))

    return for_each(metrics, measure)


def _check_season(season: int | None) -> None:
    """A cycle is a whole number of waves."""
    is_cycle = season is None or (isinstance(season, Integral) and not isinstance(season, bool) and season > 1)
    if not is_cycle:
        raise ValuesError(
            f"season must be a whole number of 2 or more; you gave {season!r}. It is after how many waves the same "
            "season comes again: 4 for quarters, 12 for months."
        )


def _interrupted(survey: Survey, metric: Metric, series: Series, change: Start) -> Impact:
    """What one metric did."""
    start, at, season, level = change
    late = series.when >= at
    _check_waves(survey, metric, series, late, start)
    check_cycles(series, late, season, start)
    columns = broken_line(series.when, at, season)
    wanted = _wanted(columns, series.when, at, late)
    lines = told_lines(columns, wanted, series, level)
    n = sum(cell.size for cell in series.cells)
    table = table_of([*_lines(lines, n), *_placebo(series.before(at), level)])
    estimate, low, high, p_value = (float(figures[0]) for figures in lines[:4])
    told = np.array(series.waves, object)
    return Impact(
        design=INTERRUPTED,
        metric=metric.name,
        unit=metric.unit,
        estimate=estimate,
        low=low,
        high=high,
        p_value=p_value,
        table=table,
        cells=_cells(metric, series, late, level),
        note=_note(survey, series, lines, season),
        survey=survey,
        before=tuple(told[~late]),
        after=tuple(told[late]),
        adjust=(),
        treated=None,
        level=level,
        season=season,
        figure=metric.figure,
        by_wave=_by_wave(metric, series, lines, late),
        q_value=main_q(table),
    )


def _number_of(wave: Any, survey: Survey) -> float:
    """The number of a wave, by the calendar."""
    waves = waves_of(survey)
    return float(wave_numbers(waves)[waves.index(wave)])


def _check_waves(survey: Survey, metric: Metric, series: Series, late: Bools, start: Any) -> None:
    """Enough waves on each side."""
    after = int(late.sum())
    before = len(late) - after
    if min(before, after) >= FEWEST:
        return
    there = f"Waves of {metric.shown!r} that can be told: {before} before {wave_words(start)} and {after} from then on"
    names = f" ({listing(map(wave_words, series.waves))})" if series.waves else ""
    advice = "cx.which_design(survey, change) says which design these answers allow."
    if isinstance(survey, Aggregates):
        advice = "Fewer are enough for cx.before_after and, with others to compare with, cx.difference_in_differences."
    raise ValuesError(
        f"an interrupted time series needs {FEWEST} waves on each side of the change. {there}{names}. {advice}"
    )


def _wanted(columns: Floats, when: Floats, at: float, late: Bools) -> Floats:
    """(m, k) what is told: the four figures, the line without the change, and the effect in each wave after."""
    k = columns.shape[1]
    since = when[late] - at
    figures = np.zeros((4, k))
    figures[0, 2] = figures[1, 3] = figures[2, 2] = figures[3, 1] = 1
    figures[2, 3] = since.mean()
    without = columns.copy()
    without[:, 2:4] = 0
    effects = np.zeros((len(since), k))
    effects[:, 2] = 1
    effects[:, 3] = since
    return np.vstack([figures, without, effects])


def _lines(lines: Lines, n: int) -> list[Line]:
    """The four figures as lines of the table."""
    figures = zip(*(figures[: len(LINES)].tolist() for figures in lines[:4]), strict=True)
    return [(quantity, n, *estimate) for quantity, estimate in zip(LINES, figures, strict=True)]


def _placebo(before: Series, level: float) -> list[Line]:
    """The step in the middle of the waves before the change."""
    is_second = before.when > np.median(before.when)
    middle = float(before.when[is_second].min())
    columns = broken_line(before.when, middle, None)
    step = np.array([[0.0, 0.0, 1.0, 0.0]])
    lines = told_lines(columns, step, before, level)
    estimate, low, high, p_value = (float(figures[0]) for figures in lines[:4])
    return [(PLACEBO, sum(cell.size for cell in before.cells), estimate, low, high, p_value)]


def _cells(metric: Metric, series: Series, late: Bools, level: float) -> pd.DataFrame:
    """The mean of all answers before and after."""
    lines = []
    for period, which in (("before", ~late), ("after", late)):
        waves = [wave for wave, is_there in zip(series.waves, which, strict=True) if is_there]
        cells = [cell for cell, is_there in zip(series.cells, which, strict=True) if is_there]
        together = _together(cells)
        standing = metric.asked(*level_of(together, metric.kind, level))
        lines.append(("all", period, join_waves(waves), together.size, *standing))
    return pd.DataFrame(lines, columns=["group", "period", "waves", "n", "mean", "low", "high"])


def _together(cells: list[Sample]) -> Sample:
    """The answers of several waves."""
    values = np.concatenate([cell.value for cell in cells])
    weights = np.concatenate([cell.w for cell in cells])
    labels = pd.concat([cell.labels for cell in cells], ignore_index=True)
    return Sample(values, weights, None, labels)


def _by_wave(metric: Metric, series: Series, lines: Lines, late: Bools) -> pd.DataFrame:
    """The series, what it would be without the change, and the effect in each wave, by the lines."""
    waves = len(late)
    edges = EDGES.get(metric.kind, (-np.inf, np.inf))
    first = len(LINES)
    without = [np.clip(figures[first : first + waves], *edges) for figures in lines[:3]]
    effects = np.full((3, waves), np.nan)
    effects[0] = series.mean - lines.estimate[first : first + waves]
    effects[:, late] = [figures[first + waves :] for figures in lines[:3]]
    rows = []
    for place, wave in enumerate(series.waves):
        mean, _, _ = metric.asked(*[series.mean[place]] * 3)
        line = metric.asked(*(float(figures[place]) for figures in without))
        period = "after" if late[place] else "before"
        rows.append((wave, period, series.cells[place].size, mean, *line, *effects[:, place]))
    return pd.DataFrame(rows, columns=BY_WAVE).astype({"n": "Int64"})


def _note(survey: Survey, series: Series, lines: Lines, season: int | None) -> str:
    """What judges, and what is supposed."""
    told = [
        f"Judged by {len(series.waves)} waves, {lines.df} degrees of freedom. How much of a swing carries over to the "
        f"next wave is not known and counts as such; this series speaks for about {number(lines.carry_over, 1)} of it.",
    ]
    numbers = wave_numbers(waves_of(survey))
    missing = round(numbers[-1]) + 1 - len(numbers)
    if missing > 0:
        told.append(f"Missing between these: {plural(missing, 'wave')}, which count as time.")
    if season:
        told.append(f"The same season comes every {season} waves.")
    if series.hidden:
        told.append(f"Left out: {plural(series.hidden, 'wave')} with too few answers.")
    return " ".join([*told, *survey.about_scales()])
