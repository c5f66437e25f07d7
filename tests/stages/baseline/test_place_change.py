"""Changes by place: luck that does not last, names that changed, and who changed otherwise than all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.values import signed
from cxlens.errors import CxlensError
from tests.stages.baseline.test_places import chain, survey


def two_waves(lift: float = 0.0, places: int = 24, sd: float = 0.25, seed: int = 1) -> pd.DataFrame:
    """Hotels of unequal size in two waves, of which the first gains so much."""
    rng = np.random.default_rng(seed)
    n = np.clip(np.round(np.exp(rng.normal(np.log(34), 0.7, places))), 6, 178).astype(int)
    n[0] = 120
    hotel = np.repeat([f"H{place:02d}" for place in range(places)], n)
    truth = np.repeat(rng.normal(0, sd, places), n)
    waves = []
    for year in (2024, 2025):
        better = lift * ((hotel == "H00") & (year == 2025))
        room = np.clip(np.round(3.4 + truth + better + rng.normal(0, 1, len(hotel))), 1, 5)
        waves.append(pd.DataFrame({"hotel": hotel, "room": room, "year": year}))
    return pd.concat(waves, ignore_index=True).assign(food=3, nps=9, again=1, why="work")


def changed(frame: pd.DataFrame, **options: object) -> object:
    return cx.compare_places(survey(frame), "hotel", metric="room").change(before=2024, after=2025, **options)


def test_a_place_that_gained_is_told_apart_and_others_are_not() -> None:
    view = changed(two_waves(1.2))
    table = view.table
    assert table.loc[table["position"] == "above", "place"].tolist() == ["H00"]
    row = table.set_index("place").loc["H00"]
    assert row["low"] < 1.2 < row["high"] + 0.2
    assert row["raw"] == pytest.approx(row["after"] - row["before"])
    assert str(view.finding).startswith("Room satisfaction changed otherwise than usual, clearly in 1 of 24: H00 (+")


def test_what_comes_back_by_itself_is_what_the_poorest_gain_without_any_change() -> None:
    gains = []
    for seed in range(40):
        poorest = changed(two_waves(seed=seed)).parts["poorest"].iloc[0]
        gains.append((poorest["raw"] - poorest["usual"], poorest["by_itself"]))
    came, by_itself = np.mean(gains, axis=0)
    error = np.std([raw for raw, _ in gains]) / np.sqrt(40)
    assert came > 0.1
    assert by_itself == pytest.approx(came, abs=3 * error)


@pytest.mark.simulation
def test_where_no_place_changed_otherwise_hardly_any_is_named() -> None:
    said = []
    for seed in range(60):
        said.append((changed(two_waves(seed=seed, places=16)).table["position"] != "not clear").any())
    assert np.mean(said) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)


def test_the_sentence_says_what_comes_back_by_itself() -> None:
    view = changed(two_waves(seed=3))
    poorest = view.parts["poorest"].iloc[0]
    assert str(view.finding).startswith("Room satisfaction did not clearly change in any hotel otherwise than usual. ")
    rose = "rose" if poorest["raw"] >= 0 else "fell"
    usual = signed(poorest["usual"])
    assert (
        f"The 6 lowest of 2024 {rose} by {poorest['raw']:+.2f}; {poorest['by_itself']:+.2f} comes back by itself, "
        f"since some were low by luck, and the usual change is {usual}."
    ) in str(view.finding)


def test_places_of_one_wave_only_are_left_out_and_told() -> None:
    frame = two_waves()
    view = changed(frame[~((frame["hotel"] == "H05") & (frame["year"] == 2024))].replace({"hotel": {"H05": "Seaview"}}))
    assert len(view.table) == 23
    assert "Left out: 1 that cannot be told in both waves." in view.note


def test_places_that_changed_their_names_are_asked() -> None:
    frame = two_waves().replace({"hotel": {"H05": "Hotel Bellevue"}})
    later = (frame["hotel"] == "Hotel Bellevue") & (frame["year"] == 2025)
    frame["hotel"] = frame["hotel"].mask(later, "Hotel Belle Vue")
    with pytest.raises(CxlensError) as told:
        changed(frame)
    assert str(told.value) == (
        "by='hotel': places may have changed their names between 2024 and 2025: 'Hotel Bellevue' and 'Hotel Belle Vue'"
        ". Write them alike, or, where they are two places, name them so that this can be seen."
    )


def test_two_waves_are_needed() -> None:
    places = cx.compare_places(survey(two_waves()), "hotel", metric="room")
    with pytest.raises(CxlensError) as told:
        places.change(before=2024, after=2024)
    assert str(told.value) == "before and after are both '2024'. Name two waves."
    with pytest.raises(CxlensError) as told:
        places.change(before=2023, after=2024)
    assert str(told.value) == "wave='2023' is no wave of this survey. Waves in 'year': 2024, 2025."
    of_one = cx.compare_places(survey(two_waves()), "hotel", metric="room", wave=2024)
    with pytest.raises(CxlensError) as told:
        of_one.change(before=2024, after=2025)
    assert str(told.value) == (
        "a change needs answers of two waves. Compare without wave=: cx.compare_places(survey, by)."
    )


def test_of_the_lowest_as_best_a_change_above_zero_is_for_the_better() -> None:
    frame = two_waves(1.0)
    turned = survey(frame.assign(room=6 - frame["room"]), scale=cx.Scale(1, 5, best="low"))
    low = cx.compare_places(turned, "hotel", metric="room").change(before=2024, after=2025)
    plain = changed(frame)
    assert low.table["value"].tolist() == pytest.approx(plain.table["value"].tolist())
    assert (6 - low.table["before"]).tolist() == pytest.approx(plain.table["before"].tolist())
    assert "in points better" in str(low.finding)


def test_several_metrics_tell_the_change_of_the_first() -> None:
    places = cx.compare_places(survey(chain(12, 0.3)), "hotel", metric=["room", "nps"])
    view = places.change(before=2024, after=2025)
    assert str(view.finding).startswith("Room satisfaction")
    assert view.again(survey(chain(12, 0.3))).table.equals(view.table)
