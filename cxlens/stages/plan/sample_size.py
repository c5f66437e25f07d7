"""Stage 1: how many answers are needed, by touchpoint and segment.

The verb :func:`sample_size` and its result. How exact a figure gets with n answers is computed in
:mod:`cxlens.stats.power`, options are checked in :mod:`cxlens.stages.plan.ask`; what a study still lacks is told by
:meth:`cxlens.Study.check`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.values import count, plural, probability
from cxlens.engine.labels import NOT_STATED
from cxlens.engine.tallies import BLANK, SCORED, tally
from cxlens.errors import ValuesError, check_known, listing
from cxlens.stages.plan.ask import TAKES, WORST, Measure, Options, check_options
from cxlens.stats import power as stats
from cxlens.stats.intervals import effective_n
from cxlens.study.scale import check_box
from cxlens.study.survey import Survey

Known = dict[str, float]  # what answers are like, by the name of the option that tells it
Floats = NDArray[np.float64]

MEASURED = {"mean": "the mean score", "csat": "the share of high scores", "nps": "the NPS"}
UNITS = {"csat": " percentage points", "nps": " points"}
INTERVALS = {"mean": "Student's t", "csat": "Wilson", "nps": "adjusted Wald"}
MIN_N = 5  # answers; fewer do not tell how customers differ, and their number is not shown
PROMOTER, DETRACTOR = 9, 6  # the lowest answer of a promoter, the highest of a detractor
DRAWS = 4_000  # surveys drawn to tell how many meet the margin
ROUNDING = 0.01  # of a margin: missed by so little it counts as met
POINTS = 80  # of the curve
NUMBERS = ["scores", "answers", "total", "invitations", "have", "more"]
MARGINS: dict[str, Callable[..., Floats]] = {
    "mean": stats.mean_margin,
    "csat": stats.share_margin,
    "nps": stats.nps_margin,
}
POWERS: dict[str, Callable[..., Floats]] = {
    "mean": stats.mean_power,
    "csat": stats.share_power,
    "nps": stats.nps_power,
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


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SampleSize(Result):
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
    chances
        ``margin``: the chance that a survey of that size meets the margin, in the row that needs most answers;
        ``scores``: that all rows have the scores they need, by who happens to meet them. Where they apply.
    measure
        "mean", "csat", "nps" or "driver".
    options
        The keyword arguments, as they were given.
    survey
        The survey that was read, if any.
    """

    table: pd.DataFrame
    curve: pd.DataFrame
    chances: Mapping[str, float]
    measure: Measure
    options: Mapping[str, Any]
    survey: Survey | None

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {"answers": self.table, "curve": self.curve}

    @property
    def hardest(self) -> dict[Any, Any] | None:
        """The row that needs most answers, with its ``name``; None where no row has a number."""
        with_number = self.table.dropna(subset=self._total)
        return _first_row(with_number.sort_values(self._total, ascending=False, kind="stable"))

    @property
    def goal(self) -> str:
        """What the answers are for: ``the mean score within ±0.1 (95 % level)``."""
        options = self.options
        scale = 100 if self.measure == "csat" else 1
        unit = UNITS.get(self.measure, "")
        level = f"({100 * options['level']:g} % level"
        if options["margin"] is not None:
            return f"{MEASURED[self.measure]} within ±{scale * options['margin']:g}{unit} {level})"
        certainty = f"{level}, found with probability {options['power']:g})"
        if options["effect"] is not None:
            found = f"found with probability {options['power']:g}"
            return f"a driver that adds {options['effect']:g} to R² (q below {1 - options['level']:g}, {found})"
        difference = f"{scale * abs(options['difference']):g}{unit}"
        return f"a difference of {difference} in {MEASURED[self.measure]} {certainty}"

    @property
    def finding(self) -> Finding:
        """How many answers are needed for what, or what of a survey has enough; why some have no number."""
        hardest = self.hardest
        why_blank = self._why_blank()
        if hardest is None:
            return Finding(f"Out of reach: {self.goal}", caution=why_blank)
        if "more" in self.table:
            lead = f"{self._having_enough()} enough answers{self._each_group} for {self.goal}"
            return Finding(lead, more=self._most_lacking(), caution=why_blank)
        answers = plural(hardest[self._total], "answer")
        decides = ""
        if len(self.table) > 1:
            decides = f", as many as {hardest['name']} needs"
        lead = f"{answers}{self._each_group}{decides}: {self.goal}"
        return Finding(lead, more=self._worst_case(), caution=why_blank)

    @property
    def _total(self) -> str:
        return "total" if "total" in self.table else "answers"

    @property
    def _blank(self) -> pd.DataFrame:
        """Rows without a number."""
        return self.table[self.table[self._total].isna()]

    @property
    def _each_group(self) -> str:
        return " in each group" if self.options["difference"] is not None else ""

    def _why_blank(self) -> str:
        """Why the first row without a number has none; "" where all have one."""
        row = _first_row(self._blank)
        if row is None:
            return ""
        note = str(row["note"])
        if row["name"]:
            return f"{row['name']}: {note}"
        return f"{note[:1].upper()}{note[1:]}"

    @property
    def _lacking(self) -> pd.DataFrame:
        """Rows that need more answers than there are, those that lack most first."""
        lacking = self.table[self.table["more"] > 0]
        return lacking.sort_values("more", ascending=False, kind="stable")

    def _having_enough(self) -> str:
        """How much of the survey has enough: ``3 of 4 touchpoints have``."""
        enough = len(self.table) - len(self._lacking) - len(self._blank)
        units = " by ".join(f"{key}s" for key in ("touchpoint", "segment") if key in self.table)
        if units:
            return f"{enough} of {len(self.table)} {units} have"
        return "The survey has" if enough else "The survey does not have"

    def _most_lacking(self) -> tuple[str, ...]:
        """What lacks most answers; nothing where none are lacking."""
        row = _first_row(self._lacking)
        if row is None:
            return ()
        return (f"{row['name'] or 'It'} lacks {plural(row['more'], 'answer')}",)

    def _worst_case(self) -> tuple[str, ...]:
        """Which options were not given, so that the worst case was taken; nothing where all were."""
        not_given = [name for name in TAKES[self.measure] if self.options[name] is None]
        guessed = [f"{name}=0.5" for name in not_given if name in WORST]
        if not guessed:
            return ()
        return (f"Worst case taken: {listing(guessed)}",)

    @property
    def note(self) -> str:
        """What the numbers rest on."""
        sentences = ["Numbers to be expected: chance brings some more or fewer."]
        if self.options["margin"] is not None:
            sentences.append(f"The margin is the longer arm of the interval ({INTERVALS[self.measure]}).")
        if self.measure == "driver":
            sentences.append("One driver of those in the model, found at a q-value below 1 less the level.")
        if "margin" in self.chances:
            sentences.append(f"Chance that a survey of that size meets it: {probability(self.chances['margin'])}.")
        if "scores" in self.chances:
            sentences.append(f"Chance that all have enough scores: {probability(self.chances['scores'])}.")
        if self.options["population"] is not None:
            sentences.append("Intervals stand for customers to come as well: they do not shrink with the population.")
        return " ".join(sentences)


