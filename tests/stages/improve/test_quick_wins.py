"""Quick wins: probabilities counted by hand, the same with the same seed, monotone in the lift."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import cxlens as cx
from cxlens.errors import FileError, OptionError, ValuesError
from cxlens.stages.improve.candidates import pareto
from cxlens.stages.improve.response import effect, removal

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
COLUMNS = [
    "initiative", "touchpoints", "owner", "benefit", "benefit_low", "benefit_high", "effort", "effort_low",
    "effort_high", "p_quick_win", "p_top3", "p_pareto", "pareto", "quadrant", "rank",
]  # fmt: skip


def answers(n: int = 400, seed: int = 3) -> pd.DataFrame:
    """Simulated answers: a matters most, d not at all, b is met by half."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 4)), columns=list("abcd"))
    effects = frame["a"] + 0.5 * frame["b"] + 0.3 * frame["c"]
    frame["recommend"] = np.clip(np.round(effects * 1.2 + rng.normal(size=n) * 2), 0, 10)
    frame["overall"] = effects + rng.normal(size=n)
    frame.loc[rng.random(n) < 0.5, "b"] = 6
    frame["group"] = rng.choice(["one", "two"], n, p=[0.7, 0.3])
    frame["w"] = rng.uniform(0.5, 2, n)
    return frame


def found(n_boot: int = 200, by: str | None = None, frame: pd.DataFrame | None = None, **roles) -> cx.drivers:
    roles = {
        "touchpoints": list("abcd"),
        "outcome": {"recommend": "nps", "overall": "interval"},
        "scale": SCALE,
        "segments": ["group"],
        **roles,
    }
    return cx.drivers(cx.Survey(answers() if frame is None else frame, **roles), n_boot=n_boot, by=by)


def initiative(name: str, touchpoints: str, lift: tuple = (0.1, 0.2, 0.4), effort: tuple = (2, 3, 5), **more) -> dict:
    ranges = {"lift": lift, "effort": effort}
    row = {f"{what}_{end}": value for what in ranges for end, value in zip(("low", "likely", "high"), ranges[what])}
    return {"name": name, "touchpoints": touchpoints, **row, "owner": "Operations", **more}


DRIVERS = found()
PLAN = pd.DataFrame(
    [
        initiative("Second queue", "a"),
        initiative("New menu", "b;c", (0.2, 0.3, 0.3), (8, 10, 20)),
        initiative("Paint", "d", (0, 0.5, 1), (1, 1, 1)),
        initiative("Train staff", "c", (0.5, 0.5, 0.5), (3, 4, 6)),
        initiative("Signs", "b", (0.1, 0.1, 0.3), (1, 2, 2)),
    ]
)


def test_probabilities_are_shares_of_the_draws():
    plan = cx.quick_wins(DRIVERS, PLAN, benefit_cut=2.0, effort_cut=4)
    assert plan.benefits.shape == plan.efforts.shape == (200, 5)
    table = plan.table.set_index("initiative").loc[PLAN["name"]]
    hits, first_three = np.zeros(5), np.zeros(5)
    cuts = plan.record.benefit_cuts
    for draw in range(200):
        for i in range(5):
            hits[i] += plan.benefits[draw, i] >= cuts[draw] and plan.efforts[draw, i] <= 4
            first_three[i] += (plan.benefits[draw] > plan.benefits[draw, i]).sum() < 3
    np.testing.assert_allclose(table["p_quick_win"], hits / 200)
    np.testing.assert_allclose(table["p_top3"], first_three / 200)
    np.testing.assert_allclose(table["benefit"], np.median(plan.benefits, axis=0))
    np.testing.assert_allclose(table["benefit_low"], np.quantile(plan.benefits, 0.025, axis=0))
    np.testing.assert_allclose(table["benefit_high"], np.quantile(plan.benefits, 0.975, axis=0))
    assert table["p_top3"].sum() == pytest.approx(3)
    assert cuts.min() == 2.0
    assert (plan.benefit_cut, plan.effort_cut) == (np.median(cuts), 4)


