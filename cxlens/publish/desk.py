"""What is on the table while a report is made: the parts of a study, and each question that its sections ask, once.

What the sections say about the answers does not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

import pandas as pd

from cxlens.common.values import count, wave_words
from cxlens.engine.tables import InMemory
from cxlens.engine.tallies import describe
from cxlens.errors import OptionError, ValuesError, check_known, listing
from cxlens.publish.words import column_words, sentence
from cxlens.stages.baseline.baseline import Baseline, baseline
from cxlens.stages.baseline.places import Places, compare_places
from cxlens.stages.drivers.drivers import Drivers, drivers
from cxlens.stages.impact.kept import Kept, kept
from cxlens.stages.impact.monitor import Monitor, monitor
from cxlens.stages.impact.profit import Profit, profit_of
from cxlens.stages.improve.forecasts import read_forecasts
from cxlens.stages.improve.quick_wins import QuickWins, quick_wins
from cxlens.stages.improve.roadmap import Roadmap, roadmap
from cxlens.stages.improve.worked_on import share_verdicts
from cxlens.study.beside import part_of
from cxlens.study.changes import Change
from cxlens.study.initiatives import EVERYWHERE, WHERE_LOW, some_initiatives
from cxlens.study.journeys import JourneyLog
from cxlens.study.purchases import Purchases
from cxlens.study.roadmap_plan import RoadmapPlan
from cxlens.study.segments import Segment, check_columns
from cxlens.study.study import Study, initiatives_of, purchases_of
from cxlens.study.survey import Survey
from cxlens.study.words import check_no_codes

LATEST_NEEDS = 500  # answers with the outcome; a smaller latest wave does not stand alone
MOST_SEGMENTS = 6  # so many panels a picture has
TIME_OF_PLAN = 20.0  # seconds at most: long enough for the usual road map to be the same on a slow or busy machine
EACH_NEEDS = 10  # answers for each touchpoint, or a segment gets no drivers of its own


class Desk:
    """The parts a study has, and results, made when first asked for.

    ``survey``, ``initiatives``, ``frame`` (of the road map), ``events``, ``purchases`` and ``promises`` are there where
    the study has them. They are read at once, so that what is wrong with one is told before any work.
    """

    survey: Survey
    initiatives: pd.DataFrame
    frame: RoadmapPlan
    events: JourneyLog
    purchases: Purchases
    promises: pd.DataFrame

    def __init__(self, study: Study) -> None:
        self.study = study
        self._of_people: dict[str, Baseline] = {}
        self._by_column: dict[str, Drivers] = {}
        if study.survey_plan is not None:
            self.survey = study.survey()
            _check_segments(study.segments, self.survey)
        self._others = study.others()
        self._of_changes = {name: study.survey_of(name) for name in study.change_answers}
        if study.initiatives_data is not None:
            self.initiatives = initiatives_of(study, lambda: self.survey)
        if study.roadmap_plan is not None:
            self.frame = study.roadmap_plan
        if study.events_plan is not None:
            self.events = study.journeys()
        if study.purchases_plan is not None:
            self.purchases = purchases_of(study, lambda: self.survey)
        if study.promises is not None:
            self.promises = read_forecasts(study.promises)

    def has(self, part: str) -> bool:
        """Whether the study has a part: ``"survey"``, ``"initiatives"``, ``"frame"``, ``"events"``, ..."""
        return hasattr(self, part)

    def survey_of(self, change: Change) -> Survey:
        """The answers that tell of a change: its own, else those of the survey."""
        return self._of_changes.get(change.name, self.survey)

    @cached_property
    def rivals(self) -> dict[str, Survey]:
        """The answers of competitors' customers that are known by wave, by name."""
        return {name: self._others[name] for name in self.study.competitors if self._others[name].time}

    @property
    def in_memory(self) -> bool:
        """Whether there are answers, and all of them are held in memory."""
        surveys = [self.survey, *self._others.values(), *self._of_changes.values()] if self.has("survey") else []
        return bool(surveys) and all(isinstance(survey.source, InMemory) for survey in surveys)

    @property
    def place(self) -> str | None:
        """The column that names the places; None where the study names none."""
        return self.study.survey_plan.place if self.study.survey_plan else None

    @cached_property
    def places(self) -> Places:
        """Places beside each other, by the outcome that is to be explained and all touchpoints.

        A touchpoint that too few places have answers about is left out.
        """
        metrics = [*filter(None, [self.outcome]), *self.rated.touchpoints]
        try:
            return self._compared(metrics)
        except ValuesError:
            return self._compared([name for name in metrics if self._can_compare(name)] or metrics[:1])

    def _compared(self, metrics: Sequence[str]) -> Places:
        """Places beside each other by these metrics; what may be told of a place in a wave, the whole survey judges."""
        survey, wave = self.rated, None
        if self.now.survey is not self.survey:
            survey, wave = self.survey, self.waves[-1]
        return compare_places(survey, str(self.place), metric=metrics, wave=wave)

    def _can_compare(self, metric: str) -> bool:
        """Whether places enough have answers about it."""
        with suppress(ValuesError):
            self._compared([metric])
            return True
        return False

    def at_place(self, name: str) -> Segment:
        """The customers of a place, by its name in words.

        Raises
        ------
        OptionError
            When the study does not say which column is the place, or no place is called so.
        """
        column = self.place
        if column is None:
            plan = self.study.survey_plan
            example = plan.segments[0] if plan and plan.segments else "hotel"
            raise OptionError(
                "this study does not say which column names the place. Write it under [survey] of the study, such as "
                f'place = "{example}".'
            )
        values = {wave_words(value): value for value in self.survey.source.distinct(column)}
        check_known("place", [name], list(values), "Places")
        return Segment(name, {column: values[name]})

    @property
    def simulated(self) -> bool:
        """Whether the data are made up."""
        return self.study.simulated

    def named(self, column: str) -> str:
        """What people call a column, for the start of a sentence."""
        name = self.survey.named(column)
        if name == column:
            return column_words(column)
        return sentence(name)

    @cached_property
    def waves(self) -> list[Any]:
        """The waves of the survey, in the order of time."""
        return self.survey.waves

    @cached_property
    def whole(self) -> Baseline:
        """Where we stood in all waves together."""
        return self._scored(self.survey)

    @cached_property
    def by_wave(self) -> Baseline:
        """Where we stood in each wave."""
        return baseline(self.survey, by=self.survey.time)

    @cached_property
    def now(self) -> Baseline:
        """Where we stand: in the latest wave where it has answers enough, else in all of them."""
        if not self.survey.time or len(self.waves) < 2:
            return self.whole
        wave = self.waves[-1]
        latest = Segment(wave_words(wave), {self.survey.time: wave})
        of_latest = self._scored(self.survey.where(latest))
        _, answers = _explained(of_latest)
        return of_latest if answers >= LATEST_NEEDS else self.whole

    def _scored(self, survey: Survey) -> Baseline:
        """Answers of ours beside those of others."""
        others = dict(self._others)
        staff = others.pop("employees", None) if self.study.employees else None
        return baseline(survey, self.study.touchpoint_map, competitors=others or None, employees=staff)

    def now_of(self, segment: Segment) -> Baseline:
        """Where we stand among the customers of a segment."""
        if segment.name not in self._of_people:
            self._of_people[segment.name] = baseline(part_of(self.now.survey, segment))
        return self._of_people[segment.name]

    @property
    def period(self) -> str:
        """Which answers figures of today rest on."""
        if self.now.survey is self.survey:
            return "all answers"
        return f"{wave_words(self.waves[-1])} only"

    @cached_property
    def rated(self) -> Survey:
        """The answers of today about all touchpoints that somebody rated; one not asked about has no driver."""
        survey = self.now.survey
        rated = describe(survey.source, survey.touchpoints)["n"] > 0
        if rated.all() or not rated.any():
            return survey
        return survey.only([name for name, is_rated in zip(survey.touchpoints, rated, strict=True) if is_rated])

    @property
    def outcome(self) -> str | None:
        """The outcome that is to be explained."""
        outcome, _ = _explained(self.now)
        return outcome

    @cached_property
    def drivers(self) -> Drivers:
        """What goes with the outcome that is to be explained."""
        return drivers(self.rated, outcome=self.outcome)

    @property
    def drivers_where_told(self) -> Drivers | None:
        """The same; None where answers do not suffice."""
        with suppress(ValuesError, OptionError):
            return self.drivers
        return None

    def drivers_by(self, column: str, values: Sequence[Any] | None = None) -> Drivers:
        """The drivers by a segment column; among these of its values only, where some are left out."""
        if values is not None and set(values) != set(self.rated.source.distinct(column)):
            return drivers(self.rated.where(Segment(column, {column: values})), outcome=self.outcome, by=column)
        if column not in self._by_column:
            self._by_column[column] = drivers(self.rated, outcome=self.outcome, by=column)
        return self._by_column[column]

    @property
    def told_by(self) -> str | None:
        """The column that drivers are told by: the first segment column that names no places, which are too many."""
        columns = [name for name in self.rated.segments if name != self.place]
        return columns[0] if columns else None

    @cached_property
    def sizes(self) -> pd.Series[int]:
        """How many gave the outcome in each segment of the column that drivers are told by, by its name in words."""
        one_touchpoint = self.rated.only(self.rated.touchpoints[:1])  # outcomes are the same beside one and all
        figures = baseline(one_touchpoint, by=self.told_by).outcomes
        of_outcome = figures[figures["outcome"] == self.drivers.outcome]
        return of_outcome.drop_duplicates("segment").set_index("segment")["n"]

    @cached_property
    def wins(self) -> QuickWins:
        """The initiatives whose touchpoints and segments all have drivers."""
        column = self._column_of_initiatives(self._initiatives_by_value)
        return self._wins_of(self.drivers if column is None else self.drivers_by(column))

    @property
    def initiative_places(self) -> dict[str, tuple[str, ...]]:
        """Where each initiative is done that has a forecast, those that are done place by place."""
        record = self.wins.record
        return {name: site.names for name, site in zip(record.initiatives["name"], record.sites, strict=True) if site}

    @cached_property
    def kept(self) -> Kept | None:
        """What came of earlier promises; None where the study has none, or no answers by wave."""
        if not self.has("promises") or not self.survey.time:
            return None
        return kept(self.promises, self.survey)

    @cached_property
    def earned(self) -> Profit | None:
        """What the customers of each segment bring; None where the study does not say it."""
        if not self.study.segments:
            return None
        with suppress(ValuesError, OptionError):
            return profit_of(self.study, lambda: self.survey, lambda: self.purchases)
        return None

    @property
    def lacks_clock(self) -> bool:
        """Whether profit by segment is not told only because the log has an order and no clock."""
        if self.earned is not None or not self.has("events") or self.events.time is not None:
            return False
        with suppress(ValuesError, OptionError):
            profit_of(self.study, lambda: self.survey, lambda: self.purchases, log_years=1)
            return True
        return False

    @cached_property
    def wins_by_profit(self) -> QuickWins | None:
        """The same where each segment counts by what its customers bring; None where drivers do not tell them apart."""
        columns = {column for segment in self.study.segments for column in segment.where}
        if self.earned is None or len(columns) > 1 or not columns.issubset(self.rated.segments):
            return None
        with suppress(ValuesError, OptionError):
            return self._wins_of(self.drivers_by(*columns), weigh=self.earned.weights)
        return None

    def _wins_of(self, explained: Drivers, **options: Any) -> QuickWins:
        """The initiatives whose touchpoints and segments all have drivers among these."""
        asked = self._initiatives_by_value
        touchpoints = set(explained.touchpoints) - set(explained.unusable["touchpoint"])
        segments = set(explained.segments)
        compared = self._compared_for(asked)
        at_places = set(compared.metrics) if compared else set()
        there = {EVERYWHERE, WHERE_LOW, *(compared.record.names if compared else ())}
        fits = []
        for row in asked[["touchpoints", "segments", "places"]].to_dict("records"):
            can_compare = at_places.issuperset(row["touchpoints"]) and there.issuperset(row["places"])
            known = can_compare or not row["places"]
            fits.append(known and touchpoints.issuperset(row["touchpoints"]) and segments.issuperset(row["segments"]))
        if not any(fits):
            raise ValuesError(
                "no initiative is for touchpoints, segments and places that the answers tell of, so none has a "
                "forecast."
            )
        chosen = some_initiatives(asked, fits)
        with suppress(ValuesError, OptionError):
            share_verdicts(self.drivers.record, explained.record)
        return quick_wins(explained, chosen, touchpoint_map=self.study.touchpoint_map, places=compared, **options)

    def _compared_for(self, initiatives: pd.DataFrame) -> Places | None:
        """The places beside each other, where some of the initiatives are done at places and these can be compared."""
        if self.place is None or not any(initiatives["places"]):
            return None
        with suppress(ValuesError):
            return self.places
        return None

    @property
    def _initiatives_by_value(self) -> pd.DataFrame:
        """The initiatives, with the study's segments of one value named by that value, as drivers name them."""
        values = {}
        for name, segment in self.study.people.items():
            if len(segment.where) == 1:
                values[name] = str(*segment.where.values())
        segments = [tuple(values.get(name, name) for name in names) for names in self.initiatives["segments"]]
        return self.initiatives.assign(segments=pd.Series(segments, index=self.initiatives.index, dtype=object))

    def _column_of_initiatives(self, initiatives: pd.DataFrame) -> str | None:
        """The first column that has a segment which the initiatives name; None where they name none."""
        named = {segment for segments in initiatives["segments"] for segment in segments}
        if not named:
            return None
        for column in self.rated.segments:
            if named & {str(value) for value in self.rated.source.distinct(column)}:
                return column
        return None

    @cached_property
    def plan(self) -> Roadmap:
        """The road map within the study's limits."""
        return roadmap(self.wins, **self.frame.options, time_limit=TIME_OF_PLAN)

    @cached_property
    def series(self) -> Monitor:
        """The first outcome over the waves."""
        return monitor(self.survey)

    def basis(self, n: int) -> str:
        """What a figure of drivers rests on, for a caption."""
        answers = f"{sentence(self.period)}: n = {count(n)}."
        left_out = [name for name in self.now.survey.touchpoints if name not in self.rated.touchpoints]
        if not left_out:
            return answers
        return f"{answers} Rated by nobody: {listing(left_out, 30)}."


def _check_segments(segments: Sequence[Segment], survey: Survey) -> None:
    """Refuse a segment of a column that the survey does not tell apart."""
    columns = (*survey.segments, survey.time, survey.channel, survey.cluster)
    for segment in segments:
        check_columns(segment, columns)
        check_no_codes(segment.name, segment.where, survey.words.labels)


def _explained(now: Baseline) -> tuple[str | None, int]:
    """The outcome to explain and how many gave it: an NPS if asked, else the first interval, yes/no or ordered one."""
    answered = now.outcomes.dropna(subset="value").to_dict("records")
    for wanted in ("nps", "interval", "binary", "ordinal"):
        for row in answered:
            if now.survey.outcomes[row["outcome"]] == wanted:
                return row["outcome"], row["n"]
    return None, 0
