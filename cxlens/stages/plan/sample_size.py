"""Stage 1: how many answers are needed, by touchpoint and segment.

The verb :func:`sample_size` and its result. How exact a figure gets with n answers is computed in
:mod:`cxlens.stats.power`; what a study still lacks is told by :meth:`cxlens.Study.check`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlens.common import port
from cxlens.common.html import card
from cxlens.common.values import count, plural
from cxlens.engine.labels import NOT_STATED
from cxlens.engine.tallies import BLANK, SCORED, tally
from cxlens.errors import ValuesError, check_kind, check_known, check_level, check_option, listing
from cxlens.stats import power as stats
from cxlens.stats.intervals import effective_n
from cxlens.stats.suppression import hidden_cells
from cxlens.study.survey import Survey

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

Measure = Literal["mean", "csat", "nps", "driver"]
Known = dict[str, float]
Floats = NDArray[np.float64]
TAKES = {"mean": ("sd",), "csat": ("share",), "nps": ("promoters", "detractors"), "driver": ("drivers", "r2")}
WORST = {"share": 0.5, "promoters": 0.5, "detractors": 0.5}  # where intervals are widest
MEASURED = {"mean": "the mean score", "csat": "the share of high scores", "nps": "the NPS"}
UNITS = {"csat": " percentage points", "nps": " points"}
MIN_N = 5  # answers; fewer do not tell how customers differ, and their number is not shown
POINTS = 80  # of the curve
NUMBERS = ["scores", "answers", "total", "invitations", "have", "more"]
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
WORDS = dict(zip(FITS, (
    tuple(WORST), ("effect", "r2", "power", "response_rate", "reach", "segments"), ("margin", "sd", "design_effect"),
    ("drivers", "population"), ("difference",),
), strict=True))  # fmt: skip
FIGURES: dict[str, tuple[Callable[..., Floats], Callable[..., Floats]]] = {
    "mean": (stats.mean_margin, stats.mean_power),
    "csat": (stats.share_margin, stats.share_power),
    "nps": (stats.nps_margin, stats.nps_power),
}


class _Cell(NamedTuple):
    """A touchpoint, in a segment that is a ``part`` of all customers; ``known`` is what its answers are like."""

    segment: str
    part: float
    touchpoint: str
    reach: float
    design_effect: float
    known: Known
    have: int | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SampleSize:
    """How many answers are needed; made by :func:`sample_size`.

    Attributes
    ----------
    table
        One row a touchpoint and segment: ``segment`` and ``touchpoint`` (where such are given); ``scores`` needed,
        from people who met the touchpoint; ``answers`` to the survey that bring them, of that segment; ``total``
        answers of everyone until the segment has its own (with segments); ``invitations`` to everyone (with a
        response rate); ``have``, scores there are, and ``more``, answers still needed (with a survey); ``note``. To
        detect a difference, all of them in each of the two groups. A number is blank where ``note`` says why.
    curve
        What the row that needs most answers gets: ``n`` scores, and ``value``, the margin or the power they give.
    measure
        "mean", "csat", "nps" or "driver".
    options
        The keyword arguments, as they were given.
    survey
        The survey that was read, if any.
    """

    table: pd.DataFrame
    curve: pd.DataFrame
    measure: Measure
    options: Mapping[str, Any]
    survey: Survey | None

    @property
    def hardest(self) -> dict[Any, Any] | None:
        """The row that needs most answers, with its ``name``; None where no row has a number."""
        found = self.table.dropna(subset=self._total).sort_values(self._total, ascending=False, kind="stable")
        return next(iter(_named(found)), None)

    @property
    def goal(self) -> str:
        """What the answers are for: ``the mean score within ±0.1 (95 % level)``."""
        asked, scale, unit = self.options, 100 if self.measure == "csat" else 1, UNITS.get(self.measure, "")
        level = f"({100 * asked['level']:g} % level"
        if asked["margin"] is not None:
            return f"{MEASURED[self.measure]} within ±{scale * asked['margin']:g}{unit} {level})"
        sure = f"{level}, found with probability {asked['power']:g})"
        if asked["effect"] is not None:
            return f"a driver that adds {asked['effect']:g} to R² {sure}"
        return f"a difference of {scale * abs(asked['difference']):g}{unit} in {MEASURED[self.measure]} {sure}"

    def __str__(self) -> str:
        row, group = self.hardest, " in each group" if self.options["difference"] is not None else ""
        blank = self.table[self.table[self._total].isna()]
        whys = [": ".join(filter(None, (one["name"], one["note"]))) for one in _named(blank.head(1))]
        why = "".join(f" {words[:1].upper()}{words[1:]}." for words in whys)
        if row is None:
            return f"Out of reach: {self.goal}.{why}"
        if "more" in self.table:
            lacking = self.table[self.table["more"] > 0].sort_values("more", ascending=False, kind="stable")
            enough = len(self.table) - len(lacking) - len(blank)
            what = " by ".join(f"{key}s" for key in ("touchpoint", "segment") if key in self.table)
            counted = f"{enough} of {len(self.table)} {what} have"
            counted = counted if what else f"The survey has{'' if enough else ' not'}"
            most = [f"{one['name'] or 'It'} lacks {count(one['more'])} answers" for one in _named(lacking.head(1))]
            return f"{counted} answers enough{group}: {self.goal}.{''.join(f' {words}.' for words in most)}{why}"
        decides = f", as many as {row['name']} needs" if len(self.table) > 1 else ""
        guessed = [name for name in TAKES[self.measure] if name in WORST and self.options[name] is None]
        worst = f" Worst case taken: {listing(f'{name}=0.5' for name in guessed)}." if guessed else ""
        return f"{plural(row[self._total], 'answer')}{group}{decides}: {self.goal}.{worst}{why}"

    __repr__ = __str__

    @property
    def _total(self) -> str:
        return "total" if "total" in self.table else "answers"

    @property
    def note(self) -> str:
        """What the numbers rest on."""
        said = ["Numbers to be expected: chance brings some more or fewer."]
        if self.options["margin"] is not None:
            way = {"mean": "Student's t", "csat": "Wilson", "nps": "adjusted Wald"}[self.measure]
            said.append(f"The margin is half the interval ({way}).")
        if self.measure == "driver":
            said.append("One test, of an effect among those who met the touchpoint; no finite population correction.")
        elif self.options["population"] is not None:
            said.append(f"Finite population: {count(self.options['population'])} customers.")
        return " ".join(said)

    def _repr_html_(self) -> str:
        return card(str(self), self.table, self.note)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw what more answers bring: margin, or power, against n."""
        return port.draw(self, ax)

    def explore(self) -> Widget:
        """The widget: the same numbers with controls."""
        return port.widget_of(self)