def test_quadrants():
    plan = cx.quick_wins(DRIVERS, PLAN, benefit_cut=2.0, effort_cut=4)
    for i, name in enumerate(PLAN["name"]):
        big, easy = plan.benefits[:, i] >= plan.record.benefit_cuts, plan.efforts[:, i] <= 4
        shares = {
            "quick win": (big & easy).mean(),
            "big project": (big & ~easy).mean(),
            "fill-in": (~big & easy).mean(),
            "leave": (~big & ~easy).mean(),
        }
        assert plan.table.set_index("initiative").loc[name, "quadrant"] == max(shares, key=shares.get)


def test_columns_and_order():
    plan = cx.quick_wins(DRIVERS, PLAN)
    assert plan.table.columns.tolist() == COLUMNS
    assert plan.table["rank"].tolist() == [1, 2, 3, 4, 5]
    assert plan.table["p_quick_win"].is_monotonic_decreasing
    own = plan.table.set_index("initiative").loc["New menu"]
    assert own["touchpoints"] == ("b", "c")
    assert (own["effort"], own["effort_low"], own["effort_high"]) == (10, 8, 20)
    cost = PLAN.assign(cost_low=1, cost_likely=2, cost_high=3)
    columns = cx.quick_wins(DRIVERS, cost).table.columns.tolist()
    assert columns == [*COLUMNS[:9], "cost", *COLUMNS[9:]]
    assert plan.effort_unit == "weeks"


def test_big_is_the_mean_of_the_list_in_the_same_draw_and_worth_having():
    plan = cx.quick_wins(DRIVERS, PLAN)
    assert plan.effort_cut == PLAN["effort_likely"].mean()
    likely = PLAN.assign(lift_low=PLAN["lift_likely"], lift_high=PLAN["lift_likely"])
    means = cx.quick_wins(DRIVERS, likely).benefits.mean(axis=1)
    np.testing.assert_allclose(plan.record.benefit_cuts, means)
    assert plan.benefit_cut == pytest.approx(np.median(means))
    points = np.select([answers()["recommend"] >= 9, answers()["recommend"] <= 6], [100, -100])
    error = (DRIVERS.record.estimates.figures.outcome[1:, 0]).std()
    assert plan.record.floor == pytest.approx(max(0.01 * points.std(), 0.25 * error))
    few = PLAN.assign(lift_low=0.0, lift_likely=0.0, lift_high=0.0)
    nothing = cx.quick_wins(DRIVERS, few)
    assert (nothing.record.benefit_cuts == plan.record.floor).all()
    assert (nothing.table["p_quick_win"] == 0).all()


def test_what_if_gives_the_same_figure_for_the_same_lift():
    for name, by in (("a", 0.3), ("c", 0.5), ("b", 1.4)):
        row = cx.what_if(DRIVERS, {name: by}).table.iloc[0]
        plan = cx.quick_wins(DRIVERS, pd.DataFrame([initiative("x", name, (by,) * 3)]))
        drawn = plan.table.iloc[0][["benefit_low", "benefit_high"]].tolist()
        assert drawn == pytest.approx(row[["low", "high"]].tolist(), rel=1e-12)
        assert plan.together([0])[0, 0] == pytest.approx(row["change"], rel=1e-12)
    another = cx.quick_wins(DRIVERS, pd.DataFrame([initiative("x", "a", (0.3,) * 3)]), seed=9)
    assert (
        another.table["benefit"][0]
        == cx.quick_wins(DRIVERS, PLAN.head(1).assign(lift_low=0.3, lift_likely=0.3, lift_high=0.3)).table["benefit"][0]
    )


def test_what_nobody_can_control_does_not_count():
    spots = [cx.Touchpoint(name, stage="s", controllable=name != "a") for name in "abcd"]
    where = cx.TouchpointMap(spots, cx.Lifecycle([cx.Stage("s")]))
    touched = {"Weather": "a", "Both": "a;c", "Only c": "c"}
    rows = pd.DataFrame([initiative(name, places, (0.3,) * 3) for name, places in touched.items()])
    plan = cx.quick_wins(DRIVERS, rows, touchpoint_map=where)
    assert (plan.benefits[:, 0] == 0).all()
    np.testing.assert_allclose(plan.together([1]), plan.together([2]))
    assert plan.table.set_index("initiative").loc["Weather", "p_quick_win"] == 0
    assert plan.record.beyond == ("a",)
    assert "Nobody can control a, by the map: what is done there does not count." in plan.note
    table = plan.resolve_first().set_index("initiative")
    assert table.loc["Weather", "p_right"] == 1
    assert "control" not in cx.quick_wins(DRIVERS, rows).note


