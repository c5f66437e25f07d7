"""Sample sizes: the same intervals as the results have, every option, every refusal, and simulation."""

from __future__ import annotations

import dataclasses
import html
import math
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import cxlens as cx
from cxlens.common.finding import Finding
from cxlens.errors import ColumnError, OptionError, ValuesError
from cxlens.stages.plan.sample_size import sample_size
from cxlens.stats.intervals import mean_interval, nps_interval, wilson

COUNTS = ["scores", "answers", "total", "invitations", "have", "more"]


def only(result) -> dict:
    assert len(result.table) == 1
    return result.table.iloc[0].to_dict()


@pytest.fixture(scope="module")
def survey() -> cx.Survey:
    """Simulated answers: a rare touchpoint, one that hardly anybody met, one that all score alike; weights; a wave."""
    rng = np.random.default_rng(4)
    n = 600
    frame = pd.DataFrame({"Web": rng.integers(1, 6, n), "Desk": rng.integers(2, 6, n)})
    frame["Alike"] = 3
    frame.loc[rng.random(n) < 0.7, "Desk"] = 6
    frame["Lounge"] = 6
    frame.loc[:2, "Lounge"] = [4, 5, 3]
    frame["recommend"] = rng.integers(0, 11, n)
    frame["purpose"] = np.where(rng.random(n) < 0.25, "business", "leisure")
    frame.loc[:3, "purpose"] = "other"
    frame["w"] = np.where(rng.random(n) < 0.5, 0.5, 1.5)
    return cx.Survey(
        frame,
        touchpoints=["Web", "Desk", "Alike", "Lounge"],
        outcome={"recommend": "nps"},
        scale=cx.Scale(1, 5, not_used=[6]),
        segments=["purpose"],
        weight="w",
    )


# what is asked, the scores it takes, the lead of the finding and what it adds
PLAIN = [
    (
        {"margin": 0.1, "sd": 1},
        387,
        ["387 answers: the mean score within ±0.1 (95 % level)"],
    ),
    (
        {"measure": "csat", "margin": 0.03, "share": 0.8},
        756,
        ["756 answers: the share of high scores within ±3 percentage points (95 % level)"],
    ),
    (
        {"measure": "csat", "margin": 0.05},
        381,
        [
            "381 answers: the share of high scores within ±5 percentage points (95 % level)",
            "Worst case taken: share=0.5",
        ],
    ),
    (
        {"measure": "nps", "margin": 5, "promoters": 0.5, "detractors": 0.2},
        970,
        ["970 answers: the NPS within ±5 points (95 % level)"],
    ),
    (
        {"measure": "nps", "difference": -8, "level": 0.9},
        1928,
        [
            "1,928 answers in each group: a difference of 8 points in the NPS (90 % level, found with probability 0.8)",
            "Worst case taken: promoters=0.5, detractors=0.5",
        ],
    ),
    (
        {"difference": 0.5, "sd": 1},
        64,
        ["64 answers in each group: a difference of 0.5 in the mean score (95 % level, found with probability 0.8)"],
    ),
    (
        {"measure": "csat", "difference": 0.1, "share": 0.6},
        356,
        [
            "356 answers in each group: a difference of 10 percentage points in the share of high scores (95 % level, "
            "found with probability 0.8)"
        ],
    ),
    (
        {"measure": "driver", "effect": 0.02, "drivers": 12, "r2": 0.4, "power": 0.9},
        547,
        ["547 answers: a driver that adds 0.02 to R² (q below 0.05, found with probability 0.9)"],
    ),
]


def test_the_sentence():
    result = sample_size(measure="csat", margin=0.05)
    sentence = (
        "381 answers: the share of high scores within ±5 percentage points (95 % level). Worst case taken: share=0.5."
    )
    assert str(result) == repr(result) == sentence


