"""Baseline: every figure by hand on twelve answers, small cells blank, sentences that read well."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
import cxlens.stages.baseline.score as module
from cxlens.errors import ColumnError, OptionError, ValuesError
from cxlens.stats.intervals import nps_interval, wilson

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
FRAME = pd.DataFrame(
    {
        "web": [1, 2, 3, 4, 5, 5, 4, 3, 6, 6, 0, 5],
        "call": [5, 4, 0, 0, 6, 6, 6, 6, 3, 4, 4, 0],
        "shop": [6, 6, 6, 6, 6, 6, 6, 6, 1, 2, 3, 4],
        "desk": [0] * 12,
        "nps": [10, 9, 9, 8, 7, 6, 0, 10, 9, 8, 3, 11],
        "overall": [1, 2, 3, 4, 5, 5, 4, 3, 2, 0, 0, 5],
        "stay": [1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1],
        "w": [1.0, 2.0, 0.5, 1.0, 1.5, 1.0, 3.0, 1.0, 1.0, 2.0, 1.0, 0.5],
        "group": ["one"] * 8 + ["two"] * 4,
        "wave": [2023] * 6 + [2024] * 6,
        "way": ["desk", "app"] * 6,
    }
)
COLUMNS = [
    "touchpoint", "stage", "n", "reach", "reach_low", "reach_high", "mean", "low", "high", "top_box", "top_box_low",
    "top_box_high", "unhappy", "unhappy_low", "unhappy_high", "metric", "standard", "gap", "p_met", "p_value",
    "q_value", "trend", "trend_low", "trend_high", "trend_p", "trend_q", "bad_moments", "bad_moments_low",
    "bad_moments_high", "cost_per_good", "cost_per_good_low", "cost_per_good_high", "note",
]  # fmt: skip
FIGURES = [
    "reach", "reach_low", "reach_high", "mean", "low", "high", "top_box", "top_box_low", "top_box_high", "gap",
    "p_met",
]  # fmt: skip
STAGES = cx.Lifecycle(["before", "during", "after"])
WRITTEN_OTHERWISE = cx.TouchpointMap([cx.Touchpoint(name, stage="before") for name in ("Web", "call", "Help")], STAGES)
MAP = cx.TouchpointMap(
    [
        cx.Touchpoint("web", stage="before", standards=[cx.Standard("mean", 4)]),
        cx.Touchpoint(
            "call",
            stage="during",
            standards=[cx.Standard("waiting time", 5, unit="minutes"), cx.Standard("top_box", 0.7)],
        ),
        cx.Touchpoint("letter", stage="after", standards=[cx.Standard("mean", 4)]),
        cx.Touchpoint("shop", stage="during", standards=[cx.Standard("mean", 3)]),
    ],
    STAGES,
)


def survey(frame: pd.DataFrame = FRAME, **roles) -> cx.Survey:
    roles = {
        "touchpoints": ["web", "call", "shop", "desk"],
        "outcome": {"nps": "nps", "overall": "interval", "stay": "binary"},
        "scale": SCALE,
        "outcome_scale": {"nps": cx.Scale(0, 10, blank=[11]), "overall": cx.Scale(1, 5, blank=[0])},
        "segments": ["group"],
        "time": "wave",
        "channel": "way",
        **roles,
    }
    return cx.Survey(frame, **roles)


def row(result: cx.baseline, name: str) -> pd.Series:
    return result.table.set_index("touchpoint").loc[name]


def wilson_by_hand(share: float, n: float, z: float = 1.959963984540054) -> list[float]:
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return [centre - half, centre + half]


# By hand


def test_twelve_answers_by_hand():
    own = row(cx.baseline(survey()), "web")
    scores = np.array([1, 2, 3, 4, 5, 5, 4, 3, 5])
    assert own["n"] == 9
    assert own["reach"] == pytest.approx(9 / 11)  # one left it blank, two did not use it
    assert own[["reach_low", "reach_high"]].tolist() == pytest.approx(wilson_by_hand(9 / 11, 11))
    assert own["mean"] == pytest.approx(32 / 9)
    half = stats.t.ppf(0.975, 8) * scores.std(ddof=1) / 3
    assert own[["low", "high"]].tolist() == pytest.approx([32 / 9 - half, 32 / 9 + half])
    assert own["top_box"] == pytest.approx(5 / 9)
    assert own[["top_box_low", "top_box_high"]].tolist() == pytest.approx(wilson_by_hand(5 / 9, 9))
    assert own["note"] == "fewer than 30 answers"
    assert own[["stage", "metric", "standard", "gap", "p_met"]].isna().all()


COUNTED = 2e-3  # nine answers of one score and several weights are counted together


def linearised_by_hand(x, w):
    """Weighted mean, its variance and degrees of freedom, from the formulas."""
    s = w / w.sum()
    mean = (s * x).sum()
    variance = (s**2 * (x - mean) ** 2 / (1 - s)).sum()
    return mean, variance, (w**2).sum() ** 2 / (w**4).sum() - 1


def worth_by_hand(x, w):
    """How many equal answers few hits are worth: Kish's number, or less where the variance is larger than that says."""
    mean, variance, df = linearised_by_hand(x, w)
    n = len(x)
    of_one = ((w * (x - mean) ** 2).sum() / w.sum()) / variance * n / (n - 1)
    of_one = min(of_one, n) * (stats.t.ppf(0.975, n - 1) / stats.t.ppf(0.975, df)) ** 2
    return min(of_one, w.sum() ** 2 / (w**2).sum())