def test_a_range_without_width_is_the_forecast_itself():
    plan = cx.quick_wins(DRIVERS, PLAN)
    by_hand = effect(plan.response, "c", np.full_like(plan.response.outcome, 0.5))[1:, 0]
    own = plan.table.set_index("initiative").loc["Train staff"]
    assert (own["benefit_low"], own["benefit_high"]) == pytest.approx(np.quantile(by_hand, [0.025, 0.975]))
    assert set(plan.efforts[:, 2]) == {1.0}


def test_two_touchpoints_are_the_sum_of_both():
    one = pd.DataFrame([initiative("x", "b;c", (0.3, 0.3, 0.3))])
    each = pd.DataFrame([initiative(name, name, (0.3, 0.3, 0.3)) for name in "bc"])
    both = cx.quick_wins(DRIVERS, one).benefits[:, 0]
    np.testing.assert_allclose(both, cx.quick_wins(DRIVERS, each).benefits.sum(axis=1))


def test_segments_count_by_their_weight():
    drivers = found(by="group", weight="w")
    plan = cx.quick_wins(drivers, pd.DataFrame([initiative("x", "a", (0.3, 0.3, 0.3))]))
    frame = answers()
    weight = frame.groupby("group")["w"].sum()
    assert drivers.record.weights.tolist() == pytest.approx(weight.tolist())
    gains = effect(plan.response, "a", np.full_like(plan.response.outcome, 0.3))[1:]
    by_hand = sum(weight[name] / weight.sum() * gains[:, s] for s, name in enumerate(drivers.segments))
    np.testing.assert_allclose(plan.benefits[:, 0], by_hand)


