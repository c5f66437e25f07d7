"""Aggregated tables: the figures of the answers behind them, in every verb that takes them, and no others."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import cxlens as cx
from cxlens.common.result import Result
from cxlens.errors import ColumnError, OptionError, ValuesError
from cxlens.study.aggregates import knows

SCALE = cx.Scale(1, 5)
KEYS = ["shop", "year"]


def single_answers(people: int = 900, seed: int = 1) -> pd.DataFrame:
    """Answers of guests of six shops in three years."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"shop": rng.choice(list("ABCDEF"), people), "year": rng.choice([2022, 2023, 2024], people)})
    frame["web"] = rng.integers(1, 6, people)
    frame["call"] = rng.integers(1, 6, people).astype(float)
    frame.loc[rng.random(people) < 0.2, "call"] = np.nan
    frame["nps"] = rng.integers(0, 11, people)
    frame["happy"] = (frame["web"] >= 4).astype(int)
    return frame


ANSWERS = single_answers()


def survey_of(answers: pd.DataFrame, **roles: Any) -> cx.Survey:
    said = {
        "touchpoints": ["web", "call"],
        "outcome": {"nps": "nps", "happy": "binary"},
        "segments": ["shop"],
        "time": "year",
    }
    return cx.Survey(answers, **said | roles)