def _first_row(table: pd.DataFrame) -> dict[Any, Any] | None:
    """The first row, with its ``name``: segment and touchpoint; None where there is no row."""
    if table.empty:
        return None
    row = table.head(1).to_dict("records")[0]
    names = [str(row[key]) for key in ("segment", "touchpoint") if row.get(key)]
    return {**row, "name": ": ".join(names)}


@misfits_told
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
        How exact: the longer arm of the interval, in points of the scale, as a share (0.03), or in NPS points.
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
        How many customers there are: where more would have to answer or be invited, that is said. Margins do not shrink
        with it (no finite population correction), since no interval of :func:`cxlens.baseline` does.
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
    2016), and for one driver that of the robust test of :func:`cxlens.drivers` at a q-value below 1 - level
    (Benjamini and Hochberg 1995, where it is the only one of the ``drivers`` that has an effect: with others it is
    found more often): noncentral F with ``f2 = effect / (1 - r2)`` (Cohen 1988), on the somewhat larger HC3 errors, so
    that it asks for a few answers more than tables do.

    Examples
    --------
    >>> from cxlens.stages.plan.sample_size import sample_size
    >>> sample_size(measure="csat", margin=0.05, share=0.8)
    289 answers: the share of high scores within ±5 percentage points (95 % level).
    """
    options: Options = {
        "measure": measure,
        "margin": margin,
        "difference": difference,
        "effect": effect,
        "sd": sd,
        "share": share,
        "promoters": promoters,
        "detractors": detractors,
        "drivers": drivers,
        "r2": r2,
        "by": by,
        "segments": segments,
        "reach": reach,
        "response_rate": response_rate,
        "population": population,
        "design_effect": design_effect,
        "power": power,
        "level": level,
    }
    check_options(options, survey)
    cells = _given_cells(options) if survey is None else _survey_cells(survey, options)
    table = pd.DataFrame([_row(cell, options) for cell in cells])
    table = table.astype(dict.fromkeys(NUMBERS, "Int64"))
    curve = _hardest_curve(table, cells, options)
    chances = _chances(table, cells, options)
    return SampleSize(_asked_columns(table, options, survey), curve, chances, measure, options, survey)


def _asked_columns(table: pd.DataFrame, options: Options, survey: Survey | None) -> pd.DataFrame:
    """The table without the columns that tell nothing here, such as the segment where there are none."""
    unasked = []
    if not table["segment"].iloc[0]:
        unasked += ["segment", "total"]
    if not table["touchpoint"].iloc[0]:
        unasked += ["touchpoint"]
    if options["response_rate"] is None:
        unasked += ["invitations"]
    if survey is None:
        unasked += ["have", "more"]
    return table.drop(columns=unasked)


def _given_cells(options: Options) -> list[_Cell]:
    """Every touchpoint of every segment that the options name."""
    known = _given(options)
    for name in known:
        if known[name] is None:
            known[name] = WORST[name]
    fault = _out_of_range(known, options["difference"])
    if fault:
        raise ValuesError(f"{fault}.")
    reach = options["reach"] or 1.0
    reaches = reach if isinstance(reach, Mapping) else {"": reach}
    design_effect = options["design_effect"] or 1.0
    parts = options["segments"] or {"": 1.0}
    return [
        _Cell(segment, part, touchpoint, share, design_effect, known, None)
        for segment, part in parts.items()
        for touchpoint, share in reaches.items()
    ]


def _given(options: Options) -> dict[str, Any]:
    """What the options say of the answers, as far as the measure asks; None where they do not."""
    return {name: options[name] for name in TAKES[options["measure"]]}


def _survey_cells(survey: Survey, options: Options) -> list[_Cell]:
    """The same from a survey: what answers are like over all segments, and how many each has."""
    survey.check_by(options["by"])
    items = _items(survey, options)
    tallies = _tallies(survey, options["by"])
    columns = [*survey.touchpoints, *survey.outcomes]
    answers = {}
    for item in items:
        number = columns.index(item)
        answers[item] = tallies[tallies["item"] == number]
    parts = _parts(answers[items[0]], options)
    cells = []
    for item in items:
        cells += _cells_of(item, answers[item], parts, survey, options)
    return cells


def _items(survey: Survey, options: Options) -> tuple[str, ...]:
    """Touchpoints, or the outcome that holds the NPS; refused where the survey lacks what the measure needs."""
    items = survey.touchpoints
    if options["measure"] == "nps":
        items = tuple(name for name, kind in survey.outcomes.items() if kind == "nps")[:1]
        if not items:
            kinds = listing(f"{name} ({kind})" for name, kind in survey.outcomes.items())
            raise ValuesError(f"measure='nps' needs an outcome of kind nps. Outcomes: {kinds}.")
    if options["measure"] == "csat" and survey.scale is None:
        raise ValuesError("measure='csat' needs to know which scores are high. Give the survey a scale=.")
    if options["measure"] == "csat" and survey.scale is not None:
        check_box(survey.scale, "measure='csat' has")
    if isinstance(options["reach"], Mapping):
        check_known("reach: touchpoint", options["reach"], items, "Touchpoints")
    return items


def _tallies(survey: Survey, by: str | None) -> pd.DataFrame:
    """How often each answer was given, with its ``segment``: "" for all without a column."""
    labels = [by] if by else []
    tallied = tally(
        survey.source,
        len(survey.touchpoints),
        len(survey.outcomes),
        labels,
    )
    everyone = np.array([""] * len(tallied.cells), object)
    segments = everyone
    if by:
        segments = tallied.cells[by].to_numpy()
    return tallied.table.assign(segment=segments[tallied.table["cell"]])


def _parts(answers: pd.DataFrame, options: Options) -> Mapping[str, float]:
    """Each segment's share of customers: as given, else of the respondents who state theirs."""
    weights = answers.groupby("segment")["w"].sum()
    if len(weights) > 1:
        weights = weights.drop(NOT_STATED, errors="ignore")
    shares = weights / weights.sum()
    parts = {str(segment): share for segment, share in shares.items()}
    given: Mapping[str, float] | None = options["segments"]
    if not given:
        return parts
    check_known("segment", given, list(parts), f"Values of {options['by']}")
    return given


