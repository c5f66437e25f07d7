"""Where we are blind: needs, stages, touchpoints and segments of which too little is known, the worst first.

The verb :func:`blind_spots`. What is to be done about touchpoints of which enough is known is said by
:mod:`cxlens.stages.baseline.verdicts`; whether those who answer stand for all customers is a question of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, isfinite
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.finding import in_one
from cxlens.common.result import View
from cxlens.common.values import count, number, percent, plural
from cxlens.engine.labels import NOT_STATED
from cxlens.engine.tallies import tally
from cxlens.errors import ValuesError, check_kind
from cxlens.stages.baseline.record import FEW, Scorecard, scorecard
from cxlens.stages.baseline.score import score_means
from cxlens.stats.intervals import t_quantile
from cxlens.stats.power import MOST, mean_margin, smallest
from cxlens.stats.suppression import NOBODY, hidden_cells
from cxlens.study.segments import Segment, check_columns
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

# A lever comes first; then the kinds in this order, where much happens before where little does.
KINDS = ("stage without touchpoint", "stage without data", "touchpoint without data", "need without touchpoint",
         "segment not heard", "too few answers", "not on the map")  # fmt: skip
COLUMNS = ["kind", "what", "stage", "lever", "volume", "n", "more", "more_answers", "why", "next"]
NO_GROUP = {NOT_STATED, "not given", "not asked", "other or unknown"}  # values of a segment column that name nobody
MOST_VALUES = 50  # of a segment column; one with more is a number or an id, whose values are no groups


class Target(NamedTuple):
    """How sure means are to be; their errors now and degrees of freedom by touchpoint; the spread where few tell it."""

    margin: float
    level: float
    errors: dict[str, float]
    dfs: dict[str, float]
    spread: float

    def needed(self, spread: float | None = None) -> int:
        """How many scores it takes: see :func:`scores_needed`; never fewer than 30."""
        return max(FEW, scores_needed(self.spread if spread is None else spread, self.margin, self.level))


def blind_spots(record: Scorecard, *, margin: float | None = None, segments: Sequence[Segment] = ()) -> View:
    """List where nothing or too little is known, and how many more answers it takes.

    Parameters
    ----------
    baseline
        From :func:`cxlens.baseline`. Without a map, only gaps in the data can be seen.
    margin
        Points of the score: the interval of a mean is to be no wider than plus and minus so many. By default a tenth
        of the scale's range, such as 0.4 on a scale from 1 to 5; without a scale, of four usual standard deviations.
    segments
        Groups that ought to be heard, besides the values of the survey's segment columns.

    Returns
    -------
    View
        ``table`` has one row a blind spot, the worst first: needs that are levers, then by kind; where much happens
        before where little does. ``kind``: "stage without touchpoint", "stage without data", "touchpoint without
        data", "need without touchpoint", "segment not heard", "too few answers" or "not on the map". ``what`` (its
        name), ``stage``, ``lever`` (whether such a need hangs on it), ``volume`` (contacts a year), ``n`` (scores;
        answers of a segment), ``more`` (scores still needed), ``more_answers`` (answers still needed, since not every
        answer has a score), ``why``, ``next``.

    Raises
    ------
    OptionError, ValuesError
        When ``baseline`` is none, ``margin`` is not above 0, or a segment asks for a column that is not a segment or
        for a range of text. A segment in which nobody answered is listed.

    Notes
    -----
    ``more`` is the smallest number of scores for which Student's interval, at the baseline's level and with the spread
    seen so far (clusters and weights allowed for), is no wider than the margin; never fewer than 30. Where fewer than
    ``min_n`` answered, the median spread of the other touchpoints stands in, or a quarter of the scale's range, and
    nothing is told of how many there are. Columns of more than 50 values are not looked at.

    Examples
    --------
    >>> import cxlens as cx
    >>> from cxlens.stages.baseline.blind_spots import blind_spots
    >>> study = cx.datasets.load_airport()
    >>> view = blind_spots(cx.baseline(study.survey(), study.map()), segments=study.segments)
    >>> view.table.columns[:3].tolist()
    ['kind', 'what', 'stage']
    """
    named = tuple(segments)
    for one in named:
        check_kind("blind_spots: segments", one, Segment, "cx.Segment(name, {column: value})")
    if margin is not None and not (isinstance(margin, (int, float)) and isfinite(margin) and margin > 0):
        raise ValuesError(f"margin={margin!r} is no width. Give points of the score above 0, such as 0.4.")
    whole = by_touchpoint(record)
    target = _target(whole, margin)
    rows: list[dict[str, Any]] = [*_of_touchpoints(whole, target), *_of_segments(whole, named, target)]
    if whole.touchpoint_map is not None:
        rows += _of_map(whole, whole.touchpoint_map)
    rows.sort(key=_harm)
    table = pd.DataFrame(rows, columns=COLUMNS)
    table = table.astype({"lever": bool, "volume": float} | dict.fromkeys(["n", "more", "more_answers"], "Int64"))
    sentence, note = _sentence(table, whole), _note(whole, target)
    return View(
        "baseline/blind spots", table, in_one(sentence), note, record, {}, {"margin": margin, "segments": named}
    )


def _harm(row: dict[str, Any]) -> tuple[bool | float, ...]:
    """The key that sorts blind spots, the worst first."""
    kind, lever = row["kind"], row["lever"]
    first = lever and kind == "need without touchpoint"
    return not first, KINDS.index(kind), not lever, -(row.get("volume") or 0), -(row.get("more") or 0)


def by_touchpoint(record: Scorecard) -> Scorecard:
    """The same answers scored by touchpoint alone, whatever the baseline was grouped by."""
    if record.by is None and record.per == "touchpoint":
        return record
    return scorecard(record.survey, record.touchpoint_map, min_n=record.min_n, level=record.level)


def scores_needed(spread: float, margin: float, level: float) -> int:
    """The smallest n, 2 or more, whose t interval is no wider than plus and minus ``margin``; at most ``MOST``.

    ``spread`` is the standard deviation of a score.
    """
    return smallest(lambda n: bool(mean_margin(n, spread, level) <= margin)) or MOST


def more_scores(record: Scorecard, margin: float | None = None) -> dict[str, int]:
    """How many more scores each touchpoint needs, by name; 0 where they suffice."""
    return {name: more for name, _, more, _ in _scored(record, _target(record, margin))}


def _target(record: Scorecard, margin: float | None) -> Target:
    """What is asked of means, and what they are; a range is taken for four standard deviations, where either lacks."""
    scale, means = record.survey.scale, score_means(record.survey, level=record.level)
    spread = (means["error"] * np.sqrt(means["n"]))[means["n"] >= record.min_n].median()
    spread = float(spread) if pd.notna(spread) else (scale.high - scale.low if scale else 4.0) / 4
    full = scale.high - scale.low if scale else 4 * spread or 4.0
    errors = dict(zip(means["touchpoint"], means["error"], strict=True))
    dfs = dict(zip(means["touchpoint"], means["df"], strict=True))
    return Target(margin or full / 10, record.level, errors, dfs, spread)


def _heard(record: Scorecard) -> dict[str, int | None]:
    """How many scores each touchpoint has; None where that is not to be told."""
    table = record.table
    nothing = table["note"].isin(["no answers", "not in the survey"])
    told = table["n"].astype(object).where(table["n"].notna(), None).mask(nothing, 0)
    return dict(zip(table["touchpoint"], told, strict=True))


def _scored(record: Scorecard, target: Target) -> Iterable[tuple[str, int | None, int, float]]:
    """Name of each touchpoint, its n (None where hidden), how many more it needs, half the width of its interval."""
    for name, n in _heard(record).items():
        own = target.errors[name] if n else np.nan
        spread = own * np.sqrt(n or 0) if np.isfinite(own) else None
        half = own * float(t_quantile(target.level, target.dfs[name])) if n else np.nan
        yield name, n, max(target.needed(spread) - (n or 0), 0), half


def _of_touchpoints(record: Scorecard, target: Target) -> Iterable[dict[str, Any]]:
    """Touchpoints without data, with too few answers, or that the map does not have."""
    places = {place.name: place for place in record.touchpoint_map or ()}
    stages = record.touchpoint_map.lifecycle if record.touchpoint_map else ()
    levers = {(stage.name, need.name.casefold()) for stage in stages for need in stage.needs if need.lever}
    within = f"within ±{number(target.margin)}"
    for name, n, more, half in _scored(record, target):
        place = places.get(name)
        line = {"what": name, "stage": "", "lever": False, "n": n, "more": more}
        if place:
            pulls = any(need.lever or (place.stage, need.name.casefold()) in levers for need in place.needs)
            line |= {"stage": place.stage, "lever": pulls, "volume": place.volume}
        if n == 0:
            why = "nobody has scored it" if name in record.survey.touchpoints else "it is not in the survey"
            todo = f"ask about it: {plural(more, 'score')} give a mean {within}"
            yield line | {"kind": "touchpoint without data", "why": why, "next": todo}
        elif more:
            answers = ceil(more * record.survey.n / n) if n else None
            why = f"its mean is known within ±{number(half)}, not {within[7:]}" if half > target.margin else ""
            why = why or f"fewer than {record.min_n if n is None else FEW} answers"
            todo = f"collect {plural(more, 'more score')}" + (f", from {plural(answers, 'answer')}" if answers else "")
            yield line | {"kind": "too few answers", "more_answers": answers, "why": why, "next": todo}
        if places and place is None:
            why, todo = "its stage, needs and standards are not known", "place it on the map"
            yield line | {"kind": "not on the map", "more": None, "why": why, "next": todo}


def _of_map(record: Scorecard, touchpoint_map: TouchpointMap) -> Iterable[dict[str, Any]]:
    """Stages and needs that nothing serves, and stages of which nothing is heard."""
    for gap in touchpoint_map.gaps().to_dict("records"):
        need, lever = gap["need"], bool(gap["lever"])
        line = {"what": need or gap["stage"], "stage": gap["stage"], "lever": lever}
        if need:
            why = "no touchpoint of the stage serves it" + (", though it moves customers on" if lever else "")
            line |= {"kind": "need without touchpoint", "next": "add a touchpoint, or let one serve it"}
        else:
            why = "the map has nothing there"
            line |= {"kind": "stage without touchpoint", "next": "add a touchpoint, or take the stage out"}
        yield line | {"why": why}
    heard, alone = _heard(record), "its only touchpoint is not scored"
    for stage in touchpoint_map.lifecycle.names:
        here = [place for place in touchpoint_map if place.stage == stage]
        if here and all(heard[place.name] == 0 for place in here):
            volume = sum(place.volume or 0 for place in here) or None
            yield {"kind": "stage without data", "what": stage, "stage": stage, "lever": False, "volume": volume,
                   "n": 0, "why": alone if len(here) == 1 else f"none of its {len(here)} touchpoints is scored",
                   "next": f"ask about one of them, such as {here[0].name}"}  # fmt: skip


def _of_segments(record: Scorecard, segments: tuple[Segment, ...], target: Target) -> Iterable[dict[str, Any]]:
    """Values of segment columns, and segments named, of which fewer than 30 answers are there."""
    survey, groups = record.survey, []
    guarded: set[str] = set()  # columns of which a value is hidden: a segment of their values would give it away
    for column in survey.segments:
        found = tally(survey.source, 0, 1, [column])
        n = found.table.groupby("cell")["n"].sum().tolist()
        guarded |= {column} if 0 < min(n, default=0) < record.min_n else set()
        if len(n) <= MOST_VALUES:
            groups.append([(f"{column} = {name}", size) for name, size in zip(found.cells[column], n, strict=True)])
    groups.append([(one.name, _answers(survey, one)) for one in segments])
    close = [False] * sum(map(len, groups[:-1])) + [not guarded.isdisjoint(one.where) for one in segments]
    for group in groups:
        sizes = np.array([[size or NOBODY for _, size in group]])  # that nobody is there is no secret
        for (name, size), own in zip(group, hidden_cells(sizes, record.min_n)[0] if group else (), strict=True):
            blank = close.pop(0) or own
            if size >= FEW or name.partition(" = ")[2].casefold() in NO_GROUP:
                continue
            least = record.min_n if 0 < size < record.min_n else FEW
            shown = None if blank and size else size
            more = target.needed() - (shown or 0)
            yield {"kind": "segment not heard", "what": name, "stage": "", "lever": False, "n": shown, "more": more,
                   "more_answers": more, "why": f"fewer than {least} answers" if size else "nobody has answered",
                   "next": f"hear {plural(more, 'more customer')} of it"}  # fmt: skip


def _answers(survey: Survey, segment: Segment) -> int:
    """How many answers belong to a segment; none is what is looked for here, and no error."""
    check_columns(segment, [name for name in (*survey.segments, survey.time, survey.channel, survey.cluster) if name])
    try:
        return survey.where(segment).n
    except ValuesError as error:
        if error.__cause__ is not None:  # a range asked of text
            raise
        return 0


def _sentence(table: pd.DataFrame, record: Scorecard) -> str:
    """How many there are, and the worst of them."""
    n = f"n = {count(record.survey.n)}"
    if table.empty:
        return f"No blind spot is found among {plural(len(record.table), 'touchpoint')}; {n}."
    row = table.iloc[0]
    where = f" ({row['stage']})" if row["stage"] and row["stage"] != row["what"] else ""
    what = {"need": "the need ", "stag": "the stage "}.get(row["kind"][:4], "")
    name = f'{what}"{row["what"]}"' if what else row["what"]
    own = f" (n = {count(row['n'])} of {count(record.survey.n)})" if pd.notna(row["n"]) else ""
    return f"{plural(len(table), 'blind spot')}. The worst: {name}{where}, {row['why']}{own or f'; {n}'}."


def _note(record: Scorecard, target: Target) -> str:
    """How many answers are enough, and what was not looked at."""
    maps = "" if record.touchpoint_map else " Without a touchpoint map, stages and needs are not looked at."
    return (
        f"More: scores needed for a mean within ±{number(target.margin)} ({percent(target.level)} interval), and no "
        f"fewer than {FEW}. Cells of fewer than {record.min_n} answers are blank.{maps}"
    )
