"""Our scores against competitors': planted differences found, no others claimed, errors whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ColumnError, OptionError

NAMES = [f"t{k}" for k in range(8)]


def simulated(n: int, seed: int, away: dict[str, float] | None = None, names: list[str] = NAMES) -> cx.Survey:
    """Simulated answers of two kinds of customers."""
    rng = np.random.default_rng(seed)
    mood = rng.standard_normal(n)
    frame = pd.DataFrame({"who": rng.choice(["a", "b"], n)})
    for name in names:
        latent = 3.4 + (away or {}).get(name, 0) + 0.5 * mood + 0.8 * rng.standard_normal(n)
        frame[name] = np.clip(np.rint(latent), 1, 5).astype(int)
    frame["y"] = np.clip(np.rint(5 + frame[names[:3]].sum(axis=1) - 9 + mood), 0, 10)
    return cx.Survey(frame, touchpoints=names, outcome="y", scale=cx.Scale(1, 5), segments=["who"])


def test_planted_differences_are_found():
    base = cx.baseline(simulated(900, 0), competitors={"Other": simulated(700, 1, {"t0": 0.4, "t1": -0.4})})
    view = base.competitors()
    position = view.table.set_index("touchpoint")["position"]
    assert position["t0"] == "behind"
    assert position["t1"] == "ahead"
    row = view.table[view.table["touchpoint"] == "t0"].iloc[0]
    assert view.finding.title == (
        f"We trail Other most at t0 by {-row['difference']:.2f} ({row['mean']:.2f} against "
        f"{row['mean_competitor']:.2f})"
    )
    assert view.finding.interval == f"[{-row['difference_high']:.2f}, {-row['difference_low']:.2f}]"
    assert view.finding.certainty == f"clearly behind in 1, ahead in {(position == 'ahead').sum()} of 8 comparisons"
    assert view.finding.n == "900 and 700"
    assert view.parts["position"]["best"].unique().tolist() == ["Other"]


def test_the_best_of_several_competitors_and_what_matters():
    ours = simulated(900, 0)
    rivals = {"One": simulated(500, 1, {"t0": 0.5}), "Two": simulated(500, 2, {"t0": 0.2, "t5": 0.5})}
    drivers = cx.drivers(ours, n_boot=50)
    view = cx.baseline(ours, competitors=rivals).competitors(drivers=drivers)
    best = view.parts["position"].set_index("touchpoint")
    assert best.loc["t0", "best"] == "One"
    assert best.loc["t5", "best"] == "Two"
    assert bool(best.loc["t0", "matters"])
    overlap = view.parts["overlap"].iloc[0]
    assert overlap["behind_where_it_matters"].split(", ")[0] == "t0"  # the most important of them first
    assert overlap["low"] <= overlap["correlation"] <= overlap["high"]


def test_by_segment_and_what_one_side_does_not_ask():
    ours, theirs = simulated(600, 0), simulated(400, 1, names=[*NAMES[:7], "new"])
    view = cx.baseline(ours, by="who", competitors={"Other": theirs}).competitors()
    assert view.table["segment"].unique().tolist() == ["a", "b"]
    notes = view.table.drop_duplicates("touchpoint").set_index("touchpoint")["note"]
    assert notes["t7"] == "Other: not asked"
    assert notes["new"] == "ours: not asked"
    assert view.table["touchpoint"].iloc[-1] == "new"


def test_a_segment_is_held_against_the_same_segment_of_competitors():
    ours, theirs = simulated(900, 0), simulated(700, 1, {"t0": 0.4})
    only = cx.Segment("a", {"who": "a"})
    drivers = cx.drivers(ours, n_boot=20)
    base = cx.baseline(ours, competitors={"Other": theirs})
    again = base.competitors(drivers=drivers).again(base.record.where(only))
    part = cx.baseline(ours.where(only), competitors={"Other": theirs.where(only)})
    own = part.competitors(drivers=cx.drivers(part.survey, n_boot=20))
    pd.testing.assert_frame_equal(again.table, own.table)
    pd.testing.assert_frame_equal(again.parts["overlap"], own.parts["overlap"])


def test_few_answers_are_blank():
    table = (
        cx.baseline(simulated(600, 0), competitors={"Other": simulated(4, 1), "More": simulated(90, 2)})
        .competitors()
        .table
    )
    own = table[table["competitor"] == "Other"]
    assert own[["n_competitor", "mean_competitor", "difference"]].isna().all(axis=None)
    assert own["note"].unique().tolist() == ["Other: fewer than 5 answers"]


def test_what_is_refused():
    ours = simulated(100, 0)
    by = cx.drivers(ours, by="who", n_boot=0)
    cases = [
        (lambda: cx.baseline(ours).competitors(), OptionError,
         "no competitors here. Give cx.baseline(..., competitors={'name': survey})."),
        (lambda: cx.baseline(ours, competitors={"O": ours}).competitors(drivers=by), OptionError,
         "competitors: drivers are by 'who'. Give cx.drivers(survey) without by=."),
        (lambda: cx.baseline(ours, by="who", competitors={"O": simple()}).competitors(), ColumnError,
         "competitor 'O' has no segment 'who'. Give its Survey segments=['who'], or a baseline without by=."),
        (lambda: cx.baseline(ours, competitors={"O": simple()}).competitors(), OptionError,
         "no touchpoint can be compared. Ours: t0, t1, t2, t3, t4, t5, t6, t7; O: x. Name them alike, and give each 5 "
         "answers or more."),
        (lambda: cx.baseline(ours, competitors={"O": simple(), "P": simple()}).competitors(), OptionError,
         "no touchpoint can be compared. Ours: t0, t1, t2, t3, t4, t5, t6, t7; O: x; P: x. Name them alike, and give "
         "each 5 answers or more."),
    ]  # fmt: skip
    for ask, kind, text in cases:
        with pytest.raises(kind) as error:
            ask()
        assert str(error.value) == text


def simple() -> cx.Survey:
    return cx.Survey(pd.DataFrame({"x": [1, 2, 3] * 4, "y": 1}), touchpoints=["x"], outcome="y", scale=cx.Scale(1, 5))


def test_other_scales_are_told_and_nothing_is_told_apart():
    ours = simulated(300, 0)
    wide = cx.Survey(simulated(300, 1).table.assign(t0=9), touchpoints=NAMES, outcome="y", scale=cx.Scale(0, 10))
    with pytest.warns(UserWarning, match="the scale of Wide is 0 to 10, ours 1 to 5"):
        view = cx.baseline(ours, competitors={"Wide": wide}).competitors()
    assert view.table["position"].unique().tolist() == [""]
    assert view.table["q_value"].isna().all()
    assert view.table["note"].unique().tolist() == ["Wide: another scale"]


def test_a_competitor_without_the_segment_is_named():
    with pytest.raises(cx.CxlensError) as error:
        cx.baseline(simulated(100, 0), competitors={"O": simple()}).where(cx.Segment("a", {"who": "a"}))
    assert str(error.value).startswith("competitor 'O': segment 'a'")


def test_where_we_trail_most_is_said_only_where_that_is_clear():
    ours = simulated(900, 0)
    near = cx.baseline(ours, competitors={"Other": simulated(700, 1, {"t0": 0.4, "t1": 0.4})}).competitors()
    assert near.finding.lead in {"We trail Other at t0", "We trail Other at t1"}
    assert near.finding.certainty.startswith("clearly behind in 2, ")
    far = cx.baseline(ours, competitors={"Other": simulated(700, 1, {"t0": 0.9, "t1": 0.4})}).competitors()
    assert far.finding.lead == "We trail Other most at t0"


def test_what_we_lead_in_is_said_where_we_trail_nowhere_and_nothing_where_nothing_differs():
    ahead = cx.baseline(simulated(900, 0), competitors={"Other": simulated(700, 0, {"t1": -0.4})}).competitors()
    assert ahead.finding.lead == "We lead Other most at t1"
    assert ahead.finding.certainty.startswith("clearly behind in 0, ahead in ")
    none = cx.baseline(simulated(300, 0), competitors={"A": simulated(40, 1), "B": simulated(30, 2)}).competitors()
    assert str(none) == "No clear difference from A, B; 0 of 16 comparisons clear. n = 300, 40, 30."
