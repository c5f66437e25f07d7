"""The figures of many cells at once: each as that cell alone, and as statsmodels has it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import cxlens as cx
from cxlens.engine import tables
from cxlens.stages.baseline.score import answers, counted, score_means, shares, trends

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


@pytest.mark.parametrize("roles", [{}, {"weight": "w"}, {"cluster": "person"}, {"cluster": "person", "weight": "w"}])
def test_a_trend_is_the_slope_of_statsmodels(roles):
    frame = frame_of()
    row = cx.baseline(survey(frame, **roles)).table.iloc[0]
    w = frame["w"] if "weight" in roles else np.ones(len(frame))
    model = sm.WLS(frame["web"], sm.add_constant(frame["wave"]), weights=w)
    options = {"cov_type": "HC1"}
    if "cluster" in roles:
        options = {"cov_type": "cluster", "cov_kwds": {"groups": frame["person"]}}
    fit = model.fit(**options, use_t=True)
    assert row["trend"] == pytest.approx(fit.params["wave"], rel=1e-9)
    assert (row["trend_high"] - row["trend"]) == pytest.approx(
        stats.t.ppf(0.975, (frame["person"].nunique() - 1) if "cluster" in roles else len(frame) - 2) * fit.bse["wave"],
        rel=1e-9,
    )
    assert row["trend_p"] == pytest.approx(fit.pvalues["wave"], rel=1e-6)


def test_the_trend_that_was_put_in_is_found():
    rows = cx.baseline(survey(frame_of(20_000))).table.set_index("touchpoint")
    many = frame_of(1_000_000, seed=1)  # rounding and the end of the scale take a little of 0.1
    truth = np.polyfit(many["wave"], many["web"], 1)[0]
    assert 0.08 < truth < 0.1
    assert rows.loc["web", "trend_low"] < truth < rows.loc["web", "trend_high"]
    assert rows.loc["call", "trend_q"] > 0.05


def test_one_wave_has_no_trend_and_dates_are_no_waves(monkeypatch):
    frame = frame_of(100)
    assert "trend" not in cx.baseline(survey(frame.assign(wave=1))).table
    assert "trend" not in cx.baseline(survey(frame.assign(wave=range(100)), time=None)).table
    assert "trend" in cx.baseline(survey(frame.assign(wave=range(100)))).table
    big = frame_of(300).assign(wave=range(300))
    assert "trend" not in cx.baseline(survey(big)).table


@pytest.mark.parametrize("roles", [{}, {"weight": "w"}, {"cluster": "person"}])
def test_several_columns_give_each_cell_as_it_is_alone(roles):
    frame = frame_of()
    whole = cx.baseline(survey(frame, **roles), by=["region", "wave"], min_n=1)
    assert whole.table.columns[:3].tolist() == ["segment", "wave", "touchpoint"]
    assert len(whole.table) == 3 * 5 * 2
    for region, wave in (("north", 2), ("west", 5)):
        part = frame[(frame["region"] == region) & (frame["wave"] == wave)]
        alone = cx.baseline(survey(part, **roles), min_n=1).table.drop(columns=["q_value"])
        own = whole.table[(whole.table["segment"] == region) & (whole.table["wave"] == str(wave))]
        same = [name for name in alone if name in own]
        pd.testing.assert_frame_equal(own[same].reset_index(drop=True), alone[same], check_dtype=False)


def test_two_segments_are_joined_in_words():
    table = cx.baseline(survey(frame_of()), by=("region", "kind")).table
    assert table["segment"].drop_duplicates().tolist()[:2] == ["north, a", "north, b"]
    assert "wave" not in table


def test_waves_sort_as_numbers():
    frame = frame_of().replace({"wave": {1: 9, 2: 10, 3: 11, 4: 12, 5: 100}})
    assert cx.baseline(survey(frame), by="wave").table["segment"].drop_duplicates().tolist() == [
        "9", "10", "11", "12", "100"
    ]  # fmt: skip


def test_unhappy_and_nps_of_touchpoints():
    frame = pd.DataFrame({"web": [0, 5, 6, 7, 8, 9, 10, 10, 10, 9], "y": range(10)})
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=cx.Scale.nps())
    row = cx.baseline(made).table.iloc[0]
    assert row["unhappy"] == pytest.approx(0.3)
    assert row["nps"] == pytest.approx(20)
    assert row["nps_low"] < 20 < row["nps_high"]
    assert cx.Scale(1, 5).unhappy_to == 2
    assert cx.Scale(1, 4).unhappy_to == 1


def test_effort_is_the_mean_of_its_dimension():
    frame = frame_of().assign(ease=frame_of(seed=1)["web"])
    made = survey(frame, touchpoints={"web": {"quality": "web", "Ease": "ease"}, "call": "call"}, time=None)
    for by in (None, "region"):
        table = cx.baseline(made, by=by).table
        own = frame if by is None else frame[frame["region"] == "north"]
        assert table.loc[0, "ces"] == pytest.approx(own["ease"].mean())
        half = stats.t.ppf(0.975, len(own) - 1) * own["ease"].std() / np.sqrt(len(own))
        assert table.loc[0, "ces_high"] == pytest.approx(own["ease"].mean() + half)
        assert np.isnan(table.loc[1, "ces"])


def test_bad_moments_and_cost_of_good_contacts():
    stages = cx.Lifecycle(["here"])
    places = [
        cx.Touchpoint("web", stage="here", volume=1200, cost_per_contact=2.0),
        cx.Touchpoint("call", stage="here"),
    ]
    whole = cx.baseline(survey(frame_of()), cx.TouchpointMap(places, stages)).table.iloc[0]
    assert whole["bad_moments"] == pytest.approx(100 * whole["unhappy"])
    assert whole["bad_moments_high"] == pytest.approx(100 * whole["unhappy_high"])
    assert whole["cost_per_good"] == pytest.approx(2 / whole["top_box"])
    assert whole["cost_per_good_high"] == pytest.approx(2 / whole["top_box_low"])
    by_wave = cx.baseline(survey(frame_of()), cx.TouchpointMap(places, stages), by="wave").table
    assert by_wave["bad_moments"].notna().sum() == 5
    by_region = cx.baseline(survey(frame_of()), cx.TouchpointMap(places, stages), by="region").table
    assert by_region["bad_moments"].isna().all()  # volume is that of all


@pytest.mark.parametrize("per", ["stage", "process", "channel"])
def test_rows_for_groups_of_touchpoints(per):
    frame = frame_of()
    names = {"stage": "here", "process": "buy", "channel": "line"}
    places = [cx.Touchpoint(name, **names) for name in ("web", "call")]
    made = cx.baseline(survey(frame), cx.TouchpointMap(places, cx.Lifecycle(["here"])), per=per)
    assert made.table.columns[0] == per
    assert made.table[per].tolist() == [names[per]]
    both = frame[["web", "call"]].mask(lambda own: own > 5).mean(axis=1)
    assert made.table["mean"].tolist() == pytest.approx([both.mean()])
    assert str(made).startswith(f"Rated lowest: {names[per]}, ")


def test_rows_for_groups_need_a_map():
    with pytest.raises(cx.CxlensError) as error:
        cx.baseline(survey(frame_of()), per="stage")
    assert str(error.value) == (
        "per='stage' needs a touchpoint map that names the stage of touchpoints in the survey. "
        "Give cx.baseline(survey, touchpoint_map, ...)."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"per": "stages"}, "per='stages' is not an option. Did you mean 'stage'? Options: 'touchpoint', 'stage', "
         "'process', 'channel'."),
        ({"competitors": {"Other": 3}}, "Other: a Survey is expected, not a int. Make one: cx.Survey(...)."),
        ({"employees": "staff.csv"}, "employees: a Survey is expected, not a str. Make one: cx.Survey(...)."),
    ],
)  # fmt: skip
def test_what_is_refused(options, message):
    with pytest.raises(cx.CxlensError) as error:
        cx.baseline(survey(frame_of(50)), **options)
    assert str(error.value) == message


def test_a_file_on_disk_gives_the_same_scorecard(monkeypatch, tmp_path):
    frame = frame_of(3000).astype({"wave": "int16"})
    frame.loc[:20, "region"] = None
    frame.loc[21:40, "web"] = 0
    path = tmp_path / "answers.parquet"
    frame.to_parquet(path)
    for roles in ({}, {"weight": "w"}):
        memory = survey(frame, **roles)
        with monkeypatch.context() as patch:
            patch.setattr(tables, "IN_MEMORY", 0)
            stored = survey(path, **roles)
        for by in (None, "region", ["region", "wave"]):
            for name in ("table", "outcomes"):
                ours, theirs = (getattr(cx.baseline(one, by=by), name) for one in (stored, memory))
                pd.testing.assert_frame_equal(ours, theirs, rtol=1e-10)


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
    assert np.isnan(trends(rows, rows.x, 0.95).value[1])


def hidden(table: pd.DataFrame, touchpoint: str) -> set[tuple[str, str]]:
    own = table[(table["touchpoint"] == touchpoint) & table["n"].isna()]
    return set(zip(own["segment"], own["wave"], strict=True))


def test_a_small_cell_takes_a_rectangle_with_it():
    """Segments by waves: the totals of each may be known from the tables by one of them alone."""
    sizes = {("a", 1): 3, ("a", 2): 40, ("a", 3): 30, ("b", 1): 20, ("b", 2): 50, ("b", 3): 60}
    keys = [key for key, n in sizes.items() for _ in range(n)]
    frame = pd.DataFrame(keys, columns=["area", "wave"]).assign(web=3, y=lambda own: np.arange(len(own)) % 5)
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", segments=["area"], time="wave")
    table = cx.baseline(made, by=["area", "wave"]).table
    assert hidden(table, "web") == {("a", "1"), ("a", "3"), ("b", "1"), ("b", "3")}
    notes = table.set_index(["segment", "wave"])["note"]
    assert notes["a", "1"] == "fewer than 5 answers"
    assert notes["b", "3"] == "hidden, so that the other cannot be worked out"


def test_a_combination_that_nobody_has_is_no_secret():
    frame = pd.DataFrame({"area": ["a"] * 40 + ["b"] * 40, "wave": [1] * 40 + [2] * 40, "web": 3})
    made = cx.Survey(frame.assign(y=1), touchpoints=["web"], outcome="y", segments=["area"], time="wave")
    assert cx.baseline(made, by=["area", "wave"]).table["n"].tolist() == [40, 40]


def test_the_note_tells_what_is_not_on_the_map_and_that_no_scale_is_given():
    places = cx.TouchpointMap([cx.Touchpoint("Web", stage="here")], cx.Lifecycle(["here"]))
    note = cx.baseline(survey(frame_of(50)), places).note
    assert note.endswith("Not on the map, so without standard: web, call.")
    bare = cx.Survey(frame_of(50), touchpoints=["web"], outcome="nps")
    assert cx.baseline(bare).note.endswith("No scale is given, so every number counts as a score.")


def test_the_title_of_a_picture_by_wave_is_about_what_is_drawn():
    frame = frame_of()
    frame.loc[frame["wave"] == 2, "call"] = 1
    made = cx.baseline(survey(frame), by=["region", "wave"])
    assert " in 2, " in str(made)
    assert " in 5, " in made.plot().get_title(loc="left")
