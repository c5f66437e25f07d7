"""The survey that a table looks like: its call runs, its reasons are told, and what is not sure is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError, ValuesError
from cxlens.study.suggest import Suggestion

N = 60
WORDS = ["Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"]


def scores(low: int, high: int, seed: int) -> list[int]:
    values = np.random.default_rng(seed).integers(low, high + 1, N)
    values[:2] = low, high
    return values.tolist()


WEB, CALL, NPS = scores(1, 5, 1), scores(1, 5, 2), scores(0, 10, 3)


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"web": WEB, "call": CALL, "nps": NPS} | columns)


def run(suggestion: Suggestion) -> cx.Survey:
    """The survey that the text of the call makes."""
    made = eval(suggestion.call, {"cx": cx, "suggestion": suggestion, "data": suggestion.data})  # noqa: S307  our text
    assert isinstance(made, cx.Survey)
    return made


def assert_same(one: cx.Survey, other: cx.Survey) -> None:
    pd.testing.assert_frame_equal(one.table, other.table)
    assert repr(one) == repr(other)


def means(survey: cx.Survey) -> list[float]:
    return cx.baseline(survey).table["mean"].round(6).tolist()


RIGHT = [round(float(np.mean(WEB)), 6), round(float(np.mean(CALL)), 6)]


def test_a_plain_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    table(region=["N", "S"] * 30, weight=1.5, id=range(N)).to_csv(path, index=False)
    suggestion = cx.suggest(path)
    assert suggestion.call == (
        "cx.Survey(\n"
        f"    '{path}',\n"
        "    touchpoints=['web', 'call'],\n"
        "    outcome={'nps': 'nps'},\n"
        "    scale=cx.Scale(1, 5),\n"
        "    segments=['region'],\n"
        "    weight='weight',\n"
        "    respondent='id',\n"
        ")"
    )
    assert suggestion.reasons == (
        "'weight' is the weight, by its name.",
        "'id' is the respondent, by its name.",
        "'nps' is the NPS, by its name.",
        "2 columns of whole numbers from 1 to 5: scores.",
        "Few values, so segments: region.",
    )
    assert suggestion.questions == ()
    assert_same(suggestion.survey(), run(suggestion))
    assert means(suggestion.survey()) == RIGHT


NUMBERED = ["id", "Kundennr", "Kunden-ID", "Kundennummer", "customer_no", "Client ID", "Member number"]


@pytest.mark.parametrize("name", NUMBERED)
def test_what_a_customer_is_numbered_by_is_the_respondent(name: str) -> None:
    assert f"{name!r} is the respondent, by its name." in cx.suggest(table(**{name: range(N)})).reasons


def in_words(values: list[int]) -> list[str]:
    return [WORDS[value - 1] for value in values]


FORMS: dict[str, pd.DataFrame] = {
    "words": table(web=in_words(WEB), call=in_words(CALL)),
    "labels with numbers": table(web=[f"{value} - {WORDS[value - 1]}" for value in WEB], call=CALL),
    "ends in words": table(web=[{1: "1 (poor)", 5: "5 (great)"}.get(value, str(value)) for value in WEB]),
    "NPS from 1 to 11": table(nps=[value + 1 for value in NPS]),
    "NPS with worded ends": table(nps=[{0: "0 - Never", 10: "10 - Surely"}.get(value, str(value)) for value in NPS]),
    "an NPS by its question": table(nps=NPS).rename(columns={"nps": "How likely are you to recommend us?"}),
}


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_other_forms_of_the_same_answers(form: str, in_file: bool, tmp_path: Path) -> None:
    frame = FORMS[form]
    data: Any = frame
    if in_file:
        data = tmp_path / "a.csv"
        frame.to_csv(data, index=False, sep=";")
    suggestion = cx.suggest(data)
    assert suggestion.questions == ()
    survey = suggestion.survey()
    assert_same(survey, run(suggestion))
    assert means(survey) == RIGHT
    promoters = np.mean([value >= 9 for value in NPS])
    detractors = np.mean([value <= 6 for value in NPS])
    assert cx.baseline(survey).outcomes["value"].iloc[0] == pytest.approx(100 * (promoters - detractors))


@pytest.mark.parametrize("ids", [True, False])
def test_rows_of_question_text(ids: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = table(area=["N", "S"] * 30).astype(str).to_numpy().tolist()
    head = [
        ["web", "call", "nps", "area"],
        ["How was the web?", "How was the call?", "Would you recommend us?", "Where?"],
    ]
    if ids:
        head.append([f'{{"ImportId":"Q{number}"}}' for number in range(4)])
    pd.DataFrame(head + rows).to_csv(path, index=False, header=False)
    suggestion = cx.suggest(path)
    assert suggestion.arguments["touchpoints"] == {"How was the web?": "web", "How was the call?": "call"}
    assert means(suggestion.survey()) == RIGHT
    assert_same(suggestion.survey(), run(suggestion))
    assert suggestion.survey().n == N


def test_what_only_the_owner_can_answer() -> None:
    frame = table(web=[99, "N/A", *WEB[2:]], call=[99, *CALL[1:]])
    suggestion = cx.suggest(frame)
    asked = (
        "What does 99 (2 times), 'N/A' (1 time) mean in the touchpoints: not used, or no answer? "
        "Answer with scale=cx.Scale(1, 5, not_used=['N/A'], blank=[99])"
    )
    assert [str(question) for question in suggestion.questions] == [asked]
    with pytest.raises(ValuesError) as error:
        suggestion.survey()
    assert str(error.value) == f"Only you can tell: {asked}"
    assert asked in repr(suggestion)
    assert "1 question only you can answer." in suggestion._repr_html_()
    assert '<pre class="tex2jax_ignore">cx.Survey(\n' in suggestion._repr_html_()
    survey = suggestion.survey(scale=cx.Scale(1, 5, not_used=[99], blank=["N/A"]))
    assert survey.rows().unused.sum() == 2


ASKED: dict[str, tuple[pd.DataFrame, str, str]] = {
    "many empty cells": (
        table(web=[None] * 20 + WEB[:40]), "scale",
        "17 % of the cells of touchpoints are empty: not used (not_used=[None]), or no answer?",
    ),
    "two scales": (
        table(shop=scores(0, 10, 4)), "touchpoints",
        "shop (0 to 10) run otherwise than web, call (1 to 5): do they rate touchpoints too? "
        "Those of one survey share one scale.",
    ),
    "numbers of places on the same scale": (
        table(**{"Store no": WEB[::-1]}), "touchpoints",
        "Does 'Store no' rate a touchpoint, or are its numbers codes of places?",
    ),
    "an end that does not occur": (
        table(web=scores(2, 4, 5), call=scores(2, 4, 6)), "scale",
        "Scores run from 2 to 4: from where to where does the scale run, and is one of them a code?",
    ),
    "an unusual scale": (
        table(web=scores(1, 6, 5), call=scores(1, 6, 6)), "scale",
        "Scores run from 1 to 6: from where to where does the scale run, and is one of them a code?",
    ),
    "no outcome": (
        table().drop(columns="nps"), "outcome",
        "Which column is to be explained, such as overall satisfaction or NPS?",
    ),
    "two outcomes": (
        table(overall_a=WEB, overall_b=CALL).drop(columns="nps"), "outcome",
        "Which of 'overall_a', 'overall_b' is to be explained, if any?",
    ),
    "letters": (
        table(web=[f"A{value}" for value in WEB], call=[f"A{value}" for value in CALL]), "scale",
        "Is 5 the best score, and 1 the worst?",
    ),
    "codes of groups": (
        table(plan=scores(1, 3, 7)), "touchpoints",
        "Does 'plan' rate a touchpoint? Its numbers end below those of the others.",
    ),
    "no touchpoints": (
        table().drop(columns=["web", "call"]), "touchpoints", "Which columns rate touchpoints? None looks like it.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ASKED)
def test_what_is_not_sure_is_asked(kind: str) -> None:
    frame, argument, text = ASKED[kind]
    suggestion = cx.suggest(frame)
    assert (argument, text) in [(question.argument, question.text) for question in suggestion.questions]
    with pytest.raises(CxlensError, match=r"^Only you can tell: "):
        suggestion.survey()


def test_answers_to_the_questions_make_the_survey() -> None:
    frame = table(overall_a=WEB, overall_b=CALL, shop=scores(0, 10, 4)).drop(columns=["nps", "web", "call"])
    survey = cx.suggest(frame).survey(touchpoints=["overall_a", "overall_b"], outcome="shop", scale=cx.Scale(1, 5))
    assert survey.outcome == "shop"
    assert means(survey) == RIGHT


@pytest.mark.parametrize("slip", [6, 9, 55])
@pytest.mark.parametrize("labels", [False, True])
def test_one_number_off_the_scale_is_asked_about_and_leaves_no_touchpoint_out(slip: int, labels: bool) -> None:
    frame = pd.DataFrame({"web": WEB * 3, "call": CALL * 3, "bill": CALL * 3, "nps": NPS * 3})
    frame.loc[17, "web"] = slip
    if labels:
        frame = frame.astype(str).assign(call=frame["call"].astype(str).replace("5", "5 - Excellent"))
    suggestion = cx.suggest(frame)
    texts = [question.text for question in suggestion.questions]
    meanings = "not used, no answer, or a score of a longer scale?" if slip == 6 else "not used, or no answer?"
    assert texts == [f"What does {slip} (1 time) mean in the touchpoints: {meanings}"]
    survey = suggestion.survey(scale=cx.Scale(1, 5, blank=[slip]))
    web = [score for row, score in enumerate(WEB * 3) if row != 17]
    assert means(survey) == [round(float(np.mean(web)), 6), RIGHT[1], RIGHT[1]]


@pytest.mark.parametrize("first", ["web", "call", "bill"])
def test_codes_beside_the_scale_leave_no_touchpoint_out(first: str) -> None:
    """As in the README's own call: 6 means not used, 0 no answer; whichever column stands first."""
    coded = {"web": WEB, "call": [6, 6, 6, 6, *CALL[:56]], "bill": [0, 0, *CALL[2:]]}
    names = [first, *(name for name in coded if name != first)]
    suggestion = cx.suggest(pd.DataFrame({name: coded[name] for name in names} | {"nps": NPS}))
    assert suggestion.arguments["touchpoints"] == names
    (question,) = suggestion.questions
    assert question.argument == "scale"
    assert "6 (4 times)" in question.text
    assert "0 (2 times)" in question.text
    assert question.text.endswith(" mean in the touchpoints: not used, no answer, or a score of a longer scale?")
    survey = suggestion.survey(scale=cx.Scale(1, 5, not_used=[6], blank=[0]))
    assert survey.rows().unused.sum() == 4
    assert np.isnan(survey.rows().scores).sum() == 6


