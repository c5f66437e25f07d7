"""Cases from public bug reports, each with the right figure, and two more inputs of each kind that went wrong before.

What is refused is held to its whole text: it says what was found and the line to type. ``RIGHT_BEFORE`` names the cases
that never went wrong; they stand here so that they stay so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx

CASES = {
    "01": "waves as ordered categories, and as text: in order of time",
    "02": "W1 to W12: counted, not spelled",
    "03": "dates in words, the day first: in order of time",
    "04": "a code for no answer in the outcome: asked",
    "05": "a code for no answer without a scale: asked",
    "06": "ids of 18 digits: each counts as one",
    "07": "codes that look like numbers in a file: they stay text",
    "08": "one region in three spellings: asked",
    "09": "one customer or touchpoint in two spellings: asked",
    "10": "times with and without a zone: asked",
    "11": "years as numbers and as text: asked",
    "12": "1 is the best score: can be said, and turns all round",
    "13": "one touchpoint runs against the others: named",
    "14": "scores up to 5 beside scores up to 10: asked, then compared on 0 to 100",
    "15": "sliders: no top box unless one is said",
    "16": "a recommendation from 1 to 11: subtract 1",
    "17": "a recommendation with words at its ends: the number in the label counts",
    "18": "a recommendation from 1 to 10: told",
    "19": "answers in words: in order, or asked",
    "20": "three header rows: question texts are no answers",
    "21": "letter codes: the number behind the letter",
    "22": "several choices in a cell: asked for a column of each",
    "23": "a comma in a heading of a file of semicolons: read",
    "24": "starts and ends of one step: asked which to keep",
    "25": "the sign between steps in a name: paths can be told apart",
    "26": "a change in two of four shops: as uncertain as four figures",
    "27": "questions that were skipped: the way to say so is named",
    "28": "a row that stands for several people: counts as several",
    "29": "durations as scores: asked for their unit",
    "30": "empty rows at the end of a file: nobody",
    "31": "pairs of touchpoints that few people share: correlated among those",
    "32": "events in no order: put in order",
    "33": "events of the same second: by milliseconds, then by a number",
    "34": "weights of zero: as if not there",
    "35": "margins with gaps: met among the known; per cent refused",
    "36": "an outcome that a touchpoint tells without error: refused",
    "37": "tables of other libraries: read",
    "38": "numbers in other forms: the same mean",
    "39": "a driver in tiny units: the same importance",
    "40": "an ordinal outcome of counted answers: as of single ones",
}
RIGHT_BEFORE = {"32", "33", "34", "35", "36", "38", "39", "40"}
FIVE = cx.Scale(1, 5)


def answers(n: int = 240, seed: int = 7) -> pd.DataFrame:
    """Scores from 1 to 5 of two touchpoints, and an outcome that follows both."""
    rng = np.random.default_rng(seed)
    web = rng.integers(1, 6, n)
    call = rng.integers(1, 6, n)
    exact = 0.6 + 0.5 * web + 0.3 * call + rng.normal(0, 0.5, n)
    overall = np.clip(np.round(exact), 1, 5).astype(int)
    return pd.DataFrame({"web": web, "call": call, "overall": overall})


def survey(data: Any, **roles: Any) -> cx.Survey:
    """A survey of both touchpoints on 1 to 5, but for what is said otherwise."""
    usual: dict[str, Any] = {"touchpoints": ["web", "call"], "outcome": "overall", "scale": FIVE}
    return cx.Survey(data, **(usual | roles))


def refusal(make: Callable[[], object]) -> str:
    """The whole text of what is refused."""
    with pytest.raises(cx.CxlensError) as error:
        make()
    return str(error.value)


def means(made: cx.Survey) -> list[float]:
    return cx.baseline(made).table["mean"].tolist()


def in_turn(labels: list[Any], n: int = 240) -> pd.Series[Any]:
    """Labels one after the other, whatever they are."""
    return pd.Series([labels[row % len(labels)] for row in range(n)], dtype=object)


def least_squares(frame: pd.DataFrame) -> Any:
    """Constant and coefficients of both touchpoints."""
    design = np.column_stack([np.ones(len(frame)), frame["web"], frame["call"]]).astype(float)
    return np.linalg.lstsq(design, frame["overall"].to_numpy(float), rcond=None)[0]


def test_every_case_has_its_test() -> None:
    tested = {name.removeprefix("test_")[:2] for name in globals() if name.startswith("test_") and name[5].isdigit()}
    assert tested == set(CASES) == {f"{number:02}" for number in range(1, 41)}
    assert set(CASES) >= RIGHT_BEFORE


# 01 to 03: the order of time


def waves_of(labels: list[str], categories: list[str] | None = None) -> list[Any]:
    """The waves of a survey whose rows stand in no order, and whose outcome rises by one from wave to wave."""
    wave = np.repeat(np.arange(len(labels)), 20)
    frame = pd.DataFrame({"web": np.tile([1, 5], 10 * len(labels)), "overall": wave, "wave": np.array(labels)[wave]})
    if categories:
        frame["wave"] = pd.Categorical(frame["wave"], categories, ordered=True)
    mixed = frame.sample(frac=1, random_state=1)
    table = cx.monitor(survey(mixed, touchpoints=["web"], time="wave"), metric="overall").table
    assert table["value"].is_monotonic_increasing
    return table["wave"].tolist()


MONTHS = ["Jan 2024", "Feb 2024", "Mar 2024", "Apr 2024"]


@pytest.mark.parametrize("labels", [MONTHS, ["before", "during", "after"], ["9 days", "10 days", "11 days"]])
def test_01_ordered_categories_are_in_their_order(labels: list[str]) -> None:
    assert waves_of(labels, labels) == labels


@pytest.mark.parametrize(
    "labels", [MONTHS, ["Januar 2024", "Februar 2024", "März 2024"], ["Q4 2023", "Q1 2024", "Q2 2024"]]
)
def test_01_months_in_words_are_in_order_of_time(labels: list[str]) -> None:
    assert waves_of(labels) == labels


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        (["pre", "post"], "post, pre"),
        (["Jan", "Feb", "Mar"], "Feb, Jan, Mar"),
        (["Spring 2024", "Summer 2024", "Autumn 2024"], "Autumn 2024, Spring 2024, Summer 2024"),
    ],
)
def test_01_waves_of_no_known_order_are_asked_for(labels: list[str], shown: str) -> None:
    assert refusal(lambda: waves_of(labels)) == (
        f"the waves of 'wave' cannot be put in order of time: {shown}. Write them as dates, as numbers or counted "
        '("W1", "Q1 2024", "Jan 2024"), or say their order: data[\'wave\'] = pd.Categorical(data[\'wave\'], '
        "[first, ..., last], ordered=True)."
    )


@pytest.mark.parametrize(
    "labels",
    [[f"W{number}" for number in range(1, 13)], ["Wave 8", "Wave 9", "Wave 10"], ["2024-W9", "2024-W10", "2024-W11"]],
)
def test_02_counted_waves_are_counted(labels: list[str]) -> None:
    assert waves_of(labels) == labels


@pytest.mark.parametrize(
    "labels",
    [
        ["05/11/2023", "25/12/2023", "04/01/2024", "06/02/2024"],
        ["11/25/2023", "12/05/2023", "01/04/2024"],
        ["05.11.2023", "20.12.2023", "04.01.2024"],
    ],
)
def test_03_dates_in_words_are_in_order_of_time(labels: list[str]) -> None:
    assert waves_of(labels) == labels


def test_03_dates_of_two_readings_are_asked_for() -> None:
    assert refusal(lambda: waves_of(["05/11/2023", "04/12/2023", "03/01/2024"])) == (
        "the dates of 'wave' can be read in two ways: '03/01/2024' is 2024-01-03 with the day first, 2024-03-01 with "
        "the month first. Write them as 2024-01-03."
    )


# 04 and 05: codes for no answer


@pytest.mark.parametrize(
    ("code", "scale", "why", "whole"),
    [
        (99, cx.Scale(1, 5, blank=[99]), "a code of the touchpoints' scale", "1, 99"),
        (8, cx.Scale(1, 5, not_used=[8]), "a code of the touchpoints' scale", "1, 8"),
        (999, FIVE, "far from its other values, 1 to 5", "1, 999"),
    ],
)
def test_04_a_code_in_the_outcome_is_asked_for(code: int, scale: cx.Scale, why: str, whole: str) -> None:
    frame = answers()
    frame.loc[:19, "overall"] = code
    is_none_here = "" if scale is FIVE else " here"
    assert refusal(lambda: survey(frame, scale=scale)) == (
        f"outcome column 'overall' holds {code} (20 rows), {why}. If it is no answer{is_none_here}, say so: "
        f"outcome_scale={{'overall': cx.Scale(1, 5, blank=[{code}])}}. "
        f"If it is one: outcome_scale={{'overall': cx.Scale({whole})}}."
    )
    made = survey(frame, scale=scale, outcome_scale={"overall": cx.Scale(1, 5, blank=[code])})
    assert cx.baseline(made).outcomes["value"][0] == pytest.approx(frame["overall"][20:].mean())
    known = least_squares(frame[20:])
    assert cx.drivers(made, n_boot=0).table.set_index("touchpoint")["coef"][["web", "call"]].tolist() == pytest.approx(
        known[1:]
    )


@pytest.mark.parametrize(("code", "whole"), [(-99, "-99, 5"), (999, "1, 999"), (-1, "-1, 5")])
def test_05_a_code_without_a_scale_is_asked_for(code: int, whole: str) -> None:
    frame = answers()
    frame.loc[:14, "web"] = code
    assert refusal(lambda: survey(frame, scale=None)) == (
        f"touchpoint column 'web' holds {code} (15 rows), far from its other values, 1 to 5. If it is no answer, say "
        f"so: scale=cx.Scale(1, 5, blank=[{code}]). If it is one: scale=cx.Scale({whole})."
    )
    made = survey(frame, scale=cx.Scale(1, 5, blank=[code]))
    assert means(made)[0] == pytest.approx(frame["web"][15:].mean())


# 06 to 11: who is who, and which label is which


@pytest.mark.parametrize(
    "ids",
    [
        720575940631797000 + np.arange(240),
        np.arange(240, dtype=np.uint64) + np.uint64(2**63),
        pd.array(2**60 + np.arange(240), dtype="Int64"),
    ],
    ids=["18 digits", "unsigned", "nullable"],
)
@pytest.mark.parametrize("role", ["respondent", "cluster"])
def test_06_long_ids_each_count_as_one(ids: Any, role: str) -> None:
    frame = answers().assign(year=np.repeat([2023, 2024], 120), id=ids)
    with_ids = cx.monitor(survey(frame, time="year", **{role: "id"})).table
    without = cx.monitor(survey(frame, time="year")).table
    ends = ["value", "low", "high"]
    assert with_ids[ends].to_numpy() == pytest.approx(without[ends].to_numpy(), rel=1e-9)
    assert with_ids["n"].tolist() == [120, 120]


@pytest.mark.parametrize(
    "labels", [["02134", "00501", "94105"], ["1E5", "100000", "77"], ["+1", "1"], ["1.1", "1.10"], ["007", "7"]]
)
def test_07_codes_that_look_like_numbers_stay_text(labels: list[str], tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    answers().assign(shop=in_turn(labels)).to_csv(path, index=False)
    made = survey(path, segments=["shop"])
    assert set(cx.baseline(made, by="shop").table["segment"]) == set(labels)


MORE = "such as by data['region'] = data['region']"
SIGNS = ".str.normalize('NFKC').str.split().str.join(' ')"
STRIP = ".str.strip().str.capitalize()"
CHANGES: dict[str, Callable[[pd.Series[Any]], pd.Series[Any]]] = {
    STRIP: lambda labels: labels.str.strip().str.capitalize(),
    r".str.replace('\u2013', '-')": lambda labels: labels.str.replace("\u2013", "-"),
    r".str.replace('\u200b', '')": lambda labels: labels.str.replace("\u200b", ""),
    SIGNS: lambda labels: labels.str.normalize("NFKC").str.split().str.join(" "),
}


@pytest.mark.parametrize(
    ("labels", "shown", "change"),
    [
        (["North", "North ", "north"], "'North' and 'North ' and 'north'", STRIP),
        (["New York", "New\u00a0York"], "'New York' and 'New\\xa0York'", SIGNS),
        (["Zu\u0308rich", "Z\u00fcrich"], "'Zu\u0308rich' and 'Z\u00fcrich'", SIGNS),
        (["East side", "East  side"], "'East  side' and 'East side'", SIGNS),
        (["18-24", "18\u201324"], "'18-24' and '18\u201324'", r".str.replace('\u2013', '-')"),
        (["North", "North\u200b"], "'North' and 'North\\u200b'", r".str.replace('\u200b', '')"),
    ],
)
@pytest.mark.parametrize("role", ["segment", "channel", "time"])
def test_08_spellings_of_one_label_are_asked_for(labels: list[str], shown: str, change: str, role: str) -> None:
    frame = answers().assign(region=in_turn(labels))
    roles: dict[str, Any] = {"segments": ["region"]} if role == "segment" else {role: "region"}
    assert refusal(lambda: survey(frame, **roles)) == (
        f"{role} column 'region' holds entries that look alike: {shown}. If they are one, write them alike, {MORE}"
        f"{change} (a file is read by data = cx.read_answers(path)); if not, give them names that differ."
    )
    frame["region"] = CHANGES[change](frame["region"])
    assert cx.baseline(survey(frame, segments=["region"]), by="region").table["segment"].nunique() == 1


def events(customers: list[Any], touchpoints: list[str], **columns: Any) -> pd.DataFrame:
    """Eight times the same events, each time of other customers."""
    of_one = pd.DataFrame({"customer": pd.Series(customers, dtype=object), "touchpoint": touchpoints} | columns)
    parts = [of_one.assign(day=day) for day in range(8)]
    return pd.concat(parts, ignore_index=True)


def journeys(data: Any, **roles: Any) -> cx.JourneyLog:
    return cx.JourneyLog(data, **({"customer": "customer", "touchpoint": "touchpoint"} | roles))


@pytest.mark.parametrize(
    ("customers", "touchpoints", "told"),
    [
        (["c1", "c1 "], ["Web", "Call"], "customer column 'customer' holds entries that look alike: 'c1' and 'c1 '"),
        (
            ["c1", "c1"],
            ["Web", "web "],
            "touchpoint column 'touchpoint' holds entries that look alike: 'Web' and 'web '",
        ),
        (["1", " 1"], ["Web", "Call"], "customer column 'customer' holds entries that look alike: '1' and ' 1'"),
    ],
)
def test_09_spellings_of_one_customer_or_touchpoint_are_asked_for(
    customers: list[str], touchpoints: list[str], told: str
) -> None:
    data = events(customers, touchpoints)
    change = ".str.strip().str.capitalize()" if "web " in touchpoints else ".str.strip()"
    column = told.split("'")[1]
    assert refusal(lambda: journeys(data, order="day")) == (
        f"{told}. If they are one, write them alike, such as by data['{column}'] = data['{column}']{change} "
        "(a file is read by data = cx.read_answers(path)); if not, give them names that differ."
    )


BERLIN = pd.Timestamp("2024-07-01 10:00", tz="Europe/Berlin")


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        ("2024-07-01T10:00:00+00:00", "2024-07-01T09:30", ("2024-07-01T10:00:00+00:00", "2024-07-01T09:30")),
        ("2024-07-01T10:00Z", "2024-07-01T09:30", ("2024-07-01T10:00Z", "2024-07-01T09:30")),
        (BERLIN, pd.Timestamp("2024-07-01 09:30"), ("2024-07-01 10:00:00+02:00", "2024-07-01 09:30:00")),
    ],
)
def test_10_times_with_and_without_a_zone_are_asked_for(first: Any, second: Any, shown: tuple[str, str]) -> None:
    data = events(["c1", "c1"], ["Web", "Shop"]).assign(time=in_turn([first, second], 16))
    told = (
        f"time column 'time' mixes times with a time zone ({shown[0]}) and without ({shown[1]}), so their order is not "
        "known. Give all of them a zone, or none."
    )
    assert refusal(lambda: journeys(data, time="time")) == told
    frame = answers().assign(time=in_turn([first, second]))
    assert refusal(lambda: survey(frame, time="time")) == told


@pytest.mark.parametrize(
    ("role", "labels", "shown"),
    [
        ("time", [2023, "2023"], "2023 and '2023'"),
        ("segment", [2023.0, "2023"], "2023.0 and '2023'"),
        ("segment", [True, "True"], "True and 'True'"),
    ],
)
def test_11_numbers_and_the_same_in_text_are_asked_for(role: str, labels: list[Any], shown: str) -> None:
    frame = answers().assign(year=in_turn(labels))
    roles: dict[str, Any] = {"segments": ["year"]} if role == "segment" else {"time": "year"}
    assert refusal(lambda: survey(frame, **roles)) == (
        f"{role} column 'year' holds entries that look alike: {shown}. Make all of them text: data['year'].astype(str)."
    )


def test_11_customers_as_numbers_and_as_text_are_asked_for() -> None:
    data = events([1, "1"], ["Web", "Call"])
    assert refusal(lambda: journeys(data, order="day")) == (
        "customer column 'customer' holds entries that look alike: 1 and '1'. Make all of them text: "
        "data['customer'].astype(str)."
    )


# 12 to 18: what a score means


@pytest.mark.parametrize("ends", [(1, 5), (0, 4), (2, 10)])
def test_12_the_lowest_score_may_be_the_best(ends: tuple[int, int]) -> None:
    low, high = ends
    step = (high - low) // 4
    frame = low + step * (answers() - 1)
    turned = low + high - frame
    one_is_best = cx.Scale(low, high, best="low")
    made = survey(turned, scale=one_is_best, outcome_scale=one_is_best)
    usual = survey(frame, scale=cx.Scale(low, high))
    shown = ["top_box", "unhappy"]
    assert cx.baseline(made).table[shown].to_numpy() == pytest.approx(cx.baseline(usual).table[shown].to_numpy())
    assert means(made) == pytest.approx(turned[["web", "call"]].mean().tolist())
    assert f"Scores: {low} is best. Means are shown as asked" in cx.baseline(made).note
    coefs = cx.drivers(made, n_boot=0).table["coef"]
    assert coefs.tolist() == pytest.approx(cx.drivers(usual, n_boot=0).table["coef"].tolist())
    assert refusal(lambda: cx.Scale(high, low)) == (
        f"Scale({high}, {low}) has no room: low has to be below high. If {low} is the best score, say Scale({low}, "
        f"{high}, best='low')."
    )


@pytest.mark.parametrize("kind", ["interval", "ordinal", "binary"])
@pytest.mark.parametrize("reversed_one", ["web", "call"])
def test_13_a_touchpoint_that_runs_against_the_other_is_named(kind: str, reversed_one: str) -> None:
    frame = answers().assign(stays=lambda scores: (scores["overall"] > 3).astype(int))
    frame[reversed_one] = 6 - frame[reversed_one]
    outcome = "stays" if kind == "binary" else "overall"
    other = "call" if reversed_one == "web" else "web"
    line = f"scale={{'{reversed_one}': cx.Scale(..., best='low'), ...}}"
    found = cx.drivers(survey(frame, outcome={outcome: kind}), n_boot=0)
    assert (
        f" {reversed_one} runs against {other}: the higher its ratings, the lower {outcome}; if its lowest rating is "
        "the best, its scale has to say so. n = 240."
    ) in str(found)
    assert f"If the lowest rating of {reversed_one} is the best: {line}." in found.note
    scales = {"web": FIVE, "call": FIVE, reversed_one: cx.Scale(1, 5, best="low")}
    turned = cx.drivers(survey(frame, outcome={outcome: kind}, scale=scales), n_boot=0)
    assert "runs against" not in str(turned)
    assert (turned.table["coef"] > 0).all()


@pytest.mark.parametrize(("low", "high"), [(0, 10), (1, 10), (0, 9)])
def test_14_scores_of_two_scales_are_asked_for_and_compared_on_one(low: int, high: int) -> None:
    rng = np.random.default_rng(4)
    frame = answers().assign(web=in_turn([3, 4, 4, 5, 5]).astype(int), call=rng.permutation(in_turn([6, 7, low, high])))
    assert refusal(lambda: survey(frame, scale=None)) == (
        "touchpoints seem to be on different scales: 'web' up to 5, 'call' to 10. Give each its own: "
        "scale={'web': cx.Scale(1, 5), 'call': cx.Scale(0, 10), ...}."
    )
    table = cx.baseline(survey(frame, scale={"web": FIVE, "call": cx.Scale(0, 10)})).table
    assert table["mean"].tolist() == pytest.approx([25 * (frame["web"].mean() - 1), 10 * frame["call"].mean()])


def test_14_sliders_beside_scores_up_to_5_are_asked_for() -> None:
    frame = answers().assign(call=lambda scores: 25 * (scores["call"] - 1))
    assert refusal(lambda: survey(frame, scale=None)) == (
        "touchpoints seem to be on different scales: 'web' up to 5, 'call' to 100. Give each its own: "
        "scale={'web': cx.Scale(1, 5), 'call': cx.Scale(0, 100), ...}."
    )
    table = cx.baseline(survey(frame, scale={"web": FIVE, "call": cx.Scale(0, 100)})).table
    assert table["mean"].tolist() == pytest.approx([25 * (frame["web"].mean() - 1), frame["call"].mean()])


@pytest.mark.parametrize(("low", "high"), [(0, 100), (0, 50), (0, 1000)])
def test_15_sliders_have_a_box_only_where_one_is_said(low: int, high: int) -> None:
    step = high / 100
    scores = 20 * answers()[["web", "call"]]
    frame = answers().assign(web=step * scores["web"], call=step * (scores["call"] - 7))
    table = cx.baseline(survey(frame, scale=cx.Scale(low, high))).table
    assert table["mean"].tolist() == pytest.approx(frame[["web", "call"]].mean().tolist())
    assert table[["top_box", "unhappy"]].isna().all(axis=None)


def recommended(scores: pd.Series[Any]) -> float:
    """The net promoter score, in points."""
    return 100 * float((scores >= 9).mean() - (scores <= 6).mean())


TENS = pd.Series(np.arange(240) % 11)


@pytest.mark.parametrize("exported", [TENS + 1, (TENS + 1).astype(float), (TENS + 1).astype(str)])
def test_16_a_recommendation_from_1_to_11_is_one_too_high(exported: pd.Series[Any]) -> None:
    frame = answers().assign(nps=exported)
    assert refusal(lambda: survey(frame, outcome={"nps": "nps"})) == (
        "outcome column 'nps' has scores outside the scale 0 to 10: 11 (21 rows). The scores run from 1 to 11 here, "
        "where 0 to 10 was asked: subtract 1."
    )
    made = survey(frame.assign(nps=exported.astype(float) - 1), outcome={"nps": "nps"})
    assert cx.baseline(made).outcomes["value"][0] == pytest.approx(recommended(TENS))


@pytest.mark.parametrize(
    ("worst", "best"),
    [
        ("0 - Not at all likely", "10 - Extremely likely"),
        ("Not at all likely (0)", "Extremely likely (10)"),
        ("0 = no", "10 = yes"),
        ("Not at all likely - 0", "Extremely likely - 10"),
    ],
)
def test_17_the_number_in_a_label_counts(worst: str, best: str) -> None:
    frame = answers().assign(nps=TENS[::-1].astype(str).replace({"0": worst, "10": best}).array)
    first, second = [label for label in frame["nps"].unique() if label in (worst, best)]
    assert refusal(lambda: survey(frame, outcome={"nps": "nps"})) == (
        f"outcome column 'nps' holds text where scores are expected: '{first}', '{second}' (43 rows). The numbers "
        "stand in the labels: cx.suggest(data) makes numbers of them."
    )
    outcomes = cx.baseline(cx.suggest(frame).survey()).outcomes
    assert outcomes.set_index("outcome")["value"]["nps"] == pytest.approx(recommended(TENS))


@pytest.mark.parametrize("n", [240, 60, 1100])
def test_18_a_recommendation_from_1_is_told(n: int) -> None:
    frame = answers(n).assign(nps=np.arange(n) % 10 + 1)
    assert (
        f"No 0 among the {n:,} answers to &#x27;nps&#x27;: if it was asked from 1 to 10, its NPS cannot be compared "
        "with one asked from 0 to 10."
    ) in survey(frame, outcome={"nps": "nps"})._repr_html_()


# 19 to 23: what platforms write

SATISFIED = ["Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"]
GOOD = ["Very poor", "Poor", "Fair", "Good", "Very good"]
AGREE = ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"]


def in_words(frame: pd.DataFrame, words: list[str]) -> pd.DataFrame:
    """Both touchpoints answered in words."""
    texts = {column: frame[column].map(lambda score: words[score - 1]) for column in ("web", "call")}
    return frame.assign(**texts)


def seen(labels: pd.Series[Any]) -> str:
    """Labels as they come, each once."""
    return ", ".join(map(repr, labels.unique()))


@pytest.mark.parametrize("words", [SATISFIED, GOOD, AGREE])
def test_19_answers_in_words_are_put_in_order(words: list[str]) -> None:
    numbers = answers()
    frame = in_words(numbers, words)
    right = pytest.approx(numbers[["web", "call"]].mean().tolist())
    assert refusal(lambda: survey(frame)) == (
        f"2 columns hold what their scale does not have. touchpoint 'web': {seen(frame['web'])} (240 rows); touchpoint "
        f"'call': {seen(frame['call'])} (240 rows). Words in order, the worst is 1: cx.suggest(data) makes numbers of "
        f"them. Or say so: Scale(words={words!r})."
    )
    assert means(survey(frame, scale=cx.Scale(words=words))) == right
    assert means(cx.suggest(frame).survey()) == right
    ordered = frame.astype(dict.fromkeys(["web", "call"], pd.CategoricalDtype(words, ordered=True)))
    assert means(survey(ordered, scale=None)) == right


QUESTIONS = ["How was the website?", "How was the call?", "All in all?"]
IMPORT_IDS = ['{"ImportId":"QID1"}', '{"ImportId":"QID2"}', '{"ImportId":"QID3"}']


def with_head(frame: pd.DataFrame, *rows: list[str]) -> pd.DataFrame:
    """Answers below further rows of heading."""
    head = pd.DataFrame(rows, columns=frame.columns)
    return pd.concat([head, frame.astype(str)], ignore_index=True)


def as_csv(frame: pd.DataFrame, folder: Path) -> Path:
    path = folder / "answers.csv"
    frame.to_csv(path, index=False)
    return path


def as_excel(frame: pd.DataFrame, folder: Path) -> Path:
    path = folder / "answers.xlsx"
    frame.to_excel(path, index=False)
    return path


@pytest.mark.parametrize("write", [as_csv, as_excel])
def test_20_question_texts_are_no_answers(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write(with_head(answers(), QUESTIONS, IMPORT_IDS), tmp_path)
    made = survey(path)
    assert made.n == 240
    assert means(made) == pytest.approx(answers()[["web", "call"]].mean().tolist())


def test_20_question_text_in_a_frame_is_named() -> None:
    assert refusal(lambda: survey(with_head(answers(), QUESTIONS))) == (
        "3 columns hold what their scale does not have. touchpoint 'web': 'How was the website?' (1 row); touchpoint "
        "'call': 'How was the call?' (1 row); outcome 'overall': 'All in all?' (1 row). Row 2 is question text, below "
        "the names: leave it out, as cx.suggest(data) does."
    )


@pytest.mark.parametrize("prefix", ["A", "L", "B0"])
def test_21_letter_codes_have_their_numbers_behind_the_letter(prefix: str) -> None:
    frame = answers()
    coded = frame.assign(web=prefix + frame["web"].astype(str), call=prefix + frame["call"].astype(str))
    assert refusal(lambda: survey(coded)) == (
        f"2 columns hold what their scale does not have. touchpoint 'web': {seen(coded['web'])} (240 rows); touchpoint "
        f"'call': {seen(coded['call'])} (240 rows). The numbers stand behind the letter {prefix[0]}: cx.suggest(data) "
        "makes numbers of them."
    )
    made = cx.suggest(coded).survey(scale=FIVE)
    assert means(made) == pytest.approx(frame[["web", "call"]].mean().tolist())


@pytest.mark.parametrize("joint", [",", ";", "|"])
@pytest.mark.parametrize("role", ["segment", "channel"])
def test_22_several_choices_in_a_cell_are_asked_for(joint: str, role: str) -> None:
    one, other = f"Web{joint}Shop", f"Shop{joint}Web"
    frame = answers().assign(used=in_turn(["Web", one, other]))
    roles: dict[str, Any] = {"segments": ["used"]} if role == "segment" else {"channel": "used"}
    assert refusal(lambda: survey(frame, **roles)) == (
        f"{role} column 'used' holds several choices in a cell: {one!r} and {other!r} are the same in another order. "
        f"Give each choice a column of its own: frame['used'].str.get_dummies({joint!r})."
    )
    members = frame["used"].str.get_dummies(joint)
    assert members.sum().tolist() == [160, 240]


@pytest.mark.parametrize("cells", [[["Web"], ["Web", "Shop"]], [("Web",), ("Web", "Shop")], [{"Web"}, {"Web"}]])
def test_22_lists_in_a_cell_are_asked_for(cells: list[Any]) -> None:
    frame = answers().assign(used=in_turn(cells))
    assert refusal(lambda: survey(frame, segments=["used"])) == (
        "segment column 'used' holds several choices in a cell, such as ['Web']. Give each choice a column of its own: "
        "frame['used'].str.join('|').str.get_dummies()."
    )


@pytest.mark.parametrize(
    ("heading", "written"),
    [
        ("Website, all in all", {"sep": ";"}),
        ("A, b, c, d, e", {"sep": ";", "decimal": ","}),
        ("Site, app; all", {"sep": "\t"}),
        ("Zufriedenheit, gesamt – Käse", {"sep": ";", "encoding": "cp1252"}),
    ],
)
def test_23_a_comma_in_a_heading_is_no_separator(heading: str, written: dict[str, Any], tmp_path: Path) -> None:
    frame = answers().assign(weight=in_turn([1.35, 0.66, 1.06]).astype(float))
    path = tmp_path / "answers.csv"
    frame.rename(columns={"web": heading}).to_csv(path, index=False, **written)
    made = survey(path, touchpoints=[heading, "call"], weight="weight")
    right = [np.average(frame[column], weights=frame["weight"]) for column in ("web", "call")]
    assert means(made) == pytest.approx(right)


# 24 and 25: events


def paths(log: cx.JourneyLog) -> list[list[Any]]:
    return cx.paths(log).variants[["path", "n"]].to_numpy().tolist()


@pytest.mark.parametrize(
    ("column", "start", "end"),
    [
        ("phase", "start", "complete"),
        ("kind", "begin", "end"),
        ("action", "enter", "exit"),
        ("lifecycle:transition", "START", "COMPLETE"),
    ],
)
def test_24_starts_and_ends_are_told_and_joined(column: str, start: str, end: str) -> None:
    data = events(["c1"] * 4, ["Call", "Call", "Visit", "Visit"], hour=[1, 2, 3, 4])
    data["customer"] += data["day"].astype(str)
    data[column] = in_turn([start, end], len(data))
    told = (
        f"Column {column!r} has rows for starts and ends, each an event here, so that tasks count twice: "
        f"lifecycle={column!r} joins those of one task."
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(told)}$"):
        twice = journeys(data, order="hour")
    assert paths(twice) == [["Call > Call > Visit > Visit", 8]]
    clock = data.assign(hour=pd.Timestamp("2026-01-01") + pd.to_timedelta(data["hour"], unit="h"))
    assert paths(journeys(clock, time="hour", lifecycle=column)) == [["Call > Visit", 8]]
    assert paths(journeys(data[data[column] == end], order="hour")) == [["Call > Visit", 8]]


@pytest.mark.parametrize(
    ("steps", "in_one", "path"),
    [
        (["Shop", "Shoes"], ["Shop > Shoes"], "'Shop > Shoes'"),
        (["A", "B", "C"], ["A > B", "C"], "'A > B' > C"),
        (["A", "B", "C"], ["A", "B > C"], "A > 'B > C'"),
    ],
)
def test_25_paths_can_be_told_apart(steps: list[str], in_one: list[str], path: str) -> None:
    one = events(["a"] * len(steps), steps, nr=range(len(steps)))
    other = events(["b"] * len(in_one), in_one, nr=range(len(in_one)))
    data = pd.concat([one, other])
    data["customer"] += data["day"].astype(str)
    assert sorted(paths(journeys(data, order="nr"))) == sorted([[" > ".join(steps), 8], [path, 8]])


# 26 to 31: how many, how sure


def shops(changes: dict[str, float], per_cell: int = 60) -> pd.DataFrame:
    """Answers of shops in two years; the first half of the shops were rebuilt between them."""
    rng = np.random.default_rng(5)
    parts = []
    for number, (shop, change) in enumerate(changes.items()):
        group = "new" if number < len(changes) / 2 else "old"
        for year, level in ((2023, 3.0), (2024, 3.0 + change)):
            score = np.clip(np.round(level + rng.normal(0, 0.6, per_cell)), 1, 5)
            parts.append(pd.DataFrame({"shop": shop, "group": group, "year": year, "web": score, "overall": score}))
    return pd.concat(parts, ignore_index=True)


CHANGED: dict[str, Any] = {"metric": "overall", "before": 2023, "after": 2024}


FOUR = {"A": 0.9, "B": 0.1, "C": 0.1, "D": -0.4}
SIX = {"A": 0.5, "B": 0.3, "C": 0.2, "D": 0.0, "E": 0.1, "F": 0.4}


@pytest.mark.parametrize("changes", [FOUR, SIX])
def test_26_an_effect_among_few_shops_is_told_as_unsure(changes: dict[str, float]) -> None:
    frame = shops(changes)
    made = survey(frame, touchpoints=["web"], time="year", segments=["group"], cluster="shop")
    result = cx.difference_in_differences(made, **CHANGED, treated={"group": "new"})
    change = frame.groupby(["group", "year"])["overall"].mean().unstack().diff(axis=1)[2024]
    assert result.estimate == pytest.approx(change["new"] - change["old"])
    assert result.low < result.estimate < result.high
    assert "did not clearly gain more than elsewhere" in result.finding.lead
    n = len(changes)
    assert cx.before_after(made, **CHANGED).note == f"{n} clusters, {n - 1}.0 degrees of freedom" + (
        ": too few clusters to tell." if n == 4 else "."
    )
    by_shop = frame.groupby(["group", "shop", "year"])["overall"].mean().unstack().diff(axis=1)[2024]
    test = stats.ttest_ind(by_shop["new"], by_shop["old"])
    assert test.pvalue > 0.05
    if n == 4:
        assert result.note.startswith(
            "The interval is of sampling alone: 2 places where it was done and 2 others cannot tell"
        )
        assert np.isnan(result.p_value)
    else:
        assert result.note.startswith(
            "Judged by the changes of 3 places where it was done and 3 others, 4 degrees of freedom. Of all 20 ways"
        )
        assert result.p_value == pytest.approx(test.pvalue)


def test_26_twenty_shops_are_told_with_what_they_can_tell() -> None:
    frame = shops(dict.fromkeys("ABCDEFGHIJKLMNOPQRST", 0.2), per_cell=10)
    made = survey(frame, touchpoints=["web"], time="year", segments=["group"], cluster="shop")
    result = cx.difference_in_differences(made, **CHANGED, treated={"group": "new"})
    assert result.note.startswith(
        "Judged by the changes of 10 places where it was done and 10 others, 18 degrees of freedom. Of 10,000 drawn"
    )
    assert np.isfinite(result.p_value)


def skipped(columns: list[str], share: float) -> pd.DataFrame:
    """Scores of which a share was not asked, and an outcome."""
    rng = np.random.default_rng(2)
    scores = pd.DataFrame(rng.integers(1, 6, (200, len(columns))), columns=columns)
    blank = rng.random(scores.shape) < share
    return scores.mask(blank).assign(overall=rng.integers(1, 6, 200))


@pytest.mark.parametrize(("n_touchpoints", "share"), [(10, 0.4), (8, 0.4), (20, 0.2)])
def test_27_the_way_to_say_that_a_question_was_skipped_is_named(n_touchpoints: int, share: float) -> None:
    columns = [f"t{number}" for number in range(n_touchpoints)]
    frame = skipped(columns, share)
    complete = int(frame.notna().all(axis=1).sum())
    assert 0 < complete < 5
    said = refusal(lambda: cx.drivers(survey(frame, touchpoints=columns), n_boot=0))
    assert said == (
        "too few complete answers: fewer than 5 of 200 can be used (left out: a touchpoint left blank). If an empty "
        "cell means that a touchpoint was not used, say so: Scale(..., not_used=[None]); if it is no answer, "
        "ask with blanks='impute'."
    )
    made = survey(frame, touchpoints=columns, scale=cx.Scale(1, 5, not_used=[None]))
    assert cx.drivers(made, n_boot=0).table["n"].sum() > 0
    assert means(made) == pytest.approx(frame[columns].mean().tolist())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_28_a_row_counts_as_the_people_it_stands_for(seed: int) -> None:
    singles = answers(400, seed)
    counted = singles.groupby(["web", "call", "overall"]).size().reset_index(name="people")
    made = survey(counted, count="people")
    assert made.n == 400
    shown = ["n", "mean", "low", "high"]
    right = cx.baseline(survey(singles)).table[shown].to_numpy(float)
    assert cx.baseline(made).table[shown].to_numpy(float) == pytest.approx(right)
    half_width = 1.9659 * singles["web"].std() / np.sqrt(400)  # t of 399 degrees of freedom
    assert right[0, 3] - right[0, 1] == pytest.approx(half_width, rel=1e-3)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("overall", pd.to_timedelta(answers()["overall"], unit="m")),
        ("web", pd.to_timedelta(answers()["web"], unit="s")),
        ("overall", pd.to_timedelta(answers()["overall"], unit="h").astype(object)),
    ],
)
def test_29_durations_are_asked_for_their_unit(column: str, values: pd.Series[Any]) -> None:
    frame = answers().assign(**{column: values})
    job = "outcome" if column == "overall" else "touchpoint"
    assert refusal(lambda: survey(frame, scale=None)) == (
        f"{job} column {column!r} holds durations, whose unit is not said. Turn them into numbers, minutes for "
        f"instance: data[{column!r}].dt.total_seconds() / 60."
    )


def test_29_periods_are_no_scores() -> None:
    frame = answers().assign(overall=pd.period_range("2004-01", periods=240, freq="M"))
    assert refusal(lambda: survey(frame)) == (
        "outcome column 'overall' holds periods of time, which are no numbers. A column that says when goes to time=, "
        "as dates."
    )


@pytest.mark.parametrize("empty_row", [",,", " , , ", '"","",""'])
def test_30_empty_rows_at_the_end_are_nobody(empty_row: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(answers().to_csv(index=False) + 40 * f"{empty_row}\n", encoding="utf-8")
    made = survey(path)
    assert str(made) == "240 answers about 2 touchpoints (web, call); outcome overall (interval)."
    assert made.n == 240


@pytest.mark.parametrize("used", [0.5, 0.4, 0.3])
def test_31_pairs_are_correlated_among_those_who_used_both(used: float) -> None:
    rng = np.random.default_rng(3)
    mood = rng.normal(0, 1, 600)
    columns = ["web", "call", "overall"]
    frame = pd.DataFrame({name: np.clip(np.round(3 + mood + rng.normal(0, 0.8, 600)), 1, 5) for name in columns})
    rated = rng.random((600, 2)) < used
    frame[["web", "call"]] = frame[["web", "call"]].where(rated)
    found = cx.drivers(survey(frame, scale=cx.Scale(1, 5, not_used=[None])), n_boot=0)
    first_component = (1 + frame["web"].corr(frame["call"])) / 2
    assert f"(halo) explains {100 * first_component:.0f} % of their variance" in str(found.diagnosis())


# 32 to 36: right before


def test_32_events_are_put_in_order() -> None:
    data = events(["c1"] * 3, ["A", "C", "B"], time=["2024-01-01T11:00", "2024-01-01T11:20", "2024-01-01T11:10"])
    data["customer"] += data["day"].astype(str)
    assert paths(journeys(data, time="time")) == [["A > B > C", 8]]


def test_33_events_of_one_second_are_in_order() -> None:
    times = ["2024-01-01T09:00:00.123", "2024-01-01T09:00:00.120", "2024-01-01T09:00:00.123"]
    data = events(["c1"] * 3, ["assigned", "created", "closed"], time=times, nr=[2, 1, 3])
    data["customer"] += data["day"].astype(str)
    assert paths(journeys(data, time="time", order="nr")) == [["created > assigned > closed", 8]]


def test_34_weights_of_zero_are_as_if_not_there() -> None:
    frame = answers().assign(weight=np.repeat([0.0, 1.0], 120))
    made = survey(frame, weight="weight")
    assert cx.baseline(made).table["n"].tolist() == [120, 120]
    coefs = cx.drivers(made, n_boot=0).table.set_index("touchpoint")["coef"][["web", "call"]]
    assert coefs.tolist() == pytest.approx(least_squares(frame[120:])[1:])


def test_35_margins_are_met_among_the_known() -> None:
    made = cx.baseline(survey(answers().assign(sex=in_turn(["F", "M", "M", None])), segments=["sex"]))
    weights = made.response_bias({"sex": {"F": 0.5, "M": 0.5}}).table.set_index("value")["weight"]
    assert weights.to_dict() == pytest.approx({"F": 1.5, "M": 0.75, "not stated": 1.0})
    assert refusal(lambda: made.response_bias({"sex": {"F": 48.7, "M": 51.3}})) == (
        "margins: the shares of 'sex' sum to 100, not to 1. Give every value's share, or numbers of customers."
    )


def test_36_an_outcome_told_without_error_is_refused() -> None:
    frame = answers().assign(stays=lambda scores: (scores["web"] > 3).astype(int))
    assert refusal(lambda: cx.drivers(survey(frame, outcome={"stays": "binary"}), n_boot=0)) == (
        "the outcome is separated by 'web': it tells the answer of 240 respondents without error, so its coefficient "
        "has no limit. Leave it out, join it with another touchpoint, or declare the outcome 'interval', which is "
        "fitted by least squares."
    )


# 37 to 40: other libraries, other forms, other units


def as_relation(frame: pd.DataFrame, folder: Path) -> Any:
    return pytest.importorskip("duckdb").from_df(frame)


def as_lazy(frame: pd.DataFrame, folder: Path) -> Any:
    return pytest.importorskip("polars").LazyFrame(frame)


@pytest.mark.parametrize("turn", [as_relation, as_lazy, as_excel])
def test_37_tables_of_other_libraries_are_read(turn: Callable[..., Any], tmp_path: Path) -> None:
    frame = answers()
    assert means(survey(turn(frame, tmp_path))) == pytest.approx(frame[["web", "call"]].mean().tolist())
    data = events(["c1"] * 2, ["A", "B"], nr=[1, 2])
    data["customer"] += data["day"].astype(str)
    assert paths(journeys(turn(data, tmp_path), order="nr")) == [["A > B", 8]]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "category", "string", "int64[pyarrow]", "object", "float32"])
def test_38_numbers_in_other_forms_have_the_same_mean(dtype: str) -> None:
    frame = answers()
    assert means(survey(frame.astype({"web": dtype}))) == pytest.approx(frame[["web", "call"]].mean().tolist())


@pytest.mark.parametrize("unit", [1e-9, 1e-12, 1e12])
def test_39_units_do_not_change_importance(unit: float) -> None:
    frame = answers()
    usual = cx.drivers(survey(frame, scale=None), n_boot=0).table["importance"]
    other = cx.drivers(survey(frame.assign(web=unit * frame["web"]), scale=None), n_boot=0).table["importance"]
    assert other.tolist() == pytest.approx(usual.tolist())
    r2 = {
        names: float(frame["overall"].corr(frame[list(names)] @ fit(frame, names)) ** 2)
        for names in (("web",), ("call",), ("web", "call"))
    }
    own = (r2["web",] + r2["web", "call"] - r2["call",]) / 2  # the mean over both orders of entry
    assert usual[0] == pytest.approx(own)


def fit(frame: pd.DataFrame, names: tuple[str, ...]) -> Any:
    """Coefficients of some touchpoints beside a constant."""
    design = np.column_stack([np.ones(len(frame)), frame[list(names)]]).astype(float)
    return np.linalg.lstsq(design, frame["overall"].to_numpy(float), rcond=None)[0][1:]


def test_40_counted_ordinal_answers_are_as_single_ones() -> None:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    singles = answers(400)
    counted = singles.groupby(["web", "call", "overall"]).size().reset_index(name="people")
    model = OrderedModel(singles["overall"], singles[["web", "call"]], distr="logit").fit(disp=0, method="bfgs")
    made = survey(counted, outcome={"overall": "ordinal"}, count="people")
    coefs = cx.drivers(made, n_boot=0).table.set_index("touchpoint")["coef"]
    assert coefs[["web", "call"]].tolist() == pytest.approx(model.params[:2].tolist(), abs=1e-3)