def test_weighted_by_hand():
    result = cx.baseline(survey(weight="w"))
    own = row(result, "web")
    scored, told = FRAME["web"].between(1, 5), FRAME["web"] > 0
    x, w = FRAME.loc[scored, "web"], FRAME.loc[scored, "w"]
    mean, variance, df = linearised_by_hand(x, w)
    half = stats.t.ppf(0.975, df) * np.sqrt(variance)
    assert own["n"] == 9
    assert mean + half > 5  # where the scale ends, and so does the interval
    assert own[["mean", "low", "high"]].tolist() == pytest.approx([mean, mean - half, 5], rel=COUNTED)
    share = w[x >= 4].sum() / w.sum()
    assert own["top_box"] == pytest.approx(share)
    assert own[["top_box_low", "top_box_high"]].tolist() == pytest.approx(
        wilson_by_hand(share, worth_by_hand(x >= 4, w)), rel=COUNTED
    )
    reach = w.sum() / FRAME.loc[told, "w"].sum()
    n_told = worth_by_hand(scored[told], FRAME.loc[told, "w"])
    assert own["reach"] == pytest.approx(reach)
    assert own[["reach_low", "reach_high"]].tolist() == pytest.approx(wilson_by_hand(reach, n_told), rel=COUNTED)
    assert "Figures are weighted, n is not." in result.note


def test_equal_weights_change_nothing():
    frame = FRAME.assign(w=2.5)
    pd.testing.assert_frame_equal(cx.baseline(survey(frame, weight="w")).table, cx.baseline(survey()).table)


def test_level():
    own = row(cx.baseline(survey(), level=0.8), "web")
    half = stats.t.ppf(0.9, 8) * np.std([1, 2, 3, 4, 5, 5, 4, 3, 5], ddof=1) / 3
    assert own["high"] - own["mean"] == pytest.approx(half)
    assert own[["top_box_low", "top_box_high"]].tolist() == pytest.approx(wilson_by_hand(5 / 9, 9, stats.norm.ppf(0.9)))


def test_outcomes():
    outcomes = cx.baseline(survey()).outcomes
    assert outcomes.columns.tolist() == ["outcome", "measure", "n", "value", "low", "high"]
    lines = outcomes.set_index(["outcome", "measure"])
    nps = lines.loc[("nps", "NPS")]
    assert nps["n"] == 11
    assert nps["value"] == pytest.approx(100 * (5 - 3) / 11)
    assert nps[["low", "high"]].tolist() == pytest.approx(np.array(nps_interval(3, 3, 5)).tolist())
    mean = lines.loc[("overall", "mean")]
    scores = np.array([1, 2, 3, 4, 5, 5, 4, 3, 2, 5])
    half = stats.t.ppf(0.975, 9) * scores.std(ddof=1) / np.sqrt(10)
    assert mean[["n", "value", "low", "high"]].tolist() == pytest.approx([10, 3.4, 3.4 - half, 3.4 + half])
    box = lines.loc[("overall", "top box")]
    assert box[["n", "value", "low", "high"]].tolist() == pytest.approx([10, 0.5, *np.array(wilson(5, 10))])
    stay = lines.loc[("stay", "share")]
    assert stay[["n", "value", "low", "high"]].tolist() == pytest.approx([12, 0.75, *np.array(wilson(9, 12))])


