"""The figures of many cells at once: each as that cell alone, and as statsmodels has it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.stages.baseline.score import Answers, answers, counted, means, score_means, shares
from cxlens.stats.regression import fit_rows

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])


def frame_of(n: int = 600, seed: int = 0) -> pd.DataFrame:
    """Simulated answers of three regions in five waves; scores of "web" rise by 0.1 a wave."""
    rng = np.random.default_rng(seed)
    wave = rng.integers(1, 6, n)
    mood = rng.standard_normal(n)
    web = np.clip(np.rint(2.8 + 0.1 * wave + 0.6 * mood + rng.standard_normal(n)), 1, 5)
    call = np.where(rng.random(n) < 0.3, 6, np.clip(np.rint(3.5 + mood), 1, 5))
    frame = pd.DataFrame({"web": web.astype(int), "call": call.astype(int), "wave": wave})
    frame["nps"] = np.clip(np.rint(7 + 1.5 * mood), 0, 10).astype(int)
    frame["region"] = rng.choice(["north", "south", "west"], n)
    frame["kind"] = rng.choice(["a", "b"], n)
    frame["w"] = rng.choice([0.5, 1.0, 2.0], n)
    frame["person"] = rng.integers(0, n // 3, n)
    return frame


def survey(frame: pd.DataFrame, **roles) -> cx.Survey:
    given = {"touchpoints": ["web", "call"], "outcome": {"nps": "nps"}, "scale": SCALE, "time": "wave"}
    return cx.Survey(frame, segments=["region", "kind"], **{**given, **roles})


def test_score_means_are_those_of_the_scorecard():
    made = survey(frame_of(), cluster="person")
    for by in (None, "region"):
        table, own = cx.baseline(made, by=by).table, score_means(made, by)
        assert own["touchpoint"].tolist() == table["touchpoint"].tolist()
        for name in ("n", "mean", "low", "high"):
            assert own[name].tolist() == pytest.approx(table[name].tolist())
        half = stats.t.ppf(0.975, own["df"]) * own["error"]
        assert (own["mean"] + half).tolist() == pytest.approx(own["high"].tolist())


def test_figures_of_a_cell_without_answers_are_blank():
    found = counted(survey(frame_of()))
    rows = answers(found, np.where(found.table["item"] == 0, 0, -1), 2).scored
    assert np.isnan(shares(rows, rows.x > 3, 0.95).value[1])


def test_the_title_of_a_picture_by_wave_is_about_what_is_drawn():
    frame = frame_of()
    frame.loc[frame["wave"] == 2, "call"] = 1
    made = cx.baseline(survey(frame), by=["region", "wave"])
    assert made.finding.title == "call for north in 2 and 2 others share the lowest rating"
    assert "call for north in 2, call for south in 2 and call for west in 2 share" in made.finding.sentence
    drawn = made.plot().get_title(loc="left")
    assert drawn.startswith("web for south in 5 and 4 others share the lowest rating")
    assert " in 2 " not in drawn


def test_errors_of_every_figure_are_those_of_leaving_out_each_cluster():
    frame = frame_of(400).assign(house=lambda f: (f["person"] ** 1.3).astype(int) % 9)
    made = survey(frame, cluster="house", weight="w", touchpoints=["web"])
    result = cx.baseline(made)
    top = frame["web"] >= 4
    points = np.select([frame["nps"] >= 9, frame["nps"] <= 6], [100.0, -100.0], 0.0)
    told = result.table.iloc[0]
    nps = result.outcomes.iloc[0]
    ones, w, house = np.ones((400, 1)), frame["w"].to_numpy(), frame["house"].to_numpy()
    for y, found in ((frame["web"], told["high"] - told["mean"]), (top, told["top_box_high"] - told["top_box"]),
                     (points, nps["high"] - nps["value"])):  # fmt: skip
        fit = fit_rows(ones, np.asarray(y, float), w, house)
        assert found == pytest.approx(stats.t.ppf(0.975, fit.df[0]) * fit.errors[0])
    df = fit_rows(ones, frame["web"].to_numpy(float), w, house).df[0]
    assert f"9 clusters, {df:.1f} degrees of freedom." in result.note


def test_too_few_clusters_leave_the_interval_and_no_p():
    frame = frame_of(300).assign(house=np.arange(300) % 4)
    stages = cx.Lifecycle([cx.Stage("before")])
    places = cx.TouchpointMap([cx.Touchpoint("web", stage="before", standards=[cx.Standard("mean", 1.5)])], stages)
    result = cx.baseline(survey(frame, cluster="house"), places)
    row = result.table.iloc[0]
    assert row[["low", "high"]].notna().all()
    assert row[["p_value", "q_value"]].isna().all()
    assert "4 clusters, " in result.note
    assert "degrees of freedom: too few clusters to tell." in result.note
    assert score_means(survey(frame, cluster="house"))["too_few"].all()
    assert not score_means(survey(frame))["too_few"].any()


def test_fifteen_unequal_clusters_cover_the_mean():
    """The interval of CR1 with g - 1 held the mean in 89 of 100."""
    rng = np.random.default_rng(4)
    inside = []
    for _ in range(400):
        sizes = np.maximum(np.round(rng.dirichlet(np.full(15, 0.7)) * 600), 2).astype(int)
        unit = np.repeat(np.arange(15, dtype=np.uint64), sizes)
        x = rng.normal(size=len(unit)) + 0.6 * rng.normal(size=15)[unit.astype(int)]
        one = np.ones(len(unit))
        rows = Answers(
            1, np.zeros(len(unit), np.int64), one.astype(np.int64), x, one.astype(np.int64), *[one] * 4, unit
        )
        figures = means(rows, None, 0.95)
        inside.append(figures.low[0] < 0 < figures.high[0])
    assert np.mean(inside) > 0.92
