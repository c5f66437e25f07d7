"""The report: one HTML file that tells a study's findings to people who will never open a notebook.

It holds the order of the sections, the first screen and the file; ``glossary.toml`` explains the words. What the
sections say is the business of ``sections`` and its neighbours, how HTML is made that of ``page``, how a
picture is drawn that of the stages; no figure about answers is computed here.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from cxlens.common.arguments import misfits_told
from cxlens.common.values import count
from cxlens.errors import FileError, OptionError, ValuesError, check_kind
from cxlens.files.writing import target_of, write_whole
from cxlens.publish import impact_sections, journeys_section, places_section, sections
from cxlens.publish import improve_sections as plans
from cxlens.publish.blocks import Block, Heading, Items, Missing, Note, Page, Paragraph, Picture, Section
from cxlens.publish.desk import Desk
from cxlens.publish.first_answers import first_screen
from cxlens.publish.first_screen import FirstScreen
from cxlens.publish.meanwhile import meanwhile
from cxlens.publish.page import drawn, render
from cxlens.publish.place_page import place_page
from cxlens.publish.words import besides, captioned
from cxlens.stages.baseline.map_chart import Sight
from cxlens.stages.drivers.drivers import Drivers
from cxlens.study.segments import Segment
from cxlens.study.study import Study

# Chapters that a second process tells: they need neither DuckDB nor the plan, and are about half of the work. With them
# goes the rank of initiatives by profit, a part of a chapter, which reads drivers by segment as theirs does.
APART = {"plan", "places", "drivers", "impact", "blind"}
GAP = Note("")  # stands for that part until it is told
TOP = 5  # initiatives on the first screen
FINDINGS = 3
MAP_WIDTH = 11  # inches
TOO_THIN = (ValuesError, OptionError)  # what verbs raise where answers do not suffice: a section then says so
WORDS: dict[str, str] = tomllib.loads(Path(__file__).with_name("glossary.toml").read_text(encoding="utf-8"))


class Chapter(NamedTuple):
    """A section to be: anchor, name in the list of contents, title, parts of the study it needs, what tells it."""

    anchor: str
    link: str
    title: str
    needs: tuple[str, ...]
    tell: Callable[[Desk], list[Block]]


CHAPTERS = [
    Chapter("plan", "Plan", "Plan: what we set out to do", (), sections.plan_section),
    Chapter("baseline", "Baseline", "Baseline: where we stand", ("survey",), sections.baseline_section),
    Chapter("drivers", "Drivers", "Drivers: what matters", ("survey",), sections.drivers_section),
    Chapter("verdicts", "Verdicts", "Verdicts: fix, add, keep or look again", ("survey",), sections.verdicts_section),
    Chapter("improve", "Improve", "Improve: what to do first", ("survey", "initiatives"), plans.improve_section),
    Chapter(
        "roadmap",
        "Road map",
        "Road map: what comes when, and who is asked",
        ("survey", "initiatives"),
        plans.roadmap_section,
    ),
    Chapter("impact", "Impact", "Impact: did it work?", ("survey",), impact_sections.impact_section),
    Chapter("journeys", "Journeys", "Journeys: the routes people take", ("events",), journeys_section.journeys_section),
    Chapter("blind", "Where we are blind", "Where we are blind", (), sections.blind_section),
]
PLACES = Chapter(
    "places",
    "Places",
    "Places: which stand out, and what is luck",
    ("survey",),
    places_section.places_section,
)


@misfits_told
def report(study: Study, path: str | Path, *, place: str | None = None) -> Path:
    """Write a study's report: one HTML file that opens anywhere, also offline.

    Figures of today rest on the latest wave when it has 500 answers or more, else on all answers; the report says so.
    Drivers, verdicts and forecasts are those of the verbs, with their usual options, for all touchpoints. What the
    study does not hold is left out; ``cxlens report`` tells on the terminal what could be added.

    Parameters
    ----------
    study
        The study.
    path
        The file to write. It appears whole or not at all.
    place
        One of the places that the study's ``[survey] place = "hotel"`` names, such as "Hotel 12": then the page is one
        for its manager, with its own figures beside those of all places, and no figure of another place.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    OptionError
        When what is given is not a study, the study names no column of places, or no place is called so.
    FileError
        When the file cannot be written there.
    CxlensError
        When a part of the study cannot be read, or one of its changes cannot be measured as described.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import cxlens as cx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cx.report(cx.Study("Airport"), Path(folder, "report.html")).name
    'report.html'
    """
    write_report(study, path, place=place)
    return Path(path)


class Written(NamedTuple):
    """What is told of a report: its first screen in sentences, and what the study does not hold, with what to add."""

    findings: list[str]
    missing: list[Missing]


@misfits_told
def write_report(study: Study, path: str | Path, *, place: str | None = None, progress: bool = False) -> Written:
    """Write the report and tell of it; ``progress`` shows a bar on stderr when that is a terminal."""
    check_kind("report", study, Study, "cx.Study.from_toml(path)")
    target = target_of(path)
    if target.is_dir() or not target.parent.is_dir():
        raise FileError(f"{path} cannot be written: give a file, such as report.html, in a folder that is there.")
    desk = Desk(study)
    if place is not None:
        return _write_place(desk, desk.at_place(place), target)
    page, missing = without_missing(_drawn_page(desk, progress=progress))
    write_whole(target, render(page).encode("utf-8"))
    return Written(page.screen.lines if page.screen else [], missing)


def _write_place(desk: Desk, place: Segment, target: Path) -> Written:
    """Write the page for the manager of a place."""
    first, told = place_page(desk, place)
    page = replace(_page(desk, first, told), title=f"{desk.study.name}: {place.name}")
    write_whole(target, render(page).encode("utf-8"))
    said = [text for block in first.blocks if isinstance(block, Items) for text in block.texts]
    return Written(said, [])


def chapters(desk: Desk) -> list[Chapter]:
    """The sections to be: one on places where the study names some."""
    if desk.place is None:
        return CHAPTERS
    after = [chapter.anchor for chapter in CHAPTERS].index("baseline") + 1
    return [*CHAPTERS[:after], PLACES, *CHAPTERS[after:]]


def without_missing(page: Page) -> tuple[Page, list[Missing]]:
    """The page without the lines on what is not there, and these: its readers cannot add it, its maker can."""
    sections = [page.first, *page.sections]
    missing = [block for section in sections for block in section.blocks if isinstance(block, Missing)]
    first, *others = [_without_missing(section) for section in sections]
    whole = replace(page, first=first, sections=[section for section in others if section.blocks])
    return whole, list(dict.fromkeys(missing))


def _without_missing(section: Section) -> Section:
    """A section without the lines on what is not there."""
    blocks = [block for block in section.blocks if not isinstance(block, Missing) and block != Items([])]
    return replace(section, blocks=blocks)


def page_of(desk: Desk, *, progress: bool = False) -> Page:
    """All that the report of a study says, before any picture is drawn."""
    told = _told(desk, chapters(desk), progress=progress)
    return _page(desk, _places(desk, _map(desk)), told, _screen(desk))


def _drawn_page(desk: Desk, *, progress: bool) -> Page:
    """The same with its pictures drawn: what does not tell of the plan by a second process meanwhile.

    Of answers that are held in memory only: what DuckDB or Spark hold cannot be read from there.
    """
    if not desk.in_memory:
        return page_of(desk, progress=progress)
    _drivers_where_told(desk)  # both processes go on from them
    others = [_with_gap(chapter) for chapter in chapters(desk) if chapter.anchor not in APART]
    with meanwhile(partial(_told_apart, desk)) as told_apart:
        told = [drawn(section) for section in _told(desk, others, progress=progress)]
        places, profit, *others_told = told_apart()
    of_anchor = {section.anchor: _without_gap(section, profit) for section in [*told, *others_told]}
    in_order = [of_anchor[chapter.anchor] for chapter in chapters(desk)]
    return _page(desk, _places(desk, places.blocks), in_order, _screen(desk))


def _with_gap(chapter: Chapter) -> Chapter:
    """A chapter without the part that is told by a second process, if it has that."""
    if chapter.tell is plans.improve_section:
        return chapter._replace(tell=partial(plans.improve_section, by_profit=lambda _: [GAP]))
    return chapter


def _without_gap(section: Section, part: Section) -> Section:
    """A section with its gap filled, where it has one."""
    blocks: list[Block] = []
    for block in section.blocks:
        blocks += part.blocks if block is GAP else [block]
    return replace(section, blocks=blocks)


def _told_apart(desk: Desk) -> list[Section]:
    """The map of the first screen, ranks by profit, and the chapters of a second process, with their pictures drawn."""
    places = Section("map", "", "", _map(desk))
    profit = Section("profit", "", "", plans.by_profit(desk) if desk.has("initiatives") else [])
    told = [tell(desk, chapter) for chapter in chapters(desk) if chapter.anchor in APART]
    return [drawn(section) for section in [places, profit, *told]]


def _told(desk: Desk, chapters: Sequence[Chapter], *, progress: bool) -> list[Section]:
    """Sections, with a bar that shows how far they are where there is a terminal."""
    bar = tqdm(chapters, leave=False, disable=None if progress else True)
    return [tell(desk, chapter) for chapter in bar]


def _screen(desk: Desk) -> FirstScreen | None:
    """The first screen; None where there are no answers."""
    return first_screen(desk) if desk.has("survey") else None


def _places(desk: Desk, blocks: Sequence[Block]) -> Section:
    """The map of touchpoints, below the first screen."""
    lacking: list[Block] = [] if desk.has("survey") else [Missing("findings", "[survey]")]
    in_map = [block for block in blocks if not isinstance(block, Heading)]
    return Section("map", "Map", "The touchpoint map", [*lacking, *in_map])


def _page(desk: Desk, first: Section, told: list[Section], screen: FirstScreen | None = None) -> Page:
    """The page of these sections."""
    study = desk.study
    return Page(
        title=study.name,
        about=f"{study.organisation}. {study.about}" if study.organisation else study.about,
        simulated=study.simulated,
        first=first,
        words=WORDS,
        sections=told,
        screen=screen,
        made=f"Made with cxlens {version('cxlens')} on {dt.date.today().isoformat()}.",
    )


def tell(desk: Desk, chapter: Chapter) -> Section:
    """A section: what its verbs say, or what is absent, or why it cannot be told."""
    absent = [part for part in chapter.needs if not desk.has(part)]
    blocks: list[Block]
    if absent:
        blocks = [Missing(part, f"[{part}]") for part in absent]
    else:
        try:
            blocks = chapter.tell(desk)
        except TOO_THIN as error:
            blocks = [Paragraph(f"There is nothing to report here: {error}")]
    return Section(chapter.anchor, chapter.link, chapter.title, blocks)


def _map(desk: Desk) -> list[Block]:
    """The map of touchpoints, coloured by where they stand."""
    places = desk.study.touchpoint_map
    if places is None:
        return [Missing("map", "[map]")]
    how = (
        "columns are stages of the journey; a mark says whether the rating meets its standard, a ring that it "
        "clearly matters, a star a moment of truth."
    )
    sight = Sight(places, None, None)
    scored = ""
    if desk.has("survey"):
        now = desk.now
        sight = Sight(places, now, _drivers_where_told(desk))
        scored = f"Ratings: {desk.period}, n = {count(now.survey.n)}; intervals: 95 %."
    caption = captioned(sight, simulated=desk.simulated)
    return [Heading("The touchpoint map"), Picture(sight, caption, how, MAP_WIDTH, scored), Note(besides(sight))]


def _drivers_where_told(desk: Desk) -> Drivers | None:
    """The drivers; None where answers do not suffice."""
    with suppress(*TOO_THIN):
        return desk.drivers
    return None
