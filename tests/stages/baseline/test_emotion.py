"""Strength of feeling by touchpoint. All answers here are simulated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.errors import ColumnError, ValuesError
from cxlens.stages.baseline.emotion import emotion
from cxlens.stats.intervals import mean_interval, wilson

NAMES = ["shop", "desk", "web"]
FIGURES = ["strength", "mean", "correlation", "strong_and_low"]


def simulated(n=800, seed=0):
    """At the desk bad moments are felt strongly; elsewhere feeling and score have nothing to do with each other."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"nps": rng.integers(0, 11, n), "who": rng.choice(["new", "old"], n), "w": rng.uniform(1, 3, n)}
    )
    for name in NAMES:
        frame[name] = rng.integers(1, 6, n)
        felt = 6 - frame[name] if name == "desk" else 3
        frame[f"{name} felt"] = np.clip(felt + rng.integers(-1, 2, n), 1, 5)
    return frame


def surveyed(frame, names=NAMES, **options):
    roles = {"scale": cx.Scale(1, 5), "emotion": {name: f"{name} felt" for name in names}, "segments": ["who"]}
    return cx.Survey(frame, touchpoints=NAMES, outcome={"nps": "nps"}, **roles | options)


def test_figures_are_those_of_their_formulas():
    frame = simulated()
    view = emotion(surveyed(frame))
    assert view.table["touchpoint"].tolist() == NAMES
    row, score, felt = view.table.iloc[1], frame["desk"], frame["desk felt"]
    assert (row["n"], row["strength"], row["mean"]) == (800, pytest.approx(felt.mean()), pytest.approx(score.mean()))
    ends = mean_interval(felt.mean(), felt.var(), 800)
    assert (row["strength_low"], row["strength_high"]) == pytest.approx(tuple(map(float, ends)))
    found = stats.pearsonr(felt, score)
    assert row["correlation"] == pytest.approx(found.statistic)
    interval = found.confidence_interval()  # Fisher's
    assert (row["correlation_low"], row["correlation_high"]) == pytest.approx(tuple(interval))
    bad = ((felt > 3) & (score < 3)).sum()
    assert row["strong_and_low"] == pytest.approx(bad / 800)
    ends = tuple(map(float, wilson(bad, 800)))
    assert (row["strong_and_low_low"], row["strong_and_low_high"]) == pytest.approx(ends)


def test_what_was_planted_is_found_and_said():
    view = emotion(surveyed(simulated()))
    row = view.table.set_index("touchpoint").loc["desk"]
    assert row["correlation_high"] < -0.7
    assert (view.table["correlation_low"][[0, 2]] < 0.1).all()
    finding = view.finding
    assert finding.title == f"Bad moments are felt strongly most often at desk: {100 * row['strong_and_low']:.0f} %"
    ends = f"[{100 * row['strong_and_low_low']:.0f} %, {100 * row['strong_and_low_high']:.0f} %]"
    assert str(view) == (f"{finding.title} {ends}. Strength {row['strength']:.2f}, score {row['mean']:.2f}. n = 800.")
    assert view.note == (
        "Strength of feeling, n = 2,400 answers, intervals 95 %. Strong: above 3.0; low: a score below 3.0."
    )
    assert view.parts["cuts"].to_dict("records") == [{"strength": 3, "score": 3}]


def test_what_is_not_told_apart_is_named_together():
    frame = simulated()
    frame["shop"], frame["shop felt"] = frame["desk"], frame["desk felt"]
    view = emotion(surveyed(frame))
    share = view.table.set_index("touchpoint").loc["desk", "strong_and_low"]
    assert view.finding.title == (
        f"Bad moments felt strongly, with no clear first: shop ({share:.0%}), desk ({share:.0%})".replace("%", " %")
    )
    assert view.finding.n == "800"