def _cells_of(
    item: str, answers: pd.DataFrame, parts: Mapping[str, float], survey: Survey, options: Options
) -> list[_Cell]:
    """The cells of a touchpoint, one a segment."""
    scored = answers[answers["state"] == SCORED]
    reach = _reach(item, answers, options)
    known, design_effect = _like(scored, survey, options)
    scores = _scores(scored, item, survey, options["by"])
    touchpoint = "" if options["measure"] == "nps" else item
    return [
        _Cell(
            segment,
            part,
            touchpoint,
            reach,
            design_effect,
            known,
            have=scores.get(segment, 0),
        )
        for segment, part in parts.items()
    ]


def _reach(item: str, answers: pd.DataFrame, options: Options) -> float:
    """Share of the respondents who meet a touchpoint: as given, else of those whose answer tells."""
    reach: float | None = options["reach"]
    if isinstance(reach, Mapping):
        reach = reach.get(item)
    if reach is not None:
        return reach
    if options["measure"] == "nps":
        return 1.0
    is_scored = answers["state"] == SCORED
    is_told = answers["state"] != BLANK
    scored = float(answers.loc[is_scored, "w"].sum())
    told = float(answers.loc[is_told, "w"].sum())
    return scored / told if told else 0.0


def _scores(scored: pd.DataFrame, item: str, survey: Survey, by: str | None) -> dict[str, int]:
    """Scores of each segment; 0 where they are too few to be told, or would give such a number away."""
    numbers = scored.groupby("segment")["n"].sum()
    sizes = numbers.to_numpy(np.int64)
    cells = numbers.index.to_frame(name=by) if by else pd.DataFrame(index=range(len(numbers)))
    place = [*survey.touchpoints, *survey.outcomes].index(item)
    hidden = survey.hidden(cells, sizes[:, None], [place], MIN_N)[:, 0]
    shown = np.where(hidden, 0, sizes)
    return dict(zip(numbers.index, shown.tolist(), strict=True))


