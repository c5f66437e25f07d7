"""What respondents did before and after they answered: a log of events, joined to a survey by ids and dates.

Whether those who are more satisfied come back more often, and why, is the question of the stages; what a respondent
did is counted here.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import few, plural, wave_words
from cxlens.engine.labels import in_words
from cxlens.engine.tables import InMemory, Rows
from cxlens.errors import ColumnError, OptionError, ValuesError, listing
from cxlens.study.dates import read_dates
from cxlens.study.journeys import JourneyLog, check_log
from cxlens.study.moments import read_moments, read_span, span_in_words, ticks_of
from cxlens.study.waves import MOMENT
from cxlens.study.way_features import way_features, way_names

if TYPE_CHECKING:
    from cxlens.study.survey import Survey

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BANDS = {
    "met_before": ("touches_before", (0, 1, 4), ("not", "once", "2 to 4 times", "5 times or more")),
    "bought_before": ("purchases_before", (0, 1), ("not", "once", "twice or more")),
}  # by segment: what it counts, the most of each band but the last, and the words for the bands
NAME_DATES = "Name the column with the date of each answer: Survey(..., time='column', period='month')."
SHORTEST = 8  # signs of a date in ISO 8601 form; shorter ones say a month or a year


class Window(NamedTuple):
    """For each answer the events of its respondent from ``start`` up to, but not including, ``stop``.

    ``is_known`` says where the log tells of all of the window.
    """

    start: Ints
    stop: Ints
    is_known: Flags

    def sums(self, values: Floats) -> Floats:
        """(answers,) the sum of the events' values; NaN where it is not known."""
        order = np.argsort(self.start, kind="stable")
        edges = np.column_stack([self.start[order], self.stop[order]])
        padded = np.append(values, 0.0)
        sums = np.empty(len(order))
        sums[order] = np.add.reduceat(padded, edges.ravel())[::2]
        sums[self.start == self.stop] = 0.0
        return np.where(self.is_known, sums, np.nan)

    def placed(self, places: Ints, n: int) -> Window:
        """The same windows at these places among ``n``; the others are not known."""
        start, stop = np.zeros((2, n), np.int64)
        start[places] = self.start
        stop[places] = self.stop
        is_known = np.zeros(n, bool)
        is_known[places] = self.is_known
        return Window(start, stop, is_known)

    @property
    def n(self) -> Floats:
        """(answers,) how many events there are; NaN where that is not known."""
        return np.where(self.is_known, self.stop - self.start, np.nan)


class Timeline(NamedTuple):
    """Events in order of customer and time, and all their times in order; both made by :meth:`of`, once.

    ``keys`` has one number an event, which rises with its customer and, within a customer, with its time.
    """

    keys: Ints
    ticks: Ints

    @classmethod
    def of(cls, customer: Ints, ticks: Ints) -> Timeline:
        """The same, of events sorted by customer (a whole number) and time (in ticks)."""
        in_order = np.sort(ticks)
        width = len(ticks) + 1
        return cls(customer * width + np.searchsorted(in_order, ticks), in_order)

    def places(self, customer: Ints, moments: Ints) -> tuple[Ints, Ints]:
        """How many events come before each moment of a customer, in the whole timeline, and how many up to it."""
        firsts = customer * (len(self.ticks) + 1)
        before = firsts + np.searchsorted(self.ticks, moments, "left")
        up_to = firsts + np.searchsorted(self.ticks, moments, "right")
        return np.searchsorted(self.keys, before), np.searchsorted(self.keys, up_to)


class Joined(NamedTuple):
    """What the log tells of each answer: the events before it and those after it.

    ``customer`` is the number of the respondent in the log, -1 where the log has none; ``is_dated`` says whether it is
    known when they answered; ``same_moment`` counts events at the very moment of an answer.
    """

    customer: Ints
    is_dated: Flags
    before: Window
    same_moment: int
    after: Window