def test_where_all_are_alike_few_are_marked():
    """Each by itself, as it was, one of ten was marked in about 25 of 100 of these; 5 are due."""
    names = [f"t{place}" for place in range(10)]
    rng = np.random.default_rng(6)
    marked = []
    for _ in range(25):
        frame = pd.DataFrame({name: rng.integers(1, 6, 200) for name in names}).assign(y=rng.integers(1, 6, 200))
        felt = pd.DataFrame({f"{name} felt": rng.integers(1, 6, 200) for name in names})
        survey = cx.Survey(
            pd.concat([frame, felt], axis=1),
            touchpoints=names,
            outcome="y",
            scale=cx.Scale(1, 5),
            emotion={name: f"{name} felt" for name in names},
        )
        marked.append((emotion(survey).table["q_value"] < 0.05).any())
    assert sum(marked) <= 3


def test_what_is_felt_more_often_than_at_the_median_has_a_small_q():
    q_value = emotion(surveyed(simulated())).table.set_index("touchpoint")["q_value"]
    assert q_value["desk"] < 0.001
    assert q_value.drop("desk").min() > 0.05


def test_equal_weights_change_nothing_and_others_do():
    frame = simulated()
    plain = emotion(surveyed(frame)).table
    pd.testing.assert_frame_equal(emotion(surveyed(frame.assign(w=2.0), weight="w")).table, plain)
    row = emotion(surveyed(frame, weight="w")).table.iloc[1]
    assert row["strength"] == pytest.approx(np.average(frame["desk felt"], weights=frame["w"]))
    table = np.cov(frame["desk felt"], frame["desk"], aweights=frame["w"])
    assert row["correlation"] == pytest.approx(table[0, 1] / np.sqrt(table[0, 0] * table[1, 1]))


def test_signs_are_ignored():
    frame = simulated()
    signed = frame.assign(**{"desk felt": frame["desk felt"] * np.where(frame["desk"] < 3, -1, 1)})
    pd.testing.assert_frame_equal(emotion(surveyed(signed)).table, emotion(surveyed(frame)).table)


def test_a_map_puts_touchpoints_in_the_order_of_its_stages():
    places = [cx.Touchpoint("web", stage="after"), cx.Touchpoint("desk", stage="before")]
    table = emotion(surveyed(simulated()), cx.TouchpointMap(places, cx.Lifecycle(["before", "after"]))).table
    assert table[["stage", "touchpoint"]].to_numpy().tolist() == [["before", "desk"], ["after", "web"], ["", "shop"]]


def test_only_touchpoints_with_a_strength_are_shown():
    assert emotion(surveyed(simulated(), ["web"])).table["touchpoint"].tolist() == ["web"]


def test_segments_are_blocks_of_their_own():
    frame = simulated()
    table = emotion(surveyed(frame), by="who").table
    assert table["segment"].tolist() == ["new"] * 3 + ["old"] * 3
    alone = emotion(surveyed(frame[frame["who"] == "old"])).table
    np.testing.assert_allclose(table.iloc[3:][FIGURES].to_numpy(float), alone[FIGURES].to_numpy(float))
    assert emotion(surveyed(frame), by="who").note.startswith("Strength of feeling by who, n = 2,400 answers")
    assert " desk among " in emotion(surveyed(frame), by="who").finding.title


def test_small_cells_and_what_gives_them_away_are_blank():
    frame = simulated(60)
    frame.loc[frame["who"].eq("new") & (frame.index > 4), "desk felt"] = np.nan
    table = emotion(surveyed(frame), by="who").table.set_index(["touchpoint", "segment"])
    assert table.loc["desk", "note"].tolist() == ["fewer than 5 answers, or hidden to protect people"] * 2
    assert table.loc["desk", ["n", *FIGURES]].isna().all(axis=None)
    assert table.loc["web", FIGURES].notna().all(axis=None)


def test_too_few_answers_are_said():
    frame = simulated(4)
    assert str(emotion(surveyed(frame))) == "Too few answers tell how strongly a touchpoint is felt: fewer than 5 each."