@pytest.mark.parametrize(("asked", "scores", "sentence"), PLAIN)
def test_what_is_asked_and_what_it_takes(asked, scores, sentence):
    result = sample_size(**asked)
    assert only(result) == {"scores": scores, "answers": scores, "note": ""}
    lead, *more = sentence
    assert result.finding == Finding(lead, more=tuple(more))
    assert html.escape(lead) in result._repr_html_()
    assert result.curve.loc[result.curve["n"] == scores, "value"].size == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.table = None


def arm(value, ends) -> float:
    """The longer one of an interval."""
    return max(value - float(ends[0]), float(ends[1]) - value)


@settings(max_examples=40)
@given(st.floats(0.02, 0.4), st.floats(0, 1), st.floats(0.3, 3), st.floats(0.8, 0.99), st.floats(0.5, 4))
def test_the_smallest_n_whose_interval_is_narrow_enough(margin, share, sd, level, effect):
    """One fewer, and the interval of the package is too wide; design effects make n that much less worth."""
    cases = {
        "mean": (margin, {"sd": sd}, lambda n: arm(0, mean_interval(0, sd**2, n, level))),
        "csat": (margin, {"share": share}, lambda n: arm(share, wilson(share * n, n, level))),
        "nps": (
            100 * margin,
            {"promoters": share / 2, "detractors": (1 - share) / 2},
            lambda n: arm(50 * (2 * share - 1), nps_interval((1 - share) / 2 * n, n / 2, share / 2 * n, level)),
        ),
    }
    for measure, (wanted, known, width) in cases.items():
        result = sample_size(measure=measure, margin=wanted, design_effect=effect, level=level, **known)
        n = only(result)["scores"]
        assert width(n / effect) <= wanted
        assert n == 1 or not width((n - 1) / effect) <= wanted


def test_reach_segments_and_response_rate_multiply():
    result = sample_size(
        measure="csat", margin=0.05, share=0.5, reach={"Wi-Fi": 0.6, "Desk": 0.2}, response_rate=0.3,
        segments={"Work": 0.25, "Play": 0.75},
    )  # fmt: skip
    assert result.table.to_dict("list") == {
        "segment": ["Work", "Work", "Play", "Play"],
        "touchpoint": ["Wi-Fi", "Desk", "Wi-Fi", "Desk"],
        "scores": [381] * 4,
        "answers": [635, 1905, 635, 1905],
        "total": [2540, 7620, 847, 2540],
        "invitations": [8467, 25400, 2824, 8467],
        "note": [""] * 4,
    }
    assert result.finding.title == (
        "7,620 answers, as many as Work: Desk needs: the share of high scores within ±5 percentage points (95 % level)"
    )
    assert result.hardest["name"] == "Work: Desk"
    assert (result.table[COUNTS[:4]].dtypes == "Int64").all()


def test_a_population_does_not_make_a_margin_smaller_than_its_interval():
    """The baseline of these answers shows the margin that was promised."""
    for population in (500, 3200, 100_000):
        result = sample_size(margin=0.1, sd=0.95, population=population)
        row = only(result)
        assert row["scores"] == only(sample_size(margin=0.1, sd=0.95))["scores"]
        assert stats.t.ppf(0.975, row["scores"] - 1) * 0.95 / math.sqrt(row["scores"]) <= 0.1
        assert result.note.endswith("they do not shrink with the population.")


def test_too_few_customers_are_said_in_words():
    result = sample_size(measure="csat", margin=0.05, share=0.5, response_rate=0.2, population=1000)
    note = "not enough customers: 1,905 would have to be invited, 1,000 there are"
    assert result.table["note"].tolist() == [note]
    assert result.table[["scores", "answers", "invitations"]].isna().all(axis=None)
    finding = result.finding
    assert finding.lead == "Out of reach: the share of high scores within ±5 percentage points (95 % level)"
    assert finding.caution == f"N{note[1:]}"
    assert result.hardest is None
    assert result.curve.empty
    driver = sample_size(measure="driver", effect=0.01, drivers=5, r2=0.3, population=100)
    assert driver.table["note"].tolist() == ["not enough customers: 834 would have to answer, 100 there are"]
    tiny = sample_size(difference=1e-9, sd=1)
    assert tiny.table["note"].tolist() == ["not even 1,000,000,000 scores are enough"]


