"""What looks at drivers have in common: blanks, seeds, scales that are not known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine import tables
from cxlens.errors import OptionError, ValuesError


def test_groups_have_no_figure_and_the_note_says_so(looks, grouped):
    for view in looks.four(grouped):
        row = view.table.set_index("touchpoint").loc["Hall"]
        figure = {"performance": "mean", "value added": "value", "opportunity": "score"}.get(view.kind, "index")
        assert pd.isna(row[figure])
        assert "Without a figure, or hidden to protect people: Hall." in view.note
        assert view.table[figure].notna().sum() == (3 if figure == "value" else 2)
    assert pd.isna(looks.by_name(grouped.performance(), "quadrant")["Hall"])
    assert pd.isna(looks.by_name(grouped.opportunity(), "class")["Hall"])
    assert looks.by_name(grouped.moments_of_truth(), "moment_of_truth")["Hall"] is None
    assert "taken as exact" in grouped.moments_of_truth().note
    assert looks.by_name(grouped.moments_of_truth(), "emotion")["Food"] == pytest.approx(
        looks.answers()["felt Food"].abs().mean()
    )
    cross = grouped.performance().parts["cross-hairs"].iloc[0]
    own = grouped.table.set_index("touchpoint")["importance"]
    assert cross["importance"] == pytest.approx(own[["Gate", "Food"]].mean())


def test_with_nothing_but_a_group_nothing_is_known(looks):
    views = looks.four(cx.drivers(looks.survey(), groups={"All": looks.NAMES}, n_boot=20))
    assert [str(view) for view in views] == [
        "No touchpoint is clearly both important and rated low. n = 300.",
        "Value for y against the middle of the scale (3), in points: none is known. "
        "A link in the answers, not yet a proven effect. n = 300.",
        "No opportunity is known. n = 300.",
        "No index is known. n = 300.",
    ]


@pytest.mark.parametrize("n_boot", [0, 20])
def test_cells_of_fewer_than_five_scores_are_blank(looks, n_boot):
    frame = looks.answers()
    few = frame.index[frame["who"] == "business"][4:]
    frame.loc[few, "Food"] = 6
    frame.loc[frame.index[frame["who"] == "business"][:4], "Food"] = [1, 2, 4, 5]
    for view in looks.four(cx.drivers(looks.survey(frame), by="who", n_boot=n_boot)):
        figure = {"performance": "mean", "value added": "value", "opportunity": "score"}.get(view.kind, "index")
        own = view.table.set_index(["segment", "touchpoint"])
        for who in ("business", "leisure"):  # one would follow from the other and the total
            assert pd.isna(own.loc[(who, "Food"), "n"])
            assert pd.isna(own.loc[(who, "Food"), figure])
        assert pd.notna(own.loc[("leisure", "Gate"), figure])
        assert view.note.endswith("Without a figure, or hidden to protect people: Food in business, Food in leisure.")


def test_the_same_seed_gives_the_same_views(looks, found):
    for view, again in zip(looks.four(found), looks.four(cx.drivers(looks.survey(), n_boot=200)), strict=True):
        pd.testing.assert_frame_equal(view.table, again.table)
        assert (view.sentence, view.note) == (again.sentence, again.note)
        assert repr(view) == view.sentence
        assert "<table>" in view._repr_html_()
    other = looks.survey(looks.answers(50, seed=8))
    pd.testing.assert_frame_equal(found.value_added(other).table, found.value_added(other).table)


def test_means_of_a_survey_that_names_no_scale_are_compared_without_a_warning(looks, bare):
    assert looks.by_name(bare.value_added(looks.stated(scale=None)), "value").notna().sum() == 3


def test_a_survey_on_disk_gives_the_same_figures(looks, tmp_path, monkeypatch, bare):
    frame = looks.answers()
    frame.to_parquet(tmp_path / "answers.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 100)
    made = looks.survey(tmp_path / "answers.parquet", emotion=looks.felt())
    assert not isinstance(made.source, tables.InMemory)
    told = cx.drivers(looks.survey(emotion=looks.felt()), n_boot=0)
    for view, other in zip(looks.four(cx.drivers(made, n_boot=0)), looks.four(told), strict=True):
        of_errors = {"effect_low", "effect_high", "q_value", "q_above", "moment_of_truth"}
        same = [name for name in view.table if name not in of_errors]
        pd.testing.assert_frame_equal(view.table[same], other.table[same])
    pd.testing.assert_frame_equal(bare.value_added(made).table, bare.value_added(looks.survey()).table)


@pytest.mark.parametrize("look", ["performance", "value_added", "opportunity", "moments_of_truth"])
def test_views_are_of_drivers_with_levels(looks, look):
    measured = looks.answers(1500, seed=2)
    measured["Desk"] += np.random.default_rng(0).random(len(measured))
    found = cx.drivers(looks.survey(measured, scale=None, segments=[]), n_boot=0)
    with pytest.raises(ValuesError) as error:
        getattr(found, look)()
    assert str(error.value) == (
        "the scores take more than 1,000 different values, so how many gave each is not known. "
        "Round them to the steps of a scale."
    )


def test_a_cross_that_is_none_is_refused(bare):
    with pytest.raises(OptionError) as error:
        bare.performance(cross="mean")
    assert str(error.value) == "cross='mean' is not an option. Did you mean 'means'? Options: 'means', 'middle'."


@pytest.mark.parametrize(
    ("look", "what", "instead"),
    [
        (lambda found: found.performance(cross="middle"), "cross='middle'", ", or cross='means'"),
        (lambda found: found.value_added(), "the middle, as reference,", ", or reference={touchpoint: score}"),
        (lambda found: found.opportunity(), "the top box", ""),
        (
            lambda found: found.moments_of_truth(),
            "strength of feeling, read from scores,",
            ", or its columns: Survey(..., emotion={touchpoint: column})",
        ),
    ],
)
def test_without_a_scale_some_questions_have_no_answer(scaleless, look, what, instead):
    with pytest.raises(ValuesError) as error:
        look(scaleless)
    assert str(error.value) == (
        f"{what} needs the scale of the scores, and the survey names none. "
        f"Give Survey(..., scale=cx.Scale(1, 5)){instead}."
    )


def test_without_a_scale_the_others_work(scaleless):
    assert scaleless.performance().table["quadrant"].notna().all()
    assert scaleless.value_added({"Desk": 30}).table["value"].notna().sum() == 2
    with pytest.raises(ValuesError) as error:
        scaleless.value_added({"Desk": "3"})
    assert str(error.value) == "the reference of 'Desk' is '3'. Give a score, such as 4."
