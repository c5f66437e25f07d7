"""Surveys: which column is what, checked once, kept as facts.

The one place that knows what an answer means. Figures are made by verbs, and how rows are read is the
business of :mod:`cxlens.engine.tables`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from numbers import Real
from types import MappingProxyType
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.html import card
from cxlens.common.small_cells import SmallCells
from cxlens.common.values import count, plural
from cxlens.engine.roles import Codes, Roles
from cxlens.engine.tables import InMemory, Rows, Source
from cxlens.engine.tallies import answers_by_cell, answers_by_kind, describe, tally
from cxlens.errors import (
    ColumnError,
    OptionError,
    ValuesError,
    check_known,
    check_option,
    did_you_mean,
    listing,
)
from cxlens.files.answers import Opened, open_answers
from cxlens.files.nodes import Number, read_by, read_values
from cxlens.study.door import Labels, checked_labels, waves_in
from cxlens.study.segments import Segment, as_names, as_segment, check_columns, not_comparable
from cxlens.study.waves import Period

OutcomeKind = Literal["interval", "nps", "binary", "ordinal"]
SpecialCodes = Annotated[Iterable[Any], read_by(read_values)]  # None among them: an empty cell
Touchpoints = Sequence[str] | Mapping[str, str | Mapping[str, str]]


@misfits_told
@dataclass(frozen=True, slots=True)
class Scale:
    """A rating scale and what its special codes mean.

    Parameters
    ----------
    low, high
        The lowest and the highest score; high is good.
    not_used
        Codes for "I did not use this". ``None`` among them: an empty cell means not used.
    blank
        Codes for "no answer". An empty cell is blank unless ``not_used`` claims it.
    top
        How many of the highest scores count as the top box: 2 by default, 1 on scales of fewer than 5 points.

    Examples
    --------
    >>> import cxlens as cx
    >>> cx.Scale(1, 5, not_used=[6], blank=[0]).top_from
    4
    """

    low: Number
    high: Number
    _: KW_ONLY
    not_used: SpecialCodes = ()
    blank: SpecialCodes = ()
    top: int | None = None

    def __post_init__(self) -> None:
        if not all(isinstance(value, Real) for value in (self.low, self.high, 1 if self.top is None else self.top)):
            given = "" if self.top is None else f", top={self.top!r}"
            raise ValuesError(f"Scale({self.low!r}, {self.high!r}{given}) takes numbers, such as Scale(1, 5).")
        if not self.low < self.high:
            raise ValuesError(f"Scale({self.low:g}, {self.high:g}) has no room: low has to be below high.")
        top = self._checked_top()
        not_used = _codes("not_used", self.not_used)
        blank = _codes("blank", self.blank)
        self._check_codes(not_used, blank)
        object.__setattr__(self, "not_used", not_used)
        object.__setattr__(self, "blank", blank)
        object.__setattr__(self, "top", top)

    def _checked_top(self) -> int:
        """How many scores the top box has: as given, or by default."""
        points = self.high - self.low + 1
        top = self.top
        if top is None:
            top = 2 if points >= 5 else 1
        if not 1 <= top < points:
            raise ValuesError(
                f"Scale({self.low:g}, {self.high:g}, top={top}): the top box takes 1 to {points - 1:g} of its scores."
            )
        return top

    def _check_codes(self, not_used: tuple[Any, ...], blank: tuple[Any, ...]) -> None:
        """Refuse a code with two meanings, or one that is also a score."""
        for code in not_used:
            if code in blank:
                raise ValuesError(f"Scale: code {code!r} cannot be both not_used and blank. Name it once.")
        for code in (*not_used, *blank):
            if isinstance(code, (int, float)) and self.low <= code <= self.high:
                raise ValuesError(
                    f"Scale({self.low:g}, {self.high:g}): code {code!r} is also a score. "
                    "Codes for not used and blank lie outside the scale."
                )

    @classmethod
    def nps(cls) -> Scale:
        """The scale of the recommendation question: 0 to 10, promoters 9 and 10."""
        return cls(0, 10, top=2)

    @property
    def middle(self) -> float:
        """The score half-way."""
        return (self.low + self.high) / 2

    @property
    def top_from(self) -> float:
        """The lowest score in the top box."""
        return self.high - (self.top or 1) + 1

    @property
    def unhappy_to(self) -> float:
        """The highest score of the unhappy: 6 on 0 to 10, else as many scores from below as the top box has."""
        return 6 if (self.low, self.high) == (0, 10) else self.low + (self.top or 1) - 1

    @property
    def codes(self) -> Codes:
        """The scale as the engine reads it."""
        return Codes(self.low, self.high, tuple(self.not_used), tuple(self.blank))


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Survey:
    """Answers, with every column in its role.

    Parameters
    ----------
    data
        A table of pandas, polars, Arrow, DuckDB or Ibis, or the path of a CSV, Excel, Parquet, SPSS, Stata or SAS
        file, of a folder of such files, or a pattern such as ``"answers/*.csv"``. Separator, decimal comma, encoding,
        sheet and header are found, and told by ``notes``. Parquet files of more than 100,000 rows stay on disk and are
        read in one pass by each verb. The input is never changed.
    touchpoints
        The columns with touchpoint scores: a list of columns, ``{name: column}``, or
        ``{name: {dimension: column}}``. A touchpoint of several dimensions scores the mean of those rated.
    outcome
        What the touchpoints are to explain: a column (kind ``"interval"``) or ``{column: kind}`` with kinds
        ``"interval"``, ``"nps"``, ``"binary"``, ``"ordinal"``. Verbs use the first unless told otherwise.
    scale
        The :class:`Scale` of the touchpoint scores.
    outcome_scale
        The scale of the outcome, or ``{column: Scale}``. An NPS outcome is read from 0 to 10 by default.
    segments
        Columns that tell customers apart.
    respondent, weight, cluster, time, channel
        Columns with the respondent's id, the weight, the id of a cluster (a household, a flight), the wave,
        the channel. Whole-number ids count with all their digits, and codes such as 02134 stay text. Labels that look
        alike ("North" and "north ", 1 and "1") are refused; ids that differ by capitals alone are told. Waves are put
        in the order of time: see :attr:`waves`.
    unknown
        Ids that stand for nobody, such as ``["NA", 0]``: each answer of theirs counts as one of its own. An id is not
        unknown because it reads "NA".
    period
        ``"month"``, ``"quarter"`` or ``"year"`` where ``time`` holds dates: the waves are then called "2024-05",
        "2024 Q2" or "2024", by the clock of the dates' own time zone.
    comments, emotion
        ``{touchpoint: column}`` with free text, and with the strength of feeling.

    Raises
    ------
    ColumnError, FileError, ValuesError
        When a column is missing or has two jobs, the file cannot be read, or values are not what they should be.

    Warns
    -----
    UserWarning
        When one respondent has far more answers than the next, or ids look alike.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"web": [4, 5, 6], "call": [2, 3, 0], "nps": [9, 10, 3]})
    >>> cx.Survey(answers, touchpoints=["web", "call"], outcome={"nps": "nps"},
    ...           scale=cx.Scale(1, 5, not_used=[6], blank=[0]))
    3 answers about 2 touchpoints (web, call); outcome nps (nps).
    """

    touchpoints: tuple[str, ...]
    columns: Mapping[str, Mapping[str, str]]
    outcomes: Mapping[str, OutcomeKind]
    scale: Scale | None
    outcome_scales: Mapping[str, Scale]
    segments: tuple[str, ...]
    respondent: str | None
    unknown: tuple[str, ...]
    weight: str | None
    cluster: str | None
    time: str | None
    period: Period | None
    channel: str | None
    comments: Mapping[str, str]
    emotion: Mapping[str, str]
    source: Source
    notes: tuple[str, ...]
    _doors: dict[int, SmallCells]

    def __init__(
        self,
        data: Any,
        *,
        touchpoints: Touchpoints,
        outcome: str | Mapping[str, OutcomeKind],
        scale: Scale | None = None,
        outcome_scale: Scale | Mapping[str, Scale] | None = None,
        segments: Sequence[str] = (),
        respondent: str | None = None,
        unknown: Iterable[Any] = (),
        weight: str | None = None,
        cluster: str | None = None,
        time: str | None = None,
        period: Period | None = None,
        channel: str | None = None,
        comments: Mapping[str, str] | None = None,
        emotion: Mapping[str, str] | None = None,
    ) -> None:
        columns = _touchpoint_columns(touchpoints)
        outcomes = _outcome_kinds(outcome)
        check_scale("scale", scale)
        _check_jobs(columns, outcomes, weight)
        segments = as_names(segments)
        scales = _outcome_scales(outcomes, outcome_scale)
        about = _columns_about({"comments": comments, "emotion": emotion}, columns)
        single = {"respondent": respondent, "weight": weight, "cluster": cluster, "time": time, "channel": channel}
        roles = Roles(
            touchpoints=tuple(tuple(group.values()) for group in columns.values()),
            codes=scale.codes if scale else None,
            outcomes=_codes_of_outcomes(outcomes, scales, outcome_scale),
            weight=weight,
            labels=_label_jobs(segments, single, about),
        )
        self._set(
            touchpoints=tuple(columns),
            columns=_frozen(columns),
            outcomes=MappingProxyType(outcomes),
            scale=scale,
            outcome_scales=MappingProxyType(scales),
            segments=segments,
            _doors={},
            **single,
            **about,
        )
        self._open(data, roles, period, unknown)

    def _open(self, data: Any, roles: Roles, period: Period | None, unknown: Iterable[Any]) -> None:
        """Read the answers, and make sure of their labels."""
        labels = Labels.of(roles.labels, self.time, period, unknown)
        opened, notes = _opened(data, roles)
        source = checked_labels(opened, labels)
        self._set(source=source, notes=notes, unknown=labels.unknown, period=labels.period)

    def _set(self, **fields: Any) -> None:
        """Give a survey that is being made its fields; afterwards it is frozen."""
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    @property
    def n(self) -> int:
        """Number of answers (rows)."""
        return self.source.n

    @property
    def outcome(self) -> str:
        """The first outcome: what verbs explain unless told otherwise."""
        return next(iter(self.outcomes))

    @property
    def waves(self) -> list[Any]:
        """The waves in the order of time; none without a time column.

        Raises
        ------
        ValuesError
            When their order cannot be told; the message says how to tell it.
        """
        return waves_in(self.source, self.time) if self.time else []

    def rows(self) -> Rows:
        """All answers as arrays in memory: see :class:`cxlens.engine.tables.Rows`."""
        parts = list(self.source.batches())
        if len(parts) == 1:
            return parts[0]
        return Rows(
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.unused for part in parts]),
            np.concatenate([part.outcomes for part in parts]),
            np.concatenate([part.weights for part in parts]),
            pd.concat([part.labels for part in parts], ignore_index=True),
        )

    @property
    def table(self) -> pd.DataFrame:
        """The answers: a column for each touchpoint (NaN where there is no score) and outcome, then the rest."""
        rows = self.rows()
        frame = pd.DataFrame(rows.scores, columns=list(self.touchpoints))
        for k, name in enumerate(self.outcomes):
            frame[name] = rows.outcomes[:, k]
        if self.weight:
            frame[self.weight] = rows.weights
        labels = rows.labels.reset_index(drop=True)
        return pd.concat([frame, labels[[name for name in labels if name not in frame]]], axis=1)

    def where(self, segment: Segment | Mapping[str, Any]) -> Survey:
        """The answers of one segment, or of those who fit ``{column: condition}``, as a survey of its own.

        Raises
        ------
        ValuesError
            When the segment names a column that is not among the labels, asks a range of text, or no answer
            belongs to it.
        """
        segment = as_segment(segment, "where")
        labels = [name for name in (*self.segments, self.time, self.channel, self.cluster) if name]
        check_columns(segment, labels)
        smaller = copy.copy(self)
        object.__setattr__(smaller, "_doors", {})
        try:
            object.__setattr__(smaller, "source", self.source.where(segment.where))
            left = smaller.n
        except TypeError as error:
            raise not_comparable(segment) from error
        if left == 0:
            column = next(iter(segment.where))
            raise ValuesError(
                f"segment {segment.name!r} ({segment.conditions}) leaves none of the {count(self.n)} answers. "
                f"Values of {column!r}: {listing(map(repr, self.source.distinct(column)))}; "
                f"asked for: {segment.where[column]!r}."
            )
        return smaller

    def only(self, touchpoints: Sequence[str]) -> Survey:
        """The same answers about these touchpoints, in this order.

        Raises
        ------
        OptionError
            ``touchpoint 'web' is not known here. Did you mean 'Web'? Touchpoints: Web, Call.``
        """
        check_known("touchpoint", touchpoints, self.touchpoints, "Touchpoints")
        if not len(touchpoints):
            raise OptionError("no touchpoint is named. Name one at least: only(['web']).")
        columns = {name: self.columns[name] for name in touchpoints}
        return self._about(columns, self.source.only([self.touchpoints.index(name) for name in columns]))

    def grouped(self, groups: Mapping[str, Sequence[str]]) -> Survey:
        """The same answers about groups of touchpoints: an answer counts with the mean of its scores in the group.

        Raises
        ------
        OptionError
            ``touchpoint 'web' is not known here. Did you mean 'Web'? Touchpoints: Web, Call.``
        """
        members = [name for names in groups.values() for name in names]
        apart = self.only(members).by_dimension()
        columns, place = {}, iter(range(len(apart.touchpoints)))
        places = []
        for group, names in groups.items():
            group_places = [next(place) for name in names for _ in self.columns[name]]
            dimensions = [apart.touchpoints[at] for at in group_places]
            columns[group] = MappingProxyType({name: apart.columns[name][""] for name in dimensions})
            places.append(group_places)
        return self._about(columns, apart.source.grouped(places))

    @property
    def dimensions(self) -> dict[str, dict[str, str]]:
        """For each touchpoint the names its columns have in :meth:`by_dimension`, with the dimension of each."""
        return {
            name: {f"{name}: {dimension}" if len(group) > 1 else name: dimension for dimension in group}
            for name, group in self.columns.items()
        }

    def by_dimension(self) -> Survey:
        """The same answers with every dimension as a touchpoint of its own, named ``"touchpoint: dimension"``.

        Raises
        ------
        ColumnError
            ``two columns are both called 'a: b: c'. Rename a touchpoint or dimension.``
        """
        columns = {}
        for name, dimension_names in self.dimensions.items():
            for full, dimension in dimension_names.items():
                if full in columns:
                    raise ColumnError(f"two columns are both called {full!r}. Rename a touchpoint or dimension.")
                columns[full] = MappingProxyType({"": self.columns[name][dimension]})
        return self._about(columns, self.source.by_dimension())

    def _about(self, columns: Mapping[str, Mapping[str, str]], source: Source) -> Survey:
        """The same survey with other touchpoints; what is said about those it no longer has is left out."""
        other = copy.copy(self)
        object.__setattr__(other, "_doors", {})
        object.__setattr__(other, "columns", MappingProxyType(columns))
        for role in ("comments", "emotion"):
            column_of = {name: column for name, column in getattr(self, role).items() if name in columns}
            object.__setattr__(other, role, MappingProxyType(column_of))
        object.__setattr__(other, "touchpoints", tuple(columns))
        object.__setattr__(other, "source", source)
        return other

    @property
    def keys(self) -> list[str]:
        """The columns that a table may be by: segments, wave and channel."""
        return list(dict.fromkeys(name for name in (*self.segments, self.time, self.channel) if name))

    def hidden(self, cells: pd.DataFrame, n: NDArray[np.int64], items: Sequence[int], least: int) -> NDArray[np.bool_]:
        """Which cells of a table of these answers to hide.

        Parameters
        ----------
        cells
            One row a cell, with its segment, wave and channel in words, as many of them as the table is by.
        n
            (rows, i) what the table counts.
        items
            (i,) what each column of ``n`` is about: the number of a touchpoint, then of an outcome; after all of them,
            or -1, the answers themselves.
        least
            Cells of fewer are hidden, and as many more as protect them: see :mod:`cxlens.common.small_cells`.
        """
        if cells.shape[1] == 0:
            return (n > 0) & (n < least)
        return self._door(least).hidden(cells, n, items)

    def hidden_values(self, column: str, least: int) -> list[str]:
        """The values of a segment, wave or channel, in words, that a table of all answers by it hides."""
        self.check_by(column)
        counted = tally(self.source, 0, 1, [column])
        n = answers_by_cell(counted, 1)[:, -1:]
        hidden = self.hidden(counted.cells, n, [-1], least)[:, 0]
        return [str(value) for value in counted.cells.loc[hidden, column]]

    def _door(self, least: int) -> SmallCells:
        """Found once for a survey; each filter makes another one."""
        if least not in self._doors:
            kinds, n = answers_by_kind(self.source, len(self.touchpoints), len(self.outcomes), self.keys)
            self._doors[least] = SmallCells.of(kinds, n, least)
        return self._doors[least]

    def check_by(self, by: str | None) -> None:
        """Refuse a grouping column that is no segment, wave or channel of this survey.

        Raises
        ------
        ColumnError
            ``by='purpos' is not a segment of this survey. Did you mean 'purpose'? Segments: purpose, year. ...``
        """
        allowed = self.keys
        if by is not None and by not in allowed:
            raise ColumnError(
                f"by={by!r} is not a segment of this survey.{did_you_mean(by, allowed)} "
                f"Segments: {listing(allowed) or 'none'}. Name the column in Survey(..., segments=[...])."
            )

    def check_outcome(self, outcome: str | None) -> str:
        """The outcome meant: the first by default.

        Raises
        ------
        ColumnError
            ``outcome 'npz' is not an outcome of this survey. Did you mean 'nps'? Outcomes: nps.``
        """
        if outcome is None:
            return self.outcome
        if outcome not in self.outcomes:
            raise ColumnError(
                f"outcome {outcome!r} is not an outcome of this survey."
                f"{did_you_mean(outcome, list(self.outcomes))} Outcomes: {listing(self.outcomes)}."
            )
        return outcome

    def __repr__(self) -> str:
        kinds = listing(f"{name} ({kind})" for name, kind in self.outcomes.items())
        return (
            f"{plural(self.n, 'answer')} about {plural(len(self.touchpoints), 'touchpoint')} "
            f"({listing(self.touchpoints, 8)}); "
            f"outcome {kinds}."
        )

    def _repr_html_(self) -> str:
        table = describe(self.source, self.touchpoints)
        notes = [f"Segments: {listing(self.segments)}."] if self.segments else []
        notes += [f"Weight: {self.weight}."] if self.weight else []
        odd = table.loc[table["distinct"] == 1, "touchpoint"].tolist()
        notes += [f"The same score everywhere: {listing(odd)}."] if odd else []
        empty = table.loc[table["n"] == 0, "touchpoint"].tolist()
        notes += [f"No score at all: {listing(empty)}."] if empty else []
        if self.scale is None:
            scores = tally(self.source, len(self.touchpoints), 0).table["value"].dropna()
            if len(scores) and scores.min() == 0 and 6 <= scores.max() <= 10 and (scores % 1 == 0).all():
                notes += [f"No scale given: scores from 0 to {scores.max():g} are taken as they are."]
        notes += self.notes
        notes += ["reach: users among those who told us; blank: no answer."]
        return card(repr(self), table.drop(columns="distinct"), " ".join(notes))


def _frozen(columns: dict[str, dict[str, str]]) -> Mapping[str, Mapping[str, str]]:
    """The columns of each touchpoint, so that nobody changes them."""
    return MappingProxyType({name: MappingProxyType(dict(group)) for name, group in columns.items()})


def _columns_about(
    given: Mapping[str, Mapping[str, str] | None], columns: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    """By role, the column of each touchpoint that has one; checked."""
    about = {role: dict(column_of or {}) for role, column_of in given.items()}
    for role, column_of in about.items():
        _check_touchpoints_of(role, column_of, columns)
    return dict(about)


def _touchpoint_columns(touchpoints: Touchpoints) -> dict[str, dict[str, str]]:
    """Every form of ``touchpoints`` as {name: {dimension: column}}; a lone column has the dimension ''."""
    if isinstance(touchpoints, str):
        raise ValuesError(f"touchpoints={touchpoints!r} is one text. Give a list of columns: [{touchpoints!r}].")
    if not isinstance(touchpoints, Mapping):
        names = list(touchpoints)
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ColumnError(f"touchpoint {doubled[0]!r} is named twice. Name each touchpoint once.")
        touchpoints = {name: name for name in names}
    if not touchpoints:
        raise ValuesError("the survey names no touchpoint. Give touchpoints=[column, ...] or {name: column}.")
    for name, what in touchpoints.items():
        if isinstance(what, (list, tuple, set)) or (isinstance(what, Mapping) and not what):
            raise ValuesError(
                f"touchpoint {name!r} is given {what!r}. Give a column, or {{dimension: column}} for several."
            )
    return {name: dict(what) if isinstance(what, Mapping) else {"": what} for name, what in touchpoints.items()}


def _opened(data: Any, roles: Roles) -> Opened:
    """The answers as the engine reads them, and what there is to tell of their file; the weights are a copy."""
    source, notes = open_answers(data, roles)
    if source.n == 0:
        raise ValuesError("the survey holds no rows. Check the file, or the filter that made the frame.")
    if not isinstance(source, InMemory):
        return Opened(source, notes)
    # Weights that need no recoding are still the caller's own array.
    weights = source.rows.weights.copy()
    return Opened(replace(source, rows=replace(source.rows, weights=weights)), notes)


def _outcome_kinds(outcome: str | Mapping[str, OutcomeKind]) -> dict[str, OutcomeKind]:
    if not isinstance(outcome, (str, Mapping)):
        raise ValuesError(f"outcome={outcome!r} is no column. Give outcome='column', or {{column: kind}} for several.")
    kinds: dict[str, OutcomeKind] = {outcome: "interval"} if isinstance(outcome, str) else dict(outcome)
    if not kinds:
        raise ValuesError("the survey names no outcome. Give outcome='column' or {column: 'nps'}.")
    for kind in kinds.values():
        check_option("outcome kind", kind, OutcomeKind)
    return kinds


def _codes(role: str, codes: Iterable[Any]) -> tuple[Any, ...]:
    """Special codes as a tuple; a lone one is refused, since a text would fall apart into its letters."""
    if isinstance(codes, str) or not isinstance(codes, Iterable):
        raise ValuesError(f"Scale: {role}={codes!r} is one value. Give a list: {role}=[{codes!r}].")
    return tuple(codes)


def _label_jobs(
    segments: tuple[str, ...], single: dict[str, str | None], about: dict[str, dict[str, str]]
) -> dict[str, str]:
    """The columns that are neither score, outcome nor weight, each with the first job it is named for."""
    jobs: list[tuple[str | None, str]] = [(column, "segment") for column in segments]
    jobs += [(column, job) for job, column in single.items() if job != "weight"]
    jobs += [(column, role) for role, named in about.items() for column in named.values()]
    labels: dict[str, str] = {}
    for column, job in jobs:
        if column is not None:
            labels.setdefault(column, job)
    return labels


def _check_jobs(columns: dict[str, dict[str, str]], outcomes: dict[str, OutcomeKind], weight: str | None) -> None:
    taken: dict[str, str] = {}
    for name, group in columns.items():
        if name in outcomes and name not in group.values():
            raise ColumnError(
                f"touchpoint {name!r} has the name of an outcome column. Give it another: {{'{name} score': column}}."
            )
        for column in group.values():
            if column in taken:
                raise ColumnError(
                    f"column {column!r} serves two touchpoints, {taken[column]!r} and {name!r}. "
                    "Give each touchpoint a column of its own."
                )
            if column in outcomes:
                raise ColumnError(
                    f"outcome column {column!r} is also a touchpoint. An outcome cannot explain itself: name it once."
                )
            taken[column] = name
    if weight in taken or weight in outcomes:
        job = "a touchpoint" if weight in taken else "an outcome"
        raise ColumnError(f"weight column {weight!r} is also {job}. Weights come in a column of their own.")


def _check_touchpoints_of(role: str, named: Mapping[str, str], columns: Mapping[str, Any]) -> None:
    for touchpoint in named:
        if touchpoint not in columns:
            raise ColumnError(
                f"{role}: {touchpoint!r} is not a touchpoint of this survey.{did_you_mean(touchpoint, list(columns))} "
                f"Touchpoints: {listing(columns, 30)}."
            )


def check_scale(role: str, scale: object) -> None:
    """Refuse what is no scale; an outcome's may also come as ``{column: Scale}``."""
    scales = [] if scale is None else [scale]
    if isinstance(scale, Mapping) and role == "outcome_scale":
        scales = list(scale.values())
    for candidate in scales:
        if not isinstance(candidate, Scale):
            raise ValuesError(f"{role} takes a Scale, such as cx.Scale(1, 5).")