def test_outcomes_weighted_and_without_a_scale():
    outcomes = cx.baseline(survey(weight="w")).outcomes.set_index(["outcome", "measure"])
    known = FRAME["nps"] <= 10
    w, x = FRAME.loc[known, "w"], FRAME.loc[known, "nps"]
    assert outcomes.loc[("nps", "NPS"), "value"] == pytest.approx(100 * (w[x >= 9].sum() - w[x <= 6].sum()) / w.sum())
    n = worth_by_hand(np.select([x >= 9, x <= 6], [1, -1], 0), w)
    groups = np.array([w[x <= 6].sum(), w[(x > 6) & (x < 9)].sum(), w[x >= 9].sum()]) * n / w.sum()
    low, high = nps_interval(*groups)
    assert outcomes.loc[("nps", "NPS"), ["low", "high"]].tolist() == pytest.approx(
        [float(low), float(high)], rel=COUNTED
    )
    plain = cx.baseline(survey(outcome={"wave": "interval", "stay": "ordinal"}, outcome_scale=None)).outcomes
    assert plain[["outcome", "measure"]].to_numpy().tolist() == [["wave", "mean"], ["stay", "mean"]]


# Standards and the map


def test_gap_to_a_standard_and_the_probability_of_being_below():
    result = cx.baseline(survey(), MAP)
    web, call = row(result, "web"), row(result, "call")
    scores = np.array([1, 2, 3, 4, 5, 5, 4, 3, 5])
    assert (web["stage"], web["metric"], web["standard"]) == ("before", "mean", 4)
    assert web["gap"] == pytest.approx(32 / 9 - 4)
    t = (4 - 32 / 9) / (scores.std(ddof=1) / 3)
    assert web["p_met"] == pytest.approx(stats.t.sf(t, 8))
    assert (call["metric"], call["standard"]) == ("top_box", 0.7)  # the first that a survey can measure
    assert call["gap"] == pytest.approx(4 / 5 - 0.7)
    error = np.sqrt(0.7 * 0.3 / 5)  # the spread at the standard, as Wilson's interval has it
    assert call["p_met"] == pytest.approx(stats.norm.sf((0.7 - 0.8) / error))
    assert pd.isna(row(result, "desk")["stage"])


def test_touchpoints_of_the_map_that_were_not_asked_are_listed():
    result = cx.baseline(survey(), MAP)
    assert result.table["touchpoint"].tolist() == ["web", "call", "shop", "desk", "letter"]
    letter = row(result, "letter")
    assert (letter["stage"], letter["note"]) == ("after", "not in the survey")
    assert letter[["n", *FIGURES]].isna().all()
    by = cx.baseline(survey(), MAP, by="group").table
    assert by.loc[by["touchpoint"] == "letter", "segment"].tolist() == ["one", "two"]


@pytest.mark.parametrize("scores", [[4] * 9, [3] * 9])
def test_when_all_answers_are_alike_nothing_is_claimed(scores):
    frame = pd.DataFrame({"web": scores, "y": range(9)})
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=SCALE)
    own = row(cx.baseline(made, MAP), "web")
    assert own["mean"] == scores[0]
    assert own[["low", "high", "p_met", "p_value"]].isna().all()
    assert own["note"] == "fewer than 30 answers; all answers alike, so no interval"


def test_one_answer_has_no_interval_and_no_probability():
    made = cx.Survey(pd.DataFrame({"web": [3], "y": [1]}), touchpoints=["web"], outcome="y", scale=SCALE)
    result = cx.baseline(made, MAP, min_n=1)
    own = row(result, "web")
    assert own["mean"] == 3
    assert own["gap"] == -1
    assert own[["low", "high", "p_met"]].isna().all()
    assert str(result) == "Rated lowest: web (3.00 of 5 [–, –]); not clearly off its standard of 4. n = 1 who rated it."


# Small cells


@pytest.mark.parametrize("weight", [None, "w"])
def test_small_cells_are_blank_and_say_why(weight):
    result = cx.baseline(survey(weight=weight), MAP)
    shop, desk = row(result, "shop"), row(result, "desk")
    assert shop[["n", *FIGURES]].isna().all()
    assert desk[["n", *FIGURES]].isna().all()
    assert (shop["note"], desk["note"]) == ("fewer than 5 answers", "no answers")
    assert (shop["metric"], shop["standard"]) == ("mean", 3)  # what is aimed at gives nobody away
    assert row(cx.baseline(survey(), min_n=4), "shop")["n"] == 4
    assert row(cx.baseline(survey(), min_n=6), "call")["note"] == "fewer than 6 answers"


