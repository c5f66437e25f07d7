"""Where we are blind: needs, stages, touchpoints and segments of which too little is known, the worst first.

The verb :func:`blind_spots`. What is to be done about touchpoints of which enough is known is said by
:mod:`cxlens.stages.baseline.verdicts`; whether those who answer stand for all customers is a question of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, isfinite
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.small_cells import reason
from cxlens.common.values import count, number, percent, plural
from cxlens.engine.labels import NOT_STATED
from cxlens.engine.tallies import answers_by_cell, tally
from cxlens.errors import ValuesError, check_kind
from cxlens.stages.baseline.record import FEW, Scorecard, by_touchpoint, rescore
from cxlens.stages.baseline.score import score_means
from cxlens.stats.intervals import t_quantile
from cxlens.stats.power import MOST, mean_margin, smallest
from cxlens.study.lifecycle import Lifecycle
from cxlens.study.segments import Segment, check_columns
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import Touchpoint, TouchpointMap
from cxlens.study.words import check_no_codes

NO_STAGE, NO_NEED = "stage without touchpoint", "need without touchpoint"
SILENT_STAGE, SILENT = "stage without data", "touchpoint without data"
NOT_HEARD, TOO_FEW, OFF_MAP = "segment not heard", "too few answers", "not on the map"
# A lever comes first; then the kinds in this order, where much happens before where little does.
KINDS = (NO_STAGE, SILENT_STAGE, SILENT, NO_NEED, NOT_HEARD, TOO_FEW, OFF_MAP)
QUOTED = {NO_NEED: "need", NO_STAGE: "stage", SILENT_STAGE: "stage"}  # what a name is, where it is no touchpoint
COLUMNS = ["kind", "what", "stage", "lever", "volume", "n", "more", "more_answers", "why", "next"]
NO_GROUP = {NOT_STATED, "not given", "not asked", "other or unknown"}  # values of a segment column that name nobody
MOST_VALUES = 50  # of a segment column; one with more is a number or an id, whose values are no groups
Row = dict[str, Any]  # of the table, by column


class Target(NamedTuple):
    """How sure means are to be; their errors now and degrees of freedom by touchpoint; the spread where few tell it."""

    margin: float
    level: float
    errors: dict[str, float]
    dfs: dict[str, float]
    spread: float

    def needed(self, spread: float | None = None) -> int:
        """How many scores it takes: see :func:`scores_needed`; never fewer than 30."""
        usual = self.spread if spread is None else spread
        return max(FEW, scores_needed(usual, self.margin, self.level))


class Heard(NamedTuple):
    """A touchpoint, its scores (None where hidden), how many more it needs, half the width of its interval."""

    name: str
    n: int | None
    more: int
    half: float


class Group(NamedTuple):
    """A segment, how many answered, and whether that may be told of it alone."""

    name: str
    size: int
    guarded: bool
    nobody: bool  # its name stands for no group, such as "not stated"


def blind_spots(
    record: Scorecard,
    *,
    margin: float | None = None,
    segments: Sequence[Segment] = (),
) -> View:
    """List where nothing or too little is known, and how many more answers it takes.

    See :meth:`cxlens.stages.baseline.baseline.Baseline.blind_spots`.
    """
    named = tuple(segments)
    for segment in named:
        check_kind("blind_spots: segments", segment, Segment, "cx.Segment(name, {column: value})")
    if margin is not None and not _is_width(margin):
        raise ValuesError(f"margin={margin!r} is no width. Give points of the score above 0, such as 0.4.")
    whole = by_touchpoint(record)
    target = _target(whole, margin)
    rows = [*_of_touchpoints(whole, target)]
    rows += _of_segments(whole, named, target)
    if whole.touchpoint_map is not None:
        rows += _gaps(whole.touchpoint_map)
        rows += _silent_stages(whole, whole.touchpoint_map)
    rows.sort(key=_harm)
    table = pd.DataFrame(rows, columns=COLUMNS)
    table = table.astype(
        {
            "lever": bool,
            "volume": float,
            "n": "Int64",
            "more": "Int64",
            "more_answers": "Int64",
        }
    )

    def again(answers: Survey | Scorecard) -> View:
        return blind_spots(rescore(record, answers), margin=margin, segments=named)

    note = _note(whole, target)
    return View(
        "baseline/blind spots",
        table,
        _finding(table, whole),
        note,
        record,
        again=again,
    )


def _is_width(margin: object) -> bool:
    """Whether a margin is a number of points above 0."""
    if not isinstance(margin, (int, float)):
        return False
    return isfinite(margin) and margin > 0


def _harm(row: Row) -> tuple[bool | float, ...]:
    """The key that sorts blind spots, the worst first."""
    lever_is_missing = row["lever"] and row["kind"] == NO_NEED
    kind = KINDS.index(row["kind"])
    volume = row.get("volume") or 0
    more = row.get("more") or 0
    return (
        not lever_is_missing,
        kind,
        not row["lever"],
        -volume,
        -more,
    )


def scores_needed(spread: float, margin: float, level: float) -> int:
    """The smallest n, 2 or more, whose t interval is no wider than plus and minus ``margin``; at most ``MOST``.

    ``spread`` is the standard deviation of a score.
    """

    def is_narrow(n: int) -> bool:
        return bool(mean_margin(n, spread, level) <= margin)

    return smallest(is_narrow) or MOST


def more_scores(record: Scorecard, margin: float | None = None) -> dict[str, int]:
    """How many more scores each touchpoint needs, by name; 0 where they suffice."""
    target = _target(record, margin)
    return {heard.name: heard.more for heard in _scored(record, target)}


def _target(record: Scorecard, margin: float | None) -> Target:
    """What is asked of means, and what they are; a range is taken for four standard deviations, where either lacks."""
    scale = record.survey.scale
    means = score_means(record.survey, level=record.level)
    width = scale.high - scale.low if scale else 4.0
    spreads = means["error"] * np.sqrt(means["n"])
    usual = spreads[means["n"] >= record.min_n].median()
    spread = float(usual) if pd.notna(usual) else width / 4
    if not scale:
        width = 4 * spread or 4.0
    return Target(
        margin=margin or width / 10,
        level=record.level,
        errors=dict(zip(means["touchpoint"], means["error"], strict=True)),
        dfs=dict(zip(means["touchpoint"], means["df"], strict=True)),
        spread=spread,
    )


def _heard(record: Scorecard) -> dict[str, int | None]:
    """How many scores each touchpoint has; None where that is not to be told."""
    table = record.table
    nothing = table["note"].isin(["no answers", "not in the survey"])
    n = table["n"].astype(object)
    n = n.where(table["n"].notna(), None)  # hidden
    n = n.mask(nothing, 0)
    return dict(zip(table["touchpoint"], n, strict=True))


def _scored(record: Scorecard, target: Target) -> Iterator[Heard]:
    """What is known of each touchpoint, and what it lacks."""
    for name, n in _heard(record).items():
        if not n:
            yield Heard(name, n, target.needed(), np.nan)
            continue
        error = target.errors[name]
        spread = error * np.sqrt(n) if np.isfinite(error) else None
        more = max(target.needed(spread) - n, 0)
        half = error * float(t_quantile(target.level, target.dfs[name]))
        yield Heard(name, n, more, half)


def _of_touchpoints(record: Scorecard, target: Target) -> Iterator[Row]:
    """Touchpoints without data, with too few answers, or that the map does not have."""
    places = {place.name: place for place in record.touchpoint_map or ()}
    for heard in _scored(record, target):
        place = places.get(heard.name)
        row: Row = {
            "what": heard.name,
            "stage": "",
            "lever": False,
            "n": heard.n,
            "more": heard.more,
        }
        if place and record.touchpoint_map:
            lever = _pulls(place, record.touchpoint_map.lifecycle)
            row |= {"stage": place.stage, "lever": lever, "volume": place.volume}
        if heard.n == 0:
            yield row | _without_data(heard, record, target)
        elif heard.more:
            yield row | _too_few(heard, record, target)
        if places and place is None:
            why = "its stage, needs and standards are not known"
            yield row | {"kind": OFF_MAP, "more": None, "why": why, "next": "place it on the map"}


def _pulls(place: Touchpoint, lifecycle: Lifecycle) -> bool:
    """Whether a need that moves customers on hangs on a touchpoint, by its own word or by that of its stage."""
    stages = [stage for stage in lifecycle if stage.name == place.stage]
    levers = set()
    for stage in stages:
        levers |= {need.name.casefold() for need in stage.needs if need.lever}
    return any(need.lever or need.name.casefold() in levers for need in place.needs)


def _without_data(heard: Heard, record: Scorecard, target: Target) -> Row:
    """Why nothing is known of a touchpoint, and what to do."""
    asked = heard.name in record.survey.touchpoints
    return {
        "kind": SILENT,
        "why": "nobody has scored it" if asked else "it is not in the survey",
        "next": f"ask about it: {plural(heard.more, 'score')} give a mean within ±{number(target.margin)}",
    }


def _too_few(heard: Heard, record: Scorecard, target: Target) -> Row:
    """Why too little is known of a touchpoint, and what to do."""
    answers = None
    if heard.n:
        answers = ceil(heard.more * record.survey.n / heard.n)
    why = f"fewer than {record.min_n if heard.n is None else FEW} answers"
    if heard.half > target.margin:
        why = f"its mean is known within ±{number(heard.half)}, not ±{number(target.margin)}"
    collect = f"collect {plural(heard.more, 'more score')}"
    if answers:
        collect = f"{collect}, from {plural(answers, 'answer')}"
    return {"kind": TOO_FEW, "more_answers": answers, "why": why, "next": collect}


def _gaps(touchpoint_map: TouchpointMap) -> Iterator[Row]:
    """Stages and needs that no touchpoint serves."""
    for gap in touchpoint_map.gaps().to_dict("records"):
        lever = bool(gap["lever"])
        row = {"stage": gap["stage"], "lever": lever}
        if not gap["need"]:
            row |= {"kind": NO_STAGE, "what": gap["stage"], "why": "the map has nothing there"}
            yield row | {"next": "add a touchpoint, or take the stage out"}
            continue
        why = "no touchpoint of the stage serves it"
        if lever:
            why = f"{why}, though it moves customers on"
        row |= {"kind": NO_NEED, "what": gap["need"], "why": why}
        yield row | {"next": "add a touchpoint, or let one serve it"}


def _silent_stages(record: Scorecard, touchpoint_map: TouchpointMap) -> Iterator[Row]:
    """Stages of which nothing is heard."""
    heard = _heard(record)
    for stage in touchpoint_map.lifecycle.names:
        here = [place for place in touchpoint_map if place.stage == stage]
        if not here or any(heard[place.name] != 0 for place in here):
            continue
        why = "its only touchpoint is not scored"
        if len(here) > 1:
            why = f"none of its {len(here)} touchpoints is scored"
        yield {
            "kind": SILENT_STAGE,
            "what": stage,
            "stage": stage,
            "lever": False,
            "volume": sum(place.volume or 0 for place in here) or None,
            "n": 0,
            "why": why,
            "next": f"ask about one of them, such as {here[0].name}",
        }


def _of_segments(
    record: Scorecard,
    segments: tuple[Segment, ...],
    target: Target,
) -> Iterator[Row]:
    """Values of segment columns, and segments named, of which fewer than 30 answers are there."""
    groupings, guarded = _columns(record)
    groupings.append([_named(record.survey, segment, guarded) for segment in segments])
    for groups in groupings:
        if not groups:
            continue
        for group in groups:
            if group.size < FEW and not group.nobody:
                yield _not_heard(group, record.min_n, target)


def _columns(record: Scorecard) -> tuple[list[list[Group]], set[str]]:
    """The values of each segment column; and columns of which a value is hidden.

    A segment of values of such a column would give it away.
    """
    groupings: list[list[Group]] = []
    guarded: set[str] = set()
    for column in record.survey.segments:
        counted = tally(record.survey.source, 0, 1, [column])
        sizes = answers_by_cell(counted, 1)[:, -1:]
        hidden = record.survey.hidden(counted.cells, sizes, [-1], record.min_n)
        if hidden.any():
            guarded.add(column)
        if len(sizes) <= MOST_VALUES:
            values = zip(
                counted.cells[column],
                sizes[:, 0].tolist(),
                hidden[:, 0].tolist(),
                strict=True,
            )
            name = record.survey.named(column)
            groupings.append([_valued(name, *value) for value in values])
    return groupings, guarded


def _valued(column: str, value: object, size: int, hidden: bool) -> Group:
    """A value of a segment column."""
    return Group(
        name=f"{column} = {value}",
        size=size,
        guarded=hidden,
        nobody=str(value).casefold() in NO_GROUP,
    )


def _named(survey: Survey, segment: Segment, guarded: set[str]) -> Group:
    """A segment that ought to be heard."""
    return Group(
        name=segment.name,
        size=_answers(survey, segment),
        guarded=not guarded.isdisjoint(segment.where),
        nobody=False,
    )


def _not_heard(group: Group, min_n: int, target: Target) -> Row:
    """A group of which too few answered; how many is not told where that would give few away."""
    is_hidden = group.guarded or 0 < group.size < min_n
    n = None if is_hidden and group.size else group.size
    more = target.needed() - (n or 0)
    why = "nobody has answered"
    if group.size:
        why = reason(min_n) if is_hidden else f"fewer than {FEW} answers"
    return {
        "kind": NOT_HEARD,
        "what": group.name,
        "stage": "",
        "lever": False,
        "n": n,
        "more": more,
        "more_answers": more,
        "why": why,
        "next": f"hear {plural(more, 'more customer')} of it",
    }


def _answers(survey: Survey, segment: Segment) -> int:
    """How many answers belong to a segment; none is what is looked for here, and no error."""
    labels = [*survey.segments, survey.time, survey.channel, survey.cluster]
    check_columns(segment, labels)
    check_no_codes(segment.name, segment.where, survey.words.labels)
    try:
        return survey.where(segment).n
    except ValuesError as error:
        if error.__cause__ is not None:  # a range asked of text
            raise
        return 0


def _finding(table: pd.DataFrame, record: Scorecard) -> Finding:
    """How many there are, and the worst of them."""
    everyone = count(record.survey.n)
    if table.empty:
        return Finding(f"No blind spot is found among {plural(len(record.table), 'touchpoint')}", n=everyone)
    row = table.iloc[0]
    name = row["what"]
    if row["kind"] in QUOTED:
        name = f'the {QUOTED[row["kind"]]} "{name}"'
    where = ""
    if row["stage"] and row["stage"] != row["what"]:
        where = f" ({row['stage']})"
    n = everyone
    if not pd.isna(row["n"]):
        n = f"{count(row['n'])} of {everyone}"
    spots = plural(len(table), "blind spot")
    return Finding(f"{spots}, the worst: {name}{where}", certainty=row["why"], n=n)


def _note(record: Scorecard, target: Target) -> str:
    """How many answers are enough, and what was not looked at."""
    maps = "" if record.touchpoint_map else " Without a touchpoint map, stages and needs are not looked at."
    return (
        f"More: ratings needed for a mean within ±{number(target.margin)} ({percent(target.level)} interval), and no "
        f"fewer than {FEW}. Cells of fewer than {record.min_n} answers are blank.{maps}"
    )