def test_the_seed_repeats_and_another_does_not():
    one, same, other = (cx.quick_wins(DRIVERS, PLAN, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one.table, same.table)
    assert (one.efforts != other.efforts).any()


def test_lift_and_effort_are_triangular():
    drivers = found(n_boot=2000)
    plan = cx.quick_wins(drivers, pd.DataFrame([initiative("x", "a", (0, 0, 1), (2, 3, 6))]))
    shape = stats.triang((3 - 2) / (6 - 2), loc=2, scale=4)
    assert stats.kstest(plan.efforts[:, 0], shape.cdf).pvalue > 0.01
    assert plan.efforts.min() >= 2
    assert plan.efforts.max() <= 6


@settings(max_examples=40)
@given(st.floats(0, 2), st.floats(0, 1), st.sampled_from("abc"))
def test_more_lift_is_never_less_benefit(lift, more, name):
    rows = [initiative("less", name, (lift,) * 3), initiative("more", name, (lift + more,) * 3)]
    plan = cx.quick_wins(DRIVERS, pd.DataFrame(rows), benefit_cut=1, effort_cut=3)
    worth = plan.response.worth[1:, 0, DRIVERS.touchpoints.index(name)]
    rising = (np.diff(worth) > 0).all(axis=1)
    assert (plan.benefits[rising, 1] >= plan.benefits[rising, 0] - 1e-9).all()


def test_a_higher_cut_is_never_a_likelier_quick_win():
    loose, strict = (
        cx.quick_wins(DRIVERS, PLAN, benefit_cut=benefit, effort_cut=effort).table.set_index("initiative")
        for benefit, effort in ((1, 5), (2, 3))
    )
    assert (loose["p_quick_win"] >= strict["p_quick_win"].loc[loose.index]).all()


def test_a_small_segment_that_some_resamples_miss():
    frame = answers(120)
    frame["group"] = ["one"] * 114 + ["two"] * 6
    drivers = found(500, "group", frame, touchpoints=["a"])
    assert drivers.segments == ("one", "two")
    assert np.isnan(drivers.draws.shares).any()
    plan = cx.quick_wins(drivers, PLAN.iloc[:1])
    assert np.isfinite(plan.benefits).all()


def test_inputs_stay_as_they_are(tmp_path):
    before = PLAN.copy(deep=True)
    plan = cx.quick_wins(DRIVERS, PLAN)
    pd.testing.assert_frame_equal(PLAN, before)
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.record = None
    PLAN.to_csv(tmp_path / "plan.csv", index=False)
    for path in (tmp_path / "plan.csv", str(tmp_path / "plan.csv")):
        pd.testing.assert_frame_equal(cx.quick_wins(DRIVERS, path).table, plan.table)


# What is refused


def test_drivers_without_resamples():
    with pytest.raises(ValuesError) as error:
        cx.quick_wins(found(n_boot=0), PLAN)
    assert str(error.value) == (
        "quick_wins needs the resamples of the drivers, and these have none. Call drivers(..., n_boot=1000)."
    )


def test_an_empty_list(tmp_path):
    with pytest.raises(ValuesError) as error:
        cx.quick_wins(DRIVERS, PLAN.iloc[:0])
    assert str(error.value) == "the list of initiatives is empty. Give at least one row."
    PLAN.iloc[:0].to_csv(tmp_path / "empty.csv", index=False)
    with pytest.raises(FileError) as error:
        cx.quick_wins(DRIVERS, tmp_path / "empty.csv")
    assert str(error.value) == f"{tmp_path / 'empty.csv'} has a header and no rows. Add a line for each entry."


def test_an_unknown_touchpoint():
    with pytest.raises(OptionError) as error:
        cx.quick_wins(DRIVERS, pd.DataFrame([initiative("Second queue", "a;A")]))
    assert str(error.value) == (
        "initiative 'Second queue': touchpoint 'A' is not known here. Did you mean 'a'? Touchpoints: a, b, c, d."
    )


def test_a_touchpoint_without_a_coefficient():
    drivers = found(20, frame=answers().assign(d=3))
    with pytest.raises(ValuesError) as error:
        cx.quick_wins(drivers, PLAN)
    assert str(error.value) == (
        "touchpoint 'd' has no coefficient: all who used it gave the same score. "
        "Nothing can be forecast for it: leave it out."
    )


def yes_or_no(**options) -> cx.Drivers:
    frame = answers()
    frame["stays"] = (frame["overall"] + np.random.default_rng(9).normal(0, 2, 400) > 5).astype(int)
    made = cx.Survey(frame, touchpoints=list("abcd"), outcome={"stays": "binary"}, scale=SCALE, segments=["group"])
    return cx.drivers(made, n_boot=100, **options)


def test_benefits_of_a_yes_or_no_are_averaged_predictions():
    drivers = yes_or_no()
    wins = cx.quick_wins(drivers, pd.DataFrame([initiative("up", "a;c", (0.5, 0.5, 0.5)), initiative("b", "b")]))
    assert wins.unit == "percentage points of stays"
    forecast = cx.what_if(drivers, {"a": 0.5, "c": 0.5}).table.iloc[-1]
    up = wins.table.set_index("initiative").loc["up"]
    assert up["benefit"] == pytest.approx(forecast["change"], abs=0.6)
    assert [up["benefit_low"], up["benefit_high"]] == pytest.approx([forecast["low"], forecast["high"]])


def test_what_removing_costs_a_yes_or_no_is_told_where_enough_went_without():
    drivers = yes_or_no()
    gone = cx.quick_wins(drivers, pd.DataFrame([initiative("b", "b", kind="remove", lift=("", "", ""))]))
    assert np.isfinite(gone.benefits).all()
    frame = answers().assign(b=np.where(np.arange(400) < 4, 6, 3 + np.arange(400) % 2))
    frame["stays"] = np.where(np.arange(400) < 4, 1, np.random.default_rng(9).integers(0, 2, 400))
    made = cx.Survey(frame, touchpoints=list("abcd"), outcome={"stays": "binary"}, scale=SCALE)
    with pytest.raises(ValuesError) as error:
        removal(cx.drivers(made, n_boot=5).record, "b")
    assert str(error.value) == (
        "removing 'b' cannot be forecast: too few went without it, or all but gave one answer. Leave it out."
    )


def test_outcomes_and_players_that_cannot_be_forecast():
    made = cx.Survey(answers(), touchpoints=list("abcd"), outcome="overall", scale=SCALE, segments=["group"])
    with pytest.raises(ValuesError) as error:
        cx.quick_wins(
            cx.drivers(made, groups={"front": ["a", "b"]}, n_boot=5), pd.DataFrame([initiative("x", "front")])
        )
    assert str(error.value) == (
        "'front' is a group, factor or product, and only touchpoints can be forecast: c, d. "
        "Name one of them, or call drivers without it."
    )


# What it says


def test_sentences():
    plan = cx.quick_wins(DRIVERS, PLAN)
    assert str(plan) == repr(plan)
    assert str(plan) == (
        '"Second queue" is forecast to add 5.7 [3.1, 8.7] NPS points; 2 to 5 weeks of work, big and easy in 81 of 100 '
        "redraws. "
        "A link in the answers, not yet a proven effect. n = 400."
    )
    assert plan.findings(2) == [
        '"Second queue" is forecast to add 5.7 [3.1, 8.7] NPS points; 2 to 5 weeks of work, big and easy in 81 of 100 '
        "redraws.",
        '"Paint" is forecast to add 1.9 [0.1, 5.2] NPS points; 1 week of work, big and easy in 25 of 100 redraws.',
    ]
    assert len(plan.findings()) == 3
    assert len(plan.findings(99)) == 5
    assert plan.note == (
        "Big: 2.7 NPS points or more, the mean of this list in each redraw, but never less than 1.0 NPS points. "
        "Easy: 4 weeks or less. Redraws: 200 resamples of the answers, lift and effort drawn between low and high. "
        "Effects are pulled towards their mean by as much as chance may have driven them apart. Intervals: 95 %."
    )


def test_the_finding_in_parts():
    finding = cx.quick_wins(DRIVERS, PLAN).finding
    assert finding.lead == '"Second queue" is forecast to add'
    assert (finding.figure, finding.interval, finding.unit) == ("5.7", "[3.1, 8.7]", "NPS points")
    assert finding.certainty == "2 to 5 weeks of work, big and easy in 81 of 100 redraws"
    assert (finding.caution, finding.n) == ("A link in the answers, not yet a proven effect", "400")


def test_sentences_of_an_interval_outcome():
    roles = {"outcome": "overall"}
    rows = [
        initiative("Second queue", "a", effort=(1, 1, 1)),
        initiative("Signs", "b", effort=(2, 2, 2), effort_unit="weeks"),
    ]
    plan = cx.quick_wins(found(100, **roles), pd.DataFrame(rows), benefit_cut=0.01)
    assert plan.findings() == [
        '"Second queue" is forecast to add 0.20 [0.12, 0.31] points of overall; 1 week of work, big and easy in 99 of '
        "100 redraws.",
        '"Signs" is forecast to add 0.05 [0.03, 0.09] points of overall; 2 weeks of work.',
    ]


def test_html_is_escaped():
    rows = [initiative("<b>x</b>", "a", owner="<i>me</i>")]
    page = cx.quick_wins(DRIVERS, pd.DataFrame(rows))._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "&lt;i&gt;me&lt;/i&gt;" in page
    assert "<b>" not in page
    assert "<i>" not in page


def test_harm_is_never_a_quick_win():
    worse = PLAN.head(2).assign(lift_low=[-0.6, -0.3], lift_likely=[-0.5, -0.2], lift_high=[-0.4, -0.1])
    assert cx.quick_wins(DRIVERS, worse).table["p_quick_win"].max() < 0.05


def test_what_is_worth_while_is_said():
    note = cx.quick_wins(DRIVERS, PLAN, benefit_cut=4, effort_cut=4.5).note
    assert note.startswith(
        "Big: 4.0 NPS points or more, the least that is worth having; the mean of this list is below it in most "
        "redraws. Easy: 4.5 weeks or less."
    )


def test_where_nothing_is_clearly_a_quick_win_the_finding_says_so_and_names_the_closest():
    plan = cx.quick_wins(DRIVERS, PLAN, benefit_cut=6)
    first = plan.first(1).iloc[0]
    assert 0 < first["p_quick_win"] < 0.8
    assert plan.finding.lead == (
        f'No initiative is clearly a quick win; closest: "{first["initiative"]}" is forecast to add'
    )


def test_what_is_not_worth_having_does_not_come_first():
    plan = cx.quick_wins(DRIVERS, PLAN, benefit_cut=4)
    first = plan.first(2)
    assert (first["benefit"] >= 4).all()
    assert (plan.first(99)["benefit"] >= 4).all()
    nothing = cx.quick_wins(DRIVERS, PLAN, benefit_cut=99)
    assert (nothing.first(99)["benefit"] > 0).all()


def test_a_removal_is_called_a_comparison():
    row = initiative("Close b", "b", ("", "", ""), kind="remove")
    note = cx.quick_wins(DRIVERS, pd.DataFrame([row])).note
    assert "What a removal brings compares users with non-users, who differ by choice." in note


def test_shrunk_effects_are_less_extreme_and_said_to_be_so():
    plan = cx.quick_wins(DRIVERS, PLAN)
    half = np.full_like(plan.response.outcome, 0.5)
    effects = np.array([effect(plan.response, name, half)[0, 0] for name in "abcd"])
    users = plan.response.shares[0, 0].sum(axis=1)
    slopes = effects / users
    raw = slopes / plan.response.ratio[0, 0]
    assert np.ptp(slopes) < np.ptp(raw)
    assert "Effects are pulled towards their mean by as much as chance may have driven them apart." in plan.note


def test_the_front_holds_what_nothing_beats():
    benefits, efforts = np.array([[3.0, 2.0, 2.0, 5.0, -1.0]]), np.array([[2.0, 2.0, 1.0, 9.0, 0.5]])
    assert pareto(benefits, efforts).tolist() == [[True, False, True, True, False]]
    assert pareto(np.array([[1.0, 1.0]]), np.array([[2.0, 2.0]])).all()  # neither beats the other
    plan = cx.quick_wins(DRIVERS, PLAN)
    table = plan.table.set_index("initiative").loc[PLAN["name"]]
    np.testing.assert_allclose(table["p_pareto"], pareto(plan.benefits, plan.efforts).mean(axis=0))
    for name in table.index[table["pareto"]]:
        better = (table["benefit"] > table.loc[name, "benefit"]) & (table["effort"] <= table.loc[name, "effort"])
        assert not better.any()


def test_p_top():
    plan = cx.quick_wins(DRIVERS, PLAN)
    np.testing.assert_allclose(plan.p_top(3), plan.table.set_index("initiative").loc[PLAN["name"], "p_top3"])
    assert plan.p_top(1).sum() == pytest.approx(1)
    assert (plan.p_top(5) == 1).all()


def test_initiatives_together_share_the_ceiling():
    rows = [initiative("one", "a", (2, 2, 2)), initiative("two", "a", (3, 3, 3)), initiative("c", "c", (1, 1, 1))]
    plan = cx.quick_wins(DRIVERS, pd.DataFrame(rows))
    ceiling = effect(plan.response, "a", np.full_like(plan.response.outcome, 5.0))
    np.testing.assert_allclose(plan.together([0, 1]), ceiling)
    apart = plan.together([0]) + plan.together([1])
    assert (plan.together([0, 1])[0] < apart[0]).all()
    np.testing.assert_allclose(plan.together([0, 2]), plan.together([0]) + plan.together([2]))
    assert (plan.together([]) == 0).all()


def test_a_lift_longer_than_the_scale_is_refused():
    plan = pd.DataFrame([initiative("Magic", "a;d", (4.5, 5, 5))])
    with pytest.raises(ValuesError) as error:
        cx.quick_wins(DRIVERS, plan)
    assert str(error.value) == (
        "initiative 'Magic' lifts 'a' by 5, and its scale is 4 points long. Give the points by which its mean will "
        "rise, such as 0.3, or 'to standard'."
    )


def test_a_lift_beyond_what_the_scale_leaves_is_said_to_count_up_to_its_end():
    rows = [initiative("Magic", "a;d", (3, 3, 3)), initiative("Paint", "d"), initiative("Close", "b", kind="remove")]
    rows[2] |= dict.fromkeys(["lift_low", "lift_likely", "lift_high"])
    left = 5 - answers()[["a", "d"]].mean()
    said = (
        f"Lifts beyond the end of the scale count up to it: Magic (a, {left['a']:.2f} left), "
        f"Magic (d, {left['d']:.2f} left)."
    )
    assert said in cx.quick_wins(DRIVERS, pd.DataFrame(rows)).note
    assert "Lifts beyond" not in cx.quick_wins(DRIVERS, PLAN).note


def test_an_initiative_reaches_the_segments_it_names():
    drivers = found(by="group")
    rows = pd.DataFrame([initiative("x", "a", (0.3, 0.3, 0.3)), initiative("y", "a", (0.3, 0.3, 0.3), segments="two")])
    plan = cx.quick_wins(drivers, rows)
    assert (plan.together([1])[:, 0] == 0).all()
    np.testing.assert_allclose(plan.together([1])[:, 1], plan.together([0])[:, 1])
    with pytest.raises(OptionError) as error:
        cx.quick_wins(DRIVERS, rows)
    assert str(error.value) == (
        "initiative 'y' reaches segment 'two', which the drivers do not tell apart. Segments: none. "
        "Call drivers(survey, by=column), or reach everyone."
    )


def test_one_dimension_moves_the_touchpoint_by_its_part():
    frame = answers().assign(a2=lambda frame: frame["a"].sample(frac=1, random_state=0).to_numpy())
    drivers = found(50, frame=frame, touchpoints={"a": {"speed": "a", "tone": "a2"}, "c": "c"})
    rows = [initiative("all of it", "a", (0.1,) * 3), initiative("tone", "a", (0.2,) * 3, dimension="tone")]
    plan = cx.quick_wins(drivers, pd.DataFrame(rows))
    np.testing.assert_allclose(plan.benefits[:, 0], plan.benefits[:, 1])
    with pytest.raises(OptionError) as error:
        cx.quick_wins(drivers, pd.DataFrame([initiative("x", "a", dimension="price")]))
    assert str(error.value) == "initiative 'x': 'a' has no dimension 'price'. Dimensions: speed, tone."


def places(**more) -> cx.TouchpointMap:
    spots = [cx.Touchpoint("a", stage="s", standards=[cx.Standard("mean", 4)]), cx.Touchpoint("b", stage="s", **more)]
    return cx.TouchpointMap(spots, cx.Lifecycle([cx.Stage("s")]))


def test_to_the_standard_is_the_what_if_of_it():
    row = initiative("x", "a", ("", "to standard", ""))
    plan = cx.quick_wins(DRIVERS, pd.DataFrame([row]), touchpoint_map=places())
    row_of = cx.what_if(DRIVERS, {"a": "standard"}, touchpoint_map=places()).table.iloc[0]
    assert plan.together([0])[0, 0] == pytest.approx(row_of["change"])
    assert np.quantile(plan.benefits[:, 0], [0.025, 0.975]) == pytest.approx(row_of[["low", "high"]].tolist())
    with pytest.raises(OptionError) as error:
        cx.quick_wins(DRIVERS, pd.DataFrame([row]))
    assert str(error.value) == (
        "touchpoint 'a' has no standard for its mean score; there is no map: give touchpoint_map=."
    )


def test_removing_costs_what_the_drivers_say_and_saves_its_cost():
    row = initiative("Close b", "b", ("", "", ""), kind="remove")
    plan = cx.quick_wins(DRIVERS, pd.DataFrame([row]), touchpoint_map=places(volume=1000, cost_per_contact=2.5))
    np.testing.assert_allclose(plan.benefits, removal(DRIVERS.record, "b")[1:])
    assert plan.table["saving"].tolist() == [2500.0]
    unknown = cx.quick_wins(DRIVERS, pd.DataFrame([row]), touchpoint_map=places())
    assert unknown.table["saving"].isna().all()


def test_benefits_in_money_hold_the_saving():
    rows = [initiative("Close b", "b", ("", "", ""), kind="remove"), initiative("c", "c", (0.5,) * 3)]
    link = cx.RetentionLink(1000, 50, (0.0001, 0.0002, 0.0004))
    where = places(volume=1000, cost_per_contact=2.5)
    plan, points = (
        cx.quick_wins(DRIVERS, pd.DataFrame(rows), touchpoint_map=where, money=money) for money in (link, None)
    )
    assert plan.unit == "money a year by the assumed link"
    assert points.unit == "NPS points"
    per_point = (plan.benefits[:, 1] / points.benefits[:, 1]) / (1000 * 50)
    assert per_point.min() >= 0.0001
    assert per_point.max() <= 0.0004
    np.testing.assert_allclose(plan.benefits[:, 0], points.benefits[:, 0] * per_point * 50_000 + 2500)
    assert "money a year" in str(plan)


def test_one_to_standard_adds_only_what_is_left_to_lift():
    rows = [
        initiative("some", "a", (0.2, 0.2, 0.2)),
        initiative("all", "a", ("", "to standard", "")),
        initiative("again", "a", ("", "to standard", "")),
    ]
    plan = cx.quick_wins(DRIVERS, pd.DataFrame(rows), touchpoint_map=places())
    for chosen in ([1, 2], [0, 1], [0, 1, 2]):
        np.testing.assert_allclose(plan.together(chosen), plan.together([1]))
    road = cx.roadmap(plan, periods=2, resolves=0)
    assert road.table["selected"].sum() == 2  # the two that go to the standard exclude each other
    assert set(road.table.loc[~road.table["selected"], "why"]) == {'it excludes "all", which is chosen'}


def test_what_is_removed_is_not_improved_as_well():
    rows = [initiative("Close b", "b", ("", "", ""), kind="remove", must_do="yes"), initiative("Lift b", "b")]
    road = cx.roadmap(cx.quick_wins(DRIVERS, pd.DataFrame(rows)), periods=2, resolves=0)
    assert road.table.set_index("initiative")["why"]["Lift b"] == 'it excludes "Close b", which is chosen'


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"benefit_cut": "a"}, "benefit_cut is 'a'. Give a number, or leave it out for the mean of the list."),
        ({"effort_cut": np.nan}, "effort_cut is nan. Give a number, or leave it out for the mean of the list."),
        (
            {"touchpoint_map": "map.csv"},
            "touchpoint_map works on a TouchpointMap, not on a str. Make one: cx.TouchpointMap.from_csv(path).",
        ),
        (
            {"money": 3},
            "money works on a RetentionLink, not on a int. Make one: cx.RetentionLink(customers, value, per_point).",
        ),
    ],
)
def test_what_is_given_is_checked_first(asked, message):
    with pytest.raises((OptionError, ValuesError)) as error:
        cx.quick_wins(DRIVERS, PLAN, **asked)
    assert str(error.value) == message


