"""What is to be known about a record, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stages.drivers.words import ASSOCIATION, _is_clearly_negative, note

SCALE = cx.Scale(1, 5, blank=[0])


def answers(n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 2)), columns=["St. Mary's desk", "Call: hold; wait"])
    frame["y"] = frame["St. Mary's desk"] + rng.normal(size=n)
    frame["who"] = np.select([np.arange(n) < 3, np.arange(n) < 30], ["few", "some"], "many")
    frame["twice"] = frame["St. Mary's desk"]
    return frame


def note_of(frame: pd.DataFrame, touchpoints: list[str], **options) -> str:
    made = cx.Survey(frame, touchpoints=touchpoints, outcome="y", scale=SCALE, segments=["who"])
    return note(cx.drivers(made, **options).record)


NAMES = ["St. Mary's desk", "Call: hold; wait"]


def test_nothing_left_out_and_no_resamples():
    assert note_of(answers(), NAMES, n_boot=0) == f"No answer was left out. {ASSOCIATION}"


def test_rows_left_out_are_counted_by_reason():
    frame = answers()
    frame.loc[:8, NAMES[0]] = 0
    frame.loc[9, "y"] = np.nan
    said = note_of(frame, NAMES, n_boot=0)
    assert "9 with a touchpoint left blank" in said
    assert "fewer than 5 with no outcome" in said
    assert said.startswith("Left out: ")


def test_the_method_and_the_resamples_are_named():
    said = note_of(answers(), NAMES, method="relative weights", n_boot=20, level=0.9)
    assert said == (
        "No answer was left out. Importance by relative weights. Intervals of importance and rank: 90 %, "
        f"from 20 redraws of the answers. {ASSOCIATION}"
    )


def test_what_has_no_figure_is_named_with_its_reason_and_segment():
    said = note_of(answers(), [*NAMES, "twice"], by="who", n_boot=0)
    assert "few (fewer than 5 answers, or hidden to protect people)" in said
    assert "twice in many (its scores follow from those of other touchpoints)" in said
    alone = note_of(answers(), [*NAMES, "twice"], n_boot=0)
    assert "Not estimated: twice (its scores follow from those of other touchpoints)." in alone


def with_blanks(share: float, shift: float, n: int = 400) -> cx.Survey:
    """Answers some of which are blank; ``shift``: how much lower the outcome of those is."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 2)), columns=["web", "call"])
    frame["y"] = frame["web"] + rng.normal(size=n)
    is_blank = np.arange(n) < share * n
    frame.loc[is_blank, "call"] = 0
    frame.loc[is_blank, "y"] -= shift
    return cx.Survey(frame, touchpoints=["web", "call"], outcome="y", scale=SCALE)


def test_many_blanks_are_said_with_the_way_out():
    found = str(cx.drivers(with_blanks(0.2, 0), n_boot=0))
    assert "Left out for a blank: 20 % of the answers; imputing blanks keeps them." in found
    assert "Left out for a blank" not in str(cx.drivers(with_blanks(0.05, 0), n_boot=0))
    assert "Left out for a blank" not in str(cx.drivers(with_blanks(0.2, 0), n_boot=0, blanks="impute"))


def test_those_left_out_who_have_another_outcome_are_said():
    found = str(cx.drivers(with_blanks(0.05, 3), n_boot=0))
    assert (
        "Left out for a blank: 5 % of the answers, whose y is clearly lower, so slopes may be too small; "
        "imputing blanks keeps them."
    ) in found
    found = str(cx.drivers(with_blanks(0.05, -3), n_boot=0))
    assert "whose y is clearly higher" in found


def test_another_outcome_is_seldom_said_where_there_is_none():
    said = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.integers(1, 6, (200, 2)), columns=["web", "call"])
        frame["y"] = frame["web"] + rng.normal(size=200)
        frame.loc[rng.random(200) < 0.07, "call"] = 0
        made = cx.Survey(frame, touchpoints=["web", "call"], outcome="y", scale=SCALE)
        said += "whose y is" in str(cx.drivers(made, n_boot=0))
    assert said <= 11  # of 100, at 5 in 100


def reversed_item(*signs: float) -> cx.Survey:
    rng = np.random.default_rng(13)
    names = ["web", "call", "shop"][: len(signs)]
    frame = pd.DataFrame(rng.integers(1, 6, (300, len(signs))), columns=names)
    frame["y"] = frame.to_numpy() @ np.array(signs) + rng.normal(size=300)
    return cx.Survey(frame, touchpoints=names, outcome="y", scale=SCALE)


def test_one_reversed_item_is_named():
    found = str(cx.drivers(reversed_item(1, -1, 1), n_boot=0))
    assert (
        "call runs against all others: the higher its ratings, the lower y; if its lowest rating is the best, "
        "its scale "
        "has to say so."
    ) in found
    assert "web runs against call:" in str(cx.drivers(reversed_item(-1, 1), n_boot=0))
    for signs in ((1, 1, 1), (-1, -1, 1), (1, 0, 1)):
        assert "runs against" not in str(cx.drivers(reversed_item(*signs), n_boot=0))


