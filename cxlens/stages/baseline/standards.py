"""Whether touchpoints keep their standards, wave by wave: scores, shares, waiting times, accuracies.

Scores come from the survey by way of :mod:`cxlens.stages.baseline.record`, everything else from figures that somebody
measured, read in :mod:`cxlens.stages.baseline.measured`. What is done about a standard that is missed does not belong
here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import CLEAR, TOO_FEW, closest_percent, count, interval, number, percent, plural, wave_words
from cxlens.engine.labels import NOT_STATED
from cxlens.errors import OptionError, check_level
from cxlens.stages.baseline.measured import Measured, read_measurements
from cxlens.stages.baseline.record import FEW, Scorecard, rescore, scorecard
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.intervals import mean_interval
from cxlens.stats.mid_p import below_mid, mid_p_interval
from cxlens.stats.skewed import below, skewed_mean_interval
from cxlens.study.asked import lowest_is_best
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import SURVEY_METRICS, Standard, TouchpointMap
from cxlens.study.waves import words_in_order

TABLE = [
    "touchpoint", "stage", "metric", "unit", "wave", "n", "value", "low", "high", "target", "better", "gap", "p_met",
    "share_met", "share_met_low", "share_met_high", "p_value", "q_value", "note",
]  # fmt: skip
WORDS = {"touchpoint", "stage", "metric", "unit", "wave", "n", "better", "note"}  # columns that are no plain number
SKEWED = 0.5  # standard deviations over the mean: more of what cannot be negative is skewed
NO_SPREAD = "no spread is known: no interval"
Line = dict[str, Any]  # a row of the table, by column


class _Judged(NamedTuple):
    """A figure with its interval, and how probable it is that the true one is below its target."""

    value: float
    low: float
    high: float
    below: float
    note: str = ""


def standards(
    touchpoint_map: TouchpointMap,
    measurements: str | Path | pd.DataFrame | None = None,
    *,
    survey: Survey | None = None,
    level: float = 0.95,
    min_n: int = 5,
) -> View:
    """Hold what was measured, and the scores of a survey, against the standards of a map, wave by wave.

    See :meth:`cxlens.stages.baseline.baseline.Baseline.standards`, which takes the map and the survey of its baseline.
    """
    check_level(level)
    measured = {} if measurements is None else read_measurements(measurements, touchpoint_map)
    lines = list(_survey_lines(touchpoint_map, survey, level, min_n)) if survey else []
    lines += _measured_lines(touchpoint_map, measured, survey is not None, level)
    table = _table(lines, touchpoint_map)
    stated = table[table["wave"] != NOT_STATED]  # answers without a wave are not its latest
    by_standard = stated.groupby(["touchpoint", "metric", "target"], sort=False)
    latest = by_standard.tail(1).reset_index(drop=True)

    def again(answers: Survey) -> View:
        return standards(touchpoint_map, measurements, survey=answers, level=level, min_n=min_n)

    note = (
        f"Intervals: {percent(level)}. A gap below 0 misses the standard. Clearly missed or met: q below {CLEAR}, over "
        "all rows of the table."
    )
    looked_at = touchpoint_map if survey is None else survey
    parts = {"latest": latest}
    return View("baseline/standards", table, _finding(latest), note, looked_at, parts, again=again, level=level)


def standards_of(record: Scorecard, measurements: str | Path | pd.DataFrame | None = None) -> View:
    """The same of the map and the survey of a record."""
    if record.touchpoint_map is None:
        raise OptionError("standards stand on a map. Give cx.baseline(survey, touchpoint_map).")
    view = standards(record.touchpoint_map, measurements, survey=record.survey, level=record.level, min_n=record.min_n)

    def again(answers: Survey | Scorecard) -> View:
        return standards_of(rescore(record, answers), measurements)

    return replace(view, record=record, again=again)


def _table(lines: list[Line], touchpoint_map: TouchpointMap) -> pd.DataFrame:
    """The lines in the order of the map."""
    order = {name: place for place, name in enumerate(touchpoint_map.names)}
    table = pd.DataFrame(lines, columns=TABLE)
    table = table.sort_values("touchpoint", key=lambda names: names.map(order), kind="stable", ignore_index=True)
    table["q_value"] = benjamini_hochberg(table["p_value"].to_numpy(float))
    numbers = {name: float for name in TABLE if name not in WORDS}
    return table.astype({**numbers, "n": "Int64"})


def _measured_lines(
    touchpoint_map: TouchpointMap, measured: Measured, with_scores: bool, level: float
) -> Iterator[Line]:
    """A line for each standard and wave that was measured; one that nothing measures has a line with a note."""
    for place in touchpoint_map:
        for standard in place.standards:
            head = {
                "touchpoint": place.name,
                "stage": place.stage,
                "metric": standard.metric,
                "unit": standard.unit or "",
                "target": standard.target,
                "better": standard.better,
            }
            waves = measured.get((place.name, standard.metric), {})
            for wave in words_in_order(list(waves), f"the measurements of {place.name!r}"):
                yield {**head, "wave": wave, **_line(waves[wave], standard, level)}
            scored = with_scores and standard.metric in SURVEY_METRICS
            if not waves and not scored:
                yield {**head, "wave": "", "note": "not measured"}


def _line(cases: pd.DataFrame, standard: Standard, level: float) -> Line:
    """What the cases of one wave say about a standard."""
    values = cases["value"].to_numpy(float)
    summed_up = "n" in cases
    n = int(cases["n"].iloc[0]) if summed_up else len(values)
    notes = [f"fewer than {FEW} cases"] if n < FEW else []
    if standard.share:
        judged = _of_share(float(values.mean()), n, standard.target, level)
    elif summed_up:
        judged = _of_sum(cases.iloc[0], standard.target, level)
    else:
        judged = _of_cases(values, standard.target, level)
    if judged.note:
        notes.append(judged.note)
    line: Line = {"n": n, "value": judged.value, "low": judged.low, "high": judged.high}
    if standard.better is None:
        notes.append("which side is better is not said: write <= or >= in the standard")
        return line | {"note": "; ".join(notes)}
    p_met = 1 - judged.below if standard.better == "higher" else judged.below
    line |= {
        "gap": _gap(judged.value, standard),
        "p_met": p_met,
        "p_value": min(2 * min(p_met, 1 - p_met), 1.0),
    }
    if not summed_up and not standard.share:
        line |= _share_met(values, standard, level)
    return line | {"note": "; ".join(notes)}


def _of_share(share: float, n: int, target: float, level: float) -> _Judged:
    """A share of n cases, by mid-p."""
    hits = round(share * n)
    low, high = mid_p_interval(hits, n, level)
    return _Judged(
        value=share,
        low=float(low),
        high=float(high),
        below=1 - float(below_mid(hits, n, target)),
    )


def _of_cases(values: NDArray[np.float64], target: float, level: float) -> _Judged:
    """The mean of cases, which may be skewed."""
    mean = float(values.mean())
    if len(values) < 2 or not np.ptp(values) > 0:
        return _Judged(mean, np.nan, np.nan, np.nan, NO_SPREAD)
    low, high = skewed_mean_interval(values, level)
    return _Judged(mean, low, high, below(values, target))


def _of_sum(given: pd.Series[Any], target: float, level: float) -> _Judged:
    """A mean that was given with its standard deviation, by Student's t."""
    n = int(given["n"])
    mean = float(given["value"])
    sd = float(given.get("sd", np.nan))
    if n < 2 or not sd > 0:
        return _Judged(mean, np.nan, np.nan, np.nan, NO_SPREAD)
    low, high = mean_interval(mean, sd**2, n, level)
    ends = (float(low), float(high))
    if mean > 0 and sd > SKEWED * mean:
        return _Judged(mean, *ends, np.nan, "so wide a spread is skewed: not judged without the cases")
    t = (target - mean) * np.sqrt(n) / sd
    return _Judged(mean, *ends, float(special.stdtr(n - 1, t)))


