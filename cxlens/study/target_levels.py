"""Which levels a target may ask for: a share lies between 0 and 1, an NPS between -100 and 100, a mean on its scale.

Whether a target is reached is told by the stages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cxlens.errors import ValuesError, as_share
from cxlens.study.parts import SurveyPlan, Target
from cxlens.study.scale import Scale


class Ends(NamedTuple):
    """What a metric is told as, and the lowest and highest that it can be."""

    told_as: str
    low: float
    high: float


SHARE = Ends("a share", 0, 1)
NPS = Ends("an NPS", -100, 100)


def check_levels(targets: Iterable[Target], plan: SurveyPlan) -> None:
    """Refuse targets of customers that can never be reached, or that every answer reaches.

    Raises
    ------
    ValuesError
        ``target of 'happy' is 80, out of reach: it is told as a share, from 0 to 1. Give a number between these,
        such as 0.8 for 80 %.``
    """
    for target in targets:
        ends = _ends(target, plan) if target.of == "customers" else None
        if ends is not None and not ends.low <= target.target <= ends.high:
            hint = as_share(target.target) if ends is SHARE else ""
            where = f" at {target.touchpoint!r}" if target.touchpoint else ""
            raise ValuesError(
                f"target of {target.metric!r}{where} is {target.target:g}, out of reach: it is told as {ends.told_as}, "
                f"from {ends.low:g} to {ends.high:g}. Give a number between these{hint}."
            )


def _ends(target: Target, plan: SurveyPlan) -> Ends | None:
    """What the metric of a target can be; None where that is not known."""
    if target.touchpoint:
        return _ends_at(target, plan)
    if target.metric == "NPS":
        return NPS
    for column, kind in plan.outcome.items():
        if target.metric in (column, plan.names.get(column)):
            return _ends_of(kind, plan.outcome_scale.get(column))
    return None


def _ends_at(target: Target, plan: SurveyPlan) -> Ends | None:
    """What the metric of a touchpoint can be."""
    if target.metric == "top_box":
        return SHARE
    if target.metric != "mean":
        return None
    scale = plan.scale
    if isinstance(scale, dict):
        scale = scale.get(target.touchpoint)
    return _mean_on(scale)


def _ends_of(kind: str, scale: Scale | None) -> Ends | None:
    """What an outcome of a kind can be."""
    if kind == "nps":
        return NPS
    if kind == "binary":
        return SHARE
    return _mean_on(scale) if kind == "interval" else None  # one of kind ordinal may be told in two ways


def _mean_on(scale: Scale | None) -> Ends | None:
    """What a mean can be on a scale; None without one."""
    if scale is None:
        return None
    return Ends("a mean", scale.low, scale.high)
