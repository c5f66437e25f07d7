"""Stage 4: which initiatives are easy and big, with what probability.

The verb :func:`quick_wins` and its result. The draws behind it are made in :mod:`cxlens.stages.improve.candidates`;
what comes when is the business of :mod:`cxlens.stages.improve.roadmap`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common import port
from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.values import count, in_hundred, interval, number, percent, signed
from cxlens.errors import check_kind, listing
from cxlens.stages.baseline.places import Places
from cxlens.stages.drivers.drivers import Drivers, drivers_of
from cxlens.stages.drivers.mood import about_mood
from cxlens.stages.improve.at_places import told_places
from cxlens.stages.improve.candidates import Candidates, Shifts, candidates, p_top, weighed
from cxlens.stages.improve.resolve_first import resolve_first
from cxlens.stages.improve.response import CAUTION, Response, about_points, headroom
from cxlens.stages.improve.track_record import told_realised
from cxlens.stages.improve.weigh import told_weigh
from cxlens.stages.improve.worked_on import is_forced
from cxlens.study.ranges import told_assumed
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap
from cxlens.study.worth import RetentionLink

if TYPE_CHECKING:
    from cxlens.stages.improve.board import ImpactEffortMatrix

Floats = NDArray[np.float64]
SURE = 0.8  # share of redraws from which on an initiative is called a quick win


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class QuickWins(Result):
    """What is easy and big: the result of :func:`quick_wins`.

    Attributes
    ----------
    table
        One row an initiative, the likeliest quick win first: ``initiative``, ``touchpoints``, with a map ``verdicts``
        (on each of them, as :meth:`cxlens.stages.baseline.baseline.Baseline.verdicts` gives them), ``owner``,
        ``benefit`` (median, in points of the outcome over all respondents, or in money a year) with ``benefit_low`` and
        ``benefit_high``, ``effort`` (likely) with ``effort_low`` and ``effort_high``, ``places`` (at how many it is
        done, 0 where it is not done place by place; where any is), ``cost`` (likely, of all its places), ``saving``
        (money a year that a removed touchpoint cost), ``p_quick_win``, ``p_top3`` (among the three largest benefits),
        ``p_pareto`` (no other brings as much for as little effort), ``pareto`` (the same of the medians), ``quadrant``
        (the likeliest of quick win, big project, fill-in, leave), ``rank``; where segments are weighed, ``rank_people``
        (as if all customers counted alike); where the list has must-dos, ``forced``.
    drivers
        What was asked about.
    record
        The list of initiatives, and every draw behind the table: a
        :class:`cxlens.stages.improve.candidates.Candidates`.
    benefit_cut, effort_cut
        From what benefit on an initiative is big (the median over draws: it is drawn with the effects), up to what
        effort it is easy.
    benefits, efforts
        (draws, initiatives) the draws behind the table, in the order of ``initiatives``.
    response
        How the outcome answers to scores, effects shrunk.
    shifts, removals
        What each initiative does: ``{touchpoint: (1 + draws, segments) score points}``, and (1 + draws, segments)
        change of the outcome by what it removes; the likely case first.
    worth
        (1 + draws, segments) what a point of a segment's outcome counts in the benefit.
    savings
        (initiatives,) money a year that is no longer spent on what is removed; NaN where that is not known.
    options
        What else was asked: ``quick_wins(drivers, initiatives, **options)`` gives the same again.
    """

    drivers: Drivers
    record: Candidates

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {"quick wins": self.table}

    @property
    def table(self) -> pd.DataFrame:
        """One row an initiative: see the attributes."""
        return self.record.table

    @property
    def survey(self) -> Survey:
        """The answers."""
        return self.record.survey

    @property
    def initiatives(self) -> pd.DataFrame:
        """The list, checked."""
        return self.record.initiatives

    @property
    def benefit_cut(self) -> float:
        """From what benefit on an initiative is big."""
        return self.record.benefit_cut

    @property
    def effort_cut(self) -> float:
        """Up to what effort it is easy."""
        return self.record.effort_cut

    @property
    def benefits(self) -> Floats:
        """(draws, initiatives) what each brings, in the order of ``initiatives``."""
        return self.record.benefits

    @property
    def efforts(self) -> Floats:
        """(draws, initiatives) what each takes."""
        return self.record.efforts

    @property
    def response(self) -> Response:
        """How the outcome answers to scores, effects shrunk."""
        return self.record.response

    @property
    def shifts(self) -> tuple[Shifts, ...]:
        """What each initiative does to scores: see the attributes."""
        return self.record.shifts

    @property
    def removals(self) -> tuple[Floats, ...]:
        """What each changes by what it removes: see the attributes."""
        return self.record.removals

    @property
    def worth(self) -> Floats:
        """(1 + draws, segments) what a point of a segment's outcome counts in the benefit."""
        return self.record.worth

    @property
    def savings(self) -> Floats:
        """(initiatives,) money a year that is no longer spent; NaN where that is not known."""
        return self.record.savings

    @property
    def options(self) -> Mapping[str, Any]:
        """What else was asked: ``quick_wins(drivers, initiatives, **options)`` gives the same again."""
        return self.record.options

    @property
    def seed(self) -> int:
        """Of the draws of lift and effort."""
        return int(self.options["seed"])

    @property
    def effort_unit(self) -> str:
        """What effort is counted in, such as weeks."""
        return self.record.effort_unit

    @property
    def currency(self) -> str:
        """What costs are counted in, such as EUR; "" where the list does not say it."""
        return self.record.currency

    @property
    def unit(self) -> str:
        """What benefit is counted in."""
        return self.record.unit

    @property
    def digits(self) -> int:
        """With how many decimals a benefit is written."""
        return self.record.digits

    def together(self, chosen: Iterable[int]) -> Floats:
        """(1 + draws, segments) change of the outcome if several initiatives are done, by place in ``initiatives``.

        What they do for the same touchpoint is added before the ceiling is looked at, so they share its headroom.
        """
        return self.record.together(chosen)

    def benefit_of(self, chosen: Iterable[int]) -> Floats:
        """(draws,) benefit of several initiatives together, by place in ``initiatives``; in money, with savings."""
        return self.record.benefit_of(chosen)

    def joined(self, chosen: Iterable[int]) -> dict[str, Floats]:
        """``{touchpoint: (1 + draws, segments) score points}`` that several initiatives add up to.

        One that lifts to a standard adds only what the others leave to be lifted.
        """
        return self.record.joined(chosen)

    def p_top(self, k: int = 3) -> pd.Series[float]:
        """How often each initiative is among the ``k`` largest benefits, by name."""
        return pd.Series(p_top(self.benefits, k), index=self.initiatives["name"], name="p_top")

    def resolve_first(self) -> pd.DataFrame:
        """Which uncertainty keeps us from knowing whether an initiative is a quick win.

        Returns
        -------
        pandas.DataFrame
            One row an initiative, where most is to be gained first: ``initiative``; ``p_right``, the
            chance to be right if it is called by what is known today; ``effect``, ``lift`` and ``effort``, that chance
            once this is known exactly; ``resolve`` (which of them, "" where none helps) and ``how``.

        Notes
        -----
        The expected value of partial perfect information (Howard 1966) for the call "quick win or not", a wrong call
        costing the same either way. Effect, lift and effort are independent, so nothing has to be simulated anew: 21
        quantiles of the lift stand for its range, in each resample of the effect.
        """
        return resolve_first(self.record)

    def first(self, top: int) -> pd.DataFrame:
        """The first rows of the table that add what is worth having; else any good; else all that there are."""
        benefit = self.table["benefit"]
        for is_chosen in (benefit >= self.record.floor, benefit > 0):
            chosen = self.table[is_chosen & (benefit > 0)]
            if len(chosen):
                return chosen.head(top)
        return self.table.head(top)

    def findings(self, top: int = 3) -> list[str]:
        """A sentence for each of the first initiatives."""
        return [_forecast(self.record, row).sentence for row in self.first(top).to_dict("records")]

    @property
    def finding(self) -> Finding:
        """What the first initiative is forecast to add for how much work, and how surely it is a quick win."""
        first = self.first(1).to_dict("records")[0]
        finding = _forecast(self.record, first)
        if first["p_quick_win"] < SURE:
            none = "No initiative is clearly a quick win"
            finding = replace(finding, lead=f"{none}; closest: {finding.lead}", short=none)
        record = self.record
        came_out = told_realised(record.drawn.realised, record.fit.level)
        more = [came_out] if came_out else []
        return replace(finding, caution=CAUTION, n=count(record.fit.n), more=more)

    @property
    def note(self) -> str:
        """What counts as easy and big, and what the probability is."""
        return _note(self.record)

    def explore(self) -> ImpactEffortMatrix:
        """The same to be moved: drag an initiative or press arrow keys on it, set the cuts; probabilities follow."""
        board: ImpactEffortMatrix = port.widget_of(self)
        return board