def test_small_cells_of_outcomes_are_blank():
    more = pd.concat([FRAME, FRAME.assign(group="three")])
    outcomes = cx.baseline(survey(more), by="group").outcomes
    two = outcomes[outcomes["segment"] == "two"]
    assert two["measure"].tolist() == ["NPS", "mean", "top box", "share"]
    assert two[["n", "value", "low", "high"]].isna().all(axis=None)
    one = outcomes[outcomes["segment"] == "one"]  # the next smallest: else two follows from the total
    assert one[["n", "value", "low", "high"]].isna().all(axis=None)
    assert outcomes.loc[outcomes["segment"] == "three", "n"].tolist() == [11, 10, 10, 12]


def test_answers_of_weight_zero_alone_give_no_figure():
    frame = FRAME.assign(w=np.where(FRAME["call"].between(1, 5), 0.0, 1.0))
    own = row(cx.baseline(survey(frame, weight="w")), "call")
    assert own[["n", *FIGURES]].isna().all()
    assert own["note"] == "no answers"
    none = cx.baseline(
        survey(FRAME.assign(w=FRAME["group"] == "one"), weight="w").where(cx.Segment("x", {"group": "two"}))
    )
    assert none.table["note"].tolist() == ["no answers"] * 4


def recovered(parts: list[int], min_n: int = 5) -> tuple[pd.DataFrame, float]:
    """Segments of so many answers, and the answers left when those shown are taken from the total."""
    frame = pd.DataFrame({"area": np.repeat([f"s{k}" for k in range(len(parts))], parts)})
    frame["y"] = np.arange(len(frame)) % 5
    frame["web"] = frame["y"] % 2 + 3
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", segments=["area"])
    whole, split = cx.baseline(made, min_n=min_n), cx.baseline(made, by="area", min_n=min_n)
    left = {int(a["n"].sum() - b["n"].sum()) for a, b in ((whole.table, split.table), (whole.outcomes, split.outcomes))}
    assert len(left) == 1
    return split.table, left.pop()


@pytest.mark.parametrize(
    ("parts", "left"), [([3, 40, 20, 50], 23), ([3, 40], 43), ([1, 2, 9, 40], 12), ([3, 4, 40], 7), ([6, 40], 0)]
)
def test_a_hidden_cell_cannot_be_had_by_subtraction(parts, left):
    assert recovered(parts)[1] == left


def test_the_note_does_not_tell_a_small_cell_from_its_guard():
    table = recovered([3, 40, 20, 50])[0]
    hidden = "fewer than 5 answers, or hidden to protect people"
    assert table["note"].tolist() == [hidden, "", hidden, ""]
    assert table.loc[2, ["n", *FIGURES]].isna().all()
    assert recovered([3, 40, 35])[0]["note"].tolist() == [hidden, "", hidden]
    assert recovered([29, 30])[0]["note"].tolist() == ["fewer than 30 answers", ""]


# Clusters


def clustered(seed: int = 0, **roles: str) -> cx.Survey:
    """Twenty clusters of fifty answers, of which those of one cluster are nearly alike."""
    rng = np.random.default_rng(seed)
    score = np.clip(np.repeat(rng.integers(1, 6, 20), 50) + (rng.random(1000) < 0.2), 1, 5)
    frame = pd.DataFrame({"web": score, "nps": 2 * score, "stay": score > 3, "wave": 1, "id": np.repeat(range(20), 50)})
    frame["stay"] = frame["stay"].astype(int)
    frame["w"] = rng.uniform(0.5, 2, 1000)
    kinds = {"nps": "nps", "stay": "binary", "web2": "interval"}
    return cx.Survey(frame.assign(web2=score), touchpoints=["web"], outcome=kinds, scale=cx.Scale(1, 5), time="wave",
                     **roles)  # fmt: skip