def _gap(value: Any, standard: Standard) -> Any:
    """How far a figure, or each of many, is on the good side of a target."""
    away = value - standard.target
    if standard.better == "higher":
        return away
    return -1 * away


def _share_met(values: NDArray[np.float64], standard: Standard, level: float) -> Line:
    """The share of cases that kept the target, with its interval."""
    n = len(values)
    met = int((_gap(values, standard) >= 0).sum())
    low, high = mid_p_interval(met, n, level)
    return {"share_met": met / n, "share_met_low": float(low), "share_met_high": float(high)}


def _survey_lines(whole: TouchpointMap, survey: Survey, level: float, min_n: int) -> Iterator[Line]:
    """The scores by wave; a scorecard judges one standard a touchpoint, so each round of standards has its own."""
    by_place = {
        place: [standard for standard in place.standards if standard.metric in SURVEY_METRICS] for place in whole
    }
    for turn in zip_longest(*by_place.values()):
        asked = [
            replace(place, standards=[standard]) for place, standard in zip(by_place, turn, strict=True) if standard
        ]
        if not asked:
            continue
        places = TouchpointMap(asked, whole.lifecycle)
        table = scorecard(survey, places, by=survey.time, min_n=min_n, level=level).shown
        better = "lower" if lowest_is_best(survey.scale) else "higher"
        for row in table[table["touchpoint"].isin(places.names)].to_dict("records"):
            yield _score_line(row, wave_words(row["segment"]) if survey.time else "", better)