def _like(scored: pd.DataFrame, survey: Survey, options: Options) -> tuple[Known, float]:
    """What answers are like, and their design effect; nothing is known from fewer than five."""
    given = _given(options)
    n = float(scored["n"].sum())
    if n < MIN_N:
        known = {} if None in given.values() else given
        return known, options["design_effect"] or 1.0
    weight = scored["w"].sum()
    squares = scored["w2"].sum()
    effective = float(effective_n(weight, squares))
    read = _read(scored, effective, survey)
    known = {}
    for name, value in given.items():
        known[name] = read[name] if value is None else value
    return known, options["design_effect"] or n / effective


def _read(scored: pd.DataFrame, effective: float, survey: Survey) -> Known:
    """What a survey tells of the answers to a touchpoint, all segments together."""
    weights = scored["w"].to_numpy()
    scores = scored["value"].to_numpy()
    mean = np.average(scores, weights=weights)
    spread = np.average((scores - mean) ** 2, weights=weights)
    top = survey.scale.top_from if survey.scale else math.inf
    return {
        "sd": math.sqrt(spread * effective / (effective - 1)),
        "share": float(np.average(scores >= top, weights=weights)),
        "promoters": float(np.average(scores >= PROMOTER, weights=weights)),
        "detractors": float(np.average(scores <= DETRACTOR, weights=weights)),
        "drivers": len(survey.touchpoints),
    }