def test_what_does_not_vary_has_no_correlation():
    row = emotion(surveyed(simulated().assign(**{"web felt": 4}), ["web"])).table.iloc[0]
    assert np.isnan(row["correlation"])


@pytest.mark.parametrize(
    ("frame", "roles", "asked", "error", "text"),
    [
        (
            simulated(20),
            {"emotion": None},
            {},
            ValuesError,
            "the survey has no strength of feeling. Name it in Survey(..., emotion={touchpoint: column}).",
        ),
        (
            simulated(20),
            {},
            {"by": "whom"},
            ColumnError,
            "by='whom' is not a segment of this survey. Did you mean 'who'? Segments: who. "
            "Name the column in Survey(..., segments=[...]).",
        ),
        (
            simulated(20).assign(**{"web felt": "much"}),
            {},
            {},
            ValuesError,
            "emotion column 'web felt' holds 'much'. How strong a feeling is takes numbers, such as 1 (calm) to 5.",
        ),
        (
            simulated(20).assign(**{"web felt": np.nan}),
            {"emotion": {"web": "web felt"}},
            {},
            ValuesError,
            "the survey's emotion columns are empty. Name columns with numbers, such as 1 (calm) to 5.",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(frame, roles, asked, error, text):
    with pytest.raises(error) as e:
        emotion(surveyed(frame, **roles), **asked)
    assert str(e.value) == text


def test_the_same_is_asked_of_other_answers():
    whole, part = surveyed(simulated()), surveyed(simulated(300, 1))
    pd.testing.assert_frame_equal(emotion(whole, by="who").again(part).table, emotion(part, by="who").table)
    view = cx.baseline(whole, by="who", level=0.8).emotion()
    again = view.again(part)
    pd.testing.assert_frame_equal(again.table, emotion(part, by="who", level=0.8).table)
    assert (view.record.survey, again.record.survey) == (whole, part)


def test_answers_without_weight_are_nobodys():
    frame = simulated(200).assign(w=1.0)
    frame.loc[:99, "w"] = 0
    some, all_told = (emotion(surveyed(own, weight="w")).table for own in (frame, frame[100:]))
    pd.testing.assert_frame_equal(some, all_told)


def test_codes_of_the_scale_are_no_strength():
    frame = pd.DataFrame({"web": [1, 2, 3, 4, 5, 3], "felt": [0, 3, 0, 4, 5, 2], "y": 1})
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=cx.Scale(1, 5, blank=[0]), emotion={"web": "felt"})
    assert cx.baseline(made, min_n=1).emotion().table["n"].tolist() == [4]
    signed = cx.Survey(frame.assign(felt=[0, 3, 0, 4, -5, 2]), touchpoints=["web"], outcome="y",
                       scale=cx.Scale(1, 5, blank=[0]), emotion={"web": "felt"})  # fmt: skip
    assert cx.baseline(signed, min_n=1).emotion().table["n"].tolist() == [6]


@pytest.mark.parametrize("role", ["cluster", "respondent"])
def test_those_who_answer_again_count_once_in_intervals(role):
    frame = simulated(100)
    again = pd.concat([frame.assign(who=np.arange(100))] * 4, ignore_index=True)
    once = emotion(surveyed(frame)).table
    table = emotion(surveyed(again, **{role: "who"})).table
    for name in ("mean", "strength", "correlation", "strong_and_low"):
        low, high = ("low", "high") if name == "mean" else (f"{name}_low", f"{name}_high")
        assert table[name].tolist() == pytest.approx(once[name].tolist())
        widths = (table[high] - table[low]) / (once[high] - once[low])
        assert widths.between(0.7, 1.4).all(), name
    naive = emotion(surveyed(again)).table
    assert ((naive["high"] - naive["low"]) < 0.7 * (table["high"] - table["low"])).all()
