"""The report: one HTML file that tells a study's findings to people who will never open a notebook.

It reads the study, chooses the answers that figures of today rest on, and puts the first screen above the sections.
What the sections say is the business of ``_sections``, how HTML is made that of ``_page``, how a picture is drawn that
of ``charts``; no figure about answers is computed here.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cxlens import __version__
from cxlens.analysis.baseline import Baseline, baseline
from cxlens.analysis.drivers import Drivers
from cxlens.analysis.improve import QuickWins
from cxlens.analysis.monitor import wave_words
from cxlens.errors import FileError
from cxlens.model.segments import Segment
from cxlens.model.study import Study
from cxlens.model.survey import Survey
from cxlens.model.text import count, interval, number, probability
from cxlens.model.touchpoints import TouchpointMap, write_whole
from cxlens.show import _page as html
from cxlens.show import _sections as sections
from cxlens.show import _words as words
from cxlens.show import charts
from cxlens.show._sections import Desk

LATEST_NEEDS = 500  # answers with the outcome; a smaller latest wave does not stand alone
TOP = 5  # initiatives on the first screen


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A report that is made and not yet written: the text of the file, and its first findings as sentences."""

    html: str
    findings: tuple[str, ...]


def report(study: Study, path: str | Path, *, n_boot: int | None = None) -> Path:
    """Write a study's report: one HTML file that opens anywhere, also offline.

    Figures of today rest on the latest wave when it has 500 answers or more, else on all answers; the report says
    which. What the study does not hold is left out, with a line that says what to add.

    Parameters
    ----------
    study
        The study.
    path
        The file to write. It appears whole or not at all.
    n_boot
        Number of resamples of the drivers, as in :func:`cxlens.drivers`.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
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
    target = check_target(path)
    write_whole(target, make_report(study, n_boot=n_boot).html.encode("utf-8"))
    return target


def check_target(path: str | Path) -> Path:
    """The path as one that can be written to, before any work is done.

    Raises
    ------
    FileError
        ``out/report.html cannot be written: there is no folder 'out'. Make it first, or give another path.``
    """
    target = Path(path)
    if target.is_dir():
        raise FileError(f"{path} is a folder. Give the file to write, such as {target / 'report.html'}.")
    if not target.parent.is_dir():
        raise FileError(
            f"{path} cannot be written: there is no folder {str(target.parent)!r}. Make it first, or give another path."
        )
    if not os.access(target.parent, os.W_OK):
        raise FileError(
            f"{path} cannot be written: the folder {str(target.parent)!r} is read-only for you. Give another path."
        )
    return target


def make_report(study: Study, *, n_boot: int | None = None, progress: bool = False) -> Report:
    """Make the report of a study without writing it; ``progress`` shows a bar on stderr when that is a terminal."""
    from tqdm import tqdm

    desk = _begin(study, n_boot)
    steps: list[tuple[str, str, Callable[[Desk], list[str]]]] = [
        ("baseline", "Baseline: where we stand", sections.baseline_section),
        ("impact", "Impact: did it work?", sections.impact_section),
        ("journeys", "Journeys: the ways people take", sections.journeys_section),
        ("drivers", "Drivers: what matters", sections.drivers_section),
        ("improve", "Improve: what to do first", sections.improve_section),
        ("plan", "Plan: what we set out to do", sections.plan_section),
        ("blind", "Where we are blind", sections.blind_section),
    ]
    made: dict[str, list[str]] = {}
    with tqdm(steps, unit="section", leave=False, disable=None if progress else True) as bar:
        for anchor, title, section in bar:
            bar.set_description(title.split(":")[0])
            made[anchor] = [html.heading(2, title, anchor), *section(desk)]
    titles = {anchor: title for anchor, title, _ in steps}
    order = ["plan", "baseline", "drivers", "improve", "impact", "journeys", "blind"]
    findings = _findings(desk)
    body = [
        html.inside("header", _head(study, [(anchor, titles[anchor].split(":")[0]) for anchor in order])),
        html.inside(
            "main",
            [_first_screen(desk, findings), _glossary(), *(html.inside("section", made[anchor]) for anchor in order)],
        ),
        html.inside("footer", [html.note(f"Made with cxlens {__version__} on {dt.date.today().isoformat()}.")]),
    ]
    return Report(html.page(study.name, body), tuple(findings))


def _begin(study: Study, n_boot: int | None) -> Desk:
    """Read every part of the study, so that what is wrong with one is told before any work."""
    desk = Desk(study, n_boot)
    if study.survey_plan is not None:
        desk.survey = study.survey()
        _choose_rows(desk, desk.survey)
    if study.initiatives_data is not None:
        desk.initiatives = study.initiatives()
    if study.events_plan is not None:
        desk.log = study.journeys()
    return desk


def _choose_rows(desk: Desk, survey: Survey) -> None:
    """The latest wave where it can stand alone, else all answers; and the first outcome that has answers there."""
    waves = survey.source.distinct(survey.time) if survey.time else []
    if survey.time and len(waves) > 1:
        name = wave_words(waves[-1])
        rows = survey.where(Segment(name, {survey.time: waves[-1]}))
        now = baseline(rows, desk.study.touchpoint_map)
        outcome, n = _explained(rows, now)
        if n >= LATEST_NEEDS:
            desk.rows, desk.now, desk.outcome, desk.period = rows, now, outcome, f"{name} only"
            return
        desk.period = f"all waves together, since {name} alone has too few answers"
    desk.rows, desk.now = survey, baseline(survey, desk.study.touchpoint_map)
    desk.outcome, _ = _explained(survey, desk.now)
    desk.period = desk.period or "all answers"


def _explained(survey: Survey, now: Baseline) -> tuple[str | None, int]:
    """The first outcome that drivers can explain and that has answers, with their number."""
    n = now.outcomes.groupby("outcome", sort=False)["n"].max()
    for name, kind in survey.outcomes.items():
        if kind in {"interval", "nps"} and pd.notna(n[name]):
            return name, int(n[name])
    return None, 0


# The first screen


def _head(study: Study, links: list[tuple[str, str]]) -> list[str]:
    whose = f"{study.organisation}. " if study.organisation else ""
    parts = [html.element("h1", study.name)]
    parts += [html.element("p", "Simulated data: no real customers, no real organisation.", "flag")] * study.simulated
    parts += [html.para(f"{whose}{study.about}")] if whose or study.about else []
    return [*parts, html.contents(links)]


def _findings(desk: Desk) -> list[str]:
    """Three sentences: the first quick wins, or else what is below standard and what matters."""
    found = desk.wins.findings(3) if desk.wins else []
    if desk.now is not None and len(found) < 3:
        found += _weak_spots(desk.now, desk.drivers)
    if desk.drivers is not None and len(found) < 3:
        found.append(str(desk.drivers))
    return found[:3]


def _weak_spots(now: Baseline, found: Drivers | None) -> list[str]:
    """Touchpoints clearly below their standard, the most important first; else the one rated lowest."""
    table = now.table[(now.table["gap"] < 0) & (now.table["p_below"] >= now.level)]
    if found is not None:
        table = table.merge(found.of(found.segments[0])[["touchpoint", "rank"]], on="touchpoint")
        table = table.sort_values("rank", kind="stable")
    else:
        table = table.sort_values("gap", kind="stable")
    weak = [
        f"{row.touchpoint}: rated {number(row.mean)} {interval(row.low, row.high)}, below the standard "
        f"{row.standard:g} (probability {probability(row.p_below)}); n = {count(row.n)}."
        for row in words.each(table[table["metric"] == "mean"])
    ]
    return weak or [str(now)]


def _first_screen(desk: Desk, findings: list[str]) -> str:
    parts = [html.heading(2, "Three findings" if len(findings) == 3 else "Findings")]
    if findings:
        parts.append(html.items(findings, ordered=True, kind="findings"))
        parts.append(html.note(f"These are associations in the answers, not yet effects. Answers: {desk.period}."))
    else:
        parts.append(sections.add("findings", "[survey]"))
    parts += _map_picture(desk)
    parts += _initiative_table(desk.wins.table.head(TOP), desk.wins) if desk.wins else []
    return html.inside("section", parts, "top")


def _map_picture(desk: Desk) -> list[str]:
    """The map coloured by performance."""
    places = desk.study.touchpoint_map
    if places is None:
        return [sections.add("map", "[map]")]
    png, alt = charts.picture(places, width=11, performance=desk.now)
    scored = f" Colours: {desk.period}, n = {count(desk.rows.n)} answers, 95 % intervals." if desk.rows else ""
    how = (
        "each column is a stage of the customer's way, each dot a touchpoint; colour and form of a dot say whether its "
        "rating meets its standard."
    )
    return [html.heading(3, _map_finding(desk, places)), html.picture(png, alt, f"The touchpoint map.{scored}", how)]


def _map_finding(desk: Desk, places: TouchpointMap) -> str:
    """How many touchpoints are below their standard, and what the map lacks."""
    if desk.now is None or desk.now.table["standard"].isna().all():
        return str(places)
    judged = desk.now.table.dropna(subset=["mean", "standard"])
    low = int((judged["p_below"] >= desk.now.level).sum())
    lacking = str(places).partition("; ")[2] or "the map has no gap."
    return f"{low} of {len(judged)} touchpoints {'is' if low == 1 else 'are'} clearly below their standard; {lacking}"


def _initiative_table(table: pd.DataFrame, wins: QuickWins) -> list[str]:
    rows = [
        [
            row.initiative,
            row.owner or "not named",
            probability(row.p_quick_win),
            words.forecast(row, wins),
            words.effort(row, wins),
        ]
        for row in words.each(table)
    ]
    head = ["Initiative", "Owner", "Probability of a quick win", f"Forecast, {words.unit(wins)}", "Effort"]
    return [html.table("Top initiatives", head, rows, stack=True)]


def _glossary() -> str:
    return html.inside(
        "aside",
        [
            html.heading(2, "Words used here"),
            html.terms(
                [
                    ("Touchpoint", "A moment in which a customer meets the organisation."),
                    ("n", "The number of answers (or journeys) behind a figure."),
                    ("Interval", "The range in square brackets that the true figure is in, with 95 % confidence."),
                    ("Importance", "How many of 100 points of the differences between customers' verdicts go with the "
                     "ratings of this touchpoint (LMG, a share of R²). An association: it says where to look, not what "
                     "will happen."),
                    ("NPS", "Net promoter score: the share who recommend (9 or 10 of 10) less the share who do not "
                     "(0 to 6), from -100 to +100 points."),
                    ("Quick win", "Easy and big: less effort and more benefit than the middle one of all initiatives."),
                    ("Probability", "How sure we are that something is so, from 0 to 1. For an initiative: how often "
                     "it came out in many re-draws of the answers (resamples), each with lift and effort drawn from "
                     "the ranges given; 0.81 is 81 times in 100."),
                    ("q", "How likely a difference that large is by chance, allowing for the number of comparisons; "
                     "below 0.05 counts as clear."),
                    ("Standard", "The figure that a touchpoint is meant to reach."),
                ]
            ),
        ],
        "box",
    )  # fmt: skip
