"""The study: whom we ask about what, why, and where the data are, in one checked noun.

How a study is written down as TOML is the business of ``_toml``; figures and pictures do not belong here.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from cxlens.errors import CxlensError, ValuesError, check_option, listing, unknown_name
from cxlens.model.initiatives import read_initiatives
from cxlens.model.lifecycle import refuse_doubles
from cxlens.model.segments import Segment
from cxlens.model.survey import OutcomeKind, Scale, Survey
from cxlens.model.text import card
from cxlens.model.touchpoints import TouchpointMap

if TYPE_CHECKING:
    from cxlens.model.journeys import JourneyLog

Name = str  # text that must not be blank
Date = str  # a date as text: ISO, or "third quarter"
Scalar = str | int | float | dt.date | dt.time
Values = Scalar | tuple[Scalar, ...]
Columns = str | Mapping[str, str]  # one column, or one a dimension
Conditions = Mapping[str, Any]  # as in Segment(where=)
Condition = Literal["good", "usable", "poor"]
MethodKind = Literal["survey", "interview", "event log", "mystery visit", "employee survey", "workshop"]

WORDS = {"Condition": Condition, "MethodKind": MethodKind, "OutcomeKind": OutcomeKind}
EXPECTED = {
    "Name": "text",
    "str": "text",
    "Date": "a date or text",
    "float": "a number",
    "bool": "true or false",
    "int": "a whole number",
    "tuple[str, ...]": "a list of texts",
    "Scalar": "a value",
    "Values": "a value or a list of values",
    "Columns": "a column, or a table of dimension = column",
    "Conditions": "a table of column = value, [values] or a range",
    "codes": "a list of codes",
}


def conform(kind: str, value: object) -> Any:
    """A value as its declared kind (an annotation of this module), lists as tuples, dates as text.

    Raises
    ------
    ValuesError
        ``expected text, found a whole number 3.``
    """
    bare = kind.removesuffix(" | None")
    if bare != kind and value is None:
        return None
    kept = _kept("str" if bare in WORDS else bare, value)
    if kept is None:
        odd = [item for item in value if not isinstance(item, str)] if isinstance(value, (list, tuple)) else []
        what = f"{found(odd[0])} in it" if odd and bare.startswith("tuple") else found(value)
        raise ValuesError(f"expected {EXPECTED.get(bare, 'text')}, found {what}.")
    if bare == "Name" and not kept.strip():
        raise ValuesError("expected text, found only blanks.")
    return kept


def found(value: object) -> str:
    """What a value is, in words: ``a whole number 3``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    for kind, words in ((int, "a whole number"), (float, "a number"), (dt.date, "a date"), (dt.time, "a time")):
        if isinstance(value, kind):
            return f"{words} {value}"
    if isinstance(value, str):
        return f"the text {value!r}"
    if isinstance(value, Mapping):
        return "a table"
    return "a list" if isinstance(value, (list, tuple)) else "nothing" if value is None else type(value).__name__


def _kept(kind: str, value: Any) -> Any:
    """The value as it is kept, None where it is not of that kind."""
    value = value.item() if hasattr(value, "item") and hasattr(value, "dtype") else value
    many = isinstance(value, (list, tuple))
    if kind in ("str", "Name", "Date"):
        if kind == "Date" and isinstance(value, dt.date):
            return value.isoformat()
        return value if isinstance(value, str) else None
    if kind in ("float", "int"):
        numeric = isinstance(value, (int, float) if kind == "float" else int) and not isinstance(value, bool)
        return (float(value) if kind == "float" else value) if numeric and math.isfinite(value) else None
    if kind == "bool":
        return value if isinstance(value, bool) else None
    if kind == "tuple[str, ...]":
        return tuple(value) if many and all(isinstance(item, str) for item in value) else None
    if kind in ("Scalar", "Values"):
        if many and kind == "Values":
            kept = tuple(_scalar(item) for item in value)
            return None if None in kept or not kept else kept
        return _scalar(value)
    if kind == "Columns" and isinstance(value, Mapping):
        return dict(value) if value and all(isinstance(item, str) for item in value.values()) else None
    if kind == "Conditions":
        return dict(value) if isinstance(value, Mapping) and value else None
    if kind == "codes":
        return tuple(None if _is_nan(item) else item for item in value) if many else None
    return value if isinstance(value, str) else None


