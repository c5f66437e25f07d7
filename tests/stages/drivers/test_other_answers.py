"""Means of other answers: with the error of their own sampling, or exact."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.stages.drivers import other_answers


def test_the_error_of_a_competitors_means_is_that_of_sampling(looks, found):
    frame = looks.answers(120, seed=8)
    drawn = cx.drivers(found.survey, n_boot=2000).record
    for roles, error in (({}, frame["Desk"].std(ddof=0) / np.sqrt(120)), ({"respondent": "id"}, None)):
        other = looks.survey(frame, touchpoints=["Desk"], segments=[], **roles)
        point, draws = other_answers.means_elsewhere(drawn, other, lambda scores: scores)
        sums = frame.groupby("id")["Desk"].agg(["sum", "count"])
        residual = sums["sum"] - sums["count"] * frame["Desk"].mean()
        assert point[0, 0, 1] == pytest.approx(frame["Desk"].mean())
        assert draws[:, 0, 1].std() == pytest.approx(error or np.sqrt((residual**2).sum()) / 120, rel=0.06)
        assert np.isnan(draws[:, 0, [0, 2, 3]]).all()


def test_a_large_competitor_is_taken_as_exact(looks, found, monkeypatch):
    monkeypatch.setattr(other_answers, "IN_MEMORY", 100)
    other = looks.survey(looks.answers(120, seed=8))
    means = {name: looks.users(looks.answers(120, seed=8), name).mean() for name in looks.NAMES}
    pd.testing.assert_frame_equal(found.value_added(other).table, found.value_added(means).table)


def test_a_mean_of_answers_that_are_all_alike_has_no_known_error(looks, found):
    frame = looks.answers(120, seed=8).assign(Desk=4)
    view = found.value_added(looks.survey(frame))
    rows = view.table.set_index("touchpoint")
    assert rows["value"].notna().all()
    assert rows.index[rows["value_low"].isna()].tolist() == ["Desk", "all together"]
    assert "No interval for Desk: its other answers are all alike, or from one cluster." in view.note
    one_cluster = frame.assign(branch="north", Desk=looks.answers(120, seed=8)["Desk"])
    clustered = found.value_added(looks.survey(one_cluster, cluster="branch"))
    assert clustered.table["value_low"].isna().all()
    assert "No interval" not in found.value_added({"Desk": 4}).note


def test_stated_importance_that_is_the_same_for_all_has_no_interval(looks, found):
    stated = looks.stated().table.assign(Desk=7)
    view = found.opportunity(cx.Survey(stated, touchpoints=["Desk", "Web"], outcome="o", scale=cx.Scale(1, 7)))
    rows = view.table.set_index("touchpoint")
    assert np.isnan(rows.loc["Desk", "score_low"])
    assert not np.isnan(rows.loc["Web", "score_low"])
    assert "No interval for Desk: its other answers are all alike, or from one cluster." in view.note


def test_touchpoints_that_fewer_than_five_of_a_competitors_customers_scored_have_no_reference(looks, found):
    frame = looks.answers(60, seed=8)
    frame.loc[4:, "Food"] = 6
    view = found.value_added(looks.survey(frame))
    assert np.isnan(looks.by_name(view, "value")["Food"])
    assert "Left out, without a reference: Food." in view.note


def test_a_survey_about_other_touchpoints_is_no_reference(looks, bare):
    other = looks.survey(looks.answers(20).rename(columns={"Web": "Site"}), touchpoints=["Site"])
    with pytest.raises(ValuesError) as error:
        bare.value_added(other)
    assert str(error.value) == (
        "the other survey has none of the touchpoints Web, Desk, Gate, Food. It has: Site. "
        "Name its columns alike: touchpoints={name: column}."
    )