@pytest.mark.parametrize("role", ["cluster", "respondent"])
@pytest.mark.parametrize("weight", [{}, {"weight": "w"}])
def test_clusters_give_the_intervals_of_monitor(role, weight):
    made = clustered(**{role: "id"}, **weight)
    result = cx.baseline(made)
    wide, narrow = row(result, "web"), row(cx.baseline(clustered()), "web")
    for name in ("", "top_box_"):
        assert wide[f"{name}high"] - wide[f"{name}low"] > 4 * (narrow[f"{name}high"] - narrow[f"{name}low"])
    monitored = cx.monitor(made, metric="web").table.loc[0, ["value", "low", "high"]]
    assert wide[["mean", "low", "high"]].tolist() == pytest.approx(monitored.tolist())
    for name in ("nps", "stay", "web2"):
        found = result.outcomes.loc[result.outcomes["outcome"] == name, ["value", "low", "high"]].iloc[0]
        monitored = cx.monitor(made, metric=name).table.loc[0, ["value", "low", "high"]]
        assert found.tolist() == pytest.approx(monitored.tolist())


def test_ids_that_do_not_repeat_are_no_clusters():
    frame = FRAME.assign(id=range(12))
    pd.testing.assert_frame_equal(cx.baseline(survey(frame, respondent="id")).table, cx.baseline(survey()).table)


def test_many_answers_are_clustered_by_block(monkeypatch):
    exact = row(cx.baseline(clustered(cluster="id")), "web")
    monkeypatch.setattr(module, "IN_MEMORY", 10)
    blocks = row(cx.baseline(clustered(cluster="id")), "web")
    assert blocks["mean"] == pytest.approx(exact["mean"])
    assert blocks["high"] - blocks["low"] == pytest.approx(exact["high"] - exact["low"], rel=0.3)


def test_when_all_clusters_agree_they_count_as_one_answer_each():
    frame = pd.DataFrame({"web": 5, "nps": 10, "id": np.repeat(range(20), 50)})
    made = cx.Survey(frame, touchpoints=["web"], outcome={"nps": "nps"}, scale=cx.Scale(1, 5), cluster="id")
    result = cx.baseline(made)
    assert row(result, "web")[["top_box_low", "top_box_high"]].tolist() == pytest.approx(wilson_by_hand(1, 20))
    assert result.outcomes.loc[0, ["low", "high"]].tolist() == pytest.approx(np.array(nps_interval(0, 0, 20)).tolist())


def test_a_single_cluster_has_no_interval():
    frame = pd.DataFrame({"web": [3, 4, 5] * 4, "nps": [5, 8, 9] * 4, "id": 1})
    made = cx.Survey(frame, touchpoints=["web"], outcome={"nps": "nps"}, scale=cx.Scale(1, 5), cluster="id")
    result = cx.baseline(made)
    assert row(result, "web")[["low", "high", "top_box_low", "top_box_high"]].isna().all()
    assert result.outcomes[["low", "high"]].isna().all(axis=None)


def test_a_top_box_of_everyone_leaves_a_little_doubt():
    box = cx.TouchpointMap([cx.Touchpoint("web", stage="before", standards=[cx.Standard("top_box", 0.95)])], STAGES)
    frame = pd.DataFrame({"web": [5] * 16, "y": range(16)})
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=SCALE)
    own = row(cx.baseline(made, box), "web")  # the error is that at the standard
    assert own["gap"] == pytest.approx(0.05)
    assert own["p_met"] == pytest.approx(stats.norm.sf((0.95 - 1) / np.sqrt(0.95 * 0.05 / 16)))


# Groups


def test_columns():
    result = cx.baseline(survey())
    assert result.table.columns.tolist() == COLUMNS
    assert str(result.table["n"].dtype) == "Int64"
    result = cx.baseline(survey(), by="group")
    assert result.table.columns.tolist() == ["segment", *COLUMNS]
    assert result.outcomes.columns.tolist() == ["segment", "outcome", "measure", "n", "value", "low", "high"]


@pytest.mark.parametrize(
    ("by", "segments"), [("group", ["one", "two"]), ("wave", ["2023", "2024"]), ("way", ["app", "desk"])]
)
def test_by_is_the_same_scorecard_for_each_part(by, segments):
    whole = cx.baseline(survey(), MAP, by=by, min_n=1)
    assert whole.table["segment"].drop_duplicates().tolist() == segments
    for segment in segments:
        value = int(segment) if by == "wave" else segment
        alone = cx.baseline(survey().where(cx.Segment("x", {by: value})), MAP, min_n=1)
        for both, one in ((whole.table, alone.table), (whole.outcomes, alone.outcomes)):
            own = both[both["segment"] == segment].drop(columns="segment").reset_index(drop=True)
            same = [name for name in own if name not in {"q_value", "trend_q"} and name in one]
            same = [name for name in same if not name.startswith(("bad_moments", "cost_per_good"))]
            pd.testing.assert_frame_equal(own[same], one[same], check_dtype=False)


