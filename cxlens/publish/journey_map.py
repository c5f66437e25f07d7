"""The journey map of a study: one file to hand over, a page that opens anywhere or a picture.

It collects what the study has; what stands in the lanes is said by :mod:`cxlens.stages.baseline.journey_map`, how the
page is laid out by :mod:`cxlens.publish.journey_sheet`. No figure about answers is computed here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import LINK
from cxlens.common.pictures import picture
from cxlens.common.values import plural, signed
from cxlens.errors import OptionError, ValuesError, check_kind
from cxlens.files.writing import check_ending, file_to_write, write_whole
from cxlens.publish.desk import Desk
from cxlens.publish.journey_sheet import Sheet, legend, stage_rows
from cxlens.stages.baseline.comments import comments
from cxlens.stages.baseline.emotion import emotion
from cxlens.stages.baseline.journey_lanes import Given
from cxlens.stages.baseline.journey_map import JourneyMap, journey_of
from cxlens.stages.improve.quick_wins import QuickWins
from cxlens.study.study import Study
from cxlens.study.touchpoints import WIDE

TEMPLATES = Path(__file__).with_name("templates")
TOO_THIN = (ValuesError, OptionError)  # what verbs raise where answers do not suffice: a lane is then left out
SPACE = "\N{NO-BREAK SPACE}"
NO_BREAK = str.maketrans({" ": SPACE, "-": "\N{NON-BREAKING HYPHEN}"})
STYLES = ("tokens.css", "journey_map.css")


def collected(study: Study) -> tuple[JourneyMap, list[str]]:
    """The journey map of a study, and what else is to be said of it, a sentence each."""
    touchpoint_map = study.map()
    desk = Desk(study)
    given = Given(touchpoint_map, personas=study.personas, simulated=study.simulated)
    said: list[str] = []
    if desk.has("survey"):
        drivers = None
        with suppress(*TOO_THIN):
            drivers = desk.drivers
        given = given._replace(performance=desk.now.record, importance=drivers)
        said.append(f"Answers: {desk.period}.")
    written = study.commented()
    if written is not None:
        if written.comments:
            with suppress(*TOO_THIN):
                given = given._replace(comments=comments(written))
        if written.emotion:
            with suppress(*TOO_THIN):
                given = given._replace(emotion=emotion(written, touchpoint_map))
    if desk.has("initiatives"):
        initiatives = _initiatives(desk)
        given = given._replace(initiatives=initiatives)
        left = len(desk.initiatives) - len(initiatives)
        if left:
            said.append(f"{plural(left, 'initiative')} of {len(desk.initiatives)} are not in the plan, and not shown.")
    return journey_of(given), said


def _initiatives(desk: Desk) -> pd.DataFrame:
    """The initiatives of the plan with their quarters and forecasts; all of them where there is no plan."""
    initiatives: pd.DataFrame = desk.initiatives
    if not desk.has("survey"):
        return initiatives
    try:
        wins = desk.wins
    except TOO_THIN:
        return initiatives
    forecasts = _forecasts(wins)
    if desk.has("frame"):
        with suppress(*TOO_THIN):
            plan = desk.plan.table
            chosen = plan[plan["selected"]]
            when = {row["initiative"]: _when(row) for row in chosen.to_dict("records")}
            in_plan = initiatives[initiatives["name"].isin(when)]
            forecast = in_plan["name"].map(forecasts).fillna("")
            return in_plan.assign(when=in_plan["name"].map(when), forecast=forecast)
    return initiatives.assign(forecast=initiatives["name"].map(forecasts).fillna(""))


def _forecasts(wins: QuickWins) -> dict[str, str]:
    """What each initiative alone is forecast to add, in words."""
    rows = wins.table.dropna(subset="benefit")
    words = [f"{signed(benefit, wins.digits)}{SPACE}{wins.unit}" for benefit in rows["benefit"]]
    return dict(zip(rows["initiative"], words, strict=True))


def _when(row: dict[Any, Any]) -> str:
    """``2026-Q3 to 2027-Q1``."""
    start, end = (str(row[end]).translate(NO_BREAK) for end in ("start", "end"))
    return start if start == end else f"{start} to {end}"


@misfits_told
def journey_map(study: Study, path: str | Path) -> Path:
    """Write the journey map of a study: what people do, feel, say and need at each stage, and what is planned there.

    Personas stand on top, phases and stages are columns. Each lane is there if the study has what it needs: touchpoints
    and needs of ``[map]``, ratings with their standards and verdicts of ``[survey]``, quotes and strength of feeling of
    ``[comments]`` (or of the survey), initiatives with owner, quarter and forecast of ``[initiatives]`` and
    ``[roadmap]``, and where competitors are clearly ahead. What is not known is hatched and said in words. Figures are
    of the latest wave when it has 500 answers or more, else of all answers. A quote is what five people or more wrote
    alike, so it singles nobody out; names in it are not masked: read it before you publish it.

    Parameters
    ----------
    study
        The study; it has a touchpoint map.
    path
        The file to write, whole or not at all. ``.html``: one page that opens anywhere, also offline, prints on A3, and
        tells stage by stage on a phone. ``.svg``, ``.png`` or ``.pdf``: the picture.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    OptionError, FileError
        When what is given is not a study, or the file has another ending or cannot be written there.
    CxlensError
        When the study has no touchpoint map, or a part of it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import cxlens as cx
    >>> stages = cx.Lifecycle(["before", cx.Stage("there", ["find the way"])])
    >>> places = cx.TouchpointMap([cx.Touchpoint("Web", stage="before", channel="online")], stages)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cx.journey_map(cx.Study("Museum", touchpoint_map=places), Path(folder, "map.html")).name
    'map.html'
    """
    write_journey_map(study, path)
    return Path(path)


def write_journey_map(study: Study, path: str | Path) -> JourneyMap:
    """Write the journey map, and give back what was written."""
    check_kind("journey_map", study, Study, "cx.Study.from_toml(path)")
    form = check_ending(path, "map.html", ".html", ".svg", ".png", ".pdf").removeprefix(".")
    target = file_to_write(path, "map.html")
    journey, said = collected(study)
    if form == "html":
        write_whole(target, page_of(study, journey, said).encode("utf-8"))
    else:
        image, _ = picture(journey, width=WIDE, form=form)
        write_whole(target, image)
    return journey


def page_of(study: Study, journey: JourneyMap, said: Sequence[str] = ()) -> str:
    """The page, as HTML."""
    caution = [f"{LINK}."] if journey.given.importance is not None else []
    sheet = Sheet(
        name=study.name,
        title=journey.finding.title,
        about=" · ".join(filter(None, [study.organisation, study.name])),
        lines=[_sentences(journey.finding.more), _sentences([*said, journey.note, *caution])],
        simulated=journey.given.simulated,
        personas=journey.personas,
        rows=stage_rows(journey),
        legend=legend(journey),
        made=f"Made with cxlens {version('cxlens')} on {dt.date.today().isoformat()}.",
    )
    style = "".join(TEMPLATES.joinpath(name).read_text(encoding="utf-8") for name in STYLES)
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return templates.get_template("journey_map.html").render(sheet=sheet, style=Markup(style))


def _sentences(parts: Sequence[str]) -> str:
    """Sentences in a row, each with its stop."""
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)
