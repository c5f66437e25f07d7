"""Means as they were asked: the same answers, asked with the lowest or with the highest as the best."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.study.asked import (
    as_asked,
    asked,
    difference_of,
    lowest_is_best,
    outcomes_as_asked,
    span_asked,
    standards_as_asked,
    worst,
)

LOW = cx.Scale(1, 5, best="low")
HIGH = cx.Scale(1, 5)
TOLD = "1 is best. Means are shown as asked; differences, slopes and lifts count points better."


def answers(seed: int = 3, n: int = 400, call: float = 0.25) -> pd.DataFrame:
    """Scores from 1 to 5, of which 5 is the best: call is worse than web, and better in the second wave."""
    rng = np.random.default_rng(seed)
    late = np.repeat([0, 1], n // 2)
    web = rng.choice([2, 3, 4, 5], n, p=[0.1, 0.2, 0.3, 0.4])
    calls = np.clip(rng.choice([1, 2, 3, 4], n) + late * (rng.random(n) < call + 0.5), 1, 5)
    overall = np.clip(np.round(0.5 * web + 0.4 * calls + rng.normal(0, 0.6, n)), 1, 5)
    frame = pd.DataFrame({"web": web, "call": calls, "overall": overall, "year": 2023 + late})
    return frame.assign(shop=rng.choice(["A", "B"], n))


def survey(frame: pd.DataFrame, scale: cx.Scale, **changes) -> cx.Survey:
    """The survey; on a scale whose lowest is the best, as it would have been asked there."""
    if scale.best == "low":
        frame = frame.assign(**{name: 6 - frame[name] for name in ("web", "call", "overall")})
    options = {"touchpoints": ["web", "call"], "outcome": "overall", "time": "year", "segments": ["shop"]} | changes
    return cx.Survey(frame, scale=scale, outcome_scale=scale, **options)


def both(frame: pd.DataFrame, **changes) -> tuple[cx.Survey, cx.Survey]:
    return survey(frame, LOW, **changes), survey(frame, HIGH, **changes)


def places(scale: cx.Scale, target: float = 2) -> cx.TouchpointMap:
    """A standard for the mean of call that is 2 where 1 is the best, so 4 where 5 is."""
    kept = cx.Standard("mean", target if scale.best == "low" else 6 - target)
    stage = cx.Stage("Use")
    points = [cx.Touchpoint("call", stage="Use", standards=[kept]), cx.Touchpoint("web", stage="Use")]
    return cx.TouchpointMap(points, cx.Lifecycle([stage]))


def check_mirrored(low: pd.DataFrame, high: pd.DataFrame, *levels: tuple[str, ...]) -> None:
    """Levels are those of the other survey seen from the other end; everything else is the same."""
    mirrored = high.copy()
    for level in levels:
        sources = (level[0], level[2], level[1]) if len(level) == 3 else level
        for column, source in zip(level, sources, strict=True):
            mirrored[column] = 6 - high[source]
    pd.testing.assert_frame_equal(low, mirrored)


MEAN = ("mean", "low", "high")

# The helper


def test_levels_are_turned_back_with_their_ends():
    assert asked(4.5, LOW) == 1.5
    assert asked(4.5, HIGH) == asked(4.5, None) == 4.5
    assert span_asked(4.5, 4.0, 4.75, LOW) == (1.5, 1.25, 2.0)
    assert span_asked(4.5, 4.0, 4.75, HIGH) == (4.5, 4.0, 4.75)
    assert [lowest_is_best(scale) for scale in (LOW, HIGH, None)] == [True, False, False]
    assert (worst(LOW), worst(HIGH), worst(None)) == ("worst", "lowest", "lowest")
    assert difference_of("ours", "theirs", HIGH) == "ours less theirs"
    assert difference_of("ours", "theirs", LOW) == "ours against theirs, above 0 where ours is better"


def test_a_table_is_copied_and_what_it_lacks_is_passed_by():
    table = pd.DataFrame({"mean": [4.5, None], "low": [4.0, None], "high": [4.75, None]})
    shown = as_asked(table, LOW, MEAN, ("ces", "ces_low", "ces_high"))
    assert shown.iloc[0].tolist() == [1.5, 1.25, 2.0]
    assert shown.iloc[1].isna().all()
    assert table["mean"][0] == 4.5
    assert as_asked(table, HIGH, MEAN) is table


def test_only_standards_of_means_and_means_of_outcomes_are_turned():
    table = pd.DataFrame({"metric": ["mean", "top_box", None], "standard": [4.0, 0.8, np.nan]})
    assert standards_as_asked(table, LOW)["standard"].tolist() == pytest.approx([2, 0.8, np.nan], nan_ok=True)
    assert standards_as_asked(table, HIGH) is table
    outcomes = pd.DataFrame(
        {"outcome": ["a", "a", "b"], "measure": ["mean", "top box", "mean"], "value": [4, 0.5, 3.0]}
    )
    outcomes = outcomes.assign(low=outcomes["value"] - 0.1, high=outcomes["value"] + 0.2)
    shown = outcomes_as_asked(outcomes, {"a": LOW, "b": HIGH}, ("value", "low", "high"))
    assert shown["value"].tolist() == [2, 0.5, 3]
    assert shown.loc[0, ["low", "high"]].tolist() == pytest.approx([1.8, 2.1])


# The verbs


@pytest.mark.parametrize("by", [None, "shop", ("shop", "year")])
def test_a_scorecard_is_the_other_one_seen_from_the_other_end(by):
    low, high = both(answers())
    scores, others = cx.baseline(low, places(LOW), by=by), cx.baseline(high, places(HIGH), by=by)
    check_mirrored(scores.table, others.table, MEAN, ("standard",))
    of_mean = (others.outcomes["measure"] == "mean").to_numpy()
    check_mirrored(scores.outcomes[of_mean], others.outcomes[of_mean], ("value", "low", "high"))
    pd.testing.assert_frame_equal(scores.outcomes[~of_mean], others.outcomes[~of_mean])


def test_a_mean_is_that_of_the_answers_as_given():
    frame = answers()
    low = survey(frame, LOW)
    table = cx.baseline(low).table.set_index("touchpoint")
    assert table.loc["call", "mean"] == pytest.approx(6 - frame["call"].mean())
    assert table.loc["call", "top_box"] == pytest.approx((frame["call"] >= 4).mean())
    assert table["mean"].between(table["low"], table["high"]).all()


def test_the_worst_rated_is_named_and_not_the_lowest():
    low, high = both(answers())
    scores = cx.baseline(low, places(LOW))
    assert str(scores).startswith("Rated worst (1 is best): call (3.26 [3.14, 3.38]); clearly worse than its ")
    assert str(cx.baseline(high, places(HIGH))).startswith("Rated lowest: call (2.74 of 5 [2.62, 2.86]); clearly ")
    good = cx.baseline(low, places(LOW, 4))
    assert "; clearly better than its standard of 4. " in str(good)
    assert f"Scores: {TOLD}" in scores.note


def test_the_scorecard_draws_the_worst_on_top_as_asked():
    low, _ = both(answers())
    for by in (None, ("shop", "year")):
        ax = cx.baseline(low, places(LOW), by=by).plot()
        first = (ax.child_axes or [ax])[0]
        names = [label.get_text() for label in first.get_yticklabels()]
        assert names == ["call", "web"]
        assert "Mean score of users (1 to 5, 1 is best). Upright line: standard" in ax.get_xlabel()


@pytest.mark.parametrize("metric", ["call", "overall"])
def test_series_and_changes_count_points_better(metric):
    low, high = both(answers())
    series, other = cx.monitor(low, metric=metric), cx.monitor(high, metric=metric)
    check_mirrored(series.table, other.table, ("value", "low", "high"))
    pd.testing.assert_frame_equal(series.overall, other.overall)
    assert " improved from 3." in str(series) or " improved from 2." in str(series)
    assert "in points better, q" in str(series)
    assert TOLD in series.note
    question = {"metric": metric, "before": 2023, "after": 2024}
    change, same = cx.before_after(low, **question), cx.before_after(high, **question)
    pd.testing.assert_frame_equal(change.table, same.table)
    check_mirrored(change.cells, same.cells, MEAN)
    assert " improved by 0." in str(change)
    assert TOLD in change.note
    both_groups = {"treated": {"shop": "A"}, **question}
    effect = cx.difference_in_differences(low, **both_groups)
    pd.testing.assert_frame_equal(effect.table, cx.difference_in_differences(high, **both_groups).table)


def test_a_change_for_the_worse_is_called_so():
    frame = answers()
    frame["year"] = 4047 - frame["year"]
    low, _ = both(frame)
    question = {"metric": "call", "before": 2023, "after": 2024}
    assert "Call satisfaction got worse by 0." in str(cx.before_after(low, **question))
    assert str(cx.monitor(low, metric="call")).startswith("Call satisfaction got worse from 2.")
    by_shop = str(cx.monitor(low, metric="call", by="shop"))
    assert "improved clearly in 0 and got worse clearly in 2 of 2 segments" in by_shop


def test_pictures_of_time_have_the_best_on_top():
    low, high = both(answers())
    question = {"metric": "call", "before": 2023, "after": 2024, "treated": {"shop": "A"}}
    for made, inverted in ((low, True), (high, False)):
        for result in (cx.monitor(made, metric="call"), cx.difference_in_differences(made, **question)):
            ax = result.plot()
            assert bool(ax.yaxis_inverted()) is inverted
            label = ax.get_ylabel().replace("\n", " ")
            assert ("1 to 5, 1 is best" in label) is inverted
        panels = cx.monitor(made, metric="call", by="shop").plot().get_figure(root=True).get_axes()
        assert all(bool(panel.yaxis_inverted()) is inverted for panel in panels if panel.lines)


def test_the_counterfactual_lies_where_the_regression_puts_it():
    low, high = both(answers())
    question = {"metric": "call", "before": 2023, "after": 2024, "treated": {"shop": "A"}}
    ends = []
    for made in (low, high):
        ax = cx.difference_in_differences(made, **question).plot()
        dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
        ends.append(dashed[0].get_ydata())
    assert np.asarray(ends[0]) == pytest.approx(6 - np.asarray(ends[1]))


# The sides


def test_sides_of_a_baseline_show_means_as_asked():
    low, high = both(answers(), channel="shop")
    scores, others = cx.baseline(low, places(LOW)), cx.baseline(high, places(HIGH))
    check_mirrored(
        scores.verdicts().table.drop(columns="evidence"),
        others.verdicts().table.drop(columns="evidence"),
        MEAN,
        ("standard",),
    )
    kept, same = scores.standards(), others.standards()
    assert kept.table["better"].unique().tolist() == ["lower"]
    check_mirrored(
        kept.table.drop(columns="better"), same.table.drop(columns="better"), ("value", "low", "high"), ("target",)
    )
    assert "at most 2, n = " in str(kept)
    ours, theirs = scores.consistency().parts["means"], others.consistency().parts["means"]
    check_mirrored(ours.drop(columns="rank"), theirs.drop(columns="rank"), ("mean", "low", "high"))
    assert ours["rank"].tolist() == pytest.approx((1 - theirs["rank"]).tolist())
    groups = {"both": ["web", "call"]}
    check_mirrored(scores.consistency(groups).parts["means"], others.consistency(groups).parts["means"], ("mean",))
    base = {"shop": {"A": 0.5, "B": 0.5}}
    raked, alike = scores.response_bias(base).parts["effect"], others.response_bias(base).parts["effect"]
    check_mirrored(raked, alike, ("value",), ("raked", "low", "high"))


def test_which_channel_is_worst_is_said():
    frame = answers()
    frame.loc[frame["shop"] == "B", "call"] = np.minimum(frame["call"] + 1, 5)
    low, high = both(frame, channel="shop")
    assert " by channel: call (worst in A, best in B" in str(cx.baseline(low).consistency())
    assert " by channel: call (lowest in A, highest in B" in str(cx.baseline(high).consistency())
    table = cx.baseline(low).consistency().table
    assert table.loc[0, ["lowest", "highest"]].tolist() == ["B", "A"]


def test_others_stand_beside_us_on_our_scale():
    theirs = answers(seed=9, call=0.5)
    theirs["call"] = np.minimum(theirs["call"] + 1, 5)
    sides = []
    for scale in (LOW, HIGH):
        other = survey(theirs, scale)
        sides.append(cx.baseline(survey(answers(), scale), competitors={"Rival": other}, employees=other))
    ours, same = (result.competitors() for result in sides)
    check_mirrored(ours.table, same.table, MEAN, ("mean_competitor", "low_competitor", "high_competitor"))
    check_mirrored(ours.parts["position"], same.parts["position"], ("mean",), ("mean_best",))
    assert "Differences: ours against theirs, above 0 where ours is better, intervals 95 %" in ours.note
    ours, same = (result.employees() for result in sides)
    check_mirrored(ours.table, same.table, MEAN, ("mean_employees", "low_employees", "high_employees"))
    assert ours.note.endswith("Ranks: 1 is the worst rated.")
    assert "worst rated are on both lists" in str(ours)


def test_feelings_and_comments_stand_beside_scores_as_asked():
    rng = np.random.default_rng(5)
    frame = answers()
    frame = frame.assign(felt=rng.integers(1, 6, len(frame)))
    frame = frame.assign(said=np.where(frame["call"] <= 2, "long queue", "friendly staff"))
    about = {"emotion": {"call": "felt"}, "comments": {"call": "said"}}
    low, high = (cx.baseline(made) for made in both(frame, **about))
    check_mirrored(low.emotion().table, high.emotion().table, MEAN)
    assert "bad: a score above 3.0." in low.emotion().note
    book = {"waiting": ["queue*"], "staff": ["staff"]}
    said, other = low.comments(codebook=book), high.comments(codebook=book)
    check_mirrored(said.parts["themes"], other.parts["themes"], MEAN)
    assert "Low stands for bad scores, from 3; high for good ones, up to 2; scores between" in said.note
    assert "mark bad scores" in str(said) or "marks bad scores" in str(said)


def test_drivers_show_means_as_asked_and_slopes_a_point_better():
    low, high = both(answers())
    found, others = cx.drivers(low, n_boot=20, seed=1), cx.drivers(high, n_boot=20, seed=1)
    check_mirrored(found.table, others.table, ("mean",))
    view, same = found.performance(), others.performance()
    check_mirrored(view.table, same.table, ("mean", "mean_low", "mean_high"))
    check_mirrored(view.parts["cross-hairs"], same.parts["cross-hairs"], ("mean",))
    ax = view.plot()
    assert ax.xaxis_inverted()
    assert not same.plot().xaxis_inverted()
    assert "1 to 5, 1 is best" in ax.get_xlabel()
    added, alike = found.value_added(places(LOW)), others.value_added(places(HIGH))
    check_mirrored(added.table, alike.table, ("mean",), ("reference",))
    assert "points better than the reference" in added.note


def test_a_slope_below_zero_is_named_by_better_and_worse():
    frame = answers()
    frame["call"] = 6 - frame["call"]
    for made, words in zip(both(frame), ("better score, worse outcome", "higher score, lower outcome"), strict=True):
        ax = cx.drivers(made, n_boot=20, seed=1).plot()
        assert words in [text.get_text() for text in ax.texts]
        by_shop = cx.drivers(made, n_boot=20, seed=1, by="shop").plot()
        assert words in by_shop.get_xlabel().replace("\n", " ")


def test_a_map_shows_means_as_asked():
    low, _ = both(answers())
    frame = answers()
    result = cx.baseline(low, places(LOW))
    ax = places(LOW).plot(performance=result)
    words = " ".join(text.get_text() for text in ax.texts)
    assert f"call {6 - frame['call'].mean():.1f}" in words.replace("\n", " ")


def test_forecasts_show_levels_as_asked():
    low, high = both(answers())
    forecasts = [cx.what_if(cx.drivers(made, n_boot=20, seed=1), {"call": 0.5}).table for made in (low, high)]
    check_mirrored(*forecasts, ("now",), ("then",))


def test_forecasts_say_that_points_are_for_the_better():
    low, high = (cx.what_if(cx.drivers(made, n_boot=20, seed=1), {"call": 0.5}) for made in both(answers()))
    assert low.finding.lead == "If call were rated 0.5 points better, overall is forecast to change by"
    assert high.finding.lead == "If call rose by 0.5, overall is forecast to rise by"
    assert low.finding.figure == f"+{high.finding.figure}"
    assert (low.finding.unit, high.finding.unit) == ("points better", "points")


def test_benefits_say_that_points_are_for_the_better():
    plan = pd.DataFrame({"name": ["A", "B"], "touchpoints": ["call", "web"], "lift": [0.4, 0.2], "effort": [2, 8]})
    low, high = (cx.quick_wins(cx.drivers(made, n_boot=50, seed=1), plan) for made in both(answers()))
    assert (low.unit, high.unit) == ("points better in overall", "points of overall")
    pd.testing.assert_frame_equal(low.table, high.table)


def test_what_a_plan_promises_is_shown_as_asked():
    row = {"name": "Pages", "touchpoints": "web", "lift_low": 0.2, "lift_likely": 0.4, "lift_high": 0.5}
    row |= {"effort_low": 1, "effort_likely": 2, "effort_high": 3, "owner": "IT"}
    plan = pd.DataFrame([row, row | {"name": "Staff", "touchpoints": "call"}])
    promised = []
    for made in both(answers()):
        wins = cx.quick_wins(cx.drivers(made, n_boot=50, seed=1), plan)
        promised.append(cx.roadmap(wins, periods=2).forecasts())
    check_mirrored(*promised, ("now",), ("forecast", "low", "high"), ("forecast", "true_low", "true_high"))
    last = promised[0].iloc[-1]
    assert last["low"] < last["true_low"] < last["forecast"] < last["now"]


def test_an_aggregated_table_of_such_means_is_read_so():
    lines = pd.DataFrame({"touchpoint": ["web", "call"], "n": [50, 60], "mean": [1.9, 3.1], "sd": [1.0, 1.1]})
    made = cx.Aggregates(lines, n="n", mean="mean", sd="sd", touchpoint="touchpoint", scale=LOW)
    result = cx.baseline(made)
    assert result.table["mean"].tolist() == pytest.approx([1.9, 3.1])
    assert str(result).startswith("Rated worst (1 is best): call (3.10 [")
