"""Surveys: which column is what, checked once, kept as facts.

The one place that knows what an answer means. Figures are made by verbs, and how rows are read is the
business of :mod:`cxlens.engine.tables`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.small_cells import SmallCells
from cxlens.common.values import count, plural
from cxlens.engine.labels import in_words
from cxlens.engine.roles import Roles
from cxlens.engine.samples import sampled, together
from cxlens.engine.tables import InMemory, Rows, Source
from cxlens.engine.tallies import answers_by_cell, answers_by_kind, tally
from cxlens.errors import (
    ColumnError,
    OptionError,
    ValuesError,
    check_known,
    did_you_mean,
    listing,
)
from cxlens.files.answers import Opened
from cxlens.files.several import answers_of_all
from cxlens.files.statistics import Said
from cxlens.stats.calibration import Calibration, calibration_of
from cxlens.study.aggregate_signs import refuse_named_figures, refuse_one_row_a_unit
from cxlens.study.behaviour import with_behaviour
from cxlens.study.beside import Beside
from cxlens.study.categories import Given, in_own_order, told_of_categories
from cxlens.study.copies import warn_of_copies
from cxlens.study.counts import ask_of_whole_weights, check_amounts
from cxlens.study.direction import warn_of_turned_scale
from cxlens.study.door import Labels, checked_labels, label_jobs, waves_in
from cxlens.study.journeys import JourneyLog
from cxlens.study.margins import checked_shares, margin_of, weigh
from cxlens.study.parts import as_kinds
from cxlens.study.row_counts import SmallTable, read_once, refuse_fractions_beside_counts
from cxlens.study.scale import (
    ENDS,
    OutcomeKind,
    OutcomeScales,
    Scale,
    TouchpointScales,
    about_outcomes,
    about_scales,
    as_read,
    box,
    outcome_scales,
    scales_by_column,
    touchpoint_scales,
)
from cxlens.study.segments import Segment, as_segment, check_columns, names_in_order, not_comparable
from cxlens.study.shown import survey_card, survey_in_words
from cxlens.study.waves import MOMENT, Period
from cxlens.study.words import Words, by_word, check_no_codes, labelled, renamed, with_positive, words_of

Touchpoints = Sequence[str] | Mapping[str, str | Mapping[str, str]]
MARGINS = "(margins)"  # the label column that says what the margins know of each answer
Margins = Mapping[str, Mapping[Any, float]]
FRESH: dict[str, Any] = {
    "chosen": (),
    "declared": (),
    "margins": MappingProxyType({}),
    "calibration": None,
    "beside": None,
}
LEAST = 5  # answers of a value below which no weight of its own may tell of it


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class Survey:
    """Answers, with every column in its role.

    Parameters
    ----------
    data
        A table of pandas, polars, Arrow, DuckDB or Ibis, or the path of a CSV, Excel, Parquet, SPSS, Stata or SAS
        file, of a folder of such files, or a pattern such as ``"answers/*.csv"``; a list of paths, or ``{wave: path}``,
        whose waves stand in ``time``. Separator, decimal comma, encoding, sheet and header are found, and told by
        ``notes``. Parquet files of more than 100,000 rows stay on disk and are read in one pass by each verb; a
        DataFrame of Spark (extra ``spark``) stays where it is, and each verb brings back sums. The input is never
        changed.
    touchpoints
        The columns with touchpoint scores: a list of columns, ``{name: column}``, or
        ``{name: {dimension: column}}``. A touchpoint of several dimensions scores the mean of those rated.
    outcome
        What the touchpoints are to explain: a column (kind ``"interval"``) or ``{column: kind}`` with kinds
        ``"interval"``, ``"nps"``, ``"binary"``, ``"ordinal"``. Verbs use the first unless told otherwise.
    scale
        The :class:`Scale` of the touchpoint scores, or ``{touchpoint: Scale}``. Scores of different scales are read on
        0 to 100, and :attr:`scale` is then that.
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
    count
        The column that says how many people a row stands for, in a table of counts: every figure and interval is that
        of the table with each row repeated so often. Whole numbers; a row of 0 is as if not there.
    margins
        The customer base, ``{segment column: {value: share}}``: answers are weighted to it (raking, from ``weight``
        where that is given), and intervals of a baseline know that they were. Values of fewer than 30 answers are
        weighted as one, weights grow by no more than five times the mean; :attr:`notes` tell. In memory only.
    period
        ``"month"``, ``"quarter"`` or ``"year"`` where ``time`` holds dates: the waves are then called "2024-05",
        "2024 Q2" or "2024", by the clock of the dates' own time zone.
    comments, emotion
        ``{touchpoint: column}`` with free text, and with the strength of feeling.
    names
        ``{column: words}``: what findings, tables and pictures call a column. A touchpoint given as a column bears
        these words; columns of an outcome, segment, wave or channel are asked for by their own name. Short labels that
        a file of SPSS, Stata or SAS has for its columns, or the question texts of an export, are names by default (of
        touchpoints where these are given as a list).
    labels
        ``{column: {code: word}}`` for segments, wave and channel, in the order that tables and pictures keep. From
        there on the words are the values: ``Segment("B", {"purpose": "Business"})``. Labels of a file come along.
    positive
        ``{outcome: answer}`` for an outcome in words: this answer counts as 1, all others as 0 (kind ``"binary"``).

    Raises
    ------
    ColumnError, FileError, ValuesError
        When a column is missing or has two jobs, the file cannot be read, or values are not what they should be.

    Warns
    -----
    UserWarning
        When one respondent has far more answers than the next, ids look alike, or weights look like counts.

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
    scales: Mapping[str, Scale]
    outcome_scales: Mapping[str, Scale]
    segments: tuple[str, ...]
    respondent: str | None
    unknown: tuple[str, ...]
    weight: str | None
    count: str | None
    cluster: str | None
    time: str | None
    period: Period | None
    channel: str | None
    comments: Mapping[str, str]
    emotion: Mapping[str, str]
    words: Words
    source: Source
    notes: tuple[str, ...]
    chosen: tuple[str, ...]
    declared: tuple[Segment, ...]
    margins: Mapping[str, Mapping[str, float]]
    calibration: Calibration | None
    beside: Beside | None
    _doors: dict[int, SmallCells]

    def __init__(
        self,
        data: Any,
        *,
        touchpoints: Touchpoints,
        outcome: str | Mapping[str, OutcomeKind],
        scale: Given = None,
        outcome_scale: Given = None,
        segments: Sequence[str] = (),
        respondent: str | None = None,
        unknown: Iterable[Any] = (),
        weight: str | None = None,
        count: str | None = None,
        margins: Margins | None = None,
        cluster: str | None = None,
        time: str | None = None,
        period: Period | None = None,
        channel: str | None = None,
        comments: Mapping[str, str] | None = None,
        emotion: Mapping[str, str] | None = None,
        names: Mapping[str, str] | None = None,
        labels: Mapping[str, Mapping[Any, str]] | None = None,
        positive: Mapping[str, Any] | None = None,
    ) -> None:
        columns = _touchpoint_columns(touchpoints)
        words = Words.of(names, labels, positive, touchpoints)
        outcomes = _kinds_of(outcome, words)
        scales = _scales_in(data, columns, scale)
        of_outcomes = _scales_of(data, outcomes, outcome_scale)
        self._set(
            columns=_frozen(columns),
            outcomes=outcomes,
            scale=scales.common,
            scales=scales.asked,
            outcome_scales=of_outcomes.asked,
            segments=names_in_order("segments", segments),
            respondent=respondent,
            weight=weight,
            count=count,
            cluster=cluster,
            time=time,
            channel=channel,
            words=words,
            **FRESH,
            **_columns_about(columns, comments=comments, emotion=emotion),
        )
        self._open(data, self._roles(scales, of_outcomes), period, unknown)
        self._rake(margins)

    def _rake(self, margins: Margins | None) -> None:
        """Weigh the answers so that they meet the customer base, where it is given."""
        if margins is None:
            return
        shares = checked_shares(self.keys, margins, "margins=")
        source = self.source
        if not isinstance(source, InMemory):
            raise ValuesError(
                "margins= needs the answers in memory, and these are on disk. Rake them before, and give weight=."
            )
        rows = source.rows
        weighs = rows.weights > 0
        known = [margin_of(column, in_words(rows.labels[column]), base, weighs) for column, base in shares.items()]
        weighed = weigh(known, [self.hidden_values(column, LEAST) for column in shares], rows.weights)
        weights = weighed.raked.weights

        def raked(of: Rows) -> Rows:
            labels = of.labels.assign(**{MARGINS: weighed.combination})
            return replace(of, labels=labels, weights=weights)

        apart = None if source.apart is None else raked(source.apart)
        effective = f"{count(weighed.raked.effective_n)} of {count(self.n)} answers"
        self._set(
            source=replace(source, rows=raked(rows), apart=apart),
            margins=MappingProxyType(shares),
            calibration=calibration_of(weighed.combination, weighed.design, weights),
            notes=(*self.notes, f"Raked to {plural(weighed.used, 'margin')}: worth {effective}.", *weighed.notes),
            _doors={},
        )

    def _roles(self, scales: TouchpointScales, of_outcomes: OutcomeScales) -> Roles:
        """Which column does which job, for the engine; one job each."""
        _check_jobs(self.columns, self.outcomes)
        single = {job: getattr(self, job) for job in ("respondent", "cluster", "time", "channel")}
        about = {"comments": self.comments, "emotion": self.emotion}
        return Roles(
            touchpoints=_score_columns(self.columns),
            codes=scales.codes,
            own=scales.own_codes(self.columns),
            outcomes=self.words.in_codes(of_outcomes.codes),
            weight=self.weight,
            labels=label_jobs(self.segments, single, about),
            coded=tuple(self.words.labels),
            counts=self.count,
        )

    def _open(self, data: Any, roles: Roles, period: Period | None, unknown: Iterable[Any]) -> None:
        """Read the answers, and make sure of their labels."""
        check_amounts(roles, self.respondent)
        self.words.check_columns(self.columns, self.outcomes, self.keys)
        labels = Labels.of(roles.labels, self.time, period, unknown)
        small = read_once(data)
        refuse_named_figures(small, roles, self.respondent)
        refuse_fractions_beside_counts(small, roles, self.respondent)
        (opened, notes), said = _opened(data, roles)
        refuse_one_row_a_unit(opened, roles, self.respondent)
        columns = {**self.columns, **_graded(self.outcomes)}
        words, of_names = self.words.with_file(said, self.columns, [*self.outcomes, *self.keys])
        source, of_labels = labelled(checked_labels(opened, labels), words, said, self.keys, self.time)
        self._set(
            **by_word(words, self.columns, self.comments, self.emotion, [*self.outcomes, *self.keys]),
            scales=renamed(self.scales, words.names),
            source=source,
            unknown=labels.unknown,
            period=labels.period,
            _doors={},
        )
        of_scales = (*told_of_categories(data, columns), *self.about_scales(boxes=True), *source.told)
        self._set(notes=(*of_scales, *notes, *of_names, *of_labels))
        self._ask(data, small, source)

    def _ask(self, data: Any, small: SmallTable, source: Source) -> None:
        """Ask about what can be read in two ways."""
        warn_of_copies(data, small, source, self.respondent)
        ask_of_whole_weights(source, self.weight, self.respondent)
        ends = "low, high"
        if self.scale:
            ends = f"{self.scale.low:g}, {self.scale.high:g}"
        warn_of_turned_scale(source, self.outcomes, ends)

    def _set(self, **fields: Any) -> None:
        """Give a survey that is being made its fields; afterwards it is frozen."""
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    @property
    def n(self) -> int:
        """Number of answers: of rows, or the sum of their counts."""
        return self.source.n

    @property
    def boxes(self) -> NDArray[np.float64]:
        """(2, p) for each touchpoint the lowest score of its top box and the highest of the unhappy; NaN without."""
        own = [self.scales.get(name, self.scale) for name in self.touchpoints]
        pairs = [box(scale, self.scale) for scale in own]
        return np.array(pairs, float).reshape(-1, 2).T

    def about_scales(self, *, boxes: bool = False) -> list[str]:
        """What there is to tell of scales that are not read as they were asked; of top boxes, too."""
        return [*about_scales(self.scales, self.scale, boxes=boxes), *about_outcomes(self.outcome_scales)]

    def as_read(self, touchpoint: str, score: float) -> float:
        """A score of a touchpoint as it was asked, such as a standard, on the scale that its scores are read on."""
        return as_read(score, self.scales.get(touchpoint, self.scale), self.scale)

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
        if self.time:
            return waves_in(self.source, self.time)
        return []

    def named(self, column: str) -> str:
        """What people call a column: by ``names``, else by its own name; the only NPS is called so.

        Examples
        --------
        >>> import cxlens as cx
        >>> import pandas as pd
        >>> answers = pd.DataFrame({"q1": [4, 5], "q2": [9, 3]})
        >>> cx.Survey(answers, touchpoints={"Web": "q1"}, outcome={"q2": "nps"}).named("q2")
        'NPS'
        """
        return words_of(column, self.words, self.outcomes)

    def rows(self) -> Rows:
        """All answers as arrays in memory: see :class:`cxlens.engine.tables.Rows`."""
        return together(list(self.source.batches()))

    @property
    def table(self) -> pd.DataFrame:
        """The answers: a column for each touchpoint (NaN where there is no score) and outcome, then the rest."""
        rows = self.rows()
        frame = pd.DataFrame(rows.scores, columns=list(self.touchpoints))
        for k, name in enumerate(self.outcomes):
            frame[name] = rows.outcomes[:, k]
        if self.weight or self.margins:
            frame[self.weight or "weight"] = rows.weights
        labels = rows.labels.reset_index(drop=True).drop(columns=[MARGINS, MOMENT], errors="ignore")
        return pd.concat([frame, labels[[name for name in labels if name not in frame]]], axis=1)

    def sampled(self, size: int, seed: int) -> Survey:
        """At most so many of the answers on disk, drawn by a seed and held in memory; the same if they are held."""
        if isinstance(self.source, InMemory):
            return self
        smaller = copy.copy(self)
        smaller._set(_doors={}, calibration=None)  # which a part of the answers does not meet
        smaller._set(source=sampled(self.source, size, seed))
        return smaller

    def where(self, segment: Segment | Mapping[str, Any]) -> Survey:
        """The answers of one segment, or of those who fit ``{column: condition}``, as a survey of its own.

        Raises
        ------
        ValuesError
            When the segment names a column that is not among the labels, asks a range of text, or no answer
            belongs to it.
        """
        segment = as_segment(segment, "where")
        labels = (*self.segments, self.time, self.channel, self.cluster)
        check_columns(segment, labels, self.made_with("segments=[...]"))
        check_no_codes(segment.name, segment.where, self.words.labels)
        smaller = copy.copy(self)
        smaller._set(_doors={}, calibration=None)  # which a part of the answers does not meet
        try:
            smaller._set(source=self.source.where(segment.where))
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

    def told_apart(self, column: str, segments: Sequence[Segment]) -> Survey:
        """The same answers with a column that names the segment of each, for segments chosen on these very answers.

        The column is one of :attr:`chosen`, too: what is said of its groups has no p-values.

        Raises
        ------
        ValuesError
            When the rows are on disk.
        """
        source = self.source
        if not isinstance(source, InMemory):
            raise ValuesError(
                "the answers are on disk, so their segments do not fit in a column. Ask of one at a time: "
                "survey.where(segment)."
            )
        labels = source.rows.labels
        name = pd.Series(None, labels.index, dtype=object)
        for segment in segments:
            name[segment.mask(labels)] = segment.name
        other = copy.copy(self)
        rows = replace(source.rows, labels=labels.assign(**{column: name}))
        other._set(
            _doors={},
            source=replace(source, rows=rows),
            segments=tuple(dict.fromkeys([*self.segments, column])),
            chosen=tuple(dict.fromkeys([*self.chosen, column])),
        )
        return other

    def declaring(self, segments: Sequence[Segment]) -> Survey:
        """The same answers with the segments of their study, which say what a customer is worth and costs."""
        other = copy.copy(self)
        other._set(declared=tuple(segments))
        return other

    def with_behaviour(self, log: JourneyLog, *, within: str | timedelta, way: bool = False) -> Survey:
        """The same answers, with what each respondent did before and after answering, from a log of events.

        Parameters
        ----------
        log
            Events with a clock. Its customers are found by :attr:`respondent`; ids are compared as text, so that "007"
            and "NA" are ids.
        within
            How long before and after the answer counts, such as "90 days".
        way
            Whether to add how the respondent came to the answer, as segments for ``drivers(factors=)``: which parts of
            a journey go with the outcome.

        Returns
        -------
        Survey
            With more columns. Labels, numbers in :attr:`table`: ``touches_before`` (events), ``purchases_before``,
            ``spend_before``. Segments: ``met_before`` and ``bought_before``, the same in words ("not", "once", ...),
            for ``by=`` and ``covariates=``. Outcomes: ``touches_after``, ``purchases_after``, ``spend_after`` (kind
            interval) and ``bought_again`` (binary: whether there is a purchase after the answer), for ``outcome=`` and
            ``metric=``. A purchase is an event with a value above 0; where the log names no value, an event of its
            outcome; without both there are touches only. Spend is the sum of values, refunds included.

            With ``way`` more segments, of the events before: ``met_<touchpoint>`` ("no", "yes"), ``met_again`` (any
            touchpoint more than once), ``first_met`` and ``last_met`` (touchpoints, or "nothing met"), ``way_took``
            (from the first to the last) and ``longest_wait`` (between two in a row): "none" (fewer than two events, or
            at one moment), "up to an hour", "up to a day", "up to a week", "over a week".

            Before is strictly before the answer, after strictly after it, and both include the moment that is
            ``within`` away. What happens at the very moment of the answer is neither: where answers have days only,
        all of that day. Whoever answers twice has two windows, which may overlap.

            Missing, and not 0, is what came after an answer when the log ends before the window does, what came before
            it when the log begins later, and both for respondents whom the log does not know: they may have other ids
            in it, or have done nothing, which would make the figures of all others too high. :attr:`notes` count them,
            and the customers who gave no answer.

        Raises
        ------
        OptionError, ColumnError, ValuesError
            When the survey names no ``respondent`` or no ``time``, its times are waves and no dates, the log has no
            clock or, with ``way``, more than 2,000 touchpoints, no respondent is a customer, the log is too short for
            any of the windows, or the answers are on disk.

        Examples
        --------
        >>> import cxlens as cx
        >>> import pandas as pd
        >>> dates = pd.to_datetime(["2026-01-10", "2026-02-20", "2026-02-21", "2026-05-20"])
        >>> events = pd.DataFrame({"who": ["NA", "NA", "007", "NA"], "met": "Shop", "at": dates, "paid": [5, 7, 9, 1]})
        >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", time="at", value="paid")
        >>> days = pd.to_datetime(["2026-02-11", "2026-02-12", "2026-05-10"])
        >>> answers = pd.DataFrame({"id": ["NA", "007", "007"], "web": [4, 2, 3], "y": [9, 3, 7], "day": days})
        >>> survey = cx.Survey(answers, touchpoints=["web"], outcome="y", respondent="id", time="day")
        >>> survey.with_behaviour(log, within="30 days").table[["id", "touches_after", "spend_after", "bought_again"]]
            id  touches_after  spend_after  bought_again
        0   NA            1.0          7.0           1.0
        1  007            1.0          9.0           1.0
        2  007            NaN          NaN           NaN
        """
        joined = copy.copy(self)
        joined._set(**with_behaviour(self, log, within, way=way))
        return joined

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
        columns = {}
        place = iter(range(len(apart.touchpoints)))
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
        for role in ("comments", "emotion"):
            column_of = {name: column for name, column in getattr(self, role).items() if name in columns}
            other._set(**{role: MappingProxyType(column_of)})
        scales = scales_by_column(columns, self.columns, self.scales)
        other._set(
            _doors={},
            columns=MappingProxyType(columns),
            scales=MappingProxyType(scales),
            touchpoints=tuple(columns),
            source=source,
        )
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
        hidden = (n > 0) & (n < least)
        if cells.shape[1] > 0:
            hidden = self._door(least).hidden(cells, n, items)
        if self.beside is not None:
            hidden = hidden | self.beside.hidden(self, cells, n, items, least)
        return hidden

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
                f"Segments: {listing(allowed) or 'none'}. Name the column in {self.made_with('segments=[...]')}."
            )

    def made_with(self, argument: str) -> str:
        """What is typed to give an argument: ``Survey(..., segments=[...])``."""
        return f"Survey(..., {argument})"

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
        return survey_in_words(self)

    def _repr_html_(self) -> str:
        return survey_card(self)


