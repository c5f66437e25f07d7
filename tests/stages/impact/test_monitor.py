from __future__ import annotations

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

import cxlens as cx
from cxlens.common import port
from cxlens.common.values import wave_words
from cxlens.stats.regression import fit_rows

FIELDS = ["change", "change_low", "change_high", "p_value"]


def answers(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Simulated answers over four waves, the third of which is better."""
    rng = np.random.default_rng(seed)
    year = np.repeat([2022, 2023, 2024, 2025], n // 4)
    better = 0.5 * (year >= 2024)
    return pd.DataFrame(
        {
            "wifi": np.clip(np.round(3.3 + better + rng.normal(0, 1, n)), 1, 5),
            "recommend": np.clip(np.round(7.5 + 2 * better + rng.normal(0, 2, n)), 0, 10),
            "again": (rng.random(n) < 0.5 + 0.4 * better).astype(int),
            "purpose": rng.choice(["business", "leisure"], n),
            "flight": rng.integers(0, 60, n),
            "weight": rng.uniform(0.5, 2, n),
            "year": year,
        }
    )


def survey(frame: pd.DataFrame | None = None, **roles: object) -> cx.Survey:
    return cx.Survey(
        answers() if frame is None else frame,
        touchpoints=["wifi"],
        outcome={"recommend": "nps", "again": "binary"},
        segments=["purpose"],
        **{"time": "year", **roles},
    )


def waves(metric: str, frame: pd.DataFrame) -> list[pd.Series]:
    return [frame.loc[frame["year"] == year, metric] for year in (2022, 2023, 2024, 2025)]


def counts_of(scores: pd.Series) -> tuple[int, int, int]:
    return int((scores <= 6).sum()), int(scores.between(7, 8).sum()), int((scores >= 9).sum())


def test_a_mean_has_students_interval_and_welchs_change():
    table = cx.monitor(survey(), metric="wifi").table
    before, after = waves("wifi", answers())[:2]
    low, high = stats.t.interval(0.95, len(before) - 1, before.mean(), stats.sem(before))
    assert table.loc[0, ["value", "low", "high"]].tolist() == pytest.approx([before.mean(), low, high])
    welch = stats.ttest_ind(after, before, equal_var=False)
    found = [after.mean() - before.mean(), *welch.confidence_interval(), welch.pvalue]
    assert table.loc[1, FIELDS].tolist() == pytest.approx(found)


def test_a_share_has_wilsons_interval_and_newcombes_change():
    table = cx.monitor(survey(), metric="again").table
    before, after = waves("again", answers())[:2]
    assert table.loc[0, ["low", "high"]].tolist() == pytest.approx(
        proportion_confint(before.sum(), len(before), method="wilson")
    )
    interval = confint_proportions_2indep(
        after.sum(), len(after), before.sum(), len(before), method="newcomb", compare="diff", correction=False
    )
    assert table.loc[1, ["change_low", "change_high"]].tolist() == pytest.approx(interval)
    chi2 = stats.chi2_contingency(
        pd.crosstab(answers()["year"], answers()["again"]).loc[[2022, 2023]], correction=False
    )
    assert table.loc[1, "p_value"] == pytest.approx(chi2.pvalue)


def test_the_nps_and_its_change_are_those_of_the_reference():
    # detractors, passives, promoters 20, 30, 50 and 35, 35, 30: nps_two_sample, computed with the formula of Rocks
    scores = [3] * 35 + [7] * 35 + [9] * 30 + [3] * 20 + [7] * 30 + [9] * 50
    frame = pd.DataFrame({"wifi": 3, "nps": scores, "year": [2024] * 100 + [2025] * 100})
    result = cx.monitor(cx.Survey(frame, touchpoints=["wifi"], outcome={"nps": "nps"}, time="year"))
    assert result.unit == "NPS points"
    assert result.table["value"].tolist() == pytest.approx([-5, 30])
    assert result.table.loc[1, ["low", "high"]].tolist() == pytest.approx([14.0511302, 44.2012970], abs=1e-6)
    assert result.table.loc[1, FIELDS].tolist() == pytest.approx([35, 12.3664, 55.5947, 0.00206066], abs=1e-3)


def test_the_first_outcome_is_followed_by_default():
    result = cx.monitor(survey())
    assert result.metric == "recommend"
    low, _, high = counts_of(waves("recommend", answers())[0])
    assert result.table.loc[0, "value"] == pytest.approx(high - low)


def test_weights_count_by_linearisation():
    frame = answers()
    table = cx.monitor(survey(weight="weight"), metric="wifi").table
    own = frame[frame["year"] == 2022]
    mean = np.average(own["wifi"], weights=own["weight"])
    share = own["weight"] / own["weight"].sum()
    variance = (share**2 * (own["wifi"] - mean) ** 2 / (1 - share)).sum()
    df = (own["weight"] ** 2).sum() ** 2 / (own["weight"] ** 4).sum() - 1
    low, high = stats.t.interval(0.95, df, mean, np.sqrt(variance))
    assert table.loc[0, ["n", "value", "low", "high"]].tolist() == pytest.approx([100, mean, low, high])


@pytest.mark.parametrize("metric", ["wifi", "recommend", "again"])
@pytest.mark.parametrize("weight", [None, "weight"])
def test_equal_weights_and_doubled_weights_change_nothing(metric, weight):
    frame = answers().assign(twice=lambda f: 2.0 if weight is None else 2 * f["weight"])
    found = cx.monitor(survey(weight=weight), metric=metric).table
    pd.testing.assert_frame_equal(found, cx.monitor(survey(frame, weight="twice"), metric=metric).table)


def test_clusters_give_the_errors_of_refits_without_each_of_them():
    frame = answers().query("year < 2024").assign(late=lambda f: (f["year"] == 2023).astype(float))
    result = cx.monitor(survey(frame, cluster="flight", weight="weight"), metric="wifi")
    design = np.column_stack([np.ones(len(frame)), frame["late"]])
    df = fit_rows(design, frame["wifi"].to_numpy(), frame["weight"].to_numpy(), frame["flight"].to_numpy()).df[1]

    def change(rows: pd.DataFrame) -> float:
        return float(smf.wls("wifi ~ late", rows, weights=rows["weight"]).fit().params["late"])

    whole, flights = change(frame), frame["flight"].unique()
    moves = np.array([change(frame[frame["flight"] != flight]) - whole for flight in flights])
    g = len(flights)
    error = np.sqrt((g - 1) / g * moves @ moves)
    half = stats.t.ppf(0.975, df) * error
    found = [whole, whole - half, whole + half, 2 * stats.t.sf(abs(whole) / error, df)]
    assert result.table.loc[1, FIELDS].tolist() == pytest.approx(found)
    assert result.clusters == f"{g} clusters, {df:.1f} degrees of freedom."
    assert result.clusters in result.note


def test_too_few_clusters_leave_the_interval_and_tell_nothing():
    frame = answers().assign(flight=lambda f: np.arange(len(f)) % 4, wifi=lambda f: f["wifi"] + 2 * (f["year"] > 2023))
    result = cx.monitor(survey(frame, cluster="flight"), metric="wifi")
    assert result.table[["p_value", "q_value"]].isna().all(axis=None)
    assert result.table.loc[1:, ["change_low", "change_high"]].notna().all(axis=None)
    assert (result.overall["change_low"] > 0).all()
    assert result.clusters == "4 clusters, 3.0 degrees of freedom: too few clusters to tell."
    assert result.finding.lead == "Wifi satisfaction did not clearly change from"
    assert result.finding.more == ["Too few clusters to tell"]


def test_an_answer_without_a_cluster_is_one_of_its_own():
    frame = answers(40).assign(flight=np.nan)
    alone = cx.monitor(survey(frame.assign(flight=range(40)), cluster="flight"), metric="wifi").table
    pd.testing.assert_frame_equal(cx.monitor(survey(frame, cluster="flight"), metric="wifi").table, alone)


def test_each_segment_is_followed_and_q_counts_all_changes():
    result = cx.monitor(survey(), metric="wifi", by="purpose")
    assert result.table.columns[:3].tolist() == ["segment", "wave", "n"]
    assert result.table["segment"].tolist() == ["business"] * 4 + ["leisure"] * 4
    p = result.table["p_value"].dropna()
    assert result.table["q_value"].dropna().tolist() == pytest.approx(stats.false_discovery_control(p).tolist())
    part = cx.monitor(survey(answers().query("purpose == 'leisure'")), metric="wifi").table
    pd.testing.assert_frame_equal(
        result.table[4:].reset_index(drop=True).drop(columns=["segment", "q_value"]), part.drop(columns="q_value")
    )


def test_small_cells_are_blank_and_so_are_the_changes_beside_them():
    frame = answers()
    small = frame["year"] != 2023
    small |= np.arange(len(frame)) < 104
    table = cx.monitor(survey(frame[small]), metric="wifi").table
    assert table["wave"].tolist() == [2022, 2023, 2024, 2025]
    blank = table["n"].isna().to_numpy()
    assert blank[1]
    assert blank.sum() == 2  # their total tells neither
    assert table.loc[blank, ["value", "low", "high", *FIELDS, "q_value"]].isna().all(axis=None)
    beside = blank | np.append(True, blank[:-1])
    assert table["change"].isna().tolist() == beside.tolist()
    assert cx.monitor(survey(frame[small | (np.arange(len(frame)) < 105)]), metric="wifi").table.loc[1, "n"] == 5


def test_order_of_rows_does_not_matter_and_the_input_is_left_alone():
    frame = answers()
    kept = frame.copy()
    mixed = cx.monitor(survey(frame.sample(frac=1, random_state=1))).table
    pd.testing.assert_frame_equal(cx.monitor(survey(frame)).table, mixed)
    pd.testing.assert_frame_equal(frame, kept)


def test_answers_without_weight_or_wave_or_score_do_not_count():
    frame = answers().astype({"year": float})
    spoilt = pd.concat([frame, frame.head(30).assign(wifi=1.0)], ignore_index=True)
    spoilt["weight"] = 1.0
    spoilt.loc[400:409, "weight"] = 0
    spoilt.loc[410:419, "year"] = np.nan
    spoilt.loc[420:429, "wifi"] = np.nan
    found = cx.monitor(survey(spoilt, weight="weight"), metric="wifi")
    pd.testing.assert_frame_equal(found.table, cx.monitor(survey(frame), metric="wifi").table)
    assert "from 3.44" in str(found)
    assert "in 2022" in str(found)


def test_the_sentence_of_a_rise():
    assert str(cx.monitor(survey(), metric="wifi")) == (
        "Wifi satisfaction rose from 3.44 in 2022 to 3.74 in 2025 [3.24, 3.64] and [3.56, 3.92]; "
        "the clearest step was 2023 to 2024 (+0.36 [0.08, 0.64], q = 0.04). n = 400."
    )


def turned(frame: pd.DataFrame) -> pd.DataFrame:
    """The waves the other way round: what rose falls."""
    return frame.assign(year=4047 - frame["year"])


def test_a_fall_is_a_fall():
    finding = cx.monitor(survey(turned(answers())), metric="wifi").finding
    assert finding.lead == "Wifi satisfaction fell from"
    assert finding.figure == "3.74 in 2022 to 3.44 in 2025"
    assert finding.certainty.startswith("the clearest step was 2023 to 2024 (-0.36 [-0.64, -0.08], ")


def test_the_title_has_no_interval_and_no_step():
    assert cx.monitor(survey(), metric="wifi").finding.title == (
        "Wifi satisfaction rose from 3.44 in 2022 to 3.74 in 2025"
    )


def test_the_note_says_how_sure_intervals_are():
    assert cx.monitor(survey(), level=0.9).note == (
        "Intervals: 90 %. change: against the wave before. First against last speaks of these two waves alone. "
        "Missing: fewer than 5 answers, or hidden to protect people."
    )


def test_the_sentence_of_no_clear_change():
    frame = pd.DataFrame({"wifi": [3, 4] * 20, "nps": ([6, 9] * 5 + [8, 9] * 5) * 2, "year": [2024] * 20 + [2025] * 20})
    plain = cx.Survey(frame, touchpoints=["wifi"], outcome={"nps": "nps"}, time="year")
    finding = cx.monitor(plain).finding
    assert finding.lead == "NPS did not clearly change from"
    assert finding.figure == "+25 in 2024 to +25 in 2025"
    assert finding.interval == "[-12, 55] and [-12, 55]"
    assert (finding.certainty, finding.n) == ("", "40")


def test_the_sentence_of_one_wave():
    frame = pd.DataFrame({"wifi": [3, 4] * 10, "ok": [1, 1, 1, 0] * 5, "year": pd.Timestamp("2024-03-01")})
    plain = cx.Survey(frame, touchpoints=["wifi"], outcome={"ok": "binary"}, time="year")
    finding = cx.monitor(plain).finding
    assert (finding.lead, finding.figure) == ("Ok was", "75 %")
    assert (finding.interval, finding.unit, finding.n) == ("[53 %, 89 %]", "in 2024-03-01", "20")


def test_the_sentence_of_segments():
    finding = cx.monitor(survey(answers(1200)), metric="wifi", by="purpose").finding
    assert finding.lead == (
        "Wifi satisfaction rose clearly in 2 and fell clearly in 0 of 2 segments between the first and the last wave"
    )
    assert finding.certainty == "the clearest step was leisure, 2023 to 2024 (+0.45 [0.24, 0.66], q < 0.01)"
    assert finding.n == "1,200"
    fallen = cx.monitor(survey(turned(answers(1200))), metric="wifi", by="purpose").finding
    assert "rose clearly in 0 and fell clearly in 2 of 2 segments" in fallen.lead


def test_a_notebook_shows_the_sentence_and_escapes_it():
    frame = answers().rename(columns={"wifi": "<b>"})
    result = cx.monitor(
        cx.Survey(frame, touchpoints=["<b>"], outcome="again", segments=["purpose"], time="year"), metric="<b>"
    )
    assert repr(result) == str(result)
    assert "<b>" not in result._repr_html_()
    assert "&lt;b&gt; satisfaction rose" in result._repr_html_()


def test_plot_and_explore_hand_the_result_to_the_pictures(monkeypatch):
    result = cx.monitor(survey())
    monkeypatch.setattr(port, "draw", lambda shown, ax: (shown, ax))
    monkeypatch.setattr(port, "widget_of", lambda shown: shown)
    assert result.plot(ax="axes") == (result, "axes")
    assert result.explore() is result


def test_batches_make_no_difference(monkeypatch):
    frame = answers().assign(purpose=lambda f: f["purpose"].where(f.index % 50 > 0), flight=lambda f: f["flight"] / 2)
    frame.loc[:60, "flight"] = np.nan
    whole = survey(frame, cluster="flight")
    once = cx.monitor(whole, by="purpose").table
    assert once["segment"].unique().tolist() == ["business", "leisure", "not stated"]
    monkeypatch.setattr("cxlens.engine.tables.BATCH", 37)
    pd.testing.assert_frame_equal(cx.monitor(whole, by="purpose").table, once)


def test_intervals_by_cluster_stay_on_the_scale():
    frame = answers().assign(again=lambda f: (f.index % 100 > 0) * 1)
    table = cx.monitor(survey(frame, cluster="flight"), metric="again").table
    assert table["high"].tolist() == [1, 1, 1, 1]


def test_a_wave_of_a_single_cluster_is_blank():
    frame = answers().assign(flight=lambda f: f["flight"].where(f["year"] != 2023, 1))
    table = cx.monitor(survey(frame, cluster="flight"), metric="wifi").table
    assert table["n"].isna().tolist() == [False, True, False, False]


@pytest.mark.parametrize(
    ("wave", "words"),
    [(2024.0, "2024"), (2024, "2024"), ("2024-Q1", "2024-Q1"), (pd.Timestamp("2024-03-01"), "2024-03-01")],
)
def test_waves_in_words(wave, words):
    assert wave_words(wave) == words


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"metric": "wfi"},
            "metric 'wfi' is not known here. Did you mean 'wifi'? Touchpoints and outcomes: wifi, recommend, again.",
        ),
        (
            {"by": "purpos"},
            "by='purpos' is not a segment of this survey. Did you mean 'purpose'? Segments: purpose, year. "
            "Name the column in Survey(..., segments=[...]).",
        ),
        ({"level": 95}, "level=95 is not a confidence level. Give a share between 0 and 1, such as 0.95."),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(cx.CxlensError) as error:
        cx.monitor(survey(), **options)
    assert str(error.value) == message


def test_a_survey_without_time_is_refused():
    with pytest.raises(cx.CxlensError) as error:
        cx.monitor(survey(time=None))
    assert str(error.value) == (
        "this survey names no time column, so its waves are not known. Name it: Survey(..., time='column')."
    )


def test_what_segments_and_totals_show_tells_no_small_cell():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"web": rng.integers(1, 6, 103), "nps": rng.integers(0, 11, 103), "year": 2025})
    frame["group"] = ["a"] * 50 + ["b"] * 50 + ["c"] * 3
    answers_by_group = cx.Survey(
        frame, touchpoints=["web"], outcome={"nps": "nps"}, scale=cx.Scale(1, 5), segments=["group"], time="year"
    )
    total = cx.monitor(answers_by_group, metric="web").table.loc[0]
    table = cx.monitor(answers_by_group, metric="web", by="group").table.set_index("segment")
    hidden = table["n"].isna()
    assert hidden["c"]
    assert hidden.sum() == 2  # all less those shown are the answers of two groups, and tell neither
    assert total["n"] - table["n"].sum() == 53
    assert table.loc[hidden, ["value", "low", "high", *FIELDS]].isna().all(axis=None)


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_no_line_of_the_table_has_one_hidden_cell_alone(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 200))
    frame = pd.DataFrame({"web": rng.integers(1, 6, n), "nps": rng.integers(0, 11, n)})
    frame["year"] = rng.choice([2023, 2024, 2025], n, p=[0.6, 0.3, 0.1])
    frame["group"] = rng.choice(list("abc"), n, p=[0.7, 0.25, 0.05])
    some = cx.Survey(frame, touchpoints=["web"], outcome={"nps": "nps"}, segments=["group"], time="year")
    with suppress(cx.CxlensError):  # where nothing may be shown
        table = cx.monitor(some, by="group").table
        assert_no_line_has_one_hidden_cell(frame, table, totals_hidden(some))


def totals_hidden(some: cx.Survey) -> set[str]:
    """Groups and waves whose own number of answers no table shows."""
    hidden = set()
    for by in ("group", "year"):
        outcomes = cx.baseline(some, by=by).outcomes
        hidden |= set(outcomes.loc[outcomes["n"].isna(), "segment"])
    return hidden


def assert_no_line_has_one_hidden_cell(frame: pd.DataFrame, table: pd.DataFrame, totals_hidden: set[str]) -> None:
    counts = frame.groupby(["group", "year"]).size().unstack(fill_value=0)
    shown = table.pivot(index="segment", columns="wave", values="n").astype(float)
    hidden = shown.isna() & (counts > 0)
    assert (counts.where(shown.notna()).fillna(shown).fillna(-1) == shown.fillna(-1)).all(axis=None)
    assert (hidden | (counts >= 5) | (counts == 0)).all(axis=None)
    for lines, sizes in ((hidden, counts), (hidden.T, counts.T)):
        for name in lines.index[lines.any(axis=1) & ((sizes > 0).sum(axis=1) > 1)]:
            assert lines.loc[name].sum() > 1 or str(name) in totals_hidden


def test_a_wave_that_the_others_would_tell_is_refused():
    frame = answers()
    first = frame[frame["year"] == 2022].head(4)
    with pytest.raises(cx.CxlensError) as error:
        cx.monitor(survey(pd.concat([first, frame[frame["year"] == 2023]])))
    assert str(error.value) == (
        "metric 'recommend' has a wave of fewer than 5 answers, which the others would tell. "
        "Join waves, or choose another metric."
    )


def test_waves_that_are_all_small_are_refused():
    with pytest.raises(cx.CxlensError) as error:
        cx.monitor(survey(answers().groupby("year").head(4)))
    assert str(error.value) == (
        "metric 'recommend' has fewer than 5 answers in every wave. Join waves, or choose another metric."
    )


def test_the_real_survey_gives_the_printed_means(shared):
    folder = shared / "sfo"
    if not folder.is_dir():
        pytest.skip("the airport survey is not here")
    frame = cx.datasets.load_sfo([2013, 2014, 2015, 2016, 2017], data_home=folder).survey().table
    plain = cx.Survey(frame, touchpoints=["Wi-Fi"], outcome="overall", time="year")
    found = cx.monitor(plain, metric="Wi-Fi").table["value"]
    assert found.round(2).tolist() == [3.65, 3.91, 4.03, 4.06, 4.08]
    step = cx.before_after(plain, metric="Wi-Fi", before=2013, after=2014)
    assert str(step).startswith("Wi-Fi satisfaction rose by 0.26 [0.19, 0.33] from 2013 to 2014; clearly")


def panel(roles: dict[str, str]) -> cx.Survey:
    """Two hundred customers asked twice; each gives 0.1 more the second time, but for a little noise."""
    rng = np.random.default_rng(0)
    first = rng.uniform(1, 4, 200)
    frame = pd.DataFrame({"wifi": np.r_[first, first + 0.1 + rng.normal(0, 0.05, 200)], "who": [*range(200)] * 2})
    return cx.Survey(frame.assign(out=1, year=[2024] * 200 + [2025] * 200), touchpoints=["wifi"], outcome="out",
                     time="year", **roles)  # fmt: skip


def test_respondents_who_answer_again_are_clusters():
    by_respondent, by_cluster, plain = (
        cx.monitor(panel(roles), metric="wifi").table for roles in ({"respondent": "who"}, {"cluster": "who"}, {})
    )
    assert by_respondent.loc[1, "q_value"] < 1e-6 < plain.loc[1, "q_value"]
    pd.testing.assert_frame_equal(by_respondent, by_cluster)
    pd.testing.assert_frame_equal(by_respondent[["low", "high"]], plain[["low", "high"]])  # once a wave: no clusters


def test_respondents_who_answer_once_are_no_clusters():
    frame = answers().assign(who=range(400))
    pd.testing.assert_frame_equal(cx.monitor(survey(frame, respondent="who")).table, cx.monitor(survey()).table)


def test_a_frame_is_refused():
    with pytest.raises(cx.CxlensError) as error:
        cx.monitor(answers())
    assert str(error.value) == (
        "monitor works on a Survey, not on a DataFrame. Make one: cx.Survey(data, touchpoints=[...], outcome='column')."
    )


def test_a_sentence_where_no_segment_changed():
    frame = pd.DataFrame(
        {"web": [1, 2, 3, 4, 5] * 8, "y": 3, "year": [2024] * 20 + [2025] * 20, "area": ["a", "b"] * 20}
    )
    survey = cx.Survey(frame, touchpoints=["web"], outcome="y", time="year", segments=["area"])
    assert cx.monitor(survey, metric="web", by="area").finding.lead == (
        "Web satisfaction did not clearly change in any of 2 segments between the first and the last wave"
    )


def test_a_sentence_where_one_segment_alone_can_be_compared():
    rows = [("a", wave, score) for wave in (2024, 2025) for score in [1, 2, 3, 4, 5] * 4] + [("b", 2025, 3)] * 20
    frame = pd.DataFrame(rows, columns=["area", "year", "web"]).assign(y=3)
    survey = cx.Survey(frame, touchpoints=["web"], outcome="y", time="year", segments=["area"])
    assert cx.monitor(survey, metric="web", by="area").finding.lead == (
        "Web satisfaction did not clearly change in the one segment that can be compared between the first and the "
        "last wave"
    )


def test_segments_that_are_hidden_are_not_said_to_be_unchanged():
    rng = np.random.default_rng(0)
    who = ["a"] * 200 + ["b"] * 150 + ["c"] * 3 + ["d"] * 47
    frame = pd.DataFrame({"who": who, "web": rng.integers(1, 6, 400), "y": 1, "year": [2024, 2025] * 200})
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", segments=["who"], time="year")
    result = cx.monitor(made, metric="web", by="who")
    hidden = result.overall["change"].isna()
    assert result.overall.loc[hidden, "segment"].tolist() == ["c", "d"]
    assert "in any of 2 segments" in str(result)
    assert [text.get_text() for text in result.plot().get_figure().findobj(Text)].count("hidden") == 4


@pytest.mark.parametrize(("waves", "each", "told"), [(60, 10, True), (25, 29, True), (24, 10, False), (30, 30, False)])
def test_many_waves_of_few_answers_are_told(waves, each, told):
    days = pd.date_range("2026-01-01", periods=waves).strftime("%Y-%m-%d")
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"day": days.repeat(each), "nps": rng.integers(0, 11, waves * each)}).assign(web=3)
    survey = cx.Survey(frame, touchpoints=["web"], outcome={"nps": "nps"}, time="day")
    more = [
        f"{waves} waves of about {each} answers hardly tell a trend: longer ones are Survey(..., period='month'), "
        "'quarter' or 'year'"
    ]
    assert cx.monitor(survey).finding.more == (more if told else [])


def test_several_metrics_share_one_error_rate():
    frame = answers(1200)
    result = cx.monitor(survey(frame), metric=["wifi", "recommend", "again"])
    assert result.metrics == ("wifi", "recommend", "again")
    assert (result.metric, result.unit) == ("wifi", "scale points")
    assert result.table.columns[:3].tolist() == ["metric", "wave", "n"]
    p = result.table["p_value"].dropna()
    assert result.table["q_value"].dropna().tolist() == pytest.approx(stats.false_discovery_control(p).tolist())
    assert result.overall["metric"].tolist() == ["wifi", "recommend", "again"]
    for name in result.metrics:
        alone = cx.monitor(survey(frame), metric=name)
        part = result.only(name)
        qs = ["q_value", "trend_q"]
        pd.testing.assert_frame_equal(part.table.drop(columns=qs[0]), alone.table.drop(columns=qs[0]))
        pd.testing.assert_frame_equal(part.overall.drop(columns=qs), alone.overall.drop(columns=qs))
    assert cx.monitor(survey(frame), metric=["wifi"]).table.columns[0] == "wave"
    assert result.plot().get_title(loc="left").startswith("Wifi satisfaction rose from ")


def test_the_sentence_of_several_metrics():
    result = cx.monitor(survey(answers(1200)), metric=["wifi", "recommend", "again"])
    finding = result.finding
    assert finding.lead == "3 of 3 measures changed clearly between the first and the last wave"
    items = {item.name: item.figure for item in finding.items}
    assert sorted(items) == ["Again", "NPS", "Wifi satisfaction"]
    assert items["Wifi satisfaction"] == f"{result.overall['change'].iloc[0]:+.2f}"
    assert finding.certainty.startswith("the clearest step was ")
    assert finding.n == "1,200"
    still = answers(1200).assign(year=lambda f: np.arange(len(f)) % 4)
    none = cx.monitor(survey(still), metric=["wifi", "again"]).finding
    assert str(none) == "No clear change in 2 measures between the first and the last wave. n = 1,200."
    once = answers(1200).assign(year=2025)
    alone = cx.monitor(survey(once), metric=["wifi", "again"]).finding
    assert str(alone) == "2 measures cannot be compared between the first and the last wave. n = 1,200."


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ([], "metric=[] names nothing to follow. Name a touchpoint or an outcome, or leave metric out."),
        (["wifi", "wifi"], "metric: 'wifi' is there twice. Name each metric once."),
    ],
)
def test_metrics_that_cannot_be_followed_together_are_refused(metric, message):
    with pytest.raises(cx.CxlensError) as error:
        cx.monitor(survey(), metric=metric)
    assert str(error.value) == message


def rising(n: int, waves: int, rise: float, seed: int = 0) -> cx.Survey:
    rng = np.random.default_rng(seed)
    year = np.repeat(np.arange(2010, 2010 + waves), n)
    wifi = np.clip(np.round(2.5 + rise * (year - 2010) + rng.normal(0, 1, n * waves)), 1, 5)
    frame = pd.DataFrame({"wifi": wifi, "nps": 9, "year": year})
    return cx.Survey(frame, touchpoints=["wifi"], outcome={"nps": "nps"}, time="year")


def test_a_trend_over_all_waves_is_said_and_holds_if_waves_carry_over():
    result = cx.monitor(rising(400, 8, 0.12), metric="wifi")
    row = result.overall.iloc[0]
    assert row["trend_low"] < 0.12 < row["trend_high"] + 0.03
    assert result.finding.more == [
        f"Over all waves it changed by {row['trend']:+.2f} [{row['trend_low']:.2f}, {row['trend_high']:.2f}] a wave, "
        "even if half of a wave's swing carries over"
    ]
    assert "A trend takes" not in result.note
    few = cx.monitor(rising(400, 3, 0.12), metric="wifi")
    assert few.overall[["trend", "trend_p", "trend_q", "next_low"]].isna().all(axis=None)
    assert "A trend takes 4 waves of 30 answers or more." in few.note


def test_missing_waves_count_as_time_in_a_trend():
    answers = rising(400, 12, 0.1).table
    with_gap = answers[~answers["year"].between(2015, 2018)]
    found = []
    for frame in (answers, with_gap):
        made = cx.Survey(frame, touchpoints=["wifi"], outcome={"nps": "nps"}, time="year")
        found.append(cx.monitor(made, metric="wifi").overall["trend"].iloc[0])
    assert found == pytest.approx([0.1, 0.1], abs=0.02)


def test_limits_hold_a_wave_against_the_earlier_ones():
    table = cx.monitor(rising(300, 8, 0.0), metric="wifi").table
    assert table["expected_low"].isna().tolist() == [True] * 5 + [False] * 3
    shown = table.dropna(subset="expected_low")
    assert shown["value"].between(shown["expected_low"], shown["expected_high"]).all()
    late = rising(300, 7, 0.0).table.assign(wifi=lambda f: f["wifi"].where(f["year"] < 2016, 5))
    made = cx.Survey(late, touchpoints=["wifi"], outcome={"nps": "nps"}, time="year")
    last = cx.monitor(made, metric="wifi").table.iloc[-1]
    assert last["value"] > last["expected_high"]
    overall = cx.monitor(made, metric="wifi").overall.iloc[0]
    assert overall["next_low"] < last["value"] < overall["next_high"]


def test_a_metric_that_is_not_followed_is_not_shown_alone():
    with pytest.raises(cx.CxlensError) as error:
        cx.monitor(survey(), metric="wifi").only("again")
    assert str(error.value).startswith("metric 'again' is not known here.")


def test_one_cluster_is_not_called_few_answers():
    answers = pd.DataFrame({"web": [3, 4] * 20, "year": [2024] * 20 + [2025] * 20, "shop": "A", "overall": [4, 5] * 20})
    survey = cx.Survey(answers, touchpoints=["web"], outcome="overall", time="year", cluster="shop")
    with pytest.raises(cx.CxlensError, match=r"has answers of one cluster only in every wave that has enough\. Join"):
        cx.monitor(survey)