def with_behaviour(survey: Survey, log: JourneyLog, within: Any, *, way: bool = False) -> dict[str, Any]:
    """The fields of a survey that change once it knows what respondents did: see :meth:`Survey.with_behaviour`."""
    check_log("with_behaviour", log, told_apart=way)
    span = read_span("within", within)
    source = _answers_in_memory(survey)
    joined = _join(survey, source.rows, log, span)
    before, after = _counted(log, joined)
    features = way_features(log, joined.before) if way else {}
    _refuse_taken(survey, [*before, *after, *BANDS, *features])
    bands = _bands(before)
    segments = {**bands, **features}
    labels = pd.DataFrame({**before, **segments})

    def told(rows: Rows) -> Rows:
        both = pd.concat([rows.labels.reset_index(drop=True), labels], axis=1)
        return replace(rows, labels=both, outcomes=np.column_stack([rows.outcomes, *after.values()]))

    kinds = {name: "binary" if name == "bought_again" else "interval" for name in after}
    names = {**_names([*before, *after, *bands], span), **way_names(list(features), span_in_words(span))}
    return {
        "source": replace(source, rows=told(source.rows), apart=source.apart and told(source.apart)),
        "outcomes": MappingProxyType({**survey.outcomes, **kinds}),
        "segments": (*survey.segments, *segments),
        "words": _called(survey, names),
        "notes": (*survey.notes, *_notes(log, joined, span)),
        "_doors": {},
    }


def _answers_in_memory(survey: Survey) -> InMemory:
    """The answers; refused where they are on disk, or nothing says who answered."""
    if survey.respondent is None:
        raise OptionError(
            "with_behaviour needs to know who answered. Name the column of ids: Survey(..., respondent='column')."
        )
    if survey.time is None:
        raise OptionError(
            "with_behaviour needs the date of each answer. Name its column: Survey(..., time='column', period='month')."
        )
    if not isinstance(survey.source, InMemory):
        raise ValuesError(
            "with_behaviour gives answers new columns, which only answers in memory can take, and these are on disk. "
            "Read them first: cx.Survey(pandas.read_parquet(path), ...)."
        )
    return survey.source


def _join(survey: Survey, rows: Rows, log: JourneyLog, span: pd.Timedelta) -> Joined:
    """Look up each answer in the log, and the events around it."""
    moments = _moments(survey, rows)
    times = _times(log)
    _check_zones(moments, times)
    customer = customers_of(survey, rows, log)
    is_dated = np.asarray(moments.notna(), bool)
    is_told = (customer >= 0) & is_dated
    if not is_told.any():
        raise ValuesError(
            f"no answer of a customer of the log has a date in {survey.time!r}, so it is not known what came before "
            f"and after. {NAME_DATES}"
        )
    found = np.flatnonzero(is_told)
    before, same_moment, after = _around(log, customer[found], moments[found], times, span)
    if not before.is_known.any() and not after.is_known.any():
        raise _no_overlap(moments[found], times, span)
    n = len(customer)
    return Joined(customer, is_dated, before.placed(found, n), int(same_moment.sum()), after.placed(found, n))


def _around(
    log: JourneyLog,
    customer: Ints,
    moments: pd.DatetimeIndex,
    times: pd.DatetimeIndex,
    span: pd.Timedelta,
) -> tuple[Window, Ints, Window]:
    """The events before each moment of a customer, how many there are at that very moment, and those after it."""
    if (moments == moments.normalize()).all():  # answers with days only: all of that day is neither before nor after
        times = times.normalize()
    unit = min(moments.unit, times.unit, key=["ns", "us", "ms", "s"].index)
    at, per_second = ticks_of(moments.as_unit(unit))
    ticks, _ = ticks_of(times.as_unit(unit))
    width = round(span.total_seconds() * per_second)
    events = log.rows()
    timeline = Timeline.of(events.owner[events.journey], ticks)
    start, _ = timeline.places(customer, at - width)
    until, since = timeline.places(customer, at)
    _, stop = timeline.places(customer, at + width)
    before = Window(start, until, at - width >= ticks.min())
    after = Window(since, stop, at + width <= ticks.max())
    return before, since - until, after