def test_whatever_a_survey_takes_may_be_answered() -> None:
    frame = table(shop=[f"{place:02}" for place in range(20)] * 3, gone=["yes", "no"] * 30)
    suggestion = cx.suggest(frame)
    survey = suggestion.survey(segments=["shop"], outcome="gone", positive={"gone": "yes"})
    assert survey.segments == ("shop",)
    assert survey.outcomes["gone"] == "binary"
    assert survey.rows().outcomes.mean() == 0.5
    dated = cx.suggest(table(day=pd.date_range("2024-01-01", periods=N, freq="30D"), year=[2024, 2025] * 30))
    assert dated.survey(time="year").waves == [2024, 2025]


def test_several_choices_are_left_out_and_told() -> None:
    suggestion = cx.suggest(table(used=["Web,Shop", "Shop,Web", "Web"] * 20))
    assert "segments" not in suggestion.arguments
    assert suggestion.reasons[-1].startswith("Left out: segment column 'used' holds several choices in a cell: ")


def test_many_touchpoints_stand_a_line_each() -> None:
    names = [f"part {place}, with a comma" for place in range(4)]
    suggestion = cx.suggest(table(**{name: scores(1, 5, place) for place, name in enumerate(names)}))
    lines = "\n".join(f"        {name!r}," for name in ["web", "call", *names])
    assert f"    touchpoints=[\n{lines}\n    ],\n    outcome={{'nps': 'nps'}},\n" in suggestion.call
    assert_same(run(suggestion), suggestion.survey())


