"""Whether touchpoints keep their standards, wave by wave: scores, shares, waiting times, accuracies.

Scores come from the survey by way of :mod:`cxlens.stages.baseline.baseline`, everything else from figures that somebody
measured. What is done about a standard that is missed does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from cxlens.common.finding import in_one
from cxlens.common.result import View
from cxlens.common.values import count, interval, number, percent, plural, wave_words
from cxlens.engine.labels import NOT_STATED, natural
from cxlens.errors import FileError, OptionError, ValuesError, check_kind, check_level, listing, unknown_name
from cxlens.files.tables import check_header, read_rows
from cxlens.stages.baseline.record import FEW, scorecard
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.intervals import mean_interval, wilson
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import SURVEY_METRICS, Standard, TouchpointMap

COLUMNS = ("touchpoint", "metric", "wave", "n", "value", "sd")
NEEDED = ("touchpoint", "metric", "value")
TABLE = [
    "touchpoint", "stage", "metric", "unit", "wave", "n", "value", "low", "high", "target", "better", "gap", "p_met",
    "share_met", "share_met_low", "share_met_high", "p_value", "q_value", "note",
]  # fmt: skip
CLEAR = 0.05  # q-value from which a standard counts as clearly met or missed
Key = tuple[str, str]  # touchpoint and metric


def standards(
    touchpoint_map: TouchpointMap,
    measurements: str | Path | pd.DataFrame | None = None,
    *,
    survey: Survey | None = None,
    level: float = 0.95,
    min_n: int = 5,
) -> View:
    """Hold what was measured against the standards of the map, wave by wave.

    Parameters
    ----------
    touchpoint_map
        The map; its touchpoints have the standards.
    measurements
        A path to a CSV file, or a frame, with the columns ``touchpoint``, ``metric`` (as the standard calls it),
        ``value`` and, if there are several, ``wave`` (they come in order: numbers by size, then text). With a
        column ``n``, a row sums up so many cases: ``value`` is their mean, ``sd`` their standard deviation; of a share,
        from 0 to 1, no ``sd`` is needed. Without it, a row is one case; of a share, ``value`` is then 1 (right) or 0
        (wrong).
    survey
        Where ``mean`` and ``top_box`` come from, by its time column if it has one.
    level
        Confidence level of the intervals.
    min_n
        Scores of fewer answers of the survey are left blank.

    Returns
    -------
    View
        ``table``, one row a standard and wave: ``touchpoint``, ``stage``, ``metric``, ``unit``, ``wave``, ``n`` cases
        or answers, ``value`` with ``low`` and ``high``, ``target``, ``better`` ("higher" or "lower"), ``gap`` (how far
        on the good side; negative: missed), ``p_met`` (probability that the true figure meets the target),
        ``share_met`` (of cases that kept the target, with its interval; where cases are given), ``p_value`` (two-sided,
        of the target being the true figure), ``q_value`` (over the table), ``note``. A standard that nothing measures
        has a row with a note. ``parts["latest"]``: each standard in its last wave.

    Raises
    ------
    FileError, ColumnError, OptionError, ValuesError
        When the measurements cannot be read, name a touchpoint that is not on the map or a metric that is no standard
        of it, or hold a figure that cannot be.

    Notes
    -----
    Means have Student's interval, shares Wilson's (1927); the probabilities read the same distributions: a share is
    tested with the spread it would have at the target, as Wilson's interval does. Scores of the survey have the
    intervals and probabilities of :func:`cxlens.baseline`. A standard that does not say which side is better is not
    judged. q-values are those of Benjamini and Hochberg (1995).

    Examples
    --------
    >>> import cxlens as cx, pandas as pd
    >>> from cxlens.stages.baseline.standards import standards
    >>> wait = cx.Standard("waiting time", 10, unit="minutes", better="lower")
    >>> desk = cx.Touchpoint("Desk", stage="arrive", standards=[wait])
    >>> figures = pd.DataFrame({"touchpoint": ["Desk"], "metric": ["waiting time"], "n": [50], "value": [12],
    ...                         "sd": [4]})
    >>> standards(cx.TouchpointMap([desk], cx.Lifecycle(["arrive"])), figures)
    1 of 1 standard is measured. Clearly missed: Desk, waiting time 12 minutes [10.86, 13.14], at most 10, n = 50.
    """
    check_kind("standards", touchpoint_map, TouchpointMap, "cx.TouchpointMap([...], lifecycle)")
    check_level(level)
    if survey is not None:
        check_kind("standards", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    found = {} if measurements is None else _measured(measurements, touchpoint_map)
    lines = list(_survey_lines(touchpoint_map, survey, level, min_n)) if survey else []
    for place in touchpoint_map:
        for standard in place.standards:
            head: dict[str, Any] = {
                "touchpoint": place.name,
                "stage": place.stage,
                "metric": standard.metric,
                "unit": standard.unit or "",
            }
            head |= {"target": standard.target, "better": standard.better}
            waves = found.get((place.name, standard.metric), {"": None})
            for wave, cases in sorted(waves.items(), key=lambda own: natural(own[0])):
                if cases is not None:
                    lines.append({**head, "wave": wave, **_line(cases, standard, level)})
                elif survey is None or standard.metric not in SURVEY_METRICS:
                    lines.append({**head, "wave": "", "note": "not measured"})
    order = {name: k for k, name in enumerate(touchpoint_map.names)}
    table = pd.DataFrame(lines, columns=TABLE).sort_values(
        "touchpoint", key=lambda names: names.map(order), kind="stable"
    )
    table = table.assign(q_value=benjamini_hochberg(table["p_value"].to_numpy(float))).reset_index(drop=True)
    table = table.astype({name: float for name in TABLE[6:18] if name != "better"}).astype({"n": "Int64"})
    told = table[table["wave"] != NOT_STATED]  # answers without a wave are not its latest
    latest = told.groupby(["touchpoint", "metric", "target"], sort=False).tail(1).reset_index(drop=True)
    note = (
        f"Intervals: {percent(level)}. A gap below 0 misses the standard. Clearly missed or met: q below {CLEAR}, over "
        "all rows of the table."
    )
    return View("baseline/standards", table, in_one(_sentence(latest)), note, touchpoint_map, {"latest": latest})


def _measured(data: Any, touchpoint_map: TouchpointMap) -> dict[Key, dict[str, pd.DataFrame]]:
    """The figures of each standard by wave, checked."""
    if isinstance(data, (str, Path)):
        rows = read_rows(data, NEEDED, COLUMNS)
        frame = pd.DataFrame([row for _, row in rows])
        places = [f"{data}, line {line}: " for line, _ in rows]
        frame = frame.loc[:, [name in NEEDED or bool((frame[name] != "").any()) for name in frame]]
    elif isinstance(data, pd.DataFrame):
        check_header("measurements", list(data.columns), NEEDED, COLUMNS)
        frame = data.reset_index(drop=True)
        places = [f"measurements, row {k}: " for k in range(1, len(frame) + 1)]
    else:
        raise OptionError(f"measurements takes a path or a pandas DataFrame, not a {type(data).__name__}.")
    frame = frame.assign(place=places)
    wave = frame["wave"].map(lambda wave: "" if pd.isna(wave) else wave_words(wave)) if "wave" in frame else ""
    numbers = {name: pd.to_numeric(frame[name], "coerce") for name in ("n", "value", "sd") if name in frame}
    for name, values in numbers.items():
        given = frame[name].notna() & (frame[name].astype(str) != "") if name == "sd" else True
        _refuse(frame, given & ~np.isfinite(values.astype(float)), name, "must be a number", "Write figures only.")
    frame = frame.assign(wave=wave, **numbers)
    known = {(place.name, one.metric): one for place in touchpoint_map for one in place.standards}
    found: dict[Key, dict[str, pd.DataFrame]] = {}
    groups: Any = frame.groupby(["touchpoint", "metric", "wave"], dropna=False)
    for (name, metric, when), own in groups:
        _check_cases(own, name, metric, known, touchpoint_map)
        found.setdefault((name, metric), {})[when] = own
    return found


def _refuse(frame: pd.DataFrame, wrong: Any, name: str, fault: str, advice: str) -> None:
    """Refuse the first row that is wrong."""
    odd = frame[np.asarray(wrong, bool)]
    if len(odd):
        row = odd.iloc[0]
        text = f"{row['place']}{name} {fault}, found {str(row[name]) or 'nothing'}. {advice}"
        raise (ValuesError if text.startswith("measurements, row") else FileError)(text)


def _check_cases(own: pd.DataFrame, name: str, metric: str, known: dict[Key, Standard], whole: TouchpointMap) -> None:
    """Refuse figures that belong to no standard, or cannot be figures of it."""
    place = own["place"].iloc[0]
    kept = [one.metric for one in whole[name].standards] if name in whole else []
    if name not in whole:
        raise OptionError(f"{place}{unknown_name('touchpoint', name, whole.names, 'Touchpoints')}")
    if metric not in kept:
        raise OptionError(
            f"{place}touchpoint {name!r} has no standard {metric!r}. Standards: {listing(kept) or 'none'}."
        )
    if metric in SURVEY_METRICS:
        raise OptionError(f"{place}{metric!r} comes from the survey. Leave the row out, and give survey=.")
    if "n" in own:
        _refuse(own, (own["n"] < 1) | (own["n"] % 1 != 0), "n", "must be a whole number from 1", "Give cases counted.")
        if len(own) > 1:
            raise ValuesError(
                f"{own['place'].iloc[1]}{metric!r} of {name!r} is there twice for wave {own['wave'].iloc[0]!r}, first "
                f"in {place.split(', ')[-1].removesuffix(': ')}. Keep one row, or leave out column n and give cases."
            )
    if "sd" in own:
        _refuse(own, own["sd"] < 0, "sd", "must not be negative", "Give the standard deviation of the cases.")
    if known[name, metric].share:
        wrong = (own["value"] < 0) | (own["value"] > 1)
        _refuse(own, wrong, "value", "must be a share from 0 to 1", "Give 0.98 for 98 %.")
        if "n" not in own:
            _refuse(own, ~own["value"].isin([0, 1]), "value", "must be 1 (right) or 0 (wrong)", "Or add a column n.")


def _line(cases: pd.DataFrame, standard: Standard, level: float) -> dict[str, Any]:
    """What the cases of one wave say about a standard."""
    one, value = cases.iloc[0], cases["value"].to_numpy(float)
    n, mean = (int(one["n"]), float(value[0])) if "n" in cases else (len(value), float(value.mean()))
    sd = value.std(ddof=1) if "n" not in cases and n > 1 else float(one.get("sd", np.nan))
    line: dict[str, Any] = {"n": n, "value": mean}
    notes = [f"fewer than {FEW} cases"] if n < FEW else []
    if standard.share:
        low, high = wilson(mean * n, n, level)
        target = standard.target
        # The spread at the target, as Wilson's interval has it; a target of 0 or 1 has none: half a case, then.
        error, df = np.sqrt(target * (1 - target) / n) or 0.5 / n, np.inf
    else:
        error, df = (sd / np.sqrt(n), n - 1) if n > 1 and sd > 0 else (np.nan, np.nan)
        low, high = mean_interval(mean, error**2 * n, n, level)
        notes += [] if error > 0 else ["no spread is known: no interval"]
    line |= {"low": float(low), "high": float(high)}
    if standard.better is None:
        notes.append("which side is better is not said: write <= or >= in the standard")
        return line | {"note": "; ".join(notes)}
    sign = 1 if standard.better == "higher" else -1
    gap = sign * (mean - standard.target)
    line |= {"gap": gap, "p_met": float(special.stdtr(df, gap / error)), "p_value": float(wald_p(gap, error, df))}
    if "n" not in cases and not standard.share:
        kept = int((sign * (value - standard.target) >= 0).sum())
        line |= dict(zip(("share_met_low", "share_met_high"), map(float, wilson(kept, n, level)), strict=True))
        line["share_met"] = kept / n
    return line | {"note": "; ".join(notes)}


def _survey_lines(whole: TouchpointMap, survey: Survey, level: float, min_n: int) -> Iterator[dict[str, Any]]:
    """The scores by wave; a baseline judges one standard a touchpoint, so each round of standards has its own."""
    scores = {place: [one for one in place.standards if one.metric in SURVEY_METRICS] for place in whole}
    for turn in zip_longest(*scores.values()):
        asked = [replace(place, standards=[one]) for place, one in zip(scores, turn, strict=True) if one]
        if not asked:
            continue
        table = scorecard(survey, TouchpointMap(asked, whole.lifecycle), by=survey.time, min_n=min_n, level=level).table
        for row in table[table["touchpoint"].isin([place.name for place in asked])].to_dict("records"):
            prefix = "" if row["metric"] == "mean" else "top_box_"
            p = row["p_met"]
            yield {
                "touchpoint": row["touchpoint"], "stage": row["stage"], "metric": row["metric"], "unit": "",
                "wave": wave_words(row["segment"]) if survey.time else "", "n": row["n"],
                "value": row["mean" if row["metric"] == "mean" else "top_box"],
                "low": row[f"{prefix}low"], "high": row[f"{prefix}high"], "target": row["standard"],
                "better": "higher", "gap": row["gap"], "p_met": p, "p_value": 2 * min(p, 1 - p), "note": row["note"],
            }  # fmt: skip


def _sentence(latest: pd.DataFrame) -> str:
    """How many standards are measured, and which are clearly missed or met."""
    if latest.empty:
        return "The map has no standards."
    measured = latest["value"].notna()
    verb = "is" if 1 in (measured.sum(), len(latest)) else "are"
    words = [f"{measured.sum()} of {plural(len(latest), 'standard')} {verb} measured."]
    clear = latest["q_value"] < CLEAR
    missed = latest[clear & (latest["gap"] < 0)].sort_values("q_value", kind="stable")
    if len(missed):
        said = "; ".join(_said(row) for row in missed.head(3).to_dict("records"))
        more = f"; and {len(missed) - 3} more" if len(missed) > 3 else ""
        words.append(f"Clearly missed: {said}{more}.")
    elif measured.any():
        words.append("None is clearly missed.")
    met = int((clear & (latest["gap"] > 0)).sum())
    return " ".join([*words, *([f"Clearly met: {met}."] if met else [])])


def _said(row: dict[Any, Any]) -> str:
    """``Desk, waiting time 12 minutes [10.86, 13.14], at most 10, n = 50``."""
    unit = f" {row['unit']}" if row["unit"] else ""
    wave = f" in {row['wave']}" if row["wave"] else ""
    target = f"{'at most' if row['better'] == 'lower' else 'at least'} {row['target']:g}"
    figure = f"{number(row['value']).removesuffix('.00')}{unit} {interval(row['low'], row['high'])}"
    return f"{row['touchpoint']}, {row['metric'].replace('_', ' ')} {figure}{wave}, {target}, n = {count(row['n'])}"