def test_more_than_a_whole_population_is_not_enough():
    note = "not enough customers: 387 would have to answer, 50 there are"
    assert sample_size(margin=0.1, sd=1, population=50).table["note"].tolist() == [note]


def test_notes():
    assert sample_size(margin=1, sd=1, population=9000).note == (
        "Numbers to be expected: chance brings some more or fewer. The margin is the longer arm of the interval "
        "(Student's t). Chance that a survey of that size meets it: 0.68. Intervals stand for customers to come as "
        "well: they do not shrink with the population."
    )
    assert sample_size(measure="driver", effect=0.1, drivers=1, r2=0.1).note == (
        "Numbers to be expected: chance brings some more or fewer. One driver of those in the model, found at a "
        "q-value below 1 less the level."
    )


def test_near_an_end_of_the_scale_the_longer_arm_counts():
    """Half of the interval that ends at 100 promised 3 points to 116 promoters; it shows [94.0, 100]."""
    n = only(sample_size(measure="nps", margin=3, promoters=1.0, detractors=0.0))["scores"]
    low, _ = nps_interval(0, 0, n)
    before, _ = nps_interval(0, 0, n - 1)
    assert low >= 97 > before


@pytest.mark.parametrize(
    "options",
    [{"margin": 0.2, "sd": 1.0}, {"measure": "csat", "margin": 0.05, "share": 0.7}],
)
def test_the_chance_to_meet_the_margin_is_that_of_samples(options):
    result = sample_size(**options)
    n = only(result)["scores"]
    rng = np.random.default_rng(5)
    if "sd" in options:
        width = stats.t.ppf(0.975, n - 1) * rng.normal(0, 1, (4000, n)).std(axis=1, ddof=1) / math.sqrt(n)
    else:
        share = rng.binomial(n, 0.7, 4000) / n
        low, high = wilson(share * n, n)
        width = np.maximum(share - low, high - share)
    assert result.chances["margin"] == pytest.approx((width <= 1.01 * options["margin"]).mean(), abs=0.04)


def test_the_chance_that_all_touchpoints_have_enough_is_that_of_who_meets_them():
    one = sample_size(margin=0.1, sd=1, reach={"a": 0.3})
    many = sample_size(margin=0.1, sd=1, reach={f"t{k}": 0.3 for k in range(12)})
    row = one.table.iloc[0]
    enough = stats.binom.sf(row["scores"] - 1, row["answers"], 0.3)
    assert one.chances["scores"] == pytest.approx(enough)
    assert many.chances["scores"] == pytest.approx(enough**12)
    assert many.note.endswith("Chance that all have enough scores: under 0.01.")
    assert "scores" not in sample_size(margin=0.1, sd=1).chances


def test_a_survey_tells_what_answers_are_like(survey):
    """With the longer arm that its own interval has, a touchpoint needs about the answers it has.

    Not to the last one: the interval knows which answers weigh how much, a plan only what weights cost on the whole.
    """
    about = partial(pytest.approx, rel=0.06)
    table = cx.baseline(survey).table.set_index("touchpoint")
    for name in ("Web", "Desk"):
        margin = (table.loc[name, "high"] - table.loc[name, "low"]) / 2
        row = sample_size(survey, margin=margin).table.set_index("touchpoint").loc[name]
        assert row["have"] == table.loc[name, "n"]
        assert row["scores"] == about(row["have"])
        wide = arm(table.loc[name, "top_box"], table.loc[name, ["top_box_low", "top_box_high"]].tolist())
        row = sample_size(survey, measure="csat", margin=wide).table.set_index("touchpoint").loc[name]
        assert row["scores"] == about(table.loc[name, "n"])
    nps = cx.baseline(survey).outcomes.iloc[0]
    row = only(sample_size(survey, measure="nps", margin=arm(nps["value"], (nps["low"], nps["high"]))))
    assert row["have"] == 600
    assert row["scores"] == about(600)