def _moments(survey: Survey, rows: Rows) -> pd.DatetimeIndex:
    """When each was answered; a wave that lasts longer than a day is no moment."""
    column = MOMENT if MOMENT in rows.labels else survey.time
    values = rows.labels[column].rename(survey.time)
    moments = read_moments(values)
    odd = values[np.asarray(moments.isna()) & values.notna().to_numpy(bool)]
    waves = odd if len(odd) else values[_are_longer(values)]
    if len(waves):
        raise ValuesError(
            f"time column {survey.time!r} holds waves, such as {wave_words(waves.iloc[0])!r}, so it is not known what "
            f"came before and what after an answer. {NAME_DATES}"
        )
    return moments


def _are_longer(values: pd.Series[Any]) -> Flags:
    """Which texts mean a month, a quarter or a year."""
    texts: list[str] = []
    if not pd.api.types.is_datetime64_any_dtype(values):
        texts = [value for value in values.unique() if isinstance(value, str)]
    dates = read_dates(texts) if texts else None
    if dates is not None:
        return np.full(len(values), dates.grain != "day")
    return values.isin([text for text in texts if len(text.strip()) < SHORTEST]).to_numpy(bool)


def _times(log: JourneyLog) -> pd.DatetimeIndex:
    """When each event of a log was; refused without a clock."""
    if log.time is None:
        raise OptionError(
            "with_behaviour needs the time of each event. Name its column: JourneyLog(..., time='column')."
        )
    return pd.DatetimeIndex(log.detail("time"))


def _check_zones(moments: pd.DatetimeIndex, times: pd.DatetimeIndex) -> None:
    """Refuse answers with a time zone and events without, or the other way round."""
    if (moments.tz is None) != (times.tz is None):
        having, lacking = ("answers", "events") if times.tz is None else ("events", "answers")
        raise ValuesError(
            f"the times of the {having} have a time zone and those of the {lacking} have none, so it is not known what "
            "came first. Give both a zone, or none."
        )


def customers_of(survey: Survey, rows: Rows, log: JourneyLog) -> Ints:
    """(answers,) the number of each respondent among the customers of the log, ids compared as text; -1 for none."""
    respondents = rows.labels[survey.respondent]
    customers = pd.Index(in_words(log.customers["customer"]))
    numbers = customers.get_indexer(pd.Index(in_words(respondents)))
    numbers = np.where(respondents.isna(), -1, numbers)
    if (numbers < 0).all():
        raise ValuesError(
            f"no respondent is a customer of the log: {survey.respondent!r} holds {_example(in_words(respondents))}, "
            f"{log.customer!r} holds {_example(customers)}. Ids are compared as text: name the column with the ids of "
            "the log."
        )
    return numbers


def _example(ids: Any) -> str:
    """The first id."""
    return f"ids such as {str(ids[0])!r}"


def _no_overlap(moments: pd.DatetimeIndex, times: pd.DatetimeIndex, span: pd.Timedelta) -> ValuesError:
    """What to say where the log tells of no answer all that came before it, and of none all that came after."""
    ranges = [f"{dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}" for dates in (times, moments)]
    return ValuesError(
        f"the log tells of no answer all that came within {span_in_words(span)}, before or after: it runs from "
        f"{ranges[0]}, the answers of its customers from {ranges[1]}. Give a shorter within=, or a longer log."
    )


def _counted(log: JourneyLog, joined: Joined) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """What came before each answer, and what after it, by name."""
    details = log.details()
    before = {"touches_before": joined.before.n}
    after = {"touches_after": joined.after.n}
    purchases = _purchases(log, details)
    if purchases is not None:
        before["purchases_before"] = joined.before.sums(purchases)
        after["purchases_after"] = joined.after.sums(purchases)
        after["bought_again"] = np.sign(after["purchases_after"])
    if log.value:
        values = details["value"].fillna(0).to_numpy(float)
        before["spend_before"] = joined.before.sums(values)
        after["spend_after"] = joined.after.sums(values)
    return before, after


def _purchases(log: JourneyLog, details: pd.DataFrame) -> Floats | None:
    """(events,) 1 for a purchase: an event of a value above 0, else one of the outcome; None where neither is named."""
    if log.value:
        return np.where(details["value"] > 0, 1.0, 0.0)
    if log.outcome:
        return np.where(details["reached"], 1.0, 0.0)
    return None


def _called(survey: Survey, names: dict[str, str]) -> Any:
    """The words of a survey, with names of more columns."""
    all_names = {**survey.words.names, **names}
    return survey.words._replace(names=MappingProxyType(all_names))


