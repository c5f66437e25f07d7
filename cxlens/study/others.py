"""Others who were asked the same: customers of competitors, employees, and those who wrote comments elsewhere.

The first two are compared with ours by :func:`cxlens.baseline`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Annotated, Any

from cxlens.common.arguments import shown
from cxlens.errors import OptionError
from cxlens.files.nodes import Node, read_by, read_files
from cxlens.study.lifecycle import settle
from cxlens.study.parts import Columns, Scales, SurveyPlan, Texts, as_kinds, as_source, outcome_scales
from cxlens.study.scale import Scale
from cxlens.study.segments import as_names
from cxlens.study.survey import Survey


@dataclass(frozen=True, slots=True, eq=False)
class OtherPlan:
    """Where the answers of others are; what is not said is as in our own survey.

    Parameters
    ----------
    data
        A path, or a pandas frame (which is copied).
    touchpoints, outcome, scale, outcome_scale
        As :class:`~cxlens.study.parts.SurveyPlan` has them; those of our survey by default.
    segments, weight, respondent, time
        Columns of theirs; none by default, since others are rarely asked who they are.
    comments, emotion
        Columns of what they wrote, and of how strongly they feel, by touchpoint; none by default.

    Raises
    ------
    OptionError, ValuesError
        When an outcome is of no known kind, or a scale is no `Scale`.
    """

    data: Annotated[Any, read_by(read_files)]
    _: KW_ONLY
    touchpoints: Columns = None
    outcome: Texts = field(default=None, metadata={"key": "outcomes"})
    scale: Scale | None = None
    outcome_scale: Scales = field(default=None, metadata={"key": "outcome_scales"})
    segments: tuple[str, ...] = ()
    weight: str | None = None
    respondent: str | None = None
    time: str | None = None
    comments: Texts = None
    emotion: Texts = None

    def __post_init__(self) -> None:
        settle(self, {"data": as_source(self.data), "segments": as_names(self.segments)})
        if self.outcome is not None:
            outcome = as_kinds(self.outcome)
            settle(self, {"outcome": outcome, "outcome_scale": outcome_scales(self.outcome_scale, outcome)})

    def survey(self, plan: SurveyPlan) -> Survey:
        """Their answers, read as those of our own survey."""
        outcome = self.outcome or plan.outcome
        touchpoints = self.touchpoints or plan.touchpoints
        scales = self.outcome_scale or plan.outcome_scale
        keys = [*self.segments, *filter(None, [self.time])]
        shown = {*touchpoints, *outcome, *keys}
        return Survey(
            self.data,
            touchpoints=touchpoints,
            outcome=outcome,
            scale=self.scale or plan.scale,
            outcome_scale=_only(scales, outcome),
            segments=self.segments,
            weight=self.weight,
            respondent=self.respondent,
            time=self.time,
            comments=self.comments,
            emotion=self.emotion,
            names=_only(plan.names, shown),
            labels=_only(plan.labels, keys),
            positive=_only(plan.positive, outcome),
        )


def read_others(node: Node) -> dict[str, OtherPlan]:
    """By name a file, or a table as [employees] is one."""
    return {name: read_other(child) for name, child in node.table().items()}


def read_other(node: Node) -> OtherPlan:
    """A file, or a table with its file and what is other than in our survey."""
    if isinstance(node.value, dict) and "data" in node.value:
        return node.build(OtherPlan)
    return OtherPlan(read_files(node))


def _only(mapping: Mapping[str, Any], names: Any) -> dict[str, Any]:
    """The entries of these names."""
    return {name: value for name, value in mapping.items() if name in names}


def checked_competitors(competitors: Mapping[str, Survey] | None) -> dict[str, Survey]:
    """The answers of competitors' customers, by name.

    Raises
    ------
    OptionError
        When they are no dict, a name is no text or empty, or one has no survey.
    """
    if not isinstance(competitors, Mapping | None):
        kind = type(competitors).__name__
        raise OptionError(f"competitors: {{'name': survey}} is expected, not a {kind}.")
    surveys = dict(competitors or {})
    for name, answers in surveys.items():
        if not isinstance(name, str) or not name.strip():
            raise OptionError(f"competitors: {name!r} is no name. Give one as text: {{'name': survey}}.")
        check_survey(name, answers)
    return surveys


def check_survey(whose: str, answers: Any) -> None:
    """Refuse what are no answers.

    Raises
    ------
    OptionError
        ``employees: a Survey is expected, not 'staff.csv'. Make one: cx.Survey(...).``
    """
    if not isinstance(answers, Survey):
        raise OptionError(f"{whose}: a Survey is expected, not {shown(answers)}. Make one: cx.Survey(...).")
