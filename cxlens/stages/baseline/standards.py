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
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import TOO_FEW, count, interval, number, percent, plural, wave_words
from cxlens.engine.labels import NOT_STATED
from cxlens.errors import OptionError, check_level
from cxlens.stages.baseline.measured import Measured, read_measurements
from cxlens.stages.baseline.record import FEW, Scorecard, rescore, scorecard
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.intervals import mean_interval, wilson
from cxlens.study.asked import lowest_is_best
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import SURVEY_METRICS, Standard, TouchpointMap
from cxlens.study.waves import words_in_order

TABLE = [
    "touchpoint", "stage", "metric", "unit", "wave", "n", "value", "low", "high", "target", "better", "gap", "p_met",
    "share_met", "share_met_low", "share_met_high", "p_value", "q_value", "note",
]  # fmt: skip
WORDS = {"touchpoint", "stage", "metric", "unit", "wave", "n", "better", "note"}  # columns that are no plain number
CLEAR = 0.05  # q-value from which a standard counts as clearly met or missed
Line = dict[str, Any]  # a row of the table, by column


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
    mean = float(values[0]) if summed_up else float(values.mean())
    notes = [f"fewer than {FEW} cases"] if n < FEW else []
    if standard.share:
        low, high = wilson(mean * n, n, level)
        error, df = _error_of_share(standard.target, n)
    else:
        error, df = _error_of_mean(_spread(cases), n)
        low, high = mean_interval(mean, error**2 * n, n, level)
        if not error > 0:
            notes.append("no spread is known: no interval")
    line = {"n": n, "value": mean, "low": float(low), "high": float(high)}
    if standard.better is None:
        notes.append("which side is better is not said: write <= or >= in the standard")
        return line | {"note": "; ".join(notes)}
    gap = _gap(mean, standard)
    line |= {"gap": gap, "p_met": float(special.stdtr(df, gap / error)), "p_value": float(wald_p(gap, error, df))}
    if not summed_up and not standard.share:
        line |= _share_met(values, standard, level)
    return line | {"note": "; ".join(notes)}


def _spread(cases: pd.DataFrame) -> float:
    """The standard deviation of the cases, or the one given with their mean; NaN where it is not known."""
    if "n" not in cases and len(cases) > 1:
        return float(cases["value"].to_numpy(float).std(ddof=1))
    return float(cases.iloc[0].get("sd", np.nan))


def _error_of_share(target: float, n: int) -> tuple[float, float]:
    """Standard error and degrees of freedom of a share that is the target, as Wilson's interval has it.

    A target of 0 or 1 has no spread: half a case, then.
    """
    return float(np.sqrt(target * (1 - target) / n)) or 0.5 / n, np.inf


def _error_of_mean(sd: float, n: int) -> tuple[float, float]:
    """Standard error and degrees of freedom of a mean; NaN where no spread is known."""
    if n > 1 and sd > 0:
        return float(sd / np.sqrt(n)), n - 1
    return np.nan, np.nan


def _gap(value: Any, standard: Standard) -> Any:
    """How far a figure, or each of many, is on the good side of a target."""
    away = value - standard.target
    return away if standard.better == "higher" else -1 * away


def _share_met(values: NDArray[np.float64], standard: Standard, level: float) -> Line:
    """The share of cases that kept the target, with its interval."""
    n = len(values)
    met = int((_gap(values, standard) >= 0).sum())
    low, high = wilson(met, n, level)
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
    """Which standards are clearly missed, and how many are measured and met."""
    if latest.empty:
        return Finding("The map has no standards")
    measured = int(latest["value"].notna().sum())
    verb = "is" if 1 in (measured, len(latest)) else "are"
    known = f"{measured} of {plural(len(latest), 'standard')} {verb} measured"
    clear = latest["q_value"] < CLEAR
    met = int((clear & (latest["gap"] > 0)).sum())
    also = [f"Clearly met: {met}"] if met else []
    missed = latest[clear & (latest["gap"] < 0)].sort_values("q_value", kind="stable")
    if len(missed):
        items = [_missed(row) for row in missed.to_dict("records")]
        return Finding("Clearly missed", items=items, more=[known, *also])
    if measured:
        return Finding("No standard is clearly missed", more=[known, *also])
    return Finding(known)


def _missed(row: dict[Any, Any]) -> Item:
    """``waiting time of Desk (12 minutes [10.86, 13.14], at most 10, n = 50)``."""
    target = f"{'at most' if row['better'] == 'lower' else 'at least'} {row['target']:g}"
    wave = f"in {row['wave']}, " if row["wave"] else ""
    return Item(
        name=f"{row['metric'].replace('_', ' ')} of {row['touchpoint']}",
        figure=_figure(row["value"], row["unit"]),
        interval=interval(row["low"], row["high"]),
        certainty=f"{wave}{target}, n = {count(row['n'])}",
    )


def _figure(value: float, unit: str) -> str:
    """``12 minutes``: whole figures without decimals."""
    figure = number(value).removesuffix(".00")
    return f"{figure} {unit}" if unit else figure
