"""Classic pitfalls of touchpoint work as checks with figures: advocates only, front door only, whipsaw.

The verb :func:`pitfalls`. Its rules are simple on purpose: each is a share against a reference, said in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.finding import in_one
from cxlens.common.result import View
from cxlens.common.values import count, percent, plural
from cxlens.engine.labels import NOT_STATED
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.stages.baseline.comparison import CLEAR
from cxlens.stages.baseline.record import Scorecard
from cxlens.stages.baseline.score import score_means
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stats.inference import wald_p
from cxlens.stats.intervals import wilson
from cxlens.stats.ranks import kendall

COLUMNS = ["pitfall", "figure", "value", "low", "high", "reference", "reference_low", "reference_high", "n", "verdict",
           "next"]  # fmt: skip
FEWEST = 4  # touchpoints of which a share means something
SEEN, NOT_SEEN, UNKNOWN = "seen", "not seen", "cannot be told"
ADVICE = {
    "advocates only": "Ask those who left or complained, and weight answers by response_bias.",
    "front door only": "Move questions, answers and initiatives to the later stages, where the value lies.",
    "whipsaw": "Hold the priorities until a change is beyond noise: pool waves, or ask more people.",
}


def pitfalls(
    record: Scorecard,
    *,
    drivers: Drivers | None = None,
    initiatives: pd.DataFrame | None = None,
    base: Mapping[str, float] | None = None,
) -> View:
    """Check for the field's classic errors: are only advocates heard, only the front door watched, priorities whipped?

    Parameters
    ----------
    baseline
        From :func:`cxlens.baseline`.
    drivers
        From :func:`cxlens.drivers` without ``by``: where the value lies. Without it the map's volumes tell.
    initiatives
        What is planned: a frame with ``touchpoints`` as lists, such as ``study.initiatives()``.
    base
        ``{"promoters": 0.3, "promoters_value": 0.4}``: their share of all customers, and of their value, from 0 to 1.

    Returns
    -------
    View
        ``table``, one row a figure: ``pitfall``, ``figure`` (what is counted), ``value`` with ``low`` and ``high``,
        ``reference`` (what it is held against) with its interval, ``n`` (answers, scores, initiatives or steps),
        ``verdict`` ("seen", "not seen" or "cannot be told"), ``next`` (what to do).

    Raises
    ------
    OptionError, ValuesError
        When drivers are by segment, or a share of ``base`` is not known or not between 0 and 1.

    Notes
    -----
    *Advocates only*: promoters (9 and 10 of an NPS, else the outcome's top box) among answers, with Wilson's interval,
    against their share of customers and of value; seen where the whole interval is above. Likewise the share of
    initiatives of whose touchpoints promoters make up more of the users than of all answers. *Front door only*: the
    share of touchpoints, scores and initiatives on the first half of the stages against the share of importance (or
    volume) there; seen where the interval lies above that of the reference. *Whipsaw*: how often the lowest rated
    touchpoint changes from wave to wave though the two cannot be told apart in the later one (Welch, as if others had
    rated each, p of 0.05 or more); seen from two such changes on, if they are a third of all steps.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> view = cx.baseline(study.survey(), study.map()).pitfalls(base={"promoters": 0.3})
    >>> view.table["pitfall"].drop_duplicates().tolist()
    ['advocates only', 'front door only', 'whipsaw']
    """
    if drivers is not None and drivers.by is not None:
        raise OptionError(f"pitfalls: drivers are by {drivers.by!r}. Give cx.drivers(survey) without by=.")
    known = dict(base or {})
    for name, share in known.items():
        if name not in ("promoters", "promoters_value") or not (isinstance(share, Real) and 0 <= share <= 1):
            raise ValuesError(
                f"base: {name!r} = {share!r} is not known. Give shares from 0 to 1: 'promoters' of customers, "
                "'promoters_value' of their value."
            )
    plans = [] if initiatives is None else _plans(initiatives)
    rows = [*_advocates(record, plans, known), *_front_door(record, drivers, plans), *_whipsaw(record)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    table["next"] = [ADVICE[name] if verdict == SEEN else more or "" for name, verdict, more in
                     zip(table["pitfall"], table["verdict"], table["next"].fillna(""), strict=True)]  # fmt: skip
    table = table.astype(dict.fromkeys(COLUMNS[2:8], float) | {"n": "Int64"})
    note = (
        f"Intervals: {percent(record.level)}. Seen: the interval of the figure lies above its reference. A check "
        "that sees nothing does not prove that all is well."
    )
    options = {"drivers": drivers, "initiatives": initiatives, "base": base}
    return View("baseline/pitfalls", table, in_one(_sentence(table, record)), note, record, {}, options)


def _plans(initiatives: Any) -> list[list[str]]:
    """The touchpoints of each initiative."""
    if not isinstance(initiatives, pd.DataFrame) or "touchpoints" not in initiatives:
        found = listing(initiatives.columns) if isinstance(initiatives, pd.DataFrame) else type(initiatives).__name__
        raise OptionError(
            f"initiatives: a frame with a column 'touchpoints' is expected, found {found}. Give study.initiatives()."
        )
    plans = initiatives["touchpoints"].tolist()
    if words := [names for names in plans if not isinstance(names, (list, tuple))]:
        raise OptionError(f"initiatives: touchpoints come as lists, found {words[0]!r}. Give study.initiatives().")
    return [list(names) for names in plans]


def _line(pitfall: str, figure: str, share: float, n: float, level: float, reference: tuple[float, float, float],
          missing: str, shown: int | None = None) -> dict[str, Any]:  # fmt: skip
    """A share against its reference; it cannot be told where either is not known."""
    low, high = (float(end) for end in wilson(share * n, n, level)) if n else (np.nan, np.nan)
    known = not np.isnan(share + reference[2])
    verdict = UNKNOWN if not known else SEEN if low > reference[2] else NOT_SEEN
    ends = dict(zip(COLUMNS[5:8], reference, strict=True))
    line = {"pitfall": pitfall, "figure": figure, "value": share, "low": low, "high": high, **ends}
    return line | {"n": int(n) if shown is None else shown, "verdict": verdict, "next": "" if known else missing}


def _advocates(record: Scorecard, plans: list[list[str]], base: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """Promoters among answers and among the users of what is to be improved."""
    survey, level = record.survey, record.level
    scale = survey.outcome_scales.get(survey.outcome)
    top = 1.0 if survey.outcomes[survey.outcome] == "binary" else scale.top_from if scale else np.nan
    rows = survey.rows()
    answer, w = rows.outcomes[:, 0], rows.weights
    told, promoter = ~np.isnan(answer) & (w > 0), answer >= top
    if few := told.sum() < record.min_n:
        told, plans = told & False, []
    share = float(np.average(promoter[told], weights=w[told])) if told.any() and not np.isnan(top) else np.nan
    n = w[told].sum() ** 2 / (w[told] ** 2).sum() if told.any() else 0
    for key, words in (("promoters", "customers"), ("promoters_value", "value")):
        if key in base or key == "promoters":
            given, missing = base.get(key, np.nan), f"Give base={{'{key}': their share of {words}}}."
            missing = f"Fewer than {record.min_n} answers: ask more people." if few else missing
            figure = f"promoters among answers, against their share of {words}"
            yield _line("advocates only", figure, share, n, level, (given,) * 3, missing, int((told & (w > 0)).sum()))
    place = {name: k for k, name in enumerate(survey.touchpoints)}
    asked = [[place[name] for name in names if name in place] for names in plans]
    theirs: list[float] = []
    for own in filter(None, asked):
        users = told & ~np.isnan(rows.scores[:, own]).all(axis=1)  # those of weight 0 are nobody
        theirs.append(float(users.any() and np.average(promoter[users], weights=w[users]) > share))
    if theirs:
        given = base.get("promoters", np.nan)
        figure = "initiatives whose users are more often promoters, against their share of customers"
        missing = "Give base={'promoters': their share of customers}."
        yield _line("advocates only", figure, float(np.mean(theirs)), len(theirs), level, (given,) * 3, missing)


def _front_door(record: Scorecard, drivers: Drivers | None, plans: list[list[str]]) -> Iterator[dict[str, Any]]:
    """How much is looked at on the first half of the stages, against what lies there."""
    places, survey, level = record.touchpoint_map, record.survey, record.level
    if places is None or len(places.lifecycle) < 2:
        missing = "Give cx.baseline(survey, touchpoint_map), with two stages or more."
        yield _line("front door only", "scores on the first stages", np.nan, 0, level, (np.nan,) * 3, missing)
        return
    stages = places.lifecycle.names
    front = set(stages[: len(stages) // 2])
    asked = survey.touchpoints if drivers is None else drivers.touchpoints  # like is held against like
    early = {one.name: one.stage in front for one in places if one.name in asked or drivers is None}
    reference, what = _where_the_value_lies(early, places, drivers, level)
    missing = "Give drivers=cx.drivers(survey), or volumes in the map."
    touchpoints = [float(early[name]) for name in survey.touchpoints if name in early]
    scores = score_means(survey).set_index("touchpoint")["n"]
    known = scores[[name for name in scores.index if name in early]]
    share = known[[early[name] for name in known.index]].sum() / max(known.sum(), 1)
    firsts = [any(early.get(name, False) for name in names) for names in plans]
    rows = [("touchpoints asked about", float(np.mean(touchpoints or [np.nan])), len(touchpoints)),
            ("scores given", float(share) if known.sum() else np.nan, survey.n)]  # fmt: skip
    rows += [("initiatives", float(np.mean(firsts)), len(firsts))] if firsts else []
    words = f"the first {len(front)} of {len(stages)} stages"
    for figure, value, n in rows:
        line = _line("front door only", f"{figure} on {words}, against {what}", value, n, level,
                     reference, missing)  # fmt: skip
        if figure == "touchpoints asked about" and line["verdict"] != UNKNOWN:  # all there are: no interval
            seen = n >= FEWEST and value > reference[2]
            line |= {"low": np.nan, "high": np.nan, "verdict": SEEN if seen else NOT_SEEN}
        yield line


def _where_the_value_lies(
    early: Mapping[str, bool], places: Any, drivers: Drivers | None, level: float
) -> tuple[tuple[float, float, float], str]:
    """The share of importance, or of contacts, on the first stages, with its interval where there are resamples."""
    if drivers is not None:
        on_map = [name in early for name in drivers.touchpoints]  # groups of drivers lie on no stage
        first = np.array([early[name] for name in drivers.touchpoints if name in early], bool)
        own = np.nan_to_num(drivers.estimate.importance[0, 0])[on_map]
        point = float(own[first].sum() / own.sum()) if own.sum() > 0 else np.nan
        if drivers.draws is None or np.isnan(point):
            return (point, point, point), "the share of importance there"
        drawn = np.nan_to_num(drivers.draws.importance[:, 0])[:, on_map]
        low, high = np.quantile(drawn[:, first].sum(axis=1) / drawn.sum(axis=1), [(1 - level) / 2, (1 + level) / 2])
        return (point, float(low), float(high)), "the share of importance there"
    volumes = {one.name: one.volume for one in places if one.volume}
    total = sum(volumes.values())
    share = sum(volume for name, volume in volumes.items() if early[name]) / total if total else np.nan
    return (share, share, share), "the share of contacts there"


def _whipsaw(record: Scorecard) -> Iterator[dict[str, Any]]:
    """Does the lowest rated touchpoint change from wave to wave within noise?"""
    survey, time = record.survey, record.survey.time
    figure = "steps from wave to wave at which the lowest rated changes within noise"
    parts: Any = [] if time is None else score_means(survey, time).groupby("segment", sort=False)
    parts = [(wave, own) for wave, own in parts if wave != NOT_STATED]
    waves = [own[own["n"] >= record.min_n].set_index("touchpoint") for _, own in parts]
    lowest = [own["mean"].idxmin() for own in waves if len(own) > 1]
    if len(lowest) < 3 or len(lowest) < len(waves):
        missing = f"It takes three waves, and there are {len(waves)}. Name their column in Survey(..., time=...)."
        yield _line("whipsaw", figure, np.nan, 0, record.level, (np.nan,) * 3, missing)
        return
    noise, ranks = 0, []
    for (before, after), own, last in zip(pairwise(lowest), waves[1:], waves, strict=False):
        shared = own.index.intersection(last.index)
        ranks.append(kendall(own.loc[shared, "mean"], last.loc[shared, "mean"]))
        if before != after and before in own.index:
            two = own.loc[[before, after]]
            error = float(np.sqrt((two["error"] ** 2).sum()))
            df = float((two["error"] ** 2).sum() ** 2 / (two["error"] ** 4 / two["df"]).sum())
            noise += bool(wald_p(two["mean"].iloc[0] - two["mean"].iloc[1], error, df) >= CLEAR)
    steps = len(lowest) - 1
    line = _line("whipsaw", f"{figure} (rank correlation of waves {np.mean(ranks):.2f})", noise / steps, steps,
                 record.level, (1 / 3,) * 3, "")  # fmt: skip
    yield line | {"verdict": SEEN if noise >= 2 and noise / steps >= 1 / 3 else NOT_SEEN}


def _sentence(table: pd.DataFrame, record: Scorecard) -> str:
    """Which pitfalls are seen, and the first figure."""
    seen = table[table["verdict"] == SEEN]
    told = table[table["verdict"] != UNKNOWN]["pitfall"].nunique()
    n = count(record.survey.n)
    if seen.empty:
        return f"No pitfall is seen; {told} of {plural(len(ADVICE), 'check')} can be told. n = {n}."
    row = seen.iloc[0]
    names = listing(dict.fromkeys(seen["pitfall"]))
    return (
        f"Seen: {names}. {row['figure'][0].upper()}{row['figure'][1:]}: {percent(row['value'])} against "
        f"{percent(row['reference'])}, n = {count(row['n'])}."
    )
