"""Opportunity scores: as published, by hand, derived and stated."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlens.errors import OptionError, ValuesError
from cxlens.stages.drivers.opportunity import Needs, _classes, _finding, opportunity_score


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
    for row in view.table.to_dict("records"):
        at_ends = {sum(row[f"score_{end}"] > band for band in (10, 12, 15)) for end in ("low", "high")}
        assert (row["class"] == "undecided") == (len(at_ends) == 2)
    assert set(looks.by_name(view, "class").drop("Desk")) <= {"not under-served", "undecided"}
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
    pleased = found.draws.shares[:, 0, :, 3:].sum(axis=-1) / found.draws.shares[:, 0].sum(axis=-1)
    classes = looks.by_name(view, "class").dropna().to_dict()
    assert classes == {"Desk": "not under-served", "Web": "over-served"}
    assert 10 * np.quantile(pleased[:, looks.NAMES.index("Web")], 0.025) > importance["Web"] + 1
    assert (looks.by_name(view, "score_low")["Desk"] < want["Desk"]) & (
        want["Desk"] < looks.by_name(view, "score_high")["Desk"]
    )
    assert view.note == (
        "A class holds for the whole interval. Satisfaction is ten times the share of users in the top box. "
        "So is stated importance. "
        "Left out, without stated importance: Gate, Food. Intervals: 95 %, from 200 redraws."
    )
    assert str(view) == "No touchpoint is clearly under-served. n = 300."
    assert set(looks.by_name(bare.opportunity(other), "class").dropna()) == {"undecided"}  # no resamples, no interval


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (9.0, 10.0, "not under-served"),
        (10.1, 12.0, "under-served"),
        (12.1, 15.0, "strongly under-served"),
        (15.1, 19.0, "extremely under-served"),
        (9.9, 10.1, "undecided"),
        (11.0, 13.0, "undecided"),
        (14.0, 15.5, "undecided"),
        (np.nan, np.nan, "undecided"),
    ],
)
def test_a_class_holds_for_the_whole_interval(low, high, word):
    needs = Needs(np.array([[[8.0, np.nan]]]), np.array([[[6.0, np.nan]]]))
    ends = np.array([[low, np.nan]]), np.array([[high, np.nan]])
    assert _classes(needs, *ends, np.array([["not under-served"] * 2], object)).tolist() == [[word, None]]


def test_opportunity_in_words(looks, bare, found, parts):
    row = found.opportunity().table.set_index("touchpoint").loc["Desk"]
    assert str(found.opportunity()) == (
        f"Under-served, by derived importance: Desk (extremely under-served, score {row['score']:.1f} "
        f"[{row['score_low']:.1f}, {row['score_high']:.1f}]). n = 300."
    )
    assert str(bare.opportunity()) == "No touchpoint is clearly under-served. n = 300."
    assert bare.opportunity().note == (
        "A class holds for the whole interval. Satisfaction is ten times the share of users in the top box. Importance "
        "is derived, the largest set to 10: read scores as a ranking, classes with care. No redraws, so no intervals "
        "from them."
    )
    assert [item.name for item in parts.opportunity().finding.items] == ["Desk for business", "Desk for leisure"]
    spans = found.opportunity().table.assign(**{"class": "undecided"})
    assert _finding(found.record, spans, "derived").items[0].figure == f"under-served or more, score {row['score']:.1f}"


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
