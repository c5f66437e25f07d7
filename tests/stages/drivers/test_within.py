"""Within places and between: what is clear within and what is a mark, what is refused, what is said of nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import cxlens as cx
from cxlens.common.result import View
from cxlens.errors import ColumnError, OptionError, ValuesError

NAMES = ["room", "lobby", "food"]


def hotels(
    places: int = 30, each: int = 40, mark: float = 2.0, seed: int = 0, steeper: float = 0.0, **columns: object
) -> pd.DataFrame:
    """Guests: the room counts in every hotel, the lobby a mark of good hotels, the food neither."""
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(places), each)
    good = rng.normal(0, 0.4, (places, 3))
    felt = 3.5 + good[place] + rng.normal(0, 0.9, (len(place), 3))
    scores = np.clip(np.round(felt), 1, 5)
    slope = np.where(place == 3, 0.8 + steeper, 0.8)
    y = 3 + slope * (scores[:, 0] - 3.5) + mark * good[place, 1]
    y += rng.normal(0, 0.3, places)[place] + rng.normal(0, 1, len(place))
    frame = pd.DataFrame(scores, columns=NAMES).assign(hotel=[f"H{one:02}" for one in place], y=y)
    frame["nps"] = np.clip(np.round(y + 3), 0, 10).astype(int)
    frame["again"] = (y > np.median(y)).astype(int)
    frame["why"] = rng.choice(["work", "leisure"], len(frame))
    frame["w"] = rng.uniform(0.5, 2, len(frame))
    return frame.assign(**columns)


def survey(frame: pd.DataFrame, **roles: object) -> cx.Survey:
    given = {"touchpoints": NAMES, "outcome": "y", "segments": ["hotel", "why"], **roles}
    return cx.Survey(frame, **{"scale": cx.Scale(1, 5, not_used=[6]), **given})


def asked(frame: pd.DataFrame, roles: dict | None = None, **options: object) -> View:
    return cx.drivers(survey(frame, **(roles or {})), n_boot=0, **options).within("hotel")


def by_name(view: View, column: str) -> pd.Series:
    return view.table.set_index("touchpoint")[column]


def dummies(frame: pd.DataFrame, x: pd.DataFrame, weight: str | None = None) -> pd.Series:
    """Least squares with a level for each hotel."""
    levels = pd.get_dummies(frame["hotel"]).astype(float)
    w = frame[weight] if weight else 1.0
    return sm.WLS(frame["y"], x.join(levels).astype(float), w).fit().params


# Against statsmodels


def test_slopes_within_are_those_of_a_regression_with_a_level_for_each_place():
    frame = hotels()
    by_dummies = dummies(frame, frame[NAMES])
    assert by_name(asked(frame), "within")[NAMES].tolist() == pytest.approx(by_dummies[NAMES].tolist(), abs=1e-9)


def test_the_same_with_weights_covariates_and_touchpoints_not_used():
    frame = hotels()
    rng = np.random.default_rng(5)
    frame.loc[rng.random(len(frame)) < 0.3, "food"] = 6
    used = frame["food"] != 6
    x = frame[["room", "lobby"]].assign(food=frame["food"].where(used, 0), used=used, work=frame["why"] == "work")
    by_dummies = dummies(frame, x, "w")
    view = asked(frame, {"weight": "w"}, covariates=["why"])
    assert by_name(view, "within")[NAMES].tolist() == pytest.approx(by_dummies[NAMES].tolist(), abs=1e-9)
    assert by_name(view, "n")["food"] == used.sum()


def test_who_uses_a_touchpoint_is_no_mark_of_good_places():
    """Half of the guests of good places use the food, few of the others; what it does is the same everywhere."""
    frame = hotels(places=60, mark=0.0, seed=4)
    rng = np.random.default_rng(1)
    share = rng.uniform(0.2, 0.9, 60)[frame["hotel"].str[1:].astype(int)]
    frame.loc[rng.random(len(frame)) > share, "food"] = 6
    frame["y"] += np.where(frame["food"] < 6, 0.5 + 0.6 * frame["food"], 0.0)
    view = asked(frame)
    assert by_name(view, "difference_low")["food"] < 0 < by_name(view, "difference_high")["food"]
    assert by_name(view, "kind").to_dict() == {"room": "clear within", "food": "clear within", "lobby": "not clear"}


def test_yes_or_no_is_told_in_percentage_points_and_nps_in_its_points():
    frame = hotels()
    levels = pd.get_dummies(frame["hotel"]).astype(float)
    x = frame[NAMES].join(levels)
    view = asked(frame, {"outcome": {"again": "binary"}})
    linear = sm.OLS(100 * frame["again"], x).fit().params
    assert by_name(view, "within")[NAMES].tolist() == pytest.approx(linear[NAMES].tolist(), abs=1e-8)
    assert " percentage points per rating point between places; " in view.sentence
    told = (
        "By linear regression, in percentage points, unlike the log odds of the drivers: where nearly all of a place "
    )
    assert f"{told}answer alike, slopes are smaller." in view.note
    view = asked(frame, {"outcome": {"nps": "nps"}})
    points = np.select([frame["nps"] >= 9, frame["nps"] <= 6], [100, -100], 0)
    linear = sm.OLS(points, x).fit().params
    assert by_name(view, "within")[NAMES].tolist() == pytest.approx(linear[NAMES].tolist(), abs=1e-8)
    assert " NPS points per rating point between places; " in view.sentence


def test_ordered_answers_are_told_in_their_steps_and_what_nobody_used_is_blank():
    frame = hotels().assign(never=6)
    frame["good"] = np.clip(np.round(frame["y"]), 1, 5).astype(int)
    steps = sm.OLS(frame["good"], frame[NAMES].join(pd.get_dummies(frame["hotel"]).astype(float))).fit().params
    view = asked(frame, {"outcome": {"good": "ordinal"}})
    assert by_name(view, "within")[NAMES].tolist() == pytest.approx(steps[NAMES].tolist(), abs=1e-9)
    view = asked(frame, {"touchpoints": [*NAMES, "never"]})
    row = view.table.set_index("touchpoint").loc["never"]
    assert row[["within", "between", "difference"]].isna().all()
    assert (row["n"], row["kind"]) == (0, "not clear")
    assert by_name(view, "kind")["lobby"] == "mark of good places"


def test_clusters_over_several_places_make_no_slope_surer():
    frame = hotels().assign(family=np.arange(1200) % 400)
    plain, clustered = asked(frame), asked(frame, {"cluster": "family"})
    assert by_name(clustered, "within").tolist() == pytest.approx(by_name(plain, "within").tolist(), abs=1e-9)
    assert (by_name(clustered, "within_low") <= by_name(plain, "within_low") + 1e-9).all()


def test_rows_on_disk_have_the_same_slopes(tmp_path):
    frame = hotels()
    frame.to_parquet(tmp_path / "answers.parquet")
    there = asked(frame)
    on_disk = cx.drivers(survey(tmp_path / "answers.parquet"), n_boot=0).within("hotel")
    for name in ("within", "between"):
        assert by_name(on_disk, name)[NAMES].tolist() == pytest.approx(by_name(there, name)[NAMES].tolist(), rel=1e-6)
    assert by_name(on_disk, "kind").to_dict() == by_name(there, "kind").to_dict()


# What is said


def test_what_counts_in_every_place_and_a_mark_are_told_apart():
    view = asked(hotels())
    assert by_name(view, "kind").to_dict() == {
        "room": "clear within",
        "food": "not clear",
        "lobby": "mark of good places",
    }
    row = view.table.set_index("touchpoint").loc["lobby"]
    assert view.sentence == (
        "By hotel, lobby is a mark of good places, with no clearly better y within one: "
        f"{row['between']:+.2f} [{row['between_low']:.2f}, {row['between_high']:.2f}] points per rating point between "
        f"places; {row['within']:+.2f} [{row['within_low']:.2f}, {row['within_high']:.2f}] within, clearly less. "
        "A link in the answers, not yet a proven effect. n = 1,200."
    )
    room = view.table.set_index("touchpoint").loc["room"]
    assert room["within_low"] < 0.8 < room["within_high"]
    assert room["between_low"] < 0.8 < room["between_high"]
    assert room["difference"] == pytest.approx(room["between"] - room["within"])


def test_without_a_mark_what_is_clear_within_is_told():
    view = asked(hotels(mark=0.0))
    row = view.table.iloc[0]
    assert view.sentence == (
        f"Within places (hotel), room goes with y: {row['within']:+.2f} [{row['within_low']:.2f}, "
        f"{row['within_high']:.2f}] points per rating point; clear for 1 of 3 touchpoints. No touchpoint is clearly "
        "linked more between places than within. A link in the answers, not yet a proven effect. n = 1,200."
    )


def test_without_any_link_none_is_told():
    frame = hotels()
    frame["y"] = np.random.default_rng(9).normal(0, 1, len(frame))
    assert asked(frame).sentence == (
        "No touchpoint clearly goes with y within places (hotel); every q is over 0.05. No touchpoint is clearly "
        "linked more between places than within. A link in the answers, not yet a proven effect. n = 1,200."
    )


def test_a_place_where_a_point_goes_with_more_is_named():
    view = asked(hotels(each=60, steeper=1.5))
    clear = view.parts["places"].query("position != 'not clear'")
    assert clear[["touchpoint", "place", "position"]].to_numpy().tolist() == [["room", "H03", "more"]]
    row = clear.iloc[0]
    assert row["elsewhere"] < row["low"] <= row["value"] < row["raw"]
    told = f"room in H03 ({row['value']:+.2f} [{row['low']:.2f}, {row['high']:.2f}])"
    assert f" A point goes with clearly more than elsewhere: {told}. " in view.sentence
    assert by_name(view, "spread_q")["room"] < 0.05 < by_name(view, "spread_q")["food"]


def test_the_note_tells_how_means_of_few_people_draw_what_is_between_to_nothing():
    view = asked(hotels(each=6, places=60))
    told = by_name(view, "reliability")
    assert (told < 0.75).all()
    assert view.note == (
        "Within: answers of one place (hotel) compared; between: means of places, all touchpoints at once in both. "
        "Intervals: 95 %; places are few, and errors know it. The mood of a person raises ratings and outcome alike: "
        "it is in slopes within places, and levels out between. Between: 60 places, 56 degrees of freedom. Ratings of "
        f"places are means of few people (reliability {told.min():.2f} to {told.max():.2f}): what they tell beyond the "
        "slope within is drawn towards 0 by so much. A place has slopes of its own from 20 answers beyond the columns "
        "on."
    )
    assert view.parts["places"]["value"].isna().all()


def test_too_few_places_for_all_touchpoints_leave_between_blank():
    view = asked(hotels(places=7))
    between = view.table[["between", "between_low", "difference", "difference_p", "difference_q"]]
    assert between.isna().all(axis=None)
    assert "7 places are too few to tell 3 touchpoints between them; 8 would do." in view.sentence
    assert "7 places are too few to tell 3 touchpoints between them; 8 would do." in view.note
    assert asked(hotels(places=8)).table["between"].notna().all()


def test_where_nothing_differs_little_is_said():
    """By simulation: benchmarks/simulate_within.py."""
    said = []
    for seed in range(40):
        frame = hotels(20, 30, mark=0.0, seed=seed)
        view = asked(frame)
        marks = view.table["kind"].isin(["mark of good places", "clear within, more between"]).any()
        said.append([marks, view.parts["places"]["position"].isin(["more", "less"]).any()])
    assert (np.mean(said, axis=0) <= 0.125).all()


# People, and places left out


def test_places_of_few_answers_are_left_out_and_told():
    frame = hotels()
    few = hotels(places=1, each=4, seed=8).assign(hotel="tiny")
    view = asked(pd.concat([frame, few], ignore_index=True))
    assert "tiny" not in set(view.parts["places"]["place"])
    fit = view.parts["fit"].iloc[0]
    assert fit["n"] == len(frame) - 40 * (30 - fit["places"])
    assert fit["left_out"] == 31 - fit["places"]
    assert "Left out: " in view.note
    assert "(fewer than 5 answers, or hidden to protect people)." in view.note


def test_a_touchpoint_that_few_used_at_a_place_is_blank_there():
    frame = hotels(each=60)
    at = frame.index[frame["hotel"] == "H05"]
    frame.loc[at[3:], "food"] = 6
    places = asked(frame).parts["places"].set_index(["touchpoint", "place"])
    assert pd.isna(places.loc[("food", "H05"), "n"])
    assert pd.isna(places.loc[("food", "H05"), "raw"])
    assert places.loc[("food", "H05"), "position"] == ""
    assert places.loc[("room", "H05"), "n"] == 60


def test_a_view_of_other_answers_is_the_same_question():
    first, second = survey(hotels()), survey(hotels(seed=1))
    view = cx.drivers(first, n_boot=0).within("hotel")
    assert view.again is not None
    again = view.again(second)
    assert again.table.equals(cx.drivers(second, n_boot=0).within("hotel").table)
    assert view.explore().controls["side"].value == "within places"


# Refused


def test_what_cannot_be_split_is_refused():
    frame = hotels()
    found = survey(frame)
    every = cx.drivers(found, n_boot=0)
    example = "Ask: cx.drivers(survey).within('hotel')."
    with pytest.raises(ColumnError) as caught:
        every.within("hotl")
    assert str(caught.value) == (
        "by='hotl' is not a segment of this survey. Did you mean 'hotel'? Segments: hotel, why. Name the column in "
        "Survey(..., segments=[...])."
    )
    cases = {
        f"within splits the drivers of all answers; these are by 'why'. {example}": {"by": "why"},
        f"within looks at one touchpoint each; these drivers have groups, factors or products. {example}": {
            "groups": {"Hall": ["lobby", "food"]}
        },
        "within cannot tell how sure slopes of imputed ratings are. Ask with blanks='drop': "
        "cx.drivers(survey).within('hotel').": {"blanks": "impute"},
        "'hotel' is a covariate of these drivers, and the place itself. Ask without it: "
        "cx.drivers(survey).within('hotel').": {"covariates": ["hotel"]},
    }
    for message, options in cases.items():
        with pytest.raises(OptionError) as refused:
            cx.drivers(found, n_boot=0, **options).within("hotel")
        assert str(refused.value) == message


def test_one_place_and_few_places_are_refused():
    with pytest.raises(ValuesError) as one:
        asked(hotels(places=1, each=100))
    assert str(one.value) == (
        "'hotel' has one place only, so nothing lies between places. cx.drivers(survey) is within it."
    )
    with pytest.raises(ValuesError) as few:
        asked(hotels(places=4))
    assert str(few.value) == (
        "within needs 5 places or more with 5 answers each; there are 4 of 4 in 'hotel'. With so few, hold the place: "
        "cx.drivers(survey, covariates=['hotel'])."
    )


def test_a_touchpoint_that_differs_between_places_only_is_refused():
    frame = hotels()
    frame["lobby"] = 1 + frame["hotel"].str[1:].astype(int) % 5
    with pytest.raises(ValuesError) as caught:
        asked(frame)
    message = (
        "within 'hotel': all scores of one place are alike for 'lobby', so what they go with cannot be told from the "
        "place. Leave them out of Survey(..., touchpoints=[...])."
    )
    assert str(caught.value) == message
    frame.loc[::3, "lobby"] = 6
    with pytest.raises(ValuesError) as caught:
        asked(frame)
    assert str(caught.value) == message
