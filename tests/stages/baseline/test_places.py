"""Places beside each other: sentences, the table, what is refused, and what is said where nothing differs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ColumnError, CxlensError, OptionError, ValuesError

SKEWED = (0.01, 0.01, 0.03, 0.15, 0.80)


def chain(places: int = 20, sd: float = 0.4, seed: int = 1, **columns: object) -> pd.DataFrame:
    """Guests of hotels that differ by so much."""
    rng = np.random.default_rng(seed)
    n = np.clip(np.round(np.exp(rng.normal(np.log(40), 0.8, places))), 6, 178).astype(int)
    hotel = np.repeat([f"Hotel {place + 1}" for place in range(places)], n)
    truth = np.repeat(rng.normal(0, sd, places), n)
    frame = pd.DataFrame({"hotel": hotel})
    frame["room"] = np.clip(np.round(3.4 + truth + rng.normal(0, 1, len(hotel))), 1, 5)
    frame["food"] = rng.integers(1, 6, len(hotel))
    frame["nps"] = np.clip(np.round(7.5 + 2 * truth + rng.normal(0, 2, len(hotel))), 0, 10)
    frame["again"] = (rng.random(len(hotel)) < 0.5 + truth / 2).astype(int)
    frame["why"] = rng.choice(["work", "leisure"], len(hotel))
    frame["year"] = rng.choice([2024, 2025], len(hotel))
    return frame.assign(**columns)


def survey(frame: pd.DataFrame, **roles: object) -> cx.Survey:
    outcome = {"nps": "nps", "again": "binary"}
    given = {"segments": ["hotel", "why"], "time": "year", "scale": cx.Scale(1, 5), **roles}
    return cx.Survey(frame, touchpoints=["room", "food"], outcome=outcome, **given)


def test_places_that_differ_are_told_with_the_share_between_them_first() -> None:
    places = cx.compare_places(survey(chain()), "hotel", metric="room")
    share = places.shares.iloc[0]
    assert share["low"] < share["share"] < share["high"]
    assert share["low"] < 0.4**2 / (1 + 0.4**2) < share["high"]
    lead = f"Hotel accounts for {100 * share['share']:.0f} % [{100 * share['low']:.0f} %, {100 * share['high']:.0f} %]"
    assert str(places).startswith(f"{lead} of the differences between answers in Room satisfaction. Clearly below the")
    table = places.table
    assert table["value"].is_monotonic_decreasing
    assert (table["value"].std() < table["raw"].std()).all()
    assert table["rank_low"].le(table["rank"]).all()
    assert table["rank_high"].ge(table["rank"]).all()
    below = table[table["position"] == "below"]
    assert len(below) > 0
    assert (below["high"] < share["mean"]).all()
    assert (below["q_value"] < 0.05).all()
    named = [name for name in below["place"][::-1][:3] if f"{name} (" in str(places)]
    assert named == below["place"][::-1][:3].tolist()


def test_places_that_are_alike_are_not_told_apart() -> None:
    places = cx.compare_places(survey(chain(sd=0.0)), "hotel", metric="room")
    high = places.shares["high"].iloc[0]
    assert str(places) == (
        "Room satisfaction does not clearly differ by hotel: it accounts for at most "
        f"{100 * high:.0f} % of the differences between answers. n = {len(chain(sd=0.0)):,}."
    )
    assert set(places.table["position"]) == {"not clear"}


@pytest.mark.simulation
def test_where_nothing_differs_something_is_said_in_at_most_five_of_a_hundred() -> None:
    said = []
    for seed in range(60):
        rng = np.random.default_rng([7, seed])
        frame = chain(30, 0.0, seed)
        frame["food"] = rng.choice(5, len(frame), p=SKEWED) + 1
        places = cx.compare_places(survey(frame), "hotel", metric=["food", "again"])
        clear = places.table["position"].isin(["above", "below"]).any()
        said.append((clear, (places.shares["q_value"] < 0.05).any()))
    bound = 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    assert (np.mean(said, axis=0) <= bound).all()


def test_shares_and_nps_read_as_people_count_them() -> None:
    made = survey(chain(sd=0.5))
    nps = cx.compare_places(made, "hotel")
    assert nps.metrics == ("nps",)
    assert nps.shares["mean"].iloc[0] == pytest.approx(
        100 * ((chain(sd=0.5)["nps"] >= 9).mean() - (chain(sd=0.5)["nps"] <= 6).mean())
    )
    again = cx.compare_places(made, "hotel", metric="again")
    assert str(again.finding.more[0]).startswith("Clearly below the mean of all (47 %): Hotel ")
    assert again.table[["low", "high"]].stack().between(0, 1).all()


def test_several_metrics_share_one_error_rate() -> None:
    made = survey(chain())
    one, both = (cx.compare_places(made, "hotel", metric=metric) for metric in ("room", ["room", "food"]))
    of_room = both.only("room")
    assert of_room.table.drop(columns=["q_value", "position"]).equals(one.table.drop(columns=["q_value", "position"]))
    assert (of_room.table["q_value"] >= one.table["q_value"] - 1e-12).all()
    assert str(both).startswith("1 of 2 measures clearly differs by hotel: Room satisfaction (")
    assert both.finding.n == f"{len(chain()):,}"
    with pytest.raises(OptionError) as told:
        both.only("roum")
    assert str(told.value) == "metric 'roum' is not known here. Did you mean 'room'? Metrics: room, food."


def test_the_mix_of_guests_is_taken_off() -> None:
    """A hotel is low only because nearly all of its guests travel for work, who rate a point lower everywhere."""
    rng = np.random.default_rng(2)
    hotel = np.repeat([f"H{place}" for place in range(10)], 200)
    for_work = rng.random(2000) < np.where(hotel == "H0", 0.95, 0.2)
    room = np.clip(np.round(4.2 - 1.0 * for_work + rng.normal(0, 0.7, 2000)), 1, 5)
    frame = pd.DataFrame({"hotel": hotel, "why": np.where(for_work, "work", "leisure"), "room": room})
    frame = frame.assign(food=3, nps=9, again=1, year=2024)
    plain = cx.compare_places(survey(frame), "hotel", metric="room").table.set_index("place")
    same_mix = cx.compare_places(survey(frame), "hotel", metric="room", adjust="why")
    assert plain.loc["H0", "position"] == "below"
    assert set(same_mix.table["position"]) == {"not clear"}
    assert "For the same mix of why everywhere." in same_mix.note
    assert same_mix.table.set_index("place").loc["H0", "raw"] == plain.loc["H0", "raw"]


def test_where_the_lowest_score_is_best_values_are_as_asked() -> None:
    frame = chain(10, 0.5)
    turned = survey(frame.assign(room=6 - frame["room"]), scale=cx.Scale(1, 5, best="low"))
    plain = cx.compare_places(survey(frame), "hotel", metric="room").table
    low = cx.compare_places(turned, "hotel", metric="room").table
    assert low["place"].tolist() == plain["place"].tolist()
    assert (6 - low["value"]).tolist() == pytest.approx(plain["value"].tolist())
    assert (6 - low["low"]).tolist() == pytest.approx(plain["high"].tolist())
    assert low["position"].tolist() == plain["position"].tolist()


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        (
            {"by": "hotl"},
            ColumnError,
            "by='hotl' is not a segment of this survey. Did you mean 'hotel'? Segments: hotel, why, brand, year. Name "
            "the column in Survey(..., segments=[...]).",
        ),
        (
            {"by": "why"},
            ValuesError,
            "compare_places needs 5 places or more with 5 answers each about 'NPS'; there are 2 of 2 in 'why'. Compare "
            "so few with cx.baseline(survey, by='why').",
        ),
        (
            {"by": "hotel", "adjust": ["hotel"]},
            OptionError,
            "adjust='hotel' is the place itself. Name columns that describe customers.",
        ),
        (
            {"by": "hotel", "adjust": ["brand"]},
            ValuesError,
            "adjust='brand': each place of 'hotel' has one value of it only, so what it does cannot be told from what "
            "the place does. Leave it out, or compare places of one kind: survey.where(...).",
        ),
        (
            {"by": "hotel", "adjust": ["whi"]},
            OptionError,
            "adjust 'whi' is not known here. Did you mean 'why'? Segments: hotel, why, brand.",
        ),
        (
            {"by": "hotel", "wave": 2023},
            ValuesError,
            "wave='2023' is no wave of this survey. Waves in 'year': 2024, 2025.",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(options: dict, kind: type, message: str) -> None:
    frame = chain(6).assign(brand=lambda f: f["hotel"].map(lambda name: "A" if name < "Hotel 3" else "B"))
    made = survey(frame, segments=["hotel", "why", "brand"])
    with pytest.raises(kind) as told:
        cx.compare_places(made, **options)
    assert str(told.value) == message


def test_one_place_is_no_comparison() -> None:
    made = survey(chain(1))
    with pytest.raises(ValuesError) as told:
        cx.compare_places(made, "hotel", metric="room")
    assert str(told.value) == (
        "compare_places needs 5 places or more with 5 answers each about 'room'; there is 1 of 1 in 'hotel'. Compare "
        "so few with cx.baseline(survey, by='hotel')."
    )


def test_something_else_is_no_survey() -> None:
    with pytest.raises(CxlensError) as told:
        cx.compare_places(chain(), "hotel")
    assert str(told.value) == (
        "compare_places works on a Survey, not on a DataFrame. Make one: cx.Survey(data, touchpoints=[...], "
        "outcome='column')."
    )