@misfits_told
def quick_wins(
    drivers: Drivers,
    initiatives: str | Path | pd.DataFrame,
    *,
    benefit_cut: float | None = None,
    effort_cut: float | None = None,
    touchpoint_map: TouchpointMap | None = None,
    money: RetentionLink | None = None,
    track_record: pd.DataFrame | None = None,
    seed: int = 0,
    weigh: Literal["profit"] | Mapping[str, float] | pd.DataFrame | None = None,
    places: Places | None = None,
) -> QuickWins:
    """Tell which initiatives are easy and big, and how surely.

    Each resample of the drivers gives one forecast of each initiative: its touchpoints raised by a lift drawn from
    the triangle (low, likely, high), ceiling and reach respected, averaged over all respondents. Effort is drawn
    from its own triangle.

    Parameters
    ----------
    drivers
        From :func:`cxlens.drivers`, with resamples. With ``by=``, segments count by their size, and an initiative can
        reach some of them only.
    initiatives
        The path of a CSV file or an Excel sheet, or a frame: see :func:`cxlens.read_initiatives`. A lift of one
        dimension moves the touchpoint by its part: one of three dimensions a third (the ceiling looked at is the
        touchpoint's, and so is a standard). An initiative that removes a touchpoint makes its users like those who
        went without it.
    benefit_cut
        The smallest benefit worth having; by default 1 % of the outcome's standard deviation, or a quarter of the
        standard error of its mean where that is more. Big is what reaches both this and the mean of the list in the
        same draw, at likely lifts.
    effort_cut
        Up to what effort it is easy; by default the mean of the likely efforts.
    touchpoint_map
        Where standards stand, for lifts "to standard", and volume and cost per contact, for what is removed. What is
        done about a touchpoint that nobody can control (``controllable``) does not count.
    money
        What a point of the outcome is worth: benefits are then money a year, savings included.
    track_record
        What came of earlier promises: ``cx.kept(forecasts, survey).table``, or a frame with its columns ``metric``,
        ``measure``, ``segment``, ``date``, ``now``, ``forecast``, ``low``, ``high``, ``level`` and ``measured``. Of
        its mean ratings of everyone, five or more, the share of a promised gain that was measured is taken: each lift
        counts as much, and its range is as much wider as these shares differ and are not known. Promises that were made
        with a record themselves tell of what it left of the lifts, not of the lifts.
    seed
        Of the draws of lift and effort.
    weigh
        ``{segment: profit of a customer}`` for the segments of the drivers, or a table with the columns ``segment`` and
        ``profit``, and ``low``, ``high`` and ``level`` where it is known by an interval, from which it is then drawn
        with each resample: :attr:`cxlens.stages.impact.profit.Profit.weights` is such a table. Each segment counts by
        what its customers bring; one that loses money counts nothing. ``"profit"``: value less cost to serve, as the
        segments of the study state them whose answers these are. A benefit is still in points: what the outcome of the
        customers behind an average dollar of profit gains.

    Returns
    -------
    QuickWins

    Raises
    ------
    ValuesError, OptionError, ColumnError, FileError
        When the drivers have no resamples, the list of initiatives cannot be read, one of its touchpoints has no
        coefficient, a segment, dimension or place is not there, or a standard is missing.

    Notes
    -----
    A probability is a share of draws, one a resample. Effects are drawn together: most are of a kind and are pulled to
    their mean by as much as chance may have driven them apart; a few may stand out and are left alone
    (:func:`cxlens.stats.shrinkage.shrink`). :func:`cxlens.what_if` reads the same draws. Closing a touchpoint compares
    users with non-users, who differ by choice, and is taken to change nothing with chance one half until the answers
    say otherwise. Of simulated initiatives given 0.6 to 0.8, about as many were quick wins as said; a mood that
    colours all ratings and the outcome alike is not seen: benchmarks/README.md has the tables. With ``benefit_cut=0``
    nothing is promised where no touchpoint has any effect: half of a list is then above its mean.

    A track record is read as a meta-analysis: shares with the errors that their promises had, a spread between them,
    and what the next one may be (Higgins, Thompson and Spiegelhalter 2009; :mod:`cxlens.stats.realised`). That
    earlier promises tell of later ones is the outside view (Kahneman and Tversky 1979; Flyvbjerg 2006).

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> plan = cx.quick_wins(cx.drivers(study.survey(), n_boot=100), study.initiatives(), touchpoint_map=study.map())
    >>> plan.table.columns[:3].tolist()
    ['initiative', 'touchpoints', 'verdicts']
    """
    check_kind("quick_wins", drivers, Drivers, "cx.drivers(survey)")
    record = candidates(
        drivers.record,
        initiatives,
        benefit_cut=benefit_cut,
        effort_cut=effort_cut,
        touchpoint_map=touchpoint_map,
        money=money,
        track_record=track_record,
        seed=seed,
        places=places,
    )
    return QuickWins(drivers, weighed(record, weigh))


