"""The parts of a study: objectives, personas, units, systems, methods, targets, where the data are.

Each is a record, checked when it is made. What a change is stands in :mod:`cxlens.study.changes`; the study that holds
them all is in :mod:`cxlens.study.study`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd

from cxlens.common.arguments import check_fits, misfits_told
from cxlens.engine.spark import is_spark
from cxlens.errors import ValuesError, check_known, check_option
from cxlens.files.given import Given
from cxlens.files.nodes import (
    Node,
    Number,
    read_by,
    read_by_column,
    read_columns,
    read_date,
    read_files,
    read_path,
    read_texts,
    read_values,
)
from cxlens.files.tables import given_number
from cxlens.study.changes import Change
from cxlens.study.journeys import Journey
from cxlens.study.lifecycle import refuse_doubles, settle
from cxlens.study.scale import OutcomeKind, Scale, check_scale
from cxlens.study.segments import Segment, as_names
from cxlens.study.waves import Period

Condition = Literal["good", "usable", "poor"]
AskedOf = Literal["customers", "internal users"]
MethodKind = Literal["survey", "interview", "event log", "mystery visit", "employee survey", "workshop"]


def _read_scales(node: Node) -> dict[str, Scale]:
    """A scale for each column."""
    return {column: scale.build(Scale) for column, scale in node.table().items()}


def _read_scale(node: Node) -> Scale | dict[str, Scale]:
    """One scale, or one for each touchpoint: a table of tables."""
    if not isinstance(node.value, dict):
        raise node.unexpected("a scale such as {low = 1, high = 5}")
    entries = node.table()
    is_each = bool(entries) and all(isinstance(entry.value, dict) for entry in entries.values())
    return _read_scales(node) if is_each else node.build(Scale)


# What a record takes, and how a file says it.
Date = Annotated[str, read_by(read_date)]  # ISO, or in words: "third quarter"
Data = Annotated[Any, read_by(read_path)]  # a path, or a pandas frame
Files = Annotated[Any, read_by(read_files)]  # the same, or a list of paths, or {wave: path}
Columns = Annotated[Any, read_by(read_columns)]  # {name: column} or {name: {dimension: column}}; a list becomes such
Texts = Annotated[Any, read_by(read_texts)]  # {name: text}
OneOrEach = Annotated[Any, read_by(_read_scale)]  # a Scale, or {touchpoint: Scale}
Scales = Annotated[Any, read_by(_read_scales)]  # {column: Scale}
ByColumn = Annotated[Any, read_by(read_by_column)]  # {column: value} or {column: {code: word}}
Ids = Annotated[Any, read_by(read_values)]  # ids that stand for nobody


@misfits_told
@dataclass(frozen=True, slots=True)
class Objective:
    """What the study is for: the corporate `goal` it serves, its `kpi`, the `target` and the `date` for it."""

    name: str
    goal: str = ""
    kpi: str = ""
    target: Number | None = None
    date: Date = ""

    def __post_init__(self) -> None:
        if self.target is not None:
            given_number(f"objective {self.name!r}: target", self.target)


@misfits_told
@dataclass(frozen=True, slots=True)
class Persona:
    """A kind of customer told as a person: who it is, and the name of the segment it stands for."""

    name: str
    about: str = ""
    segment: str = ""


@misfits_told
@dataclass(frozen=True, slots=True)
class Unit:
    """A business unit that is affected, and its role in the study."""

    name: str
    role: str = ""


@misfits_told
@dataclass(frozen=True, slots=True)
class DataSystem:
    """A system that holds data: what it `holds`, its condition (good, usable, poor), and the `upgrade` it needs."""

    name: str
    holds: str
    condition: Condition
    upgrade: str = ""

    def __post_init__(self) -> None:
        check_option("condition", self.condition, Condition)


@misfits_told
@dataclass(frozen=True, slots=True)
class ResearchMethod:
    """A way of finding out: its kind, the touchpoints it covers, and how often it runs (`cadence`).

    Kinds: survey, interview, event log, mystery visit, employee survey, workshop.
    """

    name: str
    kind: MethodKind
    touchpoints: tuple[str, ...] = ()
    cadence: str = ""

    def __post_init__(self) -> None:
        check_option("kind", self.kind, MethodKind)
        settle(self, {"touchpoints": as_names(self.touchpoints)})


@misfits_told
@dataclass(frozen=True, slots=True)
class Target:
    """A figure to reach: of a metric, at a touchpoint (``""``: overall), in a segment (``""``: all), by a date.

    `of` says who is asked: customers, or the internal users of the study's results, whose satisfaction is no metric of
    the customer survey.
    """

    metric: str
    target: Number
    touchpoint: str = ""
    segment: str = ""
    date: Date = ""
    of: AskedOf = "customers"

    def __post_init__(self) -> None:
        check_option("of", self.of, AskedOf)
        given_number(f"target of {self.metric!r}", self.target)


@misfits_told
@dataclass(frozen=True, slots=True, eq=False)
class SurveyPlan:
    """Where the answers are and what their columns mean: the arguments of `Survey`.

    `data` is a path, a list of paths, ``{wave: path}`` (``time`` is then a column to make, by default "wave"), or a
    pandas frame (which is copied). `reading` says how the files are read, where what is found would be wrong: the
    options of :func:`cxlens.read_answers`. `touchpoints` is kept as ``{name: column}`` or
    ``{name: {dimension: column}}``, `outcome` as ``{column: kind}``, `outcome_scale` as ``{column: Scale}``.
    `scale` is one, or ``{touchpoint: Scale}``. `place` is the segment column that names the place where there are many
    of one kind, such as hotels or shops: the report then compares them (:func:`cxlens.compare_places`).

    Raises
    ------
    OptionError, ValuesError
        When an outcome is of no known kind, a touchpoint comes twice, a scale is no `Scale`, or the place is neither a
        segment nor the channel. The rest is checked by `Survey`.
    """

    data: Files
    _: KW_ONLY
    touchpoints: Columns
    outcome: Texts = field(metadata={"key": "outcomes"})
    scale: OneOrEach = None
    outcome_scale: Scales = field(default=None, metadata={"key": "outcome_scales"})
    segments: tuple[str, ...] = ()
    respondent: str | None = None
    unknown: Ids = ()
    weight: str | None = None
    count: str | None = None
    cluster: str | None = None
    time: str | None = None
    period: Period | None = None
    channel: str | None = None
    comments: Texts = None
    emotion: Texts = None
    names: Texts = None
    labels: ByColumn = None
    positive: ByColumn = None
    place: str | None = None
    reading: Given | None = None

    def __post_init__(self) -> None:
        check_fits("SurveyPlan: touchpoints", self.touchpoints, Mapping[str, Any] | Sequence[str])
        check_fits("SurveyPlan: outcome", self.outcome, Mapping[str, str] | str)
        for role in ("comments", "emotion"):
            check_fits(f"SurveyPlan: {role}", getattr(self, role), Mapping[str, str] | None)
        touchpoints = _as_columns(self.touchpoints)
        outcome = as_kinds(self.outcome)
        check_scale("scale", self.scale)
        scales = outcome_scales(self.outcome_scale, outcome)
        time = "wave" if self.time is None and isinstance(self.data, Mapping) else self.time
        settle(
            self,
            {
                "data": as_source(self.data),
                "time": time,
                "segments": as_names(self.segments),
                "touchpoints": touchpoints,
                "outcome": outcome,
                "outcome_scale": scales,
                "comments": dict(self.comments or {}),
                "emotion": dict(self.emotion or {}),
                "names": dict(self.names or {}),
                "labels": {column: dict(words) for column, words in (self.labels or {}).items()},
                "positive": dict(self.positive or {}),
            },
        )
        if self.place is not None:
            columns = [*self.segments, *filter(None, [self.channel])]
            check_known("survey: place", [self.place], columns, "Segments")


@misfits_told
@dataclass(frozen=True, slots=True, eq=False)
class EventsPlan:
    """Where the events are and what their columns mean: the arguments of `JourneyLog`.

    `data` is a path or a pandas frame (which is copied), `reading` as in `SurveyPlan`. Whether the columns exist
    is checked by `JourneyLog`.
    """

    data: Data
    _: KW_ONLY
    customer: str = ""
    touchpoint: str = ""
    time: str | None = None
    order: str | None = None
    unknown: Ids = ()
    ends_at: tuple[str, ...] = ()
    gap: str | None = None
    lifecycle: str | None = None
    outcome: str | None = None
    value: str | None = None
    score: str | None = None
    segments: tuple[str, ...] = ()
    reading: Given | None = None

    def __post_init__(self) -> None:
        names = {"segments": as_names(self.segments), "ends_at": as_names(self.ends_at)}
        settle(self, {"data": as_source(self.data), **names})


@misfits_told
@dataclass(frozen=True, slots=True, eq=False)
class PurchasesPlan:
    """Where purchases are and what their columns mean.

    `data` is a path or a pandas frame (which is copied), `reading` as in `SurveyPlan`. `customer` holds the ids that
    the survey has as its respondents, `time` the dates, `value` the money; `segments` are columns that describe the
    customer. `silent`: after so many days without a purchase a customer counts as gone.
    """

    data: Data
    _: KW_ONLY
    customer: str
    time: str
    value: str | None = None
    unknown: Ids = ()
    segments: tuple[str, ...] = ()
    silent: Number | None = None
    reading: Given | None = None

    def __post_init__(self) -> None:
        if self.silent is not None and given_number("purchases: silent", self.silent) <= 0:
            raise ValuesError(f"purchases: silent is {self.silent:g}. Give a number of days above 0.")
        settle(self, {"data": as_source(self.data), "segments": as_names(self.segments)})


PARTS: dict[str, type] = {
    "objectives": Objective,
    "personas": Persona,
    "units": Unit,
    "systems": DataSystem,
    "methods": ResearchMethod,
    "targets": Target,
    "segments": Segment,
    "changes": Change,
    "planned_journeys": Journey,
}


def as_source(data: Any) -> Any:
    """A path, a tuple of paths, a path for each wave, a copy of a frame, or a table of Spark."""
    if is_spark(data):
        return data
    if isinstance(data, (list, tuple)):
        check_fits("data", data, Sequence[str | Path])
        return tuple(map(Path, data))
    if isinstance(data, Mapping):
        check_fits("data", data, Mapping[Any, str | Path])
        return {str(wave): Path(path) for wave, path in data.items()}
    check_fits("data", data, str | Path | pd.DataFrame)
    if isinstance(data, pd.DataFrame):
        return data.copy()
    return Path(data)


def _as_columns(touchpoints: Any) -> dict[str, Any]:
    """``{name: column}``; a list of columns names each touchpoint by its column."""
    if isinstance(touchpoints, Mapping):
        return dict(touchpoints)
    refuse_doubles("touchpoint", touchpoints, "Name each touchpoint once.")
    return {name: name for name in touchpoints}


def as_kinds(outcome: Any) -> dict[str, Any]:
    """``{column: kind}``; a text is one column of kind interval."""
    kinds = {outcome: "interval"} if isinstance(outcome, str) else dict(outcome)
    for column, kind in kinds.items():
        check_option(f"outcome {column!r}: kind", kind, OutcomeKind)
    return kinds


def outcome_scales(given: Any, outcome: Mapping[str, Any]) -> dict[str, Scale]:
    """``{column: Scale}``; one scale is that of every outcome."""
    check_scale("outcome_scale", given)
    if isinstance(given, Scale):
        return dict.fromkeys(outcome, given)
    return dict(given or {})
