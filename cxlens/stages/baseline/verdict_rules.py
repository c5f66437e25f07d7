"""The rules by which a touchpoint gets its verdict: facts in, verdict, rule and certainty out.

Where the facts come from, and what is said of all verdicts together, belongs to
:mod:`cxlens.stages.baseline.verdicts`.
"""

from __future__ import annotations

from typing import Literal, get_args

from cxlens.stages.baseline.partners import MATTERS, Fact
from cxlens.stages.baseline.record import FEW

Verdict = Literal["fix", "add", "check overlap", "above standard", "undecided", "not judged", "keep"]
ORDER = get_args(Verdict)
DECIDED = 0.8  # probability that a verdict needs
FAR = 0.2  # standard deviations of the scores above a standard from which on there may be too much of a good thing
FEW_ANSWERS = "too few answers"
NO_STANDARD = "it has no standard that ratings can meet"
ALL_ALIKE = "all answers are alike, so it cannot be judged"
FEW_CLUSTERS = "too few clusters to tell whether it meets its standard"
NOT_CONTROLLED = "clearly below its standard and it matters, but nobody can control it"
LITTLE = "clearly below its standard, but it matters little"
Judgement = tuple[Verdict, str, float | None]  # verdict, rule, certainty


def judge(fact: Fact, level: float) -> Fact:
    """The verdict on a touchpoint, its rule and certainty: the first rule that holds, and holds surely enough."""
    verdict, rule, certainty = _lacking(fact) or _overlap(fact) or _against_standard(fact, level)
    judgement: Fact = {"verdict": verdict, "rule": rule}
    return judgement if certainty is None else judgement | {"certainty": certainty}


def _lacking(fact: Fact) -> Judgement | None:
    """That nothing can be said, for want of answers."""
    if fact["n"] is None or fact["n"] < FEW:
        return "not judged", FEW_ANSWERS, None
    return None


def _overlap(fact: Fact) -> Judgement | None:
    """That another touchpoint may do the same."""
    certainty = fact.get("p_redundant", 0.0)
    if certainty < DECIDED:
        return None
    return "check overlap", f"little would be lost without it beside {fact['partner']}", certainty


def _against_standard(fact: Fact, level: float) -> Judgement:
    """What follows from the distance to the standard, and from the effect."""
    p_met = fact["p_met"]
    if p_met is None:
        return "not judged", _why_not_told(fact), None
    if "p_matters" not in fact:
        return _without_importance(fact, level)
    p_fix = (1 - p_met) * fact["p_matters"]
    if is_below(fact, level) and p_fix >= DECIDED:
        if fact["controllable"]:
            return "fix", "clearly below its standard, and it matters", p_fix
        return "keep", NOT_CONTROLLED, p_fix
    p_too_much = fact["p_far"] * (1 - fact["p_matters"])
    if _is_too_much(fact) and p_too_much >= DECIDED:
        return "above standard", "clearly above its standard, and it matters little", p_too_much
    if 1 - p_fix >= DECIDED:
        return "keep", _why_kept(fact, level), 1 - p_fix
    return "undecided", _what_is_open(fact, level), None


def _why_not_told(fact: Fact) -> str:
    """Why it is not known whether a standard is met; clusters that are too few still give an interval."""
    if fact["standard"] is None:
        return NO_STANDARD
    return ALL_ALIKE if fact.get("low") is None else FEW_CLUSTERS


def is_below(fact: Fact, level: float) -> bool:
    """Whether a touchpoint is clearly below its standard."""
    return _is_clear(fact, level) and bool(fact["gap"] < 0)


def _is_clear(fact: Fact, level: float) -> bool:
    """Whether a touchpoint is clearly off its standard, allowing for all that have one."""
    return fact["q_gap"] is not None and bool(fact["q_gap"] < 1 - level)


def _is_too_much(fact: Fact) -> bool:
    """Whether the interval of the distance begins where it is far, and that of the effect ends before it matters."""
    return bool(fact["distance_low"] >= FAR and fact["effect_high"] < MATTERS)


def _without_importance(fact: Fact, level: float) -> Judgement:
    """What is likely met stays as it is, whatever its importance; of all else half is unknown."""
    if fact["p_met"] >= DECIDED:
        return "keep", _standing(fact, level), fact["p_met"]
    return "not judged", f"{_standing(fact, level)}; whether it matters is not known", None


def _standing(fact: Fact, level: float) -> str:
    """Where a touchpoint stands against its standard, as far as is told."""
    if _is_clear(fact, level):
        return "clearly below its standard" if fact["gap"] < 0 else "clearly meets its standard"
    if fact["p_met"] >= DECIDED:
        return "likely meets its standard"
    return "not clearly off its standard"


def _why_kept(fact: Fact, level: float) -> str:
    """Which half of "clearly below its standard, and it matters" does not hold."""
    if fact["p_met"] >= DECIDED:
        return _standing(fact, level)
    if is_below(fact, level):
        return LITTLE
    if 1 - fact["p_matters"] >= DECIDED:
        return "not clearly off its standard, and it matters little"
    return "likely either meets its standard or matters little"


def _what_is_open(fact: Fact, level: float) -> str:
    """Which half of "clearly below its standard, and it matters" is not decided."""
    if is_below(fact, level):
        return "clearly below its standard, but whether it matters is open"
    if fact["p_matters"] >= DECIDED:
        return "it matters, but is not clearly off its standard"
    return "whether it is below its standard and whether it matters are open"
