"""The page for the manager of one place: its own figures beside those of all, what matters there, what is said there.

No figure of another place is told. What is hidden in the comparison of all places is hidden here, too: other figures of
the place are made of the touchpoints that are told there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd

from cxlens.common.finding import LINK
from cxlens.common.small_cells import reason
from cxlens.common.values import count, plural, wave_words
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.publish.blocks import Block, Items, Note, Paragraph, Section, Table
from cxlens.publish.desk import EACH_NEEDS, Desk
from cxlens.publish.places_section import POSITIONS, form_of, ranks_in_words
from cxlens.publish.sections import how_rated
from cxlens.publish.words import ranges, sentence, shown, spans
from cxlens.stages.baseline.baseline import baseline
from cxlens.stages.baseline.place_record import ABOVE, BELOW
from cxlens.stages.drivers.drivers import drivers
from cxlens.study.initiatives import EVERYWHERE, WHERE_LOW
from cxlens.study.metrics import MIN_N, find_metric
from cxlens.study.segments import Segment
from cxlens.study.survey import Survey

NAMED = 3  # measures of which the first screen tells that they are clearly off
OF_ALL = "Those of all places stand in the report on all places."


class Told(NamedTuple):
    """What may be told of a place: its rows of the comparison, and its answers about the touchpoints among them.

    ``survey`` is None where no touchpoint is told there.
    """

    desk: Desk
    name: str
    rows: pd.DataFrame
    survey: Survey | None


def place_page(desk: Desk, place: Segment) -> tuple[Section, list[Section]]:
    """The first screen of the page of a place, and its sections."""
    told = _told(desk, place)
    sections = [
        Section("figures", "Figures", f"{place.name} beside all places", _figures(told)),
        Section("drivers", "What matters", "What matters here", _either(told, _drivers)),
        Section("initiatives", "Initiatives", "What is planned here", _initiatives(told)),
        Section("comments", "Comments", "What is said here", _either(told, _comments)),
    ]
    return _first_screen(told), [section for section in sections if section.blocks]


def _told(desk: Desk, place: Segment) -> Told:
    """What the comparison of places tells of one."""
    table = desk.places.table
    rows = table[(table["place"] == place.name) & table["value"].notna()]
    touchpoints = [name for name in rows["metric"] if name in desk.rated.touchpoints]
    survey = desk.rated.where(place).only(touchpoints) if touchpoints else None
    return Told(desk, place.name, rows, survey)


def _first_screen(told: Told) -> Section:
    """Where the place stands overall, and what is clearly off the mean of all."""
    desk = told.desk
    items = [_standing(told, row) for row in told.rows[:1].to_dict("records")]
    for position, words in (
        (BELOW, "Clearly below the mean of all places"),
        (ABOVE, "Clearly above the mean of all places"),
    ):
        rows = told.rows[told.rows["position"] == position]
        if len(rows):
            items.append(f"{words}: {listing(map(_label(told), rows['metric']), NAMED)}.")
    if not items:
        items = [f"Nothing can be told of {told.name}: {reason(MIN_N)}."]
    elif len(items) == 1:
        items.append("Nothing here is clearly off the mean of all places.")
    basis = f"Answers: {desk.period}. In square brackets: 95 % intervals. No figure of another place is told."
    note = f"{LINK}. {basis}"
    return Section("top", "Findings", "Findings", [Items(items, numbered=True), Note(note)])


def _standing(told: Told, row: dict[Any, Any]) -> str:
    """``Overall is 3.62 [3.50, 3.74] here, luck taken off, against 3.70 in all places; rank 12 to 31.``"""
    rows = pd.DataFrame([row])
    metric = find_metric(told.desk.rated, str(row["metric"]))
    value = spans(rows, "value", form_of(metric))[0]
    rank = ranks_in_words(rows)[0]
    of_all = _mean_of_all(told, metric.name)
    return f"{metric.label} is {value} here, luck taken off, against {of_all} in all places; rank {rank}."


def _mean_of_all(told: Told, name: str) -> str:
    """The mean of all answers, as it was asked."""
    metric = find_metric(told.desk.rated, name)
    shares = told.desk.places.shares
    mean = float(shares.loc[shares["metric"] == name, "mean"].iloc[0])
    value, _, _ = metric.asked(mean, mean, mean)
    return metric.words(value)


def _label(told: Told) -> Callable[[str], str]:
    """What a metric is called."""

    def label(name: str) -> str:
        return find_metric(told.desk.rated, name).label

    return label


def _figures(told: Told) -> list[Block]:
    """The figures of the place beside those of all, and how touchpoints are rated there."""
    blocks: list[Block] = [_beside_all(told)] if len(told.rows) else []
    return [*blocks, *_either(told, _scorecard), Note(f"Missing: {reason(MIN_N)}.")]


def _beside_all(told: Told) -> Table:
    """One row a measure: here, and in all places."""
    rows = told.rows
    values = []
    plain = []
    for row in rows.to_dict("records"):
        form = form_of(find_metric(told.desk.rated, row["metric"]))
        plain.append(form.figure(row["raw"]))
        values += spans(pd.DataFrame([row]), "value", form)
    columns = {
        "Measure": list(map(_label(told), rows["metric"])),
        "Answers here": rows["n"],
        "Plain mean here": plain,
        "Here, with luck taken off": values,
        "All places": [_mean_of_all(told, name) for name in rows["metric"]],
        "Rank": ranks_in_words(rows),
        "Against the mean of all": rows["position"].map(POSITIONS),
    }
    return Table(f"{told.name} beside all places", columns)


def _scorecard(told: Told, survey: Survey) -> list[Block]:
    """How touchpoints are rated there."""
    own = baseline(survey, told.desk.study.touchpoint_map)
    return [shown(own, sentence(own.note), how_rated(own, " here"))]


def _drivers(told: Told, survey: Survey) -> list[Block]:
    """What goes with the outcome there; why that cannot be told where answers are too few."""
    outcome = told.desk.outcome
    needed = EACH_NEEDS * len(survey.touchpoints)
    answers = told.rows.loc[told.rows["metric"] == outcome, "n"]
    who = f"What matters at {told.name} alone cannot be told"
    if answers.empty:
        return [Paragraph(f"{who}: {reason(MIN_N)}.")]
    n = int(answers.iloc[0])
    if n < needed:
        touchpoints = plural(len(survey.touchpoints), "touchpoint")
        return [
            Paragraph(
                f"{who}: that takes {EACH_NEEDS} answers for each of {touchpoints}, {count(needed)} in all, and there "
                f"are {count(n)}. The report on all places tells what matters in all."
            )
        ]
    how = "the further right, the more the ratings go with the outcome; grey and open: no clear link."
    what_matters = drivers(survey, outcome=outcome)
    return [shown(what_matters, sentence(what_matters.note), how)]


def _initiatives(told: Told) -> list[Block]:
    """The initiatives that are done at the place, or whose segments name it; a line on the others."""
    desk = told.desk
    if not desk.has("initiatives"):
        return []
    listed = desk.initiatives
    is_own = [_is_done_at(desk, row, told.name) for row in listed[["name", "segments", "places"]].to_dict("records")]
    own = listed[is_own]
    if own.empty:
        return [
            Note(f"The list of initiatives names none for {told.name}. {OF_ALL}"),
        ]
    columns = {
        "Initiative": own["name"],
        "Touchpoints": own["touchpoints"].map(", ".join),
        "Effort": ranges(own, "effort"),
        "Owner": own["owner"].fillna(""),
    }
    if desk.has("frame") and any(own["places"]):
        columns["Starts here"] = [_turn(desk, name, told.name) for name in own["name"]]
    return [
        Table(f"Initiatives at {told.name}", columns),
        Note(OF_ALL),
    ]


def _turn(desk: Desk, initiative: str, place: str) -> str:
    """When an initiative starts at a place, by the road map; "" where that does not tell it."""
    turns = desk.plan.places_table
    of_it = turns[(turns["initiative"] == initiative) & (turns["place"] == place)]
    return "not planned" if (of_it["start"] == "").any() else "".join(of_it["start"])


def _is_done_at(desk: Desk, initiative: dict[Any, Any], place: str) -> bool:
    """Whether an initiative is done at a place: it names it, all, or those below the mean, of which it is one."""
    places = initiative["places"]
    if places == (WHERE_LOW,):
        return place in desk.initiative_places.get(initiative["name"], ())
    return places == (EVERYWHERE,) or place in places or _names(desk, initiative["segments"], place)


def _names(desk: Desk, segments: tuple[str, ...], place: str) -> bool:
    """Whether segments of an initiative name a place, by its own name or by a segment of the study that it is in."""
    people = desk.study.people
    for name in segments:
        where = people[name].where if name in people else {desk.place: name}
        if set(where) == {desk.place} and place in _values(where[str(desk.place)]):
            return True
    return False


def _values(condition: object) -> list[str]:
    """The values of a condition, in words; a range names none."""
    if isinstance(condition, tuple):
        return []
    values = condition if isinstance(condition, list) else [condition]
    return [wave_words(value) for value in values]


def _comments(_told: Told, survey: Survey) -> list[Block]:
    """What guests say there of touchpoints that they score low, and of those they score high."""
    if not survey.comments:
        return []
    view = baseline(survey).comments()
    how = "words to the left mark comments with low scores, to the right those with high ones."
    return [shown(view, sentence(view.note), how)]


def _either(told: Told, tell: Callable[[Told, Survey], list[Block]]) -> list[Block]:
    """What is told of the answers of the place, or why there is nothing."""
    if told.survey is None:
        return [Paragraph(f"There is nothing to report here: {reason(MIN_N)}.")]
    try:
        return tell(told, told.survey)
    except (OptionError, ValuesError) as error:
        return [Paragraph(f"There is nothing to report here: {error}")]
