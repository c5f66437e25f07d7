"""Opportunity scores: as published, by hand, derived and stated."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlens as cx
from cxlens.common.finding import Item
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.drivers.opportunity import opportunity_score


def test_opportunity_scores_are_those_published(shared):
    cases = json.loads((shared / "reference" / "measures.json").read_text())["opportunity_score"]["value"]
    found = opportunity_score([case["imp"] for case in cases], [case["sat"] for case in cases])
    assert found.tolist() == pytest.approx([case["score"] for case in cases])


@given(st.floats(0, 10), st.floats(0, 10))
def test_an_opportunity_lies_between_importance_and_twice_it(importance, satisfaction):
    score = float(opportunity_score(importance, satisfaction))
    assert importance <= score <= 2 * importance
    assert score == importance or satisfaction < importance


def test_derived_opportunity_by_hand(looks, found):
    frame, view = looks.answers(), found.opportunity()
    size = found.table.set_index("touchpoint")["importance"]
    importance = (10 * size / size.max()).to_dict()
    satisfaction = {name: 10 * (looks.users(frame, name) >= 4).mean() for name in looks.NAMES}
    assert looks.by_name(view, "importance").to_dict() == pytest.approx(importance)
    assert looks.by_name(view, "satisfaction").to_dict() == pytest.approx(satisfaction)
    want = {name: importance[name] + max(importance[name] - satisfaction[name], 0) for name in looks.NAMES}
    assert looks.by_name(view, "score").to_dict() == pytest.approx(want)
    assert view.table["score"].is_monotonic_decreasing
    assert looks.by_name(view, "class")["Desk"] == "extremely under-served"
    assert set(looks.by_name(view, "class").drop("Desk")) == {"not under-served"}
    draws = found.draws
    pleased = 10 * draws.shares[:, 0, :, 3:].sum(axis=-1) / draws.shares[:, 0].sum(axis=-1)
    matter = 10 * draws.importance[:, 0] / draws.importance[:, 0].max(axis=1, keepdims=True)
    drawn = matter + np.maximum(matter - pleased, 0)
    assert looks.by_name(view, "score_low")[list(looks.NAMES)].tolist() == pytest.approx(
        np.quantile(drawn, 0.025, axis=0)
    )
    assert looks.by_name(view, "score_high")[list(looks.NAMES)].tolist() == pytest.approx(
        np.quantile(drawn, 0.975, axis=0)
    )


def test_stated_opportunity_by_hand(looks, found, bare):
    frame, other = looks.answers(), looks.stated()
    view = found.opportunity(other)
    importance = {name: 10 * (other.table[name] >= 6).mean() for name in ("Web", "Desk")}
    assert looks.by_name(view, "importance").dropna().to_dict() == pytest.approx(importance)
    satisfaction = {name: 10 * (looks.users(frame, name) >= 4).mean() for name in looks.NAMES}
    assert looks.by_name(view, "satisfaction").to_dict() == pytest.approx(satisfaction)
    want = {name: importance[name] + max(importance[name] - satisfaction[name], 0) for name in importance}
    assert looks.by_name(view, "score").dropna().to_dict() == pytest.approx(want)
    assert looks.by_name(view, "class").dropna().to_dict() == {"Desk": "served right", "Web": "over-served"}
    assert (looks.by_name(view, "score_low")["Desk"] < want["Desk"]) & (
        want["Desk"] < looks.by_name(view, "score_high")["Desk"]
    )
    assert view.note == (
        "Satisfaction is ten times the share of users in the top box. So is stated importance. "
        "Left out, without stated importance: Gate, Food. Intervals: 95 %, from 200 resamples."
    )
    finding = bare.opportunity(other).finding
    assert finding.lead == "Largest opportunity, by stated importance"
    assert finding.items == [Item("Desk", f"served right, score {want['Desk']:.1f}")]


def test_classes_begin_above_their_bands(looks, bare):
    shares = np.array([1.0, 0.8, 0.6, 0.4])
    frame = pd.DataFrame({name: [7] * round(10 * s) + [1] * round(10 - 10 * s) for name, s in zip(looks.NAMES, shares)})
    other = cx.Survey(frame.assign(o=range(10)), touchpoints=looks.NAMES, outcome="o", scale=cx.Scale(1, 7))
    table = bare.opportunity(other).table.set_index("touchpoint").loc[list(looks.NAMES)]
    for name, importance in zip(looks.NAMES, 10 * shares, strict=True):
        score, satisfied = table.loc[name, "score"], table.loc[name, "satisfaction"]
        words = "over-served" if satisfied > importance else "served right"
        words = "under-served" if score > 10 else words
        words = "strongly under-served" if score > 12 else words
        assert table.loc[name, "class"] == ("extremely under-served" if score > 15 else words)
        assert table.loc[name, "importance"] == pytest.approx(importance)


def test_opportunity_in_words(looks, bare, parts):
    score = looks.by_name(bare.opportunity(), "score")["Desk"]
    assert str(bare.opportunity()) == (
        f"Largest opportunity, by derived importance: Desk (extremely under-served, score {score:.1f}). n = 300."
    )
    assert bare.opportunity().note == (
        "Satisfaction is ten times the share of users in the top box. Importance is derived, the largest set to 10: "
        "read scores as a ranking, classes with care. No resamples, so no intervals from them."
    )
    assert [item.name for item in parts.opportunity().finding.items] == ["Desk for business", "Desk for leisure"]


def test_what_is_no_statement_of_importance_is_refused(looks, bare):
    with pytest.raises(OptionError) as error:
        bare.opportunity({"Desk": 9})
    assert str(error.value) == (
        "stated importance works on a Survey, not on a dict. "
        "Make one: cx.Survey(data, touchpoints=[...], outcome='column')."
    )
    with pytest.raises(ValuesError) as error:
        bare.opportunity(looks.stated(scale=None))
    assert str(error.value) == (
        "the top box of stated importance needs the scale of the scores, and the survey names none. "
        "Give Survey(..., scale=cx.Scale(1, 5))."
    )