def test_findings_are_of_what_does_good():
    rows = [initiative("Harm", "a", (-0.3, -0.2, -0.1)), initiative("Good", "b")]
    plan = cx.quick_wins(DRIVERS, pd.DataFrame(rows), benefit_cut=99)
    assert plan.first(3)["initiative"].tolist() == ["Good"]
    assert len(plan.findings(3)) == 1
    assert plan.finding.lead.endswith('"Good" is forecast to add')
    alone = cx.quick_wins(DRIVERS, pd.DataFrame(rows[:1]))
    assert len(alone.findings(3)) == 1


def test_a_road_map_of_a_yes_or_no_adds_up_averaged_predictions():
    plan = pd.DataFrame([
        initiative("Second queue", "a", (0.5, 0.5, 0.5), cost=10),
        initiative("Train staff", "c", (0.5, 0.5, 0.5), cost=10),
    ])  # fmt: skip
    wins = cx.quick_wins(yes_or_no(), plan)
    road = cx.roadmap(wins, periods=["H1", "H2"], budget=10, resolves=2)
    assert "percentage points of stays" in str(road.finding)
    chosen = np.flatnonzero(road.table.set_index("initiative").loc[plan["name"], "selected"])
    together = np.median(wins.benefit_of(chosen))
    assert str(road.finding).split(" to add ")[1].startswith(f"{together:.1f}")
