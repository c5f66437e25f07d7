"""A small study, the airport's report as blocks (made once), and ways to read blocks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine import resamples
from cxlens.publish.blocks import Block, Drawing, Headline, Page, Picture, Section, Table
from cxlens.publish.choice import Choices
from cxlens.publish.desk import Desk
from cxlens.publish.report import page_of
from cxlens.stages.baseline.baseline import baseline
from cxlens.stages.drivers.drivers import drivers
from cxlens.stats.bootstrap import multiplicities
from cxlens.study.parts import SurveyPlan

ODD = "<b>Shops</b> & more"
RATINGS = cx.Scale(1, 5, not_used=[6], blank=[0])
FIELDS = (
    "about",
    "title",
    "text",
    "lead",
    "what",
    "part",
    "caption",
    "beside",
    "how",
    "note",
)  # of blocks, that are texts


class Asked(NamedTuple):
    """What was asked while a report was made: matrices drawn, and the questions to two verbs."""

    matrices: list[tuple[int, int]]
    baselines: list[tuple[Any, ...]]
    drivers: list[tuple[Any, ...]]


class Made(NamedTuple):
    """A report as blocks, the desk it was made on, and what was asked for it."""

    desk: Desk
    page: Page
    asked: Asked


class Reader:
    """Texts, tables and pictures of blocks, boxes and folds opened."""

    def __init__(self, blocks: Any) -> None:
        if isinstance(blocks, Page):
            sections = [blocks.first, *blocks.sections]
            blocks = [block for one in sections for block in (Headline(one.title, one.lead), *one.blocks)]
        if isinstance(blocks, Section):
            blocks = blocks.blocks
        self.blocks: list[Block] = list(_opened(blocks))

    @property
    def text(self) -> str:
        """All texts, tables aside, with plain blanks."""
        return " ".join(_texts(self.blocks)).replace("\N{NO-BREAK SPACE}", " ")

    @property
    def pictures(self) -> list[Picture | Drawing]:
        """What is drawn."""
        return [block for block in self.blocks if isinstance(block, Picture | Drawing)]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by caption."""
        return {block.caption: block.frame for block in self.blocks if isinstance(block, Table)}

    @property
    def rows(self) -> list[list[Any]]:
        """The rows of all tables, as text."""
        return [
            [str(cell).replace("\N{NO-BREAK SPACE}", " ") for cell in row]
            for table in self.tables.values()
            for row in table.to_numpy().tolist()
        ]

    def row(self, first: str) -> list[Any]:
        """The first row that begins so."""
        return next(row for row in self.rows if row[0] == first)


def _opened(blocks: Any) -> Iterator[Block]:
    for block in blocks:
        if block.kind in {"box", "fold"}:
            yield from _opened(block.blocks)
        else:
            yield block


