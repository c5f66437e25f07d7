"""Classic pitfalls of touchpoint work as checks with figures: advocates only, front door only, whipsaw.

The verb :func:`pitfalls`. Its rules are simple on purpose: each is a share against a reference, said in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.values import CLEAR, count, percent, plural
from cxlens.engine.batches import added
from cxlens.engine.labels import NOT_STATED
from cxlens.engine.tables import Rows
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.stages.baseline.again import same_drivers
from cxlens.stages.baseline.record import Scorecard, rescore
from cxlens.stages.baseline.score import score_means
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stats.control import course
from cxlens.stats.inference import wald_p
from cxlens.stats.intervals import effective_n, wilson
from cxlens.stats.ranks import kendall
from cxlens.stats.waves import FEW_ANSWERS
from cxlens.study.dated import no_order
from cxlens.study.metrics import find_metric
from cxlens.study.spacing import wave_numbers
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

Floats = NDArray[np.float64]
Line = dict[str, Any]  # a row of the table, by column
Plans = list[list[str]]  # the touchpoints of each initiative
COLUMNS = ["pitfall", "figure", "value", "low", "high", "reference", "reference_low", "reference_high", "n", "verdict",
           "next"]  # fmt: skip
FEWEST = 4  # touchpoints of which a share means something
FEWEST_WAVES = 3
WHIPPED = 1 / 3  # share of the steps from which on a change within noise is a pitfall
ADVOCATES, FRONT_DOOR, WHIPSAW = "advocates only", "front door only", "whipsaw"
SEEN, NOT_SEEN, UNKNOWN = "found", "not found", "not checked"
ADVICE = {
    ADVOCATES: "Ask customers who left or complained, too, and weight answers by response_bias.",
    FRONT_DOOR: "Move questions, answers and initiatives to the later stages, where the value lies.",
    WHIPSAW: "Hold the priorities until a change is clear: pool waves, or ask more people.",
}
BASES = {
    "promoters": "customers",
    "promoters_value": "value",
}  # whose share, by its name in ``base``


class Reference(NamedTuple):
    """What a share is held against, with its interval, and what it is in words."""

    value: float
    low: float
    high: float
    words: str = ""


NO_REFERENCE = Reference(np.nan, np.nan, np.nan)


def pitfalls(
    record: Scorecard,
    *,
    drivers: Drivers | None = None,
    initiatives: pd.DataFrame | None = None,
    base: Mapping[str, float] | None = None,
) -> View:
    """Check for classic errors: are only advocates heard, only the front door watched, priorities whipped?

    See :meth:`cxlens.stages.baseline.baseline.Baseline.pitfalls`.
    """
    if drivers is not None and drivers.by is not None:
        raise OptionError(f"pitfalls: drivers are by {drivers.by!r}. Give cx.drivers(survey) without by=.")
    shares = _checked_base(base)
    plans = [] if initiatives is None else _plans(initiatives)
    lines = [
        *_advocates(record, plans, shares),
        *_front_door(record, drivers, plans),
        _whipsaw(record),
        *_taken_back(record),
    ]
    table = pd.DataFrame(lines, columns=COLUMNS)
    table = table.astype({**dict.fromkeys(COLUMNS[2:8], float), "n": "Int64"})

    def again(answers: Survey | Scorecard) -> View:
        other = rescore(record, answers)
        found = same_drivers(drivers, record, other)
        return pitfalls(other, drivers=found, initiatives=initiatives, base=base)

    note = (
        f"Intervals: {percent(record.level)}. Found: the interval of the figure lies above its reference. A check "
        "that finds nothing does not prove that all is well."
    )
    return View(
        "baseline/pitfalls",
        table,
        _finding(table, record),
        note,
        record,
        again=again,
    )


def _checked_base(base: Mapping[str, float] | None) -> dict[str, float]:
    """The shares of promoters, all of them known and from 0 to 1."""
    shares = dict(base or {})
    for name, share in shares.items():
        if name not in BASES or not (isinstance(share, Real) and 0 <= share <= 1):
            raise ValuesError(
                f"base: {name!r} = {share!r} is not known. Give shares from 0 to 1: 'promoters' of customers, "
                "'promoters_value' of their value."
            )
    return shares


def _plans(initiatives: Any) -> Plans:
    """The touchpoints of each initiative."""
    if not isinstance(initiatives, pd.DataFrame) or "touchpoints" not in initiatives:
        found = listing(initiatives.columns) if isinstance(initiatives, pd.DataFrame) else type(initiatives).__name__
        raise OptionError(
            f"initiatives: a frame with a column 'touchpoints' is expected, found {found}. Give study.initiatives()."
        )
    plans = initiatives["touchpoints"].tolist()
    for names in plans:
        if not isinstance(names, (list, tuple)):
            raise OptionError(f"initiatives: touchpoints come as lists, found {names!r}. Give study.initiatives().")
    return [list(names) for names in plans]


def _line(
    pitfall: str,
    figure: str,
    share: float,
    n: float,
    reference: Reference,
    level: float,
    lacking: str,
) -> Line:
    """A share against its reference; not checked where either is not known, and ``lacking`` says what to do."""
    low = high = np.nan
    if n:
        low, high = map(float, wilson(share * n, n, level))
    known = not np.isnan(share + reference.high)
    line = {
        "pitfall": pitfall,
        "figure": figure,
        "value": share,
        "low": low,
        "high": high,
        "reference": reference.value,
        "reference_low": reference.low,
        "reference_high": reference.high,
        "n": int(n),
    }
    if not known:
        return line | {"verdict": UNKNOWN, "next": lacking}
    return _judged(line, low > reference.high)


def _judged(line: Line, seen: bool) -> Line:
    """The same with its verdict, and what to do."""
    if seen:
        return line | {"verdict": SEEN, "next": ADVICE[line["pitfall"]]}
    return line | {"verdict": NOT_SEEN, "next": ""}


class _Promoters(NamedTuple):
    """Sums over those who told the outcome: how many they are, their weights and squares of these, promoters' weights.

    ``users`` (initiatives, 2) has the weights of the users of what is to be improved, and of the promoters among them.
    """

    told: int
    weight: float
    squares: float
    promoting: float
    users: Floats

    @property
    def share(self) -> float:
        """Of promoters."""
        return self.promoting / self.weight

    @property
    def effective_n(self) -> float:
        """The answers behind it."""
        return float(effective_n(self.weight, self.squares))

    @property
    def more_often(self) -> list[bool]:
        """Whether promoters make up more of the users of what is to be improved than of all answers."""
        return [bool(weight > 0 and promoting / weight > self.share) for weight, promoting in self.users]


def _advocates(record: Scorecard, plans: Plans, base: Mapping[str, float]) -> Iterator[Line]:
    """Promoters among answers and among the users of what is to be improved."""
    asked = _asked_touchpoints(record.survey, plans)
    found = _promoters(record.survey, asked)
    few = found.told < max(record.min_n, 1)
    known = not few and not np.isnan(_promoters_from(record.survey))
    for key, words in BASES.items():
        if key in base or key == "promoters":
            lacking = f"Give base={{'{key}': their share of {words}}}."
            if few:
                lacking = f"Fewer than {record.min_n} answers: ask more people."
            figure = f"promoters among answers, against their share of {words}"
            reference = _given(base, key)
            line = _line(
                ADVOCATES,
                figure,
                found.share if known else np.nan,
                0 if few else found.effective_n,
                reference,
                record.level,
                lacking,
            )
            yield line | {"n": 0 if few else found.told}
    if asked and not few:
        figure = "initiatives whose users are more often promoters, against their share of customers"
        share = float(np.mean(found.more_often))
        lacking = "Give base={'promoters': their share of customers}."
        yield _line(
            ADVOCATES,
            figure,
            share,
            len(asked),
            _given(base, "promoters"),
            record.level,
            lacking,
        )


def _given(base: Mapping[str, float], name: str) -> Reference:
    """A share that somebody knows, so without an interval."""
    share = base.get(name, np.nan)
    return Reference(share, share, share)


def _promoters(survey: Survey, asked: Sequence[Sequence[int]]) -> _Promoters:
    """Who promotes, and who of the users of the touchpoints of each initiative does."""
    least = _promoters_from(survey)

    def summed(rows: Rows) -> Floats:
        answer = rows.outcomes[:, 0]
        weights = np.where(np.isnan(answer), 0.0, rows.weights)
        promoting = weights * (answer >= least)
        sums = [(weights > 0).sum(), weights.sum(), (weights**2).sum(), promoting.sum()]
        for places in asked:
            is_user = ~np.isnan(rows.scores[:, places]).all(axis=1)
            sums += [(weights * is_user).sum(), (promoting * is_user).sum()]
        return np.array(sums)

    told, weight, squares, promoting, *users = survey.source.folded(summed, added).tolist()
    return _Promoters(
        int(told),
        weight,
        squares,
        promoting,
        np.reshape(users, (-1, 2)),
    )


def _promoters_from(survey: Survey) -> float:
    """The answer to the first outcome from which on people promote; NaN where there is no scale to tell."""
    if survey.outcomes[survey.outcome] == "binary":
        return 1.0
    scale = survey.outcome_scales.get(survey.outcome)
    return scale.top_from if scale else np.nan


def _asked_touchpoints(survey: Survey, plans: Plans) -> list[list[int]]:
    """The columns of the touchpoints of each initiative, as far as the survey asks about any."""
    place = {name: column for column, name in enumerate(survey.touchpoints)}
    columns = [[place[name] for name in names if name in place] for names in plans]
    return [places for places in columns if places]


def _front_door(record: Scorecard, drivers: Drivers | None, plans: Plans) -> Iterator[Line]:
    """How much is looked at on the first half of the stages, against what lies there."""
    places = record.touchpoint_map
    survey = record.survey
    level = record.level
    if places is None or len(places.lifecycle) < 2:
        lacking = "Give cx.baseline(survey, touchpoint_map), with two stages or more."
        yield _line(
            FRONT_DOOR,
            "scores on the first stages",
            np.nan,
            0,
            NO_REFERENCE,
            level,
            lacking,
        )
        return
    early = _early(places, drivers)
    reference = _where_the_value_lies(early, places, drivers, level)
    half = f"the first {len(places.lifecycle) // 2} of {len(places.lifecycle)} stages"
    lacking = "Give drivers=cx.drivers(survey), or volumes in the map."

    def line(figure: str, share: float, n: int) -> Line:
        words = f"{figure} on {half}, against {reference.words}"
        return _line(FRONT_DOOR, words, share, n, reference, level, lacking)

    touchpoints = [float(early[name]) for name in survey.touchpoints if name in early]
    yield _of_all(
        line(
            "touchpoints asked about",
            float(np.mean(touchpoints or [np.nan])),
            len(touchpoints),
        )
    )
    yield line("scores given", _early_scores(survey, early), survey.n)
    if plans:
        early_plans = [any(early.get(name, False) for name in names) for names in plans]
        yield line("initiatives", float(np.mean(early_plans)), len(plans))


def _early(places: TouchpointMap, drivers: Drivers | None) -> dict[str, bool]:
    """Whether each touchpoint is on the first half of the stages; with drivers, like is held against like."""
    stages = places.lifecycle.names
    front = set(stages[: len(stages) // 2])
    if drivers is None:
        return {place.name: place.stage in front for place in places}
    return {place.name: place.stage in front for place in places if place.name in drivers.touchpoints}


def _early_scores(survey: Survey, early: Mapping[str, bool]) -> float:
    """The share of all scores that was given on the first stages."""
    n = score_means(survey).set_index("touchpoint")["n"]
    known = n[[name for name in n.index if name in early]]
    if not known.sum():
        return np.nan
    return float(known[[early[name] for name in known.index]].sum() / known.sum())


def _of_all(line: Line) -> Line:
    """A share of all there are, so without an interval."""
    if line["verdict"] == UNKNOWN:
        return line
    seen = line["n"] >= FEWEST and line["value"] > line["reference_high"]
    return _judged(line | {"low": np.nan, "high": np.nan}, seen)


def _where_the_value_lies(
    early: Mapping[str, bool],
    places: TouchpointMap,
    drivers: Drivers | None,
    level: float,
) -> Reference:
    """The share of importance, or of contacts, on the first stages."""
    if drivers is not None:
        return _where_importance_lies(early, drivers, level)
    volumes = {place.name: place.volume for place in places if place.volume}
    total = sum(volumes.values())
    share = np.nan
    if total:
        share = sum(volume for name, volume in volumes.items() if early[name]) / total
    return Reference(share, share, share, "the share of contacts there")


def _where_importance_lies(early: Mapping[str, bool], drivers: Drivers, level: float) -> Reference:
    """The share of importance on the first stages, with its interval where there are resamples."""
    words = "the share of importance there"
    on_map = [name in early for name in drivers.touchpoints]  # groups of drivers lie on no stage
    first = np.array([early[name] for name in drivers.touchpoints if name in early], bool)
    importance = np.nan_to_num(drivers.estimate.importance[0, 0])[on_map]
    if not importance.sum() > 0:
        return NO_REFERENCE._replace(words=words)
    share = float(importance[first].sum() / importance.sum())
    if drivers.draws is None:
        return Reference(share, share, share, words)
    drawn = np.nan_to_num(drivers.draws.importance[:, 0])[:, on_map]
    shares = drawn[:, first].sum(axis=1) / drawn.sum(axis=1)
    low, high = np.quantile(shares, [(1 - level) / 2, (1 + level) / 2])
    return Reference(share, float(low), float(high), words)


def _whipsaw(record: Scorecard) -> Line:
    """Does the lowest rated touchpoint change from wave to wave within noise?"""
    figure = "steps from wave to wave at which the lowest rated changes within noise"
    waves = _waves(record)
    whole = [wave for wave in waves if len(wave) > 1]
    if len(whole) < FEWEST_WAVES or len(whole) < len(waves):
        lacking = (
            no_order(record.survey)
            or f"It takes three waves, and there are {len(waves)}. Name their column in Survey(..., time=...)."
        )
        return _line(WHIPSAW, figure, np.nan, 0, NO_REFERENCE, record.level, lacking)
    steps = list(pairwise(waves))
    noise = sum(_changes_within_noise(before, after) for before, after in steps)
    ranks = np.mean([_rank_correlation(before, after) for before, after in steps])
    figure = f"{figure} (rank correlation of waves {ranks:.2f})"
    reference = Reference(WHIPPED, WHIPPED, WHIPPED)
    line = _line(WHIPSAW, figure, noise / len(steps), len(steps), reference, record.level, "")
    return _judged(line, noise >= 2 and noise / len(steps) >= WHIPPED)


def _taken_back(record: Scorecard) -> Iterator[Line]:
    """How many alerts on touchpoints the next wave took back, where there were any.

    Alerts are those of :meth:`cxlens.stages.impact.monitor.Monitor.alerts`, of all touchpoints together.
    """
    touchpoints = record.survey.touchpoints
    began = 0
    returned = 0
    waves = _waves(record)
    for name in touchpoints if waves else ():
        rows = pd.concat([wave[wave.index == name] for wave in waves])
        rows = rows[rows["n"] >= FEW_ANSWERS]
        errors = rows["error"].to_numpy(float)
        spread = np.mean(errors * np.sqrt(rows["n"].to_numpy(float))) if len(rows) else np.nan
        found = course(
            rows["mean"].to_numpy(float),
            np.nan_to_num(errors) ** 2,
            rate=(1 - record.level) / len(touchpoints),
            worth_seeing=find_metric(record.survey, name).half_a_point(float(spread)),
            when=rows["when"].to_numpy(float),
        )
        past, taken_back = found.past
        began += past
        returned += taken_back
    if not began:
        return
    figure = "alerts that the next wave took back"
    reference = Reference(WHIPPED, WHIPPED, WHIPPED)
    line = _line(WHIPSAW, figure, returned / began, began, reference, record.level, "")
    yield _judged(line, returned >= 2 and returned / began >= WHIPPED)


def _waves(record: Scorecard) -> list[pd.DataFrame]:
    """The means of each wave that is stated, of touchpoints with enough answers; ``when``, its number."""
    time = record.survey.time
    if time is None or no_order(record.survey):
        return []
    scores = score_means(record.survey, time)
    by_wave = dict(iter(scores[scores["segment"] != NOT_STATED].groupby("segment", sort=False)))
    waves = []
    for means, number in zip(by_wave.values(), wave_numbers(list(by_wave)), strict=True):
        enough = means[means["n"] >= record.min_n]
        waves.append(enough.set_index("touchpoint").assign(when=number))
    return waves


def _changes_within_noise(before: pd.DataFrame, after: pd.DataFrame) -> bool:
    """Whether another touchpoint is the lowest, though the two do not clearly differ in the later wave (Welch)."""
    was = before["mean"].idxmin()
    now = after["mean"].idxmin()
    if was == now or was not in after.index:
        return False
    two = after.loc[[was, now]]
    squares = two["error"] ** 2
    error = float(np.sqrt(squares.sum()))
    df = float(squares.sum() ** 2 / (two["error"] ** 4 / two["df"]).sum())
    p_value = wald_p(two["mean"].iloc[0] - two["mean"].iloc[1], error, df)
    return bool(two["too_few"].any() or p_value >= CLEAR)


def _rank_correlation(before: pd.DataFrame, after: pd.DataFrame) -> float:
    """Kendall's tau of the means of two waves."""
    shared = after.index.intersection(before.index)
    return kendall(after.loc[shared, "mean"], before.loc[shared, "mean"])


def _finding(table: pd.DataFrame, record: Scorecard) -> Finding:
    """Which pitfalls are found by how many checks, and the first figure."""
    checks = plural(len(ADVICE), "check")
    made = table[table["verdict"] != UNKNOWN]["pitfall"].nunique()
    everyone = count(record.survey.n)
    if not made:
        return Finding(f"No check could be made: all {len(ADVICE)} lack data", n=everyone)
    verb = "was" if made == 1 else "were"
    seen = table[table["verdict"] == SEEN]
    if seen.empty:
        none = "none" if made > 1 else "it"
        found = "found a pitfall" if made > 1 else "found no pitfall"
        return Finding(f"{made} of {checks} {verb} made", certainty=f"{none} {found}", n=everyone)
    row = seen.iloc[0]
    figure = f"{row['figure'][0].upper()}{row['figure'][1:]}"
    shares = f"{figure}: {percent(row['value'])} against {percent(row['reference'])}"
    return Finding(
        f"Found: {listing(dict.fromkeys(seen['pitfall']))}",
        certainty=f"{made} of {checks} {verb} made",
        more=[shares],
        n=count(row["n"]),
    )