@pytest.mark.parametrize("hotels", [[f"{place:02}" for place in range(1, 6)], list(range(1, 13)), ["007", "011"]])
def test_codes_of_places_are_segments_as_they_are_written(tmp_path: Path, hotels: list[Any]) -> None:
    path = tmp_path / "a.csv"
    table(Hotel=(hotels * N)[:N]).to_csv(path, index=False)
    suggestion = cx.suggest(path)
    assert suggestion.questions == ()
    survey = suggestion.survey()
    assert survey.segments == ("Hotel",)
    assert set(survey.table["Hotel"]) == set(hotels)
    assert_same(run(suggestion), survey)


def test_dates_make_waves_of_the_shortest_period_with_enough_answers() -> None:
    days = pd.date_range("2025-01-01", periods=N, freq="6D").strftime("%d.%m.%Y")
    suggestion = cx.suggest(pd.concat([table(Besuch=days)] * 14, ignore_index=True))
    assert suggestion.arguments["time"] == "Besuch"
    assert suggestion.arguments["period"] == "quarter"
    assert "'Besuch' is the time, since it holds dates." in suggestion.reasons
    assert suggestion.survey().waves == ["2025 Q1", "2025 Q2", "2025 Q3", "2025 Q4"]


def test_two_columns_of_dates_are_left_to_the_owner() -> None:
    days = pd.date_range("2025-01-01", periods=N, freq="6D").strftime("%d.%m.%Y")
    suggestion = cx.suggest(table(Besuch=days, Buchung=days))
    assert "time" not in suggestion.arguments
    assert "'Besuch', 'Buchung' hold dates: name the one that makes waves with time=." in suggestion.reasons