def sample_size(
    survey: Survey | None = None,
    *,
    measure: Measure = "mean",
    margin: float | None = None,
    difference: float | None = None,
    effect: float | None = None,
    sd: float | None = None,
    share: float | None = None,
    promoters: float | None = None,
    detractors: float | None = None,
    drivers: int | None = None,
    r2: float | None = None,
    by: str | None = None,
    segments: Mapping[str, float] | None = None,
    reach: float | Mapping[str, float] | None = None,
    response_rate: float | None = None,
    population: float | None = None,
    design_effect: float | None = None,
    power: float = 0.8,
    level: float = 0.95,
) -> SampleSize:
    """Count the answers needed for a margin, or to detect a difference or a driver.

    Parameters
    ----------
    survey
        Answers to plan from: ``sd``, ``share`` (of the scale's top box), ``promoters`` and ``detractors`` (of the
        first NPS outcome), ``drivers``, ``reach`` and ``design_effect`` (Kish, from weights) are read from it for
        each touchpoint over all segments; what is given by keyword goes first.
    measure
        "mean", "csat" (share of high scores), "nps" or "driver".
    margin
        How exact: half the width of the interval, in points of the scale, as a share (0.03), or in NPS points.
    difference
        In place of a margin: what two groups or waves of equal size differ by, in the same unit. Only shares mind its
        sign.
    effect
        For drivers: the gain in R2 by the touchpoint, on top of all others.
    sd, share, promoters, detractors
        What answers are like: the standard deviation of scores; shares from 0 to 1, by default the worst case 0.5.
        Of a ``difference``, the first of the two groups.
    drivers, r2
        How many touchpoints are in the model, and the R2 of all of them together.
    by
        A segment column of the survey: numbers for each of its values.
    segments
        ``{name: share of customers}``: numbers for each, and how many answers of everyone bring them. With a survey
        and ``by``, the true shares in place of those of the survey.
    reach
        Share of the respondents who meet the touchpoint, or ``{touchpoint: share}``.
    response_rate
        Share of those invited who answer.
    population
        How many customers there are, in each group when these differ: errors shrink by the finite population correction
        of those who meet the touchpoint (Cochran 1977). Not for drivers: their effect is meant beyond the customers of
        today.
    design_effect
        By how much weights or clusters multiply variances, such as 1.3. Clusters are not read from a survey.
    power
        With ``difference`` or ``effect``: the probability to find it.
    level
        Confidence level; tests are two-sided at 1 - level.

    Returns
    -------
    SampleSize

    Raises
    ------
    OptionError, ValuesError, ColumnError
        When an option does not go with the measure, is missing or out of range, or the survey does not tell it.

    Notes
    -----
    The smallest n whose interval is narrow enough: Student's t for means, Wilson for shares, adjusted Wald for the NPS,
    as :func:`cxlens.baseline` gives them. (Cochran's 385 for a share of 0.5 within 0.05 rests on the plain interval;
    Wilson's needs 381.) Power is that of Student's t test, the pooled z test (Fleiss 1981), the test of two NPS (Rocks
    2016), and for one driver that of the robust test of :func:`cxlens.drivers`: noncentral F with ``f2 = effect / (1 -
    r2)`` (Cohen 1988), on the somewhat larger HC3 errors, so that it asks for a few answers more than tables do.

    Examples
    --------
    >>> from cxlens.stages.plan.sample_size import sample_size
    >>> sample_size(measure="csat", margin=0.05, share=0.8)
    245 answers: the share of high scores within ±5 percentage points (95 % level).
    """
    options = {
        "measure": measure, "margin": margin, "difference": difference, "effect": effect, "sd": sd, "share": share,
        "promoters": promoters, "detractors": detractors, "drivers": drivers, "r2": r2, "by": by, "segments": segments,
        "reach": reach, "response_rate": response_rate, "population": population, "design_effect": design_effect,
        "power": power, "level": level,
    }  # fmt: skip
    _check(options, survey)
    cells = _given_cells(options) if survey is None else _survey_cells(survey, options)
    rows = [_row(cell, options) for cell in cells]
    table = pd.DataFrame(rows).astype(dict.fromkeys(NUMBERS, "Int64"))
    needed = table["total"].astype(float).fillna(0)
    k = int(needed.argmax())
    curve = _curve(cells[k], options, int(table["scores"].iloc[k]) if needed[k] else 0)
    unasked = {
        "segment": not cells[0].segment, "total": not cells[0].segment, "touchpoint": not cells[0].touchpoint,
        "invitations": response_rate is None, "have": survey is None, "more": survey is None,
    }  # fmt: skip
    table = table.drop(columns=[name for name, absent in unasked.items() if absent])
    return SampleSize(table, curve, measure, options, survey)