def test_answers_without_a_segment_are_not_stated():
    table = cx.baseline(survey(FRAME.assign(group=["one"] * 6 + [None] * 6)), by="group").table
    assert table["segment"].drop_duplicates().tolist() == ["not stated", "one"]


def test_neither_the_input_nor_the_result_changes():
    frame = FRAME.copy(deep=True)
    made = survey(frame)
    result = cx.baseline(made, MAP, by="group")
    pd.testing.assert_frame_equal(frame, FRAME)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.record = None


# What is refused


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        (
            {"by": "grup"},
            ColumnError,
            "by='grup' is not a segment of this survey. Did you mean 'group'? Segments: group, wave, way. "
            "Name the column in Survey(..., segments=[...]).",
        ),
        (
            {"level": 1},
            ValuesError,
            "level=1 is not a confidence level. Give a share between 0 and 1, such as 0.95.",
        ),
        (
            {"min_n": 0},
            ValuesError,
            "min_n must be a whole number of 1 or more; you gave 0. 5 is usual, 1 hides nothing.",
        ),
    ],
)
def test_options_that_are_refused(options, kind, message):
    with pytest.raises(kind) as error:
        cx.baseline(survey(), **options)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (FRAME,),
            "baseline works on a Survey, not on a DataFrame. "
            "Make one: cx.Survey(data, touchpoints=[...], outcome='column').",
        ),
        ((survey(), "group"), "touchpoint_map takes a TouchpointMap, not a str. For groups give by='group'."),
        ((survey(), [1]), "touchpoint_map takes a TouchpointMap, not a list."),
        (
            (survey(), WRITTEN_OTHERWISE),
            "touchpoints of survey and map look alike: 'web' and 'Web'. Write each name alike in both.",
        ),
    ],
)
def test_arguments_of_another_kind_are_refused(arguments, message):
    with pytest.raises(OptionError) as error:
        cx.baseline(*arguments)
    assert str(error.value) == message


# What it says


def found(result: cx.Baseline) -> tuple[str, str, str, str, str]:
    """Name, figure and interval of what is rated lowest, how it stands, and n."""
    (item,) = result.finding.items
    assert result.finding.title == f"Rated lowest: {item.name} ({item.figure})"
    return item.name, item.figure, item.interval, result.finding.certainty, result.finding.n


@pytest.mark.filterwarnings("ignore:the higher the scores:UserWarning")  # the outcome here is made at random
def test_what_is_rated_lowest_is_said_in_parts():
    many = pd.concat([FRAME] * 10, ignore_index=True)
    plain = cx.baseline(survey(many, touchpoints=["web", "call"]))
    assert str(plain) == repr(plain) == plain.sentence
    assert plain.sentence == "Rated lowest: web (3.56 of 5 [3.27, 3.84]). n = 90 (82 % used it)."
    below = cx.baseline(survey(many, touchpoints=["web", "call"]), MAP)
    standing = "clearly below its standard of 4"
    assert found(below) == ("web", "3.56 of 5", "[3.27, 3.84]", standing, "90 (82 % used it)")
    box = cx.baseline(survey(many, touchpoints=["call"]), MAP)
    standing = "top box 80 %, not clearly off its standard of 70 %"
    assert found(box) == ("call", "4.00 of 5", "[3.82, 4.18]", standing, "50 (56 % used it)")
    by = cx.baseline(survey(many, touchpoints=["web"]), by="group")
    assert found(by) == ("web for one", "3.38 of 5", "[3.08, 3.67]", "", "80 (100 % used it)")
    wide = cx.baseline(survey(many, touchpoints=["web"], scale=cx.Scale(0, 6)))
    assert found(wide) == ("web", "3.67 of 6", "[3.33, 4.00]", "", "120 who rated it")
    bare = cx.baseline(survey(many, touchpoints=["web"], scale=None))
    assert found(bare) == ("web", "3.67", "[3.33, 4.00]", "", "120 who rated it")
    assert str(cx.baseline(survey(touchpoints=["shop", "desk"]))) == (
        "No touchpoint has 5 answers or more: 12 answers in all."
    )
    assert plain.note == (
        "Intervals: 95 %. Means and shares of high and low ratings are among users. Missing: fewer than 5 answers. "
        "A trend takes 4 waves of 30 answers or more."
    )