def _out_of_range(known: Known, difference: float | None) -> str:
    """Why a difference cannot be, in words; "" where it can."""
    if difference is None:
        return ""
    if "share" in known:
        second = known["share"] + difference
        if not 0 <= second <= 1:
            return f"a share of {known['share']:.3g} cannot differ by {difference:g}: it would be {second:.3g}"
    if "promoters" in known:
        promoters = known["promoters"]
        detractors = known["detractors"]
        moved = difference / 200
        if min(promoters + moved, detractors - moved) < 0:
            kinds = f"{promoters:.3g} promoters and {detractors:.3g} detractors"
            return f"an NPS of {kinds} cannot differ by {difference:g}: half of it comes from each"
    return ""


def _row(cell: _Cell, options: Options) -> dict[str, Any]:
    """What a touchpoint of a segment needs, or a note why there is no number."""
    row: dict[str, Any] = {
        "segment": cell.segment,
        "touchpoint": cell.touchpoint,
        **dict.fromkeys(NUMBERS),
        "note": "",
    }
    if cell.have is not None:
        if cell.have < MIN_N:
            row["note"] = f"fewer than {MIN_N} scores, or hidden"
        else:
            row["have"] = cell.have
    row.update(_needs(cell, options))
    share_is_ours = options["by"] and not options["segments"]
    if share_is_ours and cell.have is not None and cell.have < MIN_N:
        row.update(total=None, invitations=None)  # with those of the others they tell the share of the hidden
    return row


def _needs(cell: _Cell, options: Options) -> dict[str, Any]:
    """The numbers that a cell needs; or the ``note`` why there are none."""
    fault = _why_unknown(cell, options)
    if fault:
        return {"note": fault}

    def reached(n: int) -> bool:
        return _reached(n, cell, options)

    scores = stats.smallest(reached)
    if scores is None:
        return {"note": f"not even {count(stats.MOST)} scores are enough"}
    answers = _up(scores / cell.reach)
    total = _up(scores / cell.reach / cell.part)
    invitations = _up(total / (options["response_rate"] or 1))
    everyone = options["population"] or math.inf
    if invitations > everyone:
        doing = "answer" if options["response_rate"] is None else "be invited"
        lacking = f"{count(invitations)} would have to {doing}, {count(everyone)} there are"
        return {"note": f"not enough customers: {lacking}"}
    missing = scores - _shown(cell)
    return {
        "scores": scores,
        "answers": answers,
        "total": total,
        "invitations": invitations,
        "more": max(_up(missing / cell.reach), 0),
    }