def quick_wins_of(record: Candidates) -> QuickWins:
    """The face of a record."""
    return QuickWins(drivers_of(record.fit), record)


def _forecast(record: Candidates, row: Mapping[Hashable, Any]) -> Finding:
    """``"Signs" is forecast to add 5.7 [3.0, 9.0] NPS points; 2 to 5 weeks of work, big and easy in 81 of ...``.

    What does harm is forecast to change the outcome by so much.
    """
    certainty = f"{_effort(record, row['effort_low'], row['effort_high'])} of work"
    if row["p_quick_win"] > 0:  # in none: a big project or a small one, which the table says
        certainty += f", big and easy in {in_hundred(row['p_quick_win'])} of 100 redraws"
    forced = " (forced)" if is_forced(row) else ""
    verb = "add"
    figure = number(row["benefit"], record.digits)
    if row["benefit"] < 0:
        verb = f"change {record.fit.outcome_words} by"
        figure = signed(row["benefit"], record.digits)
    return Finding(
        lead=f'"{row["initiative"]}"{forced} is forecast to {verb}',
        figure=figure,
        interval=interval(row["benefit_low"], row["benefit_high"], record.digits),
        unit=record.unit,
        certainty=certainty,
    )


def _left_aside(record: Candidates) -> list[str]:
    """What does not count, and what a removal compares."""
    sentences = []
    if record.beyond:
        names = listing(record.beyond, 30)
        sentences.append(f"Nobody can control {names}, by the map: what is done there does not count.")
    if (record.initiatives["kind"] == "remove").any():
        sentences.append("What a removal brings compares users with non-users, who differ by choice.")
    return [*sentences, *_beyond_scale(record)]