@pytest.mark.parametrize("name", ["St. Mary's desk", "Call: hold; wait", "No. 3 > 4, n = 5", "Price ($) 50% of $20"])
def test_any_name_comes_out_whole(name):
    many = pd.concat([FRAME.rename(columns={"web": name})] * 10, ignore_index=True)
    result = cx.baseline(survey(many, touchpoints=[name, "call"]))
    assert result.finding.title == f"Rated lowest: {name} (3.56 of 5)"


def test_what_stands_beside_the_answers_is_kept():
    answers = survey()
    result = cx.baseline(answers, MAP, competitors={"Other": answers}, employees=answers)
    assert (result.rivals, result.staff) == ({"Other": answers}, answers)
    assert cx.baseline(answers).rivals == {}
    assert cx.baseline(answers).staff is None


@pytest.mark.filterwarnings("ignore:the higher the scores:UserWarning")  # the outcome here is made at random
def test_a_cell_of_few_answers_does_not_lead_where_there_are_others():
    many = pd.concat([FRAME] * 10, ignore_index=True)
    many["group"] = ["few"] * 6 + ["many"] * 114
    result = cx.baseline(survey(many, touchpoints=["web"]), by="group")
    assert result.table["mean"].argmin() == 0
    assert result.finding.items[0].name == "web for many"


def test_html_is_escaped():
    frame = FRAME.rename(columns={"web": "<b>x</b>"}).assign(group="<i>")
    result = cx.baseline(survey(frame, touchpoints=["<b>x</b>"]), by="group")
    page = result._repr_html_()
    assert "Rated lowest: &lt;b&gt;x&lt;/b&gt; for &lt;i&gt; (3.56 of 5" in page
    assert "<b>" not in page
    assert "<i>" not in page


def test_an_interval_ends_where_the_scale_ends():
    frame = pd.DataFrame({"a": [1, 5, 5, 5, 5], "out": [5, 5, 5, 1, 5]})
    survey = cx.Survey(frame, touchpoints=["a"], outcome="out", scale=cx.Scale(1, 5), outcome_scale=cx.Scale(1, 5))
    result = cx.baseline(survey)
    assert result.table["high"].tolist() == [5.0]
    assert result.outcomes.loc[0, "high"] == 5.0
    wide = cx.baseline(cx.Survey(frame, touchpoints=["a"], outcome="out"))
    assert wide.table["high"][0] > 5


