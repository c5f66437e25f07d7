"""The importance-performance map: figures by hand, quadrants counted over the draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.finding import Item
from cxlens.common.values import in_hundred
from cxlens.stages.drivers.leaders import shrunken_importance
from cxlens.stages.drivers.performance import CONCENTRATE, to_concentrate


def test_the_map_shows_means_of_users_and_importance_with_the_intervals_of_the_drivers(looks, found):
    view, own = found.performance(), found.table.set_index("touchpoint")
    assert list(view.table["touchpoint"]) == list(found.table["touchpoint"])
    for name in ("n", "importance", "importance_low", "importance_high"):
        assert looks.by_name(view, name).to_dict() == pytest.approx(own[name].to_dict())
    frame = looks.answers()
    assert looks.by_name(view, "mean").to_dict() == pytest.approx(
        {name: looks.users(frame, name).mean() for name in looks.NAMES}
    )
    drawn = found.draws.shares[:, 0] @ found.levels / found.draws.shares[:, 0].sum(axis=-1)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    assert looks.by_name(view, "mean_low")[list(looks.NAMES)].tolist() == pytest.approx(low)
    assert looks.by_name(view, "mean_high")[list(looks.NAMES)].tolist() == pytest.approx(high)


@pytest.mark.parametrize("cross", ["means", "middle"])
def test_quadrants_are_counted_over_the_draws(looks, found, cross):
    view = found.performance(cross=cross)
    counts = {name: dict.fromkeys(looks.QUADRANTS, 0) for name in looks.NAMES}
    drawn_together = shrunken_importance(found.record)[:, 0]
    for shares, importance in zip(found.draws.shares[:, 0], drawn_together, strict=True):
        means = [(own * found.levels).sum() / own.sum() for own in shares]
        rated = 3 if cross == "middle" else sum(means) / 4
        for name, mean, size in zip(looks.NAMES, means, importance, strict=True):
            row = ("low priority", "possible overkill") if size <= sum(importance) / 4 else looks.QUADRANTS[2:]
            counts[name][row[int(mean >= rated)]] += 1
    for name, row in view.table.set_index("touchpoint").iterrows():
        most = max(counts[name].values()) / 200
        assert row["quadrant"] == (max(counts[name], key=counts[name].get) if most > 0.5 else "undecided")
        assert row["p_quadrant"] == pytest.approx(max(counts[name].values()) / 200)
        assert row["p_concentrate"] == pytest.approx(counts[name]["concentrate here"] / 200)


def test_cross_hairs_lie_at_the_means_or_the_middle(looks, found):
    cross = found.performance().parts["cross-hairs"]
    middle = found.performance(cross="middle").parts["cross-hairs"]
    frame = looks.answers()
    assert cross["mean"].tolist() == pytest.approx([np.mean([looks.users(frame, name).mean() for name in looks.NAMES])])
    assert cross["importance"].tolist() == pytest.approx([found.table["importance"].mean()])
    assert middle["mean"].tolist() == [3]
    assert middle["importance"].tolist() == cross["importance"].tolist()


def test_without_resamples_the_quadrant_is_that_of_the_figures(looks, bare):
    view = bare.performance()
    mean, size = looks.by_name(view, "mean"), looks.by_name(view, "importance")
    at = 2 * (size > size.mean()) + (mean >= mean.mean())
    assert looks.by_name(view, "quadrant").to_dict() == {name: looks.QUADRANTS[at[name]] for name in looks.NAMES}
    assert view.table[["p_quadrant", "p_concentrate", "mean_low", "importance_high"]].isna().all(axis=None)
    assert str(view) == "Concentrate here: Desk (rated 2.99). n = 300."
    assert view.note == (
        "Ratings are parted at the mean of the means; importance at its mean. A quadrant is named where its "
        "probability is over 0.5, by importances drawn together; the finding tells only what is clear, allowing for "
        "all. No redraws, so no intervals from them."
    )


def test_the_map_in_words(looks, found, parts):
    view = found.performance(cross="middle")
    row = found.performance().table.set_index("touchpoint").loc["Desk"]
    said = in_hundred(row["p_concentrate"])
    assert str(found.performance()) == (
        f"Concentrate here: Desk (rated 2.99 [{row['mean_low']:.2f}, {row['mean_high']:.2f}], "
        f"in {said} of 100 redraws). n = 300."
    )
    assert found.performance().finding.items == [
        Item("Desk", "rated 2.99", f"[{row['mean_low']:.2f}, {row['mean_high']:.2f}]",
             f"in {said} of 100 redraws")
    ]  # fmt: skip
    alone = cx.drivers(looks.survey(touchpoints=["Web"]), n_boot=0).performance()
    assert str(alone) == "No touchpoint is clearly both important and rated low. n = 300."
    assert view.note == (
        "Ratings are parted at the middle of the scale, 3; importance at its mean. A quadrant is named where its "
        "probability is over 0.5, by importances drawn together; the finding tells only what is clear, allowing for "
        "all. Intervals: 95 %, from 200 redraws."
    )
    assert [item.name for item in parts.performance().finding.items] == ["Desk for leisure", "none for business"]
    assert parts.performance().finding.items[0].figure.startswith("rated ")


def test_what_does_not_clearly_go_with_the_outcome_is_not_named(looks):
    frame = looks.answers(120)
    frame["y"] = np.random.default_rng(2).normal(size=120)
    view = cx.drivers(looks.survey(frame), n_boot=100).performance()
    assert view.table["q_value"].min() > 0.05
    assert str(view) == "No touchpoint is clearly both important and rated low. n = 120."


def test_a_quadrant_that_is_not_clear_among_all_is_not_told_in_words():
    """Of touchpoints that are alike, one was named in about half of all studies, of three that matter most and are
    rated as the others, in most; 5 in 100 are due."""
    table = pd.DataFrame(
        {
            "touchpoint": ["sure", "second", "by itself", "no link", "elsewhere"],
            "quadrant": [CONCENTRATE] * 4 + ["low priority"],
            "p_concentrate": [0.998, 0.985, 0.965, 0.999, 0.0],
            "q_value": [0.01, 0.01, 0.01, 0.2, 0.01],
        }
    )
    assert to_concentrate(table, 0.95)["touchpoint"].tolist() == ["sure", "second", "by itself"]
    among_more = pd.concat([table.drop(index=3), table.tail(1), table.tail(1)])
    assert to_concentrate(among_more, 0.95)["touchpoint"].tolist() == ["sure", "second"]
    undrawn = table.assign(p_concentrate=np.nan)
    assert to_concentrate(undrawn, 0.95)["touchpoint"].tolist() == ["sure", "second", "by itself"]


def test_weights_count_in_means(looks, found):
    frame = looks.answers()
    view = cx.drivers(looks.survey(weight="w"), n_boot=0).performance()
    for name in looks.NAMES:
        used = frame[name] != 6
        assert looks.by_name(view, "mean")[name] == pytest.approx(
            np.average(frame[name][used], weights=frame["w"][used])
        )
