"""What each place's answers say: the same mix of customers, weights and clusters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from tests.stages.baseline.test_places import chain, survey


def test_adjusted_means_are_those_of_least_squares_with_a_level_for_each_place() -> None:
    frame = chain(8, 0.3).assign(food=3)
    made = cx.compare_places(survey(frame), "hotel", metric="room", adjust=["why"])
    dummies = pd.get_dummies(frame[["hotel", "why"]]).astype(float).drop(columns="why_leisure")
    coef, *_ = np.linalg.lstsq(dummies.to_numpy(), frame["room"].to_numpy(), rcond=None)
    levels = dict(zip(dummies.columns, coef, strict=True))
    for_work = levels["why_work"] * (frame["why"] == "work").mean()
    expected = {name: levels[f"hotel_{name}"] + for_work for name in frame["hotel"].unique()}
    scores = made.record.scores[0]
    assert dict(zip(made.record.names, scores.mean, strict=True)) == pytest.approx(expected)


def test_weights_and_clusters_make_places_less_sure() -> None:
    frame = chain(10, 0.3)
    weights = np.random.default_rng(1).gamma(1, 1, len(frame))
    twice = pd.concat([frame, frame], ignore_index=True).assign(guest=np.tile(np.arange(len(frame)), 2))
    plain, weighted, clustered = (
        cx.compare_places(made, "hotel", metric="room").record.scores[0]
        for made in (
            survey(frame),
            survey(frame.assign(w=weights), weight="w"),
            survey(twice, cluster="guest"),
        )
    )
    assert (weighted.worth < plain.worth).all()
    assert clustered.worth == pytest.approx(plain.worth, rel=0.1)  # each answer twice is worth what it is once
    assert clustered.n.tolist() == (2 * plain.n).tolist()


def test_a_column_may_be_called_as_ours_are() -> None:
    frame = chain(8).rename(columns={"why": "kind", "hotel": "place"})
    made = survey(frame, segments=["place", "kind"])
    renamed = cx.compare_places(made, "place", metric="room", adjust=["kind"]).table
    plain = cx.compare_places(survey(chain(8)), "hotel", metric="room", adjust=["why"]).table
    pd.testing.assert_frame_equal(renamed, plain)


def test_a_small_wave_does_not_follow_from_all_waves_and_the_others() -> None:
    """Nine answers of a place are told, of which six are of 2024: told as well, they would tell of the other three."""
    frame = chain(10, 0.3)
    frame = frame[frame["hotel"] != "Hotel 1"]
    nine = pd.DataFrame({"hotel": "Hotel 1", "room": 3.0, "year": [2024] * 6 + [2025] * 3})
    made = survey(pd.concat([frame, nine.assign(food=3, nps=9, again=1, why="work")], ignore_index=True))

    def told(**options: object) -> list[object]:
        table = cx.compare_places(made, "hotel", metric="room", **options).table
        return table.loc[table["place"] == "Hotel 1", "n"].dropna().tolist()

    assert told() == [9]
    assert told(wave=2024) == told(wave=2025) == []
    assert "Hotel 1" not in cx.compare_places(made, "hotel", metric="room").change(before=2024, after=2025).table.values


@pytest.mark.simulation
def test_places_of_guests_who_answer_alike_are_seldom_said_to_differ() -> None:
    """Three answers of a guest go together, places do not differ; told by the smallest places it was 12 of 100."""
    said = []
    for seed in range(150):
        rng = np.random.default_rng([11, seed])
        n = np.clip(np.round(np.exp(rng.normal(np.log(34), 0.9, 30))), 5, 178).astype(int)
        hotel = np.repeat(np.arange(30), n)
        guest = hotel * 100 + np.concatenate([np.arange(size) // 3 for size in n])
        mood = rng.normal(0, 0.8, 3000)[guest]
        room = np.clip(np.round(3.5 + mood + rng.normal(0, 0.8, len(hotel))), 1, 5)
        frame = pd.DataFrame({"hotel": hotel.astype(str), "guest": guest, "room": room, "y": 1})
        made = cx.Survey(frame, touchpoints=["room"], outcome="y", segments=["hotel"], cluster="guest")
        places = cx.compare_places(made, "hotel", metric="room")
        clear = places.table["position"].isin(["above", "below"]).any()
        said.append((clear, places.shares["q_value"].iloc[0] < 0.05))
    assert (np.mean(said, axis=0) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)).all()
