"""The journey map: personas, stages, and lanes of what people do, feel, say and need, and of what is planned for them.

The result :class:`JourneyMap` and what makes it. What stands in the lanes is in
:mod:`cxlens.stages.baseline.journey_lanes`; how wide things are, and pictures, do not belong here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

import pandas as pd

from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.values import count, number, percent
from cxlens.errors import CxlensError, listing
from cxlens.stages.baseline.again import same_drivers
from cxlens.stages.baseline.journey_lanes import Given, entries, outcome_words
from cxlens.stages.baseline.lowest import lowest
from cxlens.stages.baseline.map_states import finding_of, map_states
from cxlens.stages.baseline.record import Scorecard, by_touchpoint, rescore
from cxlens.study.beside import part_of
from cxlens.study.parts import Persona
from cxlens.study.survey import Survey

NAMED = 2  # touchpoints that a persona is told to rate lowest


class Traveller(NamedTuple):
    """A persona on top of the map: who it is, and what its segment says, line by line."""

    name: str
    about: str
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JourneyMap(Result):
    """A journey map: what is known of each stage, lane by lane.

    Attributes
    ----------
    table
        One row an entry, lane by lane: ``lane``, ``stage``, ``touchpoint`` ("" where the stage is meant), ``entry`` and
        ``about`` (words), ``state`` ("below", "about", "meets", "no standard", "ahead", "behind", "level", "key" for a
        key need; "missing" where the entry says what is not known), and of ratings ``mean`` with ``low`` and ``high``,
        ``standard``, and ``rival``, the mean of the one competitor.
    finding, note
        What stands out, and what it rests on.
    personas
        A :class:`Traveller` each.
    given
        What it was made of.
    shown
        Touchpoints that are asked for, all where it is None; the others are pale. A gap is one of the whole map.
    """

    table: pd.DataFrame
    finding: Finding
    note: str
    personas: tuple[Traveller, ...]
    given: Given
    shown: Collection[str] | None = None

    @property
    def lanes(self) -> list[str]:
        """The lanes that have an entry, in order."""
        return list(dict.fromkeys(self.table["lane"]))

    def again(self, survey: Survey) -> JourneyMap:
        """The same map with the answers of a part of the customers, such as a segment."""
        given = self.given
        if given.performance is None or survey is given.performance.survey:
            return self
        record = rescore(given.performance, survey)
        drivers = same_drivers(given.importance, given.performance, record)
        return journey_of(given._replace(performance=record, importance=drivers))


def journey_of(given: Given) -> JourneyMap:
    """Put what is known of a journey together."""
    if given.performance is not None:
        given = given._replace(performance=by_touchpoint(given.performance))
    states = map_states(given.touchpoint_map, given.performance, given.importance)
    return JourneyMap(
        table=entries(given, states),
        finding=_finding(given, states),
        note=" ".join(_notes(given)),
        personas=tuple(_traveller(persona, given.performance) for persona in given.personas),
        given=given,
    )


def _finding(given: Given, states: pd.DataFrame) -> Finding:
    """What is below its standard where it matters, and which stages nothing serves."""
    found = finding_of(given.touchpoint_map, states)
    bare = [stage for stage, names in given.stages.items() if not names]
    if not bare:
        return found
    return replace(found, more=[*found.more, f"Nothing serves {listing(map(_quoted, bare))}"])


def _quoted(name: str) -> str:
    return f'"{name}"'


def _notes(given: Given) -> Iterator[str]:
    """What the lanes rest on."""
    record = given.performance
    if record is not None:
        scale = f" ({record.survey.scale.ends})" if record.survey.scale else ""
        yield f"Mean ratings{scale}: n = {count(record.survey.n)}, intervals and band {percent(record.level)}."
    if given.emotion is not None:
        yield "Feeling: mean strength of what those who told it felt."
    if given.comments is not None:
        least = record.min_n if record is not None else 5
        n = count(given.comments.parts["coverage"]["n"].sum())
        yield f"Quotes: words that {least} people or more wrote alike, of {n} comments."
    if given.initiatives is not None and "forecast" in given.initiatives:
        yield "Forecasts: of each initiative alone."


def _traveller(persona: Persona, record: Scorecard | None) -> Traveller:
    """A persona with what its segment says, where the study declares the segment."""
    segments = {} if record is None else {segment.name: segment for segment in record.survey.declared}
    told: tuple[str, ...] = ()
    if record is not None and persona.segment in segments:
        with suppress(CxlensError):  # nobody of the segment answered
            told = _told(rescore(record, part_of(record.survey, segments[persona.segment])))
    return Traveller(persona.name, persona.about, told)


def _told(record: Scorecard) -> tuple[str, ...]:
    """The outcome of a segment, and what it rates lowest; that several share the lowest rating is said."""
    lines = [outcome_words(record)]
    rated = record.table.dropna(subset=["mean", "low"])
    if len(rated):
        rows = record.shown.loc[list(lowest(record, rated).rows)]
        names = rows["touchpoint"].tolist()
        ends = map(number, [rows["mean"].min(), rows["mean"].max()])
        ratings = " to ".join(dict.fromkeys(ends))
        if len(rows) == 1:
            lines.append(f"Rated lowest: {names[0]}, {ratings}")
        else:
            lines.append(f"Share the lowest rating: {listing(names, NAMED)}, {ratings}")
    return tuple(filter(None, lines))