def means_of(answers: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row a shop, year and touchpoint: n, mean, sd."""
    parts = []
    for touchpoint in ("web", "call"):
        part = answers.groupby(keys)[touchpoint].agg(n="count", mean="mean", sd="std").reset_index()
        parts.append(part.assign(touchpoint=touchpoint))
    return pd.concat(parts)


def means(answers: pd.DataFrame = ANSWERS, **changes: Any) -> cx.Aggregates:
    said = {"n": "n", "mean": "mean", "sd": "sd", "touchpoint": "touchpoint", "unit": "shop", "time": "year"}
    return cx.Aggregates(means_of(answers, KEYS), **said | changes)


@cache
def all_means(cluster: str | None) -> cx.Aggregates:
    """The means of all answers, read once for all verbs."""
    return means(cluster=cluster)


@cache
def everybody(cluster: str | None = None) -> cx.Survey:
    """All answers, read once for all verbs."""
    return survey_of(ANSWERS, cluster=cluster)


def promoters(answers: pd.DataFrame = ANSWERS, **changes: Any) -> cx.Aggregates:
    """Shares of promoters and detractors, in percent."""
    table = answers.groupby(KEYS)["nps"].agg(
        n="count", high=lambda x: 100 * (x >= 9).mean(), low=lambda x: 100 * (x <= 6).mean()
    )
    said = {"n": "n", "shares": {"promoters": "high", "detractors": "low"}, "unit": "shop", "time": "year"}
    return cx.Aggregates(table.reset_index(), **said | changes)


def boxes(answers: pd.DataFrame = ANSWERS, **changes: Any) -> cx.Aggregates:
    table = answers.groupby(KEYS)["web"].agg(
        n="count", happy=lambda x: (x >= 4).mean(), unhappy=lambda x: (x <= 2).mean()
    )
    said = {"n": "n", "shares": {"top box": "happy", "bottom box": "unhappy"}, "unit": "shop", "time": "year"}
    return cx.Aggregates(table.reset_index(), **said | changes)


VERBS: dict[str, Callable[[cx.Survey, str], Result]] = {
    "monitor": lambda survey, metric: cx.monitor(survey, metric=metric),
    "monitor by shop": lambda survey, metric: cx.monitor(survey, metric=metric, by="shop"),
    "before_after": lambda survey, metric: cx.before_after(survey, metric=metric, before=2022, after=2024),
    "pooled waves": lambda survey, metric: cx.before_after(survey, metric=metric, before=[2022, 2023], after=2024),
    "adjusted": lambda survey, metric: cx.before_after(survey, metric=metric, before=2022, after=2024, adjust="shop"),
    "difference_in_differences": lambda survey, metric: cx.difference_in_differences(
        survey, metric=metric, before=[2022, 2023], after=2024, treated={"shop": ["A", "B"]}
    ),
}


def assert_same(seen: Result, expected: Result, *tables: str) -> None:
    for name in tables:
        assert_frame_equal(getattr(seen, name), getattr(expected, name), rtol=1e-9, atol=1e-9)


BY_CLUSTER = [(verb, cluster) for verb in VERBS for cluster in (None, "shop")]
BY_CLUSTER.remove(("monitor by shop", "shop"))  # a shop is one cluster, which has no interval


@pytest.mark.parametrize(("verb", "cluster"), BY_CLUSTER)
@pytest.mark.parametrize("metric", ["web", "call"])
def test_means_give_what_their_answers_give(verb: str, metric: str, cluster: str | None) -> None:
    seen = VERBS[verb](all_means(cluster), metric)
    expected = VERBS[verb](everybody(cluster), metric)
    if verb == "monitor by shop":  # waves of 50: how their scores are spread, which tells how sure a step is, is lost
        level = ["segment", "wave", "n", "value", "low", "high", "change"]
        assert_frame_equal(seen.table[level], expected.table[level], rtol=1e-9, atol=1e-9)
        return
    assert_same(seen, expected, "table", "overall" if "monitor" in verb else "cells")
    assert str(seen) == str(expected)


@pytest.mark.parametrize("verb", VERBS)
def test_shares_of_promoters_give_the_nps_of_their_answers(verb: str) -> None:
    seen = VERBS[verb](promoters(), "NPS")
    expected = VERBS[verb](everybody(), "nps")
    assert_same(seen, expected, "table", "overall" if "monitor" in verb else "cells")
    assert str(seen).lower() == str(expected).lower()


@pytest.mark.parametrize("verb", VERBS)
def test_boxes_give_the_share_of_their_answers(verb: str) -> None:
    seen = VERBS[verb](boxes(), "happy")
    expected = VERBS[verb](survey_of(ANSWERS), "happy")
    assert_same(seen, expected, "table", "overall" if "monitor" in verb else "cells")
    assert str(seen) == str(expected)


MEAN = ["n", "mean", "low", "high"]
BOX = ["n", "top_box", "top_box_low", "top_box_high", "unhappy", "unhappy_low", "unhappy_high"]


@pytest.mark.parametrize("by", [None, "shop", "year", ("shop", "year")])
def test_a_baseline_of_aggregates_is_that_of_the_answers(by: Any) -> None:
    answers = cx.baseline(survey_of(ANSWERS, scale=SCALE), by=by).table
    told = cx.baseline(means(scale=SCALE), by=by).table
    assert_frame_equal(told[["touchpoint", *MEAN]], answers[["touchpoint", *MEAN]], rtol=1e-9)
    shown = cx.baseline(boxes(), by=by).table
    web = answers[answers["touchpoint"] == "web"].reset_index(drop=True)
    assert_frame_equal(shown[BOX], web[BOX], rtol=1e-9)
    outcomes = cx.baseline(survey_of(ANSWERS), by=by).outcomes
    nps = outcomes[outcomes["outcome"] == "nps"].reset_index(drop=True)
    figures = ["n", "value", "low", "high"]
    assert_frame_equal(cx.baseline(promoters(), by=by).outcomes[figures], nps[figures], rtol=1e-9)


def test_trends_and_standards_follow() -> None:
    places = cx.TouchpointMap(
        [
            cx.Touchpoint("web", stage="use", standards=[cx.Standard("mean", 3.2)]),
            cx.Touchpoint("call", stage="use", standards=[cx.Standard("mean", 3.0)]),
        ],
        cx.Lifecycle(["use"]),
    )
    columns = ["gap", "p_met", "q_value", "trend", "trend_low", "trend_high", "trend_p"]
    answers = ANSWERS.assign(year=np.arange(len(ANSWERS)) % 4 + 2021)
    told = cx.baseline(means(answers), places).table
    assert told["trend_p"].notna().all()
    assert_frame_equal(told[columns], cx.baseline(survey_of(answers), places).table[columns], rtol=1e-9)


@given(seed=st.integers(0, 999), people=st.integers(60, 200))
@settings(max_examples=10)
def test_any_answers_and_their_aggregates_agree(seed: int, people: int) -> None:
    """But for the interval of a change between few answers, which asks how their scores are spread."""
    answers = single_answers(people, seed)
    known = {
        "monitor": ["wave", "n", "value", "low", "high", "change"],
        "before_after": ["quantity", "n", "estimate"],
    }
    for verb, columns in known.items():
        seen = VERBS[verb](means(answers), "call")
        told = VERBS[verb](survey_of(answers), "call")
        assert_frame_equal(seen.table[columns], told.table[columns], rtol=1e-9, atol=1e-9)


def test_figures_that_are_not_held_are_missing_with_the_reason() -> None:
    result = cx.baseline(means(scale=SCALE))
    table = result.table
    unknown = ["reach", "top_box", "unhappy", "bad_moments"]
    assert table[unknown].isna().all(axis=None)
    assert table["mean"].notna().all()
    assert "From an aggregated table of mean: other figures need single answers." in result.note
    shares = cx.baseline(promoters())
    assert shares.table[["reach", "mean"]].isna().all(axis=None)
    assert "trend" not in shares.table
    assert "From an aggregated table of nps, top_box, unhappy: other figures" in shares.note
    only_top = boxes(shares={"top box": "happy"})
    assert cx.baseline(only_top).table["unhappy"].isna().all()
    assert knows(only_top, "top_box")
    assert not knows(only_top, "unhappy")
    assert knows(survey_of(ANSWERS), "unhappy")


def test_without_sd_units_make_the_intervals() -> None:
    seen = VERBS["before_after"](means(sd=None, cluster="shop"), "web")
    assert_same(seen, VERBS["before_after"](survey_of(ANSWERS, cluster="shop"), "web"), "table")


def test_small_cells_are_hidden() -> None:
    few = ANSWERS[(ANSWERS["shop"] != "A") | (ANSWERS["year"] != 2024)]
    few = pd.concat([few, ANSWERS[(ANSWERS["shop"] == "A") & (ANSWERS["year"] == 2024)].head(3)])
    seen = cx.monitor(means(few), metric="web", by="shop").table
    expected = cx.monitor(survey_of(few), metric="web", by="shop").table
    level = ["segment", "wave", "n", "value", "low", "high", "change"]
    assert_frame_equal(seen[level], expected[level], rtol=1e-9)
    assert seen.loc[(seen["segment"] == "A") & (seen["wave"] == 2024), "n"].isna().all()


# What only single answers tell


PLACES = cx.TouchpointMap([cx.Touchpoint(name, stage="use") for name in ("web", "call")], cx.Lifecycle(["use"]))
REFUSED: dict[str, Callable[[cx.Aggregates], Any]] = {
    "drivers": cx.drivers,
    "find_segments": lambda table: cx.find_segments(table, ["shop"]),
    "sample_size": lambda table: cx.sample_size(table, margin=0.1),
    "verdicts": lambda table: cx.baseline(table).verdicts(),
    "blind_spots": lambda table: cx.baseline(table).blind_spots(),
    "consistency": lambda table: cx.baseline(table).consistency(),
    "response_bias": lambda table: cx.baseline(table).response_bias({}),
    "pitfalls": lambda table: cx.baseline(table).pitfalls(),
    "comments": lambda table: cx.baseline(table).comments(),
    "emotion": lambda table: cx.baseline(table).emotion(),
    "standards": lambda table: cx.baseline(table).standards(),
    "competitors": lambda table: cx.baseline(table).competitors(),
    "employees": lambda table: cx.baseline(table).employees(),
    "baseline with competitors= or employees=": lambda table: cx.baseline(survey_of(ANSWERS), employees=table),
    "value_added": lambda table: cx.drivers(survey_of(ANSWERS, outcome="nps"), n_boot=0).value_added(table),
}


@pytest.mark.parametrize("verb", REFUSED)
def test_verbs_that_need_single_answers(verb: str) -> None:
    with pytest.raises(OptionError) as error:
        REFUSED[verb](means())
    assert str(error.value) == (
        f"{verb} needs single answers, which Aggregates do not hold. Give them: cx.Survey(...). "
        "Aggregates go into baseline, monitor, before_after, difference_in_differences, interrupted_time_series."
    )


def test_a_stage_is_no_mean_of_touchpoints() -> None:
    with pytest.raises(OptionError) as error:
        cx.baseline(means(), PLACES, per="stage")
    assert str(error.value) == (
        "per= takes the mean of each answer over several touchpoints, which an aggregated table cannot tell. "
        "Leave per= out (1 group asked for), or give single answers: cx.Survey(...)."
    )


# How it shows itself


def test_it_says_what_it_is() -> None:
    assert repr(promoters()) == (
        "900 answers in 18 rows about 1 touchpoint (NPS), of which nps, top_box, unhappy are known."
    )
    html = means()._repr_html_()
    assert "900 answers in 36 rows about 2 touchpoints (web, call), of which mean is known." in html
    assert "Units: shop." in html
    assert means().table.columns.tolist() == ["shop", "year", "touchpoint", "n", "mean", "sd"]


def test_the_lowest_share_is_found() -> None:
    assert str(cx.baseline(promoters())).startswith("Lowest NPS: NPS (-")
    assert str(cx.baseline(boxes(), by="shop")).startswith("Lowest top box, with no clear last: happy in C (34 % ")


def test_results_are_drawn_and_followed() -> None:
    for table in (means(), promoters(), boxes()):
        cx.baseline(table).plot()
        cx.monitor(table).plot()
        smaller = table.where(cx.Segment("A", {"shop": "A"}))
        assert isinstance(smaller, cx.Aggregates)
        assert smaller.figures == table.figures


# How it is read


def test_files_and_forms_of_a_table(tmp_path: Path) -> None:
    long = means_of(ANSWERS, KEYS)
    long.to_csv(tmp_path / "shops.csv", index=False)
    wide = long.pivot(index=KEYS, columns="touchpoint", values=["n", "mean", "sd"])
    wide.columns = [f"{touchpoint} {figure}" for figure, touchpoint in wide.columns]
    figures = {figure: {name: f"{name} {figure}" for name in ("web", "call")} for figure in ("n", "mean", "sd")}
    expected = VERBS["before_after"](means(), "call")
    from_file = cx.Aggregates(
        tmp_path / "shops.csv", n="n", mean="mean", sd="sd", touchpoint="touchpoint", unit="shop", time="year"
    )
    from_wide = cx.Aggregates(wide.reset_index(), **figures, unit="shop", time="year")
    for table in (from_file, from_wide):
        assert_same(VERBS["before_after"](table, "call"), expected, "table")


def test_an_order_of_waves_and_a_period_hold() -> None:
    table = pd.DataFrame(
        {"wave": ["Q4 2023", "Q1 2024", "Q2 2024"], "n": [50, 60, 70], "rating": [3.0, 3.5, 4.0], "sd": 1.0}
    )
    monitored = cx.monitor(cx.Aggregates(table, n="n", mean="rating", sd="sd", time="wave"))
    assert monitored.table["wave"].tolist() == ["Q4 2023", "Q1 2024", "Q2 2024"]
    dated = table.assign(wave=pd.to_datetime(["2024-01-03", "2024-01-10", "2024-02-01"]))
    monthly = cx.Aggregates(dated, n="n", mean="rating", sd="sd", time="wave", period="month")
    assert cx.monitor(monthly).table["n"].tolist() == [110, 70]


def test_faults_of_columns_and_arguments() -> None:
    with pytest.raises(ColumnError) as error:
        means(unit="store")
    assert str(error.value) == (
        "segment column 'store' is not in the data. Did you mean 'shop'? Columns: shop, year, n, mean, sd, touchpoint."
    ) or str(error.value).startswith("segment column 'store' is not in the data.")
    with pytest.raises(ValuesError) as scale_error:
        means(scale=5)
    assert str(scale_error.value) == "scale takes a Scale, such as cx.Scale(1, 5)."


def test_nothing_is_warned_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        promoters()


def market(**columns: object) -> cx.Aggregates:
    """A share of the market by quarter, which goes up by four points in the middle, and what is left of it."""
    quarters = [f"{2019 + place // 4} Q{1 + place % 4}" for place in range(20)]
    share = np.where(np.arange(20) < 10, 0.20, 0.24)
    table = pd.DataFrame({"quarter": quarters, "market share": share, "the rest": 1 - share, "n": 1000})
    shares = columns or {"market share": "market share"}
    return cx.Aggregates(table, n="n", shares={"customers": shares}, time="quarter")


def test_a_share_of_customers_is_followed_and_measured(faults) -> None:
    shares = market()
    assert repr(shares) == "20,000 customers in 20 rows: market share."
    kept = pd.DataFrame({"kept": [0.9], "n": 50})
    assert cx.Aggregates(kept, n="n", shares={"customers": "kept"}).touchpoints == ("kept",)
    result = cx.before_after(shares, metric="market share", before="2021 Q2", after="2021 Q3")
    counts = pd.DataFrame({"ours": np.repeat([1, 0, 1, 0], [200, 800, 240, 760]), "web": 1})
    counts["wave"] = np.repeat([1, 2], 1000)
    people = cx.Survey(counts, touchpoints=["web"], outcome={"ours": "binary"}, time="wave")
    expected = cx.before_after(people, metric="ours", before=1, after=2)
    assert [result.estimate, result.low, result.high, result.p_value] == pytest.approx(
        [expected.estimate, expected.low, expected.high, expected.p_value]
    )
    assert str(result).startswith("Market share rose by 4.0 percentage points [")
    assert faults(str(result)) == []
    assert cx.monitor(shares).overall["change"].iloc[0] == pytest.approx(0.04)
    assert result.plot().get_ylabel() == "market share, % of customers"


def test_a_series_of_shares_stands_beside_that_of_a_rival() -> None:
    rival = market(**{"market share": "the rest"})
    result = cx.interrupted_time_series(market(), metric="market share", started="2021 Q3", competitors={"Rest": rival})
    lines = result.table.set_index(["whose", "quantity"])["estimate"]
    assert lines["ours", "level change"] == pytest.approx(0.04)
    assert lines["Rest", "rival's change"] == pytest.approx(-0.04)
    assert lines["ours", "more than rivals"] == pytest.approx(0.08)


def test_shares_of_customers_rate_nothing() -> None:
    with pytest.raises(OptionError) as refused:
        cx.baseline(market())
    assert str(refused.value) == (
        "baseline tells how touchpoints are rated, and this table holds shares of customers. Follow them: "
        "cx.monitor(table); measure a change of them: cx.before_after or cx.interrupted_time_series."
    )


@pytest.mark.parametrize("shares", ["market share", ["market share"]])
def test_shares_are_told_by_what_they_are_of(shares: Any) -> None:
    with pytest.raises(ValuesError) as error:
        cx.Aggregates(pd.DataFrame({"market share": [0.2], "n": 9}), n="n", shares=shares)
    assert str(error.value) == (
        f"Aggregates: shares must be a dict of {{text: text or a dict of {{text: text}}}}; you gave {shares!r}."
    )


def test_advice_is_what_aggregates_take() -> None:
    with pytest.raises(ValuesError) as error:
        cx.interrupted_time_series(means(), metric="web", started=2023)
    assert str(error.value).endswith(
        "Fewer are enough for cx.before_after and, with others to compare with, cx.difference_in_differences."
    )
    with pytest.raises(OptionError) as error:
        cx.monitor(market(), metric="share")
    assert str(error.value) == ("metric 'share' is not known here. Touchpoints and outcomes: market share.")
    advice = "Segments: shop, year. Name the column in Aggregates(..., unit=[...])."
    with pytest.raises(ColumnError) as error:
        cx.monitor(means(), by="shp")
    assert str(error.value) == f"by='shp' is not a segment of this survey. Did you mean 'shop'? {advice}"
    asks = "segment 'shp = A' asks for column 'shp', which is not among the survey's segments. Did you mean 'shop'?"
    with pytest.raises(ValuesError) as error:
        means().where({"shp": "A"})
    assert str(error.value) == f"{asks} {advice}"
    with pytest.raises(ValuesError) as error:
        cx.difference_in_differences(means(), metric="web", before=2024, after=2025, treated={"shp": "A"})
    assert str(error.value) == f"{asks} {advice.replace(', year', '')}"
    with pytest.raises(ColumnError) as error:
        cx.monitor(cx.Aggregates(pd.DataFrame({"kept": [0.9], "n": 50}), n="n", shares={"customers": "kept"}))
    assert str(error.value) == (
        "this survey names no time column, so its waves are not known. Name it: Aggregates(..., time='column')."
    )
