"""What is asked of a sample size: the options, and which of them go together.

Everything is checked here, before any answer is read. What a survey has to tell for it, and how many answers are
needed, is the matter of :mod:`cxlens.stages.plan.sample_size`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any, Literal

from cxlens.errors import ValuesError, check_kind, check_level, check_option, listing
from cxlens.study.survey import Survey

Measure = Literal["mean", "csat", "nps", "driver"]
Options = dict[str, Any]  # the keyword arguments of the verb

TAKES = {
    "mean": ("sd",),
    "csat": ("share",),
    "nps": ("promoters", "detractors"),
    "driver": ("drivers", "r2"),
}
WORST = {"share": 0.5, "promoters": 0.5, "detractors": 0.5}  # where intervals are widest
READABLE = ("sd", "drivers")  # what only a survey can tell in place of an option
NEEDED = {
    "sd": "the standard deviation of scores; about 1 is usual on a scale from 1 to 5. Or give a survey to read it from",
    "drivers": "how many touchpoints are in the model. Or give a survey to count them in",
    "r2": "the R2 of all touchpoints together, such as 0.4",
}
FITS: dict[str, Callable[[float], bool]] = {
    "a share from 0 to 1": lambda value: 0 <= value <= 1,
    "a share above 0 and up to 1": lambda value: 0 < value <= 1,
    "a number above 0": lambda value: 0 < value < math.inf,
    "a number of 1 or more": lambda value: 1 <= value < math.inf,
    "a change other than 0": lambda value: 0 < abs(value) < math.inf,
}
RANGES = {
    "a share from 0 to 1": ("share", "promoters", "detractors"),
    "a share above 0 and up to 1": ("effect", "r2", "power", "response_rate", "reach", "segments"),
    "a number above 0": ("margin", "sd", "design_effect"),
    "a number of 1 or more": ("drivers", "population"),
    "a change other than 0": ("difference",),
}
MEANING = {
    "margin": "how exact the figure is to be",
    "difference": "the smallest change to detect",
    "effect": "the smallest importance to detect",
}


def check_options(options: Options, survey: Survey | None) -> None:
    """Refuse options that do not go together, or that are out of range."""
    check_option("measure", options["measure"], Measure)
    check_level(options["level"])
    _check_goal(options)
    _check_foreign(options)
    if survey is not None:
        check_kind("sample_size", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    _check_absent(options, survey)
    _check_segments(options, survey)
    _check_ranges(options)
    _check_shares(options)


def _check_goal(options: Options) -> None:
    """One goal is given, and one of the measure."""
    measure = options["measure"]
    goals = ("effect",) if measure == "driver" else ("margin", "difference")
    given = [name for name in ("margin", "difference", "effect") if options[name] is not None]
    if len(given) == 1 and given[0] in goals:
        return
    allowed = " or ".join(f"{name}= ({MEANING[name]})" for name in goals)
    told = listing(f"{name}=" for name in given) or "none"
    raise ValuesError(f"Give {allowed} with measure={measure!r}; you gave {told}.")


def _check_foreign(options: Options) -> None:
    """Nothing is given that only another measure takes."""
    measure = options["measure"]
    for names in TAKES.values():
        for name in names:
            if options[name] is not None and name not in TAKES[measure]:
                allowed = listing(TAKES[measure])
                raise ValuesError(f"{name}= does not go with measure={measure!r}. It takes: {allowed}.")


def _check_absent(options: Options, survey: Survey | None) -> None:
    """All is given that the measure needs and nobody else tells."""
    measure = options["measure"]
    for name in TAKES[measure]:
        told = name in WORST or (survey is not None and name in READABLE)
        if options[name] is None and not told:
            raise ValuesError(f"measure={measure!r} needs {name}=, {NEEDED[name]}.")
    if (options["promoters"] is None) != (options["detractors"] is None):
        raise ValuesError("promoters= and detractors= come together. Give both, or none for the worst case.")


def _check_segments(options: Options, survey: Survey | None) -> None:
    """Segments come from a column of a survey, or from shares without one."""
    by = options["by"]
    if survey is None and by is not None:
        raise ValuesError(f"by={by!r} is a column of a survey, and none is given. Give segments={{name: share}}.")
    if survey is not None and options["segments"] and by is None:
        raise ValuesError("segments= with a survey needs by=, the column whose values they are.")


def _check_ranges(options: Options) -> None:
    """Each number lies where a number of its kind can lie."""
    for allowed, names in RANGES.items():
        for name in names:
            for label, value in _labelled(name, options[name]).items():
                fits = isinstance(value, Real) and FITS[allowed](float(value))
                if value is not None and not fits:
                    raise ValuesError(f"{label}={value!r} is out of range. Give {allowed}.")


def _labelled(name: str, value: Any) -> dict[str, Any]:
    """The numbers of an option, one or many, by how the caller would write them."""
    if isinstance(value, Mapping):
        return {f"{name}[{key!r}]": number for key, number in value.items()}
    return {name: value}


def _check_shares(options: Options) -> None:
    """Shares are written as shares, and a part is not more than its whole."""
    if options["measure"] == "csat":
        for name in ("margin", "difference"):
            value = options[name]
            if value is not None and value >= 1:
                raise ValuesError(f"{name}={value!r} is no share. Write {value / 100:g} for {value:g} points.")
    promoters = options["promoters"]
    detractors = options["detractors"]
    if promoters is not None and promoters + detractors > 1:
        raise ValuesError(
            f"promoters={promoters!r} and detractors={detractors!r} are more than all. Together they are 1 at most."
        )
    effect = options["effect"]
    r2 = options["r2"]
    if effect is not None and not effect <= r2 < 1:
        raise ValuesError(
            f"effect={effect!r} is a part of r2={r2!r}, which all drivers explain together, so it is "
            "not larger, and r2 is below 1."
        )