def _texts(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        yield from (getattr(block, name) for name in FIELDS if hasattr(block, name))
        if block.kind == "items":
            yield from block.texts
        if block.kind == "terms":
            yield from (f"{term}: {text}" for term, text in block.meanings.items())


@pytest.fixture(scope="session")
def read():
    return Reader


@pytest.fixture(scope="session")
def airport() -> Made:
    study = cx.datasets.load_airport()
    with pytest.MonkeyPatch.context() as patch:
        asked = watched(patch)
        desk = Desk(study)
        return Made(desk, page_of(desk), asked)


@pytest.fixture(scope="session")
def airport_choices() -> Choices:
    """What the dashboard of the airport lets choose."""
    return Choices(cx.datasets.load_airport())


def watched(patch: pytest.MonkeyPatch) -> Asked:
    """Count, wherever they are called, the matrices of resamples and the questions to the two verbs."""
    asked = Asked([], [], [])

    def counted(units, draws, rng):
        asked.matrices.append((units, draws))
        return multiplicities(units, draws, rng)

    def asked_baseline(survey, touchpoint_map=None, **options):
        by = options.get("by")
        # With a map or without: the same figures, so the same question.
        asked.baselines.append((survey.n, survey.touchpoints, by))
        return baseline(survey, touchpoint_map, **options)

    def asked_drivers(survey, **options):
        asked.drivers.append((survey.n, survey.touchpoints, options.get("outcome"), options.get("by")))
        return drivers(survey, **options)

    patch.setattr(resamples, "multiplicities", counted)
    for module in [module for name, module in sys.modules.items() if name.startswith("cxlens")]:
        for verb, watching in ((baseline, asked_baseline), (drivers, asked_drivers)):
            if vars(module).get(verb.__name__) is verb:
                patch.setattr(module, verb.__name__, watching)
    return asked


@pytest.fixture
def questions(monkeypatch) -> Asked:
    return watched(monkeypatch)


@pytest.fixture(scope="session")
def small_study():
    return _small_study


def _small_study(n=600, waves=(2024, 2025), latest=None, **parts):
    """Answers whose outcome follows Signs and the oddly named touchpoint; `latest` of them in the last wave."""
    rng = np.random.default_rng(3)
    scores = {name: rng.integers(1, 6, n) for name in ("signs", "shops", "wifi")}
    overall = np.clip(np.round(1.2 + 0.4 * scores["signs"] + 0.2 * scores["shops"] + rng.normal(0, 0.5, n)), 1, 5)
    year = rng.choice(waves, n) if latest is None else np.where(np.arange(n) < latest, waves[-1], waves[0])
    frame = pd.DataFrame({**scores, "overall": overall, "year": year, "who": rng.choice(["work", "leisure"], n)})
    plan = SurveyPlan(
        frame,
        touchpoints={"Signs": "signs", ODD: "shops", "Wi-Fi": "wifi"},
        outcome={"overall": "interval"},
        scale=RATINGS,
        outcome_scale=cx.Scale(1, 5),
        segments=("who",),
        time="year",
    )
    standard = [cx.Standard("mean", 4)]
    places = [cx.Touchpoint(name, stage="Way", standards=standard, needs=["go"]) for name in ("Signs", ODD, "Desk")]
    stages = cx.Lifecycle([cx.Stage("Way", ["go", "ask <someone>"]), cx.Stage("Home")])
    return cx.Study("Small & <i>odd</i>", survey_plan=plan, touchpoint_map=cx.TouchpointMap(places, stages), **parts)


@pytest.fixture(scope="session")
def small_page() -> Page:
    """The report of the small study as blocks: looked at by many, changed by none."""
    return page_of(Desk(_small_study()))


@pytest.fixture(scope="session")
def initiatives():
    return _initiatives


def _initiatives(*names_and_touchpoints):
    rows = []
    for place, (name, touchpoint) in enumerate(names_and_touchpoints):
        rows.append({
            "name": name, "touchpoints": touchpoint, "lift_low": 0.1, "lift_likely": 0.2, "lift_high": 0.4,
            "effort_low": 2, "effort_likely": 3 + place, "effort_high": 9, "owner": "Operations",
        })  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def chain():
    return _chain


def _chain(hotels=10, apart=1.4, n=1500, annex=0, **parts):
    """A chain whose rooms differ by so much between the first hotel and the last; "Annex" has so many guests."""
    rng = np.random.default_rng(5)
    hotel = rng.integers(0, hotels, n)
    room = np.clip(np.round(3.4 + apart * (hotel / (hotels - 1) - 0.5) + rng.normal(0, 0.9, n)), 1, 5)
    desk = rng.integers(2, 6, n).astype(float)
    overall = np.clip(np.round(0.8 + 0.5 * room + 0.2 * desk + rng.normal(0, 0.5, n)), 1, 5)
    frame = pd.DataFrame({"room": room, "desk": desk, "overall": overall, "year": rng.choice([2024, 2025], n)})
    frame["hotel"] = np.where(np.arange(n) < annex, "Annex", [f"Hotel {number + 1}" for number in hotel])
    frame["said"] = np.select([room <= 2, room >= 4], ["cold and noisy", "quiet room"], "")
    plan = SurveyPlan(
        frame,
        touchpoints={"Room": "room", "Desk": "desk"},
        outcome={"overall": "interval"},
        scale=cx.Scale(1, 5),
        outcome_scale=cx.Scale(1, 5),
        segments=("hotel",),
        time="year",
        comments={"Room": "said"},
        place="hotel",
    )
    return cx.Study("Chain", survey_plan=plan, **parts)