def test_only_clear_links_count_as_those_it_runs_against():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.integers(1, 6, (300, 4)), columns=["web", "call", "shop", "bill"])
    frame["y"] = frame["web"] - frame["call"] + frame["shop"] + 0.02 * frame["bill"] + rng.normal(size=300)
    made = cx.Survey(frame, touchpoints=["web", "call", "shop", "bill"], outcome="y", scale=SCALE)
    found = cx.drivers(made, n_boot=0)
    rows = found.table.set_index("touchpoint")
    assert found.measures.set_index("touchpoint")["direction"]["bill"] == "suppressed"
    assert rows["q_value"]["bill"] > 0.05
    assert "call runs against web, shop: the higher its ratings" in str(found)


def test_nothing_runs_against_the_others_where_nothing_is_reversed():
    """The first touchpoint says how kindly somebody answers; beside the others it takes that from them."""
    said = clear = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        kind, good = rng.normal(size=(2, 200, 1))
        felt = 0.7 * kind + 0.7 * good + 0.5 * rng.normal(size=(200, 4))
        felt[:, :1] = 0.9 * kind + 0.3 * rng.normal(size=(200, 1))
        frame = pd.DataFrame(np.clip(np.round(3.4 + felt), 1, 5), columns=["web", "call", "shop", "bill"])
        frame["y"] = good[:, 0] + 0.7 * rng.normal(size=200)
        made = cx.Survey(frame, touchpoints=["web", "call", "shop", "bill"], outcome="y", scale=SCALE)
        found = cx.drivers(made, n_boot=0)
        row = found.table.set_index("touchpoint").loc["web"]
        clear += row["q_value"] < 0.05 and row["coef"] < 0
        said += "runs against" in str(found)
    assert clear >= 35  # of 40: with the others held, it does go with a lower outcome
    assert said <= 2


def test_a_correlation_is_negative_only_with_its_whole_interval():
    assert not _is_clearly_negative(-0.19, 103, 0.95)  # 1.96 standard errors of 0.1
    assert _is_clearly_negative(-0.2, 103, 0.95)
    assert not _is_clearly_negative(-0.2, 103, 0.99)
    assert not _is_clearly_negative(0.2, 103, 0.95)
    assert not _is_clearly_negative(np.nan, 103, 0.95)


def test_directions_are_those_of_the_scores_as_asked():
    rng = np.random.default_rng(13)
    frame = pd.DataFrame(rng.integers(1, 6, (400, 3)), columns=["web", "call", "shop"])
    frame["y"] = frame["web"] - frame["call"] + frame["shop"] + rng.normal(size=400)
    low = cx.Scale(1, 5, best="low")
    asked = frame.assign(**{name: 6 - frame[name] for name in ("web", "call", "shop")}, y=6 - frame["y"].clip(1, 5))
    made = cx.Survey(asked, touchpoints=["web", "call", "shop"], outcome="y", scale=low, outcome_scale=low)
    assert (
        "call runs against all others: the lower its ratings, the higher y; if its highest rating is the best, its "
        "scale has to say so."
    ) in str(cx.drivers(made, n_boot=0))


def test_those_left_out_are_told_by_their_answers_as_asked():
    frame = with_blanks(0.05, 1).table.assign(y=lambda table: table["y"].clip(-3, 7))
    low = cx.Scale(-3, 7, best="low")
    made = cx.Survey(frame.assign(y=4 - frame["y"]), touchpoints=["web", "call"], outcome="y", outcome_scale=low)
    found = str(cx.drivers(made, n_boot=0))
    assert "whose y is clearly higher" in found


def test_a_factor_of_many_values_has_no_certainty_from_its_copies() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.integers(1, 6, 300), "y": rng.normal(0, 1, 300), "shop": np.arange(300) % 50})
    survey = cx.Survey(frame, touchpoints=["a"], outcome="y", segments=["shop"])
    found = cx.drivers(survey, factors=["shop"], n_boot=50)
    drawn = found.draws.importance[:, 0, found.touchpoints.index("shop")]
    assert np.quantile(drawn, 0.025) > found.table.loc[0, "importance"]
    assert found.finding.interval == ""
    assert "first" not in found.finding.certainty
    assert found.finding.more[1:] == ("How sure that is, is not known: shop has too many values for so few answers",)
    plain = cx.drivers(survey, n_boot=50)
    assert len(plain.finding.more) == 1


def test_what_stands_in_for_exact_importance_is_said_wherever_importance_is() -> None:
    rng = np.random.default_rng(2)
    names = [f"t{j}" for j in range(26)]
    frame = pd.DataFrame(rng.integers(1, 6, (200, 26)), columns=names).assign(who=["a", "b"] * 100)
    frame["y"] = frame["t0"] + rng.normal(size=200)
    survey = cx.Survey(frame, touchpoints=names, outcome="y", segments=["who"])
    why = "26 touchpoints are more than the 25 that exact importance (LMG) takes"
    for options in ({}, {"by": "who"}):
        found = cx.drivers(survey, n_boot=0, **options)
        assert f"Importance by relative weights: {why}" in found.finding.more
        assert f"Importance by relative weights: {why}." in found.note
        chosen = cx.drivers(survey, n_boot=0, method="relative weights", **options)
        assert "relative weights" not in str(chosen.finding)
        assert "Importance by relative weights. " in chosen.note
        pd.testing.assert_frame_equal(found.table, chosen.table)
    assert found.table["importance_adjusted"].lt(found.table["importance"]).all()
