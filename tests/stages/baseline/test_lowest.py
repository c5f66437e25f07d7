"""What is rated lowest: only if clearly so, against the second of the same people; ties are said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.stages.baseline.lowest import lowest

SCALE = cx.Scale(1, 5, blank=[0])


def answers(gap: float, n: int = 300, seed: int = 0, mood: float = 0.8) -> pd.DataFrame:
    """Scores of three touchpoints by people of differing mood; call lies below web by the gap, desk is far above."""
    rng = np.random.default_rng(seed)
    felt = 3.2 + mood * rng.normal(size=(n, 1)) + 0.5 * rng.normal(size=(n, 3)) + [0, -gap, 1.0]
    frame = pd.DataFrame(np.clip(np.rint(felt), 1, 5), columns=["web", "call", "desk"])
    return frame.assign(y=rng.integers(1, 6, n), kind=rng.choice(["new", "old"], n), w=rng.uniform(0.5, 2, n))


def survey(frame: pd.DataFrame, **roles) -> cx.Survey:
    return cx.Survey(frame, **{"touchpoints": ["web", "call", "desk"], "outcome": "y", "scale": SCALE, **roles})


def of(result: cx.Baseline):
    return lowest(result.record, result.record.table)


def tied(n: int = 300) -> pd.DataFrame:
    """The first sample in which web and call lie close together."""
    samples = (answers(0.0, n, seed) for seed in range(100))
    return next(frame for frame in samples if abs(frame["web"].mean() - frame["call"].mean()) < 0.05)


@pytest.mark.filterwarnings("ignore:the higher the scores:UserWarning")
def test_a_small_gap_of_the_same_people_is_clear():
    frame = answers(0.25, n=150, mood=1.5)
    result = cx.baseline(survey(frame))
    assert of(result).rows == (1,)
    assert result.finding.title.startswith("Rated lowest: call (")
    assert stats.ttest_rel(frame["web"], frame["call"]).pvalue < 0.05
    assert stats.ttest_ind(frame["web"], frame["call"]).pvalue > 0.05  # as if they were different people


@pytest.mark.filterwarnings("ignore:the higher the scores:UserWarning")
def test_ties_are_said_with_the_interval_of_the_difference():
    frame = tied()
    result = cx.baseline(survey(frame))
    found = of(result)
    first, second = (result.table.loc[place] for place in found.rows)
    differences = frame[second["touchpoint"]] - frame[first["touchpoint"]]
    half = stats.t.ppf(0.975, 299) * differences.std(ddof=1) / np.sqrt(300)
    assert (found.low, found.high) == pytest.approx((differences.mean() - half, differences.mean() + half), rel=1e-9)
    assert str(result) == (
        f"{first['touchpoint']} and {second['touchpoint']} share the lowest rating: {first['mean']:.2f} and "
        f"{second['mean']:.2f} of 5; the difference is not clear [{found.low:.2f}, {found.high:.2f}]. "
        "n = 300 and 300 who rated them."
    )


@pytest.mark.filterwarnings("ignore:the higher the scores:UserWarning")
def test_several_that_share_it_are_named_or_counted():
    frame = answers(0.0)
    rng = np.random.default_rng(1)
    for name in ("a", "b", "c"):
        frame[name] = rng.permutation(frame["web"])
    result = cx.baseline(survey(frame, touchpoints=["web", "a", "b", "c"]))
    assert len(of(result).rows) == 4
    assert result.finding.lead.endswith(" and 2 others share the lowest rating:")
    ends = result.table["mean"].min(), result.table["mean"].max()
    assert result.finding.figure == f"{ends[0]:.2f} to {ends[1]:.2f} of 5"
    assert result.finding.n == "300 who rated them"
    standards = [cx.Standard("mean", 3.05)]
    served = [cx.Touchpoint(name, stage="way", standards=standards) for name in ("web", "a", "b", "c")]
    on_map = cx.TouchpointMap(served, cx.Lifecycle(["way"]))
    (standing,) = cx.baseline(survey(frame, touchpoints=["web", "a", "b", "c"]), on_map).finding.more
    assert standing == f"{result.table.loc[of(result).rows[0], 'touchpoint']} is not clearly off its standard of 3.05"


@pytest.mark.filterwarnings("ignore:the higher the scores:UserWarning")
def test_cells_of_different_people_are_compared_by_their_intervals():
    frame = answers(0.0)
    frame.loc[frame["kind"] == "new", "call"] = np.clip(frame["call"] - 1, 1, 5)
    result = cx.baseline(survey(frame, segments=["kind"]), by="kind")
    assert result.finding.items[0].name == "call for new"
    tied = cx.baseline(survey(answers(0.0), touchpoints=["web"], segments=["kind"]), by="kind")
    assert tied.finding.lead.startswith("web for ")
    assert tied.finding.lead.endswith("share the lowest rating:")


@pytest.mark.filterwarnings("ignore:the higher the scores:UserWarning")
def test_clusters_count_as_one():
    frame = pd.concat([tied(60)] * 5, ignore_index=True).assign(shop=np.tile(np.arange(60), 5))
    once = of(cx.baseline(survey(tied(60))))
    together = of(cx.baseline(survey(frame, cluster="shop")))
    assert together.rows == once.rows
    assert (together.low, together.high) == pytest.approx((once.low, once.high))
    alone = of(cx.baseline(survey(frame)))
    assert alone.high - alone.low < 0.5 * (once.high - once.low)


def test_a_lowest_score_that_is_best():
    low_is_best = cx.Scale(1, 5, best="low", blank=[0])
    result = cx.baseline(survey(answers(0.0), scale=low_is_best))
    assert result.finding.lead == "Rated worst (1 is best)"
    assert result.finding.items[0].name == "desk"
    both = cx.baseline(survey(tied(), touchpoints=["web", "call"], scale=low_is_best))
    assert both.finding.lead.endswith(" share the worst rating (1 is best):")


@pytest.mark.simulation
@pytest.mark.filterwarnings("ignore:the higher the scores:UserWarning")
def test_of_equals_none_is_called_the_lowest():
    """Two alike and one above: one of the two is named alone in 5 of 100, and three errors of 60."""
    alone = [len(of(cx.baseline(survey(answers(0.0, n=80, seed=seed)))).rows) == 1 for seed in range(60)]
    assert np.mean(alone) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
