"""The same question in several channels: the reference figures, planted differences, errors whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.errors import OptionError
from cxlens.stats.agreement import icc

RATINGS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_the_table_of_shrout_and_fleiss():
    frame = pd.DataFrame(RATINGS, columns=["a", "b", "c", "d"]).assign(y=1)
    made = cx.Survey(frame, touchpoints=["a", "b", "c", "d"], outcome="y", scale=cx.Scale(1, 10))
    view = cx.baseline(made).consistency({"judges": ["a", "b", "c", "d"]})
    row = view.table.iloc[0]
    assert row["icc"] == pytest.approx(0.2897637795275591)
    assert row["low"] < row["icc"] < row["high"]
    assert view.finding.title == "How alike: judges (ICC 0.29)"
    assert view.finding.items[0].certainty == "over a, b, c, d"
    assert str(view) == f"How alike: {view.finding.items[0].whole}. n = 6 who rated all."
    assert view.parts["means"]["mean"].tolist() == pytest.approx(frame[["a", "b", "c", "d"]].mean().tolist())


def test_a_group_is_the_least_alike_only_where_that_is_clear():
    rng = np.random.default_rng(4)
    mood = rng.normal(size=(200, 1))
    alike = mood + rng.normal(size=(200, 4)) / 2
    names = ["a", "b", "c", "d", "e", "f"]
    ratings = np.c_[alike, rng.normal(size=(200, 2))]
    frame = pd.DataFrame(np.clip(np.rint(5 + 2 * ratings), 1, 10), columns=names).assign(y=1)
    result = cx.baseline(cx.Survey(frame, touchpoints=names, outcome="y", scale=cx.Scale(1, 10)))
    groups = {"counter": ["a", "b"], "app": ["c", "d"], "shop": ["e", "f"]}
    assert result.consistency(groups).finding.lead == "Least alike"
    tied = {"counter": ["a", "b"], "app": ["c", "d"]}
    assert result.consistency(tied).finding.lead == "No group is clearly the least alike; lowest"


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
    assert finding.lead == "1 of 3 touchpoints clearly differs by channel"
    assert finding.items[0].name == "web"
    assert finding.items[0].figure.startswith("lowest in branch, highest in ")
    assert finding.n == "600"
    means = view.parts["means"].query("touchpoint == 'web'").set_index("channel")
    of_branch = frame.loc[frame["way"] == "branch", "web"]
    span = stats.t.interval(0.95, len(of_branch) - 1, of_branch.mean(), stats.sem(of_branch))
    assert means.loc["branch", ["mean", "low", "high"]].tolist() == pytest.approx([of_branch.mean(), *span])
    assert means["rank"].idxmin() == "branch"
    assert finding.items[0].certainty.startswith(
        f"by rank; means {of_branch.mean():.2f} [{span[0]:.2f}, {span[1]:.2f}] and"
    )


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


def test_the_ends_are_named_by_what_is_tested() -> None:
    """One channel is of two minds: its mean is a little higher, most of its scores are lower."""
    two_minds = [1] * 60 + [2] * 6 + [3] * 9 + [4] * 24 + [5] * 201
    united = [2] * 15 + [3] * 45 + [4] * 165 + [5] * 75
    frame = pd.DataFrame({"web": two_minds + united, "way": ["app"] * 300 + ["branch"] * 300, "y": 1})
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=cx.Scale(1, 5), channel="way")
    view = cx.baseline(made).consistency()
    ranks = frame["web"].rank().groupby(frame["way"]).mean()
    assert view.table.loc[0, ["lowest", "highest"]].tolist() == [ranks.idxmin(), ranks.idxmax()]


def in_branches(seed: int, apart: float = 0.0, **roles) -> cx.Survey:
    """Two channels of 12 branches with 30 answers each; branches differ, and channels if they are set apart."""
    rng = np.random.default_rng(seed)
    branch = np.repeat(np.arange(24), 30)
    way = np.where(branch < 12, "app", "counter")
    levels = 0.6 * rng.standard_normal((24, 3))
    latent = 3.5 + levels[branch] + rng.standard_normal((720, 3)) + apart * (way == "app")[:, None]
    frame = pd.DataFrame(np.clip(np.rint(latent), 1, 5), columns=["web", "call", "bill"])
    frame = frame.assign(y=1, way=way, branch=branch, weight=rng.choice([0.5, 2.0], 720))
    return cx.Survey(
        frame, touchpoints=["web", "call", "bill"], outcome="y", scale=cx.Scale(1, 5), channel="way", **roles
    )


@pytest.mark.simulation
def test_clusters_keep_the_level_and_leave_what_is_there() -> None:
    """Without them one of three touchpoints is said to differ in most such studies."""
    nothing = [in_branches(seed, cluster="branch") for seed in range(10)]
    much = [in_branches(seed, 1.5, cluster="branch") for seed in range(3)]
    said = [cx.baseline(own).consistency().table["q_value"].min() < 0.05 for own in [*nothing, *much]]
    assert sum(said[:10]) <= 2
    assert sum(said[10:]) == 3


def test_weights_that_make_channels_equal_leave_no_difference() -> None:
    """The reluctant answer by post and weigh more: unweighted means differ, weighted ones do not."""
    rng = np.random.default_rng(0)
    way = np.repeat(["app", "post"], 300)
    happy = rng.random(600) < np.where(way == "app", 0.8, 0.5)
    weight = np.where(happy, np.where(way == "app", 0.625, 1.0), np.where(way == "app", 2.5, 1.0))
    frame = pd.DataFrame({"web": np.where(happy, 4, 2) + rng.integers(0, 2, 600), "y": 1, "way": way, "weight": weight})
    plain = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=cx.Scale(1, 5), channel="way")
    weighted = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=cx.Scale(1, 5), channel="way", weight="weight")
    assert cx.baseline(plain).consistency().table.loc[0, "q_value"] < 0.001
    view = cx.baseline(weighted).consistency()
    assert view.table.loc[0, "q_value"] > 0.2
    assert view.note.startswith("Welch's test of weighted mean ranks over way;")
    by = cx.baseline(weighted, by="way").table
    assert view.parts["means"]["mean"].tolist() == pytest.approx(by["mean"].tolist())
    assert view.parts["means"]["low"].tolist() == pytest.approx(by["low"].tolist())


def test_too_few_clusters_are_said() -> None:
    table = in_branches(0, cluster="branch").table
    few = table[table["branch"].isin([0, 1, 12, 13])]
    made = cx.Survey(few, touchpoints=["web"], outcome="y", scale=cx.Scale(1, 5), channel="way", cluster="branch")
    view = cx.baseline(made).consistency()
    assert view.table["note"].tolist() == ["too few clusters to tell"]
    assert str(view) == "Too few clusters to tell."
    assert view.table[["p_value", "q_value"]].isna().all(axis=None)


def test_agreement_of_the_same_people_minds_weights_and_clusters() -> None:
    made = in_branches(1, cluster="branch", weight="weight")
    row = cx.baseline(made).consistency({"both": ["web", "call"]}).table.iloc[0]
    frame = made.table
    found = icc(frame[["web", "call"]], 0.95, frame["weight"], frame["branch"])
    assert row[["icc", "low", "high"]].tolist() == pytest.approx([found.icc2, found.low, found.high])


def alike(**columns) -> cx.Survey:
    """A survey of two channels in which columns are as given, with weights that differ."""
    frame = channels(3, 0.0).table.copy()
    frame["way"] = np.where(np.arange(len(frame)) % 2, "phone", "site")
    frame["w"] = 1 + np.arange(len(frame)) % 3
    for name, of_phone in columns.items():
        frame[name] = np.where(frame["way"] == "phone", *of_phone)
    ways = {"scale": cx.Scale(1, 5), "channel": "way", "weight": "w"}
    return cx.Survey(frame, touchpoints=["web", "call", "bill"], outcome="y", **ways)


@pytest.mark.filterwarnings("error")
def test_a_channel_all_alike_is_not_among_what_was_tested():
    view = cx.baseline(alike(web=(5, 2))).consistency()
    row = view.table.set_index("touchpoint").loc["web"]
    assert np.isnan(row["p_value"])
    assert row["note"].startswith("a channel whose answers are all alike has no error")
    assert view.finding.lead == "None of 2 tested touchpoints clearly differs by channel"


def test_people_who_all_say_the_same_are_not_called_few():
    view = cx.baseline(alike(web=(3, 3), call=(3, 3))).consistency({"errand": ["web", "call"]})
    assert view.table["n"].tolist() == [600]
    assert view.table["note"].tolist() == ["all answers alike: nothing to compare"]
    assert view.finding.lead == "Answers of no group differ: how far people agree cannot be told"


@pytest.mark.filterwarnings("error")
def test_one_cluster_has_an_agreement_and_no_interval():
    found = icc(RATINGS, units=np.zeros(len(RATINGS)))
    assert found.icc2 == pytest.approx(0.2897637795275591)
    assert np.isnan([found.low, found.high]).all()
