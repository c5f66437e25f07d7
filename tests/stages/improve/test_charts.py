"""The pictures of forecasts and quick wins; that labels keep apart is tested with all charts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.common.pictures import alt_text
from cxlens.common.style import BLUE, GREY, ORANGE
from cxlens.common.values import in_hundred
from cxlens.stages.improve.charts import quick_wins_chart, what_if_chart
from cxlens.stages.improve.what_if import TOGETHER, with_changes_counted
from tests.stages.improve.changed import changed
from tests.stages.improve.drawn import ODD, marks, said, spans, words


def test_effort_that_spans_more_than_ten_times_has_a_log_axis(plan):
    narrow = changed(plan, table=plan.table.assign(effort=plan.table["effort"].clip(lower=10)))
    axes = [quick_wins_chart(result, Figure().subplots()) for result in (plan, narrow)]
    assert [ax.get_xscale() for ax in axes] == ["log", "linear"]
    assert ["log scale" in ax.get_xlabel() for ax in axes] == [True, False]


def test_the_ellipse_of_a_quick_win_holds_eighty_per_cent_of_its_draws(plan):
    ax = quick_wins_chart(plan, Figure().subplots())
    first = list(plan.initiatives["name"]).index(plan.table["initiative"].iloc[0])
    outline = ax.transData.transform_path(ax.patches[0].get_path())
    draws = ax.transData.transform(np.column_stack([plan.efforts[:, first], plan.benefits[:, first]]))
    assert outline.contains_points(draws).mean() == pytest.approx(0.8, abs=0.02)
    texts = [text.get_text() for text in ax.texts]
    row = plan.table.iloc[0]
    assert f"{row['initiative']}, {in_hundred(row['p_quick_win'])}" in [" ".join(text.split()) for text in texts]
    assert {"Quick wins: easy and big", "Big projects", "Fill-ins: easy and small", "Leave"} <= set(texts)


def test_on_a_phone_the_quadrants_have_short_names(plan):
    ax = quick_wins_chart(plan, Figure(figsize=(3.1, 4)).subplots())
    assert {"Quick wins", "Big projects", "Fill-ins", "Leave"} <= {text.get_text() for text in ax.texts}


def test_a_line_joins_the_front_from_little_effort_to_much(plan):
    ax = quick_wins_chart(plan, Figure().subplots())
    effort, benefit = next(
        line.get_data() for line in ax.lines if line.get_marker() == "None" and line.get_zorder() < 2
    )
    assert (np.diff(effort) > 0).all()
    assert (np.diff(benefit) > 0).all()
    best = plan.table.loc[plan.table["benefit"].idxmax()]
    assert (effort[-1], benefit[-1]) == (best["effort"], best["benefit"])


CASES = {  # change, low, high: how it is marked
    "more": ((2.0, 1.0, 3.0), (BLUE, "o", True)),
    "less": ((-2.0, -3.0, -1.0), (ORANGE, "o", True)),
    "rather more": ((0.5, -0.5, 1.5), (GREY, "o", False)),
    "rather less": ((-0.5, -1.5, 0.5), (GREY, "o", False)),
    "no interval": ((0.5, np.nan, np.nan), (GREY, "o", False)),
    TOGETHER: ((1.0, 0.5, 1.5), (BLUE, "D", True)),
}


def forecast(found):
    """A forecast whose table is put together by hand."""
    result = cx.what_if(found, {"Security": 0.5})
    table = pd.DataFrame([figures for figures, _ in CASES.values()], columns=["change", "low", "high"])
    table.insert(0, "touchpoint", list(CASES))
    return replace(result, table=table.assign(raised_by=[0.5, -0.25, 1, 2, np.nan, np.nan]))


def test_a_change_is_marked_by_its_sign_and_by_whether_it_may_be_zero(found):
    ax = what_if_chart(forecast(found), Figure().subplots())
    for y, ((change, low, high), look) in enumerate(CASES.values()):
        assert marks(ax)[y] == (change, y, *look)
        np.testing.assert_equal(spans(ax)[y], (low, high, look[0]))
    assert words(ax.get_yticklabels()) == list(CASES)
    assert ax.get_ylim() == (5.5, -0.5)  # the first on top
    zero = [line for line in ax.lines if list(line.get_xdata()) == [0, 0]]
    assert len(zero) == 1


def test_scores_and_changes_stand_beside_their_row(found):
    ax = what_if_chart(forecast(found), Figure().subplots())
    headers = {text.get_text(): text.xyann[0] for text in ax.texts if text.xyann[1] == 4 and text.xy == (1, 1)}
    assert list(headers) == ["score", "change"]
    assert headers["score"] < headers["change"]
    columns = {
        name: [text.get_text() for text in ax.texts if text.xyann == (right, 0)] for name, right in headers.items()
    }
    assert columns == {
        "score": ["+0.5", "-0.25", "+1", "+2", "", ""],
        "change": ["+2.0", "-2.0", "+0.5", "-0.5", "+0.5", "+1.0"],
    }


def test_a_change_that_is_not_known_is_a_note(found):
    result = forecast(found)
    table = result.table.assign(change=[np.nan, *result.table["change"][1:]])
    ax = what_if_chart(replace(result, table=table), Figure().subplots())
    assert "– no figure" in words(ax.texts)
    assert len(marks(ax)) == len(CASES) - 1


def test_words_of_a_forecast(found):
    link = cx.RetentionLink(customers=1000, value=50, per_point=0.01)
    result = cx.what_if(found, {"Security": 0.5, "Shops": -0.2}, money=link)
    ax = what_if_chart(result, Figure().subplots())
    assert words([ax.title, ax._left_title])[1] == result.finding.title
    assert result.finding.title.startswith("If Security rose by 0.5 and Shops fell by 0.2, NPS is forecast to rise by ")
    assert " ".join(ax.get_xlabel().split()) == (
        "Forecast change of NPS, NPS points; ◆ all together; open: may be zero"
    )
    about = next(text for text in words(ax.texts) if text.startswith("Forecast, n = "))
    assert about.endswith(f"intervals 95 %. {result.earned}.")
    assert "intervals" not in " ".join(
        words(what_if_chart(cx.what_if(cx.drivers(found.survey, n_boot=0), {"Shops": 1}), Figure().subplots()).texts)
    )


def test_the_title_of_many_changes_says_how_many_they_are(found):
    few, many = (cx.what_if(found, dict.fromkeys(found.touchpoints[:n], 0.25)) for n in (1, 5))
    titles = ["".join(what_if_chart(one, Figure().subplots()).get_title("left").split()) for one in (few, many)]
    short = f"With 5 touchpoints changed, NPS is forecast to rise by {many.finding.figure} {many.finding.unit}"
    assert titles == ["".join(title.split()) for title in (few.finding.title, short)]


def test_each_initiative_stands_at_its_effort_and_benefit(plan):
    ax = quick_wins_chart(plan, Figure().subplots())
    looks = {True: (BLUE, "o", True), False: (GREY, "s", True)}
    wanted = [(row.effort, row.benefit, *looks[row.quadrant == "quick win"]) for row in plan.table.itertuples()]
    assert marks(ax) == wanted
    assert {look[2] for look in marks(ax)} == {BLUE, GREY}
    fills = [to_hex(patch.get_facecolor(), keep_alpha=False) for patch in ax.patches]
    assert fills == [mark.colour.lower() for mark in marks(ax)]


def test_the_cuts_part_easy_from_hard_and_big_from_small(plan):
    ax = quick_wins_chart(plan, Figure().subplots())
    upright, across = (line for line in ax.lines if line.get_linestyle() == "--")
    assert list(upright.get_xdata()) == [plan.effort_cut] * 2
    assert list(across.get_ydata()) == [plan.benefit_cut] * 2
    corners = {name: said(ax)[name] for name in (
        "Quick wins: easy and big", "Big projects", "Fill-ins: easy and small", "Leave")}  # fmt: skip
    assert {name: text.xy for name, text in corners.items()} == {
        "Quick wins: easy and big": (0, 1),
        "Big projects": (1, 1),
        "Fill-ins: easy and small": (0, 0),
        "Leave": (1, 0),
    }
    assert [text.get_color() for text in corners.values()] == [BLUE, GREY, GREY, GREY]
    frame = ax.get_window_extent()
    assert all(frame.contains(*text.get_window_extent().get_points().mean(axis=0)) for text in corners.values())
    assert f"easy: up to {plan.effort_cut:.1f}" in ax.get_xlabel()
    assert f"big: +{plan.benefit_cut:.1f} or more" in " ".join(ax.get_ylabel().split())


def odd_survey():
    """Simulated: touchpoints, an outcome and segments with odd names."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.integers(1, 6, 300) for name in ODD})
    frame["Pay $5; get. $9"] = frame.sum(axis=1) + rng.normal(size=300)
    return cx.Survey(frame, touchpoints=ODD, outcome="Pay $5; get. $9", scale=cx.Scale(1, 5))


