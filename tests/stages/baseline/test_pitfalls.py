"""Pitfalls: planted ones are seen, absent ones are not, what cannot be told says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import OptionError, ValuesError

NAMES = ["ad", "site", "desk", "bill"]
STAGES = cx.Lifecycle(["see", "buy", "use", "pay"])


def simulated(
    seed: int, *, means: np.ndarray | None = None, waves: int = 1, n: int = 200, reach: float = 1.0
) -> cx.Survey:
    """Simulated answers; means (waves, 4) of the touchpoints, reach of the last two."""
    rng = np.random.default_rng(seed)
    parts = []
    for wave in range(waves):
        level = np.full(4, 3.5) if means is None else means[wave]
        scores = np.clip(np.rint(level + rng.standard_normal((n, 4))), 1, 5).astype(int)
        scores[:, 2:] = np.where(rng.random((n, 2)) < reach, scores[:, 2:], 6)
        parts.append(pd.DataFrame(scores, columns=NAMES).assign(wave=wave + 1))
    frame = pd.concat(parts, ignore_index=True)
    frame["nps"] = rng.choice([10, 8, 3], len(frame), p=[0.4, 0.3, 0.3])
    return cx.Survey(frame, touchpoints=NAMES, outcome={"nps": "nps"}, scale=cx.Scale(1, 5, not_used=[6]), time="wave")


def places(volumes: list[float]) -> cx.TouchpointMap:
    pairs = zip(NAMES, STAGES.names, volumes, strict=True)
    return cx.TouchpointMap([cx.Touchpoint(name, stage=stage, volume=volume) for name, stage, volume in pairs], STAGES)


def verdicts(view) -> dict[str, str]:
    return view.table.drop_duplicates("pitfall").set_index("pitfall")["verdict"].to_dict()


def rate(seen: list[bool]) -> float:
    return float(np.mean(seen))


@pytest.mark.simulation
def test_advocates_only_is_seen_where_promoters_answer_too_often():
    seen = [verdicts(cx.baseline(simulated(k)).pitfalls(base={"promoters": 0.25}))["advocates only"] for k in range(20)]
    assert rate([one == "found" for one in seen]) >= 0.9


def test_front_door_only_is_seen_where_scores_lie_early_and_contacts_late():
    watched = simulated(0, reach=0.1)
    plans = pd.DataFrame({"touchpoints": [["ad"], ["site"], ["ad", "site"], ["bill"]]})
    view = cx.baseline(watched, places([10, 10, 40, 40])).pitfalls(initiatives=plans)
    rows = view.table[view.table["pitfall"] == "front door only"].set_index("figure")
    assert rows["reference"].unique().tolist() == pytest.approx([0.2])
    scores = rows.loc["scores given on the first 2 of 4 stages, against the share of contacts there"]
    n = cx.baseline(watched).table["n"].to_numpy(float)
    assert scores["value"] == pytest.approx(n[:2].sum() / n.sum())
    assert scores["verdict"] == "found"
    assert rows.loc["initiatives on the first 2 of 4 stages, against the share of contacts there", "value"] == 0.75
    even = cx.baseline(simulated(0), places([25, 25, 25, 25])).pitfalls()
    assert verdicts(even)["front door only"] == "not found"


def test_importance_tells_where_the_value_lies():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(1, 6, (500, 4)), columns=NAMES)
    frame["y"] = frame["bill"] + 0.1 * rng.standard_normal(500)
    made = cx.Survey(frame, touchpoints=NAMES, outcome="y", scale=cx.Scale(1, 5))
    drivers = cx.drivers(made, n_boot=50)
    view = cx.baseline(made, places([1, 1, 1, 1])).pitfalls(drivers=drivers)
    row = view.table[view.table["figure"].str.startswith("scores given")].iloc[0]
    early = drivers.table.set_index("touchpoint")["importance"]
    assert row["reference"] == pytest.approx(early[["ad", "site"]].sum() / early.sum())
    assert row["reference_low"] <= row["reference"] <= row["reference_high"]
    assert row["verdict"] == "found"


@pytest.mark.simulation
def test_whipsaw_is_seen_within_noise_and_not_where_something_moved():
    flat = np.tile([3.2, 3.2, 3.9, 3.9], (8, 1))
    seen = [
        verdicts(cx.baseline(simulated(k, means=flat, waves=8, n=60)).pitfalls())["whipsaw"] == "found"
        for k in range(10)
    ]
    assert rate(seen) >= 0.6  # eight waves of two equals: a coin decides who is last each time
    clear = np.tile([2.5, 3.5, 3.9, 3.9], (8, 1))
    calm = [verdicts(cx.baseline(simulated(k, means=clear, waves=8, n=60)).pitfalls())["whipsaw"] for k in range(10)]
    assert set(calm) == {"not found"}
    moved = clear.copy()
    moved[4:, :2] = [3.5, 2.5]
    assert verdicts(cx.baseline(simulated(1, means=moved, waves=8)).pitfalls())["whipsaw"] == "not found"


def test_what_cannot_be_told_says_what_to_give():
    view = cx.baseline(simulated(0)).pitfalls()
    assert verdicts(view) == dict.fromkeys(["advocates only", "front door only", "whipsaw"], "not checked")
    assert view.table["next"].tolist() == [
        "Give base={'promoters': their share of customers}.",
        "Give cx.baseline(survey, touchpoint_map), with two stages or more.",
        "It takes three waves, and there are 1. Name their column in Survey(..., time=...).",
    ]
    assert str(view) == "No check could be made: all 3 lack data. n = 200."


def test_initiatives_whose_users_are_promoters():
    made = simulated(0, n=400)
    frame = made.table
    frame["bill"] = np.where(frame["nps"] == 10, 4, np.nan)  # only promoters use it
    own = cx.Survey(frame, touchpoints=NAMES, outcome={"nps": "nps"}, scale=cx.Scale(1, 5, not_used=[None]))
    plans = pd.DataFrame({"touchpoints": [["bill"]] * 6})
    rows = cx.baseline(own).pitfalls(initiatives=plans, base={"promoters": 0.4, "promoters_value": 0.3}).table
    assert rows["figure"].tolist()[:3] == [
        "promoters among answers, against their share of customers",
        "promoters among answers, against their share of value",
        "initiatives whose users are more often promoters, against their share of customers",
    ]
    assert rows["value"].iloc[2] == 1
    assert rows["verdict"].iloc[2] == "found"


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"base": {"promotors": 0.3}}, ValuesError, "base: 'promotors' = 0.3 is not known. Give shares from 0 to 1: "
         "'promoters' of customers, 'promoters_value' of their value."),
        ({"base": {"promoters": 30}}, ValuesError, "base: 'promoters' = 30 is not known. Give shares from 0 to 1: "
         "'promoters' of customers, 'promoters_value' of their value."),
        ({"base": {"promoters": "30 %"}}, ValuesError, "base: 'promoters' = '30 %' is not known. Give shares from 0 to "
         "1: 'promoters' of customers, 'promoters_value' of their value."),
        ({"initiatives": "plan.csv"}, OptionError, "initiatives: a frame with a column 'touchpoints' is expected, "
         "found str. Give study.initiatives()."),
        ({"initiatives": pd.DataFrame({"name": ["x"]})}, OptionError, "initiatives: a frame with a column "
         "'touchpoints' is expected, found name. Give study.initiatives()."),
        ({"initiatives": pd.DataFrame({"touchpoints": ["ad, site"]})}, OptionError, "initiatives: touchpoints come as "
         "lists, found 'ad, site'. Give study.initiatives()."),
    ],
)  # fmt: skip
def test_what_is_refused(options, kind, text):
    with pytest.raises(kind) as error:
        cx.baseline(simulated(0)).pitfalls(**options)
    assert str(error.value) == text


def test_drivers_by_segment_are_refused():
    made = simulated(0, waves=2)
    with pytest.raises(OptionError) as error:
        cx.baseline(made).pitfalls(drivers=cx.drivers(made, by="wave", n_boot=0))
    assert str(error.value) == "pitfalls: drivers are by 'wave'. Give cx.drivers(survey) without by=."


def test_few_answers_tell_nothing_of_promoters():
    made = simulated(0).where(cx.Segment("first", {"wave": 1}))
    few = cx.Survey(made.table.head(4), touchpoints=NAMES, outcome={"nps": "nps"}, outcome_scale=cx.Scale.nps())
    plans = pd.DataFrame({"touchpoints": [["ad"]]})
    table = cx.baseline(few).pitfalls(base={"promoters": 0.1}, initiatives=plans).table
    own = table[table["pitfall"] == "advocates only"]
    assert own[["value", "low", "high"]].isna().all(axis=None)
    assert own[["verdict", "next"]].to_numpy().tolist() == [["not checked", "Fewer than 5 answers: ask more people."]]


def test_users_without_weight_are_nobody():
    frame = simulated(0).table.assign(w=1.0)
    frame["bill"] = frame["bill"].where(frame.index < 9)
    frame.loc[:8, "w"] = 0
    own = cx.Survey(frame, touchpoints=NAMES, outcome={"nps": "nps"}, scale=cx.Scale(1, 5), weight="w")
    plans = pd.DataFrame({"touchpoints": [["bill"]]})
    table = cx.baseline(own).pitfalls(base={"promoters": 0.1}, initiatives=plans).table
    assert table["value"].iloc[1] == 0


def test_importance_off_the_map_lies_on_no_stage():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(1, 6, (500, 4)), columns=NAMES)
    frame["y"] = frame["ad"] + frame["bill"] + 0.1 * rng.standard_normal(500)
    made = cx.Survey(frame, touchpoints=NAMES, outcome="y", scale=cx.Scale(1, 5))
    known = cx.TouchpointMap([cx.Touchpoint("ad", stage="see")], STAGES)
    table = cx.baseline(made, known).pitfalls(drivers=cx.drivers(made, n_boot=50)).table
    assert table[table["pitfall"] == "front door only"]["reference"].tolist() == [1, 1]
    assert table[table["pitfall"] == "front door only"]["verdict"].tolist() == ["not found", "not found"]
    groups = cx.drivers(made, groups={"early": ["ad", "site"], "late": ["desk", "bill"]}, n_boot=0)
    table = cx.baseline(made, places([1, 1, 1, 1])).pitfalls(drivers=groups).table
    assert table[table["pitfall"] == "front door only"]["verdict"].tolist() == ["not checked"] * 2


def test_what_is_seen_is_said_with_its_first_figure():
    view = cx.baseline(simulated(0)).pitfalls(base={"promoters": 0.25})
    row = view.table.iloc[0]
    assert view.finding.title == "Found: advocates only"
    assert view.finding.more == [
        f"Promoters among answers, against their share of customers: {100 * row['value']:.0f} % against 25 %"
    ]
    assert view.finding.n == "200"
    none = cx.baseline(simulated(0)).pitfalls(base={"promoters": 0.9})
    assert str(none) == "1 of 3 checks was made; it found no pitfall. n = 200."


def test_the_same_is_asked_of_other_answers():
    whole, part = simulated(0, waves=3), simulated(1, waves=3)
    plans = pd.DataFrame({"touchpoints": [["bill"]]})
    options = {"initiatives": plans, "base": {"promoters": 0.3}}
    view = cx.baseline(whole, places([1, 2, 3, 4])).pitfalls(drivers=cx.drivers(whole, n_boot=20), **options)
    own = cx.baseline(part, places([1, 2, 3, 4])).pitfalls(drivers=cx.drivers(part, n_boot=20), **options)
    pd.testing.assert_frame_equal(view.again(part).table, own.table)


def test_answers_without_a_wave_are_no_step():
    made = simulated(0, waves=3)
    frame = made.table.assign(wave=lambda own: own["wave"].where(own.index % 9 > 0))
    late = cx.Survey(frame, touchpoints=NAMES, outcome={"nps": "nps"}, scale=cx.Scale(1, 5), time="wave")
    assert cx.baseline(late).pitfalls().table["n"].iloc[-1] == 2


def test_alerts_that_were_taken_back_are_whipsaw():
    rng = np.random.default_rng(0)
    parts = []
    for wave in range(16):
        level = 3.5 + 0.8 * (wave in (8, 11, 14))
        scores = np.clip(np.round(rng.normal([level, 3.0, 2.5], 0.8, (300, 3))), 1, 5)
        parts.append(pd.DataFrame(scores, columns=["a", "b", "c"]).assign(y=rng.integers(1, 6, 300), year=2000 + wave))
    survey = cx.Survey(pd.concat(parts), touchpoints=["a", "b", "c"], outcome="y", scale=cx.Scale(1, 5), time="year")
    table = cx.baseline(survey).pitfalls().table
    row = table[table["figure"] == "alerts that the next wave took back"].iloc[0]
    assert row[["value", "n", "verdict"]].tolist() == [1.0, 3, "found"]
    past = cx.monitor(survey, metric=["a", "b", "c"]).alerts().table
    assert [past["past"].sum(), past["returned"].sum()] == [3, 3]  # the same functions