def _why_unknown(cell: _Cell, options: Options) -> str:
    """Why nothing can be said of a cell, in words; "" where something can."""
    if not cell.known or not cell.reach:
        return f"fewer than {MIN_N} scores, so nothing is known of them"
    if cell.known.get("sd") == 0:
        return "all scores are the same; give sd="
    return _out_of_range(cell.known, options["difference"])


def _shown(cell: _Cell) -> int:
    """The scores there are, of which fewer than five count as none."""
    have = cell.have or 0
    return have if have >= MIN_N else 0


def _reached(n: int, cell: _Cell, options: Options) -> bool:
    """Whether n scores are exact enough, or find the effect surely enough."""
    figure = float(_figure(n, cell, options))
    margin: float | None = options["margin"]
    power: float = options["power"]
    if margin is None:
        return figure >= power
    return figure <= margin


def _up(value: float) -> int:
    """The next whole number, unless rounding alone lifts a value above one."""
    return math.ceil(value * (1 - 1e-12))


def _figure(n: ArrayLike, cell: _Cell, options: Options) -> Floats:
    """Margin that n scores give, or power; of a driver, that its q-value among all touchpoints is small."""
    level = options["level"]
    independent = np.asarray(n, float) / cell.design_effect
    if options["measure"] == "driver":
        f2 = options["effect"] / (1 - cell.known["r2"])
        predictors = int(cell.known["drivers"])
        level = 1 - (1 - level) / predictors
        return stats.regression_power(independent, f2, 1, predictors, level, robust=True)
    if options["difference"] is None:
        return MARGINS[options["measure"]](independent, **cell.known, level=level)
    power_of = POWERS[options["measure"]]
    return power_of(independent, **cell.known, difference=options["difference"], level=level)


def _chances(table: pd.DataFrame, cells: list[_Cell], options: Options) -> dict[str, float]:
    """The chance that a survey of the size asked for meets the margin, and that all touchpoints have enough scores.

    The first is of the row that needs most answers; the second takes the touchpoints as met independently.
    """
    totals = table["total"].astype(float)
    if totals.isna().all():
        return {}
    hardest = int(totals.fillna(0).argmax())
    chances = {}
    if options["margin"] is not None:
        cell = cells[hardest]
        independent = max(round(table["scores"].iloc[hardest] / cell.design_effect), 2)
        drawn = stats.sampled(independent, cell.known, np.random.default_rng(0), DRAWS)
        margins = MARGINS[options["measure"]](independent, **drawn, level=options["level"])
        chances["margin"] = float(np.mean(margins <= options["margin"] * (1 + ROUNDING)))
    parts = np.array([min(cell.reach * cell.part, 1.0) for cell in cells])
    if (parts < 1).any() and totals.notna().all():
        short = special.bdtr(table["scores"].astype(float) - 1, int(totals.max()), parts)
        chances["scores"] = float(np.prod(1 - np.where(parts < 1, short, 0.0)))
    return chances


def _hardest_curve(table: pd.DataFrame, cells: list[_Cell], options: Options) -> pd.DataFrame:
    """The curve of the cell that needs most answers; empty where none has a number."""
    totals = table["total"].astype(float).fillna(0)
    hardest = int(totals.argmax())
    scores = table["scores"].iloc[hardest]
    if pd.isna(scores):
        return pd.DataFrame({"n": [], "value": []})
    return _curve(cells[hardest], options, int(scores))


def _curve(cell: _Cell, options: Options, scores: int) -> pd.DataFrame:
    """Margin or power around the number of scores that is needed."""
    marked = [scores]
    if _shown(cell):
        marked.append(_shown(cell))
    low = min(scores / 8, 0.8 * min(marked))
    low = max(low, 2)  # one score alone has no interval
    high = max(scores * 3, 1.2 * max(marked))
    grid = np.geomspace(low, high, POINTS).round()
    n = np.unique(np.append(grid, marked)).astype(int)
    return pd.DataFrame({"n": n, "value": _figure(n, cell, options)})