def _named(rows: pd.DataFrame) -> list[dict[Any, Any]]:
    """Rows of the table, each with its ``name``: segment and touchpoint."""
    found = rows.to_dict("records")
    names = [[str(row[key]) for key in ("segment", "touchpoint") if row.get(key)] for row in found]
    return [{**row, "name": ": ".join(words)} for row, words in zip(found, names, strict=True)]


def _check(asked: dict[str, Any], survey: Survey | None) -> None:
    """Refuse options that do not go together; their ranges are checked apart."""
    measure = asked["measure"]
    check_option("measure", measure, Measure)
    check_level(asked["level"])
    goals = ("effect",) if measure == "driver" else ("margin", "difference")
    given = [name for name in ("margin", "difference", "effect") if asked[name] is not None]
    if len(given) != 1 or given[0] not in goals:
        raise ValuesError(
            f"measure={measure!r} takes {' or '.join(f'{name}=' for name in goals)}, one of them; given: "
            f"{listing(f'{name}=' for name in given) or 'none'}. A margin is how exact a figure is to be, a difference "
            "or the effect of a driver what shall not be missed."
        )
    own = TAKES[measure]
    for name in (name for names in TAKES.values() for name in names if asked[name] is not None):
        if name not in own:
            raise ValuesError(f"{name}= does not go with measure={measure!r}. It takes: {listing(own)}.")
    if survey is not None:
        check_kind("sample_size", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    readable = [] if survey is None else ["sd", "drivers"]
    absent = [name for name in own if name not in WORST and name not in readable and asked[name] is None]
    if absent:
        raise ValuesError(f"measure={measure!r} needs {absent[0]}=, {NEEDED[absent[0]]}.")
    if (asked["promoters"] is None) != (asked["detractors"] is None):
        raise ValuesError("promoters= and detractors= come together. Give both, or none for the worst case.")
    if survey is None and asked["by"] is not None:
        raise ValuesError(
            f"by={asked['by']!r} is a column of a survey, and none is given. Give segments={{name: share}}."
        )
    if survey is not None and asked["segments"] and asked["by"] is None:
        raise ValuesError("segments= with a survey needs by=, the column whose values they are.")
    _check_ranges(asked)


def _check_ranges(asked: dict[str, Any]) -> None:
    for kind, words in ((kind, words) for words, kinds in WORDS.items() for kind in kinds):
        given = asked[kind]
        several = isinstance(given, Mapping)
        for name, value in ({f"{kind}[{key!r}]": v for key, v in given.items()} if several else {kind: given}).items():
            if value is not None and not (isinstance(value, Real) and FITS[words](float(value))):
                raise ValuesError(f"{name}={value!r} is out of range. Give {words}.")
    for name in ("margin", "difference"):
        if asked["measure"] == "csat" and asked[name] is not None and asked[name] >= 1:
            raise ValuesError(
                f"{name}={asked[name]!r} is no share. Write {asked[name] / 100:g} for {asked[name]:g} points."
            )
    if asked["promoters"] is not None and asked["promoters"] + asked["detractors"] > 1:
        together = f"promoters={asked['promoters']!r} and detractors={asked['detractors']!r}"
        raise ValuesError(f"{together} are more than all. Together they are 1 at most.")
    if asked["effect"] is not None and not asked["effect"] <= asked["r2"] < 1:
        raise ValuesError(
            f"effect={asked['effect']!r} is a part of r2={asked['r2']!r}, which all drivers explain together, so it is "
            "not larger, and r2 is below 1."
        )


def _given_cells(asked: dict[str, Any]) -> list[_Cell]:
    """Every touchpoint of every segment that the options name."""
    known = {name: WORST[name] if asked[name] is None else asked[name] for name in TAKES[asked["measure"]]}
    if fault := _out_of_range(known, asked):
        raise ValuesError(f"{fault}.")
    reach = asked["reach"] or 1.0
    places = reach if isinstance(reach, Mapping) else {"": reach}
    effect = asked["design_effect"] or 1.0
    parts = asked["segments"] or {"": 1.0}
    return [_Cell(s, part, name, met, effect, known, None) for s, part in parts.items() for name, met in places.items()]


def _survey_cells(survey: Survey, asked: dict[str, Any]) -> list[_Cell]:
    """The same from a survey: what answers are like over all segments, and how many each has."""
    survey.check_by(asked["by"])
    items, reach = survey.touchpoints, asked["reach"]
    if asked["measure"] == "nps":
        items = tuple(name for name, kind in survey.outcomes.items() if kind == "nps")[:1]
        if not items:
            kinds = listing(f"{name} ({kind})" for name, kind in survey.outcomes.items())
            raise ValuesError(f"measure='nps' needs an outcome of kind nps. Outcomes: {kinds}.")
    if asked["measure"] == "csat" and survey.scale is None:
        raise ValuesError("measure='csat' needs to know which scores are high. Give the survey a scale=.")
    if isinstance(reach, Mapping):
        check_known("reach: touchpoint", reach, items, "Touchpoints")
    by = asked["by"]
    found = tally(survey.source, len(survey.touchpoints), len(survey.outcomes), [by] if by else [])
    numbers = {name: k for k, name in enumerate((*survey.touchpoints, *survey.outcomes))}
    names = found.cells[by].to_numpy() if by else np.array([""] * len(found.cells), object)
    table = found.table.assign(segment=names[found.table["cell"]])
    weights = table[table["item"] == numbers[items[0]]].groupby("segment")["w"].sum()
    weights = weights.drop(NOT_STATED, errors="ignore") if len(weights) > 1 else weights
    parts = {str(segment): share for segment, share in (weights / weights.sum()).items()}
    if asked["segments"]:
        check_known("segment", asked["segments"], list(parts), f"Values of {asked['by']}")
        parts = asked["segments"]
    cells = []
    for name in items:
        own = table[table["item"] == numbers[name]]
        scored, told = own[own["state"] == SCORED], own.loc[own["state"] != BLANK, "w"].sum()
        met = reach.get(name) if isinstance(reach, Mapping) else reach
        if met is None:
            met = 1.0 if asked["measure"] == "nps" else scored["w"].sum() / told if told else 0.0
        known, effect = _like(scored, survey, asked)
        have = scored.groupby("segment")["n"].sum()
        shown = name if asked["measure"] != "nps" else ""
        hidden = dict(zip(have.index, hidden_cells(have.to_numpy(np.int64)[:, None], MIN_N)[:, 0], strict=True))
        for segment, part in parts.items():
            n = 0 if hidden.get(segment, False) else int(have.get(segment, 0))  # too few, or it would give those away
            cells.append(_Cell(segment, part, shown, met, effect, known, n))
    return cells


def _like(scored: pd.DataFrame, survey: Survey, asked: dict[str, Any]) -> tuple[Known, float]:
    """What answers are like, and their design effect; nothing is known from fewer than five."""
    w, x = scored["w"].to_numpy(), scored["value"].to_numpy()
    given = {name: asked[name] for name in TAKES[asked["measure"]]}
    if scored["n"].sum() < MIN_N:
        return {} if None in given.values() else given, asked["design_effect"] or 1.0
    n = float(effective_n(w.sum(), scored["w2"].sum()))
    mean = np.average(x, weights=w)
    top = survey.scale.top_from if survey.scale else math.inf
    read = {
        "sd": math.sqrt(np.average((x - mean) ** 2, weights=w) * n / (n - 1)),
        "share": float(np.average(x >= top, weights=w)),
        "promoters": float(np.average(x >= 9, weights=w)),
        "detractors": float(np.average(x <= 6, weights=w)),
        "drivers": len(survey.touchpoints),
    }
    known = {name: read[name] if value is None else value for name, value in given.items()}
    return known, asked["design_effect"] or float(scored["n"].sum() / n)


def _out_of_range(known: Known, asked: dict[str, Any]) -> str:
    """Why a difference cannot be, in words; "" where it can."""
    by = asked["difference"]
    if by is None or not known:
        return ""
    if "share" in known and not 0 <= known["share"] + by <= 1:
        return f"a share of {known['share']:.3g} cannot differ by {by:g}: it would be {known['share'] + by:.3g}"
    if "promoters" in known and min(known["promoters"] + by / 200, known["detractors"] - by / 200) < 0:
        kinds = f"{known['promoters']:.3g} promoters and {known['detractors']:.3g} detractors"
        return f"an NPS of {kinds} cannot differ by {by:g}: half of it comes from each"
    return ""


def _row(cell: _Cell, asked: dict[str, Any]) -> dict[str, Any]:
    """What a touchpoint of a segment needs, or a note why there is no number."""
    row: dict[str, Any] = {"segment": cell.segment, "touchpoint": cell.touchpoint, **dict.fromkeys(NUMBERS), "note": ""}
    have = cell.have or 0
    if cell.have is not None and have < MIN_N:
        have, row["note"] = 0, f"fewer than {MIN_N} scores, or hidden"
    elif cell.have is not None:
        row["have"] = have
    users, everyone = _users(cell, asked), asked["population"] or math.inf
    fault = _out_of_range(cell.known, asked)
    if not cell.known or not cell.reach:
        fault = f"fewer than {MIN_N} scores, so nothing is known of them"
    elif cell.known.get("sd") == 0:
        fault = "all scores are the same; give sd="
    if fault:
        return row | {"note": fault}

    def reached(n: int) -> bool:
        found = float(_figure(n, cell, asked))
        return bool(found >= asked["power"] if asked["margin"] is None else found <= asked["margin"])

    scores = stats.smallest(reached, users or stats.MOST)
    if scores is None:
        return row | {"note": f"not even {count(stats.MOST)} scores are enough"}
    most = math.inf if users is None else math.floor(everyone)  # who are at hand when all of them are needed
    answers, total = _up(scores / cell.reach), min(_up(scores / cell.reach / cell.part), most)
    sent = _up(total / (asked["response_rate"] or 1))
    if sent > everyone:
        doing = "answer" if asked["response_rate"] is None else "be invited"
        return row | {"note": f"not enough customers: {count(sent)} would have to {doing}, {count(everyone)} there are"}
    return row | {
        "scores": scores, "answers": min(answers, total), "total": total, "invitations": sent,
        "more": max(_up((scores - have) / cell.reach), 0),
    }  # fmt: skip


def _users(cell: _Cell, asked: dict[str, Any]) -> int | None:
    """Customers of the segment who meet the touchpoint, where they count as a finite population."""
    if asked["population"] is None or asked["measure"] == "driver":
        return None
    customers: float = asked["population"]
    return max(round(customers * cell.part * cell.reach), 1)


def _up(value: float) -> int:
    """The next whole number, unless rounding alone lifts a value above one."""
    return math.ceil(value * (1 - 1e-12))


def _figure(n: ArrayLike, cell: _Cell, asked: dict[str, Any]) -> Floats:
    """Margin that n scores give, or power; a whole population has no margin and misses nothing."""
    own, shrink = np.asarray(n, float) / cell.design_effect, stats.finite(n, _users(cell, asked))
    level, by, some = asked["level"], asked["difference"], np.where(shrink > 0, shrink, 1.0)
    if asked["measure"] == "driver":
        f2 = asked["effect"] / (1 - cell.known["r2"])
        return stats.regression_power(own, f2, 1, int(cell.known["drivers"]), level, robust=True)
    margin, power = FIGURES[asked["measure"]]
    if by is None:
        return np.where(shrink > 0, margin(own, **cell.known, level=level) * some, 0.0)
    return np.where(shrink > 0, power(own, **cell.known, difference=by, level=level, shrink=some), 1.0)


def _curve(cell: _Cell, asked: dict[str, Any], scores: int | None) -> pd.DataFrame:
    """Margin or power around the number of scores that is needed."""
    if not scores:
        return pd.DataFrame({"n": [], "value": []})
    marked = [scores, *([cell.have] if cell.have and cell.have >= MIN_N else [])]
    low, high = max(min(scores / 8, 0.8 * min(marked)), 2), max(scores * 3, 1.2 * max(marked))
    ends = low, min(high, _users(cell, asked) or math.inf)
    n = np.unique(np.append(np.geomspace(*ends, POINTS).round(), marked)).astype(int)
    return pd.DataFrame({"n": n, "value": _figure(n, cell, asked)})