def _frozen(columns: dict[str, dict[str, str]]) -> Mapping[str, Mapping[str, str]]:
    """The columns of each touchpoint, so that nobody changes them."""
    return MappingProxyType({name: MappingProxyType(dict(group)) for name, group in columns.items()})


def _kinds_of(outcome: str | Mapping[str, OutcomeKind], words: Words) -> Mapping[str, OutcomeKind]:
    """The kind of each outcome; those in words are binary."""
    return with_positive(_outcome_kinds(outcome), outcome, words)


def _scales_in(data: Any, columns: Mapping[str, Mapping[str, str]], given: Given) -> TouchpointScales:
    """The scales of touchpoints, those of ordered categories from their own order."""
    return touchpoint_scales(columns, in_own_order(data, columns, given))


def _scales_of(data: Any, outcomes: Mapping[str, OutcomeKind], given: Given) -> OutcomeScales:
    """The scales of outcomes, those of ordered categories from their own order."""
    return outcome_scales(outcomes, in_own_order(data, _graded(outcomes), given))


def _graded(outcomes: Mapping[str, OutcomeKind]) -> dict[str, dict[str, str]]:
    """Outcomes that may be ordered categories: not those whose kind has a scale of its own, such as yes or no."""
    return {name: {"": name} for name, kind in outcomes.items() if kind not in ENDS}