def test_times_of_day_are_no_waves(tmp_path: Path) -> None:
    stamps = pd.date_range("2025-01-01", periods=N * 2, freq="h").astype(str)
    frame = pd.concat([table(), table()]).assign(Timestamp=stamps)
    suggestion = cx.suggest(frame)
    assert "time" not in suggestion.arguments
    assert "Left out: the dates of 'Timestamp' make one wave." in suggestion.reasons


def test_an_spss_file_in_two_lines(tmp_path: Path) -> None:
    pyreadstat = pytest.importorskip("pyreadstat", reason="the extra 'spss' is not installed")
    path = tmp_path / "a.sav"
    frame = table(area=[1, 2, 3] * 20, weight=[0.5, 1.5] * 30).astype(float)
    frame.loc[:9, "web"] = 97
    frame.loc[10:14, "call"] = 99
    pyreadstat.write_sav(
        frame, path,
        column_labels={"web": "Website", "call": "Call centre"},
        variable_value_labels={"web": {97: "Did not use"}, "call": {99: "No answer"}, "area": {1: "N", 2: "S", 3: "W"}},
        missing_ranges={"web": [{"lo": 97, "hi": 99}], "call": [{"lo": 97, "hi": 99}]},
    )  # fmt: skip
    suggestion = cx.suggest(path)
    survey = suggestion.survey()
    assert_same(survey, run(suggestion))
    rows = cx.baseline(survey).table.set_index("touchpoint")
    web = frame[frame["web"] < 90]
    assert rows["mean"]["Website"] == pytest.approx(np.average(web["web"], weights=web["weight"]))
    assert suggestion.arguments["scale"] == cx.Scale(1, 5, not_used=[97], blank=[99])
    assert survey.segments == ("area",)
    assert set(survey.table["area"].astype(object)) == {"N", "S", "W"}


def counted(name="n"):
    """Answers as a table of counts."""
    rng = np.random.default_rng(11)
    answers = pd.DataFrame({"web": rng.integers(1, 6, 900), "call": rng.integers(1, 6, 900)})
    answers["nps"] = np.clip(answers["web"] * 2 + rng.integers(-2, 1, 900), 0, 10)
    return answers, answers.value_counts(sort=False).reset_index(name=name)


@pytest.mark.parametrize("name", ["n", "Count", "Häufigkeit"])
def test_it_is_asked_whether_rows_stand_for_many(name):
    answers, table = counted(name)
    suggestion = cx.suggest(table)
    question = (
        f"Does {name!r} say how many answers a row stands for? If not: count=False. Answer with count={name!r}, "
        "or count=False"
    )
    assert [str(asked) for asked in suggestion.questions] == [question]
    with pytest.raises(ValuesError) as refusal:
        suggestion.survey()
    assert str(refusal.value) == f"Only you can tell: {question}"
    survey = suggestion.survey(count=name)
    assert survey.n == 900
    expected = cx.baseline(cx.suggest(answers).survey()).table
    pd.testing.assert_frame_equal(cx.baseline(survey).table, expected)
    with pytest.warns(UserWarning, match="is not used, and looks like the number of answers"):
        assert suggestion.survey(count=False).n == len(table)


def test_rows_that_are_one_answer_are_not_asked_for_counts():
    answers, table = counted()
    ids = table.assign(id=np.arange(len(table)))
    twins = pd.concat([table, table], ignore_index=True)
    halves = table.assign(n=table["n"] + 0.5)
    ones = table.assign(n=1)
    for data in (answers, ids, twins, halves, ones):
        assert "count" not in [question.argument for question in cx.suggest(data).questions]


def test_the_answer_about_counts_is_a_column_or_no():
    _, table = counted()
    with pytest.raises(CxlensError) as refusal:
        cx.suggest(table).survey(count=True)
    assert str(refusal.value) == "count column True is not in the data. Columns: web, call, nps, n."