def _codes_of_outcomes(
    outcomes: Mapping[str, OutcomeKind],
    scales: Mapping[str, Scale],
    given: Scale | Mapping[str, Scale] | None,
) -> tuple[tuple[str, Codes | None], ...]:
    """Each outcome with the codes of its scale."""
    return tuple((name, _outcome_codes(name, kind, scales, given)) for name, kind in outcomes.items())


def _outcome_codes(
    name: str, kind: OutcomeKind, scales: Mapping[str, Scale], given: Scale | Mapping[str, Scale] | None
) -> Codes | None:
    """The scale of an outcome as the engine reads it; an NPS whose scale was said is not doubted."""
    said = name in given if isinstance(given, Mapping) else given is not None
    if name not in scales:
        return None
    return scales[name].codes._replace(kind="" if kind == "nps" and said else kind)


def _outcome_scales(outcomes: Mapping[str, OutcomeKind], scale: Scale | Mapping[str, Scale] | None) -> dict[str, Scale]:
    check_scale("outcome_scale", scale)
    given = dict(scale) if isinstance(scale, Mapping) else {}
    for name in given:
        if name not in outcomes:
            raise ColumnError(
                f"outcome_scale names {name!r}, which is no outcome.{did_you_mean(name, list(outcomes))} "
                f"Outcomes: {listing(outcomes)}."
            )
    scales = {}
    for name, kind in outcomes.items():
        if name in given:
            scales[name] = given[name]
        elif isinstance(scale, Scale):
            scales[name] = scale
        elif kind == "nps":
            scales[name] = Scale.nps()
        elif kind == "binary":
            scales[name] = Scale(0, 1)
        ends = {"nps": (0, 10), "binary": (0, 1)}.get(kind)
        if ends and (scales[name].low, scales[name].high) != ends:
            raise ValuesError(
                f"outcome {name!r} is of kind {kind}, whose scale is {ends[0]} to {ends[1]}, not "
                f"{scales[name].low:g} to {scales[name].high:g}. Give it that scale, or another kind."
            )
    return scales