def _bands(before: dict[str, Floats]) -> dict[str, Any]:
    """Segments that say in words what was counted before the answers."""
    bands = {}
    for segment, (counted, most, words) in BANDS.items():
        if counted in before:
            bands[segment] = _banded(before[counted], most, words)
    return bands


def _banded(counts: Floats, most: tuple[int, ...], words: tuple[str, ...]) -> Any:
    """Counts as words in order; blank where they are not known."""
    band = np.searchsorted(most, counts)
    codes: Ints = np.where(np.isnan(counts), -1, band)
    kind = pd.CategoricalDtype(list(words), ordered=True)
    return pd.Categorical.from_codes(codes, dtype=kind)


def _refuse_taken(survey: Survey, names: list[str]) -> None:
    """Refuse a survey that has columns of these names, such as one that knows of behaviour already."""
    taken = {*survey.touchpoints, *survey.outcomes, *survey.source.rows.labels} & set(names)  # type: ignore[union-attr]
    if taken:
        raise ColumnError(
            f"the survey has columns that with_behaviour makes: {listing(sorted(taken))}. Join the log to the survey "
            "as it was before, which has stayed the same, or rename them."
        )


def _names(columns: list[str], span: pd.Timedelta) -> dict[str, str]:
    """What people call the columns."""
    days = span_in_words(span)
    names = {
        "met_before": f"met in the {days} before",
        "bought_before": f"bought in the {days} before",
        "bought_again": f"bought again within {days}",
    }
    for column in columns:
        what, _, when = column.partition("_")
        names.setdefault(column, f"{what} in the {days} {when}")
    return {column: names[column] for column in columns}


def _notes(log: JourneyLog, joined: Joined, span: pd.Timedelta) -> list[str]:
    """What is told of the join: who was not found on either side, whose windows are not full, what a purchase is."""
    days = span_in_words(span)
    matched = joined.customer >= 0
    silent = log.n_customers - len(np.unique(joined.customer[matched]))
    notes = [f"Behaviour within {days} before and after an answer: ids are compared as text. {_unmatched(~matched)}"]
    if silent:
        notes.append(f"{few(silent)} of {plural(log.n_customers, 'customer')} of the log gave no answer.".capitalize())
    is_told = matched & joined.is_dated
    first, last = (f"{moment:%Y-%m-%d}" for moment in _ends(log))
    young = is_told & ~joined.after.is_known
    if young.any():
        notes.append(
            f"{_answers(young)} too young: less than {days} before the log ends ({last}). "
            "What came after them is missing, not 0."
        )
    early = is_told & ~joined.before.is_known
    if early.any():
        notes.append(
            f"{_answers(early)} too early: less than {days} after the log begins ({first}). "
            "What came before them is missing, not 0."
        )
    undated = matched & ~joined.is_dated
    if undated.any():
        notes.append(f"{_answers(undated)} without a date, so that nothing is known of before and after.")
    same = joined.same_moment
    if same:
        events = f"{few(same)} events".capitalize()
        notes.append(f"{events} at the very moment of an answer count neither before it nor after it.")
    return [*notes, _about_purchases(log)]


def _unmatched(which: Flags) -> str:
    """How many answers are of nobody in the log, and what that means for figures of the others."""
    if not which.any():
        return "All answers are of customers of the log."
    return (
        f"{_answers(which)} of no customer of the log, and missing: if these did nothing, rather than have other ids, "
        "figures of all others are too high."
    )


def _ends(log: JourneyLog) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first and the last moment of a log."""
    times = _times(log)
    return times.min(), times.max()


def _answers(which: Flags) -> str:
    """``Fewer than 5 answers are``, ``12 answers are``: a few are not counted."""
    return f"{few(int(which.sum()))} answers are".capitalize()


def _about_purchases(log: JourneyLog) -> str:
    """What counts as a purchase."""
    if log.value:
        return f"Purchases: events of {log.value!r} above 0; spend is the sum of {log.value!r}."
    if log.outcome:
        return f"Purchases: events of the outcome, {log.outcome!r}, since the log names no value."
    return "Purchases are not known: the log names neither value= nor outcome=."