def test_a_survey_with_equal_weights_needs_just_the_answers_it_has(survey):
    """There plan and interval are one formula."""
    equal = cx.Survey(survey.table, touchpoints=["Web", "Desk"], outcome="recommend", scale=survey.scale)
    table = cx.baseline(equal).table.set_index("touchpoint")
    for name in ("Web", "Desk"):
        margin = (table.loc[name, "high"] - table.loc[name, "low"]) / 2
        row = sample_size(equal, margin=margin * (1 + 1e-9)).table.set_index("touchpoint").loc[name]
        assert row["scores"] == row["have"] == table.loc[name, "n"]
        assert row["more"] == 0


def test_what_a_survey_lacks(survey):
    result = sample_size(survey, margin=0.2)
    assert result.table.columns.tolist() == ["touchpoint", "scores", "answers", "have", "more", "note"]
    rows = result.table.set_index("touchpoint")
    reach = cx.baseline(survey).table.set_index("touchpoint")["reach"]
    lack = rows.loc["Desk", "scores"] - rows.loc["Desk", "have"]
    assert rows.loc["Desk", "more"] == (math.ceil(lack / reach["Desk"]) if lack > 0 else 0)
    assert rows["note"].to_dict() == {
        "Web": "", "Desk": "", "Alike": "all scores are the same; give sd=",
        "Lounge": "fewer than 5 scores, so nothing is known of them",
    }  # fmt: skip
    assert rows["have"].isna().tolist() == [False, False, False, True]
    exact = sample_size(survey, margin=0.05, sd=1, reach={"Lounge": 0.5})
    lounge = exact.table.set_index("touchpoint").loc["Lounge"]
    assert (lounge["note"], lounge["answers"]) == ("fewer than 5 scores, or hidden", 2 * lounge["scores"])
    lacking = exact.table.set_index("touchpoint")["more"]
    finding = exact.finding
    assert finding.lead == "0 of 4 touchpoints have enough answers for the mean score within ±0.05 (95 % level)"
    assert finding.more == (f"{lacking.idxmax()} lacks {lacking.max():,} answers",)
    assert finding.caution == ""  # each has a number
    assert result.finding.caution == "Alike: all scores are the same; give sd="
    enough = (rows["more"] == 0).sum()
    assert result.finding.lead.startswith(f"{enough} of 4 touchpoints have enough answers for ")
    assert enough < 3  # two have no number


def test_a_survey_without_segments_or_touchpoints_has_enough_or_not(survey):
    enough = sample_size(survey, measure="nps", margin=20)
    assert enough.finding == Finding("The survey has enough answers for the NPS within ±20 points (95 % level)")
    lacking = sample_size(survey, measure="nps", margin=1)
    more = f"It lacks {lacking.table['more'].item():,} answers"
    lead = "The survey does not have enough answers for the NPS within ±1 points (95 % level)"
    assert lacking.finding == Finding(lead, more=(more,))


def test_segments_of_a_survey(survey):
    result = sample_size(survey, measure="nps", margin=5, by="purpose")
    shares = survey.table.groupby("purpose")["w"].sum() / survey.table["w"].sum()
    rows = result.table.set_index("segment")
    shown = rows[rows["have"].notna()]
    assert shown["total"].tolist() == [math.ceil(n / shares[name]) for name, n in shown["answers"].items()]
    assert pd.isna(rows.loc["other", "total"])  # they would tell its share
    assert rows.loc["other", ["note"]].item() == "fewer than 5 scores, or hidden"  # and not how many
    assert pd.isna(rows.loc["other", "have"])
    told = sample_size(survey, measure="nps", margin=5, by="purpose", segments={"business": 0.5})
    assert told.table["segment"].tolist() == ["business"]
    assert only(told)["total"] == 2 * only(told)["answers"]


