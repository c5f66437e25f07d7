"""Moments of truth: the index by hand, effects clearly above the median, emotion."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.errors import ValuesError


def percentile_ranks(values: list[float]) -> list[float]:
    return [(sum(b < a for b in values) + 0.5 * sum(b == a for b in values)) / len(values) for a in values]


def test_the_index_by_hand(looks, found):
    frame, view = looks.answers(), found.moments_of_truth()
    reach = [(frame[name] != 6).mean() for name in looks.NAMES]
    emotion = [(looks.users(frame, name) - 3).abs().mean() / 2 for name in looks.NAMES]
    effect = [abs(looks.fitted_by_hand(frame, frame["y"].to_numpy())[1][name]) for name in looks.NAMES]
    for column, values in (("reach", reach), ("emotion", emotion), ("effect", effect)):
        assert looks.by_name(view, column)[list(looks.NAMES)].tolist() == pytest.approx(values)
    ranks = [percentile_ranks(np.round(values, 9).tolist()) for values in (reach, emotion, effect)]
    want = 100 * np.prod(ranks, axis=0) ** (1 / 3)
    assert looks.by_name(view, "index")[list(looks.NAMES)].tolist() == pytest.approx(want)
    assert view.table["index"].is_monotonic_decreasing
    draws, drawn = found.draws, []
    for shares, coef in zip(draws.shares[:, 0], draws.coef[:, 0], strict=True):
        reach = shares.sum(axis=-1)
        three = [reach.round(9), shares @ (np.abs(found.levels - 3) / 2) / reach, np.abs(coef)]
        drawn.append(100 * np.prod([percentile_ranks(list(values)) for values in three], axis=0) ** (1 / 3))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    assert looks.by_name(view, "index_low")[list(looks.NAMES)].tolist() == pytest.approx(low)
    assert looks.by_name(view, "index_high")[list(looks.NAMES)].tolist() == pytest.approx(high)


def test_a_moment_of_truth_passes_all_three(looks, found, bare):
    own = found.table.set_index("touchpoint")
    for view in (found.moments_of_truth(), bare.moments_of_truth()):
        table = view.table.set_index("touchpoint")
        medians = table[["reach", "emotion", "effect"]].median()
        for name in looks.NAMES:
            ends = sorted([abs(own.loc[name, "coef_low"]), abs(own.loc[name, "coef_high"])])
            near = 0 if own.loc[name, "coef_low"] <= 0 <= own.loc[name, "coef_high"] else ends[0]
            assert table.loc[name, "effect_low"] == pytest.approx(near)
            assert table.loc[name, "effect_high"] == pytest.approx(ends[1])
            assert table.loc[name, "q_value"] == own.loc[name, "q_value"]
            clear = table.loc[name, "q_value"] < 0.05 and table.loc[name, "q_above"] < 0.05
            passes = clear and (table.loc[name, ["reach", "emotion", "effect"]] >= medians).all()
            assert table.loc[name, "moment_of_truth"] == passes
        assert not table["moment_of_truth"].any()  # the Desk leaves people calm, few come to the Gate
        assert table.index[table["q_above"].lt(0.05) & table["effect"].gt(medians["effect"])].tolist() == [
            "Gate",
            "Desk",
        ]


def strong(looks, names=("Desk", "Web"), **roles) -> cx.Survey:
    """The survey with feelings that are strongest at some touchpoints."""
    frame = looks.answers().assign(**{f"felt {name}": 5 for name in names})
    return looks.survey(frame, emotion=looks.felt(), **roles)


def test_what_is_felt_met_and_clearly_above_the_median_is_a_moment_of_truth(looks):
    view = cx.drivers(strong(looks), n_boot=0).moments_of_truth()
    row = view.table.set_index("touchpoint").loc["Desk"]
    assert view.table["moment_of_truth"].tolist().count(True) == 1
    assert row["moment_of_truth"]
    effect = f"effect {row['effect']:.2f} [{row['effect_low']:.2f}, {row['effect_high']:.2f}]"
    assert str(view) == f"Moments of truth: Desk (met by 100 %, felt 5.00, {effect}). n = 300."


def test_the_error_of_the_difference_to_the_median_is_that_of_both(looks, bare):
    fit = bare.record.estimates.fits[0]
    rng = np.random.default_rng(8)
    drawn = np.abs(rng.multivariate_normal(fit.coef, fit.cov, 20_000))
    error = (drawn - np.median(drawn, axis=1)[:, None]).std(axis=0)
    sizes = np.abs(fit.coef)
    p_values = 2 * stats.t.sf(np.abs(sizes - np.median(sizes)) / error, fit.df)
    want = dict(zip(looks.NAMES, stats.false_discovery_control(p_values), strict=True))
    assert looks.by_name(bare.moments_of_truth(), "q_above").to_dict() == pytest.approx(want, rel=0.1, abs=1e-3)


def test_below_four_degrees_of_freedom_of_clusters_nothing_is_above_the_median(looks):
    frame = looks.answers().assign(flight=lambda f: np.arange(len(f)) % 4)
    table = cx.drivers(looks.survey(frame, cluster="flight"), n_boot=0).moments_of_truth().table
    assert table["q_above"].isna().all()
    assert not table["moment_of_truth"].any()


def test_a_touchpoint_that_follows_from_others_leaves_their_tests_alone(looks):
    frame = looks.answers()
    frame["Copy"] = frame["Desk"]
    made = looks.survey(frame, touchpoints=[*looks.NAMES, "Copy"])
    q_above = cx.drivers(made, n_boot=0).moments_of_truth().table.set_index("touchpoint")["q_above"]
    assert q_above[list(looks.NAMES)].notna().all()
    assert np.isnan(q_above["Copy"])


def test_the_sign_of_an_effect_is_set_aside(looks):
    frame = looks.answers()
    up, down = (cx.drivers(looks.survey(frame.assign(y=sign * frame["y"])), n_boot=0) for sign in (1, -1))
    pd.testing.assert_frame_equal(up.moments_of_truth().table, down.moments_of_truth().table)


@pytest.mark.parametrize("by", [None, "who"])
def test_emotion_is_the_size_of_its_columns(looks, by):
    frame, made = looks.answers(), looks.survey(emotion=looks.felt(), weight="w")
    table = cx.drivers(made, by=by, n_boot=0).moments_of_truth().table
    for row in table.to_dict("records"):
        some = frame[frame["who"] == row["segment"]] if by else frame
        want = np.average(some[f"felt {row['touchpoint']}"].abs(), weights=some["w"])
        assert row["emotion"] == pytest.approx(want)


STANDS_IN = "Feeling was not asked: how far ratings lie from the middle of the scale stands in for it."


def test_moments_of_truth_in_words(looks, bare, found):
    assert str(bare.moments_of_truth()) == f"No touchpoint is clearly a moment of truth. {STANDS_IN} n = 300."
    how = (
        "Index (ours): geometric mean of the percentile ranks of reach, emotion and effect, times 100. Emotion: how "
        "far scores lie from the middle of the scale. A moment of truth is met by at least the median share, felt at "
        "least as strongly as the median, and its effect is clear and clearly above the median, both with q under "
        "0.05. Effects have the intervals of the drivers. "
    )
    assert bare.moments_of_truth().note == f"{how}No redraws, so no intervals from them."
    assert found.moments_of_truth().note == f"{how}Intervals: 95 %, from 200 redraws."
    by_segment = cx.drivers(strong(looks), by="who", n_boot=0).moments_of_truth()
    table = by_segment.table
    for segment, item in zip(("business", "leisure"), by_segment.finding.items, strict=True):
        flagged = table[(table["segment"] == segment) & table["moment_of_truth"].eq(True)]
        name = flagged["touchpoint"].iloc[0] if len(flagged) else "none"
        assert item.name == f"{name} for {segment}"
    told = cx.drivers(looks.survey(emotion=looks.felt()), n_boot=0).moments_of_truth()
    assert "Emotion: mean size of the survey's emotion columns, taken as exact." in told.note
    assert str(told) == "No touchpoint is clearly a moment of truth. n = 300."
    for columns, words in (
        (looks.felt("Web", "Desk"), "Gate, Food lack a"),
        (looks.felt("Web", "Desk", "Gate"), "Food lacks a"),
    ):
        view = cx.drivers(looks.survey(emotion=columns), n_boot=0).moments_of_truth()
        assert f"from the middle of the scale; {words} column of it. " in view.note
        assert view.table.equals(bare.moments_of_truth().table)


def test_moments_of_truth_of_a_fitted_outcome_have_effects_in_log_odds(looks, fitted):
    view = fitted.moments_of_truth()
    own = fitted.table.set_index("touchpoint")["coef"].abs()
    assert looks.by_name(view, "effect").to_dict() == pytest.approx(own.to_dict())
    assert looks.by_name(view, "effect_low").notna().all()
    assert view.table[["index_low", "index_high"]].notna().all(axis=None)
    assert view.table["q_above"].notna().all()


def test_an_effect_without_an_interval_is_no_moment_of_truth(looks):
    found = cx.drivers(looks.survey(), blanks="impute", n_boot=0)
    view = found.moments_of_truth()
    assert [*view.table["moment_of_truth"]] == [None] * 4
    first = view.table.iloc[0]
    assert str(view) == (
        f"Highest index of reach, emotion and effect: {first['touchpoint']} (index {first['index']:.0f}). "
        f"{STANDS_IN} n = 300."
    )


def test_an_emotion_column_of_text_is_refused(looks):
    frame = looks.answers().assign(**{"felt Gate": ["", None, "2", *["calm"] * 297]})
    found = cx.drivers(looks.survey(frame, emotion=looks.felt()), n_boot=0)
    with pytest.raises(ValuesError) as error:
        found.moments_of_truth()
    assert str(error.value) == (
        "emotion column 'felt Gate' holds 'calm'. How strong a feeling is takes numbers, such as 1 (calm) to 5."
    )


def test_reach_can_be_what_was_observed(looks, bare):
    names = list(bare.moments_of_truth().table["touchpoint"])
    shares = {name: 0.2 + 0.1 * place for place, name in enumerate(names)}
    view = bare.moments_of_truth(reach=shares)
    table = view.table.set_index("touchpoint")
    assert table["reach"].to_dict() == pytest.approx(shares)
    ranks = zip(*(percentile_ranks(table[part].tolist()) for part in ("reach", "emotion", "effect")), strict=True)
    assert table["index"].tolist() == pytest.approx([100 * np.cbrt(np.prod(rank)) for rank in ranks])
    assert "Reach: as observed and given, taken as exact; a touchpoint without it has no index." in view.note
    as_table = pd.DataFrame({"touchpoint": list(shares), "reach": list(shares.values())})
    pd.testing.assert_frame_equal(bare.moments_of_truth(reach=as_table).table, view.table)
    pd.testing.assert_frame_equal(view.again(looks.survey()).table, view.table)


def test_a_touchpoint_that_nobody_observed_has_no_index(bare):
    first, *others = bare.moments_of_truth().table["touchpoint"]
    view = bare.moments_of_truth(reach={first: 0.5, "elsewhere": 0.9})
    assert view.table.set_index("touchpoint").loc[others, "index"].isna().all()


def test_reach_by_segment(parts):
    of_all = {segment: share for share, segment in enumerate(parts.segments, 1)}
    names = parts.moments_of_truth().table["touchpoint"].unique()
    rows = [(segment, name, 0.1 * share) for segment, share in of_all.items() for name in names]
    table = parts.moments_of_truth(reach=pd.DataFrame(rows, columns=["segment", "touchpoint", "reach"])).table
    assert table["reach"].tolist() == pytest.approx([0.1 * of_all[segment] for segment in table["segment"]])


@pytest.mark.parametrize(
    ("reach", "message"),
    [
        (
            0.5,
            "reach: give {touchpoint: share of customers who meet it}, or a table with the columns touchpoint and "
            "reach, such as paths(log).felt().table.",
        ),
        ({"Desk": 1.5}, "reach of 'Desk' is 1.5. Give a share from 0 to 1."),
        ({"Desk": "often"}, "reach of 'Desk' is 'often'. Give a share from 0 to 1."),
        (
            {"Dock": 0.5},
            "reach names none of the touchpoints of the drivers: "
            "'Web', 'Desk', 'Gate', 'Food'. Call them alike in both.",
        ),
    ],
)
def test_reach_that_is_none(bare, reach, message):
    with pytest.raises(ValuesError) as error:
        bare.moments_of_truth(reach=reach)
    assert str(error.value) == message
