"""What a dashboard is asked, once for all its panels, and what is known about it.

A :class:`Choice` is in words, so that it can stand in an address. No figure is made here, and nothing is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from cxlens.common.result import Result
from cxlens.common.small_cells import reason
from cxlens.common.values import wave_words
from cxlens.errors import CxlensError, ValuesError, check_known
from cxlens.publish.desk import Desk
from cxlens.publish.impact_sections import results_of
from cxlens.publish.words import sentence
from cxlens.stages.baseline.baseline import Baseline, baseline
from cxlens.stages.baseline.map_states import map_states
from cxlens.stages.drivers.drivers import Drivers, drivers
from cxlens.stages.impact.monitor import Monitor, monitor
from cxlens.stages.improve.roadmap import Roadmap
from cxlens.stages.journeys.paths import Paths, paths
from cxlens.study.beside import part_of
from cxlens.study.controls import survey_segments
from cxlens.study.study import Study
from cxlens.study.survey import LEAST, Survey
from cxlens.study.touchpoints import TouchpointMap

EVERYONE = "Everyone"
ALL_WAVES = "All waves"
HIDDEN = reason(LEAST)
STATES = ["touchpoint", "stage", "mean", "low", "high", "metric", "standard", "state"]


class Choice(NamedTuple):
    """Whose answers, of which wave, about which outcome, and the touchpoint that is looked at."""

    segment: str
    wave: str
    outcome: str
    touchpoint: str


class Known:
    """What is known of the answers of a choice; each figure is made when it is first asked for."""

    def __init__(self, desk: Desk, answers: Survey, over_time: Survey, outcome: str, *, is_now: bool) -> None:
        self._desk = desk
        self._is_now = is_now
        self.answers = answers
        self.over_time = over_time
        self.outcome = outcome

    @property
    def is_everyone(self) -> bool:
        """Whether the answers are those of all customers, in one wave or all."""
        return self.over_time is self._desk.survey

    @property
    def touchpoint_map(self) -> TouchpointMap | None:
        """The map of the study, where it has one."""
        return self._desk.study.touchpoint_map

    @cached_property
    def scores(self) -> Baseline:
        """How each touchpoint serves."""
        if self._is_now:
            return self._desk.now
        if self.is_everyone and self.answers is self._desk.survey:
            return self._desk.whole
        return baseline(self.answers, self.touchpoint_map)

    @cached_property
    def importance(self) -> Drivers | None:
        """What goes with the outcome; None where the answers do not suffice."""
        try:
            return self._explained()
        except CxlensError as error:
            self.unexplained = str(error)
            return None

    def _explained(self) -> Drivers:
        if self._is_now and self.outcome == self._desk.outcome:
            return self._desk.drivers
        rated = set(self.scores.table.dropna(subset=["mean"])["touchpoint"])
        asked = [name for name in self.answers.touchpoints if name in rated]
        outcomes = self.scores.outcomes
        if not asked or outcomes.loc[outcomes["outcome"] == self.outcome, "value"].isna().all():
            raise ValuesError(f"{HIDDEN}.")
        return drivers(self.answers.only(asked), outcome=self.outcome)

    @cached_property
    def states(self) -> pd.DataFrame:
        """Rating, standard and state of each touchpoint, those of the map first, by name; stage "" for the others."""
        rated = self.scores.table.assign(stage="", state="no standard")[STATES]
        if self.touchpoint_map is None:
            return rated.set_index("touchpoint", drop=False)
        on_map = map_states(self.touchpoint_map, self.scores.record, self.importance)[STATES]
        others = rated[~rated["touchpoint"].isin(on_map["touchpoint"])]
        known = pd.concat([on_map, others]) if len(others) else on_map
        return known.set_index("touchpoint", drop=False)

    @cached_property
    def verdicts(self) -> Mapping[str, str]:
        """The verdict on each touchpoint, by its name; none where there is no map."""
        if self.touchpoint_map is None:
            return {}
        try:
            table = self.scores.verdicts(self.importance).table
        except CxlensError:
            return {}
        judged = table[table["touchpoint"] != ""]
        return dict(zip(judged["touchpoint"], judged["verdict"], strict=True))

    def course(self, metric: str) -> Monitor | None:
        """A touchpoint or outcome over the waves; None where it cannot be told."""
        if not self.over_time.time:
            return None
        try:
            return monitor(self.over_time, metric=metric)
        except CxlensError:
            return None


class Choices:
    """What a study lets choose, and what is known of each choice, kept as long as the dashboard is open.

    Parameters
    ----------
    study
        The study; it needs a survey.

    Raises
    ------
    ValuesError
        When the study has no survey.
    """

    def __init__(self, study: Study) -> None:
        if study.survey_plan is None:
            raise ValuesError("this study has no survey, and a dashboard shows its answers. Add [survey] to the study.")
        self.desk = Desk(study)
        survey = self.desk.survey
        self._segments: dict[str, dict[str, Any] | None] = {EVERYONE: None, **_segments(survey)}
        self._waves: dict[str, Any] = {ALL_WAVES: None}
        if survey.time:
            self._waves |= {wave_words(wave): wave for wave in self.desk.waves}
        self._known: dict[tuple[str, str, str], Known] = {}

    @property
    def usual(self) -> Choice:
        """What is shown first: the figures of the report, and the touchpoint to be fixed first."""
        desk = self.desk
        wave = self._wave_of_now
        outcome = desk.outcome or next(iter(desk.survey.outcomes), "")
        first = Choice(EVERYONE, wave, outcome, "")
        return first._replace(touchpoint=_first_to_fix(self.of(first)))

    @property
    def offered(self) -> dict[str, list[tuple[str, str]]]:
        """What each part of a choice may be: its words, and what stands for it."""
        survey = self.desk.survey
        return {
            "segment": [(name, name) for name in self._segments],
            "wave": [(name, name) for name in self._waves],
            "outcome": [(sentence(survey.named(name)), name) for name in survey.outcomes],
            "touchpoint": [(survey.named(name), name) for name in self._touchpoints],
        }

    @property
    def _touchpoints(self) -> list[str]:
        """Those of the map, then those that were asked about and are not on it."""
        touchpoint_map = self.desk.study.touchpoint_map
        on_map = touchpoint_map.names if touchpoint_map else ()
        return list(dict.fromkeys([*on_map, *self.desk.survey.touchpoints]))

    def checked(self, asked: Mapping[str, str | None]) -> Choice:
        """The usual choice, with what is asked for instead.

        Raises
        ------
        OptionError
            When the study does not have it.
        """
        wanted = {part: str(value) for part, value in asked.items() if value is not None}
        for part, value in wanted.items():
            names = [name for _, name in self.offered[part]]
            check_known(part, [value], names, f"{sentence(part)}s")
        return self.usual._replace(**wanted)

    def of(self, choice: Choice) -> Known:
        """What is known of a choice."""
        key = (choice.segment, choice.wave, choice.outcome)
        if key not in self._known:
            self._known[key] = self._opened(*key)
        return self._known[key]

    def _opened(self, segment: str, wave: str, outcome: str) -> Known:
        """The answers of a choice, about which nothing is asked yet."""
        desk = self.desk
        whose = self._segments[segment]
        over_time = desk.survey if whose is None else part_of(desk.survey, whose)
        answers = over_time
        if wave != ALL_WAVES:
            answers = part_of(over_time, {str(desk.survey.time): self._waves[wave]})
        is_now = whose is None and wave == self._wave_of_now
        return Known(desk, answers, over_time, outcome, is_now=is_now)

    @cached_property
    def plan(self) -> Roadmap | None:
        """The road map; None where the study has none, or nothing fits into it."""
        if not self.desk.has("initiatives") or not self.desk.has("frame"):
            return None
        with suppress(CxlensError):
            return self.desk.plan
        return None

    def initiatives_for(self, touchpoint: str) -> list[str]:
        """The initiatives of the plan that are for a touchpoint."""
        if self.plan is None:
            return []
        chosen = self.plan.table[self.plan.table["selected"]]["initiative"]
        touchpoints = self.plan.wins.table.set_index("initiative")["touchpoints"]
        return [name for name in chosen if touchpoint in touchpoints.get(name, ())]

    @cached_property
    def ways(self) -> Paths | None:
        """The journeys; None where the study has no events."""
        return paths(self.desk.events) if self.desk.has("events") else None

    @cached_property
    def impacts(self) -> list[Result]:
        """What came of the changes of the study, or why nothing can be told of one."""
        results: list[Result] = []
        for change in self.desk.study.changes:
            with suppress(CxlensError):
                results += results_of(self.desk, change)
        return results

    @property
    def _wave_of_now(self) -> str:
        """The wave that figures of today rest on."""
        desk = self.desk
        return ALL_WAVES if desk.now.survey is desk.survey else wave_words(desk.waves[-1])


def _segments(survey: Survey) -> dict[str, dict[str, Any]]:
    """The segments of a survey by their names in words, with column and value; a wave is chosen apart."""
    segments = {}
    for name, key in survey_segments(survey)[1:]:
        column, value = key
        if column != survey.time:
            segments[name] = {column: value}
    return segments


def _first_to_fix(known: Known) -> str:
    """The first touchpoint to fix, else the one rated worst, else the first."""
    for name, verdict in known.verdicts.items():
        if verdict == "fix":
            return name
    table = known.scores.record.table
    rated = table.dropna(subset=["mean"])
    if rated.empty:
        return str(known.answers.touchpoints[0])
    worst = int(rated["mean"].to_numpy().argmin())
    return str(rated["touchpoint"].iloc[worst])