def _beyond_scale(record: Candidates) -> list[str]:
    """Which initiatives promise a mean more points than are left on its scale."""
    told = []
    whole = record.initiatives["dimension"] == ""  # a dimension moves its touchpoint by a part
    for row in record.initiatives[whole].to_dict("records"):
        for name in row["touchpoints"]:
            _, left = headroom(record.response, name)
            if round(row["lift_likely"], 2) > round(left, 2):
                told.append(f"{row['name']} ({name}, {left:.2f} left)")
    if not told:
        return []
    return [f"Lifts beyond the end of the scale count up to it: {listing(told)}."]


def _effort(record: Candidates, low: float, high: float) -> str:
    """``3 to 5 weeks``; one figure where the range has no width, and one week, not weeks."""
    span = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    unit = record.effort_unit
    if span == "1":
        unit = unit.removesuffix("s")
    return f"{span} {unit}"


def _note(record: Candidates) -> str:
    """What counts as easy and big, and what is counted in redraws."""
    easy = round(record.effort_cut, 1)
    currency = f"Costs in {record.currency}." if record.currency else ""
    sentences = [
        _what_is_big(record),
        f"Easy: {_effort(record, easy, easy)} or less.",
        f"Redraws: {count(len(record.benefits))} resamples of the answers, lift and effort drawn between low and high.",
        "Effects are pulled towards their mean by as much as chance may have driven them apart.",
        f"Intervals: {percent(record.fit.level)}.",
        *_left_aside(record),
        about_mood(record.fit),
        told_places(record.sites),
        told_assumed(record.initiatives),
        told_weigh(record.fit, record.options.get("weigh")),
        currency,
        record.caution,
        *record.fit.survey.about_scales(),
        *about_points(record.fit),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _what_is_big(record: Candidates) -> str:
    """From what benefit on an initiative is big: what is worth having, or the mean of the list where that is more."""
    cut = f"Big: {number(record.benefit_cut, record.digits)} {record.unit} or more"
    least = f"{number(record.floor, record.digits)} {record.unit}"
    if record.benefit_cut <= record.floor:
        return f"{cut}, the least that is worth having; the mean of this list is below it in most redraws."
    return f"{cut}, the mean of this list in each redraw, but never less than {least}."