def do(name: str) -> str:
    """An initiative; its name holds no semicolon, which is refused."""
    return f"Do. {name}".replace(";", ",")


def of(name: str) -> str:
    """An owner, likewise."""
    return f"Owner {name}".replace(";", ",")


def team(name: str) -> str:
    """A team, likewise."""
    return f"T. {name}".replace(";", ",")


def odd_plan():
    """Initiatives, owners, teams and periods with odd names."""
    rows = [
        {
            "name": do(name), "touchpoints": [name], "owner": of(name), "teams": {team(name): 1.0},
            "lift_low": 0.1, "lift_likely": 0.2, "lift_high": 0.3, "effort_low": 1, "effort_likely": 2,
            "effort_high": 3, "cost_low": 1, "cost_likely": 2, "cost_high": 3,
        }
        for name in ODD
    ]  # fmt: skip
    wins = cx.quick_wins(cx.drivers(odd_survey(), n_boot=30), pd.DataFrame(rows))
    capacity = {team(name): 4 for name in ODD[1:]} | {team(ODD[0]): 1}
    return cx.roadmap(wins, periods=["Q1. $1", "Q2, $2"], budget=100, capacity=capacity, resolves=0)


def test_odd_names_come_out_whole():
    road = odd_plan()
    wins, view = road.wins, road.buy_in()
    forecast = cx.what_if(wins.drivers, dict.fromkeys(ODD, 0.5))
    for name in ODD:
        assert f"{name} rose by 0.5" in forecast.finding.title
        assert f"{name} rose by 0.5" in forecast.sentence
        assert f'"{do(name)}"' in "".join(wins.findings(4))
        assert of(name) in view.table["owner"].tolist()
    first = view.table["owner"].iloc[0]
    assert view.finding.more[0].startswith(f"Most is asked of {first}: 2 weeks of work")
    assert f"T. {ODD[0]} is the tightest team: 100 % of its capacity in Q" in view.sentence
    assert road.finding.unit.startswith("points of Pay $5; get. $9 by the end of Q2, $2")
    with rc_context({"text.parse_math": False}):  # what the helpers of all charts write is tested with them
        for result in (forecast, wins, road, view):
            title = result.plot().get_title(loc="left")
            brief = with_changes_counted(result) if result is forecast else result.finding
            assert title.split() == brief.title.split()
            assert result.sentence in alt_text(result)


def test_names_are_never_read_as_mathematics():
    road = odd_plan()
    for result in (road, road.buy_in()):
        ax = result.plot()
        parts = [ax, *ax.child_axes]
        labels = [label for part in parts for label in (*part.get_yticklabels(), *part.get_xticklabels(which="both"))]
        named = [label for label in labels if any(letter.isalpha() for letter in label.get_text())]
        headings = [part._left_title for part in ax.child_axes]
        assert len(named) >= 6
        assert [text.get_text() for text in (*named, *headings) if text.get_parse_math()] == []