def _score_columns(columns: Mapping[str, Mapping[str, str]]) -> tuple[tuple[str, ...], ...]:
    """The columns of each touchpoint, for the engine."""
    return tuple(tuple(group.values()) for group in columns.values())


def _columns_about(columns: Mapping[str, Any], **given: Mapping[str, str] | None) -> dict[str, dict[str, str]]:
    """By role, the column of each touchpoint that has one; checked."""
    about = {role: dict(column_of or {}) for role, column_of in given.items()}
    for role, column_of in about.items():
        _check_touchpoints_of(role, column_of, columns)
    return about


def _touchpoint_columns(touchpoints: Touchpoints) -> dict[str, dict[str, str]]:
    """Every form of ``touchpoints`` as {name: {dimension: column}}; a lone column has the dimension ''."""
    if isinstance(touchpoints, str):
        raise ValuesError(f"touchpoints={touchpoints!r} is one text. Give a list of columns: [{touchpoints!r}].")
    if not isinstance(touchpoints, Mapping):
        names = names_in_order("touchpoints", touchpoints)
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


def _opened(data: Any, roles: Roles) -> tuple[Opened, Said]:
    """The answers as the engine reads them, and what is told of and in their file; the weights are a copy."""
    (source, notes), said = answers_of_all(data, roles)
    if source.n == 0:
        raise ValuesError("the survey holds no rows. Check the file, or the filter that made the frame.")
    if not isinstance(source, InMemory):
        return Opened(source, notes), said
    # Weights that need no recoding are still the caller's own array.
    weights = source.rows.weights.copy()
    return Opened(replace(source, rows=replace(source.rows, weights=weights)), notes), said


def _outcome_kinds(outcome: str | Mapping[str, OutcomeKind]) -> dict[str, OutcomeKind]:
    if not isinstance(outcome, (str, Mapping)):
        raise ValuesError(f"outcome={outcome!r} is no column. Give outcome='column', or {{column: kind}} for several.")
    kinds: dict[str, OutcomeKind] = as_kinds(outcome)
    if not kinds:
        raise ValuesError("the survey names no outcome. Give outcome='column' or {column: 'nps'}.")
    return kinds


def _check_jobs(columns: Mapping[str, Mapping[str, str]], outcomes: Mapping[str, OutcomeKind]) -> None:
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


def _check_touchpoints_of(role: str, named: Mapping[str, str], columns: Mapping[str, Any]) -> None:
    for touchpoint in named:
        if touchpoint not in columns:
            raise ColumnError(
                f"{role}: {touchpoint!r} is not a touchpoint of this survey.{did_you_mean(touchpoint, list(columns))} "
                f"Touchpoints: {listing(columns, 30)}."
            )
