"""What the first screen is told from: the target, the plan with its outlook, verdicts and gaps, each asked once.

What is said of them belongs to :mod:`cxlens.publish.first_answers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pandas as pd

from cxlens.common.result import View
from cxlens.errors import OptionError, ValuesError
from cxlens.publish.desk import Desk
from cxlens.stages.baseline.verdicts import none_is_judged
from cxlens.stages.drivers.performance import to_concentrate
from cxlens.stages.impact.monitor import Monitor, monitor
from cxlens.stages.improve.roadmap import Roadmap
from cxlens.study.asked import lowest_is_best
from cxlens.study.parts import Target

TOO_THIN = (ValuesError, OptionError)  # what verbs raise where answers do not suffice


class Told:
    """What the seven answers are taken from, each asked once.

    Attributes
    ----------
    road_map, plan
        The road map; ``plan`` is None where it chooses nothing.
    gaps, verdicts
        What no initiative takes care of; ``verdicts`` is None where no touchpoint can be judged.
    is_dated
        Whether the periods of the plan know the day of the target.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.has_survey = desk.has("survey")
        self.outcome = desk.outcome if self.has_survey else None
        self.target = _target(desk, self.outcome)
        self.series: Monitor | None = or_none(self._series) if self.has_survey else None
        self.drivers = or_none(lambda: desk.drivers) if self.outcome else None
        has_plan = self.drivers is not None and desk.has("initiatives") and desk.has("frame")
        self.road_map: Roadmap | None = or_none(lambda: desk.plan) if has_plan else None
        self.plan = self.road_map
        if self.plan is not None and self.plan.record.chosen.empty:
            self.plan = None
        self.is_dated = False
        self.outlook = self._outlook()
        has_verdicts = self.drivers is not None and desk.study.touchpoint_map is not None
        self.gaps: View | None = or_none(self._gaps) if has_verdicts else None
        self.verdicts: pd.DataFrame | None = None if self.gaps is None else self.gaps.parts["verdicts"]
        if self.verdicts is not None and none_is_judged(self.verdicts):
            self.verdicts = None

    @property
    def to_concentrate(self) -> pd.DataFrame:
        """The touchpoints that are clearly important and rated low, beside the others; none where that is not known."""
        if self.drivers is None:
            return pd.DataFrame()
        view = or_none(self.drivers.performance)
        return pd.DataFrame() if view is None else to_concentrate(view.table, self.drivers.level)

    def _outlook(self) -> View | None:
        """Where the outcome stands with the plan; at its end where the target has no day that the periods know."""
        if self.plan is None:
            return None
        goal = self.target.target if self.target else None
        earlier = self._earlier()
        view: View = self.plan.outlook(goal, waves=earlier)
        if self.target and self.target.date:
            with suppress(*TOO_THIN):
                view = self.plan.outlook(goal, str(self.target.date), waves=earlier)
                self.is_dated = True
        return view

    def _earlier(self) -> pd.DataFrame | None:
        """The outcome in the waves before today's answers, where these are one wave."""
        desk = self.desk
        if self.series is None or desk.now.survey is desk.survey:
            return None
        waves: pd.DataFrame = self.series.table.iloc[:-1]
        return waves

    def _series(self) -> Monitor | None:
        """The outcome over the waves; None where there are not two."""
        desk = self.desk
        if self.outcome is None or len(desk.waves) < 2:
            return None
        if desk.series.metric == self.outcome:
            return desk.series
        return monitor(desk.survey, metric=self.outcome)

    def _gaps(self) -> View:
        """What no initiative takes care of."""
        initiatives = self.desk.initiatives if self.desk.has("initiatives") else None
        plan = None if self.road_map is None else self.road_map.table
        view: View = self.desk.now.not_covered(self.desk.drivers, initiatives, plan)
        return view

    @property
    def now(self) -> Mapping[Any, Any]:
        """The outcome today: measure, value and interval; empty where there is none."""
        if self.outcome is None:
            return {}
        outcomes = self.desk.now.outcomes
        rows = outcomes[outcomes["outcome"] == self.outcome].to_dict("records")
        return rows[0] if rows else {}

    @property
    def name(self) -> str:
        """What the outcome is called."""
        return "" if self.outcome is None else self.desk.named(self.outcome)

    @property
    def due(self) -> Mapping[Any, Any]:
        """The row of the outlook that counts for the target."""
        table = self.outlook.table if self.outlook else pd.DataFrame({"due": []})
        return table[table["due"]].to_dict("records")[0]

    @property
    def last(self) -> Mapping[Any, Any]:
        """The row of the outlook at the end of the plan."""
        table = self.outlook.table if self.outlook else pd.DataFrame()
        return table.to_dict("records")[-1]

    @property
    def table(self) -> pd.DataFrame:
        """The initiatives of the road map, chosen or not."""
        return self.road_map.table if self.road_map else pd.DataFrame()

    @property
    def lowest_is_best(self) -> bool:
        """Whether the outcome is better the lower its mean is."""
        is_mean = self.now.get("measure") == "mean"
        return is_mean and lowest_is_best(self.desk.survey.outcome_scales.get(str(self.outcome)))

    @property
    def currency(self) -> str:
        """What costs are counted in."""
        return self.road_map.record.candidates.currency if self.road_map else ""

    @property
    def measure(self) -> str:
        """How the outcome is counted."""
        return self.plan.record.candidates.response.measure if self.plan else ""

    @property
    def digits(self) -> int:
        """With how many decimals a change is written."""
        return self.plan.record.candidates.response.digits if self.plan else 1


def or_none(ask: Callable[[], Any]) -> Any:
    """What is asked for; None where answers do not suffice."""
    with suppress(*TOO_THIN):
        return ask()
    return None


def _target(desk: Desk, outcome: str | None) -> Target | None:
    """The first target that customers' outcome has as a whole; None without one."""
    if outcome is None:
        return None
    called = {outcome}
    if desk.survey.outcomes[outcome] == "nps":
        called.add("NPS")
    for target in desk.study.targets:
        is_whole = not target.touchpoint and not target.segment and target.of == "customers"
        if is_whole and target.metric in called:
            return target
    return None
