"""Five slides for a meeting: where we stand, why, the plan, who decides, and whether the target is reached.

What they say comes from the first screen and from the results behind it; how a file is made of them is the business of
:mod:`cxlens.publish.slide_deck`. No figure about answers is made here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.values import number
from cxlens.errors import CxlensError, OptionError, ValuesError, check_kind, listing
from cxlens.files.writing import check_ending, file_to_write, write_whole
from cxlens.publish.desk import Desk
from cxlens.publish.first_answers import first_screen
from cxlens.publish.first_screen import Answer, Decision, Decisions, FirstScreen
from cxlens.publish.slide_deck import Line, Part, Picture, Slide, Table, Text, pptx_or_refuse, write_deck
from cxlens.publish.words import NO_BREAK, date_words, joined, sentence, span, without_link
from cxlens.study.asked import lowest_is_best
from cxlens.study.study import Study

TOO_THIN = (ValuesError, OptionError)  # what verbs raise where answers do not suffice
SIMULATED = "Simulated data"
LOWEST = 8  # touchpoints on the first slide
NAMED = 6  # names in a cell
PICTURE, BESIDE, WIDE = 0.54, 0.46, 0.62  # shares of the width


@misfits_told
def slides(study: Study, path: str | Path) -> Path:
    """Write five slides for a meeting: where we stand, why, the plan, who must say yes by when, and the target.

    Each has a finding as its title, native tables, pictures with alternative text, and tells n, period, and that data
    are simulated where they are. How to read a picture stands in the notes to speak. A slide for which the study has
    nothing is left out: without initiatives and a road map there are the first two. Needs the extra ``office``.

    Parameters
    ----------
    study
        The study, with a survey.
    path
        The file to write, such as ``slides.pptx``. It appears whole or not at all.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    OptionError
        When what is given is not a study.
    FileError
        When the file cannot be written there.
    CxlensError
        When python-pptx is not installed, the study has no survey, or a part of it cannot be read.

    Examples
    --------
    >>> import cxlens as cx
    >>> cx.slides(cx.Study("Airport"), "slides.pptx")
    Traceback (most recent call last):
        ...
    cxlens.errors.CxlensError: slides tell of answers, and study 'Airport' has no survey. Add [survey] to it.
    """
    write_slides(study, path)
    return Path(path)


@misfits_told
def write_slides(study: Study, path: str | Path) -> list[Slide]:
    """Write the slides and give them back as data."""
    check_kind("slides", study, Study, "cx.Study.from_toml(path)")
    pptx_or_refuse()
    check_ending(path, "slides.pptx", ".pptx")
    target = file_to_write(path, "slides.pptx")
    if study.survey_plan is None:
        raise CxlensError(f"slides tell of answers, and study {study.name!r} has no survey. Add [survey] to it.")
    desk = Desk(study)
    made = slides_of(desk)
    write_whole(target, write_deck(made, study.name, SIMULATED if study.simulated else ""))
    return made


def slides_of(desk: Desk) -> list[Slide]:
    """The slides as data, before anything is drawn."""
    first = first_screen(desk)
    answers = {answer.key: answer for answer in first.answers}
    made = [_state(desk, first, answers["state"])]
    made += _why(desk, first, answers["fix"])
    decisions = first.decisions
    if decisions is not None:
        made.append(_plan(desk, first, decisions, answers))
        made.append(_who(desk, first, decisions.title, answers["yes"]))
        made.append(_target(first, answers))
    return made


def _foot(first: FirstScreen) -> str:
    """What figures rest on; that links are no effects is said once, on the slide that tells why."""
    return without_link(first.basis)


def _state(desk: Desk, first: FirstScreen, answer: Answer) -> Slide:
    """Where we stand against the target, over the waves, and which touchpoints are rated lowest."""
    parts: list[tuple[float, Part]] = [(BESIDE, _lowest(desk))]
    notes = "Touchpoints are rated by those who used them; blank: hidden to protect people."
    has_waves = len(desk.waves) > 1
    if has_waves and desk.series.metric == desk.outcome:
        course = Picture(desk.series)
        parts.insert(0, (PICTURE, course))
        notes = f"A dot is a wave, the line its 95 % interval. {answer.text} {notes}"
    return Slide(_standing(answer), parts, _foot(first), notes)


def _standing(answer: Answer) -> str:
    """Where the outcome stands, as a title."""
    if answer.is_blank:
        return answer.text.removesuffix(".")
    _, _, outcome = answer.label.partition(": ")
    title = f"{outcome} is {answer.figure} {answer.interval}. {answer.lead}"
    return title.removesuffix(".")


def _lowest(desk: Desk) -> Table:
    """The touchpoints that are rated lowest, against their standards."""
    scores = desk.now.table.dropna(subset="mean")
    lowest_first = not lowest_is_best(desk.now.survey.scale)
    scores = scores.sort_values("mean", ascending=lowest_first, kind="stable")
    rows = [_rated(row) for row in scores.head(LOWEST).to_dict("records")]
    return Table(
        [
            "Rated lowest",
            "Rating",
            "Standard",
        ],
        rows,
        [2, 1.9, 1.3],
        "Touchpoints rated lowest, with their standards",
        right=[1, 2],
    )


def _rated(row: Mapping[Any, Any]) -> list[str]:
    """A touchpoint with its rating and its standard."""
    standard = ""
    if row["metric"] == "mean":
        standard = number(row["standard"], 1)
    return [
        row["touchpoint"],
        span(row["mean"], row["low"], row["high"]),
        standard,
    ]


def _why(desk: Desk, first: FirstScreen, answer: Answer) -> list[Slide]:
    """What to fix first, and why: what is important and rated low."""
    with suppress(*TOO_THIN):
        performance = desk.drivers.performance()
        told = _verdict(desk) or desk.drivers
        lines = [Line("", f"{_important(performance.finding)}.")]
        if not answer.is_blank:
            first_line = Line(answer.lead, answer.text)
            lines.insert(0, first_line)
        parts: list[tuple[float, Part]] = [
            (WIDE, Picture(performance)),
            (1 - WIDE, Text(lines)),
        ]
        notes = "Across: how a touchpoint is rated. Up: how much it goes with the outcome. Lines: 95 % intervals."
        return [Slide(told.finding.title, parts, first.basis, notes)]
    return []


def _important(finding: Finding) -> str:
    """What is important and rated low, by name: ratings of it are those of all raters, on the slide before."""
    names = [item.name for item in finding.items]
    return f"{finding.lead}: {listing(names, NAMED)}" if names else finding.title


def _verdict(desk: Desk) -> Result | None:
    """What to do with each touchpoint; None where there is no map or too little is known."""
    if desk.study.touchpoint_map is None:
        return None
    with suppress(*TOO_THIN):
        return desk.now.verdicts(desk.drivers)
    return None


def _plan(desk: Desk, first: FirstScreen, told: Decisions, answers: Mapping[str, Answer]) -> Slide:
    """What comes when, for how much, and what is forecast of it."""
    rows = [_planned(row) for row in told.rows]
    together = _planned(told.together)
    table = Table(
        [
            "Initiative",
            "Done by",
            told.cost_head,
            told.forecast_head,
        ],
        [*rows, together],
        [4.2, 1.6, 1.6, 2.4],
        "The initiatives of the plan: when each is done, its cost, and what is forecast of it",
        right=[2, 3],
        strong=True,
    )
    said = [
        answers["plan"].line,
        answers["cost"].line,
        told.note,
    ]
    return Slide(desk.plan.finding.title, [(1, table)], _foot(first), joined(said))


def _planned(row: Decision) -> list[str]:
    """An initiative of the plan, or all of them together."""
    forecast = f"{row.forecast} {row.interval}"
    return [
        row.initiative,
        row.done,
        row.cost,
        forecast.translate(NO_BREAK),
    ]


def _who(desk: Desk, first: FirstScreen, title: str, answer: Answer) -> Slide:
    """Who must say yes to what, by when, and who is asked before."""
    rounds = desk.plan.decisions().parts["rounds"]
    rows = [_round(row) for row in rounds.to_dict("records")]
    table = Table(
        [
            "Yes by",
            "Who decides",
            "On what",
            "Asked first",
        ],
        rows,
        [1.5, 2.6, 3.3, 2.7],
        "Who must say yes to what, by when, and who is asked before",
    )
    return Slide(title, [(1, table)], _foot(first), answer.line)


def _round(row: Mapping[Any, Any]) -> list[str]:
    """What is decided together."""
    by = f"before {row['start']}"
    if pd.notna(row["yes_by"]):
        by = date_words(row["yes_by"].date())
    return [
        by.translate(NO_BREAK),
        listing(row["who"], NAMED),
        listing(row["initiatives"], NAMED),
        listing(row["ask_first"], NAMED),
    ]


def _target(first: FirstScreen, answers: Mapping[str, Answer]) -> Slide:
    """Whether the target is reached, what is not covered, and what came of earlier promises."""
    lines = list(_told(answers))
    parts: list[tuple[float, Part]] = [(BESIDE, Text(lines))]
    if first.chart is not None:
        ahead = Picture(first.chart)
        parts.insert(0, (PICTURE, ahead))
    return Slide(first.headline, parts, _foot(first), sentence(first.how))


def _told(answers: Mapping[str, Answer]) -> Iterator[Line]:
    """The answers beside the picture of the target."""
    for key in ("plan", "gaps", "promises"):
        answer = answers[key]
        if not answer.is_blank:
            figure = [
                f"{answer.label}:",
                answer.figure,
                answer.interval,
            ]
            yield Line(f"{joined(figure)}.", answer.said)
