"""Five slides: what each finds, that each tells n, period and that data are simulated, and that all of it fits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.finding import LINK
from cxlens.errors import CxlensError, FileError, OptionError
from cxlens.publish.desk import Desk
from cxlens.publish.first_answers import first_screen
from cxlens.publish.first_screen import Answer
from cxlens.publish.slide_deck import LONGEST_TITLE, Line, Picture, Table, Text
from cxlens.publish.slides import _lowest, _rated, _round, _told, slides_of, write_slides
from tests.publish.decks import check_deck

pptx = pytest.importorskip("pptx")


@pytest.fixture(scope="module")
def made(airport):
    return slides_of(airport.desk)


def parts_of(slide, kind):
    return [part for _, part in slide.parts if isinstance(part, kind)]


def test_each_title_is_a_finding(made, airport):
    desk, first = airport.desk, first_screen(airport.desk)
    state, why, plan, who, target = (slide.title for slide in made)
    assert state == f"NPS is {first.answers[0].figure} {first.answers[0].interval}. Target 35 by 31 Dec 2026"
    assert why == desk.now.verdicts(desk.drivers).finding.title
    assert plan == desk.plan.finding.title
    assert who == first.decisions.title
    assert target == first.headline
    assert all(len(slide.title) <= LONGEST_TITLE for slide in made)


def test_tables_hold_what_the_results_hold(made, airport):
    desk, first = airport.desk, first_screen(airport.desk)
    (lowest,) = parts_of(made[0], Table)
    scores = desk.now.table.sort_values("mean")
    assert [row[0] for row in lowest.rows] == scores["touchpoint"].head(8).tolist()
    (plan,) = parts_of(made[2], Table)
    assert [row[0] for row in plan.rows] == [*(row.initiative for row in first.decisions.rows), "Together"]
    assert (plan.right, plan.strong) == ([2, 3], True)  # figures, and all of them together in the last row
    (who,) = parts_of(made[3], Table)
    assert len(who.rows) == len(desk.plan.decisions().parts["rounds"])


def test_ratings_of_two_sets_of_people_do_not_stand_beside_each_other(made):
    """The slide before has the ratings of all raters; the map has those of the answers behind the drivers."""
    (text,) = parts_of(made[1], Text)
    assert [line.text for line in text.lines] == [
        "is clearly below its standard of 3.8. NPS is 13 points higher [9, 17] per rating point. Getting there and "
        "parking may matter as much.",
        "Concentrate here: Getting there and parking, Security.",
    ]


def test_pictures_are_those_of_the_results(made, airport):
    shown = [[part.result for part in parts_of(slide, Picture)] for slide in made]
    assert [len(results) for results in shown] == [1, 1, 0, 0, 1]
    assert shown[0][0] is airport.desk.series
    assert (shown[1][0].chart, shown[4][0].chart) == ("drivers/performance", "improve/outlook")
    assert all(slide.notes for slide in made)


def test_the_caution_is_said_once_and_the_basis_on_each(made):
    assert [LINK in slide.foot for slide in made] == [False, True, False, False, False]
    assert all("n = 1,250" in slide.foot and "2025" in slide.foot for slide in made)
    texts = [line for slide in made for part in parts_of(slide, Text) for line in part.lines]
    assert LINK not in str(texts)


def test_the_file_holds_them_and_all_of_it_fits(tmp_path):
    study = cx.datasets.load_airport()
    path = tmp_path / "a.pptx"
    written = write_slides(study, path)
    deck = pptx.Presentation(path)
    check_deck(deck)
    assert [slide.shapes.title.text for slide in deck.slides] == [slide.title for slide in written]
    for slide in deck.slides:
        assert any(shape.text.startswith("Simulated data") for shape in slide.shapes if shape.has_text_frame)


def test_without_a_plan_there_are_two_slides(small_study):
    made = slides_of(Desk(small_study()))
    assert len(made) == 2
    assert all(slide.title for slide in made)


def test_real_data_have_no_tag(small_study, tmp_path):
    study = replace(small_study(), simulated=False)
    cx.slides(study, tmp_path / "a.pptx")
    deck = pptx.Presentation(tmp_path / "a.pptx")
    check_deck(deck)
    texts = [shape.text for slide in deck.slides for shape in slide.shapes if shape.has_text_frame]
    assert not any("Simulated" in text for text in texts)


def test_a_study_without_answers_is_refused(tmp_path):
    with pytest.raises(CxlensError) as error:
        cx.slides(cx.Study("Airport"), tmp_path / "a.pptx")
    assert str(error.value) == ("slides tell of answers, and study 'Airport' has no survey. Add [survey] to it.")


def test_what_is_no_study_is_refused(tmp_path):
    with pytest.raises(OptionError) as error:
        cx.slides("study.toml", tmp_path / "a.pptx")
    assert "cx.Study.from_toml(path)" in str(error.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ppt", "{} does not end in .pptx. Give a name such as slides.pptx."),
        ("none/a.pptx", "{} cannot be written: give a file, such as slides.pptx, in a folder that is there."),
    ],
)
def test_where_it_cannot_be_written_is_said_before_any_work(name, text, tmp_path):
    path = Path(tmp_path, name)
    with pytest.raises(FileError) as error:
        cx.slides(cx.Study("Airport"), path)
    assert str(error.value) == text.format(path)


RATED = {"touchpoint": "Signs", "mean": 3.512, "low": 3.4, "high": 3.6, "standard": 3.8, "metric": "mean"}


def test_only_a_standard_of_means_stands_beside_a_mean():
    assert _rated(RATED)[2] == "3.8"
    assert _rated({**RATED, "standard": 0.8, "metric": "top_box"})[2] == ""


@pytest.mark.parametrize(("best", "first"), [("high", ["a", "b"]), ("low", ["c", "b"])])
def test_rated_lowest_are_the_first_eight_from_the_worst_end(best, first):
    table = pd.DataFrame(
        [{**RATED, "touchpoint": name, "mean": mean} for name, mean in zip("abc", (1, 2, 3), strict=True)]
    )
    now = SimpleNamespace(table=pd.concat([table] * 3), survey=SimpleNamespace(scale=cx.Scale(1, 5, best=best)))
    told = _lowest(SimpleNamespace(now=now))
    assert [row[0] for row in told.rows] == [first[0]] * 3 + [first[1]] * 3 + [{"a": "c", "c": "a"}[first[0]]] * 2
    assert told.right == [1, 2]


@pytest.mark.parametrize(("day", "by"), [(pd.NaT, "before 2026-Q1"), (pd.Timestamp("2025-12-31"), "31 Dec 2025")])
def test_a_round_says_who_decides_on_what_and_who_is_asked_before(day, by):
    row = {
        "yes_by": day,
        "start": "2026-Q1",
        "who": ["Head of halls"],
        "initiatives": ["Signs"],
        "ask_first": ["Council"],
    }
    assert [
        cell.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NON-BREAKING HYPHEN}", "-") for cell in _round(row)
    ] == [by, "Head of halls", "Signs", "Council"]


def test_answers_with_a_figure_stand_beside_the_target():
    given = [Answer("gaps", "Not covered", "1 of 2", lead="Desk."), Answer("promises", "Promises", "2 of 3 kept")]
    answers = {"plan": Answer("plan", "Plan", "–", lead="None."), **{answer.key: answer for answer in given}}
    assert list(_told(answers)) == [Line("Not covered: 1 of 2.", "Desk."), Line("Promises: 2 of 3 kept.", "")]
