"""The best quarter of places as a goal: what it offers, that luck offers nearly nothing, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import OptionError, ValuesError

GOAL = "best quarter of places"


def answers(apart: float, seed: int = 1, hotels: int = 16, n: int = 640) -> pd.DataFrame:
    """Guests of hotels whose rooms differ by so much; the outcome rises by half a point a point of the room."""
    rng = np.random.default_rng(seed)
    hotel = np.arange(n) % hotels
    room = 3.0 + apart * np.linspace(-1, 1, hotels)[hotel] + rng.normal(0, 0.8, n)
    frame = pd.DataFrame({"room": np.clip(np.round(room), 1, 5), "desk": rng.integers(1, 6, n)})
    frame["overall"] = 0.5 * frame["room"] + 0.2 * frame["desk"] + rng.normal(0, 0.5, n)
    return frame.assign(hotel=[f"Hotel {number + 1}" for number in hotel], why=rng.choice(["work", "fun"], n))


def survey(frame: pd.DataFrame, **roles: object) -> cx.Survey:
    given = {"scale": cx.Scale(1, 5), "segments": ["hotel", "why"], **roles}
    return cx.Survey(frame, touchpoints=["room", "desk"], outcome="overall", **given)


def both(frame: pd.DataFrame, by: str | None = None, n_boot: int = 100, **roles: object):
    asked = survey(frame, **roles)
    return cx.drivers(asked, by=by, n_boot=n_boot), cx.compare_places(asked, "hotel", metric=["room"])


def test_it_lifts_to_the_mean_of_the_best_quarter_with_luck_taken_off() -> None:
    drivers, places = both(answers(0.8))
    row = cx.what_if(drivers, {"room": GOAL}, places=places).table.iloc[0]
    table = places.table
    best = table["value"].head(4).mean()
    now = np.average(table["value"], weights=table["n"])
    assert row["lift"] == pytest.approx(best - now, abs=0.05)
    assert row["lift"] < table["raw"].nlargest(4).mean() - now
    assert row["change"] == pytest.approx(0.5 * row["lift"], rel=0.2)
    assert 0 < row["low"] < row["change"] < row["high"]


def test_the_sentence_says_so() -> None:
    drivers, places = both(answers(0.8))
    said = str(cx.what_if(drivers, {"room": GOAL}, places=places))
    assert said.startswith("If room rose to the best quarter of places, overall is forecast to rise by 0.")
    half = str(cx.what_if(drivers, {"room": (GOAL, 0.5)}, places=places))
    assert half.startswith("If room rose 50 % of the way to the best quarter of places, overall is forecast to rise by")


def test_places_alike_offer_nearly_nothing() -> None:
    offered, luckiest = [], []
    for seed in range(20):
        drivers, places = both(answers(0.0, seed), n_boot=0)
        offered.append(cx.what_if(drivers, {"room": GOAL}, places=places).table["lift"].iloc[0])
        luckiest.append(places.table["raw"].nlargest(4).mean() - places.record.scores[0].centre)
    assert np.mean(offered) < 0.02
    assert np.mean(offered) < 0.15 * np.mean(luckiest)


def test_in_segments_the_goal_is_the_same_for_all() -> None:
    frame = answers(0.8)
    frame.loc[frame["why"] == "work", "room"] = np.maximum(frame["room"] - 1, 1)
    drivers, places = both(frame, by="why")
    table = cx.what_if(drivers, {"room": GOAL}, places=places).table
    lift = table[table["touchpoint"] == "room"].set_index("segment")["lift"]
    means = frame.groupby("why")["room"].mean()
    assert lift["work"] - lift["fun"] == pytest.approx(means["fun"] - means["work"], abs=0.02)


def test_where_the_lowest_is_the_best_it_is_better_all_the_same() -> None:
    frame = answers(0.8)
    turned = frame.assign(room=6 - frame["room"], desk=6 - frame["desk"])
    low = _lift(both(turned, n_boot=0, scale=cx.Scale(1, 5, best="low")))
    high = _lift(both(frame, n_boot=0))
    assert low == pytest.approx(high, abs=0.01)


def _lift(asked: tuple[cx.Drivers, cx.Places]) -> float:
    drivers, places = asked
    return float(cx.what_if(drivers, {"room": GOAL}, places=places).table["lift"].iloc[0])


def test_the_same_is_asked_again() -> None:
    drivers, places = both(answers(0.8))
    forecast = cx.what_if(drivers, {"room": GOAL}, places=places)
    again = cx.what_if(drivers, forecast.changes, **forecast.options)
    pd.testing.assert_frame_equal(again.table, forecast.table)


@pytest.mark.parametrize(
    ("changes", "options", "kind", "message"),
    [
        (
            {"room": GOAL},
            {},
            OptionError,
            "the goal of 'room' is the best quarter of places, and no places are compared. Give "
            "places=cx.compare_places(survey, column, metric=['room']).",
        ),
        (
            {"desk": GOAL},
            {"places": both(answers(0.8), n_boot=0)[1]},
            OptionError,
            "the goal of 'desk' is the best quarter of places, and these are compared by room. Compare them by it, "
            "too: metric=['room', 'desk'].",
        ),
        (
            {"room": GOAL},
            {"places": both(answers(0.8), n_boot=0, scale=cx.Scale(0, 10))[1]},
            ValuesError,
            "places are rated from 0 to 10, the answers of the drivers from 1 to 5. Compare places of the same survey.",
        ),
        (
            {"room": GOAL},
            {"places": answers(0.8)},
            OptionError,
            "places= works on a Places, not on a DataFrame. Make one: cx.compare_places(survey, column).",
        ),
    ],
)
def test_what_cannot_be_forecast_is_refused(changes, options, kind, message) -> None:
    drivers, _ = both(answers(0.8), n_boot=0)
    with pytest.raises(kind) as error:
        cx.what_if(drivers, changes, **options)
    assert str(error.value) == message