def test_cells_of_three_columns_are_guarded_each_in_its_own_place():
    one = [("x" if k % 2 else "z", str(k // 2 % 12), "l" if k // 24 % 2 else "v") for k in range(48 * 8)]
    rows = [cell for cell in one if cell != ("x", "0", "l")] + [("x", "0", "l")] * 2
    frame = pd.DataFrame(rows, columns=["who", "month", "home"]).assign(web=3, y=1)
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=SCALE, segments=["who", "month", "home"])
    found = cx.baseline(made, by=["who", "month", "home"]).table
    cells = found["segment"].str.split(", ", expand=True).assign(hidden=found["n"].isna())
    assert cells["hidden"].sum() == 8  # the corners of a cube: so all tables by two of the columns are shown whole
    assert (cells[cells["hidden"]][[0, 1, 2]].nunique() == 2).all()
    for pair in combinations(["who", "month", "home"], 2):
        assert cx.baseline(made, by=list(pair)).table["n"].notna().all()


def test_a_cell_of_three_columns_is_not_a_row_of_two_less_a_row_of_three():
    """Three of a group of 23: by two columns it is shown, by three its part of 20 was, too."""
    sizes = {("a", "c", "e"): 3, ("a", "c", "f"): 20, ("a", "d", "e"): 30, ("a", "d", "f"): 30}
    sizes |= {("b", *rest): n + 10 for (_, *rest), n in sizes.items()}
    rows = [key for key, n in sizes.items() for _ in range(n)]
    frame = pd.DataFrame(rows, columns=["one", "two", "three"]).assign(web=lambda own: np.arange(len(own)) % 5, y=1)
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", segments=["one", "two", "three"])
    of_two = cx.baseline(made, by=["one", "two"]).table.set_index("segment")["n"]
    of_three = cx.baseline(made, by=["one", "two", "three"]).table.set_index("segment")["n"]
    assert of_two["a, c"] == 23
    assert of_three[["a, c, e", "a, c, f"]].isna().all()


def test_a_column_is_asked_once():
    with pytest.raises(OptionError) as e:
        cx.baseline(survey(), by=["group", "group"])
    assert str(e.value) == "by: column 'group' is there twice. Name each column once."


def test_few_answers_about_effort_are_blank():
    frame = pd.DataFrame({"web": [1, 2, 3, 4, 5, 5] * 2, "ease": [5, 4, 3, 2] + [0] * 8, "y": 1})
    whole = {"touchpoints": {"web": {"quality": "web", "ease": "ease"}}, "outcome": "y", "scale": SCALE}
    few = cx.baseline(cx.Survey(frame, **whole)).table
    assert few["n"].tolist() == [12]
    assert few[["ces", "ces_low", "ces_high"]].isna().all(axis=None)
    assert cx.baseline(cx.Survey(frame, **whole), min_n=4).table["ces"].tolist() == [3.5]


def test_answers_without_a_wave_are_no_wave_of_the_trend():
    frame = pd.DataFrame({"web": [2, 3] * 20 + [2, 4] * 20 + [3, 4] * 20 + [4] * 40 + [1] * 40, "y": 1})
    frame["when"] = np.repeat([1, 2, 3, 4, np.nan], 40)
    roles = {"touchpoints": ["web"], "outcome": "y", "scale": SCALE, "time": "when"}
    found, known = cx.baseline(cx.Survey(frame, **roles)).table, cx.baseline(cx.Survey(frame[:160], **roles)).table
    assert (found["n"].tolist(), found["trend"].tolist()) == ([200], [pytest.approx(0.5)])
    assert found["trend_low"].tolist() == known["trend_low"].tolist()
    lone = frame.assign(when=[1] * 160 + [np.nan] * 40)
    assert "trend" not in cx.baseline(cx.Survey(lone, **roles)).table


def test_missing_waves_count_as_time_in_a_trend():
    frame = pd.DataFrame({"web": [1, 2] * 20 + [2, 3] * 20 + [3, 4] * 20 + [4, 5] * 20, "y": 1})
    frame["when"] = np.repeat(["2024-01", "2024-02", "2024-03", "2024-10"], 40)
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=SCALE, time="when")
    months = np.array([0, 1, 2, 9])
    assert cx.baseline(made).table["trend"].tolist() == pytest.approx([np.polyfit(months, [1.5, 2.5, 3.5, 4.5], 1)[0]])


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        (
            {"min_n": "5"},
            ValuesError,
            "min_n must be a whole number of 1 or more; you gave '5'. 5 is usual, 1 hides nothing.",
        ),
        ({"competitors": survey()}, OptionError, "competitors: {'name': survey} is expected, not a Survey."),
    ],
)
def test_options_of_another_kind_are_refused(options, kind, text):
    with pytest.raises(kind) as e:
        cx.baseline(survey(), **options)
    assert str(e.value) == text


def test_a_cell_without_answers_does_not_stand_guard_for_a_small_one():
    counts = [[50, 6, 50, 50], [50, 0, 3, 6], [2, 3, 8, 30], [6, 0, 8, 30]]
    cells = [(f"r{i}", f"c{j}") for i in range(4) for j in range(4) for _ in range(counts[i][j])]
    frame = pd.DataFrame(cells, columns=["row", "column"]).assign(web=3, y=1)
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=SCALE, segments=["row", "column"])
    found = cx.baseline(made, by=["row", "column"]).table.set_index("segment")["n"]
    for side in (0, 1):  # in no row and no column is a single cell hidden
        lone = found.isna().groupby(found.index.str.split(", ").str[side]).sum()
        assert 1 not in lone.tolist()


@pytest.mark.simulation
def test_a_share_at_its_standard_is_rarely_told_from_it():
    rng = np.random.default_rng(0)  # simulated: 600 touchpoints whose true top box is the standard
    names = [f"t{k}" for k in range(600)]
    frame = pd.DataFrame(np.where(rng.random((30, 600)) < 0.9, 5, 1), columns=names).assign(y=1)
    places = [cx.Touchpoint(name, stage="before", standards=[cx.Standard("top_box", 0.9)]) for name in names]
    made = cx.Survey(frame, touchpoints=names, outcome="y", scale=SCALE)
    p = cx.baseline(made, cx.TouchpointMap(places, STAGES)).table["p_value"]
    assert (p < 0.05).mean() < 0.08  # with the spread of the sample it is 0.2
