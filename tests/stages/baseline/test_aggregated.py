"""What a baseline says of tables of shares."""

from __future__ import annotations

import pandas as pd

import cxlens as cx
from cxlens.stages.baseline.aggregated import finding_of_shares, leading

SHARES = pd.DataFrame(
    {"shop": ["A", "B"], "touchpoint": ["web", "web"], "n": [200, 100], "p": [60, 30], "d": [20, 40], "top": [70, 40]}
)


def table_of(**shares: str) -> cx.Aggregates:
    named = {name.replace("_", " "): column for name, column in shares.items()}
    return cx.Aggregates(SHARES, n="n", shares=named, touchpoint="touchpoint", unit="shop")


def test_the_lowest_nps_is_told_in_points() -> None:
    result = cx.baseline(table_of(promoters="p", detractors="d"), by="shop")
    assert str(result) == "Lowest NPS: web in B (-10 [-26, 6]). n = 100."
    assert result.table["nps"].tolist() == [40, -10]


def test_what_is_not_clearly_lower_is_named_beside_the_lowest() -> None:
    near = SHARES.assign(d=[40, 20])
    named = {"promoters": "p", "detractors": "d"}
    table = cx.Aggregates(near, n="n", shares=named, touchpoint="touchpoint", unit="shop")
    assert str(cx.baseline(table, by="shop")) == (
        "Lowest NPS, with no clear last: web in B (+10 [-4, 23]), web in A (+20 [6, 33]). n = 100 to 200."
    )


def test_the_lowest_top_box_is_told_in_percent() -> None:
    result = cx.baseline(table_of(top_box="top"))
    assert str(result) == "Lowest top box: web (60 % [54 %, 65 %]). n = 300."


def test_too_few_answers_are_said() -> None:
    shares = table_of(top_box="top")
    table = cx.baseline(shares, min_n=400).table
    assert finding_of_shares(table, shares, 400).lead == (
        "No touchpoint is told: fewer than 400 answers, or hidden to protect people"
    )


def test_pictures_show_the_figure_that_is_known() -> None:
    axes = [
        (table_of(promoters="p", detractors="d"), "nps", "NPS, in points"),
        (table_of(top_box="top"), "top_box", "Top box, a share from 0 to 1"),
    ]
    for shares, column, words in axes:
        result = cx.baseline(shares)
        assert leading(shares).column == column
        ax = result.plot()
        assert ax.get_xlabel() == words
        drawn = [x for line in ax.lines for x in line.get_xdata()]
        assert result.table[column].iloc[0] in drawn


def test_of_answers_the_mean_leads() -> None:
    answers = pd.DataFrame({"web": [1, 2, 3, 4, 5] * 4, "overall": 3})
    survey = cx.Survey(answers, touchpoints=["web"], outcome="overall")
    assert leading(survey).column == "mean"
