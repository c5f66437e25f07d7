"""Emotion: how strongly each touchpoint is felt along the way, and how often that is in a bad moment.

Strength of feeling comes from the survey's ``emotion`` columns. What people say is in
:mod:`cxlens.stages.baseline.comments`; pictures do not belong here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import in_one
from cxlens.common.result import View
from cxlens.common.values import count, number, percent
from cxlens.engine.labels import segment_of
from cxlens.errors import ValuesError, check_kind, check_level
from cxlens.stages.baseline.cells import Figure, hidden_reasons, weighted_figure
from cxlens.stages.drivers.moments_of_truth import strength_of
from cxlens.stats.intervals import effective_n, normal_quantile
from cxlens.study.survey import Scale, Survey
from cxlens.study.touchpoints import TouchpointMap

Floats = NDArray[np.float64]
FIGURES = {"strength": "strength_", "mean": "", "correlation": "correlation_", "strong_and_low": "strong_and_low_"}


def emotion(
    survey: Survey,
    touchpoint_map: TouchpointMap | None = None,
    *,
    by: str | None = None,
    level: float = 0.95,
    min_n: int = 5,
) -> View:
    """How strongly each touchpoint is felt, beside how well it is rated.

    Parameters
    ----------
    survey
        A survey that names columns of strength: ``Survey(..., emotion={touchpoint: column})``. Signs are ignored: -3
        is as strong as 3; codes that the scale calls blank or not used are blank here, too, where none is negative.
    touchpoint_map
        Puts the touchpoints in order along its stages; touchpoints that are not on it come last.
    by
        A segment column: rows for each segment.
    level
        Confidence level of the intervals.
    min_n
        Cells of fewer answers are blank, and the next smallest where they would follow from the rest.

    Returns
    -------
    View
        Of kind "emotion". Columns: ``segment`` (with ``by``), ``stage`` (with a map), ``touchpoint``, ``n`` answers
        with a strength and a score, ``strength`` (mean) with interval, ``mean`` score with ``low`` and ``high``,
        ``correlation`` of the two with interval (Fisher's z), ``strong_and_low`` (share of answers that are both) with
        interval (Wilson), ``note``. All weighted, on the effective n, with answers taken as independent. Part ``cuts``:
        above which ``strength`` and below which ``score`` an answer is strong and low: the middles of the strengths
        given anywhere and of the scale.

    Raises
    ------
    ColumnError, ValuesError
        Without columns of strength, for a column that is no segment, or strengths that are no numbers.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"web": [5, 4, 1, 2, 1, 3], "felt": [3, 1, 5, 4, 5, 2], "nps": [9, 8, 2, 4, 1, 7]})
    >>> from cxlens.stages.baseline.emotion import emotion
    >>> emotion(cx.Survey(answers, touchpoints=["web"], outcome={"nps": "nps"}, scale=cx.Scale(1, 5),
    ...                   emotion={"web": "felt"}))
    Bad moments are felt strongly most often at web: 50 % [19 %, 81 %]; strength 3.33, score 2.67. n = 6.
    """
    kind = "cx.Survey(data, touchpoints=[...], outcome=..., emotion={touchpoint: column})"
    check_kind("emotion", survey, Survey, kind)
    check_level(level)
    survey.check_by(by)
    if not survey.emotion:
        raise ValuesError(
            "the survey has no strength of feeling. Name it in Survey(..., emotion={touchpoint: column})."
        )
    rows, stages = survey.rows(), _stages(survey, touchpoint_map)
    felt = {name: strength_of(rows.labels[survey.emotion[name]], survey.scale) for name in stages}
    given = np.concatenate(list(felt.values()))
    if np.isnan(given).all():
        raise ValuesError("the survey's emotion columns are empty. Name columns with numbers, such as 1 (calm) to 5.")
    strong = float(np.nanmin(given) + np.nanmax(given)) / 2
    low = survey.scale.middle if survey.scale else float(np.nanmin(rows.scores) + np.nanmax(rows.scores)) / 2
    segments, lines = segment_of(rows, by), []
    for name, strength in felt.items():
        score = rows.scores[:, survey.touchpoints.index(name)]
        both = ~np.isnan(score) & ~np.isnan(strength) & (rows.weights > 0)
        hidden = hidden_reasons(pd.Series(segments[both], dtype=object).value_counts(), min_n)
        for segment in sorted(set(segments)):
            own = both & (segments == segment)
            note = hidden.get(segment, "" if own.any() else "no answers")
            line = {"segment": segment, "stage": stages[name], "touchpoint": name, "n": pd.NA, "note": note}
            x, y, w = strength[own], score[own], rows.weights[own]
            lines.append(line if note else line | _figures(x, y, w, (strong, low), level, survey.scale))
    order = [name for figure, prefix in FIGURES.items() for name in (figure, f"{prefix}low", f"{prefix}high")]
    table = pd.DataFrame(lines, columns=["segment", "stage", "touchpoint", "n", *order, "note"]).astype({"n": "Int64"})
    table = table.sort_values("segment", kind="stable", ignore_index=True)  # blocks, each in the order of the stages
    table = table.drop(columns=[*([] if by else ["segment"]), *([] if touchpoint_map else ["stage"])])
    n = count((~np.isnan(given)).sum())
    note = (
        f"Strength of feeling{f' by {by}' if by else ''}, n = {n} answers, intervals {percent(level)}. "
        f"Strong: above {number(strong, 1)}; low: a score below {number(low, 1)}."
    )
    cuts = pd.DataFrame([{"strength": strong, "score": low}])
    return View("baseline/emotion", table, in_one(_sentence(table, min_n)), note, survey, {"cuts": cuts})


def _stages(survey: Survey, touchpoint_map: TouchpointMap | None) -> dict[str, str]:
    """The touchpoints with a strength and their stage, in the order of the stages, then of the map."""
    if touchpoint_map is None:
        return {name: "" for name in survey.touchpoints if name in survey.emotion}
    stages = touchpoint_map.lifecycle.names
    ordered = sorted(touchpoint_map, key=lambda one: stages.index(one.stage))
    found = {one.name: one.stage for one in ordered if one.name in survey.emotion}
    return found | {name: "" for name in survey.touchpoints if name in survey.emotion and name not in found}


def _figures(
    strength: Floats, score: Floats, w: Floats, cuts: tuple[float, float], level: float, scale: Scale | None
) -> dict[str, Any]:
    """Strength, score, their correlation and the share of strong and low answers, each with its interval."""
    bad = ((strength > cuts[0]) & (score < cuts[1])).astype(float)
    figures = [
        weighted_figure(strength, w, "mean", level),
        weighted_figure(score, w, "mean", level, scale),
        _correlation(strength, score, w, level),
        weighted_figure(bad, w, "share", level),
    ]
    line: dict[str, Any] = {"n": len(w)}
    for (name, prefix), (value, least, most) in zip(FIGURES.items(), figures, strict=True):
        line |= {name: value, f"{prefix}low": least, f"{prefix}high": most}
    return line


def _correlation(x: Floats, y: Floats, w: Floats, level: float) -> Figure:
    """Weighted correlation with Fisher's interval; NaN where one of them does not vary or n is 3 or less."""
    n = float(effective_n(w.sum(), (w**2).sum()))
    x, y = x - w @ x / w.sum(), y - w @ y / w.sum()
    spread = np.sqrt((w @ x**2) * (w @ y**2))
    if not spread > 1e-9 * w.sum():
        return (np.nan,) * 3
    r = float(np.clip(w @ (x * y) / spread, -1, 1))
    if n <= 3 or abs(r) > 1 - 1e-12:
        return r, np.nan, np.nan
    z, half = np.arctanh(r), normal_quantile(level) / np.sqrt(n - 3)
    return r, float(np.tanh(z - half)), float(np.tanh(z + half))


def _sentence(table: pd.DataFrame, min_n: int) -> str:
    """Where bad moments are felt most strongly."""
    known = table.dropna(subset="strong_and_low")
    if not len(known):
        return f"Too few answers tell how strongly a touchpoint is felt: fewer than {min_n} each."
    top = known.sort_values("strong_and_low_low", kind="stable").iloc[-1]
    ends = f"[{percent(top['strong_and_low_low'])}, {percent(top['strong_and_low_high'])}]"
    where = str(top["touchpoint"]) + (f" among {top['segment']}" if "segment" in table else "")
    others = known.drop(index=top.name)["strong_and_low_high"]
    alike = len(others) > 0 and others.max() >= top["strong_and_low_low"]
    return (
        f"Bad moments are felt strongly most often at {where}{', though not told apart from others' if alike else ''}: "
        f"{percent(top['strong_and_low'])} {ends}; "
        f"strength {number(top['strength'])}, score {number(top['mean'])}. n = {count(top['n'])}."
    )
