"""Promises beside what was measured: in, out, or why it cannot be told; how many were due; pictures and widgets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.common import pictures
from cxlens.common.style import BLUE, ORANGE
from cxlens.stages.impact.kept_chart import kept_chart
from cxlens.stats.intervals import wilson


def answers(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    parts = []
    for when in ("Q1 2026", "Q2 2026", "Q3 2026"):
        scores = np.clip(np.round(rng.normal(3.6, 0.9, (n, 2))), 1, 5)
        part = pd.DataFrame(scores, columns=["Wi-Fi", "Desk"])
        part["rec"] = np.clip(np.round(8 + rng.normal(0, 2, n)), 0, 10)
        part["mood"] = np.clip(np.round(rng.normal(3.6, 0.9, n)), 1, 5)
        part["back"] = (rng.random(n) < 0.6).astype(int)
        part["when"] = when
        part["who"] = rng.choice(["business", "leisure"], n)
        part["hall"] = rng.choice(["A", "leisure"], n)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def survey(frame: pd.DataFrame | None = None) -> cx.Survey:
    return cx.Survey(
        answers() if frame is None else frame,
        touchpoints=["Wi-Fi", "Desk"],
        outcome={"rec": "nps", "back": "binary", "mood": "interval"},
        scale=cx.Scale(1, 5),
        outcome_scale={"mood": cx.Scale(1, 5)},
        segments=["who", "hall"],
        time="when",
    )


def promise(metric: str = "Wi-Fi", forecast: float = 3.6, half: float = 0.2, **other: object) -> dict[str, object]:
    row = {"metric": metric, "measure": "mean", "segment": "", "date": "2026-Q2", "now": forecast}
    row |= {"forecast": forecast, "low": forecast - half, "high": forecast + half, "level": 0.95, "plan": "A"}
    return row | other


def kept(*promises: dict[str, object], data: cx.Survey | None = None):
    return cx.kept(pd.DataFrame(promises), data or survey())


@pytest.fixture(scope="module")
def result():
    return kept(
        promise(),
        promise("Desk", 4.2),
        promise("Desk", 3.0, date="2026-Q3"),
        promise("rec", 25, 20, measure="NPS", now=10),
        promise("back", 0.6, 0.1, measure="top box"),
        promise("mood", 0.55, 0.1, measure="top box"),
        promise("Wi-Fi", 3.6, date="2027-Q1"),
    )


def test_a_promise_is_in_or_out_of_its_interval(result):
    table = result.table
    assert table["kept"].tolist() == ["in", "out, below", "out, above", "in", "in", "in", "cannot be told"]
    assert table["wave"].tolist()[:3] == ["Q2 2026", "Q2 2026", "Q3 2026"]
    measured = cx.monitor(survey(), metric="Wi-Fi").table.iloc[1]
    names = ["measured", "measured_low", "measured_high"]
    assert table.loc[0, names].tolist() == measured[["value", "low", "high"]].tolist()
    assert table.loc[0, "n"] == 400
    mood = answers().query("when == 'Q2 2026'")["mood"]
    assert table.loc[5, "measured"] == pytest.approx((mood >= 4).mean())


def test_the_sentence_counts_what_was_due_and_names_what_missed(result):
    desk = result.table["measured"]
    low, high = (100 * end for end in (result.calibration.low, result.calibration.high))
    assert result.sentence == (
        f"4 of 6 promises held what was measured: 67 % [{low:.0f} %, {high:.0f} %]; not clearly off the 95 % they were "
        f"made for. Missed, furthest first: Desk, 2026-Q2 ({desk[1]:.2f} measured, 4.00 to 4.40 promised), "
        f"Desk, 2026-Q3 ({desk[2]:.2f} measured, 2.80 to 3.20 promised). They are of 2 waves, in each "
        "of which promises swing together. For 1 of 7 promises it cannot be told. n = 1,200."
    )


def test_sentences_are_plain(result, faults):
    assert faults(str(result)) == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (promise("Wi-Fi", 78, 2), "another unit: the promise goes from 76 to 80, this survey from 1 to 5"),
        (
            promise("back", 60, 5, measure="top box"),
            "another unit: the promise goes from 55 to 65, this survey from 0 to 1",
        ),
        (promise("rec", 7), "promised as mean, but here rec is counted in NPS points"),
        (promise("Wi-Fi", 20, measure="NPS"), "promised as NPS, but here Wi-Fi is counted in scale points"),
        (promise("Wi-fi"), "Wi-fi is no touchpoint or outcome of this survey"),
        (promise(segment="crew"), "no segment of this survey is called crew"),
        (promise(segment="leisure"), "leisure stands in who, hall"),
        (promise(date="2026"), "3 waves lie in 2026: join them by a longer period"),
    ],
)
def test_what_cannot_be_told_says_why(row, why):
    result = kept(row)
    assert result.table.loc[0, ["kept", "why"]].tolist() == ["cannot be told", why]
    assert result.sentence == f"It cannot be told whether the promise was kept; {why}. n = 1,200."
    assert np.isnan(result.calibration.share)


def test_several_of_which_none_can_be_told_are_counted():
    result = kept(promise("Wi-fi"), promise("desk"))
    assert result.sentence == (
        "It cannot be told of any of 2 promises whether it was kept; Wi-fi is no touchpoint or outcome of this survey, "
        "desk is no touchpoint or outcome of this survey. n = 1,200."
    )


def test_one_promise_that_can_be_told_is_one_of_one():
    assert kept(promise()).sentence.startswith("1 of 1 promises held what was measured: 100 % [")
    both = kept(promise("Desk", 4.2), promise("desk"))
    assert both.sentence.startswith("0 of 1 promises held what was measured: 0 % [")
    assert "For 1 of 2 promises it cannot be told" in both.finding.more


def asked_low() -> cx.Survey:
    """The same answers to questions whose lowest score is the best, two of which are the top box."""
    scale = cx.Scale(1, 5, best="low", top=2)
    return cx.Survey(
        answers(),
        touchpoints=["Wi-Fi", "Desk"],
        outcome={"rec": "nps", "mood": "interval"},
        scale=scale,
        outcome_scale={"mood": scale},
        time="when",
    )


@pytest.mark.parametrize(
    ("name", "data", "is_best"),
    [
        ("Wi-Fi", survey, lambda score: score >= 4),
        ("mood", survey, lambda score: score >= 4),
        ("rec", survey, lambda score: score >= 9),
        ("Wi-Fi", asked_low, lambda score: score <= 2),
        ("mood", asked_low, lambda score: score <= 2),
    ],
)
def test_a_top_box_is_the_share_of_the_best_scores_whatever_they_are_of(name, data, is_best):
    table = kept(promise(name, 0.5, 0.45, measure="top box"), data=data()).table
    hits = is_best(answers().query("when == 'Q2 2026'")[name])
    low, high = wilson(hits.sum(), len(hits), 0.95)
    names = ["n", "measured", "measured_low", "measured_high"]
    assert table.loc[0, names].tolist() == pytest.approx([400, hits.mean(), float(low), float(high)])
    assert table.loc[0, "kept"] == "in"


def test_a_top_box_of_a_segment_is_that_of_its_answers():
    table = kept(promise("Desk", 0.5, 0.45, measure="top box", segment="business")).table
    rows = answers().query("when == 'Q2 2026' and who == 'business'")
    assert table.loc[0, ["n", "measured"]].tolist() == [len(rows), pytest.approx((rows["Desk"] >= 4).mean())]


def test_a_scale_without_a_top_box_says_so():
    data = cx.Survey(answers(), touchpoints=["Wi-Fi"], outcome="mood", scale=cx.Scale(0, 100), time="when")
    for name in ("Wi-Fi", "mood"):
        table = kept(promise(name, 0.5, measure="top box"), data=data).table
        why = f"promised as top box, but here {name} has none"
        assert table.loc[0, ["kept", "why"]].tolist() == ["cannot be told", why]


def test_a_segment_is_measured_in_its_column():
    table = kept(promise(segment="business", half=0.4)).table
    rows = answers().query("when == 'Q2 2026' and who == 'business'")
    assert table.loc[0, ["n", "measured"]].tolist() == [len(rows), pytest.approx(rows["Wi-Fi"].mean())]


def test_small_cells_are_not_told():
    frame = answers()
    few = frame.index[(frame["when"] == "Q2 2026")][4:]
    table = kept(promise(), data=survey(frame.drop(few))).table
    assert table.loc[0, ["kept", "why"]].tolist() == ["cannot be told", "too few answers in that wave"]
    assert pd.isna(table.loc[0, "n"])


def test_fewer_answers_than_planned_move_the_ends_apart_by_the_sample_alone():
    row = promise("Desk", 3.9, 0.2, true_low=3.78, true_high=4.02, n=1600)
    table = kept(row).table
    reach = np.sqrt(0.12**2 + (0.2**2 - 0.12**2) * 4)
    assert table.loc[0, ["low", "high"]].tolist() == pytest.approx([3.9 - reach, 3.9 + reach])
    assert table.loc[0, "why"] == "moved apart: 400 answers came, 1,600 were planned"
    as_planned = kept({**row, "n": 400}).table
    assert as_planned.loc[0, ["low", "high"]].tolist() == pytest.approx([3.7, 4.1])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [promise(), promise()],
            "forecast of 'Wi-Fi' at '2026-Q2' (mean) is there twice. Keep the one that was promised.",
        ),
        (
            [promise(), promise("Desk", level=0.9)],
            "the forecasts have levels 0.9, 0.95, so no one share of them is due. Judge them apart: "
            "cx.kept(forecasts[forecasts['level'] == 0.9], survey).",
        ),
    ],
)
def test_promises_that_cannot_be_judged_together_are_refused(rows, message):
    with pytest.raises(cx.CxlensError) as error:
        kept(*rows)
    assert str(error.value) == message


def test_no_promises_are_refused():
    with pytest.raises(cx.CxlensError) as error:
        cx.kept(pd.DataFrame([promise()]).iloc[:0], survey())
    assert str(error.value) == ("there are no forecasts to hold against the survey. Give a frame with a row for each.")


def test_a_survey_of_one_wave_is_enough_for_its_promises():
    frame = answers().query("when == 'Q2 2026'")
    result = kept(promise(), promise("Desk"), data=survey(frame))
    assert result.calibration.waves == 1
    assert "They are of 1 wave, which counts once where promises swing together" in result.finding.more


def test_a_file_is_read(tmp_path):
    pd.DataFrame([promise()]).to_csv(tmp_path / "promises.csv", index=False)
    assert cx.kept(tmp_path / "promises.csv", survey()).table["kept"].tolist() == ["in"]


def test_the_picture_shows_inside_and_outside_apart(result):
    ax = Figure(figsize=(8, 5), dpi=110).subplots()
    assert kept_chart(result, ax) is ax
    marks = [line for line in ax.lines if line.get_marker() in {"o", "D"}]
    assert [(line.get_marker(), line.get_color()) for line in marks[:3]] == [("o", BLUE), ("D", ORANGE), ("D", ORANGE)]
    inside = [abs(line.get_xdata()[1]) <= 1 for line in marks]
    assert inside == [True, False, False, True, True, True]
    words = [text.get_text() for text in ax.texts]
    assert "– no wave of 2027-Q1" in words
    assert "3.40 to 3.80" in words


def test_the_alternative_text_tells_each_promise(result):
    text = pictures.alt_text(result)
    assert f"Desk, 2026-Q2 {result.table['measured'][1]:.2f} (out, below: 4.00 to 4.40 promised)" in text


def test_the_widget_shows_some_of_them(result, monkeypatch):
    seen = []
    monkeypatch.setattr(pictures, "picture", lambda shown: (seen.append(len(shown.table)), (b"", ""))[1])
    explorer = result.explore()
    explorer.controls["show"].value = "out, below"
    assert seen == [7, 1]
    again = cx.kept(explorer.data, **explorer.params)
    assert again.sentence == result.sentence