def test_drivers_of_a_survey_are_counted(survey):
    result = sample_size(survey, measure="driver", effect=0.02, r2=0.3, design_effect=1)
    alone = only(sample_size(measure="driver", effect=0.02, r2=0.3, drivers=4))
    assert result.table["scores"].dropna().unique().tolist() == [alone["scores"]]


def test_a_difference_that_cannot_be(survey):
    table = sample_size(survey, measure="csat", difference=0.7).table
    assert table["note"].str.contains("cannot differ by 0.7: it would be 1").any()
    assert table.loc[table["note"].str.contains("cannot differ"), "scores"].isna().all()


@pytest.mark.simulation
def test_a_promise_is_kept_in_simulation():
    """Answers on a scale of 1 to 5, simulated: the half-width is on average the margin, the t test has its power."""
    rng, p = np.random.default_rng(8), [0.05, 0.1, 0.2, 0.4, 0.25]
    values = np.arange(1, 6)
    sd = math.sqrt(p @ (values - p @ values) ** 2)
    n = only(sample_size(margin=0.1, sd=sd))["scores"]
    halves = [arm(0, mean_interval(0, rng.choice(values, n, p=p).var(ddof=1), n)) for _ in range(500)]
    assert abs(np.mean(halves) - 0.1) <= 3 * np.std(halves) / math.sqrt(500) + 0.0005


BASE = {"margin": 0.1, "sd": 1}
NPS = {"measure": "nps", "margin": 5}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"measure": "csat", "difference": 0.3, "share": 0.8},
            "a share of 0.8 cannot differ by 0.3: it would be 1.1.",
        ),
        (
            {"measure": "nps", "difference": 60, "promoters": 0.6, "detractors": 0.1},
            "an NPS of 0.6 promoters and 0.1 detractors cannot differ by 60: half of it comes from each.",
        ),
    ],
)
def test_a_difference_beyond_the_ends_is_refused(options, message):
    with pytest.raises(ValuesError) as error:
        sample_size(**options)
    assert str(error.value) == message


def test_what_a_survey_refuses(survey):
    frame = pd.DataFrame({"a": [1, 2, 3], "y": [1, 2, 3]})
    bare = cx.Survey(frame, touchpoints=["a"], outcome="y")
    cases = [
        (bare, NPS, ValuesError, "measure='nps' needs an outcome of kind nps. Outcomes: y (interval)."),
        (bare, {"measure": "csat", "margin": 0.1}, ValuesError,
         "measure='csat' needs to know which scores are high. Give the survey a scale=."),
        (survey, {**BASE, "segments": {"business": 0.5}}, ValuesError,
         "segments= with a survey needs by=, the column whose values they are."),
        (survey, {**BASE, "by": "purpose", "segments": {"busines": 0.5}}, OptionError,
         "segment 'busines' is not known here. Did you mean 'business'? Values of purpose: business, leisure, other."),
        (survey, {**BASE, "reach": {"Wbe": 0.5}}, OptionError,
         "reach: touchpoint 'Wbe' is not known here. Did you mean 'Web'? Touchpoints: Web, Desk, Alike, Lounge."),
        (survey, {**BASE, "by": "purpos"}, ColumnError,
         "by='purpos' is not a segment of this survey. Did you mean 'purpose'? Segments: purpose. Name the column in "
         "Survey(..., segments=[...])."),
        (frame, BASE, OptionError,
         "sample_size works on a Survey, not on a DataFrame. Make one: cx.Survey(data, touchpoints=[...], "
         "outcome='column')."),
    ]  # fmt: skip
    for data, options, kind, message in cases:
        with pytest.raises(kind) as error:
            sample_size(data, **options)
        assert str(error.value) == message
