"""The same question in several channels: the reference figures, planted differences, errors whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.errors import OptionError

RATINGS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_the_table_of_shrout_and_fleiss():
    frame = pd.DataFrame(RATINGS, columns=["a", "b", "c", "d"]).assign(y=1)
    made = cx.Survey(frame, touchpoints=["a", "b", "c", "d"], outcome="y", scale=cx.Scale(1, 10))
    view = cx.baseline(made).consistency({"judges": ["a", "b", "c", "d"]})
    row = view.table.iloc[0]
    assert row["icc"] == pytest.approx(0.2897637795275591)
    assert row["low"] < row["icc"] < row["high"]
    assert view.finding.title == "Least alike: judges (ICC 0.29)"
    assert view.finding.items[0].certainty == "over a, b, c, d"
    assert str(view) == f"Least alike: {view.finding.items[0].whole}. n = 6 who rated all."
    assert view.parts["means"]["mean"].tolist() == pytest.approx(frame[["a", "b", "c", "d"]].mean().tolist())


def channels(seed: int, away: float, n: int = 600) -> cx.Survey:
    """Simulated answers in three channels; "web" is lower by so much in the branch."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"way": rng.choice(["branch", "phone", "site"], n), "y": 1})
    for name in ("web", "call", "bill"):
        shift = away * (frame["way"] == "branch") if name == "web" else 0
        frame[name] = np.clip(np.rint(3.5 - shift + rng.standard_normal(n)), 1, 5).astype(int)
    return cx.Survey(frame, touchpoints=["web", "call", "bill"], outcome="y", scale=cx.Scale(1, 5), channel="way")


def test_separate_samples_as_scipy_has_them():
    made = channels(0, 0.6)
    view = cx.baseline(made).consistency()
    frame = made.table
    for row in view.table.to_dict("records"):
        theirs = stats.kruskal(*(own[row["touchpoint"]] for _, own in frame.groupby("way")))
        assert (row["h"], row["p_value"]) == pytest.approx((theirs.statistic, theirs.pvalue))
        assert row["epsilon2"] == pytest.approx(theirs.statistic / (len(frame) - 1))
    assert view.table.iloc[0][["touchpoint", "lowest"]].tolist() == ["web", "branch"]
    pairs = view.parts["pairs"].query("touchpoint == 'web'").set_index(["channel", "other"])["q_value"]
    assert pairs["branch", "phone"] < 0.05
    assert pairs["branch", "site"] < 0.05
    assert pairs["phone", "site"] > 0.05
    finding = view.finding
    assert finding.lead == "1 of 3 touchpoints differs by channel, most of all"
    assert finding.items[0].name == "web"
    assert finding.items[0].figure.startswith("lowest in branch, highest in ")
    assert finding.n == "600"


def test_the_same_is_asked_of_other_answers():
    whole, part = channels(0, 0.6), channels(1, 0.6, 200)
    for groups in (None, {"both": ["web", "call"]}):
        again = cx.baseline(whole).consistency(groups).again(part)
        pd.testing.assert_frame_equal(again.table, cx.baseline(part).consistency(groups).table)


def test_channels_and_groups_of_few_are_said_so():
    frame = channels(0, 0).table
    few = frame[(frame["way"] == "site") | (frame.index < 3)]
    made = cx.Survey(few, touchpoints=["web", "call", "bill"], outcome="y", scale=cx.Scale(1, 5), channel="way")
    view = cx.baseline(made).consistency()
    assert view.table["note"].unique().tolist() == ["fewer than two channels of 5 answers"]
    assert str(view).startswith("No touchpoint has two channels with enough answers to compare")
    tiny = cx.Survey(frame.head(3), touchpoints=["web", "call"], outcome="y", scale=cx.Scale(1, 5))
    view = cx.baseline(tiny).consistency({"both": ["web", "call"]})
    assert view.table["note"].tolist() == ["fewer than 5 rated all"]
    assert str(view) == "No group was rated as a whole by 5 people or more."


@pytest.mark.parametrize(
    ("groups", "text"),
    [
        (None, "consistency: no column of the survey tells the channel of an answer (the map tells none). "
         "Name it in Survey(..., channel='column'), or give groups={'errand': ['touchpoint', 'touchpoint']} that the "
         "same people rated."),
        ({"one": ["web"]}, "group 'one' needs two touchpoints or more to compare. Name them in a list."),
        ({"one": ["web", "cal"]}, "group 'one': touchpoint 'cal' is not known here. Did you mean 'call'? "
         "Touchpoints: web, call, bill."),
    ],
)  # fmt: skip
def test_what_is_refused(groups, text):
    frame = channels(0, 0).table
    made = cx.Survey(frame, touchpoints=["web", "call", "bill"], outcome="y", scale=cx.Scale(1, 5))
    with pytest.raises(OptionError) as error:
        cx.baseline(made).consistency(groups)
    assert str(error.value) == text


def test_a_channel_of_few_takes_another_with_it():
    """Else the scorecard's total, less the channels shown, would give the few away."""
    frame = pd.DataFrame({"way": ["site"] * 100 + ["shop"] * 90 + ["phone"] * 3, "web": [1, 2, 3, 4, 5] * 38 + [1] * 3})
    made = cx.Survey(frame.assign(y=1), touchpoints=["web"], outcome="y", scale=cx.Scale(1, 5), channel="way")
    view = cx.baseline(made).consistency()
    assert view.table["note"].tolist() == ["fewer than two channels of 5 answers"]
    assert view.parts["means"].empty


def test_channels_that_are_hidden_leave_a_picture_that_says_so():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"web": rng.integers(1, 6, 100), "y": 1, "way": ["phone"] * 97 + ["post"] * 3})
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=cx.Scale(1, 5), channel="way")
    view = cx.baseline(made).consistency()
    assert str(view) == "No touchpoint has two channels with enough answers to compare."
    ax = view.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["none has two channels with\nenough answers"]