def _score_line(row: dict[Any, Any], wave: str, better: str) -> Line:
    """A row of the scorecard as a line of standards; ``better``: which side of a mean is."""
    prefix = "" if row["metric"] == "mean" else "top_box_"
    has_interval = pd.notna(row[f"{prefix}low"])
    not_told = has_interval and pd.notna(row["gap"]) and pd.isna(row["p_met"])
    return {
        "touchpoint": row["touchpoint"],
        "stage": row["stage"],
        "metric": row["metric"],
        "unit": "",
        "wave": wave,
        "n": row["n"],
        "value": row[row["metric"]],
        "low": row[f"{prefix}low"],
        "high": row[f"{prefix}high"],
        "target": row["standard"],
        "better": better if row["metric"] == "mean" else "higher",
        "gap": row["gap"],
        "p_met": row["p_met"],
        "p_value": 2 * min(row["p_met"], 1 - row["p_met"]),
        "note": TOO_FEW.lower() if not_told else row["note"],
    }


def _finding(latest: pd.DataFrame) -> Finding:
    """Which standards are clearly missed, and how many are met, undecided and not measured."""
    if latest.empty:
        return Finding("The map has no standards")
    is_measured = latest["value"].notna()
    measured = int(is_measured.sum())
    clear = latest["q_value"] < CLEAR
    met = int((clear & (latest["gap"] > 0)).sum())
    missed = latest[clear & (latest["gap"] < 0)].sort_values("q_value", kind="stable")
    numbers = {
        "Clearly met": met,
        "Undecided": measured - met - len(missed),
        "Not measured": len(latest) - measured,
    }
    more = [f"{what}: {n}" for what, n in numbers.items() if n]
    if not measured:
        return Finding(f"Nothing is measured for {plural(len(latest), 'standard')}")
    of_measured = plural(measured, "measured standard")
    if missed.empty:
        return Finding(f"No clear miss among {of_measured}", more=more)
    lead = f"{len(missed)} of {of_measured} clearly missed"
    items = [_missed(row) for row in missed.to_dict("records")]
    return Finding(lead, items=items, named=1, more=more)


def _missed(row: dict[Any, Any]) -> Item:
    """``waiting time of Desk (54 % of cases at most 10 minutes [40 %, 67 %], mean 12 minutes, n = 50)``."""
    target = f"{'at most' if row['better'] == 'lower' else 'at least'} {row['target']:g}"
    wave = ""
    if row["wave"]:
        wave = f"in {row['wave']}, "
    figure = _figure(row["value"], row["unit"])
    span = interval(row["low"], row["high"])
    certainty = f"{wave}{target}, n = {count(row['n'])}"
    if pd.notna(row["share_met"]):
        certainty = f"{wave}mean {figure} {span}, n = {count(row['n'])}"
        figure = f"{closest_percent(row['share_met'])} of cases {_figure_of_target(target, row['unit'])}"
        span = f"[{closest_percent(row['share_met_low'])}, {closest_percent(row['share_met_high'])}]"
    return Item(
        name=f"{row['metric'].replace('_', ' ')} of {row['touchpoint']}",
        figure=figure,
        interval=span,
        certainty=certainty,
    )


def _figure_of_target(target: str, unit: str) -> str:
    """``at most 10 minutes``."""
    return f"{target} {unit}" if unit else target


def _figure(value: float, unit: str) -> str:
    """``12 minutes``: whole figures without decimals."""
    figure = number(value).removesuffix(".00")
    return f"{figure} {unit}" if unit else figure
