"""Where scores are to go: in words, and in score points of each resample."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.improve.goals import Mark, in_words, marks, points
from cxlens.stages.improve.response import lift, mean_score
from cxlens.stats.shrunk_means import shrunk_means
from tests.stages.improve.test_response import DRIVERS, RESPONSE, SCALE, SIZE


def shift(name: str, by: object, mark: Mark | None = None) -> np.ndarray:
    return points(RESPONSE, name, by, mark, np.random.default_rng(0))


def means_after(name: str, by: object, mark: Mark | None = None) -> np.ndarray:
    users = RESPONSE.shares[:, :, "abcde".index(name)].sum(axis=-1)
    return mean_score(RESPONSE, name) + lift(RESPONSE, name, shift(name, by, mark)) / users


def test_changes_in_words():
    changes = [0.5, -1, "ceiling", ("standard", 1), ("best competitor", 0.25), ("competitor", "B"),
               ("competitor", "The other", 0.5)]  # fmt: skip
    assert [in_words(by) for by in changes] == [
        "+0.5",
        "-1",
        "to the ceiling",
        "to the standard",
        "25 % of the way to the best competitor",
        "to B",
        "50 % of the way to The other",
    ]


def test_so_many_points_are_the_same_for_all():
    assert (shift("a", -0.5) == -0.5 * SIZE).all()


def test_a_share_of_the_way_to_the_ceiling():
    np.testing.assert_allclose(means_after("a", "ceiling"), 5 * SIZE, atol=1e-9)
    np.testing.assert_allclose(means_after("a", ("ceiling", 0.25)), 0.75 * mean_score(RESPONSE, "a") + 1.25, atol=1e-9)


def test_the_best_segment_is_picked_anew_in_each_draw_from_means_drawn_together():
    now = mean_score(RESPONSE, "c")
    errors = now[1:].std(axis=0)
    expected, drawn = shrunk_means(now[0], errors, now[1:], np.random.default_rng(0))
    after = means_after("c", "best segment")
    np.testing.assert_allclose(after[0], np.maximum(now[0], expected.max()), atol=1e-9)
    best = drawn.max(axis=1)[:, None]
    np.testing.assert_allclose(after[1:], np.clip(np.maximum(now[1:], best), 1, 5), atol=1e-9)
    assert expected.max() < now[0].max()


def test_the_best_of_several_competitors_is_picked_anew_in_each_draw():
    several = Mark(4.2, 0.1, ((4.2, 0.1), (4.0, 0.1), (4.1, 0.1)))
    after = means_after("a", "best competitor", several)
    alone = means_after("a", ("competitor", "B"), Mark(4.2, 0.1))
    np.testing.assert_allclose(alone[0], [4.2, 4.2], atol=1e-9)
    assert (after[0] < 4.2).all()
    assert (after[0] > 4.1).all()
    assert np.median(after[1:, 0]) < np.median(alone[1:, 0])


def test_a_mark_lies_elsewhere_in_each_resample_and_where_it_is_in_the_estimate():
    sure = means_after("a", "standard", Mark(4.0, 0.0))
    np.testing.assert_allclose(sure, 4 * SIZE, atol=1e-9)
    vague = means_after("a", "best competitor", Mark(4.0, 0.1))
    np.testing.assert_allclose(vague[0], [4, 4], atol=1e-9)
    assert vague[1:, 0].std() == pytest.approx(0.1, rel=0.3)
    np.testing.assert_allclose(vague[:, 0], vague[:, 1], atol=1e-9)  # one competitor for all segments


def test_the_best_competitor_is_the_one_rated_highest_with_its_error():
    rng = np.random.default_rng(1)
    rivals = {
        who: cx.Survey(
            pd.DataFrame({"a": np.clip(np.round(rng.normal(mean, 1, 400)), 1, 5), "y": rng.normal(size=400)}),
            touchpoints=["a"],
            outcome="y",
            scale=SCALE,
        )
        for who, mean in {"near": 3.0, "far": 4.0, "bad": 2.0}.items()
    }
    mark = marks(DRIVERS.record, {"a": "best competitor"}, None, rivals)["a"]
    scores = rivals["far"].rows().scores[:, 0]
    assert mark.mean == pytest.approx(scores.mean())
    assert mark.error == pytest.approx(scores.std(ddof=1) / 20, rel=0.01)
    assert len(mark.among) == 3
    assert mark.among[1] == (mark.mean, mark.error)
    named = marks(DRIVERS.record, {"a": ("competitor", "near", 0.5)}, None, rivals)["a"]
    assert named.mean == pytest.approx(rivals["near"].rows().scores[:, 0].mean())
    assert named.among == ()


def test_what_needs_no_mark_has_none():
    assert marks(DRIVERS.record, {"a": 0.5, "b": "ceiling", "c": ("best segment", 0.5)}, None, {}) == {}
