"""Moments of truth: the index by hand, effects clearly above the median, emotion."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

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


def test_a_moment_of_truth_has_an_effect_clearly_above_the_median(looks, found, bare):
    own = found.table.set_index("touchpoint")
    for view in (found.moments_of_truth(), bare.moments_of_truth()):
        table = view.table.set_index("touchpoint")
        for name in looks.NAMES:
            ends = sorted([abs(own.loc[name, "coef_low"]), abs(own.loc[name, "coef_high"])])
            near = 0 if own.loc[name, "coef_low"] <= 0 <= own.loc[name, "coef_high"] else ends[0]
            assert table.loc[name, "effect_low"] == pytest.approx(near)
            assert table.loc[name, "effect_high"] == pytest.approx(ends[1])
            assert table.loc[name, "moment_of_truth"] == (near > own["coef"].abs().median())
        assert table.index[table["moment_of_truth"].eq(True)].tolist() == ["Gate", "Desk"]


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


def test_moments_of_truth_in_words(looks, bare, found, parts):
    index = looks.by_name(bare.moments_of_truth(), "index")
    assert str(bare.moments_of_truth()) == (
        f"Moments of truth: Gate (index {index['Gate']:.0f}), Desk (index {index['Desk']:.0f}). n = 300."
    )
    how = "Index (ours): geometric mean of the percentile ranks of reach, emotion and effect, times 100. "
    assert bare.moments_of_truth().note == (
        f"{how}Emotion: how far scores lie from the middle of the scale. "
        "Effects have the intervals of the drivers. No resamples, so no intervals from them."
    )
    row = found.moments_of_truth().table.set_index("touchpoint").loc["Gate"]
    assert str(found.moments_of_truth()).startswith(
        f"Moments of truth: Gate (index {row['index']:.0f} [{row['index_low']:.0f}, {row['index_high']:.0f}]), Desk ("
    )
    first = dict(
        parts.moments_of_truth().table.query("moment_of_truth == True").groupby("segment")["touchpoint"].first()
    )
    names = [item.name for item in parts.moments_of_truth().finding.items]
    assert names == [f"{first[segment]} for {segment}" for segment in ("business", "leisure")]
    told = cx.drivers(looks.survey(emotion=looks.felt()), n_boot=0).moments_of_truth()
    assert "Emotion: mean size of the survey's emotion columns, taken as exact." in told.note
    for columns, words in (
        (looks.felt("Web", "Desk"), "Gate, Food lack a"),
        (looks.felt("Web", "Desk", "Gate"), "Food lacks a"),
    ):
        view = cx.drivers(looks.survey(emotion=columns), n_boot=0).moments_of_truth()
        assert f"from the middle of the scale; {words} column of it. " in view.note
        assert view.table.equals(bare.moments_of_truth().table)


def test_no_effect_above_the_median_is_said(looks):
    frame = looks.answers(60).assign(y=np.random.default_rng(3).normal(size=60))
    assert str(cx.drivers(looks.survey(frame), n_boot=0).moments_of_truth()) == (
        "No touchpoint has an effect clearly above the median. n = 60."
    )


def test_moments_of_truth_of_a_fitted_outcome_have_effects_in_log_odds_and_no_interval_of_the_index(looks, fitted):
    view = fitted.moments_of_truth()
    own = fitted.table.set_index("touchpoint")["coef"].abs()
    assert looks.by_name(view, "effect").to_dict() == pytest.approx(own.to_dict())
    assert looks.by_name(view, "effect_low").notna().all()
    assert view.table[["index_low", "index_high"]].isna().all(axis=None)
    assert view.note.endswith("Effects have the intervals of the drivers; the index has none.")
    assert str(view).startswith("Moments of truth: Gate (index ")


def test_an_effect_without_an_interval_is_no_moment_of_truth(looks):
    found = cx.drivers(looks.survey(), blanks="impute", n_boot=0)
    view = found.moments_of_truth()
    assert [*view.table["moment_of_truth"]] == [None] * 4
    first = view.table.iloc[0]
    assert str(view) == (
        f"Highest index of reach, emotion and effect: {first['touchpoint']} (index {first['index']:.0f}). n = 300."
    )


def test_an_emotion_column_of_text_is_refused(looks):
    frame = looks.answers().assign(**{"felt Gate": ["", None, "2", *["calm"] * 297]})
    found = cx.drivers(looks.survey(frame, emotion=looks.felt()), n_boot=0)
    with pytest.raises(ValuesError) as error:
        found.moments_of_truth()
    assert str(error.value) == (
        "emotion column 'felt Gate' holds 'calm'. How strong a feeling is takes numbers, such as 1 (calm) to 5."
    )
