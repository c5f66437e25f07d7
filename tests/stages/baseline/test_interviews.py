"""Interviews beside comments. All answers and quotes here are made up."""

from __future__ import annotations

import pandas as pd

import cxlens as cx

ANSWERS = pd.DataFrame(
    {
        "desk": [1, 2, 2, 1, 2, 5, 5, 4, 5, 4],
        "shop": [3, 4, 2, 1, 2, 5, 3, 4, 5, 4],
        "nps": [3, 4, 2, 1, 5, 9, 9, 8, 10, 7],
        "said": ["Long queue"] * 5 + ["Friendly staff"] * 5,
    }
)
INTERVIEWS = pd.DataFrame(
    {
        "touchpoint": ["desk", "desk", "lounge", ""],
        "need": ["be quick", "", "", "sit down"],
        "quote": ["Call me on 0151 234", "Kind people", "Too full", ""],
        "feeling": ["bad", "good", "very bad", ""],
    }
)


def survey():
    columns = {"desk": "said", "shop": "said"}
    return cx.Survey(
        ANSWERS, touchpoints=["desk", "shop"], outcome={"nps": "nps"}, scale=cx.Scale(1, 5), comments=columns
    )


def test_they_stand_beside_and_change_no_figure() -> None:
    baseline = cx.baseline(survey())
    alone = baseline.comments()
    both = baseline.comments(interviews=INTERVIEWS)
    pd.testing.assert_frame_equal(both.table, alone.table)
    assert both.sentence == alone.sentence
    assert both.parts["coverage"].set_index("touchpoint")["interviews"].tolist() == [2, 0]
    assert both.parts["interviews"]["quote"].tolist() == ["Call me on #", "Kind people", "Too full", ""]
    assert both.note == (
        f"{alone.note} Interviews brought 4 notes, shown beside and not counted. The survey does not ask about lounge. "
        "Of the notes 1 names a need that no touchpoint serves."
    )


def test_one_touchpoint_alone() -> None:
    view = cx.baseline(survey()).comments(touchpoint="desk", interviews=INTERVIEWS)
    assert view.parts["interviews"]["touchpoint"].tolist() == ["desk", "desk"]
    assert view.note.endswith("Interviews brought 2 notes, shown beside and not counted.")


def test_they_stay_where_the_answers_change() -> None:
    view = cx.baseline(survey()).comments(interviews=INTERVIEWS)
    assert view.again(survey()).note == view.note
