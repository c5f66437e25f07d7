"""The report: one HTML file that tells a study's findings to people who will never open a notebook.

It holds the order of the sections, the first screen and the file; ``glossary.toml`` explains the words. What the
sections say is the business of ``sections`` and ``improve_sections``, how HTML is made that of ``page``, how a
picture is drawn that of the stages; no figure about answers is computed here.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from cxlens.common.values import count
from cxlens.errors import FileError, OptionError, ValuesError, check_kind
from cxlens.files.tables import write_whole
from cxlens.publish import improve_sections as plans
from cxlens.publish import page as html
from cxlens.publish import sections
from cxlens.publish.sections import Desk
from cxlens.stages.baseline.map_chart import Sight
from cxlens.stages.drivers.drivers import Drivers
from cxlens.study.study import Study

TOP = 5  # initiatives on the first screen
TOO_THIN = (ValuesError, OptionError)  # what verbs raise where answers do not suffice: a section then says so
Section = tuple[str, str, tuple[str, ...], Callable[[Desk], list[str]]]
SECTIONS: list[Section] = [  # anchor, title, parts of the study it needs, what makes it
    ("plan", "Plan: what we set out to do", (), sections.plan_section),
    ("baseline", "Baseline: where we stand", ("survey",), sections.baseline_section),
    ("drivers", "Drivers: what matters", ("survey",), sections.drivers_section),
    ("verdicts", "Verdicts: fix, add, merge or keep", ("survey",), sections.verdicts_section),
    ("improve", "Improve: what to do first", ("survey", "initiatives"), plans.improve_section),
    ("roadmap", "Road map: what comes when, and who is asked", ("survey", "initiatives"), plans.roadmap_section),
    ("impact", "Impact: did it work?", ("survey",), sections.impact_section),
    ("journeys", "Journeys: the ways people take", ("events",), sections.journeys_section),
    ("blind", "Where we are blind", (), sections.blind_section),
]
WORDS: dict[str, str] = tomllib.loads(Path(__file__).with_name("glossary.toml").read_text(encoding="utf-8"))


def report(study: Study, path: str | Path) -> Path:
    """Write a study's report: one HTML file that opens anywhere, also offline.

    Figures of today rest on the latest wave when it has 500 answers or more, else on all answers; drivers on the 15
    touchpoints that most people rated. The report says so. What the study does not hold is left out, with a line that
    says what to add.

    Parameters
    ----------
    study
        The study.
    path
        The file to write. It appears whole or not at all.

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
    write_report(study, path)
    return Path(path)


def write_report(study: Study, path: str | Path, *, progress: bool = False) -> list[str]:
    """Write the report and give its findings; ``progress`` shows a bar on stderr when that is a terminal."""
    from tqdm import tqdm

    check_kind("report", study, Study, "cx.Study.from_toml(path)")
    target = Path(path)
    if target.is_dir() or not target.parent.is_dir():
        raise FileError(f"{path} cannot be written: give a file, such as report.html, in a folder that is there.")
    desk, made = Desk(study), []
    for anchor, title, needs, section in tqdm(SECTIONS, leave=False, disable=None if progress else True):
        absent = [need for need in needs if not hasattr(desk, need)]
        try:
            parts = [sections.add(absent[0], f"[{absent[0]}]")] if absent else section(desk)
        except TOO_THIN as error:
            parts = [html.element("p", f"This cannot be told: {error}")]
        made.append(html.inside("section", [html.element("h2", title), *parts], anchor=anchor))
    findings = _findings(desk)
    glossary = html.inside("aside", [html.element("h2", "Words used here"), html.terms(WORDS)], "box")
    body = [
        html.inside("header", _head(study)),
        html.inside("main", [html.inside("section", _first_screen(desk, findings), "top"), glossary, *made]),
        html.element("footer", f"Made with cxlens {version('cxlens')} on {dt.date.today().isoformat()}.", "note"),
    ]
    write_whole(target, html.page(study.name, body).encode("utf-8"))
    return findings


def _head(study: Study) -> list[str]:
    flag = html.element("p", "Simulated data: no real customers, no real organisation.", "flag")
    links = [f'<a href="#{anchor}">{title.split(":")[0]}</a>' for anchor, title, *_ in SECTIONS]
    about = f"{study.organisation}. {study.about}" if study.organisation else study.about
    parts = [html.element("h1", study.name), flag if study.simulated else "", html.element("p", about)]
    return [*parts, html.inside("nav", links)]


def _findings(desk: Desk) -> list[str]:
    """Three sentences: the first quick wins, or else what is rated lowest, what matters, and how it developed."""
    found: list[str] = []
    if not hasattr(desk, "survey"):
        return found
    with suppress(*TOO_THIN):
        found += desk.wins.findings(3) if hasattr(desk, "initiatives") else []
    found.append(str(desk.now))
    with suppress(*TOO_THIN):
        found.append(str(desk.drivers))
        found += [str(desk.series)] if len(desk.waves) > 1 else []
    return found[:3]


def _first_screen(desk: Desk, findings: list[str]) -> list[str]:
    """The findings, the map coloured by performance, and the first initiatives."""
    places, parts = desk.study.touchpoint_map, [html.element("h2", "Three findings" if findings[2:] else "Findings")]
    now = desk.now if hasattr(desk, "survey") else None
    if now is None:
        parts.append(sections.add("findings", "[survey]"))
    else:
        ranked = "initiatives" if hasattr(desk, "initiatives") else "touchpoints"
        basis = f"Answers: {desk.period}; other waves, or all together, can put close {ranked} in another order."
        basis = "All answers." if now.survey is desk.survey else basis
        note = f"{sections.simulated(desk.study)}These are associations in the answers, not yet effects. {basis}"
        parts += [html.items(findings, "ol"), html.element("p", note, "note")]
    if places is None:
        parts.append(sections.add("map", "[map]"))
    else:
        scored = f"Colours: {desk.period}, n = {count(now.survey.n)} answers; 95 % intervals." if now else ""
        how = (
            "columns are stages of the customer's way; the look of a mark says whether its rating meets its standard, "
            "a ring that it matters, a star a moment of truth."
        )
        weights: Drivers | None = None
        with suppress(*TOO_THIN):
            weights = desk.drivers if now else None
        parts.append(sections.shown(desk, Sight(places, now, weights), scored, how, "The touchpoint map", 11))
    if now is not None and hasattr(desk, "initiatives"):
        with suppress(*TOO_THIN):
            parts.append(plans.initiative_table("Top initiatives", desk.wins, desk.wins.first(TOP)))
    return parts