def _scalar(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") and hasattr(value, "dtype") else value
    return value if isinstance(value, (str, int, float, dt.date, dt.time)) else None


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _keep(entry: Any) -> None:
    """Check every declared field of an entry, and keep it as `conform` gives it."""
    for field in fields(entry):
        kind = str(field.type)
        if kind.removesuffix(" | None") not in {*EXPECTED, *WORDS}:
            continue
        thing = f"{type(entry).__name__} {field.name}"
        try:
            value = conform(kind, getattr(entry, field.name))
        except ValuesError as error:
            raise ValuesError(f"{thing}: {error}") from None
        if kind in WORDS:
            check_option(field.name, value, WORDS[kind])
        object.__setattr__(entry, field.name, value)


@dataclass(frozen=True, slots=True)
class Objective:
    """What the study is for: the corporate `goal` it serves, its `kpi`, the `target` and the `date` for it."""

    name: Name
    goal: str = ""
    kpi: str = ""
    target: float | None = None
    date: Date = ""

    def __post_init__(self) -> None:
        _keep(self)


@dataclass(frozen=True, slots=True)
class Persona:
    """A kind of customer told as a person: who it is, and the name of the segment it stands for."""

    name: Name
    about: str = ""
    segment: str = ""

    def __post_init__(self) -> None:
        _keep(self)


@dataclass(frozen=True, slots=True)
class Unit:
    """A business unit that is affected, and its role in the study."""

    name: Name
    role: str = ""

    def __post_init__(self) -> None:
        _keep(self)


@dataclass(frozen=True, slots=True)
class DataSystem:
    """A system that holds data: what it `holds`, its condition (good, usable, poor), and the `upgrade` it needs."""

    name: Name
    holds: str
    condition: Condition
    upgrade: str = ""

    def __post_init__(self) -> None:
        _keep(self)


@dataclass(frozen=True, slots=True)
class ResearchMethod:
    """A way of finding out: its kind, the touchpoints it covers, and how often it runs (`cadence`).

    Kinds: survey, interview, event log, mystery visit, employee survey, workshop.
    """

    name: Name
    kind: MethodKind
    touchpoints: tuple[str, ...] = ()
    cadence: str = ""

    def __post_init__(self) -> None:
        _keep(self)


@dataclass(frozen=True, slots=True)
class Target:
    """A figure to reach: of a metric, at a touchpoint (``""``: overall), in a segment (``""``: all), by a date."""

    metric: Name
    target: float
    touchpoint: str = ""
    segment: str = ""
    date: Date = ""

    def __post_init__(self) -> None:
        _keep(self)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was done, to be measured.

    Parameters
    ----------
    name
        What was done.
    touchpoint
        Where; ``""`` when it is to be seen in the outcome.
    before, after
        A value, or several, of the survey's time column.
    treated
        ``{column: value}`` for those who got it, conditions as in `Segment`; None when all did.
    done
        The date, as text.

    Raises
    ------
    ValuesError, OptionError
        When a field is not of its kind.
    """

    name: Name
    _: KW_ONLY
    touchpoint: str = ""
    before: Values
    after: Values
    treated: Conditions | None = None
    done: Date = ""

    def __post_init__(self) -> None:
        _keep(self)


@dataclass(frozen=True, slots=True, eq=False)
class SurveyPlan:
    """Where the answers are and what their columns mean: the arguments of `Survey`.

    `data` is a path or a pandas frame (which is copied). `touchpoints` is kept as ``{name: column}`` or
    ``{name: {dimension: column}}``, `outcome` as ``{column: kind}``, `outcome_scale` as ``{column: Scale}``.

    Raises
    ------
    ValuesError, OptionError
        When a part is not of its kind. Whether the columns exist is checked by `Survey`.
    """

    data: Any
    _: KW_ONLY
    touchpoints: Any
    outcome: Any
    scale: Scale | None = None
    outcome_scale: Any = None
    segments: tuple[str, ...] = ()
    respondent: str | None = None
    weight: str | None = None
    cluster: str | None = None
    time: str | None = None
    channel: str | None = None
    comments: Any = None
    emotion: Any = None

    def __post_init__(self) -> None:
        _keep(self)
        points, outcome, scale = self.touchpoints, self.outcome, self.outcome_scale
        if isinstance(points, (list, tuple)):
            refuse_doubles("touchpoint", points, "Name each touchpoint once.")
            points = {name: name for name in points}
        outcome = {outcome: "interval"} if isinstance(outcome, str) else outcome
        scale = dict.fromkeys(outcome, scale) if isinstance(scale, Scale) and isinstance(outcome, Mapping) else scale
        if scale is not None and not isinstance(scale, Mapping):
            raise ValuesError(f"SurveyPlan outcome_scale: expected a Scale or a dict of them, found {found(scale)}.")
        kept: dict[str, Any] = {
            "data": _source("SurveyPlan", self.data),
            "touchpoints": _by_name("SurveyPlan touchpoints", "Columns", points),
            "outcome": _by_name("SurveyPlan outcome", "str", outcome),
            "outcome_scale": dict(scale or {}),
            "comments": _by_name("SurveyPlan comments", "str", self.comments or {}),
            "emotion": _by_name("SurveyPlan emotion", "str", self.emotion or {}),
        }
        for kind in kept["outcome"].values():
            check_option("outcome kind", kind, OutcomeKind)
        for name, value in [("scale", self.scale), *kept["outcome_scale"].items()]:
            if value is not None and not isinstance(value, Scale):
                raise ValuesError(f"SurveyPlan {name}: expected a Scale, found {found(value)}.")
        for name, value in kept.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True, eq=False)
class EventsPlan:
    """Where the events are and what their columns mean: the arguments of `JourneyLog`.

    `data` is a path or a pandas frame (which is copied).

    Raises
    ------
    ValuesError
        When a part is not of its kind. Whether the columns exist is checked by `JourneyLog`.
    """

    data: Any
    _: KW_ONLY
    customer: Name
    touchpoint: Name
    time: str | None = None
    order: str | None = None
    outcome: str | None = None
    value: str | None = None
    score: str | None = None
    segments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _keep(self)
        object.__setattr__(self, "data", _source("EventsPlan", self.data))


PARTS: dict[str, type] = {
    "objectives": Objective,
    "personas": Persona,
    "units": Unit,
    "systems": DataSystem,
    "methods": ResearchMethod,
    "targets": Target,
    "segments": Segment,
    "changes": Change,
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Study:
    """Everything a touchpoint analysis rests on, described once.

    Parameters
    ----------
    name, organisation, about
        What the study is called, for whom it is made, and what it is about.
    simulated
        True when the data are made up; everything shown then says so.
    objectives, personas, units, systems, methods, targets, changes
        Tuples of `Objective`, `Persona`, `Unit`, `DataSystem`, `ResearchMethod`, `Target` and `Change`.
    survey_plan, events_plan
        Where the data are: `SurveyPlan` and `EventsPlan`.
    touchpoint_map, segments
        A `TouchpointMap`, and a tuple of `Segment`.
    initiatives_data
        A path to a CSV file, or a pandas frame: see :func:`cxlens.model.initiatives.read_initiatives`.

    Raises
    ------
    ValuesError
        When a part is of the wrong kind.
    OptionError
        When a name comes twice, or a touchpoint is named that neither the map nor the survey has.

    Examples
    --------
    >>> import cxlens as cx
    >>> cx.Study("Airport", organisation="Example Airport", simulated=True)
    Study "Airport" for Example Airport, simulated data: nothing in it yet.
    """

    name: Name
    _: KW_ONLY
    organisation: str = ""
    about: str = ""
    simulated: bool = False
    objectives: tuple[Objective, ...] = ()
    personas: tuple[Persona, ...] = ()
    units: tuple[Unit, ...] = ()
    systems: tuple[DataSystem, ...] = ()
    methods: tuple[ResearchMethod, ...] = ()
    targets: tuple[Target, ...] = ()
    survey_plan: SurveyPlan | None = None
    touchpoint_map: TouchpointMap | None = None
    segments: tuple[Segment, ...] = ()
    initiatives_data: Any = None
    events_plan: EventsPlan | None = None
    changes: tuple[Change, ...] = ()

    def __post_init__(self) -> None:
        _keep(self)
        for part, kind in PARTS.items():
            object.__setattr__(self, part, _entries(part, kind, getattr(self, part)))
        for part, kind in (("survey_plan", SurveyPlan), ("touchpoint_map", TouchpointMap), ("events_plan", EventsPlan)):
            value = getattr(self, part)
            if value is not None and not isinstance(value, kind):
                raise ValuesError(f"Study {part}: expected {kind.__name__}, found {found(value)}.")
        if self.initiatives_data is not None:
            object.__setattr__(self, "initiatives_data", _source("Study initiatives", self.initiatives_data))
        self._check_touchpoints()

    @classmethod
    def from_toml(cls, path: str | Path) -> Study:
        """Read a study from a TOML file. Files it names are looked for from its own folder.

        Parameters
        ----------
        path
            The file. Tables: ``study``, ``objectives``, ``personas``, ``units``, ``systems``, ``methods``,
            ``targets``, ``survey``, ``map``, ``segments``, ``initiatives``, ``events``, ``changes``. A range is
            written ``{from = 1, to = 3}``, either end may be left out; `nan` among the codes of a scale stands for
            an empty cell.

        Returns
        -------
        Study
            The study. Its map is read, survey, initiatives and events are read when asked for.

        Raises
        ------
        FileError
            When the file, or one it names, is not there, not readable, or does not say what it should: the
            message has the file, the table, the key and the line.
        """
        from cxlens.model._toml import read_study

        return read_study(Path(path))

    def to_toml(self, path: str | Path) -> None:
        """Write the study as TOML, and beside it what is only in memory.

        That is ``survey.parquet``, ``touchpoints.csv``, ``initiatives.csv`` and ``events.parquet``: files of these
        names in the folder are replaced. Data that are files stay where they are; the study names them from its new
        folder. Each file appears whole or not at all, the study last.

        Parameters
        ----------
        path
            The file to write, such as ``study.toml``.

        Raises
        ------
        FileError
            When the folder is not there, a frame cannot be written, or a file would replace one that the study reads.
        """
        from cxlens.model._toml import write_study

        write_study(self, Path(path))

    def survey(self) -> Survey:
        """The answers, read and checked.

        Raises
        ------
        CxlensError
            When the study has no survey, or `Survey` refuses the data.
        """
        plan = self.survey_plan
        if plan is None:
            raise _absent("survey", "[survey]", "survey_plan=SurveyPlan(...)")
        options = {field.name: getattr(plan, field.name) for field in fields(plan) if field.name != "data"}
        return Survey(plan.data, **options)

    def map(self) -> TouchpointMap:
        """The touchpoint map.

        Raises
        ------
        CxlensError
            When the study has none.
        """
        if self.touchpoint_map is None:
            raise _absent("touchpoint map", "[map]", "touchpoint_map=TouchpointMap(...)")
        return self.touchpoint_map

    def initiatives(self) -> pd.DataFrame:
        """The initiatives, read and checked against the touchpoints of the map and the survey.

        Returns
        -------
        pandas.DataFrame
            As :func:`cxlens.model.initiatives.read_initiatives` describes.

        Raises
        ------
        CxlensError
            When the study has none, has neither map nor survey, or the list is not right.
        """
        if self.initiatives_data is None:
            raise _absent("initiatives", "[initiatives]", "initiatives_data=...")
        known = self.touchpoint_names
        if not known:
            raise _absent("touchpoints to check the initiatives against", "[map] or [survey]", "touchpoint_map=...")
        return read_initiatives(self.initiatives_data, known)

    def journeys(self) -> JourneyLog:
        """The observed journeys, read and checked.

        Raises
        ------
        CxlensError
            When the study has no events, or `JourneyLog` refuses the data.
        """
        plan = self.events_plan
        if plan is None:
            raise _absent("events", "[events]", "events_plan=EventsPlan(...)")
        from cxlens.model.journeys import JourneyLog

        return JourneyLog(plan.data, **{f.name: getattr(plan, f.name) for f in fields(plan) if f.name != "data"})

    @property
    def touchpoint_names(self) -> tuple[str, ...]:
        """The touchpoints of the map and of the survey, each once."""
        names = [*(self.touchpoint_map.names if self.touchpoint_map else ())]
        names += list(self.survey_plan.touchpoints) if self.survey_plan else []
        return tuple(dict.fromkeys(names))

    @property
    def table(self) -> pd.DataFrame:
        """What is in the study: columns ``part`` and ``entries`` (their number, then their names)."""
        rows = [
            (part, f"{len(entries)}: {listing(getattr(entry, 'name', None) or entry.metric for entry in entries)}")
            for part in PARTS
            if (entries := getattr(self, part))
        ]
        if self.survey_plan:
            kinds = listing(f"{column} ({kind})" for column, kind in self.survey_plan.outcome.items())
            points = self.survey_plan.touchpoints
            rows.append(("survey", f"{len(points)} touchpoints; outcome {kinds}; {_where(self.survey_plan.data)}"))
        if self.touchpoint_map:
            rows.append(("map", f"{len(self.touchpoint_map)}: {listing(self.touchpoint_map.names)}"))
        if self.initiatives_data is not None:
            rows.append(("initiatives", _where(self.initiatives_data)))
        if self.events_plan:
            rows.append(("events", _where(self.events_plan.data)))
        return pd.DataFrame(rows, columns=["part", "entries"])

    def _check_touchpoints(self) -> None:
        """Where a map says which touchpoints there are, no other may be named."""
        known = self.touchpoint_names
        named = [(f"method {method.name!r}", name) for method in self.methods for name in method.touchpoints]
        named += [(f"target {target.metric!r}", target.touchpoint) for target in self.targets]
        named += [(f"change {change.name!r}", change.touchpoint) for change in self.changes]
        for thing, name in named:
            if self.touchpoint_map and name and name not in known:
                raise unknown_name(f"{thing}: touchpoint", name, known, "Touchpoints")

    def __str__(self) -> str:
        parts = [f"{len(getattr(self, part))} {part}" for part in PARTS if getattr(self, part)]
        parts = [text[:-1] if text.startswith("1 ") else text for text in parts]
        parts += [f"a survey of {len(self.survey_plan.touchpoints)} touchpoints"] if self.survey_plan else []
        parts += [f"a map of {len(self.touchpoint_map)} touchpoints"] if self.touchpoint_map else []
        parts += ["initiatives"] if self.initiatives_data is not None else []
        parts += ["events"] if self.events_plan else []
        whose = f" for {self.organisation}" if self.organisation else ""
        made = ", simulated data" if self.simulated else ""
        return f'Study "{self.name}"{whose}{made}: {", ".join(parts) or "nothing in it yet"}.'

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return card(str(self), self.table, self.about)


def _entries(part: str, kind: type, entries: Any) -> tuple[Any, ...]:
    if isinstance(entries, (str, Mapping, kind)) or not isinstance(entries, Iterable):
        raise ValuesError(f"Study {part}: expected a list of {kind.__name__}, found {found(entries)}.")
    kept = tuple(entries)
    for entry in kept:
        if not isinstance(entry, kind):
            raise ValuesError(f"Study {part}: expected {kind.__name__}(...), found {found(entry)}.")
    if kind is not Target:
        refuse_doubles(part[:-1], [entry.name for entry in kept], "Give each a name of its own.")
    return kept


def _by_name(thing: str, kind: str, named: Any) -> dict[str, Any]:
    if not isinstance(named, Mapping):
        raise ValuesError(f"{thing}: expected a list of columns or a dict, found {found(named)}.")
    kept = {}
    for name, value in named.items():
        try:
            kept[conform("Name", name)] = conform(kind, value)
        except ValuesError as error:
            raise ValuesError(f"{thing} {name!r}: {error}") from None
    return kept


def _source(thing: str, data: Any) -> Path | pd.DataFrame:
    """A path, or a copy of a frame."""
    if isinstance(data, pd.DataFrame):
        return data.copy()
    if isinstance(data, (str, Path)) and str(data).strip():
        return Path(data)
    raise ValuesError(f"{thing} data: expected a path or a pandas frame, found {found(data)}.")


def _where(data: Path | pd.DataFrame) -> str:
    return f"{len(data):,} rows in memory" if isinstance(data, pd.DataFrame) else f"file {data.name}"


def _absent(what: str, table: str, argument: str) -> CxlensError:
    return CxlensError(f"this study has no {what}. Add {table} to its TOML file, or Study(..., {argument}).")
