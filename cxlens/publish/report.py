"""The report: one HTML file that tells a study's findings to people who will never open a notebook.

It holds the order of the sections, the first screen and the file; ``glossary.toml`` explains the words. What the
sections say is the business of ``sections`` and its neighbours, how HTML is made that of ``page``, how a
picture is drawn that of the stages; no figure about answers is computed here.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from cxlens.common.arguments import misfits_told
from cxlens.errors import OptionError, ValuesError, check_kind, listing
from cxlens.files.writing import check_ending, file_to_write, write_whole
from cxlens.publish import impact_sections, journeys_section, places_section, sections
from cxlens.publish import improve_sections as plans
from cxlens.publish.blocks import Block, Headline, Items, Missing, Note, Page, Paragraph, Section
from cxlens.publish.desk import Desk
from cxlens.publish.first_answers import first_screen
from cxlens.publish.first_screen import FirstScreen
from cxlens.publish.meanwhile import meanwhile
from cxlens.publish.page import drawn, render
from cxlens.publish.place_page import place_page
from cxlens.study.segments import Segment
from cxlens.study.study import Study

# Chapters that a second process tells: they need neither DuckDB nor the plan, share hardly any figure with the others,
# and are about half of the work. With them goes the rank of initiatives by profit, a part of a chapter, which reads
# drivers by segment as theirs does.
APART = {"baseline", "places", "drivers", "impact"}
GAP = Note("")  # stands for that part until it is told
STAGES = 5
TOO_THIN = (ValuesError, OptionError)  # what verbs raise where answers do not suffice: a section then says so
WORDS: dict[str, str] = tomllib.loads(Path(__file__).with_name("glossary.toml").read_text(encoding="utf-8"))
LACKING = {  # what a section would tell, and what it takes, for readers: by the part of a study that is not there
    "survey": "how touchpoints are rated and what matters (answers of a survey)",
    "map": "what no touchpoint serves (a map of touchpoints)",
    "initiatives": "what to do first (a list of initiatives)",
    "road map": "what comes when (periods and a budget)",
    "change to measure": "whether changes worked (what was changed, when and where)",
    "development over time": "how it developed (the wave of each answer)",
    "drivers by segment": "what matters to whom (a column that tells customers apart)",
    "events": "the routes people take (a log of events)",
    "profit by segment": "what customers bring (a log of events with their time)",
}


class Chapter(NamedTuple):
    """A part of a section: anchor, title where nothing is found, parts of the study it needs, what tells it."""

    anchor: str
    title: str
    needs: tuple[str, ...]
    tell: Callable[[Desk], list[Block]]


class Stage(NamedTuple):
    """A section to be: its name in the list of contents, what it is about, its chapters; the first gives its title."""

    link: str
    about: str
    chapters: list[Chapter]

    @property
    def anchor(self) -> str:
        """What links lead to."""
        return self.chapters[0].anchor


PLACES = Chapter("places", "Which places stand out", ("survey",), places_section.places_section)
LOOP = [
    Stage("Plan", "what we set out to do", [Chapter("plan", "What we set out to do", (), sections.plan_section)]),
    Stage(
        "Baseline",
        "where we stand",
        [
            Chapter("baseline", "Where we stand", ("survey",), sections.baseline_section),
            PLACES,
            Chapter("blind", "Where we are blind", (), sections.blind_section),
        ],
    ),
    Stage(
        "Drivers",
        "what matters",
        [
            Chapter("drivers", "What matters", ("survey",), sections.drivers_section),
            Chapter("verdicts", "What to do with each touchpoint", ("survey",), sections.verdicts_section),
        ],
    ),
    Stage(
        "Improve",
        "what to do first",
        [
            Chapter("improve", "What to do first", ("survey", "initiatives"), plans.improve_section),
            Chapter("roadmap", "What comes when", ("survey", "initiatives"), plans.roadmap_section),
        ],
    ),
    Stage("Impact", "did it work?", [Chapter("impact", "Did it work?", ("survey",), impact_sections.impact_section)]),
    Stage(
        "Journeys",
        "the routes people take",
        [Chapter("journeys", "The routes people take", ("events",), journeys_section.journeys_section)],
    ),
]


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
        When its name does not end in .html, or it cannot be written there.
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
    target = file_to_write(path, "report.html")
    check_ending(path, "report.html", ".html", ".htm")
    # Its many products of matrices are small: several threads would wait for one another longer than they compute.
    with threadpool_limits(1, user_api="blas"):
        return _write(Desk(study), target, place, progress=progress)


def _write(desk: Desk, target: Path, place: str | None, *, progress: bool) -> Written:
    """Write the page of a study, or that of one of its places."""
    if place is not None:
        return _write_place(desk, desk.at_place(place), target)
    page, missing = without_missing(drawn_page(desk, progress=progress))
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
    """The chapters to be: one on places where the study names some."""
    told = [chapter for stage in LOOP for chapter in stage.chapters]
    if desk.place is None:
        told.remove(PLACES)
    return told


def without_missing(page: Page) -> tuple[Page, list[Missing]]:
    """The page without the lines on what is not there, and these; its last line says what that would tell.

    Its readers cannot add it, its maker can.
    """
    sections = [page.first, *page.sections]
    missing = [block for section in sections for block in section.blocks if isinstance(block, Missing)]
    first, *others = [_without_missing(section) for section in sections]
    lacking = [words for what, words in LACKING.items() if what in {line.what for line in missing}]
    told = f"With more data this page would also tell: {listing(lacking, len(LACKING))}." if lacking else ""
    kept = [section for section in others if section.blocks]
    return replace(page, first=first, sections=kept, lacking=told), list(dict.fromkeys(missing))


def _without_missing(section: Section) -> Section:
    """A section without the lines on what is not there."""
    return replace(section, blocks=list(filter(_is_told, section.blocks)))


def _is_told(block: Block) -> bool:
    """Whether a block tells something."""
    return not isinstance(block, Missing) and block != Items([])


def page_of(desk: Desk, *, progress: bool = False) -> Page:
    """All that the report of a study says, before any picture is drawn."""
    told = _told(desk, chapters(desk), progress=progress)
    return _page(desk, _lacking(desk), _staged(told), _screen(desk))


def drawn_page(desk: Desk, *, progress: bool = False) -> Page:
    """The same with its pictures drawn: what does not tell of the plan by a second process meanwhile.

    Of answers that are held in memory only: what DuckDB or Spark hold cannot be read from there.
    """
    if not desk.in_memory:
        return page_of(desk, progress=progress)
    _ = desk.drivers_where_told  # both processes go on from them
    others = [_with_gap(chapter) for chapter in chapters(desk) if chapter.anchor not in APART]
    with meanwhile(partial(_told_apart, desk)) as told_apart:
        told = _told(desk, others, progress=progress, finish=drawn)
        screen = _screen(desk)
        profit, *others_told = told_apart()
    of_anchor = {section.anchor: _without_gap(section, profit) for section in [*told, *others_told]}
    in_order = [of_anchor[chapter.anchor] for chapter in chapters(desk)]
    return _page(desk, _lacking(desk), _staged(in_order), screen)


def _screen(desk: Desk) -> FirstScreen | None:
    """The first screen; None where there are no answers."""
    return first_screen(desk) if desk.has("survey") else None


def _lacking(desk: Desk) -> Section:
    """What stands for the first screen where there is none."""
    return Section("top", "", "", [] if desk.has("survey") else [Missing("survey", "[survey]")])


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
    """Ranks by profit, and the chapters of a second process, with their pictures drawn."""
    profit = Section("profit", "", "", plans.by_profit(desk) if desk.has("initiatives") else [])
    told = [tell(desk, chapter) for chapter in chapters(desk) if chapter.anchor in APART]
    return [drawn(section) for section in [profit, *told]]


def _told(
    desk: Desk,
    chapters: Sequence[Chapter],
    *,
    progress: bool,
    finish: Callable[[Section], Section] = lambda section: section,
) -> list[Section]:
    """Chapters, with a bar that shows how far they are where there is a terminal."""
    bar = tqdm(chapters, leave=False, disable=None if progress else True)
    return [finish(tell(desk, chapter)) for chapter in bar]


def _staged(told: Sequence[Section]) -> list[Section]:
    """The chapters as one section a stage, under what the first of them found."""
    of_anchor = {section.anchor: section for section in told}
    staged = []
    for number, stage in enumerate(LOOP, 1):
        step = f"Stage {number} of {STAGES} · " if number <= STAGES else ""
        parts = [of_anchor[chapter.anchor] for chapter in stage.chapters if chapter.anchor in of_anchor]
        blocks = [block for part in parts for block in _headed(part, is_first=part is parts[0])]
        title, lead = parts[0].title, parts[0].lead
        staged.append(Section(stage.anchor, stage.link, title, blocks, f"{step}{stage.link}: {stage.about}", lead))
    return staged


def _headed(chapter: Section, *, is_first: bool) -> list[Block]:
    """The blocks of a chapter under its heading, which the first of a stage gives to its section."""
    if is_first or not any(map(_is_told, chapter.blocks)):
        return list(chapter.blocks)
    return [Headline(chapter.title, chapter.lead, chapter.anchor), *chapter.blocks]


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
    """A chapter: what its verbs say, or what is absent, or why it cannot be told."""
    absent = [part for part in chapter.needs if not desk.has(part)]
    blocks: list[Block]
    if absent:
        blocks = [Missing(part, f"[{part}]") for part in absent]
    else:
        try:
            blocks = chapter.tell(desk)
        except TOO_THIN as error:
            blocks = [Paragraph(f"There is nothing to report here: {error}")]
    match blocks:
        case [Headline() as head, *others]:
            return Section(chapter.anchor, "", head.text, others, lead=head.lead)
        case _:
            return Section(chapter.anchor, "", chapter.title, blocks)
